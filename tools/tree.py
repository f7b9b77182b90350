"""`python -m tools.tree` writes the tree of the project into docs/developers.md: every module with its first line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.check_imports import ROOMS
from tools.sources import ROOT, parsed

GUIDE = ROOT / "docs" / "developers.md"
FENCE = re.compile(r"(?<=<!-- tree -->\n```\n).*?(?=```\n<!-- /tree -->)", re.DOTALL)
WIDTH = 44


def tree(root: Path) -> str:
    """The rooms under a project's root, their packages and modules, each on a line with what its first line says."""
    files = [root / f"{room}.py" for room in sorted(ROOMS) if (root / f"{room}.py").exists()]
    packages = [root / room for room in sorted(ROOMS) if (root / room / "__init__.py").exists()]
    lines = [*map(_module, files), *(line for package in packages for line in _package(package, 0))]
    return "".join(f"{line}\n" for line in lines)


def _package(folder: Path, depth: int) -> Iterator[str]:
    yield _line(f"{'  ' * depth}{folder.name}/", folder / "__init__.py")
    for path in sorted(folder.iterdir()):
        if (path / "__init__.py").exists():
            yield from _package(path, depth + 1)
        elif path.suffix == ".py" and path.name != "__init__.py":
            yield _module(path, depth + 1)


def _module(path: Path, depth: int = 0) -> str:
    return _line(f"{'  ' * depth}{path.name}", path)


def _line(name: str, path: Path) -> str:
    said = ast.get_docstring(parsed(path.read_text(encoding="utf-8"))) or ""
    return f"{name:<{WIDTH}}{said.splitlines()[0] if said else ''}".rstrip()


def written(guide: str, root: Path) -> str:
    """The guide with the tree as it is today."""
    return FENCE.sub(lambda _: tree(root), guide)


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8"), ROOT), encoding="utf-8")
