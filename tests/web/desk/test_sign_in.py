"""Signing in at the desk, over OpenID Connect: who is registered, as whom the provider knows them, and nobody else."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from config.settings import Settings
from domain.desk.roles import Role
from facts import clock
from facts.database import Database
from facts.desk.users import Registration, keep_user
from simulator.emulators import identity
from simulator.emulators.identity import IdentityProvider, Sample
from simulator.emulators.providers import serving
from simulator.staff import settings as leading_to
from tests.begin import turn
from tests.world import laws_for_years_to_come
from web.app import create_app

_numbers = itertools.count(1)


@dataclass
class Entrance:
    """A desk with a provider, somebody who is registered, and a browser."""

    provider: IdentityProvider
    database: Database
    browser: httpx.AsyncClient
    name: str

    @property
    def email(self) -> str:
        """How the provider knows them."""
        return f"{self.name}@desk.example"

    async def register(self, email: str | None = None) -> None:
        """They work at the desk."""
        given = Registration(self.name, email or self.email, "Anne Agerup", (Role.CREDIT_MANAGER,), language="en")
        async with self.database.transaction() as connection:
            await keep_user(connection, given, "tests", await clock.now(connection))

    async def goes(self, back: str = "/desk/", **more: str) -> httpx.URL:
        """Off to the provider, who says that it is them: gives where that leads."""
        off = await self.browser.get("/desk/sign-in/begin", params={"back": back} | more)
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.post(off.headers["location"], data={"email": self.email})
        return httpx.URL(answer.headers["location"])

    async def comes(self, back: str = "/desk/", **more: str) -> httpx.Response:
        """There and back."""
        return await self.browser.get(str(await self.goes(back, **more)))


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[IdentityProvider]:
    """A company's directory."""
    people = tuple(Sample("Anne Agerup", f"p{number}@desk.example") for number in range(1, 60))
    served = IdentityProvider(client_id="purr-desk", people=people)
    async with serving(identity.create_app(served)) as served.url:
        yield served


@pytest_asyncio.fixture(scope="module")
async def app(web_settings: Settings, web_database: Database, provider: IdentityProvider) -> AsyncIterator[FastAPI]:
    """A web app whose desk the directory leads to."""
    set_up = web_settings.model_copy(update=leading_to(provider))
    app = create_app(set_up, web_database, laws_for_years_to_come())
    yield app
    await app.state.services.desk_identity.aclose()


@pytest.fixture
async def entrance(app: FastAPI, web_database: Database, provider: IdentityProvider) -> AsyncIterator[Entrance]:
    """A desk that the directory leads to, and somebody new there."""
    await turn(web_database)
    provider.twist = {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as browser:
        yield Entrance(provider, web_database, browser, f"p{next(_numbers)}")


async def test_who_is_registered_comes_in_and_to_where_they_wanted(entrance: Entrance) -> None:
    await entrance.register()
    answer = await entrance.comes("/desk/?q=kari")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/?q=kari")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-desk="))
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Hello, Anne Agerup" in (await entrance.browser.get("/desk/")).text


async def test_who_is_not_registered_is_told_so_and_stays_out(entrance: Entrance) -> None:
    answer = await entrance.comes()
    assert answer.headers["location"] == "/desk/sign-in?problem=unknown"
    assert "no access here" in (await entrance.browser.get(answer.headers["location"])).text
    assert (await entrance.browser.get("/desk/")).status_code == 303


async def test_signing_in_gives_a_new_session_and_ends_the_one_before(entrance: Entrance) -> None:
    await entrance.register()
    entrance.browser.cookies.set("__Host-desk", "planted-by-somebody", domain="purr.example")
    await entrance.comes()
    first = entrance.browser.cookies["__Host-desk"]
    assert first != "planted-by-somebody"
    await entrance.comes()
    second = entrance.browser.cookies["__Host-desk"]
    entrance.browser.cookies.set("__Host-desk", first, domain="purr.example")
    assert second != first
    assert (await entrance.browser.get("/desk/")).status_code == 303


async def test_another_person_with_the_address_of_who_came_before_is_not_them(entrance: Entrance) -> None:
    await entrance.register()
    await entrance.comes()
    entrance.provider.twist = {"sub": "somebody-who-got-the-address"}
    assert (await entrance.comes()).headers["location"] == "/desk/sign-in?problem=unknown"


async def test_an_address_that_the_provider_has_not_verified_opens_nothing(entrance: Entrance) -> None:
    await entrance.register()
    entrance.provider.twist = {"email_verified": False, "sub": f"unverified-{entrance.name}"}
    assert (await entrance.comes()).headers["location"] == "/desk/sign-in?problem=unknown"


@pytest.mark.parametrize(
    "twist",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
    ],
)
async def test_a_word_of_the_provider_that_does_not_hold_opens_nothing(
    entrance: Entrance, twist: dict[str, Any]
) -> None:
    await entrance.register()
    entrance.provider.twist = twist
    assert (await entrance.comes()).headers["location"] == "/desk/sign-in?problem=given-up"


async def test_a_way_that_another_browser_set_out_on_leads_nowhere(entrance: Entrance) -> None:
    await entrance.register()
    back = await entrance.goes()
    entrance.browser.cookies.clear()
    answer = await entrance.browser.get(str(back))
    assert answer.headers["location"] == "/desk/sign-in?problem=given-up"


async def test_the_same_way_back_is_good_once(entrance: Entrance) -> None:
    await entrance.register()
    back = str(await entrance.goes())
    assert (await entrance.browser.get(back)).headers["location"] == "/desk/"
    assert (await entrance.browser.get(back)).headers["location"] == "/desk/sign-in?problem=given-up"


async def test_who_signs_in_anew_must_have_shown_themselves_just_now(entrance: Entrance) -> None:
    await entrance.register()
    entrance.provider.twist = {"auth_time": 1}
    assert (await entrance.comes(anew="1")).headers["location"] == "/desk/sign-in?problem=given-up"
    assert (await entrance.comes()).headers["location"] == "/desk/"


async def test_a_provider_that_is_away_keeps_new_people_out_and_nobody_else(
    entrance: Entrance, web_settings: Settings, web_database: Database
) -> None:
    await entrance.register()
    await entrance.comes()
    gone = leading_to(IdentityProvider(url="http://127.0.0.1:1"))
    app = create_app(web_settings.model_copy(update=gone), web_database, laws_for_years_to_come())
    transport, cookies = httpx.ASGITransport(app), entrance.browser.cookies
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", cookies=cookies) as browser:
        off = await browser.get("/desk/sign-in/begin")
        assert off.headers["location"] == "/desk/sign-in?problem=away"
        assert (await browser.get("/desk/")).status_code == 200
    await app.state.services.desk_identity.aclose()


async def test_without_a_provider_the_desk_is_closed(web_settings: Settings, web_database: Database) -> None:
    app = create_app(web_settings, web_database, laws_for_years_to_come())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://purr.example") as browser:
        answer = await browser.get("/desk/sign-in")
        assert (answer.status_code, "desk is closed" in answer.text) == (503, True)
        for path in ("/desk/sign-in/begin", "/desk/sign-in/back?state=desk.x&code=y"):
            assert (await browser.get(path)).headers["location"] == "/desk/sign-in"
        assert (await browser.get("/desk/")).status_code == 303
