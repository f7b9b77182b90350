"""Webhooks to a creditor's system as an operator handles them in the terminal."""

import asyncio
import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.webhooks.post import WebhookSecrets
from facts import clock
from facts.database import Database
from facts.webhooks import outgoing
from tests.terminal.office import Typed

KEY = "a-master-key-of-32-characters-or-more"
URL = "https://93.184.215.14/purr"
_numbers = count(1)


class Hooks:
    """A creditor of the test's own with the commands about its webhooks."""

    def __init__(self, typed: Typed, folder: Path, database_url: str) -> None:
        self.typed, self.url = typed, database_url
        self.creditor = f"firm-{next(_numbers)}"
        file = folder / "creditor.yaml"
        details = {"id": self.creditor, "name": "Firm AS", "accounts": ["20000000001"], "consumer_policy": "no-gentle"}
        file.write_text(json.dumps(details))
        assert typed("creditor", "add", file).code == 0

    def add(self, *more: str) -> Any:
        said = self.typed("webhooks", "add", self.creditor, URL, *more, "--json")
        assert said.code == 0, said
        return said.json

    def emit(self, *, gives_up: bool = False) -> None:
        asyncio.run(self._emit(gives_up))

    async def _emit(self, gives_up: bool) -> None:
        database = Database(self.url, pool_size=1)
        async with database.transaction() as connection:
            data = {"invoice": "1001", "outcome": "paid"}
            await outgoing.emit(connection, self.creditor, "case.closed", data, await clock.now(connection))
            if gives_up:
                for message in await outgoing.due(connection, 100, each=100, of_creditor=100):
                    tried = {"status": 500, "error": "answered 500", "seconds": 0.1, "pause": timedelta(hours=1)}
                    await outgoing.answered(connection, message.id, **tried)
        await database.close()


@pytest.fixture
def hooks(at_facts: Typed, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    monkeypatch.setenv("PURR_WEBHOOK_SIGNING_KEYS", KEY)
    return Hooks(at_facts, tmp_path, database_url)


def test_an_endpoint_is_added_and_its_secret_shown_whenever_the_operator_asks(hooks: Hooks) -> None:
    added = hooks.add("--event", "case.*", "--event", "payment.booked")
    assert added["secret"] == WebhookSecrets([KEY]).shown(added["endpoint"], 1)
    assert added["secret"] in hooks.typed("webhooks", "secret", added["endpoint"]).out
    (listed,) = hooks.typed("webhooks", "list", "--creditor", hooks.creditor, "--json").json["endpoints"]
    assert (listed["url"], listed["events"]) == (URL, ["case.*", "payment.booked"])
    assert added["secret"] not in hooks.typed("webhooks", "list").out


def test_a_rotation_prints_the_new_secret(hooks: Hooks) -> None:
    added = hooks.add()
    rotated = hooks.typed("webhooks", "rotate", added["endpoint"], "--json").json
    assert rotated["secret_version"] == 2
    assert rotated["secret"] != added["secret"]
    assert rotated["secret"] in hooks.typed("webhooks", "secret", added["endpoint"]).out


def test_a_deleted_endpoint_is_listed_no_more_and_says_how_much_it_did_not_get(hooks: Hooks) -> None:
    here = hooks.add()["endpoint"]
    hooks.emit()
    assert hooks.typed("webhooks", "delete", here, "--json").json == {"endpoint": here, "dropped": 1}
    assert hooks.typed("webhooks", "list", "--creditor", hooks.creditor, "--json").json["endpoints"] == []
    assert hooks.typed("webhooks", "delete", here).code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["https://127.0.0.1/"], "not in the open internet"),
        (["http://93.184.215.14/"], "begins with https://"),
        ([URL, "--event", "case.exploded"], "no events case.exploded: there are *, case.*"),
    ],
)
def test_what_is_no_endpoint_is_refused(hooks: Hooks, words: list[str], said: str) -> None:
    refused = hooks.typed("webhooks", "add", hooks.creditor, *words)
    assert (refused.code, said in refused.err) == (1, True), refused.err


def test_unknown_creditors_endpoints_states_and_days_are_refused(hooks: Hooks) -> None:
    assert hooks.typed("webhooks", "add", "no-such", URL).code == 1
    for command in ("secret", "rotate", "disable", "delete", "enable", "messages", "replay"):
        refused = hooks.typed("webhooks", command, uuid4())
        assert (refused.code, "no webhook endpoint" in refused.err) == (1, True), command
    here = hooks.add()["endpoint"]
    assert hooks.typed("webhooks", "messages", here, "--state", "lost").code == 2
    assert hooks.typed("webhooks", "replay", here, "--since", "yesterday").code == 2


def test_without_a_key_nothing_is_added(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURR_WEBHOOK_SIGNING_KEYS")
    refused = hooks.typed("webhooks", "add", hooks.creditor, URL)
    assert (refused.code, "set PURR_WEBHOOK_SIGNING_KEYS" in refused.err) == (1, True)


def test_messages_are_listed_dropped_and_replayed(hooks: Hooks) -> None:
    here = hooks.add()["endpoint"]
    hooks.emit(gives_up=True)
    (message,) = hooks.typed("webhooks", "messages", here, "--json").json["messages"]
    assert (message["state"], [each["error"] for each in message["attempts"]]) == ("pending", ["answered 500"])
    assert "answered 500" in hooks.typed("webhooks", "messages", here).out
    disabled = hooks.typed("webhooks", "disable", here, "--why", "moved", "--json")
    assert disabled.json == {"endpoint": here, "dropped": 1}
    assert "moved" in hooks.typed("webhooks", "list", "--creditor", hooks.creditor).out
    refused = hooks.typed("webhooks", "replay", here)
    assert (refused.code, "enable it first" in refused.err) == (1, True)
    assert hooks.typed("webhooks", "enable", here).code == 0
    assert hooks.typed("webhooks", "replay", here, "--since", "2999-01-01", "--json").json["replayed"] == 0
    assert hooks.typed("webhooks", "replay", here, "--message", message["id"], "--json").json["replayed"] == 1
    assert hooks.typed("webhooks", "messages", here, "--state", "dropped", "--json").json == {"messages": []}
