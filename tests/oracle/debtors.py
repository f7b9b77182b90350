"""Random debtors, lived through: what each was told and handed off, for the reader to judge.

A debtor has up to ten invoices, some at once and some apart, reads some channels or none, and the world goes on around
him: he pays some and takes it back, disputes a part and is told no, addresses fail and come back. Times, amounts and
order are drawn from a seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from domain.planner.action import ActionKind
from domain.planner.case_facts import CaseFacts, Contact, DeliveryState
from domain.planner.occasions import step_named
from domain.planner.preview import Ahead, Household, Outcome, PreviewedAct
from domain.vocabulary import Channel
from tests.domain.builders import LAW, SHIPPED
from tests.oracle.reading import Claim, Debtor, HandedOff, Told

OSLO = ZoneInfo("Europe/Oslo")
FIRST_DAY = date(2027, 1, 4)
LIFE = timedelta(days=400)  # thirteen months
CONSUMER = ("no-standard", "no-standard", "no-gentle", "no-minimal-cost", "no-service")
COMES_BACK_WITHIN = timedelta(days=10)
WAYS = (Channel.EMAIL, Channel.SMS, Channel.LETTER)


@dataclass(frozen=True)
class Event:
    """Something that happens to one of the debtor's cases at a moment."""

    at: datetime
    case: int
    what: str


def live(seed: int) -> Debtor:
    """One debtor's life of thirteen months, as the reader wants it."""
    chance = Random(seed)
    cases = _cases(chance)
    began = min(case.facts.issue_date for case in cases)
    start = datetime.combine(began, time(chance.randrange(6, 20)), OSLO).astimezone(UTC)
    outcome = Outcome(reads=chance.choice((None, None, *WAYS)), approves=True)
    end = Event(start + LIFE, 0, "the end")
    household = Household(cases, start, outcome, end.at)
    told: list[Told] = []
    gone: list[HandedOff] = []
    for event in (*sorted(_events(chance, len(cases), start), key=lambda each: each.at), end):
        household.until = event.at
        for acts in household.acts():
            _write_down(household, acts, told, gone)
        household.now = event.at
        _happen(household, event, told, chance)
    claims = tuple(Claim(_number(place), case.facts.due_date) for place, case in enumerate(cases))
    business = cases[0].facts.debtor_kind == "business"
    return Debtor(claims, tuple(told), tuple(gone), business=business)


def _cases(chance: Random) -> list[Ahead]:
    business = chance.random() < 0.15
    policy = SHIPPED["no-business" if business else chance.choice(CONSUMER)]
    ways = [way for way in WAYS if chance.random() < 0.8] or [chance.choice(WAYS)]
    contacts = tuple(Contact(way, usable=True) for way in ways)
    day = FIRST_DAY + timedelta(days=chance.randrange(360))
    cases = []
    for place in range(chance.choice((1, 2, 2, 3, 4, 10))):
        day += timedelta(days=chance.choice((0, 0, 1, 2, 3, 14, 30)))
        amount = Decimal(chance.choice((60, 802, 2600, 5000)))
        facts = CaseFacts(
            case=f"dunning/acme/{_number(place)}",
            spread_seed=chance.randrange(2**32) if not cases else cases[0].facts.spread_seed,
            round=1,
            issue_date=day,
            due_date=day + timedelta(days=chance.choice((0, 10, 14, 21))),
            currency="NOK",
            balance=amount,
            principal=amount,
            principal_changes=((day, amount),),
            debtor_kind="business" if business else "consumer",
            contacts=contacts,
        )
        cases.append(Ahead(policy, LAW, facts))
    return cases


def _number(place: int) -> str:
    return str(1001 + place)


HAPPENS = (
    "pays",
    "pays a part",
    "payment taken back",
    "disputes a part",
    "told no",
    "came back",
    "came back",
    "address fails",
    "address found",
    "held",
    "released",
)


