"""What is known of a case, with some of it changed."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from domain.planner.case_facts import CaseFacts
from tests.domain.builders import facts


def test_the_same_facts_but_for_some_are_what_replacing_them_gives() -> None:
    before = facts()
    changed = before.but(balance=Decimal(7), skipped=frozenset({"reminder"}))
    assert changed == replace(before, balance=Decimal(7), skipped=frozenset({"reminder"}))
    assert {each.name for each in fields(CaseFacts) if getattr(before, each.name) != getattr(changed, each.name)} == {
        "balance",
        "skipped",
    }


def test_a_fact_that_there_is_not_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="a case has no balanse"):
        facts().but(balanse=Decimal(7))
