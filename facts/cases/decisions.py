"""What a case came to: each decision in its row and in its history, and what ends with the case."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.allocation import AllocationRules
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, Companion
from facts import diary
from facts.agreements import plans
from facts.cases.load import OpenCase
from facts.collection import service_blocks
from facts.database import to_json
from facts.operations import tasks
from facts.webhooks.outgoing import emit

RECORD = text("""
with changed as (
  update dunning_case set state = :state, outcome = :outcome, next_kind = :kind, next_step = :step,
    next_message = :message, next_channel = :channel, next_message_channel = :message_channel, next_at = :at,
    next_own_at = :own_at, next_why = :why, flag = :flag, looked_at = :now, looked_seq = :seq,
    allocation_rules = coalesce(cast(:allocation as jsonb), allocation_rules)
  where id = :case returning id)
insert into decision (case_id, kind, step, channel, at, why, flag, facts, looked_seq, happened_at)
select id, :kind, :step, :channel, :at, :why, :flag, cast(:facts as jsonb), :seq, :now from changed
""")
# Once for each case, round and step, however often the decision is made again.
LEFT_OUT_BEFORE = text("""
select detail ->> 'step' from case_event
where case_id = :case and kind = 'message_left_out' and detail ->> 'round' = cast(:round as text)
""")
SETTLED = frozenset({"paid", "credited", "balance ignored"})
STILL_OWED = frozenset({"handed off", "ladder finished"})


async def record(
    connection: AsyncConnection,
    case: OpenCase,
    action: Action,
    wish: Companion | None,
    now: datetime,
    allocation: AllocationRules | None = None,
) -> None:
    """Keep a decision: in the case's row for lists, and in full in its history; and the order that money pays by, as of today.

    `wish` is the message that the plan sends next, as the debtor's other cases see it, also where an optional step comes first.

    A creditor's system hears of the end, and what ends with a case does, as soon as it is known: not when thanks have left.
    """
    facts = case.facts
    if action.found_address is not None:
        result, step = "an address is known", action.found_address
        await tasks.close_tasks(connection, case.id, "address", "purr", result, now, step=step)
    if action.outcome and case.state == "open" and action.outcome != case.outcome:
        data = {"invoice": case.number, "outcome": action.outcome}
        await emit(connection, case.creditor_id, "case.closed", data, now)
        await _end_with_it(connection, case, action.outcome, now)
    await connection.execute(
        RECORD,
        {
            "case": case.id,
            "state": "closed" if action.kind is ActionKind.CLOSE else "open",
            "outcome": action.outcome,
            "kind": action.kind,
            "step": action.step,
            "message": wish.message if wish else None,
            "message_channel": wish.channel if wish and action.onward else None,
            "channel": action.channel,
            "at": action.at,
            "own_at": wish.at if wish else None,
            "why": action.why,
            "flag": action.flag,
            "seq": facts.news_seq,
            "now": now,
            "facts": _facts_used(facts),
            "allocation": to_json(allocation) if allocation else None,
        },
    )


async def record_left_out(
    connection: AsyncConnection, case: OpenCase, action: Action, now: datetime, not_for: Collection[str] = ()
) -> list[str]:
    """Keep in the diary which steps send no message and why; gives a line for each that is new there.

    `not_for` are those that were not for this debtor by their `when`: experiments count nobody of whom that was known.
    """
    if not action.left_out:
        return []
    values = {"case": case.id, "round": case.facts.round}
    before = set((await connection.execute(LEFT_OUT_BEFORE, values)).scalars())
    new = [(step, why) for step, why in action.left_out if step not in before]
    lines = [
        (
            case.id,
            {"round": case.facts.round, "step": step, "why": why} | ({"for_others": True} if step in not_for else {}),
        )
        for step, why in new
    ]
    await diary.write(connection, "message_left_out", "purr", lines, now)
    return [f"{step} left out: {why}" for step, why in new]


async def _end_with_it(connection: AsyncConnection, case: OpenCase, outcome: str, now: datetime) -> None:
    """What ends with a case: its plan, what people were asked about it, and the block of its service unless money is still
    asked for."""
    await tasks.lose(connection, case.id, outcome, now)
    if case.facts.plan is not None:
        await plans.close(connection, [case.id], "kept" if outcome in SETTLED else "ended", now)
    if case.facts.blocked and outcome not in STILL_OWED:
        await service_blocks.free(connection, [case.id], now)


def _facts_used(facts: CaseFacts) -> str:
    return (
        f'{{"balance": "{facts.balance}", "round": {facts.round}, "due_date": "{facts.due_date}", '
        f'"deliveries": {len(facts.deliveries)}, "bank_data_through": "{facts.bank_data_through}", '
        f'"held": {str(facts.held).lower()}, "disputed": {str(facts.disputed).lower()}}}'
    )
