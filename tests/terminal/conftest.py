"""What the terminal's tests share: typing a command and seeing what it said."""

from pathlib import Path
from typing import Any

import pytest

import starter
from tests.begin import BEGIN
from tests.terminal.office import Office, Said, Typed, turned
from tests.world import emptied_database


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    """Types a command, in a place where nothing runs."""
    monkeypatch.setenv("PURR_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("PURR_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("PURR_DATABASE_URL", raising=False)

    def type_(*words: object) -> Said:
        capsys.readouterr()
        code = starter.main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return type_


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> str:
    """A migrated database with nothing in it when the module begins."""
    return emptied_database(postgres_url, "terminal")


@pytest.fixture
def at_facts(typed: Typed, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command where there is a database at the beginning, and no Temporal server."""
    turned(database_url, BEGIN)
    monkeypatch.setenv("PURR_DATABASE_URL", database_url)
    return typed


@pytest.fixture
def in_world(typed: Typed, world: Any, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command where everything runs."""
    monkeypatch.setenv("PURR_DATABASE_URL", world.settings.database_url.get_secret_value())
    monkeypatch.setenv("PURR_TEMPORAL_ADDRESS", world.client.service_client.config.target_host)
    monkeypatch.setenv("PURR_TEMPORAL_NAMESPACE", world.client.namespace)
    return typed


@pytest.fixture
def office(at_facts: Typed, tmp_path: Path, database_url: str) -> Office:
    """A creditor of the test's own, in the facts."""
    return Office(at_facts, tmp_path, database_url)
