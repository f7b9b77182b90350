"""Filters: what people type becomes SQL with bound values, and what is not understood is refused."""

import re
from datetime import date
from decimal import Decimal

import pytest

from terminal.output import Misuse
from terminal.where import WORDS, filter_of


def test_conditions_are_joined_by_and_or_a_comma() -> None:
    found = filter_of("creditor=acme and due<2026-12-01, amount >= 500")
    assert found.sql() == "creditor = :value0 and due_date < :value1 and balance >= :value2"
    assert found.values == {"value0": "acme", "value1": date(2026, 12, 1), "value2": Decimal(500)}


def test_a_value_may_have_spaces() -> None:
    assert filter_of("segment=large homes and hold=no").values == {"value0": "large homes", "value1": False}


def test_a_value_never_becomes_sql() -> None:
    found = filter_of("creditor=acme' or '1'='1")
    assert "acme" not in found.sql()
    assert found.values == {"value0": "acme' or '1'='1"}


def test_an_empty_filter_is_every_case() -> None:
    assert filter_of("  ").sql() == "true"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("colour=red", f"there are {', '.join(WORDS)}"),
        ("creditor", "write a word, a sign and a value"),
        ("creditor<acme", "use = or !="),
        ("due<soon", "write it as YYYY-MM-DD"),
        ("amount>lots", "is no amount"),
        ("amount>NaN", "is no amount"),
        ("hold=maybe", "neither yes nor no"),
        ("step=reminder or step=invoice; drop table invoice and x", "is no condition"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_there_is(written: str, says: str) -> None:
    with pytest.raises(Misuse, match=re.escape(says)):
        filter_of(written)
