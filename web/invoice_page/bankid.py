"""BankID on the invoice page: to the provider with one button, and back, for who the debtor is a person.

A form may not be answered with a redirect to another site, so a page leads there. What belongs to the way waits, sealed, in
a cookie of the browser that set out: nobody else can come back from it.
"""

from typing import Annotated, Final

import orjson
import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from connectors.identity.openid import IdentityUnavailable, Journey, NotIdentified, OpenIdentity
from connectors.links import NAME_LENGTH, BadLink, Links
from domain.parties.identified import is_the_same
from facts.parties import page_codes
from messages.languages import tag_of
from web.invoice_page.cookie import name_of
from web.invoice_page.link import ByPaper, Holder
from web.invoice_page.prove import WantedTyped, prove_again, proven
from web.invoice_page.rights import Level
from web.pages import page, words
from web.problems import not_found
from web.services import Here

router = APIRouter(tags=["invoice page"], include_in_schema=False)
log = structlog.get_logger()

KEPT_FOR: Final = 600  # seconds, for who looks for their code device
ABOUT: Final = "identity"
LONGEST: Final = 2000

Given = Annotated[str, Query(max_length=LONGEST)]


@router.post("/i/{key}/prove/bankid")
async def set_out(holder: ByPaper, wanted: WantedTyped = "") -> Response:
    """A way to the provider is begun, for what is wanted."""
    identity, links = _identity(holder), holder.services.links
    async with holder.opened() as opened:
        person = await page_codes.person(opened.connection, (await opened.payable()).debtor)
    if person is None:
        return prove_again(holder, wanted, problem="nowhere")
    journey = identity.begin(holder.here.removeprefix("/i/"))
    answer = RedirectResponse(f"{holder.here}/prove/bankid", 303)
    said = links.seal(orjson.dumps([journey.state, journey.nonce, journey.verifier, wanted]), ABOUT, holder.here)
    answer.set_cookie(
        _cookie(holder), said, max_age=KEPT_FOR, path="/", secure=holder.secure, httponly=True, samesite="lax"
    )
    return holder.remembered(answer)


@router.get("/i/{key}/prove/bankid")
async def on_the_way(holder: ByPaper) -> Response:
    """A page that leads on to the provider by itself, and by a link."""
    identity = _identity(holder)
    async with holder.opened() as opened:
        found = await opened.payable()
    try:
        journey, wanted = _journey(holder)
    except BadLink:
        return prove_again(holder, "")
    try:
        address = await identity.address(journey, tag_of(found.language))
    except IdentityUnavailable as error:
        log.warning("identity_not_asked", reason=str(error))
        return prove_again(holder, wanted, problem="bankid")
    return page(
        "to_bankid.html.j2",
        creditor=found.creditor_name,
        language=found.language,
        t=words(found.language),
        address=address,
        back=f"{holder.page}/prove?for={wanted}",
    )


@router.get("/i/bankid")
async def back(request: Request, services: Here, state: Given = "", code: Given = "", error: Given = "") -> Response:
    """Somebody is back from the provider: on to what they wanted, if they are the debtor. Nothing of who they are is kept."""
    key = state.partition(".")[0]
    holder = Holder(services, request, key if len(key) == NAME_LENGTH else "", Level.PAPER, "")
    identity = _identity(holder)
    async with holder.opened() as opened:
        person = await page_codes.person(opened.connection, (await opened.payable()).debtor)
    try:
        journey, wanted = _journey(holder)
    except BadLink:
        return prove_again(holder, "", problem="bankid")
    try:
        if error or person is None:
            raise NotIdentified("it was given up")
        who = await identity.identity(journey, state, code)
    except (NotIdentified, IdentityUnavailable) as failed:
        log.info("identity_not_shown", reason=str(failed))
        return _done(holder, prove_again(holder, wanted, problem="bankid"))
    if not is_the_same(person.name, person.birth_date, who.name, who.birth_date):
        log.info("identity_of_another")
        return _done(holder, prove_again(holder, wanted, problem="not_you"))
    return _done(holder, proven(holder, opened, wanted, Level.BANKID))


def _done(holder: Holder, answer: Response) -> Response:
    """The way is gone once."""
    answer.delete_cookie(_cookie(holder), path="/", secure=holder.secure, httponly=True, samesite="lax")
    return answer


def _identity(holder: Holder) -> OpenIdentity:
    if holder.services.identity is None:
        raise not_found("provider of identities here")
    return holder.services.identity


def _cookie(holder: Holder) -> str:
    return name_of(holder.here.removeprefix("/i/"), secure=holder.secure).replace("i-", "b-", 1)


def _journey(holder: Holder) -> tuple[Journey, str]:
    """The way that this browser is on, and what it is for. Raises BadLink."""
    links: Links = holder.services.links
    said = links.opened(holder.request.cookies.get(_cookie(holder), ""), ABOUT, holder.here)
    state, nonce, verifier, wanted = orjson.loads(said)
    return Journey(state, nonce, verifier), wanted
