"""What a message was sorted as holds at once what the law asks a stop for, until a person has read it, and lifts nothing."""

from typing import Any

import pytest

from commands.debtor import replies
from commands.debtor.sorted_reply import take_sorted
from domain.parties.message_classes import MessageClass, Sorted
from domain.parties.replies import Meaning
from facts.operations.tasks import list_tasks
from facts.webhooks import outgoing
from tests.store import NOW, PLANNING, Store
from tests.world import debtor

PHONE = "+4791234567"
NOT_SEEN = "Hun som hadde avtalen lever ikke lenger. Vennligst avslutt."  # by the words that the door knows
Classes = dict[MessageClass, float]


async def writes(store: Store, words: str = NOT_SEEN, address: str = PHONE, channel: str = "sms") -> int:
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, channel, address, words, NOW)
    return int(await store.one("select max(id) from reply"))


async def is_sorted(store: Store, reply: int, classes: Classes, *, stop: bool = True, quote: str = "") -> int:
    quotes = {kind: quote for kind in classes if quote}
    found = Sorted(tuple(classes.items()), stop, quotes)
    async with store.database.transaction() as connection:
        return await take_sorted(connection, PLANNING, reply, found, "v1", NOW)


async def reads(store: Store, reply: int) -> None:
    async with store.database.transaction() as connection:
        await replies.done(connection, None, reply, "anne", "read", NOW)


async def holds(store: Store) -> list[tuple[Any, ...]]:
    query = "select case_id, by, reason_code, until from hold where released_at is null order by id"
    return [tuple(row) for row in await store.rows(query)]


async def test_a_stop_that_the_door_did_not_see_holds_every_case_until_a_person_has_read_it(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    reply = await writes(store)
    assert await holds(store) == []
    quote = "Hun som hadde avtalen lever ikke lenger."
    assert await is_sorted(store, reply, {MessageClass.DEATH: 0.9}, quote=quote) == 2
    assert await holds(store) == [(case, "purr", "says has died", None) for case in (first, second)]
    assert await store.one("select distinct note from hold") == quote
    assert (await store.load(first)).facts.hold_reason == "says has died"
    detail = await store.one("select detail from case_event where case_id = :case and kind = 'hold'", case=first)
    assert (detail["reason_code"], detail["note"]) == ("says has died", quote)
    await reads(store, reply)
    assert await holds(store) == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (MessageClass.DISPUTE_WHOLE, "says disagrees"),
        (MessageClass.DISPUTE_PART, "says disagrees"),
        (MessageClass.NOT_ME, "says not me"),
        (MessageClass.INSOLVENCY, "says insolvent"),
        (MessageClass.GUARDIAN_OR_ADVISER, "says represented"),
        (MessageClass.MINOR, "says minor"),
        (MessageClass.AUTHORITY_COMPLAINT, "says complained"),
        (MessageClass.DANGER, "says in danger"),
    ],
)
async def test_each_stop_says_why(store: Store, kind: MessageClass, reason: str) -> None:
    case = await store.invoice()
    reply = await writes(store)
    await is_sorted(store, reply, {kind: 0.8})
    assert await holds(store) == [(case, "purr", reason, None)]


async def test_of_two_classes_the_one_that_stops_holds_though_the_other_is_likelier(store: Store) -> None:
    case = await store.invoice()
    reply = await writes(store)
    await is_sorted(store, reply, {MessageClass.PROMISE: 0.9, MessageClass.MINOR: 0.3})
    assert await holds(store) == [(case, "purr", "says minor", None)]


async def test_what_stops_nothing_is_kept_and_holds_nothing(store: Store) -> None:
    await store.invoice()
    reply = await writes(store, "Når må jeg betale?")
    assert await is_sorted(store, reply, {MessageClass.QUESTION: 0.8}, stop=False) == 0
    (row,) = await store.rows("select * from reply_sorting")
    assert (row.reply_id, row.classes, row.stop, row.urgent, row.version) == (
        reply,
        [["question", 0.8]],
        False,
        False,
        "v1",
    )
    assert await holds(store) == []


