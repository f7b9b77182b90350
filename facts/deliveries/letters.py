"""What becomes of letters after they are put into a print batch: posted, returned, or pulled before printing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.vocabulary import channels_by_post
from facts import diary
from facts.clock import is_live
from facts.deliveries import deliveries
from facts.operations import rounds
from facts.outbox import tell
from facts.refusals import Refused, Unknown

BATCH = text("""
select count(*) filter (where l.posted_on is null) as unposted, max(l.posted_on) as posted_on,
  max(l.accepted_at) filter (where l.posted_on is null) as newest, min(d.country) as country
from delivery l join debtor d on d.id = l.debtor_id
where l.batch = :batch and l.state = 'accepted' and (cast(:creditor as text) is null or l.creditor_id = :creditor)
having count(*) > 0
""")
POSTED = text("""
update delivery set posted_on = :on
where batch = :batch and state = 'accepted' and posted_on is null
  and (cast(:creditor as text) is null or creditor_id = :creditor)
returning id
""")
SERVED = text("select distinct case_id from delivery_case where delivery_id = any(:deliveries)")
LETTER = text("""
select id, message = 'collection-notice' as notice from delivery
where id = :id and channel = any(cast(:by_post as text[])) and (cast(:creditor as text) is null or creditor_id = :creditor)
""")
STEPS = text("""
select case_id, step, round from delivery_case where delivery_id = :id order by case_id
""")
OF_THIS_ROUND = text("""
select c.id from delivery_case dc join dunning_case c on c.id = dc.case_id
where dc.delivery_id = :id and c.state = 'open' and c.round = dc.round order by c.id for update of c
""")
BACK_OUT = text("""
update hand_off set state = 'backed out', reason = 'notice returned'
where state = 'queued' and case_id in (select case_id from delivery_case where delivery_id = :id)
""")
BATCHES = text(f"""
select batch, min(creditor_id) as creditor, count(*) as letters,
  case when bool_and(posted_on is not null) then max(posted_on) end as posted_on, min(accepted_at) as oldest
from delivery
where batch is not null and state = 'accepted'
  and (creditor_id = :creditor or cast(:creditor as text) is null and {is_live("delivery.creditor_id")})
group by batch order by min(accepted_at), batch
""")
POSTED_AMONG = text("""
select batch from delivery where batch = any(:batches) and state = 'accepted'
group by batch having bool_and(posted_on is not null) order by batch
""")
WAITING = """
select d.id, d.batch, d.message, json_object_agg(dc.case_id, json_build_array(dc.round, dc.step)) as cases
from delivery d join delivery_case dc on dc.delivery_id = d.id
where d.state = 'accepted' and d.posted_on is null and d.batch is not null and d.way is null
  and not exists (select from provider_event e where e.delivery_id = d.id and e.provider = 'distribution house')
"""  # what the house has told of is with it
IN_ORDER = "group by d.id order by d.batch, d.id"
UNPOSTED = text(f"{WAITING} {IN_ORDER}")
UNPOSTED_OF = text(f"""
{WAITING} and d.id in (select x.delivery_id from delivery_case x where x.case_id = any(:cases)) {IN_ORDER}
""")
# Of cases that were held lately: what stays in its batch after that is with the printer, and looked at each hour.
UNPOSTED_OF_HELD = text(f"""
{WAITING} and not exists (select from delivery_case x where x.delivery_id = d.id and not exists (select from hold h
  where h.case_id = x.case_id and h.released_at is null and (h.until is null or h.until > :now)))
  and exists (select from delivery_case y join hold l on l.case_id = y.case_id
    where y.delivery_id = d.id and l.released_at is null and l.happened_at > :since) {IN_ORDER}
""")
PULL = text("""
update delivery set state = 'withdrawn', failed_at = :at, failure = 'withdrawn before printing'
where id = :id and state = 'accepted' and posted_on is null returning id
""")
# The place under the unique key case/round/step/channel is free again: a case that goes on gets a fresh letter.
FREE_PLACE = text("""
update delivery_case dc set channel = 'letter withdrawn ' || d.serial
from delivery d where d.id = dc.delivery_id and d.id = :id
""")
AHEAD = timedelta(days=1)  # a printer may tell today what it posts tomorrow
HOUSE = "distribution house"
"""Whom events come from that a distribution house tells."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A print batch as the facts know it; `posted_on` None while any of its letters is not confirmed as posted."""

    batch: str
    creditor: str
    letters: int
    posted_on: date | None
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """Where a letter stands in a case."""

    round: int
    step: str


@dataclass(frozen=True, slots=True)
class UnpostedLetter:
    """A letter that waits for the printer, and the cases that it serves."""

    delivery: UUID
    batch: str
    message: str
    cases: Mapping[int, Served]


