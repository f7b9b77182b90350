"""Whose words an adviser's are: the client's that they name or that was last written about, else a person tells."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.debtor import replies
from commands.debtor.caller import called
from commands.debtor.whose import tell_whose
from domain.parties.standing import Thing
from domain.planner.obstacles import against
from facts.deliveries.replies import Reply, list_replies
from facts.operations.tasks import list_tasks
from facts.refusals import Conflict, Unknown
from tests.commands.debtor.test_change import say
from tests.store import LAWS, NOW, PLANNING, Store
from tests.world import debtor

PHONE = "+4798765432"
ADVISER = {"name": "Per Verge", "phone": PHONE, "email": "per@verge.example"}
DAYS = timedelta(days=1)


async def clients(store: Store, *numbers: str) -> list[int]:
    """Clients of one adviser, with an invoice each: their cases."""
    cases = []
    for number in numbers:
        whom = debtor(customer_number=number, name=f"Client {number}", phone=None, email=f"{number.lower()}@example.no")
        cases.append(await store.invoice(f"2026-10{number[-1]}", debtor=whom, reference=None))
        await say(store, number, representative=ADVISER)
    return cases


async def write(store: Store, words: str, at: datetime = NOW) -> None:
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, "sms", PHONE, words, at)


async def call(store: Store) -> None:
    async with store.database.transaction() as connection:
        await called(connection, PLANNING, PHONE, NOW)


async def unread(store: Store) -> list[Reply]:
    async with store.database.transaction() as connection:
        return await list_replies(connection, "acme")


async def tasks(store: Store) -> list[Any]:
    async with store.database.transaction() as connection:
        return list(await list_tasks(connection, None, "reply"))


async def tell(store: Store, reply: int, number: str, creditor: str | None = "acme") -> int:
    async with store.database.transaction() as connection:
        return await tell_whose(connection, PLANNING, creditor, reply, number, None, "anne", NOW)


async def held(store: Store) -> list[tuple[int, str]]:
    rows = await store.rows("select case_id, by from hold where released_at is null order by case_id")
    return [(row.case_id, row.by) for row in rows]


async def written_to(store: Store, case: int, at: datetime = NOW) -> None:
    """The adviser was written to about a case."""
    delivery = await store.claim(case, "reminder", "sms", at=at)
    await store.accept(delivery, at)
    await store.do(
        f"""update delivery set contact_point_id = (select p.id from contact_point p join dunning_case c
        on c.debtor_id = p.debtor_id where c.id = {case} and p.address = '{PHONE}' and p.channel = 'sms')
        where id = '{delivery}'"""
    )


async def hard(store: Store, case: int, now: datetime = NOW) -> str | None:
    """What stands in the way of a notice."""
    facts = (await store.load(case)).facts
    obstacle = against(Thing.NOTICE, facts, LAWS["NO"].calendar, now)
    return str(obstacle.kind) if obstacle else None


async def test_words_that_name_an_invoice_are_its_clients_and_say_that_the_adviser_said_them(store: Store) -> None:
    first, second = await clients(store, "K-1", "K-2")
    await write(store, "Faktura 2026-102 trenger mer tid")
    assert await held(store) == [(second, "adviser")]
    (reply,) = await unread(store)
    assert (reply.customer_number, reply.said_by) == ("K-2", "adviser")
    assert "from the adviser" in (await tasks(store))[0].why
    assert await hard(store, first) is None


async def test_words_that_name_nobody_are_those_of_the_client_who_was_written_about(store: Store) -> None:
    first, second, _ = await clients(store, "K-1", "K-2", "K-3")
    await written_to(store, first, NOW - 8 * DAYS)  # too long ago
    await written_to(store, second, NOW - 6 * DAYS)
    await write(store, "trenger mer tid")
    assert await held(store) == [(second, "adviser")]


async def test_where_several_were_written_about_a_person_is_asked_and_nothing_hard_follows_for_those_alone(
    store: Store,
) -> None:
    first, second, third = await clients(store, "K-1", "K-2", "K-3")
    await written_to(store, first, NOW - DAYS)
    await written_to(store, second, NOW - 2 * DAYS)
    await write(store, "uenig")
    (reply,) = await unread(store)
    assert (reply.customer_number, reply.may_be_about, await held(store)) == (None, ["K-1", "K-2"], [])
    (task,) = await tasks(store)
    assert task.why.startswith("which client is it about? K-1, K-2: tell with `replies about`")
    assert [await hard(store, case) for case in (first, second, third)] == ["reply unread", "reply unread", None]
    assert (await store.load(first)).facts.disputed is False
    after = NOW + 9 * DAYS
    assert [await hard(store, case, after) for case in (first, second)] == [None, None]  # it may not lie for ever


async def test_a_person_tells_which_and_it_does_what_it_says_there_while_the_others_go_on(store: Store) -> None:
    first, second = await clients(store, "K-1", "K-2")
    await write(store, "uenig")
    (reply,) = await unread(store)
    number = await tell(store, reply.id, "K-2")
    assert await hard(store, first) is None
    facts = (await store.load(second)).facts
    assert facts.disputed
    assert await store.one("select by from dispute") == "adviser"
    (kept,) = await unread(store)
    assert (kept.id, kept.customer_number, kept.tied_by) == (number, "K-2", "person")
    assert (await store.news(first))[-1] == "task_done"
    with pytest.raises(Conflict, match="is read"):
        await tell(store, reply.id, "K-1")
    with pytest.raises(Unknown):
        await tell(store, number, "K-1")


async def test_only_a_client_of_whoever_wrote_may_be_told_and_only_by_its_creditor(store: Store) -> None:
    await clients(store, "K-1", "K-2")
    await store.invoice("109", debtor=debtor(customer_number="K-9", name="Liv Moe"), reference=None)
    await write(store, "hei")
    (reply,) = await unread(store)
    for number in ("K-9", "K-404"):
        with pytest.raises(Conflict, match="none of the clients"):
            await tell(store, reply.id, number)
    with pytest.raises(Unknown):
        await tell(store, reply.id, "K-1", creditor="beta")
    assert len(await unread(store)) == 1


async def test_reading_it_alone_ends_the_wait_of_all(store: Store) -> None:
    first, second = await clients(store, "K-1", "K-2")
    await write(store, "hei")
    (reply,) = await unread(store)
    async with store.database.transaction() as connection:
        assert await replies.done(connection, "acme", reply.id, "anne", "only wished a good day", NOW)
    assert [await hard(store, case) for case in (first, second)] == [None, None]
    assert await tasks(store) == []


async def test_a_household_of_two_is_heard_for_both_as_ever(store: Store) -> None:
    for number in ("K-1", "K-2"):
        await store.invoice(f"2026-10{number[-1]}", debtor=debtor(customer_number=number, name=number, phone=PHONE))
    await write(store, "trenger mer tid")
    assert {by for _, by in await held(store)} == {"debtor"}
    assert len(await held(store)) == 2


async def test_an_adviser_with_one_client_left_speaks_of_that_one(store: Store) -> None:
    _, second = await clients(store, "K-1", "K-2")
    await say(store, "K-1", representative=None)
    await write(store, "trenger mer tid")
    assert await held(store) == [(second, "adviser")]


async def test_a_minors_guardian_is_recorded_as_the_guardian(store: Store) -> None:
    (case,) = await clients(store, "K-1")
    await say(store, "K-1", stop_reason="minor")
    await write(store, "trenger mer tid")
    assert await held(store) == [(case, "guardian")]


async def test_a_call_of_an_adviser_asks_once_however_often_it_rings(store: Store) -> None:
    first, second, third = await clients(store, "K-1", "K-2", "K-3")
    await call(store)
    await call(store)
    assert [reply.may_be_about for reply in await unread(store)] == [["K-1", "K-2", "K-3"]]
    (waiting,) = await unread(store)
    await tell(store, waiting.id, "K-2")
    await call(store)  # it waits still, of one of them
    assert len(await unread(store)) == 1
    assert [await hard(store, case) for case in (first, second, third)] == [None, "reply unread", None]


async def test_so_much_of_one_address_is_kept_and_no_more_until_somebody_reads(store: Store) -> None:
    await clients(store, "K-1", "K-2")
    for number in range(replies.MOST_UNREAD + 3):
        await write(store, f"hei {number}")
    assert len(await unread(store)) == replies.MOST_UNREAD


async def test_each_creditor_is_asked_of_its_own_clients_alone(store: Store) -> None:
    await clients(store, "K-1", "K-2")
    for number in ("B-1", "B-2"):
        whom = debtor(customer_number=number, name=number, phone=PHONE, email=None)
        await store.invoice(f"20{number[-1]}", creditor="beta", debtor=whom, reference=None)
    await write(store, "hei")
    rows = await store.rows(
        """select r.creditor_id, count(*) as of_them from reply r join reply_candidate k on k.reply_id = r.id
        group by r.id order by 1"""
    )
    assert [(row.creditor_id, row.of_them) for row in rows] == [("acme", 2), ("beta", 2)]
