"""Autogiro both ways: mandates brought to Bankgirot and answered, draws sent, taken back, booked, refused, and each once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from activities.bank_files import book_file
from activities.jobs.direct_debit import DirectDebit
from config.files import read_laws
from connectors.bank_files.reader import examine
from connectors.direct_debit.folder import DirectDebitFolder
from domain.countries.se import ocr_of
from domain.planner.case_facts import CaseFacts
from facts import clock
from facts.cases.load import load_case
from facts.database import Database
from facts.direct_debit import mandates
from facts.direct_debit.mandates import Payer
from facts.refusals import Refused
from tests.begin import turn
from tests.connectors.direct_debit import test_autogiro_mandates as advice
from tests.facts.builders import Facts, shipped_intake
from tests.world import EMPTY, debtor, fresh_database

LAWS = read_laws()
MORNING = datetime(2027, 2, 1, 8, tzinfo=UTC)  # a Monday, 09:00 in Stockholm
DUE = date(2027, 3, 1)
ACCOUNT, HOLDER = "5001000001000020", "196803050000"
OCR = ocr_of("100100"), ocr_of("100200")
BANKGIRO = "50501055"
START = f"0120270201AUTOGIRO{'':44}1234560050501055  \r\n"


@dataclass
class Office:
    """A Swedish creditor with Autogiro, and the job at its folder."""

    facts: Facts
    folder: Path
    job: DirectDebit

    async def turn(self, *moment: int) -> None:
        """Turn the doors' clock to an hour in UTC."""
        await turn(self.facts.database, datetime(*moment, tzinfo=UTC))  # type: ignore[misc]

    async def invoice(self, number: str = "1001", ocr: str = OCR[0], **changes: Any) -> int:
        """An invoice of Alva, due in four weeks; gives its case."""
        swede = debtor(country="SE", phone=None, customer_number=changes.pop("customer", "K-1"))
        details = {"currency": "SEK", "amount": Decimal("802.00"), "issue_date": date(2027, 2, 1), "due_date": DUE}
        return await self.facts.case(number, **details | {"reference": ocr, "debtor": swede} | changes)

    async def ask(self, case: int, ocr: str = OCR[0], limit: int | None = None, account: str = ACCOUNT) -> None:
        """The debtor of a case asks for Autogiro on the page."""
        (row,) = await self.facts.rows("select debtor_id from dunning_case where id = :case", case=case)
        async with self.facts.database.transaction() as connection:
            most = Decimal(limit) if limit else None
            await mandates.ask(connection, "acme", row.debtor_id, ocr, MORNING, most, Payer(account, HOLDER))

    async def take_back(self, case: int) -> None:
        """The debtor of a case ends Autogiro on the page."""
        (row,) = await self.facts.rows("select debtor_id from dunning_case where id = :case", case=case)
        async with self.facts.database.transaction() as connection:
            assert await mandates.take_back(connection, "acme", row.debtor_id, MORNING)

    def receive(self, *records: str, name: str) -> Path:
        """Bankgirot leaves a file."""
        path = self.folder / "in" / name
        path.write_bytes("".join(f"{record:80}\r\n" for record in records).encode("latin-1"))
        return path

    async def advised(
        self, ocr: str = OCR[0], about: str = "04", status: str = "32", stamp: str = "20270203060000"
    ) -> None:
        """Bankgirot tells how a mandate stands."""
        start = advice.NEW.replace("20270304193055", stamp)
        told = advice.advice(int(ocr), about, status, account=ACCOUNT)
        self.receive(start, told, advice.end(1), name=f"advice-{stamp}-{status}.txt")
        await self.job.read_mandate_files()

    async def specified(
        self, *draws: tuple[str, str], day: str = "20270301", name: str = "spec.txt", ore: int = 80200
    ) -> None:
        """Bankgirot tells what became of draws, by their references and codes."""
        paid = sum(code == "0" for _, code in draws)
        self.receive(
            f"{'01AUTOGIRO':24}{day}193055123456BET. SPEC & STOPP TK1234560050501055",
            f"15{8901003232323:035}{day}{1:05}{paid * ore:018}   {paid:08}",
            *(
                f"8220270301{0}    {int(OCR[0]):016}{ore:012}0050501055{reference:16}{'':10}{code}"
                for reference, code in draws
            ),
            f"09{day}9900{1:06}{paid:012}{0:06}{0:012}{0:06}{0:012}",
            name=name,
        )
        await self.job.read_mandate_files()

    async def active(self, limit: int | None = None) -> int:
        """An invoice whose debtor has Autogiro; gives its case."""
        case = await self.invoice()
        await self.ask(case, limit=limit)
        await self.job.plan_claims()
        await self.turn(2027, 2, 3, 8)
        await self.advised()
        return case

    async def sent(self) -> int:
        """A case whose draw is with the bank."""
        case = await self.active()
        assert await self.job.plan_claims() == 1
        return case

    def out(self, kind: str) -> list[str]:
        """The files of a kind that Bankgirot can see."""
        return [
            path.read_bytes().decode("latin-1") for path in sorted((self.folder / "out").glob(f"acme-{kind}-*.txt"))
        ]

    def put_away(self, where: str) -> list[str]:
        """The files that were read."""
        return sorted(path.name for path in (self.folder / "in" / where).iterdir())

    async def claims(self) -> list[tuple[Any, ...]]:
        """Every claim's state, and why it failed."""
        return [tuple(row) for row in await self.facts.rows("select state, why from claim order by id")]

    async def mandates(self) -> list[tuple[Any, ...]]:
        """Every mandate's state, why it ended, and whether anybody's number is still there."""
        query = "select state, ended_why, holder is not null from mandate order by id"
        return [tuple(row) for row in await self.facts.rows(query)]

    async def known(self, case: int) -> CaseFacts:
        """What the planner knows of a case."""
        async with self.facts.database.transaction() as connection:
            return (await load_case(connection, case, await clock.now(connection))).facts

    async def balance(self, case: int) -> Decimal:
        """What is left of a case."""
        (row,) = await self.facts.rows("select balance from dunning_case where id = :case", case=case)
        balance: Decimal = row.balance
        return balance