async def test_a_quote_is_kept_as_a_place_in_the_words(store: Store) -> None:
    await store.invoice()
    reply = await writes(store)
    await is_sorted(store, reply, {MessageClass.OTHER: 1.0}, stop=False, quote="Vennligst avslutt.")
    assert await store.one("select quotes from reply_sorting") == {"other": [41, 59]}
    assert NOT_SEEN[41:59] == "Vennligst avslutt."


async def test_what_was_released_is_not_held_again_for_the_same_words(store: Store) -> None:
    case = await store.invoice()
    reply = await writes(store)
    await is_sorted(store, reply, {MessageClass.DEATH: 0.9})
    await store.command(case, "release")
    assert await is_sorted(store, reply, {MessageClass.DEATH: 0.9}) == 0
    assert await holds(store) == []
    assert await store.one("select count(*) from reply_sorting") == 1


async def test_what_a_person_has_answered_already_holds_nothing(store: Store) -> None:
    await store.invoice()
    reply = await writes(store)
    await reads(store, reply)
    assert await is_sorted(store, reply, {MessageClass.DEATH: 0.9}) == 0
    assert await holds(store) == []
    assert await store.one("select done_by from reply") == "anne"


async def test_what_the_door_holds_is_not_held_twice_and_not_lifted(store: Store) -> None:
    case = await store.invoice()
    reply = await writes(store, "Kona mi er død")
    assert [hold[1:3] for hold in await holds(store)] == [("debtor", "says has died")]
    for stop in (True, False):
        await is_sorted(store, reply, {MessageClass.DEATH: 0.9}, stop=stop)
    assert [hold[:3] for hold in await holds(store)] == [(case, "debtor", "says has died")]


async def test_a_pause_that_would_end_by_itself_is_held_on_until_a_person_has_read(store: Store) -> None:
    await store.invoice()
    reply = await writes(store, "Jeg har betalt, men er bare 15 år")
    assert [hold[3] is None for hold in await holds(store)] == [False]
    await is_sorted(store, reply, {MessageClass.PAID: 0.9, MessageClass.MINOR: 0.7})
    assert [(hold[2], hold[3] is None) for hold in await holds(store)] == [("says paid", False), ("says minor", True)]


async def test_a_case_in_dispute_is_not_held_for_the_same_objection(store: Store) -> None:
    case = await store.invoice()
    reply = await writes(store, "uenig")
    assert (await store.load(case)).facts.disputed
    await is_sorted(store, reply, {MessageClass.DISPUTE_WHOLE: 0.9})
    assert await holds(store) == []


async def test_what_nobody_has_to_read_comes_before_a_person_where_it_must_stop(store: Store) -> None:
    """The door found the money that was said to be paid: the rest of the words were read by nobody."""
    await store.invoice()
    reply = await writes(store)
    await store.do("update reply set done_at = :now, done_by = 'purr', result = 'found'", now=NOW)
    await store.do("update debtor_task set done_at = :now, done_by = 'purr'", now=NOW)
    assert await is_sorted(store, reply, {MessageClass.DANGER: 0.6}) == 1
    assert await store.one("select done_at from reply") is None
    async with store.database.transaction() as connection:
        assert [task.open for task in await list_tasks(connection, None, "reply")] == [True]


async def test_a_mail_of_a_machine_holds_nothing(store: Store) -> None:
    await store.invoice()
    reply = await writes(store)
    await store.do("update reply set automatic = 'absence'")
    assert await is_sorted(store, reply, {MessageClass.DEATH: 0.9}) == 0


