"""The paths that a command is given."""

from collections.abc import Sequence
from pathlib import Path

from terminal.output import Misuse


def existing(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths, all there; a usage error names the first that is not."""
    for path in paths:
        if not path.exists():
            raise Misuse(f"there is no file or folder {path}")
    return paths


def files_in(paths: Sequence[Path]) -> list[Path]:
    """The files, and of each folder all below it in the order of names, without hidden ones."""
    found = []
    for path in paths:
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [
            file
            for file in below
            if file is path
            or (file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts))
        ]
    return found
