"""Amounts, rates and dates as people write them in the message's language, by the Common Locale Data Repository."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice

import phonenumbers
from babel import Locale as Cldr
from babel.core import get_global
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_decimal, get_currency_symbol, get_territory_currencies
from babel.units import format_unit
from stdnum import iban

from domain.countries.registry import COUNTRIES, country_of
from domain.languages import EVERYWHERE
from domain.moment import Moment
from domain.money.accounts import is_iban, one_spelling
from messages.languages import Locale, labels, language_of, tag_of

_NO_BREAK_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})
_SHORT: Mapping[str, str] = {"en": "d MMM y", "sv_FI": "d.M.y"}
"""Short dates that are not CLDR's: 3/12 is another day to half of those who read English, and in Finland all write 3.12."""


def amount(value: Decimal, currency: str, language: Locale) -> str:
    """Money with two decimals: "1 234,50 kr" in Bokmål, "NOK 1,234.50" in English; plain spaces only."""
    number = _number(value, "#,##0.00", language)
    if _home_of(language) is None:
        return f"{currency} {number}"
    sign = get_currency_symbol(currency, _cldr_of(language)) if currency == _home_currency(language) else currency
    return f"{number} {sign}"


def rate(percent: Decimal, language: Locale) -> str:
    """Percent: "12,25 %" in Bokmål, "12.25%" in English."""
    sign = str(_cldr_of(language).percent_formats[None].pattern).removeprefix("#,##0")
    return _number(percent, "0.00", language) + sign.translate(_NO_BREAK_SPACES)


def long_date(day: date, language: Locale) -> str:
    """A date in words: "3. desember 2026", "3 December 2026"."""
    return format_date(day, "long", locale=_cldr_of(language))


def deadline(day: date, language: Locale) -> str:
    """A day to pay by, in words; around New Year with the holiday that a reader would else overlook."""
    written = long_date(day, language)
    if day.month != 12 or day.day < 27:
        return written
    return f"{written} ({labels(language)['new_years_eve' if day.day == 31 else 'after_christmas']})"


def country_line(country: str, posted_in: str) -> str:
    """The last line of an address abroad: its country in capitals, in the first language of the one that it comes from."""
    spoken = next(iter(country_of(posted_in).languages), EVERYWHERE)
    return str(_cldr_of(spoken).territories.get(country, country)).upper()


def account_called(number: str) -> str:
    """What people call the number of an account, where it is no number of the account's own: "Bankgiro"; else empty."""
    compact = one_spelling(number)
    of = next((country for country in COUNTRIES.values() if country.is_account(compact)), None)
    return of.account_called(compact) if of and not is_iban(number) else ""


def account(number: str) -> str:
    """An account number as people read it: "1234 56 78903", "991-2346", an IBAN in fours; what is none of these as it is."""
    if is_iban(number):
        return iban.format(number)
    compact = one_spelling(number)
    for country in COUNTRIES.values():
        if country.is_account(compact):
            if country.account_written:
                return country.account_written(compact)
            digits = iter(re.sub(r"\D", "", number))
            return " ".join("".join(islice(digits, length)) for length in country.account_groups)
    return number


def phone(number: str, language: Locale) -> str:
    """A phone number as people dial it: "22 00 00 00" at home, else "+47 22 00 00 00"; what is no number as it is."""
    try:
        parsed = phonenumbers.parse(number, _home_of(language))
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == _home_of(language)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def short_date(day: date, language: Locale) -> str:
    """A date where room is scarce: "03.12.2026", "2026-12-03", "3 Dec 2026"."""
    form = _SHORT.get(language) or _SHORT.get(language_of(language))
    return format_date(day, form or "short", locale=_cldr_of(language))


def moment(at: Moment, language: Locale) -> str:
    """A day with the time that clocks there show: "3. desember 2026, 09:04", "3 December 2026, 09:04"."""
    local, cldr = at.local, _cldr_of(language)
    together = str(get_datetime_format("long", cldr)).replace("'", "")
    return together.format(format_time(local, "short", locale=cldr), long_date(at.day, language))


def number(value: Decimal, language: Locale) -> str:
    """A figure without a unit: "1 234,50", "1,234.50"; one of other decimals than money's with those that it needs."""
    hundredths = value.as_tuple().exponent == -2
    return _number(value, "#,##0.00" if hundredths else "#,##0.####", language)


def size(octets: int, language: Locale) -> str:
    """How large a file is, in whole kilobytes and never none: "24 kB"."""
    kilobytes = max(1, round(octets / 1_000))
    written: str = format_unit(kilobytes, "digital-kilobyte", "short", locale=_cldr_of(language))
    return written.translate(_NO_BREAK_SPACES)


def _number(value: Decimal, pattern: str, language: Locale) -> str:
    text = format_decimal(value, pattern, locale=_cldr_of(language))
    return text.translate(_NO_BREAK_SPACES).replace("\u2212", "-")


def pdf_name(number: str, language: Locale) -> str:
    """What an invoice's own PDF is called where it is saved, in letters that every system takes."""
    return f"{labels(language)['file_name']}-{re.sub(r'[^A-Za-z0-9._-]+', '-', number)}.pdf"


@cache
def _cldr_of(locale: Locale) -> Cldr:
    """How figures are written there, by the Common Locale Data Repository: of a language at home in its first country."""
    return Cldr.parse("en_GB" if language_of(locale) == EVERYWHERE else f"{language_of(locale)}_{_home(locale)}")


def _home_of(locale: Locale) -> str | None:
    """The country whose currency and phone numbers a reader knows without being told; English is read everywhere."""
    return None if language_of(locale) == EVERYWHERE else _home(locale)


@cache
def _home_currency(locale: Locale) -> str | None:
    """The currency there."""
    home = _home_of(locale)
    return get_territory_currencies(home)[-1] if home else None


def _home(locale: Locale) -> str:
    language, _, country = tag_of(locale).partition("-")
    return country or str(get_global("likely_subtags")[language]).rpartition("_")[2]
