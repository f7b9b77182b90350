"""Bank files over the API: booked like those in the folder, each payment once, and answered with what became of them."""

import asyncio
import tempfile
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile

from activities.bank_files import BookedFile, book_file
from connectors.bank_files.bank_file import BankFile, BankFileFormat
from connectors.bank_files.reader import examine
from facts.direct_debit import mandates
from facts.money import bank_files
from web.api.idempotency import Answer, Asked
from web.problems import Problem, documented
from web.security import BANK_FILE_LIMIT
from workflows.contracts import By

router = APIRouter(tags=["payments"], responses=documented(401, 422))

_BEGINS = "NY000010000080800739949000080800000000000000000000000000000000000000000000000000"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "OCR giro, BgMax, camt.053 or camt.054: its content tells which, whatever it is called.",
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": _BEGINS},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary", "description": "The file as it is."}},
            },
            "example": {"file": _BEGINS},
        },
    },
}


class AccountThrough(BaseModel):
    """An account and the day through which its bank data is imported now."""

    account: str = Field(description="The account, without spaces.", examples=["12345678903"])
    through: date = Field(description="The last day that is imported in full.", examples=["2026-11-16"])


class BankFileRead(BaseModel):
    """What became of a bank file."""

    id: str = Field(description="What it holds, as SHA-256: the same content is the same file.", examples=["9f2c…"])
    format: BankFileFormat = Field(description="What it is.", examples=["ocr-giro"])
    state: Literal["done", "flagged", "booking", "refused"] = Field(
        description="`done`: all is booked. `flagged`: something waits for a person, see `flags`. `booking`: it was "
        "interrupted, send it again. `refused`: a person has refused it."
    )
    waits: bool = Field(description="True: nothing of it is booked before a person has looked at the flags.")
    flags: list[str] = Field(
        description="What contradicts itself, with its place.",
        examples=[["line 9: the sum is 70200, the file has 80200"]],
    )
    transactions: int = Field(description="How many it has.", examples=[3])
    totals: dict[str, Decimal] = Field(
        description="The sum of each currency, reversals taken off.", examples=[{"NOK": "802.00"}]
    )
    booked: int = Field(description="How many are booked on invoices now.", examples=[2])
    known: int = Field(description="How many came before, by whatever door; nothing is booked twice.", examples=[0])
    review: int = Field(description="How many wait: `GET /v1/payments/unmatched` has them.", examples=[1])
    left_out: int = Field(description="How many nothing was done with, for what is flagged.", examples=[0])
    imported_through: list[AccountThrough] = Field(description="How far its accounts are imported.")


@router.post(
    "/v1/bank-files",
    response_model=BankFileRead,
    responses=documented(409, 413),
    openapi_extra={"requestBody": _BODY},
    max_body_size=BANK_FILE_LIMIT,
)
async def create_bank_file(
    request: Request,
    asked: Asked,
    accepted_by: Annotated[
        By | None, Query(description="Who has looked at what is flagged, and wants it booked.", examples=["anne"])
    ] = None,
) -> Response:
    """Send a bank file of at most 5 MB: its payments are booked, and the answer says what became of them.

    The same content again books nothing twice, and goes on where it was interrupted. Every account in it is to be yours alone,
    else nothing of it is booked. What contradicts itself waits until a person has accepted it.
    """
    content = await _content(request)

    async def work() -> Answer:
        with tempfile.TemporaryDirectory(prefix="purr-bank-file-") as folder:  # as long as it is read, for nobody else
            path = Path(folder) / f"{asked.creditor} {sha256(content).hexdigest()[:12]}"
            file = await asyncio.to_thread(_examined, path, content)
            if file.format is None:
                raise Problem(422, "file-refused", f"the file {'; '.join(file.flags)}")
            async with asked.services.database.transaction() as connection:
                await _refuse_others_accounts(connection, asked.creditor, file)
            return Answer(200, _shown(file, await book_file(asked.services.database, file, accepted_by=accepted_by)))

    return await asked.harmless_twice(work)


async def _content(request: Request) -> bytes:
    """The file: the body as it is, or the part `file` of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1, max_fields=1) as form:
        given = form.get("file")
        if not isinstance(given, UploadFile):
            raise Problem(422, "invalid", "the form has no file: send one as `file`, or the file as the body")
        return await given.read()


def _examined(path: Path, content: bytes) -> BankFile:
    path.write_bytes(content)
    return examine(path)


async def _refuse_others_accounts(connection: AsyncConnection, creditor: str, file: BankFile) -> None:
    """Whether an account is another's, several creditors' or nobody's is nobody's business: all are refused alike."""
    owners = await bank_files.owners(connection, file.accounts)
    others = [account for account in file.accounts if account not in owners or owners[account].creditor != creditor]
    others += [
        account
        for account in file.mandate_accounts
        if await mandates.owner_of_agreement(connection, account) != creditor
    ]
    if others:
        told = f"account {others[0]} is not yours alone: have the operator register it, or send its own accounts' file"
        raise Problem(422, "file-refused", f"{told}. Nothing of the file is booked")


def _shown(file: BankFile, became: BookedFile) -> BankFileRead:
    known = {name: getattr(became, name) for name in BankFileRead.model_fields if hasattr(became, name)}
    through = [{"account": account, "through": day} for account, day in became.imported_through.items()]
    return BankFileRead.model_validate(known | {"id": file.sha256, "imported_through": through})
