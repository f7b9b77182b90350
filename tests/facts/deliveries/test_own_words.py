"""A creditor's own words: the latest version counts, all are kept, and another creditor says none of it."""

import pytest
from sqlalchemy.exc import DatabaseError

from facts.deliveries.own_words import history, in_use, put
from tests.store import NOW, Store

REMINDER, SMS = "nb/reminder.kind.txt.j2", "nb/reminder.kind.sms.j2"


async def test_versions_count_up_by_template_and_ours_come_back(store: Store) -> None:
    async with store.database.transaction() as connection:
        said = [(REMINDER, "a"), (SMS, "s"), (REMINDER, "b"), (SMS, None)]
        versions = [await put(connection, "acme", name, text, "anne", "voice", NOW) for name, text in said]
        assert versions == [1, 1, 2, 2]
        assert await in_use(connection, "acme") == {REMINDER: (2, "b")}
        assert await in_use(connection, "beta") == {}
        kept = [(each.template, each.version, each.text) for each in await history(connection, "acme")]
    assert kept == [(SMS, 1, "s"), (SMS, 2, None), (REMINDER, 1, "a"), (REMINDER, 2, "b")]
    with pytest.raises(DatabaseError, match="append-only"):
        await store.do("update own_words set text = 'c'")
