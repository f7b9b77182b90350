"""The simulated SendGrid answers as the published API does, and calls back signed, twice and in disorder."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.channel import Outgoing, Written
from channels.email import SendGridEmail
from connectors.signatures import verify_sendgrid
from simulator.emulators.providers import Faults, Providers, Sent, create_app, serving

SPEC = Path(__file__).resolve().parents[4] / "shared" / "specs" / "tsg_mail_v3.json"
VIRTUAL_NOW = datetime(2031, 3, 1, 9, 0, tzinfo=UTC)
SENDER = "faktura@nordlys.example"
EMAIL = Outgoing(
    delivery_id="d-1",
    written=Written(
        {"subject": "Faktura 1001", "text": "Hei", "html": '<p><a href="https://pay.example/t/abc">Betal</a></p>'}
    ),
    address="kari@example.no",
    name="Kari Nordmann",
    creditor="nordlys",
    creditor_name="Nordlys",
    reply_to=None,
    open_tracking=False,
    country="NO",
    today=date(2026, 7, 1),
)
GOOD: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "kari@example.no"}], "custom_args": {"delivery_id": "d-1"}}],
    "from": {"email": "faktura@nordlys.example"},
    "subject": "Faktura 1001",
    "content": [{"type": "text/plain", "value": "Hei"}],
}


class Webhook:
    """Our side: takes batches, verifies each, and may be down for the first few."""

    def __init__(self) -> None:
        self.public_key = ""
        self.batches: list[list[dict[str, Any]]] = []
        self.down_for = 0
        self.app = Starlette(routes=[Route("/events", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        if self.down_for:
            self.down_for -= 1
            return Response(status_code=503)
        headers = request.headers
        signature = headers["X-Twilio-Email-Event-Webhook-Signature"]
        timestamp = headers["X-Twilio-Email-Event-Webhook-Timestamp"]
        if not verify_sendgrid(self.public_key, body, signature, timestamp):
            return Response(status_code=403)
        self.batches.append(json.loads(body))
        return Response(status_code=204)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch]


class Recorder:
    """Keeps the bodies of the requests that pass through."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def recorded() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                self.bodies.append(message.get("body", b""))
            return message

        await self.app(scope, recorded, send)


@pytest_asyncio.fixture
async def webhook() -> Webhook:
    return Webhook()


@pytest_asyncio.fixture
async def world(webhook: Webhook) -> AsyncIterator[Providers]:
    async with serving(webhook.app) as url:
        providers = Providers(sendgrid_webhook_url=f"{url}/events", clock=lambda: VIRTUAL_NOW)
        webhook.public_key = providers.sendgrid_public_key
        yield providers
        await providers.aclose()


@pytest_asyncio.fixture
async def recorder(world: Providers) -> Recorder:
    return Recorder(create_app(world))


@pytest_asyncio.fixture
async def url(recorder: Recorder) -> AsyncIterator[str]:
    async with serving(recorder) as address:
        yield address


@pytest_asyncio.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": "Bearer SG.simulated"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        yield client


def spec() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("the OpenAPI file of SendGrid is not beside the repository")
    document: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return document


def error_schema() -> dict[str, Any]:
    """SendGrid's error schema, whose `nullable` (OpenAPI 3.0) is said as JSON Schema does."""
    schema: dict[str, Any] = spec()["components"]["schemas"]["ErrorResponse"]
    schema["properties"]["errors"]["items"]["properties"]["field"]["type"] = ["string", "null"]
    return schema


@pytest.mark.asyncio
async def test_the_sdks_request_is_what_the_published_api_asks_for(recorder: Recorder, url: str) -> None:
    document = spec()
    request = document["components"]["requestBodies"]["PostMailSend"]["content"]["application/json"]["schema"]
    await SendGridEmail("SG.simulated", SENDER, host=url).send(replace(EMAIL, reply_address="a@svar.example"))
    body = json.loads(b"".join(recorder.bodies))
    jsonschema.validate(body, {**request, "components": document["components"]})
    assert body["tracking_settings"]["open_tracking"] == {"enable": False}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "kari"}]}]}, "personalizations.0.to.0.email"),
        (
            {"personalizations": [{"to": [{"email": "k@e.no"}], "custom_args": {"n": 1}}]},
            "personalizations.0.custom_args",
        ),
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"from": None}, "from"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        (
            {"content": [{"type": "text/html", "value": "a"}, {"type": "text/plain", "value": "a"}]},
            "content",
        ),
        ({"reply_to": {"email": "x"}}, "reply_to.email"),
        ({"headers": {"Subject": "another"}}, "headers.Subject"),
        ({"headers": {"X-Number": 1}}, "headers"),
    ],
)
async def test_a_bad_request_is_refused_with_its_field(
    http: httpx.AsyncClient, world: Providers, change: dict[str, Any], field: str
) -> None:
    answer = await http.post("/v3/mail/send", json=GOOD | change)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert world.log == []
    jsonschema.validate(answer.json(), error_schema())


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    assert (await http.post("/v3/mail/send", content=body)).status_code == 400


