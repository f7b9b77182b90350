"""What becomes known of a debtor is changed: names, addresses, a reason to stop, somebody who stands in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor, Text
from domain.parties.who_may_change import Fact, Source, may_change
from facts.invoices import invoices
from facts.parties import debtors
from facts.parties.debtors import Changed, Debtor, Operator
from facts.refusals import Refused, Unknown
from workflows.contracts import By, Code

StopReason = Literal["deceased", "insolvent", "debt settlement", "minor", "other"]


class NoAddress(Refused):
    """An address that was given on purpose is none: what is wrong, by the path of its field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field} {problem}" for field, problem in wrong.items()))
        self.wrong = wrong


class Reach(BaseModel):
    """Addresses to use from now on; each replaces the older ones of its channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    email: Annotated[Text | None, Field(description="Where email goes.", examples=["kari@example.no"])] = None
    phone: Annotated[
        Text | None,
        Field(description="With +country code, or as dialled in the debtor's country.", examples=["+4791234567"]),
    ] = None
    address_lines: Annotated[
        tuple[Text, ...],
        Field(
            description="Street or box, one line each; together with postcode and city.",
            max_length=4,
            examples=[["Storgata 1"]],
        ),
    ] = ()
    postcode: Annotated[Text | None, Field(description="Together with address_lines and city.", examples=["0155"])] = (
        None
    )
    city: Annotated[Text | None, Field(description="Together with address_lines and postcode.", examples=["Oslo"])] = (
        None
    )

    @model_validator(mode="after")
    def _address_is_whole(self) -> Self:
        if len({bool(self.address_lines), bool(self.postcode), bool(self.city)}) > 1:
            raise ValueError("a postal address needs address_lines, postcode and city")
        return self


class Representative(Reach):
    """A guardian or adviser who gets every message instead of the debtor."""

    name: Annotated[Text, Field(description="Who gets every message.", examples=["Per Verge"])]


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
    protected_address: Annotated[
        bool, Field(description="The address is nobody's business: no letter shows it.", examples=[False])
    ] = False
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


async def change_debtor(
    connection: AsyncConnection,
    creditor: str,
    customer_number: str,
    called: str | None,
    given: DebtorChange,
    now: datetime,
) -> Changed:
    """Change a creditor's debtor; the debtor's open cases look again at once.

    `called` is the name the debtor has now, where several share the number. Raises Unknown, NoAddress and Conflict.
    """
    debtor = await debtors.find(connection, creditor, customer_number, called)
    if debtor is None:
        raise Unknown(f"no debtor with customer number {customer_number}{' and that name' if called else ''}")
    contacts = _contacts(debtor, given)
    changed = _changed(debtor, given)
    if given.name:
        changed = await debtors.rename(connection, creditor, customer_number, changed, given.name)
    operator = Operator(given.by, given.reason_code) if given.by and given.reason_code else None
    return await debtors.change(connection, debtor, changed, contacts, now, operator)


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
    wrong = {}
    if given.email and not given.email_address:
        wrong[f"{path}email"] = "is not an email address"
    if given.phone and not given.phone_number:
        wrong[f"{path}phone"] = f"is not a phone number in {debtor.country}"
    if wrong:
        raise NoAddress(wrong)
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
