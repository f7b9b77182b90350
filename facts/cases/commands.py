"""What a person decides about a case: every door ends here, with who, why and what."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment, moment_in
from domain.money.allocation import allocate
from facts import diary
from facts.cases.locks import lock_cases
from facts.money import ledger
from facts.money.ledger import Entry
from facts.money.settling import DEFAULT_ORDER, unblock
from facts.outbox import tell

CommandName = Literal[
    "hold",
    "release",
    "send_now",
    "skip",
    "withdraw",
    "approve_hand_off",
    "reject_hand_off",
    "dispute",
    "resolve_dispute",
]
QUIET_AFTER_REJECTION = timedelta(days=14)  # a rejected dispute gives at least this many new days

LONGEST_HOLD = timedelta(days=36525)  # a moment at the end of all time has no local day

ONCE = text("""
insert into webhook_event (source, event_id, happened_at) values ('command', :id, :now)
on conflict do nothing returning event_id
""")
CASE = text("""
select c.state, c.round, c.creditor_id, c.balance, b.country,
  exists (select from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed,
  (select d.id from dispute d where d.case_id = c.id and d.resolved_at is null) as dispute,
  (select d.amount from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed_part,
  exists (select from hold h where h.case_id = c.id and h.released_at is null) as held,
  exists (select from task t where t.case_id = c.id and t.round = c.round and t.kind = 'approval') as approval_asked,
  (select h.id from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted')
     order by h.id desc limit 1) as hand_off
from dunning_case c join debtor b on b.id = c.debtor_id where c.id = :case
""")
DONE: dict[str, Any] = {
    "hold": text("""
insert into hold (case_id, by, reason_code, note, until, reply_id, happened_at)
values (:case, :by, :reason_code, :note, :until, :reply, :now)"""),
    "release": text(
        "update hold set released_at = :now, released_by = :by where case_id = :case and released_at is null"
    ),
    "send_now": text("""
insert into send_request (case_id, by, reason_code, note, round, step, happened_at)
values (:case, :by, :reason_code, :note, :round, :step, :now)"""),
    "skip": text("""
insert into skip (case_id, by, reason_code, note, round, step, happened_at)
values (:case, :by, :reason_code, :note, :round, :step, :now)"""),
    "withdraw": text("update dunning_case set withdrawn_at = :now where id = :case"),
    "approve_hand_off": text("""
insert into approval (case_id, by, reason_code, note, round, approved, happened_at)
values (:case, :by, :reason_code, :note, :round, true, :now)"""),
    "reject_hand_off": text("""
insert into approval (case_id, by, reason_code, note, round, approved, happened_at)
values (:case, :by, :reason_code, :note, :round, false, :now)"""),
    "dispute": text("""
insert into dispute (case_id, by, reason_code, note, amount, happened_at)
values (:case, :by, :reason_code, :note, :amount, :now)"""),
    "resolve_dispute": text("""
update dispute set resolved_at = :now, resolved_by = :by, upheld = :upheld, quiet_until = :quiet_until
where case_id = :case and resolved_at is null"""),
}
RECALL = text("""
insert into hand_off_message (hand_off_id, kind, reason, happened_at)
select id, 'recall', :reason_code, :now from hand_off where id = :hand_off and state <> 'queued'
""")
CHANGED = text("""
insert into hand_off_message (hand_off_id, kind, amount, reason, happened_at)
select id, 'change', :amount, 'dispute upheld', :now from hand_off where id = :hand_off and state <> 'queued'
""")
UNQUEUE = text("update hand_off set state = 'recalled', answered_at = :now where id = :hand_off")
CLOSE_TASKS = text("""
update task set done_at = :now, done_by = :by, result = :result
where case_id = :case and kind = 'approval' and done_at is null
""")


class CommandRefused(Exception):
    """The case is not in a state for this command: the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `id` makes it once, however often it is told; `note` is free text and stays in the facts."""

    id: str
    name: CommandName
    by: str
    reason_code: str
    note: str | None = None
    step: str | None = None
    until: datetime | None = None
    upheld: bool | None = None
    amount: Decimal | None = None  # dispute: the disputed part; None is all of it
    reply: int | None = None  # hold: until this reply is read


async def record_command(connection: AsyncConnection, case: int, command: Command, now: datetime) -> int:
    """Do what a person asked and tell the case. Gives the news number; raises CommandRefused.

    Part of the caller's transaction. The same command id again changes nothing and gives 0.
    """
    if (await connection.execute(ONCE, {"id": command.id, "now": now})).scalar_one_or_none() is None:
        return 0
    await lock_cases(connection, [case])  # before reading, so that of two commands the second sees the first
    state = (await connection.execute(CASE, {"case": case})).one()
    _check(command, state, now)
    moment = moment_in(state.country, now)
    values = {
        "case": case,
        "by": command.by,
        "reason_code": command.reason_code,
        "note": command.note,
        "until": command.until,
        "step": command.step,
        "upheld": command.upheld,
        "amount": command.amount,
        "reply": command.reply,
        "quiet_until": _quiet_until(command, moment.day),
        "round": state.round,
        "now": now,
        "hand_off": state.hand_off,
        "result": command.name,
    }
    await connection.execute(DONE[command.name], values)
    if command.name in ("approve_hand_off", "reject_hand_off"):
        await connection.execute(CLOSE_TASKS, values)
    upheld = command.name == "resolve_dispute" and command.upheld
    if upheld and state.disputed_part is not None:
        await _credit_part(connection, case, state, moment)
        upheld = False  # the rest of the claim stands
    if upheld:
        await connection.execute(DONE["withdraw"], values)
    if upheld or command.name == "withdraw":
        await unblock(connection, case, now)
    if state.hand_off is not None and (upheld or command.name == "withdraw"):
        await connection.execute(RECALL, values)
        await connection.execute(UNQUEUE, values)
    detail = {
        "reason_code": command.reason_code,
        "note": command.note,
        "step": command.step,
        "until": command.until,
        "amount": command.amount,
    }
    await diary.write(connection, command.name, command.by, [(case, detail)], now)
    told = await tell(connection, [case], f"{command.name}_recorded", now)
    return told.get(case, 0)


async def _credit_part(connection: AsyncConnection, case: int, state: Any, moment: Moment) -> None:
    """The debtor was right about a part: it is credited, with the fees that it shows to be wrong."""
    (standing,) = await ledger.lock(connection, [case])
    credited = allocate(state.disputed_part, standing.owed, standing.allocation or DEFAULT_ORDER)
    entries = [
        Entry(
            invoice_id=standing.invoice_id,
            kind="credit",
            part=part,
            amount=-amount,
            booked_on=moment.day,
            source="dispute",
            source_id=f"{state.dispute}/{part}",
        )
        for part, amount in credited.parts
    ]
    await ledger.post(connection, standing.creditor_id, standing.currency, entries, moment.at)
    if state.hand_off is not None:
        values = {"hand_off": state.hand_off, "amount": -state.disputed_part, "now": moment.at}
        await connection.execute(CHANGED, values)


async def note_refusal(
    connection: AsyncConnection, case: int, name: str, by: str | None, why: str, now: datetime
) -> None:
    """What came for a case and was refused is a line in its diary, with the reason in words."""
    await diary.write(connection, "command_refused", by or "purr", [(case, {"command": name, "why": why})], now)


def _check(command: Command, state: Any, now: datetime) -> None:
    if state.state == "closed" and command.name != "withdraw":
        raise CommandRefused("the case is closed: nothing more happens in it")
    if state.state == "closed" and state.hand_off is None:
        raise CommandRefused("the case is closed: there is nothing to withdraw")
    if command.name == "release" and not state.held:
        raise CommandRefused("the case is not on hold")
    if command.name == "dispute" and state.disputed:
        raise CommandRefused("the case is already disputed: resolve that dispute first")
    if command.name == "resolve_dispute" and not state.disputed:
        raise CommandRefused("the case has no open dispute")
    if command.name == "resolve_dispute" and command.upheld is None:
        raise CommandRefused("say whether the dispute is upheld")
    if command.name in ("approve_hand_off", "reject_hand_off") and not state.approval_asked:
        raise CommandRefused("no hand-off waits for a person: it is asked for when the case comes to it")
    if command.name == "approve_hand_off" and state.hand_off is not None:
        raise CommandRefused("the hand-off was approved already")
    if command.amount is not None and not 0 < command.amount < state.balance:
        raise CommandRefused(f"{command.amount} is no part of {state.balance}: dispute all of it, or a part")
    if command.until is not None and command.until.tzinfo is None:
        raise CommandRefused(f"{command.until.isoformat()} has no zone: write 2026-12-24T11:00:00Z, or +01:00 for Z")
    if command.until is not None and command.until > now + LONGEST_HOLD:
        raise CommandRefused(
            f"{command.until.isoformat()} is more than a hundred years ahead: give an earlier moment, or none"
        )
    if command.until is not None and command.until <= now:
        raise CommandRefused(f"{command.until.isoformat()} is past: give a moment ahead, or none")
    if command.name in ("skip", "send_now") and not command.step:
        raise CommandRefused("name the step")


def _quiet_until(command: Command, today: date) -> date | None:
    return today + QUIET_AFTER_REJECTION if command.name == "resolve_dispute" and not command.upheld else None
