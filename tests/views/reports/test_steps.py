"""What each message does is counted by hand: money before the next message is this one's, and what it all costs."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.vocabulary import Channel
from facts.deliveries import deliveries
from facts.money import payments
from facts.money.payments import Payment
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report

REMINDED = NOW - timedelta(days=10)


async def sent(store: Store, case: int, step: str, channel: Channel, at: datetime, cost: str) -> UUID:
    """A message that left."""
    delivery = await store.claim(case, step, channel, at=at)
    async with store.database.transaction() as connection:
        await deliveries.accepted(connection, delivery, at, at.date(), provider_id=str(delivery), cost=Decimal(cost))
    return delivery


async def paid(store: Store, number: str, at: datetime, amount: int = 802) -> None:
    """Money for an invoice, booked the day it came."""
    told = Payment("acme", "bank", f"{number} {at}", Decimal(amount), "NOK", at.date(), number=number)
    async with store.database.transaction() as connection:
        await payments.book(connection, told, at)


async def three_cases(store: Store) -> list[int]:
    """One pays after its reminder, one after the SMS that follows it, one never."""
    cases = [await store.invoice(number, reference=None) for number in ("1001", "1002", "1003")]
    for case in cases:
        await sent(store, case, "reminder", Channel.EMAIL, REMINDED, "0.05")
    await paid(store, "1001", REMINDED + timedelta(days=3))
    await sent(store, cases[1], "failed-draw#7", Channel.SMS, REMINDED + timedelta(days=5), "0.60")
    await paid(store, "1002", REMINDED + timedelta(days=6))
    return cases


async def test_money_is_the_last_messages_before_it(store: Store) -> None:
    await three_cases(store)
    rows = (await report(store, "steps")).rows
    shown = [(row["step"], row["channel"], row["cases"], row["paid"], row["days_to_pay"], row["cost"]) for row in rows]
    assert shown == [
        ("reminder", "email", 3, 1, Decimal("3.0"), Decimal("0.15")),
        ("failed-draw", "sms", 1, 1, Decimal("1.0"), Decimal("0.60")),
    ]
    assert rows[0]["paid_percent"] == Decimal("33.3")


async def test_thanks_for_money_bring_none(store: Store) -> None:
    """Also where they and the money are of one moment: it is the reminder's."""
    (case, *_) = await three_cases(store)
    thanks = await sent(store, case, "paid#1", Channel.EMAIL, REMINDED + timedelta(days=3), "0.05")
    await store.do("update delivery set message = 'paid' where id = :id", id=thanks)
    assert [(row["step"], row["cases"], row["paid"]) for row in (await report(store, "steps")).rows] == [
        ("reminder", 3, 1),
        ("failed-draw", 1, 1),
    ]


async def test_what_is_outside_of_the_time_is_not_counted(store: Store) -> None:
    await three_cases(store)
    week = await report(store, "steps", since=(NOW - timedelta(days=6)).date())
    assert [row["step"] for row in week.rows] == ["failed-draw"]
    day_of_reminders = await report(store, "steps", REMINDED.date(), REMINDED.date())
    assert [(row["cases"], row["paid"]) for row in day_of_reminders.rows] == [(3, 0)]


async def test_what_came_is_set_against_what_it_cost(store: Store) -> None:
    cases = await three_cases(store)
    called = REMINDED + timedelta(days=1)
    for case, outcome in ((cases[0], "promised"), (cases[2], "no answer")):
        await store.do(
            """with t as (insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
                 values ('acme', :case, 1, 'call', 'call', 'why', :at) returning id)
               insert into call_try (task_id, by, outcome, happened_at) select id, 'kim', :outcome, :at from t""",
            case=case, outcome=outcome, at=called,
        )  # fmt: skip
    (row,) = (await report(store, "effort")).rows
    assert [row[name] for name in ("paid", "settled", "messages", "cost")] == [1604, 2, 4, Decimal("0.75")]
    assert (row["cost_of_100"], row["messages_each"]) == (Decimal("0.05"), 2)
    assert (row["calls"], row["paid_after_call"]) == (1, 1)


async def test_a_payment_on_the_first_visit_is_one_within_the_hour(store: Store) -> None:
    cases = [await store.invoice(number, reference=None) for number in ("1001", "1002")]
    for case, minutes in zip(cases, (30, 90), strict=True):
        delivery = await sent(store, case, "reminder", Channel.EMAIL, REMINDED, "0.05")
        await store.do(
            "update delivery set read_at = :at, read_by = 'page visit' where id = :id", id=delivery, at=REMINDED
        )
        await store.do(
            """insert into provider_event (provider, event_id, delivery_id, kind, happened_at)
            values ('page', :event, :id, 'read', :at)""",
            id=delivery, event=str(delivery), at=REMINDED,
        )  # fmt: skip
        await store.do(
            """insert into payment_attempt (id, creditor_id, case_id, provider, amount, currency, state, refunded, happened_at)
            values (gen_random_uuid(), 'acme', :case, 'vipps', 802, 'NOK', 'paid', 0, :at)""",
            case=case, at=REMINDED + timedelta(minutes=minutes),
        )  # fmt: skip
    (row,) = (await report(store, "effort")).rows
    assert (row["visits"], row["paid_on_visit"]) == (2, 1)


async def test_a_joint_message_costs_once_and_serves_each_case(store: Store) -> None:
    cases = [await store.invoice(number, reference=None) for number in ("1001", "1002")]
    delivery = await sent(store, cases[0], "reminder", Channel.EMAIL, REMINDED, "0.05")
    await store.do(
        """insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        values (:id, :case, 1, 'reminder', 'email', false)""",
        id=delivery, case=cases[1],
    )  # fmt: skip
    (row,) = (await report(store, "steps")).rows
    assert (row["cases"], row["cost"]) == (2, Decimal("0.05"))
