"""A name is the same however it is written."""

import pytest

from domain.money.matching.names import name_key


@pytest.mark.parametrize("same", ["NORDMANN, Kari  Anne", "kari anne nordmann", "Kari-Anne Nordmann"])
def test_a_name_is_the_same_in_any_order_and_case(same: str) -> None:
    assert name_key(same) == name_key("Kari Anne Nordmann") == "anne kari nordmann"


def test_a_name_is_the_same_without_its_marks() -> None:
    assert name_key("Bjørn Åsgård") == name_key("BJORN ASGARD")
