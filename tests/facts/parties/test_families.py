"""Parent and child customers: who pays is seen on one statement, and a person's debts on nobody else's."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from commands.debtor.statement import send_statement
from facts.money import statements
from facts.parties import debtors
from facts.refusals import CommandRefused, Refused, Unknown
from tests.commands.debtor.test_change import say
from tests.store import LAWS, NOW, PLANNING, TODAY, Store
from tests.world import debtor
from views import statement
from views.debtor_standing import standing_shown
from views.statement import Statement

TOP, NORTH, SOUTH = "K-100", "K-101", "K-102"


async def business(store: Store, number: str, amount: str, **changes: Any) -> int:
    """A business with an invoice: its case."""
    whom = debtor(customer_number=number, name=f"Firma {number} AS", kind="business", email=f"{number}@firma.example")
    return await store.invoice(
        f"F-{number}",
        debtor=whom,
        reference=None,
        amount=Decimal(amount),
        due_date=TODAY - timedelta(days=1),
        **changes,
    )


async def family(store: Store, *, pays: bool = True) -> tuple[int, int, int]:
    """A head office with two branches."""
    cases = await business(store, TOP, "100"), await business(store, NORTH, "200"), await business(store, SOUTH, "300")
    for child in (NORTH, SOUTH):
        await say(store, child, parent={"customer_number": TOP, "pays": pays})
    return cases


async def stated(store: Store, number: str, creditor: str = "acme") -> Statement:
    """A debtor's statement, issued."""
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, creditor, number)
        assert found is not None
        await statements.issue(connection, creditor, found.id, NOW)
        return await statement.read(connection, found.id, TODAY)


async def shown(store: Store, number: str) -> list[str]:
    """The invoices on a debtor's statement."""
    return sorted(line.number for line in (await stated(store, number)).lines)


async def test_the_parent_that_pays_has_one_statement_and_one_payment_settles_all(store: Store) -> None:
    await family(store)
    (payable,) = (await stated(store, TOP)).payable
    assert payable.sums.asked == 600
    assert await shown(store, NORTH) == ["F-K-101"]
    booked = await store.pay("group", reference=payable.reference, amount=Decimal(600))
    assert booked.status == "booked"
    assert await store.one("select sum(balance) from dunning_case") == 0


async def test_a_parent_that_does_not_pay_is_only_told_of(store: Store) -> None:
    await family(store, pays=False)
    assert await shown(store, TOP) == ["F-K-100"]
    async with store.database.transaction() as connection:
        standing = await standing_shown(connection, "acme", TOP, None, LAWS, NOW)
        of_child = await standing_shown(connection, "acme", NORTH, None, LAWS, NOW)
    assert [child.customer_number for child in standing.children] == [NORTH, SOUTH]
    assert ("child of", {"parent": TOP, "pays": False}) in [(known.what, known.value) for known in of_child.known]


@pytest.mark.parametrize(
    "since",
    [
        {"stop_reason": "insolvent"},
        {"representative": {"name": "Per Verge", "email": "per@verge.example"}},
        {"parent": None},
        {"parent": {"customer_number": TOP, "pays": False}},
    ],
)
async def test_what_ends_it_takes_the_child_off_the_statement_at_once(store: Store, since: dict[str, Any]) -> None:
    await family(store)
    await say(store, NORTH, **since)
    assert await shown(store, TOP) == ["F-K-100", "F-K-102"]


async def test_what_was_told_until_a_day_is_over_on_that_day(store: Store) -> None:
    await family(store, pays=False)
    until = TODAY + timedelta(days=5)
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True}, until=until)
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", TOP)
        assert found is not None
        lines = [await statements.lines(connection, found.id, day) for day in (until - timedelta(days=1), until)]
    assert [len(each) for each in lines] == [2, 1]


async def test_nobody_is_their_own_parent_by_any_detour(store: Store) -> None:
    await family(store)
    await business(store, "K-103", "10")
    for child, parent in ((TOP, TOP), (TOP, NORTH), ("K-103", NORTH), (TOP, "K-103")):
        with pytest.raises(Refused):
            await say(store, child, parent={"customer_number": parent})


async def test_a_person_is_nobodys_child_and_nobodys_parent(store: Store) -> None:
    await business(store, TOP, "100")
    await store.invoice("1001")
    for child, parent in (("K-1", TOP), (TOP, "K-1")):
        with pytest.raises(Refused, match="businesses"):
            await say(store, child, parent={"customer_number": parent, "pays": True})
    await business(store, NORTH, "200")
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True})
    await store.do(f"update debtor set kind = 'consumer' where customer_number = '{NORTH}'")  # as it turned out
    assert await shown(store, TOP) == ["F-K-100"]


async def test_another_creditors_customer_of_the_same_number_is_no_family(store: Store) -> None:
    await business(store, NORTH, "200")
    await business(store, TOP, "100", creditor="beta")
    with pytest.raises(Unknown):
        await say(store, NORTH, parent={"customer_number": TOP})
    await business(store, TOP, "50")
    await say(store, NORTH, parent={"customer_number": TOP, "pays": True})
    assert await shown(store, TOP) == ["F-K-100", "F-K-101"]
    in_beta = await stated(store, TOP, "beta")
    assert [line.amount for line in in_beta.lines] == [100]


async def test_a_statement_is_sent_by_a_case_of_the_parent_and_never_to_a_child(store: Store) -> None:
    await family(store)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where balance = 100")
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", TOP)
        assert found is not None
        with pytest.raises(CommandRefused):
            await send_statement(connection, PLANNING, found, "anne", "asked", "id", NOW)


async def test_data_without_a_name_may_say_so_too_as_with_a_representative(store: Store) -> None:
    await business(store, TOP, "100")
    await business(store, NORTH, "200")
    given = DebtorChange.model_validate({"parent": {"customer_number": TOP, "pays": True}})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", NORTH, None, given, NOW)
    assert await shown(store, TOP) == ["F-K-100", "F-K-101"]
