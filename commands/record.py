"""The one road in: a command is claimed by its id, refused or done, kept in the diary and told, in one transaction."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import CaseState, Command, Recording
from domain.moment import moment_in
from facts import diary, received
from facts.cases.locks import lock_cases
from facts.outbox import tell
from facts.refusals import CommandRefused
from planning.service import Planning

STATE = text("""
select c.id, c.state = 'open' as is_open, c.round, c.balance, b.country,
  exists (select from hold h where h.case_id = c.id and h.released_at is null) as held,
  (select d.id from dispute d where d.case_id = c.id and d.resolved_at is null) as dispute,
  (select d.amount from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed_part,
  exists (select from task t where t.case_id = c.id and t.round = c.round and t.kind = 'approval') as approval_asked,
  (select h.id from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted')
     order by h.id desc limit 1) as hand_off
from dunning_case c join debtor b on b.id = c.debtor_id where c.id = :case
""")


async def record(
    connection: AsyncConnection, planning: Planning, case: int, command: Command, id: str, now: datetime
) -> int:
    """Do what was asked and tell the case; gives the number of the news. Part of the caller's transaction.

    The same id again changes nothing and gives the same number. Raises CommandRefused, in words.
    """
    answered = await received.claim(connection, id, command.name, f"case {case}", now)
    if answered is not None:
        return int(answered["news"])
    await lock_cases(connection, [case])  # before reading, so that of two commands the second sees the first
    state = CaseState(**(await connection.execute(STATE, {"case": case})).one()._mapping)
    if not state.is_open and not command.of_closed:
        raise CommandRefused("the case is closed: nothing more happens in it")
    if command.asks_planner:
        state = replace(state, plan=await planning.plan(connection, case, now))
    if refused := command.refusal(state, now):
        raise refused
    await command.apply(Recording(connection, state, moment_in(state.country, now), dict(command)))
    await diary.write(connection, command.name, command.by, [(case, command.detail)], now)
    news = (await tell(connection, [case], f"{command.name}_recorded", now)).get(case, 0)
    await received.answer(connection, id, {"news": news})
    return news
