"""Until when a thread rests: an exact moment by the clock of the creditor's country, neither past nor a year away."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from domain.countries.calendar import Calendar

LONGEST: Final = timedelta(days=366)
MORNING: Final = time(8)


class NoMoment(StrEnum):
    """Why nothing can rest until then."""

    NONE = "none"
    PAST = "past"
    FAR = "far"


def snooze_until(calendar: Calendar, written: str, now: datetime) -> datetime | NoMoment:
    """The moment (UTC) that a clock there shows, as a browser writes it: 2026-12-04T09:30. A time that the night of summer
    time skips or repeats is the later of its two readings."""
    try:
        day, clock = date.fromisoformat(written[:10]), time.fromisoformat(written[11:])
    except ValueError:
        return NoMoment.NONE
    if clock.tzinfo is not None or written[10] != "T":
        return NoMoment.NONE
    if not now.year - 1 <= day.year <= now.year + 2:
        return NoMoment.FAR if day.year > now.year else NoMoment.PAST
    until = calendar.at(day, clock)
    if until <= now:
        return NoMoment.PAST
    return until if until - now <= LONGEST else NoMoment.FAR


def usual_moments(calendar: Calendar, now: datetime) -> dict[str, str]:
    """Moments that are often wanted, by their words, as a form sends them: in three hours, and mornings of banking days."""
    here = calendar.here(now)
    mornings = {"tomorrow": timedelta(days=1), "week": timedelta(days=7)}
    in_hours = calendar.here(now + timedelta(hours=3)).local.replace(tzinfo=None, second=0, microsecond=0)
    return {"hours": in_hours.isoformat(timespec="minutes")} | {
        word: f"{calendar.banking_day_on_or_after(here.day + ahead)}T{MORNING:%H:%M}"
        for word, ahead in mornings.items()
    }
