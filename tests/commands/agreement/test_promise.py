"""Promises to pay in the facts: within bounds, told once to the case and the creditor, and taken back."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from commands.agreement.promise import Promised, PromiseToPay, WithdrawPromise
from commands.record import record
from domain.agreements.promises import PromiseRules
from facts.refusals import CommandRefused
from facts.webhooks import outgoing
from tests.facts.agreements.test_plans import Under
from tests.store import NOW, PLANNING, POLICIES, Store

FRIDAY = date(2026, 7, 10)


async def promise(
    store: Store, case: int, pay_by: date = FRIDAY, amount: str | None = None, **changes: Any
) -> Promised:
    """Record a promise of Kari's."""
    rules = changes.get("rules", PromiseRules())
    owed = Decimal(amount) if amount else None
    async with store.database.transaction() as connection:
        given = PromiseToPay(pay_by=pay_by, amount=owed, by="ola", reason_code="payday", note="gets her pay that day")
        policy = replace(POLICIES["no-gentle"][0], promises=rules)
        return (await record(connection, Under(policy), case, given, str(uuid4()), NOW)).result


async def withdraw(store: Store, case: int, why: str = "mistake") -> int:
    """Take the last promise back."""
    command = WithdrawPromise(by="ola", reason_code=why)
    async with store.database.transaction() as connection:
        return (await record(connection, PLANNING, case, command, str(uuid4()), NOW)).result


async def test_a_promise_is_of_all_that_is_owed_unless_an_amount_is_named(store: Store) -> None:
    case = await store.invoice()
    assert await promise(store, case) == Promised(1, FRIDAY, Decimal("802.00"), "NOK")
    assert (await promise(store, case, amount="300.50")).amount == Decimal("300.50")


async def test_the_same_promise_told_twice_is_made_once_and_answered_alike(store: Store) -> None:
    case, given = await store.invoice(), PromiseToPay(pay_by=FRIDAY, by="ola", reason_code="payday")
    made = []
    for _ in range(2):
        async with store.database.transaction() as connection:
            made.append(await record(connection, PLANNING, case, given, "p1", NOW))
    assert made[0] == made[1]
    assert made[0].result == Promised(1, FRIDAY, Decimal("802.00"), "NOK")
    assert await store.one("select count(*) from promise") == 1


async def test_a_promise_for_a_sunday_is_due_on_the_monday(store: Store) -> None:
    made = await promise(store, await store.invoice(), date(2026, 7, 12))
    assert made.pay_by == date(2026, 7, 13)


async def test_a_promise_is_told_to_the_case_and_written_in_its_diary(store: Store) -> None:
    case = await store.invoice()
    await promise(store, case)
    assert await store.news(case) == ["invoice_changed", "promise_recorded"]
    ((kind, by, detail),) = await store.rows("select kind, by, detail from case_event")
    assert (kind, by) == ("promise", "ola")
    assert detail == {
        "reason_code": "payday",
        "note": "gets her pay that day",
        "pay_by": "2026-07-10",
        "amount": "802.00",
    }


async def test_the_creditors_system_is_told_without_the_note(store: Store) -> None:
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["promise.*"], NOW)
    await promise(store, await store.invoice())
    (row,) = await store.rows("select type, payload from webhook_message where type like 'promise%'")
    assert row.payload["data"] == {
        "invoice": "1001",
        "promise": 1,
        "pay_by": "2026-07-10",
        "amount": "802.00",
        "currency": "NOK",
    }


async def test_a_limited_number_of_promises_is_taken(store: Store) -> None:
    case = await store.invoice()
    for earlier in range(1, 3):
        await promise(store, case, FRIDAY - timedelta(days=earlier))
    with pytest.raises(CommandRefused, match="allows 2 promises to pay in one case, and there were 2"):
        await promise(store, case)


async def test_a_promise_that_is_made_twice_is_one(store: Store) -> None:
    case = await store.invoice()
    made = await promise(store, case)
    assert await promise(store, case, rules=PromiseRules(most=1)) == made
    await store.pay(amount=Decimal(100))
    assert await promise(store, case, rules=PromiseRules(most=1)) == made  # of all that is left of it
    assert await store.rows("select pay_by, amount from promise") == [(FRIDAY, Decimal(802))]


