"""Direct debit day by day: files in and out, each once, whatever breaks in the middle."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import netsgiro
import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError

from activities.jobs.direct_debit import DirectDebit
from activities.mandate_files import read_mandate_file
from config.files import HOME, read_laws
from connectors.direct_debit.folder import DirectDebitFolder
from facts.database import Database
from facts.direct_debit import claims, files
from simulator.offices.bank import Order, ocr_file
from tests.activities.test_bank_files import mandates_beside
from tests.begin import turn
from tests.facts.builders import Facts, shipped_intake
from tests.world import EMPTY, debtor, fresh_database, world
from workflows.contracts import TASK_QUEUE
from workflows.daily import DirectDebitDay

ROOT = Path(__file__).resolve().parents[3]
OSLO = read_laws()[HOME].calendar
ACCOUNT = "12345678903"
TERMS = f'{{"customer_unit": "00008080", "account": "{ACCOUNT}", "data_sender": "55555555"}}'
MORNING = datetime(2026, 7, 1, 9, tzinfo=UTC)  # 11:00 in Oslo, a Wednesday
DUE = date(2026, 7, 15)
KIDS = ("006402710013", "2345676", "0044555258")


class Killed(BaseException):
    """The process ends here, and nothing catches that."""


@dataclass
class Office:
    """A creditor with direct debit, and the job at its folder."""

    facts: Facts
    folder: Path
    job: DirectDebit

    async def turn(self, moment: datetime) -> None:
        """Turn the doors' clock to a moment."""
        await turn(self.facts.database, moment)

    async def invoices(self, count: int = 3, owner: str = "acme") -> list[int]:
        """Invoices of as many debtors, due in two weeks; gives their cases."""
        return [
            await self.facts.case(
                f"{1001 + place}",
                owner,
                reference=KIDS[place],
                issue_date=date(2026, 7, 1),
                due_date=DUE,
                debtor=debtor(customer_number=f"K-{place}"),
            )
            for place in range(count)
        ]

    def receive(
        self,
        *records: str,
        name: str = "mandates.txt",
        count: int | None = None,
        account: str = ACCOUNT,
        transmission: int = 1091949,
        made_on: str = "190417",
    ) -> Path:
        """The bank leaves a file of mandates."""
        path = self.folder / "in" / name
        stated = len(records) if count is None else count
        lines = [
            f"NY00001000008080{transmission:07}00010200",
            f"NY212420{0:09}{1:07}{account}",
            *records,
            f"NY212488{stated:08}{len(records) + 2:08}",
            f"NY000089{stated:08}{len(records) + 4:08}{0:017}{made_on}",
        ]
        path.write_text("".join(f"{line:0<80}\n" for line in lines))
        return path

    async def mandates(self, *kids: str, notify: str = "N") -> None:
        """The bank tells of new mandates, and they are read."""
        self.receive(*[mandate(place, kid, notify=notify) for place, kid in enumerate(kids, start=1)])
        await self.job.read_mandate_files()

    def out(self) -> dict[str, str]:
        """The files that the bank can see."""
        return {
            path.name: path.read_text("latin-1")
            for path in sorted((self.folder / "out").iterdir())
            if not path.name.startswith(".")
        }

    def drawn(self) -> list[tuple[str | None, Decimal]]:
        """What all published files of claims ask for: KID and amount."""
        return [
            (one.kid, one.amount)
            for name, content in self.out().items()
            if "-claims-" in name
            for assignment in netsgiro.parse(content).assignments
            for one in assignment.transactions
            if isinstance(one, netsgiro.PaymentRequest)
        ]

    async def states(self) -> list[str]:
        """The state of every claim."""
        return [row.state for row in await self.facts.rows("select state from claim order by id")]


def mandate(sequence: int, kid: str, registration: int = 1, notify: str = "N") -> str:
    return f"NY219470{sequence:07}{registration}{kid:>25}{notify}"


