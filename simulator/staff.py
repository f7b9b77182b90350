"""People who work at the desk of a world on one machine, and the directory that knows them: one of each role."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.roles import Role
from facts.desk.users import Registration, keep_user
from simulator.emulators.identity import IdentityProvider, Sample

AGENCY: Final = "Ring AS"
PEOPLE: Final[Mapping[Role, tuple[str, str]]] = {
    Role.AGENT: ("anne", "Anne Agerup"),
    Role.SUPERVISOR: ("bente", "Bente Berg"),
    Role.CREDIT_MANAGER: ("kim", "Kim Kredal"),
    Role.AUDITOR: ("rune", "Rune Revik"),
    Role.COLLECTION_PARTNER: ("ines", "Ines Inkmo"),
    Role.CALL_AGENCY: ("rita", "Rita Ringdal"),
}
"""Short and full name of each."""


def directory() -> IdentityProvider:
    """The provider by which they sign in: whoever comes says which of them they are, and is believed."""
    people = tuple(Sample(full, _email(short)) for short, full in PEOPLE.values())
    return IdentityProvider(client_id="purr-desk", client_secret="directory-simulated-secret", people=people)


def settings(directory: IdentityProvider) -> dict[str, Any]:
    """The settings that lead to it."""
    return {
        "desk_issuer": directory.url,
        "desk_client_id": directory.client_id,
        "desk_client_secret": SecretStr(directory.client_secret),
    }


@asynccontextmanager
async def at_desk(url: str, role: Role) -> AsyncIterator[httpx.AsyncClient]:
    """One of them signed in at the desk of a web app, as their browser is."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30, trust_env=False) as browser:
        off = await browser.get("/desk/sign-in/begin")
        back = await browser.post(off.headers["location"], data={"email": _email(PEOPLE[role][0])})
        await browser.get(back.headers["location"])
        yield browser


def introduced() -> str:
    """Who they are, for whoever is to try the desk as one of them."""
    return ", ".join(f"{full} ({role.value})" for role, (_, full) in PEOPLE.items())


async def register(connection: AsyncConnection, now: datetime, creditors: Sequence[str]) -> None:
    """They work here from now on; who works for somebody else sees these creditors."""
    for role, (short, full) in PEOPLE.items():
        outside = role in (Role.COLLECTION_PARTNER, Role.CALL_AGENCY)
        agency = AGENCY if role is Role.CALL_AGENCY else None
        whose = tuple(creditors) if outside else None
        await keep_user(connection, Registration(short, _email(short), full, (role,), whose, agency), "purr-setup", now)


def _email(short: str) -> str:
    return f"{short}@desk.example"
