"""Simple interest on a late principal, split where the rate changes."""

from datetime import date, timedelta
from decimal import Decimal

from domain.calendar import add_months
from domain.law import Law, half_year_start
from domain.money import ZERO, to_cents

_DAYS_OF_A_YEAR = 365


def simple_interest(principal: Decimal, law: Law, from_day: date, to_day: date) -> Decimal:
    """Interest for each day from `from_day` through `to_day`, act/365, in hundredths; 0 for no days.

    Rates are the law's, split at 1 January and 1 July; LawMissing where one is missing.
    """
    percent_days = ZERO
    first = from_day
    while first <= to_day:
        last = min(to_day, add_months(half_year_start(first), 6) - timedelta(days=1))
        percent_days += law.interest_rate(first) * ((last - first).days + 1)
        first = last + timedelta(days=1)
    return to_cents(principal * percent_days / (100 * _DAYS_OF_A_YEAR))
