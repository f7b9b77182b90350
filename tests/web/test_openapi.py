"""The OpenAPI says all that a reader needs, and what it allows, and much that it does not, never brings the web app down."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import jsonschema
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from config.settings import Settings
from facts import clock
from facts.database import Database
from facts.parties.creditors import issue_api_key, register
from facts.webhooks.events import EVENTS
from tests.web.door import Door
from tests.world import creditor
from web.app import create_app
from web.openapi import VERSION, example_of

FULL, SMALL = 30, 2  # examples for each operation


class Serving(uvicorn.Server):
    """A web server in a thread of its own, with an event loop of its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.run, kwargs={"sockets": [self.listener]})

    def begin(self) -> str:
        self.thread.start()
        while not self.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def end(self) -> None:
        self.should_exit = True
        self.thread.join()


@pytest.fixture(scope="module")
def key(web_settings: Settings) -> str:
    """A creditor's API key."""

    async def issue() -> str:
        database = Database(web_settings.database_url.get_secret_value())
        async with database.transaction() as connection:
            now = await clock.now(connection)
            await register(connection, creditor(organisation_number=None, id="anything"), now)
            issued = await issue_api_key(connection, "anything", "tests", now)
        await database.close()
        return issued

    return asyncio.run(issue())


@pytest.fixture(scope="module")
def api(web_settings: Settings) -> Iterator[Any]:
    """The schema as a served app tells it."""
    server = Serving(uvicorn.Config(create_app(web_settings), log_config=None))
    url = server.begin()
    yield schemathesis.openapi.from_url(f"{url}/openapi.json")
    server.end()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nothing_that_is_sent_is_an_error_of_ours(api: Any, key: str, mode: GenerationMode, full: bool) -> None:
    for operation in api.get_all_operations():
        send_many(operation.ok(), key, mode, FULL if full else SMALL)


def send_many(operation: Any, key: str, mode: GenerationMode, examples: int) -> None:
    """Send so much of what the schema allows (positive) or forbids (negative) to one operation."""

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=60)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400 and operation.path != "/i/{key}":
            assert answer.headers["content-type"] == ["application/problem+json"]

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # an operation that takes nothing allows nothing wrong


# --- what the description says ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def description(web_settings: Settings) -> dict[str, Any]:
    """The API's description."""
    return create_app(web_settings, Database("postgresql://nobody@127.0.0.1:1/none")).openapi()


def walked(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with its place."""
    if isinstance(node, dict):
        yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        if name not in ("example", "examples", "default"):
            yield from walked(child, f"{path}/{name}")


def all_operations(description: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for place in ("paths", "webhooks"):
        for path, methods in description[place].items():
            for method, operation in methods.items():
                yield f"{method} {path}", operation


def test_it_is_openapi_of_a_version_that_says_where_it_is_and_what_may_change(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    assert description["info"]["version"] == VERSION
    assert description["servers"] == [{"url": "https://purr.example", "description": "This installation."}]
    assert "things are only added" in description["info"]["description"]
    tags = {tag["name"] for tag in description["tags"] if tag["description"]}
    assert {tag for _, operation in all_operations(description) for tag in operation["tags"]} == tags
    assert all(re.fullmatch(r"[\w.-]+", name) for part in description["components"].values() for name in part)


def test_every_property_and_parameter_is_described(description: dict[str, Any]) -> None:
    properties = [
        f"{place}/{name}"
        for place, node in walked(description)
        for name, field in (node.get("properties") or {}).items()
        if not field.get("description")
    ]
    parameters = [
        f"{at} {each['name']}"
        for at, operation in all_operations(description)
        for each in operation.get("parameters", ())
        if not each.get("description")
    ]
    assert properties + parameters == []


def test_every_operation_has_a_short_name_a_summary_and_words_and_is_called_once(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in all_operations(description)]
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+){0,5}", name)] == []
    assert len(set(names)) == len(names)
    assert {"create_invoice", "get_invoice", "create_payments", "on_payment_booked"} <= set(names)
    for at, operation in all_operations(description):
        assert all(operation.get(part) for part in ("summary", "description")), at


def test_every_body_has_a_schema_and_an_example_that_is_as_it_says(description: dict[str, Any]) -> None:
    for place, node in walked(description):
        content = node.get("content")
        for media, body in content.items() if isinstance(content, dict) and not place.endswith("properties") else ():
            assert "schema" in body, f"{place} {media}"
            example = body["example"]
            schema = {**body["schema"], "components": description["components"]}
            jsonschema.validate(example, schema, format_checker=jsonschema.FormatChecker())


def test_every_answer_has_a_schema_and_every_problem_is_one(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                found = (
                    description["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                    if "$ref" in answer
                    else answer
                )
                assert found["description"], (method, path, status)
                assert status == "204" or found["content"], (method, path, status)
                assert "X-Request-Id" in found["headers"]
                assert int(status) < 400 or list(found["content"]) == ["application/problem+json"]
            if path.startswith("/v1/"):
                assert {"401", "422", "429", "500", "503"} <= operation["responses"].keys()
                assert operation["security"] == [{"api_key": []}]
                assert method == "get" or "Idempotency-Key" in {each["name"] for each in operation["parameters"]}


def test_every_event_is_described_as_it_is_sent(description: dict[str, Any]) -> None:
    assert set(description["webhooks"]) == set(EVENTS)
    for event, methods in description["webhooks"].items():
        body = methods["post"]["requestBody"]["content"]["application/json"]
        assert body["example"]["type"] == event
        assert body["example"]["data"].keys() == EVENTS[event].fields


async def test_what_the_examples_ask_for_is_well_formed(door: Door, description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1/") and "requestBody" in operation:
                for media, body in operation["requestBody"]["content"].items():
                    address = re.sub(r"{(\w+)}", partial(sample, operation), path)
                    if media == "application/json":
                        answer = await door.client.request(method, address, json=body["example"])
                        assert answer.json().get("type") != "urn:purr:problem:invalid", (path, answer.text)


def sample(operation: Any, named: re.Match[str]) -> str:
    """An example of a part of an address."""
    (found,) = [each for each in operation["parameters"] if each["name"] == named[1]]
    return str(example_of(found["schema"], {}))