async def test_words_about_one_invoice_hold_that_and_a_death_holds_all(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    reply = await writes(store, "Om faktura 1002: kom aldri noe av det jeg bestilte")
    await store.do("update reply set case_id = :case", case=second)
    await store.do("delete from hold")
    await is_sorted(store, reply, {MessageClass.DISPUTE_WHOLE: 0.9})
    assert [hold[0] for hold in await holds(store)] == [second]
    another = await writes(store, NOT_SEEN + " Om 1002.")
    await store.do("update reply set case_id = :case where id = :reply", case=second, reply=another)
    await is_sorted(store, another, {MessageClass.DEATH: 0.9})
    assert [hold[0] for hold in await holds(store)] == [second, first, second]


async def test_a_stranger_holds_nobodys_case_and_danger_is_urgent_all_the_same(store: Store) -> None:
    await store.invoice()
    reply = await writes(store, "Jeg orker ikke mer av dette livet", "+4799999999")
    assert await is_sorted(store, reply, {MessageClass.DANGER: 0.8}) == 0
    assert await holds(store) == []
    assert await store.one("select urgent from reply_sorting") is True


async def test_a_number_of_two_people_holds_each_ones_case_by_their_own_reply(store: Store) -> None:
    first = await store.invoice()
    second = await store.invoice(
        "1002", debtor=debtor(name="Ola Nordmann", customer_number="K-2", email="ola@example.no")
    )
    await writes(store)
    for reply in [row.id for row in await store.rows("select id from reply order by id")]:
        await is_sorted(store, reply, {MessageClass.DEATH: 0.9})
    assert [hold[0] for hold in await holds(store)] == [first, second]


async def test_a_reply_to_a_closed_case_is_sorted_and_holds_nothing(store: Store) -> None:
    await store.invoice()
    await store.pay()
    reply = await writes(store)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    assert await is_sorted(store, reply, {MessageClass.DEATH: 0.9}) == 0
    assert await store.one("select count(*) from reply_sorting") == 1
    assert await holds(store) == []


@pytest.mark.parametrize("change", ["update reply_sorting set stop = false", "delete from reply_sorting"])
async def test_what_was_sorted_is_never_changed(store: Store, change: str) -> None:
    await store.invoice()
    await is_sorted(store, await writes(store), {MessageClass.QUESTION: 0.8}, stop=False)
    with pytest.raises(Exception, match="append-only"):
        await store.do(change)


async def told(store: Store) -> list[Any]:
    """What creditors' systems are told of danger."""
    rows = await store.rows(
        "select urgent, payload -> 'data' as data from webhook_message where type = 'debtor.in_danger'"
    )
    return [(row.urgent, row.data) for row in rows]


async def listens(store: Store) -> None:
    """The creditor's system wants to hear of everything."""
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["debtor.*"], NOW)


async def test_danger_is_told_to_the_creditors_system_once_and_without_a_word_of_it(store: Store) -> None:
    await store.invoice()
    await listens(store)
    reply = await writes(store, "Det er så mørkt her nå, adjø")
    assert await told(store) == []
    for _ in range(2):
        await is_sorted(store, reply, {MessageClass.DANGER: 0.9}, quote="adjø")
    ((urgent, data),) = await told(store)
    assert urgent
    assert (data["channel"], data["invoices"], set(data)) == (
        "sms",
        ["1001"],
        {"reply", "customer_number", "channel", "invoices"},
    )
    assert "adjø" not in str(data)


async def test_danger_that_the_door_has_told_of_or_that_a_person_has_read_is_not_told_again(store: Store) -> None:
    case = await store.invoice()
    await listens(store)
    async with store.database.transaction() as connection:
        await replies.said_on_page(connection, PLANNING, case, Meaning.IN_DANGER, "Strømmen går til respiratoren", NOW)
    assert len(await told(store)) == 1
    await is_sorted(store, int(await store.one("select max(id) from reply")), {MessageClass.DANGER: 0.9})
    assert len(await told(store)) == 1
    reply = await writes(store)
    await reads(store, reply)
    await is_sorted(store, reply, {MessageClass.DANGER: 0.9})
    assert len(await told(store)) == 1


async def test_a_little_danger_beside_something_likelier_is_told_and_what_a_machine_wrote_is_not(store: Store) -> None:
    await store.invoice()
    await listens(store)
    first, second = await writes(store), await writes(store, "Jeg er ikke på jobb")
    await store.do("update reply set automatic = 'absence' where id = :id", id=second)
    await is_sorted(store, first, {MessageClass.QUESTION: 0.8, MessageClass.DANGER: 0.26}, stop=False)
    await is_sorted(store, second, {MessageClass.DANGER: 0.9})
    assert len(await told(store)) == 1
