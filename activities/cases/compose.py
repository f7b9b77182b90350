"""From the facts to a delivery: what it asks for and says, fixed before it is claimed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import Attachment, ChannelSpec, Enclosed, Written
from channels.direct_message import conversation_open
from connectors.e_invoices.peppol import peppol_invoice
from connectors.links import Links
from domain.distribution_house import Way, need_of, ways_of
from domain.invoices.e_invoice import faults
from domain.money.amount import ZERO
from domain.parties.life_events import LifeKind
from domain.parties.sms_senders import SentAs, network_of
from domain.parties.standing import Thing, standing_of
from domain.planner.demand import Demand, Rider, charge_kind, demand
from domain.planner.occasions import STATEMENT, step_named
from domain.vocabulary import Channel
from facts.deliveries import message_facts, paper_codes
from facts.deliveries.deliveries import NewDelivery
from facts.deliveries.message_facts import Parties
from facts.invoices import own_pdf
from facts.money import statements
from messages.content import Content, UnwritableError
from messages.figures import pdf_name
from messages.languages import Locale
from messages.words import own_version
from planning.service import PlannedCase
from views.content import read_content
from views.e_invoice import e_invoice as read_e_invoice

MOST_ATTACHED = 18_000_000  # bytes: an email has 30 MB at most, and on its way a file is a third longer
TOO_LARGE = "with its PDF more than 18 MB would go with the message"


@dataclass(frozen=True, slots=True)
class Composed:
    """A delivery ready to be claimed, and what sending it takes."""

    delivery: NewDelivery
    asks: Demand  # of its cases, the first of which acts
    parties: Parties
    creditor_id: str
    country: str
    written: Written
    typed_code: str | None  # opens the invoice page from paper
    unwritable: str | None  # why there is nothing to send: no form of it fits the channel
    left_out: Mapping[str, str]  # by the invoice's number: why its PDF does not go with the message
    sender: str | None  # what an SMS comes from, where that is not the number of the house


class Composer:
    """Writes the messages of cases."""

    def __init__(self, links: Links, channels: Mapping[Channel, ChannelSpec]) -> None:
        self._links, self._channels = links, channels

    async def compose(
        self, connection: AsyncConnection, plans: Sequence[PlannedCase], now: datetime, known: UUID | None
    ) -> Composed:
        """One message for the cases of `plans` (one debtor; the first one acts), as their facts stand now.

        The due date of an invoice that reaches its debtor late moves.
        """
        lead = plans[0]
        action, today = lead.action, lead.law.calendar.local_date(now)
        channel = cast(Channel, action.channel)
        riders = [
            Rider(each.case.id, each.policy, each.law, each.case.facts, step_named(each.policy, each.action.step or ""))
            for each in plans
        ]
        asks = demand(riders, channel, now, alert=action.alert)
        for each, of in zip(plans, asks.cases, strict=True):
            if of.due_date != each.case.facts.due_date:
                await message_facts.move_due_date(connection, each.case.id, of.due_date, now)
        if lead.action.step and step_named(lead.policy, lead.action.step).message == STATEMENT:
            await statements.issue(connection, lead.case.creditor_id, lead.case.debtor_id, now)
        delivery_id = known or uuid4()
        said = await read_content(connection, self._links, plans, asks, today, delivery_id)
        parties = said.parties
        content = replace(said.content, conversation_open=conversation_open(parties.wrote_from_at, now))
        code = paper_codes.new() if channel.rule.by_post else None
        if code:
            content = replace(content, typed_link=(self._links.typed, paper_codes.written(code)))
        attached = [each.case.invoice_id for each, of in zip(plans, riders, strict=True) if of.step.attach_invoice]
        enclosed = Enclosed()
        if attached and channel.rule.takes_files:
            enclosed = await self._enclosed(connection, self._channels[channel], attached, content.language)
        content = replace(content, attached=tuple(each.number for each in enclosed.files))
        sent_as = _sent_as(lead, channel, parties, now)
        written, unwritable = Written({}, billed=0), None
        try:
            if sent_as.lacks:
                raise UnwritableError(sent_as.lacks)
            written = _with_version(self._channels[channel].write(content), content, channel)
            written = _with_pdfs(written, enclosed.files)
            if channel.rule.by_post and parties.letters_by:
                written = await _by_house(connection, written, plans, content, asks, parties, now)
            if sent_as.is_name:  # nobody can answer to it
                written = replace(written, document=written.document | {"sent_as": sent_as.sender})
        except UnwritableError as problem:
            unwritable = str(problem)
        delivery = NewDelivery(
            id=delivery_id,
            serial=parties.serial,
            channel=channel,
            message=content.kind.name,
            tone=content.tone.value,
            alert=action.alert,
            contact_point=parties.contact_id,
            document=written.document,
            pdf=written.pdf,
            fee=asks.charge.amount if asks.charge else ZERO,
            fee_kind=(asks.charge.kind if asks.charge else charge_kind(riders[0].step)).value,
            currency=content.currency,
            deadline=asks.deadline,
            shadow=lead.policy.shadow,
            asks_whether_right=content.asks_whether_right,
            addressee=asks.addressee,
            optional=action.onward is not None,
        )
        return Composed(
            delivery=delivery,
            asks=asks,
            parties=parties,
            creditor_id=lead.case.creditor_id,
            country=lead.case.country,
            written=written,
            unwritable=unwritable,
            typed_code=code,
            left_out=enclosed.left_out,
            sender=sent_as.sender,
        )

    async def _enclosed(
        self, connection: AsyncConnection, channel: ChannelSpec, invoices: Sequence[int], language: Locale
    ) -> Enclosed:
        """The invoices' own PDFs, as far as the channel carries them."""
        pdfs = await own_pdf.pdfs_of(connection, invoices, MOST_ATTACHED)
        files = [
            Attachment(each.number, pdf_name(each.number, language), each.sha256, each.content)
            for each in pdfs
            if each.content is not None
        ]
        enclosed = await channel.enclose(files) if files else Enclosed()
        too_large = {each.number: TOO_LARGE for each in pdfs if each.content is None}
        return replace(enclosed, left_out={**enclosed.left_out, **too_large})


