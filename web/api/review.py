"""Money that waits for a person, over the API: with its likeliest invoices, booked or sent back; and what is owed back."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Account, Identifier, SignedAmount
from facts.money import refunds, review
from web.api.idempotency import Answer, Asked
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here
from workflows import contracts

router = APIRouter(tags=["payments"])

MOST_INVOICES = 100

Number = Annotated[int, Path(ge=1, lt=2**31, description="The number, as the list shows it.")]
By = Annotated[contracts.By, Field(description="Who decides this.", examples=["anne"])]


class Candidate(BaseModel):
    """An invoice that a payment may be for."""

    invoice: str = Field(examples=["2026-1001"])
    balance: Decimal = Field(description="What is left of it.", examples=["802.00"])
    currency: str = Field(examples=["NOK"])
    due_date: date
    state: str = Field(examples=["open"])
    score: int = Field(description="Compares candidates of one payment, and nothing else.", examples=[100])
    reasons: list[str] = Field(examples=[["payment reference with digit 7 wrong", "the amount is all that is owed"]])


class UnmatchedPayment(BaseModel):
    """A payment that no invoice explains by itself, with why, and the likeliest invoices first."""

    number: int = Field(description="Names it when it is booked or sent back.", examples=[17])
    source: str = Field(description="Who told of it.", examples=["bank file"])
    id: str = Field(description="Its id there.")
    amount: Decimal = Field(examples=["802.00"])
    currency: str = Field(examples=["NOK"])
    booked_on: date
    reference: str | None
    account: str | None
    debit_account: str | None
    payer_name: str | None
    text: str | None
    why: str = Field(examples=["no invoice has this payment reference"])
    candidates: list[Candidate]


class UnmatchedPayments(BaseModel):
    """The payments that wait for a person, oldest first."""

    payments: list[UnmatchedPayment]


class Share(BaseModel):
    """What an invoice gets of a payment."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    number: Annotated[Identifier, Field(description="The invoice's number.", examples=["2026-1001"])]
    amount: Annotated[
        SignedAmount | None, Field(description="Of one invoice it may be left out: what the others leave.")
    ] = None


class Matching(BaseModel):
    """What a payment is for, as a person has decided."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"invoices": [{"number": "2026-1001", "amount": "802.00"}], "by": "anne"}]},
    )
    invoices: Annotated[list[Share], Field(min_length=1, max_length=MOST_INVOICES)]
    by: By

    @field_validator("invoices")
    @classmethod
    def _names_each_once(cls, invoices: list[Share]) -> list[Share]:
        if len({share.number for share in invoices}) < len(invoices):
            raise ValueError("an invoice is named twice: add its amounts up")
        return invoices


class InvoiceLeft(BaseModel):
    """What is left of an invoice."""

    number: str = Field(examples=["2026-1001"])
    balance: Decimal = Field(examples=["0.00"])


class Matched(BaseModel):
    """The payment is booked."""

    payment: int = Field(examples=[17])
    invoices: list[InvoiceLeft]


class SendingBack(BaseModel):
    """A payment that is for no invoice goes back to who paid it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    by: By
    to_account: Annotated[
        Account | None, Field(description="Where to; else where it came from.", examples=["99990512341"])
    ] = None


class SentBack(BaseModel):
    """The payment is owed back: tell when the refund is paid."""

    payment: int = Field(examples=[17])
    refund: int = Field(examples=[5])


class Refund(BaseModel):
    """Money that is owed back, or was sent back."""

    number: int = Field(examples=[5])
    invoice: str | None = Field(description="The invoice that too much was paid on; null for money that had none.")
    amount: Decimal = Field(examples=["198.00"])
    currency: str = Field(examples=["NOK"])
    to_account: str | None
    state: Literal["due", "paid", "cancelled"] = Field(description="`cancelled`: the money went back without it.")
    by: str = Field(description="Who decided it; `purr` by the creditor's own rule.")
    since: datetime
    paid_at: datetime | None


class Refunds(BaseModel):
    """What is owed back, then what was sent back."""

    refunds: list[Refund]


class RefundPaid(BaseModel):
    """The refund has left the account."""

    number: int = Field(examples=[5])
    state: Literal["paid"] = "paid"


@router.get("/v1/payments/unmatched", response_model=UnmatchedPayments, responses=documented(401))
async def list_unmatched(services: Here, creditor: CreditorAsking) -> UnmatchedPayments:
    """The payments that no invoice explains by itself, oldest first."""
    async with services.database.transaction() as connection:
        found = await review.list_review(connection, creditor)
    return UnmatchedPayments.model_validate({"payments": [_told(item) for item in found]})


@router.post("/v1/payments/unmatched/{number}/match", response_model=Matched, responses=documented(401, 404, 409, 422))
async def match(number: Number, given: Matching, asked: Asked) -> Response:
    """Book a waiting payment on the invoices it is for. Their amounts make the whole payment; one may be left out.

    The payer's account is remembered for the next payment. One that is booked or sent back already is refused (409).
    """
    shares = {share.number: share.amount for share in given.invoices}

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        left = await review.book_review(connection, number, shares, given.by, now, creditor=asked.creditor)
        invoices = [InvoiceLeft(number=invoice, balance=balance) for invoice, balance in left.items()]
        return Answer(200, Matched(payment=number, invoices=invoices))

    return await asked.once(work)


@router.post(
    "/v1/payments/unmatched/{number}/send-back", response_model=SentBack, responses=documented(401, 404, 409, 422)
)
async def send_back(number: Number, given: SendingBack, asked: Asked) -> Response:
    """Owe a waiting payment back to who paid it. Once the money is sent, tell that the refund is paid."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        refund = await review.send_back(
            connection, number, given.by, now, to_account=given.to_account, creditor=asked.creditor
        )
        return Answer(200, SentBack(payment=number, refund=refund))

    return await asked.once(work)


@router.get("/v1/refunds", response_model=Refunds, responses=documented(401))
async def list_refunds(services: Here, creditor: CreditorAsking) -> Refunds:
    """What is owed back to payers, then what was sent back."""
    async with services.database.transaction() as connection:
        found = await refunds.list_all(connection, creditor)
    return Refunds.model_validate({"refunds": [_told(item) for item in found]})


@router.post("/v1/refunds/{number}/paid", response_model=RefundPaid, responses=documented(401, 404, 409, 422))
async def refund_paid(number: Number, asked: Asked) -> Response:
    """A refund has left the creditor's account."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await refunds.paid(connection, number, now, creditor=asked.creditor)
        return Answer(200, RefundPaid(number=number))

    return await asked.once(work)


def _told(item: review.ReviewItem | refunds.RefundItem) -> dict[str, Any]:
    """What a creditor is told: all but its own name."""
    return {name: value for name, value in asdict(item).items() if name != "creditor"}
