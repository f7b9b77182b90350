"""Whoever says "not me" or "wrong address" is believed as far as that harms nobody, and a person decides the rest."""

from datetime import timedelta
from typing import Any

import pytest

from commands.debtor import replies
from commands.debtor.change import DebtorChange, change_debtor
from domain.parties.replies import Meaning
from domain.vocabulary import Channel
from facts.operations.tasks import list_tasks
from facts.parties import debtors
from tests.commands.debtor.test_cases_of_practice import next_of
from tests.commands.debtor.test_replies import OLA, PHONE, holds, unread, write
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor

FRESH: dict[str, Any] = {"issue_date": TODAY, "due_date": TODAY + timedelta(days=14)}
EMAIL = "kari@example.no"


async def written_to(store: Store, case: int, channel: str = "sms", step: str = "invoice") -> None:
    """A message went to the case's debtor by a channel."""
    await store.accept(await store.claim(case, step, channel=Channel(channel)))


async def on_page(store: Store, case: int, meaning: Meaning = Meaning.NOT_ME, address: str = EMAIL) -> None:
    async with store.database.transaction() as connection:
        await replies.said_on_page(connection, PLANNING, case, meaning, "", NOW, address=address)


async def states(store: Store, channel: str = "sms") -> list[str]:
    rows = await store.rows("select state from contact_point where channel = :channel order by id", channel=channel)
    return [row.state for row in rows]


async def events(store: Store) -> list[tuple[str, str, bool]]:
    rows = await store.rows(
        "select kind, by, since is not null as holds from life_event where kind = 'not me' order by id"
    )
    return [tuple(row) for row in rows]


async def tasks(store: Store) -> list[str]:
    async with store.database.transaction() as connection:
        return sorted(task.kind for task in await list_tasks(connection, None, None))


async def test_not_me_on_the_page_goes_on_by_the_next_channel_and_nobody_need_read_it(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case, "email")
    await on_page(store, case)
    act = await next_of(store, case)
    assert (act.step, act.channel) == ("invoice", "sms")
    assert (await holds(store), await unread(store), await tasks(store)) == ([], [], ["address"])
    assert (await states(store, "email"), await events(store)) == (["wrong"], [("not me", "page", True)])


@pytest.mark.parametrize(
    ("words", "asked"),
    [("Feil nummer", ["address"]), ("Feil nummer, Kari har byttet og bor i Bergen nå", ["address", "reply"])],
)
async def test_not_me_by_sms_goes_on_too_and_words_beside_it_are_read(
    store: Store, words: str, asked: list[str]
) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case)
    assert await write(store, words) == 1
    assert (await holds(store), await tasks(store)) == ([], asked)
    assert (await states(store), await events(store)) == (["wrong"], [("not me", "sms", True)])
    assert await write(store, "Som sagt: ikke meg") == 0, "the number is a stranger's from now on"


async def test_a_number_of_two_people_is_not_whose_who_was_written_to_there(store: Store) -> None:
    father, daughter = await store.invoice(), await store.invoice("1002", debtor=debtor(**OLA))
    await written_to(store, father)
    await write(store, "Dette er ikke meg")
    assert await states(store) == ["wrong", "valid"]
    assert [reply.customer_number for reply in await unread(store)] == []
    assert (await store.load(daughter)).facts.held is False


