"""The people of the cast at work: what their habits make of each message becomes clicks, payments and replies."""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text
from standardwebhooks import Webhook

from domain.policy import Channel
from facts.commands import Command, record_command
from facts.database import Database
from simulator.agenda import Agenda
from simulator.bank import Bank, Order
from simulator.cast import Cast, Person
from simulator.live_view import Story
from simulator.people import Deed, Intention, Received, react
from simulator.providers import Providers, Sent
from simulator.world_clock import WorldClock

OSLO = ZoneInfo("Europe/Oslo")
AWAKE = (time(7), time(22))

OF_DELIVERY = text("""
select d.message, d.channel, b.customer_number, i.creditor_id, i.number, i.due_date, i.reference, i.account,
  dc.case_id, i.id as invoice_id
from delivery d join debtor b on b.id = d.debtor_id
join delivery_case dc on dc.delivery_id = d.id
join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
where d.id = cast(:delivery as uuid) order by i.due_date, i.number
""")
OWED = text("select coalesce(sum(amount), 0) from ledger_entry where invoice_id = :invoice")


@dataclass(frozen=True, slots=True)
class Owed:
    """One invoice as the message that asks for it shows it."""

    creditor: str
    number: str
    due_date: date
    kid: str
    account: str
    case: int
    invoice: int


@dataclass(frozen=True, slots=True)
class InHand:
    """A message in a person's hand."""

    person: Person
    message: str
    channel: Channel
    invoices: Sequence[Owed]
    sent: Sent | None = None  # None for a letter


