"""Local days of many moments at once, and the moments at which days begin: by the clock of each row's country."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from domain.moment import moment_in, zones
from prediction.history.past import Days, Moments, Words

_FIRST: Final = date(1990, 1, 1)
_LAST: Final = date(2060, 1, 1)


def days_of(moments: Moments, country: Words) -> Days:
    """The local day of each moment; in UTC where the country is not told or the moment is far from our time."""
    days: Days = moments.astype("datetime64[D]")
    for code, name in enumerate(country.meanings):
        if name in zones():
            here = np.flatnonzero(country.codes == code)
            place = np.searchsorted(_begins(name), moments[here], side="right") - 1
            known = (place >= 0) & (place < len(_begins(name)) - 1)
            days[here[known]] = np.datetime64(_FIRST, "D") + place[known]
    return days


def begins_of(days: Days, country: Words) -> Moments:
    """The moment at which each day begins there."""
    moments: Moments = days.astype("datetime64[s]")
    for code, name in enumerate(country.meanings):
        if name in zones():
            here = np.flatnonzero(country.codes == code)
            known = here[(days[here] >= np.datetime64(_FIRST, "D")) & (days[here] <= np.datetime64(_LAST, "D"))]
            moments[known] = _begins(name)[(days[known] - np.datetime64(_FIRST, "D")).astype(np.int64)]
    return moments


@lru_cache
def _begins(country: str) -> Moments:
    """The moment at which each day begins in a country, from the first day to the last."""
    here = moment_in(country, datetime(2000, 1, 1, tzinfo=UTC))
    before = [_FIRST + timedelta(days=count - 1) for count in range((_LAST - _FIRST).days + 1)]
    return np.array([here.end_of(day).replace(tzinfo=None) for day in before], dtype="datetime64[s]")
