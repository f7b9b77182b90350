"""Orders that come to a case from outside: nobody gives one in a name of Purr's own."""

import pytest

from activities.cases.decide import command_of
from facts.refusals import CommandRefused
from workflows.contracts import OWN_NAMES, Incoming


@pytest.mark.parametrize("name", [*sorted(OWN_NAMES), "Purr", "DEBTOR", "Collection  Partner"])
def test_an_order_in_a_name_of_our_own_is_refused(name: str) -> None:
    with pytest.raises(CommandRefused, match="is a name of Purr's own: say who decides"):
        command_of(Incoming(id="1", name="release", order={"by": name, "reason_code": "why"}))


def test_a_cancellation_keeps_its_name_and_people_keep_theirs() -> None:
    cancelled = Incoming(id="1", name="withdraw", order={"by": "temporal-cancel", "reason_code": "cancelled"}, own=True)
    assert command_of(cancelled).by == "temporal-cancel"
    for name in ("anne", "debtor-service", "purrfect"):
        assert command_of(Incoming(id="1", name="release", order={"by": name, "reason_code": "why"})).by == name
