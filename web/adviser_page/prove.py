"""An adviser, guardian or estate's contact proves who they are: by a code to the address that the creditor registered.

Whoever has the link of an invoice may ask; the answer is the same whether the address is known or not.
"""

from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, BackgroundTasks, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import parse

from connectors.links import BadLink, Links
from facts.parties import adviser_codes, one_time_codes
from web import outside_message
from web.adviser_page.code_message import code_message
from web.invoice_page.link import ByLink, Holder
from web.pages import page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

ASKED_OF_ONE = parse("10 per hour")  # codes that one visitor asks for
ASKED_FOR_ONE = parse("5 per hour")  # codes to one address of a creditor's, known or not
WRONG_OF_ONE = parse("10 per hour")  # wrong codes from one visitor
WRONG_OF_ALL = parse("20 per minute")
LONGEST_TYPED = 200


@router.get("/i/{key}/adviser")
async def ask(holder: ByLink, asked: Annotated[str, Query(max_length=LONGEST_TYPED)] = "") -> Response:
    """Where somebody who stands in types their address, and then the code."""
    return await _asking(holder, asked)


@router.post("/i/{key}/adviser")
async def send_code(
    request: Request,
    holder: ByLink,
    background: BackgroundTasks,
    address: Annotated[str, Form(max_length=LONGEST_TYPED)],
) -> Response:
    """A code goes to the address, where the creditor has registered it for somebody who stands in."""
    services, typed = holder.services, address.replace("\0", "").strip()
    async with holder.opened() as opened:
        found = await opened.payable()
        stands = adviser_codes.as_registered(typed)
        whose = sha256(f"{found.creditor}/{stands[-1] if stands else ''}".encode()).hexdigest()
        few = services.limiter.hit(ASKED_OF_ONE, "adviser asks", _client(request))
        few = services.limiter.hit(ASKED_FOR_ONE, "adviser asked for", whose) and few
        id, to = uuid4(), None
        if few:
            to = await adviser_codes.registered(opened.connection, found.creditor, typed)
        if to is not None:
            code = one_time_codes.new(adviser_codes.DIGITS)
            kept = _hash(services.links, id, code)
            await adviser_codes.keep(opened.connection, id, found.creditor, to.contact_point, kept, opened.now)
            message = code_message(found.creditor, to, code, id, found.language)
            background.add_task(outside_message.send, services, message, opened.moment)
    if not few:
        return await _asking(holder, problem="adviser_wait", status=429)
    asked = services.links.seal(id.bytes, "adviser asks", found.creditor)
    return RedirectResponse(f"{holder.page}/adviser?asked={asked}", 303, background=background)


@router.post("/i/{key}/adviser/code")
async def prove(
    request: Request,
    holder: ByLink,
    asked: Annotated[str, Form(max_length=LONGEST_TYPED)],
    code: Annotated[str, Form(max_length=LONGEST_TYPED)],
) -> Response:
    """On to the clients with the right code; wrong ones are counted, and after a few refused."""
    services, client = holder.services, _client(request)
    allowed = services.limiter.test(WRONG_OF_ONE, "adviser", client) and services.limiter.test(WRONG_OF_ALL, "adviser")
    if not allowed:
        return await _asking(holder, asked, "adviser_wait", 429)
    async with holder.opened() as opened:
        creditor = (await opened.payable()).creditor
        id = _asked(services.links, asked, creditor)
        typed = "".join(sign for sign in code if sign in "0123456789")
        right = id is not None and await adviser_codes.prove(
            opened.connection, id, creditor, _hash(services.links, id, typed), opened.now
        )
    if id is None or not right:
        services.limiter.hit(WRONG_OF_ONE, "adviser", client)
        services.limiter.hit(WRONG_OF_ALL, "adviser")
        return await _asking(holder, asked, "adviser_wrong", 404)
    return RedirectResponse(f"/a/{services.links.seal(id.bytes, 'adviser session')}", 303)


async def _asking(holder: Holder, asked: str = "", problem: str = "", status: int = 200) -> HTMLResponse:
    async with holder.opened() as opened:
        found = await opened.payable()
    language = found.language
    return page(
        "adviser.html.j2",
        status=status,
        here=f"{holder.page}/adviser",
        back=holder.page,
        creditor=found.creditor_name,
        language=language,
        t=words(language),
        asked=asked,
        problem=problem,
    )


def _asked(links: Links, asked: str, creditor: str) -> UUID | None:
    try:
        return UUID(bytes=links.opened(asked, "adviser asks", creditor))
    except BadLink:
        return None


def _hash(links: Links, id: UUID, code: str) -> str:
    """What is kept of a code: nothing that could be found again by trying them all without the key."""
    return sha256(links.seal(code.encode(), "adviser code", str(id)).encode()).hexdigest()


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
