"""What people confirmed teaches: nothing that was rejected, erased, or of whoever has objected to guesses."""

from datetime import timedelta

from commands.debtor import replies
from domain.desk.proposals import Verdict
from domain.parties.message_classes import MessageClass
from facts.deliveries import sortings
from facts.prediction import confirmed
from tests.store import NOW, PLANNING, Store

PROMISE, PLAN = MessageClass.PROMISE, MessageClass.WANTS_PLAN


async def judged(store: Store, words: str, **verdicts: Verdict) -> None:
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, "sms", "+4791234567", words, NOW)
    reply = await store.one("select max(id) from reply")
    async with store.database.transaction() as connection:
        for kind, verdict in verdicts.items():
            assert await sortings.judge(connection, reply, MessageClass(kind), verdict, "anne", NOW)
            assert not await sortings.judge(connection, reply, MessageClass(kind), Verdict.REJECTED, "anne", NOW)


async def told(store: Store) -> list[tuple[str, str, set[MessageClass]]]:
    """What teaches, the first first."""
    async with store.database.transaction() as connection:
        found = await confirmed.read(connection, NOW + timedelta(hours=1))
    return [(each.language, each.text, set(each.kinds)) for each in reversed(found)]


async def test_what_was_confirmed_teaches_and_nothing_of_which_anything_was_rejected(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag, resten i deler", promise=Verdict.CONFIRMED, wants_plan=Verdict.CHANGED)
    await judged(store, "Betaler ikke", promise=Verdict.REJECTED, wants_plan=Verdict.CONFIRMED)
    await judged(store, "x" * 1001, promise=Verdict.CONFIRMED)
    await judged(store, "Hei")
    assert await told(store) == [("nb", "Betaler fredag, resten i deler", {PROMISE, PLAN})]


async def test_what_was_confirmed_long_ago_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    async with store.database.transaction() as connection:
        assert await confirmed.read(connection, NOW + confirmed.KEPT_FOR) == []


async def test_what_is_made_up_in_test_mode_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    await store.do("insert into creditor_clock (creditor_id, ahead) values ('acme', interval '1 day')")
    assert await told(store) == []


async def test_what_was_erased_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    assert len(await told(store)) == 1
    await store.do("update reply set text = ''")
    assert await told(store) == []


async def test_whoever_has_objected_to_guesses_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    await store.known("no profiling")
    assert await told(store) == []
