"""Every state that an invoice page can be in: how it comes about, over the doors that everybody has where there are any."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from PIL import Image, ImageDraw, ImageFont

from domain.countries.no import kid_with_check_digit
from tests.begin import BEGIN, TODAY
from tests.web.door import Door
from tests.web.paying import Shop

ACCOUNT, COLOUR = "86011117947", "#0b5d3b"
LINES = [
    {"text": "Strøm, oktober", "quantity": "1", "amount": "1250.00"},
    {"text": "Nettleie, oktober", "quantity": "1", "amount": "640.00"},
    {"text": "Fastbeløp", "quantity": "1", "amount": "49.00"},
]
AMOUNT = Decimal("1939.00")
LATE = {"issue_date": str(TODAY - timedelta(days=44)), "due_date": str(TODAY - timedelta(days=30))}
SENT = """
with of as (
  select c.id as case_id, c.creditor_id, c.debtor_id, i.currency, cast(:channel as text) as channel,
    cast(:message as text) as message, cast(:at as timestamptz) as at, cast(:read as timestamptz) as read
  from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number),
new as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt,
    contact_point_id, document, pdf, fee, cost, currency, deadline, claimed_at, accepted_at, read_at, read_by, posted_on,
    happened_at)
  select cast(:id as uuid), nextval('delivery_serial'), creditor_id, debtor_id, channel, message, 'kind', 'nb', false,
    'accepted', 1, (select p.id from contact_point p where p.debtor_id = of.debtor_id and p.channel = of.channel
      and p.state = 'valid' limit 1), cast(:document as jsonb), cast(:pdf as bytea), cast(:fee as numeric), 0, currency,
    cast(:deadline as date), at, at, read, case when read is not null then 'page visit' end,
    case when channel = 'letter' then at::date end, at
  from of returning id)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select new.id, of.case_id, 1, of.message, of.channel, cast(:fee as numeric) > 0 from new, of returning 1
"""
BOOKED = """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, id, :kind, :kind, :amount, currency, :on, :source, :id, :at from invoice
where creditor_id = :creditor and number = :number returning 1
"""
HANDED_OFF = """
insert into hand_off (creditor_id, case_id, state, exported_at, answered_at, happened_at)
select c.creditor_id, c.id, 'accepted', :at, :at, :at from dunning_case c join invoice i on i.id = c.invoice_id
where i.creditor_id = :creditor and i.number = :number returning 1
"""


async def dress(shop: Shop) -> None:
    """Give the shop's creditor a look, an account that a bank knows and every way to be paid."""
    door = shop.door
    look = {"by": "anne", "reason_code": "own-look", "colour": COLOUR, "logo": b64encode(logo()).decode()}
    assert (await door.client.post("/v1/look", json=look)).status_code == 200
    await shop.offer()
    await door.rows(
        "update bank_account set account = :account where creditor_id = :creditor returning 1",
        account=ACCOUNT,
        creditor=door.creditor,
    )
    await door.rows(
        """update creditor set direct_debit = jsonb_build_object('account', cast(:account as text)) where id = :creditor
        returning 1""",
        account=ACCOUNT,
        creditor=door.creditor,
    )


def logo() -> bytes:
    """The creditor's logo: its name in its colour."""
    picture = Image.new("RGB", (440, 80), "white")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(40, 4), (10, 46), (34, 46), (26, 76), (62, 30), (38, 30), (52, 4)], fill=COLOUR)
    draw.text((84, 16), "Acme Kraft", fill=COLOUR, font=ImageFont.load_default(48))
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


async def send(shop: Shop, number: str, **changes: Any) -> None:
    """Send the invoice of a state."""
    person = {
        "name": "Kari Nordmann",
        "customer_number": f"K-{number}",
        "email": f"kari{number}@example.no",
        "phone": f"+47912{number[-5:]:0>5}",
        "address_lines": ["Storgata 1"],
        "postcode": "0155",
        "city": "Oslo",
    }
    body = {
        "amount": str(AMOUNT),
        "lines": LINES,
        "account": ACCOUNT,
        "reference": kid_with_check_digit(f"7700{number:0>6}"),
        "debtor": person,
    } | changes
    answer = await shop.door.send_invoice(number, **body)
    assert answer.status_code == 201, answer.text


async def sent(
    door: Door,
    number: str,
    message: str,
    channel: str,
    at: datetime,
    *,
    fee: str = "0",
    deadline: date | None = None,
    read: bool = False,
    pdf: bytes | None = None,
) -> UUID:
    """A message of the past about an invoice, which was read or not."""
    id = uuid4()
    await door.rows(
        SENT,
        id=id,
        creditor=door.creditor,
        number=number,
        message=message,
        channel=channel,
        document='{"subject": "Om fakturaen", "text": "Hei Kari!\\n\\nVi kan ikke se at fakturaen er betalt ennå."}',
        pdf=pdf,
        fee=Decimal(fee),
        deadline=deadline,
        at=at,
        read=at + timedelta(hours=3) if read else None,
    )
    if Decimal(fee):
        await booked(door, number, "fee", fee, at, source="delivery", id=str(id))
    return id


