"""Reports over the API: what is owed, paid, said and kept, of any past day, as JSON or CSV."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from connectors.spreadsheet import as_csv
from views.reports.own_currency import in_own_currency
from views.reports.registry import REPORTS
from views.reports.report import Report, Unit, make
from web import report_page
from web.api.idempotency import json_response
from web.pages import HEADERS
from web.problems import Problem, documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["reports"])

_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A head with the columns' names, then a line for each row.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "creditor,currency,not_due\r\nacme,NOK,802.00\r\n"}
        },
    }
}


class ReportColumn(BaseModel):
    """A column of a report."""

    name: str = Field(description="As the rows have it.", examples=["days_1_14"])
    unit: Unit = Field(description="What it is counted in; an amount is of the row's `currency`.", examples=["amount"])
    says: str = Field(description="What it tells.", examples=["Owed, 1 to 14 days after the due date in force."])


class ReportAnswer(BaseModel):
    """A report."""

    report: str = Field(description="Its name.", examples=["ageing"])
    as_of: date = Field(description="The day it is of: as it was known when that day ended.", examples=["2026-11-30"])
    since: date = Field(description="The first day that is counted, where anything is.", examples=["2026-11-01"])
    columns: list[ReportColumn] = Field(description="Its columns, in their order.")
    rows: list[dict[str, Any]] = Field(
        description="Its rows: a value for each column, null where there is nothing to reckon with.",
        examples=[[{"creditor": "acme", "currency": "NOK", "days_1_14": "802.00"}]],
    )
    sentence: str = Field(
        description="What it comes to.", examples=["802.00 NOK is owed on 1 invoices, 802.00 of it past its due date"]
    )
    formula: str = Field(description="Where its formulas stand.", examples=["docs/reports.md#ageing"])


AsOf = Annotated[
    date | None,
    Query(description="As it was known when this day ended; today where it is left out.", examples=["2026-11-30"]),
]
Since = Annotated[
    date | None,
    Query(description="The first day that is counted; else the report's usual days.", examples=["2026-11-01"]),
]


InOwnCurrency = Annotated[
    bool,
    Query(
        description="In your own currency, at the rates that you told of the day that it is of (`/v1/exchange-rates`). What has "
        "none stays in its own, and the sentence says so.",
        examples=[True],
    ),
]


async def made(
    services: Here,
    creditor: CreditorAsking,
    name: Annotated[
        str,
        Path(description="Which report.", examples=["ageing"], json_schema_extra={"enum": list(REPORTS)}),
    ],
    as_of: AsOf = None,
    since: Since = None,
    own_currency: InOwnCurrency = False,
) -> Report:
    """The report that is asked for. Raises Problem 404."""
    spec = REPORTS.get(name)
    if spec is None:
        raise Problem(404, "not-found", f"no report {name}: there are {', '.join(REPORTS)}")
    async with services.database.snapshot() as connection:
        report = await make(connection, spec, [creditor], as_of, since)
        return await in_own_currency(connection, report) if own_currency else report


Made = Annotated[Report, Depends(made)]


@router.get("/v1/reports/page", response_class=HTMLResponse, responses=documented(401, 422))
async def get_report_page(
    services: Here,
    creditor: CreditorAsking,
    as_of: AsOf = None,
    since: Since = None,
    own_currency: InOwnCurrency = False,
) -> HTMLResponse:
    """All reports as one page of HTML that prints well: a sentence, a plot and a table each."""
    async with services.database.snapshot() as connection:
        reports = [await make(connection, spec, [creditor], as_of, since) for spec in REPORTS.values()]
        if own_currency:
            reports = [await in_own_currency(connection, each) for each in reports]
    return HTMLResponse(report_page.written(reports), headers=HEADERS)


@router.get("/v1/reports/{name}.csv", response_class=Response, responses=_CSV | documented(401, 404, 422))
async def get_report_csv(report: Made) -> Response:
    """A report as CSV."""
    written = as_csv([column.name for column in report.spec.columns], report.rows)
    return Response(written, media_type="text/csv")


@router.get("/v1/reports/{name}", response_model=ReportAnswer, responses=documented(401, 404, 422))
async def get_report(report: Made) -> Response:
    """A report of today or a past day. Asked again on a later day, it says the same of what the ledger has."""
    (asked,), (sentence,) = report.asked, report.sentences.values()
    answer = ReportAnswer(
        report=report.spec.name,
        as_of=asked.on,
        since=asked.since,
        columns=[ReportColumn(**asdict(column)) for column in report.spec.columns],
        rows=[dict(row) for row in report.rows],
        sentence=sentence,
        formula=report.spec.formula,
    )
    return json_response(answer.model_dump(mode="json"))
