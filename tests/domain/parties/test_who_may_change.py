"""The table of who may change what: whole, and never data over a person's wish."""

import pytest

from domain.parties.who_may_change import MAY_CHANGE, MAY_MOVE, AddressState, Fact, Source, may_change, moved_from


def test_every_source_has_its_row() -> None:
    assert set(MAY_CHANGE) == set(MAY_MOVE) == set(Source)


@pytest.mark.parametrize("source", [Source.IMPORT, Source.SYNC, Source.PROVIDER])
def test_data_and_providers_revive_no_address_and_give_nobody_another_name(source: Source) -> None:
    assert set(moved_from(source, AddressState.VALID)) <= {AddressState.REPLACED, AddressState.GIVEN}
    assert not may_change(source, Fact.NAME)


def test_the_person_and_an_operator_revive_what_was_opted_out_or_bounced() -> None:
    for source in (Source.PERSON, Source.OPERATOR):
        assert {AddressState.OPTED_OUT, AddressState.BOUNCED} <= set(moved_from(source, AddressState.VALID))


def test_who_writes_from_an_address_does_not_make_it_the_debtors() -> None:
    assert AddressState.WRONG not in moved_from(Source.PERSON, AddressState.VALID)
