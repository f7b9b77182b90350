"""The simulated Twilio answers as the published API does, keeps its messages, and calls back signed."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.channel import Outgoing, Written
from channels.twilio import TwilioMessages
from connectors.signatures import verify_twilio
from simulator.emulators.providers import Faults, Providers, create_app, serving
from simulator.emulators.twilio import Template

SPEC = Path(__file__).resolve().parents[4] / "shared" / "specs" / "twilio_api_v2010.json"
PATH = f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
SID = f"HX{'1' * 32}"
GOOD = {"To": "+4741234567", "From": "Nordlys", "Body": "Hei på deg"}


def sms(delivery_id: str, words: str) -> Outgoing:
    """A text to Kari."""
    return Outgoing(
        delivery_id=delivery_id,
        written=Written({"text": words}),
        address="+4741234567",
        name="Kari Nordmann",
        creditor="nordlys",
        creditor_name="Nordlys",
        reply_to=None,
        open_tracking=False,
        country="NO",
        today=date(2026, 7, 1),
    )


class Webhook:
    """Our side: takes form posts and verifies each."""

    def __init__(self) -> None:
        self.url = ""
        self.forms: list[dict[str, str]] = []
        self.deliveries: list[str] = []
        self.app = Starlette(routes=[Route("/webhooks/twilio/{kind}", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if not verify_twilio("simulated", str(request.url), body, form, request.headers["X-Twilio-Signature"]):
            return Response(status_code=403)
        self.forms.append(form)
        self.deliveries.append(request.query_params.get("delivery", ""))
        return Response(status_code=204)

    @property
    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for form in self.forms]


@pytest_asyncio.fixture
async def webhook() -> AsyncIterator[Webhook]:
    receiver = Webhook()
    async with serving(receiver.app) as url:
        receiver.url = url
        yield receiver


@pytest_asyncio.fixture
async def world(webhook: Webhook) -> AsyncIterator[Providers]:
    providers = Providers(twilio_inbound_url=f"{webhook.url}/webhooks/twilio/inbound")
    yield providers
    await providers.aclose()


@pytest_asyncio.fixture
async def url(world: Providers) -> AsyncIterator[str]:
    async with serving(create_app(world)) as address:
        yield address


@pytest_asyncio.fixture
async def http(url: str, world: Providers) -> AsyncIterator[httpx.AsyncClient]:
    auth = (world.twilio_account_sid, world.twilio_auth_token)
    async with httpx.AsyncClient(base_url=url, auth=auth, trust_env=False) as client:
        yield client


def twilio_as(sender: str, world: Providers, url: str, webhook: Webhook) -> TwilioMessages:
    return TwilioMessages(
        world.twilio_account_sid,
        world.twilio_auth_token,
        sender=sender,
        callback_base=webhook.url,
        api_base=url,
    )


@pytest.fixture
def twilio(world: Providers, url: str, webhook: Webhook) -> TwilioMessages:
    return twilio_as("Nordlys", world, url, webhook)


def json_schema(node: Any) -> Any:
    """An OpenAPI 3.0 schema in JSON Schema's words: `nullable` becomes a type."""
    if isinstance(node, list):
        return [json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    said = {key: json_schema(value) for key, value in node.items()}
    if said.pop("nullable", False) is True:
        said["type"] = [said["type"], "null"]
    return said


def operation(path: str, method: str) -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("the OpenAPI file of Twilio is not beside the repository")
    found: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))["paths"][path][method]
    return found


def validate(document: Any, schema: dict[str, Any]) -> None:
    components = json.loads(SPEC.read_text(encoding="utf-8"))["components"]["schemas"]
    wanted = {name: components[name] for name in components if "message" in name}
    jsonschema.validate(document, json_schema({**schema, "components": {"schemas": wanted}}))


def answer_schema(path: str, method: str, status: str) -> dict[str, Any]:
    schema: dict[str, Any] = operation(path, method)["responses"][status]["content"]["application/json"]["schema"]
    return schema


LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"


