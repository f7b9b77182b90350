"""What a creditor's SMS are sent as: a name where that may be used, else a number; and what is missing where it is neither.

The rules are those of the country whose network the receiver's number belongs to, whatever law the claim is under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field

from domain.countries.rows import Rows
from domain.countries.sender_names import ANYWHERE, SenderNames
from domain.moment import moment_in

Status = Literal["allowed", "registered", "pending", "forbidden"]


class OwnSender(BaseModel):
    """What a creditor has to send SMS as to the numbers of one country."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(max_length=40)] | None = None
    status: Status | None = None
    """Of the name, as the provider says it: `registered` there for this creditor, `allowed` without, `pending`, `forbidden`."""
    number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    """A number of the creditor's own at the provider, which takes answers; without, the one of the house."""


@dataclass(frozen=True, slots=True)
class SentAs:
    """What the SMS to one country are sent as."""

    sender: str | None
    """A name or a number; None where there is neither, and where it is the house's number, which only the provider knows."""
    is_name: bool = False
    """Nobody can answer to a name."""
    lacks: str = ""
    """Why nothing can be sent, and what to do; empty where it can."""
    not_the_name: str = ""
    """Why it is not the name that the creditor has; empty where it is, or where it has none."""


@dataclass(frozen=True, slots=True)
class SmsSenders:
    """What a creditor has to send SMS as, and the rules for it."""

    own: Mapping[str, OwnSender] = field(default_factory=dict)
    """By country (ISO 3166 code)."""
    house: str | None = None
    """The number of the house, which every creditor may use; empty where there is none, None where only the provider knows it."""
    rules: Mapping[str, Rows[SenderNames]] = field(default_factory=dict)
    """Of the countries that have a file."""

    def sent_as(self, country: str, at: datetime) -> SentAs:
        """What a message to a number of a country leaves as at a moment, by the day there: the name, else the number."""
        return self.sent_on(country, moment_in(country, at).day if country in self.rules else None)

    def rule(self, country: str, on: date | None) -> SenderNames | None:
        """What a country's file says of names on a day; None where it says nothing."""
        rows = self.rules.get(country)
        return rows.find(on) if rows and on else None

    def sent_on(self, country: str, on: date | None) -> SentAs:
        """The same on a day; None where no file says what holds when."""
        own = self.own.get(country) or OwnSender()
        why_not = _not_the_name(own, country, self.rule(country, on))
        if own.name is not None and not why_not:
            return SentAs(own.name, is_name=True)
        number = own.number or self.house
        if number == "":
            return SentAs(None, lacks=f"no sender for {country or 'the number'}: {_to_do(own)}", not_the_name=why_not)
        return SentAs(number, not_the_name=why_not)


def _not_the_name(own: OwnSender, country: str, rule: SenderNames | None) -> str:
    """Why a creditor's name cannot be sent as in a country; empty where it can, and where there is none."""
    if own.name is None:
        return ""
    if fault := (rule or ANYWHERE).fault(own.name):
        return fault
    match own.status:
        case "registered":
            return ""
        case "allowed":
            if rule is None:
                return f"what {country} asks of names is not known, and {own.name} is not registered there"
            return f"{country} takes registered names alone" if rule.registration == "required" else ""
        case "forbidden":
            return f"{own.name} is forbidden there"
    return f"{own.name} is not registered there yet"


def _to_do(own: OwnSender) -> str:
    if own.status == "forbidden":
        return "give a number"
    return f"register {f'the name {own.name}' if own.name else 'a name'} or give a number"


def faults_of_senders(own: Mapping[str, OwnSender]) -> list[str]:
    """What is wrong with a creditor's settings, in words."""
    faults = []
    for country, sender in own.items():
        code = phonenumbers.country_code_for_region(country)
        network = phonenumbers.region_code_for_country_code(code)
        if not code:
            faults.append(f"{country}: is no country; write a code like FI")
        elif network != country:
            faults.append(f"{country}: its numbers are of the networks of {network}: write {network}")
        if sender.name is None and sender.number is None and sender.status is None:
            faults.append(f"{country}: names neither a name nor a number")
        if sender.name is not None and sender.status is None:
            faults.append(
                f"{country}: the name {sender.name} needs a status: allowed, registered, pending or forbidden"
            )
        if sender.name is None and sender.status not in (None, "forbidden"):
            faults.append(f"{country}: {sender.status} is of no name: write `name`")
        if sender.name is not None and (fault := ANYWHERE.fault(sender.name)):
            faults.append(f"{country}: {fault}")
    return faults


def network_of(number: str) -> str:
    """The country (ISO 3166 code) whose networks a number in E.164 belongs to; empty for what is no number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return "" if region in (None, "ZZ", "001") else str(region)
