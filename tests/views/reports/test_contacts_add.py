"""What a contact adds is counted by hand: who pays in the week after it, beside who is as late and got nothing."""

from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

from domain.vocabulary import Channel
from facts.database import to_json
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


async def looked(store: Store, at: datetime, base_channel: str | None) -> None:
    """What was found of an experiment with two arms, at a moment."""
    arms = [
        {"arm": "nothing", "channel": base_channel, "debtors": 200, "paid": 80, "low": 0.0, "high": 0.0},
        {"arm": "usual", "channel": "sms", "debtors": 200, "paid": 130, "low": 0.081, "high": 0.419},
        {"arm": "few", "channel": "email", "debtors": 9, "paid": 9, "low": 0.1, "high": 0.9},
    ]
    await store.do(
        """insert into experiment_look (creditor_id, experiment, result, happened_at)
        values ('acme', 'nudged', cast(:result as jsonb), :at)""",
        result=to_json({"step": "reminder", "arms": arms}),
        at=at,
    )


async def test_where_an_experiment_left_some_alone_it_says_what_the_contact_adds(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 12, who_pay=6):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    for case in await late(store, "E", 12, who_pay=6):
        await sent(store, case, "reminder", Channel.EMAIL, AT, "0.05")
    await looked(store, NOW - timedelta(hours=9), None)
    made = await report(store, "contacts-add")
    of = {row["channel"]: row for row in made.rows}
    told = [
        float(of["sms"][name]) for name in ("paid_percent", "without_percent", "adds_percent", "adds_from", "adds_to")
    ]
    assert told == [65, 40, 25, 8.1, 41.9]
    assert (of["sms"]["known"], of["email"]["known"]) == ("an experiment says so", "nothing to compare with")
    assert made.sentences["acme"] == (
        "of 100 debtors 25.0 more pay in time after reminder by sms than without it (8.1 to 41.9): an experiment says so"
    )
    before = await report(store, "contacts-add", NOW.date() - timedelta(days=2))
    assert "an experiment says so" not in {row["known"] for row in before.rows}


async def test_an_experiment_in_which_all_are_contacted_does_not_say_what_a_contact_adds(store: Store) -> None:
    await turn(store.database, NOW)
    for case in await late(store, "S", 12, who_pay=6):
        await sent(store, case, "reminder", Channel.SMS, AT, "0.60")
    await looked(store, NOW - timedelta(hours=9), "email")
    (row,) = (await report(store, "contacts-add")).rows
    assert row["known"] == "nothing to compare with"
