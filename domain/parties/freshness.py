"""When what is known of an address has grown old: its owner has given no sign there for a year, and is asked politely."""

from datetime import date, datetime, time

from domain.countries.calendar import Calendar, add_months

MONTHS = 12


def old_since(calendar: Calendar, today: date) -> datetime:
    """Of an address, the last sign before this is old: it was given, written from or read at. So is the last question."""
    return calendar.at(add_months(today, -MONTHS), time(0))
