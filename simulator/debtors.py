"""The people of the cast at work: what their habits make of each message becomes clicks, payments and replies."""

import asyncio
import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from random import Random
from typing import Any

from sqlalchemy import text
from standardwebhooks import Webhook

from commands.case.dispute import Dispute
from commands.record import record
from connectors.links import Link
from domain.countries.calendar import Calendar
from domain.money.ways_to_pay import MOBILEPAY, SWISH
from domain.vocabulary import Channel
from facts.agreements import plans
from simulator.agenda import Agenda
from simulator.cast import Cast, Person
from simulator.emulators.providers import Sent
from simulator.live_view import Story
from simulator.offices.bank import Bank, Order
from simulator.offices.direct_debit_centre import DirectDebitCentre
from simulator.people import (
    DAY,
    PAYING,
    PLAN_MONTHS,
    PROMISED_DAYS,
    Behaviour,
    Intention,
    Received,
    Slip,
    on_payday,
    react,
)
from simulator.servers import PAYMENT_SECRET, Servers

AWAKE = (time(7), time(22))
MORNING = time(10)
NOTICES_WITHIN = timedelta(hours=3)  # a service that is blocked
OF_THE_MESSAGE = frozenset(  # what is done about a message once, however many invoices it is about
    {Behaviour.OPEN_EMAIL, Behaviour.MACHINE_OPEN, Behaviour.VISIT_PAGE, Behaviour.SAY_STOP, Behaviour.SAY_PAID}
)
APPS = {SWISH: "Swish", MOBILEPAY: "MobilePay"}
TO_PROVE = re.compile(r"/prove\?for=(\w+)$")
TO_PROVIDER = re.compile(r'<a class="button first" href="([^"]+)">')

