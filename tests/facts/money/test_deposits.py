"""A sum in an account's statement is explained by the file that has its payments, exactly, once, in any order."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from activities.bank_files import BookedFile, book_file, look_at
from connectors.bank_files.reader import examine
from facts.database import Database
from tests.activities.jobs import test_autogiro as autogiro
from tests.activities.jobs.test_autogiro import BANKGIRO, OCR, Office
from tests.connectors.bank_files.camt import test_parse as camt

__all__ = ["migrated", "office"]
migrated, office = autogiro.migrated, autogiro.office
IBAN = "SE3550000000054910000003"
DAY = date(2027, 3, 1)


@pytest_asyncio.fixture
async def bank(office: Office) -> AsyncIterator[Office]:
    """A creditor with a bankgiro number and the account behind it, and a draw of 802.00 at the bank."""
    await office.facts.change(
        "insert into bank_account (creditor_id, account, happened_at) select id, :iban, happened_at from creditor",
        iban=IBAN,
    )
    await office.sent()
    await office.turn(2027, 3, 2, 8)
    yield office


def entry(
    amount: str = "802.00",
    *,
    count: int | None = 1,
    day: date = DAY,
    reference: str = "E1",
    says: str = "",
    drawn: bool = True,
) -> str:
    """A sum in the account's statement."""
    more = f"<AddtlNtryInf>{says}</AddtlNtryInf>" if says else ""
    written = camt.entry(
        amount, day=f"<Dt>{day}</Dt>", bank_reference=reference, batch=count, currency="SEK", more=more
    )
    return written.replace(">RCDT<", ">IDDT<") if drawn else written


async def statement(bank: Office, *entries: str, name: str = "statement.xml", by: str | None = None) -> BookedFile:
    """The account's statement comes."""
    path = bank.folder / name
    path.write_text(camt.message(camt.statement(*entries, account=f"<IBAN>{IBAN}</IBAN>")), encoding="utf-8")
    return await book_file(bank.facts.database, examine(path), accepted_by=by)


async def specified(bank: Office, *, name: str = "spec.txt") -> None:
    """Bankgirot tells what it drew that day."""
    await bank.specified((OCR[0], "0"), name=name)


async def stands(database: Database, path: Path) -> tuple[str, ...]:
    """What is wrong with a file by now."""
    return (await look_at(database, examine(path))).flags


@pytest.mark.parametrize("count", [1, None])
async def test_the_sum_is_settled_by_nobodys_hand_whichever_file_comes_first(bank: Office, count: int | None) -> None:
    early = await statement(bank, entry(count=count), camt.entry("75.50", currency="SEK", bank_reference="E2"))
    assert early.waits
    assert "802.00 SEK on 2027-03-01: no file with its payments has come yet" in early.flags[0]
    await specified(bank)
    late = await statement(bank, entry(count=count), camt.entry("75.50", currency="SEK", bank_reference="E2"))
    assert (late.waits, late.state, late.flags, late.transactions) == (False, "done", (), 1)
    again = await statement(bank, entry(count=count), name="other-day.xml")
    assert (again.waits, again.flags) == (False, ()), "the same entry, in another file"
    rows = await bank.facts.rows("select amount from incoming_payment order by amount")
    assert [row.amount for row in rows] == [Decimal("75.50"), Decimal("802.00")]


async def test_a_specification_that_comes_twice_explains_one_entry_alone(bank: Office) -> None:
    for name in ("spec.txt", "again.txt"):
        await specified(bank, name=name)
    assert not (await statement(bank, entry())).waits
    second = await statement(bank, entry(reference="E9"), name="second.xml")
    assert second.waits
    assert "no file with its payments has come yet" in second.flags[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"amount": "803.00"},
            "803.00 SEK on 2027-03-01, but the file with the payments tells of 1 payments of 802.00",
        ),
        ({"count": 2}, "802.00 SEK on 2027-03-01, but the file with the payments tells of 1 payments of 802.00"),
        ({"day": date(2027, 3, 2)}, "802.00 SEK on 2027-03-02: no file with its payments has come yet"),
    ],
)
async def test_a_difference_goes_to_a_person_with_both_figures(
    bank: Office, changes: dict[str, object], said: str
) -> None:
    await specified(bank)
    wrong = await statement(bank, entry(**{"count": 1} | changes))  # type: ignore[arg-type]
    assert (wrong.waits, said in wrong.flags[0]) == (True, True), wrong.flags
    accepted = await statement(bank, entry(**{"count": 1} | changes), by="anne")  # type: ignore[arg-type]
    assert (accepted.waits, accepted.booked) == (False, 0)
    rows = await bank.facts.rows("select amount from incoming_payment")
    assert [row.amount for row in rows] == [Decimal("802.00")]


async def test_an_entry_that_names_a_bankgiro_number_is_explained_by_a_deposit_to_that_alone(bank: Office) -> None:
    await bank.facts.change(
        "insert into bank_account (creditor_id, account, happened_at) select id, '991-2346', happened_at from creditor"
    )
    await specified(bank)
    other = await statement(bank, entry(says="BGINB 991-2346 2027-03-01"))
    assert other.waits
    assert not (await statement(bank, entry(says=f"AUTOGIRO {BANKGIRO}"), name="ours.xml")).waits


async def test_a_sum_of_bankgiro_payments_is_explained_by_bgmax(bank: Office) -> None:
    bgmax = [
        f"01BGMAX               0120270301120000123456P{'':35}",
        f"05{BANKGIRO:0>10}{'':10}SEK{'':55}",
        f"20{'':10}{OCR[0]:>25}{80200:018}24{'':12}{'':11}",
        f"20{'':10}{'':>25}{10000:018}24{'':12}{'':11}",
        f"15{'0' * 35}20270301{7:05}{90200:018}SEK{2:08}{'':1}",
        f"70{2:08}{0:08}{0:08}{1:08}{'':46}",
    ]
    path = bank.folder / "bgmax.txt"
    path.write_bytes("".join(f"{record:80}\r\n" for record in bgmax).encode("latin-1"))
    assert (await book_file(bank.facts.database, examine(path))).flags == ()
    assert not (await statement(bank, entry("902.00", count=2, drawn=False))).waits
    assert await stands(bank.facts.database, bank.folder / "statement.xml") == ()


async def test_another_creditors_deposit_explains_nothing(bank: Office) -> None:
    await bank.facts.creditor(
        id="other",
        country="SE",
        accounts=("991-2346",),
        consumer_policy="se-gentle",
        business_policy=None,
    )
    await bank.facts.change(
        "insert into deposit (creditor_id, number, day, serial, amount, currency, payments, happened_at)"
        " select 'other', '9912346', cast(:day as date), '1', 802, 'SEK', 1, happened_at from creditor where id = 'other'",
        day=DAY,
    )
    assert (await statement(bank, entry())).waits
