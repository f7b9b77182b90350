"""What the OpenAPI allows, and much that it does not, never brings the web app down."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

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
from tests.world import creditor
from web.app import create_app

FULL, SMALL = 30, 10  # examples for each operation


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
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=20)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400 and operation.path != "/i/{token}":
            assert answer.headers["content-type"] == ["application/problem+json"]

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # an operation that takes nothing allows nothing wrong
