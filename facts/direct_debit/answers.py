"""What a centre answers to single draws: they failed at once, were moved there, or could not be taken back any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.direct_debit.outcomes import BROUGHT_WITHIN_DAYS, end
from facts.operations.tasks import open_task
from facts.outbox import tell

What = Literal["failed", "moved", "drawn all the same"]

# The draw that is meant: of this payer, amount and day, or of a day at most two weeks before, where the bank has tried again. One
# that is still with the bank goes first.
MEANT = text(f"""
select q.id, q.case_id, q.amount, q.currency, q.due_on, q.state, q.moved_from from claim q join mandate m on m.id = q.mandate_id
where q.creditor_id = :creditor and m.creditor_id = :creditor and m.reference = :payer and q.amount = :amount
  and (cast(:reference as text) is null or q.reference = :reference)
  and (cast(:due_on as date) is null or q.moved_from = :due_on
    or (q.due_on <= :due_on and q.due_on > cast(:due_on as date) - {BROUGHT_WITHIN_DAYS}))
order by q.state in ('sent', 'cancelling') desc, q.due_on desc, q.id desc limit 1
""")
FAILED = text("""
update claim set state = 'failed', why = :why, ended_at = :now
where id = :claim and state = 'sent' and payment_id is null returning id, case_id, amount, due_on
""")
UNMOVED = text("""
update claim set due_on = moved_from, moved_from = null where id = :claim and state = 'sent' returning case_id, due_on
""")
MOVED = text("update claim set due_on = :day where id = :claim and state = 'sent' and due_on <> :day returning case_id")


@dataclass(frozen=True, slots=True)
class DrawAnswer:
    """What the centre says of one draw: `code` as it wrote it, `words` what that means; `day` is the new one, if moved."""

    what: What
    payer_number: str
    reference: str | None
    amount: Decimal
    due_on: date | None
    code: str
    words: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """How many draws an answer changed, and the payers' numbers of those that are none of ours."""

    changed: int
    unknown: tuple[str, ...]


async def record(connection: AsyncConnection, creditor: str, answers: Sequence[DrawAnswer], now: datetime) -> Answered:
    """Note what the centre says of a creditor's draws, each once: what is told again changes nothing."""
    changed, unknown = 0, []
    for answer in answers:
        values = {
            "creditor": creditor,
            "payer": answer.payer_number,
            "reference": answer.reference,
            "amount": answer.amount,
            "due_on": answer.due_on,
        }
        meant = (await connection.execute(MEANT, values)).one_or_none()
        if meant is None:
            unknown.append(answer.payer_number)
        else:
            changed += await _note(connection, meant, answer, now)
    return Answered(changed, tuple(unknown))


async def _note(connection: AsyncConnection, claim: Any, answer: DrawAnswer, now: datetime) -> int:
    if answer.what == "failed":
        failed = (await connection.execute(FAILED, {"claim": claim.id, "why": answer.code, "now": now})).all()
        await end(connection, failed, "claim_failed", now, why=answer.words)
        return len(failed)
    if answer.what == "moved":
        moved = (await connection.execute(MOVED, {"claim": claim.id, "day": answer.day})).scalars().all()
        await tell(connection, moved, "mandate_changed", now)
        return len(moved)
    day, was_to_be = claim.due_on, "taken back"
    if claim.state == "sent" and claim.moved_from is not None and claim.moved_from == answer.due_on:
        unmoved = (await connection.execute(UNMOVED, {"claim": claim.id})).one()
        await tell(connection, [unmoved.case_id], "mandate_changed", now)
        day, was_to_be = unmoved.due_on, "moved to a later day"
    elif claim.state != "cancelled":
        return 0
    why = (
        f"{claim.currency} {claim.amount} is drawn on {day} though it was to be {was_to_be} ({answer.words}):"
        " tell the debtor how to stop it in the online bank"
    )
    await open_task(connection, [claim.case_id], f"draw#{claim.id}", "draw", why, now, once=True)
    return 1
