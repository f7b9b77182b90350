"""Claims: wanted by the right cases at the right time, taken back while possible, settled, failed and repaired."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from config.files import HOME, read_laws
from domain.agreements.direct_debit import ReportedMandate
from domain.agreements.mandate_order import ListNumber
from domain.countries.no import kid_with_check_digit
from domain.planner.case_facts import CaseFacts, PendingDraw
from facts.direct_debit import claims, files, mandates, outcomes
from facts.direct_debit.claims import ClaimRow
from facts.direct_debit.files import Agreement, Wanted
from facts.money.payments import Booked
from facts.operations import stops
from facts.operations.tasks import list_tasks
from tests.store import NOW, Store
from tests.world import debtor

OSLO = read_laws()[HOME].calendar
KID, PLAN_KID = "006402710013", "2345676"
DUE = date(2026, 7, 15)  # a Wednesday, two weeks after NOW
LAST_DAY = date(2026, 7, 22)  # five banking days later
AFTER = datetime(2026, 7, 23, 9, tzinfo=UTC)
BEFORE_CUT_OFF = datetime(2026, 7, 14, 11, 30, tzinfo=UTC)
AFTER_CUT_OFF = datetime(2026, 7, 14, 12, 30, tzinfo=UTC)


@dataclass
class Debits:
    """The store, with short ways to claim."""

    store: Store
    files: int = 0
    lists: int = 0

    async def case(self, number: str = "1001", **changes: Any) -> int:
        """Import an invoice that is due in two weeks; gives its case."""
        return await self.store.invoice(number, **{"due_date": DUE, "issue_date": NOW.date()} | changes)

    async def mandate(self, reference: str = KID, registration: Any = "new", *, notify: bool = False) -> None:
        """The bank reports a mandate."""
        told = ReportedMandate(reference, registration, notify)
        self.lists += 1
        number = ListNumber(None, self.lists, 1)
        async with self.store.database.transaction() as connection:
            await mandates.record_mandates(
                connection, "acme", [told], name=f"list {number}", number=number, lists_all=False, now=NOW
            )

    async def wanted(self, now: datetime = NOW) -> list[Wanted]:
        """What would be claimed now."""
        async with self.store.database.transaction() as connection:
            candidates = await claims.unclaimed(connection, "acme", 0, OSLO.local_date(now))
            return await claims.wanting(connection, candidates, OSLO, now)

    async def send(self, now: datetime = NOW) -> list[Wanted]:
        """Claim what is wanted now."""
        wanted = await self.wanted(now)
        if wanted:
            async with self.store.database.transaction() as connection:
                number = await files.next_number(connection, 1, [])
                await claims.plan(connection, "acme", wanted, f"file-{number}", number, now)
            async with self.store.database.transaction() as connection:
                await files.published(connection, f"file-{number}", now)
        return wanted

    async def unwanted(self, now: datetime = BEFORE_CUT_OFF) -> list[Wanted]:
        """What would be taken back now."""
        async with self.store.database.transaction() as connection:
            with_bank = await claims.with_bank(connection, "acme", 0, OSLO.local_date(now))
            return await claims.cancel_wanted(connection, with_bank, OSLO, now)

    async def take_back(self, now: datetime = BEFORE_CUT_OFF) -> None:
        """Take back what is unwanted now."""
        unwanted = await self.unwanted(now)
        async with self.store.database.transaction() as connection:
            number = await files.next_number(connection, 1, [])
            await claims.cancel(connection, "acme", unwanted, f"file-{number}", number, now)
        assert {claim.state for claim in await self.all()} <= {"cancelling", "sent"}
        async with self.store.database.transaction() as connection:
            await files.published(connection, f"file-{number}", now)

    async def look(self, now: datetime = AFTER, imported_through: date | None = LAST_DAY) -> int:
        """See what became of claims; gives how many failed."""
        async with self.store.database.transaction() as connection:
            await outcomes.settle(connection, "acme", OSLO.here(now))
            return await outcomes.fail(connection, "acme", imported_through, OSLO, now)

    async def all(self) -> list[ClaimRow]:
        """Every claim."""
        async with self.store.database.transaction() as connection:
            return await claims.list_claims(connection, "acme")

    async def states(self) -> list[str]:
        """What became of every claim."""
        return [claim.state for claim in await self.all()]

    async def plan(self, case: int, *dues: date, each: str = "401.00") -> None:
        """An instalment plan over the whole balance."""
        await self.store.do(
            "with p as (insert into instalment_plan (creditor_id, case_id, reference, state, total, interest, currency, by,"
            " reason_code, happened_at) values ('acme', :case, :kid, 'active', cast(:each as numeric) * :count, 0, 'NOK',"
            " 'ola', 'test', :now) returning id) insert into instalment (plan_id, number, due_on, amount)"
            " select p.id, d.number, d.due_on, :each from p, unnest(cast(:dues as date[])) with ordinality d(due_on, number)",
            case=case,
            kid=PLAN_KID,
            dues=list(dues),
            each=Decimal(each),
            count=len(dues),
            now=NOW,
        )

    async def structured(self, structures: str) -> None:
        """How the agreement says that KIDs are built."""
        await self.store.do(
            "update creditor set direct_debit = direct_debit || jsonb_build_object('kid_structures', cast(:given as text))",
            given=structures,
        )

    async def facts(self, case: int) -> CaseFacts:
        """What the planner knows of a case."""
        return (await self.store.load(case)).facts

    async def diary(self, kind: str) -> list[dict[str, Any]]:
        """What the diaries say of a kind."""
        return [
            row.detail for row in await self.store.rows("select detail from case_event where kind = :kind", kind=kind)
        ]


@pytest_asyncio.fixture
async def debits(store: Store) -> Debits:
    agreement = '{"customer_unit": "00008080", "account": "12345678903", "data_sender": "55555555"}'
    await store.do("update creditor set direct_debit = cast(:terms as jsonb) where id = 'acme'", terms=agreement)
    return Debits(store)


# --- under which reference ---------------------------------------------------------------------------------------

CUSTOMER = [kid_with_check_digit(f"1234567{number:07}") for number in (1, 2, 3)]
OTHER_CUSTOMER = kid_with_check_digit("12345680000001")
STRUCTURED = "15:1-7 12:3-8"


@pytest.mark.parametrize(
    ("structures", "mandate", "invoice", "claimed"),
    [
        ("", KID, KID, KID),
        ("", CUSTOMER[0], CUSTOMER[1], CUSTOMER[0]),  # nobody said what it covers beside itself
        (STRUCTURED, CUSTOMER[0], CUSTOMER[1], CUSTOMER[1]),
        (STRUCTURED, CUSTOMER[0], OTHER_CUSTOMER, CUSTOMER[0]),
        (STRUCTURED, CUSTOMER[0], KID, CUSTOMER[0]),  # of another length
        ("16:1-7", CUSTOMER[0], CUSTOMER[1], CUSTOMER[0]),
    ],
)
async def test_a_claim_goes_under_a_reference_that_the_mandate_covers(
    debits: Debits, structures: str, mandate: str, invoice: str, claimed: str
) -> None:
    await debits.structured(structures)
    await debits.case("1000", reference=mandate)
    await debits.mandate(mandate)
    await debits.store.pay(reference=mandate)
    case = await debits.case("1001", reference=invoice)
    wanted = {each.case: each.reference for each in await debits.wanted()}
    assert wanted == {case: claimed}


async def test_a_mandate_serves_the_customer_of_its_reference_before_any_invoice_has_it(debits: Debits) -> None:
    await debits.structured(STRUCTURED)
    case = await debits.case("1001", reference=CUSTOMER[1])
    await debits.case("1002", reference=OTHER_CUSTOMER, debtor=debtor(customer_number="K2", name="Ola Hansen"))
    await debits.mandate(CUSTOMER[0])
    assert [(each.case, each.reference) for each in await debits.wanted()] == [(case, CUSTOMER[1])]


async def test_a_mandate_whose_customer_two_debtors_share_serves_neither(debits: Debits) -> None:
    await debits.structured(STRUCTURED)
    await debits.case("1001", reference=CUSTOMER[1])
    await debits.case("1002", reference=CUSTOMER[2], debtor=debtor(customer_number="K2", name="Ola Hansen"))
    await debits.mandate(CUSTOMER[0])
    assert await debits.wanted() == []


async def test_of_two_mandates_the_one_that_covers_the_invoice_is_drawn_on(debits: Debits) -> None:
    await debits.structured(STRUCTURED)
    await debits.case("1000", reference=KID)
    await debits.store.pay(reference=KID)
    await debits.case("1001", reference=CUSTOMER[0])
    await debits.mandate(CUSTOMER[0])
    await debits.mandate(KID)
    assert [each.reference for each in await debits.wanted()] == [CUSTOMER[0]]


# --- whose money the bank drew -----------------------------------------------------------------------------------


async def drawn(debits: Debits, source_id: str, **changes: Any) -> Booked:
    """The bank's file tells of money that it drew under the mandate."""
    return await debits.store.pay(source_id, drawn=True, **{"booked_on": DUE} | changes)


