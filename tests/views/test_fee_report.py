"""The fee report: every fee on one side, every cost of its handling on the other, in the month it happened."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.vocabulary import Channel
from facts.deliveries import deliveries
from facts.money import review
from tests.store import NOW, TODAY, Store
from views.fee_report import FeeMonth, fee_report, verdict

AUGUST = date(2026, 8, 1)
JULY = date(2026, 7, 1)
TASK = """
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
values ('acme', :case, 1, :step, :kind, 'test', :at)
"""
REPLY = """
insert into reply (creditor_id, debtor_id, channel, text, happened_at)
select creditor_id, debtor_id, 'sms', 'why?', :at from dunning_case where id = :case
"""
PLACED = "update incoming_payment set decided_by = 'ola' where source_id = :id"


async def charged(
    store: Store, number: str = "1001", *, fee: str = "38", at: datetime = NOW, cost: str = "9.60", **changes: Any
) -> int:
    """An invoice whose reminder bore a fee; gives its case."""
    case = await store.invoice(number, **changes)
    delivery = await store.claim(case, channel=Channel.LETTER, fee=fee, at=at)
    async with store.database.transaction() as connection:
        await deliveries.accepted(connection, delivery, at, at.date(), provider_id=None, cost=Decimal(cost))
    return case


async def report(
    store: Store, creditor: str | None = None, first: date | None = None, until: date | None = None
) -> list[FeeMonth]:
    """What the report says."""
    async with store.database.transaction() as connection:
        return await fee_report(connection, "Europe/Oslo", creditor, first, until)


async def test_a_fee_that_is_paid_is_set_against_its_letter(store: Store) -> None:
    await charged(store)
    await store.pay(amount=Decimal(840), booked_on=TODAY + timedelta(days=1))
    (month,) = await report(store)
    assert (month.creditor, month.month, month.currency) == ("acme", JULY, "NOK")
    assert [month.charged, month.paid, month.reversed, month.waived] == [38, 38, 0, 0]
    assert [month.messages, month.work_cost, month.net] == [Decimal("9.60"), 0, Decimal("28.40")]


async def test_work_on_a_case_counts_from_its_first_fee_on(store: Store) -> None:
    case = await charged(store)
    for step, kind, at in (
        ("early", "call", NOW - timedelta(days=1)),
        ("call", "call", NOW),
        ("notice", "address", NOW),
        ("hand-off", "approval", NOW),
    ):
        await store.do(TASK, case=case, step=step, kind=kind, at=at)
    await store.command(case, "dispute")
    await store.do(REPLY, case=case, at=NOW - timedelta(days=1))
    await store.do(REPLY, case=case, at=NOW)
    (month,) = await report(store)
    assert month.work == {"call": 1, "task": 2, "dispute": 1, "reply": 1}
    assert month.work_cost == 60 + 2 * 40 + 150 + 25
    assert month.net == Decimal("-324.60")


async def test_a_payment_that_a_person_placed_is_work(store: Store) -> None:
    await charged(store)
    await store.pay("p1", amount=Decimal(100))
    await store.pay("p2", amount=Decimal(100))
    await store.do(PLACED, id="p2")
    (month,) = await report(store)
    assert month.work == {"unmatched": 1}


async def test_a_payment_placed_on_several_invoices_is_one_piece_of_work(store: Store) -> None:
    await charged(store)
    await charged(store, "1002", reference="2345676")
    booked = await store.pay("p1", amount=Decimal(200), reference="12345674")
    assert booked.number is not None
    async with store.database.transaction() as connection:
        shares = {"1001": Decimal(100), "1002": Decimal(100)}
        await review.book_review(connection, booked.number, shares, "kim", NOW)
    (month,) = await report(store)
    assert month.work == {"unmatched": 1}


async def test_a_creditors_own_costs_count(store: Store) -> None:
    await store.do("""update creditor set handling_costs = '{"dispute": "500.00"}' where id = 'acme'""")
    case = await charged(store)
    await store.command(case, "dispute")
    await store.do(TASK, case=case, step="call", kind="call", at=NOW)
    (month,) = await report(store)
    assert month.work_cost == 560


async def test_a_fee_taken_back_and_one_waived_bring_nothing(store: Store) -> None:
    await charged(store)
    await store.pay(booked_on=TODAY)  # money of the fee's own day is in time: late discovery takes the fee back
    (month,) = await report(store)
    assert [month.charged, month.paid, month.reversed, month.net] == [38, 0, 38, Decimal("-9.60")]
    case = await charged(store, "1002", reference=None)
    await store.do(
        """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source,
             source_id, happened_at)
           select 'acme', invoice_id, 'write-off', 'fee', -38, 'NOK', :on, 'write-off', invoice_id || '/fee', :now
           from dunning_case where id = :case""",
        case=case, on=TODAY, now=NOW,
    )  # fmt: skip
    (month,) = await report(store)
    assert [month.charged, month.reversed, month.waived] == [76, 38, 38]


async def test_a_fee_that_was_paid_before_its_letter_came_back_was_not_paid_after_all(store: Store) -> None:
    await store.do('update creditor set allocation = \'["fee", "interest", "principal"]\'')
    case = await charged(store)
    await store.pay("p1", amount=Decimal(100))
    await store.fail(await store.one("select delivery_id from delivery_case where case_id = :case", case=case))
    (month,) = await report(store)
    assert [month.charged, month.paid, month.reversed, month.waived] == [38, 0, 38, 0]


async def test_the_copies_of_a_letter_with_a_fee_cost_too_and_free_messages_do_not_count(store: Store) -> None:
    case = await charged(store)
    for step, alert in (("reminder", True), ("call", False)):
        copy = await store.claim(case, step, Channel.SMS, alert=alert)
        async with store.database.transaction() as connection:
            await deliveries.accepted(connection, copy, NOW, TODAY, provider_id="x", cost=Decimal("0.60"))
    (month,) = await report(store)
    assert month.messages == Decimal("10.20")


async def test_a_case_without_a_fee_is_not_in_the_report(store: Store) -> None:
    case = await store.invoice()
    await store.do(TASK, case=case, step="call", kind="call", at=NOW)
    await store.pay()
    assert await report(store) == []


async def test_months_are_local_and_creditors_apart(store: Store) -> None:
    await charged(store, at=datetime(2026, 7, 31, 22, 30, tzinfo=UTC))  # after midnight in Oslo, booked on the 31st
    await charged(store, "2001", creditor="beta", account="98765432100", reference=None, at=NOW)
    found = [(month.creditor, month.month, month.charged, month.messages) for month in await report(store)]
    assert found == [
        ("acme", JULY, Decimal(38), Decimal(0)),
        ("acme", AUGUST, Decimal(0), Decimal("9.60")),
        ("beta", JULY, Decimal(38), Decimal("9.60")),
    ]
    assert {month.creditor for month in await report(store, "beta")} == {"beta"}
    assert [(m.creditor, m.month) for m in await report(store, first=AUGUST)] == [("acme", AUGUST)]
    assert {month.month for month in await report(store, until=AUGUST)} == {JULY}


async def test_fees_and_their_fates_balance_what_is_left_of_them(store: Store) -> None:
    await charged(store)
    await charged(store, "1002", reference=None, at=NOW)
    await store.pay("p1", amount=Decimal(820), booked_on=TODAY + timedelta(days=1))
    months = await report(store)
    left = sum(m.charged - m.paid - m.reversed - m.waived for m in months)
    assert left == await store.one("select sum(amount) from ledger_entry where part = 'fee'")


@pytest.mark.parametrize(
    ("paid", "work_cost", "sentence"),
    [
        ("76", "20", "acme: letting go of the fee would have cost 46.40 NOK"),
        ("38", "150", "acme: letting go of the fee would have saved 121.60 NOK"),
        ("9.60", "0", "acme: letting go of the fee would have changed nothing"),
    ],
)
def test_the_verdict_is_a_sentence_with_a_figure(paid: str, work_cost: str, sentence: str) -> None:
    nothing = Decimal(0)
    month = FeeMonth(
        creditor="acme",
        month=JULY,
        currency="NOK",
        charged=Decimal(76),
        paid=Decimal(paid),
        reversed=nothing,
        waived=nothing,
        messages=Decimal("9.60"),
        work={},
        work_cost=Decimal(work_cost),
    )
    assert verdict([month]) == [sentence]
