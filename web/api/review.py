"""Money that waits for a person, over the API: with its likeliest invoices, booked or sent back; and what is owed back."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, computed_field, field_validator, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.ids import Kind
from domain.invoices.incoming import Account, Identifier, SignedAmount
from facts.money import refunds, review
from views.listed import REFUNDS_LISTED
from web.api.idempotency import Answer, Asked, json_response
from web.api.ids import EXAMPLES, IdsAsking, PaymentId, RefundId, named, written
from web.api.invoices import OfInvoice
from web.api.lists import Asking, ListOf
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here
from workflows import contracts

router = APIRouter(tags=["payments"])

MOST_INVOICES = 100
A_PAYMENT, A_REFUND = EXAMPLES[Kind.PAYMENT], EXAMPLES[Kind.REFUND]

NamedPayment = Annotated[int, named(Kind.PAYMENT, "number", "The payment's number, as the list shows it.")]
NamedRefund = Annotated[int, named(Kind.REFUND, "number", "The refund's number, as the list shows it.")]
By = Annotated[contracts.By, Field(description="Who decides this.", examples=["anne"])]


class Candidate(BaseModel):
    """An invoice that a payment may be for."""

    invoice: str = Field(description="The invoice's number.", examples=["2026-1001"])
    balance: Decimal = Field(description="What is left of it.", examples=["802.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    due_date: date = Field(description="The due date in force.", examples=["2026-11-16"])
    state: str = Field(description="Whether its case is `open` or `closed`.", examples=["open"])
    score: int = Field(description="Compares candidates of one payment, and nothing else.", examples=[100])
    reasons: list[str] = Field(
        description="What speaks for it.",
        examples=[["payment reference with digit 7 wrong", "the amount is all that is owed"]],
    )


class UnmatchedPayment(BaseModel):
    """A payment that no invoice explains by itself, with why, and the likeliest invoices first."""

    number: PaymentId = Field(description="Names it when it is booked or sent back.", examples=[A_PAYMENT])
    source: str = Field(description="Who told of it.", examples=["bank file"])
    id: str = Field(examples=["bank-2026-11-16-000123"], description="Its id there.")
    amount: Decimal = Field(description="How much is left of it to book.", examples=["802.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    booked_on: date = Field(description="The bank's booking date.", examples=["2026-11-16"])
    reference: str | None = Field(description="The reference that it came with.", examples=["006402710014"])
    account: str | None = Field(description="The account that it came in on.", examples=["12345678903"])
    debit_account: str | None = Field(description="The payer's account.", examples=["99990512341"])
    payer_name: str | None = Field(description="Who paid, as the bank tells it.", examples=["Kari Nordmann"])
    text: str | None = Field(description="What the payer wrote.", examples=["faktura 1001"])
    why: str = Field(description="Why it waits.", examples=["no invoice has this payment reference"])
    candidates: list[Candidate] = Field(description="The likeliest invoices, best first.")


class UnmatchedPayments(BaseModel):
    """The payments that wait for a person, oldest first."""

    payments: list[UnmatchedPayment] = Field(description="Those that wait, oldest first.")


class OfWaiting(BaseModel):
    """What became of a payment that waited, which is named as the list names it: `number`."""

    payment: PaymentId = Field(
        description="The number; `number` says the same.", examples=[A_PAYMENT], json_schema_extra={"deprecated": True}
    )

    @computed_field(description="The payment's number, as the list shows it.", examples=[A_PAYMENT])  # type: ignore[prop-decorator]
    @property
    def number(self) -> PaymentId:
        """Its number in the list."""
        return self.payment


class Share(BaseModel):
    """What an invoice gets of a payment."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    invoice: Annotated[Identifier | None, Field(description="The invoice's number.", examples=["2026-1001"])] = None
    number: Annotated[
        Identifier | None,
        Field(description="As `invoice`: give one of the two.", json_schema_extra={"deprecated": True}),
    ] = None
    amount: Annotated[
        SignedAmount | None, Field(description="Of one invoice it may be left out: what the others leave.")
    ] = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.invoice is None) == (self.number is None):
            raise ValueError("give the invoice")
        return self

    @property
    def named(self) -> str:
        """The invoice's number."""
        return self.invoice or self.number or ""


class Matching(BaseModel):
    """What a payment is for, as a person has decided."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"invoices": [{"invoice": "2026-1001", "amount": "802.00"}], "by": "anne"}]},
    )
    invoices: Annotated[
        list[Share], Field(description="The invoices and what each gets.", min_length=1, max_length=MOST_INVOICES)
    ]
    by: By

    @field_validator("invoices")
    @classmethod
    def _names_each_once(cls, invoices: list[Share]) -> list[Share]:
        if len({share.named for share in invoices}) < len(invoices):
            raise ValueError("an invoice is named twice: add its amounts up")
        return invoices


class InvoiceLeft(OfInvoice):
    """What is left of an invoice."""

    balance: Decimal = Field(description="What is left of it.", examples=["0.00"])


class Matched(OfWaiting):
    """The payment is booked."""

    invoices: list[InvoiceLeft] = Field(description="What is left of each invoice.")


class SendingBack(BaseModel):
    """A payment that is for no invoice goes back to who paid it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    by: By
    to_account: Annotated[
        Account | None, Field(description="Where to; else where it came from.", examples=["99990512341"])
    ] = None


