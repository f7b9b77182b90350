"""A store of facts on a real PostgreSQL, emptied before each test, with Acme Kraft and Beta Nett as creditors."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from commands.record import record
from commands.registry import COMMANDS
from config.files import read_laws, read_policies
from domain.money.charges import Charge, ChargeKind
from domain.planner.demand import CaseDemand
from domain.planner.notices import asked_of
from domain.vocabulary import Channel
from facts.cases.load import OpenCase, load_case
from facts.database import Database
from facts.deliveries import deliveries, provider_events
from facts.deliveries.deliveries import NewDelivery, Served
from facts.deliveries.provider_events import ProviderEvent
from facts.invoices.intake import Intake
from facts.money import payments
from facts.money.payments import Booked, Payment
from facts.parties.creditors import register
from planning.service import Planning
from tests.begin import turn
from tests.world import EMPTY, creditor, fresh_database, invoice

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
TODAY = NOW.date()
LAWS = read_laws()
POLICIES = read_policies(LAWS, TODAY)
PLANNING = Planning(LAWS, policies=lambda _today: POLICIES)


@dataclass
class Store:
    """The facts, and short ways to put something into them."""

    database: Database
    intake: Intake

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(query), values)).all())

    async def one(self, query: str, **values: Any) -> Any:
        """The one value that a query finds."""
        ((value,),) = await self.rows(query, **values)
        return value

    async def do(self, statement: str, **values: Any) -> None:
        """Run a statement."""
        async with self.database.transaction() as connection:
            await connection.execute(text(statement), values)

    async def known(
        self, kind: str, value: str | None = None, *, since: date | None = None, until: date | None = None
    ) -> None:
        """Something becomes known of every debtor's life."""
        await self.do(
            """insert into life_event (debtor_id, kind, since, until, value, by, happened_at)
            select id, :kind, :since, cast(:until as date), to_jsonb(cast(:value as text)), 'anne', :now from debtor""",
            kind=kind,
            value=value,
            since=since,
            until=until,
            now=NOW,
        )

    async def invoice(self, number: str = "1001", **changes: Any) -> int:
        """Import an invoice; gives its case."""
        async with self.database.transaction() as connection:
            imported = await self.intake.invoice(connection, invoice(number, **changes), NOW)
        assert imported.case_id is not None
        return imported.case_id

    async def pay(self, source_id: str = "p1", **changes: Any) -> Booked:
        """Book a payment of invoice 1001, in full unless told otherwise."""
        values: dict[str, Any] = {
            "creditor": "acme",
            "source": "bank",
            "source_id": source_id,
            "amount": Decimal("802.00"),
            "currency": "NOK",
            "booked_on": TODAY,
            "reference": "006402710013",
        }
        async with self.database.transaction() as connection:
            return await payments.book(connection, Payment(**(values | changes)), NOW)

    async def command(self, case: int, name: str, *, id: str | None = None, **changes: Any) -> int:
        """Record a command; gives the number of its news."""
        command = COMMANDS[name].model_validate({"by": "ola", "reason_code": "test"} | changes)
        async with self.database.transaction() as connection:
            return (await record(connection, PLANNING, case, command, id or str(uuid4()), NOW)).news

    async def load(self, case: int, now: datetime = NOW) -> OpenCase:
        """A case as the planner gets it."""
        async with self.database.transaction() as connection:
            return await load_case(connection, case, now)

    async def claim(
        self,
        case: int,
        step: str = "reminder",
        channel: Channel = Channel.EMAIL,
        *,
        fee: str = "0",
        deadline: date | None = None,
        alert: bool = False,
        at: datetime = NOW,
    ) -> UUID:
        """Claim a delivery for a case."""
        delivery = uuid4()
        loaded = await self.load(case)
        points = "select id from contact_point where debtor_id = :debtor and channel = :channel and state = 'valid'"
        found = await self.rows(points, debtor=loaded.debtor_id, channel=channel)
        new = NewDelivery(
            id=delivery,
            serial=await self.one("select nextval('delivery_serial')"),
            channel=channel,
            message="reminder",
            tone="kind",
            alert=alert,
            contact_point=found[0].id if found else None,
            document={},
            pdf=None,
            fee=Decimal(fee),
            currency="NOK",
            deadline=deadline,
            shadow=False,
        )
        asks = CaseDemand(
            asked_of(loaded.facts, new.fee),
            loaded.facts.due_date,
            Charge(ChargeKind.FEE, new.fee, at.date()) if new.fee else None,
        )
        async with self.database.transaction() as connection:
            await deliveries.claim(connection, new, [Served(loaded, step, asks)], at, again=False)
        return delivery

    async def accept(self, delivery: UUID, at: datetime = NOW) -> None:
        """The provider has the delivery."""
        async with self.database.transaction() as connection:
            await deliveries.accepted(connection, delivery, at, at.date(), provider_id="x", cost=Decimal(0))

    async def fail(self, delivery: UUID, contact: str | None = "bounced") -> bool:
        """The delivery did not arrive."""
        async with self.database.transaction() as connection:
            return await deliveries.failed(connection, delivery, NOW, "no such address", contact=contact)

    async def event(self, delivery: UUID, kind: str, event_id: str | None = None, at: datetime = NOW) -> bool:
        """A provider tells of the delivery."""
        told = ProviderEvent("sendgrid", event_id or str(uuid4()), delivery, kind, at, contact=CONTACT.get(kind))
        async with self.database.transaction() as connection:
            return await provider_events.record(connection, told, NOW)

    async def balance(self, number: str = "1001") -> Decimal:
        """What is owed on an invoice."""
        owed: Decimal = await self.one(
            "select sum(l.amount) from ledger_entry l join invoice i on i.id = l.invoice_id where i.number = :number",
            number=number,
        )
        return owed

    async def news(self, case: int) -> list[str]:
        """The signals on their way to a case, oldest first."""
        return [
            row.signal
            for row in await self.rows("select signal from outbox where case_id = :case order by id", case=case)
        ]


CONTACT = {"failed": "bounced", "opted out": "opted out"}


@pytest.fixture(scope="session")
def facts_url(postgres_url: str) -> str:
    """The URL of a migrated database."""
    return fresh_database(postgres_url, "facts")


@pytest_asyncio.fixture(scope="session")
async def facts_database(facts_url: str) -> AsyncIterator[Database]:
    """A database of facts, with connections that last as long as the session."""
    database = Database(facts_url)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def store(facts_database: Database) -> Store:
    """Empty facts but for two creditors."""
    store = Store(facts_database, Intake(POLICIES, LAWS))
    await store.do(EMPTY)
    await turn(facts_database, NOW)
    async with facts_database.transaction() as connection:
        await register(connection, creditor(), NOW)
        beta = creditor(id="beta", name="Beta Nett AS", organisation_number="974760673", accounts=("98765432100",))
        await register(connection, beta, NOW)
    return store
