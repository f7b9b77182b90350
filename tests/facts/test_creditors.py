"""Creditors are walled off from each other, and their keys are kept as hashes."""

from decimal import Decimal

from facts import creditors
from facts.status import creditors_of, status, timeline
from tests.facts.conftest import NOW, Store
from tests.world import creditor


async def test_a_key_opens_its_own_creditor_until_it_is_revoked_and_is_kept_as_a_hash(store: Store) -> None:
    async with store.database.transaction() as connection:
        key = await creditors.issue_api_key(connection, "acme", "billing", NOW)
        assert await creditors.owner_of_key(connection, key) == "acme"
        assert await creditors.owner_of_key(connection, key + "x") is None
    assert key not in str(await store.rows("select * from api_key"))
    await store.do("update api_key set revoked_at = :now", now=NOW)
    async with store.database.transaction() as connection:
        assert await creditors.owner_of_key(connection, key) is None


async def test_registering_again_updates_the_details_and_keeps_the_accounts(store: Store) -> None:
    async with store.database.transaction() as connection:
        await creditors.register(connection, creditor(name="Acme Energi AS", accounts=("11112222333",)), NOW)
    assert await store.one("select name from creditor where id = 'acme'") == "Acme Energi AS"
    accounts = await store.rows("select account from bank_account where creditor_id = 'acme' order by account")
    assert [row.account for row in accounts] == ["11112222333", "12345678903"]


async def test_a_creditor_sees_no_case_of_another(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as connection:
        assert await status(connection, "beta", "1001", NOW) is None
        seen = await status(connection, "acme", "1001", NOW)
    assert seen is not None
    assert (seen.creditor, seen.balance, seen.policy, seen.state) == ("acme", Decimal(802), "no-gentle", "open")


async def test_the_same_number_of_two_creditors_is_two_cases(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1001", creditor="beta", account="98765432100")
    async with store.database.transaction() as connection:
        assert await creditors_of(connection, "1001") == ["acme", "beta"]
        mine, theirs = [await status(connection, name, "1001", NOW) for name in ("acme", "beta")]
    assert mine is not None
    assert theirs is not None
    assert mine.case_id != theirs.case_id


async def test_a_timeline_tells_what_happened_in_its_order(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, "read")
    await store.command(case, "hold")
    async with store.database.transaction() as connection:
        happened = [entry["what"] for entry in await timeline(connection, case)]
    assert happened == ["principal", "hold", "email reminder claimed", "email read"]
