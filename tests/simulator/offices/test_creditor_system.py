"""A creditor's simulated system believes signed webhooks alone, and hears each once."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from simulator.live_view import Story
from simulator.offices.creditor_system import CreditorSystem, create_app
from tests.begin import BEGIN

SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtd29ybGQ="
OTHER = "whsec_YW5vdGhlci1zZWNyZXQtYWx0b2dldGhlci1sb25n"
BLOCK = {
    "type": "service.block",
    "timestamp": "2026-03-02T11:00:00Z",
    "data": {"invoice": "1", "customer_number": "K-1"},
}


@pytest.fixture
def system() -> CreditorSystem:
    return CreditorSystem(lambda: BEGIN, Story("NO"), secrets={"acme": SECRET})


async def post(system: CreditorSystem, secret: str, message: str = "msg_1") -> int:
    body, now = json.dumps(BLOCK), datetime.now(UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(system)), base_url="http://acme") as client:
        return (await client.post("/acme", content=body, headers=headers)).status_code


async def test_a_block_is_heard_once_though_it_is_told_twice(system: CreditorSystem) -> None:
    blocked: list[tuple[str, str]] = []
    system.on_block = lambda invoice, customer: blocked.append((invoice, customer))
    assert [await post(system, SECRET), await post(system, SECRET)] == [204, 204]
    assert blocked == [("1", "K-1")]
    assert system.heard == {"service.block": 1}


async def test_what_somebody_else_signed_is_refused_and_changes_nothing(system: CreditorSystem) -> None:
    assert await post(system, OTHER) == 401
    assert (system.refused, system.heard) == (1, {})
