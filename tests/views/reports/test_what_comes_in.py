"""What came in: how often a proposal was wrong, by kind and language, and how long people waited or wait for an answer."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.store import NOW, Store
from tests.views.reports.test_receivables import report

REPLY = """
insert into reply (creditor_id, debtor_id, channel, text, automatic, taken_by, happened_at, done_at, done_by)
select creditor_id, id, :channel, 'words', :automatic, :taken_by, cast(:at as timestamptz),
  cast(:read as timestamptz), cast(:by as text)
from debtor where creditor_id = 'acme' returning id
"""


async def came(store: Store, at: datetime, read: datetime | None = None, by: str = "anne", **more: Any) -> int:
    """Words came by SMS, unless something else is said, and somebody has read them or nobody."""
    usual = {"channel": "sms", "automatic": None, "taken_by": None}
    reply: int = await store.one(REPLY, **usual | more, at=at, read=read, by=by if read else None)
    return reply


async def judged(store: Store, reply: int, kind: str, verdict: str, at: datetime = NOW - timedelta(days=1)) -> None:
    await store.do(
        "insert into reply_verdict (reply_id, kind, verdict, by, happened_at) values (:reply, :kind, :verdict, 'anne', :at)",
        reply=reply,
        kind=kind,
        verdict=verdict,
        at=at,
    )


async def test_wrong_proposals_are_told_by_kind_and_language(store: Store) -> None:
    await store.invoice()
    reply = await came(store, NOW - timedelta(days=2))
    for other in ("confirmed", "confirmed", "changed", "rejected"):
        await judged(store, await came(store, NOW - timedelta(days=2)), "promise", other)
    await judged(store, reply, "wants_plan", "confirmed")
    await judged(store, reply, "moved", "rejected", NOW - timedelta(days=60))
    made = await report(store, "proposals")
    assert [tuple(row.values()) for row in made.rows] == [
        ("acme", "promise", "nb", 4, 2, 1, 1, 50),
        ("acme", "wants_plan", "nb", 1, 1, 0, 0, 0),
    ]
    since = (NOW - timedelta(days=29)).date()
    assert made.sentences["acme"] == f"40.0 % of the 5 proposals that people judged since {since} were wrong"


async def test_answer_times_are_from_the_words_to_the_first_answer_or_to_when_they_were_read(store: Store) -> None:
    await store.invoice()
    morning = NOW - timedelta(days=3)
    for hours in (1, 2, 3, 4):
        await came(store, morning, morning + timedelta(hours=hours))
    answered = await came(store, morning, morning + timedelta(hours=40))
    answer = """insert into answer (reply_id, creditor_id, debtor_id, case_id, channel, text, by, happened_at)
      select id, creditor_id, debtor_id, (select min(id) from dunning_case), 'sms', 'ours', 'anne', :at
      from reply where id = :reply"""
    await store.do(answer, reply=answered, at=morning + timedelta(hours=5))
    (row,) = (await report(store, "answer-times")).rows
    assert (row["channel"], row["language"], row["answered"], row["waiting"]) == ("sms", "nb", 5, 0)
    assert (row["half_within"], row["four_fifths_within"], row["longest"]) == (Decimal(3), Decimal("4.2"), None)


async def test_who_waits_is_counted_and_who_asked_nobody_is_not(store: Store) -> None:
    await store.invoice()
    at = NOW - timedelta(days=2)
    await came(store, at, channel="email")
    await came(store, at, at + timedelta(hours=1), "purr")
    await came(store, at, automatic="absence")
    await came(store, at, at, taken_by="anne")
    await came(store, at - timedelta(days=90), at - timedelta(days=80))
    made = await report(store, "answer-times")
    (row,) = made.rows
    assert (row["channel"], row["answered"], row["half_within"], row["waiting"]) == ("email", 0, None, 1)
    assert row["longest"] >= 48
    assert made.sentences["acme"].endswith(f"and 1 wait, the oldest for {row['longest']} hours")


async def test_who_was_answered_later_waited_as_of_the_day(store: Store) -> None:
    await store.invoice()
    at = NOW - timedelta(days=5)
    await came(store, at, NOW - timedelta(days=1))
    (row,) = (await report(store, "answer-times", (NOW - timedelta(days=3)).date())).rows
    assert (row["answered"], row["waiting"]) == (0, 1)
