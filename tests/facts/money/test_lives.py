"""Whole lives of an invoice, in any order: what is owed is what is right, nobody is asked for more, nobody is drawn twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Literal
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commands.agreement.plan import AgreeOnPlan, EndPlan
from commands.agreement.promise import PromiseToPay, WithdrawPromise
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.withdraw import Withdraw
from commands.command import Command
from commands.record import record
from config.files import HOME, read_laws, read_policies
from domain.agreements.direct_debit import ReportedMandate
from domain.agreements.instalments import PlanRules
from domain.agreements.mandate_order import ListNumber
from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingCreditNote
from domain.planner.action import ActionKind
from domain.planner.demand import Rider, demand
from domain.planner.occasions import DRAW_GOES_ON, step_named
from facts.agreements import plans
from facts.cases import decisions
from facts.cases.load import case_of
from facts.database import Database
from facts.direct_debit import claims, files, mandates, outcomes
from facts.invoices.intake import Intake
from facts.money import ledger, postings, refunds
from facts.money.payments import Payment, book
from facts.parties.creditors import register
from facts.refusals import Refused
from planning.service import PlannedCase, Planning
from tests.facts.builders import Facts
from tests.store import NOW, TODAY
from tests.world import creditor, debtor, invoice

_numbers = count(1)
LAWS = read_laws()
OSLO = LAWS[HOME].calendar
INTAKE = Intake(read_policies(LAWS, TODAY), LAWS)
INVOICED, FEE = Decimal("6000.00"), Decimal("38.00")
NOTHING = Decimal(0)
WHOLE = Decimal("Infinity")  # is disputed, where it is not a part
HIGHEST_RATE = Decimal("0.13")  # a year: no half-year of these lives has a higher one
HARD = (ActionKind.DELIVER, ActionKind.BLOCK_SERVICE, ActionKind.HAND_OFF, ActionKind.OPEN_CALL_TASK)
ORDERS: tuple[Any, ...] = (None, ("interest", "fee", "principal"), ("principal", "fee", "interest"))

STANDING = """
select coalesce(sum(amount) filter (where part = 'fee'), 0) as fee,
  coalesce(sum(amount) filter (where part = 'interest'), 0) as interest from ledger_entry l join dunning_case c
  on c.invoice_id = l.invoice_id where c.id = :case
  and (kind in ('fee', 'interest') or (kind = 'reversal' and payment_id is null))
