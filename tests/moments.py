"""`make test-moments`: the tests that know time, at twelve moments that are hard; each is a rule, not a date.

`--of-the-day` runs a few of them at the moment whose turn it is: in twelve days each has been.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from config.files import HOME, read_laws
from domain.countries.half_years import half_year_start
from simulator.beginning import OSLO

LAW = read_laws()[HOME]
CALENDAR = LAW.calendar
KNOW_TIME = ("tests/activities", "tests/lives", "tests/simulator", "tests/terminal", "tests/web", "tests/workflows")
A_FEW = ("tests/activities/cases/test_deliver.py", "tests/workflows/test_acts.py",
         "tests/workflows/test_dunning.py", "tests/terminal/test_plans.py")  # fmt: skip
FAR_AHEAD = date(2035, 3, 5)  # law rows are assumed there, as for every test


def the_next(is_it: Callable[[date], bool], clock: str, after: date = FAR_AHEAD) -> str:
    """The first day after another of which something is true, at a time on Oslo's clocks."""
    day = after + timedelta(days=1)
    while not is_it(day):
        day += timedelta(days=1)
    return f"{day}T{clock}"


def on(month: int, day: int) -> Callable[[date], bool]:
    """Whether it is that day of the year."""
    return lambda each: (each.month, each.day) == (month, day)


def before_easter(day: date) -> bool:
    """Whether it is Maundy Thursday: a holiday from which it is four days to Easter Monday, a holiday too."""
    return day.weekday() == 3 and all(CALENDAR.is_public_holiday(day + timedelta(days=n)) for n in (0, 1, 3, 4))


def clocks_change(day: date, hours: int) -> bool:
    """Whether the clocks change in the night that leads to the day, which then has so many hours."""
    begins = (datetime.combine(each, time(), OSLO).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return -(next(begins) - next(begins)) == timedelta(hours=hours)


def after_the_last_row(day: date) -> bool:
    """Whether the country file, as shipped, knows the rates of the half-year before, and no longer those of the day."""
    return day == half_year_start(max(LAW.half_years) + timedelta(days=190)) + timedelta(days=1)


MOMENTS = {
    "Friday evening": the_next(lambda day: day.weekday() == 4, "19:07"),
    "Saturday, a minute before texts end": the_next(lambda day: day.weekday() == 5, "14:59"),
    "Sunday": the_next(lambda day: day.weekday() == 6, "12:00"),
    "Christmas Eve": the_next(on(12, 24), "10:00"),
    "the year's last half-hour": the_next(on(12, 31), "23:30"),
    "1 May": the_next(on(5, 1), "10:00"),
    "Maundy Thursday": the_next(before_easter, "10:00"),
    "29 February": the_next(on(2, 29), "10:00"),
    "before the clocks go forward": the_next(lambda day: clocks_change(day, 23), "01:59"),
    "before the clocks go back": the_next(lambda day: clocks_change(day, 25), "02:30"),
    "past midnight, yesterday in UTC": the_next(lambda day: day.weekday() == 2, "00:30"),
    "the day after the law's last row": the_next(after_the_last_row, "10:00", max(LAW.half_years)),
}
"""By their names, as PURR_TEST_BEGIN and BEGIN take them: on Oslo's clocks."""


def of_the_day(day: date) -> list[str]:
    """The name of the moment whose turn it is, alone."""
    names = list(MOMENTS)
    return [names[day.toordinal() % len(names)]]


def passes(name: str, tests: list[str]) -> bool:
    """Run tests at a moment, and tell what they said once they are through."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *tests]
    # pytest closes the folder that its runs share when one begins; a database of another run may be in the making there.
    with tempfile.TemporaryDirectory() as own:
        ran = subprocess.run(
            [*command, f"--basetemp={own}/pytest"],
            env=os.environ | {"PURR_TEST_BEGIN": MOMENTS[name]},
            capture_output=True,
            text=True,
            check=False,
        )
    print(f"--- {name}: PURR_TEST_BEGIN={MOMENTS[name]}\n{ran.stdout}{ran.stderr}", flush=True)
    return ran.returncode == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.moments", description=__doc__)
    parser.add_argument("--of-the-day", action="store_true", help="a few tests, at the moment of the day")
    parser.add_argument("--moment", choices=MOMENTS, action="append", help="at this moment alone")
    parser.add_argument("tests", nargs="*", help="files or folders; else all that know time")
    asked = parser.parse_args()
    names = of_the_day(datetime.now(OSLO).date()) if asked.of_the_day else asked.moment or list(MOMENTS)
    chosen = asked.tests or list(A_FEW if asked.of_the_day else KNOW_TIME)
    with ThreadPoolExecutor(2) as two:
        passed = two.map(partial(passes, tests=chosen), names)
        failed = [name for name, well in zip(names, passed, strict=True) if not well]
    print(
        f"{len(names) - len(failed)} of {len(names)} moments passed"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    sys.exit(1 if failed else 0)
