"""Invoice files over the API: what the terminal imports can be sent, and every invoice in it is answered."""

import asyncio
import tempfile
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invoice_files import Became, Storing
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from domain.invoices.import_file import import_file
from domain.invoices.incoming import IncomingInvoice
from web.api.idempotency import Answer, Asked
from web.api.invoices import past_due
from web.problems import Problem, documented
from web.security import INVOICE_FILE_LIMIT

router = APIRouter(tags=["invoices"], responses=documented(401, 422))

MOST_INVOICES = 1000
FORMATS = {
    "text/csv": "number,issue_date,due_date,amount,currency,debtor_name\n2026-1001,2026-11-02,2026-11-16,802.00,NOK,Kari\n",
    "application/xml": '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">…</Invoice>',
    "application/json": '[{"number": "2026-1001"}]',
}
"""What a file may be, each with how it begins; whatever it is called, its content tells."""
_BODY: dict[str, Any] = {
    "required": True,
    "description": "The file as it is: CSV, UBL 2.1 or JSON; its content tells which.",
    "content": {kind: {"schema": {"type": "string", "examples": [example]}} for kind, example in FORMATS.items()},
}


FileName = Annotated[
    str,
    Query(
        max_length=200,
        description="What you call the file: `batch=…` of a filter finds it by that, too.",
        examples=["november.csv"],
    ),
]


class FileEntry(BaseModel):
    """What became of one invoice or credit note of a file."""

    place: str = Field(description="Where it stands in the file.", examples=["line 12"])
    kind: Literal["invoice", "credit_note"] | None = Field(description="null: the file does not tell.")
    number: str | None = Field(description="null: none could be read.", examples=["2026-1001"])
    status: Literal["new", "known", "rejected"] = Field(
        description="`known`: exactly this one came before. `rejected`: it alone is not stored, for its `reason`."
    )
    reason: str | None = Field(
        description="Why it is rejected.", examples=["due_date is not a date; write it as YYYY-MM-DD"]
    )
    warnings: list[str] = Field(
        description="What is odd about it.", examples=[["no postal address: no letter can be sent"]]
    )


class InvoiceFileTaken(BaseModel):
    """What became of a file, in the order in which its invoices were stored: early credit notes come last."""

    batch: str = Field(
        description="The file's id, the same for the same content: `batch=…` of a filter finds its invoices.",
        examples=["3f2a91c0b7de"],
    )
    accepted: int = Field(description="How many are stored, or were before.", examples=[1])
    rejected: int = Field(description="How many are not.", examples=[0])
    invoices: list[FileEntry] = Field(description="Each of them.")


@router.post(
    "/v1/invoice-files",
    response_model=InvoiceFileTaken,
    responses=documented(413),
    openapi_extra={"requestBody": _BODY},
    max_body_size=INVOICE_FILE_LIMIT,
)
async def create_invoice_file(request: Request, asked: Asked, name: FileName = "") -> Response:
    """Send a file of at most 1,000 invoices and credit notes: each is stored or rejected alone, as `import` does it.

    The same file again is `known` and changes nothing. A file that cannot be read, or is longer, is refused whole (422).
    """
    body = await request.body()
    read, file = await asyncio.to_thread(lambda: (_read(body), import_file(name, body)))
    if len(read) > MOST_INVOICES:
        raise Problem(422, "file-refused", f"the file holds more than {MOST_INVOICES} invoices: send it in parts")
    if len(read) == 1 and read[0].model is None and read[0].kind is None:
        where = "" if read[0].place == "/" else f"{read[0].place}: "
        raise Problem(422, "file-refused", f"{where}the file {read[0].reason}")

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        storing = Storing(asked.services.intake, asked.creditor, asked.api_key, sent=file)
        early: list[ReadInvoice] = []
        became = await storing.all_of(connection, read, early)
        became += await storing.all_of(connection, early)
        entries = [_entry(each, now) for each in became]
        rejected = sum(entry.status == "rejected" for entry in entries)
        taken = InvoiceFileTaken(batch=file.id, accepted=len(entries) - rejected, rejected=rejected, invoices=entries)
        return Answer(200, taken)

    return await asked.once(work)


def _read(body: bytes) -> list[ReadInvoice]:
    """What the file holds, one more than is taken at most. It is on the disk as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="purr-invoices-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(body)
        return list(islice(read_invoices([path]), MOST_INVOICES + 1))


def _entry(became: Became, now: datetime) -> FileEntry:
    read = became.read
    status: Literal["new", "known", "rejected"] = "rejected"
    if became.case is not None:
        status = "known" if became.case == "known" else "new"
    warnings = list(read.warnings)
    if became.case == "started" and isinstance(read.model, IncomingInvoice):
        warnings += past_due(read.model, now)
    return FileEntry(
        place=read.place, kind=read.kind, number=read.number, status=status, reason=read.reason, warnings=warnings
    )
