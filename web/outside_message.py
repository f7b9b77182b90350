"""A message outside of any case: sent at once by email or SMS, once, and kept nowhere."""

from dataclasses import dataclass, replace

import structlog
from markupsafe import escape

from channels.channel import Outgoing, Written
from channels.outcomes import AddressRejected, MessageRefused, NotSent, OutcomeUnknown, ProviderMisconfigured
from channels.specs import SPECS
from domain.moment import Moment
from domain.parties.sms_senders import network_of
from domain.vocabulary import Channel
from facts.parties.creditors import sms_senders_of
from messages.languages import Locale, tag_of
from web.services import Services

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutsideMessage:
    """What goes where, from which creditor; `about` says in the log what it is."""

    about: str
    id: str
    channel: str  # email | sms
    address: str
    name: str
    creditor: str
    creditor_name: str
    language: Locale
    subject: str
    text: str


async def send(services: Services, message: OutsideMessage, now: Moment) -> None:
    """Send it once. What fails is told in the log alone: who asks again gets another, and nobody learns who is known."""
    document: dict[str, object] = {"text": message.text}
    if message.channel == Channel.EMAIL:
        html = (
            f'<!doctype html><html lang="{tag_of(message.language)}"><body><p>{escape(message.text)}</p></body></html>'
        )
        document |= {"subject": message.subject, "html": html}
    outgoing = Outgoing(
        delivery_id=message.id,
        written=Written(document),
        address=message.address,
        name=message.name,
        creditor=message.creditor,
        creditor_name=message.creditor_name,
        reply_to=None,
        open_tracking=False,
        country=services.calendar.country,
        today=now.day,
    )
    about, creditor, channel = message.about, message.creditor, message.channel
    if channel == Channel.SMS:
        async with services.database.transaction() as connection:
            senders = services.planning.sms_senders(await sms_senders_of(connection, creditor))
        sent_as = senders.sent_as(network_of(message.address), now.at)
        if sent_as.lacks:
            log.warning(
                "outside_message_not_sent", message=about, creditor=creditor, channel=channel, reason=sent_as.lacks
            )
            return
        outgoing = replace(outgoing, sender=sent_as.sender)
    try:
        await SPECS[Channel(message.channel)].sender(services.means).send(outgoing)
    except (NotSent, AddressRejected, MessageRefused, ProviderMisconfigured, OutcomeUnknown) as error:
        reason = type(error).__name__
        log.warning("outside_message_not_sent", message=about, creditor=creditor, channel=channel, reason=reason)
        return
    log.info("outside_message_sent", message=about, creditor=creditor, channel=channel)
