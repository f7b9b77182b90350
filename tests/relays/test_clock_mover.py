"""Test mode: a creditor's months pass in seconds, in order, on the real Temporal server, and nobody hears of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from fastapi import FastAPI

from facts import clock
from facts.parties.creditors import issue_api_key
from facts.parties.rehearsals import send_to
from facts.webhooks import outgoing
from tests.begin import TODAY
from tests.world import World, creditor, debtor, eventually, invoice
from web.app import create_app

LADDER = ["email invoice", "email due-date-reminder", "email reminder", "letter collection-notice"]


@dataclass
class Tried:
    """A creditor in test mode, its API, and what its system was told."""

    world: World
    id: str
    api: httpx.AsyncClient

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask the API for something; fails unless it is done."""
        answer = await self.api.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    async def advance(self, **how: Any) -> None:
        """Move the clock, and wait until it is there."""
        await self.ask("POST", "/v1/test/clock/advance", **how)
        await eventually(self.is_there, within=60)

    async def is_there(self) -> bool:
        return (await self.ask("GET", "/v1/test/clock"))["advancing_to"] is None

    async def told(self) -> list[str]:
        """What was sent, in order."""
        query = """select l.channel || ' ' || c.step as sent from delivery l join delivery_case c on c.delivery_id = l.id
            where l.creditor_id = :creditor order by l.claimed_at, l.serial"""
        return [row.sent for row in await self.world.rows(query, creditor=self.id)]

    async def heard(self) -> list[dict[str, Any]]:
        """The webhooks, in order."""
        query = """select m.payload from webhook_message m join webhook_endpoint w on w.id = m.endpoint_id
            where w.creditor_id = :creditor order by m.recorded_at"""
        return [row.payload for row in await self.world.rows(query, creditor=self.id)]


@pytest_asyncio.fixture
async def app(world: World) -> FastAPI:
    return create_app(world.settings, world.database, world.laws)


@pytest_asyncio.fixture
async def tried(world: World, app: FastAPI) -> AsyncIterator[Tried]:
    name = f"tried-{len(await world.rows('select id from creditor'))}"
    await world.register(creditor(id=name, organisation_number=None, mode="test"))
    async with world.database.transaction() as connection:
        now = await clock.now(connection)
        key = await issue_api_key(connection, name, "tests", now)
        await outgoing.add(connection, name, "http://127.0.0.1:9/hook", ["*"], now)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", headers=headers) as api:
        yield Tried(world, name, api)


def bill(number: str = "T-1", **changes: Any) -> dict[str, Any]:
    """An invoice of today, due in two weeks."""
    new = invoice(
        number, issue_date=TODAY, due_date=TODAY + timedelta(days=14), reference=None, account=None, **changes
    )
    return new.model_dump(mode="json", exclude_none=True, exclude={"creditor"})


async def test_an_invoice_is_tried_month_by_month_until_its_hand_off(tried: Tried) -> None:
    world, sent_before = tried.world, len(tried.world.providers.log)
    await tried.ask("POST", "/v1/invoices", **bill())
    for _ in range(4):
        await tried.advance(days=31)
    told = await tried.told()
    assert [step for step in LADDER if step in told] == LADDER, told
    (approval,) = await world.rows(
        "select t.id from task t join dunning_case c on c.id = t.case_id where c.creditor_id = :c and t.kind = 'approval'",
        c=tried.id,
    )
    assert approval
    key = await another_key(tried)
    order = {"command": "approve_hand_off", "by": "anne", "reason_code": "looked"}
    answer = await tried.api.post("/v1/invoices/T-1/commands", json=order, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 202, answer.text
    await tried.advance(days=7)
    types = [message["type"] for message in await eventually(lambda: heard(tried, "case.handed_off"))]
    assert types[0] == "case.opened"
    assert types[-1] == "case.handed_off"
    assert {message.get("test") for message in await tried.heard()} == {True}
    (hand_off,) = (await tried.api.get("/v1/hand-offs")).json()["data"]
    assert (hand_off["state"], hand_off["file"]) == ("exported", None)
    await tried.ask("POST", f"/v1/hand-offs/{hand_off['id']}/answer", accepted=True)
    await eventually(lambda: heard(tried, "case.closed"))
    # Nobody heard of it: no provider, no printer, no collection partner.
    assert len(world.providers.log) == sent_before
    assert papers_of(tried) == []


def papers_of(tried: Tried) -> list[Path]:
    """What lies in the folders of the printer and of the collection partner."""
    folders = (tried.world.settings.print_folder, tried.world.settings.hand_off_folder)
    return [path for folder in folders for path in folder.rglob("*") if tried.id in str(path)]


async def heard(tried: Tried, wanted: str) -> list[dict[str, Any]]:
    """All webhooks, once one of this type is among them."""
    messages = await tried.heard()
    return messages if wanted in {message["type"] for message in messages} else []


async def another_key(tried: Tried) -> str:
    async with tried.world.database.transaction() as connection:
        return await issue_api_key(connection, tried.id, "a person", await clock.now(connection))


async def test_whoever_tries_a_creditor_out_gets_its_messages_and_no_debtor_does(tried: Tried) -> None:
    async with tried.world.database.transaction() as connection:
        await send_to(connection, tried.id, "anne@firm.example", None, "anne", "rehearsal", await clock.now(connection))
    before = len(tried.world.providers.log)
    await tried.ask("POST", "/v1/invoices", **bill("to-me"))
    await tried.advance(days=3)
    assert await tried.told() == ["email invoice", "sms invoice"]
    reached = tried.world.providers.log[before:]
    assert [(each.channel, each.to) for each in reached] == [("email", "anne@firm.example")]
    assert reached[0].body.startswith("[TEST] ")


async def test_what_debtors_would_do_is_reported_and_changes_what_comes(tried: Tried) -> None:
    await tried.ask("POST", "/v1/invoices", **bill("read"))
    other = debtor(name="Ola Hansen", customer_number="K-2", email="ola@example.no", phone="+4799999999")
    await tried.ask("POST", "/v1/invoices", **bill("bounced", debtor=other))
    await tried.advance(days=1)
    query = """select l.id, i.number from delivery l join delivery_case c on c.delivery_id = l.id
        join dunning_case k on k.id = c.case_id join invoice i on i.id = k.invoice_id where l.creditor_id = :c"""
    sent = {row.number: row.id for row in await tried.world.rows(query, c=tried.id)}
    await tried.ask("POST", f"/v1/test/deliveries/{sent['read']}/events", kind="read")
    await tried.ask("POST", f"/v1/test/deliveries/{sent['bounced']}/events", kind="failed", reason="550")
    await tried.advance(days=1)
    assert await tried.told() == ["email invoice", "email invoice", "sms invoice"]
    paid = {"id": "p-1", "amount": "802.00", "currency": "NOK", "booked_on": str(TODAY), "invoice_number": "read"}
    await tried.ask("POST", "/v1/payments", **paid)
    closed = [m for m in await eventually(lambda: heard(tried, "case.closed")) if m["type"] == "case.closed"]
    assert [m["data"] for m in closed] == [{"invoice": "read", "outcome": "paid"}]
