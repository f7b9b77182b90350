"""Random debtors, each judged by a second reading of the rules: nothing wrong is done to any of them.

`make oracle N=20000 COUNTRY=SE` lives through as many as one likes. Here those of Sweden and Finland have few
invoices, so that there can be many debtors.
"""

import pytest

from tests.oracle.debtors import live
from tests.oracle.reading import faults

DEBTORS, SHARE = 120, 30
ELSEWHERE, PART, FEW = 1000, 125, (1, 1, 2)
PARTS = [
    pytest.param(first, marks=() if first < ELSEWHERE // 2 else pytest.mark.thorough)
    for first in range(0, ELSEWHERE, PART)
]


@pytest.mark.parametrize("first", range(0, DEBTORS, SHARE))
def test_nothing_wrong_is_done_to_any_debtor(first: int) -> None:
    found = {seed: wrong for seed in range(first, first + SHARE) if (wrong := faults(live(seed)))}
    assert not found


@pytest.mark.parametrize("first", PARTS)
@pytest.mark.parametrize("country", ["SE", "FI"])
def test_nothing_wrong_is_done_to_any_debtor_of_another_law(country: str, first: int) -> None:
    found = {seed: wrong for seed in range(first, first + PART) if (wrong := faults(live(seed, country, FEW)))}
    assert not found
