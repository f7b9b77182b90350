"""What a message will say: names, addresses and amounts of the cases it serves, read for what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import Link, Links
from domain.announcements import NoticeWords, Told, told
from domain.countries.calendar import Calendar
from domain.countries.law import Law
from domain.languages import for_everybody
from domain.money.amount import ZERO
from domain.money.charges import unpaid
from domain.parties.freshness import old_since
from domain.parties.life_events import LifeKind
from domain.parties.speakers import addressee_of
from domain.parties.standing import Thing, standing_of
from domain.planner import joint_message
from domain.planner.case_facts import CaseFacts, CreditUsed, Paid
from domain.planner.demand import CaseDemand, Demand
from domain.planner.last_words import is_owed_an_apology
from domain.planner.occasions import (
    ANSWER,
    CREDIT_USED,
    DISPUTE_REJECTED,
    DRAW_GOES_ON,
    DUE_DATE_MOVED,
    PAID,
    STATEMENT,
    step_named,
)
from domain.policy.policy import Step, Tone
from domain.vocabulary import ANNOUNCEMENT, Channel, DebtorKind
from facts import announcements
from facts.agreements.plans import plan_of
from facts.deliveries import answers, link_revocations, message_facts
from facts.deliveries.message_facts import Item, Parties
from facts.parties import life_events
from facts.parties.debtors import Debtor
from messages import figures
from messages.content import Content, InvoiceItem, PlanTerms
from messages.languages import Locale, labels, locale_of
from messages.own_words import Own
from messages.specs import SPECS
from planning.service import PlannedCase
from views import statement
from views.statement import Statement

BY_HAND = ("invoice", "due-date-reminder", "reminder", "payment-abandoned", "promise-broken", "due-date-moved")
"""What asks for money that was to be paid by hand: no notice of the law is among them."""
SHORT = (Channel.SMS, Channel.DIRECT_MESSAGE)  # where no question is asked beside what a message is about


@dataclass(frozen=True, slots=True)
class Said:
    """The content of a message, and the parties it passes between."""

    content: Content
    parties: Parties


async def read_content(
    connection: AsyncConnection, links: Links, plans: Sequence[PlannedCase], asks: Demand, today: date, delivery: UUID
) -> Said:
    """The content of a message of `today` for the cases of `plans`, the first of which sends it."""
    lead = plans[0]
    channel, alert, facts = cast(Channel, lead.action.channel), lead.action.alert, lead.case.facts
    steps = [step_named(plan.policy, plan.action.step or "") for plan in plans]
    message = steps[0].message
    standing = standing_of(facts.life, today, lead.law)
    stands_in, tracked = standing.stands_in, not standing.never(Thing.TRACKING)
    cases = [plan.case.id for plan in plans]
    of_all = None
    if message == STATEMENT and not alert:
        of_all = await statement.read(connection, lead.case.debtor_id, today)
        cases = [line.case_id for line in of_all.lines if line.currency == facts.currency]
    parties, items = await message_facts.read(
        connection,
        lead.case.id,
        channel,
        cases,
        stands_in.value if stands_in else None,
        steps[0].role,
        tracked=tracked,
        old=old_since(lead.law.calendar, today),
    )
    asked = {plan.case.id: of for plan, of in zip(plans, asks.cases, strict=True)}
    paid = {p.case.id: money.amount for p in plans if (money := _received(message, p.case.facts))}

    draw = facts.draw if message == DRAW_GOES_ON else None

    kind = SPECS[joint_message.NOTICE_ALERT if alert else message]

    def url(invoice: int) -> str:
        return links.url(Link(invoice, parties.serial), today)

    country = lead.law.country
    spoken = locale_of(lead.case.language, country, facts.debtor_kind)
    content = Content(
        kind=kind,
        tone=joint_message.tone(_tone(plan, step) for plan, step in zip(plans, steps, strict=True)),
        also=lead.action.arm.content or "" if lead.action.arm else "",
        language=spoken,
        country=country,
        creditor_name=parties.creditor_name,
        creditor_phone=parties.creditor_phone,
        creditor_email=parties.creditor_email,
        creditor_address=tuple(parties.creditor_address),
        creditor_website=parties.creditor_website,
        account_holder=parties.account_holder,
        debtor_name=parties.debtor_name,
        recipient_name=_recipient(parties, spoken, minor=LifeKind.MINOR in standing.events),
        recipient_address=_postal(parties, channel),
        customer_number=parties.customer_number,
        items=tuple(
            _listed(item, of_all, url(item.invoice_id))
            if of_all
            else _item(item, asked[item.case_id], message, url(item.invoice_id), paid.get(item.case_id))
            for item in items
        ),
        currency=facts.currency,
        total=asks.due,
        new_charge=asks.charge,
        deadline=draw.due_on if draw else asks.deadline,
        due_date_moved=asks.due_date_moved,
        sent_on=today,
        link=url(lead.case.invoice_id),
        delivery_id=str(delivery),
        creditor_id=lead.case.creditor_id,
        own_words=_own_words(parties),
        look=parties.look,
        collection_partner=parties.collection_partner,
        plan=await _plan_terms(connection, lead, asks) if SPECS[message].of_plan else None,
        statement=of_all.terms(facts.currency) if of_all else None,
        promised_on=asks.promise.pay_by if asks.promise else None,
        paid_amount=sum(paid.values(), ZERO) if paid else None,
        credit_of=_credit_of(plans) if message == CREDIT_USED else (),
        sorry=message == PAID and any(is_owed_an_apology(p.policy, p.case.facts, p.law.calendar) for p in plans),
        opened_again=message == PAID and any(_opened_again(plan) for plan in plans),
        answer=await _answer(connection, lead, message),
        announcement=await _announcement(connection, lead, message),
        payment_returned=message == DUE_DATE_MOVED and bool(facts.due_moved and facts.due_moved.payment_returned),
        asked=draw.amount if draw else asks.asked,
        unsubscribe=links.unsubscribe(parties.serial)
        if channel is Channel.EMAIL and kind.may_be_declined and asks.charge is None
        else None,
        offers_direct_debit=parties.pays_by_hand
        and message in BY_HAND
        and stands_in is None
        and channel not in SHORT
        and not (kind.legal_form or alert or any(asked[case].draw for case in asked)),
        asks_whether_right=parties.asks_whether_right and not kind.legal_form and channel not in SHORT,
    )
    return Said(content, parties)


def _tone(plan: PlannedCase, step: Step) -> Tone:
    """How a case's message sounds: as in its debtor's arm, else as its policy says."""
    arm = plan.action.arm
    return step.tone if arm is None or arm.tone is None else arm.tone


async def _answer(connection: AsyncConnection, lead: PlannedCase, message: str) -> str | None:
    """What a person answered, in the words that this message brings."""
    if message == ANSWER and lead.case.facts.answer is not None:
        return await answers.text_of(connection, int(lead.case.facts.answer.id.partition("-")[0]))
    return await message_facts.answer_of(connection, lead.case.id) if message == DISPUTE_REJECTED else None


async def _announcement(connection: AsyncConnection, lead: PlannedCase, message: str) -> Told | None:
    """What many are told, in the language of whoever gets it."""
    if message != ANNOUNCEMENT or lead.case.facts.announced is None:
        return None
    words = await announcements.words_of(connection, int(lead.case.facts.announced.id))
    return told(NoticeWords.model_validate(for_everybody(lead.case.language, words)))


def _received(message: str, facts: CaseFacts) -> Paid | CreditUsed | None:
    """What a message says was received for a case: the money that came, or credit of another invoice."""
    return {PAID: facts.paid, CREDIT_USED: facts.credit_used}.get(message)


def _credit_of(plans: Sequence[PlannedCase]) -> tuple[str, ...]:
    """The invoices whose credit paid these."""
    used = [plan.case.facts.credit_used for plan in plans]
    return tuple(dict.fromkeys(number for each in used if each for number in each.of))


def _opened_again(plan: PlannedCase) -> bool:
    """Whether the money that settled a case opened its service again."""
    facts = plan.case.facts
    return bool(facts.paid and facts.freed_at and facts.freed_at >= facts.paid.at)


def _item(item: Item, of: CaseDemand, message: str, link: str, paid: Decimal | None) -> InvoiceItem:
    """One invoice as the message asks for it."""
    interest = min(item.interest + of.added_interest, of.asked.costs)
    charges = (*item.charges, of.charge) if of.charge else item.charges
    return InvoiceItem(
        number=item.number,
        issued_on=item.issue_date,
        due_on=of.due_date if message == "invoice" else item.original_due_date,
        principal=of.asked.principal,
        charges=unpaid(charges, of.asked.costs - interest),
        interest=interest,
        interest_rate=of.interest.rate if of.interest else None,
        interest_from=of.interest.since if of.interest else None,
        amount_due=of.asked.total,
        reference=item.reference or item.number,
        account=item.account or "",
        link=link,
        text=item.text or "",
        draw=of.draw,
        credit=of.credit,
        paid=paid,
        **{name: told or "" for name, told in item.found_by.items()},
    )


async def statement_content(
    connection: AsyncConnection,
    links: Links,
    debtor: Debtor,
    calendar: Calendar,
    law: Law | None,
    today: date,
    currency: str | None,
) -> Content | None:
    """The letter of a debtor's statement in one currency, for whoever asks for it; None where nothing is owed in it."""
    of_all = await statement.read(connection, debtor.id, today)
    wanted = currency or next((each.sums.currency for each in of_all.payable), None)
    lines = [line for line in of_all.lines if line.currency == wanted]
    if wanted is None or not lines:
        return None
    cases = [line.case_id for line in lines]
    standing = standing_of(await life_events.told(connection, debtor.id), today, law)
    stands_in, held_by = standing.stands_in, addressee_of(standing)
    parties, items = await message_facts.read(
        connection,
        cases[0],
        Channel.LETTER,
        cases,
        stands_in.value if stands_in else None,
        "invoice",
        tracked=False,
        old=old_since(calendar, today),
    )
    terms = of_all.terms(wanted)
    rounds = await link_revocations.rounds_of(connection, [line.invoice_id for line in lines])
    links_of = {
        line.invoice_id: links.url(Link(line.invoice_id, 0, held_by, rounds.get(line.invoice_id, 0)), today)
        for line in lines
    }
    postal = () if debtor.protected_address else _postal(parties, Channel.LETTER)
    country = law.country if law else calendar.country
    spoken = locale_of(debtor.language, country, cast(DebtorKind, debtor.kind))
    return Content(
        kind=SPECS[STATEMENT],
        tone=Tone.NEUTRAL,
        language=spoken,
        country=country,
        creditor_name=parties.creditor_name,
        creditor_phone=parties.creditor_phone,
        creditor_email=parties.creditor_email,
        creditor_address=tuple(parties.creditor_address),
        creditor_website=parties.creditor_website,
        account_holder=parties.account_holder,
        debtor_name=parties.debtor_name,
        recipient_name=_recipient(parties, spoken, minor=LifeKind.MINOR in standing.events),
        recipient_address=postal,
        customer_number=parties.customer_number,
        items=tuple(_listed(item, of_all, links_of[item.invoice_id]) for item in items),
        currency=wanted,
        total=terms.asked,
        new_charge=None,
        deadline=None,
        due_date_moved=False,
        sent_on=today,
        link=links_of[lines[0].invoice_id],
        delivery_id=terms.reference or str(today),
        own_words=_own_words(parties),
        look=parties.look,
        statement=terms,
    )


