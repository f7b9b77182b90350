"""Vouchers as rows for the creditor's accounting: their fields are named as SAF-T Financial names them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.money.vouchers import Voucher, VoucherLine


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a voucher. Its fields are elements of SAF-T Financial (Norway, 1.30), of `Transaction` and of its `Line`."""

    TransactionID: str
    Period: int
    PeriodYear: int
    TransactionDate: date
    TransactionType: str
    SystemEntryDate: date
    RecordID: str
    AccountID: str
    ValueDate: date | None
    SourceDocumentID: str | None
    CustomerID: str | None
    Description: str
    DebitAmount: Decimal
    CreditAmount: Decimal
    CurrencyCode: str


def rows_of(day: date, closed_on: date, vouchers: Sequence[Voucher], customers: Mapping[str, str]) -> list[Row]:
    """The rows of a day that was closed on another; `customers` has the customer's number of an invoice."""
    return [
        _row(day, closed_on, voucher, line, number, customers)
        for voucher in vouchers
        for number, line in enumerate(voucher.lines, start=1)
    ]


def _row(
    day: date, closed_on: date, voucher: Voucher, line: VoucherLine, number: int, customers: Mapping[str, str]
) -> Row:
    transaction = f"{day:%Y%m%d}-{voucher.kind.replace(' ', '-')}-{voucher.currency}"
    return Row(
        TransactionID=transaction,
        Period=day.month,
        PeriodYear=day.year,
        TransactionDate=day,
        TransactionType=voucher.kind,
        SystemEntryDate=closed_on,
        RecordID=str(number),
        AccountID=line.account,
        ValueDate=line.booked_on,
        SourceDocumentID=line.invoice,
        CustomerID=customers.get(line.invoice or ""),
        Description=f"{voucher.kind} {line.invoice or day}{f': {line.why}' if line.why else ''}",
        DebitAmount=line.debit,
        CreditAmount=line.credit,
        CurrencyCode=voucher.currency,
    )
