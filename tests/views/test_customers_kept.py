"""Customers kept: of those who entered reminding, who still is a customer 90 and 180 days later."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.moment import moment_in
from domain.parties.customers_kept import Kept
from domain.parties.incoming_relation import IncomingRelation
from facts.parties import relations
from tests.store import NOW, TODAY, Store
from tests.world import debtor
from views.customers_kept import kept

LATER = TODAY + timedelta(days=120)
BEGINS = moment_in("NO", datetime(2025, 12, 31, 23, tzinfo=UTC))  # the year


async def customer(
    store: Store, number: str, ended: date | None = None, margin: str = "100", how: str = "paper", *, known: bool = True
) -> int:
    """A customer of some years with an invoice; gives its case."""
    event = {"customer_number": number, "id": f"{number}-1", "kind": "started", "on": date(2020, 1, 1)}
    told = [event | {"monthly_margin": margin, "currency": "NOK", "payment_method": how}] if known else []
    told += [event | {"id": f"{number}-2", "kind": "ended", "on": ended}] if ended else []
    async with store.database.transaction() as connection:
        for each in told:
            await relations.record(connection, "acme", IncomingRelation.model_validate(each), NOW)
    name = f"Kari {number}"
    return await store.invoice(number, reference=None, debtor=debtor(customer_number=number, name=name))


async def reminded(store: Store, case: int, *, fee: str = "0") -> None:
    """The customer of a case is reminded."""
    await store.accept(await store.claim(case, fee=fee))


async def groups(store: Store, today: date = LATER, creditor: str = "acme") -> dict[tuple[str, str], Kept]:
    """The groups, by what they are."""
    async with store.database.transaction() as connection:
        found = await kept(connection, creditor, BEGINS, today)
    return {(each.by, each.group): each for each in found}


async def test_who_was_reminded_is_counted_by_what_became_of_them(store: Store) -> None:
    await reminded(store, await customer(store, "stays"), fee="35.00")
    await reminded(store, await customer(store, "left", TODAY + timedelta(days=30), "10", "Avtalegiro"))
    await reminded(store, await customer(store, "leaves-on-90", TODAY + timedelta(days=90)))
    await reminded(store, await customer(store, "had-left", TODAY - timedelta(days=30)))
    await reminded(store, await customer(store, "not-known", known=False))
    await customer(store, "in-time")
    found = await groups(store)
    everybody = found["all", "reminded"]
    assert (everybody.customers, everybody.seen, everybody.kept) == (3, {90: 3, 180: 0}, {90: 1, 180: 0})
    counted = {key: (each.customers, each.kept[90]) for key, each in found.items()}
    assert counted == {
        ("all", "reminded"): (3, 1),
        ("fee", "charged"): (1, 1),
        ("fee", "none"): (2, 0),
        ("payment method", "avtalegiro"): (1, 0),
        ("payment method", "paper"): (2, 1),
        ("plan", "none"): (3, 1),
        ("punctuality", "late for the first time"): (3, 1),
        ("punctuality", "not reminded"): (1, 1),
        ("relation", "not known"): (1, 0),
        ("value", "worth more than the claim"): (2, 1),
        ("value", "worth no more than the claim"): (1, 0),
    }
    assert await groups(store, creditor="beta") == {}
    assert (await groups(store, TODAY + timedelta(days=89)))["all", "reminded"].seen == {90: 0, 180: 0}


async def test_fee_plan_and_earlier_late_payments_set_customers_apart(store: Store) -> None:
    case = await customer(store, "a")
    await reminded(store, case, fee="35.00")
    await store.do(
        """insert into instalment_plan (creditor_id, case_id, reference, state, total, interest, currency, by, reason_code,
          happened_at)
        select creditor_id, id, '12345682', 'kept', 837, 0, 'NOK', 'ola', 'asked', :now from dunning_case where id = :case""",
        case=case,
        now=NOW,
    )
    early = {"issue_date": date(2026, 1, 2), "due_date": date(2026, 1, 16), "reference": "12345674"}
    await store.invoice("before", debtor=debtor(customer_number="a", name="Kari a"), **early)
    await store.pay("late", amount=Decimal("802.00"), reference="12345674", booked_on=date(2026, 2, 20))
    found = await groups(store)
    assert {("fee", "charged"), ("plan", "agreed"), ("punctuality", "late before")} <= set(found)
