"""What Swedish Autogiro answered to one payment order, in words, and the answers of one file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.bank_files.bank_file import Deposit

Direction = Literal["in", "out", "refund"]
Outcome = Literal[
    "paid",
    "no cover",
    "no account",
    "tried again",
    "refunded",
    "rejected",
    "taken back",
    "taken back by the centre",
    "moved",
    "not changed",
    "unknown",
]

WORDS: dict[Outcome, str] = {
    "paid": "the payment was made",
    "no cover": "the account does not cover the amount",
    "no account": "the payer's number leads to no account: it is closed, or the mandate has no link",
    "tried again": "the account does not cover the amount yet: the bank tries again",
    "refunded": "the payment was given back to the payer",
    "rejected": "the payment order was rejected, and nothing is drawn",
    "taken back": "the payment was taken back, as it was asked for",
    "taken back by the centre": "the centre took the payment back: its mandate or an agreement is gone",
    "moved": "the payment was moved to another day, as it was asked for",
    "not changed": "the payment was not taken back or moved",
    "unknown": "the answer code is not known",
}
# Why an order is rejected when it comes in, by the comment code of Bankgirot.
REASONS = {
    "01": "there is no mandate",
    "02": "the payer's account is not approved, or it is closed",
    "03": "the mandate was stopped",
    "04": "the payer's bankgiro number is wrong",
    "05": "the payee's bankgiro number is wrong",
    "06": "the period code is wrong",
    "07": "the number of repeated payments is wrong",
    "08": "the amount is no number",
    "09": "this payee may pay nothing out",
    "10": "Bankgirot does not know the bankgiro number",
    "12": "the day of payment is wrong",
    "13": "the day of payment has passed",
    "15": "the payee's bankgiro number is not that of the file",
    "24": "the amount is above the highest allowed",
}
# What became of taking a payment back or moving it, by the comment code of Bankgirot.
AMENDED = {
    "01": "there is no mandate",
    "02": "the new day of payment is wrong",
    "05": "the payee's bankgiro number is wrong",
    "06": "the new day of payment has passed",
    "10": "the day of payment is wrong",
    "12": "it was taken back",
    "13": "there is no such payment",
    "14": "it was moved",
    "15": "it cannot be changed any more",
    "18": "it was moved",
}
# Why a payment was given back to its payer.
GIVEN_BACK = {
    "01": "there was no mandate",
    "02": "the mandate had been taken back",
    "03": "the amount was not as the payer expected",
}


@dataclass(frozen=True, slots=True)
class AutogiroAnswer:
    """What became of one payment order. `amount` is in kronor; `code` as the bank wrote it, `words` what it means."""

    direction: Direction
    payer_number: str
    reference: str | None
    amount: Decimal
    due_on: date | None  # None in a rejected order whose day is none
    outcome: Outcome
    code: str
    bankgiro: str
    refunded_on: date | None = None
    paid_on: date | None = None  # as its section says: later than due where the bank has tried again
    moved_to: date | None = None

    @property
    def words(self) -> str:
        """The outcome as a sentence for people."""
        if self.outcome == "rejected":
            return f"{WORDS['rejected']}: {REASONS.get(self.code, f'for a reason that is not known ({self.code})')}"
        if self.outcome == "not changed":
            return f"{WORDS[self.outcome]}: {AMENDED[self.code]}"
        return WORDS[self.outcome]


@dataclass(frozen=True, slots=True)
class AutogiroFile:
    """The answers of one file, and what is wrong about it."""

    file: str
    layout: Literal["new", "old"] | None  # None where the file holds no answers
    answers: tuple[AutogiroAnswer, ...]
    flags: tuple[str, ...]
    deposits: tuple[Deposit, ...] = ()  # what was drawn came in as