async def receipt_content(
    connection: AsyncConnection,
    debtor: Debtor,
    case: int,
    amount: Decimal,
    currency: str,
    calendar: Calendar,
    law: Law | None,
    today: date,
    link: str,
) -> Content:
    """The letter of an invoice's receipt, for whoever has its page: what was paid of it in all."""
    standing = standing_of(await life_events.told(connection, debtor.id), today)
    stands_in = standing.stands_in
    parties, items = await message_facts.read(
        connection,
        case,
        Channel.LETTER,
        [case],
        stands_in.value if stands_in else None,
        "invoice",
        tracked=False,
        old=old_since(calendar, today),
    )
    (item,) = items
    country = law.country if law else calendar.country
    spoken = locale_of(debtor.language, country, cast(DebtorKind, debtor.kind))
    return Content(
        kind=SPECS[PAID],
        tone=Tone.KIND,
        language=spoken,
        country=country,
        creditor_name=parties.creditor_name,
        creditor_phone=parties.creditor_phone,
        creditor_email=parties.creditor_email,
        creditor_address=tuple(parties.creditor_address),
        creditor_website=parties.creditor_website,
        account_holder=parties.account_holder,
        debtor_name=parties.debtor_name,
        recipient_name=_recipient(parties, spoken, minor=LifeKind.MINOR in standing.events),
        recipient_address=(),
        customer_number=parties.customer_number,
        items=(
            InvoiceItem(
                number=item.number,
                issued_on=item.issue_date,
                due_on=item.original_due_date,
                principal=item.principal,
                charges=item.charges,
                interest=item.interest,
                interest_rate=None,
                interest_from=None,
                amount_due=ZERO,
                reference=item.reference or item.number,
                account=item.account or "",
                link=link,
                text=item.text or "",
                paid=amount,
            ),
        ),
        currency=currency,
        total=ZERO,
        new_charge=None,
        deadline=None,
        due_date_moved=False,
        sent_on=today,
        link=link,
        delivery_id=item.number,
        own_words=_own_words(parties),
        look=parties.look,
        paid_amount=amount,
    )


