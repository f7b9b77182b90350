"""The moment at which every test begins: a Monday morning far ahead, unless PURR_TEST_BEGIN names another."""

import os
from datetime import UTC, datetime, timedelta

from config.files import HOME, read_laws
from facts import clock
from facts.database import Database
from simulator.beginning import OSLO, still_ahead

DEFAULT = "2035-03-05T10:00"
BEGIN = still_ahead(datetime.fromisoformat(os.environ.get("PURR_TEST_BEGIN", DEFAULT)), datetime.now(UTC))
TODAY = BEGIN.astimezone(OSLO).date()


class Clock:
    """Time as a test has it: from the beginning it goes on at the wall's pace."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """It is the moment of the beginning again."""
        self.ahead: timedelta = BEGIN - datetime.now(UTC)

    def now(self) -> datetime:
        """What time it is for the test (UTC)."""
        return datetime.now(UTC) + self.ahead


def by_day() -> datetime:
    """The first moment from the beginning on at which people may be called, and a minute later too (UTC)."""
    law = read_laws()[HOME]
    return law.calendar.next_contact_time(BEGIN + timedelta(minutes=2), law.contact_hours)


async def turn(database: Database, moment: datetime = BEGIN) -> None:
    """Turn the doors' clock to a moment, from which it goes on."""
    async with database.transaction() as connection:
        await clock.set_offset(connection, (moment - datetime.now(UTC)).total_seconds())
