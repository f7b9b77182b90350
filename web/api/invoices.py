"""Invoices over the API: they come in, are credited, get another due date, and tell how they stand."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Field, computed_field
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.contextvars import bind_contextvars

from connectors.links import Link
from domain.invoices.incoming import (
    Day,
    Given,
    Identifier,
    IncomingCreditNote,
    IncomingInvoice,
    LongText,
    two_decimals,
    warnings_for,
)
from domain.invoices.own_pdf import a_pdf
from domain.invoices.past_due import is_past_due
from facts import clock
from facts.cases.load import workflow_id
from facts.deliveries import link_revocations
from facts.invoices import invoices, own_pdf
from facts.parties.relations import at_stake
from facts.refusals import UnknownCreditor
from views import status
from views.filters import Filter
from views.invoices import INVOICES, parts_of, payments_of
from views.lists import read_page
from views.status import CaseStatus
from web.api.idempotency import Answer, Asked, Call, Work, json_response
from web.api.ids import IdsAsking, StepName, Told, written
from web.api.lists import Asking, ListOf, expanded
from web.problems import Problem, documented, not_found
from web.security import PDF_LIMIT, CreditorAsking
from web.services import Here, Services

router = APIRouter(tags=["invoices"], responses=documented(401, 422))

InvoiceNumber = Annotated[
    Identifier, Path(description="The invoice's number as it is, with its slashes.", examples=["2026-1001"])
]


_A_PDF: dict[str, Any] = {"schema": {"type": "string", "examples": ["%PDF-1.7 …"]}}
_PDF_BODY = {"application/pdf": _A_PDF, "application/octet-stream": _A_PDF}


class Imported(BaseModel):
    """What became of an invoice or credit note."""

    status: Literal["new", "known"] = Field(description="`known`: exactly this one came before; nothing changed.")
    number: str = Field(description="The number it came with.", examples=["2026-1001"])
    warnings: list[str] = Field(
        description="What is odd about it, a sentence each; it was taken all the same.",
        default=[],
        examples=[["no postal address: no letter can be sent"]],
    )


class Happened(BaseModel):
    """One thing that happened in a case."""

    at: datetime = Field(description="When.", examples=["2026-11-16T09:30:00Z"])
    what: str = Field(description="What happened, in words.", examples=["email delivered"])
    by: str = Field(description="Who did it or told of it.", examples=["sendgrid"])
    detail: Told | None = Field(
        description="More, by what happened; fields may be added.", examples=[{"step": "reminder"}]
    )


class Parts(BaseModel):
    """What is left of each part; together they are the balance."""

    principal: Decimal = Field(description="Of the invoice itself.", examples=["802.00"])
    fees: Decimal = Field(description="Of reminder fees.", examples=["38.00"])
    compensation: Decimal = Field(description="Of the compensation between businesses.", examples=["0.00"])
    interest: Decimal = Field(description="Of late interest.", examples=["0.00"])


class PaymentOnInvoice(BaseModel):
    """What a payment came to on an invoice."""

    id: str = Field(description="The payment's id where it comes from.", examples=["bank-2026-11-16-000123"])
    source: str = Field(description="Who told of it.", examples=["api"])
    amount: Decimal = Field(description="What is booked here; negative: taken back.", examples=["100.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    booked_on: date = Field(description="The bank's booking date.", examples=["2026-11-16"])


class DebtorOfInvoice(BaseModel):
    """Who owes it."""

    name: str = Field(description="The debtor's name.", examples=["Kari Nordmann"])
    kind: str = Field(description="`consumer` or `business`.", examples=["consumer"])
    organisation_number: str | None = Field(description="A business's number.", examples=["987654325"])
    language: str = Field(description="In which the debtor is written to.", examples=["nb"])
    country: str = Field(description="ISO 3166 code, whose law holds.", examples=["NO"])


class ListedInvoice(BaseModel):
    """Where an invoice and its case stand. Amounts are strings in `currency`; moments are UTC."""

    number: str = Field(description="The invoice's number.", examples=["2026-1001"])
    state: Literal["open", "closed"] = Field(description="`closed`: nothing more happens in its case.")
    outcome: str | None = Field(
        description="How the case ended. `open` stays its state until its last word to the debtor has left.",
        examples=[None, "paid"],
    )
    policy: str = Field(description="The policy whose steps the case follows.", examples=["no-gentle"])
    round: int = Field(description="One run through the steps; a moved due date starts a new one.", examples=[1])
    issue_date: date = Field(description="The day it was issued.", examples=["2026-11-02"])
    due_date: date = Field(description="The due date in force.", examples=["2026-11-16"])
    deadline: date | None = Field(
        description="The latest deadline that a message of this round gave.", examples=["2026-12-14"]
    )
    currency: str = Field(description="ISO 4217 code of all amounts here.", examples=["NOK"])
    amount: Decimal = Field(description="What the invoice was over when it came.", examples=["802.00"])
    parts: Parts = Field(description="What is left of each part.")
    customer_number: str | None = Field(description="Your own number for the debtor.", examples=["K-1042"])
    page: str = Field(
        description="The address of the invoice page, for the debtor alone: good for 180 days from now.",
        examples=["https://purr.example/i/AbCdEf"],
    )
    balance: Decimal = Field(description="What is owed now, fees and interest included.", examples=["802.00"])
    reference: str | None = Field(description="The payment reference (KID, RF).", examples=["006402710013"])
    segment: str | None = Field(description="Your word for a group of debtors.", examples=["private"])
    order_reference: str | None = Field(description="The buyer's order number.", examples=["PO-4711"])
    buyer_reference: str | None = Field(
        description="What the buyer asked for on its invoices.", examples=["0150 Skole"]
    )
    cost_centre: str | None = Field(description="The buyer's cost centre.", examples=["4100"])
    buyer_contact: str | None = Field(description="Who ordered it, as the buyer is told.", examples=["Ola Innkjøp"])
    on_hold: bool = Field(description="Nothing goes out until the hold ends.", examples=[False])
    disputed: bool = Field(description="The debtor disagrees, and nobody has resolved it.", examples=[False])
    flag: str | None = Field(description="What a person should look at.", examples=[None, "bank data stale"])
    next_kind: str | None = Field(description="What the case does next.", examples=["deliver"])
    next_step: StepName | None = Field(description="The policy's step that comes next.", examples=["due-date-reminder"])
    next_channel: str | None = Field(description="The channel it uses.", examples=["email"])
    next_at: datetime | None = Field(description="When.", examples=["2026-11-16T09:30:00Z"])
    next_why: str | None = Field(
        description="Why then, in words.", examples=["due-date-reminder by email on the due date"]
    )
    debtor: DebtorOfInvoice | None = Field(default=None, description="With `expand=debtor` in a list.")
    payments: list[PaymentOnInvoice] | None = Field(
        default=None, description="With `expand=payments` in a list, in the order in which they came."
    )


class Lost(BaseModel):
    """What losing a customer costs: monthly margin times expected months."""

    amount: Decimal = Field(description="Never below zero.", examples=["3576.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])


class InvoiceStanding(ListedInvoice):
    """Where an invoice and its case stand. Amounts are strings in `currency`; moments are UTC."""

    timeline: list[Happened] = Field(description="Everything that happened, oldest first.")
    lost_customer_cost: list[Lost] = Field(
        description="What you stand to lose if this customer leaves, in each currency; empty where it is not known. For you "
        "alone: nobody else is told, and no rule reads it."
    )


class NewDueDate(Given):
    """Another due date."""

    due_date: Annotated[Day, Field(description="Today or later, not before the issue date.", examples=["2026-12-01"])]


class OfInvoice(BaseModel):
    """What is of an invoice, which it names as everything else does: `invoice`."""

    number: str = Field(
        description="The invoice's number; `invoice` says the same.",
        examples=["2026-1001"],
        json_schema_extra={"deprecated": True},
    )

    @computed_field(description="The invoice's number.", examples=["2026-1001"])  # type: ignore[prop-decorator]
    @property
    def invoice(self) -> str:
        """The invoice's number."""
        return self.number


