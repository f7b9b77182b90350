"""Cases of which nobody knows by which policy they go: a person is asked, until one says so or the doubt is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.policy.choosing import TO_SETTLE, Doubted, moved
from facts.operations.tasks import close_tasks, open_task

MOVED: Doubted = "country"
# What was chosen for the debtor's country of before stays chosen for that one, whether or not the debtor comes back.
KEEP = text("""
update dunning_case set settled_for = :before where debtor_id = :debtor and state = 'open' and settled_for is null
""")
OPEN = text("""
select c.id, c.settled_for, c.doubt, d.country from dunning_case c join debtor d on d.id = c.debtor_id
where c.debtor_id = :debtor and c.state = 'open' order by c.id
""")


async def ask(
    connection: AsyncConnection, cases: Sequence[int], doubts: Iterable[tuple[Doubted, str]], now: datetime
) -> None:
    """A person is asked about each doubt of some cases."""
    for what, why in doubts:
        await open_task(connection, cases, what, "policy", f"{why}: {TO_SETTLE}", now)


async def settled(connection: AsyncConnection, case: int, by: str, policy: str, now: datetime) -> None:
    """Somebody has said by which policy a case goes: nothing of it is asked any more."""
    await close_tasks(connection, case, "policy", by, f"it goes by {policy}", now)


async def debtor_moved(connection: AsyncConnection, debtor: int, before: str, by: str, now: datetime) -> None:
    """A debtor is in another country than `before`: a person is asked of each open case by which policy it goes on.

    Who is back where a case's policy was chosen for is asked about no more. What was told and agreed stays.
    """
    await connection.execute(KEEP, {"debtor": debtor, "before": before})
    for case in (await connection.execute(OPEN, {"debtor": debtor})).all():
        if case.settled_for != case.country:
            await ask(connection, [case.id], [(MOVED, moved(case.country, case.settled_for))], now)
        elif case.doubt is None:
            await close_tasks(connection, case.id, "policy", by, f"the debtor is in {case.country} again", now)
