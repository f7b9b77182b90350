"""The desk as somebody of a role meets it, over the facts of a fresh creditor."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from domain.desk.roles import Role
from facts import clock
from facts.desk import sessions
from facts.desk.users import Registration, User, keep_user
from tests.web.door import Door

_numbers = itertools.count(1)


@dataclass
class Desk:
    """Somebody signed in, in a browser of their own; `door` is the creditor whose cases they see."""

    door: Door
    user: User
    client: httpx.AsyncClient

    async def get(self, path: str, **more: str) -> httpx.Response:
        """A page of the desk."""
        return await self.client.get(path, params=more or None)

    async def send(self, path: str, **form: str | list[str]) -> httpx.Response:
        """A form of a page of the desk."""
        return await self.client.post(path, data=form)


@dataclass
class Staff:
    """Whoever a test wants at the desk."""

    door: Door

    async def sign_in(
        self, *roles: Role, creditors: tuple[str, ...] | None = None, agency: str | None = None, language: str = "en"
    ) -> Desk:
        """Somebody of these roles, who sees the fresh creditor's cases unless others are named."""
        return await self._sign_in(roles, creditors or (self.door.creditor,), agency, language)

    async def sign_in_everywhere(self, *roles: Role) -> Desk:
        """Somebody of these roles who sees every creditor's cases."""
        return await self._sign_in(roles, None, None, "en")

    async def _sign_in(
        self, roles: tuple[Role, ...], whose: tuple[str, ...] | None, agency: str | None, language: str
    ) -> Desk:
        name = f"{roles[0].value}{next(_numbers)}"
        given = Registration(name, f"{name}@desk.example", name.title(), roles, whose, agency, language)
        async with self.door.database.transaction() as connection:
            user = await keep_user(connection, given, "tests", await clock.now(connection))
            token = await sessions.begin(connection, user, None)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.door.app, raise_app_exceptions=False),
            base_url="https://purr.example",
            headers={"Origin": "https://purr.example", "Sec-Fetch-Site": "same-origin"},
            cookies={"__Host-desk": token},
        )
        return Desk(self.door, user, client)


@pytest.fixture
def staff(door: Door) -> Staff:
    """People for the desk of a fresh creditor."""
    return Staff(door)


@pytest.fixture
async def desk(staff: Staff) -> AsyncIterator[Desk]:
    """An agent, signed in."""
    signed_in = await staff.sign_in(Role.AGENT)
    async with signed_in.client:
        yield signed_in
