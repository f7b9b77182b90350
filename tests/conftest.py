"""What many tests share: one PostgreSQL server, and one world for a session, in which each test has its own creditor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.world import World, fresh_database, postgres
from tests.world import world as a_world


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a PostgreSQL server that lives as long as the session."""
    return postgres(tmp_path_factory.mktemp("postgres"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for the session: database, Temporal server, worker and provider emulators."""
    folder: Path = tmp_path_factory.mktemp("world")
    async with a_world(fresh_database(postgres_url, "session_world"), folder) as world:
        yield world


@pytest.fixture
def world(session_world: World) -> World:
    """The session's world with well-behaved providers. Tests that use it run in the session's event loop."""
    providers = session_world.providers
    providers.faults = type(providers.faults)()
    providers.bad_addresses.clear()
    providers.opted_out.clear()
    return session_world
