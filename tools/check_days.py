"""Days in law are local: finds every place that makes a day of a moment, or a moment of a day, otherwise than by its country."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.check_imports import ROOMS
from tools.sources import ROOT, Found, found, tell

MAY = frozenset({Path("domain/moment.py"), Path("domain/countries/calendar.py")})  # they know how
OF_THE_WALL = frozenset({"today", "fromtimestamp", "utcfromtimestamp"})  # date.today(), date.fromtimestamp(…)
IN_SQL = re.compile(
    r"\bcurrent_date\b|\blocaltimestamp\b|(?<!\bnull):{2}date\b|\bdate_trunc\('(?:day|week)'|\bextract\(\s*(?:day|month|dow)\b",
    re.I,
)
CAST = re.compile(r"\bcast\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*?) as date\)", re.I)
A_DAY = re.compile(
    r":(?!(?:now|at|\w+_at)$)\w+$|date_trunc\('month'|.* at time zone ", re.I | re.S
)  # what may be cast to one


def taken_days(root: Path) -> list[Found]:
    """Every place in the rooms under a project's root that takes a day without saying where, in the order of files."""
    return found(root, ROOMS, _check)


def _check(file: Path, source: ast.AST) -> Iterator[tuple[int, str]]:
    if file in MAY:
        return
    for node in ast.walk(source):
        match node:
            case ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given) if _is_told_twice(given):
                yield node.lineno, "a moment and its day as two values may disagree: take one Moment"
            case ast.Call():
                yield from ((node.lineno, fault) for fault in _of_call(node))
            case ast.Subscript(value=ast.Call(func=ast.Attribute(attr="isoformat")), slice=ast.Slice()):
                yield node.lineno, "a piece of isoformat() is a day in UTC: write moment_in(COUNTRY, AT).day"
            case ast.Constant(value=str(text)):
                yield from ((node.lineno, f"`{taken}` is a day in UTC: hand the day in") for taken in _in_sql(text))


def _of_call(call: ast.Call) -> Iterator[str]:
    match call:
        case ast.Call(func=ast.Attribute(attr="date"), args=[], keywords=[]):
            yield "date() of a moment is a day in UTC: write moment_in(COUNTRY, AT).day or Calendar.local_date"
        case ast.Call(func=ast.Attribute(value=ast.Name("date"), attr=name)) if name in OF_THE_WALL:
            yield f"date.{name}() is a day of this computer: write moment_in(COUNTRY, AT).day or Calendar.local_date"
        case ast.Call(func=ast.Attribute(value=ast.Name("datetime"), attr="today")):
            yield "datetime.today() is a day of this computer: write moment_in(COUNTRY, AT).day or Calendar.local_date"
        case ast.Call(func=ast.Attribute(attr="astimezone"), args=args) if not _is_utc(args):
            yield "astimezone() elsewhere than in the calendar: write moment_in(COUNTRY, AT).local or Calendar.here"
        case ast.Call(func=ast.Attribute(value=ast.Name("datetime"), attr="combine"), args=args) if not _is_utc(
            args[2:]
        ):
            yield "combine() elsewhere than in the calendar forgets summer time: write Calendar.at"


def _is_told_twice(given: ast.arguments) -> bool:
    """Whether a function is told what day it is besides what time it is."""
    told = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    moments = [arg for arg in told if isinstance(arg.annotation, ast.Name) and arg.annotation.id == "datetime"]
    return bool(moments) and any(arg.arg == "today" for arg in told)


def _is_utc(zone: list[ast.expr]) -> bool:
    """A day in UTC is a way to write the day alone, for whoever wants a moment."""
    return [node.id for node in zone if isinstance(node, ast.Name)] == ["UTC"]


def _in_sql(text: str) -> Iterator[str]:
    yield from (taken[0] for taken in IN_SQL.finditer(text))
    yield from (taken[0] for taken in CAST.finditer(text) if not A_DAY.match(taken[1].strip()))


if __name__ == "__main__":
    tell(taken_days(ROOT))
