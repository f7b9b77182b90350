"""Regions of a country that have holidays of their own: whoever lives there is left in peace on them; banks work as elsewhere."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

from domain.countries.rows import Rows

_WEEK = timedelta(days=7)
_POSTCODE = re.compile(r"(?:[A-Z]{1,3}[- ]{0,2})?(?P<digits>\d(?:[\d ]*\d)?)\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday of every year: a day of the year, the nearest weekday before one, or so many days after Easter Sunday."""

    day_of_year: tuple[int, int] | None = None
    """Month and day."""
    weekday_before: int | None = None
    """The weekday (Monday is 0) before that day; None: that day itself."""
    after_easter: int | None = None
    """Instead of both; negative before it."""

    def falls_on(self, day: date) -> bool:
        """Whether it is on a day."""
        if self.after_easter is not None:
            sunday: date = easter(day.year)
            return day == sunday + timedelta(days=self.after_easter)
        if self.weekday_before is None or self.day_of_year is None:
            return (day.month, day.day) == self.day_of_year
        before = date(day.year, *self.day_of_year)
        return day.weekday() == self.weekday_before and before - _WEEK <= day < before


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a country, told by its postcodes, and the holidays that it has beside the country's."""

    name: str
    postcodes: tuple[tuple[str, str], ...]
    """From the first to the last, each a whole postcode or its first digits."""
    holidays: tuple[Holiday, ...]

    def covers(self, postcode: str) -> bool:
        """Whether a postcode, in digits alone, lies in it."""
        return any(
            first <= postcode[: len(first)] <= last for first, last in self.postcodes if len(postcode) >= len(first)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """Where somebody lives in a country of which regions are told."""

    regions: Rows[Region]
    postcode: str

    @property
    def names(self) -> tuple[str, ...]:
        """Of the regions in which they live, by any row, in the order of the file."""
        return tuple(dict.fromkeys(row.value.name for row in self.regions if row.value.covers(self.postcode)))

    def has_holiday(self, day: date) -> bool:
        """Whether a region in which they live has a holiday on a day, by the newest row of that region."""
        return any(
            any(each.falls_on(day) for each in row.value.holidays)
            and row.value.covers(self.postcode)
            and self.regions.find(day, of=row.value.name) is row.value
            for row in self.regions
        )


def postcode_in(place: str) -> str:
    """The digits of the postcode with which the last line of an address begins, a code of the country before it or not.

    Empty where it begins with none.
    """
    found = _POSTCODE.match(place.strip())
    return found["digits"].replace(" ", "") if found else ""
