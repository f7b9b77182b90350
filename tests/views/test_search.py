"""The desk's one field finds what somebody means, as they say it, and nothing that is out of their reach."""

from decimal import Decimal

from domain.desk.reach import Reach
from domain.money.references import new_reference
from tests.store import NOW, Store
from tests.world import debtor
from views.found_debtors import MOST
from views.search import Found, search

ACME, OTHERS, EVERYBODY = Reach(("acme",)), Reach(("beta",)), Reach()
KID = new_reference("NO", "00640271001")
SWAPPED = f"{KID[:3]}{KID[4]}{KID[3]}{KID[5:]}"
PEOPLE = {
    "K-1": ("Kari Nordmann", "kari@example.no", "+4791234567"),
    "K-2": ("Ola Nordmann", "ola@example.no", "+4791234567"),
    "K-3": ("Kristian Bjørnstad", "kb@example.no", "+4791234569"),
    "K-4": ("Олена Шевченко", "olena@example.no", "+4791234570"),
    "K-5": ("100% Straum_Drift AS", "post@straum.example", "+4722123456"),
}


async def a_book(store: Store) -> None:
    """Five people with an invoice each, and a second one of the first."""
    for place, (number, (name, email, phone)) in enumerate(PEOPLE.items()):
        who = debtor(customer_number=number, name=name, email=email, phone=phone)
        await store.invoice(f"2026-000{place}", debtor=who, reference=KID if number == "K-1" else None)
    again = debtor(customer_number="K-1", name="Kari Nordmann", email="kari@example.no", phone="+4791234567")
    await store.invoice("2027-1", debtor=again, reference=None, amount=Decimal("1299.50"))


async def found(store: Store, said: str, reach: Reach = EVERYBODY, amount: str | None = None) -> Found:
    async with store.database.transaction() as connection:
        return await search(connection, reach, said, NOW, amount=Decimal(amount) if amount else None)


def told(found: Found) -> list[str]:
    """What was found: whether it is gone to at once, each case and each debtor, with its way."""
    to = ["!"] if found.case or found.debtor else []
    cases = [f"{each.case.invoice} {each.by}" for each in found.cases]
    return [*to, *cases, *(f"{each.customer_number} {each.by}" for each in found.debtors)]


async def test_what_is_meant_is_found_however_it_is_said(store: Store) -> None:
    await a_book(store)
    for said, first in {
        "2026-0001": ["!", "2026-0001 number", "K-2 reference"],
        "faktura 2026-0001": ["!", "2026-0001 number"],
        "2026 1": ["!", "2026-0001 number", "K-2 reference"],
        KID: ["!", "2026-0000 reference", "K-1 reference"],
        f"KID: {KID[:4]} {KID[4:8]} {KID[8:]}": ["!", "2026-0000 reference"],
        SWAPPED: ["2026-0000 slip"],
        KID[:-3] + KID[-2:]: ["2026-0000 slip"],
        "91 23 45 67": ["K-1 address", "K-2 address"],
        "+47 912 34 569": ["!", "K-3 address"],
        "KB@example.no": ["!", "K-3 address"],
        "K-3": ["!", "K-3 customer number"],
        "k-1": ["!", "K-1 customer number"],
        "Kary Nordman": ["K-1 name"],
        "nordm": ["K-1 name", "K-2 name"],
        "Шевченка Олена": ["K-4 name"],
        "100% straum": ["K-5 name"],
    }.items():
        assert told(await found(store, said))[: len(first)] == first, said


async def test_an_amount_finds_what_is_left_and_what_the_invoice_was_of_and_opens_nothing(store: Store) -> None:
    await a_book(store)
    assert told(await found(store, "1299,50", amount="1299.50")) == ["2027-1 amount"]
    await store.invoice(
        "1299", debtor=debtor(customer_number="K-9", name="Per Hansen"), reference=None, amount=Decimal("1299.50")
    )
    found_by_both = told(await found(store, "1299", amount="1299.50"))
    assert found_by_both == ["1299 number", "2027-1 amount", "K-9 reference"]


async def test_nothing_is_found_by_what_nobody_is_called(store: Store) -> None:
    await a_book(store)
    for said in (
        "",
        "  ",
        "%",
        "_",
        "\\",
        "' or true --",
        "2026-____",
        "%nobody%",
        "\x00",
        "x" * 10_000,
        "K-9",
        "0",
        "…",
    ):
        assert told(await found(store, said)) == [], said


async def test_what_is_out_of_reach_looks_as_if_it_were_not_there(store: Store) -> None:
    await a_book(store)
    for said in ("2026-0001", KID, SWAPPED, "91 23 45 67", "kb@example.no", "K-3", "Kari Nordmann"):
        assert told(await found(store, said, OTHERS)) == [], said
        assert told(await found(store, said, Reach(("acme",), handed_off=True))) == [], said
        assert told(await found(store, said, Reach(("acme",), agency="Ring AS"))) == [], said
        assert told(await found(store, said, Reach(()))) == [], said
    assert told(await found(store, "1299,50", OTHERS, "1299.50")) == []


async def test_whoever_works_for_somebody_else_finds_what_was_given_to_them_and_its_debtor(store: Store) -> None:
    await a_book(store)
    case = await store.one(
        "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where number = '2026-0000'"
    )
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'accepted', :now)",
        case=case,
        now=NOW,
    )
    partner = Reach(("acme",), handed_off=True)
    assert told(await found(store, "Kari Nordmann", partner)) == ["K-1 name"]
    assert told(await found(store, "K-1", partner)) == ["!", "K-1 customer number"]
    assert (await found(store, "K-1", partner)).case is not None
    assert told(await found(store, "2027-1", partner)) == []


async def test_of_very_many_a_page_is_shown_the_very_name_first_and_more_is_told(store: Store) -> None:
    for place in range(2 * MOST):
        who = debtor(
            customer_number=f"C-{place}", name=f"Kari{'' if place == 3 else 'n'} Hansen", email=None, phone=None
        )
        await store.invoice(f"C{place}", debtor=who, reference=None)
    hits = await found(store, "Kari Hansen", ACME)
    assert (len(hits.debtors), hits.debtors[0].customer_number, hits.more) == (MOST, "C-3", True)
