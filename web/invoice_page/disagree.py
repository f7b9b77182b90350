"""The debtor disagrees, with all of it or with single lines: why, with files, what may be paid meanwhile, who answers when."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from connectors.attachments import NotTaken
from domain.invoices.disputed import share_of
from domain.parties.replies import Meaning
from domain.planner.consequence import Disputes
from domain.planner.obstacles import REPLY_PAUSE_BANKING_DAYS
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from views.invoice_view import InvoiceView, invoice_view
from web.invoice_page import attached, sentences
from web.invoice_page.attached import AlreadyDone, Typed, Wrong
from web.invoice_page.link import ByLink, Holder, Opened
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown
from web.pages import about_invoice, page
from web.security import ATTACHMENTS_LIMIT

router = APIRouter(tags=["invoice page"], include_in_schema=False)

# The dispute that is open, and the lines that it is about.
STANDS = text("""
select d.happened_at, d.amount, coalesce((select json_agg(l.text order by l.position) from dispute_line x
    join invoice_line l on l.invoice_id = x.invoice_id and l.position = x.position where x.dispute_id = d.id), '[]') as lines
from dispute d where d.case_id = :case and d.resolved_at is null
""")


async def facts(shown: Shown) -> Facts | None:
    """What is disputed and by when somebody reads it, or the form and what follows from it."""
    if not shown.open:
        return None
    disputed = shown.found.facts.disputed or shown.found.facts.disputed_amount > 0
    return {
        "stands": await _stands(shown.opened, shown.found) if disputed else None,
        "then": sentences.of(shown).then(Disputes(), shown.now),
        "typed": Typed(),
        "lines": _lines(shown.invoice),
    }


@router.get("/i/{key}/disagree")
async def form(holder: ByLink) -> Response:
    """The form as a page of its own."""
    return await _page(holder, Typed(), ())


@router.post("/i/{key}/disagree", max_body_size=ATTACHMENTS_LIMIT)
async def disagree(request: Request, holder: ByLink) -> Response:
    """It is disputed until somebody has resolved it: all of it, or what the chosen lines come to while the rest goes on."""
    typed = Typed()
    try:
        async with holder.opened() as opened:  # before anything of a stranger's is read
            await opened.payable()
        typed = await attached.read(request)
        missing = [] if typed.words else [Wrong("disagree-words", "problem_disagree")]
        if wrong := [Wrong(f"disagree-{each.field}", each.says) for each in typed.too_long()] or missing:
            return await _page(holder, typed, wrong)
        async with attached.held(holder.services, typed) as files, holder.opened() as opened:
            found = await opened.payable()
            if found.over or found.facts.balance <= 0:
                raise Refused("nothing is asked for")
            invoice = await invoice_view(opened.connection, opened.link.invoice)
            chosen = _chosen(typed, invoice)
            part = share_of([line.amount for line in invoice.lines], chosen, invoice.amount)
            only = part if part is not None and part < found.facts.balance else None
            await attached.said(opened, found, typed, files, Meaning.DISAGREES, part=only, lines=chosen)
    except AlreadyDone:
        pass
    except NotTaken as refused:
        told = attached.of_file(refused)
        return await _page(holder, typed, [Wrong(f"disagree-{told.field}", told.says, told.name)])
    except Refused:
        return RedirectResponse(f"{holder.page}?problem=disagree#disagree", 303)
    return RedirectResponse(f"{holder.page}#disagree", 303)


async def _page(holder: Holder, typed: Typed, wrong: Sequence[Wrong]) -> Response:
    """The form as a page of its own, with what was typed where anything is wrong with it."""
    async with holder.opened(snapshot=True) as opened:
        found = await opened.payable()
        invoice = await invoice_view(opened.connection, opened.link.invoice)
        stands = await _stands(opened, found)
    language = found.language
    return page(
        "disagree.html.j2",
        status=422 if wrong else 200,
        here=holder.here,
        stands=stands,
        lines=_lines(invoice),
        typed=typed,
        wrong=wrong,
        chosen=_chosen(typed, invoice),
        **about_invoice(invoice, language),
    )


async def _stands(opened: Opened, found: Payable) -> dict[str, Any] | None:
    """The dispute that is open: its lines, its part (None: all of it), and the day by which somebody has read it."""
    row = (await opened.connection.execute(STANDS, {"case": found.case})).one_or_none()
    if row is None:
        return None
    made = opened.calendar.local_date(row.happened_at)
    return {
        "lines": row.lines,
        "part": Decimal(row.amount) if row.amount is not None else None,
        "by": opened.calendar.add_banking_days(made, REPLY_PAUSE_BANKING_DAYS),
    }


def _lines(invoice: InvoiceView) -> list[tuple[int, Any]]:
    """The lines that can be chosen, by their position: where there are several, and each says what it costs."""
    lines = list(enumerate(invoice.lines, 1))
    return lines if len(lines) > 1 and all(line.amount is not None for _, line in lines) else []


def _chosen(typed: Typed, invoice: InvoiceView) -> tuple[int, ...]:
    """The positions that were ticked, of those that there are."""
    there = {str(position) for position, _ in _lines(invoice)}
    return tuple(sorted({int(given) for given in typed.fields.get("line", ()) if given in there}))
