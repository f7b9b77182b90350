"""One guardian or adviser, many clients: all are found by the address that the creditor registered, and nobody else."""

from decimal import Decimal

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from tests.store import NOW, PLANNING, Store
from tests.world import debtor
from views.clients import clients_of

ADVISER = {"name": "Per Verge", "email": "per@verge.example", "phone": "+4798765432"}


async def stand_in(store: Store, number: str, who: dict[str, str] | None) -> None:
    """An operator says who stands in for a debtor."""
    told = DebtorChange.model_validate({"representative": who, "by": "anne", "reason_code": "told"})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", number, None, told, NOW)


@pytest.mark.parametrize("address", ["per@verge.example", "Per@Verge.example", "98765432", "+47 987 65 432"])
async def test_an_adviser_is_known_across_clients_by_any_address(store: Store, address: str) -> None:
    for customer, name in (("K-1", "Kari Nordmann"), ("K-2", "Ola Dahl"), ("K-3", "Eva Lund"), ("K-4", "Liv Moe")):
        await store.invoice(f"10{customer[-1]}", debtor=debtor(customer_number=customer, name=name))
    await store.invoice("199", debtor=debtor(customer_number="K-2", name="Ola Dahl"))
    await store.invoice("200", debtor=debtor(customer_number="K-5", name="Per Verge", email="per@verge.example"))
    for customer in ("K-1", "K-2", "K-3"):
        await stand_in(store, customer, ADVISER)
    await stand_in(store, "K-4", {"name": "Per Verge", "email": "another@verge.example"})  # of the same name
    await stand_in(store, "K-3", None)  # not any more
    async with store.database.transaction() as connection:
        found = await clients_of(connection, "acme", address)
        elsewhere = await clients_of(connection, "other", address)
    assert [(each.customer_number, each.open_cases, each.balance) for each in found] == [
        ("K-1", 1, Decimal(802)),
        ("K-2", 2, Decimal(1604)),
    ]
    assert {each.represented_by for each in found} == {"Per Verge"}
    assert elsewhere == []