class SentBack(OfWaiting):
    """The payment is owed back: tell when the refund is paid."""

    refund: RefundId = Field(description="The refund's number: tell when it is paid.", examples=[A_REFUND])


class Refund(BaseModel):
    """Money that is owed back, or was sent back."""

    number: RefundId = Field(description="Names it when it is paid.", examples=[A_REFUND])
    invoice: str | None = Field(
        examples=["2026-1001"], description="The invoice that too much was paid on; null for money that had none."
    )
    amount: Decimal = Field(description="How much is owed back.", examples=["198.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    to_account: str | None = Field(description="Where to; null where nobody knows.", examples=["99990512341"])
    state: Literal["due", "ordered", "paid", "cancelled"] = Field(
        description="`ordered`: it stands in a file for the bank. `cancelled`: the money went back without it."
    )
    by: str = Field(examples=["anne"], description="Who decided it; `purr` by the creditor's own rule.")
    since: datetime = Field(description="Since when it is owed.", examples=["2026-11-16T09:30:00Z"])
    paid_at: datetime | None = Field(description="When it left.", examples=[None, "2026-11-16T09:30:00Z"])


class Refunds(ListOf[Refund]):
    """A page of refunds."""

    refunds: list[Refund] = Field(
        description="All of them, first those that are due. `data` has them page by page.", deprecated=True
    )


class RefundPaid(BaseModel):
    """The refund has left the account."""

    number: RefundId = Field(description="The refund's number.", examples=[A_REFUND])
    state: Literal["paid"] = Field(default="paid", description="How it stands.")


@router.get("/v1/payments/unmatched", response_model=UnmatchedPayments, responses=documented(401))
async def list_unmatched_payments(services: Here, creditor: CreditorAsking, ids: IdsAsking) -> Response:
    """The payments that no invoice explains by itself, oldest first."""
    async with services.database.transaction() as connection:
        found = await review.list_review(connection, creditor)
    answer = UnmatchedPayments.model_validate({"payments": [_told(item) for item in found]})
    return json_response(written(answer, ids))


@router.post("/v1/payments/unmatched/{number}/match", response_model=Matched, responses=documented(401, 404, 409, 422))
async def match_payment(number: NamedPayment, given: Matching, asked: Asked) -> Response:
    """Book a waiting payment on the invoices it is for. Their amounts make the whole payment; one may be left out.

    The payer's account is remembered for the next payment. One that is booked or sent back already is refused (409).
    """
    shares = {share.named: share.amount for share in given.invoices}

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        left = await review.book_review(connection, number, shares, given.by, now, creditor=asked.creditor)
        invoices = [InvoiceLeft(number=invoice, balance=balance) for invoice, balance in left.items()]
        return Answer(200, Matched(payment=number, invoices=invoices))

    return await asked.once(work)


@router.post(
    "/v1/payments/unmatched/{number}/send-back", response_model=SentBack, responses=documented(401, 404, 409, 422)
)
async def send_back_payment(number: NamedPayment, given: SendingBack, asked: Asked) -> Response:
    """Owe a waiting payment back to who paid it. Once the money is sent, tell that the refund is paid."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        refund = await review.send_back(
            connection, number, given.by, now, to_account=given.to_account, creditor=asked.creditor
        )
        return Answer(200, SentBack(payment=number, refund=refund))

    return await asked.once(work)


@router.get("/v1/refunds", response_model=Refunds, responses=documented(401, 422))
async def list_refunds(asking: Asking) -> Response:
    """What is owed back to payers, and what was sent back."""
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, REFUNDS_LISTED)
        found = await refunds.list_all(connection, asking.creditor) if not asking.cursor else []
    answer = asking.answer(REFUNDS_LISTED, page, page.rows) | {"refunds": [_told(item) for item in found]}
    return json_response(written(Refunds.model_validate(answer), asking.ids))


@router.post("/v1/refunds/{number}/paid", response_model=RefundPaid, responses=documented(401, 404, 409, 422))
async def set_refund_paid(number: NamedRefund, asked: Asked) -> Response:
    """A refund has left the creditor's account."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await refunds.paid(connection, number, now, creditor=asked.creditor)
        return Answer(200, RefundPaid(number=number))

    return await asked.once(work)


def _told(item: review.ReviewItem | refunds.RefundItem) -> dict[str, Any]:
    """What a creditor is told: all but its own name."""
    return {name: value for name, value in asdict(item).items() if name != "creditor"}
