"""The days ahead by what came before: real messages and replies, of one creditor, with its country's holidays."""

from datetime import timedelta

from domain.vocabulary import Channel
from tests.store import NOW, TODAY, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import sent

REPLY = """insert into reply (creditor_id, debtor_id, channel, text, automatic, happened_at)
  select :creditor, id, :channel, 'words', :automatic, :at from debtor where creditor_id = 'acme'"""


async def test_as_many_replies_are_expected_as_came_for_as_many_messages(store: Store) -> None:
    """Every Monday a message, every Tuesday a reply and on one of two a call; TODAY is a Wednesday."""
    case = await store.invoice()
    for week in range(1, 9):
        monday = NOW - timedelta(days=7 * week - 5)
        await sent(store, case, f"step-{week}", Channel.EMAIL, monday, "0.05")
        tuesday = monday + timedelta(days=1)
        await store.do(REPLY, creditor="acme", channel="email", automatic=None, at=tuesday)
        await store.do(REPLY, creditor="acme", channel="email", automatic="absence", at=tuesday)
        await store.do(REPLY, creditor="beta", channel="email", automatic=None, at=tuesday)
        if week % 2:
            await store.do(REPLY, creditor="acme", channel="phone", automatic=None, at=tuesday)
    await store.do("""update dunning_case set next_kind = 'deliver', next_at = :at""", at=NOW + timedelta(days=5))
    made = await report(store, "staffing")
    rows = {row["day"]: row for row in made.rows}
    assert (len(rows), min(rows)) == (28, TODAY + timedelta(days=1))
    tuesday = rows[TODAY + timedelta(days=6)]
    assert (tuesday["weekday"], tuesday["works"]) == ("Tuesday", "yes")
    assert (tuesday["replies_expected"], tuesday["calls_expected"]) == (1, 0.5)
    assert tuesday["replies_from"] <= 1 <= tuesday["replies_to"]
    assert rows[TODAY + timedelta(days=5)]["messages"] == 1
    assert made.sentences["acme"].startswith("about 1 replies and 0 calls are to be expected in the seven days from")


async def test_calls_that_wait_are_to_be_made_on_the_next_working_day(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        values ('acme', :case, 1, 'call', 'call', 'why', :at)""",
        case=case, at=NOW,
    )  # fmt: skip
    made = await report(store, "staffing")
    assert [row["calls_to_make"] for row in made.rows][:3] == [1, 0, 0]
    assert made.sentences["acme"].endswith("and 1 calls to make")
    short = await report(store, "staffing", since=TODAY - timedelta(days=3))
    assert (short.rows, short.sentences["acme"][:12]) == ([], "less than 14")


async def test_a_public_holiday_is_no_working_day(store: Store) -> None:
    await store.invoice()
    rows = {row["day"]: row for row in (await report(store, "staffing", TODAY.replace(month=5, day=10))).rows}
    assert rows[TODAY.replace(month=5, day=14)]["works"] == "no"  # Ascension Day of 2026, a Thursday
    assert rows[TODAY.replace(month=5, day=15)]["works"] == "yes"
