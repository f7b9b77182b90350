"""Where the terminal finds what runs, and its database; what stands in the way is one sentence."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import structlog
import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from config.running import RUN_FILE, found, is_running
from config.settings import Settings, SettingsError, read_settings, variable
from domain.located_yaml import FileError
from facts import clock
from facts.database import Database
from facts.refusals import Refused
from terminal import output
from terminal.output import Refusal

if TYPE_CHECKING:
    from composition import Parts

ANSWER_SECONDS = 3.5  # a command has its answer within five seconds, the start of this process included

Result = TypeVar("Result")
Work = TypeVar("Work", bound=Callable[..., Coroutine[Any, Any, int | None]])


def command(app: typer.Typer, name: str) -> Callable[[Work], Work]:
    """Let asynchronous work be typed as a command of an app; it gives the exit code, or None where all is well."""

    def typed_as(work: Work) -> Work:
        @app.command(name)
        @wraps(work)
        def typed(*words: Any, **options: Any) -> int | None:
            return run(work(*words, **options))

        return work

    return typed_as


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Do a command's work; what stands in its way becomes a refusal in one sentence."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))  # stdout is for the answer
    try:
        return asyncio.run(work)
    except (Refused, SettingsError, FileError) as refused:
        raise Refusal(str(refused)) from refused
    except (OperationalError, InterfaceError) as away:
        raise Refusal(f"the database does not answer: {_first_line(away.orig)}") from away
    except ProgrammingError as missing:
        raise Refusal(f"the database is not Purr's of this version: {_first_line(missing.orig)}") from missing
    except DBAPIError as refused:
        raise Refusal(f"the database refuses this: {_first_line(refused.orig)}") from refused
    except ArgumentError as wrong:
        raise Refusal("PURR_DATABASE_URL is no database URL: write postgresql://user:password@host/name") from wrong


def terminal_settings() -> Settings:
    """The settings of the environment; where it names no database, or --state a folder, those of what runs there."""
    settings = read_settings()
    asked = output.state()
    if asked is None and (settings.environment == "production" or settings.database_url.get_secret_value()):
        return settings
    if asked is not None:
        settings = settings.model_copy(update={"state_folder": asked})
    folder = settings.state_folder
    if not (folder / RUN_FILE).is_file():
        named = f"no database is named in {variable('database_url')} and " if asked is None else ""
        raise Refusal(f"{named}nothing runs in {folder}: start it with `make run`")
    try:
        running = found(settings)
    except ValueError as broken:
        raise Refusal(f"{folder / RUN_FILE} cannot be understood: start anew with `make run`") from broken
    if not is_running(folder):
        raise Refusal(f"what ran in {folder} has ended without a word: start it again with `make run`")
    return settings.model_copy(update=running)


@asynccontextmanager
async def parts() -> AsyncIterator["Parts"]:
    """What a command that acts works with, its connections for the time of the command."""
    from composition import Parts  # who only looks waits for no rules

    settings = terminal_settings()
    async with _database(settings) as database:
        yield Parts(settings, database)


@asynccontextmanager
async def transaction(
    of: tuple[clock.Thing, int | UUID | str] | None = None,
) -> AsyncIterator[tuple[AsyncConnection, datetime]]:
    """One transaction on the facts, and what time it is for it: for the creditor whose thing it is `of`, if of one."""
    async with _database(terminal_settings()) as database, database.transaction() as connection:
        yield connection, await (clock.now_for(connection, *of) if of else clock.now(connection))


@asynccontextmanager
async def snapshot() -> AsyncIterator[AsyncConnection]:
    """A connection to read much with: its statements see one moment."""
    async with _database(terminal_settings()) as database, database.snapshot() as connection:
        yield connection


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    url = make_url(settings.database_url.get_secret_value())
    patient = url.update_query_dict({"connect_timeout": str(int(ANSWER_SECONDS))})
    database = Database(patient.render_as_string(hide_password=False), pool_size=2)
    try:
        yield database
    finally:
        await database.close()


def local_day(now: datetime) -> date:
    """The day at a moment where money is booked: the home country's, as over the API."""
    from config.files import HOME, read_laws  # who asks for no day waits for no rules

    return read_laws()[HOME].calendar.local_date(now)


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().split("\n", 1)[0]
