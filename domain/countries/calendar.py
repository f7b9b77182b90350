"""Banking days, holidays and local clock time of one country, and when its direct debit draws."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from domain.countries.country import DirectDebitRules
from domain.countries.regions import Home
from domain.countries.registry import country_of
from domain.countries.rows import Rows
from domain.moment import Moment, zone_of

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class ContactHours:
    """The local hours in which a person may be disturbed, never on Sundays and holidays; the closing time is outside them."""

    weekdays: tuple[time, time]
    saturday: tuple[time, time] | None


class Calendar:
    """The days and the clock of one country; lookups are cached for all calendars of that country."""

    __slots__ = ("country", "draws", "home", "zone")

    def __init__(
        self, country: str, zone: str, draws: Rows[DirectDebitRules] | None = None, home: Home | None = None
    ) -> None:
        """ValueError when the country's holidays or the time zone are unknown. `draws` are the rules of direct debit.

        `home` is where in the country the people whose calendar it is live, in a region with holidays of its own.
        """
        self.country = country
        self.draws = draws
        self.home = home
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{zone!r} is not a known time zone; write one like Europe/Oslo") from error
        # Not the library's own list, which loads the holidays of the whole world; it also takes NOR, Norway and markets.
        if getattr(getattr(holidays, country, None), "country", None) != country:
            raise ValueError(f"no public holidays are known for {country!r}; write a code like NO")
        if self.zone != zone_of(country):  # the facts know the country alone, and it has one local day
            raise ValueError(f"{zone!r} is not the time zone of {country}; write {zone_of(country).key}")

    def is_public_holiday(self, day: date) -> bool:
        """Whether the day is a public holiday of the country (an ordinary Sunday is not)."""
        return day in _public_holidays(self.country, day.year)

    def is_holiday_at_home(self, day: date) -> bool:
        """Whether people there are left in peace: a public holiday of the country, or one of the region they live in."""
        return self.is_public_holiday(day) or (self.home is not None and self.home.has_holiday(day))

    def is_banking_day(self, day: date) -> bool:
        """Whether banks move money: Monday to Friday except public holidays and days without settlement."""
        return _is_banking_day(self.country, day)

    def banking_day_on_or_after(self, day: date) -> date:
        """The day itself when it is a banking day, else the next banking day."""
        return _add_banking_days(self.country, day, 0)

    def add_banking_days(self, day: date, n: int) -> date:
        """The n-th banking day after the day (negative: before it); 0 is the banking day on or after."""
        return _add_banking_days(self.country, day, n)

    def at(self, day: date, clock: time) -> datetime:
        """The moment in UTC when the local clock shows that time.

        A time that summer time skips or repeats gives the later of its two readings.
        """
        return _moment(self.zone, day, clock)

    def here(self, at: datetime) -> Moment:
        """An aware time as it is there."""
        return Moment(at, self.zone)

    def local_date(self, moment: datetime) -> date:
        """The local date at an aware moment."""
        return moment.astimezone(self.zone).date()

    def rules_of_draws(self, on: date) -> DirectDebitRules | None:
        """The rules of direct debit on a day; None where nobody draws."""
        return self.draws.find(on) if self.draws else None

    def next_contact_time(self, moment: datetime, hours: Rows[ContactHours]) -> datetime:
        """The moment itself inside the contact hours, else the next opening in UTC."""
        here = self.here(moment)
        day, clock = here.day, here.local.time()
        window = self._window(day, hours)
        if window is not None and clock < window[1]:
            return moment if clock >= window[0] else self.at(day, window[0])
        day += _ONE_DAY
        while (window := self._window(day, hours)) is None:
            day += _ONE_DAY
        return self.at(day, window[0])

    def _window(self, day: date, hours: Rows[ContactHours]) -> tuple[time, time] | None:
        weekday = day.weekday()
        if weekday == _SUNDAY or self.is_holiday_at_home(day):
            return None
        of_the_day = hours.on(day)
        return of_the_day.saturday if weekday == _SATURDAY else of_the_day.weekdays


@lru_cache(maxsize=32_768)
def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day when it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=1_024)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def _is_banking_day(country: str, day: date) -> bool:
    if day.weekday() >= _SATURDAY or day in _public_holidays(country, day.year):
        return False
    here = country_of(country)
    return (day.month, day.day) not in here.without_settlement and not here.rests(day)


@lru_cache(maxsize=65_536)
def _add_banking_days(country: str, day: date, n: int) -> date:
    step = _ONE_DAY if n >= 0 else -_ONE_DAY
    left = abs(n)
    if left:
        day += step
    while True:
        if _is_banking_day(country, day):
            left -= 1
            if left <= 0:
                return day
        day += step


@lru_cache(maxsize=65_536)
def _moment(zone: ZoneInfo, day: date, clock: time) -> datetime:
    first, second = (datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    return max(first, second)
