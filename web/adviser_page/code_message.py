"""The message with an adviser's code: sent at once by email or SMS, outside of any case, and kept nowhere."""

from uuid import UUID

import structlog
from markupsafe import escape

from channels.channel import Outgoing, Written
from channels.outcomes import AddressRejected, NotSent, OutcomeUnknown, ProviderMisconfigured
from channels.specs import SPECS
from domain.moment import Moment
from domain.vocabulary import Channel
from facts.parties.adviser_codes import Registered
from messages.specs import Language
from web.pages import words
from web.services import Services

log = structlog.get_logger()


async def send(
    services: Services, creditor: str, to: Registered, code: str, id: UUID, language: Language, now: Moment
) -> None:
    """Send it once. What fails is told in the log alone: who asks again gets another, and nobody learns who is known."""
    t = words(language)
    text = t["adviser_code_text"].format(code=f"{code[:4]} {code[4:]}", creditor=to.creditor_name)
    document: dict[str, object] = {"text": text}
    if to.channel == Channel.EMAIL:
        subject = t["adviser_code_subject"].format(creditor=to.creditor_name)
        html = f'<!doctype html><html lang="{language}"><body><p>{escape(text)}</p></body></html>'
        document |= {"subject": subject, "html": html}
    message = Outgoing(
        delivery_id=str(id),
        written=Written(document),
        address=to.address,
        name=to.name,
        creditor=creditor,
        creditor_name=to.creditor_name,
        reply_to=None,
        open_tracking=False,
        country=services.calendar.country,
        today=now.day,
    )
    try:
        await SPECS[Channel(to.channel)].sender(services.means).send(message)
    except (NotSent, AddressRejected, ProviderMisconfigured, OutcomeUnknown) as error:
        log.warning("adviser_code_not_sent", creditor=creditor, channel=to.channel, reason=type(error).__name__)
        return
    log.info("adviser_code_sent", creditor=creditor, channel=to.channel)
