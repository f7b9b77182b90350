"""Days in law are local: finds every place that takes the day of a moment otherwise than through `domain/moment.py`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.check_imports import ROOMS
from tools.sources import ROOT, Found, found, tell

MAY = Path("domain/moment.py")  # the one place that knows how
OF_A_MOMENT = frozenset({"date"})  # x.date()
OF_THE_WALL = frozenset({"today", "fromtimestamp", "utcfromtimestamp"})  # date.today(), date.fromtimestamp(…)
IN_SQL = re.compile(r"\bcurrent_date\b|\b(?:now|clock_timestamp)\(\)::date\b|\b(?:at|now)::date\b|_at as date\)", re.I)


def taken_days(root: Path) -> list[Found]:
    """Every place in the rooms under a project's root that takes a day without saying where, in the order of files."""
    return found(root, ROOMS, _check)


def _check(file: Path, source: ast.AST) -> Iterator[tuple[int, str]]:
    if file != MAY:
        for line, what in _taken(source):
            yield line, f"{what}: write moment_in(COUNTRY, AT).day or Calendar.local_date"


def _taken(source: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, of = node.func.attr, node.func.value
            if name in OF_A_MOMENT and not node.args and not node.keywords:
                yield node.lineno, f"{name}() of a moment is a day in UTC"
            elif name in OF_THE_WALL and isinstance(of, ast.Name) and of.id == "date":
                yield node.lineno, f"date.{name}() is a day of this computer"
            elif name == "today" and isinstance(of, ast.Name) and of.id == "datetime":
                yield node.lineno, "datetime.today() is a day of this computer"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (named := IN_SQL.search(node.value)):
            yield node.lineno, f"`{named[0]}` is a day in UTC"


if __name__ == "__main__":
    tell(taken_days(ROOT))
