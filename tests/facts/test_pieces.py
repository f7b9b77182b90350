"""A creditor's pieces: the latest version counts, all are kept, and what came of them is counted once for each invoice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError

from domain.pieces import Piece
from facts import pieces
from facts.refusals import Refused, Unknown
from tests.store import NOW, TODAY, Store

BY = ("anne", "content", NOW)


def piece(**changes: Any) -> Piece:
    """A tip."""
    words = {"nb": {"title": "Tips", "text": "Spar strøm."}}
    return Piece.model_validate({"kind": "tip", "moments": ["paid"], "words": words} | changes)


async def test_versions_count_up_by_name_and_what_is_ended_stays_in_the_list(store: Store) -> None:
    async with store.database.transaction() as connection:
        for kind in ("tip", "faq"):
            await pieces.put(connection, "acme", "first", piece(kind=kind), *BY)
        assert await pieces.put(connection, "acme", "second", piece(), *BY) == 1
        assert [each.piece.kind for each in await pieces.in_use(connection, "acme")] == ["faq", "tip"]
        assert await pieces.in_use(connection, "beta") == []
        assert await pieces.end(connection, "acme", "first", *BY) == 3
        for name in ("first", "never"):
            with pytest.raises(Unknown):
                await pieces.end(connection, "acme", name, *BY)
        versions = [(each.name, each.version, bool(each.piece)) for each in await pieces.history(connection, "acme")]
    assert versions == [("first", 1, True), ("first", 2, True), ("first", 3, False), ("second", 1, True)]
    with pytest.raises(DatabaseError, match="append-only"):
        await store.do("update content_piece set piece = null")


async def test_one_more_than_anybody_looks_through_is_refused_and_another_version_is_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "MOST_PIECES", 1)
    async with store.database.transaction() as connection:
        for _ in range(2):
            await pieces.put(connection, "acme", "first", piece(), *BY)
        with pytest.raises(Refused, match="end one first"):
            await pieces.put(connection, "acme", "second", piece(), *BY)


async def test_each_invoice_is_counted_once_and_its_latest_answer_is_the_answer(store: Store) -> None:
    async with store.database.transaction() as connection:
        await pieces.put(connection, "acme", "first", piece(), *BY)
        (kept,) = await pieces.in_use(connection, "acme")
        for mark in "aabcdef":
            await pieces.count(connection, [(kept.id, mark)], "shown", TODAY)
        for helped in (False, True, True):
            await pieces.count(connection, [(kept.id, "a")], "answered", TODAY, helped)
        await pieces.count(connection, [(kept.id, "b")], "answered", TODAY, False)
        assert await pieces.answered(connection, [(kept.id, "a")]) == {kept.id}
        assert await pieces.answered(connection, [(kept.id, "c")]) == set()
        (told,) = await pieces.history(connection, "acme")
        assert told.counted == pieces.Counted(shown=6, clicked=0, helped=1, did_not_help=1)
        await pieces.unmark(connection, NOW + pieces.MARKED_FOR)
        assert await pieces.answered(connection, [(kept.id, "a")]) == {kept.id}
    async with store.database.transaction() as connection:
        await pieces.unmark(connection, NOW + pieces.MARKED_FOR + timedelta(days=1))
        assert (await pieces.history(connection, "acme"))[0].counted == told.counted
    assert await store.one("select count(*) from content_mark where mark is not null") == 0


async def test_of_a_few_nothing_is_told(store: Store) -> None:
    async with store.database.transaction() as connection:
        await pieces.put(connection, "acme", "first", piece(), *BY)
        (kept,) = await pieces.in_use(connection, "acme")
        for mark in "abcd":
            await pieces.count(connection, [(kept.id, mark)], "shown", TODAY)
        await pieces.count(connection, [(kept.id, "a")], "answered", TODAY, False)
        (told,) = await pieces.history(connection, "acme")
    assert told.counted == pieces.Counted(None, None, None, None)