def _listed(item: Item, of_all: Statement, link: str) -> InvoiceItem:
    """One invoice of a statement, which adds nothing to it."""
    line = next(line for line in of_all.lines if line.invoice_id == item.invoice_id)
    return InvoiceItem(
        number=item.number,
        issued_on=item.issue_date,
        due_on=item.due_date,
        principal=item.principal,
        charges=item.charges,
        interest=item.interest,
        interest_rate=None,
        interest_from=None,
        amount_due=line.asked,
        reference=item.reference or item.number,
        account=item.account or "",
        link=link,
        text=item.text or "",
    )


async def _plan_terms(connection: AsyncConnection, lead: PlannedCase, asks: Demand) -> PlanTerms | None:
    """The instalment plan that a message is about, and the instalments that it asks for."""
    agreed = await plan_of(connection, lead.case.id)
    if agreed is None or lead.case.facts.plan is None:
        return None
    return PlanTerms(agreed.reference, agreed.instalments, agreed.interest, asks.instalments)


def _recipient(parties: Parties, language: Locale, *, minor: bool) -> str:
    """Who is written to: the representative, else the debtor; of a minor the guardians (vergemålsloven §9)."""
    if parties.representative is None and minor:
        return labels(language)["guardians_of"].format(name=parties.debtor_name)
    return parties.representative or parties.debtor_name


def _own_words(parties: Parties) -> dict[str, Own]:
    """The words that the creditor wrote in the place of ours."""
    return {template: Own(*own) for template, own in (parties.own_words or {}).items()}


def _postal(parties: Parties, channel: Channel) -> tuple[str, ...]:
    """The postal address of whoever it goes to, line by line; the last one abroad is its country."""
    by_post = channel.rule.by_post and parties.contact_address
    lines = parties.contact_address.split(", ") if by_post and parties.contact_address else parties.debtor_address
    if not lines or parties.debtor_country == parties.creditor_country:
        return tuple(lines)
    return (*lines, figures.country_line(parties.debtor_country, parties.creditor_country))
