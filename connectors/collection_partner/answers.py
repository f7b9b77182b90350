"""What a collection partner tells over its API or ours: each answer word for word, and what it means to us."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.invoices.incoming import Amount, Currency, Day, Identifier, LongText
from domain.money.allocation import Owed
from domain.money.amount import ZERO
from domain.planner import partner_answers

Part = Annotated[Decimal, Field(ge=0, lt=10**12, decimal_places=2, examples=["0.00"])]


class _Told(BaseModel):
    """An answer of a kind. Amounts are decimal strings, dates ISO 8601; fields that are not known are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    creditor: Annotated[Identifier, Field(description="The creditor's id, as the hand-off has it.", examples=["acme"])]
    hand_off: Annotated[
        str,
        Field(max_length=64, description="The hand-off's id.", examples=["hof_t5k3m7zq2xwhn4d6yjcarv3bfe2ogslo"]),
    ]


class HandOffAccepted(_Told):
    """The case is taken."""

    type: Annotated[Literal["hand_off.accepted"], Field(description="What is told.")]

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        return partner_answers.Accepted()


class HandOffRejected(_Told):
    """The case is not taken."""

    type: Annotated[Literal["hand_off.rejected"], Field(description="What is told.")]
    reason: Annotated[partner_answers.Rejection, Field(description="Why, by one of these words.")]
    detail: Annotated[
        LongText | None, Field(description="More, for a person.", examples=["the debtor died in May"])
    ] = None

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        return partner_answers.Rejected(self.reason, self.detail)


class PaidSplit(BaseModel):
    """What of a payment is for what: the creditor's principal, interest and fee, and the partner's own costs."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    principal: Annotated[Part, Field(description="Of the invoice.")] = ZERO
    interest: Annotated[Part, Field(description="Of the creditor's interest, also what ran at the partner.")] = ZERO
    fee: Annotated[Part, Field(description="Of the creditor's fee.")] = ZERO
    costs: Annotated[Part, Field(description="The partner's own.")] = ZERO


class HandOffPaid(_Told):
    """The debtor has paid, at the partner. Told once for each payment and case."""

    type: Annotated[Literal["hand_off.paid"], Field(description="What is told.")]
    payment: Annotated[Identifier, Field(description="The partner's id of the payment.", examples=["P-20931"])]
    amount: Annotated[Amount, Field(description="What came in for this case, costs included.", examples=["1302.00"])]
    currency: Annotated[Currency, Field(description="ISO 4217 code.", examples=["NOK"])]
    paid_on: Annotated[
        Day, Field(description="The day on which the partner's bank booked it.", examples=["2026-11-16"])
    ]
    split: Annotated[PaidSplit, Field(description="Its parts: together they are the amount.")]

    @model_validator(mode="after")
    def _all_of_it(self) -> "HandOffPaid":
        parts = self.split.principal + self.split.interest + self.split.fee
        if parts + self.split.costs != self.amount:
            raise ValueError(f"the parts come to {parts + self.split.costs}, not to the amount {self.amount}")
        if parts <= 0:
            raise ValueError("nothing of it is the creditor's: there is nothing to tell")
        return self

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        of_claim = Owed(self.split.principal, self.split.interest, self.split.fee)
        return partner_answers.Paid(self.payment, of_claim, self.currency, self.paid_on)


class HandOffPaymentReversed(_Told):
    """A payment that was told is gone again: all of it. Told once for each payment and case, before or after it."""

    type: Annotated[Literal["hand_off.payment_reversed"], Field(description="What is told.")]
    payment: Annotated[Identifier, Field(description="The partner's id of the payment.", examples=["P-20931"])]
    reversed_on: Annotated[
        Day, Field(description="The day on which it left the partner's account again.", examples=["2026-11-20"])
    ]

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        return partner_answers.PaymentReversed(self.payment, self.reversed_on)


class HandOffClosed(_Told):
    """The case is done with."""

    type: Annotated[Literal["hand_off.closed"], Field(description="What is told.")]
    reason: Annotated[partner_answers.Ending, Field(description="Why, by one of these words.")]
    detail: Annotated[LongText | None, Field(description="More, for a person.", examples=[None])] = None

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        return partner_answers.Closed(self.reason, self.detail)


class HandOffQuestion(_Told):
    """Something is asked about the case; the answer comes as a message of the kind `answer`."""

    type: Annotated[Literal["hand_off.question"], Field(description="What is told.")]
    question: Annotated[Identifier, Field(description="The partner's id of the question.", examples=["Q-17"])]
    text: Annotated[LongText, Field(description="What is asked.", examples=["When was the meter read?"])]
    answer_by: Annotated[date | None, Field(description="The last day on which an answer helps.")] = None

    def meant(self) -> partner_answers.Said:
        """What it means to us."""
        return partner_answers.Question(self.question, self.text, self.answer_by)


Answer = Annotated[
    HandOffAccepted | HandOffRejected | HandOffPaid | HandOffPaymentReversed | HandOffClosed | HandOffQuestion,
    Field(discriminator="type"),
]
