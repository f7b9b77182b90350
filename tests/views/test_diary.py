"""A case's diary in words, from the facts: what happened, who did it and what stands, and nobody's own words."""

import re
from datetime import timedelta
from decimal import Decimal

from domain.vocabulary import Channel
from facts import diary as facts_diary
from facts.collection import service_blocks
from facts.operations.stops import set_stop
from facts.operations.tasks import open_task
from tests.store import LAWS, NOW, Store
from views.diary import LONGEST, MOST, Diary, diary

OWN_WORDS = re.compile(r"cried|Kari|Nordmann|no such address|@|Storgata", re.I)


async def read(store: Store, case: int) -> Diary:
    async with store.database.transaction() as connection:
        return await diary(connection, case, LAWS["NO"].calendar, NOW)


def said(found: Diary) -> list[str]:
    """The lines without their moments."""
    return [line.words[18:] for line in found.lines]


async def test_a_diary_tells_money_messages_orders_and_tasks_in_words(store: Store) -> None:
    case = await store.invoice()
    sent = await store.claim(case, "reminder", fee="35.00")
    await store.accept(sent)
    await store.event(sent, "read")
    bounced = await store.claim(case, "reminder", Channel.SMS)
    await store.fail(bounced)
    unanswered = await store.claim(case, "reminder", Channel.LETTER, alert=True)
    assert unanswered
    await store.pay(amount=Decimal("300.00"))
    await store.command(case, "hold", note="She cried on the phone", until=NOW + timedelta(days=3))
    async with store.database.transaction() as connection:
        await open_task(connection, [case], "call", "call", "call Kari Nordmann", NOW)
        await service_blocks.block(connection, case, NOW)
        await facts_diary.write(
            connection, "command_refused", "anne", [(case, {"command": "release", "why": "not on hold"})], NOW
        )
    told = said(await read(store, case))
    for words in (
        "invoice over 802.00 NOK (by invoice, booked ",
        "email sent (reminder)",
        "35.00 NOK",
        "email read (reminder)",
        "sms refused (reminder)",
        "letter has no answer yet (reminder)",
        "300.00 NOK paid (by bank, booked ",
        "(by ola)",
        "call task, call",
        "service blocked",
        "release refused, not on hold (by anne)",
    ):
        assert [line for line in told if words in line] != [], (words, told)
    assert OWN_WORDS.search("\n".join(told)) is None


async def test_a_diary_says_what_stands_and_who_did_it(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold", until=NOW + timedelta(days=3))
    await store.command(case, "dispute", amount="50.00")
    async with store.database.transaction() as connection:
        await set_stop(connection, "everything", "", None, "breaker", "more-than-forecast", NOW)
        await set_stop(connection, "creditor", "beta", None, "anne", "trouble", NOW)  # another's
    stands = (await read(store, case)).stands
    assert len(stands) == 3
    assert [each.partition(",")[0].partition(" until")[0] for each in stands] == [
        "Stop switch on everything",
        "Disputed",
        "On hold",
    ]
    assert all("by ola: test" in each for each in stands[1:])
    assert "by breaker: more-than-forecast" in stands[0]
    await store.command(case, "release")
    await store.command(case, "resolve_dispute", upheld=False)
    assert len((await read(store, case)).stands) == 1


async def test_a_long_life_is_told_by_its_newest_lines(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        lines = [(case, {"why": f"{number} {'x' * 1000}"}) for number in range(500)]
        await facts_diary.write(connection, "command_refused", "anne", lines, NOW)
    found = await read(store, case)
    assert (len(found.lines), found.earlier) == (MOST, 501 - MOST)
    assert "499 x" in found.lines[-1].words
    assert max(len(line.words) for line in found.lines) <= LONGEST
    assert found.written()[0] == f"({found.earlier} earlier ones are told by `starter.py status`)"


async def test_what_happens_later_comes_later_and_what_is_told_since_begins_there(store: Store) -> None:
    case = await store.invoice()
    sent = await store.claim(case, at=NOW + timedelta(hours=1))
    await store.accept(sent, NOW + timedelta(hours=1))
    found = await read(store, case)
    assert [each.at for each in found.lines] == sorted(each.at for each in found.lines)
    assert [each[18:] for each in found.since(NOW + timedelta(hours=1))] == ["email sent (reminder)"]


async def test_what_a_provider_tells_again_and_that_it_took_a_message_is_not_told(store: Store) -> None:
    case = await store.invoice()
    sent = await store.claim(case)
    await store.accept(sent)
    for kind in ("accepted", "delivered", "delivered", "read", "read"):
        await store.event(sent, kind)
    told = said(await read(store, case))
    assert [line for line in told if line.startswith("email")] == [
        "email sent (reminder)",
        "email delivered (reminder)",
        "email read (reminder)",
    ]


async def test_a_day_is_told_as_a_day_and_a_step_that_sends_nothing_by_its_name(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        await facts_diary.write(connection, "plan_chance", "purr", [(case, {"until": "2026-07-20"})], NOW)
        left_out = {"round": 1, "step": "reminder", "why": "collection-notice comes instead"}
        await facts_diary.write(connection, "message_left_out", "purr", [(case, left_out)], NOW)
    told = said(await read(store, case))
    assert told[-2:] == ["plan chance, until 20 Jul 2026", "reminder left out: collection-notice comes instead"]


async def test_a_service_that_is_ended_is_not_said_to_be_free_again(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        await service_blocks.block(connection, case, NOW)
        await service_blocks.terminate(connection, case, NOW + timedelta(days=1))
    told = " ".join(said(await read(store, case)))
    assert ("service blocked" in told, "service ended" in told, "free again" in told) == (True, True, False)
