"""Every event of the catalogue is heard by a creditor's system: over HTTP, signed, once it has happened to a debtor."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
from sqlalchemy import text
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from commands.debtor import replies
from commands.debtor.sorted_reply import take_sorted
from commands.money import refund_file
from commands.prediction import segments
from config.files import POLICIES
from connectors.webhooks.post import WebhookPost, WebhookSecrets
from domain.learned.behaviour import Behaviour, Pattern
from domain.parties.message_classes import MessageClass, Sorted
from domain.vocabulary import Channel
from facts.money import refund_orders, review
from facts.money.payments import Payment, book
from facts.money.refund_orders import Told
from facts.prediction.segments import FoundDebtor
from facts.webhooks import outgoing
from facts.webhooks.events import EVENTS, schema_of
from relays.webhook_sender import WebhookSender
from simulator.emulators.providers import serving
from tests.goldens.stage import Life, Stage, stage
from tests.store import LAWS
from tests.world import debtor, eventually, invoice

DOCS = Path(__file__).parents[2] / "docs/webhooks.md"
SECRETS = WebhookSecrets(["a-master-key-of-more-than-32-characters"])


@dataclass
class System:
    """The systems of all creditors: each verifies with its own secret, and keeps what it hears."""

    secrets: dict[str, str] = field(default_factory=dict)  # by creditor
    posted: list[dict[str, Any]] = field(default_factory=list)  # each event as it came

    async def take(self, request: Request) -> Response:
        creditor = request.path_params["creditor"]
        event: Any = Webhook(self.secrets[creditor]).verify(await request.body(), dict(request.headers))
        self.posted.append(event)
        return Response(status_code=204)


@asynccontextmanager
async def sending(on: Stage) -> AsyncIterator[None]:
    """A sender that runs until the block ends."""
    sender = asyncio.create_task(WebhookSender(on.database, SECRETS, WebhookPost(allow_private=True)).run())
    try:
        yield
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def all_sent(on: Stage) -> bool:
    """Whether every message has been delivered."""
    return not await on.rows("select 1 from webhook_message where state <> 'delivered'")


# --- how events come about, from an invoice that was sent ----------------------------------------------------------


async def paid_and_taken_back(life: Life) -> None:
    """Another invoice comes, this one is paid, and its money is gone again."""
    async with life.stage.database.transaction() as connection:
        new = invoice("2001", creditor=life.creditor, reference=None, account=None)
        await life.stage.intake.invoice(connection, new, life.now)
    await life.pay("802.00")
    await life.until("2026-03-10")
    await life.pay("-802.00")


async def paid_twice(life: Life) -> None:
    """What is paid twice is owed back, and goes back by itself."""
    await life.stage.change("update creditor set overpayment = 'refund' where id = :creditor", creditor=life.creditor)
    await life.pay("802.00")
    await life.pay("801.00")
    await life.pay("-801.00")


async def credit_is_used(life: Life) -> None:
    """What was credited on another invoice after it was paid pays this one, and is taken back by a person."""
    query = "select customer_number from debtor where creditor_id = :creditor"
    ((number,),) = await life.stage.rows(query, creditor=life.creditor)
    async with life.stage.database.transaction() as connection:
        same = debtor(customer_number=number)
        new = invoice("2001", creditor=life.creditor, reference=None, account=None, debtor=same)
        await life.stage.intake.invoice(connection, new, life.now)
    await life.pay("802.00", "2001")
    await life.credit("100.00", "2001")
    await life.command("use_credit")
    await life.command("undo_credit")


async def paid_by_nobody(life: Life) -> None:
    """Money that names nothing waits for a person, who sends it back."""
    payment = Payment(life.creditor, "bank", "of nobody", Decimal("77.00"), "NOK", life.today)
    async with life.stage.database.transaction() as connection:
        await book(connection, payment, life.now)
        (waiting,) = await review.list_review(connection, life.creditor)
        await review.send_back(connection, waiting.number, "kim", life.now)


async def sent_back_by_the_bank(life: Life) -> None:
    """Money that names nothing goes back in a file for the bank: it is paid, and comes back."""
    await life.stage.change(
        """update creditor set pay_out = '{"account": "12345678911", "bic": "DNBANOKK",
          "approved_above": [{"from": "2026-01-01", "amount": 100, "currency": "NOK"}]}' where id = :creditor""",
        creditor=life.creditor,
    )
    payment = Payment(
        life.creditor, "bank", "of somebody", Decimal("77.00"), "NOK", life.today, debit_account="99990512341"
    )
    async with life.stage.database.transaction() as connection:
        await book(connection, payment, life.now)
        (waiting,) = await review.list_review(connection, life.creditor)
        await review.send_back(connection, waiting.number, "kim", life.now)
        assert await refund_file.order(connection, LAWS, life.creditor, "kim", life.now)
    query = """select o.end_to_end from refund_order o join refund r on r.id = o.refund_id where r.creditor_id = :creditor"""
    ((number,),) = await life.stage.rows(query, creditor=life.creditor)
    for returned in (False, True):
        said = Told(number, Decimal("77.00"), "NOK", life.today, returned, "AC04: the account is closed")
        async with life.stage.database.transaction() as connection:
            await refund_orders.settle(connection, life.creditor, said, life.now)


async def blocked_and_freed(life: Life) -> None:
    """A service is blocked for want of money, and free when it comes."""
    await life.until("2026-06-20")
    await eventually(lambda: all_sent(life.stage))  # else the word that it is free would overtake the block
    await life.pay("802.00")