async def test_two_invoices_under_one_reference_get_each_its_own_draw(debits: Debits) -> None:
    later = date(2026, 7, 22)
    first = await debits.case("1001", reference=KID)
    second = await debits.case("1002", reference=KID, due_date=later)
    await debits.mandate()
    assert [each.due_on for each in await debits.send()] == [DUE, later]
    assert (await drawn(debits, "d2", booked_on=later)).status == "booked"
    await debits.look(datetime(2026, 7, 22, 18, tzinfo=UTC))
    assert await debits.states() == ["sent", "settled"]
    assert (await drawn(debits, "d1", booked_on=date(2026, 7, 17))).status == "booked"  # a retry of the first
    await debits.look(datetime(2026, 7, 22, 18, tzinfo=UTC))
    assert await debits.states() == ["settled", "settled"]
    assert [(await debits.store.load(case)).facts.balance for case in (first, second)] == [0, 0]


async def test_a_draw_under_the_mandates_reference_is_not_taken_for_the_invoice_that_has_it(debits: Debits) -> None:
    named = await debits.case("1000", reference=KID, due_date=date(2026, 9, 1))
    await debits.mandate()
    case = await debits.case("1001", reference=CUSTOMER[0])
    (_, wanted) = sorted(await debits.send(), key=lambda each: each.case)
    assert (wanted.case, wanted.reference, wanted.amount) == (case, KID, Decimal("802.00"))
    booked = await drawn(debits, "d1")
    assert (booked.status, booked.balance) == ("booked", 0)
    assert [(await debits.store.load(each)).facts.balance for each in (named, case)] == [Decimal("802.00"), 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("801.00")},
        {"booked_on": date(2026, 7, 14)},
        {"booked_on": date(2026, 7, 29)},
        {"drawn": False},
    ],
)
async def test_money_that_no_claim_explains_waits_for_a_person_where_two_invoices_have_the_reference(
    debits: Debits, changes: dict[str, Any]
) -> None:
    await debits.case("1001", reference=KID)
    await debits.case("1002", reference=KID)
    await debits.mandate()
    await debits.send()
    assert (await debits.store.pay("d1", **{"drawn": True, "booked_on": DUE} | changes)).status == "unmatched"


