"""Who speaks for a debtor: the debtor, or whoever stands in; as whom what they ask for is recorded, and what each may ask."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, get_args

from domain.parties.life_events import LifeKind
from domain.parties.standing import Standing

Asker = Literal["adviser", "guardian", "estate"]
ASKERS: tuple[Asker, ...] = get_args(Asker)
DEBTOR = "debtor"
SPEAKERS: tuple[str, ...] = (DEBTOR, *ASKERS)
"""Whose words, requests and holds are the debtor's own side."""


class Ask(StrEnum):
    """What somebody who stands in may ask for of their own accord, from the adviser's page."""

    PAUSE = "pause"
    NO_CONTACT = "no contact"  # with the debtor: nobody calls, and all goes to who stands in
    PROMISE = "promise"
    PLAN = "plan"
    MORE_TIME = "more time"
    OBJECTION = "objection"


MAY_ASK: Mapping[Asker, frozenset[Ask]] = {
    "adviser": frozenset(Ask),
    "guardian": frozenset(Ask),
    "estate": frozenset({Ask.MORE_TIME, Ask.OBJECTION}),  # nothing is agreed with an estate but by a person
}


def speaker_of(standing: Standing) -> Asker | None:
    """As whom somebody speaks for a debtor: an estate's contact, a guardian, an adviser; None where nobody does.

    Who stands in for a minor is the guardian, whatever was said.
    """
    if standing.stands_in is None:
        return None
    if standing.stands_in.kind is LifeKind.ESTATE:
        return "estate"
    return (
        "guardian" if standing.stands_in.kind is LifeKind.GUARDIAN or LifeKind.MINOR in standing.events else "adviser"
    )


def addressee_of(standing: Standing) -> Asker | None:
    """Who gets what is written about a debtor's invoices: whoever stands in, else a minor's guardians; None: the debtor.

    To the guardians is written also where nobody knows yet who they are.
    """
    return speaker_of(standing) or ("guardian" if LifeKind.MINOR in standing.events else None)


def in_the_name_of(by: str, asked_by: Asker | None) -> str:
    """Who is recorded for what somebody enters whom the debtor's side asked: both are named."""
    return f"{by} for the {asked_by}" if asked_by else by


def who_entered(by: str) -> str:
    """Who entered what is recorded so, whomever they did it for."""
    for asker in ASKERS:
        by = by.removesuffix(f" for the {asker}")
    return by