def _sent_as(lead: PlannedCase, channel: Channel, parties: Parties, now: datetime) -> SentAs:
    """What an SMS comes from; of other channels that is the provider's to know."""
    if channel is not Channel.SMS:
        return SentAs(None)
    return lead.case.facts.sms_senders.sent_as(network_of(parties.contact_address or ""), now)


async def _by_house(
    connection: AsyncConnection,
    written: Written,
    plans: Sequence[PlannedCase],
    content: Content,
    asks: Demand,
    parties: Parties,
    now: datetime,
) -> Written:
    """A letter with the ways in which the distribution house is to bring it, and whether no other than paper counts.

    A letter with one invoice goes as an e-invoice too, where the creditor wants that and nothing is missing for one.
    """
    law, facts = plans[0].law, plans[0].case.facts
    today = law.calendar.local_date(now)
    standing = standing_of(facts.life, today, law)
    need = need_of(content.kind.name, costs=asks.charge is not None)
    counts_for = law.digital_mailboxes.find(today, facts.debtor_kind) or ()
    needs_paper = (
        (need is not None and need not in counts_for)
        or parties.representative is not None  # it must not lie in the debtor's own mailbox
        or standing.never(Thing.DIGITAL)
        or standing.value(LifeKind.PREFERS) == Channel.LETTER
    )
    order, e_invoice = [Way(each) for each in parties.letters_by], None
    if content.kind.name == "invoice" and len(plans) == 1 and Way.E_INVOICE in order and not needs_paper:
        told = await read_e_invoice(connection, plans[0].case.id)
        e_invoice = None if faults(told) else peppol_invoice(told)
    ways = ways_of(order, needs_paper=needs_paper, is_an_e_invoice=e_invoice is not None)
    said = written.document | {"ways": ways, "needs_paper": needs_paper}
    return replace(written, document=said, e_invoice=e_invoice)


def _with_version(written: Written, content: Content, channel: Channel) -> Written:
    """The message with which version of the creditor's own words it is in; approved words are nobody's own."""
    version = own_version(content, "sms" if channel is Channel.SMS else "txt")
    if version is None or "content_sid" in written.document:
        return written
    return replace(written, document=written.document | {"own_words": version})


def _with_pdfs(written: Written, files: Sequence[Attachment]) -> Written:
    """The message with the PDFs that go with it; which these were is kept with its words."""
    if not files:
        return written
    kept = [{"name": file.name, "sha256": file.sha256} for file in files]
    return replace(
        written,
        document=written.document | {"attachments": kept},
        attachments=tuple(files),
        billed=written.billed + sum(file.pages for file in files),
    )
