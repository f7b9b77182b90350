"""What many tests share: one PostgreSQL server, and one world for a session, in which each test has its own creditor.

With `-n` each process is a session of its own, with a server and a world of its own.
"""

import gc
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

# Several processes share few cores: a small sum that each shared out among threads would cost fifty times as much.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import psycopg
import pytest
import pytest_asyncio
import structlog
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from config.embedded import start_postgres
from connectors.drop_folder import QUIET_SECONDS
from simulator.emulators.providers import Faults
from tests.world import World, fresh_database
from tests.world import world as a_world

pytest_plugins = ["tests.store"]

# The longest first, so that no process is left alone with one of them at the end.
LONGEST = (
    "tests/simulator/test_demo",
    "tests/crash/test_bank_file.py::test_a_file_in_the_folder",
    "tests/crash/test_kills.py::test_many_cases",
    "tests/test_docs_as_written",
    "tests/config/test_embedded",
    "tests/crash/",
    "tests/browser/",
    "tests/goldens/test_documents",
    "tests/oracle/",
    "tests/tools/",
    "tests/workflows/",
    "tests/web/",
)
SHARING = ("tests/browser/",)  # a browser, and a world to look at
ALONE = ("tests/crash/",)  # each lasts as long as a file of others
WAITS_FOR_THE_DISK = ("fsync", "synchronous_commit", "full_page_writes")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full`: the numbers that a release is tried with."""
    parser.addoption("--full", action="store_true", help="the full numbers of cases and files, not the small ones")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the full numbers are wanted."""
    return bool(request.config.getoption("--full"))


def pytest_configure(config: pytest.Config) -> None:
    """How many examples a property test tries that does not say so itself, and how faults are told.

    The few are the same each time, so that nobody's change fails by another's chance; the many are new ones.
    """
    full = config.getoption("--full")
    settings.register_profile("purr", deadline=None, max_examples=1000 if full else 25, derandomize=not full)
    settings.load_profile("purr")
    # Most tracebacks are of a fault that a test wants, and one with colours and variables costs as much as ten tests.
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """The garbage collector rests while tests are found, and leaves what was found alone for as long as they run."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests come first; else the order stays. What is thorough is for the full numbers."""
    if not config.getoption("--full"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
    items.sort(
        key=lambda item: next((n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))
    )


class ByFile(LoadFileScheduling):
    """A file's tests run in one process, and so do those of a folder that share something costly; the longest go alone."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ALONE):
            return nodeid
        return next((folder for folder in SHARING if nodeid.startswith(folder)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How tests are shared out among processes: in our order, not the files with most tests first."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Whom to trust is read from the disk once, and not for each client of each test: they speak to nobody outside."""
    read = ssl.create_default_context

    @cache
    def kept(_named: str | None, **given: Any) -> ssl.SSLContext:
        return read(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", lambda **given: kept(os.environ.get("SSL_CERT_FILE"), **given))
        yield


@contextmanager
def own_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server in a folder that is gone afterwards.

    It lies outside pytest's own folder, which every further session closes to all other users, the server's too.
    """
    with tempfile.TemporaryDirectory(prefix="purr-tests-") as folder:
        server = start_postgres(Path(folder))
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the session and waits for no disk."""
    with own_postgres() as url:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            for setting in WAITS_FOR_THE_DISK:
                connection.execute(f"alter system set {setting} = off")  # type: ignore[arg-type]
            connection.execute("select pg_reload_conf()")
        yield url


@pytest_asyncio.fixture(scope="session")
async def session_world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for the session: database, Temporal server, worker and provider emulators."""
    async with a_world(fresh_database(postgres_url, "session_world"), tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest_asyncio.fixture
async def world(session_world: World) -> World:
    """The session's world at the beginning, with well-behaved providers."""
    await session_world.begin()
    providers = session_world.providers
    providers.faults = Faults()
    providers.bad_addresses.clear()
    providers.opted_out.clear()
    return session_world


@pytest.fixture
def a_while_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall's clock is a while ahead, so that a file which was just written lies quiet."""
    ahead = time.time() + QUIET_SECONDS + 60
    monkeypatch.setattr(time, "time", lambda: ahead)
