"""A given address is used once it is confirmed there and the debtor, told at the old one, has not objected."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.debtor.confirmed_contact import GOOD_FOR, MAY_OBJECT, confirms, objects, use_confirmed
from domain.planner.occasions import ADDRESS_GIVEN, SOON
from domain.vocabulary import Channel
from facts.deliveries import deliveries
from tests.commands.debtor.test_given_contact import NEW, gives, states, tasks, usable
from tests.commands.debtor.test_replies import PHONE, holds, write
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor

OLD = "kari@example.no"
DUE: dict[str, Any] = {"issue_date": TODAY, "due_date": TODAY + timedelta(days=14)}
USED = [(OLD, "left"), (NEW, "valid")]
WAITS = [(OLD, "valid"), (NEW, "given")]


async def confirmed(store: Store, now: datetime = NOW, **given: Any) -> int:
    """An address was given and confirmed: the case."""
    case = await store.invoice(**DUE)
    await gives(store, case, **(given or {"email": NEW}))
    assert await says_yes(store, now)
    return case


async def says_yes(store: Store, now: datetime = NOW) -> bool:
    """Whoever has the newest address that was given opens its link and says that it is right."""
    point = await store.one(
        "select max(id) from contact_point where state in ('given', 'valid') and channel in ('email', 'sms')"
    )
    async with store.database.transaction() as connection:
        return await confirms(connection, point, now)


async def told(store: Store, case: int, at: datetime = NOW) -> str | None:
    """The debtor is told by the case, if that is what comes next: by which channel."""
    async with store.database.transaction() as connection:
        action = (await PLANNING.plan(connection, case, at)).action
    step = action.step or ""
    if not step.startswith(f"{ADDRESS_GIVEN}#") or not action.is_due(at):
        return None
    delivery = await store.claim(case, step, Channel(action.channel or ""), at=at)
    await store.accept(delivery, at)
    return action.channel


async def used(store: Store, now: datetime) -> int:
    async with store.database.transaction() as connection:
        return await use_confirmed(connection, now)


async def test_it_is_used_without_a_person_once_the_debtor_was_told_and_had_the_time_to_object(store: Store) -> None:
    case = await confirmed(store)
    assert await used(store, NOW + MAY_OBJECT) == 0, "nobody was told"
    assert await told(store, case) == "email"
    assert (await used(store, NOW + MAY_OBJECT - timedelta(hours=1)), await states(store)) == (0, WAITS)
    assert (await used(store, NOW + MAY_OBJECT), await states(store)) == (1, USED)
    assert (await usable(store, case), await tasks(store), (await store.news(case))[-1]) == (1, [], "debtor_changed")
    await store.invoice("1002", debtor=debtor(email=OLD))  # a billing system repeats the old one every night
    assert await states(store) == USED


async def test_until_then_every_message_goes_where_it_went(store: Store) -> None:
    case = await confirmed(store)
    await told(store, case)
    sent = "select p.address from delivery d join contact_point p on p.id = d.contact_point_id"
    assert await store.rows(sent) == [(OLD,)]
    assert await usable(store, case) == 1


async def test_the_debtor_is_told_once_however_many_invoices_are_open(store: Store) -> None:
    first = await confirmed(store)
    second = await store.invoice("1002", reference=None, **DUE)
    assert [await told(store, case) for case in (first, second, first)] == ["email", None, None]


async def test_a_link_works_once_and_for_three_days(store: Store) -> None:
    case = await store.invoice(**DUE)
    await gives(store, case, email=NEW)
    assert await says_yes(store, NOW + GOOD_FOR) is False
    assert await says_yes(store, NOW + GOOD_FOR - timedelta(seconds=1)) is True
    assert await says_yes(store) is False
    assert await store.one("select count(*) from case_event where kind = 'address_confirmed'") == 1


async def test_what_nobody_confirms_is_forgotten_and_may_be_given_again(store: Store) -> None:
    case = await store.invoice(**DUE)
    await gives(store, case, email=NEW, phone="+4798765432")
    await used(store, NOW + GOOD_FOR + timedelta(seconds=1))
    assert await store.one("select count(*) from contact_point where state = 'given'") == 0
    assert len(await gives(store, case, NOW + timedelta(days=9), email=NEW)) == 1


async def test_who_did_not_give_it_objects_and_it_is_not_used(store: Store) -> None:
    case = await confirmed(store)
    await told(store, case)
    owner = await store.one("select debtor_id from dunning_case")
    async with store.database.transaction() as connection:
        assert await objects(connection, owner, case, NOW)
        assert not await objects(connection, owner, case, NOW)
    assert (await used(store, NOW + MAY_OBJECT), await states(store)) == (0, [(OLD, "valid"), (NEW, "wrong")])
    (why,) = await tasks(store)
    assert "the debtor does not know" in why
    assert await gives(store, case, NOW, email=NEW) == [], "the same again is no news, and a person knows of it"


async def test_who_answers_that_it_was_not_them_objects_and_is_no_stranger_at_the_old_number(store: Store) -> None:
    case = await confirmed(store)
    await write(store, "Det var ikke meg")
    assert await states(store) == [(OLD, "valid"), (NEW, "wrong")]
    assert await states(store, "sms") == [(PHONE, "valid")]
    assert case in [held for held, _ in await holds(store)]


async def test_a_mobile_number_is_confirmed_for_calls_too(store: Store) -> None:
    case = await confirmed(store, phone="+4798765432")
    await told(store, case)
    await used(store, NOW + MAY_OBJECT)
    for channel in ("sms", "phone"):
        assert await states(store, channel) == [(PHONE, "left"), ("+4798765432", "valid")]


async def test_where_the_debtor_can_be_told_nowhere_a_person_makes_sure(store: Store) -> None:
    case = await store.invoice(**DUE)
    await store.do("update contact_point set state = 'bounced' where channel in ('email', 'sms')")
    await gives(store, case, email=NEW)
    assert await says_yes(store)
    (why,) = await tasks(store)
    assert (NEW in why, "told nowhere" in why) == (True, True)
    assert await used(store, NOW + timedelta(days=30)) == 0


async def test_what_the_debtor_could_not_be_told_of_within_a_week_a_person_makes_sure_of(store: Store) -> None:
    case = await confirmed(store)
    await store.do("update contact_point set state = 'bounced' where channel in ('email', 'sms') and state = 'valid'")
    assert await told(store, case) is None
    assert await used(store, NOW + SOON) == 0
    assert [NEW in why for why in await tasks(store)] == [True]
    assert await used(store, NOW + SOON + timedelta(days=1)) == 0
    assert await states(store) == [(OLD, "bounced"), (NEW, "given")]


async def test_a_word_that_bounced_has_told_nobody(store: Store) -> None:
    case = await confirmed(store)
    await told(store, case)
    delivery = await store.one("select id from delivery")
    async with store.database.transaction() as connection:
        await deliveries.failed(connection, delivery, NOW, "no such mailbox", contact="bounced")
    assert await used(store, NOW + MAY_OBJECT) == 0
    assert await told(store, case, NOW + timedelta(minutes=5)) == "sms", "by the next way"


@pytest.mark.parametrize("state", ["wrong", "opted out"])
async def test_what_a_person_has_said_of_it_meanwhile_stands(store: Store, state: str) -> None:
    case = await confirmed(store)
    await told(store, case)
    await store.do("update contact_point set state = :state where address = :new", state=state, new=NEW)
    assert (await used(store, NOW + MAY_OBJECT), await states(store)) == (0, [(OLD, "valid"), (NEW, state)])
