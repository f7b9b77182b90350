"""Links to the invoice page that came into wrong hands: taken back over the API."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.revoke_links import revoke_links
from web.api.idempotency import Answer, Asked
from web.api.invoices import InvoiceNumber, OfInvoice, status_of
from web.problems import documented
from workflows.contracts import By, Code

router = APIRouter(tags=["invoices"], responses=documented(401, 404, 422))


class RevokeLinks(BaseModel):
    """Which links are taken back, and why."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"by": "anne", "reason_code": "sent-on"}]}
    )
    by: Annotated[By, Field(description="Who asks for it.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["sent-on"])]
    of: Annotated[
        Literal["invoice", "debtor"], Field(description="Those of this invoice, or of all that the debtor has.")
    ] = "invoice"
    delivery: Annotated[
        UUID | None, Field(description="Only those that this message about the invoice carried.", examples=[None])
    ] = None


class LinksRevoked(OfInvoice):
    """What was taken back. What is sent from now on carries links that work."""

    cases: int = Field(description="In the diary of how many cases it stands.", examples=[1])


@router.post("/v1/invoices/{number:path}/links/revoke", response_model=LinksRevoked)
async def create_links_revocation(number: InvoiceNumber, given: RevokeLinks, asked: Asked) -> Response:
    """Take links to the invoice page back, with all that their browsers have open: at once, and for good."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        case = (await status_of(connection, asked.creditor, number, now)).case_id
        of = given.delivery or given.of
        cases = await revoke_links(connection, case, of, given.by, given.reason_code, now)
        return Answer(200, LinksRevoked(number=number, cases=cases))

    return await asked.once(work)
