"""Random debtors, lived through: what each was told and handed off, for the reader to judge.

A debtor has up to ten invoices, some at once and some apart, reads some channels or none, and the world goes on around
him: he pays some and takes it back, disputes a part and is told no, asks for time, promises, agrees on a plan, is called;
addresses fail and come back; he dies, goes bankrupt, has somebody stand in, or is somebody else. Times, amounts and order
are drawn from a seed. What the reader is given of all that is written down here, beside the facts and not from them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.countries.calendar import Calendar, add_months
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.roles import ROLES
from domain.planner.action import ActionKind
from domain.planner.calls import Outcome as CallOutcome
from domain.planner.case_facts import ActivePlan, CaseFacts, Contact, DeliveryState, Paid, PastEvent
from domain.planner.occasions import step_named
from domain.planner.planner import next_action
from domain.planner.preview import Ahead, Household, Outcome, PreviewedAct
from domain.policy.policy import law_of
from domain.vocabulary import Channel
from tests.domain.builders import CHILD, LAWS, SHIPPED, with_assumed_rates
from tests.oracle.countries import NUMBERS
from tests.oracle.reading import Claim, Debtor, HandedOff, Known, Told, Waiting

FIRST_DAY = date(2027, 1, 4)
INVOICES = (1, 2, 2, 3, 4, 10)
LIFE = timedelta(days=400)  # thirteen months
CONSUMER = {
    "NO": ("no-standard", "no-standard", "no-gentle", "no-minimal-cost", "no-service", "no-whatsapp"),
    "SE": ("se-standard", "se-standard", "se-gentle"),
    "FI": ("fi-standard", "fi-standard", "fi-gentle"),
}
BUSINESS = {"NO": "no-business", "SE": "se-business", "FI": "fi-business"}
OF_YEARS_TO_COME = {code: with_assumed_rates(law, range(2027, 2032)) for code, law in LAWS.items()}
COMES_BACK_WITHIN = timedelta(days=10)
WAYS = (Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE, Channel.LETTER)
CANNOT_PAY = NEEDS_TIME = timedelta(days=14)
ANSWER_DAYS = timedelta(days=14)


@dataclass(frozen=True)
class Event:
    """Something that happens to one of the debtor's cases at a moment."""

    at: datetime
    case: int
    what: "Happening"


def live(seed: int, country: str = "NO", invoices: Sequence[int] = INVOICES) -> Debtor:
    """One debtor's life of thirteen months in a country, with one of these numbers of invoices, as the reader wants it."""
    return Life.born(Random(seed), country, invoices).lived()