def _events(chance: Random, cases: int, start: datetime) -> list[Event]:
    return [
        Event(
            start + timedelta(days=chance.randrange(1, 200), hours=chance.randrange(24)),
            chance.randrange(cases),
            chance.choice(HAPPENS),
        )
        for _ in range(chance.randrange(6))
    ]


def _happen(household: Household, event: Event, told: list[Told], chance: Random) -> None:
    facts = household.cases[event.case].facts
    today = LAW.calendar.local_date(household.now)
    match event.what:
        case "pays" if facts.balance > 0:
            facts = _paid(facts, facts.principal, today)
        case "pays a part" if facts.principal > 100:
            facts = _paid(facts, Decimal(100), today)
        case "payment taken back":
            facts = _paid(facts, Decimal(-500), today)
        case "disputes a part" if facts.principal > 500:
            facts = replace(facts, disputed_amount=Decimal(500))
        case "told no" if facts.disputed_amount:
            facts = replace(facts, disputed_amount=Decimal(0), not_before=today + timedelta(days=14))
        case "address fails" | "address found":
            _change_contact(household, chance.choice(WAYS), usable=event.what == "address found")
            return
        case "came back" if told and household.now - told[-1].at < COMES_BACK_WITHIN:
            told[-1] = replace(told[-1], failed=True)
            _take_back(household, told[-1])
            return
        case "held":
            facts = replace(facts, held=True, held_until=household.now + timedelta(days=chance.randrange(1, 120)))
        case "released":
            facts = replace(facts, held=False, held_until=None)
    household.change(event.case, facts)


def _change_contact(household: Household, way: Channel, *, usable: bool) -> None:
    for place, case in enumerate(household.cases):
        others = tuple(each for each in case.facts.contacts if each.channel is not way)
        household.change(place, replace(case.facts, contacts=(*others, Contact(way, usable))))


def _take_back(household: Household, failed: Told) -> None:
    """A message bounced or came back: it reached nobody, and its fee is taken back."""
    for place, case in enumerate(household.cases):
        facts = case.facts
        deliveries = tuple(
            replace(each, state=DeliveryState.FAILED, read_at=None, posted_on=None)
            if each.claimed_at == failed.at and each.channel == failed.channel
            else each
            for each in facts.deliveries
        )
        if deliveries == facts.deliveries:
            continue
        if failed.fee_on == _number(place):
            facts = replace(
                facts,
                balance=facts.balance - failed.fee,
                charged=facts.charged - failed.fee,
                compensation=max(Decimal(0), facts.compensation - failed.fee),
                earlier_fees=facts.earlier_fees[:-1],
            )
        household.change(place, replace(facts, deliveries=deliveries))


def _paid(facts: CaseFacts, amount: Decimal, today: date) -> CaseFacts:
    return replace(
        facts,
        balance=facts.balance - amount,
        principal=facts.principal - amount,
        principal_changes=(*facts.principal_changes, (today, -amount)),
    )


def _write_down(
    household: Household, acts: Sequence[tuple[int, PreviewedAct]], told: list[Told], gone: list[HandedOff]
) -> None:
    first = acts[0][1].action
    at = household.now.astimezone(OSLO)
    if first.kind is ActionKind.HAND_OFF:
        for place, _ in acts:
            gone.append(HandedOff(at, _number(place), household.cases[place].facts.principal))
    if first.kind is not ActionKind.DELIVER or first.channel is None:
        return
    policy = household.cases[acts[0][0]].policy
    step = step_named(policy, first.step or "")
    bearer = next((place for place, act in acts if act.fee), None)
    told.append(
        Told(
            at=at,
            what="alert" if first.alert else step.message,
            step=step.id,
            channel=first.channel,
            about=tuple(_number(place) for place, _ in acts),
            fee=max(act.fee for _, act in acts),
            fee_on=None if bearer is None else _number(bearer),
            deadline=acts[0][1].deadline,
            asked={
                _number(place): household.cases[place].facts.principal - household.cases[place].facts.disputed_amount
                for place, _ in acts
            },
        )
    )
