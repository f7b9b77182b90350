"""What a message asks for: fee, interest, deadline, new due date and amounts, of the case that sends it and its riders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.agreements import promises
from domain.agreements.instalments import Instalment, left
from domain.agreements.promises import Promise
from domain.countries.fees import fee_of
from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.money.charges import Charge, ChargeKind
from domain.money.interest import accrued
from domain.parties.speakers import Asker, addressee_of
from domain.parties.standing import Thing, standing_of
from domain.planner import joint_message, told
from domain.planner.case_facts import Asked, CaseFacts, DeliveryState, Draw
from domain.planner.coming_credit import ComingCredit, coming_credit
from domain.planner.coming_draw import coming_draw
from domain.planner.evidence import STANDS
from domain.planner.notices import asked_of
from domain.planner.occasions import (
    DRAW_GOES_ON,
    DRAW_RETURNED,
    DUE_DATE_MOVED,
    INSTALMENT_DUE,
    LAST_WORDS,
    PAYMENT_ABANDONED,
    PAYMENT_LINK,
    PLAN_AGREED,
    PLAN_BROKEN,
    PROMISE_BROKEN,
)
from domain.planner.progress import is_invoice_step
from domain.policy.policy import Policy, Step, StepKind
from domain.vocabulary import Channel

# What may be sent before the due day and asks for an invoice: the others have something else to say.
TELL_OF_CREDIT = ("invoice", "due-date-reminder", DUE_DATE_MOVED, PAYMENT_LINK, PAYMENT_ABANDONED)


@dataclass(frozen=True, slots=True)
class Rider:
    """A case that a message serves: its rules, its facts, and the step that it takes."""

    case: int  # its number, older cases first: of those due alike the oldest bears the fee, whichever of them sends
    policy: Policy
    law: Law
    facts: CaseFacts
    step: Step


@dataclass(frozen=True, slots=True)
class Interest:
    """The late-payment interest that a message claims of one case: through a day, less what was claimed before."""

    amount: Decimal
    rate: Decimal  # of that day, in percent a year
    since: date
    through: date


@dataclass(frozen=True, slots=True)
class CaseDemand:
    """What a message asks for of one case."""

    asked: Asked  # what it adds included
    due_date: date  # in force once it is sent: a later one where the invoice arrives late
    charge: Charge | None = None  # the fee or compensation that it adds
    interest: Interest | None = None  # that it adds
    draw: Draw | None = None  # what is drawn of it, and need not be paid
    credit: ComingCredit | None = None  # what credit of other invoices will pay of it

    @property
    def fee(self) -> Decimal:
        """The fee or compensation that it adds; zero for none."""
        return self.charge.amount if self.charge else ZERO

    @property
    def added_interest(self) -> Decimal:
        """The interest that it adds; zero for none."""
        return self.interest.amount if self.interest else ZERO


@dataclass(frozen=True, slots=True)
class Demand:
    """What a message asks for of all its cases together."""

    cases: tuple[CaseDemand, ...]  # in the order of the riders
    deadline: date | None  # the day by which to pay that it gives
    due_date_moved: bool  # because the invoice arrives late
    instalments: tuple[Instalment, ...] = ()  # of a plan, each with what is unpaid of it: all that is asked for
    promise: Promise | None = None  # that it says was broken
    asked: Decimal | None = None  # where it is less than all that is due: the rest of a promise, or of an instalment
    addressee: Asker | None = None  # who stands in for the debtor and is asked instead

    @property
    def due(self) -> Decimal:
        """All that is due of its cases."""
        return sum((each.asked.total for each in self.cases), ZERO)

    @property
    def charge(self) -> Charge | None:
        """The one fee or compensation that it adds."""
        return next((each.charge for each in self.cases if each.charge), None)


def demand(riders: Sequence[Rider], channel: Channel, now: datetime, *, alert: bool = False) -> Demand:
    """What a message of `now` (UTC) asks for through a channel; the first of the riders sends it.

    An alert is a copy: it adds nothing, and gives the deadline of what it is a copy of. LawMissing names a row of the
    law that is missing.
    """
    lead = riders[0]
    today = lead.law.calendar.local_date(now)
    sent, arrives = told.leaves(channel, today, lead.law), told.arrival(channel, today, lead.law)
    moved = [_moved_due_date(each, arrives) for each in riders]
    charges: dict[int, Charge] = {}
    if not alert:
        allowed = {
            each.case: (fee_to_charge(each.policy, each.law, each.facts, each.step, today), each.facts.due_date)
            for each in riders
        }
        bearer, fee = joint_message.bearer(allowed)
        charges = {
            each.case: Charge(charge_kind(each.step), fee, today, each.step.kind is StepKind.COLLECTION_NOTICE)
            for each in riders
            if each.case == bearer
        }
    cases = []
    for place, each in enumerate(riders):
        charge, interest = charges.get(each.case), None if alert else _interest(each, today)
        added = (charge.amount if charge else ZERO) + (interest.amount if interest else ZERO)
        falls_due = moved[place] or each.facts.due_date
        cases.append(
            CaseDemand(
                asked_of(each.facts, added),
                falls_due,
                charge,
                interest,
                _drawn(each, now, due=falls_due, added=added),
            )
        )
    cases = [
        replace(of, credit=credit) if credit else of
        for of, credit in zip(cases, _credits(riders, cases, now), strict=True)
    ]
    instalments, promise = _instalments(lead, today), _broken_promise(lead, today)
    if alert:
        deadlines = [_deadline_copied(each) for each in riders]
    elif lead.step.message == INSTALMENT_DUE and instalments:
        deadlines = [instalments[0].due_on]
    else:
        deadlines = [
            told.deadline_to_print(each.policy, each.law, each.facts, each.step, sent=sent, arrives=arrives)
            for each in riders
        ]
    new_due = joint_message.deadline(moved)
    due = sum((each.asked.total for each in cases), ZERO)
    return Demand(
        cases=tuple(cases),
        deadline=new_due or joint_message.deadline(deadlines),
        due_date_moved=new_due is not None,
        instalments=instalments,
        promise=promise,
        asked=_less_than(due, lead, promise, today),
        addressee=addressee_of(standing_of(lead.facts.life, today, lead.law)),
    )


def charge_kind(step: Step) -> ChargeKind:
    """What the charge of a step's message is called."""
    return ChargeKind.COMPENSATION if step.fee.kind == "compensation" else ChargeKind.FEE


