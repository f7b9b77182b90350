"""Amounts, rates and dates as people write them in the message's language."""

import re
from datetime import date
from decimal import Decimal
from itertools import islice

import phonenumbers
from babel.dates import format_date
from babel.numbers import format_decimal

from domain.countries.registry import COUNTRIES
from messages.specs import Language

_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_LOCALE: dict[Language, str] = {"nb": "nb_NO", "en": "en_GB"}
_HOME: dict[Language, str] = {"nb": "NO"}
"""The country whose phone numbers a reader of the language knows without a country code."""
_NEW_YEARS_EVE: dict[Language, str] = {"nb": "nyttårsaften", "en": "New Year's Eve"}
_INVOICE: dict[Language, str] = {"nb": "faktura", "en": "invoice"}
_AFTER_CHRISTMAS: dict[Language, str] = {"nb": "i romjulen", "en": "between Christmas and New Year"}


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


def deadline(day: date, language: Language) -> str:
    """A day to pay by, in words; around New Year with the holiday that a reader would else overlook."""
    written = long_date(day, language)
    if day.month != 12 or day.day < 27:
        return written
    return f"{written} ({(_NEW_YEARS_EVE if day.day == 31 else _AFTER_CHRISTMAS)[language]})"


def account(number: str) -> str:
    """A country's own account number as people read it, "1234 56 78903"; any other account as it is."""
    for country in COUNTRIES.values():
        if country.is_account(number):
            digits = iter(re.sub(r"\D", "", number))
            return " ".join("".join(islice(digits, length)) for length in country.account_groups)
    return number


def phone(number: str, language: Language) -> str:
    """A phone number as people dial it: "22 00 00 00" at home, else "+47 22 00 00 00"; what is no number as it is."""
    try:
        parsed = phonenumbers.parse(number, _HOME.get(language))
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == _HOME.get(language)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def short_date(day: date, language: Language) -> str:
    """A date where room is scarce: "03.12.2026", "3 Dec 2026"."""
    return format_date(day, "dd.MM.y" if language == "nb" else "d MMM y", locale=_LOCALE[language])


def _number(value: Decimal, pattern: str, language: Language) -> str:
    text = format_decimal(value, pattern, locale=_LOCALE[language])
    return text.translate(_NO_BREAK_SPACES).replace("\u2212", "-")


def pdf_name(number: str, language: Language) -> str:
    """What an invoice's own PDF is called where it is saved, in letters that every system takes."""
    return f"{_INVOICE[language]}-{re.sub(r'[^A-Za-z0-9._-]+', '-', number)}.pdf"
