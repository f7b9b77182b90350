"""Calls that wait to be made: what there is to know before one, who is at it, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner.calls import Outcome
from facts.addresses import THEIRS, written_to
from facts.clock import is_live
from facts.going_on import GOES_ON

WAITING = text(f"""
select t.id, t.creditor_id, t.case_id, c.debtor_id, b.customer_number, b.name as debtor, b.language, i.number as invoice,
  i.due_date, c.balance, i.currency, c.next_at, t.why, t.step, t.happened_at, t.not_before, t.taken_by, t.taken_until, t.agency,
  (select coalesce(array_agg(distinct p.address), '{{}}') from contact_point p
    where p.debtor_id = {written_to("b")} and p.channel in ('phone', 'sms') and p.state in {THEIRS}
      and not p.of_representative) as numbers,
  (select coalesce(array_agg(y.happened_at order by y.id), '{{}}') from call_try y where y.task_id = t.id) as tried
from task t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
join debtor b on b.id = c.debtor_id
where t.kind = 'call' and t.done_at is null and {GOES_ON} and c.round = t.round
  and (t.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("t.creditor_id")})
  and (cast(:agency as text) is null or t.agency = :agency) and (cast(:only as int) is null or t.id = :only)
""")
FOUND = text(f"""
select t.id, t.case_id, c.debtor_id, t.step, t.done_at, t.done_by, t.result, {GOES_ON} and c.round = t.round as of_now,
  t.agency
from task t join dunning_case c on c.id = t.case_id
where t.id = :id and t.kind = 'call' and (cast(:creditor as text) is null or t.creditor_id = :creditor)
  and (cast(:agency as text) is null or t.agency = :agency)
""")
# Nobody is called by two at once, whatever it is about.
AT_IT = text("""
select t.id, t.taken_by, t.taken_until from dunning_case own join dunning_case c on c.debtor_id = own.debtor_id
join task t on t.case_id = c.id
where own.id = :case and t.kind = 'call' and t.done_at is null and t.taken_until > :now and t.taken_by <> :by limit 1
""")
LOCK_PERSON = text("""
with person as materialized (
  select d.id from debtor d where d.id = (select debtor_id from dunning_case where id = :case) for no key update)
select c.id from person join dunning_case c on c.debtor_id = person.id
where c.state = 'open' or c.id = :case order by c.id for update of c
""")
TAKE = text("update task set taken_by = :by, taken_until = :until where id = :id")
GIVE = text("update task set agency = :agency, taken_by = null, taken_until = null where id = :id")
# A person's word on who calls goes before the policy's.
GIVE_OPENED = text("""
update task t set agency = :agency where case_id = :case and step = :step and kind = 'call' and done_at is null
  and round = (select round from dunning_case where id = :case) and agency is null and taken_by is null
  and not exists (select from case_event e where e.case_id = t.case_id and e.kind = 'call_given' and e.by <> 'purr'
    and e.detail ->> 'task' = t.id::text)
returning id
""")
PUT_OFF = text("update task set not_before = :not_before, taken_by = null, taken_until = null where id = :id")
DONE = text("""
update task set done_at = :now, done_by = :by, result = :result, taken_by = null, taken_until = null
where id = any(:ids) and done_at is null
""")
TRIED = text("insert into call_try (task_id, by, outcome, happened_at) values (:id, :by, :outcome, :now)")
TRIES = text("select happened_at from call_try where task_id = :id and outcome = 'no answer' order by happened_at, id")
OF_DEBTOR = text("""
select t.id from task t join dunning_case c on c.id = t.case_id
where c.debtor_id = :debtor and t.kind = 'call' and t.done_at is null order by t.id
""")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who makes calls: one creditor's people, all when None; or an agency, which sees what was given to it alone."""

    creditor: str | None = None
    agency: str | None = None

    def name(self, by: str) -> str:
        """One of these people, as the diary has it."""
        return f"{self.agency}: {by}" if self.agency else by


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that waits to be made. Moments are UTC."""

    id: int
    creditor: str
    case: int
    debtor_id: int
    customer_number: str | None
    debtor: str
    language: str
    invoice: str
    due_date: date
    balance: Decimal
    currency: str
    next_at: datetime | None
    why: str
    step: str
    since: datetime
    not_before: datetime | None
    taken_by: str | None
    taken_until: datetime | None
    agency: str | None
    numbers: Sequence[str]
    tried: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call by its number, whether or not it still waits."""

    id: int
    case: int
    debtor: int
    step: str
    done_at: datetime | None
    done_by: str | None
    result: str | None
    of_now: bool  # of an open case, in its present round
    agency: str | None


