"""How sources are read and walked by the checks of this folder and by tests, and how checks tell what they find."""

import ast
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Check = Callable[[Path, ast.AST], Iterator[tuple[int, str]]]
"""Gives the line and the fault of what a file, named from the root, has against a rule."""


@dataclass(frozen=True)
class Found:
    """One place that breaks a rule."""

    file: Path
    line: int
    fault: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fault}"


def parsed(source: str, name: str = "<unknown>") -> ast.Module:
    """What a source says, as `ast.parse` has it, in a third of the time.

    The garbage collector rests meanwhile: what it looks through, again and again as it grows, is all in use.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source, name)
    finally:
        if collects:
            gc.enable()


def found(root: Path, rooms: Iterable[str], check: Check) -> list[Found]:
    """What a check finds in the Python files of these rooms under a project's root, in the order of files."""
    return [
        Found(file.relative_to(root), line, fault)
        for room in sorted(rooms)
        for file in sorted([*(root / room).rglob("*.py"), root / f"{room}.py"])
        if file.is_file()
        for line, fault in check(file.relative_to(root), parsed(file.read_text(encoding="utf-8"), str(file)))
    ]


def tell(places: list[Found]) -> None:
    """Print every place, and end the program, without success where there is any."""
    for place in places:
        print(place)
    sys.exit(1 if places else 0)
