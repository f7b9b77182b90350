"""Bank files booked: each transaction once, whoever interrupts it, and nothing that is flagged without a person."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from activities import bank_files
from activities.bank_files import BookedFile, book_file, book_part, look_at
from activities.mandate_files import read_mandate_file
from connectors.bank_files.reader import examine
from connectors.bank_files.records import day_of_this_century
from domain.countries.no import kid_with_check_digit
from facts.clock import CLOCK
from facts.database import Database
from facts.money import ledger
from facts.money.bank_files import BookedElsewhere
from facts.refusals import Refused
from simulator.offices.bank import Order, ocr_file
from tests.begin import TODAY, turn
from tests.connectors.bank_files import test_ktl, test_tito
from tests.connectors.bank_files.camt.test_parse import entry, message, remittance, statement, transaction
from tests.connectors.bank_files.test_order_status import FIRST, OURS, of_order, payment, report
from tests.facts.builders import NOON, Facts, shipped_intake
from tests.world import EMPTY, debtor, fresh_database

ACCOUNT = "12345678903"
OTHERS = "98765432100"
IBAN = "<IBAN>NO9312345678903</IBAN>"
DAY = date(2026, 3, 20)
NUMBERS = range(8)


def kid(number: int) -> str:
    """The payment reference of the invoice with a number."""
    return kid_with_check_digit(f"{4711000 + number:08}")


@dataclass
class Office:
    """A creditor with eight open invoices of NOK 802.00, and bank files for it."""

    facts: Facts
    folder: Path

    def ocr(self, *orders: tuple[int, str], accounts: Sequence[str] = (ACCOUNT,), name: str = "OCR.txt") -> Path:
        """An OCR giro file of (invoice, amount), all on the first account."""
        path = self.folder / name
        told = [Order(accounts[0], kid(number), Decimal(amount)) for number, amount in orders]
        path.write_text(ocr_file(DAY, accounts, told), encoding="latin-1")
        return path

    def camt(self, *entries: str, kind: str = "054", name: str = "camt.xml") -> Path:
        """A camt file of the creditor's account."""
        path = self.folder / name
        path.write_text(message(statement(*entries, account=IBAN), kind=kind))
        return path

    async def book(self, path: Path, **options: Any) -> BookedFile:
        """Book a file."""
        return await book_file(self.facts.database, examine(path), **options)

    async def left(self) -> dict[str, Decimal]:
        """What is left of each invoice of which something was paid."""
        rows = await self.facts.rows(
            "select i.number, c.balance from dunning_case c join invoice i on i.id = c.invoice_id where c.balance <> 802"
        )
        return {row.number: row.balance for row in rows}

    async def imported_through(self) -> dict[str, str]:
        """How far each account is imported."""
        rows = await self.facts.rows(
            "select account, imported_through from bank_account where imported_through is not null"
        )
        return {row.account: str(row.imported_through) for row in rows}

    async def state(self) -> str:
        """The state of the one file there is."""
        ((state,),) = await self.facts.rows("select state from bank_file")
        return str(state)


@pytest.fixture(scope="module")
def migrated(postgres_url: str) -> str:
    """The URL of a migrated database."""
    return fresh_database(postgres_url, "bank_file_booking")


