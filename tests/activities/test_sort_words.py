"""What came in is sorted when the room of learning runs: each reply once, the unread first, and none holds up the others."""

from itertools import count

from activities.sort_words import Sort, Sorting, SortWords
from commands.debtor import replies
from commands.debtor.mail import NOTHING_SAID
from commands.prediction.choice import retire, take_trained
from domain.parties.message_classes import MessageClass, Sorted
from facts.prediction import versions
from facts.prediction.versions import Trained
from prediction.words.model import version
from prediction.words.sorting import sort_message
from tests.logs import logged_here
from tests.store import NOW, PLANNING, Store

PHONE = "+4791234567"
OTHER = Sorted(((MessageClass.OTHER, 1.0),), stop=False)


def nothing_is_read(words: str) -> Sorted:
    raise AssertionError(words)


def room_of(store: Store, sort: Sort, version: str = "v1", learned: Sort = nothing_is_read) -> SortWords:
    """The room of learning, with what is built in and what was learned here in its place."""

    def read(weights: bytes) -> Sort:
        if weights != b"whole":
            raise ValueError("what was learned cannot be read")
        return learned

    return SortWords(store.database, PLANNING, Sorting(sort, version, read, "code"))


async def write(store: Store, *words: str) -> None:
    async with store.database.transaction() as connection:
        for each in words:
            await replies.received(connection, PLANNING, "sms", PHONE, each, NOW)


async def holds(store: Store) -> list[str]:
    rows = await store.rows("select reason_code from hold where released_at is null order by id")
    return [row.reason_code for row in rows]


async def test_after_a_day_away_what_waits_is_sorted_once_and_progress_is_told(store: Store) -> None:
    await store.invoice()
    await write(store, "Hva er dette?", "Hun som hadde avtalen gikk ut av tiden i mai, jeg er datteren hennes", "Takk!")
    assert await store.one("select count(*) from reply where sorted_at is null and done_at is null") == 3
    room = room_of(store, sort_message, version())
    with logged_here() as logs:
        assert [await room.sort_what_waits(), await room.sort_what_waits()] == [3, 0]
    assert [(each["count"], each["left"]) for each in logs if each["event"] == "replies_sorted"] == [(3, 0)]
    assert "avtalen" not in str(logs)
    stops = await store.rows("select stop, version from reply_sorting order by reply_id")
    assert [tuple(each) for each in stops] == [(False, version()), (True, version()), (False, version())]
    assert await holds(store) == ["says has died"]


async def test_what_a_person_read_while_it_was_away_is_sorted_last_and_holds_nothing(store: Store) -> None:
    await store.invoice()
    await write(store, "Min mor er gått ut av tiden", "Jeg er verge for henne")
    await store.do("update hold set released_at = :now", now=NOW)
    first = await store.one("select min(id) from reply")
    async with store.database.transaction() as connection:
        await replies.done(connection, None, first, "anne", "read", NOW)
    seen: list[str] = []

    def sort(words: str) -> Sorted:
        seen.append(words)
        return Sorted(((MessageClass.GUARDIAN_OR_ADVISER, 0.9),), stop=True)

    assert await room_of(store, sort).sort_what_waits() == 2
    assert seen == ["Jeg er verge for henne", "Min mor er gått ut av tiden"]
    assert await holds(store) == ["says represented"]


async def test_words_that_cannot_be_sorted_hold_up_no_others_and_are_not_in_the_log(store: Store) -> None:
    await store.invoice()
    await write(store, "vondt", "godt")
    turns = count()

    def sort(words: str) -> Sorted:
        next(turns)
        if words == "vondt":
            raise ValueError(words)
        return OTHER

    room = room_of(store, sort)
    with logged_here() as logs:
        assert [await room.sort_what_waits(), await room.sort_what_waits()] == [1, 0]
    assert next(turns) == 2
    assert [each["error"] for each in logs if each["event"] == "reply_not_sorted"] == ["ValueError"]
    assert "vondt" not in str(logs)
    assert await store.one("select text from reply where sorted_at is null") == "vondt"


