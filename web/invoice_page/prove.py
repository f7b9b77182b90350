"""Where somebody proves more than having the link: by a one-time code or by BankID, and back to what they wanted.

What was proven stands in the cookie of their browser for half an hour. A code goes only to where the debtor was reached
before, and the page never says more of an address than the link's own messages did.
"""

from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, BackgroundTasks, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from limits import parse

from connectors.links import BadLink, Links
from facts.money.payment_attempts import Payable
from facts.parties import one_time_codes, page_codes
from facts.parties.page_codes import Carrier
from web import outside_message
from web.invoice_page.cookie import Proof
from web.invoice_page.link import ByPaper, Holder, NotTheirs, Opened
from web.invoice_page.rights import ACTS, PROVEN_FOR, Level
from web.outside_message import OutsideMessage
from web.pages import for_anybody, page, words
from web.strangers import network

router = APIRouter(tags=["invoice page"], include_in_schema=False)

ASKED_OF_ONE = parse("20 per hour")  # codes that one network asks for
WRONG_OF_ONE = parse("20 per hour")  # wrong codes from one network
LONGEST_TYPED = 200
ABOUT = "page code"
PROBLEMS = frozenset({"wrong", "wait", "nowhere", "bankid", "not_you"})

Wanted = Annotated[str, Query(alias="for", max_length=40)]
WantedTyped = Annotated[str, Form(alias="for", max_length=40)]
Asked = Annotated[str, Query(max_length=LONGEST_TYPED)]


@router.get("/i/{key}/prove")
async def choose(holder: ByPaper, wanted: Wanted = "", asked: Asked = "", problem: Asked = "") -> Response:
    """What is wanted needs more: two ways to prove it, or on to it where enough is proven already."""
    wanted = wanted if wanted in ACTS else ""
    try:
        async with holder.opened() as opened:
            found = await opened.payable()
            carriers = await page_codes.carriers(opened.connection, found.debtor, opened.now)
            person = await page_codes.person(opened.connection, found.debtor)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    if opened.level >= ACTS[wanted].level:
        return RedirectResponse(f"{holder.here}{ACTS[wanted].form}", 303)
    t = words(found.language)
    return page(
        "prove.html.j2",
        here=f"{holder.page}/prove",
        back=holder.page,
        creditor=found.creditor_name,
        language=found.language,
        t=t,
        wanted=wanted,
        what_for=t[f"prove_for_{wanted or 'page'}"],
        minutes=int(PROVEN_FOR.total_seconds() // 60),
        ways=[(channel, _masked(carriers[channel], opened.level)) for channel in carriers],
        codes=ACTS[wanted].level <= Level.CODE,
        bankid=holder.services.identity is not None and person is not None,
        asked=asked if _asked(holder.services.links, asked, opened.link.invoice) else "",
        problem=problem if problem in PROBLEMS else "",
    )


@router.post("/i/{key}/prove")
async def send_code(
    request: Request,
    holder: ByPaper,
    background: BackgroundTasks,
    wanted: WantedTyped = "",
    channel: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """A code goes to where the debtor is known to be reached by this channel."""
    services, code, id = holder.services, one_time_codes.new(page_codes.DIGITS), uuid4()
    async with holder.opened() as opened:
        found = await opened.payable()
        to = (await page_codes.carriers(opened.connection, found.debtor, opened.now)).get(channel)
        if to is None:
            return prove_again(holder, wanted, problem="nowhere")
        few = services.limiter.hit(ASKED_OF_ONE, "page code asked", network(request))
        kept = _hash(services.links, id, code)
        few = few and await page_codes.keep(
            opened.connection, id, found.debtor, opened.link.invoice, to.contact_point, kept, opened.now
        )
    if not few:
        return prove_again(holder, wanted, problem="wait")
    background.add_task(outside_message.send, services, _message(found, to, code, id), opened.moment)
    answer = prove_again(holder, wanted, asked=services.links.seal(id.bytes, ABOUT, str(opened.link.invoice)))
    answer.background = background
    return answer


@router.post("/i/{key}/prove/code")
async def type_code(
    request: Request,
    holder: ByPaper,
    asked: Annotated[str, Form(max_length=LONGEST_TYPED)] = "",
    code: Annotated[str, Form(max_length=LONGEST_TYPED)] = "",
    wanted: WantedTyped = "",
) -> Response:
    """On to what was wanted with the right code; wrong ones are counted, and after a few refused."""
    services, client = holder.services, network(request)
    if not services.limiter.test(WRONG_OF_ONE, "page code", client):
        return prove_again(holder, wanted, problem="wait")
    async with holder.opened() as opened:
        id = _asked(services.links, asked, opened.link.invoice)
        right = id is not None and await page_codes.prove(
            opened.connection, id, opened.link.invoice, _hash(services.links, id, _digits(code)), opened.now
        )
    if not right:
        services.limiter.hit(WRONG_OF_ONE, "page code", client)
        return prove_again(holder, wanted, asked=asked, problem="wrong")
    return proven(holder, opened, wanted, Level.CODE)


def proven(holder: Holder, opened: Opened, wanted: str, level: Level) -> Response:
    """On to what was wanted, with what was proven now."""
    answer = RedirectResponse(f"{holder.here}{ACTS[wanted if wanted in ACTS else ''].form}", 303)
    return holder.remembered(answer, Proof(level, opened.now))


def prove_again(holder: Holder, wanted: str, **told: str) -> Response:
    """Back to the choice, with what is told of how it went."""
    return RedirectResponse(f"{holder.page}/prove?{urlencode({'for': wanted if wanted in ACTS else ''} | told)}", 303)


def _masked(to: Carrier, level: Level) -> str:
    """As much of an address as its owner needs to know it by; nothing for who has a code from paper alone."""
    if level < Level.LINK:
        return ""
    if to.channel == "sms":
        return f"•••{to.address[-2:]}"
    name, _, domain = to.address.partition("@")
    return f"{name[:1]}•••@{domain}"


def _message(found: Payable, to: Carrier, code: str, id: UUID) -> OutsideMessage:
    t = words(found.language)
    return OutsideMessage(
        about="page code",
        id=str(id),
        channel=to.channel,
        address=to.address,
        name=to.name,
        creditor=found.creditor,
        creditor_name=found.creditor_name,
        language=found.language,
        subject=t["prove_code_subject"].format(creditor=found.creditor_name),
        text=t["prove_code_text"].format(code=code, creditor=found.creditor_name),
    )


def _asked(links: Links, asked: str, invoice: int) -> UUID | None:
    try:
        return UUID(bytes=links.opened(asked, ABOUT, str(invoice)))
    except BadLink:
        return None


def _digits(typed: str) -> str:
    return "".join(sign for sign in typed if sign in "0123456789")


def _hash(links: Links, id: UUID, code: str) -> str:
    """What is kept of a code: nothing that could be found again by trying them all without the key."""
    return sha256(links.seal(code.encode(), ABOUT, str(id)).encode()).hexdigest()
