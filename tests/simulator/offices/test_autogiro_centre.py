"""The simulated Bankgirot speaks Purr's own formats: mandates and draws in, advice and payment specifications out."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config.files import read_laws
from connectors.bank_files.reader import examine
from connectors.direct_debit.autogiro import read_answers
from connectors.direct_debit.autogiro_orders import (
    Draw,
    NewMandate,
    Payee,
    write_changes,
    write_mandates,
    write_payments,
)
from connectors.direct_debit.centre_file import read_mandates
from facts.database import Database
from simulator.cast import Cast, cast
from simulator.casts.registry import HOMES
from simulator.offices.autogiro_centre import AutogiroCentre

FIRST_DAY, DUE = date(2026, 3, 2), date(2026, 3, 16)
PAYEE = Payee("123456", "5050109", FIRST_DAY)


@pytest.fixture
def everybody() -> Cast:
    return cast(FIRST_DAY, invoices=44, seed=1, home=HOMES["SE"])


@pytest.fixture
def centre(everybody: Cast, tmp_path: Path) -> AutogiroCentre:
    nobody_asks_it = Database("postgresql+psycopg://nowhere/nothing")
    return AutogiroCentre(nobody_asks_it, everybody, read_laws()["SE"].calendar, tmp_path, tmp_path)


def ocr_of(everybody: Cast, habit: str) -> str:
    return next(
        i.reference or "" for i in everybody.invoices if everybody.who_pays(i.reference or "")[0].habit_name == habit
    )


def send(folder: Path, name: str, content: bytes) -> None:
    (folder / "out" / f"nordlys-{name}.txt").write_bytes(content)


def test_mandates_that_a_creditor_brings_are_advised_once(centre: AutogiroCentre, tmp_path: Path) -> None:
    send(tmp_path, "1", write_mandates(PAYEE, [NewMandate("4711", "5001000001000007", "196803050001")], ["815"]))
    assert centre.collect() == (0, 0)
    assert (centre.tell_mandates(), centre.tell_mandates()) == (2, 0)
    (path,) = (tmp_path / "in").glob("*.txt")
    (listed,) = read_mandates(path).lists
    assert (read_mandates(path).flags, listed.account) == ((), "5050109")
    assert {(each.reference, each.registration) for each in listed.mandates} == {("4711", "new"), ("815", "ended")}


async def test_what_is_there_is_drawn_and_what_is_not_is_told(
    centre: AutogiroCentre, everybody: Cast, tmp_path: Path
) -> None:
    comes, fails = ocr_of(everybody, "asks for direct debit"), ocr_of(everybody, "reads only SMS")
    draws = [Draw("4711", ocr, Decimal("802.50"), DUE) for ocr in (comes, fails)]
    back = Draw("4711", comes, Decimal("10.00"), DUE)
    send(tmp_path, "1", write_payments(PAYEE, [*draws, back]))
    send(tmp_path, "2", write_changes(PAYEE, [back]))
    assert centre.collect() == (3, 1)
    assert await centre.close_day(date(2026, 3, 13)) == []
    assert [each.kid for each in await centre.close_day(DUE)] == [comes]
    (path,) = (tmp_path / "in").glob("*.txt")
    assert (examine(path).flags, examine(path).totals) == ([], {"SEK": Decimal("802.50")})
    assert {answer.reference: answer.code for answer in read_answers(path).answers} == {comes: "0", fails: "1"}
