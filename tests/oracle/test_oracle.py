"""Random debtors, each judged by a second reading of the rules: nothing wrong is done to any of them.

`make oracle N=20000` lives through as many as one likes.
"""

import pytest

from tests.oracle.debtors import live
from tests.oracle.reading import faults

DEBTORS, SHARE = 120, 30


@pytest.mark.parametrize("first", range(0, DEBTORS, SHARE))
def test_nothing_wrong_is_done_to_any_debtor(first: int) -> None:
    found = {seed: wrong for seed in range(first, first + SHARE) if (wrong := faults(live(seed)))}
    assert not found
