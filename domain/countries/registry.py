"""Every country that has something of its own beside its law: a new one is its import and its line here."""

from domain.countries.country import Country
from domain.countries.no import NORWAY
from domain.countries.se import SWEDEN

COUNTRIES: dict[str, Country] = {
    "NO": NORWAY,
    "SE": SWEDEN,
}


def country_of(code: str) -> Country:
    """A country by its ISO 3166 code; one that is not listed has nothing of its own."""
    return COUNTRIES.get(code) or Country(code)
