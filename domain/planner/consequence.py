"""If the debtor does this, then …: what follows from each thing that can be chosen, asked of the planner itself.

What is chosen is done to the facts on paper, as the command does it to the real ones, and the preview goes on from there.
So no door has a second opinion of what a choice stops, until when, and what comes after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.agreements.direct_debit import is_in_time
from domain.agreements.instalments import Instalment, paid_as_agreed
from domain.agreements.promises import Promise
from domain.countries.law import Law
from domain.moment import Moment
from domain.money.allocation import Owed, allocate
from domain.money.amount import ZERO
from domain.parties.standing import Thing
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, Draw, Paid, PastEvent
from domain.planner.coming_draw import coming_draw
from domain.planner.obstacles import Obstacle, obstacles
from domain.planner.occasions import PLAN_BROKEN, PROMISE_BROKEN, is_occasion, step_named
from domain.planner.preview import Ahead, Outcome, PreviewedAct, preview_together
from domain.policy.policy import Policy

PRESSING = (Thing.REMINDER, Thing.FEE_REMINDER, Thing.NOTICE, Thing.CALL, Thing.DRAW, Thing.BLOCK, Thing.HAND_OFF)
"""What a choice may stop."""
COMES_BACK = (PROMISE_BROKEN, PLAN_BROKEN)  # what speaks of an agreement that was not kept
NOT_NOTICED = (
    ActionKind.OPEN_ADDRESS_TASK,
    ActionKind.OPEN_DECISION_TASK,
    ActionKind.REQUEST_APPROVAL,
    ActionKind.TAKE_BACK_INTEREST,
    ActionKind.TELL_OF_DRAW,
    ActionKind.END_PLAN,
    ActionKind.NEW_ROUND,
    ActionKind.WRITE_OFF,
)  # by the debtor
ON_PAPER_ID = 2**31 - 1  # of what is agreed on paper alone: behind all that there is


@dataclass(frozen=True, slots=True)
class Nothing:
    """The debtor does nothing."""


@dataclass(frozen=True, slots=True)
class Pays:
    """An amount is paid now: all, or a part, at most what is owed."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Promises:
    """All that is not disputed is promised by a banking day. A postponement is the latest day that may be promised."""

    day: date


@dataclass(frozen=True, slots=True)
class InParts:
    """A plan of these instalments, of which so much is interest."""

    instalments: tuple[Instalment, ...]
    interest: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Rests:
    """The case pauses until a moment (UTC); None: until a person has read why."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Disputes:
    """All of it is disputed, or a part."""

    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class WantsDirectDebit:
    """A mandate is asked for, which the bank has yet to confirm."""


Option = Nothing | Pays | Promises | InParts | Rests | Disputes | WantsDirectDebit


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that the debtor would notice on a day at the earliest: other invoices may keep it later.

    `what` is the name of a message, else what is done: `open call task`, `block service`, `hand off` …
    """

    day: date
    what: str
    fee: Decimal = ZERO
    interest: Decimal = ZERO
    pay_by: date | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from one choice. Amounts are in the case's currency.

    `left` is owed once it is done. `stops` is what might come now and may not while the choice stands, which it does by
    itself through `until`; None where money, a person or the bank ends it. `word` is what the debtor is written of it.
    `then` is the first thing that asks again if nothing more is done; None where nothing does before news come. `draw` is
    what is drawn, once the bank has confirmed it. `last` is the day of the last payment that was chosen.
    """

    left: Decimal
    stops: frozenset[Thing] = frozenset()
    until: date | None = None
    word: Coming | None = None
    then: Coming | None = None
    ends: str | None = None
    draw: Draw | None = None
    last: date | None = None


def consequence(policy: Policy, law: Law, facts: CaseFacts, now: datetime, option: Option) -> Consequence:
    """What follows from a choice at `now` (UTC), which must be one that is allowed. LawMissing is the planner's to say."""
    after, calendar = on_paper(option, facts, law, now), law.calendar
    word, then, ends = None, None, None
    for act in _acts(policy, law, after, now):
        kind, coming = act.action.kind, _coming(policy, law, act)
        if kind is ActionKind.CLOSE:
            ends = act.action.outcome
        elif kind is ActionKind.WAIT or kind in NOT_NOTICED or act.action.alert:
            continue
        elif asks_again(act.action):
            then = coming
            break
        elif word is None:
            word, ends = coming, act.action.outcome
    before, stand = (tuple(obstacles(each, calendar, now)) for each in (facts, after))
    new = next((each for each in stand if each not in before), None)
    return Consequence(
        left=max(ZERO, after.balance),
        stops=frozenset(thing for thing in PRESSING if _forbidden(thing, stand) and not _forbidden(thing, before)),
        until=calendar.local_date(new.until - timedelta(days=1)) if new is not None and new.until else None,
        word=word,
        then=then,
        ends=ends,
        draw=_draw(option, facts, law, now),
        last=_last(option),
    )


