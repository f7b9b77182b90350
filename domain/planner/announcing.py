"""Who gets what many are told, and by which way; and why somebody does not."""

from datetime import datetime
from enum import StrEnum

from domain.countries.law import Law
from domain.parties.standing import Thing
from domain.planner.case_facts import CaseFacts
from domain.planner.gates import first_usable
from domain.planner.obstacles import Kind, against
from domain.planner.occasions import occasion_step
from domain.planner.progress import Ladder
from domain.policy.policy import Policy
from domain.vocabulary import ANNOUNCEMENT, Channel


class LeftOut(StrEnum):
    """Why somebody of a segment gets nothing: stored, never changed."""

    CLOSED = "closed"
    STOP_SWITCH = "stop switch"
    STANDS_STILL = "stands still"  # held, disputed, paying, with the partner: nobody speaks of anything there
    NOT_TO_THEM = "not to them"  # dead, a minor, somebody stands in, a pause, somebody else's address
    SHADOW = "shadow"
    OPTED_OUT = "opted out"
    NO_ADDRESS = "no address"
    TOLD_LATELY = "told lately"


def way_to(policy: Policy, law: Law, facts: CaseFacts, now: datetime, *, opted_out: bool) -> Channel | LeftOut:
    """The way by which a case's debtor is told, as things stand; or why not. `opted_out`: of any of their addresses."""
    if not facts.open:
        return LeftOut.CLOSED
    ladder = Ladder(policy, law, facts, now)
    if ladder.standing.never(Thing.OFFER):
        return LeftOut.NOT_TO_THEM
    if obstacle := against(Thing.OCCASION, facts, law.calendar, now, policy.ignore_balance_below):
        return LeftOut.STOP_SWITCH if obstacle.kind is Kind.STOP_SWITCH else LeftOut.STANDS_STILL
    if facts.shadow:
        return LeftOut.SHADOW
    if opted_out:
        return LeftOut.OPTED_OUT
    return first_usable(ladder, occasion_step(f"{ANNOUNCEMENT}#0")) or LeftOut.NO_ADDRESS
