"""Who looked at whom and did what: searched, and exported as a file."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from config.files import HOME
from connectors.spreadsheet import as_csv
from domain.desk.roles import Act
from domain.moment import moment_in
from facts.desk import audit
from facts.desk.audit import Wanted
from web.desk.door import AtDesk, needs

router = APIRouter(include_in_schema=False)

AtAudit = Annotated[AtDesk, Depends(needs(Act.AUDIT))]
Asked = Annotated[str, Query(max_length=200)]
PAGE: Final = 100
MOST_EXPORTED: Final = 100_000
COLUMNS: Final = ("at", "by", "what", "creditor", "invoice", "debtor", "why", "detail")


@router.get("/desk/audit")
async def see_audit(
    at: AtAudit,
    by: Asked = "",
    what: Asked = "",
    invoice: Asked = "",
    since: Asked = "",
    until: Asked = "",
    before: Asked = "",
) -> Response:
    """The newest first, narrowed by what was typed; a page at a time."""
    wanted, wrong = _wanted(by, what, invoice, since, until)
    async with at.opened() as (connection, _):
        last = int(before) if before.isdecimal() and len(before) < 10 else None
        rows = await audit.list_(connection, at.reach, wanted, before=last, most=PAGE + 1)
    typed = {"by": by, "what": what, "invoice": invoice, "since": since, "until": until}
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return at.page("audit.html.j2", rows=rows[:PAGE], typed=typed, wrong=wrong, following=following)


@router.get("/desk/audit.csv")
async def export_audit(
    at: AtAudit, by: Asked = "", what: Asked = "", invoice: Asked = "", since: Asked = "", until: Asked = ""
) -> Response:
    """All of it as CSV, in which no spreadsheet finds a formula. That it was exported is written down too."""
    wanted, _ = _wanted(by, what, invoice, since, until)
    async with at.opened() as (connection, now):
        rows = await audit.list_(connection, at.reach, wanted, before=None, most=MOST_EXPORTED)
        await at.did(connection, "audit_exported", now, detail={"rows": len(rows)})
    told = as_csv(COLUMNS, [each.row() for each in rows])
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(by: str, what: str, invoice: str, since: str, until: str) -> tuple[Wanted, list[str]]:
    """What is asked for, and which days are none."""
    wrong = [name for name, typed in (("since", since), ("until", until)) if typed and _day(typed) is None]
    begins, ends = _day(since), _day(until)
    return Wanted(
        by.strip() or None,
        what.strip() or None,
        invoice.strip() or None,
        _midnight(begins) if begins else None,
        _midnight(ends + timedelta(days=1)) if ends else None,
    ), wrong


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    """When a day begins at home, in UTC."""
    return moment_in(HOME, datetime.fromisoformat(f"{day}T00:00:00+00:00")).end_of(day - timedelta(days=1))
