"""The policies of a creditor for single countries: put together, kept each time, and of nobody else."""

from domain.invoices.incoming import DebtorKind
from facts.parties.creditor_policies import put, read
from tests.store import NOW, Store


async def test_what_is_put_takes_the_place_of_all_of_single_countries_and_the_usual_ones_stay(store: Store) -> None:
    async with store.database.transaction() as connection:
        usual = await read(connection, "acme")
        se: dict[str, dict[DebtorKind, str]] = {"SE": {"consumer": "se-gentle", "business": "se-business"}}
        kept = await put(connection, "acme", se, "anne", "new-market", NOW)
        assert kept == usual | {"SE consumer": "se-gentle", "SE business": "se-business"}
        await put(connection, "acme", {"FI": {"consumer": "fi-gentle"}}, "anne", "left-sweden", NOW)
        assert await read(connection, "acme") == usual | {"FI consumer": "fi-gentle"}
        await put(connection, "acme", {}, "anne", "home-again", NOW)
        assert await read(connection, "acme") == usual
    reasons = await store.rows("select reason_code from creditor_policies where creditor_id = 'acme' order by id")
    assert [reason for (reason,) in reasons] == ["new-market", "left-sweden", "home-again"]
    assert await store.one("select count(*) from creditor where policies::text like '% consumer\"%'") == 0
