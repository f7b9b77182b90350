"""What people confirmed teaches: nothing that was rejected, erased, or of whoever has objected to guesses."""

from commands.debtor import replies
from domain.desk.proposals import Verdict
from domain.parties.message_classes import MessageClass
from facts.deliveries import sortings
from prediction.words.confirmed import confirmed_examples
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


async def learned(store: Store) -> list[tuple[str, str, set[MessageClass]]]:
    async with store.database.transaction() as connection:
        return [(each.language, each.text, set(each.classes)) for each in await confirmed_examples(connection)]


async def test_what_was_confirmed_is_an_example_in_its_writers_own_words(store: Store) -> None:
    await store.invoice()
    quoted = "Betaler fredag, resten i deler\n\nOn 3 June 2026, Acme wrote:\n> Pay"
    await judged(store, quoted, promise=Verdict.CONFIRMED, wants_plan=Verdict.CHANGED)
    await judged(store, "Betaler ikke", promise=Verdict.REJECTED, wants_plan=Verdict.CONFIRMED)
    await judged(store, "x" * 1001, promise=Verdict.CONFIRMED)
    await judged(store, "Hei")
    assert await learned(store) == [("nb", "Betaler fredag, resten i deler", {PROMISE, PLAN})]


async def test_what_was_erased_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    assert len(await learned(store)) == 1
    await store.do("update reply set text = ''")
    assert await learned(store) == []


async def test_whoever_has_objected_to_guesses_teaches_nothing(store: Store) -> None:
    await store.invoice()
    await judged(store, "Betaler fredag", promise=Verdict.CONFIRMED)
    await store.known("no profiling")
    assert await learned(store) == []
