"""The page behind the link in every message: the invoice as it stands, how to pay, and whom to tell what."""

import re
from datetime import datetime
from functools import cache
from typing import Any

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection
from stdnum.no import kontonr

from channels.links import BadLink, Link
from domain import references
from facts import clock, provider_events
from facts.invoice_view import InvoiceView, delivery_of, invoice_view
from facts.provider_events import ProviderEvent
from messages.content import Language
from web.pages import FOLDER, invoice_figures, page
from web.services import Here, Services

router = APIRouter(tags=["invoice page"])

# Programs that fetch a link to show a preview of it, or to search it; no person has read anything.
PREVIEWS = re.compile(
    r"bot\b|crawler|spider|preview|facebookexternalhit|facebot|whatsapp/|slack-imgproxy|slackbot|discordbot|"
    r"telegrambot|skypeuripreview|linkedinbot|twitterbot|bitlybot|embedly|vkshare|googleimageproxy|safelinks|"
    r"barracuda|mimecast|proofpoint",
    re.IGNORECASE,
)


@router.head("/i/{token}", include_in_schema=False)
@router.get("/i/{token}", response_class=HTMLResponse)
async def invoice_page(token: str, request: Request, services: Here) -> HTMLResponse:
    """The invoice page; a visit by a person proves that the message with the link was read."""
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        try:
            link = services.links.read(token, services.today(now))
        except BadLink:
            return bad_link()
        invoice = await invoice_view(connection, link.invoice)
        if invoice is None:
            return bad_link()
        if is_a_person(request):
            await _record_visit(connection, services, link, now)
    return page("invoice.html.j2", **_shown(invoice))


def is_a_person(request: Request) -> bool:
    """Whether somebody looks: not a HEAD request, a prefetch or a known preview."""
    headers = request.headers
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    return (
        request.method == "GET"
        and "prefetch" not in purpose.lower()
        and not PREVIEWS.search(headers.get("user-agent", ""))
    )


def bad_link() -> HTMLResponse:
    """A kind page for a link that opens nothing (any more), in both languages."""
    return page("bad_link.html.j2", status=404, texts=[("nb", words("nb")), ("en", words("en"))])


@cache
def words(language: Language) -> dict[str, str]:
    """The page's words in a language."""
    loaded = yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))
    return {str(name): str(text) for name, text in loaded.items()}


async def _record_visit(connection: AsyncConnection, services: Services, link: Link, now: datetime) -> None:
    delivery = await delivery_of(connection, link.delivery, link.invoice)
    if delivery is None:
        return
    event = ProviderEvent(
        provider="page",
        event_id=str(delivery),
        delivery=delivery,
        kind="read",
        happened_at=now,
        read_by="page visit",
    )
    await provider_events.record(connection, event, now, services.today(now))


def _shown(invoice: InvoiceView) -> dict[str, Any]:
    language: Language = "en" if invoice.language == "en" else "nb"
    account = invoice.account
    return {
        "invoice": invoice,
        "language": language,
        "t": words(language),
        "kid": references.scheme_of(invoice.reference or "", account, invoice.currency) == "kid",
        "account": kontonr.format(account) if account and kontonr.is_valid(account) else account,
        **invoice_figures(invoice.currency, language),
    }
