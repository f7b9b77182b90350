"""What the collection partner is told of a case after its hand-off: money, changes, recalls. It leaves in the day's file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from domain.moment import zone_of
from domain.money.allocation import Owed
from domain.planner.case_facts import Asked
from domain.planner.notices import covered
from facts.database import in_columns
from facts.money.postings import Moved
from facts.operations.tasks import close_tasks, open_task

PAID_IN_TIME = "paid in time"
BACK = "the case is taken back from the collection partner"
_QUESTION = "question#"  # how the step of its task begins; the hand-off and the partner's id of the question follow
# What the partner may ask for is what the last notice asked for; one from before the case was ours asked for the invoice
# without costs.
HAND_OFFS = text("""
select distinct on (h.case_id) h.case_id, h.id, h.state, n.deadline, b.country,
  coalesce(n.asked_principal, i.amount) as asked_principal, coalesce(n.asked_costs, 0) as asked_costs
from hand_off h join dunning_case c on c.id = h.case_id join debtor b on b.id = c.debtor_id
join invoice i on i.id = c.invoice_id
left join lateral (
  select dc.asked_principal, dc.asked_costs, max(d.deadline) over () as deadline
  from delivery_case dc cross join lateral (select * from delivery where id = dc.delivery_id offset 0) d
  where dc.case_id = h.case_id and d.message = 'collection-notice' and not d.alert and d.state <> 'failed'
  order by d.claimed_at desc, d.id limit 1) n on true
where h.case_id = any(:cases)
  and (h.state in ('exported', 'accepted') or (h.state = 'recalled' and h.reason = :paid_in_time))
order by h.case_id, h.id desc
""")
TELL = text("""
insert into hand_off_message (hand_off_id, kind, amount, ordered_on, reason, question, answer, happened_at)
select m.hand_off, m.kind, m.amount, m.ordered_on, m.reason, m.question, m.answer, :now
from unnest(cast(:hand_off as int[]), cast(:kind as text[]), cast(:amount as numeric[]), cast(:ordered_on as date[]),
    cast(:reason as text[]), cast(:question as text[]), cast(:answer as text[])) with ordinality
  as m(hand_off, kind, amount, ordered_on, reason, question, answer, n) order by m.n
""")
RECALLED = text("""
update hand_off set state = 'recalled', reason = :reason, answered_at = :now where id = any(:hand_offs) returning case_id
""")
RECALL = text("""
with before as (select id, state, case_id from hand_off where id = :hand_off for update)
update hand_off h set state = 'recalled', reason = :reason, answered_at = :now
from before where h.id = before.id returning before.state, before.case_id
""")


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of news for the partner."""

    hand_off: int
    kind: Literal["direct_payment", "change", "recall", "answer"]
    amount: Decimal | None = None
    ordered_on: date | None = None
    reason: str | None = None
    question: str | None = None
    answer: str | None = None


async def tell(connection: AsyncConnection, messages: Sequence[Message], now: datetime) -> None:
    """Put messages for the partner into the next file."""
    await connection.execute(TELL, in_columns(Message, messages) | {"now": now})


async def recall(connection: AsyncConnection, hand_off: int, reason: str, now: datetime) -> None:
    """Take a case back from the partner, who hears of it where the file with it has left."""
    before = (await connection.execute(RECALL, {"hand_off": hand_off, "reason": reason, "now": now})).one()
    await close_tasks(connection, before.case_id, "partner", "purr", BACK, now)
    if before.state != "queued":
        await tell(connection, [Message(hand_off, "recall", reason=reason)], now)


def step_of(hand_off: int, question: str) -> str:
    """The step of the task that a partner's question makes."""
    return f"{_QUESTION}{hand_off}/{question}"


async def answer_question(connection: AsyncConnection, step: str, words: str, now: datetime) -> None:
    """What a person answers to a question of the partner's, named by its task's step, is told to it."""
    hand_off, _, question = step.removeprefix(_QUESTION).partition("/")
    await tell(connection, [Message(int(hand_off), "answer", question=question, answer=words)], now)


async def tell_money(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    """The partner hears of money that came to us, was credited or taken back; a case paid in time is recalled.

    Where a debt grows again the partner asks for no more of it than a notice did; a person hears of the rest.
    """
    by_case = {move.after.case_id: move for move in moves}
    found = await connection.execute(HAND_OFFS, {"cases": list(by_case), "paid_in_time": PAID_IN_TIME})
    messages: list[Message] = []
    for hand_off in found.all():
        move = by_case[hand_off.case_id]
        messages += _told(hand_off, move)
        unasked = _unasked(hand_off, move)
        if unasked > 0:
            why = (
                f"{move.after.currency} {unasked} is owed since a payment was taken back, and no notice that holds asked for "
                "it: the collection partner is not told of it. Invoice it anew, or let it go"
            )
            await open_task(connection, [hand_off.case_id], "", "taken back", why, now)
    if messages:
        await tell(connection, messages, now)
    recalled = [message.hand_off for message in messages if message.kind == "recall"]
    if recalled:
        values = {"hand_offs": recalled, "reason": PAID_IN_TIME, "now": now}
        for case in (await connection.execute(RECALLED, values)).scalars().all():
            await close_tasks(connection, case, "partner", "purr", BACK, now)


def _told(hand_off: Any, move: Moved) -> Iterator[Message]:
    """What a hand-off's partner is told of a move, where it has the case still."""
    if hand_off.state == "recalled" or move.why == "to the partner":
        return
    if move.why != "payment":
        yield Message(hand_off.id, "change", -move.amount, reason=move.why)
    elif move.amount > 0:
        yield Message(hand_off.id, "direct_payment", move.amount, move.booked_on)
        if move.balance <= 0 and hand_off.deadline is not None and _in_time(hand_off, move.booked_on):
            yield Message(hand_off.id, "recall", reason=PAID_IN_TIME)
    else:
        more = _asked(hand_off, move.after.owed) - _asked(hand_off, move.before.owed)
        if more > 0:
            yield Message(hand_off.id, "change", more, move.booked_on, "payment reversed")


def _unasked(hand_off: Any, move: Moved) -> Decimal:
    """What is owed, now that a payment was taken back, beyond what the partner may ask for, who did not take it back."""
    if move.amount > 0 or move.why == "to the partner":
        return Decimal(0)
    return move.balance - (_asked(hand_off, move.after.owed) if hand_off.state != "recalled" else 0)


def _asked(hand_off: Any, owed: Owed) -> Decimal:
    """How much of what is owed the last notice asked for."""
    asked = Asked(hand_off.asked_principal, hand_off.asked_costs)
    return covered(asked, Asked(owed.principal, owed.interest + owed.fee))


def _in_time(hand_off: Any, booked_on: date) -> bool:
    """Whether money was ordered by the notice's last day: such an order is booked on the next banking day."""
    next_day = Calendar(hand_off.country, zone_of(hand_off.country).key).add_banking_days(hand_off.deadline, 1)
    return booked_on <= next_day
