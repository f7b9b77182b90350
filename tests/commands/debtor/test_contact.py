"""What a person took on the phone or from a letter does what the same words in writing do, and stands in the thread."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from commands.debtor import replies
from commands.debtor.contact import Contact, contact_taken
from domain.parties.replies import Meaning
from domain.parties.topics import TOPICS
from facts.refusals import Unknown
from tests.store import NOW, PLANNING, Store
from views import contacts
from views.thread import ThreadMessage, read_thread


async def take(store: Store, topic: str, **given: str) -> int:
    whose = given or {"invoice": "1001"}
    contact = Contact.model_validate({"channel": "phone", "topic": topic, "by": "anne", "text": "snakket"} | whose)
    async with store.database.transaction() as connection:
        return await contact_taken(connection, PLANNING, "acme", contact, NOW)


async def thread(store: Store, case: int) -> list[ThreadMessage]:
    debtor = await store.one(f"select debtor_id from dunning_case where id = {case}")
    async with store.database.transaction() as connection:
        return await read_thread(connection, debtor)


@pytest.mark.parametrize(
    ("topic", "held", "disputed", "tasks"),
    [
        ("disagrees", 0, 1, 1),  # an oral objection stops the claim
        ("needs time", 1, 0, 1),
        ("not received", 1, 0, 1),
        ("returned goods", 1, 0, 1),
        ("travelling", 1, 0, 1),
        ("waits for an answer", 1, 0, 1),
        ("paid", 1, 0, 1),
        ("not me", 1, 0, 1),
        ("has died", 1, 0, 1),
        ("insolvent", 1, 0, 1),
        ("wrong address", 0, 0, 1),  # as new as it is, it may be the right one: a person looks
        *((topic, 0, 0, 0) for topic in TOPICS[len(Meaning) :]),
    ],
)
async def test_what_says_something_of_the_claim_pauses_it_and_all_else_is_read_by_who_took_it(
    store: Store, topic: str, held: int, disputed: int, tasks: int
) -> None:
    case = await store.invoice()
    reply = await take(store, topic)
    assert await store.one("select count(*) from hold where released_at is null") == held
    assert await store.one("select count(*) from dispute") == disputed
    assert await store.one("select count(*) from debtor_task") == tasks
    (told,) = await thread(store, case)
    assert (told.reply, told.direction, told.channel, told.about, told.invoices) == (
        reply,
        "in",
        "phone",
        topic,
        ["1001"],
    )
    assert told.state == ("unread" if tasks else "read")
    assert await store.one("select state from contact_point where channel = 'sms'") == "valid"


async def test_a_contact_of_a_debtor_is_of_all_the_invoices(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002")
    await take(store, "needs time", customer_number="K-1")
    assert await store.one("select count(*) from hold where released_at is null") == 2


@pytest.mark.parametrize("whose", [{"invoice": "none"}, {"customer_number": "nobody"}, {"text": "of nobody"}])
async def test_a_contact_of_nobody_is_refused(store: Store, whose: dict[str, str]) -> None:
    with pytest.raises(Unknown):
        await take(store, "paid", **whose)


@pytest.mark.parametrize("wrong", [{"topic": "the weather"}, {"channel": "sms"}, {"by": ""}, {"text": ""}])
def test_what_is_no_contact_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Contact.model_validate({"channel": "phone", "topic": "paid", "by": "anne", "invoice": "1001"} | wrong)


async def test_the_thread_has_both_ways_and_every_channel_the_newest_first(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, "reminder")
    await store.accept(delivery)
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, "sms", "+4791234567", "hvilket kontonummer?", NOW)
    told = await thread(store, case)
    assert {(each.direction, each.channel, each.about) for each in told} == {
        ("in", "sms", "how to pay"),
        ("out", "email", "reminder"),
    }
    assert all(before.at >= after.at for before, after in pairwise(told))


async def test_contacts_are_counted_by_channel_and_topic_without_machines(store: Store) -> None:
    await store.invoice()
    for topic in ("address", "address", "contract"):
        await take(store, topic)
    await store.do("update reply set automatic = 'absence' where topic = 'contract'")
    async with store.database.transaction() as connection:
        (counted,) = await contacts.count(connection, "acme", NOW)
    assert counted == contacts.Count("phone", "address", 2, 1)
