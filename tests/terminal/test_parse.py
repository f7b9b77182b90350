"""What people type is read, or refused with what to write instead."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal import parse
from terminal.output import Misuse


@pytest.mark.parametrize(
    ("read", "written", "meant"),
    [
        (parse.day, "2026-12-24", date(2026, 12, 24)),
        (parse.month, "2026-12", date(2026, 12, 1)),
        (parse.amount, "802.50", Decimal("802.50")),
        (parse.budget, "0", Decimal(0)),
        (parse.booking, "-38", Decimal(-38)),
        (parse.balance, "-0.01", Decimal("-0.01")),
        (parse.balance, "0", Decimal(0)),
    ],
)
def test_what_people_write_is_read(read: Callable[[str], Any], written: str, meant: Any) -> None:
    assert read(written) == meant


@pytest.mark.parametrize("written", ["1e3", "1_000.00", "1,50", "NaN", "Infinity", " 5", "5.001", "٣", "", "--5"])
@pytest.mark.parametrize("read", [parse.amount, parse.budget, parse.booking, parse.balance])
def test_an_amount_is_what_people_write_as_one(read: Callable[[str], Any], written: str) -> None:
    with pytest.raises(Misuse, match=r"is no amount: write it as 802\.00"):
        read(written)


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (parse.amount, "0"),
        (parse.amount, "-1"),
        (parse.budget, "-1"),
        (parse.booking, "0.00"),
        (parse.day, "24.12.2026"),
        (parse.day, "2026-02-29"),
        (parse.month, "2026-13"),
        (parse.month, "2026-12-24"),
    ],
)
def test_what_does_not_fit_is_refused(read: Callable[[str], Any], written: str) -> None:
    with pytest.raises(Misuse, match=f"'{written}' is no "):
        read(written)


def test_folders_give_their_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", ".hidden", "a/.git/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert parse.files_in(parse.existing([tmp_path])) == [tmp_path / "a" / "c.txt", tmp_path / "b.txt"]
    with pytest.raises(Misuse, match="there is no file or folder"):
        parse.existing([tmp_path / "nothing"])