def fee_to_charge(policy: Policy, law: Law, facts: CaseFacts, step: Step, on: date) -> Decimal:
    """The fee or compensation (in the case's currency) a step's message may carry on day `on`; zero when unsure.

    Never above the country's maximum, never for a minor, never when the invoice itself reached nobody or nothing was
    heard of the claim before; and never more fees in all than the country allows within its reset period, however
    long the case lasts.
    """
    standing = standing_of(facts.life, on, law)
    if step.fee.kind == "none" or standing.never(Thing.FEE):
        return ZERO
    if told.last_heard(addressee_of(standing), told.messages(policy, law, told.as_planned(policy, facts))) is None:
        return ZERO
    invoice = [d for d in facts.deliveries if is_invoice_step(policy, d.step) and not d.alert]
    if invoice and all(d.state is DeliveryState.FAILED for d in invoice):
        return ZERO
    if step.fee.kind == "compensation":
        return law.compensation_to_charge(facts.debtor_kind, on=on, due=facts.due_date, charged=facts.charged)
    kind, of = facts.debtor_kind, fee_of(step.message)
    rules, earlier = law.fee(on, kind, of), told.earlier_fees(facts)
    if sum(fee.of in rules.of for fee in earlier) >= rules.most:
        return ZERO
    return law.fee_allowed(
        wanted=step.fee.amount,
        on=on,
        due=facts.due_date,
        earlier_fees=earlier,
        compensation=facts.compensation,
        kind=kind,
        of=of,
        issued=facts.issue_date,
        last_reminder=told.last_reminder(policy, law, facts),
    )


def _interest(rider: Rider, today: date) -> Interest | None:
    """What a collection notice claims, where the policy wants interest: all that ran on what is not disputed."""
    law, facts = rider.law, rider.facts
    notice = rider.step.kind is StepKind.COLLECTION_NOTICE
    if not notice or rider.policy.interest != "statutory" or standing_of(facts.life, today, law).never(Thing.INTEREST):
        return None
    undisputed = (*facts.principal_changes, (facts.issue_date, -facts.disputed_amount))
    due = law.interest_due(facts.due_date, facts.issue_date, facts.debtor_kind)
    ran = accrued(undisputed, due, today, law, facts.debtor_kind)
    rate = law.interest_rate(today, facts.debtor_kind)
    return Interest(max(ZERO, ran - facts.interest_charged), rate, due + timedelta(days=1), today)


