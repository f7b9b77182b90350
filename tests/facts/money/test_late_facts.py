"""What becomes known of a debtor late is used: an age, a kind, a death, an insolvency; and what was wrong is put right."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from config.files import read_laws
from domain.parties.standing import Thing
from domain.planner.obstacles import why_not
from facts.parties import debtors
from tests.store import NOW, TODAY, Store
from tests.world import debtor

CHILD = TODAY.replace(year=TODAY.year - 15)
ADULT = TODAY.replace(year=TODAY.year - 40)
TASKS = "select kind, why, case_id from task order by case_id"


async def stop(store: Store, reason: str | None) -> None:
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", "K-1")
        assert found is not None
        await debtors.change(connection, found, replace(found, stop_reason=reason), [], NOW)


async def why_not_reminded(store: Store, case: int) -> str | None:
    return why_not(Thing.REMINDER, (await store.load(case)).facts, read_laws()["NO"].calendar, NOW)


async def charged(store: Store, case: int, fee: str = "38.00") -> None:
    """A reminder with a fee, and interest."""
    await store.accept(await store.claim(case, fee=fee))
    await store.do(
        """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
          happened_at)
        select creditor_id, invoice_id, 'interest', 'interest', 5.00, 'NOK', :on, 'interest', gen_random_uuid() || '/' || id, :now
        from dunning_case where id = :case""",
        case=case,
        on=TODAY,
        now=NOW,
    )


async def test_a_minor_found_late_gets_fee_and_interest_back_in_every_case(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await charged(store, first)
    assert (await store.load(first)).facts.balance == Decimal(845)
    await store.invoice("1003", reference=None, debtor=debtor(birth_date=CHILD))
    for case in (first, second):
        facts = (await store.load(case)).facts
        assert (facts.balance, facts.charged) == (Decimal(802), Decimal(0))
        assert [each.value for each in facts.life] == [CHILD.isoformat()]
        assert (await store.news(case))[-1] == "debtor_changed"


async def test_what_a_minor_paid_of_them_pays_the_invoice(store: Store) -> None:
    case = await store.invoice("1001")
    await charged(store, case)
    await store.pay(amount=Decimal("845.00"), number="1001", reference=None)
    await store.do("update dunning_case set state = 'open', outcome = null")
    await store.invoice("1002", reference=None, debtor=debtor(birth_date=CHILD))
    assert await store.balance() == Decimal("-43.00")
    assert (await store.load(case)).facts.principal == Decimal("-43.00")


async def test_an_adults_birth_date_is_kept_and_takes_nothing_back(store: Store) -> None:
    case = await store.invoice("1001")
    await charged(store, case)
    await store.invoice("1002", reference=None, debtor=debtor(birth_date=ADULT))
    await store.invoice("1003", reference=None)  # says nothing of it: it stays
    assert await store.one("select birth_date from debtor") == ADULT
    assert (await store.load(case)).facts.balance == Decimal(845)


async def test_a_kind_and_an_organisation_number_that_come_later_are_used_and_silence_changes_nothing(
    store: Store,
) -> None:
    case = await store.invoice("1001")
    firm = debtor(organisation_number="987654325")
    await store.invoice("1002", reference=None, debtor=firm, policy="no-business")
    await store.invoice("1003", reference=None)
    ((kind, number),) = await store.rows("select kind, organisation_number from debtor")
    assert (kind, number) == ("business", "987654325")
    assert (await store.load(case)).facts.debtor_kind == "business"
    assert (await store.news(case)).count("debtor_changed") == 1
    await store.invoice("1004", reference=None, debtor=debtor(kind="consumer"))
    assert (await store.load(case)).facts.debtor_kind == "consumer"


@pytest.mark.parametrize(
    ("reason", "why"),
    [("deceased", "with the estate"), ("insolvent", "bankrupt estate"), ("debt settlement", "file the claim")],
)
async def test_a_death_and_an_insolvency_open_a_task_in_every_open_case_once(
    store: Store, reason: str, why: str
) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    closed = await store.invoice("1003", reference=None)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=closed)
    await stop(store, reason)
    await stop(store, reason)
    tasks = await store.rows(TASKS)
    assert [(task.kind, task.case_id) for task in tasks] == [("file claim", first), ("file claim", second)]
    assert all(why in task.why for task in tasks)


async def test_another_reason_opens_none(store: Store) -> None:
    await store.invoice()
    for reason in ("other", None):
        await stop(store, reason)
    assert await store.rows(TASKS) == []


@pytest.mark.parametrize(("reason", "apart"), [("insolvent", True), ("debt settlement", True), ("deceased", False)])
async def test_later_invoices_of_an_insolvent_debtor_run_apart(store: Store, reason: str, apart: bool) -> None:
    issued = {"issue_date": TODAY, "due_date": TODAY + timedelta(days=14)}
    before = await store.invoice("1001", **issued)
    await stop(store, reason)
    later = {"issue_date": TODAY + timedelta(days=1), "due_date": TODAY + timedelta(days=15)}
    after = await store.invoice("1002", reference=None, **later)
    await stop(store, reason)  # told again: its day stays
    assert await why_not_reminded(store, before) == f"stopped for the debtor: {reason}"
    assert await why_not_reminded(store, after) == (None if apart else f"stopped for the debtor: {reason}")
    await stop(store, None)
    assert await why_not_reminded(store, before) is None
