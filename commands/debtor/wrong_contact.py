"""An address is somebody else's, or the debtor has left it: what that does by itself, and when a person decides."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.open_services import open_services
from commands.debtor.said import Said
from domain.moment import moment_in
from domain.parties.addresses import address_key
from domain.parties.life_events import LifeKind
from domain.parties.replies import FROM_THE_DEBTOR
from domain.parties.standing import standing_of
from domain.parties.who_may_change import AddressState, Source, moved_from
from facts.addresses import written_to
from facts.deliveries import deliveries
from facts.parties import debtors, life_events
from facts.parties.debtors import Known, Operator
from planning.service import Planning

SAYS_NOT_ME = "says not me"
ANSWERED = "answered elsewhere"
LATELY = timedelta(days=90)  # whoever says "not me" answers what came in this time
SETTLED = timedelta(days=60)  # an address that is younger may be the one that the debtor has moved to
MAY_LIE_THERE = timedelta(days=30)  # what was posted to an address that the debtor has left, and nobody has read

# A person decides where the address is of somebody who stands in, or where somebody has answered from it as the debtor.
DOUBTFUL = text("""
select exists (select from contact_point where debtor_id = :debtor and address_key = :key and of_representative)
  or exists (select from reply where debtor_id = :debtor and sender = :key and automatic is null
    and meaning = any(cast(:own as text[])) and (channel <> 'email' or delivery_id is not null))
""")
NOT_THEIRS = text(f"""
with theirs as (
  select p.id from contact_point p
  where p.debtor_id in (:debtor, (select {written_to("d")} from debtor d where d.id = :debtor)) and p.address_key = :key
  for update),
marked as (
  update contact_point p set state = 'wrong', happened_at = :now from theirs
  where p.id = theirs.id and p.state = any(cast(:from as text[])))
select id from theirs
""")
WRITTEN_TO = text("""
select distinct p.debtor_id from contact_point p join delivery d on d.contact_point_id = p.id
where p.debtor_id = any(cast(:debtors as int[])) and p.address_key = :key and d.claimed_at > :since
""")
LEFT = text("""
update contact_point set state = 'wrong', happened_at = :now
where debtor_id = :debtor and channel = 'letter' and state = 'valid' and not of_representative and happened_at < :settled
returning id
""")


async def not_theirs(connection: AsyncConnection, debtor: int, address: str, now: datetime) -> None:
    """Somebody else has the address: nothing is sent there any more, and what was sent there did not arrive.

    An address whose owner wants silence keeps that wish.
    """
    marked = {
        "debtor": debtor,
        "key": address_key(address),
        "now": now,
        "from": moved_from(Source.PERSON, AddressState.WRONG),
    }
    points = (await connection.execute(NOT_THEIRS, marked)).scalars().all()
    await deliveries.reached_somebody_else(connection, points, now)


async def who_says_not_me(
    connection: AsyncConnection, owners: Sequence[Any], address: str, now: datetime
) -> Sequence[Any]:
    """Of the debtors who have an address, those whom its owner can mean: those written to there lately, else all."""
    values = {"debtors": [owner.id for owner in owners], "key": address_key(address), "since": now - LATELY}
    written_to = set((await connection.execute(WRITTEN_TO, values)).scalars())
    return [owner for owner in owners if owner.id in written_to] or owners


async def says_not_me(
    connection: AsyncConnection, planning: Planning, debtor: int, said: Said, now: datetime, *, asked: bool
) -> bool:
    """The owner of the address that was reached is somebody else. Gives whether that is sure: then it is known of the
    debtor and the cases go on by other ways, nothing hard before the debtor is found. Else a person decides.

    `asked`: something is asked for, so that it matters who is asked.
    """
    assert said.reached is not None
    where = {"debtor": debtor, "key": address_key(said.reached), "own": sorted(FROM_THE_DEBTOR)}
    doubtful = (await connection.execute(DOUBTFUL, where)).scalar_one()
    await not_theirs(connection, debtor, said.reached, now)
    if doubtful or not asked:
        return not doubtful
    await _known(connection, planning, debtor, Known(True, said.reached), _who(said, SAYS_NOT_ME), now)
    return True


async def answers_at(
    connection: AsyncConnection, planning: Planning, debtor: int, address: str, by: str, now: datetime
) -> None:
    """Somebody who has this address acts as or for the debtor: where another one was not the debtor's, the debtor is found."""
    found = await debtors.by_id(connection, debtor)
    standing = standing_of(await life_events.told(connection, debtor), moment_in(found.country, now).day)
    somebody_elses = standing.value(LifeKind.NOT_ME)
    if somebody_elses is not None and address_key(somebody_elses) != address_key(address):
        await _known(connection, planning, debtor, Known(False), Operator(by, ANSWERED), now)


async def has_moved(connection: AsyncConnection, debtor: int, cases: Sequence[int], now: datetime) -> bool:
    """The debtor has left the postal address: no letter goes there, what was just posted there did not arrive, and another
    one is asked for. Gives whether there was one that old."""
    left = {"debtor": debtor, "now": now, "settled": now - SETTLED}
    points = (await connection.execute(LEFT, left)).scalars().all()
    await deliveries.went_to_an_old_address(connection, points, now, since=now - MAY_LIE_THERE)
    for point in points if cases else ():
        why = "the debtor says that the postal address is wrong: find another one"
        await debtors.ask_for_another(connection, point, cases[0], why, now)
    return bool(points)


async def _known(
    connection: AsyncConnection, planning: Planning, debtor: int, known: Known, who: Operator, now: datetime
) -> None:
    found = await debtors.by_id(connection, debtor)
    law = planning.law_of(found.country)
    await debtors.change(connection, found, found, (), now, who, known={LifeKind.NOT_ME: known}, law=law)
    await open_services(connection, planning, found, now)


def _who(said: Said, why: str) -> Operator:
    """Who says so: a person who took it, else the way by which it came."""
    return Operator(said.taken_by or said.channel, why)
