"""What a bank file holds: payments, and whatever is wrong about the file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

BankFileFormat = Literal["ocr-giro"]

SOURCE = "bank file"  # of every payment booked from a file, whoever books it; the payment's id tells the format


@dataclass(frozen=True, slots=True)
class BankPayment:
    """One payment to an account of a creditor, or the reversal of one (negative amount)."""

    provider_id: str  # the same for the same payment whenever its file is read: it is booked once
    reference: str | None
    amount: Decimal
    currency: str
    booked_on: date
    type: int  # 10 giro … 15 AvtaleGiro … 18 and 20 reversals
    account: str  # the creditor's
    debit_account: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class BankFile:
    """The payments of one bank file; with any flag, they are booked only after a person has accepted it."""

    file: str
    format: BankFileFormat | None  # None where the file is of no known format
    payments: list[BankPayment]
    flags: list[str]
    imported_through: dict[str, date] = field(default_factory=dict)  # each account's latest day in the file
    mandates: int = 0  # AvtaleGiro mandates in the same file, which are no payments

    @property
    def total(self) -> Decimal:
        """The sum of all payments, reversals taken off, in kroner."""
        return sum((payment.amount for payment in self.payments), Decimal("0.00"))


def payments_report(files: Iterable[BankFile]) -> dict[str, Any]:
    """What the bank files hold, as the JSON that machines read; amounts in kroner with two decimals."""
    return {
        "files": [
            {
                "file": bank_file.file,
                "format": bank_file.format,
                "transactions": len(bank_file.payments),
                "total": str(bank_file.total),
                "flags": bank_file.flags,
                "payments": [
                    {
                        "reference": payment.reference,
                        "amount": str(payment.amount),
                        "currency": payment.currency,
                        "booked_on": payment.booked_on.isoformat(),
                        "type": payment.type,
                        "debit_account": payment.debit_account,
                    }
                    for payment in bank_file.payments
                ],
            }
            for bank_file in files
        ]
    }