@dataclass
class Life:
    """A debtor, what happens, and what the reader hears of it."""

    chance: Random
    country: str
    household: Household
    began: datetime
    reach: dict[bool, set[Channel]]  # where an address works: the debtor's own, and of whoever stands in
    told: list[Told] = field(default_factory=list)
    gone: list[HandedOff] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    asked_for: set[tuple[str, str]] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def born(cls, chance: Random, country: str = "NO", invoices: Sequence[int] = INVOICES) -> "Life":
        """A debtor on the morning of the first invoice."""
        cases = _cases(chance, country, invoices)
        first = min(case.facts.issue_date for case in cases)
        began = datetime.combine(first, time(chance.randrange(6, 20)), NUMBERS[country].zone).astimezone(UTC)
        outcome = Outcome(reads=chance.choice((None, None, *WAYS)), approves=chance.random() < 0.9)
        own = {contact.channel for contact in cases[0].facts.contacts}
        life = cls(chance, country, Household(cases, began, outcome, began + LIFE), began, {False: own, True: set()})
        if cases[0].facts.life:
            life.known.append(Known("a minor", began))
        return life

    def lived(self) -> Debtor:
        """What the reader is given at the end."""
        due = tuple(Claim(_number(place), case.facts.due_date) for place, case in enumerate(self.household.cases))
        for event in sorted(self._events(), key=lambda each: each.at):
            self._until(event.at)
            event.what(self, event.case)
        self._until(self.began + LIFE)
        first = self.household.cases[0]
        return Debtor(
            due,
            tuple(self.told),
            tuple(self.gone),
            business=first.facts.debtor_kind == "business",
            known=tuple(self.known),
            budget=tuple((cap.count, cap.days) for cap in first.policy.contact_cap),
            asked_for=frozenset(self.asked_for),
            waiting=tuple(self.waiting),
            law=NUMBERS[self.country],
        )

    def _events(self) -> list[Event]:
        return [
            Event(
                self.began + timedelta(days=self.chance.randrange(1, 200), hours=self.chance.randrange(24)),
                self.chance.randrange(len(self.household.cases)),
                self.chance.choice(HAPPENS),
            )
            for _ in range(self.chance.randrange(9))
        ]

    def _until(self, end: datetime) -> None:
        """Let time pass; then somebody looks at what each case waits for, and does what a person is asked for."""
        household = self.household
        household.until = end
        for acts in household.acts():
            self._write_down(acts)
        household.now = end
        for place, case in enumerate(household.cases):
            action = next_action(case.policy, case.law, case.facts, end)
            if action.kind is ActionKind.WAIT:
                self.waiting.append(Waiting(_number(place), end, action.at, action.flag, action.why))
            if action.to_approve and self.chance.random() < 0.7:
                self.asked_for.add((_number(place), action.to_approve))
                self.change(place, send_now=case.facts.send_now | {action.to_approve})

    # --- what is known -------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The debtor's day."""
        return self.calendar.local_date(self.household.now)

    @property
    def calendar(self) -> Calendar:
        """The days where the debtor is."""
        return OF_YEARS_TO_COME[self.country].calendar

    @property
    def zone(self) -> ZoneInfo:
        """The clocks there."""
        return NUMBERS[self.country].zone

    @property
    def numbers(self) -> range:
        """The places of all cases."""
        return range(len(self.household.cases))

    def facts(self, place: int) -> CaseFacts:
        """The facts of a case."""
        return self.household.cases[place].facts

    def change(self, place: int, **changes: Any) -> None:
        """Something of a case is another than before."""
        self.household.change(place, replace(self.facts(place), **changes))

    def change_all(self, **changes: Any) -> None:
        """Something of the debtor is another than before."""
        for place in self.numbers:
            self.change(place, **changes)

    def becomes_known(
        self, kind: LifeKind, value: Any = None, *, until: date | None = None, over: bool = False
    ) -> None:
        """A fact of the debtor's life, from today on; or that it is over."""
        since, last = (None, self.today) if over else (self.today, until)
        event = LifeEvent(kind, since, last, value, "anne", "called", None, self.household.now)
        for place in self.numbers:
            self.change(place, life=(*self.facts(place).life, event))

    def stands(self, what: str, *, until: datetime | None = None, place: int | None = None) -> None:
        """The reader hears that something stands from now on."""
        self.known.append(Known(what, self.household.now, until, None if place is None else _number(place)))

    def is_over(self, what: str, place: int | None = None) -> None:
        """The reader hears that it stands no more: of one case what is said of it alone, else all of it."""
        number = None if place is None else _number(place)
        self.known = [
            replace(each, until=min(each.until or self.household.now, self.household.now))
            if each.what == what and (place is None or each.invoice == number)
            else each
            for each in self.known
        ]

    def is_known(self, what: str) -> bool:
        """Whether it stands now, of any case."""
        return any(each.what == what and (each.until is None or each.until > self.household.now) for each in self.known)

    @property
    def somebody_stands_in(self) -> bool:
        """Whether another is written to."""
        return self.is_known("an estate") or self.is_known("represented")

    # --- what comes of it ----------------------------------------------------------------------------------------

    def _write_down(self, acts: Sequence[tuple[int, PreviewedAct]]) -> None:
        place, first = acts[0][0], acts[0][1].action
        if first.kind is ActionKind.HAND_OFF:
            at = self.household.now.astimezone(self.zone)
            self.gone += [HandedOff(at, _number(each), self.facts(each).principal) for each, _ in acts]
        if first.kind is ActionKind.END_PLAN:
            self.is_over("in a plan", place)
        if first.kind is ActionKind.OPEN_CALL_TASK:
            self._call(place, first.step or "")
        if first.kind is ActionKind.DELIVER and first.channel is not None:
            self._write_message(acts, first.channel)

    def _write_message(self, acts: Sequence[tuple[int, PreviewedAct]], channel: Channel) -> None:
        place, lead = acts[0]
        step = step_named(self.household.cases[place].policy, lead.action.step or "")
        bearer = next((each for each, act in acts if act.fee), None)
        works = channel in self.reach[self.somebody_stands_in]
        told = Told(
            at=self.household.now.astimezone(self.zone),
            what="alert" if lead.action.alert else step.message,
            step=step.id,
            channel=channel,
            about=tuple(_number(each) for each, _ in acts),
            fee=max(act.fee for _, act in acts),
            fee_on=None if bearer is None else _number(bearer),
            deadline=lead.deadline,
            asked={_number(each): self.facts(each).principal - self.facts(each).disputed_amount for each, _ in acts},
            reachable=works and (channel is Channel.LETTER or not self.is_known("a minor")),
        )
        self.told.append(told)

    def _call(self, place: int, step: str) -> None:
        """Somebody calls at once, and something comes of it."""
        at, number = self.household.now, _number(place)
        self.told.append(Told(at.astimezone(self.zone), "call", step, Channel.PHONE, (number,)))
        for each in self.numbers:
            self.change(each, recent_contacts=(*self.facts(each).recent_contacts, at))
        match self.chance.choice(list(CallOutcome)):
            case CallOutcome.PAID:
                _says_paid(self, place)
            case CallOutcome.PROMISED:
                _promises(self, place)
            case CallOutcome.PLAN:
                _agrees_on_plan(self, place)
            case CallOutcome.DISPUTES:
                _disputes_a_part(self, place)
            case CallOutcome.CANNOT_PAY:
                self.rests(place, CANNOT_PAY, "cannot pay")
            case CallOutcome.WRONG_NUMBER:
                _change_contact(self, Channel.SMS, usable=False)
            case CallOutcome.DO_NOT_CALL:
                _wants_no_calls(self, place)
            case CallOutcome.NO_ANSWER:
                pass

    def rests(self, place: int, span: timedelta, why: str) -> None:
        """A case is on hold until a moment."""
        until = self.household.now + span
        self.is_over("on hold", place)
        self.change(place, held=True, held_until=until, hold_reason=why)
        self.stands("on hold", until=until, place=place)


