"""A case's dossier over the API: one ZIP, for a partner, a complaint board, a court or the tax office."""

from collections.abc import Iterator
from hashlib import file_digest
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from connectors.dossier_zip import DossierZip
from domain.dossier import Recipient, plain
from facts import clock
from facts.cases import dossiers
from facts.cases.load import case_of
from views.dossier import write_dossier
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import Code

router = APIRouter(tags=["invoices"], responses=documented(401, 404, 422))

IN_MEMORY = 1024 * 1024  # bytes; what is larger waits on the disk, in a file without a name
PIECE = 64 * 1024
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The ZIP: open index.html in it.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary", "examples": ["PK"]}}},
    }
}


@router.get("/v1/invoices/{number:path}/dossier", response_class=StreamingResponse, responses=_ZIP)
async def get_dossier(
    number: Annotated[str, Path(description="The invoice's number.", examples=["2026-1001"])],
    for_: Annotated[
        Recipient, Query(alias="for", description="Who it is for: each sees no more than it needs.", examples=["board"])
    ],
    by: Annotated[Code, Query(description="Who fetches it, by a short name: it is noted.", examples=["anne"])],
    creditor: CreditorAsking,
    services: Here,
) -> StreamingResponse:
    """Messages as sent, proofs, ledger, decisions and documents, in the order of time. The same facts give the same bytes."""
    async with services.database.transaction() as connection:
        case = await case_of(connection, creditor, number)
        if case is None:
            raise not_found(f"invoice {number}")
        now = await clock.now(connection, creditor)
        into = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # it ends with the answer
        zip_ = DossierZip(into)
        await write_dossier(connection, case.id, for_, zip_, now, services.attachments)
        zip_.close()
        into.seek(0)
        told = file_digest(into, "sha256").hexdigest()
        await dossiers.note(connection, case.id, for_, by, told, now)
    size = into.tell()
    into.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="dossier-{plain(creditor, number)}-{for_}.zip"',
        "Content-Length": str(size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(into), headers=headers, media_type="application/zip")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
