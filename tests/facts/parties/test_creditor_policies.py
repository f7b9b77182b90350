"""The policies of a creditor for single countries: put together, kept each time, and of nobody else."""

from domain.invoices.incoming import DebtorKind
from facts.parties.creditor_policies import changes, put, read
from facts.parties.creditors import register
from tests.store import NOW, Store
from tests.world import creditor


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
        kept_of = await changes(connection, "acme")
        others = await changes(connection, "beta")
    assert [(each.by, each.reason_code, each.policies) for each in kept_of[1:]] == [
        ("anne", "new-market", usual | {"SE consumer": "se-gentle", "SE business": "se-business"}),
        ("anne", "left-sweden", usual | {"FI consumer": "fi-gentle"}),
        ("anne", "home-again", usual),
    ]
    assert [(each.reason_code, each.at) for each in (kept_of[0], *others)] == [("file", NOW)] * 2
    assert await store.one("select count(*) from creditor where policies::text like '% consumer\"%'") == 0


async def test_what_a_file_changes_is_kept_too_and_what_it_only_repeats_is_not(store: Store) -> None:
    async with store.database.transaction() as connection:
        await put(connection, "acme", {"SE": {"consumer": "se-gentle"}}, "anne", "new-market", NOW)
        for usual in ("no-standard", "no-standard", "no-gentle"):
            details = creditor(consumer_policy=usual, policies={"FI": {"consumer": "fi-gentle"}})
            await register(connection, details, NOW, by="kim", reason_code=usual)
        kept = await changes(connection, "acme")
    assert [(each.by, each.reason_code, each.policies["consumer"]) for each in kept[2:]] == [
        ("kim", "no-standard", "no-standard"),
        ("kim", "no-gentle", "no-gentle"),
    ]
    assert all("SE consumer" not in each.policies for each in kept[2:])  # a file says all of them