@pytest.mark.asyncio
async def test_the_sdks_form_has_only_fields_of_the_published_api(
    twilio: TwilioMessages, url: str, world: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = operation(LIST, "post")["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    recorded: list[bytes] = []
    plain_body = Request.body

    async def recording_body(request: Request) -> bytes:
        recorded.append(await plain_body(request))
        return recorded[-1]

    monkeypatch.setattr(Request, "body", recording_body)
    await twilio.send(sms("d-1", "Hei"))
    form = dict(parse_qsl(recorded[0].decode()))
    assert form.keys() == {"To", "From", "Body", "StatusCallback"}
    validate(form, {**schema, "additionalProperties": False})


@pytest.mark.asyncio
async def test_answers_are_what_the_published_api_promises(http: httpx.AsyncClient) -> None:
    created = await http.post(PATH, data=GOOD)
    assert created.status_code == 201
    validate(created.json(), answer_schema(LIST, "post", "201"))
    fetched = await http.get(created.json()["uri"])
    assert fetched.json()["sid"] == created.json()["sid"]
    validate(fetched.json(), answer_schema(ONE, "get", "200"))
    listed = await http.get(PATH)
    validate(listed.json(), answer_schema(LIST, "get", "200") | {"required": ["messages", "uri", "page"]})


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"To": "41234567"}, 21211),
        ({"To": "whatsapp:+4741234567"}, 21910),
        ({"From": "A name far too long"}, 21212),
        ({"StatusCallback": "no url"}, 21609),
        ({"StatusCallback": "http://["}, 21609),
    ],
)
async def test_a_bad_request_is_refused_with_twilios_code(
    http: httpx.AsyncClient, world: Providers, change: dict[str, str], code: int
) -> None:
    answer = await http.post(PATH, data=GOOD | change)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, 400)
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert world.log == []


@pytest.mark.asyncio
async def test_a_stranger_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post(PATH, data=GOOD, auth=("AC", "wrong"))).json()["code"] == 20003
    assert (await http.get(PATH.replace("AC0", "AC1"))).status_code == 404


@pytest.mark.asyncio
async def test_the_list_is_filtered_by_date_and_number_and_comes_in_pages(
    http: httpx.AsyncClient, world: Providers
) -> None:
    start = datetime(2031, 3, 1, 9, 0, tzinfo=UTC)
    for day in range(5):
        accepted = (await http.post(PATH, data=GOOD | {"Body": str(day)})).json()
        world.messages[accepted["sid"]].created = start + timedelta(days=day)
    await http.post(PATH, data=GOOD | {"To": "+4741234568"})
    query = {"To": "+4741234567", "DateSent>": "2031-03-02T09:00:00Z", "PageSize": "3"}
    first = (await http.get(PATH, params=query)).json()
    assert [message["body"] for message in first["messages"]] == ["4", "3", "2"]
    second = (await http.get(first["next_page_uri"])).json()
    assert [message["body"] for message in second["messages"]] == ["1"]
    assert second["next_page_uri"] is None
    assert (await http.get(PATH, params={"PageSize": "many"})).status_code == 400


@pytest.mark.asyncio
async def test_an_accepted_sms_is_queued_sent_and_delivered_with_signed_callbacks(
    twilio: TwilioMessages, world: Providers, webhook: Webhook
) -> None:
    await twilio.send(sms("case 1/reminder", "Hei på deg"))
    await world.drain()
    assert webhook.statuses == ["queued", "sent", "delivered"]
    assert set(webhook.deliveries) == {"case 1/reminder"}


@pytest.mark.asyncio
async def test_a_number_out_of_reach_is_accepted_and_undelivered(
    twilio: TwilioMessages, world: Providers, webhook: Webhook
) -> None:
    world.bad_addresses["+4741234567"] = "switched off"
    await twilio.send(sms("d-1", "Hei"))
    await world.drain()
    assert webhook.forms[-1]["MessageStatus"] == "undelivered"
    assert webhook.forms[-1]["ErrorCode"] == "30003"


@pytest.mark.asyncio
async def test_callbacks_come_twice_and_in_disorder(twilio: TwilioMessages, world: Providers, webhook: Webhook) -> None:
    world.faults = Faults(seed=3, duplicate_callbacks=True, shuffle_callbacks=True)
    await twilio.send(sms("d-1", "Hei"))
    await world.drain()
    assert sorted(webhook.statuses) == sorted(["queued", "sent", "delivered"] * 2)
    assert webhook.statuses != ["queued", "sent", "delivered"] * 2