async def test_of_two_equal_draws_on_one_day_each_invoice_gets_one(debits: Debits) -> None:
    cases = [await debits.case(number, reference=KID) for number in ("1001", "1002")]
    await debits.mandate()
    await debits.send()
    assert [(await drawn(debits, name)).status for name in ("d1", "d2", "d1")] == ["booked", "booked", "known"]
    assert [(await debits.store.load(case)).facts.balance for case in cases] == [0, 0]


async def test_a_draw_of_what_was_paid_by_hand_too_is_money_for_its_own_invoice(debits: Debits) -> None:
    case = await debits.case("1001", reference=KID)
    await debits.mandate()
    await debits.send()
    await debits.store.pay("by hand", booked_on=DUE)
    await debits.look(datetime(2026, 7, 15, 18, tzinfo=UTC))
    assert await debits.states() == ["settled"]
    await debits.case("1002", reference=KID, due_date=date(2026, 9, 1))
    booked = await drawn(debits, "d1", booked_on=date(2026, 7, 16))
    assert (booked.status, booked.balance) == ("booked", Decimal("-802.00"))
    assert (await debits.store.load(case)).facts.balance == Decimal("-802.00")


async def test_an_instalment_that_was_drawn_is_settled_though_other_money_was_taken_back(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.store.pay("by hand", amount=Decimal("100.00"))
    await debits.plan(case, AUGUST, SEPTEMBER, each="351.00")
    await debits.send()
    await drawn(debits, "d1", amount=Decimal("351.00"), booked_on=AUGUST)
    await debits.store.pay("undone", amount=Decimal("-100.00"))
    await debits.look(datetime(2026, 8, 14, 18, tzinfo=UTC))
    assert await debits.states() == ["settled"]


async def test_a_draw_of_a_claim_that_another_system_sent_finds_its_invoice(debits: Debits) -> None:
    case = await debits.case("1001", reference=KID)
    await debits.case("1002", reference=KID, due_date=date(2026, 9, 1))
    await debits.store.do("update invoice set claim_due = :due where number = '1001'", due=DUE)
    assert (await drawn(debits, "d1")).status == "booked"
    assert (await debits.store.load(case)).facts.balance == 0


@pytest.mark.parametrize(("taken_back", "undone"), [("300.00", 0), ("502.00", 1), ("45.00", 1)])
async def test_of_two_draws_the_one_of_the_amount_that_was_taken_back_is_undone(
    debits: Debits, taken_back: str, undone: int
) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.store.do("update instalment set amount = case number when 1 then 300 else 502 end")
    for day in (AUGUST, SEPTEMBER):
        (wanted,) = await debits.send(datetime(day.year, day.month, 1, 9, tzinfo=UTC))
        await drawn(debits, f"d{day}", amount=wanted.amount, booked_on=day)
        await debits.look(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
    await debits.store.pay("undone", amount=-Decimal(taken_back), booked_on=SEPTEMBER)
    assert [index for index, state in enumerate(await debits.states()) if state == "returned"] == [undone]


# --- what wants a claim ----------------------------------------------------------------------------------------


async def test_an_invoice_with_a_mandate_is_claimed_once_for_its_due_date(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate(notify=True)
    (wanted,) = await debits.send()
    assert (wanted.case, wanted.amount, wanted.due_on, wanted.reference) == (case, Decimal("802.00"), DUE, KID)
    assert (wanted.debtor_name, wanted.number) == ("Kari Nordmann", "1001")
    assert await debits.send() == []
    (claim,) = await debits.all()
    assert (claim.state, claim.file, claim.sent_at, claim.amount) == ("sent", "file-1", NOW, Decimal("802.00"))


@pytest.mark.parametrize(
    ("notify", "due", "bank_tells", "untold"),
    [
        (True, date(2026, 8, 14), True, False),  # in the account statement at the end of July
        (True, DUE, False, True),
        (False, DUE, False, False),  # the debtor wants no notices
    ],
)
async def test_a_case_knows_of_a_claim_that_the_bank_does_not_tell_of(
    debits: Debits, due: date, *, notify: bool, bank_tells: bool, untold: bool
) -> None:
    case = await debits.case(due_date=due)
    await debits.mandate(notify=notify)
    assert (await debits.facts(case)).drawable
    (wanted,) = await debits.send()
    facts = await debits.facts(case)
    assert wanted.bank_tells is bank_tells
    assert facts.draw == PendingDraw(1, Decimal("802.00"), due, sent_at=NOW, ours_to_tell=untold)
    news = await debits.store.news(case)
    assert news.count("mandate_changed") == 2 + untold  # the mandate, the claim, and that it was sent


@pytest.mark.parametrize(
    ("what", "drawable"),
    [
        ("select 1", True),
        ("update mandate set state = 'pending'", False),
        ("update mandate set state = 'ended'", False),
        ("update mandate set debtor_id = (select max(id) from debtor)", False),
        ("update invoice set claim_due = due_date", False),  # another system draws it
        ("update invoice set reference = 'RF18539007547034'", False),
    ],
)
async def test_a_case_is_drawable_where_its_own_mandate_stands(debits: Debits, what: str, *, drawable: bool) -> None:
    case = await debits.case()
    await debits.case("1002", reference="1002", debtor=debtor(customer_number="K2", name="Ola Hansen"))
    await debits.mandate()
    await debits.store.do(what)
    assert (await debits.facts(case)).drawable is drawable


async def test_a_shadow_draws_nothing(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.store.do("update policy_text set shadow = true")
    assert (await debits.facts(case)).shadow
    assert await debits.send() == []


async def test_what_failed_or_was_undone_is_not_drawable_again(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    for state in ("failed", "returned"):
        await debits.store.do("update claim set state = :state, ended_at = :now", state=state, now=NOW)
        assert not (await debits.facts(case)).drawable
    await debits.store.do("update mandate set asked_at = :now", now=NOW + timedelta(days=1))
    assert (await debits.facts(case)).drawable  # the debtor's word


async def test_the_case_is_told_when_the_claim_is_planned_and_its_diary_when_it_is_sent(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    before = len(await debits.store.news(case))
    await debits.send()
    assert (await debits.store.news(case))[before:] == ["mandate_changed"]
    assert await debits.diary("claim_sent") == [{"claim": 1, "amount": "802.00", "due_on": "2026-07-15"}]


async def test_nothing_is_claimed_without_an_active_mandate(debits: Debits) -> None:
    await debits.case()
    assert await debits.wanted() == []
    await debits.mandate()
    await debits.mandate(registration="ended")
    assert await debits.wanted() == []


async def test_a_mandate_of_one_invoice_covers_the_debtors_others_and_nobody_elses(debits: Debits) -> None:
    await debits.case()
    second = await debits.case("1002", reference="12345678903")
    await debits.case("1003", reference="2345676", debtor=debtor(name="Ola", customer_number="K-2"))
    await debits.mandate()
    assert [wanted.case for wanted in await debits.wanted()] == [1, second]


@pytest.mark.parametrize(("ends", "left"), [(KID, "2345676"), ("2345676", KID)])
async def test_a_claim_belongs_to_the_mandate_of_its_reference_and_the_second_draws_when_the_first_ends(
    debits: Debits, ends: str, left: str
) -> None:
    for number, kid in (("1001", KID), ("1002", "2345676")):
        await debits.case(number, reference=kid)
        await debits.mandate(kid)
    await debits.send()
    query = "select cl.reference, m.reference as mandate from claim cl join mandate m on m.id = cl.mandate_id"
    assert all(row.reference == row.mandate for row in await debits.store.rows(query))
    await debits.mandate(ends, "ended")
    assert [each.reference for each in await debits.unwanted()] == [ends]
    await debits.take_back()
    await debits.send()
    assert {
        row.reference for row in await debits.store.rows(query + " where cl.state = 'sent' and m.state = 'active'")
    } >= {left}


async def test_a_mandate_confirmed_too_late_covers_the_next_invoice(debits: Debits) -> None:
    await debits.case(due_date=date(2026, 7, 3))
    next_one = await debits.case("1002", reference="12345678903")
    await debits.mandate()
    assert [wanted.case for wanted in await debits.wanted()] == [next_one]


async def test_a_claim_that_the_billing_system_sent_itself_is_not_sent_again(debits: Debits) -> None:
    await debits.case(claim_due=DUE)
    await debits.mandate()
    assert await debits.wanted() == []


async def test_only_kroner_and_references_that_nets_takes_are_claimed(debits: Debits) -> None:
    await debits.case(reference="RF341234561")
    await debits.case("1002", reference="12345678903")
    await debits.store.do("update invoice set currency = 'EUR' where number = '1002'")
    good = await debits.case("1003", reference=KID)
    await debits.mandate()
    assert [wanted.case for wanted in await debits.wanted()] == [good]


async def test_a_part_payment_lowers_what_is_claimed(debits: Debits) -> None:
    await debits.case()
    await debits.mandate()
    await debits.store.pay(amount=Decimal("300.00"))
    assert [wanted.amount for wanted in await debits.wanted()] == [Decimal("502.00")]


async def disputed_part(debits: Debits, case: int, amount: str) -> None:
    await debits.store.command(case, "dispute")
    await debits.store.do("update dispute set amount = :amount", amount=Decimal(amount))


async def test_a_disputed_part_is_left_out(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await disputed_part(debits, case, "200.00")
    assert [wanted.amount for wanted in await debits.wanted()] == [Decimal("602.00")]


# --- what speaks against it, before and after it was sent --------------------------------------------------------


async def pay(debits: Debits, case: int) -> None:
    await debits.store.pay()


async def credit(debits: Debits, case: int) -> None:
    await debits.store.do(
        "insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,"
        " happened_at) select 'acme', invoice_id, 'credit', 'principal', -802, 'NOK', :on, 'credit note', 'c1', :now"
        " from dunning_case where id = :case",
        case=case,
        on=NOW.date(),
        now=NOW,
    )


async def hold(debits: Debits, case: int) -> None:
    await debits.store.command(case, "hold")


async def dispute(debits: Debits, case: int) -> None:
    await debits.store.command(case, "dispute")


async def withdraw(debits: Debits, case: int) -> None:
    await debits.store.command(case, "withdraw")


async def promise(debits: Debits, case: int) -> None:
    await debits.store.do(
        "insert into promise (case_id, by, reason_code, pay_by, amount, happened_at)"
        " values (:case, 'ola', 'test', :by, 802, :now)",
        case=case,
        by=DUE + timedelta(days=5),
        now=NOW,
    )


async def begin_to_pay(debits: Debits, case: int) -> None:
    await debits.store.do(
        "insert into payment_attempt (id, creditor_id, case_id, provider, amount, currency, state, refunded, happened_at)"
        " values (gen_random_uuid(), 'acme', :case, 'vipps', 802, 'NOK', 'started', 0, :now)",
        case=case,
        now=NOW - timedelta(minutes=5),
    )


async def pay_without_a_reference(debits: Debits, case: int) -> None:
    """Money that may be for it waits for a person."""
    await debits.store.pay(reference=None)


async def stop_debtor(debits: Debits, case: int) -> None:
    await debits.store.known("deceased")


async def stop_creditor(debits: Debits, case: int) -> None:
    async with debits.store.database.transaction() as connection:
        await stops.set_stop(connection, "creditor", "acme", None, "kari", "faulty-run", NOW)


async def hand_off(debits: Debits, case: int) -> None:
    await debits.store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'queued', :now)",
        case=case,
        now=NOW,
    )


async def end_mandate(debits: Debits, case: int) -> None:
    await debits.mandate(registration="ended")


OBSTACLES = [
    pay, credit, hold, dispute, withdraw, promise, stop_debtor, stop_creditor, hand_off, end_mandate,
]  # fmt: skip


@pytest.mark.parametrize("obstacle", [*OBSTACLES, begin_to_pay, pay_without_a_reference])
async def test_what_speaks_against_a_claim_keeps_it_from_being_sent(debits: Debits, obstacle: Any) -> None:
    case = await debits.case()
    await debits.mandate()
    await obstacle(debits, case)
    assert await debits.wanted() == []


@pytest.mark.parametrize("obstacle", OBSTACLES)
async def test_what_speaks_against_a_claim_takes_it_back_until_the_cut_off(debits: Debits, obstacle: Any) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    assert await debits.unwanted() == []
    await obstacle(debits, case)
    (unwanted,) = await debits.unwanted()
    assert (unwanted.claim, unwanted.reference, unwanted.amount, unwanted.due_on) == (1, KID, Decimal("802.00"), DUE)
    await debits.take_back()
    assert await debits.states() == ["cancelled"]
    assert await debits.diary("claim_cancelled") == [{"claim": 1, "amount": "802.00", "due_on": "2026-07-15"}]
    assert await debits.unwanted() == []


@pytest.mark.parametrize("obstacle", [begin_to_pay, pay_without_a_reference])
async def test_what_may_be_its_money_takes_a_claim_back_for_as_long_as_the_case_waits_for_it(
    debits: Debits, obstacle: Any
) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    await obstacle(debits, case)
    assert [unwanted.claim for unwanted in await debits.unwanted(NOW)] == [1]
    assert await debits.unwanted() == []


async def test_after_the_cut_off_the_claim_stays_and_the_diary_says_once_how_to_stop_it(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    await hold(debits, case)
    for _ in range(2):
        assert await debits.unwanted(AFTER_CUT_OFF) == []
    assert await debits.states() == ["sent"]
    (said,) = await debits.diary("claim_beyond_stopping")
    assert (said["claim"], said["why"]) == (1, "the case is on hold")
    assert "the debtor stops the draw in the online bank" in said["how"]
    await debits.store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    async with debits.store.database.transaction() as connection:
        (task,) = await list_tasks(connection, "acme", "draw")
    assert task.open
    assert task.why.startswith("NOK 802.00 is drawn on 2026-07-15 though the case is on hold: tell the debtor")


async def test_the_case_knows_the_draw_that_the_bank_has_until_its_money_comes(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    draw = PendingDraw(1, Decimal("802.00"), DUE, sent_at=NOW)
    assert (await debits.store.load(case)).facts.draw == draw
    await hold(debits, case)
    await debits.unwanted(AFTER_CUT_OFF)
    assert (await debits.store.load(case)).facts.draw == replace(draw, told=True)
    assert "mandate_changed" in await debits.store.news(case)
    assert (await debits.store.load(case, datetime(2026, 7, 17, 9, tzinfo=UTC))).facts.draw is None
    await drawn(debits, "d1")
    assert (await debits.store.load(case)).facts.draw is None


async def test_a_claim_for_more_than_is_owed_is_taken_back_and_sent_anew_for_the_rest(debits: Debits) -> None:
    await debits.case()
    await debits.mandate()
    await debits.send()
    await debits.store.pay(amount=Decimal("300.00"))
    await debits.take_back(NOW)
    assert [wanted.amount for wanted in await debits.send()] == [Decimal("502.00")]
    assert await debits.states() == ["cancelled", "sent"]


async def test_a_claim_follows_its_invoice_to_a_later_due_date(debits: Debits) -> None:
    await debits.case()
    await debits.mandate()
    await debits.send()
    await debits.store.do("update invoice set due_date = :due", due=date(2026, 8, 15))  # a Saturday
    await debits.take_back(NOW)
    assert [wanted.due_on for wanted in await debits.send()] == [date(2026, 8, 17)]
    assert (await debits.unwanted(NOW), await debits.states()) == ([], ["cancelled", "sent"])


async def test_a_claim_waits_for_the_new_days_after_a_rejected_dispute(debits: Debits) -> None:
    case = await debits.case(due_date=date(2026, 7, 8))
    await debits.mandate()
    await debits.send()
    await debits.store.command(case, "dispute")
    await debits.take_back(NOW)
    await debits.store.command(case, "resolve_dispute", upheld=False)  # two weeks from today
    assert [wanted.due_on for wanted in await debits.send()] == [date(2026, 7, 15)]
    assert await debits.unwanted(NOW) == []


async def test_an_earlier_due_date_leaves_the_claim_as_it_was_told(debits: Debits) -> None:
    await debits.case()
    await debits.mandate()
    await debits.send()
    await debits.store.do("update invoice set due_date = :due", due=date(2026, 7, 13))
    assert await debits.unwanted(NOW) == []


async def test_a_claim_taken_back_for_a_hold_is_sent_again_when_the_hold_ends_in_time(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    await hold(debits, case)
    await debits.take_back(NOW)
    assert await debits.wanted() == []
    await debits.store.command(case, "release")
    assert len(await debits.wanted()) == 1
    assert await debits.wanted(BEFORE_CUT_OFF) == []


# --- plans -----------------------------------------------------------------------------------------------------


AUGUST, SEPTEMBER = date(2026, 8, 14), date(2026, 9, 14)


async def test_a_plan_takes_the_claim_of_the_whole_back_and_claims_its_next_instalment(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.take_back(NOW)
    (wanted,) = await debits.send()
    assert (wanted.reference, wanted.amount, wanted.due_on, wanted.instalment) == (
        KID,  # the plan's own is not one that the mandate is for
        Decimal("401.00"),
        AUGUST,
        1,
    )
    assert await debits.unwanted() == []


async def test_the_next_instalment_follows_when_the_last_is_settled(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.send()
    await debits.store.pay(amount=Decimal("401.00"), booked_on=AUGUST)
    on_the_day = datetime(2026, 8, 14, 18, tzinfo=UTC)
    await debits.look(on_the_day)
    (wanted,) = await debits.send(on_the_day)
    assert (wanted.instalment, wanted.due_on, wanted.amount) == (2, SEPTEMBER, Decimal("401.00"))
    assert await debits.states() == ["settled", "sent"]


async def test_an_instalment_is_claimed_for_what_is_left_of_it(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.store.pay(amount=Decimal("500.00"))
    (wanted,) = await debits.wanted()
    assert (wanted.instalment, wanted.amount) == (2, Decimal("302.00"))


async def test_a_plan_that_is_over_takes_its_claim_back(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.send()
    await debits.store.do("update instalment_plan set state = 'broken'")
    assert [unwanted.instalment for unwanted in await debits.unwanted()] == [1]


async def test_a_failed_instalment_is_not_claimed_again_and_later_ones_are(debits: Debits) -> None:
    case = await debits.case()
    await debits.mandate()
    await debits.plan(case, AUGUST, SEPTEMBER)
    await debits.send()
    after = datetime(2026, 8, 22, 9, tzinfo=UTC)
    assert await debits.look(after, date(2026, 8, 21)) == 1
    assert [wanted.instalment for wanted in await debits.send(after)] == [2]
    await debits.store.pay(amount=Decimal("401.00"), booked_on=SEPTEMBER)  # fills the first
    await debits.look(datetime(2026, 9, 14, 18, tzinfo=UTC))
    assert await debits.states() == ["settled", "sent"]


# --- what became of claims -------------------------------------------------------------------------------------


async def sent(debits: Debits) -> int:
    case = await debits.case()
    await debits.mandate()
    await debits.send()
    return case


async def test_money_that_came_settles_the_claim(debits: Debits) -> None:
    await sent(debits)
    await debits.store.pay(booked_on=DUE)
    assert await debits.look(datetime(2026, 7, 16, 9, tzinfo=UTC)) == 0
    assert await debits.states() == ["settled"]


async def test_a_draw_settles_its_claim_even_where_a_fee_is_left(debits: Debits) -> None:
    case = await sent(debits)
    await debits.store.do(
        "insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,"
        " happened_at) select 'acme', invoice_id, 'fee', 'fee', 35, 'NOK', :on, 'delivery', gen_random_uuid(), :now"
        " from dunning_case where id = :case",
        case=case,
        on=DUE,
        now=NOW,
    )
    await debits.store.pay(booked_on=DUE)
    assert await debits.look() == 0
    assert await debits.states() == ["settled"]


async def test_a_draw_that_brought_nothing_has_failed_and_the_case_is_told(debits: Debits) -> None:
    case = await sent(debits)
    before = len(await debits.store.news(case))
    assert await debits.look() == 1
    (claim,) = await debits.all()
    assert (claim.state, claim.ended_at) == ("failed", AFTER)
    assert (await debits.store.news(case))[before:] == ["mandate_changed"]
    assert len(await debits.diary("claim_failed")) == 1
    assert await debits.look() == 0


@pytest.mark.parametrize(
    ("now", "imported_through"),
    [(AFTER, LAST_DAY - timedelta(days=1)), (AFTER, None), (AFTER - timedelta(days=1), LAST_DAY)],
)
async def test_a_draw_has_not_failed_while_its_money_may_still_come_or_lie_unread(
    debits: Debits, now: datetime, imported_through: date | None
) -> None:
    await sent(debits)
    assert await debits.look(now, imported_through) == 0
    assert await debits.states() == ["sent"]


async def test_less_than_was_claimed_settles_nothing(debits: Debits) -> None:
    await sent(debits)
    await debits.store.pay(amount=Decimal("801.00"), booked_on=DUE)
    assert await debits.look() == 1


async def test_money_that_was_there_before_the_draw_does_not_settle_it(debits: Debits) -> None:
    await sent(debits)
    await debits.store.pay(amount=Decimal("100.00"), booked_on=NOW.date())
    await debits.store.pay("p2", amount=Decimal("701.00"), booked_on=DUE)
    assert await debits.look() == 1


async def test_a_failed_draw_is_not_repeated_for_this_due_date(debits: Debits) -> None:
    await sent(debits)
    await debits.look()
    await debits.store.do("update dunning_case set round = round + 1")
    assert await debits.wanted(AFTER) == []


async def test_a_new_due_date_after_a_failed_draw_is_claimed(debits: Debits) -> None:
    await sent(debits)
    await debits.look()
    await debits.store.do("update invoice set due_date = :due", due=date(2026, 8, 14))
    assert [wanted.due_on for wanted in await debits.wanted(AFTER)] == [date(2026, 8, 14)]


async def test_late_success_repairs_a_failed_draw(debits: Debits) -> None:
    case = await sent(debits)
    await debits.look()
    await debits.store.pay(booked_on=date(2026, 7, 24))
    await debits.look(AFTER + timedelta(days=2))
    assert await debits.states() == ["settled"]
    assert [
        row.kind for row in await debits.store.rows("select kind from case_event where kind like 'claim%' order by id")
    ] == [
        "claim_sent",
        "claim_failed",
        "claim_settled",
    ]
    assert await debits.store.balance() == 0
    assert case == 1


async def test_a_reversed_draw_does_not_count_as_money(debits: Debits) -> None:
    await sent(debits)
    await debits.store.pay(booked_on=DUE)
    await debits.store.pay("p2", amount=Decimal("-802.00"), booked_on=DUE + timedelta(days=1))
    assert await debits.look() == 1


@pytest.mark.parametrize("seen", [True, False])  # whether the day's job had settled the claim
async def test_a_draw_that_was_taken_back_is_claimed_again_on_the_debtors_word_alone(
    debits: Debits, seen: bool
) -> None:
    case = await sent(debits)
    await debits.store.pay(booked_on=DUE)
    if seen:
        await debits.look()
    await debits.store.do("update claim set due_on = :day", day=NOW.date())
    await debits.store.pay("back", amount=Decimal("-802.00"), booked_on=DUE)
    assert await debits.states() == ["returned"]
    assert len(await debits.diary("claim_returned")) == 1
    await debits.store.do("update invoice set due_date = :due", due=date(2026, 8, 14))  # new days to pay
    assert await debits.wanted(AFTER) == []
    await debits.store.pay("again", amount=Decimal("802.00"))
    await debits.store.pay("and back", amount=Decimal("-802.00"))
    assert await debits.wanted(AFTER) == []
    (debtor,) = await debits.store.rows("select debtor_id from dunning_case where id = :case", case=case)
    async with debits.store.database.transaction() as connection:
        await mandates.ask(connection, "acme", debtor.debtor_id, KID, AFTER)
    assert [wanted.due_on for wanted in await debits.wanted(AFTER)] == [date(2026, 8, 14)]


async def test_files_are_numbered_upwards_whatever_their_kind(debits: Debits) -> None:
    case = await sent(debits)
    await hold(debits, case)
    await debits.take_back(NOW)
    rows = await debits.store.rows(
        "select name, kind, transmission, state, count, total from direct_debit_file where kind <> 'mandates' order by name"
    )
    assert [tuple(row) for row in rows] == [
        ("file-1", "claims", 1, "sent", 1, Decimal("802.00")),
        ("file-2", "cancellations", 2, "sent", 1, Decimal("802.00")),
    ]


async def test_an_agreement_knows_how_far_its_account_is_imported(debits: Debits) -> None:
    await debits.store.do("update bank_account set imported_through = :day where creditor_id = 'acme'", day=DUE)
    async with debits.store.database.transaction() as connection:
        assert await files.agreements(connection) == [Agreement("acme", "55555555", "12345678903", DUE)]
