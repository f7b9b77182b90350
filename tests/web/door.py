"""What tests of the web doors have in hand: a client, signed webhooks, and a look at the facts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text
from standardwebhooks import Webhook

from connectors.ids import CreditorIds, Kind
from connectors.links import Link, Links
from connectors.reply_addresses import ReplyAddresses
from facts import clock
from facts.database import Database
from facts.parties import id_keys
from facts.parties.creditors import issue_api_key, register
from simulator.emulators.sendgrid import WebhookKey, inbound_post
from simulator.emulators.twilio import signed
from tests.begin import BEGIN, TODAY
from tests.world import creditor

SENDGRID_KEY = WebhookKey()
TWILIO_TOKEN = "a-twilio-token"
MAIL_DOMAIN, MAIL_SECRET = "svar.purr.example", "a-secret-of-inbound-mail-with-40-characters"
SENDER = "faktura@purr.example"
LINK_SECRET = "a-link-secret-of-32-characters-and-more"
REPLY_ADDRESSES = ReplyAddresses([LINK_SECRET], MAIL_DOMAIN)
WEBHOOK_SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_bmV3ZXItc2VjcmV0LW9mLXRoZS1zb3VyY2U=")

CLAIM = text("""
with contact as (select p.id from contact_point p join invoice i on i.debtor_id = p.debtor_id
    where i.creditor_id = :creditor and i.number = :number and p.channel = :channel and p.state = 'valid'
      and p.of_representative = (cast(:addressee as text) is not null)),
sent as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt,
      contact_point_id, addressee, fee, cost, currency, claimed_at, happened_at)
  select :id, nextval('delivery_serial'), c.creditor_id, c.debtor_id, :channel, 'reminder', 'kind', 'nb', false,
      'claimed', 1, (select id from contact), :addressee, :fee, 0, 'NOK', :now, :now
  from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number
  returning id, serial)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select sent.id, c.id, 1, :step, :channel, :fee > 0 from sent, dunning_case c join invoice i on i.id = c.invoice_id
where i.creditor_id = :creditor and i.number = :number
""")


@dataclass
class Door:
    """The web app as one creditor meets it."""

    app: FastAPI
    client: httpx.AsyncClient
    database: Database
    creditor: str

    async def register(self, name: str) -> str:
        """Register a creditor and give it an API key."""
        details = creditor(id=name, organisation_number=None, accounts=(account_of(name),))
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            await register(connection, details, now)
            return await issue_api_key(connection, name, "tests", now)

    @contextmanager
    def broken(self, path: str) -> Iterator[None]:
        """While this lasts the web app has an address that fails; the app is many tests', so it goes away again."""

        async def fail() -> None:
            raise RuntimeError("Kari Nordmann")

        before = list(self.app.router.routes)
        self.app.add_api_route(path, fail, include_in_schema=False)
        try:
            yield
        finally:
            self.app.router.routes[:] = before

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the facts."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(query), values)).all())

    async def one(self, query: str, **values: Any) -> Any:
        """The only value that a query finds."""
        ((value,),) = await self.rows(query, **values)
        return value

    async def id_of(self, kind: Kind, number: int) -> str:
        """The id by which the creditor knows a thing of its own."""
        async with self.database.transaction() as connection:
            return CreditorIds(self.creditor, await id_keys.of_creditor(connection, self.creditor)).sealed(kind, number)

    async def send_invoice(self, number: str = "1001", **changes: Any) -> httpx.Response:
        """Send an invoice over the API."""
        return await self.client.post("/v1/invoices", json=invoice(number, **changes))

    async def command(self, number: str = "1001", **given: Any) -> httpx.Response:
        """Give a command over the API."""
        body = {"by": "anne", "reason_code": "asked"} | given
        return await self.client.post(f"/v1/invoices/{number}/commands", json=body)

    async def pay(self, payment: str = "p-1", **changes: Any) -> httpx.Response:
        """Send a payment over the API."""
        return await self.client.post("/v1/payments", json=paid(payment, **changes))

    async def claimed(
        self, channel: str = "email", *, number: str = "1001", fee: str = "0", addressee: str | None = None
    ) -> UUID:
        """A delivery of the invoice that is claimed and has no answer yet, to the debtor or to who stands in."""
        delivery = uuid4()
        values = {
            "id": delivery,
            "creditor": self.creditor,
            "number": number,
            "channel": channel,
            "addressee": addressee,
            "fee": Decimal(fee),
            "step": f"instalment-due#{delivery.hex[:6]}",
            "now": BEGIN,
        }
        async with self.database.transaction() as connection:
            await connection.execute(CLAIM, values)
        return delivery

    async def delivery(self, delivery: UUID) -> Any:
        """A delivery's row with the state of the contact point it went to."""
        (row,) = await self.rows(
            "select d.*, (select state from contact_point where id = d.contact_point_id) as contact "
            "from delivery d where d.id = :id",
            id=delivery,
        )
        return row

    async def news(self, number: str = "1001") -> list[str]:
        """The news that waits for the invoice's case, in order."""
        query = """select o.signal from outbox o join dunning_case c on c.id = o.case_id
            join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number order by o.id"""
        return [row.signal for row in await self.rows(query, creditor=self.creditor, number=number)]

    async def sendgrid(self, *events: Any) -> httpx.Response:
        """Post a batch of events as SendGrid would."""
        body, headers = SENDGRID_KEY.signed(events)
        return await self.client.post("/webhooks/sendgrid", content=body, headers=headers)

    async def sendgrid_body(self, body: bytes) -> httpx.Response:
        """Post any body with SendGrid's signature."""
        return await self.client.post("/webhooks/sendgrid", content=body, headers=SENDGRID_KEY.headers_of(body))

    async def twilio(self, path: str, **form: str) -> httpx.Response:
        """Post a form as Twilio would."""
        body, headers = signed(TWILIO_TOKEN, f"https://purr.example{path}", form)
        return await self.client.post(path, content=body, headers=headers)

    async def mail(
        self, raw: bytes, *, to: str, sender: str = "kari@example.no", secret: str = MAIL_SECRET
    ) -> httpx.Response:
        """Post a mail as SendGrid's Inbound Parse would."""
        body, headers = inbound_post(raw, sender=sender, to=[to])
        return await self.client.post(f"/webhooks/sendgrid/inbound/{secret}", content=body, headers=headers)

    async def payment_webhook(self, event: Any, **tampered: Any) -> httpx.Response:
        """Post a payment event as a payment provider would."""
        body, headers = standard_webhook(event, **tampered)
        return await self.client.post("/webhooks/payments", content=body, headers=headers)

    async def link(self, delivery: UUID | None = None, number: str = "1001") -> str:
        """The address of the invoice page, as a delivery carries it."""
        query = "select id from invoice where creditor_id = :creditor and number = :number"
        invoice_id = await self.one(query, creditor=self.creditor, number=number)
        serial = (await self.delivery(delivery)).serial if delivery else 0
        url = Links([LINK_SECRET], "https://purr.example").url(Link(invoice_id, serial), TODAY)
        return url.removeprefix("https://purr.example")


