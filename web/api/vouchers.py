"""Accounting vouchers over the API: the days that are closed, and what each says, also as the file."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from connectors.voucher_files import as_csv, file_name
from domain.money.voucher_rows import Row
from views.listed import ACCOUNTING_DAYS
from views.vouchers import closed_day
from web.api.idempotency import json_response
from web.api.lists import Asking, ListOf
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["payments"])

_HEAD = ",".join(Row.__slots__)
_LINE = (
    "20261201-fee-NOK,12,2026,2026-12-01,fee,2026-12-02,1,1500,2026-12-01,2026-1001,K-1042,fee 2026-1001,38.00,0.00,NOK"
)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows, under a header line.",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": f"{_HEAD}\r\n{_LINE}\r\n"}},
    }
}

Day = Annotated[date, Path(description="A day that is closed.", examples=["2026-12-01"])]


class ClosedDay(BaseModel):
    """An accounting day that is closed: it stays as it is."""

    day: date = Field(description="The day.", examples=["2026-12-01"])
    entries: int = Field(description="How many entries of the ledger it has.", examples=[42])
    owed: dict[str, Decimal] = Field(
        description="What debtors owe at its end, by currency.", examples=[{"NOK": "125000.00"}]
    )
    closed_at: datetime = Field(description="When it was closed.", examples=["2026-12-02T10:00:00Z"])


class ClosedDays(ListOf[ClosedDay]):
    """A page of closed days, the latest first."""


class VoucherRow(BaseModel):
    """A line of a voucher, named as SAF-T Financial names it."""

    TransactionID: str = Field(description="The voucher's.", examples=["20261201-fee-NOK"])
    Period: int = Field(description="The month.", examples=[12])
    PeriodYear: int = Field(description="The year.", examples=[2026])
    TransactionDate: date = Field(description="The accounting day.", examples=["2026-12-01"])
    TransactionType: str = Field(
        description="`fee`, `compensation`, `interest`, `credit note`, `credit` (a dispute that was upheld), `write-off`, "
        "`recovery` (money came for what was written off), `payment`, `refund`, `waiting` (money that no invoice explains), "
        "`sent back`, `refund paid` or `transfer` (credit that moves among what is owed).",
        examples=["fee"],
    )
    SystemEntryDate: date = Field(description="The day on which it was closed.", examples=["2026-12-02"])
    RecordID: str = Field(description="The line's number in its voucher.", examples=["1"])
    AccountID: str = Field(description="The account of the creditor's plan.", examples=["1500"])
    ValueDate: date | None = Field(description="The day that the entry counts from.", examples=["2026-12-01"])
    SourceDocumentID: str | None = Field(description="The invoice's number.", examples=["2026-1001"])
    CustomerID: str | None = Field(description="Your own number of the customer.", examples=["K-1042"])
    Description: str = Field(description="What it is, in words.", examples=["fee 2026-1001"])
    DebitAmount: Decimal = Field(description="One of debit and credit is zero.", examples=["38.00"])
    CreditAmount: Decimal = Field(description="One of debit and credit is zero.", examples=["0.00"])
    CurrencyCode: str = Field(description="ISO 4217 code.", examples=["NOK"])


class DayVouchers(ClosedDay):
    """What a closed day says."""

    rows: list[VoucherRow] = Field(description="Its vouchers, line by line: in each the debits are the credits.")


@router.get("/v1/vouchers", response_model=ClosedDays, responses=documented(401, 422))
async def list_accounting_days(asking: Asking) -> Response:
    """The accounting days that are closed, the latest first."""
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, ACCOUNTING_DAYS)
    answer = ClosedDays.model_validate(asking.answer(ACCOUNTING_DAYS, page, page.rows))
    return json_response(answer.model_dump(mode="json"))


@router.get("/v1/vouchers/{day}", response_model=DayVouchers, responses=documented(401, 404))
async def get_vouchers(services: Here, creditor: CreditorAsking, day: Day) -> Response:
    """The vouchers of a closed day. A fact that is told late stands on the next day; a closed day never changes."""
    async with services.database.transaction() as connection:
        closed, rows = await closed_day(connection, creditor, day)
    told = asdict(closed) | {"rows": [asdict(row) for row in rows]}
    return json_response(DayVouchers.model_validate(told).model_dump(mode="json"))


@router.get("/v1/vouchers/{day}/file", response_class=Response, responses=_CSV | documented(401, 404))
async def get_voucher_file(services: Here, creditor: CreditorAsking, day: Day) -> Response:
    """The same as a CSV file (UTF-8, comma, CRLF), as it lies in the folder of vouchers."""
    async with services.database.transaction() as connection:
        _, rows = await closed_day(connection, creditor, day)
    named = {"Content-Disposition": f'attachment; filename="{file_name(creditor, day)}"'}
    return Response(as_csv(rows), media_type="text/csv; charset=utf-8", headers=named)