async def test_a_promise_without_an_amount_is_of_what_is_not_disputed(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute", amount=Decimal(300))
    assert (await promise(store, case)).amount == Decimal(502)


async def test_two_promises_at_once_do_not_exceed_the_number(store: Store) -> None:
    case = await store.invoice()
    one = PromiseRules(most=1)
    ended = await asyncio.gather(
        promise(store, case, rules=one),
        promise(store, case, FRIDAY - timedelta(days=1), rules=one),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CommandRefused) for each in ended) == 1
    assert await store.one("select count(*) from promise") == 1


async def test_a_promise_that_is_withdrawn_does_not_count(store: Store) -> None:
    case = await store.invoice()
    for _ in range(3):
        await promise(store, case, rules=PromiseRules(most=1))
        await withdraw(store, case, "typed-wrongly")
    assert await store.one("select count(*) from promise where withdrawn_at = :now", now=NOW) == 3
    assert (await store.news(case))[1:] == ["promise_recorded"] * 6


async def test_only_the_last_promise_is_withdrawn_and_none_is_refused(store: Store) -> None:
    case = await store.invoice()
    await promise(store, case)
    last = await promise(store, case, FRIDAY + timedelta(days=3))
    assert await withdraw(store, case) == last.id
    assert await withdraw(store, case) == 1
    with pytest.raises(CommandRefused, match="no promise to pay that could be withdrawn"):
        await withdraw(store, case)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pay_by": date(2026, 6, 30)}, "is past"),
        ({"pay_by": date(2026, 7, 16)}, "too far ahead: the policy allows promises through 2026-07-15"),
        ({"amount": "802.01"}, "a promise of 802.01 is not possible: 802.00 NOK is owed"),
        ({"amount": "-1"}, "a promise of -1 is not possible"),
    ],
)
async def test_a_promise_out_of_bounds_is_refused_and_leaves_no_trace(
    store: Store, changes: dict[str, Any], why: str
) -> None:
    case = await store.invoice()
    with pytest.raises(CommandRefused, match=why):
        await promise(store, case, **changes)
    assert await store.one("select count(*) from promise") == 0
    assert await store.news(case) == ["invoice_changed"]


async def test_what_is_disputed_is_not_promised(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "dispute", amount=Decimal("100.00"))
    with pytest.raises(CommandRefused, match=r"802\.00 is not possible: 702\.00 NOK is owed and not disputed"):
        await promise(store, case, amount="802.00")
    assert (await promise(store, case)).amount == Decimal("702.00")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("update dunning_case set state = 'closed', outcome = 'paid'", "the case is closed"),
        (f"update dunning_case set withdrawn_at = '{NOW}'", "the case is withdrawn"),
        (
            f"insert into life_event (debtor_id, kind, by, happened_at) select id, 'deceased', 'anne', '{NOW}' from debtor",
            "the debtor is stopped \\(deceased\\)",
        ),
        (
            f"insert into dispute (case_id, by, reason_code, happened_at) values (1, 'ola', 'x', '{NOW}')",
            "the case is disputed",
        ),
        (
            f"insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', 1, 'queued', '{NOW}')",
            "the case is handed off",
        ),
        (
            "with agreed as (insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, currency,"
            f" by, reason_code, happened_at) values (1, 'acme', '18', 'active', 802, 0, 'NOK', 'ola', 'x', '{NOW}')"
            f" returning id) insert into instalment select id, 1, '{NOW.date()}', 802 from agreed",
            "has an instalment plan",
        ),
    ],
)
async def test_a_case_without_room_for_a_promise_refuses_it(store: Store, state: str, why: str) -> None:
    case = await store.invoice()
    await store.do(state)
    with pytest.raises(CommandRefused, match=why):
        await promise(store, case)


async def test_a_dispute_of_a_part_leaves_room_for_a_promise(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        f"insert into dispute (case_id, by, reason_code, amount, happened_at) values (1, 'ola', 'x', 100, '{NOW}')"
    )
    assert (await promise(store, case, amount="702")).amount == Decimal(702)
