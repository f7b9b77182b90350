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
from web.api.idempotency import Answer, Asked
from web.problems import FieldProblem, Problem, documented

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


@router.patch(
    "/v1/debtors/{customer_number:path}",
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
