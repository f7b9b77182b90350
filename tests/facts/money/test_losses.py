"""Losses: a person is asked once, above an amount two let go, and money or credit that comes later undoes them."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from activities.jobs.losses import find_losses
from commands.case.write_off import WriteOff
from commands.record import record
from commands.task.finish import finish_task
from domain.money.receivables import Month, months
from facts import clock
from facts.money import ledger, postings, receivables
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


async def test_what_a_part_payment_began_anew_is_barred_three_years_after_that(store: Store) -> None:
    await with_rule(store, after_days=None)
    await ended(store)
    due = await store.one("select due_date from invoice")
    part = date(due.year + 2, due.month, due.day)
    await store.pay("part", amount=Decimal(100), booked_on=part)
    await store.pay("gone", amount=Decimal(50), booked_on=part + timedelta(days=300))
    await store.pay("back", amount=Decimal(-50), booked_on=part + timedelta(days=310))
    await store.do("update dunning_case set state = 'closed', outcome = 'ladder finished'")
    for years, found in ((3, 0), (5, 1)):
        day = NOW.replace(year=due.year + years, month=due.month, day=due.day) + timedelta(days=1)
        await turn(store.database, day)
        assert await find_losses(store.database, PLANNING) == found
    assert f"barred by limitation since {part.replace(year=part.year + 3)}" in (await asked(store))[0]


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


TWO_PEOPLE = "above 500.00 NOK two people write off: ask for it, and somebody else does it"


async def asks(store: Store, case: int, by: str) -> None:
    await store.command(case, "ask_write_off", by=by, reason_code="age")


async def writes_off(store: Store, case: int, by: str) -> str | None:
    """Somebody tries to; gives why it is refused."""
    try:
        await store.command(case, "write_off", by=by, reason_code="age")
    except CommandRefused as why:
        return str(why)
    return None


async def owes(store: Store, case: int, more: str) -> None:
    """More of the case is owed again."""
    async with store.database.transaction() as connection:
        (invoice,) = await ledger.lock(connection, [case])
        await postings.charge(connection, invoice, "fee", Decimal(more), ("delivery", str(uuid4())), NOW)


async def test_above_the_amount_one_person_asks_and_another_writes_off(store: Store) -> None:
    await with_rule(store, approved_above="500")
    case = await ended(store)
    assert await writes_off(store, case, "anne") == TWO_PEOPLE
    await asks(store, case, "anne")
    assert await asked(store) == ["802.00 NOK: asked for by anne; `write-off` lets go of it"]
    assert await writes_off(store, case, "Anne") == "Anne asked for it: somebody else writes it off"
    assert await store.balance() == 802
    assert await writes_off(store, case, "bo") is None
    assert (await store.balance(), await asked(store)) == (0, [])
    diary = await store.rows("select kind, by, detail ->> 'amount' as amount from case_event order by id")
    assert [tuple(row) for row in diary] == [("ask_write_off", "anne", "802.00"), ("write_off", "bo", None)]


async def test_what_was_asked_for_is_not_enough_for_more_that_is_owed_since(store: Store) -> None:
    await with_rule(store, approved_above="500")
    case = await ended(store, "602")
    await asks(store, case, "anne")
    await owes(store, case, "0.01")
    assert await writes_off(store, case, "bo") == TWO_PEOPLE
    await asks(store, case, "bo")
    assert await asked(store) == ["602.01 NOK: asked for by bo; `write-off` lets go of it"]
    assert await writes_off(store, case, "bo") == "bo asked for it: somebody else writes it off"
    assert await writes_off(store, case, "anne") is None


async def test_money_that_comes_meanwhile_leaves_less_for_which_one_may_be_enough(store: Store) -> None:
    await with_rule(store, approved_above="500")
    case = await ended(store)
    await asks(store, case, "anne")
    await store.pay("meanwhile", amount=Decimal(302))
    assert await writes_off(store, case, "anne") is None
    with pytest.raises(CommandRefused, match="nothing is left"):
        await asks(store, case, "bo")


async def test_what_was_answered_is_asked_for_anew(store: Store) -> None:
    """By a write-off that money undid, by a person's no, and by a new round."""
    await with_rule(store, approved_above="500")
    case = await ended(store)
    await asks(store, case, "anne")
    assert await writes_off(store, case, "bo") is None
    await owes(store, case, "802")
    assert await writes_off(store, case, "bo") == TWO_PEOPLE
    await asks(store, case, "anne")
    async with store.database.transaction() as connection:
        (task,) = await list_tasks(connection, "acme", "write-off")
        assert await finish_task(connection, "acme", task.id, "cato", "we go on asking", NOW)
    assert await writes_off(store, case, "bo") == TWO_PEOPLE
    await asks(store, case, "anne")
    await store.do("update dunning_case set round = round + 1")
    assert await writes_off(store, case, "bo") == TWO_PEOPLE


async def test_whoever_asked_for_another_case_has_not_asked_for_this_one(store: Store) -> None:
    await with_rule(store, approved_above="500")
    one, other = await ended(store), await ended(store, number="1002", reference="2345676")
    await asks(store, other, "anne")
    assert await writes_off(store, one, "bo") == TWO_PEOPLE
    assert await writes_off(store, other, "bo") is None


@pytest.mark.parametrize(
    "rule",
    [{}, {"approved_above": "500", "currency": "EUR"}, {"approved_above": "0", "from": str(TODAY + timedelta(1))}],
)
async def test_one_is_enough_without_an_amount_of_the_currency_and_the_day(store: Store, rule: dict[str, str]) -> None:
    await with_rule(store, **rule)
    assert await writes_off(store, await ended(store), "anne") is None


async def test_a_rule_of_tomorrow_holds_from_the_creditors_midnight_on(store: Store) -> None:
    await with_rule(store, approved_above="500", **{"from": str(TODAY + timedelta(1))})
    case = await ended(store)
    await turn(store.database, datetime(TODAY.year, TODAY.month, TODAY.day, 22, 0, tzinfo=UTC))  # midnight in Oslo
    async with store.database.transaction() as connection:
        now = await clock.now(connection, "acme")
        with pytest.raises(CommandRefused, match="two people write off"):
            await record(connection, PLANNING, case, WriteOff(by="anne", reason_code="age"), "late", now)


async def test_two_who_write_off_at_once_do_it_once(store: Store) -> None:
    await with_rule(store, approved_above="500")
    case = await ended(store)
    await asks(store, case, "anne")
    refused = await asyncio.gather(*(writes_off(store, case, by) for by in ("bo", "cato", "anne")))
    assert sorted(each is None for each in refused) == [False, False, True]
    assert await store.one("select sum(amount) from ledger_entry where kind = 'write-off'") == -802


async def test_an_open_case_is_not_asked_about(store: Store) -> None:
    with pytest.raises(CommandRefused, match="the case is open"):
        await asks(store, await store.invoice(), "anne")
