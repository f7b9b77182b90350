"""Many invoices in one request: a line each, and each is answered as it would be alone, in its order, as it is stored."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from domain.invoices.incoming import IncomingInvoice
from web.api.idempotency import Asked, Call
from web.api.invoices import stored_together, storing
from web.problems import FieldProblem, Problem, documented, problem_of, validated
from web.security import INVOICE_FILE_LIMIT

log = structlog.get_logger()
router = APIRouter(tags=["invoices"], responses=documented(401, 413, 422))

MOST_LINES = 10_000
TOGETHER = 100  # lines in one transaction
LINES = "application/x-ndjson"
ANY = "application/octet-stream"  # for clients that know no lines of JSON
_INVOICE = '{"number": "2026-1001", "issue_date": "2026-11-02", "due_date": "2026-11-16", …}\n'
_ANSWER = '{"line": 1, "status": 201, "body": {"status": "new", "number": "2026-1001", "warnings": []}}\n'


def _lines_of(example: str, words: str, *kinds: str) -> dict[str, Any]:
    schema = {"type": "string", "examples": [example]}
    return {"description": words, "content": {kind: {"schema": schema} for kind in kinds}}


@router.post(
    "/v1/invoices/bulk",
    response_class=StreamingResponse,
    responses={200: _lines_of(_ANSWER, "A line for each line: its number, and how it is answered.", LINES)},
    openapi_extra={
        "requestBody": {"required": True, **_lines_of(_INVOICE, "An invoice on each line, as JSON.", LINES, ANY)}
    },
    max_body_size=INVOICE_FILE_LIMIT,
)
async def create_invoices_in_bulk(request: Request, asked: Asked) -> StreamingResponse:
    """Send up to 10,000 invoices, one on each line (NDJSON): each is stored or refused alone.

    Every line is answered by a line, `status` and `body` as `POST /v1/invoices` would answer it. No key is needed: what was
    stored before is `known` when it is sent again, so that a request that broke off is sent again whole. Where nothing can be
    stored for a while (5xx) the answers end with that line.
    """
    lines = [(number, line) for number, line in enumerate((await request.body()).split(b"\n"), 1) if line.strip()]
    if not 0 < len(lines) <= MOST_LINES:
        raise Problem(422, "invalid", f"there are {len(lines)} lines: send 1 to {MOST_LINES} invoices, one on each")
    return StreamingResponse(_answers(request, replace(asked, key=None), lines), media_type=LINES)


async def _answers(request: Request, asked: Call, lines: Sequence[tuple[int, bytes]]) -> AsyncIterator[bytes]:
    for first in range(0, len(lines), TOGETHER):
        given = [(number, _read(line)) for number, line in lines[first : first + TOGETHER]]
        stored = await _stored(asked, [each for _, each in given if isinstance(each, IncomingInvoice)])
        for number, each in given:
            became = each if isinstance(each, Exception) else next(stored, None) or await _alone(asked, each)
            answer = problem_of(became).response(request.scope) if isinstance(became, Exception) else became
            told = {"line": number, "status": answer.status_code, "body": orjson.Fragment(bytes(answer.body))}
            yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
            # Nothing can be stored at this moment: the rest would wait for it, one by one.
            if answer.status_code >= 500:
                return


async def _stored(asked: Call, invoices: Sequence[IncomingInvoice]) -> Iterator[Response | Exception]:
    """What became of those that are stored together; nothing where that cannot be, and each is to be asked for alone."""
    try:
        async with asked.services.database.transaction() as connection:
            return iter(await stored_together(connection, asked, invoices))
    except Exception as error:  # whatever it is, the line that it is about answers with it
        log.warning("lines_stored_alone", error=type(error).__name__)
        return iter(())


async def _alone(asked: Call, invoice: IncomingInvoice) -> Response | Exception:
    try:
        return await asked.once(storing(asked, invoice))
    except Exception as error:  # of this line alone: the others are stored all the same
        return error


def _read(line: bytes) -> IncomingInvoice | Exception:
    try:
        return _invoice(line)
    except Exception as error:  # of this line alone
        return error


def _invoice(line: bytes) -> IncomingInvoice:
    """The invoice on a line. Raises Problem."""
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as wrong:
        errors = [FieldProblem(field="", problem=f"not JSON at character {wrong.pos}: {wrong.msg}")]
        raise Problem(422, "invalid", "the line is no invoice: see errors", errors=errors) from wrong
    return validated(IncomingInvoice, given)