@pytest_asyncio.fixture
async def office(migrated: str, tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(migrated, pool_size=4)
    facts = Facts(database, shipped_intake(DAY))
    await facts.change(EMPTY)
    await turn(database)
    await facts.creditor(accounts=(ACCOUNT,))
    for number in NUMBERS:
        await facts.case(f"{number}", reference=kid(number), debtor=debtor(customer_number=f"K-{number}"))
    yield Office(facts, tmp_path)
    await database.close()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of three, so that a small file has several."""
    monkeypatch.setattr(bank_files, "CHUNK", 3)


async def test_a_file_is_booked_with_its_counts_and_the_day_its_account_is_imported_through(office: Office) -> None:
    seen: list[int] = []
    waiting: list[tuple[str | None, int | None]] = []
    booked = await office.book(
        office.ocr((0, "802.00"), (1, "100.00"), (77, "5.00")),
        progress=seen.append,
        in_review=lambda paid, result: waiting.append((paid.reference, result.number)),
    )
    assert (booked.state, booked.booked, booked.known, booked.review, booked.left_out) == ("done", 2, 0, 1, 0)
    assert await office.left() == {"0": Decimal(0), "1": Decimal("702.00")}
    ((number,),) = await office.facts.rows("select id from incoming_payment where state = 'review'")
    assert (seen, waiting) == ([3], [(kid(77), number)])
    assert booked.imported_through == {ACCOUNT: DAY}
    assert await office.imported_through() == {ACCOUNT: str(DAY)}


async def test_the_same_file_again_changes_nothing_whatever_its_name(office: Office) -> None:
    path = office.ocr((0, "802.00"), (77, "5.00"))
    await office.book(path)
    again = await office.book(path.rename(path.with_name("again.txt")))
    assert (again.state, again.booked, again.known, again.review) == ("done", 0, 2, 0)
    assert await office.left() == {"0": Decimal(0)}


async def test_the_same_transaction_in_another_file_books_once(office: Office) -> None:
    await office.book(office.ocr((0, "300.00")))
    other = await office.book(office.ocr((0, "300.00"), (1, "802.00"), name="other.txt"))
    assert (other.booked, other.known) == (1, 1)
    assert await office.left() == {"0": Decimal("502.00"), "1": Decimal(0)}


async def test_the_day_an_account_is_complete_through_can_be_told_and_is_never_ahead(office: Office) -> None:
    await office.book(office.ocr((0, "1.00")), through=date(2026, 3, 25))
    assert await office.imported_through() == {ACCOUNT: "2026-03-25"}
    far = office.ocr((1, "1.00"), name="far.txt")
    ahead = TODAY + timedelta(days=40)
    far.write_text(far.read_text().replace(f"{DAY:%d%m%y}", f"{ahead:%d%m%y}"))
    await office.book(far)
    assert date.fromisoformat((await office.imported_through())[ACCOUNT]) <= TODAY + timedelta(days=1)


async def test_a_file_that_contradicts_itself_is_booked_only_after_a_person_has_accepted_it(office: Office) -> None:
    path = office.ocr((0, "802.00"))
    path.write_text(path.read_text().replace("NY00008900000001", "NY00008900000007"))
    waiting = await office.book(path)
    assert (waiting.state, waiting.waits, waiting.booked) == ("flagged", True, 0)
    assert await office.left() == {}
    assert await office.imported_through() == {}
    accepted = await office.book(path, accepted_by="kim")
    assert (accepted.state, accepted.waits, accepted.booked) == ("done", False, 1)
    ((by,),) = await office.facts.rows("select accepted_by from bank_file")
    assert by == "kim"


async def test_money_on_an_account_of_nobody_is_left_out_and_booked_once_the_account_is_registered(
    office: Office,
) -> None:
    path = office.ocr((0, "802.00"), accounts=(OTHERS, ACCOUNT))
    flagged = await office.book(path)
    assert (flagged.state, flagged.booked, flagged.left_out, flagged.waits) == ("flagged", 0, 1, False)
    assert flagged.flags == (f"account {OTHERS} belongs to no creditor: nothing of it is booked",)
    assert flagged.imported_through == {ACCOUNT: DAY}
    again = await office.book(path, accepted_by="kim")  # there is nothing to accept
    assert (again.state, again.booked, again.left_out) == ("flagged", 0, 1)
    await office.facts.change(
        f"insert into bank_account (creditor_id, account, happened_at) values ('acme', :account, {CLOCK})",
        account=OTHERS,
    )
    registered = await office.book(path)
    assert (registered.state, registered.booked, registered.left_out, registered.flags) == ("done", 1, 0, ())
    assert await office.left() == {"0": Decimal(0)}


async def test_an_account_of_several_creditors_is_booked_for_none(office: Office) -> None:
    await office.facts.creditor("beta", accounts=(ACCOUNT,))
    flagged = await office.book(office.ocr((0, "802.00")))
    assert flagged.flags == (f"account {ACCOUNT} belongs to several creditors: nothing of it is booked",)
    assert (flagged.state, flagged.left_out, await office.left()) == ("flagged", 1, {})


async def test_finnish_reference_payments_are_booked_once_whichever_of_their_two_files_comes_first(
    office: Office,
) -> None:
    await office.facts.rows(
        f"insert into bank_account (creditor_id, account, happened_at) values ('acme', :account, {CLOCK}) returning account",
        account=test_ktl.IBAN,
    )
    await office.facts.rows(
        "update invoice set currency = 'EUR', reference = '1234561' where number = '0' returning id"
    )
    of_both = {"reference": "1234561", "archive": "2611201234567890"}
    first = office.folder / "ktl"
    first.write_text("\r\n".join(test_ktl.a_batch(test_ktl.payment(50_000, **of_both))), encoding="latin-1")
    told = await office.book(first)
    assert (told.state, told.booked, told.flags) == ("done", 1, ())
    assert await office.left() == {"0": Decimal(302)}
    same = test_tito.entry(50_000, code="705", reference="1234561", archive="262611201234567890")
    other = test_tito.entry(30_200, archive="262611201234567891")
    second = office.folder / "tito"
    records = [test_tito.head(), same, other, test_tito.more("00", "viite RF34 1234 561"), test_tito.balance(80_200)]
    second.write_text("\r\n".join(records), encoding="latin-1")
    told = await office.book(second)
    assert (told.state, told.booked, told.known, told.flags) == ("done", 1, 1, ())
    assert await office.left() == {"0": Decimal(0)}


async def test_ktl_and_tito_tell_through_which_day_an_account_is_known_and_the_later_of_them_counts(
    office: Office,
) -> None:
    await office.facts.rows(
        f"insert into bank_account (creditor_id, account, happened_at) values ('acme', :account, {CLOCK}) returning account",
        account=test_ktl.IBAN,
    )
    ktl, tito = office.folder / "ktl", office.folder / "tito"
    days = [f"{DAY + timedelta(days=more):%y%m%d}" for more in range(3)]
    paid = test_ktl.payment(booked=days[1], paid=days[0])
    ktl.write_text("\r\n".join(test_ktl.a_batch(paid)), encoding="latin-1")
    assert (await office.book(ktl)).imported_through == {test_ktl.IBAN: DAY + timedelta(days=1)}
    for closed, known in ((days[0], days[1]), (days[2], days[2])):  # a statement of the day before came late
        head = test_tito.head().replace("261120261120", f"{closed}{closed}")
        tito.write_text("\r\n".join([head, test_tito.balance(0, closed)]), encoding="latin-1")
        assert (await office.book(tito)).flags == ()
        assert (await office.imported_through())[test_ktl.IBAN] == f"{day_of_this_century(known)}"


async def test_another_kind_of_file_for_the_same_account_waits_for_a_person(office: Office) -> None:
    await office.book(office.ocr((0, "802.00")))
    camt = office.camt(entry("802.00", transaction("802.00", told=remittance(kid(1)))))
    waiting = await office.book(camt)
    assert waiting.flags == (
        f"account {ACCOUNT} is imported from ocr-giro; this is camt.054: booking both could book money twice",
    )
    assert (waiting.state, waiting.booked, waiting.left_out) == ("flagged", 0, 1)
    accepted = await office.book(camt, accepted_by="kim")
    assert (accepted.state, accepted.booked) == ("done", 1)
    ((source,),) = await office.facts.rows("select source from bank_account")
    assert source == "ocr-giro"


async def test_several_references_in_one_payment_pay_all_their_invoices(office: Office) -> None:
    for number in (1, 2):  # of one debtor
        await office.facts.case(f"K-{number}", reference=kid(100 + number))
    told = remittance(kid(101), amount="802.00") + remittance(kid(102), amount="802.00")
    booked = await office.book(office.camt(entry("1604.00", transaction("1604.00", told=told))))
    assert (booked.booked, booked.review) == (1, 0)
    assert await office.left() == {"K-1": Decimal(0), "K-2": Decimal(0)}


async def test_a_file_of_no_known_format_is_flagged_and_cannot_be_accepted(office: Office) -> None:
    path = office.folder / "letter.txt"
    path.write_text("Dear bank")
    for accepted_by in (None, "kim"):
        booked = await office.book(path, accepted_by=accepted_by)
        assert (booked.state, booked.waits) == ("flagged", True)


# --- interrupted -------------------------------------------------------------------------------------------------


class Killed(Exception):
    """The process ends here."""


async def booked_until(office: Office, path: Path, position: int) -> None:
    """Book a file and be killed once so many transactions are settled."""

    def progress(settled: int) -> None:
        if settled >= position:
            raise Killed

    with pytest.raises(Killed):
        await office.book(path, progress=progress)


@pytest.mark.usefixtures("small_chunks")
async def test_who_is_interrupted_goes_on_where_it_was(office: Office) -> None:
    path = office.ocr(*((number, "802.00") for number in NUMBERS), (77, "1.00"))
    await booked_until(office, path, 6)
    assert await office.state() == "booking"
    settled: list[int] = []
    booked = await office.book(path, progress=settled.append)
    assert settled == [9]
    assert (booked.state, booked.booked, booked.known, booked.review) == ("done", 8, 0, 1)
    assert set((await office.left()).values()) == {Decimal(0)}


@pytest.mark.usefixtures("small_chunks")
async def test_a_chunk_that_was_half_booked_counts_right_when_it_is_booked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.ocr((0, "802.00"), (77, "1.00"), (78, "1.00"), (1, "802.00"))
    book, times = bank_files.book, iter(range(9))

    async def killed_at_the_second(*given: Any) -> Any:
        if next(times) == 1:
            raise Killed
        return await book(*given)

    monkeypatch.setattr(bank_files, "book", killed_at_the_second)
    with pytest.raises(Killed):
        await office.book(path)
    booked = await office.book(path)
    assert (booked.state, booked.booked, booked.known, booked.review) == ("done", 2, 0, 2)


@pytest.mark.usefixtures("small_chunks")
async def test_an_account_that_is_registered_in_between_is_booked_from_the_start(office: Office) -> None:
    path = office.ocr(*((number, "802.00") for number in NUMBERS), accounts=(OTHERS, ACCOUNT))
    path.write_text(
        ocr_file(
            DAY,
            (OTHERS, ACCOUNT),
            [
                *(Order(OTHERS, kid(n), Decimal(802)) for n in range(4)),
                *(Order(ACCOUNT, kid(n), Decimal(802)) for n in range(4, 8)),
            ],
        )
    )
    await booked_until(office, path, 6)
    await office.facts.change(
        f"insert into bank_account (creditor_id, account, happened_at) values ('acme', :account, {CLOCK})",
        account=OTHERS,
    )
    booked = await office.book(path)
    assert (booked.state, booked.left_out) == ("done", 0)
    assert await office.left() == {str(number): Decimal(0) for number in NUMBERS}


@pytest.mark.usefixtures("small_chunks")
async def test_two_who_book_the_same_file_book_each_payment_once(office: Office) -> None:
    path = office.ocr(*((number, "802.00") for number in NUMBERS))
    results = await asyncio.gather(*(office.book(path) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, BookedFile | BookedElsewhere) for result in results), results
    assert (await office.book(path)).state == "done"
    assert await office.left() == {str(number): Decimal(0) for number in NUMBERS}
    ((booked,),) = await office.facts.rows("select booked from bank_file")
    assert booked == 8
    async with office.facts.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []


@pytest.mark.usefixtures("small_chunks")
async def test_a_part_of_a_file_is_booked_at_a_time(office: Office) -> None:
    file = examine(office.ocr(*((number, "802.00") for number in NUMBERS)))
    positions = []
    for _ in range(3):
        look = await look_at(office.facts.database, file)
        positions.append((await book_part(office.facts.database, look, most=3)).position)
    assert positions == [3, 6, 8]


async def test_a_source_that_was_taken_since_the_look_stops_the_booking(office: Office) -> None:
    look = await look_at(office.facts.database, examine(office.ocr((0, "802.00"))))
    await office.book(office.camt(entry("802.00", transaction("802.00", told=remittance(kid(1))))))
    with pytest.raises(Refused, match="since just now"):
        await book_part(office.facts.database, look)
    assert await office.left() == {"1": Decimal(0)}


# --- mandates beside payments ------------------------------------------------------------------------------------


def mandates_beside(path: Path, payments: str, *kids: str, letter: str = "J", account: str = ACCOUNT) -> Path:
    """A file of payments with an AvtaleGiro assignment of new mandates before its end record."""
    *records, end = payments.splitlines()
    mandates = [f"NY219470{place:07}1{kid:>25}{letter}" for place, kid in enumerate(kids, start=1)]
    added = [
        f"NY212420{0:09}{1:07}{account}",
        *mandates,
        f"NY212488{len(kids):08}{len(kids) + 2:08}",
    ]
    counts = f"{int(end[8:16]) + len(kids):08}{int(end[16:24]) + len(added):08}"
    path.write_text("\n".join(f"{record:0<80}" for record in [*records, *added, end[:8] + counts + end[24:]]) + "\n")
    return path


async def mandates(office: Office) -> list[tuple[str, str, bool]]:
    """Every mandate: its reference, its state, and whether the bank tells the debtor."""
    rows = await office.facts.rows("select reference, state, notify from mandate order by reference")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("orders", "letter", "accepted_by", "state", "known"),
    [
        ([(0, "802.00")], "J", None, "done", [(kid(1), "active", True), (kid(2), "active", True)]),  # beside payments
        (
            [(77, "5.00")],
            "N",
            None,
            "done",
            [(kid(1), "active", False), (kid(2), "active", False)],
        ),  # beside a strange one
        ([], "N", None, "done", [(kid(1), "active", False), (kid(2), "active", False)]),  # no payments that day
        ([(0, "802.00")], "X", None, "flagged", []),  # a bad mandate: a person looks at it first
        ([(0, "802.00")], "X", "kari", "done", []),  # and accepted, the payments are booked and nothing is guessed
    ],
)
async def test_mandates_in_a_bank_file_are_recorded_wherever_it_lies(
    office: Office,
    orders: list[tuple[int, str]],
    letter: str,
    accepted_by: str | None,
    state: str,
    known: list[tuple[str, str, bool]],
) -> None:
    terms = f'{{"customer_unit": "55555555", "account": "{ACCOUNT}"}}'
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=terms)
    path = office.ocr(*orders)
    mandates_beside(path, path.read_text("latin-1"), kid(1), kid(2), letter=letter)
    booked = await office.book(path, accepted_by=accepted_by)
    assert (booked.state, await mandates(office)) == (state, known)
    await office.book(path, accepted_by=accepted_by)
    await read_mandate_file(office.facts.database, path, accepted_by=accepted_by)
    assert await mandates(office) == known


async def test_a_mandate_that_has_ended_is_not_brought_back_by_the_same_file_in_another_folder(office: Office) -> None:
    terms = f'{{"customer_unit": "55555555", "account": "{ACCOUNT}"}}'
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=terms)
    path = office.ocr((0, "802.00"))
    mandates_beside(path, path.read_text("latin-1"), kid(1))
    await read_mandate_file(office.facts.database, path)
    await office.facts.change("update mandate set state = 'ended'")
    await office.book(path)
    assert await mandates(office) == [(kid(1), "ended", True)]


AGREEMENT = f'{{"customer_unit": "55555555", "account": "{ACCOUNT}"}}'
NO_AGREEMENT = "account {} is in the direct-debit agreement of no creditor, or of several: no mandate of it is recorded"


@pytest.mark.parametrize(
    ("payments", "left_out"), [(ACCOUNT, 0), (OTHERS, 1), (None, 0)]
)  # whose payments stand beside the mandates
async def test_mandates_that_no_agreement_names_keep_the_file_flagged_until_there_is_one(
    office: Office, payments: str | None, left_out: int
) -> None:
    path = office.ocr(*([(0, "802.00")] if payments else []), accounts=(payments,) if payments else ())
    mandates_beside(path, path.read_text("latin-1"), kid(1))
    flagged = await office.book(path)
    assert (flagged.state, flagged.waits, flagged.left_out) == ("flagged", False, left_out)
    assert flagged.flags[-1] == NO_AGREEMENT.format(ACCOUNT)
    assert not (await look_at(office.facts.database, examine(path))).has_more
    again = await office.book(path, accepted_by="kim")  # there is nothing to accept
    assert (again.state, again.booked, await mandates(office)) == ("flagged", 0, [])
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=AGREEMENT)
    assert (await look_at(office.facts.database, examine(path))).has_more
    registered = await office.book(path)
    assert (registered.state, registered.left_out) == ("flagged" if left_out else "done", left_out)
    assert await mandates(office) == [(kid(1), "active", True)]
    assert await office.left() == ({"0": Decimal(0)} if payments == ACCOUNT else {})


async def test_a_bank_file_says_what_a_person_should_know_of_its_mandates(office: Office) -> None:
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=AGREEMENT)
    await office.facts.case("2001", reference=kid(1), debtor=debtor(customer_number="K-99"))
    path = office.ocr((0, "802.00"))
    mandates_beside(path, path.read_text("latin-1"), kid(1))
    booked = await office.book(path)
    assert (booked.state, booked.booked) == ("done", 1)
    assert booked.flags == (
        f"mandate {kid(1)}: several debtors have invoices that it covers, so it serves none of them",
    )


async def ordered(office: Office) -> None:
    """A refund stands in a file for the bank."""
    await office.facts.rows(
        """with f as (insert into refund_file (creditor_id, name, message_id, execute_on, orders, total, currency, by, content,
            happened_at)
          select id, 'f', :file, :day, 1, 802, 'NOK', 'kim', '', :now from creditor limit 1 returning id, creditor_id),
        p as (insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, drawn, state,
            happened_at) select creditor_id, 'bank', 'p', 802, 'NOK', :day, false, 'returned', :now from f returning id),
        r as (insert into refund (creditor_id, payment_id, amount, currency, state, by, happened_at)
          select f.creditor_id, p.id, 802, 'NOK', 'ordered', 'kim', :now from f, p returning id)
        insert into refund_order (refund_id, file_id, end_to_end, to_account, happened_at)
        select r.id, f.id, :id, '99990512341', :now from f, r returning 1""",
        day=DAY,
        now=NOON,
        id=FIRST,
        file=OURS,
    )


async def test_a_statement_settles_the_refunds_that_were_ordered_once(office: Office) -> None:
    await ordered(office)
    left = entry("802.00", transaction("802.00", told="").replace("NOTPROVIDED", FIRST), indicator="DBIT")
    strange = entry("9.00", transaction("9.00", told="").replace("NOTPROVIDED", f"PURR{'0' * 28}"), indicator="DBIT")
    for _ in range(2):
        booked = await office.book(office.camt(left, strange, kind="053"))
        assert (booked.state, booked.transactions) == ("done", 0)
        assert [flag for flag in booked.flags if "is no refund" in flag] != []
        ((state, paid_on),) = await office.facts.rows(
            "select r.state, o.paid_on from refund r join refund_order o on o.refund_id = r.id"
        )
        assert (state, paid_on) == ("paid", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("told", "account"), [(of_order(FIRST), None), (payment("", "<PmtInfSts>RJCT</PmtInfSts>"), "99990512341")]
)
async def test_what_the_bank_refuses_is_owed_again_once(office: Office, told: str, account: str | None) -> None:
    await ordered(office)
    path = office.folder / "answer.xml"
    for more in ("", " "):  # the bank tells it in another file too
        path.write_text(report(told + more), encoding="utf-8")
        booked = await office.book(path)
        assert (booked.state, booked.format, booked.transactions, booked.flags) == ("done", "pain.002", 0, ())
        assert await office.facts.rows("select state, to_account from refund") == [("due", account)]
    assert await office.facts.rows("select count(*) from refund_order where returned_on is not null") == [(1,)]
