"""Something that is done to many cases, as facts: what was asked for, how far it is, what was refused, and who stopped it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ASK = text("""
insert into many_order (by, creditor_id, command, reason_code, until, filter, through, matching, happened_at)
values (:by, :creditor, :command, :reason_code, :until, :filter,
  coalesce((select id from dunning_case order by id desc limit 1), 0), :matching, :now) returning id
""")
ORDER = """
select o.id, o.by, o.creditor_id, o.command, o.reason_code, o.until, o.filter, o.through, o.matching, o.place, o.done,
  (select count(*) from many_refusal r where r.order_id = o.id) as refused, o.release_id, o.prepared_at, o.ended_at,
  (select s.by from many_stop s where s.order_id = o.id) as stopped_by, o.happened_at as asked_at
from many_order o
"""
READ = text(f"{ORDER} where o.id = :order")
# The weaker lock: who stops it refers to it meanwhile.
LOCK = text("select id from many_order where id = :order for no key update")
LATEST = text(f"""
{ORDER} where (cast(:creditors as text[]) is null or o.creditor_id = any(cast(:creditors as text[])))
order by o.id desc limit :most
""")
GOING_ON = text("select id from many_order where ended_at is null order by id")
PREPARED = text("update many_order set prepared_at = :now, release_id = :release where id = :order")
WENT_ON = text("update many_order set place = :place, done = done + :done where id = :order")
ENDED = text("update many_order set ended_at = :now where id = :order and ended_at is null")
REFUSED = text("""
insert into many_refusal (order_id, case_id, why)
select :order, r.case_id, r.why from unnest(cast(:cases as int[]), cast(:whys as text[])) as r(case_id, why)
on conflict do nothing
""")
STOP = text("""
insert into many_stop (order_id, by, happened_at)
select o.id, cast(:by as text), cast(:now as timestamptz) from many_order o where o.id = :order and o.ended_at is null
on conflict do nothing
""")
REFUSALS = text("""
select c.creditor_id, i.number, r.why from many_refusal r join dunning_case c on c.id = r.case_id
join invoice i on i.id = c.invoice_id where r.order_id = :order and r.case_id > :after order by r.case_id limit :most
""")


@dataclass(frozen=True, slots=True)
class Order:
    """What is done to many. `creditor` None: every creditor's cases. Moments are UTC."""

    id: int
    by: str
    creditor: str | None
    command: str
    reason_code: str
    until: date | None
    filter: str
    through: int
    matching: int
    place: int
    done: int
    refused: int
    release: int | None
    prepared_at: datetime | None
    ended_at: datetime | None
    stopped_by: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for; `matching` cases had the filter then."""

    by: str
    creditor: str | None
    command: str
    reason_code: str
    until: date | None
    filter: str
    matching: int


async def ask(connection: AsyncConnection, asked: Asked, now: datetime) -> int:
    """Something is to be done to many; gives its number. Who watches for it starts it."""
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    return int((await connection.execute(ASK, values | {"now": now})).scalar_one())


async def find(connection: AsyncConnection, order: int) -> Order | None:
    """An order as it stands."""
    row = (await connection.execute(READ, {"order": order})).one_or_none()
    return Order(*row) if row else None


async def locked(connection: AsyncConnection, order: int) -> Order | None:
    """An order that nobody else goes on with meanwhile."""
    await connection.execute(LOCK, {"order": order})
    return await find(connection, order)


async def latest(connection: AsyncConnection, creditors: Sequence[str] | None, most: int) -> list[Order]:
    """The latest orders first: of these creditors alone, or all where None."""
    values = {"creditors": None if creditors is None else list(creditors), "most": most}
    return [Order(*row) for row in (await connection.execute(LATEST, values)).all()]


async def going_on(connection: AsyncConnection) -> list[int]:
    """Those that are not at their end."""
    return list((await connection.execute(GOING_ON)).scalars())


async def prepared(connection: AsyncConnection, order: int, release: int | None, now: datetime) -> None:
    """All that is decided for the whole is written down: of a release the turns."""
    await connection.execute(PREPARED, {"order": order, "release": release, "now": now})


async def went_on(
    connection: AsyncConnection,
    order: int,
    place: int,
    done: int,
    refused: Mapping[int, str],
    now: datetime,
    *,
    ended: bool,
) -> None:
    """A page is done: in the transaction of what was done."""
    await connection.execute(WENT_ON, {"order": order, "place": place, "done": done})
    await connection.execute(REFUSED, {"order": order, "cases": list(refused), "whys": list(refused.values())})
    if ended:
        await connection.execute(ENDED, {"order": order, "now": now})


async def stop(connection: AsyncConnection, order: int, by: str, now: datetime) -> bool:
    """Stop after the page that is under way; gives whether it was still going on, and nobody had stopped it."""
    return (await connection.execute(STOP, {"order": order, "by": by, "now": now})).rowcount == 1


async def refusals(
    connection: AsyncConnection, order: int, most: int, after: int = 0
) -> Sequence[tuple[str, str, str]]:
    """Which cases were left as they were, and why: creditor, number, words."""
    rows = await connection.execute(REFUSALS, {"order": order, "after": after, "most": most})
    return [(row.creditor_id, row.number, row.why) for row in rows]
