"""The simulated Nets speaks Purr's own formats: mandates in, claims out, and what was drawn as OCR giro."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config.files import HOME, read_laws
from connectors.bank_files import reader
from connectors.direct_debit.avtalegiro import DrawnClaim, Sender, read_mandates, write_file
from facts.database import Database
from simulator.cast import Cast, cast
from simulator.casts.registry import NORWAY
from simulator.offices.direct_debit_centre import DirectDebitCentre, Drawn, drawn_file

CALENDAR = read_laws()[HOME].calendar
FIRST_DAY = date(2026, 3, 2)
ACCOUNT = NORWAY.without_fees.accounts[0]
DUE = date(2026, 3, 16)


@pytest.fixture
def everybody() -> Cast:
    return cast(FIRST_DAY, invoices=17, seed=1)


@pytest.fixture
def centre(everybody: Cast, tmp_path: Path) -> DirectDebitCentre:
    nobody_asks_it = Database("postgresql+psycopg://nowhere/nothing")
    return DirectDebitCentre(nobody_asks_it, everybody, CALENDAR, tmp_path, tmp_path)


def kid_of(everybody: Cast, habit: str) -> str:
    return next(
        i.reference or "" for i in everybody.invoices if everybody.who_pays(i.reference or "")[0].habit_name == habit
    )


def send(folder: Path, kind: str, number: int, kid: str) -> None:
    claim = DrawnClaim(kid, DUE, Decimal("802.50"), "Kari Nordmann", "Faktura 1")
    content = write_file(
        "claims" if kind == "claims" else "cancellations", Sender("00131936", ACCOUNT), number, number, [claim]
    )
    (folder / "out" / f"nordlys-{kind}-{number:07}.txt").write_bytes(content)


def test_mandates_are_read_without_a_flag_standing_ones_and_new_ones_apart(
    centre: DirectDebitCentre, tmp_path: Path
) -> None:
    centre.sign(ACCOUNT, "2345676", standing=True)
    centre.sign(ACCOUNT, "006402710013")
    assert centre.tell_mandates() == 2
    (path,) = (tmp_path / "in").glob("*.txt")
    file = read_mandates(path)
    assert file.flags == ()
    told = {(mandate.reference, mandate.registration) for listed in file.lists for mandate in listed.mandates}
    assert told == {("2345676", "standing"), ("006402710013", "new")}


def test_no_file_is_left_when_nobody_has_signed(centre: DirectDebitCentre, tmp_path: Path) -> None:
    assert centre.tell_mandates() == 0
    assert list((tmp_path / "in").iterdir()) == []


def test_claims_are_collected_once_and_taken_back(centre: DirectDebitCentre, everybody: Cast, tmp_path: Path) -> None:
    kid = kid_of(everybody, "has direct debit")
    send(tmp_path, "claims", 1, kid)
    assert centre.collect() == (1, 0)
    assert centre.collect() == (0, 0)
    send(tmp_path, "cancellations", 2, kid)
    assert centre.collect() == (0, 1)


async def test_a_draw_that_fails_brings_nothing_however_long_one_waits(
    centre: DirectDebitCentre, everybody: Cast, tmp_path: Path
) -> None:
    send(tmp_path, "claims", 1, kid_of(everybody, "has too little on the day"))
    send(tmp_path, "claims", 2, kid_of(everybody, "has money a week late"))
    centre.collect()
    assert await centre.close_day(CALENDAR.add_banking_days(DUE, 7)) == []
    assert centre.came == {}


def test_what_was_drawn_is_an_ocr_giro_file_that_adds_up(tmp_path: Path) -> None:
    drawn = [Drawn(ACCOUNT, "2345676", Decimal("802.50"), DUE), Drawn("15030000029", "006402710013", Decimal(499), DUE)]
    drawn.append(replace(drawn[0], kid="0044555258"))
    path = tmp_path / "OCR"
    path.write_text(drawn_file(DUE, drawn), encoding="latin-1")
    file = reader.examine(path)
    assert not file.flags
    assert file.transactions == 3
    assert file.totals == {"NOK": Decimal("2104.00")}
    assert {(p.account, p.reference, p.amount) for p in reader.payments(path)} == {
        (claim.account, claim.kid, claim.amount) for claim in drawn
    }