async def test_only_the_writers_own_words_are_read_and_of_very_long_ones_a_part(store: Store) -> None:
    await store.invoice()
    seen: list[str] = []

    def sort(words: str) -> Sorted:
        seen.append(words)
        return OTHER

    await write(store, "a", "b", "c", "x" * 1_000_000 + "slutt")
    ids = [row.id for row in await store.rows("select id from reply order by id")]
    for reply, subject, words in zip(
        ids, ("SV: Tvist om 1001", "Klage", None), ("Ja", "på faktura", NOTHING_SAID), strict=False
    ):
        change = "update reply set subject = :subject, text = :words where id = :reply"
        await store.do(change, subject=subject, words=words, reply=reply)
    await room_of(store, sort).sort_what_waits()
    assert seen[:3] == ["Ja", "Klage\npå faktura", ""]
    assert (len(seen[3]), seen[3][-5:]) == (16_001, "slutt")


async def test_an_empty_message_and_our_own_words_below_it_stop_nothing(store: Store) -> None:
    await store.invoice()
    quoted = "Takk, da vet jeg det.\n\nOn 3 June 2026, Acme Kraft wrote:\n> Do you dispute the invoice, or has somebody died?"
    await write(store, "👍", quoted)
    await store.do("update hold set released_at = :now", now=NOW)
    await room_of(store, sort_message, version()).sort_what_waits()
    assert [row.stop for row in await store.rows("select stop from reply_sorting order by reply_id")] == [False, False]
    assert await holds(store) == []


async def test_words_are_sorted_in_whichever_language_they_are(store: Store) -> None:
    await store.invoice()
    await write(store, "Vaimoni on kuollut, hän oli asiakkaanne")
    await store.do("update hold set released_at = :now", now=NOW)
    await room_of(store, sort_message, version()).sort_what_waits()
    assert await store.one("select classes -> 0 ->> 0 from reply_sorting") == "death"


async def learned(store: Store, data: str, weights: bytes = b"whole", code: str = "code") -> None:
    """A version is learned, and used since it is good enough."""
    async with store.database.transaction() as connection:
        used = await versions.in_use(connection, "words")
        await take_trained(connection, Trained("words", data, code, {}, weights), used, NOW)


async def sorted_by(store: Store) -> list[tuple[str, str]]:
    rows = await store.rows("select version, classes -> 0 ->> 0 as kind from reply_sorting order by reply_id")
    return [(row.version, row.kind) for row in rows]


async def test_the_version_in_use_sorts_from_the_next_message_on_without_a_restart(store: Store) -> None:
    await store.invoice()
    room = room_of(store, lambda _: OTHER, learned=lambda _: Sorted(((MessageClass.THANKS, 0.9),), stop=False))
    await write(store, "a")
    await room.sort_what_waits()
    await learned(store, "first")
    await write(store, "b")
    await room.sort_what_waits()
    async with store.database.transaction() as connection:
        await retire(connection, "words", "kim", "wrong", NOW)
    await write(store, "c")
    await room.sort_what_waits()
    assert await sorted_by(store) == [("v1", "other"), ("version 1", "thanks"), ("v1", "other")]


async def test_weights_that_are_damaged_or_of_other_code_are_refused_and_what_is_built_in_sorts(store: Store) -> None:
    await store.invoice()
    room = room_of(store, lambda _: OTHER)
    await learned(store, "cut off", weights=b"who")
    await write(store, "a")
    with logged_here() as logs:
        await room.sort_what_waits()
        await write(store, "b")
        await room.sort_what_waits()
        await learned(store, "of yesterday's code", code="gone")
        await write(store, "c")
        await room.sort_what_waits()
    assert await sorted_by(store) == [("v1", "other")] * 3
    told = [(each["version"], each["error"]) for each in logs if each["event"] == "model_not_read"]
    assert told == [(1, "what was learned cannot be read"), (2, "it was learned by other code")]
