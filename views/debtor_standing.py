"""How things stand with one debtor, for whoever asks: what is known, since when and by whom, and what that forbids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.moment import moment_in
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.standing import Says, Standing, Thing, standing_of
from facts.addresses import PAST, written_to
from facts.going_on import GOES_ON
from facts.operations.tasks import OF_AN_ADDRESS
from facts.parties import debtors, life_events
from facts.parties.families import Child, children_of
from facts.refusals import Unknown

REACHED = text(f"""
select channel, address, state, of_representative, role from contact_point
where debtor_id = :debtor and state not in {PAST}
order by of_representative, channel, id
""")
CASES = text(f"""
select i.number, c.balance, i.currency, c.next_why as why from dunning_case c join invoice i on i.id = c.invoice_id
where c.debtor_id = :debtor and {GOES_ON} order by i.due_date, i.number
""")
# Whose child the debtor is, and who gets its messages now.
FAMILY = text(f"""
select p.customer_number, p.name, w.name as written_to from debtor d join debtor w on w.id = {written_to("d")}
left join debtor p on p.creditor_id = d.creditor_id and p.customer_number = :parent and p.kind = 'business' and p.id <> d.id
where d.id = :debtor order by p.id limit 1
""")
TASKS = text(f"""
select t.id, i.number as invoice, t.kind, t.why, t.due_on from task t join dunning_case c on c.id = t.case_id
join invoice i on i.id = c.invoice_id where c.debtor_id = :debtor and t.done_at is null
  and (t.step = '' or t.kind = 'policy' or t.step like '{OF_AN_ADDRESS}%') order by t.due_on, t.id
""")


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One thing that is known of a debtor, and whether it holds today."""

    what: str
    value: Any
    since: date | None
    until: date | None
    by: str
    reason_code: str | None
    note: str | None
    told_at: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class Forbidden:
    """One thing that is not as ever: what the table says to it, why, and the law or practice behind that."""

    thing: str
    says: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class DebtorStanding:
    """All that is known of a debtor's life, and what it comes to today."""

    customer_number: str
    name: str
    written_to: str
    known: list[KnownFact]
    forbidden: list[Forbidden]
    addresses: list[dict[str, Any]]
    open_cases: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    parent: dict[str, Any] | None
    children: list[Child]


def known(events: Sequence[LifeEvent], standing: Standing) -> list[KnownFact]:
    """What became known of a debtor, and which of it holds on the day of its standing."""
    return [
        KnownFact(
            e.kind,
            e.value,
            e.since,
            e.until,
            e.by,
            e.reason_code,
            e.note,
            e.happened_at,
            standing.events.get(e.kind) is e,
        )
        for e in events
    ]


def forbidden(standing: Standing) -> list[Forbidden]:
    """All that is not as ever with a debtor."""
    return [
        Forbidden(thing, says, standing.why(thing) or "", standing.source(thing) or "")
        for thing in Thing
        if (says := standing.says(thing)) is not Says.ALLOWED
    ]


async def standing_shown(
    connection: AsyncConnection,
    creditor: str,
    customer_number: str,
    called: str | None,
    laws: Mapping[str, Law],
    now: datetime,
) -> DebtorStanding:
    """How things stand with a creditor's debtor; Unknown, and Conflict where several have the number."""
    debtor = await debtors.find(connection, creditor, customer_number, called)
    if debtor is None:
        raise Unknown(f"no debtor with customer number {customer_number}{' and that name' if called else ''}")
    today = moment_in(debtor.country, now).day
    events = await life_events.told(connection, debtor.id)
    standing = standing_of(events, today, laws.get(debtor.country))
    of = {"debtor": debtor.id}
    children = await children_of(connection, debtor.id, today)
    child_of = standing.value(LifeKind.CHILD_OF)
    family = (await connection.execute(FAMILY, of | {"parent": child_of["parent"] if child_of else None})).one()
    return DebtorStanding(
        customer_number=customer_number,
        name=debtor.name,
        written_to=standing.stands_in.value if standing.stands_in else family.written_to,
        known=known(events, standing),
        forbidden=forbidden(standing),
        addresses=[dict(row._mapping) for row in (await connection.execute(REACHED, of)).all()],
        open_cases=[dict(row._mapping) for row in (await connection.execute(CASES, of)).all()],
        tasks=[dict(row._mapping) for row in (await connection.execute(TASKS, of)).all()],
        parent=child_of and {**child_of, "name": family.name},
        children=list(children),
    )
