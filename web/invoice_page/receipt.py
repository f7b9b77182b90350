"""The receipt: what was paid on which day and how, on the page and as a PDF to keep."""

from asyncio import to_thread
from decimal import Decimal

from fastapi import APIRouter
from fastapi.responses import Response

from facts.parties import debtors
from messages.letter import letter
from views.content import receipt_content
from views.receipt import received
from web.invoice_page.link import ByLink, NotTheirs
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown
from web.pages import OF_A_FILE, for_anybody, page, words
from web.problems import not_found

router = APIRouter(tags=["invoice page"], include_in_schema=False)


async def facts(shown: Shown) -> Facts | None:
    """Each payment, once nothing is left to be paid."""
    if shown.invoice.balance > 0:
        return None
    payments = await received(shown.connection, shown.opened.link.invoice)
    return {"payments": payments, "in_all": sum((each.amount for each in payments), Decimal(0))} if payments else None


@router.get("/i/{key}/receipt.pdf")
async def as_pdf(holder: ByLink) -> Response:
    """The same as a letter."""
    try:
        async with holder.opened() as opened:
            found = await opened.payable()
            payments = await received(opened.connection, opened.link.invoice)
            if found.facts.balance > 0 or not payments:
                raise not_found("receipt of this invoice")
            debtor = await debtors.by_id(opened.connection, found.debtor)
            content = await receipt_content(
                opened.connection,
                debtor,
                found.case,
                sum((each.amount for each in payments), Decimal(0)),
                found.to_pay.currency,
                opened.calendar,
                holder.services.planning.law_of(debtor.country),
                opened.moment.day,
                holder.services.links.url(opened.link, opened.given.last_day),
            )
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    name = f"{words(found.language)['receipt'].lower()}-{opened.link.invoice}.pdf"
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(await to_thread(letter, content), media_type="application/pdf", headers=OF_A_FILE | named)
