"""Pauses that debtors make themselves, by saying why: each ends by itself, and so many a case may have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from domain.countries.calendar import Calendar
from domain.parties.replies import Meaning

USUAL_DAYS: Mapping[Meaning, int] = MappingProxyType(
    {
        Meaning.NEEDS_TIME: 14,
        Meaning.NOT_RECEIVED: 14,
        Meaning.RETURNED_GOODS: 21,
        Meaning.TRAVELLING: 21,
        Meaning.WAITS_FOR_ANSWER: 14,
    }
)
"""Every reason, and how many days it pauses where the policy does not say."""


@dataclass(frozen=True, slots=True)
class PauseRules:
    """How many such pauses one case may have, and for how many days by their reason."""

    most: int = 2
    days: Mapping[Meaning, int] = field(default_factory=lambda: USUAL_DAYS)
    adviser_days: int = 30  # of all the debtor's cases, where whoever stands in asks for it


def goes_on(rules: PauseRules, why: Meaning, today: date, calendar: Calendar) -> date:
    """The banking day on which a case goes on that pauses from today for a reason, which must be one of `USUAL_DAYS`."""
    return calendar.banking_day_on_or_after(today + timedelta(days=rules.days[why]))
