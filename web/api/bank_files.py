"""Bank files over the API: booked like those in the folder, each payment once, and answered with what became of them."""

import asyncio
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile

from activities.bank_files import BookedFile, book_file, look_at
from connectors.bank_files.bank_file import BankFile, BankFileFormat
from connectors.bank_files.reader import examine
from facts.database import Database
from facts.direct_debit import mandates
from facts.money import bank_files, refund_orders
from facts.money.bank_files import StoredFile
from web.api.idempotency import ONLY_BEGUN, Answer, Asked
from web.problems import Problem, documented
from web.security import BANK_FILE_LIMIT
from workflows.contracts import By

router = APIRouter(tags=["payments"], responses=documented(401, 422))

PATIENCE = 20  # seconds that a sender is kept waiting, unless it prefers less; a chunk that is begun is ended
WAIT = re.compile(r"\bwait=(\d{1,3})\b", re.ASCII)

_BEGINS = "NY000010000080800739949000080800000000000000000000000000000000000000000000000000"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "OCR giro, BgMax, KTL, TITO, camt.053, camt.054 or pain.002: its content tells which, whatever it is called.",
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
        description="`done`: all is booked. `flagged`: something waits for a person, see `flags`. `booking`: there is more "
        "to book, send it again and it goes on. `refused`: a person has refused it."
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
    responses=documented(409, 413)
    | {ONLY_BEGUN: {"model": BankFileRead, "description": "There is more to book: send it again"}},
    openapi_extra={"requestBody": _BODY},
    max_body_size=BANK_FILE_LIMIT,
)
async def create_bank_file(
    request: Request,
    asked: Asked,
    accepted_by: Annotated[
        By | None, Query(description="Who has looked at what is flagged, and wants it booked.", examples=["anne"])
    ] = None,
    prefer: Annotated[
        str, Header(description=f"`wait=` so many seconds, {PATIENCE} at most (RFC 7240).", examples=["wait=10"])
    ] = "",
) -> Response:
    """Send a bank file of at most 5 MB: its payments are booked, and the answer says what became of them.

    One that takes longer than you wait is answered 202, booked in part: send it again, and it goes on.

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
            return await _booked(asked.services.database, file, accepted_by, _patience(prefer))

    return await asked.harmless_twice(work)


async def _booked(database: Database, file: BankFile, accepted_by: str | None, patience: int) -> Answer:
    """What became of it by the time that its sender waits no more."""
    ends = time.monotonic() + patience

    def progress(_position: int) -> None:
        if time.monotonic() >= ends:
            raise _LongEnough

    try:
        became = await book_file(database, file, accepted_by=accepted_by, progress=progress)
        return Answer(200, _shown(file, became, became.flags, became.waits, became.imported_through))
    except _LongEnough:
        look = await look_at(database, file)
        return Answer(ONLY_BEGUN, _shown(file, look.stored, look.flags, look.waits, {}))


class _LongEnough(Exception):
    """Nobody waits any longer."""


def _patience(prefer: str) -> int:
    wished = WAIT.search(prefer)
    return min(PATIENCE, int(wished[1])) if wished else PATIENCE


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
    if await refund_orders.whose(connection, [each.id for each in file.refused]) - {creditor}:
        raise Problem(422, "file-refused", "it answers orders that are not yours: send the answers to your own files")


def _shown(
    file: BankFile, counts: BookedFile | StoredFile, flags: Sequence[str], waits: bool, imported: Mapping[str, date]
) -> BankFileRead:
    of_file = {"id": file.sha256, "format": file.format, "transactions": file.transactions, "totals": file.totals}
    counted = {name: getattr(counts, name) for name in ("state", "booked", "known", "review", "left_out")}
    through = [{"account": account, "through": day} for account, day in imported.items()]
    told = {"flags": list(flags), "waits": waits, "imported_through": through}
    return BankFileRead.model_validate(of_file | counted | told)
