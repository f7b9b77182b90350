"""The reports as live pages: a plot, a table and a sentence each, beside another period or another creditor."""

from datetime import date
from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from connectors.spreadsheet import as_csv
from domain.desk.roles import Act
from domain.languages import Language
from facts.desk.within import creditors_within
from facts.refusals import Refused
from views.reports.own_currency import in_own_currency
from views.reports.registry import REPORTS
from views.reports.report import ReportSpec, make
from web.desk.door import AtDesk, NotHere, needs
from web.desk.sentences import in_theirs
from web.report_page import shown

router = APIRouter(include_in_schema=False)

AtReports = Annotated[AtDesk, Depends(needs(Act.REPORTS))]
Asked = Annotated[str, Query(max_length=200)]


@router.get("/desk/reports")
async def see_reports(at: AtReports) -> Response:
    """What can be asked."""
    return at.page("reports.html.j2", reports=list(REPORTS.values()))


@router.get("/desk/reports/{name}.csv")
async def report_file(
    at: AtReports, name: str, creditor: Asked = "", as_of: Asked = "", since: Asked = "", own_currency: Asked = ""
) -> Response:
    """A report of one creditor as CSV, in which no spreadsheet finds a formula."""
    spec = _spec(name)
    try:
        async with at.opened(snapshot=True) as (connection, _):
            if creditor not in await creditors_within(connection, at.reach):
                raise NotHere
            report = await make(connection, spec, [creditor], _day(as_of), _day(since))
            report = await in_own_currency(connection, report) if own_currency else report
    except Refused:
        return at.done(f"/desk/reports/{name}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    told = as_csv([column.name for column in report.spec.columns], report.rows)
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/desk/reports/{name}")
async def see_report(
    at: AtReports,
    name: str,
    creditor: Asked = "",
    as_of: Asked = "",
    since: Asked = "",
    beside: Asked = "",
    beside_as_of: Asked = "",
    beside_since: Asked = "",
    own_currency: Asked = "",
) -> Response:
    """A report of today or a past day; `beside` is another creditor or the same, of days of its own."""
    spec, why, parts = _spec(name), None, list[dict[str, Any]]()
    say = partial(in_theirs, language=cast(Language, at.user.language))
    async with at.opened(snapshot=True) as (connection, _):
        creditors = await creditors_within(connection, at.reach)
        chosen = creditor if creditor in creditors else next(iter(creditors), "")
        wanted = [(chosen, as_of, since)]
        if beside in creditors:
            wanted.append((beside, beside_as_of, beside_since))
        try:
            for whose, on, begins in wanted if chosen else ():
                report = await make(connection, spec, [whose], _day(on), _day(begins))
                report = await in_own_currency(connection, report) if own_currency else report
                parts.append({"creditor": creditors[whose], "on": report.asked[0].on, **shown(report, whose, say)})
        except Refused as refused:
            why = str(refused)
    typed = {"creditor": chosen, "as_of": as_of, "since": since, "own_currency": "yes" if own_currency else ""}
    typed |= {"beside": beside, "beside_as_of": beside_as_of, "beside_since": beside_since}
    facts = {"spec": spec, "parts": parts, "creditors": creditors, "typed": typed, "why": why}
    return at.page("report.html.j2", status=422 if why else 200, **facts)


def _spec(name: str) -> ReportSpec:
    if name not in REPORTS:
        raise NotHere
    return REPORTS[name]


def _day(typed: str) -> date | None:
    """The day that was typed, None for none. Raises Refused."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Refused(f"{typed[:20]} is no day: write it as 2026-11-30") from None
