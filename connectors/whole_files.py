"""Files on a disk that may be full or lose its power: whole or not there at all, and on the disk before anybody relies on it.

They name people: their owner alone reads and writes them, and so it is with the folders that are made for them.
"""

import errno
import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Make a folder that its owner alone may look into; one that is there stays as it is."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def open_to_others(folder: Path) -> bool:
    """Whether anybody on the machine may look into a folder."""
    return folder.exists() and bool(folder.stat().st_mode & 0o007)


def write_through(path: Path, content: bytes) -> None:
    """Write a file so that it is on the disk. Raises OSError, and leaves nothing, when it cannot be written whole."""
    try:
        with open(path, "wb", opener=_for_the_owner) as file:
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
    with open(path, "a+b", buffering=0, opener=_for_the_owner) as file:
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


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
