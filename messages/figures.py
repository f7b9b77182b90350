"""Amounts, rates and dates as people write them in the message's language."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from messages.content import Language

_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_LOCALE: dict[Language, str] = {"nb": "nb_NO", "en": "en_GB"}


def amount(value: Decimal, currency: str, language: Language) -> str:
    """Money with two decimals: "1 234,50 kr" in Bokmål, "NOK 1,234.50" in English; plain spaces only."""
    number = _number(value, "#,##0.00", language)
    if language == "en":
        return f"{currency} {number}"
    return f"{number} {'kr' if currency == 'NOK' else currency}"


def rate(percent: Decimal, language: Language) -> str:
    """Percent: "12,25 %" in Bokmål, "12.25%" in English."""
    return _number(percent, "0.00", language) + (" %" if language == "nb" else "%")


def long_date(day: date, language: Language) -> str:
    """A date in words: "3. desember 2026", "3 December 2026"."""
    return format_date(day, "d. MMMM y" if language == "nb" else "d MMMM y", locale=_LOCALE[language])


def short_date(day: date, language: Language) -> str:
    """A date where room is scarce: "03.12.2026", "3 Dec 2026"."""
    return format_date(day, "dd.MM.y" if language == "nb" else "d MMM y", locale=_LOCALE[language])


def _number(value: Decimal, pattern: str, language: Language) -> str:
    text = format_decimal(value, pattern, locale=_LOCALE[language])
    return text.translate(_NO_BREAK_SPACES).replace("\u2212", "-")
