"""Facts to test with, without a workflow: a fresh database, a creditor, cases, and letters that were sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from config.files import read_laws, read_policies
from facts.cases.load import case_of
from facts.database import Database
from facts.invoices.intake import Intake
from facts.parties.creditors import register
from tests.begin import turn
from tests.world import SPRING, creditor, emptied_database, invoice

NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)  # SPRING, noon in Oslo
_serials = count(1_000_000)

DELIVERY = text("""
with given as (select cast(:channel as text) as channel, cast(:message as text) as message, cast(:fee as numeric) as fee,
    cast(:at as timestamptz) as at),
sent as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, state, attempt, document,
    fee, cost, currency, deadline, contact_point_id, claimed_at, accepted_at, batch, alert, pdf, happened_at)
  select :id, :serial, c.creditor_id, c.debtor_id, g.channel, g.message, 'neutral', 'nb', :state, 1, '{"pages": 1}',
    g.fee, 0, 'NOK', cast(:deadline as date), p.id, g.at, g.at, :batch, false, cast(:pdf as bytea), g.at
  from given g, dunning_case c left join contact_point p on p.debtor_id = c.debtor_id and p.channel = :channel
  where c.id = :case returning id)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select sent.id, c.id, c.round, :step, g.channel, g.fee > 0 from sent, given g, dunning_case c where c.id = any(:served)
""")
FEE = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, invoice_id, 'fee', 'fee', :fee, 'NOK', :on, 'delivery', :id, :at from dunning_case where id = :case
""")


@dataclass(frozen=True)
class Facts:
    """A database with facts, and short ways to add some."""

    database: Database
    intake: Intake

    async def creditor(self, name: str = "acme", **details: Any) -> None:
        """Register a creditor."""
        plain: dict[str, Any] = {"id": name, "organisation_number": None}
        async with self.database.transaction() as connection:
            await register(connection, creditor(**plain | details), NOON)

    async def case(self, number: str = "1001", owner: str = "acme", **changes: Any) -> int:
        """Import an invoice; gives its case. The news that would start it is dropped."""
        new = invoice(number, **{"creditor": owner, "reference": None} | changes)
        async with self.database.transaction() as connection:
            await self.intake.invoice(connection, new, NOON)
            found = await case_of(connection, owner, number)
            await connection.execute(text("delete from outbox"))
        assert found is not None
        return found.id

    async def delivery(self, case: int, message: str = "reminder", *also: int, **details: Any) -> UUID:
        """A delivery that was accepted, a letter at noon unless told otherwise; gives its id."""
        values: dict[str, Any] = {
            "id": uuid4(),
            "serial": next(_serials),
            "case": case,
            "served": [case, *also],
            "channel": "letter",
            "message": message,
            "step": message,
            "state": "accepted",
            "fee": 0,
            "deadline": None,
            "at": NOON,
            "batch": None,
            "pdf": None,
        }
        values |= details
        async with self.database.transaction() as connection:
            await connection.execute(DELIVERY, values)
            if values["fee"]:
                booking = {"case": case, "fee": values["fee"], "id": str(values["id"]), "at": NOON, "on": SPRING}
                await connection.execute(FEE, booking)
        return UUID(str(values["id"]))

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(query), values)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """Change a fact."""
        async with self.database.transaction() as connection:
            await connection.execute(text(statement), values)

    async def news(self) -> list[tuple[int, str]]:
        """The news on its way: (case, signal), in order; and forget it."""
        found = [(row.case_id, row.signal) for row in await self.rows("select case_id, signal from outbox order by id")]
        await self.change("delete from outbox")
        return found


@cache
def shipped_intake(on: date) -> Intake:
    """What imports invoices under the shipped rules, as they are on a day."""
    laws = read_laws()
    return Intake(read_policies(laws, on), laws)


@asynccontextmanager
async def facts_in(server_url: str, name: str) -> AsyncIterator[Facts]:
    """A migrated database of this name, with nothing in it."""
    database = Database(emptied_database(server_url, name), pool_size=3)
    await turn(database, NOON)
    yield Facts(database, shipped_intake(NOON.date()))
    await database.close()