def asks_again(action: Action) -> bool:
    """Whether an act asks for money, or presses: any step of the policy, and the word of an agreement that was not kept."""
    if action.kind is not ActionKind.DELIVER:
        return action.kind not in (ActionKind.WAIT, ActionKind.CLOSE, *NOT_NOTICED)
    step = action.step or ""
    return not is_occasion(step) or step.partition("#")[0] in COMES_BACK


def on_paper(option: Option, facts: CaseFacts, law: Law, now: datetime) -> CaseFacts:
    """The facts once a choice is made at `now` (UTC), as its command leaves them; only the ids are none of theirs."""
    today = law.calendar.local_date(now)
    match option:
        case Pays(amount):
            return _paid(facts, amount, Moment(now, law.calendar.zone))
        case Promises(day):
            made = Promise(ON_PAPER_ID, day, facts.undisputed, today, ZERO)
            return _free(replace(facts, promises=(*facts.promises, made)), now)
        case InParts(instalments, interest):
            plan = ActivePlan(ON_PAPER_ID, today, instalments, ZERO, interest)
            balance, runs = facts.balance + interest, facts.interest + interest
            return _free(replace(facts, plan=plan, balance=balance, interest=runs), now)
        case Rests(until):
            return _held(facts, until, now)
        case Disputes(None):
            return _free(replace(facts, disputed=True, disputed_amount=ZERO), now)
        case Disputes(amount):
            return replace(facts, disputed_amount=amount or ZERO)
        case WantsDirectDebit():
            return replace(facts, pending_mandate=PastEvent(str(ON_PAPER_ID), now))
    return facts


def _acts(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Sequence[PreviewedAct]:
    """What the case comes to, through the first act that asks again."""
    acts = []
    for together in preview_together([Ahead(policy, law, facts)], now, Outcome()):
        acts += [act for _, act in together]
        if asks_again(acts[-1].action) and not acts[-1].action.alert:
            break
    return acts


def _coming(policy: Policy, law: Law, act: PreviewedAct) -> Coming:
    action = act.action
    of_message = action.kind is ActionKind.DELIVER and action.step
    what = step_named(policy, action.step or "").message if of_message else str(action.kind)
    return Coming(law.calendar.local_date(act.at), what, act.fee, act.interest, act.deadline)


def _forbidden(thing: Thing, stand: Iterable[Obstacle]) -> bool:
    return any(each.forbids(thing) for each in stand)


def _draw(option: Option, facts: CaseFacts, law: Law, now: datetime) -> Draw | None:
    """What a mandate that is asked for now will draw of this case, if the bank confirms it in time."""
    if not isinstance(option, WantsDirectDebit) or law.calendar.rules_of_draws(law.calendar.local_date(now)) is None:
        return None
    due = facts.plan.instalments[0].due_on if facts.plan else facts.due_date
    return coming_draw(replace(facts, drawable=True), law.calendar, now) if is_in_time(law.calendar, now, due) else None


def _last(option: Option) -> date | None:
    match option:
        case Promises(day):
            return day
        case InParts(instalments):
            return paid_as_agreed(instalments)[-1][0]
    return None


def _paid(facts: CaseFacts, amount: Decimal, now: Moment) -> CaseFacts:
    """The facts once money has come: shared out, counted for what was agreed, and for what was begun before."""
    owed = Owed(facts.principal, facts.interest, facts.balance - facts.principal - facts.interest)
    shared = dict(allocate(amount, owed, facts.allocation).parts)
    of_principal = shared.get("principal", ZERO)
    before, plan = facts.paid, facts.plan
    days = tuple(sorted({*(before.days if before else ()), now.day}))
    announced = before.announced if before else False
    paid = Paid((before.amount if before else ZERO) + amount, now.at, now.day, announced, days)
    return replace(
        facts,
        balance=facts.balance - amount,
        principal=facts.principal - of_principal,
        interest=facts.interest - shared.get("interest", ZERO),
        principal_changes=(*facts.principal_changes, (now.day, -of_principal))
        if of_principal
        else facts.principal_changes,
        paid=paid,
        credited=False,
        abandoned_payment=None,
        unfound_payment=None,
        promises=tuple(replace(each, paid_since=each.paid_since + amount) for each in facts.promises),
        plan=replace(plan, paid=plan.paid + amount) if plan else None,
    )


def _held(facts: CaseFacts, until: datetime | None, now: datetime) -> CaseFacts:
    """The facts once the case pauses; of two holds the longer counts."""
    if facts.on_hold(now):
        ends = None if facts.held_until is None or until is None else max(facts.held_until, until)
        return replace(facts, held_until=ends)
    return replace(facts, held=True, held_until=until)


def _free(facts: CaseFacts, now: datetime) -> CaseFacts:
    """The service is free again, where it was blocked."""
    return replace(facts, blocked=False, freed_at=now) if facts.blocked else facts
