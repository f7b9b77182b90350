"""Cases of which nobody knows by which policy they go: a person is asked, until one says so or the doubt is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.policy.choosing import TO_SETTLE, Doubted, Whom, changed
from facts.operations.tasks import close_tasks, open_task

CHANGED: Doubted = "country"
# What was chosen for the debtor as they were before stays chosen for that, whether or not they are so again: of cases that
# have ended too, for money that is taken back opens them again.
KEEP = text("""
update dunning_case set settled_for = :country, settled_kind = :kind where debtor_id = :debtor and settled_for is null
""")
STANDING = """
select c.id, c.settled_for, c.settled_kind, c.doubt, d.country, d.kind, exists (select from task t where t.case_id = c.id
  and t.kind = 'policy' and t.round = c.round and t.done_at is null) as asked
from dunning_case c join debtor d on d.id = c.debtor_id
"""
OPEN = text(f"{STANDING} where c.debtor_id = :debtor and c.state = 'open' order by c.id")
THESE = text(f"{STANDING} where c.id = any(:cases) order by c.id")


async def ask(
    connection: AsyncConnection, cases: Sequence[int], doubts: Iterable[tuple[Doubted, str]], now: datetime
) -> None:
    """A person is asked about each doubt of some cases."""
    for what, why in doubts:
        await open_task(connection, cases, what, "policy", f"{why}: {TO_SETTLE}", now)


async def settled(connection: AsyncConnection, case: int, by: str, policy: str, now: datetime) -> None:
    """Somebody has said by which policy a case goes: nothing of it is asked any more."""
    await close_tasks(connection, case, "policy", by, f"it goes by {policy}", now)


async def debtor_changed(connection: AsyncConnection, debtor: int, before: Whom, by: str, now: datetime) -> None:
    """A debtor is elsewhere, or of another kind, than `before`: a person is asked by which policy each open case goes on.

    Who is again as a case's policy was chosen for is asked about no more. What was told and agreed stays.
    """
    await connection.execute(KEEP, {"debtor": debtor, "country": before.country, "kind": before.kind})
    for case in (await connection.execute(OPEN, {"debtor": debtor})).all():
        again = (
            f"the debtor is a {case.kind} again"
            if case.kind != before.kind
            else f"the debtor is in {case.country} again"
        )
        await _look(connection, case, by, again, now)


async def goes_on(connection: AsyncConnection, cases: Sequence[int], by: str, now: datetime) -> None:
    """Cases that had ended go on: a person is asked about each whose debtor has changed since, or that was doubted before."""
    for case in (await connection.execute(THESE, {"cases": list(cases)})).all():
        await _look(connection, case, by, "the debtor is as its policy was chosen for", now)
        if case.doubt and not case.asked:
            await ask(connection, [case.id], [(CHANGED, case.doubt)], now)


async def _look(connection: AsyncConnection, case: Any, by: str, again: str, now: datetime) -> None:
    """Ask a person where the debtor is not as a case's policy was chosen for; where they are so again, nothing is asked."""
    chosen_for = Whom(case.settled_for, case.settled_kind) if case.settled_for else None
    if why := changed(Whom(case.country, case.kind), chosen_for):
        await ask(connection, [case.id], [(CHANGED, why)], now)
    elif case.doubt is None:
        await close_tasks(connection, case.id, "policy", by, again, now)
