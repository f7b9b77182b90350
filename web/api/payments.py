"""Payments over the API, each booked once, and how far a bank account is imported."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Discriminator, Field, Tag, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Account, Currency, Day, Given, Identifier, LongText, SignedAmount, Text
from domain.money import references, sources
from facts.money import bank_accounts, payments
from facts.money.payments import Booked, Payment
from web.api.idempotency import Answer, Asked
from web.problems import Problem, documented, not_found

router = APIRouter(tags=["payments"], responses=documented(401, 422))

MOST_PAYMENTS = 1000


def _not_zero(amount: Decimal) -> Decimal:
    if amount == 0:
        raise ValueError("is zero: nothing was paid")
    return amount


PaymentId = Annotated[
    Text,
    Field(
        description="The payment's id where it comes from: it is booked once.",
        examples=["bank-2026-11-16-000123"],
        max_length=100,
    ),
]
Reference = Annotated[Annotated[Text, Field(max_length=140)], AfterValidator(references.normalised)]


class IncomingPayment(Given):
    """Money that came in, or with a negative amount a payment that was taken back."""

    id: PaymentId
    amount: Annotated[
        SignedAmount,
        AfterValidator(_not_zero),
        Field(description="Positive: money came in. Negative: a payment was taken back.", examples=["802.00"]),
    ]
    currency: Annotated[Currency, Field(description="ISO 4217 code.", examples=["NOK"])]
    booked_on: Annotated[Day, Field(description="The bank's booking date.", examples=["2026-11-16"])]
    reference: Annotated[
        Reference | None, Field(description="The payment reference (KID, RF).", examples=["006402710013"])
    ] = None
    invoice: Annotated[
        Identifier | None,
        Field(
            description="The invoice's number, where it is known: goes before the reference.", examples=["2026-1001"]
        ),
    ] = None
    invoice_number: Annotated[
        Identifier | None,
        Field(description="As `invoice`: give one of the two.", json_schema_extra={"deprecated": True}),
    ] = None
    account: Annotated[Account | None, Field(description="The creditor's account.", examples=["12345678903"])] = None
    debit_account: Annotated[Account | None, Field(description="The payer's account.")] = None
    payer_name: Annotated[
        Text | None, Field(description="Who paid, as the bank tells it.", examples=["Kari Nordmann"])
    ] = None
    text: Annotated[LongText | None, Field(description="What the payer wrote.")] = None
    drawn: Annotated[
        bool, Field(description="The bank drew it under a direct-debit mandate: it is for the claim that asked for it.")
    ] = False

    @model_validator(mode="after")
    def _names_one_invoice(self) -> Self:
        if self.invoice is not None and self.invoice_number is not None:
            raise ValueError("give invoice or invoice_number, not both")
        return self


class BookedPayment(BaseModel):
    """What became of a payment."""

    id: str = Field(description="The payment's id, as you gave it.", examples=["bank-2026-11-16-000123"])
    status: Literal["booked", "unmatched", "known"] = Field(description="`known`: it came before; nothing changed.")
    why: str | None = Field(
        default=None, examples=[None, "no invoice has this payment reference"], description="Why it waits unmatched."
    )
    balance: Decimal | None = Field(default=None, description="What the invoice is over now.", examples=["0.00"])


class BookedPayments(BaseModel):
    """What became of the payments, in their order."""

    payments: list[BookedPayment] = Field(description="One for each that was sent.")


class ImportedThrough(Given):
    """The last day whose bank data is imported in full."""

    through: Annotated[Day, Field(description="Today or earlier.", examples=["2026-11-16"])]


class AccountImported(BaseModel):
    """An account and a day through which its bank data is imported."""

    account: str = Field(description="The account, without spaces.", examples=["12345678903"])
    through: date = Field(description="The last day that is imported in full.", examples=["2026-11-16"])


@router.post("/v1/payments", response_model=BookedPayments, responses=documented(413))
async def create_payments(
    given: Annotated[
        Annotated[IncomingPayment, Tag("one")]
        | Annotated[list[IncomingPayment], Field(min_length=1, max_length=MOST_PAYMENTS), Tag("several")],
        Discriminator(lambda given: "several" if isinstance(given, list) else "one"),
    ],
    asked: Asked,
) -> Response:
    """Send one payment or a list, all booked together or none. What no invoice explains waits, unmatched."""
    several = given if isinstance(given, list) else [given]

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        booked: dict[int, BookedPayment] = {}
        # In one order, whoever sends: two lists that meet never wait for each other in a circle.
        for position in sorted(range(len(several)), key=lambda p: _lock_order(several[p])):
            payment = several[position]
            told = payment_of(payment, asked.creditor, sources.API, payment.id, payment.amount)
            result = await payments.book(connection, told, now)
            booked[position] = booked_payment(payment.id, result)
        return Answer(200, BookedPayments(payments=[booked[position] for position in range(len(several))]))

    return await asked.once(work)


@router.post("/v1/bank-accounts/{account}/imported-through", response_model=AccountImported, responses=documented(404))
async def set_imported_through(
    account: Annotated[Account, Path(description="The account.", examples=["12345678903"])],
    given: ImportedThrough,
    asked: Asked,
) -> Response:
    """Tell through which day an account's payments are sent: no reminder goes out on older bank data."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        if given.through > asked.services.today(now):
            raise Problem(422, "future-date", f"through {given.through} is ahead: give the last day that is imported")
        if not await bank_accounts.has_account(connection, asked.creditor, account):
            raise not_found(f"bank account {account}")
        await bank_accounts.imported_through(connection, asked.creditor, account, given.through, now)
        return Answer(200, AccountImported(account=account, through=given.through))

    return await asked.once(work)


def payment_of(told: BaseModel, creditor: str, source: str, source_id: str, amount: Decimal) -> Payment:
    """A payment as the facts keep it: who paid what for what stands in `told` under the names of `IncomingPayment`."""
    known = told.model_dump(include=IncomingPayment.model_fields.keys() - {"id", "amount"})
    named = [known.pop(name, None) for name in ("invoice", "invoice_number")]
    return Payment(creditor, source, source_id, amount, number=named[0] or named[1], **known)


def booked_payment(payment_id: str, booked: Booked) -> BookedPayment:
    """What became of a payment, as it is answered."""
    known = {"status": booked.status, "why": booked.why, "balance": booked.balance}
    return BookedPayment.model_validate(known | {"id": payment_id})


def _lock_order(payment: IncomingPayment) -> tuple[str, str]:
    return payment.invoice or payment.invoice_number or "", payment.reference or ""
