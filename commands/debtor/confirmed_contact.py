"""A given address is confirmed there: the debtor is told where messages go today, and it is used unless they object."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.speakers import DEBTOR
from domain.planner.occasions import ADDRESS_GIVEN, SOON
from facts import diary
from facts.outbox import tell
from facts.parties import debtors
from facts.parties.debtors import Operator

GOOD_FOR = timedelta(days=3)  # the link that asks for a confirmation
MAY_OBJECT = timedelta(days=3)  # after the debtor was told
BY = Operator("debtor", "confirmed address")
TOLD_NOBODY = (
    "{address} is confirmed, and the debtor was told nowhere: make sure who it is, then `debtor change` uses it"
)
NOT_THEIRS = "somebody gave an address that the debtor does not know: find out who has the debtor's links"

# A phone number is one address for SMS and for calls.
CONFIRM = text("""
update contact_point p set confirmed_at = :now from contact_point asked
where asked.id = :point and asked.state = 'given' and asked.asked_at > :too_old and asked.confirmed_at is null
  and p.debtor_id = asked.debtor_id and p.address_key = asked.address_key and p.state = 'given' and not p.of_representative
returning p.debtor_id, asked.address
""")
ASKED_BY = text("""
select cr.name as creditor_name, d.language, d.country, d.kind as debtor_kind,
    p.state = 'given' and p.asked_at > :too_old as asks, p.state = 'valid'
    or p.state = 'given' and p.confirmed_at is not null as confirmed
from contact_point p join debtor d on d.id = p.debtor_id join creditor cr on cr.id = d.creditor_id where p.id = :point
""")
# One open case tells the debtor, where there is a way to tell it besides the new address.
TELLS = text("""
select c.id, exists (select from contact_point p where p.debtor_id = c.debtor_id and p.channel in ('email', 'sms')
    and p.state = 'valid' and not p.of_representative) as reached
from dunning_case c where c.debtor_id = :debtor and c.state = 'open' order by c.id limit 1
""")
OBJECT = text("""
update contact_point set state = 'wrong', happened_at = :now
where debtor_id = :debtor and state = 'given' and confirmed_at is not null and not of_representative returning id
""")
# What was confirmed, which case tells the debtor, and since when that has.
CONFIRMED = text(f"""
select p.id, p.debtor_id, p.channel, p.address, p.confirmed_at, e.case_id, (
    select min(d.accepted_at) from delivery_case s join delivery d on d.id = s.delivery_id
    where s.case_id = e.case_id and s.step = '{ADDRESS_GIVEN}#' || e.id and d.state = 'accepted') as told_at
from contact_point p left join lateral (
  select v.id, v.case_id from dunning_case c join case_event v on v.case_id = c.id
  where c.debtor_id = p.debtor_id and v.kind = 'address_confirmed' and v.happened_at = p.confirmed_at) e on true
where p.state = 'given' and p.confirmed_at is not null
order by p.debtor_id, p.id
""")
UNCONFIRM = text("update contact_point set confirmed_at = null, asked_at = null where id = any(:points)")
# Nobody has confirmed it while the link was good: as if it had not been given.
OVER = text("""
update contact_point set state = 'replaced', happened_at = :now
where state = 'given' and confirmed_at is null and asked_at < :too_old
""")


async def asked_by(connection: AsyncConnection, point: int, now: datetime) -> Any:
    """Who asks at an address for a confirmation, whom and in which language, whether still or done; None for no address."""
    values = {"point": point, "too_old": now - GOOD_FOR}
    return (await connection.execute(ASKED_BY, values)).one_or_none()


async def confirms(connection: AsyncConnection, point: int, now: datetime) -> bool:
    """Whoever has an address says that it is right, once: gives whether that is news.

    It is not used before the debtor was told of it where messages go today, and had the time to object. Where nobody can be
    told a person makes sure of it.
    """
    row = (await connection.execute(CONFIRM, {"point": point, "now": now, "too_old": now - GOOD_FOR})).first()
    if row is None:
        return False
    tells = (await connection.execute(TELLS, {"debtor": row.debtor_id})).one_or_none()
    if tells is None:
        return True
    if not tells.reached:
        await _ask_a_person(connection, point, row.address, tells.id, now)
        return True
    await diary.write(connection, "address_confirmed", "debtor", [(tells.id, {})], now)
    await tell(connection, [tells.id], "debtor_changed", now)
    return True


async def objects(connection: AsyncConnection, debtor: int, case: int, now: datetime, by: str = DEBTOR) -> bool:
    """Whoever `by` is does not know an address that was given and confirmed: it is not used, and a person finds out more.

    Gives whether there was one.
    """
    points = (await connection.execute(OBJECT, {"debtor": debtor, "now": now})).scalars().all()
    if points:
        await debtors.ask_for_another(connection, points[0], case, NOT_THEIRS, now)
        await diary.write(connection, "address_objected", by, [(case, {})], now)
    return bool(points)


async def use_confirmed(connection: AsyncConnection, now: datetime) -> int:
    """Addresses that were confirmed, and to which nobody objected, are those in use from now on: gives how many.

    What nobody confirmed in time is forgotten. What the debtor could not be told of within a week a person makes sure of.
    """
    await connection.execute(OVER, {"now": now, "too_old": now - GOOD_FOR})
    used = 0
    for row in (await connection.execute(CONFIRMED)).all():
        if row.told_at is not None and row.told_at + MAY_OBJECT <= now:
            debtor = await debtors.by_id(connection, row.debtor_id)
            await debtors.change(connection, debtor, debtor, [(row.channel, row.address, False)], now, BY)
            used += 1
        elif row.told_at is None and row.confirmed_at + SOON <= now:
            await connection.execute(UNCONFIRM, {"points": [row.id]})
            if row.case_id is not None:
                await _ask_a_person(connection, row.id, row.address, row.case_id, now)
    return used


async def _ask_a_person(connection: AsyncConnection, point: int, address: str, case: int, now: datetime) -> None:
    await debtors.ask_for_another(connection, point, case, TOLD_NOBODY.format(address=address), now)