async def test_where_both_were_written_to_a_person_finds_out_and_nothing_is_sent_meanwhile(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002", debtor=debtor(**OLA))
    for case in (first, second):
        await written_to(store, case)
    await write(store, "Dette er ikke meg")
    assert (await states(store), await events(store)) == (["valid", "valid"], [])
    assert [case for case, _ in await holds(store)] == [first, second]


async def test_who_has_answered_from_there_as_the_debtor_is_doubted_and_a_person_decides(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case)
    await write(store, "Jeg trenger mer tid")
    await write(store, "Dette er ikke meg")
    assert (await states(store), await events(store)) == (["wrong"], [])
    assert (case, "says not me") in await holds(store)


async def test_a_question_from_a_number_makes_nobody_the_debtor(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case)
    await write(store, "Hva er dette?")
    await write(store, "Det er ikke meg")
    assert await events(store) == [("not me", "sms", True)]


async def test_an_advisers_number_that_says_not_me_leaves_it_to_a_person(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    given = DebtorChange.model_validate(
        {"by": "anne", "reason_code": "told", "representative": {"name": "Guri Verge", "phone": "+4790909090"}}
    )
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", "K-1", None, given, NOW)
    await write(store, "Ikke meg", "+4790909090")
    assert (await holds(store), await events(store)) == ([(case, "says not me")], [])


async def test_stop_before_not_me_is_silence_for_everybody_who_has_the_number(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002", debtor=debtor(**OLA))
    await written_to(store, first)
    await write(store, "STOPP! Dette er ikke meg")
    assert await states(store) == ["wrong", "opted out"]
    assert (await store.load(second)).facts.held is False


async def test_a_number_that_wants_silence_and_is_not_theirs_keeps_its_wish_and_did_not_reach_them(
    store: Store,
) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case)
    async with store.database.transaction() as connection:
        await debtors.opted_out(connection, "sms", PHONE, NOW)
    await write(store, "Ikke meg")
    assert await states(store) == ["opted out"]
    assert (await store.load(case)).facts.deliveries[0].state.value == "failed"


async def test_not_me_after_everything_is_paid_marks_the_address_and_asks_nobody(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case, "email")
    await store.do("update dunning_case set state = 'closed'")
    await on_page(store, case)
    assert (await states(store, "email"), await events(store), await tasks(store)) == (["wrong"], [], [])


async def test_the_debtor_who_acts_at_another_address_is_found(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case, "email")
    await on_page(store, case)
    await write(store, "Hvem er dette?")
    assert len(await events(store)) == 1, "anybody may ask that"
    await write(store, "Jeg trenger mer tid")
    assert [holds for _, _, holds in await events(store)] == [True, False]
    assert "address" not in await tasks(store)


async def test_one_command_undoes_it(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await written_to(store, case, "email")
    await on_page(store, case)
    given = DebtorChange.model_validate({"by": "anne", "reason_code": "a joke", "email": EMAIL})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", "K-1", None, given, NOW)
    assert (await states(store, "email"), [holds for _, _, holds in await events(store)]) == (["valid"], [True, False])
    assert await tasks(store) == []


# --- wrong address -----------------------------------------------------------------------------------------------


async def has_lived_there(store: Store) -> None:
    await store.do("update contact_point set happened_at = :then", then=NOW - timedelta(days=400))


async def test_who_has_moved_gets_no_letter_there_and_another_address_is_asked_for(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await has_lived_there(store)
    await written_to(store, case, "letter")
    assert await write(store, "Jeg har flyttet") == 1
    assert (await states(store, "letter"), await states(store)) == (["wrong"], ["valid"])
    assert (await holds(store), await unread(store), await tasks(store)) == ([], [], ["address"])
    assert (await store.load(case)).facts.deliveries[0].state.value == "failed"


async def test_who_gives_the_new_address_in_words_is_read_and_it_is_not_used_on_their_word(store: Store) -> None:
    await store.invoice("1001", **FRESH)
    await has_lived_there(store)
    await write(store, "Jeg har flyttet til Nygata 2, 5003 Bergen")
    assert await tasks(store) == ["address", "reply"]
    assert await store.one("select count(*) from contact_point where address like 'Nygata%'") == 0


async def test_an_address_that_is_new_may_be_the_one_they_have_moved_to(store: Store) -> None:
    await store.invoice("1001", **FRESH)
    await write(store, "Jeg har flyttet")
    assert (await states(store, "letter"), await tasks(store)) == (["valid"], ["reply"])


async def test_a_stranger_moves_nobody(store: Store) -> None:
    await store.invoice("1001", **FRESH)
    await has_lived_there(store)
    reference = await store.one("select reference from invoice")
    await write(store, f"KID {reference}: vi har flyttet", "+4799999999")
    assert (await states(store, "letter"), await tasks(store), await holds(store)) == (["valid"], ["reply"], [])


async def test_a_letter_that_came_long_ago_did_arrive(store: Store) -> None:
    case = await store.invoice("1001", **FRESH)
    await has_lived_there(store)
    await written_to(store, case, "letter")
    await store.do("update delivery set claimed_at = :then", then=NOW - timedelta(days=31))
    await write(store, "Jeg har flyttet")
    assert (await store.load(case)).facts.deliveries[0].state.value == "accepted"
