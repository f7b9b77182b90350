"""From the facts to the words: what a delivery will say, fixed before it is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.planning import Plan
from channels.links import Link, Links
from domain.law import Law
from domain.planner import fee_to_charge
from domain.policy import Channel, Step
from facts import message_facts
from facts.deliveries import NewDelivery
from facts.message_facts import Item, Parties
from messages import letter, render
from messages.content import Content, InvoiceItem, Language, MessageKind, Tone

DAYS_TO_PAY_A_LATE_INVOICE = 7  # an invoice that reaches its debtor later than this before the due date moves it

DAYS_TO_PAY_AFTER_A_REMINDER = 14  # where its step gives no deadline


@dataclass(frozen=True, slots=True)
class Composed:
    """A delivery ready to be claimed, and what sending it takes."""

    delivery: NewDelivery
    parties: Parties
    creditor_id: str
    country: str
    pages_or_segments: int
    due_date: date  # the lead's, moved where the invoice reached its debtor late
    serves: int  # cases


class Composer:
    """Writes the messages of cases."""

    def __init__(self, links: Links) -> None:
        self._links = links

    async def compose(
        self, connection: AsyncConnection, plans: Sequence[Plan], now: datetime, known: UUID | None
    ) -> Composed:
        """One message for the cases of `plans` (one debtor; the first bears the fee), as their facts stand now."""
        lead = plans[0]
        action, law = lead.action, lead.law
        step = lead.policy.steps[lead.policy.index[action.step or ""]]
        channel = cast(Channel, action.channel)
        today = law.calendar.local_date(now)
        arrives = _arrival(channel, today, law)
        moved = await self._move_late_invoices(connection, plans, step, arrives, now)
        parties, items = await message_facts.read(
            connection, lead.case.id, channel.value, [plan.case.id for plan in plans]
        )
        fee = Decimal(0) if action.alert else fee_to_charge(lead.policy, law, lead.case.facts, step, today)
        deadline = moved or _deadline(step, arrives, law, lead.case.facts.due_date)
        delivery_id = known or uuid4()
        kind = MessageKind.NOTICE_ALERT if action.alert else MessageKind(step.message)
        content = Content(
            kind=kind,
            tone=Tone(step.tone),
            language=cast(Language, lead.case.language),
            creditor_name=parties.creditor_name,
            creditor_phone=parties.creditor_phone,
            creditor_email=parties.creditor_email,
            creditor_address=tuple(parties.creditor_address),
            creditor_website=parties.creditor_website,
            debtor_name=parties.debtor_name,
            recipient_name=parties.representative or parties.debtor_name,
            recipient_address=_postal(parties, channel),
            customer_number=parties.customer_number,
            items=tuple(self._item(item, fee, lead.case.id, parties.serial, today) for item in items),
            currency=lead.case.facts.currency,
            total=sum((item.principal + item.fee + item.interest for item in items), fee),
            new_fee=fee,
            deadline=deadline,
            due_date_moved=moved is not None,
            sent_on=today,
            link=self._links.url(Link(lead.case.invoice_id, parties.serial), today),
            delivery_id=str(delivery_id),
            collection_partner=parties.collection_partner,
        )
        document, pdf, parts = _written(content, channel)
        delivery = NewDelivery(
            id=delivery_id,
            serial=parties.serial,
            channel=channel,
            message=kind.value,
            tone=step.tone,
            alert=action.alert,
            contact_point=parties.contact_id,
            document=document,
            pdf=pdf,
            fee=fee,
            currency=content.currency,
            deadline=deadline,
            shadow=lead.policy.shadow,
        )
        return Composed(
            delivery=delivery,
            parties=parties,
            creditor_id=lead.case.creditor_id,
            country=lead.case.country,
            pages_or_segments=parts,
            due_date=next(item.due_date for item in items if item.case_id == lead.case.id),
            serves=len(plans),
        )

    async def _move_late_invoices(
        self, connection: AsyncConnection, plans: Sequence[Plan], step: Step, arrives: date, now: datetime
    ) -> date | None:
        """An invoice that reaches its debtor less than a week before its due date gets a later one."""
        if step.message != MessageKind.INVOICE:
            return None
        law = plans[0].law
        earliest = law.calendar.banking_day_on_or_after(arrives + timedelta(days=DAYS_TO_PAY_A_LATE_INVOICE))
        late = [plan for plan in plans if law.effective_due(plan.case.facts.due_date) < earliest]
        for plan in late:
            await message_facts.move_due_date(connection, plan.case.id, earliest, now)
        return earliest if late else None

    def _item(self, item: Item, new_fee: Decimal, lead: int, serial: int, today: date) -> InvoiceItem:
        fee = item.fee + (new_fee if item.case_id == lead else Decimal(0))
        return InvoiceItem(
            number=item.number,
            issued_on=item.issue_date,
            due_on=item.original_due_date,
            principal=item.principal,
            fee=fee,
            interest=item.interest,
            interest_rate=None,
            interest_from=None,
            amount_due=item.principal + fee + item.interest,
            reference=item.reference or item.number,
            account=item.account or "",
            link=self._links.url(Link(item.invoice_id, serial), today),
            text=item.text or "",
        )


def _arrival(channel: Channel, today: date, law: Law) -> date:
    """The day a message reaches the debtor: at once, or a letter's posting on the next banking day plus transit."""
    if channel is not Channel.LETTER:
        return today
    return law.calendar.add_banking_days(today, 1 + law.letter_transit_days)


def _deadline(step: Step, arrives: date, law: Law, due: date) -> date | None:
    """The day by which to pay that the message gives; a reminder gives one even where the plan does not need it."""
    if step.message == MessageKind.DUE_DATE:
        return law.effective_due(due)
    days = step.deadline_days
    if days is None and step.message == MessageKind.REMINDER:
        days = DAYS_TO_PAY_AFTER_A_REMINDER
    return None if days is None else law.calendar.banking_day_on_or_after(arrives + timedelta(days=days))


def _postal(parties: Parties, channel: Channel) -> tuple[str, ...]:
    if channel is Channel.LETTER and parties.contact_address:
        return tuple(parties.contact_address.split(", "))
    return tuple(parties.debtor_address)


def _written(content: Content, channel: Channel) -> tuple[dict[str, object], bytes | None, int]:
    """The document word for word, a letter's PDF, and how many SMS segments or pages it takes."""
    match channel:
        case Channel.EMAIL:
            email = render.email(content)
            return {"subject": email.subject, "text": email.text, "html": email.html}, None, 1
        case Channel.SMS:
            sms = render.sms(content)
            return {"text": sms.text}, None, sms.segments
        case Channel.DIRECT_MESSAGE:
            return {"text": render.direct_message(content)}, None, 1
        case Channel.LETTER:
            pdf = letter.letter(content)
            return {"pages": letter.page_count(pdf)}, pdf, 1
    raise ValueError(f"nothing is written for {channel}")
