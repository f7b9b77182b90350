"""When open cases will be paid, as it was guessed last, and who is alike: written over in bulk, read by case, erased at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.guess import FoundIn, Guess
from facts.prediction.of_whom import OF_WHOM
from facts.prediction.segments import ONCE_CALLED

PAGE = 10_000  # scores that are looked at in one transaction

# Of whom nothing may be guessed nothing is kept, whenever they said so: whoever scores may have read before that.
KEEP = text(f"""
insert into payment_score (case_id, version_id, scored_at, chance_7, chance_14, chance_30, chance_next_step, expected_money,
  expected_on, cold, why, late_because)
select c.id, v.id, :now, s.chance_7, s.chance_14, s.chance_30, s.chance_next_step, s.expected_money, s.expected_on, s.cold,
  cast(s.why as jsonb), cast(s.late_because as jsonb)
from unnest(cast(:case as int[]), cast(:chance_7 as numeric[]), cast(:chance_14 as numeric[]), cast(:chance_30 as numeric[]),
    cast(:chance_next_step as numeric[]), cast(:expected_money as numeric[]), cast(:expected_on as date[]),
    cast(:cold as boolean[]), cast(:why as text[]), cast(:late_because as text[]))
  as s(case_id, chance_7, chance_14, chance_30, chance_next_step, expected_money, expected_on, cold, why, late_because)
join dunning_case c on c.id = s.case_id join debtor d on d.id = c.debtor_id join model_version v on v.id = :version
where c.state = 'open' and {OF_WHOM}
order by c.id
on conflict (case_id) do update set version_id = excluded.version_id, scored_at = excluded.scored_at,
  chance_7 = excluded.chance_7, chance_14 = excluded.chance_14, chance_30 = excluded.chance_30,
  chance_next_step = excluded.chance_next_step, expected_money = excluded.expected_money,
  expected_on = excluded.expected_on, cold = excluded.cold, why = excluded.why, late_because = excluded.late_because
  where payment_score.scored_at <= excluded.scored_at
""")
NEXT_STEPS = text("""
select id, next_at from dunning_case where id = any(cast(:cases as int[])) and next_at is not null
""")
DROP = text("""
with page as (select case_id from payment_score where case_id > :after order by case_id limit :page),
gone as (
  delete from payment_score s using page p where s.case_id = p.case_id and s.scored_at < :since returning s.case_id)
select max(p.case_id) as last, (select count(*) from gone) as gone from page p
""")
# What was guessed by a version that was stepped back from, or while one was in use that is retired, counts no more.
IN_USE = """
s.version_id <= (select c.version_id from model_choice c where c.name = 'payment' and c.undoes is null
  and not exists (select from model_choice u where u.undoes = c.id) order by c.id desc limit 1)
"""
OF_CASE = text(f"""
select s.chance_14, s.scored_at, s.version_id, g.name, d.found_at, d.version, {ONCE_CALLED} as once_called from dunning_case o
left join payment_score s on s.case_id = o.id and {IN_USE}
left join debtor_segment d on d.debtor_id = o.debtor_id and d.creditor_id = o.creditor_id
left join found_segment g on g.creditor_id = d.creditor_id and g.key = d.segment
where o.id = :case
""")
ERASE = text("delete from payment_score where case_id in (select id from dunning_case where debtor_id = :debtor)")
ERASE_SEGMENT = text("delete from debtor_segment where debtor_id = :debtor")
ERASE_USES = text("delete from guess_use where case_id in (select id from dunning_case where debtor_id = :debtor)")
ERASE_BEHAVIOUR = text("delete from debtor_behaviour where debtor_id = :debtor")
ERASE_PROPOSALS = text(
    "delete from step_proposal where case_id in (select id from dunning_case where debtor_id = :debtor)"
)
# What is on its way to the creditor goes no further, and cannot be sent again.
ERASE_TOLD = text("""
with told as (
  select m.id from debtor d join webhook_endpoint w on w.creditor_id = d.creditor_id
  join webhook_message m on m.endpoint_id = w.id and m.type = 'debtor.behaviour_changed'
  where d.id = :debtor and m.payload #>> '{data,customer_number}' = d.customer_number),
tried as (delete from webhook_attempt a using told where a.message_id = told.id)
delete from webhook_message m using told where m.id = told.id
""")


@dataclass(frozen=True, slots=True)
class Scores:
    """When open cases will be paid, as it is guessed, in columns: chances from 0 to 1, money in each invoice's currency.

    `why` is JSON of what weighed most: each a feature by its name, `sooner` or `later`, how much, and in a sentence what was
    seen. `late_because` is JSON too: of each reason its probability (`chance`) and the `facts` behind it.
    """

    case: list[int]
    chance_7: list[Decimal]
    chance_14: list[Decimal]
    chance_30: list[Decimal]
    chance_next_step: list[Decimal | None]
    expected_money: list[Decimal]
    expected_on: list[date | None]
    cold: list[bool]
    why: list[str]
    late_because: list[str]

    def __len__(self) -> int:
        return len(self.case)

    def of(self, some: slice) -> "Scores":
        """Some of them."""
        return Scores(*(getattr(self, each.name)[some] for each in fields(self)))


async def keep(connection: AsyncConnection, version: int, scores: Scores, now: datetime) -> int:
    """Keep a page of scores, some thousands, in place of the earlier ones of these cases; gives how many are kept.

    Closed cases, and those of debtors of whom nothing may be guessed, have none. What was scored later stays.
    """
    columns = {each.name: getattr(scores, each.name) for each in fields(scores)}
    return (await connection.execute(KEEP, columns | {"version": version, "now": now})).rowcount


async def of_case(connection: AsyncConnection, case: int) -> tuple[Guess | None, FoundIn | None]:
    """What the planner may know of a case: when it is paid, as it is guessed, and in which segment its debtor was found."""
    row = (await connection.execute(OF_CASE, {"case": case})).one()
    guess = None if row.chance_14 is None else Guess(row.chance_14, row.scored_at, str(row.version_id))
    if row.name is None:
        return guess, None
    return guess, FoundIn(row.name, row.found_at, row.version, tuple(row.once_called))


async def next_steps(connection: AsyncConnection, cases: Sequence[int]) -> dict[int, datetime]:
    """When the next step of each case is (UTC), of those that have one."""
    return {row.id: row.next_at for row in await connection.execute(NEXT_STEPS, {"cases": list(cases)})}


async def drop(connection: AsyncConnection, since: datetime, after: int) -> tuple[int | None, int]:
    """Drop a page of what was not scored since a moment, from the case after `after` on: its last case, None at the end; and
    how many are dropped."""
    values = {"since": since, "after": after, "page": PAGE}
    row = (await connection.execute(DROP, values)).one()
    return row.last, row.gone


async def erase(connection: AsyncConnection, debtor: int) -> None:
    """Erase all that was guessed of a debtor."""
    for statement in (ERASE, ERASE_SEGMENT, ERASE_BEHAVIOUR, ERASE_PROPOSALS, ERASE_USES, ERASE_TOLD):
        await connection.execute(statement, {"debtor": debtor})
