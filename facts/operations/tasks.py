"""Tasks for a person: opened once for a step, and listed with what came of those that are done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live
from facts.going_on import GOES_ON

TaskKind = Literal[
    "call",
    "address",
    "decision",
    "approval",
    "reply",
    "file claim",
    "guardian",
    "taken back",
    "draw",
    "mandate",
    "cancelled",
    "credit",
    "partner",
    "write-off",
    "policy",
    "letter",
]

OUTLIVES = ("taken back", "reply", "draw", "credit", "partner", "write-off")
"""What is waited for though the case has ended: its money is missing or too much, words are read, the partner asks."""
OF_A_ROUND: tuple[TaskKind, ...] = ("call", "address", "decision", "approval")
"""What is asked about a step: a new round asks anew. A legal deadline or a mandate is of no round."""
OF_AN_ADDRESS = "contact#"
"""How the step begins of a task about one of the debtor's addresses: it is of all the debtor's cases."""

OPEN = text("""
insert into task (creditor_id, case_id, round, step, kind, why, due_on, optional, happened_at)
select creditor_id, id, round, :step, :kind, :why, :due_on, :optional, :now from dunning_case where id = any(:cases)
on conflict (case_id, round, step, kind) do update set done_at = null, done_by = null, result = null, why = excluded.why,
  due_on = excluded.due_on, happened_at = excluded.happened_at where not :once
""")
CLOSE = text("""
update task set done_at = :now, done_by = :by, result = :result
where case_id = :case and kind = :kind and step = coalesce(:step, step) and done_at is null
""")
# What was asked about a case has lost its object once that has ended.
LOST = text(f"""
update task set done_at = :now, done_by = 'purr', result = :result, taken_by = null, taken_until = null
where case_id = :case and done_at is null and kind <> all(:outlives) and step not like '{OF_AN_ADDRESS}%'
""")
REGAINED = text("""
update task t set done_at = null, done_by = null, result = null from dunning_case c
where t.case_id = :case and c.id = t.case_id and t.round = c.round and t.done_by = 'purr' and t.result = :result
""")
# Every task, as lists show it: of a case, or of a debtor, which stands with the first of the cases that it concerned.
# Both halves have columns of the same types, else a few of either could not be found by an index.
TASKS = """(
  select id, creditor_id, case_id, round, cast(step as text) as step, kind, why, due_on, happened_at, done_at, done_by, result,
    null::int as reply_id
  from task
  union all
  select id, creditor_id, case_id, null::int, kind || '#' || reply_id, kind, why, null::date, happened_at, done_at, done_by,
    result, reply_id
  from debtor_task)"""
# A task of a case that has ended is no longer waited for, but for what outlives it.
LIST = text(f"""
select * from (
  select t.id, t.creditor_id, i.number, t.kind, t.step, t.why, t.due_on, t.happened_at,
    t.done_at is null and (t.kind = any(:outlives)
      or t.step like '{OF_AN_ADDRESS}%' and exists (select from dunning_case c where c.debtor_id = i.debtor_id and {GOES_ON})
      or {GOES_ON}) as open,
    t.done_at, t.done_by, t.result
  from {TASKS} t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
  where (t.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("t.creditor_id")})
    and (cast(:kind as text) is null or t.kind = :kind)) task
where open or :finished
order by happened_at, id
""")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as lists show it. Moments are UTC."""

    id: int
    creditor: str
    invoice: str
    kind: str
    step: str
    why: str
    due_on: date | None  # the last day for it, where the law gives one
    since: datetime
    open: bool
    done_at: datetime | None
    done_by: str | None
    result: str | None


async def open_task(
    connection: AsyncConnection,
    cases: Sequence[int],
    step: str,
    kind: TaskKind,
    why: str,
    now: datetime,
    *,
    once: bool = False,
    due_on: date | None = None,
    optional: bool = False,
) -> None:
    """Ask a person for something about a step of each case; a task that was done is open again, unless it comes but `once`.

    `optional` is what comes of a step that others have not.
    """
    values = {"cases": list(cases), "step": step, "kind": kind, "why": why, "due_on": due_on, "now": now, "once": once}
    await connection.execute(OPEN, values | {"optional": optional})


async def close_tasks(
    connection: AsyncConnection,
    case: int,
    kind: TaskKind,
    by: str,
    result: str,
    now: datetime,
    *,
    step: str | None = None,
) -> None:
    """What a person was asked of a case, or of one step of it, is answered otherwise."""
    values = {"case": case, "kind": kind, "by": by, "result": result, "now": now, "step": step}
    await connection.execute(CLOSE, values)


async def lose(connection: AsyncConnection, case: int, outcome: str, now: datetime) -> None:
    """What a person was asked about a case is done with: it has ended, and nobody calls, decides or approves any more."""
    values = {"case": case, "result": _ended(outcome), "outlives": list(OUTLIVES), "now": now}
    await connection.execute(LOST, values)


async def regain(connection: AsyncConnection, case: int, outcome: str) -> None:
    """What was done with because a case had ended so is asked again: it goes on where it was."""
    await connection.execute(REGAINED, {"case": case, "result": _ended(outcome)})


def _ended(outcome: str) -> str:
    return f"the case has ended: {outcome}"


async def list_tasks(
    connection: AsyncConnection, creditor: str | None, kind: TaskKind | None, *, finished: bool = False
) -> list[TaskRow]:
    """The open tasks, oldest first; of all live creditors and all kinds when None; with `finished` those of the past too."""
    values = {"creditor": creditor, "kind": kind, "finished": finished, "outlives": list(OUTLIVES)}
    return [TaskRow(*row) for row in (await connection.execute(LIST, values)).all()]
