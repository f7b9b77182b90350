"""Customers kept: of those who entered reminding, who still is a customer 90 and 180 days later."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest

from domain.moment import moment_in
from domain.money.amount import Money
from domain.parties.customers_kept import Entered, Kept, customers_kept
from domain.parties.incoming_relation import IncomingRelation
from domain.parties.relations import is_customer, relations_on
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


DELIVERED = """
insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt, fee, cost,
    currency, claimed_at, accepted_at, happened_at)
select :id, nextval('delivery_serial'), creditor_id, id, 'email', :message, 'kind', 'nb', :alert, :state, 1, 0, 0, 'NOK', :at,
    :at, :at
from debtor where id = :debtor
"""
OF_CASE = """
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
values (:id, :case, 1, cast(cast(:id as uuid) as text), 'email', false)
"""
POSTED = """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, reverses,
    happened_at)
select creditor_id, id, :kind, :part, :amount, 'NOK', :on, :source, :source_id, :reverses, :now from invoice where id = :invoice
returning id
"""
PLANNED = """
insert into instalment_plan (creditor_id, case_id, reference, state, total, interest, currency, by, reason_code, happened_at)
select creditor_id, id, cast(id as text), 'kept', 1, 0, 'NOK', 'ola', 'asked', :now from dunning_case where id = :case
"""


async def lived(store: Store, random: Random) -> None:
    """Some customers, one or two debtors each, with what leads into every group, at moments and on days that often agree."""
    for number in range(12):
        debtors = [
            debtor(customer_number=f"c{number}", name=f"Kari {number} {n}") for n in range(random.choice((1, 1, 2)))
        ]
        cases = []
        for n in range(random.randint(1, 4)):
            due = TODAY - timedelta(days=random.choice((250, 170, 100, 40, 3, 0, -5)))
            dates = {"issue_date": min(due - timedelta(days=14), TODAY), "due_date": due}
            name = f"{number}-{n}"
            cases.append(await store.invoice(name, reference=None, debtor=random.choice(debtors), **dates))
        for n in range(random.choice((0, 2, 4))):
            what = random.choice(("started", "ended", "renewed"))
            told = {"customer_number": f"c{number}", "id": f"{number}-{n}", "kind": what}
            told |= {"on": TODAY - timedelta(days=random.choice((900, 200, 90, 10, 0, -80)))}
            if what != "ended":
                told |= {"monthly_margin": "9", "currency": "NOK", "payment_method": random.choice(("paper", "Card"))}
            async with store.database.transaction() as connection:
                await relations.record(connection, "acme", IncomingRelation.model_validate(told), NOW)
        for _ in range(random.choice((0, 3, 5))):
            await _delivered(store, random, cases)
        for case in cases:
            await _posted(store, random, case)


async def _delivered(store: Store, random: Random, cases: list[int]) -> None:
    first = random.choice(cases)
    owner = await store.one("select debtor_id from dunning_case where id = :case", case=first)
    delivery = {
        "id": uuid4(),
        "message": random.choice(("reminder", "reminder", "collection-notice", "invoice")),
        "alert": random.random() < 0.4,
        "state": random.choice(("accepted", "accepted", "accepted", "failed", "shadow", "withdrawn")),
        "at": NOW - timedelta(days=random.choice((300, 60, 60, 60))),
    }
    await store.do(DELIVERED, debtor=owner, **delivery)
    of_same = await store.rows("select id from dunning_case where debtor_id = :owner order by id", owner=owner)
    for case in {first, *(row.id for row in of_same if random.random() < 0.3)}:
        await store.do(OF_CASE, id=delivery["id"], case=case)


async def _posted(store: Store, random: Random, case: int) -> None:
    if random.random() < 0.5:
        await store.do(PLANNED, case=case, now=NOW)
    ((invoice, number, due),) = await store.rows(
        "select i.id, i.number, i.due_date from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :case",
        case=case,
    )
    on = due + timedelta(days=random.choice((3, 4)))
    if random.random() < 0.5:
        kind, part = random.choice((("fee", "fee"), ("compensation", "fee"), ("interest", "interest")))
        fee = {"invoice": invoice, "kind": kind, "part": part, "on": on, "now": NOW}
        source = {"amount": 5, "source": "delivery", "source_id": str(uuid4()), "reverses": None}
        entry = await store.one(POSTED, **fee | source)
        if random.random() < 0.4:
            back = {"kind": "reversal", "amount": -5, "source": "reversal", "source_id": str(entry), "reverses": entry}
            await store.one(POSTED, **fee | back)
    if random.random() < 0.5:
        await store.pay(number, amount=Decimal(7), reference=None, number=number, booked_on=on)


async def read_plainly(store: Store, today: date) -> list[Kept]:
    """The same figures by reading every row of everything, customer by customer, and every relation on every day asked for."""
    of = {
        name: [row._mapping for row in await store.rows(f"select * from {name} order by {key}")]
        for name, key in (
            ("debtor", "id"),
            ("invoice", "id"),
            ("dunning_case", "id"),
            ("delivery", "accepted_at"),
            ("delivery_case", "case_id"),
            ("ledger_entry", "id"),
            ("instalment_plan", "id"),
        )
    }
    invoices = {row["id"]: row for row in of["invoice"]}
    groups, not_told_of = dict[tuple[str, str], Kept](), 0
    for number in {row["customer_number"] for row in of["debtor"]}:
        own = {row["id"] for row in of["debtor"] if row["customer_number"] == number}
        cases = {row["id"]: invoices[row["invoice_id"]] for row in of["dunning_case"] if row["debtor_id"] in own}
        due = sorted((row["due_date"], case) for case, row in cases.items() if BEGINS.day <= row["due_date"] < today)
        async with store.database.transaction() as connection:
            events = (await relations.told(connection, "acme", [number]))[number]
        if not events:
            not_told_of += bool(due)
            continue
        reminders = sorted(
            (sent["accepted_at"], dc["case_id"])
            for sent in of["delivery"]
            for dc in of["delivery_case"]
            if dc["delivery_id"] == sent["id"] and dc["case_id"] in cases and sent["message"] != "invoice" and not sent["alert"]
            and sent["state"] not in ("shadow", "withdrawn") and sent["accepted_at"] >= BEGINS.at
        )  # fmt: skip
        if not (reminders or due):
            continue
        on, case = (moment_in("NO", reminders[0][0]).day, reminders[0][1]) if reminders else due[0]
        claim = cases[case]
        entries = [row for row in of["ledger_entry"] if row["invoice_id"] == claim["id"]]
        taken_back = {row["reverses"] for row in entries}
        late = [
            row
            for row in of["ledger_entry"]
            for earlier in cases.values()
            if row["invoice_id"] == earlier["id"] and earlier["due_date"] < claim["due_date"] and row["kind"] == "payment"
            and row["booked_on"] > earlier["due_date"] + timedelta(days=3)
        ]  # fmt: skip
        entered = Entered(
            on=on,
            reminded=bool(reminders),
            paid_late_before=bool(late),
            fee=any(row["kind"] in ("fee", "compensation") and row["id"] not in taken_back for row in entries),
            plan=any(row["case_id"] == case for row in of["instalment_plan"]),
            claim=Money(claim["amount"], claim["currency"]),
            events=events,
        )
        for each in customers_kept([entered], 0, today):
            group = groups.setdefault((each.by, each.group), Kept(each.by, each.group))
            group.customers += 1
            for days in (90, 180):
                day = on + timedelta(days=days)
                group.seen[days] += day <= today
                group.kept[days] += day <= today and is_customer(relations_on(events, day))
    untold = [Kept("relation", "not known", customers=not_told_of)] if not_told_of else []
    return sorted([*groups.values(), *untold], key=lambda each: (each.by, each.group))


@pytest.mark.parametrize("seed", [0, 7])
async def test_the_figures_are_those_of_reading_everything(store: Store, seed: int) -> None:
    await lived(store, Random(seed))
    for today in (LATER, TODAY - timedelta(days=20)):
        async with store.database.transaction() as connection:
            found = await kept(connection, "acme", BEGINS, today)
        assert found == await read_plainly(store, today)
        assert found
