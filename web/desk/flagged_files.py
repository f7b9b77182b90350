"""A bank file that contradicts itself: looked at, and accepted or put away, as in the terminal; and the next opens."""

import asyncio
import tempfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile

from activities.bank_files import BookedFile, book_file
from connectors.bank_files.bank_file import BankFile
from connectors.bank_files.reader import examine
from domain.desk.roles import Act
from facts.money import bank_files
from facts.money.bank_files import StoredFile
from facts.refusals import Refused
from views.queues import QUEUES, waiting
from web.desk.debtor import LARGEST
from web.desk.door import AtDesk, NotHere, needs
from web.desk.queues import next_of
from web.security import BANK_FILE_LIMIT

router = APIRouter(include_in_schema=False)

ToSettle = Annotated[AtDesk, Depends(needs(Act.SETTLE))]
ToSettleIt = Annotated[AtDesk, Depends(needs(Act.SETTLE, form="above"))]
Number = Annotated[int, Path(ge=1, le=LARGEST)]
ADDRESS: Final = "/desk/queues/files/{number}"


@router.get(ADDRESS)
async def see_file(at: ToSettle, number: Number) -> Response:
    """What the file holds, what is flagged, and how far it is booked."""
    return await _page(at, number)


@router.post(f"{ADDRESS}/accept", max_body_size=BANK_FILE_LIMIT)
async def accept(at: ToSettleIt, number: Number, request: Request) -> Response:
    """Somebody has looked at the flags: the file, which is given once more, is booked."""
    async with at.opened() as (connection, now):
        file = await _waiting(at, connection, number, now)
    async with request.form(max_files=1, max_fields=1) as form:
        given = form.get("file")
        content = await given.read() if isinstance(given, UploadFile) else b""
    if not content:
        return await _page(at, number, status=422, wrong="file_missing")
    if sha256(content).hexdigest() != file.sha256:
        return await _page(at, number, status=422, wrong="file_another")
    try:
        booked = await _booked(at, file, content)
    except Refused as why:
        return await _page(at, number, status=409, why=str(why))
    async with at.opened() as (connection, now):
        await at.did(connection, "bank_file_accepted", now, detail={"file": number})
    return await next_of(at, "files", "file_booked" if booked.state == "done" else "file_left")


@router.post(f"{ADDRESS}/put-away")
async def put_away(at: ToSettleIt, number: Number) -> Response:
    """Nothing more of it is booked."""
    try:
        async with at.opened() as (connection, now):
            await _waiting(at, connection, number, now)
            await bank_files.put_away(connection, number)
            await at.did(connection, "bank_file_put_away", now, detail={"file": number})
    except Refused as why:
        return await _page(at, number, status=409, why=str(why))
    return await next_of(at, "files", "file_put_away")


async def _booked(at: AtDesk, file: StoredFile, content: bytes) -> BookedFile:
    with tempfile.TemporaryDirectory(prefix="purr-bank-file-") as folder:  # as long as it is read, for nobody else
        path = FilePath(folder) / FilePath(file.name).name
        examined = await asyncio.to_thread(_examined, path, content)
        return await book_file(at.services.database, examined, accepted_by=at.user.name)


def _examined(path: FilePath, content: bytes) -> BankFile:
    path.write_bytes(content)
    return examine(path)


async def _waiting(at: AtDesk, connection: AsyncConnection, number: int, now: datetime) -> StoredFile:
    """A file of theirs that waits. Raises NotHere."""
    there = await waiting(connection, QUEUES["files"], at.reach, now)
    if not any(each.id == number for each in there):
        raise NotHere
    return await bank_files.find(connection, number)


async def _page(at: AtDesk, number: int, *, status: int = 200, why: str | None = None, wrong: str = "") -> Response:
    async with at.opened() as (connection, now):
        file = await _waiting(at, connection, number, now)
    return at.page("flagged_file.html.j2", status=status, file=file, why=why, wrong=wrong)
