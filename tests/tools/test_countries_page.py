"""The page of the countries is what the files say today."""

from dataclasses import fields
from typing import Any, get_args

from channels.specs import SPECS
from connectors.bank_files.bank_file import BankFileFormat
from domain.countries.country import Country
from domain.countries.law_loader import TABLES
from domain.countries.registry import COUNTRIES
from tools.countries_page import ABILITIES, CAPABILITIES, PAGE, page
from web.payment_methods.registry import METHODS

HOW_IT_LOOKS = {
    "account_called",
    "account_groups",
    "account_written",
    "adjective",
    "online_banks",
    "currency",
    "reference_of_customer",
}


def test_the_page_tells_of_every_row_and_policy_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tools.countries_page"


def test_it_leaves_out_no_table() -> None:
    assert CAPABILITIES.keys() == {*TABLES, "half_years"}


class Watched:
    """A country that notes what of it is asked for."""

    def __init__(self, country: Country) -> None:
        self._country, self.asked = country, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._country, name)


def test_it_tells_of_all_that_a_module_of_a_country_may_say() -> None:
    here = Watched(COUNTRIES["SE"])
    for told in ABILITIES.values():
        told(here)  # type: ignore[arg-type]
    assert here.asked | HOW_IT_LOOKS | {"is_account"} == {field.name for field in fields(Country)}


def test_what_the_registries_have_is_on_it() -> None:
    written = page()
    for name in (*METHODS, *get_args(BankFileFormat), *(channel.spoken for channel in SPECS)):
        assert name in written


def test_what_nobody_found_stands_there_by_its_table_its_thing_and_whose_it_is() -> None:
    lines = page().splitlines()
    assert "- FI: fees for plan, of a business" in lines
    assert "- SE: figures of each half-year (reference) from 2026-07-01 on" in lines
    assert "- SE: warning before a service is blocked" in lines
    assert not [line for line in lines if line.startswith("- ") and "compensation" in line and ", of a" in line]
