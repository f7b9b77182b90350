"""What providers tell: each event once, in any order, and news only where a decision can change."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from domain.vocabulary import Channel
from tests.commands.debtor.test_change import say
from tests.store import NOW, Store

TOLD = {"accepted": 1, "deferred": 2, "delivered": 3, "machine open": 4, "read": 9}
STATE = "select state, accepted_at is not null as accepted, delivered_at, read_at from delivery where id = :id"


async def state_after(store: Store, case: int, step: str, kinds: tuple[str, ...]) -> Any:
    delivery = await store.claim(case, step)
    for kind in kinds:
        await store.event(delivery, kind, at=NOW + timedelta(minutes=TOLD.get(kind, 5)))
    (row,) = await store.rows(STATE, id=delivery)
    return tuple(row)


async def test_events_in_any_order_give_the_same_delivery(store: Store) -> None:
    case = await store.invoice()
    orders = permutations(("accepted", "delivered", "machine open", "read"))
    seen = {await state_after(store, case, f"step-{n}", order) for n, order in enumerate(orders)}
    assert seen == {("accepted", True, NOW + timedelta(minutes=3), NOW + timedelta(minutes=9))}


async def test_a_failure_wins_over_an_acceptance_in_any_order(store: Store) -> None:
    case = await store.invoice()
    orders = permutations(("accepted", "deferred", "failed"))
    seen = {(await state_after(store, case, f"step-{n}", order))[0] for n, order in enumerate(orders)}
    assert seen == {"failed"}


async def test_an_event_told_twice_counts_once(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    assert await store.event(delivery, "read", "e1")
    assert not await store.event(delivery, "read", "e1")
    assert (await store.news(case)).count("message_read") == 1


async def test_an_event_answers_a_claim_without_an_answer_and_books_its_fee(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, channel=Channel.LETTER, fee="38")
    await store.event(delivery, "delivered")
    assert await store.one("select state from delivery") == "accepted"
    assert await store.balance() == 840
    assert (await store.news(case))[-1] == "refresh_decision"


async def test_a_machine_that_opens_delivers_and_does_not_read(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, "machine open")
    (known,) = (await store.load(case)).facts.deliveries
    assert (known.delivered_at, known.read_at) == (NOW, None)
    assert await store.news(case) == ["invoice_changed"]


async def test_only_the_first_read_is_news(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, "delivered")
    await store.event(delivery, "read", at=NOW + timedelta(hours=2))
    await store.event(delivery, "read", at=NOW + timedelta(hours=1))
    assert await store.news(case) == ["invoice_changed", "message_read"]
    (known,) = (await store.load(case)).facts.deliveries
    assert known.read_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(("kind", "contact"), [("failed", "bounced"), ("opted out", "opted out")])
async def test_a_failure_is_news_and_marks_the_address(store: Store, kind: str, contact: str) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, kind)
    assert (await store.news(case))[-1] == "delivery_failed"
    assert await store.one("select state from contact_point where channel = 'email'") == contact


async def test_a_message_that_was_read_does_not_fail_afterwards(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.event(delivery, "read")
    await store.event(delivery, "failed")
    assert await store.one("select state from delivery") == "accepted"


async def test_an_event_of_an_unknown_delivery_is_kept(store: Store) -> None:
    assert await store.event(uuid4(), "read")
    assert await store.one("select count(*) from provider_event") == 1


async def test_a_stranger_who_opens_it_again_has_not_read_it_for_the_debtor(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    await store.event(delivery, "read")
    await say(store, not_me="kari@example.no")
    news = len(await store.news(case))
    await store.event(delivery, "read", at=NOW + timedelta(minutes=1))
    assert tuple((await store.rows("select state, read_at from delivery"))[0]) == ("failed", None)
    assert len(await store.news(case)) == news
