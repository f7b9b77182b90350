"""Days in law are local: finds every place that takes the day of a moment otherwise than through `domain/moment.py`."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.check_imports import ROOMS, ROOT

MAY = Path("domain/moment.py")  # the one place that knows how
OF_A_MOMENT = frozenset({"date"})  # x.date()
OF_THE_WALL = frozenset({"today", "fromtimestamp", "utcfromtimestamp"})  # date.today(), date.fromtimestamp(…)
IN_SQL = re.compile(r"\bcurrent_date\b|\b(?:now|clock_timestamp)\(\)::date\b|\b(?:at|now)::date\b|_at as date\)", re.I)


@dataclass(frozen=True)
class Taken:
    """One place that takes a day from a moment."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: write moment_in(COUNTRY, AT).day or Calendar.local_date"


def taken_days(root: Path) -> list[Taken]:
    """Every place in the rooms under a project's root that takes a day without saying where, in the order of files."""
    return [
        Taken(path.relative_to(root), line, what)
        for path in _sources(root)
        for line, what in _taken(path.read_text(encoding="utf-8"))
    ]


def _sources(root: Path) -> Iterator[Path]:
    for room in sorted(ROOMS):
        for path in sorted([*(root / room).rglob("*.py"), root / f"{room}.py"]):
            if path.is_file() and path.relative_to(root) != MAY:
                yield path


def _taken(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, of = node.func.attr, node.func.value
            if name in OF_A_MOMENT and not node.args and not node.keywords:
                yield node.lineno, f"{name}() of a moment is a day in UTC"
            elif name in OF_THE_WALL and isinstance(of, ast.Name) and of.id == "date":
                yield node.lineno, f"date.{name}() is a day of this computer"
            elif name == "today" and isinstance(of, ast.Name) and of.id == "datetime":
                yield node.lineno, "datetime.today() is a day of this computer"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := IN_SQL.search(node.value)):
            yield node.lineno, f"`{found[0]}` is a day in UTC"


if __name__ == "__main__":
    found = taken_days(ROOT)
    for place in found:
        print(place)
    sys.exit(1 if found else 0)
