"""The invoice itself as its creditor wrote it, a PDF to download from the invoice page."""

from fastapi import APIRouter
from fastapi.responses import Response

from domain.invoices.own_pdf import LARGEST_PDF
from facts.invoices.own_pdf import pdfs_of
from messages.figures import pdf_name
from web.invoice_page.link import ByLink, NotTheirs
from web.pages import OF_A_FILE, for_anybody, page
from web.problems import not_found

router = APIRouter(tags=["invoice page"], include_in_schema=False)


@router.get("/i/{key}/invoice.pdf")
async def own_pdf(holder: ByLink) -> Response:
    """The invoice's own PDF, behind the same link as its page."""
    try:
        async with holder.opened() as opened:
            language = (await opened.payable()).language
            found = await pdfs_of(opened.connection, [opened.link.invoice], LARGEST_PDF)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    if not found or found[0].content is None:
        raise not_found("PDF of this invoice")
    name = pdf_name(found[0].number, language)
    return Response(
        found[0].content,
        media_type="application/pdf",
        headers=OF_A_FILE | {"Content-Disposition": f'attachment; filename="{name}"'},
    )
