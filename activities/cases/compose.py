"""From the facts to the words: what a delivery will say, fixed before it is claimed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import ChannelSpec, Written
from connectors.links import Link, Links
from domain.agreements import promises
from domain.agreements.instalments import left
from domain.agreements.promises import Promise
from domain.money.allocation import Change
from domain.money.charges import Charge, ChargeKind
from domain.money.interest import accrued
from domain.planner import joint_message, told
from domain.planner.evidence import STANDS
from domain.planner.occasions import step_named
from domain.planner.planner import fee_to_charge
from domain.policy.policy import Step, StepKind
from domain.vocabulary import Channel
from facts.agreements.plans import plan_of
from facts.deliveries import message_facts, paper_codes
from facts.deliveries.deliveries import NewDelivery
from facts.deliveries.message_facts import Item, Parties
from facts.money import ledger
from messages.content import Content, InvoiceItem, PlanTerms, Tone, UnwritableError
from messages.specs import SPECS, Language
from messages.words import labels
from planning.service import Plan


@dataclass(frozen=True, slots=True)
class Composed:
    """A delivery ready to be claimed, and what sending it takes."""

    delivery: NewDelivery
    parties: Parties
    creditor_id: str
    country: str
    written: Written
    typed_code: str | None  # opens the invoice page from paper
    unwritable: str | None  # why there is nothing to send: no form of it fits the channel
    due_date: date  # the lead's, moved where the invoice reached its debtor late
    serves: int  # cases
    bearer: int | None  # the case that bears the fee
    interest: Mapping[int, "Interest"] = field(default_factory=dict)  # by case: what the message adds


@dataclass(frozen=True, slots=True)
class Interest:
    """The late-payment interest that a message claims of one case: through today, less what was claimed before."""

    amount: Decimal
    rate: Decimal  # of today, in percent a year
    since: date
    changes: tuple[Change, ...]  # of the principal it ran on


class Composer:
    """Writes the messages of cases."""

    def __init__(self, links: Links, channels: Mapping[Channel, ChannelSpec]) -> None:
        self._links, self._channels = links, channels

    async def compose(
        self, connection: AsyncConnection, plans: Sequence[Plan], now: datetime, known: UUID | None
    ) -> Composed:
        """One message for the cases of `plans` (one debtor; the first one acts), as their facts stand now."""
        lead = plans[0]
        action, law = lead.action, lead.law
        steps = [step_named(plan.policy, plan.action.step or "") for plan in plans]
        step = steps[0]
        channel = cast(Channel, action.channel)
        today = law.calendar.local_date(now)
        arrives = told.arrival(channel, today, law)
        moved = await self._move_late_invoices(connection, plans, step, arrives, now)
        parties, items = await message_facts.read(connection, lead.case.id, channel, [plan.case.id for plan in plans])
        bearer, fee = joint_message.bearer(
            {}
            if action.alert
            else {plan.case.id: _fee(plan, own, today) for plan, own in zip(plans, steps, strict=True)}
        )
        bearing = next((own for each, own in zip(plans, steps, strict=True) if each.case.id == bearer), step)
        charge = _charge(bearing, fee, today)
        tone = joint_message.tone(each.tone for each in steps)
        interest = {} if action.alert else await self._interest(connection, plans, step, today)
        plan = await _plan_terms(connection, lead, step, today)
        broken = _broken_promise(lead, step, today)
        deadline = moved or joint_message.deadline(
            _deadline(each, own, arrives, plan) for each, own in zip(plans, steps, strict=True)
        )
        delivery_id = known or uuid4()
        disputed = {each.case.id: each.case.facts.disputed_amount for each in plans}
        kind = SPECS[joint_message.NOTICE_ALERT if action.alert else step.message]
        shown = tuple(
            self._item(
                item,
                charge if item.case_id == bearer else None,
                interest.get(item.case_id),
                disputed[item.case_id],
                parties.serial,
                today,
            )
            for item in items
        )
        total = sum((item.amount_due for item in shown), Decimal(0))
        content = Content(
            kind=kind,
            tone=Tone(tone),
            language=cast(Language, lead.case.language),
            creditor_name=parties.creditor_name,
            creditor_phone=parties.creditor_phone,
            creditor_email=parties.creditor_email,
            creditor_address=tuple(parties.creditor_address),
            creditor_website=parties.creditor_website,
            debtor_name=parties.debtor_name,
            recipient_name=_recipient(parties, lead, today),
            recipient_address=_postal(parties, channel),
            customer_number=parties.customer_number,
            items=shown,
            currency=lead.case.facts.currency,
            total=total,
            new_charge=charge,
            deadline=deadline,
            due_date_moved=moved is not None,
            sent_on=today,
            link=self._links.url(Link(lead.case.invoice_id, parties.serial), today),
            delivery_id=str(delivery_id),
            collection_partner=parties.collection_partner,
            plan=plan,
            promised_on=broken.pay_by if broken else None,
            payment_returned=_payment_returned(lead, step),
            asked=_asked(lead, step, broken, total, today),
        )
        code = paper_codes.new() if channel.rule.by_post else None
        if code:
            content = replace(content, typed_link=(self._links.typed, paper_codes.written(code)))
        written, unwritable = Written({}, billed=0), None
        try:
            written = self._channels[channel].write(content)
        except UnwritableError as problem:
            unwritable = str(problem)
        delivery = NewDelivery(
            id=delivery_id,
            serial=parties.serial,
            channel=channel,
            message=kind.name,
            tone=tone,
            alert=action.alert,
            contact_point=parties.contact_id,
            document=written.document,
            pdf=written.pdf,
            fee=fee,
            fee_kind=_charge_kind(bearing).value,
            currency=content.currency,
            deadline=deadline,
            shadow=lead.policy.shadow,
        )
        return Composed(
            delivery=delivery,
            parties=parties,
            creditor_id=lead.case.creditor_id,
            country=lead.case.country,
            written=written,
            unwritable=unwritable,
            typed_code=code,
            due_date=next(item.due_date for item in items if item.case_id == lead.case.id),
            serves=len(plans),
            bearer=bearer,
            interest=interest,
        )

    async def _interest(
        self, connection: AsyncConnection, plans: Sequence[Plan], step: Step, today: date
    ) -> dict[int, Interest]:
        """The interest that a collection notice claims, where the policy wants any: to the day, of each case."""
        if step.kind is not StepKind.COLLECTION_NOTICE:
            return {}
        claimed = {}
        for plan in plans:
            facts = plan.case.facts
            if plan.policy.interest != "statutory" or plan.law.is_minor(facts.born, today):
                continue
            changes = (await ledger.history(connection, plan.case.invoice_id)).principal
            undisputed = (*changes, (facts.issue_date, -facts.disputed_amount))
            ran = accrued(undisputed, facts.due_date, today, plan.law)
            claimed[plan.case.id] = Interest(
                amount=max(Decimal(0), ran - facts.interest_charged),
                rate=plan.law.interest_rate(today),
                since=plan.law.effective_due(facts.due_date) + timedelta(days=1),
                changes=changes,
            )
        return claimed

    async def _move_late_invoices(
        self, connection: AsyncConnection, plans: Sequence[Plan], step: Step, arrives: date, now: datetime
    ) -> date | None:
        """An invoice that reaches its debtor less than a week before its due date gets a later one."""
        if step.message != "invoice":
            return None
        days = {plan.case.id: told.moved_due_date(plan.case.facts, arrives, plan.law) for plan in plans}
        moved = {case: day for case, day in days.items() if day is not None}
        for case, day in moved.items():
            await message_facts.move_due_date(connection, case, day, now)
        return max(moved.values(), default=None)

    def _item(
        self, item: Item, charge: Charge | None, new: Interest | None, disputed: Decimal, serial: int, today: date
    ) -> InvoiceItem:
        """One invoice as the message asks for it: without what is disputed."""
        charges = (*item.charges, charge) if charge else item.charges
        interest = item.interest + (new.amount if new else Decimal(0))
        principal = max(Decimal(0), item.principal - disputed)
        return InvoiceItem(
            number=item.number,
            issued_on=item.issue_date,
            due_on=item.original_due_date,
            principal=principal,
            charges=charges,
            interest=interest,
            interest_rate=new.rate if new else None,
            interest_from=new.since if new else None,
            amount_due=principal + sum((each.amount for each in charges), Decimal(0)) + interest,
            reference=item.reference or item.number,
            account=item.account or "",
            link=self._links.url(Link(item.invoice_id, serial), today),
            text=item.text or "",
        )


def _charge(step: Step, amount: Decimal, today: date) -> Charge | None:
    """What the step's message adds to the debt, by its own name."""
    return Charge(_charge_kind(step), amount, today) if amount else None