@pytest.fixture(scope="module")
def migrated(postgres_url: str) -> str:
    """The URL of a migrated database."""
    return fresh_database(postgres_url, "direct_debit")


async def opened(database: Database, folder: Path) -> Office:
    """The office on a database that holds one creditor, with direct debit, and nothing else."""
    facts = Facts(database, shipped_intake(MORNING.date()))
    await facts.change(EMPTY)
    await facts.creditor("acme")
    await facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=TERMS)
    office = Office(facts, folder, DirectDebit(database, OSLO, DirectDebitFolder(folder)))
    await office.turn(MORNING)
    return office


@pytest_asyncio.fixture
async def office(migrated: str, tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(migrated, pool_size=3)
    yield await opened(database, tmp_path)
    await database.close()


# --- mandates in -----------------------------------------------------------------------------------------------


async def test_mandates_are_read_and_the_file_is_put_away(office: Office) -> None:
    await office.invoices()
    office.receive(mandate(1, KIDS[0]), mandate(2, KIDS[1], notify="J"))
    assert await office.job.read_mandate_files() == 2
    assert await office.job.read_mandate_files() == 0
    rows = await office.facts.rows("select reference, state, notify from mandate order by id")
    assert [tuple(row) for row in rows] == [(KIDS[0], "active", False), (KIDS[1], "active", True)]
    assert [path.name for path in (office.folder / "in" / "done").iterdir()] == ["mandates.txt"]


async def test_a_file_that_comes_again_cannot_bring_back_what_has_ended(office: Office) -> None:
    await office.invoices()
    await office.mandates(KIDS[0])
    office.receive(mandate(1, KIDS[0], registration=2), name="ended.txt")
    assert await office.job.read_mandate_files() == 1
    await office.mandates(KIDS[0])
    assert [row.state for row in await office.facts.rows("select state from mandate")] == ["ended"]


async def test_a_list_of_all_ends_the_others(office: Office) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    office.receive(mandate(1, KIDS[1], registration=0), name="all.txt")
    assert await office.job.read_mandate_files() == 2
    rows = await office.facts.rows("select reference from mandate where state = 'active'")
    assert [row.reference for row in rows] == [KIDS[1]]


async def test_a_flagged_file_waits_for_a_person_and_then_ends_nobody_by_silence(office: Office) -> None:
    await office.invoices()
    await office.mandates(KIDS[0])
    office.receive(mandate(1, KIDS[1], registration=0), count=2, name="damaged.txt")
    assert await office.job.read_mandate_files() == 0
    flagged = office.folder / "in" / "flagged" / "damaged.txt"
    read = await read_mandate_file(office.facts.database, flagged)
    assert (read.waits, read.began, len(read.flags)) == (True, 0, 2)
    accepted = await read_mandate_file(office.facts.database, flagged, accepted_by="kari")
    assert (accepted.waits, accepted.began, accepted.ended) == (False, 1, 0)


@pytest.mark.parametrize(
    ("account", "put_away", "left"),
    [(ACCOUNT, "done", Decimal(0)), ("99998877777", "flagged", Decimal("802.00"))],  # of nobody: a person looks
)
async def test_payments_beside_mandates_in_the_folder_are_booked_once(
    office: Office, account: str, put_away: str, left: Decimal
) -> None:
    await office.facts.change("update bank_account set account = :account", account=ACCOUNT)
    (case, *_) = await office.invoices(2)
    payment = ocr_file(date(2026, 6, 30), [account], [Order(account, KIDS[0], Decimal("802.00"))])
    for name in ("both.txt", "again.txt"):
        path = mandates_beside(office.folder / "in" / name, payment, KIDS[1], account=ACCOUNT)
        assert path.exists()
        await office.job.read_mandate_files()
        assert (office.folder / "in" / put_away / name).exists()
    rows = await office.facts.rows("select balance from dunning_case where id = :case", case=case)
    assert [row.balance for row in rows] == [left]
    rows = await office.facts.rows("select reference, state from mandate")
    assert [tuple(row) for row in rows] == [(KIDS[1], "active")]


async def test_an_account_of_nobody_and_a_reference_of_nobody_are_told(office: Office) -> None:
    await office.invoices(1)
    unknown = office.receive(mandate(1, "12345678903"), mandate(2, KIDS[0]), name="unknown.txt")
    read = await read_mandate_file(office.facts.database, unknown)
    assert (read.unknown, read.began, read.flags) == (("12345678903",), 1, ())
    strange = office.receive(mandate(1, KIDS[0]), account="99998877777", name="strange.txt")
    told = await read_mandate_file(office.facts.database, strange)
    assert told.flags == (
        "account 99998877777 is in the direct-debit agreement of no creditor, or of several: no mandate of it is recorded",
    )
    await office.job.read_mandate_files()
    assert [path.name for path in (office.folder / "in" / "flagged").iterdir()] == ["strange.txt"]


async def test_files_that_lie_together_are_read_as_they_were_made_whatever_their_names(office: Office) -> None:
    await office.invoices()
    office.receive(mandate(1, KIDS[0], registration=2), name="a.txt", transmission=3650004, made_on="311226")
    office.receive(mandate(1, KIDS[1]), name="b.txt", transmission=40001, made_on="040127")
    office.receive(mandate(1, KIDS[0]), name="c.txt", transmission=3650003, made_on="311226")
    office.receive(mandate(1, KIDS[2], registration=0), name="d.txt", transmission=1520001, made_on="010626")
    assert await office.job.read_mandate_files() == 4
    rows = await office.facts.rows("select reference, state from mandate order by id")
    assert [tuple(row) for row in rows] == [(KIDS[2], "active"), (KIDS[0], "ended"), (KIDS[1], "active")]
    assert len(list((office.folder / "in" / "done").iterdir())) == 4


async def test_a_list_that_comes_late_is_told_and_takes_nothing_back(office: Office) -> None:
    await office.invoices()
    office.receive(mandate(1, KIDS[0], registration=2), transmission=7)
    await office.job.read_mandate_files()
    late = office.receive(mandate(1, KIDS[0]), mandate(2, KIDS[1]), transmission=6, name="late.txt")
    told = await read_mandate_file(office.facts.database, late)
    assert (told.began, told.waits) == (1, False)
    assert told.flags == (
        f"transmission 6, assignment 1 came late: what it says of {KIDS[0]} is left out, for a newer list or the debtor"
        " has told of it since",
    )
    again = await read_mandate_file(office.facts.database, late)
    assert (again.began, again.ended, again.flags) == (0, 0, ())


async def test_a_mandate_that_covers_invoices_of_two_debtors_is_told_to_a_person(office: Office) -> None:
    await office.invoices(1)
    await office.facts.case("2001", reference=KIDS[0], debtor=debtor(customer_number="K-9"))
    office.receive(mandate(1, KIDS[0]))
    await office.job.read_mandate_files()
    (flagged,) = (office.folder / "in" / "flagged").iterdir()
    flagged.write_text(flagged.read_text().replace("109194900", "109195000"))  # the centre tells of it again
    told = await read_mandate_file(office.facts.database, flagged)
    assert told.flags == (
        f"mandate {KIDS[0]}: several debtors have invoices that it covers, so it serves none of them",
    )


async def test_a_list_that_cannot_be_recorded_keeps_nothing_else_back_and_is_read_again(office: Office) -> None:
    theirs = "99998877777"
    await office.facts.creditor("beta", accounts=(theirs,))
    await office.facts.change(
        "update creditor set direct_debit = cast(:terms as jsonb) where id = 'beta'",
        terms=TERMS.replace(ACCOUNT, theirs),
    )
    await office.facts.change("update bank_account set account = :account where creditor_id = 'acme'", account=ACCOUNT)
    (paid, _) = await office.invoices(2)
    lists = [
        office.receive(mandate(1, KIDS[1]), account=account, transmission=7).read_text()
        for account in (theirs, ACCOUNT)
    ]
    payment = ocr_file(date(2026, 6, 30), [ACCOUNT], [Order(ACCOUNT, KIDS[0], Decimal("802.00"))])
    office.receive().write_text("".join([*lists, payment]))
    await office.facts.change("alter table mandate add constraint not_now check (creditor_id <> 'beta')")
    try:
        with pytest.raises(ApplicationError, match=r"mandates_not_read of mandates\.txt"):
            await office.job.read_mandate_files()
    finally:
        await office.facts.change("alter table mandate drop constraint not_now")
    assert [row.creditor_id for row in await office.facts.rows("select creditor_id from mandate")] == ["acme"]
    (left,) = await office.facts.rows("select balance from dunning_case where id = :case", case=paid)
    assert left.balance == 0
    await office.job.read_mandate_files()
    rows = await office.facts.rows("select creditor_id from mandate order by creditor_id")
    assert [row.creditor_id for row in rows] == ["acme", "beta"]
    assert [path.name for path in (office.folder / "in" / "done").iterdir()] == ["mandates.txt"]


async def test_lists_of_one_account_that_are_read_at_once_take_turns(office: Office) -> None:
    await office.invoices(1)
    files = [
        office.receive(mandate(1, KIDS[0], registration=place % 2 + 1), name=f"{place}.txt", transmission=place)
        for place in range(6)
    ]
    database = office.facts.database
    await asyncio.gather(*(read_mandate_file(database, path) for path in reversed(files + files)))
    (left,) = await office.facts.rows(
        "select m.state, f.transmission from mandate m join direct_debit_file f on f.name = m.told_in"
    )
    assert tuple(left) == ("ended", 5)


async def test_a_mandate_file_read_but_not_put_away_changes_nothing_the_second_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.invoices()
    office.receive(mandate(1, KIDS[0]))
    with monkeypatch.context() as patched:
        patched.setattr(DirectDebitFolder, "put_away", killed)
        with pytest.raises(Killed):
            await office.job.read_mandate_files()
    assert await office.job.read_mandate_files() == 0
    assert len(await office.facts.rows("select id from mandate where state = 'active'")) == 1


# --- claims out ------------------------------------------------------------------------------------------------


async def test_a_mandate_that_came_before_its_invoice_is_drawn_on(office: Office) -> None:
    office.receive(mandate(1, KIDS[0]))
    await office.job.read_mandate_files()
    await office.invoices(1)
    assert (await office.job.plan_claims(), await office.job.plan_claims()) == (1, 0)


async def test_claims_leave_in_one_valid_file_and_once(office: Office) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    assert await office.job.plan_claims() == 3
    assert await office.job.plan_claims() == 0
    assert list(office.out()) == ["acme-claims-0000001.txt"]
    assert office.drawn() == [(kid, Decimal("802.00")) for kid in KIDS]
    assert await office.states() == ["sent"] * 3
    transmission = netsgiro.parse(office.out()["acme-claims-0000001.txt"])
    assert (transmission.data_transmitter, transmission.assignments[0].account) == ("55555555", ACCOUNT)


@pytest.mark.parametrize(
    ("sent", "notify", "kind", "text"),
    [
        (MORNING - timedelta(days=1), "J", 21, "Faktura 1001, forfall 15.07.2026"),  # in the statement of June
        (MORNING, "J", 2, ""),  # that statement is out: the creditor tells
        (MORNING - timedelta(days=1), "N", 2, ""),
    ],
)
async def test_a_debtor_who_wants_to_be_told_is_told_by_the_bank_where_it_comes_in_time(
    office: Office, sent: datetime, notify: str, kind: int, text: str
) -> None:
    await office.invoices(1)
    await office.mandates(KIDS[0], notify=notify)
    await office.turn(sent)
    await office.job.plan_claims()
    ((claim,),) = (one.transactions for one in netsgiro.parse(office.out()["acme-claims-0000001.txt"]).assignments)
    assert isinstance(claim, netsgiro.PaymentRequest)
    assert (int(claim.type), claim.reference, (claim.text or "").strip()) == (kind, "Faktura 1001", text)


async def test_a_claim_not_wanted_any_more_is_taken_back_and_the_numbers_go_upwards(office: Office) -> None:
    first, *_ = await office.invoices()
    await office.mandates(*KIDS)
    await office.job.plan_claims()
    await office.facts.change("update dunning_case set withdrawn_at = :now where id = :case", now=MORNING, case=first)
    assert await office.job.cancel_claims() == 1
    assert await office.job.cancel_claims() == 0
    assert list(office.out()) == ["acme-cancellations-0000002.txt", "acme-claims-0000001.txt"]
    (assignment,) = netsgiro.parse(office.out()["acme-cancellations-0000002.txt"]).assignments
    (cancelled,) = assignment.transactions
    assert isinstance(cancelled, netsgiro.PaymentRequest)
    assert (assignment.type, cancelled.kid, cancelled.date) == (36, KIDS[0], DUE)
    assert await office.states() == ["cancelled", "sent", "sent"]


async def test_many_claims_go_in_several_files(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "PAGE", 2)
    await office.invoices()
    await office.mandates(*KIDS)
    assert await office.job.plan_claims() == 3
    assert list(office.out()) == ["acme-claims-0000001.txt", "acme-claims-0000002.txt"]
    assert [kid for kid, _ in office.drawn()] == list(KIDS)


@pytest.mark.parametrize(
    ("first_number", "used", "lying_in_out", "number"),
    [
        (None, [], None, 1),
        ("5000", [], None, 5000),  # moves here from another system
        ("5000", [6000], None, 6001),
        ("0005000", [12], None, 5000),
        ("9999999", [], None, 9999999),
        (None, [1, 3, 9999999], None, 2),  # the seven digits are used up: the lowest that nobody had
        ("5000", [], "acme-cancellations-0005000.txt", 5001),  # of a day that a restored database knows nothing of
        (None, [4], "zzz-claims-0000009.txt", 10),
    ],
)
async def test_a_file_has_a_number_that_no_file_had(
    office: Office, first_number: str | None, used: list[int], lying_in_out: str | None, number: int
) -> None:
    if first_number:
        await office.facts.change(
            "update creditor set direct_debit = direct_debit || jsonb_build_object('first_number', cast(:n as text))",
            n=first_number,
        )
    for each in used:
        await office.facts.change(
            "insert into direct_debit_file (name, creditor_id, kind, transmission, assignment, count, total, state,"
            " happened_at) values (:name, 'acme', 'claims', :number, :number, 1, 1, 'sent', :now)",
            name=f"acme-claims-{each:07}.txt",
            number=each,
            now=MORNING,
        )
    if lying_in_out:
        (office.folder / "out" / lying_in_out).write_text("somebody's")
    await office.invoices(1)
    await office.mandates(KIDS[0])
    assert await office.job.plan_claims() == 1
    transmission = netsgiro.parse(office.out()[f"acme-claims-{number:07}.txt"])
    assert (transmission.number, transmission.assignments[0].number) == (f"{number:07}", f"{number:07}")
    assert lying_in_out is None or office.out()[lying_in_out] == "somebody's"


async def test_a_creditor_without_an_agreement_or_with_a_wrong_one_hinders_nobody(office: Office) -> None:
    await office.facts.creditor("aaa", accounts=("99998877777",))
    await office.facts.creditor("zzz", accounts=("88887766666",))
    wrong = TERMS.replace("55555555", "5").replace(ACCOUNT, "99998877777")
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb) where id = 'aaa'", terms=wrong)
    await office.invoices(1, "aaa")
    await office.invoices(1)
    office.receive(mandate(1, KIDS[0]), account="99998877777", name="theirs.txt")
    await office.mandates(KIDS[0])
    assert await office.job.plan_claims() == 1
    assert list(office.out()) == ["acme-claims-0000001.txt"]
    assert len(await office.states()) == 1


