"""What waits for a person, queue by queue: so many, since when, and each with where it is settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.desk.roles import Act
from facts.desk.within import OF_CREDITOR
from facts.going_on import GOES_ON
from facts.operations.tasks import OF_AN_ADDRESS, OUTLIVES
from facts.operations.vital_signs import AMBIGUOUS_AFTER
from views.unanswered import OF_ITS_ROUND

MOST: Final = 200

_THEIRS: Final = OF_CREDITOR.format(creditor="q.creditor_id")
_OF_CASE: Final = "join dunning_case c on c.id = q.case_id join invoice i on i.id = c.invoice_id"
_TASKS: Final = f"""
select q.id, q.creditor_id as creditor, i.number as invoice, q.why as what, q.happened_at as since, q.due_on
from task q {_OF_CASE} where q.done_at is null and {_THEIRS} and {{which}} order by q.happened_at, q.id limit {MOST + 1}
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the queues, and what somebody must be allowed to do to settle what waits in it."""

    name: str
    needs: Act
    statement: TextClause
    of_tasks: bool = False  # tasks are finished by their numbers, and numbers of other queues name something else


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits; `id` names it within its queue, `invoice` is None where it is of none."""

    id: int
    creditor: str
    invoice: str | None
    what: str
    since: datetime
    due_on: date | None = None  # the last day for it, where the law gives one


@dataclass(frozen=True, slots=True)
class Length:
    """How long a queue is, `more` where there are others beside those, and since when the first waits."""

    queue: Queue
    count: int
    more: bool
    since: datetime | None


QUEUES: Final[Mapping[str, Queue]] = {
    each.name: each
    for each in (
        Queue(
            "money",
            Act.SETTLE,
            text(f"""
select q.id, q.creditor_id as creditor, null as invoice, q.unmatched as what, q.happened_at as since, null as due_on
from incoming_payment q where q.state = 'review' and {_THEIRS} order by q.happened_at, q.id limit {MOST + 1}
"""),
        ),
        Queue(
            "approvals", Act.HAND_OFF, text(_TASKS.format(which=f"q.kind = 'approval' and {GOES_ON}")), of_tasks=True
        ),
        Queue(
            "addresses",
            Act.SERVE,
            text(_TASKS.format(which=f"q.kind = 'address' and (q.step like '{OF_AN_ADDRESS}%' or {GOES_ON})")),
            of_tasks=True,
        ),
        Queue(
            "tasks",
            Act.SERVE,
            text(
                _TASKS.format(
                    which=f"q.kind not in ('approval', 'address', 'call') and (q.kind in {OUTLIVES} or {GOES_ON})"
                )
            ),
            of_tasks=True,
        ),
        Queue(
            "ambiguous",
            Act.SERVE,
            text(f"""
select distinct on (q.claimed_at, q.serial) q.serial as id, q.creditor_id as creditor, i.number as invoice,
  q.channel || ' ' || q.message as what, q.claimed_at as since, null as due_on
{OF_ITS_ROUND} and q.claimed_at < :ambiguous order by q.claimed_at, q.serial, c.id limit {MOST + 1}
"""),
        ),
        Queue(
            "flagged",
            Act.SERVE,
            text(f"""
select q.id, q.creditor_id as creditor, i.number as invoice, q.flag as what, q.looked_at as since, null as due_on
from dunning_case q join invoice i on i.id = q.invoice_id
where q.state = 'open' and q.flag is not null and {_THEIRS} order by q.looked_at, q.id limit {MOST + 1}
"""),
        ),
        Queue(
            "files",
            Act.SETTLE,
            text(f"""
select q.id, 'bank' as creditor, null as invoice, q.name || ': ' || q.state as what, q.happened_at as since, null as due_on
from bank_file q where q.state = 'flagged' and cast(:of_creditors as text[]) is null
order by q.happened_at, q.id limit {MOST + 1}
"""),
        ),
    )
}
"""Every queue by its name: a new one is a line here."""


async def waiting(connection: AsyncConnection, queue: Queue, reach: Reach, now: datetime) -> Sequence[Waiting]:
    """What waits in a queue within reach, the longest first; one more than MOST where there is more."""
    values = {"of_creditors": reach.values["of_creditors"], "ambiguous": now - AMBIGUOUS_AFTER, "now": now}
    asked = {name: values[name] for name in queue.statement.compile().params}
    return [Waiting(*row) for row in (await connection.execute(queue.statement, asked)).all()]


async def lengths(connection: AsyncConnection, queues: Sequence[Queue], reach: Reach, now: datetime) -> list[Length]:
    """How long each of these queues is."""
    found = []
    for queue in queues:
        there = await waiting(connection, queue, reach, now)
        since = min((each.since for each in there if each.since), default=None)
        found.append(Length(queue, min(len(there), MOST), len(there) > MOST, since))
    return found
