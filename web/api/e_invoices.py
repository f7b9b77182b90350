"""An invoice or credit note as an e-invoice over the API: Peppol BIS Billing 3.0, or all that is missing for one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from connectors.e_invoices.peppol import peppol_invoice
from domain.dossier import plain
from domain.invoices.e_invoice import EInvoice, NotAnEInvoice
from facts.cases.load import case_of
from views.e_invoice import e_credit_note, e_invoice
from web.problems import Problem, documented, not_found
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["invoices"], responses=documented(401, 404, 422))

_XML: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The XML file (UBL 2.1).",
        "content": {"application/xml": {"schema": {"type": "string", "examples": ["<Invoice …>"]}}},
    }
}


@router.get("/v1/invoices/{number:path}/e-invoice", response_class=Response, responses=_XML)
async def get_e_invoice(
    number: Annotated[str, Path(description="The invoice's number.", examples=["2026-1001"])],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """The invoice as an e-invoice for Peppol (BIS Billing 3.0). What it was not given with is named (422), never made up."""
    async with services.database.transaction() as connection:
        case = await case_of(connection, creditor, number)
        if case is None:
            raise not_found(f"invoice {number}")
        told = await e_invoice(connection, case.id)
    return _file(creditor, told)


@router.get("/v1/credit-notes/{number:path}/e-invoice", response_class=Response, responses=_XML)
async def get_credit_note_e_invoice(
    number: Annotated[str, Path(description="The credit note's number.", examples=["K-77"])],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """The credit note as an e-invoice for Peppol (BIS Billing 3.0). What it was not given with is named (422), never made up."""
    async with services.database.transaction() as connection:
        told = await e_credit_note(connection, creditor, number)
    if told is None:
        raise not_found(f"credit note {number}")
    return _file(creditor, told)


def _file(creditor: str, told: EInvoice) -> Response:
    try:
        content = peppol_invoice(told)
    except NotAnEInvoice as missing:
        raise Problem(422, "refused", str(missing)) from missing
    headers = {"Content-Disposition": f'attachment; filename="{plain(creditor, told.number)}.xml"'}
    return Response(content, media_type="application/xml", headers=headers)
