"""A debtor's statement of account over the API: how it stands, and a reference that pays all of it."""

from asyncio import to_thread
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.statement import send_statement
from domain.invoices.incoming import Text
from domain.moment import moment_in
from domain.money.statement import Standing
from facts import clock
from facts.money import statements
from facts.parties import debtors
from facts.parties.debtors import Debtor
from messages.letter import letter
from views import statement
from views.content import statement_content
from web.api.idempotency import Answer, Asked, json_response
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["debtors"])

CustomerNumber = Annotated[Text, Path(description="Your own number for the debtor.", examples=["K-1042"])]
Called = Annotated[Text | None, Query(description="The debtor's name, where several share a customer number.")]


A_PDF = {"type": "string", "format": "binary", "examples": ["%PDF-1.7"]}


class StatementLine(BaseModel):
    """An invoice that is owed, or on which there is credit."""

    number: str = Field(description="The invoice's number.", examples=["2026-1001"])
    reference: str | None = Field(description="Its own payment reference.", examples=["006402710013"])
    issue_date: date = Field(description="When it was issued.", examples=["2026-11-02"])
    due_date: date = Field(description="When it is due.", examples=["2026-11-16"])
    currency: str = Field(examples=["NOK"], description="Of its amounts.")
    amount: Decimal = Field(description="What was invoiced.", examples=["802.00"])
    balance: Decimal = Field(description="What is left, fees and interest included; below zero it is credit.")
    disputed: Decimal = Field(description="How much of that is disputed.", examples=["0.00"])
    asked: Decimal = Field(
        description="How much of it one payment with the statement's reference pays: nothing that is disputed, in a plan, "
        "drawn by direct debit or with the collection partner.",
        examples=["802.00"],
    )
    standing: Standing = Field(description="How it stands today.", examples=["due"])
    draw_on: date | None = Field(description="When it is drawn by direct debit.", examples=[None, "2026-11-16"])
    child: str | None = Field(
        default=None,
        description="The name of the child customer that owes it, where its parent pays; null for the debtor's own.",
        examples=[None, "Acme Nord AS"],
    )


class StatementSum(BaseModel):
    """What the invoices of one currency come to."""

    currency: str = Field(examples=["NOK"], description="Of its amounts.")
    owed: Decimal = Field(description="All that is owed, asked for or not.", examples=["1235.23"])
    due: Decimal = Field(description="What is asked for and due.", examples=["1135.33"])
    asked: Decimal = Field(description="What one payment pays, what is not yet due included.", examples=["1235.23"])
    disputed: Decimal = Field(description="How much of `owed` is disputed.", examples=["0.00"])
    credit: Decimal = Field(description="The credit, which stands beside what is owed.", examples=["0.00"])
    reference: str | None = Field(
        description="The payment reference of all that is asked for; null until a statement is issued for just that.",
        examples=["9123456789012347"],
    )


class StatementOrder(BaseModel):
    """Who wants the debtor to get it, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: Annotated[By, Field(description="Who wants it sent.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["asked"])]


class AccountStatement(BaseModel):
    """All that a debtor owes you."""

    customer_number: str = Field(description="Your own number for the debtor.", examples=["K-1042"])
    on: date = Field(description="The debtor's day on which it stands so.", examples=["2026-11-28"])
    lines: list[StatementLine] = Field(description="The longest due first: money pays them in this order.")
    sums: list[StatementSum] = Field(description="One for each currency.")


@router.get(
    "/v1/debtors/{customer_number:path}/statement",
    response_model=AccountStatement,
    responses=documented(401, 404, 409, 422),
)
async def get_statement(
    customer_number: CustomerNumber, creditor: CreditorAsking, services: Here, called: Called = None
) -> Response:
    """All that a debtor owes you: due, not yet due, disputed, in a plan, drawn, and the credit beside it."""
    async with services.database.transaction() as connection:
        debtor = await _debtor(connection, creditor, customer_number, called)
        now = await clock.now(connection, creditor)
        answer = await _statement(connection, customer_number, debtor, now)
    return json_response(answer.model_dump(mode="json"))


@router.post(
    "/v1/debtors/{customer_number:path}/statement",
    response_model=AccountStatement,
    status_code=201,
    responses=documented(401, 404, 409, 422),
)
async def create_statement(
    customer_number: CustomerNumber, asked: Asked, given: StatementOrder | None = None, called: Called = None
) -> Response:
    """Issue a statement: one reference pays all that it asks for. It stays the same as long as just that is asked for.

    With a body it is sent to the debtor too, without a fee, as soon as its channels and the contact cap allow.

    A payment with it is matched back to each invoice to the cent, also after something of it has changed; another sum
    pays the invoice whose amount it is, else the first listed first.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        debtor = await _debtor(connection, asked.creditor, customer_number, called)
        await statements.issue(connection, asked.creditor, debtor.id, now)
        if given:
            planning = asked.services.planning
            await send_statement(connection, planning, debtor, given.by, given.reason_code, asked.command_id, now)
        return Answer(201, await _statement(connection, customer_number, debtor, now))

    return await asked.once(work)


@router.get(
    "/v1/debtors/{customer_number:path}/statement.pdf",
    response_class=Response,
    responses=documented(401, 404, 409, 422)
    | {200: {"description": "A4, to print or send on.", "content": {"application/pdf": {"schema": A_PDF}}}},
)
async def get_statement_pdf(
    customer_number: CustomerNumber,
    creditor: CreditorAsking,
    services: Here,
    called: Called = None,
    currency: Annotated[
        Text | None, Query(description="Of which currency, where there are several.", examples=["NOK"])
    ] = None,
) -> Response:
    """The statement as a letter. It is issued with it, so that one reference pays all that it asks for."""
    async with services.database.transaction() as connection:
        debtor = await _debtor(connection, creditor, customer_number, called)
        now = await clock.now(connection, creditor)
        await statements.issue(connection, creditor, debtor.id, now)
        today = moment_in(debtor.country, now).day
        law = services.planning.law_of(debtor.country)
        calendar = services.calendar
        content = await statement_content(connection, services.links, debtor, calendar, law, today, currency)
    if content is None:
        raise not_found(f"statement for debtor {customer_number}: nothing is owed")
    return Response(await to_thread(letter, content), media_type="application/pdf")


async def _debtor(connection: AsyncConnection, creditor: str, customer_number: str, called: str | None) -> Debtor:
    debtor = await debtors.find(connection, creditor, customer_number, called)
    if debtor is None:
        raise not_found(f"debtor {customer_number}")
    return debtor


async def _statement(
    connection: AsyncConnection, customer_number: str, debtor: Debtor, now: datetime
) -> AccountStatement:
    read = await statement.read(connection, debtor.id, moment_in(debtor.country, now).day)
    return AccountStatement(
        customer_number=customer_number,
        on=read.on,
        lines=[StatementLine.model_validate(line, from_attributes=True) for line in read.lines],
        sums=[StatementSum(**asdict(each.sums), reference=each.reference) for each in read.payable],
    )