"""
DUE = "select coalesce(sum(amount), 0) as due from refund where creditor_id = :creditor and state = 'due'"
LIVING = "select due_on, amount from claim where creditor_id = :creditor and state in ('planned', 'sent', 'cancelling')"


@dataclass(frozen=True)
class Event:
    """Something that happens in the life of an invoice; its amount is a share of what it can be at most."""

    kind: Literal[
        "pay", "pay on the page", "take back", "send refunds", "credit", "charge", "dispute", "uphold", "reject", "plan",
        "end plan", "promise", "withdraw promise", "withdraw", "mandate", "no mandate", "claim", "stop claims", "draw", "wait",
    ]  # fmt: skip
    share: Decimal = Decimal(1)
    days: int = 1


@dataclass(frozen=True)
class Terms:
    """What a creditor may choose."""

    overpayment: Literal["keep", "refund"] = "keep"
    order: Any = None
    interest: Literal["free", "statutory"] = "free"
    policy: str = "no-standard"


class Under(Planning):
    """Planning with another rule for the interest of plans than the policy that a case is pinned to."""

    def __init__(self, interest: Literal["free", "statutory"]) -> None:
        super().__init__(LAWS)
        self.rules = PlanRules(interest=interest)

    async def plan(self, connection: Any, case: int, now: datetime) -> PlannedCase:
        """The plan of the case with those rules."""
        planned = await super().plan(connection, case, now)
        return replace(planned, policy=replace(planned.policy, plans=self.rules))


@dataclass
class Right:
    """What is right, counted plainly from what happened."""

    overpayment: str
    credited: Decimal = NOTHING
    paid: Decimal = NOTHING  # less what was taken back
    fee: Decimal = NOTHING  # that stands
    interest: Decimal = NOTHING  # that stands
    owed_back: Decimal = NOTHING
    sent_back: Decimal = NOTHING
    disputed: Decimal | None = None
    withdrawn: bool = False
    plan_since: date | None = None
    undone: bool = False  # a draw was taken back, and the debtor has not asked for another

    @property
    def owed(self) -> Decimal:
        lawful = INVOICED + self.fee + self.interest - self.credited
        return lawful - self.paid + self.owed_back + self.sent_back

    @property
    def may_be_asked(self) -> Decimal:
        """What a message may ask for at most, without what it adds itself."""
        return NOTHING if self.withdrawn else max(NOTHING, self.owed - (self.disputed or NOTHING))

    def came(self, amount: Decimal, *, on_page: bool) -> None:
        self.paid += amount
        if self.withdrawn:
            self.owed_back += amount
        elif on_page:
            self.owed_back += max(NOTHING, min(amount, -self.owed))

    def gone(self, amount: Decimal) -> None:
        self.paid -= amount
        self.owed_back -= min(self.owed_back, amount)

    def settle(self) -> None:
        """What is too much is owed back where the creditor does not keep it."""
        if self.overpayment == "refund" and self.owed < 0:
            self.owed_back -= self.owed


@dataclass
class Life:
    """An invoice of a creditor of its own, what happens to it, and what is right."""

    facts: Facts
    terms: Terms
    creditor: str
    case: int = 0
    now: datetime = NOW
    lists: int = 0
    drawn: dict[int, date] = field(default_factory=dict)  # the day of each claim that the bank has drawn

    def __post_init__(self) -> None:
        self.planning = Under(self.terms.interest)
        self.right = Right(self.terms.overpayment)
        self.kid = kid_with_check_digit(f"{int(self.creditor[1:]):08}00")

    @property
    def today(self) -> date:
        return self.now.date()

    async def begin(self) -> None:
        """The invoice is due in three weeks, and its debtor may pay by direct debit."""
        direct_debit = {"customer_unit": "00131936", "account": "12345678903", "data_sender": "55555555"}
        details = creditor(
            id=self.creditor,
            organisation_number=None,
            accounts=("12345678903",),
            consumer_policy=self.terms.policy,
            overpayment=self.terms.overpayment,
            allocation=self.terms.order,
            direct_debit=direct_debit,
        )
        new = invoice(
            creditor=self.creditor,
            reference=self.kid,
            account=None,
            amount=INVOICED,
            issue_date=TODAY - timedelta(days=1),
            due_date=TODAY + timedelta(days=21),
            debtor=debtor(),
        )
        async with self.facts.database.transaction() as connection:
            await register(connection, details, NOW)
            await INTAKE.invoice(connection, new, NOW)
            found = await case_of(connection, self.creditor, "1001")
        assert found is not None
        self.case = found.id

    async def happen(self, event: Event) -> None:
        """Let it happen; what is refused changes nothing."""
        before = replace(self.right)
        try:
            async with self.facts.database.transaction() as connection:
                await self._happen(connection, event)
        except Refused:
            self.right = before
        await self._charges(event)
        self.right.settle()

    async def _happen(self, connection: Any, event: Event) -> None:
        right, part = self.right, event.share
        match event.kind:
            case "pay" | "pay on the page":
                await self._pay(connection, self._of(INVOICED, part), on_page=event.kind == "pay on the page")
            case "take back":
                most = right.paid - right.sent_back
                if most > 0:
                    await self._pay(connection, -self._of(most, part))
                    right.undone = right.undone or (bool(self.drawn) and right.owed > 0)
            case "send refunds":
                for item in await refunds.list_all(connection, self.creditor):
                    if item.state == "due":
                        await refunds.paid(connection, item.number, self.now)
                right.sent_back, right.owed_back = right.sent_back + right.owed_back, NOTHING
            case "credit":
                amount = self._of(INVOICED, part)
                note = {"number": f"c{next(_numbers)}", "invoice_number": "1001", "issue_date": self.today}
                told = IncomingCreditNote(creditor=self.creditor, currency="NOK", amount=amount, **note)
                await INTAKE.credit_note(connection, told, self.now)
                right.credited = min(INVOICED, right.credited + amount)  # what is more is told and not booked
            case "charge":
                (locked,) = await ledger.lock(connection, [self.case])
                plan = await plans.plan_of(connection, self.case)
                if right.may_be_asked > 0 and locked.state == "open" and (plan is None or plan.state != "active"):
                    key = ("delivery", str(UUID(int=next(_numbers))))
                    await postings.charge(connection, locked, "fee", FEE, key, self.now)
                self.now += timedelta(days=1)  # money of the fee's own day would be in time
            case "dispute":
                disputed = None if part == 1 else self._of(INVOICED, part)
                await self._say(connection, Dispute(by="ola", reason_code="test", amount=disputed))
                right.disputed = WHOLE if disputed is None else disputed
            case "uphold" | "reject":
                upheld = event.kind == "uphold"
                await self._say(connection, ResolveDispute(by="ola", reason_code="test", upheld=upheld))
                if upheld and right.disputed is not None and right.disputed == WHOLE:
                    right.withdrawn = True
                    right.owed_back = max(right.owed_back, right.paid - right.sent_back)
                elif upheld and right.disputed is not None:
                    right.credited += right.disputed
                right.disputed = None
            case "plan":
                await self._say(connection, AgreeOnPlan(by="ola", reason_code="test", months=3))
                right.plan_since = right.plan_since or self.today
            case "end plan":
                await self._say(connection, EndPlan(by="ola", reason_code="test"))
            case "promise":
                by = self.today + timedelta(days=event.days)
                await self._say(connection, PromiseToPay(by="ola", reason_code="test", pay_by=by))
            case "withdraw promise":
                await self._say(connection, WithdrawPromise(by="ola", reason_code="test"))
            case "withdraw":
                await self._say(connection, Withdraw(by="ola", reason_code="test"))
                right.withdrawn = True
                if right.overpayment == "refund":
                    right.owed_back = max(right.owed_back, right.paid - right.sent_back)
            case "mandate" | "no mandate":
                mandate = ReportedMandate(self.kid, "new" if event.kind == "mandate" else "ended", False)
                self.lists += 1
                number = ListNumber(None, self.lists, 1)
                done = await mandates.record_mandates(
                    connection,
                    self.creditor,
                    [mandate],
                    name=f"{self.creditor} {number}",
                    number=number,
                    lists_all=False,
                    now=self.now,
                )
                if done.began:
                    right.undone = False
            case "claim":
                await self._claim(connection)
            case "stop claims":
                with_bank = await claims.with_bank(connection, self.creditor, 0, self.today)
                unwanted = await claims.cancel_wanted(connection, with_bank, OSLO, self.now)
                if unwanted:
                    number = await files.next_number(connection, 1, [])
                    await claims.cancel(connection, self.creditor, unwanted, f"file-{number}", number, self.now)
                    await files.published(connection, f"file-{number}", self.now)
            case "draw":
                await self._draw(connection)
            case "wait":
                self.now += timedelta(days=event.days)

    @staticmethod
    def _of(most: Decimal, share: Decimal) -> Decimal:
        return (most * share).quantize(Decimal("0.01"))

    async def _say(self, connection: Any, command: Command[Any]) -> None:
        await record(connection, self.planning, self.case, command, f"{self.creditor}/{next(_numbers)}", self.now)

    async def _pay(self, connection: Any, amount: Decimal, *, on_page: bool = False) -> None:
        id, source = f"{self.creditor}/{next(_numbers)}", "vipps" if on_page else "bank"
        payment = Payment(
            self.creditor, source, id, amount, "NOK", self.today, reference=self.kid, on_page=on_page and amount > 0
        )
        booked = await book(connection, payment, self.now)
        assert booked.status == "booked", booked
        if amount > 0:
            self.right.came(amount, on_page=on_page)
        else:
            self.right.gone(-amount)

    async def _claim(self, connection: Any) -> None:
        """The daily file of claims; what it draws was not undone, and is owed."""
        candidates = await claims.unclaimed(connection, self.creditor, 0, self.today)
        wanted = await claims.wanting(connection, candidates, OSLO, self.now)
        if not wanted:
            return
        (claim,) = wanted
        assert not self.right.undone, "drawn again without the debtor's word"
        assert 0 < claim.amount <= self.right.may_be_asked, (claim, self.right)
        number = await files.next_number(connection, 1, [])
        await claims.plan(connection, self.creditor, wanted, f"file-{number}", number, self.now)
        await files.published(connection, f"file-{number}", self.now)

    async def _draw(self, connection: Any) -> None:
        """It is the day of the draw: the bank draws what it was told, and no day brings two."""
        for claim in await claims.list_claims(connection, self.creditor, "sent"):
            self.now = max(self.now, datetime.combine(claim.due_on, NOW.timetz()))
            if claim.id in self.drawn:
                continue  # it waits to be settled
            assert claim.due_on not in self.drawn.values(), "two draws on one day"
            self.drawn[claim.id] = claim.due_on
            await self._pay(connection, claim.amount)
            await outcomes.settle(connection, self.creditor, OSLO.here(self.now))

    async def _charges(self, event: Event) -> None:
        """Which fees and interest stand: those that were charged, and gone only with what they stood on."""
        ((fee, interest),) = await self.facts.rows(STANDING, case=self.case)
        right, before = self.right, replace(self.right)
        right.fee, right.interest = fee, interest
        assert min(fee, interest) >= 0, right
        assert fee == before.fee or event.kind in ("charge", "credit", "uphold"), (event, before, right)
        if fee > before.fee:
            assert (event.kind, fee - before.fee) == ("charge", FEE)
        if interest > before.interest:
            assert (event.kind, self.terms.interest) == ("plan", "statutory"), (event, right)
        if event.kind == "end plan" and not right.owed <= 0:
            assert interest == 0, right
        if right.plan_since and right.owed <= 0 and event.kind in ("pay", "pay on the page") and interest:
            days = (self.today - right.plan_since).days
            ran = (INVOICED + FEE) * HIGHEST_RATE * days / 365
            assert interest <= ran + Decimal("0.01"), (right, days)

    async def check(self) -> None:
        """The facts are right, the planner asks for nothing else, and at most one draw is under way."""
        right = self.right
        async with self.facts.database.transaction() as connection:
            planned = await self.planning.plan(connection, self.case, self.now)
            (invoice,) = await ledger.lock(connection, [self.case])
            plan = await plans.plan_of(connection, self.case)
        ((due,),) = await self.facts.rows(DUE, creditor=self.creditor)
        living = await self.facts.rows(LIVING, creditor=self.creditor)
        assert (invoice.owed.total, due) == (right.owed, right.owed_back), right
        assert planned.case.facts.balance == right.owed
        assert len(living) <= 1, living
        action = planned.action
        assert action.flag != "invariant broken", action
        if action.kind is ActionKind.DELIVER and (action.step or "").startswith(f"{DRAW_GOES_ON}#"):
            assert living, action  # it says what is drawn, and asks for nothing
            return
        if right.may_be_asked <= 0:
            assert action.kind not in HARD, (action, right)
        if action.kind is ActionKind.DELIVER:
            assert planned.case.state == "open", action
            self._asks_for_what_is_owed(planned)
        if plan is not None and plan.state == "active":
            assert right.owed > 0, plan
        if action.kind is ActionKind.CLOSE and planned.case.state == "open":
            assert right.owed <= 0 or right.withdrawn or right.owed < planned.policy.ignore_balance_below, (
                action,
                right,
            )
            async with self.facts.database.transaction() as connection:
                await decisions.record(connection, planned.case, action, None, self.now)

    def _asks_for_what_is_owed(self, planned: PlannedCase) -> None:
        step = step_named(planned.policy, planned.action.step or "")
        rider = Rider(planned.case.id, planned.policy, planned.law, planned.case.facts, step)
        channel = planned.action.channel
        assert channel is not None
        asks = demand([rider], channel, self.now, alert=planned.action.alert)
        added = sum((each.fee + each.added_interest for each in asks.cases), NOTHING)
        assert asks.due == self.right.may_be_asked + added, (asks, self.right)
        assert sum((each.amount for each in asks.instalments), NOTHING) <= self.right.owed, (asks, self.right)
        assert asks.asked is None or 0 < asks.asked <= self.right.may_be_asked, (asks, self.right)


def live(url: str, terms: Terms, events: Sequence[Event]) -> Right:
    """Let events happen to a new invoice, looking after each; gives what is right in the end."""

    async def lived() -> Right:
        database = Database(url, pool_size=2)
        life = Life(Facts(database, INTAKE), terms, f"l{next(_numbers)}")
        try:
            await life.begin()
            for event in events:
                await life.happen(event)
                await life.check()
            return life.right
        finally:
            await database.close()

    return asyncio.run(lived())


shares = st.sampled_from([Decimal(1), Decimal(1), Decimal("0.5"), Decimal("0.1"), Decimal("0.0001"), Decimal("1.5")])
parts = st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("0.1")])
EVENTS = st.one_of(
    st.builds(Event, st.sampled_from(["pay", "pay", "pay on the page"]), shares),
    st.builds(Event, st.just("take back"), parts),
    st.builds(Event, st.sampled_from(["credit", "dispute"]), parts),
    st.builds(Event, st.sampled_from(["uphold", "reject", "charge", "send refunds", "plan", "end plan"])),
    st.builds(Event, st.sampled_from(["promise", "wait"]), st.just(Decimal(1)), st.sampled_from([1, 4, 10])),
    st.builds(Event, st.sampled_from(["mandate", "claim", "claim", "draw", "stop claims", "no mandate"])),
    st.builds(Event, st.sampled_from(["withdraw promise", "withdraw"])),
)
POLICIES = [
    name for name, (policy, _) in INTAKE.policies.items() if policy.country == "NO" and policy.debtor != "business"
]
TERMS = st.builds(
    Terms,
    st.sampled_from(["keep", "refund"]),
    st.sampled_from(ORDERS),
    st.sampled_from(["free", "statutory"]),
    st.sampled_from(POLICIES),
)
LIVES = settings(max_examples=settings().max_examples // 4, database=None, suppress_health_check=list(HealthCheck))


def told(*kinds: Any) -> list[Event]:
    """These happen, each in full."""
    return [Event(kind) for kind in kinds]


# A draw that is undone, and is only repeated on the debtor's word; money and a draw that cross; interest that never ran.
@LIVES
@example(
    Terms(), told("mandate", "claim", "draw", "take back", "claim", "no mandate", "mandate", "claim", "draw", "claim")
)
@example(Terms("refund"), told("mandate", "claim", "pay", "draw", "send refunds", "take back", "claim"))
@example(Terms("refund"), told("mandate", "claim", "plan", "stop claims", "claim", "draw", "pay", "take back", "claim"))
@example(Terms("refund", ORDERS[1], "statutory"), told("plan", "pay", "credit", "send refunds", "pay on the page"))
@given(terms=TERMS, events=st.lists(EVENTS, min_size=3, max_size=14))
def test_what_is_owed_is_what_is_right_and_nobody_is_asked_or_drawn_for_more(
    facts_url: str, terms: Terms, events: list[Event]
) -> None:
    live(facts_url, terms, events)
