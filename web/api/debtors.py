"""What a creditor learns about a debtor: a reason to stop, a representative, new addresses."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor, Text
from domain.parties.who_may_change import Fact, Source, may_change
from facts.invoices import invoices
from facts.parties import debtors
from facts.parties.debtors import Debtor, Operator
from web.api.idempotency import Answer, Asked
from web.problems import FieldProblem, Problem, documented, not_found
from workflows.contracts import By, Code

router = APIRouter(tags=["debtors"])

StopReason = Literal["deceased", "insolvent", "debt settlement", "minor", "other"]


class Reach(BaseModel):
    """Addresses to use from now on; each replaces the older ones of its channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    email: Annotated[Text | None, Field(examples=["kari@example.no"])] = None
    phone: Annotated[Text | None, Field(examples=["+4791234567"])] = None
    address_lines: Annotated[tuple[Text, ...], Field(max_length=4, examples=[["Storgata 1"]])] = ()
    postcode: Annotated[Text | None, Field(examples=["0155"])] = None
    city: Annotated[Text | None, Field(examples=["Oslo"])] = None

    @model_validator(mode="after")
    def _address_is_whole(self) -> Self:
        if len({bool(self.address_lines), bool(self.postcode), bool(self.city)}) > 1:
            raise ValueError("a postal address needs address_lines, postcode and city")
        return self


class Representative(Reach):
    """A guardian or adviser who gets every message instead of the debtor."""

    name: Annotated[Text, Field(examples=["Per Verge"])]


class DebtorChange(Reach):
    """What to change; what is left out stays. With `by` and `reason_code` it is a person's word, else only data."""

    name: Annotated[
        Text | None,
        Field(description="Another name of the same debtor; only a person can say so.", examples=["Kari Hansen"]),
    ] = None
    by: Annotated[By | None, Field(description="Who says so.", examples=["anne"])] = None
    reason_code: Annotated[Code | None, Field(description="Why, as a short code.", examples=["married"])] = None
    stop_reason: Annotated[
        StopReason | None, Field(description="Stops every case of the debtor; null lets them go on.")
    ] = None
    protected_address: bool = False
    representative: Annotated[Representative | None, Field(description="null: nobody stands in any more.")] = None

    @model_validator(mode="after")
    def _a_person_says_who_and_why(self) -> Self:
        if (self.by is None) != (self.reason_code is None):
            raise ValueError("by and reason_code belong together")
        if self.name is not None and not may_change(self.source, Fact.NAME):
            raise ValueError("another name is another debtor, unless a person says otherwise: give by and reason_code")
        return self

    @property
    def source(self) -> Source:
        """Whose word it is."""
        return Source.OPERATOR if self.by else Source.SYNC


class DebtorChanged(BaseModel):
    """The debtor is changed."""

    customer_number: str
    open_cases: int = Field(description="How many open cases look again.")


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
async def change_debtor(
    customer_number: Text,
    given: DebtorChange,
    asked: Asked,
    called: Annotated[
        Text | None, Query(description="The name the debtor has now, where several share a customer number.")
    ] = None,
) -> Response:
    """Change a debtor; the debtor's open cases look again at once."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        debtor = await debtors.find(connection, asked.creditor, customer_number, called)
        if debtor is None:
            raise not_found(f"debtor with customer number {customer_number}{' and that name' if called else ''}")
        contacts = _contacts(debtor, given)
        changed = _changed(debtor, given)
        if given.name:
            changed = await debtors.rename(connection, asked.creditor, customer_number, changed, given.name)
        operator = Operator(given.by, given.reason_code) if given.by and given.reason_code else None
        done = await debtors.change(connection, debtor, changed, contacts, now, operator)
        answer = DebtorChanged(customer_number=customer_number, open_cases=done.open_cases)
        if done.not_used:
            not_used = [f"{channel}: {state}" for channel, state in done.not_used]
            answer = DebtorChangedInPart(**dict(answer), not_used=not_used)
        return Answer(200, answer)

    return await asked.once(work)


def _changed(debtor: Debtor, given: DebtorChange) -> Debtor:
    changed = debtor
    if "stop_reason" in given.model_fields_set:
        changed = replace(changed, stop_reason=given.stop_reason)
    if "protected_address" in given.model_fields_set:
        changed = replace(changed, protected_address=given.protected_address)
    if "representative" in given.model_fields_set:
        changed = replace(changed, representative=given.representative.name if given.representative else None)
    if given.postcode:
        changed = replace(changed, address=invoices.address_lines(_as_debtor(debtor, given)))
    return changed


def _contacts(debtor: Debtor, given: DebtorChange) -> list[tuple[str, str, bool]]:
    contacts = [(channel, where, False) for channel, where in _reached(debtor, given, "")]
    if given.representative:
        reached = _reached(debtor, given.representative, "representative.")
        contacts += [(channel, where, True) for channel, where in reached]
    return contacts


def _reached(debtor: Debtor, reach: Reach, path: str) -> list[tuple[str, str]]:
    """The contact points of the given addresses. What is no address is refused: here it was given on purpose."""
    given = _as_debtor(debtor, reach)
    wrong = []
    if given.email and not given.email_address:
        wrong.append(FieldProblem(field=f"{path}email", problem="is not an email address"))
    if given.phone and not given.phone_number:
        wrong.append(FieldProblem(field=f"{path}phone", problem=f"is not a phone number in {debtor.country}"))
    if wrong:
        raise Problem(422, "invalid", "an address is none: see errors", errors=wrong)
    return invoices.contact_points(given)


def _as_debtor(debtor: Debtor, reach: Reach) -> IncomingDebtor:
    return IncomingDebtor(
        name=debtor.name,
        country=debtor.country,
        email=reach.email,
        phone=reach.phone,
        address_lines=reach.address_lines,
        postcode=reach.postcode,
        city=reach.city,
    )
