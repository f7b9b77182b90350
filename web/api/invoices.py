"""Invoices over the API: they come in, are credited, get another due date, and tell how they stand."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

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
from domain.moment import moment_in
from facts import clock
from facts.invoices import invoices
from facts.refusals import UnknownCreditor
from views import status
from views.status import CaseStatus
from web.api.idempotency import Answer, Asked, json_response
from web.problems import Problem, documented, not_found
from web.security import INVOICE_LIMIT, CreditorAsking
from web.services import Here

router = APIRouter(tags=["invoices"], responses=documented(401, 422))


class Imported(BaseModel):
    """What became of an invoice or credit note."""

    status: Literal["new", "known"] = Field(description="`known`: exactly this one came before; nothing changed.")
    number: str = Field(examples=["2026-1001"])
    warnings: list[str] = Field(default=[], examples=[["no postal address: no letter can be sent"]])


class Happened(BaseModel):
    """One thing that happened in a case."""

    at: datetime
    what: str = Field(examples=["email delivered"])
    by: str = Field(examples=["sendgrid"])
    detail: dict[str, Any] | None


class InvoiceStanding(BaseModel):
    """Where an invoice and its case stand. Amounts are strings in `currency`; moments are UTC."""

    number: str = Field(examples=["2026-1001"])
    state: Literal["open", "closed"]
    outcome: str | None = Field(description="How a closed case ended.", examples=["paid"])
    policy: str = Field(examples=["no-gentle"])
    round: int
    issue_date: date
    due_date: date
    currency: str = Field(examples=["NOK"])
    balance: Decimal = Field(description="What is owed now, fees and interest included.", examples=["802.00"])
    reference: str | None
    segment: str | None
    order_reference: str | None = Field(description="What the buyer finds it by: this and the next three.")
    buyer_reference: str | None
    cost_centre: str | None
    buyer_contact: str | None
    on_hold: bool
    disputed: bool
    flag: str | None = Field(description="What a person should look at.", examples=["bank data stale"])
    next_kind: str | None = Field(description="What the case does next.", examples=["deliver"])
    next_step: str | None = Field(examples=["due-date-reminder"])
    next_channel: str | None = Field(examples=["email"])
    next_at: datetime | None
    next_why: str | None
    timeline: list[Happened] = Field(description="Everything that happened, oldest first.")


class NewDueDate(Given):
    """Another due date."""

    due_date: Annotated[Day, Field(description="Today or later, not before the issue date.", examples=["2026-12-01"])]


class DueDateMoved(BaseModel):
    """The due date in force."""

    number: str
    due_date: date
    changed: bool = Field(description="False: this was the due date already.")


class NewAmount(Given):
    """A lower amount of an invoice. It is booked as a credit note over the difference, so name that."""

    amount: Annotated[
        Decimal,
        Field(ge=0, lt=10**10, description="What the invoice is over from now on.", examples=["702.00"]),
        AfterValidator(two_decimals),
    ]
    credit_note: Annotated[Identifier, Field(description="The credit note's own number.", examples=["K-78"])]
    reason: Annotated[LongText | None, Field(examples=["Wrong meter reading"])] = None


class AmountChanged(BaseModel):
    """The amount in force."""

    number: str
    amount: Decimal = Field(examples=["702.00"])
    credited: Decimal = Field(description="What the credit note is over.", examples=["100.00"])


@router.post(
    "/v1/invoices",
    status_code=201,
    max_body_size=INVOICE_LIMIT,
    response_model=Imported,
    responses=documented(409, 413)
    | {200: {"model": Imported, "description": "Known: exactly this invoice came before"}},
)
async def send_invoice(invoice: IncomingInvoice, asked: Asked) -> Response:
    """Send an invoice: its case starts at once and is never lost, whatever else is down.

    The same invoice again is `known`; the same number with other content is a conflict (409).
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _refuse_other_creditors(connection, invoice.creditor, asked.creditor)
        imported = await asked.services.intake.invoice(
            connection, invoice, now, creditor=asked.creditor, api_key=asked.api_key
        )
        warnings = [*warnings_for(invoice), *imported.warnings, *_past_due(invoice, imported, now)]
        return _imported(imported, warnings)

    return await asked.once(work)


@router.post(
    "/v1/credit-notes",
    status_code=201,
    response_model=Imported,
    responses=documented(409, 413) | {200: {"model": Imported, "description": "Known: this credit note came before"}},
)
async def send_credit_note(note: IncomingCreditNote, asked: Asked) -> Response:
    """Send a credit note: it lowers what is owed on one invoice; a full credit takes fees and interest back too."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await _refuse_other_creditors(connection, note.creditor, asked.creditor)
        imported = await asked.services.intake.credit_note(connection, note, now, creditor=asked.creditor)
        return _imported(imported, list(imported.warnings))

    return await asked.once(work)


@router.get("/v1/invoices/{number:path}", response_model=InvoiceStanding, responses=documented(404))
async def invoice_standing(number: Identifier, services: Here, creditor: CreditorAsking) -> Response:
    """Where an invoice stands, and everything that happened in its case."""
    async with services.database.transaction() as connection:
        case = await status_of(connection, creditor, number, await clock.now(connection))
        timeline = await status.timeline(connection, case.case_id)
    shown = InvoiceStanding.model_validate(asdict(case) | {"number": case.invoice, "timeline": timeline})
    return json_response(shown.model_dump(mode="json"))


@router.post("/v1/invoices/{number:path}/due-date", response_model=DueDateMoved, responses=documented(404, 409))
async def move_due_date(number: Identifier, new: NewDueDate, asked: Asked) -> Response:
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
async def lower_amount(number: Identifier, new: NewAmount, asked: Asked) -> Response:
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


async def status_of(connection: AsyncConnection, creditor: str, number: str, now: datetime) -> CaseStatus:
    """The standing of a creditor's invoice; 404 for one it does not have."""
    case = await status.status(connection, creditor, number, now)
    if case is None:
        raise not_found(f"invoice {number}")
    return case


def _imported(imported: invoices.Imported, warnings: list[str] | None = None) -> Answer:
    body = Imported.model_validate({"status": imported.status, "number": imported.number, "warnings": warnings or []})
    return Answer(201 if imported.status == "new" else 200, body)


def _past_due(invoice: IncomingInvoice, imported: invoices.Imported, now: datetime) -> list[str]:
    """What an old invoice sets off at once, where nobody would expect it."""
    if imported.status != "new" or invoice.due_date >= moment_in(invoice.debtor.country, now).day:
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