async def booked(door: Door, number: str, kind: str, amount: str, at: datetime, *, source: str, id: str) -> None:
    """A fee or interest in the ledger."""
    values = {"kind": kind, "amount": Decimal(amount), "at": at, "on": at.date(), "source": source, "id": id}
    await door.rows(BOOKED, creditor=door.creditor, number=number, **values)


def ago(days: int) -> datetime:
    """A moment so many days before the beginning."""
    return BEGIN - timedelta(days=days)


async def on_time(shop: Shop, number: str) -> UUID | None:
    """Nothing but the invoice was sent."""
    await send(shop, number)
    return await sent(shop.door, number, "invoice", "email", BEGIN)


async def overdue(shop: Shop, number: str) -> UUID | None:
    """A reminder with a fee was sent, whose deadline is ahead."""
    await send(shop, number, **LATE)
    door = shop.door
    await sent(door, number, "invoice", "email", ago(44), read=True)
    await sent(door, number, "due-date-reminder", "sms", ago(29))
    return await sent(
        door, number, "reminder", "email", ago(3), fee="35.00", deadline=TODAY + timedelta(days=11), read=True
    )


async def held(shop: Shop, number: str) -> UUID | None:
    """Somebody holds it for two weeks."""
    delivery = await overdue(shop, number)
    until = (BEGIN + timedelta(days=14)).isoformat()
    assert (await shop.door.command(number, command="hold", until=until)).status_code == 202
    return delivery


async def in_plan(shop: Shop, number: str) -> UUID | None:
    """The debtor has agreed on instalments."""
    delivery = await on_time(shop, number)
    link = await shop.door.link(delivery, number)
    assert (await shop.door.client.post(f"{link}/plan/agree", data={"choice": "3", "once": number})).status_code == 303
    return delivery


async def promised(shop: Shop, number: str) -> UUID | None:
    """The debtor has promised a day."""
    delivery = await overdue(shop, number)
    link = await shop.door.link(delivery, number)
    await shop.door.client.post(f"{link}/promise", data={"pay_by": str(TODAY + timedelta(days=7))})
    return delivery


async def disputed(shop: Shop, number: str) -> UUID | None:
    """The debtor disagrees with a part of it."""
    delivery = await overdue(shop, number)
    dispute = {"command": "dispute", "amount": "640.00"}
    assert (await shop.door.command(number, **dispute)).status_code == 202
    return delivery


async def stopped(shop: Shop, number: str) -> UUID | None:
    """The debtor is in debt settlement, and a person looks at it."""
    delivery = await overdue(shop, number)
    await shop.door.rows(
        """insert into life_event (debtor_id, kind, by, happened_at) select debtor_id, 'debt settlement', 'anne', :at
        from invoice where creditor_id = :creditor and number = :number returning 1""",
        creditor=shop.door.creditor,
        number=number,
        at=BEGIN,
    )
    return delivery


async def handed_off(shop: Shop, number: str) -> UUID | None:
    """The collection partner has it."""
    delivery = await overdue(shop, number)
    await shop.door.rows(HANDED_OFF, creditor=shop.door.creditor, number=number, at=BEGIN)
    return delivery


async def paid(shop: Shop, number: str) -> UUID | None:
    """It was paid after a reminder, in the bank."""
    delivery = await overdue(shop, number)
    reference = await shop.door.one(
        "select reference from invoice where creditor_id = :creditor and number = :number",
        creditor=shop.door.creditor,
        number=number,
    )
    answer = await shop.door.pay(f"p-{number}", amount=str(AMOUNT + 35), reference=reference, invoice=number)
    assert answer.status_code == 200, answer.text
    told = "update incoming_payment set source = 'bank file' where source_id = :id returning 1"
    await shop.door.rows(told, id=f"p-{number}")
    return delivery


async def taken_back(shop: Shop, number: str) -> UUID | None:
    """The creditor has withdrawn it."""
    delivery = await overdue(shop, number)
    assert (await shop.door.command(number, command="withdraw")).status_code == 202
    return delivery


STATES: Mapping[str, Callable[[Shop, str], Awaitable[UUID | None]]] = {
    "on_time": on_time,
    "overdue": overdue,
    "held": held,
    "in_plan": in_plan,
    "promised": promised,
    "disputed": disputed,
    "stopped": stopped,
    "handed_off": handed_off,
    "paid": paid,
    "taken_back": taken_back,
}
"""Those of an invoice that a link opens; a link that opens nothing has none."""


async def page_in(shop: Shop, state: str, number: str) -> str:
    """The address of a page in a state."""
    root = str(shop.door.client.base_url).rstrip("/")
    if state == "bad_link":
        return f"{root}/i/~"
    delivery = await STATES[state](shop, number)
    return f"{root}{await shop.door.link(delivery, number)}"
