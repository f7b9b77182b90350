"""A moment as the people of a country live it: a UTC time with the local day, the only day that counts in law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware time and the zone of those whom it concerns: the debtor, else the creditor."""

    at: datetime
    zone: tzinfo

    @property
    def local(self) -> datetime:
        """What clocks there show."""
        return self.at.astimezone(self.zone)

    @property
    def day(self) -> date:
        """The date there, which is another than in UTC for some hours of every day."""
        return self.local.date()

    def end_of(self, day: date) -> datetime:
        """The moment (UTC) at which a day is over there."""
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone)
        return midnight.replace(fold=1).astimezone(UTC)


def moment_in(country: str, at: datetime) -> Moment:
    """An aware time as it is in a country (ISO 3166 code); ValueError for a country without a time zone."""
    return Moment(at, zone_of(country))


@lru_cache
def zone_of(country: str) -> ZoneInfo:
    """The time zone of a country, of several the one that most people live in; ValueError when it has none."""
    if (zone := zones().get(country)) is None:
        raise ValueError(f"no time zone is known for {country!r}; write a code like NO")
    return ZoneInfo(zone)


@lru_cache
def zones() -> Mapping[str, str]:
    """The time zone of every country, of several the one that most people live in, by the country's code.

    Source: zone.tab of the IANA time zone database, which lists a country's most populous zone first.
    """
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    found = dict[str, str]()
    for line in table.splitlines():
        if line[:1] not in ("", "#"):
            code, _, zone, *_ = line.split("\t")
            found.setdefault(code, zone)
    return found
