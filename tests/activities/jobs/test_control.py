"""The morning's mail: what waits goes to whoever looks after Purr, and good news goes too."""

from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr

from activities.jobs.control import Control
from channels.email import sendgrid_of
from config.settings import Settings
from facts.operations import stops
from simulator.emulators.providers import Providers, create_app, serving
from tests.store import NOW, Store
from tests.world import laws_for_years_to_come


@pytest_asyncio.fixture
async def providers() -> AsyncIterator[Providers]:
    """SendGrid, emulated, calling nobody back."""
    yield Providers(auto_deliver=False)


async def mailed(store: Store, providers: Providers, address: str = "drift@purr.example") -> tuple[int, str]:
    """How many checks found something, and what was sent."""
    async with serving(create_app(providers)) as url:
        settings = Settings(
            sendgrid_host=url,
            sendgrid_api_key=SecretStr(providers.sendgrid_api_key),
            email_sender="faktura@purr.example",
        )
        laws = laws_for_years_to_come()
        job = Control(store.database, laws, laws["NO"], sendgrid_of(settings), address)
        found = await job.mail_control()
    return found, "".join(str(each) for each in providers.log)


async def test_what_stands_still_is_mailed_with_who_and_why(store: Store, providers: Providers) -> None:
    async with store.database.transaction() as connection:
        await stops.set_stop(connection, "everything", "", None, "breaker", "more-than-forecast", NOW)
    found, sent = await mailed(store, providers)
    assert found > 0
    assert "drift@purr.example" in sent
    assert "Purr: stopped" in sent
    assert "everything: by breaker, more-than-forecast" in sent


async def test_where_nobody_wants_it_nothing_is_sent(store: Store, providers: Providers) -> None:
    found, sent = await mailed(store, providers, address="")
    assert found > 0
    assert sent == ""
