"""An invoice that nobody pays, to see what a policy does with it: made up, and nobody's."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.planner.case_facts import CaseFacts, Contact
from domain.policy.policy import Policy
from domain.vocabulary import Channel, DebtorKind


def sample_case(
    policy: Policy, issued: date, due: date, owed: Decimal, debtor: DebtorKind, channels: Sequence[Channel]
) -> CaseFacts:
    """The facts of such an invoice on its day of issue; `owed` is in the policy's currency."""
    return CaseFacts(
        case="dunning/preview/1",
        spread_seed=0,
        round=1,
        issue_date=issued,
        due_date=due,
        currency=policy.currency,
        balance=owed,
        principal=owed,
        debtor_kind=debtor,
        principal_changes=((issued, owed),),
        contacts=tuple(Contact(channel, usable=True) for channel in channels),
    )