@pytest.fixture(scope="module")
def migrated(postgres_url: str) -> str:
    """The URL of a migrated database."""
    return fresh_database(postgres_url, "autogiro")


@pytest_asyncio.fixture
async def office(migrated: str, tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(migrated, pool_size=3)
    facts = Facts(database, shipped_intake(MORNING.date()))
    await facts.change(EMPTY)
    await facts.creditor(
        country="SE",
        accounts=("5050-1055",),
        consumer_policy="se-gentle",
        business_policy=None,
        direct_debit={"customer_number": "123456", "account": "5050-1055"},
    )
    calendars = [law.calendar for law in LAWS.values()]
    opened = Office(
        facts, tmp_path, DirectDebit(database, LAWS["NO"].calendar, DirectDebitFolder(tmp_path), *calendars)
    )
    await turn(database, MORNING)
    yield opened
    await database.close()


# --- mandates ----------------------------------------------------------------------------------------------------


async def test_a_mandate_is_brought_to_bankgirot_once_byte_for_byte_and_its_personal_number_goes_when_it_is_answered(
    office: Office,
) -> None:
    await office.ask(await office.invoice())
    await office.job.plan_claims()
    await office.job.plan_claims()
    assert office.out("mandate-orders") == [START + f"040050501055{OCR[0]:0>16}{ACCOUNT}{HOLDER}{'':24}\r\n"]
    assert await office.mandates() == [("pending", None, True)]
    await office.advised()
    assert await office.mandates() == [("active", None, False)]


@pytest.mark.parametrize(("status", "why"), [("05", "05"), ("03", "03"), ("29", "29")])
async def test_a_refused_mandate_ends_with_why_and_may_be_asked_for_anew(office: Office, status: str, why: str) -> None:
    case = await office.invoice()
    await office.ask(case)
    await office.job.plan_claims()
    await office.advised(status=status, stamp="20270201190000")  # on the day on which it was asked for
    assert await office.mandates() == [("ended", why, False)]
    await office.ask(case, account="6001000001000020")
    await office.job.plan_claims()
    assert "6001000001000020" in office.out("mandate-orders")[-1]
    await office.advised(status=status, stamp="20270201190001")  # of the account before: it comes late
    assert await office.mandates() == [("pending", None, True)]


async def test_what_was_not_sent_yet_is_corrected_and_what_was_is_not(office: Office) -> None:
    case = await office.invoice()
    await office.ask(case, account="6001000001000020")
    await office.ask(case)
    await office.job.plan_claims()
    await office.ask(case, account="7001000001000020")
    await office.job.plan_claims()
    assert [file.count(ACCOUNT) for file in office.out("mandate-orders")] == [1]


async def test_a_mandate_that_its_debtor_takes_back_is_ended_there_and_no_late_advice_brings_it_back(
    office: Office,
) -> None:
    case = await office.sent()
    await office.take_back(case)
    await office.turn(2027, 2, 4, 8)
    assert await office.job.cancel_claims() == 1
    await office.job.plan_claims()
    await office.job.plan_claims()
    assert office.out("mandate-orders")[1:] == [
        START.replace("20270201", "20270204") + f"030050501055{OCR[0]:0>16}{'':52}\r\n"
    ]
    await office.advised(stamp="20270205060000")
    assert await office.mandates() == [("ended", "withdrawn", False)]
    assert await office.claims() == [("cancelled", None)]


async def test_while_it_is_being_ended_it_cannot_be_asked_for_and_after_that_it_can(office: Office) -> None:
    case = await office.active()
    await office.take_back(case)
    with pytest.raises(Refused, match="ask for it again tomorrow"):
        await office.ask(case)
    await office.job.plan_claims()
    await office.ask(case)
    await office.job.plan_claims()
    assert [file[82:84] for file in office.out("mandate-orders")] == ["04", "03", "04"]


async def test_a_bank_that_ends_a_mandate_is_believed_and_its_draw_is_taken_back(office: Office) -> None:
    await office.sent()
    await office.advised(about="46", status="02", stamp="20270204060000")
    assert await office.job.cancel_claims() == 1
    assert await office.mandates() == [("ended", "02", False)]


async def test_another_creditors_bankgiro_number_changes_nothing_and_is_told(office: Office) -> None:
    await office.ask(await office.invoice())
    await office.job.plan_claims()
    start = advice.NEW.replace("0050501055", "0009912346")
    strange = advice.advice(int(OCR[0]), "04", "32", bankgiro=9912346)
    office.receive(start, strange, advice.end(1), name="strange.txt")
    await office.job.read_mandate_files()
    assert (office.put_away("flagged"), await office.mandates()) == (["strange.txt"], [("pending", None, True)])


# --- draws -------------------------------------------------------------------------------------------------------


async def test_a_draw_is_sent_byte_for_byte_booked_once_and_known_when_it_is_told_again(office: Office) -> None:
    case = await office.sent()
    draw = f"82202703010    {OCR[0]:0>16}000000080200{BANKGIRO:0>10}{OCR[0]:16}{'':11}\r\n"
    assert office.out("claims") == [START.replace("20270201", "20270203") + draw]
    await office.turn(2027, 3, 2, 8)
    await office.specified((OCR[0], "0"))
    await office.specified((OCR[0], "0"), name="again.txt", day="20270301")
    await office.job.fail_claims()
    assert (await office.balance(case), await office.claims()) == (Decimal("0.00"), [("settled", None)])
    assert office.put_away("done")[-2:] == ["again.txt", "spec.txt"]
    rows = await office.facts.rows("select drawn, amount from incoming_payment")
    assert [tuple(row) for row in rows] == [(True, Decimal("802.00"))]


@pytest.mark.parametrize(("code", "state"), [("1", "failed"), ("2", "failed"), ("9", "sent")])
async def test_what_was_not_drawn_fails_at_once_with_the_banks_code_and_what_is_tried_again_waits(
    office: Office, code: str, state: str
) -> None:
    case = await office.sent()
    await office.turn(2027, 3, 2, 8)
    await office.specified((OCR[0], code))
    assert await office.claims() == [(state, code if state == "failed" else None)]
    assert ((await office.known(case)).failed_claim is not None) is (state == "failed")
    await office.turn(2027, 3, 4, 8)
    await office.specified((OCR[0], "0"), day="20270303", name="at-the-next-try.txt")
    await office.job.fail_claims()
    assert ((await office.claims())[0][0], await office.balance(case)) == ("settled", Decimal("0.00"))


async def test_an_order_that_bankgirot_rejects_fails_with_its_code_twice_or_not(office: Office) -> None:
    case = await office.sent()
    rejected = (
        f"{'01AUTOGIRO':24}20270204{'':12}AVVISADE BET UPPDR  1234560050501055",
        f"82202703010   {int(OCR[0]):016}{80200:012}{OCR[0]:16}03",
        f"09202702049900{0:06}{0:012}{1:06}{80200:012}",
    )
    for name in ("rejected.txt", "again.txt"):
        office.receive(*rejected, name=name)
        await office.job.read_mandate_files()
    assert await office.claims() == [("failed", "03")]
    rows = await office.facts.rows("select kind from case_event where kind = 'claim_failed'")
    assert len(rows) == 1
    await office.job.plan_claims()
    assert len(await office.claims()) == 1  # nothing is drawn again by itself
    facts = await office.known(case)
    assert (facts.failed_claim, facts.drawable) == (None, False)  # no draw has failed yet: it is called off


async def test_a_draw_is_taken_back_byte_for_byte_and_one_that_bankgirot_could_not_is_a_task(office: Office) -> None:
    case = await office.sent()
    await office.facts.change("update dunning_case set principal = 0 where id = :case", case=case)
    await office.turn(2027, 2, 4, 8)
    assert await office.job.cancel_claims() == 1
    back = f"250050501055{OCR[0]:0>16}20270301{80200:012}82{'':8}{OCR[0]:16}{'':6}\r\n"
    assert office.out("cancellations") == [START.replace("20270201", "20270204") + back]
    start = f"{'01AUTOGIRO':24}20270204{'':12}{'MAKULERING/ÄNDRING':20}1234560050501055"
    end = f"09202702049900{'':14}{0:012}{0:06}{0:06}{'':4}{0:012}"
    for code in ("12", "13", "15", "15"):
        told = f"2520270301{OCR[0]:0>16}82{80200:012}{'':8}{'0' * 8}{OCR[0]:16}{code}"
        office.receive(start, told, end, name=f"{code}.txt")
        await office.job.read_mandate_files()
    rows = await office.facts.rows("select why from task where kind = 'draw'")
    assert [row.why.startswith("SEK 802.00 is drawn on 2027-03-01 though it was to be taken back") for row in rows] == [
        True
    ]


# --- a draw that is due later by now -----------------------------------------------------------------------------

LATER = date(2027, 3, 15)
ALL_CLAIMS = "select state, due_on, moved_from from claim order by id"


async def moved(office: Office, case: int, day: date = LATER) -> list[tuple[Any, ...]]:
    """The creditor gives a case more time, and the file of that morning goes out; gives every claim."""
    query = "update invoice set due_date = :day where id = (select invoice_id from dunning_case where id = :case)"
    await office.facts.change(query, day=day, case=case)
    await office.turn(2027, 2, 4, 8)
    await office.job.cancel_claims()
    await office.job.plan_claims()
    return [tuple(row) for row in await office.facts.rows(ALL_CLAIMS)]


def changed(code: str, *, kind: str = "29", to: str = "20270315") -> tuple[str, ...]:
    """What Bankgirot says of the move."""
    return (
        f"{'01AUTOGIRO':24}20270204{'':12}{'MAKULERING/ÄNDRING':20}1234560050501055",
        f"{kind}20270301{OCR[0]:0>16}82{80200:012}{'':8}{to}{OCR[0]:16}{code}",
        f"09202702049900{'':14}{0:012}{0:06}{0:06}{'':4}{0:012}",
    )


async def test_a_draw_moves_byte_for_byte_once_and_is_booked_on_its_new_day(office: Office) -> None:
    case = await office.sent()
    assert await moved(office, case) == [("sent", LATER, DUE)]
    assert await moved(office, case) == [("sent", LATER, DUE)], "and asked for once"
    record = f"290050501055{OCR[0]:0>16}20270301{80200:012}8220270315{OCR[0]:16}{'':6}\r\n"
    assert office.out("cancellations") == [START.replace("20270201", "20270204") + record]
    assert len(office.out("claims")) == 1, "nothing is sent anew"
    for name in ("moved.txt", "again.txt"):
        office.receive(*changed("14"), name=name)
        await office.job.read_mandate_files()
    assert [tuple(row) for row in await office.facts.rows(ALL_CLAIMS)] == [("sent", LATER, DUE)]
    rows = await office.facts.rows("select detail ->> 'due_on' as day from case_event where kind = 'claim_moved'")
    assert [row.day for row in rows] == [str(LATER)]
    await office.turn(2027, 3, 16, 8)
    await office.specified((OCR[0], "0"), day="20270315")
    await office.job.fail_claims()
    assert (await office.balance(case), await office.claims()) == (Decimal("0.00"), [("settled", None)])


async def test_what_bankgirot_would_not_move_is_drawn_on_the_old_day_and_a_person_hears_once(office: Office) -> None:
    case = await office.sent()
    await moved(office, case)
    for name in ("refused.txt", "again.txt"):
        office.receive(*changed("15"), name=name)
        await office.job.read_mandate_files()
    assert [tuple(row) for row in await office.facts.rows(ALL_CLAIMS)] == [("sent", DUE, None)]
    rows = await office.facts.rows("select why from task where kind = 'draw'")
    assert [row.why.partition(" (")[0] for row in rows] == [
        "SEK 802.00 is drawn on 2027-03-01 though it was to be moved to a later day"
    ]


async def test_a_draw_that_moved_fails_and_is_taken_back_by_its_new_day(office: Office) -> None:
    case = await office.sent()
    await moved(office, case)
    await office.facts.change("update dunning_case set principal = 0 where id = :case", case=case)
    await office.turn(2027, 2, 5, 8)
    assert await office.job.cancel_claims() == 1
    assert office.out("cancellations")[-1].splitlines()[1].startswith(f"250050501055{OCR[0]:0>16}20270315")


@pytest.mark.parametrize(
    ("limit", "day"),
    [
        (1603, date(2027, 4, 1)),  # the month has another draw, and both are too much
        (None, date(2029, 3, 1)),  # so far ahead Bankgirot takes nothing
    ],
)
async def test_what_cannot_move_is_taken_back(office: Office, limit: int | None, day: date) -> None:
    case = await office.active(limit)
    await office.invoice("1002", OCR[1], due_date=date(2027, 4, 12))
    assert await office.job.plan_claims() == 2
    first, *_ = await moved(office, case, day)
    assert first == ("cancelled", DUE, None)


async def test_a_lost_file_of_moves_is_written_again_under_its_number(office: Office) -> None:
    case = await office.sent()
    await moved(office, case)
    (path,) = (office.folder / "out").glob("acme-cancellations-*.txt")
    before = path.read_bytes()
    path.unlink()
    await office.facts.change("update direct_debit_file set state = 'prepared' where kind = 'cancellations'")
    await office.job.cancel_claims()
    assert path.read_bytes() == before


async def test_what_bankgirot_takes_back_by_itself_has_failed(office: Office) -> None:
    await office.sent()
    start = f"{'01AUTOGIRO':24}20270204{'':12}{'MAKULERING/ÄNDRING':20}1234560050501055"
    end = f"09202702049900{'':14}{0:012}{0:06}{0:06}{'':4}{0:012}"
    told = f"0320270301{OCR[0]:0>16}82{80200:012}{'':8}{'0' * 8}{OCR[0]:16}12"
    office.receive(start, told, end, name="gone.txt")
    await office.job.read_mandate_files()
    assert await office.claims() == [("failed", "12")]


async def test_a_second_invoice_of_the_payer_is_drawn_under_the_same_number_with_a_reference_of_its_own(
    office: Office,
) -> None:
    await office.active()
    await office.invoice("1002", OCR[1])
    await office.invoice("1003", ocr_of("100300"), customer="K-2", amount=Decimal("99.00"))  # somebody else's
    assert await office.job.plan_claims() == 2
    (file,) = office.out("claims")
    draws = file.splitlines()[1:]
    assert [(record[15:31], record[53:69].strip()) for record in draws] == [
        (f"{OCR[0]:0>16}", OCR[0]),
        (f"{OCR[0]:0>16}", OCR[1]),
    ]


@pytest.mark.parametrize(("limit", "drawn"), [(801, 0), (802, 1), (1603, 1), (1604, 2)])
async def test_a_month_is_never_drawn_for_more_than_its_debtor_allowed(office: Office, limit: int, drawn: int) -> None:
    await office.active(limit)
    await office.invoice("1002", OCR[1])
    assert await office.job.plan_claims() == drawn
    assert await office.job.plan_claims() == 0


async def test_a_draw_that_the_creditors_own_bank_file_has_too_is_booked_once_in_either_order(office: Office) -> None:
    case = await office.sent()
    await office.turn(2027, 3, 2, 8)
    bgmax = [
        f"01BGMAX               0120270301120000123456P{'':35}",
        f"05{BANKGIRO:0>10}{'':10}SEK{'':55}",
        f"20{'':10}{OCR[0]:>25}{80200:018}24{'':12}{'':11}",
        f"15{'0' * 35}20270301{1:05}{80200:018}SEK{1:08}{'':1}",
        f"70{1:08}{0:08}{0:08}{1:08}{'':46}",
    ]
    path = office.folder / "bgmax.txt"
    path.write_bytes("".join(f"{record:80}\r\n" for record in bgmax).encode("latin-1"))
    await office.specified((OCR[0], "0"))
    file = examine(path)
    assert file.flags == []
    assert (await book_file(office.facts.database, file)).known == 1
    assert len(await office.facts.rows("select id from incoming_payment")) == 1
    second = await office.invoice("1002", OCR[1])
    await office.facts.change("update claim set state = 'settled'")
    await office.facts.change(
        "insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, happened_at)"
        " select creditor_id, :case, mandate_id, :ocr, amount, currency, due_on, 'sent', happened_at from claim",
        case=second,
        ocr=OCR[1],
    )
    path.write_bytes(path.read_bytes().replace(f"{OCR[0]:>25}".encode(), f"{OCR[1]:>25}".encode()))
    assert (await book_file(office.facts.database, examine(path))).booked == 1
    await office.specified((OCR[1], "0"), name="later.txt")
    assert len(await office.facts.rows("select id from incoming_payment")) == 2
    assert (await office.balance(case), await office.balance(second)) == (0, 0)


async def test_money_given_back_is_owed_again_and_not_drawn_again(office: Office) -> None:
    case = await office.sent()
    await office.turn(2027, 3, 2, 8)
    await office.specified((OCR[0], "0"))
    await office.turn(2027, 3, 10, 8)
    office.receive(
        f"{'01AUTOGIRO':24}20270309193055123456BET. SPEC & STOPP TK1234560050501055",
        f"17{8901003232323:035}20270309{1:05}{80200:018}   {1:08}",
        f"77202703010    {int(OCR[0]):016}{80200:012}0050501055{OCR[0]:16}2027030903 ",
        f"09202703099900{0:06}{0:012}{0:06}{0:012}{1:06}{1:012}",
        name="back.txt",
    )
    await office.job.read_mandate_files()
    assert (await office.balance(case), await office.claims()) == (Decimal("802.00"), [("returned", None)])
    await office.job.plan_claims()
    assert len(await office.claims()) == 1


async def test_a_file_that_contradicts_itself_books_nothing_and_waits(office: Office) -> None:
    case = await office.sent()
    await office.turn(2027, 3, 2, 8)
    office.receive(
        f"{'01AUTOGIRO':24}20270301193055123456BET. SPEC & STOPP TK1234560050501055",
        f"15{8901003232323:035}20270301{1:05}{80200:018}   {2:08}",
        f"82202703010    {int(OCR[0]):016}{80200:012}0050501055{OCR[0]:16}{'':10}0",
        f"09202703019900{1:06}{2:012}{0:06}{0:012}{0:06}{0:012}",
        name="bad.txt",
    )
    await office.job.read_mandate_files()
    assert (office.put_away("flagged"), await office.balance(case)) == (["bad.txt"], Decimal("802.00"))


async def test_a_lost_file_of_mandates_is_written_again_under_its_number(office: Office) -> None:
    await office.ask(await office.invoice())
    await office.job.plan_claims()
    (path,) = (office.folder / "out").glob("acme-mandate-orders-*.txt")
    before = path.read_bytes()
    path.unlink()
    await office.facts.change("update direct_debit_file set state = 'prepared' where kind = 'mandate orders'")
    await office.job.plan_claims()
    assert path.read_bytes() == before