Happening = Callable[[Life, int], None]


# --- money -----------------------------------------------------------------------------------------------------


def _pays(life: Life, place: int) -> None:
    if life.facts(place).balance > 0:
        _paid(life, place, life.facts(place).principal)


def _pays_a_part(life: Life, place: int) -> None:
    if life.facts(place).principal > 100:
        _paid(life, place, Decimal(100))


def _takes_back(life: Life, place: int) -> None:
    _paid(life, place, Decimal(-500))


def _paid(life: Life, place: int, amount: Decimal) -> None:
    facts, today = life.facts(place), life.today
    before = facts.paid.amount if facts.paid else Decimal(0)
    promises = facts.promises
    if promises:
        promises = (*promises[:-1], replace(promises[-1], paid_since=promises[-1].paid_since + amount))
    life.change(
        place,
        balance=facts.balance - amount,
        principal=facts.principal - amount,
        principal_changes=(*facts.principal_changes, (today, -amount)),
        paid=Paid(before + amount, life.household.now, today) if before + amount > 0 else None,
        promises=promises,
        plan=replace(facts.plan, paid=facts.plan.paid + amount) if facts.plan else None,
    )


# --- what debtors say ------------------------------------------------------------------------------------------


def _disputes_a_part(life: Life, place: int) -> None:
    if life.facts(place).principal > 500 and not life.facts(place).disputed_amount:
        life.change(place, disputed_amount=Decimal(500))
        life.stands("partly disputed", place=place)


def _is_told_no(life: Life, place: int) -> None:
    if life.facts(place).disputed_amount:
        answered = PastEvent(str(next(life.ids)), life.household.now)
        life.change(place, disputed_amount=Decimal(0), not_before=life.today + ANSWER_DAYS, rejected_dispute=answered)
        life.is_over("partly disputed", place)


def _promises(life: Life, place: int) -> None:
    facts = life.facts(place)
    if facts.plan or facts.balance <= 0 or facts.hand_off or facts.disputed_amount:
        return
    day = life.calendar.banking_day_on_or_after(life.today + timedelta(days=life.chance.randrange(1, 14)))
    made = Promise(next(life.ids), day, facts.balance, life.today, Decimal(0))
    life.is_over("promised", place)
    life.change(place, promises=(*facts.promises, made))
    life.stands("promised", until=_midnight(life, day + timedelta(days=1)), place=place)


