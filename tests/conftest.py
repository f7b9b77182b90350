"""What many tests share: one PostgreSQL server, and one world for a session, in which each test has its own creditor."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from config.embedded import start_postgres
from simulator.providers import Faults
from tests.world import World, fresh_database
from tests.world import world as a_world


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the session.

    It lies outside pytest's own folder, which every further session closes to all other users, the server's too.
    """
    with tempfile.TemporaryDirectory(prefix="purr-tests-") as folder:
        server = start_postgres(Path(folder))
        yield server.url
        server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for the session: database, Temporal server, worker and provider emulators."""
    async with a_world(fresh_database(postgres_url, "session_world"), tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(session_world: World) -> World:
    """The session's world with well-behaved providers. Tests that use it run in the session's event loop."""
    providers = session_world.providers
    providers.faults = Faults()
    providers.bad_addresses.clear()
    providers.opted_out.clear()
    return session_world