@pytest.mark.asyncio
async def test_an_accepted_email_is_processed_and_delivered_in_one_signed_batch_of_virtual_time(
    http: httpx.AsyncClient, world: Providers, webhook: Webhook
) -> None:
    answer = await http.post("/v3/mail/send", json=GOOD)
    await world.drain()
    assert (answer.status_code, answer.content) == (202, b"")
    (batch,) = webhook.batches
    assert [event["event"] for event in batch] == ["processed", "delivered"]
    assert {event["delivery_id"] for event in batch} == {"d-1"}
    assert {event["timestamp"] for event in batch} == {int(VIRTUAL_NOW.timestamp())}
    assert all(event["sg_message_id"].startswith(answer.headers["X-Message-Id"]) for event in batch)


@pytest.mark.asyncio
async def test_a_bad_address_is_accepted_and_bounces(
    http: httpx.AsyncClient, world: Providers, webhook: Webhook
) -> None:
    world.bad_addresses["kari@example.no"] = "550 unknown user"
    assert (await http.post("/v3/mail/send", json=GOOD)).status_code == 202
    await world.drain()
    assert [event["event"] for event in webhook.events] == ["processed", "bounce"]
    assert webhook.events[1]["reason"] == "550 unknown user"


@pytest.mark.asyncio
async def test_opens_of_people_and_machines_differ_and_a_click_names_the_link(
    url: str, world: Providers, webhook: Webhook
) -> None:
    world.auto_deliver = False
    await SendGridEmail("SG.simulated", SENDER, host=url).send(EMAIL)
    await world.emit_email_events(world.log[0], "open", "machine_open", "click")
    await world.drain()
    human, machine, click = webhook.events
    assert (human["event"], human["sg_machine_open"]) == ("open", False)
    assert (machine["event"], machine["sg_machine_open"]) == ("open", True)
    assert click["url"] == "https://pay.example/t/abc"


@pytest.mark.asyncio
async def test_duplicates_repeat_the_event_id(http: httpx.AsyncClient, world: Providers, webhook: Webhook) -> None:
    world.faults = Faults(duplicate_callbacks=True, shuffle_callbacks=True)
    await http.post("/v3/mail/send", json=GOOD)
    await world.drain()
    assert len(webhook.events) == 4
    assert len({event["sg_event_id"] for event in webhook.events}) == 2


@pytest.mark.asyncio
async def test_callbacks_wait_for_a_target_that_is_down(
    http: httpx.AsyncClient, world: Providers, webhook: Webhook
) -> None:
    webhook.down_for = 3
    await http.post("/v3/mail/send", json=GOOD)
    await world.drain()
    assert [event["event"] for event in webhook.events] == ["processed", "delivered"]
    assert (world.pending, world.refused_callbacks, world.abandoned_callbacks) == (0, 0, 0)


@pytest.mark.asyncio
async def test_people_react_to_what_was_sent(http: httpx.AsyncClient, world: Providers, webhook: Webhook) -> None:
    world.on_sent = lambda sent: world.emit_email_events(sent, "open")
    await http.post("/v3/mail/send", json=GOOD)
    await world.drain()
    assert {event["event"] for event in webhook.events} == {"processed", "delivered", "open"}


@pytest.mark.asyncio
async def test_people_who_fail_are_told_of_though_they_failed_before_anybody_waited(
    http: httpx.AsyncClient, world: Providers
) -> None:
    failing = asyncio.Event()

    async def fails(_sent: Sent) -> None:
        failing.set()
        raise LookupError("this link names no page")

    world.auto_deliver, world.on_sent = False, fails
    await http.post("/v3/mail/send", json=GOOD)
    await failing.wait()
    await asyncio.sleep(0)
    assert world.pending == 0
    with pytest.raises(LookupError):
        await world.drain()
    await world.drain()  # once is enough


@pytest.mark.asyncio
async def test_the_same_seed_gives_the_same_faults(http: httpx.AsyncClient, world: Providers) -> None:
    async def answers() -> list[int]:
        world.faults = Faults(seed=7, rate_429=0.3, rate_5xx=0.3)
        return [(await http.post("/v3/mail/send", json=GOOD)).status_code for _ in range(20)]

    first = await answers()
    assert first == await answers()
    assert {202, 429} < set(first)


@pytest.mark.asyncio
async def test_another_process_controls_faults(http: httpx.AsyncClient) -> None:
    assert (await http.post("/_control/faults", json={"next": ["lost-500"]})).status_code == 204
    assert (await http.post("/v3/mail/send", json=GOOD)).status_code == 500


@pytest.mark.asyncio
@pytest.mark.parametrize("faults", [{"nxt": []}, {"next": ["418"]}])
async def test_faults_that_there_are_not_are_refused(http: httpx.AsyncClient, faults: dict[str, Any]) -> None:
    assert (await http.post("/_control/faults", json=faults)).status_code == 400


def test_alone_it_greets_with_its_keys_and_its_log_survives_a_kill(tmp_path: Path) -> None:
    log = tmp_path / "sent.jsonl"
    command = [sys.executable, "-m", "simulator.emulators.providers", "--log", str(log)]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        greeting = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {greeting['sendgrid_api_key']}"}
        httpx.post(f"{greeting['url']}/v3/mail/send", json=GOOD, headers=headers, trust_env=False)
        process.kill()
    assert [json.loads(line)["delivery_id"] for line in log.read_text().splitlines()] == ["d-1"]
