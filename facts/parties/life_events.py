"""Life events are kept here, never changed; the debtor's columns keep how things stand after them, for whoever reads many."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment, moment_in
from domain.money.matching.names import called, name_key
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.standing import Standing, standing_of
from facts.clock import is_live
from facts.database import to_json

TELL = text("""
insert into life_event (debtor_id, kind, since, until, value, by, reason_code, note, happened_at)
select :debtor, kind, since, until, cast(value as jsonb), by, reason_code, note, :now
from unnest(cast(:kinds as text[]), cast(:since as date[]), cast(:until as date[]), cast(:values as text[]),
    cast(:by as text[]), cast(:reason_codes as text[]), cast(:notes as text[])) with ordinality
  as e(kind, since, until, value, by, reason_code, note, n)
order by n
""")
TOLD = text("""
select kind, since, until, value, by, reason_code, note, happened_at from life_event where debtor_id = :debtor order by id
""")
# Name and address stay as an invoice first told them until an event says otherwise. Dates of birth come with invoices
# alone, which keep them in the same statement as their event.
KEEP = text("""
update debtor set stop_reason = :stop, stopped_on = :stopped_on, protected_address = :protected_address,
    representative = :representative, written_to = :written_to, language = coalesce(:language, language),
    address = coalesce(cast(:address as jsonb), address), country = coalesce(:country, country), kind = coalesce(:kind, kind),
    name = coalesce(:name, name),
    name_key = coalesce(:name_key, name_key), known_as = case
      when cast(:called as text) is null or known_as ? cast(:called as text) then known_as
      else known_as || jsonb_build_array(cast(:called as text)) end,
    happened_at = :now
where id = :debtor
""")


# A day ahead, since some debtors live ahead of UTC. What was lifted by somebody is in the columns already.
_ENDED = """
select d.id, d.country, e.until from life_event e join debtor d on d.id = e.debtor_id
where e.until >= cast(:from as date) and e.until <= cast(:to as date)
  and not exists (select from life_event l where l.debtor_id = e.debtor_id and l.kind = e.kind and l.id > e.id)
  and (e.kind = d.stop_reason or e.kind = 'protected address' and d.protected_address
    or e.kind in ('represented', 'guardian', 'estate') and d.representative = e.value #>> '{{}}'
    or e.kind = 'child of' and d.written_to is not null)
  and {whose}
order by d.id for update of d
"""
ENDED = text(_ENDED.format(whose=is_live("d.creditor_id")))
ENDED_OF = text(_ENDED.format(whose="d.creditor_id = :creditor"))
LOOKED_BACK, ONE_DAY = timedelta(days=30), timedelta(days=1)


async def told(connection: AsyncConnection, debtor: int) -> list[LifeEvent]:
    """All that became known of a debtor, oldest first."""
    rows = (await connection.execute(TOLD, {"debtor": debtor})).all()
    return [LifeEvent(LifeKind(row.kind), *row[1:]) for row in rows]


async def tell(connection: AsyncConnection, debtor: int, events: Sequence[LifeEvent], now: Moment) -> Standing:
    """Keep what became known, and how things stand after it: gives that. The debtor is locked."""
    values = {
        "debtor": debtor,
        "kinds": [event.kind for event in events],
        "since": [event.since for event in events],
        "until": [event.until for event in events],
        "values": [None if event.value is None else to_json(event.value) for event in events],
        "by": [event.by for event in events],
        "reason_codes": [event.reason_code for event in events],
        "notes": [event.note for event in events],
        "now": now.at,
    }
    await connection.execute(TELL, values)
    return await keep(connection, debtor, now)


async def keep(connection: AsyncConnection, debtor: int, now: Moment) -> Standing:
    """How things stand at a moment, kept in the columns of the debtor, who is locked; gives that."""
    standing = standing_of(await told(connection, debtor), now.day)
    await connection.execute(KEEP, {"debtor": debtor, "now": now.at} | _kept(standing))
    return standing


async def ended(
    connection: AsyncConnection, now: datetime, *, creditor: str | None = None, since: datetime | None = None
) -> list[int]:
    """The debtors of whom the columns said what has come to its end, and do not any more; locked.

    Of all live creditors; or of one, whose clock has moved on `since` then.
    """
    around = {"from": (since or now) - LOOKED_BACK, "to": now + ONE_DAY}
    which, whose = (ENDED, {}) if creditor is None else (ENDED_OF, {"creditor": creditor})
    over = []
    for debtor, country, until in (await connection.execute(which, around | whose)).all():
        moment = moment_in(country, now)
        if until <= moment.day:
            await keep(connection, debtor, moment)
            over.append(debtor)
    return over


def _kept(standing: Standing) -> dict[str, object]:
    """How things stand, as the debtor's columns have it."""
    stop, name, address = standing.stop, standing.value(LifeKind.NAMED), standing.value(LifeKind.MOVED)
    family = standing.value(LifeKind.CHILD_OF) or {}
    return {
        "stop": stop.kind if stop else None,
        "stopped_on": stop.since if stop else None,
        "protected_address": LifeKind.PROTECTED_ADDRESS in standing.events,
        "representative": standing.stands_in.value if standing.stands_in else None,
        "written_to": family["parent"] if family.get("written_to") else None,
        "language": standing.value(LifeKind.LANGUAGE),
        "address": None if address is None else to_json(address),
        "country": standing.value(LifeKind.COUNTRY),
        "kind": standing.value(LifeKind.KIND),
        "name": name,
        "name_key": name_key(name) if name else None,
        "called": called(name) if name else None,
    }
