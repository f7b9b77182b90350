"""What a creditor learns about a debtor: a reason to stop, a representative, new addresses."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor import change
from commands.debtor.change import DebtorChange, NoAddress
from domain.invoices.incoming import Text
from facts import clock
from views.found_debtors import find_debtors
from web.api.idempotency import Answer, Asked
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["debtors"])


class DebtorChanged(BaseModel):
    """The debtor is changed."""

    customer_number: str = Field(description="Your own number for the debtor.", examples=["K-1042"])
    open_cases: int = Field(examples=[2], description="How many open cases look again.")


class DebtorChangedInPart(DebtorChanged):
    """The debtor is changed, but for addresses that only the person, or an operator with a reason, can revive."""

    not_used: list[str] = Field(
        description="Channels whose address is not used, and why.", examples=[["sms: opted out"]]
    )


class FoundDebtor(BaseModel):
    """A debtor that may be meant."""

    customer_number: str | None = Field(description="Your own number for the debtor.", examples=["K-1042"])
    name: str = Field(description="The name.", examples=["Kari Nordmann"])
    address: list[str] = Field(description="The postal address, a line each.", examples=[["Storgata 1", "0155 Oslo"]])
    open_cases: int = Field(description="How many cases are open.", examples=[2])
    by: str = Field(description="`customer number`, `address`, `reference` or `name`.", examples=["name"])
    likeness: int = Field(description="100: exactly what was said.", examples=[93])
    parent: str | None = Field(
        default=None, description="The customer number of its parent, where it is a child.", examples=[None, "K-2000"]
    )
    children: list[str] = Field(
        default_factory=list, description="The customer numbers of its children.", examples=[[], ["K-2001"]]
    )


class FoundDebtors(BaseModel):
    """The debtors that may be meant, the surest first, twenty at most."""

    debtors: list[FoundDebtor] = Field(description="Who may be meant.")


@router.get("/v1/debtors/find", response_model=FoundDebtors, responses=documented(401, 422))
async def find_debtor(
    creditor: CreditorAsking,
    services: Here,
    said: Annotated[
        Text,
        Query(description="A name, with slips, a phone number, an email address, a customer number or any reference."),
    ],
) -> FoundDebtors:
    """Find your debtor by whatever somebody says of themselves."""
    async with services.database.transaction() as connection:
        found = await find_debtors(connection, creditor, said, await clock.now(connection, creditor))
    return FoundDebtors(debtors=[FoundDebtor.model_validate(each, from_attributes=True) for each in found])


@router.patch(
    "/v1/debtors/{customer_number:path}",
    operation_id="update_debtor",  # either of two answers has no name of its own: it is called after the operation
    response_model=DebtorChanged | DebtorChangedInPart,
    responses=documented(401, 404, 409, 422),
)
async def update_debtor(
    customer_number: Annotated[Text, Path(description="Your own number for the debtor.", examples=["K-1042"])],
    given: DebtorChange,
    asked: Asked,
    called: Annotated[
        Text | None, Query(description="The name the debtor has now, where several share a customer number.")
    ] = None,
) -> Response:
    """Change a debtor; the debtor's open cases look again at once."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        try:
            done = await change.change_debtor(
                connection, asked.services.planning, asked.creditor, customer_number, called, given, now
            )
        except NoAddress as none:
            errors = [FieldProblem(field=field, problem=problem) for field, problem in none.wrong.items()]
            raise Problem(422, "invalid", "an address is none: see errors", errors=errors) from none
        answer = DebtorChanged(customer_number=customer_number, open_cases=done.open_cases)
        if done.not_used:
            not_used = [f"{channel}: {state}" for channel, state in done.not_used]
            answer = DebtorChangedInPart(**dict(answer), not_used=not_used)
        return Answer(200, answer)

    return await asked.once(work)
