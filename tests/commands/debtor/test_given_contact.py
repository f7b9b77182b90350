"""What a debtor gives on the page waits beside what is in use, and one command of a person uses it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.debtor.change import DebtorChange, NoAddress, Reach, change_debtor
from commands.debtor.given_contact import MOST_GIVEN, gives_contact, wrote_from_elsewhere
from commands.task.call import NUMBERS
from facts.collection.hand_offs import CONTACTS
from facts.operations.tasks import list_tasks
from facts.parties import debtors
from facts.refusals import Refused
from tests.commands.debtor.test_replies import write
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor

NEW = "kari@new.example"


PLACE = {"address_lines": ["Nygata 2"], "postcode": "5003", "city": "Bergen"}


async def gives(store: Store, case: int, now: datetime = NOW, **given: Any) -> list[tuple[str, str]]:
    """Give an address: where a link asks for a confirmation now, by channel."""
    async with store.database.transaction() as connection:
        asked = await gives_contact(connection, PLANNING, case, Reach.model_validate(given), now)
    return [(each.channel, each.address) for each in asked]


async def states(store: Store, channel: str = "email") -> list[tuple[str, str]]:
    query = "select address, state from contact_point where channel = :channel order by id"
    return [tuple(row) for row in await store.rows(query, channel=channel)]


async def tasks(store: Store) -> list[str]:
    async with store.database.transaction() as connection:
        return [task.why for task in await list_tasks(connection, None, None)]


async def usable(store: Store, case: int, channel: str = "email") -> int:
    return sum(contact.usable for contact in (await store.load(case)).facts.contacts if contact.channel == channel)


async def test_what_is_given_is_asked_for_a_confirmation_and_messages_go_where_they_went(store: Store) -> None:
    case = await store.invoice()
    assert await gives(store, case, email=NEW) == [("email", NEW)]
    assert await states(store) == [("kari@example.no", "valid"), (NEW, "given")]
    assert (await usable(store, case), await tasks(store)) == (1, [])
    (reply,) = await store.rows("select channel, topic, text, done_by from reply")
    assert tuple(reply) == ("page", "address", NEW, "purr")


async def test_one_command_uses_it_and_the_old_one_stays_as_history(store: Store) -> None:
    case = await store.invoice()
    await gives(store, case, email=NEW)
    given = DebtorChange.model_validate({"by": "anne", "reason_code": "asked her", "email": NEW})
    async with store.database.transaction() as connection:
        await change_debtor(connection, PLANNING, "acme", "K-1", None, given, NOW)
    assert await states(store) == [("kari@example.no", "left"), (NEW, "valid")]
    assert (await tasks(store), await usable(store, case)) == ([], 1)


async def test_an_invoice_that_brings_the_same_address_has_made_sure_of_it(store: Store) -> None:
    case = await store.invoice()
    await gives(store, case, email=NEW)
    await store.invoice("1002", debtor=debtor(email=NEW))
    assert await states(store) == [("kari@example.no", "replaced"), (NEW, "valid")]
    assert await tasks(store) == []


async def test_who_writes_from_what_is_given_is_nobody_we_know(store: Store) -> None:
    case = await store.invoice()
    await gives(store, case, phone="+4798765432")
    assert await write(store, "Jeg er uenig", "+4798765432") == 0
    assert await store.one("select count(*) from dispute") == 0


@pytest.mark.parametrize("state", ["wrong", "opted out", "bounced", "valid"])
async def test_what_is_known_of_an_address_stands(store: Store, state: str) -> None:
    case = await store.invoice()
    await store.do("update contact_point set state = :state where channel = 'email'", state=state)
    await gives(store, case, email="kari@example.no")
    assert await states(store) == [("kari@example.no", state)]
    assert len(await tasks(store)) == (0 if state == "valid" else 1)


async def test_of_a_postal_address_a_person_makes_sure_and_is_asked_once(store: Store) -> None:
    case = await store.invoice()
    for _ in range(2):
        assert await gives(store, case, **PLACE) == []
    assert [state for _, state in await states(store, "letter")] == ["valid", "given"]
    assert len(await tasks(store)) == 1
    assert (await store.one("select address from debtor"))[0] != "Nygata 2"


async def test_whoever_owns_what_was_given_may_want_silence_there(store: Store) -> None:
    case = await store.invoice()
    await gives(store, case, phone="+4798765432")
    async with store.database.transaction() as connection:
        await debtors.opted_out(connection, "sms", "+4798765432", NOW)
    assert await states(store, "sms") == [("+4791234567", "valid"), ("+4798765432", "opted out")]


async def test_what_waits_is_called_by_nobody_and_goes_to_no_partner(store: Store) -> None:
    case = await store.invoice()
    await gives(store, case, phone="+4798765432", email=NEW)
    owner = await store.one("select debtor_id from dunning_case")
    assert await store.rows(str(NUMBERS), debtor=owner) == [("+4791234567",), ("+4791234567",)]
    partner = {row.address for row in await store.rows(str(CONTACTS), debtor=owner, protected_address=False)}
    assert not partner & {NEW, "+4798765432"}


async def test_so_many_wait_and_no_more(store: Store) -> None:
    case = await store.invoice()
    for number in range(MOST_GIVEN):
        await gives(store, case, email=f"kari{number}@new.example")
    with pytest.raises(Refused, match="somebody looks at them first"):
        await gives(store, case, email=NEW)


async def test_what_is_no_address_is_refused_whole(store: Store) -> None:
    case = await store.invoice()
    with pytest.raises(NoAddress, match="not a phone number"):
        await gives(store, case, email=NEW, phone="12")
    with pytest.raises(Refused, match="no address was given"):
        await gives(store, case)
    assert (await states(store), await tasks(store)) == ([("kari@example.no", "valid")], [])


async def test_the_same_twice_is_asked_once_until_its_link_is_too_old(store: Store) -> None:
    case = await store.invoice()
    asked = [await gives(store, case, NOW + timedelta(days=days), phone="+4798765432") for days in (0, 2, 4)]
    assert asked == [[("sms", "+4798765432")], [], [("sms", "+4798765432")]]


@pytest.mark.parametrize(
    "known",
    [
        "update debtor set stop_reason = 'deceased'",
        "update debtor set representative = 'Per Verge'",
        "update debtor set protected_address = true",
        "insert into life_event (debtor_id, kind, since, by, happened_at)"
        f" select id, 'not me', date '{TODAY}', 'anne', timestamptz '{NOW}' from debtor",
        "insert into creditor_clock (creditor_id, ahead) values ('acme', interval '0')",
        "insert into stop_switch (scope, key, by, reason_code, happened_at)"
        f" values ('channel', 'email', 'anne', 'test', timestamptz '{NOW}')",
    ],
)
async def test_a_link_asks_nobody_who_is_stopped_or_spoken_for_but_a_person(store: Store, known: str) -> None:
    case = await store.invoice()
    await store.do(known)
    assert await gives(store, case, email=NEW) == []
    assert [NEW in row.why for row in await store.rows("select why from task")] == [True]


async def test_whoever_answers_from_elsewhere_is_asked_there_once(store: Store) -> None:
    case = await store.invoice()
    owner = await store.one("select debtor_id from dunning_case")
    asked = []
    for sender in (NEW, NEW.upper(), "KARI@example.no"):
        async with store.database.transaction() as connection:
            asked += await wrote_from_elsewhere(connection, owner, case, sender, NOW)
    assert [each.address for each in asked] == [NEW]
