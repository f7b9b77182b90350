"""Files on a disk that may be full or lose its power: whole or not there at all, and on the disk before anybody relies on it."""

import errno
import os
from pathlib import Path


def write_through(path: Path, content: bytes) -> None:
    """Write a file so that it is on the disk. Raises OSError, and leaves nothing, when it cannot be written whole."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def append_line(path: Path, line: bytes) -> None:
    """Add a line so that it is on the disk. Raises OSError, and adds nothing, when it cannot be written whole.

    The beginning of a line, which a crash has left at the end, is cut off: nobody was told that it was written.
    """
    with path.open("a+b", buffering=0) as file:
        whole = _end_of_lines(file.fileno())
        os.ftruncate(file.fileno(), whole)
        try:
            if file.write(line + b"\n") != len(line) + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), whole)
            raise
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """Let the names in a folder be on the disk: a new file's name is not part of the file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def why_not_writable(folder: Path) -> str | None:
    """Why nothing can be put into a folder, in words; None where something just could."""
    trial = folder / f".trial-{os.getpid()}"
    try:
        write_through(trial, b"\0" * 4096)
        trial.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None


def put_away(path: Path, folder: Path) -> None:
    """Move a file into a folder. One of the same name is never overwritten."""
    target, times = folder / path.name, 1
    while target.exists():
        times += 1
        target = folder / f"{path.name}.{times}"
    path.rename(target)


def _end_of_lines(file: int) -> int:
    """Where the last whole line of a file ends."""
    end = os.fstat(file).st_size
    while end:
        begin = max(0, end - 4096)
        _, newline, rest = os.pread(file, end - begin, begin).rpartition(b"\n")
        if newline:
            return end - len(rest)
        end = begin
    return 0