class DueDateMoved(OfInvoice):
    """The due date in force."""

    due_date: date = Field(description="The due date in force.", examples=["2026-12-01"])
    changed: bool = Field(description="False: this was the due date already.")


class NewAmount(Given):
    """A lower amount of an invoice. It is booked as a credit note over the difference, so name that."""

    amount: Annotated[
        Decimal,
        Field(ge=0, lt=10**10, description="What the invoice is over from now on.", examples=["702.00"]),
        AfterValidator(two_decimals),
    ]
    credit_note: Annotated[Identifier, Field(description="The credit note's own number.", examples=["K-78"])]
    reason: Annotated[
        LongText | None, Field(description="Why, in words for the debtor.", examples=["Wrong meter reading"])
    ] = None


class AmountChanged(OfInvoice):
    """The amount in force."""

    amount: Decimal = Field(description="What the invoice is over from now on.", examples=["702.00"])
    credited: Decimal = Field(description="What the credit note is over.", examples=["100.00"])


@router.post(
    "/v1/invoices",
    status_code=201,
    response_model=Imported,
    responses=documented(409, 413)
    | {200: {"model": Imported, "description": "Known: exactly this invoice came before"}},
)
async def create_invoice(invoice: IncomingInvoice, asked: Asked) -> Response:
    """Send an invoice: its case starts at once and is never lost, whatever else is down.

    The same invoice again is `known`; the same number with other content is a conflict (409).
    """
    return await asked.once(storing(asked, invoice))


