"""The web app on a real PostgreSQL, without Temporal: facts first."""

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from config.settings import Settings
from facts.database import Database
from simulator.emulators.providers import Providers, serving
from simulator.emulators.providers import create_app as providers_app
from tests.begin import turn
from tests.web.door import (
    LINK_SECRET,
    MAIL_DOMAIN,
    MAIL_SECRET,
    SENDER,
    SENDGRID_KEY,
    TWILIO_TOKEN,
    WEBHOOK_SECRETS,
    Door,
)
from tests.world import fresh_database, laws_for_years_to_come
from web.app import create_app

CREDITORS = [f"c{number}" for number in range(1000)]
_numbers = itertools.count()
HALLS = iter(reversed(CREDITORS))


@pytest.fixture(scope="session")
def web_settings(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with every secret a door verifies with; nothing listens where Temporal should be."""
    url = fresh_database(postgres_url, "web")
    return Settings(
        database_url=url,
        temporal_address="127.0.0.1:1",
        public_url="https://purr.example",
        sendgrid_public_key=SENDGRID_KEY.public_key,
        twilio_auth_token=TWILIO_TOKEN,
        twilio_whatsapp_from="+4759440001",
        link_secrets=(LINK_SECRET,),
        email_sender=SENDER,
        inbound_mail_domain=MAIL_DOMAIN,
        inbound_mail_secrets=(MAIL_SECRET,),
        state_folder=tmp_path_factory.mktemp("state"),
        attachment_folder=tmp_path_factory.mktemp("attachments"),
    )


@pytest_asyncio.fixture(scope="session")
async def web_database(web_settings: Settings) -> AsyncIterator[Database]:
    """The facts behind the web app, with connections that last as long as the session."""
    database = Database(web_settings.database_url.get_secret_value())
    yield database
    await database.close()


@pytest.fixture(scope="session")
def web_app(web_settings: Settings, web_database: Database) -> FastAPI:
    """The web app, with a payment webhook for each creditor that a test may be."""
    own = {creditor: tuple(map(SecretStr, WEBHOOK_SECRETS)) for creditor in CREDITORS}
    settings = web_settings.model_copy(update={"payment_webhook_secrets": own, "collection_partner_secrets": own})
    return create_app(settings, web_database, laws_for_years_to_come())


@pytest.fixture
async def door(web_app: FastAPI, web_database: Database) -> AsyncIterator[Door]:
    """The web app with a fresh creditor, whose key the client carries, at an address of its own."""
    await turn(web_database)
    number = next(_numbers)
    transport = httpx.ASGITransport(
        web_app, raise_app_exceptions=False, client=(f"10.0.{number // 250}.{number % 250}", 1)
    )
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", verify=False) as client:
        opened = Door(web_app, client, web_database, CREDITORS[number])
        client.headers["Authorization"] = f"Bearer {await opened.register(opened.creditor)}"
        yield opened


@pytest_asyncio.fixture
async def providers() -> AsyncIterator[Providers]:
    """SendGrid and Twilio, emulated, calling nobody back."""
    yield Providers(auto_deliver=False)


@pytest_asyncio.fixture
async def hall(web_settings: Settings, web_database: Database, providers: Providers) -> AsyncIterator[Door]:
    """A web app of its own whose providers take messages, with a fresh creditor."""
    await turn(web_database)
    async with serving(providers_app(providers)) as url:
        settings = web_settings.model_copy(
            update={
                "sendgrid_host": url,
                "twilio_api_base": url,
                "sendgrid_api_key": SecretStr(providers.sendgrid_api_key),
                "twilio_account_sid": providers.twilio_account_sid,
                "twilio_auth_token": SecretStr(providers.twilio_auth_token),
                "twilio_sms_from": providers.twilio_number,
            }
        )
        app = create_app(settings, web_database, laws_for_years_to_come())
        transport = httpx.ASGITransport(app, client=("10.9.9.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
            opened = Door(app, client, web_database, next(HALLS))
            client.headers["Authorization"] = f"Bearer {await opened.register(opened.creditor)}"
            yield opened
