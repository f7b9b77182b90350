"""What people type: days, months, amounts and paths, each read or refused in one sentence that says what to write."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from domain import written as as_written
from terminal.output import Misuse


def day(written: str) -> date:
    """A day; raises Misuse."""
    try:
        return as_written.day(written)
    except ValueError as wrong:
        raise Misuse(str(wrong)) from None


def until(written: str) -> datetime | date:
    """A day, or a moment with its zone; raises Misuse."""
    if re.match(r"\d{4}-\d\d-\d\dT", written) is None:
        return day(written)
    return moment(written)


def moment(written: str) -> datetime:
    """A moment with its zone; raises Misuse."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise Misuse(f"{written!r} is no moment: write a day, or a moment such as 2026-12-24T11:00+01:00") from None
    if read.tzinfo is None:
        raise Misuse(f"{written!r} has no zone: end it in Z or +01:00, or write the day alone")
    return read


def month(written: str) -> date:
    """The first day of a month of this century; raises Misuse."""
    if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", written) is None:
        raise Misuse(f"{written!r} is no month: write it as 2026-07")
    return date.fromisoformat(f"{written}-01")


def amount(written: str) -> Decimal:
    """An amount above nothing; raises Misuse."""
    return _amount(written, lambda read: read > 0)


def budget(written: str) -> Decimal:
    """An amount that may be nothing; raises Misuse."""
    return _amount(written, lambda read: read >= 0)


def booking(written: str) -> Decimal:
    """An amount that is paid, or taken back where it is negative; raises Misuse."""
    return _amount(written, bool)


def balance(written: str) -> Decimal:
    """Any amount; raises Misuse."""
    return _amount(written, lambda _: True)


def _amount(written: str, fits: Callable[[Decimal], bool]) -> Decimal:
    try:
        read = as_written.amount(written)
    except ValueError as wrong:
        raise Misuse(str(wrong)) from None
    if not fits(read):
        raise Misuse(f"{written!r} is no amount: write it as 802.00")
    return read


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