def storing(asked: Call, invoice: IncomingInvoice) -> Work:
    """What stores an invoice that was sent."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _refuse_other_creditors(connection, invoice.creditor, asked.creditor)
        bind_contextvars(case=workflow_id(asked.creditor, invoice.number))  # the log of the request says which
        imported = await asked.services.intake.invoice(
            connection, invoice, now, creditor=asked.creditor, api_key=asked.api_key
        )
        return _stored(invoice, imported, now)

    return work


async def stored_together(
    connection: AsyncConnection, asked: Call, invoices: Sequence[IncomingInvoice]
) -> list[Response | Exception]:
    """Store invoices that were sent in one request: how each is answered, as if it came alone, in their order."""
    now = await clock.now(connection, asked.creditor)
    others = dict[str | None, Problem]()
    for named in {invoice.creditor for invoice in invoices}:
        try:
            await _refuse_other_creditors(connection, named, asked.creditor)
        except Problem as other:
            others[named] = other
    theirs = [invoice for invoice in invoices if invoice.creditor not in others]
    became = iter(
        await asked.services.intake.invoices(connection, theirs, creditor=asked.creditor, api_key=asked.api_key)
    )
    answers = list[Response | Exception]()
    for invoice in invoices:
        each = others.get(invoice.creditor) or next(became)
        answers.append(each if isinstance(each, Exception) else _stored(invoice, each, now).response(asked.ids))
    return answers


def _stored(invoice: IncomingInvoice, imported: invoices.Imported, now: datetime) -> Answer:
    warnings = [
        *warnings_for(invoice),
        *imported.warnings,
        *(past_due(invoice, now) if imported.status == "new" else ()),
    ]
    return _imported(imported, warnings)


@router.post(
    "/v1/credit-notes",
    status_code=201,
    response_model=Imported,
    responses=documented(409, 413) | {200: {"model": Imported, "description": "Known: this credit note came before"}},
)
async def create_credit_note(note: IncomingCreditNote, asked: Asked) -> Response:
    """Send a credit note: it lowers what is owed on one invoice; a full credit takes fees and interest back too."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _refuse_other_creditors(connection, note.creditor, asked.creditor)
        imported = await asked.services.intake.credit_note(connection, note, now, creditor=asked.creditor)
        return _imported(imported, list(imported.warnings))

    return await asked.once(work)


@router.get("/v1/invoices", response_model=ListOf[ListedInvoice])
async def list_invoices(
    asking: Asking,
    expand: Annotated[
        str,
        Query(max_length=100, description="What is told besides: `debtor`, `payments`.", examples=["debtor,payments"]),
    ] = "",
) -> Response:
    """Your invoices, those that came last first, closed ones too: `where=state=open` gives those that are under way."""
    besides = expanded(expand, ("debtor", "payments"))
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, INVOICES)
        now = await clock.now(connection, asking.creditor)
        shown = await _shown(connection, asking.services, page.rows, besides, now)
    return json_response(
        ListOf[ListedInvoice].model_validate(asking.answer(INVOICES, page, shown)).model_dump(mode="json")
    )


@router.get("/v1/invoices/{number:path}", response_model=InvoiceStanding, responses=documented(404))
async def get_invoice(number: InvoiceNumber, services: Here, creditor: CreditorAsking, ids: IdsAsking) -> Response:
    """Where an invoice stands, and everything that happened in its case."""
    async with services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        page = await read_page(connection, INVOICES, creditor, _of_number(number), now, limit=1)
        if not page.rows:
            raise not_found(f"invoice {number}")
        (shown,) = await _shown(connection, services, page.rows, {"debtor", "payments"}, now)
        timeline = await status.timeline(connection, page.rows[0]["case_id"])
        lost = [asdict(each) for each in await at_stake(connection, page.rows[0]["case_id"], now)]
    standing = InvoiceStanding.model_validate(shown | {"timeline": timeline, "lost_customer_cost": lost})
    return json_response(written(standing, ids))


