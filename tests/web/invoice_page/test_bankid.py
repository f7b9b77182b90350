"""Whoever shows with BankID to be the debtor gets on; anybody else is refused kindly, and nothing of them is kept."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from config.settings import Settings
from facts.database import Database
from simulator.emulators import identity
from simulator.emulators.identity import IdentityProvider
from simulator.emulators.providers import serving
from tests.begin import turn
from tests.web.conftest import HALLS
from tests.web.door import Door, clean
from tests.world import laws_for_years_to_come
from web.app import create_app

KARI = {"name": "Kari Nordmann", "birthdate": "1980-02-29"}


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[IdentityProvider]:
    """BankID, emulated."""
    served = IdentityProvider()
    async with serving(identity.create_app(served)) as served.url:
        yield served


@pytest_asyncio.fixture
async def bank(web_settings: Settings, web_database: Database, provider: IdentityProvider) -> AsyncIterator[Door]:
    """A web app where BankID is set up, with a fresh creditor and an invoice."""
    provider.twist = {}
    await turn(web_database)
    app = create_app(web_settings.model_copy(update=provider.settings()), web_database, laws_for_years_to_come())
    transport = httpx.ASGITransport(app, client=("10.9.8.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
        opened = Door(app, client, web_database, next(HALLS))
        client.headers["Authorization"] = f"Bearer {await opened.register(opened.creditor)}"
        await opened.send_invoice()
        yield opened
    await app.state.services.identity.aclose()


async def here(bank: Door) -> str:
    """The page that this browser has open."""
    link = await bank.link()
    await bank.client.get(link)
    return clean(link)


async def born(bank: Door, day: str) -> None:
    """The debtor's day of birth is known."""
    await bank.rows(
        "update debtor set birth_date = cast(:day as date) where creditor_id = :c returning 1", day=day, c=bank.creditor
    )


async def there(bank: Door, page: str, **person: str) -> httpx.URL:
    """Go to BankID, and say who one is: gives where that leads back to."""
    set_out = await bank.client.post(f"{page}/prove/bankid", data={"for": "account"})
    assert (set_out.status_code, set_out.headers["location"]) == (303, f"{page}/prove/bankid")
    on = await bank.client.get(set_out.headers["location"])
    assert "lagrer dem ikke" in on.text
    address = on.text.partition('class="button first" href="')[2].partition('"')[0].replace("&amp;", "&")
    async with httpx.AsyncClient() as browser:
        answer = await browser.post(address, data=person or KARI)
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["location"])


async def back(bank: Door, address: httpx.URL) -> str:
    """Back at ours: gives where that leads."""
    answer = await bank.client.get(address.raw_path.decode())
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_the_debtor_gets_on_with_bankid_and_nothing_of_it_is_kept(bank: Door) -> None:
    page = await here(bank)
    choice = (await bank.client.get(f"{page}/prove?for=account")).text
    assert choice.index("Få en kode på SMS") < choice.index("Bruk BankID")
    address = await there(bank, page)
    assert str(address).startswith("https://purr.example/i/bankid?")
    assert await back(bank, address) == f"{page}/account"
    assert (await bank.client.get(f"{page}/account")).status_code == 200
    assert "problem=bankid" in await back(bank, address), "the same way back leads on once"
    assert not [name for name in bank.client.cookies if "b-" in name]
    assert (await bank.client.get(f"{page}/account")).status_code == 200


async def test_a_known_day_of_birth_must_be_theirs(bank: Door) -> None:
    await born(bank, "1980-02-29")
    page = await here(bank)
    assert "not_you" in await back(bank, await there(bank, page, name="Kari Nordmann", birthdate="1990-01-01"))
    assert await back(bank, await there(bank, page, name="Kari Hansen", birthdate="1980-02-29")) == f"{page}/account"


async def test_somebody_else_is_refused_kindly_and_told_nothing_of_the_debtor(bank: Door) -> None:
    page = await here(bank)
    led = await back(bank, await there(bank, page, name="Ola Hansen", birthdate="1980-02-29"))
    said = (await bank.client.get(led)).text
    assert "BankID tilhører en annen enn den fakturaen er til" in said
    assert "Nordmann" not in said
    assert (await bank.client.get(f"{page}/account")).status_code == 303


@pytest.mark.parametrize("twist", [{"acr": "low"}, {"nonce": "x"}, {"aud": "other"}, {"exp": 1}], ids=str)
async def test_what_the_provider_may_not_say_opens_nothing(
    bank: Door, provider: IdentityProvider, twist: dict[str, object]
) -> None:
    page = await here(bank)
    provider.twist = twist
    assert "problem=bankid" in await back(bank, await there(bank, page))
    assert (await bank.client.get(f"{page}/account")).status_code == 303


async def test_only_the_browser_that_set_out_comes_back(bank: Door) -> None:
    page = await here(bank)
    address = await there(bank, page)
    kept = dict(bank.client.cookies)
    bank.client.cookies.clear()
    assert (await bank.client.get(address.raw_path.decode())).status_code == 404, "another browser"
    await bank.client.get(await bank.link())
    assert "problem=bankid" in await back(bank, address), "another browser that has the page open, too"
    bank.client.cookies.update(kept)
    cancelled = await there(bank, page, cancel="1")
    led = await back(bank, cancelled)
    assert "problem=bankid" in led
    assert "Ingenting er endret" in (await bank.client.get(led)).text
    for forged in ("/i/bankid", "/i/bankid?state=x&code=y", f"/i/bankid?state={page[3:]}.x&code={'y' * 1000}"):
        assert (await bank.client.get(forged)).status_code in (303, 404)
    assert (await bank.client.get(f"{page}/account")).status_code == 303


async def test_a_business_and_who_is_spoken_for_prove_nothing_with_a_persons_bankid(bank: Door) -> None:
    page = await here(bank)
    for change in ("kind = 'business'", "kind = 'consumer', representative = 'Per Verge'"):
        await bank.rows(f"update debtor set {change} where creditor_id = :c returning 1", c=bank.creditor)
        assert "Bruk BankID" not in (await bank.client.get(f"{page}/prove?for=account")).text
        assert "nowhere" in (await bank.client.post(f"{page}/prove/bankid")).headers["location"]


async def test_a_provider_that_is_away_is_told_and_the_code_is_still_there(
    bank: Door, provider: IdentityProvider
) -> None:
    page = await here(bank)
    settings = bank.app.state.services.settings.model_copy(update={"identity_issuer": "http://127.0.0.1:1"})
    app = create_app(settings, bank.database, laws_for_years_to_come())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://purr.example", cookies=bank.client.cookies
    ) as browser:
        set_out = await browser.post(f"{page}/prove/bankid", data={"for": "account"})
        led = (await browser.get(set_out.headers["location"])).headers["location"]
        said = (await browser.get(led)).text
        assert "BankID ga ikke noe svar" in said
        assert "Få en kode på SMS" in said
    await app.state.services.identity.aclose()