def _charge_kind(step: Step) -> ChargeKind:
    return ChargeKind.COMPENSATION if step.fee.kind == "compensation" else ChargeKind.FEE


def _fee(plan: Plan, step: Step, today: date) -> tuple[Decimal, date]:
    """What a case may be charged alone, and since when it is due."""
    return fee_to_charge(plan.policy, plan.law, plan.case.facts, step, today), plan.case.facts.due_date


async def _plan_terms(connection: AsyncConnection, lead: Plan, step: Step, today: date) -> PlanTerms | None:
    """The instalment plan that a message is about, and the instalments that it asks for."""
    if not SPECS[step.message].of_plan or lead.case.facts.plan is None:
        return None
    agreed = await plan_of(connection, lead.case.id)
    assert agreed is not None  # the facts were read in this transaction
    unpaid = left(agreed.instalments, agreed.paid)
    if step.message == "plan-broken":
        asked = [each for each in unpaid if each.due_on < today]
    else:
        asked = [each for each in unpaid if step.id == f"instalment-due#{agreed.id}-{each.number}"]
    return PlanTerms(agreed.reference, agreed.instalments, agreed.interest, tuple(asked))


def _broken_promise(lead: Plan, step: Step, today: date) -> Promise | None:
    """The promise that a message is about."""
    if step.message != "promise-broken":
        return None
    return promises.standing(
        lead.case.facts.promises, today, lead.case.facts.bank_data_through, lead.policy.tolerance
    ).broken


