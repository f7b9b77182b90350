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
from domain.learned.behaviour import keys_of
from domain.learned.segments import USE
from domain.moment import moment_in
from facts import clock
from facts.parties import debtors
from views.found_debtors import find_debtors
from views.prediction.behaviour import behaves, worth, worth_in_words
from web.api.idempotency import Answer, Asked, json_response
from web.problems import FieldProblem, Problem, documented, not_found
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


class DebtorBehaviour(BaseModel):
    """How your debtor pays, as it was found last. Of debtors who object to profiling nothing is found."""

    customer_number: str = Field(description="Your own number for the debtor.", examples=["K-1042"])
    segment: str | None = Field(
        description="The key of the segment in which the debtor is; null for none.", examples=["forgets", None]
    )
    segment_name: str | None = Field(
        description="What it is called now.", examples=["forgets, pays after an SMS", None]
    )
    behaviour: list[str] = Field(
        description="How the debtor pays, each pattern by its key, as in `debtor.behaviour_changed`.",
        examples=[["payday:25", "after channel:sms"]],
    )
    words: list[str] = Field(
        description="The same in words, with how often of how many.",
        examples=[["pays around day 25 of the month (6 of 7)"]],
    )
    worth: list[str] = Field(
        description="What the customer is worth, in words, by the relations that you told.",
        examples=[["a customer for 26 months"]],
    )
    version: str | None = Field(
        description="Of what found it; null where nothing was found.", examples=["5f0c2a91b7de"]
    )
    found_at: datetime | None = Field(description="When it was found last.", examples=["2026-11-30T03:10:00Z"])
    use: str = Field(description="What it may be used for.", examples=[USE])


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


@router.get(
    "/v1/debtors/{customer_number:path}/behaviour",
    response_model=DebtorBehaviour,
    responses=documented(401, 404, 409, 422),
)
async def get_debtor_behaviour(
    customer_number: Annotated[Text, Path(description="Your own number for the debtor.", examples=["K-1042"])],
    creditor: CreditorAsking,
    services: Here,
    called: Annotated[
        Text | None, Query(description="The name the debtor has now, where several share a customer number.")
    ] = None,
) -> Response:
    """How a debtor pays and in which segment, for your own risk management: found each night, with what it may be used for."""
    async with services.database.transaction() as connection:
        known = await debtors.find(connection, creditor, customer_number, called)
        if known is None:
            raise not_found(f"debtor {customer_number}")
        now = await clock.now(connection, creditor)
        found = await behaves(connection, known.id)
        value = await worth(connection, creditor, customer_number, moment_in(known.country, now).day)
    answer = DebtorBehaviour(
        customer_number=customer_number,
        segment=found.key if found else None,
        segment_name=found.name if found else None,
        behaviour=keys_of(found.patterns) if found else [],
        words=found.words if found else [],
        worth=worth_in_words(value),
        version=found.version if found else None,
        found_at=found.found_at if found else None,
        use=USE,
    )
    return json_response(answer.model_dump(mode="json"))


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
