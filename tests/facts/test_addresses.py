"""Every state of an address is decided about: its debtor's now, in the past, or never for sure."""

import re

from domain.parties.who_may_change import AddressState
from facts.addresses import PAST, THEIRS


def test_every_state_is_in_one_of_the_halves_or_is_nobodys_for_sure() -> None:
    theirs, past = (re.findall(r"'([a-z ]+)'", states) for states in (THEIRS, PAST))
    assert sorted([*theirs, *past, AddressState.WRONG, AddressState.GIVEN]) == sorted(AddressState)
