"""What a contact adds is counted by hand: who pays in the week after it, beside who is as late and got nothing."""

from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

from domain.vocabulary import Channel
from tests.begin import turn
from tests.store import Store
from tests.views.reports.test_receivables import invoiced, paid, report
from tests.views.reports.test_steps import sent

NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
AT = NOW - timedelta(days=20)
DUE = (AT - timedelta(days=15)).date()


async def late(store: Store, name: str, count: int, *, who_pay: int, **changes: Any) -> list[int]:
    """Invoices that are fifteen days late at AT, of somebody each; some are paid three days later."""
    cases = []
    for place in range(count):
        number = f"{name}{place}"
        cases.append(await invoiced(store, number, DUE, 100, AT - timedelta(days=40), **changes))
        if place < who_pay:
            await paid(store, number, 100, AT + timedelta(days=3))
    return cases


async def test_who_pays_after_a_contact_is_set_beside_who_is_as_late_and_got_none(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 20, who_pay=15):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    await late(store, "Q", 20, who_pay=2)
    made = await report(store, "contacts-add")
    (row,) = made.rows
    assert (row["step"], row["channel"], row["cases"], row["paid"]) == ("reminder", "sms", 20, 15)
    weeks = 15 * 3 / 7 + 5  # three days each, and the whole week of who did not pay
    assert abs(float(row["paid_percent"]) - 100 * (1 - exp(-15 / weeks))) < 0.1
    assert row["adds_from"] > 20
    assert row["adds_from"] < row["adds_percent"] < row["adds_to"]
    assert row["known"] == "seen beside, not caused"
    assert made.sentences["acme"].endswith(": seen beside, not caused")


async def test_where_everybody_got_one_nothing_is_beside_it(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 12, who_pay=6):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    (row,) = (await report(store, "contacts-add")).rows
    assert (row["paid"], row["adds_percent"], row["without_percent"]) == (6, None, None)
    assert row["known"] == "nothing to compare with"


async def test_contacts_of_a_few_debtors_are_not_shown(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 9, who_pay=6):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    made = await report(store, "contacts-add")
    assert made.rows == []
    assert made.sentences["acme"].endswith("1 contacts of fewer than 10 debtors each are not shown")


async def test_what_comes_after_the_next_contact_is_that_ones(store: Store) -> None:
    await turn(store.database, NOW)
    for place, case in enumerate(await late(store, "S", 12, who_pay=12)):
        await sent(store, case, "reminder", Channel.EMAIL, AT, "0.05")
        if place < 10:
            await sent(store, case, "reminder", Channel.SMS, AT + timedelta(days=2), "0.60")
    rows = {row["channel"]: row["paid"] for row in (await report(store, "contacts-add")).rows}
    assert rows == {"email": 2, "sms": 10}


async def test_what_another_creditors_debtors_paid_counts_for_nobody_else(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 12, who_pay=12):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    await store.do("update delivery set creditor_id = 'beta'")
    assert (await report(store, "contacts-add")).rows == []


async def test_a_report_of_a_past_day_knows_nothing_of_later(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 12, who_pay=12):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    (row,) = (await report(store, "contacts-add", (AT + timedelta(days=1)).date())).rows
    assert (row["cases"], row["paid"]) == (12, 0)
