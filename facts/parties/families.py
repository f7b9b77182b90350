"""Parent and child customers: the companies of a group, a head office and its branches, and whether the parent pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Businesses alone, whatever was told before: what a private person owes is shown on nobody else's statement.
CHILDREN = text("""
select d.id, d.customer_number, d.name, (e.value ->> 'pays')::bool as pays,
  d.stop_reason is null and d.representative is null as plain
from debtor p join life_event e on e.kind = 'child of' and e.value ->> 'parent' = p.customer_number
  join debtor d on d.id = e.debtor_id and d.creditor_id = p.creditor_id
where p.id = :parent and p.kind = 'business' and d.kind = 'business' and d.id <> p.id
  and (e.since is null or e.since <= :today) and (e.until is null or e.until > :today)
  and not exists (select from life_event l where l.debtor_id = e.debtor_id and l.kind = e.kind and l.id > e.id)
order by d.name, d.id
""")


@dataclass(frozen=True, slots=True)
class Child:
    """A child of a parent: by its number of ours, and the creditor's."""

    id: int
    customer_number: str | None
    name: str
    parent_pays: bool
    plain: bool  # nothing stops it, and nobody stands in for it

    @property
    def is_paid_for(self) -> bool:
        """Whether what it owes stands on its parent's statement: not where it is insolvent, or somebody stands in for it."""
        return self.parent_pays and self.plain


async def children_of(connection: AsyncConnection, parent: int, today: date) -> Sequence[Child]:
    """The children of a debtor on a day, by name."""
    rows = (await connection.execute(CHILDREN, {"parent": parent, "today": today})).all()
    return [Child(*row) for row in rows]
