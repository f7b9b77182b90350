"""Cases of which nobody knows by which policy they go: a person is asked, until one says so or the doubt is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.policy.choosing import TO_SETTLE, Doubted, Whom, changed
from facts.operations.tasks import close_tasks, open_task

CHANGED: Doubted = "country"
# What was chosen for the debtor as they were before stays chosen for that, whether or not they are so again.
KEEP = text("""
update dunning_case set settled_for = :country, settled_kind = :kind
where debtor_id = :debtor and state = 'open' and settled_for is null
""")
OPEN = text("""
select c.id, c.settled_for, c.settled_kind, c.doubt, d.country, d.kind from dunning_case c join debtor d on d.id = c.debtor_id
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


async def debtor_changed(connection: AsyncConnection, debtor: int, before: Whom, by: str, now: datetime) -> None:
    """A debtor is elsewhere, or of another kind, than `before`: a person is asked by which policy each open case goes on.

    Who is again as a case's policy was chosen for is asked about no more. What was told and agreed stays.
    """
    await connection.execute(KEEP, {"debtor": debtor, "country": before.country, "kind": before.kind})
    for case in (await connection.execute(OPEN, {"debtor": debtor})).all():
        now_is = Whom(case.country, case.kind)
        if why := changed(now_is, Whom(case.settled_for, case.settled_kind)):
            await ask(connection, [case.id], [(CHANGED, why)], now)
        elif case.doubt is None:
            again = f"the debtor is in {now_is.country} again"
            if now_is.kind != before.kind:
                again = f"the debtor is a {now_is.kind} again"
            await close_tasks(connection, case.id, "policy", by, again, now)