def _drawn(rider: Rider, now: datetime, *, due: date, added: Decimal) -> Draw | None:
    """What is drawn of what a message asks for.

    What must be said in full (a notice, a warning) says nothing of it; of a draw that goes on its message has words of its own.
    """
    step, plan, calendar = rider.step, rider.facts.plan, rider.law.calendar
    if step.says.threatens or step.message in (DRAW_GOES_ON, *LAST_WORDS):
        return None
    draw = coming_draw(rider.facts, calendar, now, due=due, added=added)
    if draw is None or plan is None:
        return draw
    unpaid = left(plan.instalments, plan.paid)
    today = calendar.local_date(now)
    asked = {
        PLAN_AGREED: unpaid[:1],
        PAYMENT_ABANDONED: _late_or_next(unpaid, today),
        PAYMENT_LINK: _late_or_next(unpaid, today),
        DRAW_RETURNED: _late_or_next(unpaid, today),
        INSTALMENT_DUE: _instalments(rider, today),
        PLAN_BROKEN: _instalments(rider, today),
    }.get(step.message, unpaid)
    return draw if any(each.number == draw.instalment for each in asked) else None


def _credits(riders: Sequence[Rider], cases: Sequence[CaseDemand], now: datetime) -> Iterator[ComingCredit | None]:
    """What credit will pay of each case that a message asks for: in all no more than the debtor has."""
    unused = max(rider.facts.credit for rider in riders)
    for rider, of in zip(riders, cases, strict=True):
        tells = rider.step.message in TELL_OF_CREDIT
        coming = coming_credit(rider.policy, rider.law, rider.facts, now, due=of.due_date) if tells else None
        amount = min(unused, coming.amount) if coming else ZERO
        unused -= amount
        yield replace(coming, amount=amount) if coming and amount else None


def _moved_due_date(rider: Rider, arrives: date) -> date | None:
    if rider.step.message == DUE_DATE_MOVED:
        return told.new_days_to_pay(rider.facts, arrives, rider.law)
    return told.moved_due_date(rider.facts, arrives, rider.law) if rider.step.message == "invoice" else None


def _deadline_copied(rider: Rider) -> date | None:
    """The deadline of the message that an alert is a copy of."""
    facts, of = rider.facts, (rider.facts.round, rider.step.id)
    given = (d.deadline for d in facts.deliveries if (d.round, d.step) == of and not d.alert and d.state in STANDS)
    return joint_message.deadline(given)


def _instalments(lead: Rider, today: date) -> tuple[Instalment, ...]:
    """The instalments that a message about a plan asks for: the one that comes up, or those that are missing."""
    plan, message = lead.facts.plan, lead.step.message
    if plan is None:
        return ()
    unpaid = left(plan.instalments, plan.paid)
    if message == PLAN_BROKEN:
        return tuple(each for each in unpaid if each.due_on < today)
    coming = f"{INSTALMENT_DUE}#{plan.id}-"
    return tuple(each for each in unpaid if lead.step.id == f"{coming}{each.number}")


def _broken_promise(lead: Rider, today: date) -> Promise | None:
    """The promise that a message is about."""
    if lead.step.message != PROMISE_BROKEN:
        return None
    facts = lead.facts
    return promises.promise_standing(facts.promises, today, facts.bank_data_through, lead.policy.tolerance).broken


def _late_or_next(unpaid: tuple[Instalment, ...], today: date) -> tuple[Instalment, ...]:
    """The instalments that are due, else the next one."""
    return tuple(each for each in unpaid if each.due_on <= today) or unpaid[:1]


def _less_than(due: Decimal, lead: Rider, broken: Promise | None, today: date) -> Decimal | None:
    """What is asked for where that is less than all that is due."""
    asked, plan = due, lead.facts.plan
    if broken is not None:
        asked = broken.amount - broken.paid_since
    elif lead.step.message in (PAYMENT_ABANDONED, PAYMENT_LINK, DRAW_RETURNED) and plan is not None:
        asked = sum((each.amount for each in _late_or_next(left(plan.instalments, plan.paid), today)), ZERO)
    return asked if asked < due else None