def _agrees_on_plan(life: Life, place: int) -> None:
    facts = life.facts(place)
    if facts.plan or facts.balance < 500 or facts.hand_off or facts.disputed_amount:
        return
    days = (life.calendar.banking_day_on_or_after(add_months(life.today, month)) for month in (1, 2))
    parts = tuple(Instalment(number, day, facts.balance / 2) for number, day in enumerate(days, start=1))
    life.change(place, plan=ActivePlan(next(life.ids), life.today, parts, Decimal(0)))
    life.is_over("promised", place)
    life.stands("in a plan", place=place)


def _writes(life: Life, place: int) -> None:
    life.is_over("unread words")
    life.change_all(unread_reply=life.household.now)
    life.stands("unread words")


def _is_read(life: Life, place: int) -> None:
    life.change_all(unread_reply=None)
    life.is_over("unread words")


def _says_paid(life: Life, place: int) -> None:
    _writes(life, place)
    life.rests(place, timedelta(days=7), "says paid")


def _needs_time(life: Life, place: int) -> None:
    _writes(life, place)
    life.rests(place, NEEDS_TIME, "needs time")


def _is_held(life: Life, place: int) -> None:
    life.rests(place, timedelta(days=life.chance.randrange(1, 120)), "asked")


def _is_released(life: Life, place: int) -> None:
    life.change(place, held=False, held_until=None, hold_reason=None)
    life.is_over("on hold", place)


def _asks_for_a_pause(life: Life, place: int) -> None:
    until = life.today + timedelta(days=life.chance.randrange(2, 40))
    life.is_over("paused")
    life.becomes_known(LifeKind.PAUSE, until=until)
    life.stands("paused", until=_midnight(life, until))


def _wants_no_calls(life: Life, place: int) -> None:
    life.becomes_known(LifeKind.NO_CALLS)
    life.stands("no calls")


# --- what happens to people ------------------------------------------------------------------------------------


def _dies(life: Life, place: int) -> None:
    if not _is_business(life) and not life.is_known("has died") and not life.is_known("an estate"):
        life.becomes_known(LifeKind.DECEASED)
        life.stands("has died")


def _estate_has_a_contact(life: Life, place: int) -> None:
    if life.is_known("has died"):
        life.becomes_known(LifeKind.ESTATE, "Boet")
        _another_is_written_to(life)
        life.is_over("has died")
        life.stands("an estate")


def _heirs_reject_the_estate(life: Life, place: int) -> None:
    if life.is_known("has died") or life.is_known("an estate"):
        life.becomes_known(LifeKind.ESTATE_REJECTED)
        life.is_over("an estate")
        life.is_over("has died")
        life.stands("has died")


def _somebody_stands_in(life: Life, place: int) -> None:
    if not life.is_known("an estate"):
        life.becomes_known(LifeKind.REPRESENTED, "Per Verge")
        _another_is_written_to(life)
        life.stands("represented")


def _nobody_stands_in_any_more(life: Life, place: int) -> None:
    life.becomes_known(LifeKind.REPRESENTED, over=True)
    life.is_over("represented")


def _another_is_written_to(life: Life) -> None:
    """Who stands in has addresses of their own, which take the place of those of whoever stood in before."""
    ways = {way for way in WAYS if life.chance.random() < 0.6}
    life.reach[True] = ways
    for place in life.numbers:
        own = [each for each in life.facts(place).contacts if not each.of_representative]
        theirs = [Contact(way, usable=True, of_representative=True) for way in sorted(ways)]
        life.change(place, contacts=(*own, *theirs))


def _goes_bankrupt(life: Life, place: int) -> None:
    life.becomes_known(LifeKind.INSOLVENT)
    for each in life.numbers:
        if life.facts(each).issue_date <= life.today:
            life.stands("insolvent", place=each)


def _has_a_protected_address(life: Life, place: int) -> None:
    life.becomes_known(LifeKind.PROTECTED_ADDRESS)


def _is_somebody_else(life: Life, place: int) -> None:
    way = life.chance.choice(WAYS)
    _change_contact(life, way, usable=False)
    life.becomes_known(LifeKind.NOT_ME, "kari@example.no")
    life.stands("somebody else")


def _is_found(life: Life, place: int) -> None:
    _change_contact(life, life.chance.choice(WAYS), usable=True)
    life.becomes_known(LifeKind.NOT_ME, over=True)
    life.is_over("somebody else")


def _is_business(life: Life) -> bool:
    return life.facts(0).debtor_kind == "business"


