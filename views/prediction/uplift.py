"""Whether calls help a debtor, by what experiments with a hold-out have shown: for who makes calls, and for nobody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.experiments.uplift import Helped, kind_of
from domain.learned.guess import Age, age
from domain.parties.standing import Thing, standing_of
from facts.cases.load import OpenCase
from facts.prediction import experiment_looks

SAID: Final[Mapping[Helped, str]] = {
    Helped.YES: "an experiment found that calls help debtors like this one: for its place here it counts a quarter more",
    Helped.NO: "an experiment found that calls do not help debtors like this one: it stands below the others",
}
"""What is said of a call; nothing where it is not known."""
OfCalls = Mapping[tuple[str, str, str, str], Helped]
"""By creditor, policy, step and kind of debtor."""


async def uplift_of_calls(connection: AsyncConnection, now_of: Mapping[str | None, datetime]) -> OfCalls:
    """What the last looks at the experiments of some creditors found, of those that are fresh by each one's clock (UTC)."""
    found: dict[tuple[str, str, str, str], Helped] = {}
    for look in await experiment_looks.last(connection, sorted(filter(None, now_of))):
        if age(look.at, now_of[look.creditor]) is Age.FRESH:
            for each in look.result["helped"]:
                key = (look.creditor, look.result["policy"], look.result["step"], each["kind"])
                # Of several arms the kinder word holds: a call is put last only where it helps in none of its ways.
                if found.get(key) in (None, Helped.NO) or each["helped"] == Helped.YES:
                    found[key] = Helped(each["helped"])
    return found


def helped(of_calls: OfCalls, case: OpenCase, step: str, law: Law, now: datetime) -> Helped:
    """Whether a call of a step helps the debtor of a case; of whom nothing may be guessed it is not known."""
    standing = standing_of(case.facts.life, law.calendar.local_date(now), law)
    if standing.never(Thing.PROFILING):
        return Helped.UNKNOWN
    kind = kind_of(case.facts.debtor_kind, case.segment)
    return of_calls.get((case.creditor_id, case.policy_name, step, kind), Helped.UNKNOWN)
