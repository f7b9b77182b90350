"""A bank file is kept by its content: what was found, who accepted it, how far it is, and that it counts each once."""

from decimal import Decimal
from typing import Any

import pytest

from facts.money import bank_files
from facts.money.bank_files import BookedElsewhere, Owner, StoredFile
from tests.store import NOW, Store


async def note(store: Store, *flags: str, accepted_by: str | None = None, name: str = "a.txt") -> StoredFile:
    async with store.database.transaction() as connection:
        return await bank_files.note(
            connection,
            sha256="ab",
            name=name,
            format="ocr-giro",
            flags=flags,
            transactions=10,
            totals={"NOK": Decimal("1.00")},
            accepted_by=accepted_by,
            now=NOW,
        )


async def begin(store: Store, file: int = 1) -> StoredFile:
    async with store.database.transaction() as connection:
        return await bank_files.begin(connection, file)


async def count(store: Store, before: int, **counted: Any) -> StoredFile:
    async with store.database.transaction() as connection:
        await bank_files.count(connection, 1, before, **({"booked": 0, "review": 0} | counted))
        return await bank_files.find(connection, 1)


async def end(store: Store, state: Any) -> StoredFile:
    async with store.database.transaction() as connection:
        return await bank_files.end(connection, 1, state)


async def test_the_same_content_is_one_file_under_its_latest_name(store: Store) -> None:
    first, again = await note(store), await note(store, name="b.txt")
    assert (first.id, first.state, again.id, again.name) == (again.id, "flagged", 1, "b.txt")


async def test_what_is_settled_and_neither_booked_nor_in_review_was_known(store: Store) -> None:
    await note(store)
    await begin(store)
    assert (await count(store, 0, booked=2)).known == 0  # the chunk is not whole yet
    settled = await count(store, 0, review=1, position=6, left_out=1)
    assert (settled.position, settled.booked, settled.review, settled.known, settled.left_out) == (6, 2, 1, 2, 1)


async def test_who_is_not_where_the_file_is_counts_nothing(store: Store) -> None:
    await note(store)
    await begin(store)
    await count(store, 0, booked=5, position=5)
    with pytest.raises(BookedElsewhere):
        await count(store, 0, booked=5, position=5)
    await end(store, "done")
    with pytest.raises(BookedElsewhere):
        await count(store, 5, booked=5, position=10)


async def test_an_interrupted_file_goes_on_and_a_done_one_stays_done(store: Store) -> None:
    await note(store)
    await begin(store)
    await count(store, 0, booked=5, position=5)
    assert (await begin(store)).position == 5
    await count(store, 5, booked=5, position=10)
    await end(store, "done")
    assert (await note(store, "something new", accepted_by="kim")).state == "done"
    assert (await begin(store)).state == "done"


@pytest.mark.parametrize("news", [{"accepted_by": "kim"}, {"flag": "another"}])
async def test_where_something_is_new_the_file_is_booked_from_its_start(store: Store, news: dict[str, str]) -> None:
    await note(store, "flag")
    await begin(store)
    await count(store, 0, booked=5, position=5)
    again = await note(store, news.get("flag", "flag"), accepted_by=news.get("accepted_by"))
    assert (again.state, again.position) == ("flagged", 0)
    assert (await begin(store)).booked == 0


async def test_a_refused_file_stays_refused_until_it_is_accepted(store: Store) -> None:
    await note(store, "flag")
    await end(store, "refused")
    assert (await note(store, "another flag")).state == "refused"
    accepted = await note(store, "another flag", accepted_by="kim")
    assert (accepted.state, accepted.accepted_by) == ("flagged", "kim")
    assert (await note(store, "another flag")).accepted_by == "kim"


async def test_an_account_has_its_creditor_unless_several_have_it(store: Store) -> None:
    await store.do(
        "insert into bank_account (creditor_id, account, happened_at) values ('beta', '12345678903', :now)", now=NOW
    )
    async with store.database.transaction() as connection:
        found = await bank_files.owners(connection, ["12345678903", "98765432100", "00000000000"])
    assert found == {"12345678903": Owner(None, None), "98765432100": Owner("beta", None)}
