"""A person's answer stands on the page, goes by the way that the debtor's words came, and goes out whatever else waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.debtor import replies
from commands.debtor.answer import Answer, Answered, answer_reply
from commands.debtor.replies import said_on_page
from domain.planner.action import ActionKind
from facts.refusals import Conflict, Refused, Unknown
from tests.store import NOW, PLANNING, Store
from views.answer_times import FEWEST, answer_times
from views.thread import read_thread

PHONE = "+4791234567"


async def write(store: Store, words: str = "Hva er dette?", channel: str = "sms", address: str = PHONE) -> int:
    async with store.database.transaction() as connection:
        await replies.received(connection, PLANNING, channel, address, words, NOW)
    return int(await store.one("select max(id) from reply"))


async def answer(
    store: Store, reply: int, words: str = "Det er nettleie.", *, creditor: str | None = "acme", at: datetime = NOW
) -> Answered:
    async with store.database.transaction() as connection:
        return await answer_reply(connection, creditor, reply, Answer(by="anne", text=words), at)


async def comes(store: Store, case: int) -> Any:
    async with store.database.transaction() as connection:
        return (await PLANNING.plan(connection, case, NOW)).action


async def test_an_answer_goes_by_the_way_that_the_words_came_and_they_are_read(store: Store) -> None:
    case = await store.invoice()
    reply = await write(store)
    kept = await answer(store, reply)
    action = await comes(store, case)
    assert (kept.channel, action.kind, action.channel) == ("sms", ActionKind.DELIVER, "sms")
    assert action.step == f"answer#{kept.id}-sms"
    assert await store.one("select done_by from reply") == "anne"
    assert (await store.news(case))[-1] == "debtor_replied"


async def test_a_message_on_the_page_is_answered_the_way_that_its_link_came(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    async with store.database.transaction() as connection:
        await said_on_page(connection, PLANNING, case, None, "Hvorfor?", NOW, delivery=delivery)
    await answer(store, await store.one("select id from reply"))
    assert (await comes(store, case)).channel == "email"


@pytest.mark.parametrize("stands", ["hold", "dispute"])
async def test_it_goes_out_whatever_the_case_waits_for(store: Store, stands: str) -> None:
    case = await store.invoice()
    reply = await write(store)
    await store.command(case, stands)
    kept = await answer(store, reply)
    assert (await comes(store, case)).step == f"answer#{kept.id}-sms"


async def test_it_waits_for_a_stop_switch_and_for_the_morning(store: Store) -> None:
    case = await store.invoice()
    await answer(store, await write(store))
    late = NOW.replace(hour=21)
    async with store.database.transaction() as connection:
        action = (await PLANNING.plan(connection, case, late)).action
    assert (action.step or "").startswith("answer#")
    assert action.at is not None
    assert action.at > late + timedelta(hours=8)
    await store.do(
        "insert into stop_switch (scope, key, by, reason_code, happened_at) values ('everything', '', 'a', 'b', :now)",
        now=NOW,
    )
    assert (await comes(store, case)).kind is ActionKind.WAIT


async def test_the_hold_of_the_words_ends_with_the_answer(store: Store) -> None:
    case = await store.invoice()
    await answer(store, await write(store, "trenger tid"))
    assert await store.one("select count(*) from hold where released_at is null") == 0
    assert (await store.load(case)).facts.unread_reply is None


async def test_the_same_words_are_sent_once_and_other_words_again(store: Store) -> None:
    await store.invoice()
    reply = await write(store)
    await answer(store, reply)
    with pytest.raises(Conflict, match="already"):
        await answer(store, reply)
    await answer(store, reply, "Og det er for oktober.")
    assert await store.one("select count(*) from answer") == 2


async def test_where_no_case_goes_on_it_stands_on_the_page_alone(store: Store) -> None:
    case = await store.invoice()
    reply = await write(store)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    assert (await answer(store, reply)).channel is None


async def test_nobody_is_answered_of_whom_nothing_is_known_or_who_is_another_creditors(store: Store) -> None:
    await store.invoice()
    stranger = await write(store, "hei", address="+4799999999")
    with pytest.raises(Refused, match="nobody knows"):
        await answer(store, stranger, creditor=None)
    with pytest.raises(Unknown):
        await answer(store, await write(store), creditor="beta")
    with pytest.raises(Unknown):
        await answer(store, 4711)
    assert await store.one("select count(*) from answer") == 0


async def test_the_thread_has_both_and_says_whether_the_answer_was_seen(store: Store) -> None:
    await store.invoice()
    await answer(store, await write(store), at=NOW + timedelta(minutes=1))
    async with store.database.transaction() as connection:
        ours, theirs = await read_thread(connection, await store.one("select debtor_id from reply"))
    assert (ours.direction, ours.by, ours.state, ours.text) == ("out", "anne", "not seen", "Det er nettleie.")
    assert (theirs.direction, theirs.state) == ("in", "read")


# --- how long it takes ---------------------------------------------------------------------------------------


async def answered(store: Store, minutes: int, *, ago: timedelta = timedelta(days=1), by: str = "anne") -> None:
    await store.do(
        """insert into reply (creditor_id, channel, text, happened_at, done_at, done_by)
        values ('acme', 'page', 'hei', cast(:done as timestamptz) - make_interval(mins => :minutes), :done, :by)""",
        done=NOW - ago,
        minutes=minutes,
        by=by,
    )


async def times(store: Store) -> dict[str, timedelta]:
    async with store.database.transaction() as connection:
        return dict((await answer_times(connection, "acme", NOW)).within)


async def test_four_in_five_of_the_last_seven_days_say_how_long_it_takes_and_too_few_say_nothing(store: Store) -> None:
    await answered(store, 9999, ago=timedelta(days=8))
    await answered(store, 9999, by="purr")
    for minutes in range(1, FEWEST):
        await answered(store, minutes * 10)
    assert await times(store) == {}
    await answered(store, FEWEST * 10)
    assert await times(store) == {"page": timedelta(minutes=162)}
