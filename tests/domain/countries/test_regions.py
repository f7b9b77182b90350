"""Regions: who lives in one by the postcode, which days are theirs alone, and what a file may not say of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.law import Law
from domain.countries.law_loader import LawError, load_law
from domain.countries.regions import Holiday, postcode_in
from tests.domain.countries.test_law import NORWAY, TEXT
from tests.oracle.countries import EASTER

REGIONS = """regions:
  - {from: 2020-01-01, region: Bayern, postcodes: [80-87, 97000-97899], holidays: [01-06, easter + 60, 08-15], verified: false}
  - {from: 2020-01-01, region: Augsburg, postcodes: [86150-86199], holidays: [08-08], verified: false}
  - {from: 2020-01-01, region: Sachsen, postcodes: ["04", 08-09], holidays: [10-31, wednesday before 11-23], verified: false}
  - {from: 2025-01-01, region: Berlin, postcodes: [10115-14199], holidays: [03-08], verified: false}
  - {from: 2028-01-01, region: Berlin, postcodes: [10115-14199], holidays: [06-17], verified: false}
"""
LAND = load_law(TEXT.replace("majority:", f"{REGIONS}majority:", 1), "no.yaml")
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def theirs(place: str, year: int, law: Law = LAND) -> list[date]:
    """The days of a year on which people at a place rest and the rest of the country does not."""
    calendar = law.felt_in(law.country, law, place).calendar
    year_long = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return [day for day in year_long if calendar.is_holiday_at_home(day) and not calendar.is_public_holiday(day)]


@pytest.mark.parametrize(
    ("place", "of_2026"),
    [
        ("80331 München", [(1, 6), (6, 4), (8, 15)]),  # Easter is on 5 April
        ("97899 Kreuzwertheim", [(1, 6), (6, 4), (8, 15)]),
        ("97900 Külsheim", []),
        ("86150 Augsburg", [(1, 6), (6, 4), (8, 8), (8, 15)]),  # a city with a day more than its Land
        ("01067 Dresden", []),
        ("04103 Leipzig", [(10, 31), (11, 18)]),
        ("09111 Chemnitz", [(10, 31), (11, 18)]),
        ("D-10115 Berlin", [(3, 8)]),
        ("10 115 Berlin", [(3, 8)]),
        ("14200 Potsdam", []),
        ("8033 Too short to be of a range", [(1, 6), (6, 4), (8, 15)]),
        ("9700", []),
        ("Berlin", []),
        ("", []),
    ],
)
def test_the_postcode_tells_whose_days_are_kept(place: str, of_2026: list[tuple[int, int]]) -> None:
    assert theirs(place, 2026) == [date(2026, *day) for day in of_2026]


def test_a_later_row_of_a_region_takes_the_place_of_the_one_before_from_its_day_on() -> None:
    assert [theirs("10115 Berlin", year) for year in (2024, 2027, 2028)] == [
        [],
        [date(2027, 3, 8)],
        [date(2028, 6, 17)],
    ]


def test_the_wednesday_before_a_wednesday_is_a_week_earlier() -> None:
    assert date(2022, 11, 23).weekday() == 2
    assert theirs("04103 Leipzig", 2022)[-1] == date(2022, 11, 16)


@given(DAYS, st.integers(-10, 10))
def test_banks_work_on_a_regions_day_and_deadlines_end_there_as_elsewhere(day: date, n: int) -> None:
    there = LAND.felt_in("NO", LAND, "86150 Augsburg").calendar
    assert there.is_banking_day(day) == LAND.calendar.is_banking_day(day)
    assert there.add_banking_days(day, n) == LAND.calendar.add_banking_days(day, n)


def test_whoever_lives_in_no_region_or_nobody_knows_where_goes_by_the_countrys_own_law() -> None:
    assert all(LAND.felt_in("NO", LAND, place) is LAND for place in ("01067 Dresden", "Dresden", "", " ", "0"))
    assert NORWAY.felt_in("NO", NORWAY, "80331 München") is NORWAY


def test_a_policy_of_another_country_keeps_the_regions_days_too() -> None:
    felt = NORWAY.felt_in("NO", LAND, "80331 München")
    assert (felt.calendar.is_holiday_at_home(date(2026, 8, 15)), felt.fees) == (True, NORWAY.fees)


def test_a_day_counted_from_easter_is_as_the_almanac_has_it() -> None:
    assert all(Holiday(after_easter=0).falls_on(day) for day in EASTER)


@given(st.text(max_size=40))
def test_whatever_stands_on_the_last_line_of_an_address_a_postcode_is_digits(place: str) -> None:
    postcode = postcode_in(place)
    assert not postcode or (postcode.isascii() and postcode.isdigit())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[86150-86199]", "[86199-86150]", "postcodes cannot be `86199-86150`"),
        ("[86150-86199]", "[86-86199]", "postcodes cannot be `86-86199`"),
        ("[86150-86199]", "[SW1A]", "postcodes cannot be `SW1A`"),
        ("[86150-86199]", "[]", "postcodes must be a list that is not empty"),
        ("[08-08]", "[08-32]", "holidays cannot be `08-32`"),
        ("[08-08]", "[easter]", "write it like [06-09, easter + 60, wednesday before 11-23]"),
        ("[08-08]", "[wednesdays before 11-23]", "holidays cannot be `wednesdays before 11-23`"),
        ("[08-08]", "[monday before 02-29]", "holidays cannot be `monday before 02-29`"),
        ("region: Augsburg, ", "", "a row of regions lacks `region`"),
        ("region: Augsburg", "region: Bayern", "2020-01-01 is not after the row before"),
    ],
)
def test_what_a_region_cannot_say_is_refused_with_its_line(old: str, new: str, problem: str) -> None:
    text = TEXT.replace("majority:", f"{REGIONS.replace(old, new, 1)}majority:", 1)
    with pytest.raises(LawError) as error:
        load_law(text, "no.yaml")
    assert problem in str(error.value)
