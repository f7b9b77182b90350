"""A command costs its module: one that a test registers works over the API and in the facts."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
import pytest_asyncio
from pydantic import Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from commands.registry import COMMANDS
from config.settings import Settings
from facts.database import Database
from facts.refusals import CommandRefused
from tests.begin import turn
from tests.web.door import Door
from tests.world import fresh_database, laws_for_years_to_come
from web.app import create_app

MOVE = text("update dunning_case set flag = 'stuck' where id = :case and :times > 0")
GUARDS = {
    "case_event": "case_event.kind",
    "outbox": "outbox.signal",
    "received_command": "received_command.command",
}


class Wave(Command[None]):
    """Wave at a case."""

    name = "wave"
    times: Annotated[int, Field(description="wave: how often.", gt=0)]

    def refusal(self, state: CaseState, now: object) -> CommandRefused | None:
        """Refuses a case that is held: it does not look."""
        return CommandRefused("the case does not look") if state.held else None

    async def apply(self, to: Recording) -> None:
        """The case is seen."""
        await to.do(MOVE)


@pytest_asyncio.fixture
async def door(postgres_url: str, web_settings: Settings) -> AsyncIterator[Door]:
    """The API with one more command, on facts that take a value more."""
    database = Database(fresh_database(postgres_url, "one_command_more"), pool_size=3)
    COMMANDS["wave"] = Wave
    try:
        async with database.transaction() as connection:
            for table, guard in GUARDS.items():
                await connection.execute(text(f'alter table {table} drop constraint "stored values: {guard}"'))
        await turn(database)
        app = create_app(web_settings, database, laws_for_years_to_come())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
            opened = Door(app, client, database, "outside")
            client.headers["Authorization"] = f"Bearer {await opened.register(opened.creditor)}"
            yield opened
    finally:
        del COMMANDS["wave"]
        await database.close()


async def test_it_is_taken_kept_and_told(door: Door) -> None:
    await door.send_invoice()
    assert (await door.command(command="wave", times=3)).status_code == 202
    assert await door.one("select flag from dunning_case") == "stuck"
    ((kind, detail),) = await door.rows("select kind, detail from case_event")
    assert (kind, detail["times"]) == ("wave", 3)
    assert await door.news() == ["invoice_changed", "wave_recorded"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"command": "wave", "times": 0}, 422, "greater than 0"),
        ({"command": "wave"}, 422, "wave needs times"),
        ({"command": "hold", "times": 1}, 422, "hold takes no times"),
    ],
)
async def test_its_fields_are_checked(door: Door, given: dict[str, object], status: int, said: str) -> None:
    await door.send_invoice()
    answer = await door.command(**given)
    assert (answer.status_code, said in answer.text) == (status, True)


async def test_its_refusal_is_said_in_its_words(door: Door) -> None:
    await door.send_invoice()
    await door.command(command="hold")
    answer = await door.command(command="wave", times=1)
    assert (answer.status_code, answer.json()["detail"]) == (409, "the case does not look")


async def test_it_stands_in_the_description_of_the_api(door: Door) -> None:
    body = door.app.openapi()["components"]["schemas"]["CaseCommand"]["properties"]
    assert "wave" in body["command"]["enum"]
    assert body["times"]["description"] == "wave: how often."
