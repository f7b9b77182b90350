"""Every country that has something of its own beside its law: a new one is its import and its line here."""

from domain.countries.country import Country
from domain.countries.fi import FINLAND
from domain.countries.no import NORWAY
from domain.countries.se import SWEDEN

COUNTRIES: dict[str, Country] = {
    "NO": NORWAY,
    "SE": SWEDEN,
    "FI": FINLAND,
}


def paid_in(currency: str, home: str) -> str:
    """The code of the country by whose rules one pays a creditor in a currency: its own, else the first that has it."""
    if country_of(home).currency in ("", currency):
        return home
    return next((code for code, country in COUNTRIES.items() if country.currency == currency), home)


def country_of(code: str) -> Country:
    """A country by its ISO 3166 code; one that is not listed has nothing of its own."""
    return COUNTRIES.get(code) or Country(code)