@router.post("/v1/invoices/{number:path}/due-date", response_model=DueDateMoved, responses=documented(404, 409))
async def move_due_date(number: InvoiceNumber, new: NewDueDate, asked: Asked) -> Response:
    """Give an invoice another due date: its case starts a new round from it."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        case = await status_of(connection, asked.creditor, number, now)
        if case.state == "closed":
            raise Problem(409, "case-closed", f"the case of invoice {number} is closed: its due date stays")
        earliest = max(case.issue_date, asked.services.today(now))
        if new.due_date != case.due_date and new.due_date < earliest:
            raise Problem(422, "past-date", f"due_date {new.due_date} is past: give {earliest} or later")
        changed = await invoices.move_due_date(connection, asked.creditor, number, new.due_date, now)
        return Answer(200, DueDateMoved(number=number, due_date=new.due_date, changed=changed))

    return await asked.once(work)


@router.post("/v1/invoices/{number:path}/amount", response_model=AmountChanged, responses=documented(404, 409))
async def lower_amount(number: InvoiceNumber, new: NewAmount, asked: Asked) -> Response:
    """Lower an invoice's amount: the difference is booked as a credit note. A higher amount is a new invoice."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        case = await status_of(connection, asked.creditor, number, now)
        amount = await invoices.amount_in_force(connection, case.case_id)
        if new.amount > amount:
            detail = f"invoice {number} is over {amount} {case.currency}: send a further invoice for the rest"
            raise Problem(409, "amount-raised", detail)
        if new.amount == amount:
            return Answer(200, AmountChanged(number=number, amount=amount, credited=Decimal("0.00")))
        note = IncomingCreditNote(
            number=new.credit_note,
            invoice_number=number,
            issue_date=asked.services.today(now),
            currency=case.currency,
            amount=amount - new.amount,
            reason=new.reason,
        )
        imported = await asked.services.intake.credit_note(connection, note, now, creditor=asked.creditor)
        if imported.status == "known":
            raise Problem(409, "conflict", f"credit note {note.number} came before: give another number")
        return Answer(200, AmountChanged(number=number, amount=new.amount, credited=note.amount))

    return await asked.once(work)


@router.put(
    "/v1/invoices/{number:path}/pdf",
    response_model=Imported,
    responses=documented(404, 409, 413),
    openapi_extra={"requestBody": {"required": True, "description": "The PDF as it is.", "content": _PDF_BODY}},
    max_body_size=PDF_LIMIT,
)
async def set_invoice_pdf(number: InvoiceNumber, request: Request, asked: Asked) -> Response:
    """Give an invoice its own PDF, of at most 8,000,000 bytes. The same again is `known`; another one is a conflict (409)."""
    content = await request.body()

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await status_of(connection, asked.creditor, number, now)
        try:
            a_pdf(content)
        except ValueError as fault:
            raise Problem(422, "refused", f"the body {fault}") from fault
        given = await own_pdf.give(connection, asked.creditor, number, content, now)
        if given == "another":
            raise Problem(409, "conflict", f"invoice {number} has another PDF already: nothing is changed")
        return Answer(200, Imported(status=given, number=number))

    return await asked.once(work)


async def status_of(connection: AsyncConnection, creditor: str, number: str, now: datetime) -> CaseStatus:
    """The standing of a creditor's invoice; 404 for one it does not have."""
    case = await status.status(connection, creditor, number, now)
    if case is None:
        raise not_found(f"invoice {number}")
    return case


def _of_number(number: str) -> Filter:
    return Filter(((INVOICES.words["number"], "=", number),))


async def _shown(
    connection: AsyncConnection, services: Services, rows: Sequence[dict[str, Any]], besides: set[str], now: datetime
) -> list[dict[str, Any]]:
    """Invoices as they are answered, with what is told besides."""
    paid = await payments_of(connection, [row["invoice_id"] for row in rows]) if "payments" in besides else {}
    rounds = await link_revocations.rounds_of(connection, [row["invoice_id"] for row in rows])
    return [
        row
        | {
            "parts": parts_of(row),
            "page": services.links.url(
                Link(row["invoice_id"], 0, round=rounds.get(row["invoice_id"], 0)), services.today(now)
            ),
            "debtor": row["debtor"] if "debtor" in besides else None,
            "payments": paid.get(row["invoice_id"]),
        }
        for row in rows
    ]


def _imported(imported: invoices.Imported, warnings: list[str] | None = None) -> Answer:
    body = Imported.model_validate({"status": imported.status, "number": imported.number, "warnings": warnings or []})
    return Answer(201 if imported.status == "new" else 200, body)


def past_due(invoice: IncomingInvoice, now: datetime) -> list[str]:
    """What a new invoice that is old sets off at once, where nobody would expect it."""
    if not is_past_due(invoice, now):
        return []
    told = f"due_date {invoice.due_date} is past and the case starts at once"
    return [told if invoice.already_sent else f"{told}: tell with already_sent what the debtor was sent before"]


async def _refuse_other_creditors(connection: AsyncConnection, named: str | None, asking: str) -> None:
    """A request that names a creditor names the key's; whether another one exists is nobody's business."""
    if named is None:
        return
    try:
        await invoices.find_creditor(connection, named, among=asking)
    except UnknownCreditor as other:
        detail = f"creditor {named} is not the one of this API key: leave creditor out, or use its own key"
        raise Problem(422, "other-creditor", detail) from other