async def ended(life: Life) -> None:
    """Nobody pays for a service: it is ended, once a person has agreed."""
    await life.until("2026-06-22")
    await life.command("approve_hand_off")
    await life.until("2026-06-25")


async def handed_off(life: Life) -> None:
    """Nobody pays: the case leaves in the day's file for the collection partner."""
    await life.until("2026-07-01")
    await life.command("approve_hand_off")
    await life.until("2026-07-10")
    await life.hand_off_file()


async def plan_kept(life: Life) -> None:
    """A plan whose instalments are paid."""
    await life.agree(2)
    await life.pay("802.00")


async def plan_broken(life: Life) -> None:
    """A plan of which nothing is paid, nor after its last chance."""
    await life.agree(2)
    await life.until("2026-07-20")


async def promise_broken(life: Life) -> None:
    """A promise that is not kept."""
    life.reads = Channel.SMS
    await life.until("2026-04-02")
    await life.promise(8)
    await life.until("2026-04-20")


async def replied(life: Life) -> None:
    """The debtor answers a message, and the room of learning hears danger in it."""
    query = """select p.address from contact_point p join debtor d on d.id = p.debtor_id
        where d.creditor_id = :c and p.channel = 'sms'"""
    (phone,) = await life.stage.rows(query, c=life.creditor)
    async with life.stage.database.transaction() as connection:
        await replies.received(connection, life.stage.planning, "sms", phone.address, "Hva er dette?", life.now)
        reply = (await connection.execute(text("select max(id) from reply"))).scalar_one()
        danger = Sorted(((MessageClass.DANGER, 0.9),), stop=True)
        await take_sorted(connection, life.stage.planning, reply, danger, "v1", life.now)


async def behaves_otherwise(life: Life) -> None:
    """The debtor pays around another day of the month than before, where nobody is in a segment."""
    query = "select id from debtor where creditor_id = :creditor"
    ((known,),) = await life.stage.rows(query, creditor=life.creditor)
    for day in (10, 25):
        found = FoundDebtor(known, "", None, [Behaviour(Pattern.PAYDAY, 6, 6, number=day)])
        async with life.stage.database.transaction() as connection:
            await segments.take_debtors(connection, life.creditor, [found], "v1", life.now)


SERVICE = (POLICIES / "no-service.yaml").read_text()
ENDS_SERVICES = (
    SERVICE.replace("name: no-service", "name: ends-services")
    .replace("message: block-warning", "message: termination-warning")
    .replace("action: block service", "action: terminate service\n    approval: required")
)
KNOWN: dict[str, Any] = {}
WITHOUT_NUMBER: dict[str, Any] = {"customer_number": None}
LIVES: tuple[tuple[Callable[[Life], Awaitable[None]], str, dict[str, Any]], ...] = (
    (paid_and_taken_back, "no-gentle", KNOWN),
    (paid_twice, "no-gentle", KNOWN),
    (credit_is_used, "no-gentle", KNOWN),
    (paid_by_nobody, "no-gentle", KNOWN),
    (sent_back_by_the_bank, "no-gentle", KNOWN),
    (blocked_and_freed, "no-service", WITHOUT_NUMBER),
    (ended, "ends-services", WITHOUT_NUMBER),
    (handed_off, "no-gentle", KNOWN),
    (plan_kept, "no-gentle", KNOWN),
    (plan_broken, "no-gentle", KNOWN),
    (promise_broken, "no-gentle", KNOWN),
    (replied, "no-gentle", WITHOUT_NUMBER),
    (behaves_otherwise, "no-gentle", KNOWN),
)


# --- what is heard ---------------------------------------------------------------------------------------------


async def test_every_event_is_heard_by_a_creditors_system_as_it_is_documented(
    postgres_url: str, tmp_path: Path
) -> None:
    systems = System()
    app = Starlette(routes=[Route("/{creditor}", systems.take, methods=["POST"])])
    async with serving(app) as url, stage(postgres_url, tmp_path, (ENDS_SERVICES,)) as on, sending(on):
        for happens, policy, person in LIVES:
            life = await on.life(policy=policy, person=person)
            async with on.database.transaction() as connection:
                here = await outgoing.add(connection, life.creditor, f"{url}/{life.creditor}", ["*"], life.now)
            systems.secrets[life.creditor] = SECRETS.shown(here.id, here.secret_version)
            await happens(life)
        await eventually(lambda: all_sent(on))
    assert {event["type"] for event in systems.posted} == set(EVENTS)
    for event in systems.posted:
        jsonschema.validate(event, schema_of(event["type"]))
    documented = _documented()
    assert {event: frozenset(fields) for event, fields in documented.items()} == {
        event: spec.fields for event, spec in EVENTS.items()
    }
    may_be_null = {(event, name) for event, spec in EVENTS.items() for name in spec.may_be_null}
    assert {(event, name) for event, names in documented.items() for name, null in names.items() if null} == may_be_null
    assert {
        (event["type"], name) for event in systems.posted for name, value in event["data"].items() if value is None
    } == may_be_null
    assert "Nordmann" not in str(systems.posted)


def _documented() -> dict[str, dict[str, bool]]:
    """The fields of each event as the docs have them, and whether each may be null."""
    rows = re.findall(r"^\| (`[a-z]+\..*?) \| (.+) \|$", DOCS.read_text(), re.MULTILINE)
    return {
        event: {name: note.startswith("(null") for name, note in re.findall(r"`(\w+)` ?(\(null|)", fields)}
        for events, fields in rows
        for event in re.findall(r"`([a-z]+\.[a-z_]+)`", events)
    }
