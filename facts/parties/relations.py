"""Customer relations: what creditors told of their customers, kept once each and never changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.amount import Money
from domain.parties.relations import RelationEvent, RelationKind, lost_customer_cost, relations_on
from facts.refusals import Conflict

if TYPE_CHECKING:  # whoever only asks what is at stake waits for no reader of what comes in
    from domain.parties.incoming_relation import IncomingRelation

FIELDS = "told_id, kind, day, product, monthly_margin, currency, contract_end, payment_method, reason"
RECORD = text(f"""
insert into customer_relation (creditor_id, customer_number, {FIELDS}, happened_at)
values (:creditor, :customer_number, :id, :kind, :on, :product, :monthly_margin, :currency, :contract_end, :payment_method,
  :reason, :now)
on conflict (creditor_id, told_id) do nothing returning id
""")
BEFORE = text(f"""
select customer_number, {FIELDS} from customer_relation where creditor_id = :creditor and told_id = :id
""")
TOLD = text(f"""
select customer_number, {FIELDS} from customer_relation
where creditor_id = :creditor and customer_number = any(:numbers) order by id
""")
TOLD_UNTIL = text(f"""
select customer_number, {FIELDS} from customer_relation where creditor_id = :creditor and happened_at < :until order by id
""")
OF_CASE = text(
    f"""
select d.country, {FIELDS} from dunning_case c join debtor d on d.id = c.debtor_id
join customer_relation r on r.creditor_id = d.creditor_id and r.customer_number = d.customer_number
where c.id = :case order by r.id
""".replace(FIELDS, ", ".join(f"r.{name}" for name in FIELDS.split(", ")))
)


async def record(
    connection: AsyncConnection, creditor: str, given: "IncomingRelation", now: datetime
) -> Literal["new", "known"]:
    """Keep an event of a creditor's customer, once. Raises Conflict where its id came before with other content."""
    event = given.event
    values = {"creditor": creditor, "customer_number": given.customer_number, "now": now} | event._asdict()
    if (await connection.execute(RECORD, values)).scalar_one_or_none() is not None:
        return "new"
    before = (await connection.execute(BEFORE, {"creditor": creditor, "id": event.id})).one()
    if before.customer_number != given.customer_number or _event(*before[1:]) != event:
        raise Conflict(f"event {event.id} came before with other content: what changed since is another event")
    return "known"


async def told(
    connection: AsyncConnection, creditor: str, customer_numbers: Sequence[str]
) -> dict[str, list[RelationEvent]]:
    """All that a creditor told of these customers, by their numbers; of each in the order in which it came."""
    events: dict[str, list[RelationEvent]] = {number: [] for number in customer_numbers}
    for number, *event in await connection.execute(TOLD, {"creditor": creditor, "numbers": list(customer_numbers)}):
        events[number].append(_event(*event))
    return events


async def told_until(connection: AsyncConnection, creditor: str, until: datetime) -> dict[str, list[RelationEvent]]:
    """All that a creditor had told of its customers before a moment, by their numbers, in the order in which it came."""
    events: dict[str, list[RelationEvent]] = defaultdict(list)
    for number, *event in await connection.execute(TOLD_UNTIL, {"creditor": creditor, "until": until}):
        events[number].append(_event(*event))
    return events


async def of_case(connection: AsyncConnection, case: int) -> list[RelationEvent]:
    """All that the creditor of a case told of its customer, in the order in which it came."""
    return [_event(*row[1:]) for row in (await connection.execute(OF_CASE, {"case": case})).all()]


async def at_stake(connection: AsyncConnection, case: int, now: datetime) -> list[Money]:
    """What the creditor of a case stands to lose if its customer leaves, in each currency; nothing where it is not known."""
    rows = (await connection.execute(OF_CASE, {"case": case})).all()
    if not rows:
        return []
    today = moment_in(rows[0].country, now).day
    return lost_customer_cost(relations_on([_event(*row[1:]) for row in rows], today), today)


def _event(id: str, kind: str, *rest: object) -> RelationEvent:
    return RelationEvent(id, RelationKind(kind), *rest)  # type: ignore[arg-type]  # the columns are in its order
