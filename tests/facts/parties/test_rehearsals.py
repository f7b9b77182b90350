"""Who gets the messages of a creditor in test mode: the latest that was said, and of a live creditor nobody ever."""

import pytest

from facts.parties.creditors import register
from facts.parties.rehearsals import Rehearsal, rehearsal_of, send_to
from facts.refusals import Refused
from tests.store import NOW, Store
from tests.world import creditor

LATER = ("ola@firm.example", None)


async def said(store: Store, email: str | None, phone: str | None, of: str = "tried") -> Rehearsal | None:
    async with store.database.transaction() as connection:
        await send_to(connection, of, email, phone, "anne", "rehearsal", NOW)
        return await rehearsal_of(connection, of)


async def tried(store: Store) -> None:
    async with store.database.transaction() as connection:
        await register(connection, creditor(id="tried", mode="test", organisation_number=None, payment_methods={}), NOW)


async def test_the_latest_word_counts_and_none_is_lost(store: Store) -> None:
    await tried(store)
    first = await said(store, "Anne@Firm.example", "915 20 630")
    assert first is not None
    assert (first.email, first.phone, first.by) == ("Anne@Firm.example", "+4791520630", "anne")
    assert (await said(store, *LATER)) is not None
    assert await said(store, None, None) is None
    assert await store.one("select count(*) from rehearsal") == 3


async def test_a_live_creditors_messages_never_go_to_a_tester_and_what_is_no_address_is_refused(store: Store) -> None:
    await tried(store)
    with pytest.raises(Refused, match="creditor acme is live"):
        await said(store, "anne@firm.example", None, of="acme")
    for email, phone, why in (
        ("anne at firm", None, "not an email"),
        (None, "22 33", "not a mobile"),
        ("a@b\r\nBcc: x@y.no", None, "control character"),
    ):
        with pytest.raises(Refused, match=why):
            await said(store, email, phone)
    assert await store.one("select count(*) from rehearsal") == 0