# --- addresses -------------------------------------------------------------------------------------------------


def _address_fails(life: Life, place: int) -> None:
    _change_contact(life, life.chance.choice(WAYS), usable=False)


def _address_is_found(life: Life, place: int) -> None:
    _change_contact(life, life.chance.choice(WAYS), usable=True)


def _change_contact(life: Life, way: Channel, *, usable: bool) -> None:
    """An address of the debtor's own."""
    (life.reach[False].add if usable else life.reach[False].discard)(way)
    for place in life.numbers:
        before = life.facts(place).contacts
        others = [each for each in before if each.channel is not way or each.of_representative]
        life.change(place, contacts=(*others, Contact(way, usable)))


def _comes_back(life: Life, place: int) -> None:
    """The last message bounced or came back: it reached nobody, and its fee is taken back."""
    failed = life.told[-1] if life.told else None
    if failed is None or failed.channel == Channel.PHONE or life.household.now - failed.at >= COMES_BACK_WITHIN:
        return
    life.told[-1] = replace(failed, failed=True)
    for each in (place for place in life.numbers if _number(place) in failed.about):
        facts = life.facts(each)
        deliveries = tuple(
            replace(one, state=DeliveryState.FAILED, read_at=None, posted_on=None)
            if one.claimed_at == failed.at and one.channel == failed.channel
            else one
            for one in facts.deliveries
        )
        if deliveries == facts.deliveries:
            continue
        if failed.fee_on == _number(each):
            facts = replace(
                facts,
                balance=facts.balance - failed.fee,
                charged=facts.charged - failed.fee,
                compensation=max(Decimal(0), facts.compensation - failed.fee),
                earlier_fees=facts.earlier_fees[:-1],
            )
        life.household.change(each, replace(facts, deliveries=deliveries))


HAPPENS: tuple[Happening, ...] = (
    _pays, _pays_a_part, _takes_back, _disputes_a_part, _is_told_no, _comes_back, _comes_back, _address_fails,
    _address_is_found, _is_held, _is_released, _promises, _agrees_on_plan, _writes, _is_read, _needs_time, _asks_for_a_pause,
    _wants_no_calls, _dies, _dies, _estate_has_a_contact, _heirs_reject_the_estate, _somebody_stands_in, _somebody_stands_in,
    _nobody_stands_in_any_more, _goes_bankrupt, _has_a_protected_address, _is_somebody_else, _is_found,
)  # fmt: skip


# --- birth -----------------------------------------------------------------------------------------------------


def _cases(chance: Random, country: str, invoices: Sequence[int]) -> list[Ahead]:
    business = chance.random() < 0.15
    policy = SHIPPED[BUSINESS[country] if business else chance.choice(CONSUMER[country])]
    ways = [way for way in WAYS if chance.random() < 0.8] or [chance.choice(WAYS)]
    roles = chance.choice((("",), ("", *ROLES))) if business else ("",)
    contacts = tuple(Contact(way, usable=True, role=role) for way in ways for role in roles)
    born = LifeEvent(
        LifeKind.BORN, None, None, CHILD.isoformat(), "import", None, None, datetime(2027, 1, 1, tzinfo=UTC)
    )
    day = FIRST_DAY + timedelta(days=chance.randrange(360))
    life = () if business or chance.random() > 0.05 else (born,)
    cases: list[Ahead] = []
    for place in range(chance.choice(invoices)):
        day += timedelta(days=chance.choice((0, 0, 1, 2, 3, 14, 30)))
        amount = Decimal(chance.choice((60, 802, 2600, 5000)))
        facts = CaseFacts(
            case=f"dunning/acme/{_number(place)}",
            spread_seed=chance.randrange(2**32) if not cases else cases[0].facts.spread_seed,
            round=1,
            issue_date=day,
            due_date=day + timedelta(days=chance.choice((0, 10, 14, 21))),
            currency=NUMBERS[country].currency,
            balance=amount,
            principal=amount,
            principal_changes=((day, amount),),
            debtor_kind="business" if business else "consumer",
            contacts=contacts,
            life=life,
            partner_known=True,
        )
        cases.append(Ahead(policy, law_of(policy, OF_YEARS_TO_COME), facts))
    return cases


def _number(place: int) -> str:
    return str(1001 + place)


def _midnight(life: Life, day: date) -> datetime:
    """The first moment of a day where the debtor is."""
    return datetime.combine(day, time(), life.zone)