class Crowd:
    """Everybody in the cast, reacting to what comes through email, SMS and letter box."""

    def __init__(
        self,
        cast: Cast,
        clock: WorldClock,
        agenda: Agenda,
        story: Story,
        *,
        database: Database,
        providers: Providers,
        bank: Bank,
        web: httpx.AsyncClient,
        payment_secret: str,
        seed: int,
    ) -> None:
        self._cast, self._clock, self._agenda, self._story = cast, clock, agenda, story
        self._database, self._providers, self._bank, self._web = database, providers, bank, web
        self._webhook = Webhook(payment_secret)
        self._chance = Random(seed)
        self._done: defaultdict[int, set[Deed]] = defaultdict(set)  # by invoice
        self.page_visits = 0
        self.deeds: Counter[Deed] = Counter()

    async def message_came(self, sent: Sent) -> None:
        """An email or SMS arrives, and the person means to do something about it."""
        if sent.to in self._providers.bad_addresses or sent.to in self._providers.opted_out:
            return
        message = await self._read_delivery(sent.delivery_id, sent)
        self._story.tell(self._clock.now(), sent.channel, f"{message.message} to {_of(message)}")
        self._react(message)

    async def letter_came(self, delivery: str) -> None:
        """A letter lies in the letter box."""
        self._react(await self._read_delivery(delivery, None))

    async def addressee(self, delivery: str) -> Person:
        """Whom a letter is for."""
        return (await self._read_delivery(delivery, None)).person

    async def _read_delivery(self, delivery: str, sent: Sent | None) -> InHand:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(OF_DELIVERY, {"delivery": delivery})).all()
        first = rows[0]
        invoices = [
            Owed(r.creditor_id, r.number, r.due_date, r.reference, r.account, r.case_id, r.invoice_id) for r in rows
        ]
        person = self._cast.person(first.customer_number)
        return InHand(person, first.message, Channel(first.channel), invoices, sent)

    def _react(self, message: InHand) -> None:
        now = self._clock.now()
        due = datetime.combine(message.invoices[0].due_date, time(12), OSLO)
        answered = frozenset.intersection(*(frozenset(self._done[owed.invoice]) for owed in message.invoices))
        received = Received(message.message, message.channel, due - now, answered)
        for intention in react(message.person.habit, received, self._chance):
            self._agenda.plan(_awake(now + intention.after, intention.deed), self._doing(message, intention))

    def _doing(self, message: InHand, intention: Intention) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            await self._do(message, intention)

        return do

    async def _do(self, message: InHand, intention: Intention) -> None:
        deed, sent, done = intention.deed, message.sent, True
        match deed:
            case Deed.OPEN_EMAIL | Deed.MACHINE_OPEN if sent:
                await self._providers.emit_email_events(sent, "open" if deed is Deed.OPEN_EMAIL else "machine_open")
            case Deed.VISIT_PAGE if sent:
                await self._visit(sent)
            case Deed.PAY_ON_PAGE | Deed.PAY_AT_BANK:
                done = any([await self._pay(owed, deed, intention.share) for owed in message.invoices])
            case Deed.SAY_STOP:
                await self._providers.inbound_sms(message.person.phone, "STOP")
            case Deed.SAY_PAID:
                await self._providers.inbound_sms(message.person.phone, "Hei, denne er betalt i dag. Mvh")
            case Deed.DISPUTE:
                for owed in message.invoices:
                    await self._dispute(owed)
            case _:
                done = False
        if done:
            self.deeds[deed] += 1
            for owed in message.invoices:
                self._done[owed.invoice].add(deed)
            if deed not in (Deed.OPEN_EMAIL, Deed.MACHINE_OPEN):
                self._story.tell(self._clock.now(), "person", f"{_of(message)} {deed.value}")

    async def _visit(self, sent: Sent) -> None:
        """Follow the message's link to the real page; mail tracking tells of the click as well."""
        link = next(iter(sent.links), None)
        if link is None:
            raise LookupError(f"the {sent.channel} {sent.delivery_id} has no link")
        if sent.channel == "email":
            await self._providers.emit_email_events(sent, "click")
        answer = await self._web.get(link)
        answer.raise_for_status()
        self.page_visits += 1

    async def _pay(self, owed: Owed, deed: Deed, share: Decimal) -> bool:
        """Pay what is owed and not on its way; nothing owed, nothing paid."""
        async with self._database.transaction() as connection:
            balance: Decimal = (await connection.execute(OWED, {"invoice": owed.invoice})).scalar_one()
        amount = ((balance - self._bank.on_its_way(owed.kid)) * share).quantize(Decimal("0.01"))
        if amount <= 0:
            return False
        if deed is Deed.PAY_AT_BANK:
            self._bank.order(Order(owed.account, owed.kid, amount))
        else:
            await self._pay_on_page(owed, amount)
        return True

    async def _pay_on_page(self, owed: Owed, amount: Decimal) -> None:
        body = json.dumps(
            {
                "type": "payment.received",
                "timestamp": self._clock.now().isoformat(),
                "data": {
                    "creditor": owed.creditor,
                    "payment_id": f"page-{uuid.uuid4()}",
                    "amount": str(amount),
                    "currency": "NOK",
                    "booked_on": str(self._clock.now().astimezone(OSLO).date()),
                    "reference": owed.kid,
                },
            }
        )
        message_id, wall = f"msg_{uuid.uuid4().hex}", datetime.now(UTC)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(wall.timestamp())),
            "webhook-signature": self._webhook.sign(message_id, wall, body),
            "content-type": "application/json",
        }
        answer = await self._web.post("/webhooks/payments", content=body, headers=headers)
        answer.raise_for_status()

    async def _dispute(self, owed: Owed) -> None:
        command = Command(id=f"dispute-{uuid.uuid4()}", name="dispute", by="customer-service", reason_code="disagrees")
        async with self._database.transaction() as connection:
            await record_command(connection, owed.case, command, self._clock.now())


def _of(message: InHand) -> str:
    numbers = ", ".join(owed.number for owed in message.invoices)
    return f"{message.person.name} ({numbers})"


def _awake(moment: datetime, deed: Deed) -> datetime:
    """People do nothing at night; machines do."""
    local = moment.astimezone(OSLO)
    if deed is Deed.MACHINE_OPEN or AWAKE[0] <= local.time() < AWAKE[1]:
        return moment
    day = local.date() if local.time() < AWAKE[0] else local.date() + timedelta(days=1)
    minutes = (local.hour * 7 + local.minute) % 120  # not everybody at seven sharp
    return datetime.combine(day, AWAKE[0], OSLO) + timedelta(minutes=minutes)
