"""Many moments at once have the local days that one moment has."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.moment import moment_in
from prediction.history.local_days import begins_of, days_of
from prediction.history.past import words

BEGIN = datetime(1991, 1, 1, tzinfo=UTC)
SOMETIME = st.integers(0, 68 * 365 * 86400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
COUNTRY = st.sampled_from(["NO", "IN", "CL"])  # like ours; half an hour off; clocks change at midnight


@given(st.lists(SOMETIME, min_size=1), COUNTRY)
def test_the_day_is_the_countrys(moments: list[datetime], country: str) -> None:
    found = days_of(
        np.array([at.replace(tzinfo=None) for at in moments], dtype="datetime64[s]"), words([country] * len(moments))
    )
    assert found.tolist() == [moment_in(country, at).day for at in moments]


@given(SOMETIME, COUNTRY)
def test_a_day_begins_where_the_one_before_ends(moment: datetime, country: str) -> None:
    here = moment_in(country, moment)
    begins = begins_of(np.array([here.day], dtype="datetime64[D]"), words([country]))[0]
    assert begins.item().replace(tzinfo=UTC) == here.end_of(here.day - timedelta(days=1))


def test_where_nobody_knows_the_country_or_the_moment_is_far_the_day_is_in_utc() -> None:
    moments = np.array(["2026-03-01T23:30:00", "1066-10-14T23:30:00", "2026-03-01T23:30:00", "NaT"], dtype="M8[s]")
    found = days_of(moments, words([None, "NO", "XX", "NO"]))
    assert found.astype(str).tolist() == ["2026-03-01", "1066-10-14", "2026-03-01", "NaT"]