OF_DELIVERY = text("""
select d.message, d.channel, b.customer_number, i.creditor_id, i.number, i.due_date, i.reference, i.account,
  dc.case_id, i.id as invoice_id, d.serial
from delivery d join debtor b on b.id = d.debtor_id
join delivery_case dc on dc.delivery_id = d.id
join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
where d.id = cast(:delivery as uuid) order by i.due_date, i.number
""")
OF_INVOICE = text("""
select i.creditor_id, i.number, i.due_date, i.reference, i.account, c.id, i.id
from invoice i join dunning_case c on c.invoice_id = i.id where i.reference = :reference
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


class Debtors:
    """Everybody in the cast, reacting to what comes through email, SMS and letter box."""

    def __init__(
        self,
        cast: Cast,
        on: Servers,
        agenda: Agenda,
        story: Story,
        *,
        bank: Bank,
        centre: DirectDebitCentre,
        seed: int,
    ) -> None:
        self._cast, self._clock, self._agenda, self._story = cast, on.clock, agenda, story
        self._database, self._links, self._planning = on.database, on.parts.links, on.parts.planning
        self._providers, self._vipps, self._web = on.providers, on.vipps, on.web
        self._stripe = on.stripe
        self._with_vipps = frozenset(each.id for each in on.creditors if "vipps" in each.payment_methods)
        self._with_stripe = frozenset(each.id for each in on.creditors if "stripe" in each.payment_methods)
        self._bank, self._centre = bank, centre
        self._calendar, self._home = on.law.calendar, cast.home
        self._webhook = Webhook(PAYMENT_SECRET)
        self._seed = seed
        self._done: defaultdict[int, set[Behaviour]] = defaultdict(set)  # by invoice
        self.pages: dict[str, str] = {}  # by invoice number, the address in the latest message
        self._given: defaultdict[str, Decimal] = defaultdict(Decimal)  # by invoice number, the money paid or ordered
        self._kids: dict[str, str] = {}  # the invoice number meant by each KID that somebody typed
        self.page_visits = 0
        self.deeds: Counter[Behaviour] = Counter()
        self.dead: set[str] = set()  # customer numbers
        self.approved_at: dict[str, float] = {}  # by invoice number, seconds of the event loop

    async def message_came(self, sent: Sent) -> None:
        """An email or SMS arrives, and the person means to do something about it."""
        if sent.to in self._providers.bad_addresses or sent.to in self._providers.opted_out:
            return
        message = await self._read_delivery(sent.delivery_id, sent)
        self._tell(message, sent.channel, f"{message.message} to {_of(message)}")
        self._react(message)

    def meant_by(self, kid: str) -> str | None:
        """The number of the invoice that was meant with a KID that somebody typed last."""
        return self._kids.get(kid)

    @property
    def given(self) -> Mapping[str, Decimal]:
        """What people have paid for each invoice, by its number, however they wrote it; not what is on its way."""
        arrived = dict(self._given)
        for kid, number in self._kids.items():
            arrived[number] -= self._bank.on_its_way(kid)
        return arrived

    def service_blocked(self, number: str, customer_number: str) -> None:
        """Somebody's service stands still: who needs it notices soon, and pays."""
        person = self._cast.person(customer_number)

        async def pay() -> None:
            invoice = next(invoice for invoice in self._cast.invoices if invoice.number == number)
            async with self._database.transaction() as connection:
                found = (await connection.execute(OF_INVOICE, {"reference": invoice.reference})).one()
            message = InHand(person, "service blocked", Channel.EMAIL, [Owed(*found)])
            self._tell(message, "person", f"{_of(message)} notices that nothing works")
            await self._do(message, Intention(timedelta(), person.habit.pays_by))

        if person.habit.needs_service:
            self._agenda.plan(
                _awake(self._calendar, self._clock.moment + NOTICES_WITHIN, person.habit.pays_by), pay, number
            )

    async def bank_shows(self, number: str) -> None:
        """An invoice has come into a person's online bank: nobody sent it by us, and what is done about it is done there."""
        invoice = self._cast.invoice(number)
        async with self._database.transaction() as connection:
            found = (await connection.execute(OF_INVOICE, {"reference": invoice.reference})).one()
        person = self._cast.person(invoice.debtor.customer_number or "")
        self._react(InHand(person, "invoice", Channel.EMAIL, [Owed(*found)]))

    async def letter_came(self, delivery: str) -> None:
        """A letter lies in the letter box."""
        self._react(await self._read_delivery(delivery, None))

    async def letter(self, delivery: str) -> InHand:
        """A letter as it is posted."""
        return await self._read_delivery(delivery, None)

    async def _read_delivery(self, delivery: str, sent: Sent | None) -> InHand:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(OF_DELIVERY, {"delivery": delivery})).all()
        first = rows[0]
        invoices = [
            Owed(r.creditor_id, r.number, r.due_date, r.reference, r.account, r.case_id, r.invoice_id) for r in rows
        ]
        person = self._cast.person(first.customer_number)
        if sent is not None:
            self._keep_pages(sent, {row.invoice_id: row.number for row in rows})
        elif first.channel == Channel.LETTER:  # its code leads there
            page = self._links.url(Link(first.invoice_id, first.serial), self._today())
            self.pages |= {row.number: page for row in rows}
        return InHand(person, first.message, Channel(first.channel), invoices, sent)

    def _today(self) -> date:
        return self._calendar.local_date(self._clock.now())

    def _tell(self, message: InHand, where: str, what: str) -> None:
        self._story.tell(self._clock.now(), where, what, *(owed.number for owed in message.invoices))

    def _keep_pages(self, sent: Sent, numbers: Mapping[int, str]) -> None:
        """Keep the addresses of the invoice pages in a message, and not those of what stands behind one."""
        for page in {link.partition("#")[0] for link in sent.links}:
            before, _, token = page.rpartition("/")
            if not before.endswith("/i"):
                continue
            invoice = self._links.read(token, self._today()).invoice
            if invoice in numbers:
                self.pages[numbers[invoice]] = page

    def _react(self, message: InHand) -> None:
        now = self._clock.moment
        for owed in message.invoices:
            due = self._calendar.at(owed.due_date, time(12))
            received = Received(message.message, message.channel, due - now, frozenset(self._done[owed.invoice]))
            fate = self._cast.fate(owed.number)
            chance = Random(f"{self._seed}/{message.message}/{message.channel}/{fate}")  # whatever else comes first
            for intention in react(self._cast.habit(owed.number), received, chance):
                if intention.deed not in OF_THE_MESSAGE:
                    about = replace(message, invoices=[owed])
                elif owed is message.invoices[0]:
                    about = message
                else:
                    continue
                self._agenda.plan(_moment(self._calendar, now, intention, chance), self._doing(about, intention), fate)

    def _doing(self, message: InHand, intention: Intention) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            if message.person.debtor.customer_number not in self.dead:
                await self._do(message, intention)

        return do

    async def _do(self, message: InHand, intention: Intention) -> None:
        deed, sent, done = intention.deed, message.sent, True
        match deed:
            case Behaviour.OPEN_EMAIL | Behaviour.MACHINE_OPEN if sent:
                await self._providers.emit_email_events(
                    sent, "open" if deed is Behaviour.OPEN_EMAIL else "machine_open"
                )
            case Behaviour.VISIT_PAGE if sent:
                done = await self._visit(sent)
            case Behaviour.PAY_ON_PAGE | Behaviour.PAY_AT_BANK:
                done = any([await self._pay(message, owed, deed, intention.share) for owed in message.invoices])
            case Behaviour.GIVE_UP_PAYING:
                for owed in message.invoices:
                    await self._pay_with_vipps(owed, "abort")
            case Behaviour.ASK_DIRECT_DEBIT | Behaviour.PROMISE | Behaviour.AGREE_PLAN:
                done = any([await self._arrange(message.person, owed, deed) for owed in message.invoices])
            case Behaviour.SAY_STOP:
                await self._providers.inbound_sms(message.person.phone, "STOP")
            case Behaviour.SAY_PAID:
                await self._providers.inbound_sms(message.person.phone, self._home.said.paid)
            case Behaviour.DISPUTE:
                for owed in message.invoices:
                    await self._dispute(owed)
            case _:
                done = False
        if done:
            self.deeds[deed] += 1
            for owed in message.invoices:
                self._done[owed.invoice].add(deed)
            if deed not in (Behaviour.OPEN_EMAIL, Behaviour.MACHINE_OPEN, *PAYING):
                self._tell(message, "person", f"{_of(message)} {deed.value}")

    async def _visit(self, sent: Sent) -> bool:
        """Follow the message's link to the real page and read on: a touch, which its script tells.

        Gives whether there was anything to read: a link that reached somebody else shows nothing any more.
        """
        link = next(iter(sent.links), None)
        if link is None:
            raise LookupError(f"the {sent.channel} {sent.delivery_id} has no link")
        answer = await self._web.get(link)
        answer.raise_for_status()
        seen = await self._web.post(f"{link.partition('#')[0]}/seen")
        if seen.status_code == 404:
            return False
        seen.raise_for_status()
        self.page_visits += 1
        return True

    async def _pay(self, message: InHand, owed: Owed, deed: Behaviour, share: Decimal) -> bool:
        """Pay what is owed and not on its way, told before others hear of it; nothing owed, nothing paid."""
        person, habit = message.person, self._cast.habit(owed.number)
        kid = owed.kid
        if habit.slip == "an older invoice's KID":
            kid = self._cast.kid_before(owed.number) or kid
        elif habit.slip:
            kid = as_typed(kid, habit.slip)
        async with self._database.transaction() as connection:
            balance: Decimal = (await connection.execute(OWED, {"invoice": owed.invoice})).scalar_one()
        amount = ((balance - self._bank.on_its_way(kid)) * share).quantize(Decimal("0.01"))
        if amount <= 0:
            return False
        app = self._home.app if deed is Behaviour.PAY_ON_PAGE and owed.creditor in self._with_stripe else ""
        what = f"{deed.value} with {APPS[app]}" if app else deed.value
        self._story.tell(self._clock.now(), "person", f"{_reader(message)} ({owed.number}) {what}", owed.number)
        if deed is Behaviour.PAY_AT_BANK:
            order = Order(owed.account, kid, amount + self._home.amount(habit.pays_over), person.account)
            self.order(order, owed.number)
            if habit.pays_twice:
                self._agenda.plan(self._clock.moment + DAY, self._again(order, owed.number), owed.number)
        elif owed.creditor in self._with_vipps and owed.number in self.pages:
            self._given[owed.number] += await self._pay_with_vipps(owed, "approve")
        elif owed.creditor in self._with_stripe and self._home.app and owed.number in self.pages:
            self._given[owed.number] += await self._pay_with_stripe(owed)
        else:
            await self._pay_on_page(owed, amount)
        return True

    def _again(self, order: Order, number: str) -> Callable[[], Awaitable[None]]:
        async def pay() -> None:
            self.order(order, number)

        return pay

    def order(self, order: Order, number: str) -> None:
        """Order a payment in the bank, meant for the invoice of this number."""
        self._kids[order.kid] = number
        self._given[number] += order.amount
        self._bank.order(order)

    async def _pay_with_vipps(self, owed: Owed, answer: str) -> Decimal:
        """Press the button on the page, answer in the app and come back to the page; gives what was asked for."""
        page = self.pages[owed.number]
        pressed = await self._web.post(f"{page}/pay/vipps")
        on_the_way = await self._web.get(pressed.headers["location"])
        to_vipps = TO_PROVIDER.search(on_the_way.text)
        if to_vipps is None:
            raise LookupError(f"the page of {owed.number} does not lead to Vipps: {on_the_way.status_code}")
        reference = to_vipps[1].rpartition("/")[2]
        self.approved_at[owed.number] = asyncio.get_running_loop().time()
        answered = await self._web.post(to_vipps[1], data={"answer": answer})
        await self._vipps.drain()
        (await self._web.get(answered.headers["location"])).raise_for_status()
        return Decimal(self._vipps.payments[reference].value) / 100

    async def _pay_with_stripe(self, owed: Owed) -> Decimal:
        """Press the button of the country's app, pay on Stripe's page and come back; gives what was asked for."""
        pressed = await self._web.post(f"{self.pages[owed.number]}/pay/stripe", data={"way": self._home.app})
        on_the_way = await self._web.get(pressed.headers["location"])
        to_stripe = TO_PROVIDER.search(on_the_way.text)
        if to_stripe is None:
            raise LookupError(f"the page of {owed.number} does not lead to Stripe: {on_the_way.status_code}")
        session = self._stripe.sessions[to_stripe[1].rpartition("/")[2]]
        self.approved_at[owed.number] = asyncio.get_running_loop().time()
        answered = await self._web.post(to_stripe[1], data={"answer": "pay"})
        await self._stripe.drain()
        (await self._web.get(answered.headers["location"])).raise_for_status()
        return session.paid.amount

    async def _arrange(self, person: Person, owed: Owed, deed: Behaviour) -> bool:
        """Use a form of the page, and give whether it took it.

        Who agrees on a plan means to pay its instalments, each on the day before it is due.
        """
        page = self.pages.get(owed.number)
        if page is None:
            return False
        if deed is Behaviour.ASK_DIRECT_DEBIT:
            await self._prove(person, f"{page}/direct-debit")
            if taken := await self._fill_in(f"{page}/direct-debit", self._cast.home.wants_direct_debit):
                self._centre.sign(owed.account, owed.kid)
            return taken
        if deed is Behaviour.PROMISE:
            day = self._today() + timedelta(days=PROMISED_DAYS)
            return await self._fill_in(f"{page}/promise", {"pay_by": day.isoformat()})
        if not await self._fill_in(f"{page}/plan/agree", {"choice": str(PLAN_MONTHS), "once": owed.number}):
            return False
        async with self._database.transaction() as connection:
            agreed = await plans.plan_of(connection, owed.case)
        if agreed is None:
            raise LookupError(f"{owed.number} has no plan, though one was agreed")
        for instalment in agreed.instalments if self._cast.habit(owed.number).keeps_word else ():
            day_before = self._calendar.at(instalment.due_on - timedelta(days=1), MORNING)
            pay = self._instalment(person, owed, agreed.reference, instalment.amount)
            self._agenda.plan(day_before, pay, self._cast.fate(owed.number))
        return True

    async def _prove(self, person: Person, form: str) -> None:
        """Show with BankID who somebody is, where a form of the page asks for more than the link."""
        answer = await self._web.get(form)
        asks = TO_PROVE.search(answer.headers.get("location", ""))
        if asks is None:
            return
        begun = await self._web.post(f"{form.rpartition('/')[0]}/prove/bankid", data={"for": asks[1]})
        to_bankid = TO_PROVIDER.search((await self._web.get(begun.headers["location"])).text)
        if to_bankid is None:
            raise LookupError(f"the page of {form} does not lead to BankID")
        shown = await self._web.post(unescape(to_bankid[1]), data={"name": person.name})
        await self._web.get(shown.headers["location"])

    async def _fill_in(self, form: str, fields: Mapping[str, str]) -> bool:
        """Send a form; where the page does not take it (what is asked for is not offered), nothing was done."""
        answer = await self._web.post(form, data=dict(fields))
        return answer.status_code == 303 and "problem" not in answer.headers["location"]

    def _instalment(self, person: Person, owed: Owed, kid: str, amount: Decimal) -> Callable[[], Awaitable[None]]:
        async def pay() -> None:
            self.order(Order(owed.account, kid, amount, person.account), owed.number)
            what = f"{person.name} ({owed.number}) pays an instalment"
            self._story.tell(self._clock.now(), "person", what, owed.number)

        return pay

    async def _pay_on_page(self, owed: Owed, amount: Decimal) -> None:
        told = {"payment_id": f"page-{uuid.uuid4()}", "amount": str(amount), "booked_on": str(self._today())}
        await self.told_paid(owed.creditor, owed.number, "received", told | {"reference": owed.kid})

    async def told_paid(self, creditor: str, number: str, kind: str, told: Mapping[str, Any]) -> None:
        """A payment source tells a creditor that a payment meant for an invoice was `received` or `reversed`, as a webhook."""
        body = json.dumps(
            {
                "type": f"payment.{kind}",
                "timestamp": self._clock.now().isoformat(),
                "data": {"creditor": creditor, "currency": self._home.currency} | dict(told),
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
        amount = Decimal(told["amount"])
        self._given[number] += -amount if kind == "reversed" else amount

    async def _dispute(self, owed: Owed) -> None:
        command, now = Dispute(by="customer-service", reason_code="disagrees"), self._clock.now()
        async with self._database.transaction() as connection:
            await record(connection, self._planning, owed.case, command, f"dispute-{uuid.uuid4()}", now)


def as_typed(kid: str, slip: Slip | None) -> str:
    """A KID as it is typed in the bank: well, one digit wrong at its beginning, or with the neighbour's number."""
    if slip == "one digit wrong":
        return f"{kid[:2]}{(int(kid[2]) + 7) % 10}{kid[3:]}"
    return f"{int(kid[:-1]) + 1}{kid[-1]}" if slip else kid


def _of(message: InHand) -> str:
    """Who has a message, and about which invoices."""
    numbers = ", ".join(owed.number for owed in message.invoices)
    return f"{_reader(message)} ({numbers})"


def _reader(message: InHand) -> str:
    """The debtor, or the address of somebody else that it went to."""
    person, sent = message.person, message.sent
    return person.name if sent is None or sent.to in (person.email, person.phone) else sent.to


def _moment(calendar: Calendar, now: datetime, intention: Intention, chance: Random) -> datetime:
    """When somebody does what was meant at a moment: by day, and what can wait for a payday on one."""
    moment = now + intention.after
    if intention.until is not None:
        first, last = calendar.local_date(moment), calendar.local_date(now + intention.until)
        if first < (day := on_payday(first, last)):
            moment = calendar.at(day, AWAKE[0]) + timedelta(minutes=chance.uniform(0, 600))
    return _awake(calendar, moment, intention.deed)


def _awake(calendar: Calendar, moment: datetime, deed: Behaviour) -> datetime:
    """People do nothing at night; machines do."""
    here = calendar.here(moment)
    local = here.local
    if deed is Behaviour.MACHINE_OPEN or AWAKE[0] <= local.time() < AWAKE[1]:
        return moment
    day = here.day if local.time() < AWAKE[0] else here.day + timedelta(days=1)
    minutes = (local.hour * 7 + local.minute) % 120  # not everybody at seven sharp
    return calendar.at(day, AWAKE[0]) + timedelta(minutes=minutes)