async def posted(connection: AsyncConnection, creditor: str | None, batch: str, on: date, now: datetime) -> int:
    """The printer posted a batch on a day: deadlines count from it. Gives how many letters were confirmed by this.

    The same again changes nothing and gives 0. Raises Refused for an unknown batch, a day ahead or before the
    letters were made, and another day than was told before.
    """
    known = (await connection.execute(BATCH, {"batch": batch, "creditor": creditor})).one_or_none()
    if known is None:
        raise Refused(f"no print batch {batch}: `letters list` names the batches")
    if on > moment_in(known.country, now + AHEAD).day:
        raise Refused(f"{on} is ahead: confirm batch {batch} when it is posted")
    if known.unposted == 0:
        if known.posted_on != on:
            raise Refused(f"batch {batch} was posted on {known.posted_on}: that stays")
        return 0
    made = moment_in(known.country, known.newest).day
    if on < made:
        raise Refused(f"batch {batch} has letters made on {made}: it cannot have been posted on {on}")
    values = {"batch": batch, "creditor": creditor, "on": on}
    sent = (await connection.execute(POSTED, values)).scalars().all()
    served = (await connection.execute(SERVED, {"deliveries": sent})).scalars().all()
    await tell(connection, served, "letter_posted", now)
    return len(sent)


async def returned(
    connection: AsyncConnection,
    creditor: str | None,
    delivery: UUID,
    now: datetime,
    *,
    address_is_wrong: bool = True,
) -> bool:
    """A letter came back: its address is wrong and its fee is taken back. Gives whether this changed anything.

    A returned collection notice voids its deadline: a new round begins, in which a new notice with a full deadline
    is sent once an address works, and a hand-off not yet exported is backed out. Raises Unknown for an unknown letter.
    """
    values = {"id": delivery, "creditor": creditor, "by_post": channels_by_post()}
    letter = (await connection.execute(LETTER, values)).one_or_none()
    if letter is None:
        raise Unknown(f"no letter {delivery}: give the id printed on the letter")
    contact = "wrong" if address_is_wrong else None
    if not await deliveries.failed(connection, delivery, now, "returned", contact=contact):
        return False
    kind = "notice_returned" if letter.notice else "letter_returned"
    await _diary(connection, delivery, kind, now)
    if letter.notice:
        void = (await connection.execute(OF_THIS_ROUND, {"id": delivery})).scalars().all()
        await rounds.begin(connection, void, now)
        await connection.execute(BACK_OUT, {"id": delivery})
    await tell(connection, await deliveries.cases_of(connection, delivery), "delivery_failed", now)
    return True


async def list_batches(connection: AsyncConnection, creditor: str | None) -> list[Batch]:
    """The print batches, oldest first; of all live creditors when `creditor` is None."""
    return [Batch(*row) for row in (await connection.execute(BATCHES, {"creditor": creditor})).all()]


async def posted_among(connection: AsyncConnection, batches: Sequence[str]) -> list[str]:
    """Those of the batches whose letters are all confirmed as posted."""
    return list((await connection.execute(POSTED_AMONG, {"batches": list(batches)})).scalars())


async def unposted(connection: AsyncConnection) -> list[UnpostedLetter]:
    """The letters of all creditors that the printer has not confirmed, batch by batch."""
    return _letters((await connection.execute(UNPOSTED)).all())


async def unposted_of(connection: AsyncConnection, cases: Sequence[int]) -> list[UnpostedLetter]:
    """Those of them that serve some of these cases."""
    return _letters((await connection.execute(UNPOSTED_OF, {"cases": list(cases)})).all())


async def unposted_of_held(connection: AsyncConnection, since: datetime, now: datetime) -> list[UnpostedLetter]:
    """Those of them that serve nobody but cases on hold, some of which were held after `since` (UTC)."""
    return _letters((await connection.execute(UNPOSTED_OF_HELD, {"since": since, "now": now})).all())


async def pulled(connection: AsyncConnection, delivery: UUID, now: datetime) -> Sequence[int]:
    """A letter was taken out of its batch before printing: as if it had never been sent, its fee is taken back.

    A case that goes on later gets a fresh letter with a fresh deadline. Gives the cases that were told.
    """
    if (await connection.execute(PULL, {"id": delivery, "at": now})).scalar_one_or_none() is None:
        return ()
    await deliveries.take_charges_back(connection, [delivery], now)
    await connection.execute(FREE_PLACE, {"id": delivery})
    await _diary(connection, delivery, "letter_pulled", now)
    served = await deliveries.cases_of(connection, delivery)
    await tell(connection, served, "letter_pulled", now)
    return served


def _letters(rows: Iterable[Any]) -> list[UnpostedLetter]:
    return [
        UnpostedLetter(row.id, row.batch, row.message, {int(case): Served(*of) for case, of in row.cases.items()})
        for row in rows
    ]


async def _diary(connection: AsyncConnection, letter: UUID, kind: str, now: datetime) -> None:
    served = (await connection.execute(STEPS, {"id": letter})).all()
    lines = [(row.case_id, {"delivery": str(letter), "step": row.step, "round": row.round}) for row in served]
    await diary.write(connection, kind, "purr", lines, now)
