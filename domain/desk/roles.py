"""What each role may do at the desk, and whose cases it may see: one table that every door of it asks."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at the desk; a person may be several of these."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    CREDIT_MANAGER = "credit-manager"
    COLLECTION_PARTNER = "collection-partner"
    CALL_AGENCY = "call-agency"
    AUDITOR = "auditor"


class Act(StrEnum):
    """Something that is done at the desk: each page and each form names the one that it needs."""

    LOOK = "look"  # find, and see a case and its debtor
    SERVE = (
        "serve"  # hold, release, skip, send now, promise, plan, pause, dispute, correct a contact, send a link, note
    )
    ANSWER = "answer"  # read what debtors write, and answer it
    CALL = "call"  # the call list, and what a call came to
    SETTLE = "settle"  # money that no invoice explains, files that were flagged, mail that came back
    STOP_DEBTOR = "stop debtor"  # no case of a debtor goes on until a person says so
    CHANGE_AMOUNT = "change amount"  # waive a fee, credit, move a due date, choose a policy, ask for a write-off
    PAY_OUT = "pay out"  # send money back
    WRITE_OFF = "write off"
    HAND_OFF = "hand off"  # approve or reject that a case goes to collection, and recall it
    MANY = "many"  # the same to many cases, and notices to a segment
    REPORTS = "reports"  # figures, goals, forecasts, policies
    SYSTEM = "system"  # providers, workers, stop switches as they stand
    STOP_EVERYTHING = "stop everything"  # set a stop switch and take it back
    USERS = "users"  # who works here, keys and webhook endpoints
    AUDIT = "audit"  # who looked at whom and did what


_AGENT = frozenset({Act.LOOK, Act.SERVE, Act.ANSWER, Act.CALL, Act.STOP_DEBTOR})
_SUPERVISOR = _AGENT | {Act.SETTLE, Act.CHANGE_AMOUNT, Act.PAY_OUT, Act.MANY, Act.REPORTS, Act.SYSTEM}
_CREDIT_MANAGER = _SUPERVISOR | {Act.WRITE_OFF, Act.HAND_OFF, Act.STOP_EVERYTHING, Act.USERS, Act.AUDIT}

MAY: Final[Mapping[Role, frozenset[Act]]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.CREDIT_MANAGER: _CREDIT_MANAGER,
    Role.COLLECTION_PARTNER: frozenset({Act.LOOK}),
    Role.CALL_AGENCY: frozenset({Act.LOOK, Act.CALL}),
    Role.AUDITOR: frozenset({Act.LOOK, Act.REPORTS, Act.SYSTEM, Act.AUDIT}),
}
"""Nothing that is not here is allowed. An auditor changes nothing; a partner and an agency see what is theirs alone."""

SHOWN_ANEW: Final = frozenset({Act.PAY_OUT, Act.WRITE_OFF, Act.STOP_EVERYTHING})
"""Acts before which somebody signs in again, whoever left the screen open."""

OUTSIDE: Final = frozenset({Role.COLLECTION_PARTNER, Role.CALL_AGENCY})
"""Roles of people who work for somebody else: nobody has one of them beside another."""


def may(roles: Iterable[Role], act: Act) -> bool:
    """Whether somebody of these roles may do it."""
    return any(act in MAY[role] for role in roles)


def why_not_together(roles: Iterable[Role]) -> str | None:
    """Why one person cannot have these roles, in words; None where they can."""
    given = frozenset(roles)
    if not given:
        return "give at least one role"
    if given & OUTSIDE and len(given) > 1:
        return f"who is {' and '.join(sorted(given & OUTSIDE))} works for somebody else and has no other role"
    if Role.AUDITOR in given and len(given) > 1:
        return "an auditor looks at what others did, and has no other role"
    return None
