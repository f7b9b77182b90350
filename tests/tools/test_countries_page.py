"""The page of the countries is what the files say today."""

from domain.countries.law_loader import TABLES
from tools.countries_page import CAPABILITIES, PAGE, page


def test_the_page_tells_of_every_row_and_policy_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tools.countries_page"


def test_it_leaves_out_no_table() -> None:
    assert CAPABILITIES.keys() == {*TABLES, "half_years"}
