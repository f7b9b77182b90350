"""The one road in: a command is claimed by its id, refused or done, kept in the diary and told, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState, Command, Recording, Result, StandsAlready
from domain.moment import moment_in
from facts import diary, received
from facts.cases.locks import lock_cases
from facts.clock import own_clock_of
from facts.outbox import tell
from facts.refusals import CommandRefused
from planning.service import Planning

# Some doors do not know whose clock goes: nothing happens to a creditor in test mode before what its own clock shows.
STATE = text(f"""
select {own_clock_of("b.creditor_id")} as own_now, c.id, c.state = 'open' as is_open, c.round, c.balance, b.country,
  exists (select from hold h where h.case_id = c.id and h.released_at is null) as held,
  (select d.id from dispute d where d.case_id = c.id and d.resolved_at is null) as dispute,
  (select d.amount from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed_part,
  exists (select from task t where t.case_id = c.id and t.round = c.round and t.kind = 'approval') as approval_asked,
  exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active') as in_plan,
  (select max(p.id) from promise p where p.case_id = c.id and p.withdrawn_at is null) as last_promise,
  (select h.id from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted')
     order by h.id desc limit 1) as hand_off
from dunning_case c join debtor b on b.id = c.debtor_id where c.id = :case
""")


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Result]):
    """What a command came to: the number of its case's news, 0 where the case hears none, and what it gives."""

    news: int
    result: Result


async def state_of(connection: AsyncConnection, case: int, now: datetime) -> tuple[CaseState, datetime]:
    """A case as commands find it, without its plan, and what time it is for its creditor (UTC)."""
    found = dict((await connection.execute(STATE, {"case": case})).one()._mapping)
    now = max(now, found.pop("own_now") or now)
    return CaseState(**found), now


def why_refused(command: Command[Any], state: CaseState, now: datetime) -> CommandRefused | None:
    """Why a case is in no state for a command that is meant where its debtor is; None when it is."""
    if not state.is_open and not command.of_closed:
        return CommandRefused("the case is closed: nothing more happens in it")
    return command.refusal(state, now)


async def record(
    connection: AsyncConnection, planning: Planning, case: int, command: Command[Result], id: str, now: datetime
) -> Recorded[Result]:
    """Do what was asked and tell the case. Part of the caller's transaction.

    The same id again changes nothing and gives the same answer. Raises CommandRefused, in words.
    """
    results: TypeAdapter[Result] = TypeAdapter(command.results_in)
    answered = await received.claim(connection, id, command.name, f"case {case}", now)
    if answered is not None:
        return Recorded(answered["news"], results.validate_python(answered["result"]))
    # Before reading, so that of two commands the second sees the first.
    await lock_cases(connection, [case, *await command.others(connection, case)])
    state, now = await state_of(connection, case, now)
    if command.asks_planner:
        state = replace(state, plan=await planning.plan(connection, case, now))
    at = moment_in(state.country, now)
    command = command.there(at)
    if refused := why_refused(command, state, now):
        raise refused
    try:
        result = await command.apply(Recording(connection, state, at, dict(command), planning))
    except StandsAlready:
        await received.answer(connection, id, {"news": 0, "result": None})
        return Recorded(0, results.validate_python(None))
    detail = command.detail(result)
    if detail is not None:
        await diary.write(connection, command.name, command.by, [(case, detail)], now)
    news = (await tell(connection, [case], command.news or f"{command.name}_recorded", now)).get(case, 0)
    await received.answer(connection, id, {"news": news, "result": results.dump_python(result, mode="json")})
    return Recorded(news, result)