@pytest.mark.asyncio
async def test_a_direct_message_can_be_read(world: Providers, url: str, webhook: Webhook) -> None:
    world.auto_deliver = False
    await twilio_as("whatsapp:+4759440000", world, url, webhook).send(sms("d-1", "Hei"))
    await world.emit_sms_status(world.log[0], "read")
    await world.drain()
    assert webhook.statuses == ["read"]
    assert webhook.forms[0]["To"] == "whatsapp:+4741234567"


def by_template(**changed: str) -> dict[str, str]:
    form = {"To": "whatsapp:+4741234567", "From": "whatsapp:+4759440001", "ContentSid": SID}
    return form | {"ContentVariables": '{"1": "Nordlys", "2": "802,00 kr"}'} | changed


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("form", "code"),
    [
        (by_template(ContentSid="HX1"), 21655),
        (by_template(ContentVariables="Nordlys"), 21656),
        (by_template(ContentVariables='["Nordlys"]'), 21656),
        (by_template(ContentVariables='{"1": "Nordlys", "2": ""}'), 21656),
        (by_template(ContentVariables='{"1": "Nord\\nlys", "2": "802,00 kr"}'), 21656),
        (by_template(ContentVariables='{"1": null, "2": "802,00 kr"}'), 21656),
        ({"To": "+4741234567", "From": "Nordlys", "ContentVariables": "{}"}, 21654),
    ],
)
async def test_a_template_and_its_values_are_checked_at_once(
    http: httpx.AsyncClient, world: Providers, form: dict[str, str], code: int
) -> None:
    world.templates[SID] = Template("Fra {{1}}: {{2}} er forfalt.")
    answer = await http.post(PATH, data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert world.log == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "values", "code"),
    [
        ("approved", '{"1": "Nordlys", "2": "802,00 kr"}', None),
        ("approved", '{"1": "Nordlys"}', "63028"),
        ("rejected", '{"1": "Nordlys", "2": "802,00 kr"}', "63040"),
        ("paused", '{"1": "Nordlys", "2": "802,00 kr"}', "63041"),
        ("disabled", '{"1": "Nordlys", "2": "802,00 kr"}', "63042"),
    ],
)
async def test_what_meta_makes_of_a_template_is_told_later(
    http: httpx.AsyncClient, world: Providers, webhook: Webhook, status: Any, values: str, code: str | None
) -> None:
    world.templates[SID] = Template("Fra {{1}}: {{2}} er forfalt.", status)
    form = by_template(ContentVariables=values, StatusCallback=f"{webhook.url}/webhooks/twilio/status?delivery=d-1")
    assert (await http.post(PATH, data=form)).status_code == 201
    await world.drain()
    assert webhook.forms[-1].get("ErrorCode") == code
    assert webhook.statuses[-1] == ("failed" if code else "delivered")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("ago", "code"),
    [
        (None, "63016"),
        (timedelta(hours=23, minutes=59, seconds=59), None),
        (timedelta(hours=24, seconds=1), "63016"),
    ],
)
async def test_any_words_go_by_whatsapp_for_a_day_after_the_person_wrote(
    world: Providers, url: str, webhook: Webhook, ago: timedelta | None, code: str | None
) -> None:
    now = world.clock()
    if ago is not None:
        world.clock = lambda: now - ago
        await world.inbound_whatsapp("+4741234567", "Hei")
        await world.inbound_sms("+4742222222", "Hei")
    world.clock = lambda: now
    await twilio_as("whatsapp:+4759440001", world, url, webhook).send(sms("d-1", "Hei"))
    await world.drain()
    assert webhook.forms[-1].get("ErrorCode") == code


@pytest.mark.asyncio
async def test_stop_silences_a_number_until_start(http: httpx.AsyncClient, world: Providers, webhook: Webhook) -> None:
    await world.inbound_sms("+4741234567", " stop ")
    assert (await http.post(PATH, data=GOOD)).json()["code"] == 21610
    await world.inbound_sms("+4741234567", "START")
    assert (await http.post(PATH, data=GOOD)).status_code == 201
    await world.drain()
    assert [(form["Body"], form["OptOutType"]) for form in webhook.forms] == [
        (" stop ", "STOP"),
        ("START", "START"),
    ]
