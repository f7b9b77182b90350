"""Losses: a person is asked once, small remainders go by themselves, and money or credit that comes later undoes them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from activities.jobs.losses import find_losses
from domain.money.receivables import Month, months
from facts.money import ledger, receivables
from facts.operations.tasks import list_tasks
from facts.parties.creditors import register
from facts.refusals import CommandRefused
from tests.begin import turn
from tests.facts.money.test_accounting import agrees, begin, close, kinds
from tests.facts.money.test_outcomes import credit
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import creditor

RULE = {"from": "2026-01-01", "currency": "NOK", "below": "50", "after_days": 365}


async def with_rule(store: Store, **changes: Any) -> None:
    async with store.database.transaction() as connection:
        await register(connection, creditor(losses=(RULE | changes,)), NOW)


async def ended(
    store: Store, left: str = "802", number: str = "1001", outcome: str = "ladder finished", **of: Any
) -> int:
    """An invoice whose case has ended, of which so much is left."""
    case = await store.invoice(number, **of)
    if left != "802":
        paid = Decimal(802) - Decimal(left)
        await store.pay(f"p-{number}", amount=paid, reference=None, number=number)
    await store.do(
        "update dunning_case set state = 'closed', outcome = :outcome where id = :case", case=case, outcome=outcome
    )
    return case


async def asked(store: Store) -> list[str]:
    """What people are asked about losses."""
    async with store.database.transaction() as connection:
        return [task.why for task in await list_tasks(connection, "acme", "write-off")]


async def lost(store: Store, case: int, reason: str = "barred") -> None:
    await store.command(case, "write_off", reason_code=reason)


async def month(store: Store) -> Month:
    first = date(TODAY.year, TODAY.month, 1)
    async with store.database.transaction() as connection:
        changes = await receivables.changes(connection, "acme", TODAY, [first])
    return months(changes, [first], TODAY)["NOK"][-1]


async def test_a_person_is_asked_once_about_what_is_old_and_small_remainders_go_by_themselves(store: Store) -> None:
    await with_rule(store, automatic=True)
    case = await ended(store, "802", "1001")
    await ended(store, "12.50", "1002", reference="2345676")
    await turn(store.database, NOW + timedelta(days=500))
    assert await find_losses(store.database, PLANNING) == 2
    assert await find_losses(store.database, PLANNING) == 0
    ((why),) = await asked(store)
    assert why.startswith("802.00 NOK: it fell due ")
    rows = await store.rows(
        "select i.number, c.balance from dunning_case c join invoice i on i.id = c.invoice_id order by 1"
    )
    assert [tuple(row) for row in rows] == [("1001", Decimal(802)), ("1002", Decimal(0))]
    await lost(store, case, "age")
    assert await asked(store) == []
    assert await store.balance() == Decimal(0)


async def test_what_is_barred_by_the_law_of_its_first_due_day_is_asked_about(store: Store) -> None:
    await with_rule(store, after_days=None)
    await ended(store)
    due = await store.one("select due_date from invoice")
    await turn(store.database, NOW.replace(year=due.year + 3, month=due.month, day=due.day))
    assert await find_losses(store.database, PLANNING) == 0
    await turn(store.database, NOW.replace(year=due.year + 3, month=due.month, day=due.day) + timedelta(days=1))
    assert await find_losses(store.database, PLANNING) == 1
    assert "barred by limitation" in (await asked(store))[0]


async def test_nothing_is_asked_about_what_somebody_pursues_or_without_a_rule(store: Store) -> None:
    case = await ended(store)
    await turn(store.database, NOW + timedelta(days=500))
    assert await find_losses(store.database, PLANNING) == 0  # no rule
    await with_rule(store)
    await store.do(
        "insert into dispute (case_id, by, reason_code, happened_at) "
        "select id, 'kari', 'goods', :now from dunning_case where id = :case",
        case=case,
        now=NOW,
    )
    assert await find_losses(store.database, PLANNING) == 0
    with pytest.raises(CommandRefused, match="decide the dispute first"):
        await lost(store, case)


async def test_an_open_case_and_one_of_which_nothing_is_left_are_no_loss(store: Store) -> None:
    case = await store.invoice()
    with pytest.raises(CommandRefused, match="the case is open: withdraw it"):
        await lost(store, case)
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    with pytest.raises(CommandRefused, match="nothing is left"):
        await lost(store, case)


async def test_books_of_a_loss_and_its_recovery_by_hand(store: Store) -> None:
    """802.00 are lost, 300.00 of them come later: 502.00 stay lost, and nobody owes anything in between."""
    case = await ended(store)
    await begin(store)
    await lost(store, case)
    await store.pay("late", amount=Decimal(300))
    assert await store.balance() == Decimal(0)
    day = await close(store)
    assert day is not None
    assert kinds(day) == {"write-off": Decimal(-802), "recovery": Decimal(300), "payment": Decimal(-300)}
    said = [(line.account, line.debit - line.credit, line.why) for voucher in day.vouchers for line in voucher.lines]
    assert said == [
        ("1500", Decimal(-802), "barred"),
        ("7830", Decimal(802), None),
        ("1500", Decimal(300), None),
        ("7820", Decimal(-300), None),
        ("1500", Decimal(-300), None),
        ("1920", Decimal(300), None),
    ]
    assert await agrees(store)
    of = await month(store)
    assert (of.written_off, of.recovered, of.paid, of.closing) == (802, 300, 300, 0)
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []


async def test_more_than_was_lost_is_too_much_and_twice_is_no_second_recovery(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund' where id = 'acme'")
    case = await ended(store)
    await lost(store, case)
    await store.pay("late", amount=Decimal(1000))
    await store.pay("later", amount=Decimal(802))
    assert await store.balance() == Decimal(0)
    rows = await store.rows("select amount from refund order by id")
    assert [row.amount for row in rows] == [Decimal(198), Decimal(802)]


async def test_a_credit_note_for_a_loss_says_that_it_was_none(store: Store) -> None:
    case = await ended(store)
    await lost(store, case)
    await credit(store, "802")
    of = await month(store)
    assert (await store.balance(), of.written_off, of.credited) == (0, 0, 802)


async def test_money_for_a_loss_that_was_given_up_before_the_debtor_is_owed_back(store: Store) -> None:
    case = await ended(store, outcome="withdrawn")
    await store.do("update dunning_case set withdrawn_at = :now", now=NOW)
    await lost(store, case)
    await store.pay("late")
    assert await store.one("select amount from refund") == Decimal(802)
    assert (await month(store)).recovered == 0
