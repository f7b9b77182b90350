"""What a provider of identities tells counts only as it was asked for: signed, for us, for this request, now, surely enough."""

import base64
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey

from connectors.identity.openid import Identity, IdentityUnavailable, Journey, NotIdentified, OpenIdentity
from simulator.emulators import identity
from simulator.emulators.identity import LEVEL, IdentityProvider
from simulator.emulators.providers import serving

BACK = "https://purr.example/i/bankid"
KARI = {"name": "Kari Nordmann", "birthdate": "1980-02-29"}


@pytest_asyncio.fixture(scope="module")
async def world() -> AsyncIterator[IdentityProvider]:
    """A provider that is served."""
    served = IdentityProvider()
    async with serving(identity.create_app(served)) as served.url:
        yield served


@pytest_asyncio.fixture
async def provider(world: IdentityProvider) -> AsyncIterator[OpenIdentity]:
    """The same as it is set up for us."""
    world.twist = {}
    set_up = of(world)
    yield set_up
    await set_up.aclose()


def of(world: IdentityProvider, **changes: Any) -> OpenIdentity:
    given: dict[str, Any] = {
        "issuer": world.url,
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "levels": (LEVEL,),
        "back": BACK,
    }
    return OpenIdentity(**given | changes)


async def went(provider: OpenIdentity, journey: Journey, **person: str) -> httpx.URL:
    """Somebody goes there and says who they are: gives where that leads."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.post(await provider.address(journey, "nb"), data=person or KARI)
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["location"])


async def identified(provider: OpenIdentity, journey: Journey, back: httpx.URL) -> Identity:
    return await provider.identity(journey, back.params.get("state", ""), back.params.get("code", ""))


async def test_whoever_comes_back_is_who_the_provider_says(provider: OpenIdentity) -> None:
    journey = provider.begin("page")
    back = await went(provider, journey)
    assert str(back).startswith(BACK)
    assert back.params["state"].startswith("page.")
    who = await identified(provider, journey, back)
    assert (who.name, str(who.birth_date)) == ("Kari Nordmann", "1980-02-29")
    with pytest.raises(NotIdentified):
        await identified(provider, journey, back)  # each code is good once


@pytest.mark.parametrize(
    "twist",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": ["purr-simulated", "somebody-else"]},
        {"azp": "somebody-else"},
        {"acr": "urn:grn:authn:no:bankid:substantial"},
        {"acr": None},
        {"exp": timedelta(minutes=-2)},
        {"exp": None},
        {"iat": timedelta(minutes=10)},
        {"sub": None},
        {"name": None},
        {"name": ["Kari"]},
        {"birthdate": "1980"},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
async def test_what_is_not_for_us_and_for_now_and_sure_enough_shows_nobody(
    world: IdentityProvider, provider: OpenIdentity, twist: dict[str, Any]
) -> None:
    world.twist = {
        claim: int(time.time() + said.total_seconds()) if isinstance(said, timedelta) else said
        for claim, said in twist.items()
    }
    journey = provider.begin("page")
    back = await went(provider, journey)
    with pytest.raises(NotIdentified):
        await identified(provider, journey, back)


async def test_another_ones_way_back_shows_nobody(provider: OpenIdentity) -> None:
    mine, theirs = provider.begin("page"), provider.begin("page")
    back = await went(provider, theirs)
    for journey in (mine, Journey(theirs.state, theirs.nonce, mine.verifier)):
        with pytest.raises(NotIdentified):
            await identified(provider, journey, back)
    given_up = await went(provider, mine, cancel="1")
    assert given_up.params["error"] == "access_denied"
    with pytest.raises(NotIdentified):
        await identified(provider, mine, given_up)


async def test_what_another_key_has_signed_shows_nobody(world: IdentityProvider, provider: OpenIdentity) -> None:
    journey = provider.begin("page")
    back = await went(provider, journey)
    published = world.key
    forged = IdentityProvider(url=world.url, key=RSAKey.generate_key(2048, {"kid": published.kid or ""}))
    token, world.token = world.token, forged.token  # type: ignore[method-assign]
    try:
        with pytest.raises(NotIdentified):
            await identified(provider, journey, back)
    finally:
        world.token = token  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "changes", [{"issuer": "http://127.0.0.1:1"}, {"client_secret": "wrong"}, {"issuer": "PLACE/"}], ids=str
)
async def test_a_provider_that_is_away_or_another_is_told_apart(
    world: IdentityProvider, changes: dict[str, str]
) -> None:
    changes = {name: value.replace("PLACE", world.url) for name, value in changes.items()}
    right, wrong = of(world), of(world, **changes)
    journey = right.begin("page")
    back = await went(right, journey)
    with pytest.raises(IdentityUnavailable):
        await identified(wrong, journey, back)
    await right.aclose()
    await wrong.aclose()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_word_that_nobody_signed_or_that_our_own_secret_could_sign_shows_nobody(
    world: IdentityProvider, provider: OpenIdentity, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    signed = world.token

    def unsigned(asked: dict[str, str], person: dict[str, str]) -> str:
        _, said, signature = signed(asked, person).split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode().rstrip("=")
        return f"{head}.{said}.{'' if algorithm == 'none' else signature}"

    journey = provider.begin("page")
    back = await went(provider, journey)
    monkeypatch.setattr(world, "token", unsigned)
    with pytest.raises(NotIdentified, match="did not sign it"):
        await identified(provider, journey, back)
