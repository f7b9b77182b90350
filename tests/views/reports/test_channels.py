"""Which channel debtors of a segment react to is counted by hand; a debtor counts once, and a few are not shown."""

from datetime import timedelta
from decimal import Decimal

from domain.vocabulary import Channel
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import paid, sent
from tests.world import debtor

AT = NOW - timedelta(days=20)


async def written_to(
    store: Store, name: str, count: int, channel: Channel, *, pay: int, segment: str | None = None
) -> None:
    """Debtors who got a message each, of whom some pay after it."""
    for place in range(count):
        number = f"{name}{place}"
        who = debtor(name=f"Ola {number}", customer_number=f"K-{number}")
        case = await store.invoice(number, reference=None, debtor=who, segment=segment)
        await sent(store, case, "reminder", channel, AT, "0.05")
        await sent(store, case, "reminder-2", channel, AT + timedelta(days=9), "0.05")
        if place < pay:
            await paid(store, number, AT + timedelta(days=2))


async def test_the_channel_that_surely_more_react_to_is_preferred(store: Store) -> None:
    await written_to(store, "S", 15, Channel.SMS, pay=14, segment="private")
    await written_to(store, "E", 15, Channel.EMAIL, pay=2, segment="private")
    await written_to(store, "O", 9, Channel.EMAIL, pay=9)
    made = await report(store, "channels")
    shown = {row["channel"]: (row["segment"], row["debtors"], row["messages"], row["preferred"]) for row in made.rows}
    assert shown == {"sms": ("private", 15, 30, "yes"), "email": ("private", 15, 30, "no")}
    sms = next(row for row in made.rows if row["channel"] == "sms")
    assert (sms["paid_percent"], sms["read_percent"]) == (Decimal("93.3"), 0)
    assert sms["reacted_from"] < sms["reacted_percent"] < sms["reacted_to"]
    assert made.sentences["acme"] == (
        "private: sms surely reaches more than any other channel; 1 groups of fewer than 10 debtors each are not shown"
    )


async def test_who_answers_reacted_and_a_found_segment_stands_where_the_invoice_came_with_none(store: Store) -> None:
    await written_to(store, "S", 10, Channel.SMS, pay=0)
    await store.do(
        """insert into found_segment (creditor_id, key, name, middle, off, happened_at)
        values ('acme', 'a', 'quick payers', '{}', false, :now)""",
        now=NOW,
    )
    await store.do(
        """insert into debtor_segment (debtor_id, creditor_id, segment, version, found_at)
        select id, 'acme', 'a', 'v', :now from debtor""",
        now=NOW,
    )
    await store.do(
        """insert into reply (creditor_id, debtor_id, channel, text, happened_at)
        select 'acme', id, 'sms', 'words', :at from debtor order by id limit 5""",
        at=AT + timedelta(days=1),
    )
    made = await report(store, "channels")
    (row,) = made.rows
    assert (row["segment"], row["answered_percent"], row["reacted_percent"]) == ("quick payers", 50, 50)
    assert row["preferred"] is None
    assert made.sentences["acme"].startswith("of no segment a channel surely reaches more than the others since")


async def test_a_report_of_another_creditors_messages_has_none(store: Store) -> None:
    await written_to(store, "S", 10, Channel.SMS, pay=5)
    await store.do("update delivery set creditor_id = 'beta'")
    assert (await report(store, "channels")).rows == []
