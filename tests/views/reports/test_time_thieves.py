"""What takes time: shares of what was sent and drawn, money that waits, and why debtors get in touch."""

from datetime import timedelta
from decimal import Decimal

from domain.money.matching.ranking import PAUSES
from domain.vocabulary import Channel
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import sent


async def test_paper_and_what_came_back_are_shares_of_what_was_sent(store: Store) -> None:
    case = await store.invoice()
    at = NOW - timedelta(days=2)
    await sent(store, case, "one", Channel.EMAIL, at, "0.05")
    await sent(store, case, "two", Channel.LETTER, at, "9.60")
    back = await sent(store, case, "three", Channel.LETTER, at, "9.60")
    await store.do(
        "update delivery set state = 'failed', failure = 'returned', failed_at = :at where id = :id", id=back, at=NOW
    )
    rows = {
        row["measure"]: (row["count"], row["of"], row["percent"]) for row in (await report(store, "time-thieves")).rows
    }
    assert rows["paper"] == (2, 3, Decimal("66.7"))
    assert rows["returned mail"] == (1, 2, 50)
    assert rows["undelivered messages"] == (0, 1, 0)
    assert rows["failed draws"] == (0, 0, None)
    assert rows["unreachable debtors"] == (0, 1, 0)


async def test_money_that_waits_is_told_by_its_age(store: Store) -> None:
    await store.pay("p1", amount=Decimal(50), reference=None)
    await store.pay("p2", amount=Decimal(70), reference=None)
    await store.do("update incoming_payment set happened_at = :at where source_id = 'p1'", at=NOW - timedelta(days=12))
    made = await report(store, "unmatched")
    assert [(row["days"], row["payments"], row["amount"]) for row in made.rows] == [("to_7", 1, 70), ("8_30", 1, 50)]
    assert made.sentences["acme"] == (
        "2 payments wait for a person, the oldest for 12 days, and 0 cases pause for them"
    )
    assert (await report(store, "unmatched", (NOW - timedelta(days=13)).date())).rows == []


async def test_the_cases_that_pause_for_money_in_review_are_counted(store: Store) -> None:
    """Neither a case that a name alone resembles, nor one that has closed meanwhile, nor another creditor's."""
    cases = [await store.invoice(number, reference=None) for number in ("1001", "1002", "1003")]
    await store.pay("p1", amount=Decimal(50), reference=None)
    await store.do("delete from review_candidate")
    candidate = """insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
      select id, :case, :rank, :score, '[]', :now from incoming_payment"""
    for rank, (case, score) in enumerate(zip(cases, (60, PAUSES, PAUSES - 1), strict=True)):
        await store.do(candidate, case=case, rank=rank, score=score, now=NOW)
    (row,) = (await report(store, "unmatched")).rows
    assert row["paused"] == 2
    await store.do("update dunning_case set state = 'closed' where id = :case", case=cases[0])
    (row,) = (await report(store, "unmatched")).rows
    assert row["paused"] == 1


async def test_complaints_are_told_among_the_reasons(store: Store) -> None:
    await store.invoice()
    reply = """insert into reply (creditor_id, debtor_id, channel, text, topic, happened_at)
      select creditor_id, id, 'email', 'words', :topic, :at from debtor where creditor_id = 'acme'"""
    for topic, days in (("complaint", 1), ("paid", 2), ("complaint", 40)):
        await store.do(reply, topic=topic, at=NOW - timedelta(days=days))
    made = await report(store, "contact-reasons")
    assert {row["topic"]: row["contacts"] for row in made.rows} == {"complaint": 1, "paid": 1}
    assert made.sentences["acme"].endswith("1 of them to complain")
