"""The way from paper to the invoice page: a short address, where the code on the letter is typed."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import parse

from connectors.links import Link
from facts import clock
from facts.deliveries import paper_codes
from web.pages import for_anybody, page
from web.services import Here
from web.strangers import network

router = APIRouter(tags=["invoice page"], include_in_schema=False)

WRONG_OF_ONE = parse("10 per hour")  # wrong codes from one address: a person mistypes a few times
WRONG_OF_ALL = parse("20 per minute")  # from all: guessing one of a million codes takes more than a lifetime
OF_ONE_CODE = parse("20 per hour")  # that one code opens: a person loses a page a few times
LONGEST_TYPED = 40
GOOD_FOR = 1  # days, in a browser that may be a library's: the code stays good


@router.get("/i")
@router.get("/i/")
async def ask_for_code(request: Request) -> HTMLResponse:
    """The page that a letter's short address opens."""
    return _asking(request)


@router.post("/i")
@router.post("/i/")
async def open_by_code(request: Request, code: Annotated[str, Form()], services: Here) -> Response:
    """On to the invoice page of the letter with this code; wrong codes are counted and after a few refused."""
    client, code = network(request), code[:LONGEST_TYPED]
    allowed = services.limiter.test(WRONG_OF_ONE, "paper", client) and services.limiter.test(WRONG_OF_ALL, "paper")
    if not allowed:
        return _asking(request, "paper_wait", 429)
    async with services.database.transaction() as connection:
        today = services.today(await clock.now(connection))
        found = await paper_codes.read(connection, code, today)
    if found is None:
        services.limiter.hit(WRONG_OF_ONE, "paper", client)
        services.limiter.hit(WRONG_OF_ALL, "paper")
        return _asking(request, "paper_wrong", 404)
    invoice, delivery = found
    if not services.limiter.hit(OF_ONE_CODE, "paper code", f"{invoice}/{delivery}"):
        return _asking(request, "paper_wait", 429)
    return RedirectResponse(services.links.url(Link(invoice, delivery, on_paper=True), today, GOOD_FOR), 303)


def _asking(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
    return page("paper.html.j2", status=status, texts=for_anybody(request), problem=problem)
