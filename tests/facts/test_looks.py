"""How creditors look: the latest counts, none is lost, and a neighbour looks as everybody."""

from domain.look import Logo, Look
from facts.looks import put, read
from tests.domain.test_look import png
from tests.store import NOW, Store


async def test_the_latest_look_counts_and_goes_back_to_everybodys(store: Store) -> None:
    green = Look("#0b5d3b", Logo("image/png", png()))
    async with store.database.transaction() as connection:
        assert await read(connection, "acme") is None
        for look in (Look("#1d4ed8"), green):
            await put(connection, "acme", look, "anne", "look", NOW)
        assert await read(connection, "acme") == green
        assert await read(connection, "beta") is None
        await put(connection, "acme", None, "anne", "look", NOW)
        assert await read(connection, "acme") is None
    assert await store.one("select count(*) from creditor_look") == 3