async def test_draws_that_brought_nothing_fail_once_the_bank_data_is_here(office: Office) -> None:
    await office.invoices(1)
    await office.mandates(KIDS[0])
    await office.job.plan_claims()
    await office.turn(MORNING + timedelta(days=22))
    assert await office.job.fail_claims() == 0
    await office.facts.change("update bank_account set imported_through = :day", day=date(2026, 7, 22))
    assert await office.job.fail_claims() == 1
    assert await office.job.fail_claims() == 0
    assert await office.states() == ["failed"]


# --- what breaks in the middle -----------------------------------------------------------------------------------


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


async def break_at(office: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Write claims, and be killed when this is called."""
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(Killed):
            await office.job.plan_claims()


@pytest.mark.parametrize(
    ("owner", "name", "states"),
    [
        (DirectDebitFolder, "prepare", []),  # nothing is written yet
        (claims, "plan", []),  # nothing is stored yet
        (DirectDebitFolder, "publish", ["planned"] * 3),  # committed, and not to be seen
        (files, "published", ["planned"] * 3),  # to be seen, and not noted
    ],
)
async def test_a_crash_anywhere_loses_and_doubles_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, states: list[str]
) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    await break_at(office, monkeypatch, owner, name)
    assert await office.states() == states
    await office.job.plan_claims()
    assert office.drawn() == [(kid, Decimal("802.00")) for kid in KIDS]
    assert await office.states() == ["sent"] * 3
    assert not list((office.folder / "out").glob(".*.part"))


async def test_a_file_prepared_for_a_transaction_that_was_not_committed_is_dropped(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    prepare = DirectDebitFolder.prepare

    def prepare_and_die(folder: DirectDebitFolder, name: str, content: bytes) -> None:
        prepare(folder, name, content)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(DirectDebitFolder, "prepare", prepare_and_die)
        with pytest.raises(Killed):
            await office.job.plan_claims()
    assert len(list((office.folder / "out").glob(".*.part"))) == 1
    await office.facts.change("update dunning_case set withdrawn_at = :now where id = 1", now=MORNING)
    assert await office.job.plan_claims() == 2
    assert [kid for kid, _ in office.drawn()] == list(KIDS[1:])


@pytest.mark.parametrize(("kind", "states"), [("claims", ["sent"] * 3), ("cancellations", ["cancelled"] * 3)])
async def test_a_prepared_file_that_was_lost_is_written_again_and_only_then_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: str, states: list[str]
) -> None:
    await office.invoices()
    await office.mandates(*KIDS, notify="J")
    await office.turn(MORNING - timedelta(days=1))
    write = office.job.plan_claims
    if kind == "cancellations":
        await office.job.plan_claims()
        await office.facts.change("update dunning_case set withdrawn_at = :now", now=MORNING)
        write = office.job.cancel_claims
    with monkeypatch.context() as patched:
        patched.setattr(DirectDebitFolder, "publish", killed)
        with pytest.raises(Killed):
            await write()
    (lost,) = (office.folder / "out").glob(".*.part")
    content = lost.read_text("latin-1")
    lost.unlink()
    await office.turn(MORNING)  # the month has ended: what the bank was to tell it is told again
    await write()
    assert office.out()[lost.name[1:].removesuffix(".part")] == content.replace("\r\n", "\n")
    assert await office.states() == states


async def test_a_file_lost_before_it_is_seen_is_not_sent_and_a_lost_one_without_agreement_hinders_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = DirectDebitFolder.prepare

    def prepare_and_lose(folder: DirectDebitFolder, name: str, content: bytes) -> None:
        prepare(folder, name, content)
        folder.drop(name)

    await office.invoices()
    await office.mandates(*KIDS)
    with monkeypatch.context() as patched:
        patched.setattr(DirectDebitFolder, "prepare", prepare_and_lose)
        with pytest.raises(ApplicationError, match="acme"):
            await office.job.plan_claims()
    assert (await office.states(), office.out()) == (["planned"] * 3, {})
    await office.facts.change("update creditor set direct_debit = '{}'")
    assert await office.job.plan_claims() == 0
    assert (await office.states(), office.out()) == (["planned"] * 3, {})
    await office.facts.change("update creditor set direct_debit = cast(:terms as jsonb)", terms=TERMS)
    await office.job.plan_claims()
    assert (await office.states(), len(office.drawn())) == (["sent"] * 3, 3)


async def test_a_crash_while_taking_back_is_finished_by_the_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.invoices(1)
    await office.mandates(KIDS[0])
    await office.job.plan_claims()
    await office.facts.change("update dunning_case set withdrawn_at = :now", now=MORNING)
    with monkeypatch.context() as patched:
        patched.setattr(DirectDebitFolder, "publish", killed)
        with pytest.raises(Killed):
            await office.job.cancel_claims()
    assert await office.states() == ["cancelling"]
    await office.job.plan_claims()
    assert await office.states() == ["cancelled"]
    assert "acme-cancellations-0000002.txt" in office.out()


KILLED_AT = """
import asyncio, os, sys
from pathlib import Path
from activities.jobs.direct_debit import DirectDebit
from connectors.direct_debit import folder
from config.files import HOME, read_laws
from facts.database import Database
from facts.direct_debit import claims, files

url, place, owner, name = sys.argv[1:]
owners = {"folder": folder.DirectDebitFolder, "claims": claims, "files": files}
setattr(owners[owner], name, lambda *_: os.kill(os.getpid(), 9))
job = DirectDebit(Database(url), read_laws()[HOME].calendar, folder.DirectDebitFolder(Path(place)))
asyncio.run(job.plan_claims())
"""


@pytest.mark.parametrize(("owner", "name"), [("claims", "plan"), ("folder", "publish"), ("files", "published")])
async def test_a_process_that_is_killed_loses_and_doubles_nothing(
    office: Office, migrated: str, owner: str, name: str
) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    command = [sys.executable, "-c", KILLED_AT, migrated, str(office.folder), owner, name]
    dead = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
    assert dead.returncode == -signal.SIGKILL
    await office.job.plan_claims()
    assert office.drawn() == [(kid, Decimal("802.00")) for kid in KIDS]
    assert await office.states() == ["sent"] * 3


async def test_two_at_once_do_not_meet(office: Office) -> None:
    await office.invoices()
    await office.mandates(*KIDS)
    with DirectDebitFolder(office.folder).alone():
        assert await office.job.plan_claims() == 0
        assert await office.job.read_mandate_files() == 0
    assert await office.job.plan_claims() == 3


# --- the workflow ------------------------------------------------------------------------------------------------


async def test_the_day_reads_what_came_and_sends_what_is_wanted(postgres_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "direct-debit"
    async with world(fresh_database(postgres_url, "direct_debit_day"), tmp_path, direct_debit_folder=folder) as life:
        office = await opened(life.database, folder)
        await office.invoices()
        office.receive(*[mandate(place, kid) for place, kid in enumerate(KIDS, start=1)])
        days = [
            await life.client.execute_workflow(DirectDebitDay.run, id=f"direct-debit-{run}", task_queue=TASK_QUEUE)
            for run in (1, 2)
        ]
    assert days == [
        {"mandates_changed": 3, "claims_failed": 0, "claims_cancelled": 0, "claims_sent": 3},
        {"mandates_changed": 0, "claims_failed": 0, "claims_cancelled": 0, "claims_sent": 0},
    ]
    assert [kid for kid, _ in office.drawn()] == list(KIDS)
