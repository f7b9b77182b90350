"""A person has done a task: its case looks again."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor import replies
from facts import diary
from facts.collection import partner
from facts.operations.tasks import TASKS
from facts.outbox import tell
from facts.refusals import Refused

# As every act does: first the case, then what belongs to it.
LOCK = text(f"""
select c.id, t.kind, t.step, t.reply_id from {TASKS} t join dunning_case c on c.id = t.case_id
where t.id = :id and (cast(:creditor as text) is null or t.creditor_id = :creditor) for update of c
""")
DONE = text("""
update task set done_at = :now, done_by = :by, result = :result where id = :id and done_at is null returning id
""")


async def finish_task(
    connection: AsyncConnection, creditor: str | None, task: int, by: str, result: str | None, now: datetime
) -> bool:
    """A person has done a task: its case looks again. Gives whether this changed anything: a task is done once.

    The result of the collection partner's question is what the partner is told. Raises Refused for an unknown task, for an
    approval, which is a decision about the case, and for a question that is left without an answer.
    """
    found = (await connection.execute(LOCK, {"id": task, "creditor": creditor})).one_or_none()
    if found is None:
        raise Refused(f"no task {task}: `tasks list` names them")
    if found.kind == "approval":
        raise Refused(f"task {task} is an approval: finish it with `approve`, or with `approve --reject`")
    if found.kind == "partner" and not (result or "").strip():
        raise Refused(f"task {task} is a question of the collection partner: --result is what it is told")
    if found.reply_id is not None:
        return await replies.done(connection, creditor, found.reply_id, by, result, now)
    values = {"id": task, "by": by, "result": result, "now": now}
    if (await connection.execute(DONE, values)).scalar_one_or_none() is None:
        return False
    if found.kind == "partner":
        await partner.answer_question(connection, found.step, str(result), now)
    detail = {"task": task, "kind": found.kind, "step": found.step, "result": result}
    await diary.write(connection, "task_done", by, [(found.id, detail)], now)
    await tell(connection, [found.id], "task_done", now)
    return True
