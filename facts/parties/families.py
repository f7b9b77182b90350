"""Parent and child customers: the companies of a group, a head office and its branches; what a parent does for a child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment
from domain.parties.families import Families
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.standing import standing_of
from domain.parties.who_may_change import Source
from facts.parties import life_events

# The events `e` that say whose child somebody is today.
_HOLDS = """(e.since is null or e.since <= :today) and (e.until is null or e.until > :today) and e.value is not null
  and (select true from (select kind from life_event where debtor_id = e.debtor_id and id > e.id offset 0) l
    where l.kind = e.kind limit 1) is null"""
# Businesses alone, whatever was told before: what a private person owes is shown on nobody else's statement.
CHILDREN = text(f"""
select d.id, d.customer_number, d.name, (e.value ->> 'pays')::bool as pays,
  coalesce((e.value ->> 'written_to')::bool, false) as written_to, d.stop_reason is null and d.representative is null as plain
from debtor p join life_event e on e.kind = 'child of' and e.value ->> 'parent' = p.customer_number
  join debtor d on d.id = e.debtor_id and d.creditor_id = p.creditor_id
where p.id = :parent and p.kind = 'business' and d.kind = 'business' and d.id <> p.id and {_HOLDS}
order by d.name, d.id
""")
FAMILIES = text(f"""
select d.customer_number as child, e.value ->> 'parent' as parent from life_event e join debtor d on d.id = e.debtor_id
where e.kind = 'child of' and e.value ->> 'parent' = any(cast(:numbers as text[])) and d.creditor_id = :creditor and {_HOLDS}
union
select d.customer_number, e.value ->> 'parent'
from debtor d cross join lateral (select * from life_event where debtor_id = d.id offset 0) e
where e.kind = 'child of' and d.creditor_id = :creditor and d.customer_number = any(cast(:numbers as text[])) and {_HOLDS}
""")
PEOPLE = text("""
select customer_number from debtor where creditor_id = :creditor and customer_number = any(cast(:numbers as text[]))
group by customer_number having bool_and(kind <> 'business')
""")


@dataclass(frozen=True, slots=True)
class Child:
    """A child of a parent: by its number of ours, and the creditor's."""

    id: int
    customer_number: str | None
    name: str
    parent_pays: bool
    parent_written_to: bool
    plain: bool  # nothing stops it, and nobody stands in for it

    @property
    def is_paid_for(self) -> bool:
        """Whether what it owes stands on its parent's statement: not where it is insolvent, or somebody stands in for it."""
        return self.parent_pays and self.plain

    @property
    def is_reached_through_parent(self) -> bool:
        """Whether what is about it goes to its parent, likewise."""
        return self.parent_written_to and self.plain


async def children_of(connection: AsyncConnection, parent: int, today: date) -> Sequence[Child]:
    """The children of a debtor on a day, by name."""
    rows = (await connection.execute(CHILDREN, {"parent": parent, "today": today})).all()
    return [Child(*row) for row in rows]


async def families_of(connection: AsyncConnection, creditor: str, numbers: Sequence[str], today: date) -> Families:
    """What is known on a day of the families of a creditor's customers with these numbers."""
    values = {"creditor": creditor, "numbers": list(numbers), "today": today}
    known = (await connection.execute(FAMILIES, values)).all()
    people = (await connection.execute(PEOPLE, values)).scalars().all()
    return Families({row.child: row.parent for row in known}, set(people))


async def told_by_data(connection: AsyncConnection, debtor: int, value: dict[str, Any], now: Moment) -> bool:
    """A billing system says whose child a debtor is, who is locked: gives whether that is news. A person's word stands."""
    events = await life_events.told(connection, debtor)
    told = [event for event in events if event.kind is LifeKind.CHILD_OF]
    if (told and told[-1].reason_code is not None) or standing_of(events, now.day).value(LifeKind.CHILD_OF) == value:
        return False
    said = LifeEvent(LifeKind.CHILD_OF, now.day, None, value, Source.IMPORT.value, None, None, now.at)
    await life_events.tell(connection, debtor, [said], now)
    return True
