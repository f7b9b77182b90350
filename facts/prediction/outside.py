"""Facts from outside: what creditors told of customers and of places, kept once each and never changed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.outside_facts import Purpose
from facts.refusals import Conflict, Unknown

if TYPE_CHECKING:  # whoever only asks what is known waits for no reader of what comes in
    from domain.parties.incoming_outside_fact import IncomingOutsideFact

FIELDS = "told_id, what, number, word, customer_number, country, postcode, since, until, source, purpose"
RECORD = text(f"""
insert into outside_fact (creditor_id, {FIELDS}, by, happened_at)
values (:creditor, :id, :what, :number, :word, :customer_number, :country, :postcode, :since, :until, :source, :purpose, :by,
  :now)
on conflict (creditor_id, told_id) do nothing returning id
""")
KNOWN = text(f"select {FIELDS}, by, happened_at from outside_fact where creditor_id = :creditor and told_id = :id")
OF_CUSTOMER = text(f"""
select {FIELDS}, by, happened_at from outside_fact where creditor_id = :creditor and customer_number = :customer order by id
""")
OF_PLACES = text(f"""
select {FIELDS}, by, happened_at from outside_fact where creditor_id = :creditor and postcode is not null order by id limit :most
""")
MOST = 10_000  # of places that are listed at once


class OutsideFact(NamedTuple):
    """A fact as it was told. Either a customer's, or of a country and postcode; `until` is the first day without it."""

    id: str  # the creditor's own
    what: str
    number: Decimal | None
    word: str | None
    customer_number: str | None
    country: str | None
    postcode: str | None
    since: date
    until: date | None
    source: str
    purpose: Purpose
    by: str
    happened_at: datetime

    @property
    def said(self) -> tuple[object, ...]:
        """All but who told it, and when."""
        return self[:-2]


async def record(
    connection: AsyncConnection, creditor: str, given: "IncomingOutsideFact", now: datetime, by: str
) -> Literal["new", "known"]:
    """Keep a fact, once. Raises Conflict where its id came before with other content."""
    told = OutsideFact(**given.model_dump(), by=by, happened_at=now)
    return await _keep(connection, creditor, told)


async def end(connection: AsyncConnection, creditor: str, id: str, on: date, by: str, now: datetime) -> OutsideFact:
    """A fact does not hold from a day on: a later one says so, which is kept beside it. Gives that one.

    Raises Unknown for an id that was not told, Conflict for a day before the fact began or where it was ended otherwise.
    """
    told = await _known(connection, creditor, id)
    if told is None:
        raise Unknown(f"no outside fact {id!r} of {creditor}: `outside list` shows what there is")
    if on <= told.since:
        raise Conflict(
            f"fact {id} holds since {told.since}: end it on a later day, or tell a corrected one of that day"
        )
    ended = told._replace(id=f"{id}#ended", until=on, by=by, happened_at=now)
    await _keep(connection, creditor, ended)
    return ended


async def of_customer(connection: AsyncConnection, creditor: str, customer: str) -> list[OutsideFact]:
    """All that was told of a creditor's customer, in the order in which it came."""
    return _read(await connection.execute(OF_CUSTOMER, {"creditor": creditor, "customer": customer}))


async def of_places(connection: AsyncConnection, creditor: str) -> list[OutsideFact]:
    """What a creditor told of places, in the order in which it came; the first ten thousand."""
    return _read(await connection.execute(OF_PLACES, {"creditor": creditor, "most": MOST}))


async def _keep(connection: AsyncConnection, creditor: str, told: OutsideFact) -> Literal["new", "known"]:
    values = {"creditor": creditor, "now": told.happened_at} | told._asdict()
    if (await connection.execute(RECORD, values)).scalar_one_or_none() is not None:
        return "new"
    before = await _known(connection, creditor, told.id)
    if before is None or before.said != told.said:
        raise Conflict(
            f"fact {told.id} came before with other content: a correction is a fact of the same day with its own id"
        )
    return "known"


async def _known(connection: AsyncConnection, creditor: str, id: str) -> OutsideFact | None:
    found = _read(await connection.execute(KNOWN, {"creditor": creditor, "id": id}))
    return found[0] if found else None


def _read(rows: Iterable[Sequence[object]]) -> list[OutsideFact]:
    return [OutsideFact(*row) for row in rows]  # type: ignore[arg-type]  # the columns are in its order
