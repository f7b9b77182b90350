"""What debtors ask more often than before is counted by hand: debtors by the week, beside the weeks before."""

from datetime import timedelta
from decimal import Decimal

from domain.vocabulary import Channel
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import sent
from tests.world import debtor

WROTE = """insert into reply (creditor_id, debtor_id, channel, text, topic, automatic, happened_at)
  select :creditor, id, 'email', 'words', :topic, :automatic, :at from debtor where creditor_id = 'acme'
  and customer_number = any(cast(:who as text[]))"""


async def many(store: Store, count: int) -> dict[str, int]:
    """So many debtors with an invoice each: the cases, by their customer numbers."""
    return {
        f"K-{place}": await store.invoice(
            f"{place}", reference=None, debtor=debtor(name=f"Ola {place}", customer_number=f"K-{place}")
        )
        for place in range(count)
    }


async def wrote(
    store: Store, who: list[str], topic: str, days: int, *, automatic: str | None = None, creditor: str = "acme"
) -> None:
    """Debtors got in touch about something, so many days ago."""
    at = NOW - timedelta(days=days)
    await store.do(WROTE, who=who, topic=topic, at=at, automatic=automatic, creditor=creditor)


async def test_what_comes_more_often_than_before_rises_and_it_says_where_to_tell_of_it(store: Store) -> None:
    cases = await many(store, 30)
    who = list(cases)
    for week in range(1, 9):
        await wrote(store, who[week : week + 4], "how to pay", 7 * week + 1)
        await wrote(store, who[:12], "paid", 7 * week + 1)
    for number in who[:24]:
        await sent(store, cases[number], "reminder", Channel.SMS, NOW - timedelta(days=3), "0.60")
    await wrote(store, who[:24], "how to pay", 1)
    await wrote(store, who[:24], "how to pay", 2)  # once more, and the same debtors
    await wrote(store, who[:13], "paid", 1)
    await wrote(store, who, "thanks", 1)
    await wrote(store, who, "paid", 1, automatic="absence")
    made = await report(store, "contact-reasons-rising")
    shown = {row["topic"]: (row["debtors"], row["usual"], row["times"], row["rises"]) for row in made.rows}
    assert shown == {"how to pay": (24, 4, 6, "yes"), "paid": (13, 12, Decimal("1.1"), "no")}
    first = made.rows[0]
    assert first["times_from"] < 6 < first["times_to"]
    assert first["inform_in"] == "reminder"
    assert made.sentences["acme"] == (
        "how to pay rises, to 24 debtors in a week, most often after reminder: tell of it there"
    )


async def test_what_a_few_debtors_wrote_is_not_shown_and_too_short_a_time_says_nothing(store: Store) -> None:
    who = list(await many(store, 12))
    await wrote(store, who[:9], "complaint", 1)
    await wrote(store, who, "paid", 1)
    made = await report(store, "contact-reasons-rising", since=(NOW - timedelta(days=13)).date())
    assert [(row["topic"], row["usual"], row["rises"]) for row in made.rows] == [("paid", 0, None)]
    said = made.sentences["acme"]
    assert said.startswith("too little came since")
    assert said.endswith("1 reasons of fewer than 10 debtors each are not shown")


async def test_nothing_rises_where_each_week_is_as_the_others(store: Store) -> None:
    who = list(await many(store, 12))
    for week in range(9):
        await wrote(store, who, "paid", 7 * week + 1)
    made = await report(store, "contact-reasons-rising")
    assert [row["rises"] for row in made.rows] == ["no"]
    assert made.sentences["acme"].startswith("nothing rises in the 7 days through")


async def test_what_another_creditors_debtors_write_is_not_counted(store: Store) -> None:
    who = list(await many(store, 12))
    await wrote(store, who, "paid", 1, creditor="beta")
    assert (await report(store, "contact-reasons-rising")).rows == []