def clean(link: str) -> str:
    """The address that a browser shows in the place of a link's: it opens the same with the cookie that the link gave."""
    links = Links([LINK_SECRET], "")
    return f"/i/{links.name(links.says(link.removeprefix('/i/'))[0])}"


def account_of(creditor_id: str) -> str:
    """The bank account of a creditor that a test registered."""
    return f"ACCOUNT-{creditor_id}".upper()


def invoice(number: str = "1001", **changes: Any) -> dict[str, Any]:
    """An invoice of NOK 802.00 to Kari Nordmann, due in two weeks."""
    debtor = {
        "name": "Kari Nordmann",
        "customer_number": "K-1",
        "email": "kari@example.no",
        "phone": "+4791234567",
        "address_lines": ["Storgata 1"],
        "postcode": "0155",
        "city": "Oslo",
    }
    return {
        "number": number,
        "issue_date": str(TODAY),
        "due_date": str(TODAY + timedelta(days=14)),
        "currency": "NOK",
        "amount": "802.00",
        "reference": "006402710013",
        "lines": [{"text": "Nettleie <oktober>", "amount": "802.00"}],
        "debtor": debtor,
    } | changes


def paid(payment: str = "p-1", **changes: Any) -> dict[str, Any]:
    """A payment of the whole invoice."""
    return {
        "id": payment,
        "amount": "802.00",
        "currency": "NOK",
        "booked_on": str(TODAY),
        "reference": "006402710013",
    } | changes


def payment_event(creditor_id: str, kind: str = "payment.received", **changes: Any) -> dict[str, Any]:
    """What a payment provider tells of a payment of the whole invoice."""
    data = paid() | {"creditor": creditor_id, "payment_id": "w-1"}
    del data["id"]
    return {"type": kind, "timestamp": BEGIN.isoformat(), "data": data | changes}


def standard_webhook(
    event: Any, *, secret: str = WEBHOOK_SECRETS[0], at: datetime | None = None, id: str = "evt-1"
) -> tuple[bytes, dict[str, str]]:
    """A signed Standard Webhook: its body and headers."""
    body = json.dumps(event)
    return body.encode(), standard_headers(body, secret=secret, at=at, id=id)


def standard_headers(
    body: str, *, secret: str = WEBHOOK_SECRETS[0], at: datetime | None = None, id: str = "evt-1"
) -> dict[str, str]:
    """The headers that come with the body of a Standard Webhook, whatever it holds."""
    at = at or datetime.now(UTC)  # signatures are wall time
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body),
    }


def day(ahead: int) -> str:
    """A day so many days ahead of today."""
    return str(date.fromordinal(TODAY.toordinal() + ahead))