async def waiting(connection: AsyncConnection, desk: Desk, only: int | None = None) -> list[WaitingCall]:
    """The calls that wait to be made at a desk; one of them alone where it is named."""
    values = {"creditor": desk.creditor, "agency": desk.agency, "only": only}
    return [WaitingCall(*row) for row in (await connection.execute(WAITING, values)).all()]


async def find(connection: AsyncConnection, desk: Desk, id: int) -> FoundCall | None:
    """A call, if it is one of the desk's."""
    values = {"creditor": desk.creditor, "agency": desk.agency, "id": id}
    row = (await connection.execute(FOUND, values)).one_or_none()
    return FoundCall(*row) if row else None


async def lock_person(connection: AsyncConnection, case: int) -> None:
    """Lock whose case this is, with all open cases: of two who would call the same person the second one sees the first."""
    await connection.execute(LOCK_PERSON, {"case": case})


async def somebody_else_at_it(
    connection: AsyncConnection, case: int, by: str, now: datetime
) -> tuple[int, str, datetime] | None:
    """Who else calls the debtor of a case now: which call, who, until when it is theirs."""
    row = (await connection.execute(AT_IT, {"case": case, "by": by, "now": now})).one_or_none()
    return (row.id, row.taken_by, row.taken_until) if row else None


async def take(connection: AsyncConnection, id: int, by: str, until: datetime) -> None:
    """Somebody is at a call."""
    await connection.execute(TAKE, {"id": id, "by": by, "until": until})


async def give_opened(connection: AsyncConnection, case: int, step: str, agency: str) -> int | None:
    """The call of a case's step is an agency's from the beginning: its number, None where a person has said otherwise."""
    values = {"case": case, "step": step, "agency": agency}
    given: int | None = (await connection.execute(GIVE_OPENED, values)).scalar_one_or_none()
    return given


async def give(connection: AsyncConnection, id: int, agency: str | None) -> None:
    """A call is an agency's to make, or our own again."""
    await connection.execute(GIVE, {"id": id, "agency": agency})


async def put_off(connection: AsyncConnection, id: int, until: datetime | None) -> None:
    """A call is tried at a moment and not before; nobody is at it."""
    await connection.execute(PUT_OFF, {"id": id, "not_before": until})


async def tried(connection: AsyncConnection, id: int, by: str, outcome: Outcome, now: datetime) -> None:
    """Somebody called."""
    await connection.execute(TRIED, {"id": id, "by": by, "outcome": outcome, "now": now})


async def unanswered(connection: AsyncConnection, id: int) -> list[datetime]:
    """When nobody answered, oldest first."""
    return list((await connection.execute(TRIES, {"id": id})).scalars())


async def done(connection: AsyncConnection, ids: Sequence[int], by: str, result: str, now: datetime) -> None:
    """Calls need not be made any more."""
    await connection.execute(DONE, {"ids": list(ids), "by": by, "result": result, "now": now})


async def of_debtor(connection: AsyncConnection, debtor: int) -> list[int]:
    """The calls that wait for a debtor."""
    return list((await connection.execute(OF_DEBTOR, {"debtor": debtor})).scalars())