def _payment_returned(lead: Plan, step: Step) -> bool:
    """Whether a message about a moved due date is about a payment that was taken back."""
    moved = lead.case.facts.due_moved
    return step.message == "due-date-moved" and moved is not None and moved.payment_returned


def _asked(lead: Plan, step: Step, broken: Promise | None, due: Decimal, today: date) -> Decimal | None:
    """What the message asks for where that is less than all that is due: the rest of a promise, or of an instalment."""
    asked, agreed = due, lead.case.facts.plan
    if broken is not None:
        asked = broken.amount - broken.paid_since
    elif step.message == "payment-abandoned" and agreed is not None:
        unpaid = left(agreed.instalments, agreed.paid)
        late = [each.amount for each in unpaid if each.due_on <= today]
        asked = sum(late or (each.amount for each in unpaid[:1]), Decimal(0))
    return asked if asked < due else None


def _deadline(lead: Plan, step: Step, arrives: date, plan: PlanTerms | None) -> date | None:
    """The day by which to pay that the message gives."""
    if lead.action.alert:
        return _deadline_told(lead)
    if step.message == "instalment-due" and plan:
        return plan.asks_for[0].due_on
    return told.deadline_to_print(lead.policy, lead.law, lead.case.facts, step, arrives)


def _deadline_told(lead: Plan) -> date | None:
    """The deadline of the message that an alert is a copy of: it gives none of its own."""
    facts = lead.case.facts
    of = (facts.round, lead.action.step)
    given = (d.deadline for d in facts.deliveries if (d.round, d.step) == of and not d.alert and d.state in STANDS)
    return max((day for day in given if day is not None), default=None)


def _recipient(parties: Parties, lead: Plan, today: date) -> str:
    """Who is written to: the representative, else the debtor; of a minor the guardians (vergemålsloven §9)."""
    if parties.representative is None and lead.law.is_minor(lead.case.facts.born, today):
        return labels(cast(Language, lead.case.language))["guardians_of"].format(name=parties.debtor_name)
    return parties.representative or parties.debtor_name


def _postal(parties: Parties, channel: Channel) -> tuple[str, ...]:
    if channel.rule.by_post and parties.contact_address:
        return tuple(parties.contact_address.split(", "))
    return tuple(parties.debtor_address)
