"""Debtors are found by what people say of themselves, with the slips they make, and nobody learns of another creditor's."""

import pytest

from tests.store import NOW, Store
from tests.world import debtor
from views.found_debtors import find_debtors

PEOPLE = {
    "K-1": ("Kari Nordmann", "kari@example.no", "+4791234567"),
    "K-2": ("Ola Nordmann", "ola@example.no", "+4791234568"),
    "K-3": ("Kristian Bjørnstad", "kb@example.no", "+4791234569"),
    "K-4": ("Fjell og Fjord Drift AS", "post@fjell.example", "+4722123456"),
}


async def people(store: Store) -> None:
    for place, (number, (name, email, phone)) in enumerate(PEOPLE.items()):
        who = debtor(customer_number=number, name=name, email=email, phone=phone)
        await store.invoice(f"2026-{place}", debtor=who, reference="006402710013" if number == "K-1" else None)


async def found(store: Store, said: str, creditor: str | None = "acme") -> list[str | None]:
    async with store.database.transaction() as connection:
        return [each.customer_number for each in await find_debtors(connection, creditor, said, NOW)]


@pytest.mark.parametrize(
    ("said", "whom"),
    [
        ("Kari Nordmann", "K-1"),
        ("nordmann, kari", "K-1"),
        ("Kary Nordman", "K-1"),
        ("Kari Nordnann", "K-1"),
        ("Kari Mordmann", "K-1"),
        ("Krai Nordmann", "K-1"),
        ("Christian Bjornstad", "K-3"),
        ("Kristjan Bjørnsta", "K-3"),
        ("Bjørnstadt", "K-3"),
        ("fjell fjord", "K-4"),
        ("91 23 45 67", "K-1"),
        ("+47 912 34 569", "K-3"),
        ("KARI@example.no", "K-1"),
        ("K-2", "K-2"),
        ("0064 0271 0013", "K-1"),
        ("2026-1", "K-2"),
    ],
)
async def test_whoever_is_meant_comes_first(store: Store, said: str, whom: str) -> None:
    await people(store)
    assert (await found(store, said))[:1] == [whom]


@pytest.mark.parametrize(
    "said", ["Per Hansen", "99 99 99 99", "nobody@example.no", "K-9", "%", "?", " ", "' or true --"]
)
async def test_nobody_is_found_by_what_is_nobodys(store: Store, said: str) -> None:
    await people(store)
    assert await found(store, said) == []


async def test_a_creditor_finds_its_own_alone_and_an_operator_everybodys(store: Store) -> None:
    await people(store)
    assert await found(store, "Kari Nordmann", "other") == []
    assert (await found(store, "Kari Nordmann", None))[:1] == ["K-1"]


async def test_both_names_of_somebody_who_married_find_them(store: Store) -> None:
    await people(store)
    await store.do("update debtor set known_as = known_as || '[\"hansen kari\"]' where customer_number = 'K-1'")
    assert (await found(store, "Kari Hanssen"))[:1] == ["K-1"]
    assert (await found(store, "Kari Nordmann"))[:1] == ["K-1"]


async def test_an_address_that_is_somebody_elses_finds_nobody(store: Store) -> None:
    await people(store)
    await store.do("update contact_point set state = 'wrong' where address = 'kari@example.no'")
    assert await found(store, "kari@example.no") == []


async def test_an_address_finds_whoever_has_it_in_any_spelling(store: Store) -> None:
    await store.invoice(debtor=debtor(email="Kari@BLÅBÆR.no"))
    assert await found(store, "kari@xn--blbr-roah.NO") == ["K-1"]
