"""What of a creditor's own content was followed is counted by hand, by whom it was put for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.pieces import Piece
from facts import pieces
from tests.store import NOW, TODAY, Store
from tests.views.reports.test_receivables import report

TIP = {
    "kind": "tip",
    "moments": ["overdue"],
    "words": {"nb": {"title": "Tips", "text": "Les [her](https://acme.example/)."}},
}


async def piece(store: Store, name: str, creditor: str = "acme", **changes: Any) -> int:
    """A piece; gives its number."""
    async with store.database.transaction() as connection:
        await pieces.put(connection, creditor, name, Piece.model_validate(TIP | changes), "anne", "asked", NOW)
    number: int = await store.one("select max(id) from content_piece")
    return number


async def seen(store: Store, number: int, shown: int, followed: int, day: date = TODAY) -> None:
    """Some were shown it on a day, and some of them followed it."""
    async with store.database.transaction() as connection:
        await pieces.count(connection, [(number, f"{number}-{each}") for each in range(shown)], "shown", day)
        await pieces.count(connection, [(number, f"{number}-{each}") for each in range(followed)], "clicked", day)


async def test_what_is_followed_is_told_by_whom_it_was_put_for(store: Store) -> None:
    await seen(store, await piece(store, "prices", segment="private"), 20, 5)
    await seen(store, await piece(store, "few"), 9, 9)
    old = await piece(store, "old")
    await seen(store, old, 20, 10, TODAY - timedelta(days=200))
    await seen(store, await piece(store, "theirs", "beta"), 20, 10)
    made = await report(store, "content")
    (row,) = made.rows
    assert (row["piece"], row["content_kind"], row["segment"], row["shown"], row["followed"]) == (
        "prices",
        "tip",
        "private",
        20,
        5,
    )
    assert row["followed_percent"] == Decimal("25.0")
    assert row["followed_from"] < 25 < row["followed_to"]
    since = TODAY - timedelta(days=89)
    assert made.sentences["acme"] == (
        f"prices interests most: 5 of 20 who were shown it followed it since {since}; "
        "1 pieces of fewer than 10 debtors each are not shown"
    )
