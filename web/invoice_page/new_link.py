"""A new link for who has one that opens nothing: it goes to an address that we know, and nowhere else.

The answer is the same at once, whether the address is known or not: whoever asks learns nothing, and whose address it is
gets no more than a link that they could have had before.
"""

from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse
from limits import parse

from connectors.links import BadLink, Link
from domain.parties.addresses import address_key
from facts import clock
from facts.deliveries import link_revocations
from facts.parties import adviser_codes, page_codes
from facts.parties.page_codes import LinkGoesTo
from messages.languages import locale_of
from web import outside_message
from web.outside_message import OutsideMessage
from web.pages import for_anybody, page, words
from web.services import Here, Services
from web.strangers import network

router = APIRouter(tags=["invoice page"], include_in_schema=False)

ASKED_OF_ONE = parse("10 per hour")  # links that one network asks for
SENT_TO_ONE = parse("3 per hour")  # messages to one address, known or not
LONGEST_TYPED = 200


@router.post("/i/new-link")
async def send_new_link(
    request: Request,
    services: Here,
    background: BackgroundTasks,
    address: Annotated[str, Form(max_length=LONGEST_TYPED)] = "",
    old: Annotated[str, Form(max_length=LONGEST_TYPED)] = "",
) -> HTMLResponse:
    """Links go to the address, where it is one that a debtor with something open is written to."""
    if not services.limiter.hit(ASKED_OF_ONE, "new link", network(request)):
        return page(
            "bad_link.html.j2", status=429, texts=for_anybody(request), told="new_link_wait", old=old, creditor=None
        )
    background.add_task(_send, services, address.replace("\0", "").strip(), old)
    answer = page("bad_link.html.j2", texts=for_anybody(request), told="new_link_sent", old=old, creditor=None)
    answer.background = background
    return answer


async def _send(services: Services, typed: str, old: str) -> None:
    keys = adviser_codes.as_registered(typed)
    whose = sha256((keys[-1] if keys else address_key(typed)).encode()).hexdigest()
    if not services.limiter.hit(SENT_TO_ONE, "new link to", whose):
        return
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        goes = await page_codes.links_go_to(connection, keys, _invoice(services, old), now)
        rounds = await link_revocations.rounds_of(connection, [to.invoice for to in goes])
    moment = services.calendar.here(now)
    for to in goes:
        link = services.links.url(Link(to.invoice, 0, round=rounds.get(to.invoice, 0)), moment.day)
        await outside_message.send(services, _message(to, link), moment)


def _invoice(services: Services, old: str) -> int | None:
    """The invoice that an old link of ours was for."""
    try:
        return services.links.says(old)[0].invoice
    except BadLink:
        return None


def _message(to: LinkGoesTo, link: str) -> OutsideMessage:
    language = locale_of(to.language, to.country, to.debtor_kind)
    t = words(language)
    return OutsideMessage(
        about="new link",
        id=str(uuid4()),
        channel=to.channel,
        address=to.address,
        name=to.name,
        creditor=to.creditor,
        creditor_name=to.creditor_name,
        language=language,
        subject=t["new_link_subject"].format(creditor=to.creditor_name),
        text=t["new_link_text"].format(creditor=to.creditor_name, link=link),
    )
