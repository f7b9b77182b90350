"""What is stored about the debtor and why, as a page and as a file: for who has proved to be the debtor, and nobody else."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from connectors.links import BadLink
from domain.parties.standing import Thing, standing_of
from facts.money.payment_attempts import Payable
from views import statement
from views.invoice_view import invoice_view
from views.stored_about import Stored, stored_about
from web.invoice_page.link import Holder, NotTheirs, Opened, needs
from web.invoice_page.rights import Level
from web.invoice_page.stored_words import InWords
from web.pages import for_anybody, page, words

router = APIRouter(tags=["invoice page"], include_in_schema=False)

Debtor = Annotated[Holder, Depends(needs(Level.CODE, "stored"))]


@router.get("/i/{key}/stored")
async def stored_page(holder: Debtor) -> Response:
    """All of it to read."""
    try:
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            kept = await _of(opened, found)
            invoice = await invoice_view(opened.connection, opened.link.invoice)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    return page(
        "stored.html.j2",
        look=invoice.look,
        here=holder.here,
        creditor=found.creditor_name,
        kept=[_readable(each, InWords(found.language, opened.calendar)) for each in kept],
        t=words(found.language),
        language=found.language,
    )


@router.get("/i/{key}/stored.json")
async def stored_file(holder: Debtor) -> Response:
    """All of it as a file, for machines."""
    async with holder.opened(snapshot=True) as opened:
        found = await opened.payable()
        kept = await _of(opened, found)
    t = words(found.language)
    told = {
        "creditor": found.creditor_name,
        "made_at": opened.now.isoformat(),
        "stored": [
            {
                "what": each.table,
                "why": t[f"stored_why_{word_of(each.table)}"],
                "how_long": t[f"stored_{each.period}"],
                "rows": each.rows,
            }
            for each in kept
        ],
    }
    return Response(
        json.dumps(told, ensure_ascii=False, indent=1, default=str),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{t["stored_file_name"]}.json"'},
    )


async def _of(opened: Opened, found: Payable) -> Sequence[Stored]:
    """What is stored; raises BadLink for who stands in, or where nobody can be the debtor any more."""
    life, today = found.facts.life, opened.moment.day
    if not statement.opens_by_proof(life, today) or opened.speaker is not None:
        raise BadLink("this is the debtor's alone")
    protected = standing_of(life, today).never(Thing.ADDRESS)
    return await stored_about(opened.connection, found.debtor, protected=protected)


def word_of(table: str) -> str:
    """What a table's words are called by: notes of every table by the same."""
    return "note" if table.startswith("note of ") else table


def _readable(kept: Stored, said: InWords) -> dict[str, Any]:
    """A table with its rows in words."""
    word = word_of(kept.table)
    rows = [said.row(word, row) for row in kept.rows or ()]
    return {"word": word, "period": kept.period, "rows": rows, "shown": kept.rows is not None}
