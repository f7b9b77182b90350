"""Deliveries are claimed once, answered once, and their fee is booked when they stand and taken back when they fail."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from domain.vocabulary import Channel
from facts.deliveries import deliveries
from tests.store import NOW, Store


async def test_a_step_goes_out_once_through_a_channel(store: Store) -> None:
    case = await store.invoice()
    await store.claim(case)
    with pytest.raises(IntegrityError):
        await store.claim(case)
    await store.claim(case, channel=Channel.SMS)
    await store.do("update dunning_case set round = 2")
    await store.claim(case)
    assert await store.one("select count(*) from delivery") == 3


async def test_a_fee_is_booked_once_when_the_provider_has_the_message(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, channel=Channel.LETTER, fee="38", deadline=date(2026, 7, 20))
    assert await store.balance() == Decimal(802)
    await store.accept(delivery)
    await store.accept(delivery)
    assert await store.balance() == Decimal(840)
    (fee,) = (await store.load(case)).facts.earlier_fees
    assert (fee.charged_on, fee.deadline) == (NOW.date(), date(2026, 7, 20))


async def test_the_fee_of_a_message_that_failed_is_taken_back_once_and_does_not_count(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, channel=Channel.LETTER, fee="38")
    await store.accept(delivery)
    assert await store.fail(delivery)
    assert not await store.fail(delivery)
    assert await store.balance() == Decimal(802)
    assert (await store.load(case)).facts.earlier_fees == ()


async def test_a_message_that_never_left_costs_nothing(store: Store) -> None:
    case = await store.invoice()
    await store.fail(await store.claim(case, fee="38"))
    assert await store.balance() == Decimal(802)


async def test_the_cost_is_kept_though_the_providers_event_overtakes_its_answer(store: Store) -> None:
    delivery = await store.claim(await store.invoice())
    async with store.database.transaction() as connection:
        await deliveries.accepted(connection, delivery, NOW, NOW.date(), provider_id=None, cost=Decimal(0))
        await deliveries.accepted(connection, delivery, NOW, NOW.date(), provider_id="m-1", cost=Decimal("0.05"))
        await deliveries.accepted(connection, delivery, NOW, NOW.date(), provider_id=None, cost=Decimal(0))
    assert await store.one("select cost from delivery") == Decimal("0.05")


@pytest.mark.parametrize("state", ["bounced", "opted out"])
async def test_a_failure_marks_the_address_it_was_sent_to(store: Store, state: str) -> None:
    case = await store.invoice()
    await store.fail(await store.claim(case), contact=state)
    usable = {contact.channel: contact.usable for contact in (await store.load(case)).facts.contacts}
    assert usable[Channel.EMAIL] is False
    assert usable[Channel.SMS] is True
    assert await store.one("select state from contact_point where channel = 'email'") == state


async def test_a_failure_that_says_nothing_of_the_address_leaves_it_good(store: Store) -> None:
    case = await store.invoice()
    await store.fail(await store.claim(case), contact=None)
    assert await store.one("select state from contact_point where channel = 'email'") == "valid"


async def test_an_unavailable_provider_is_remembered_from_the_first_time(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    async with store.database.transaction() as connection:
        await deliveries.unavailable(connection, delivery, NOW, "503")
    await store.do("update delivery set state = 'claimed'")
    later = NOW + timedelta(hours=1)
    async with store.database.transaction() as connection:
        await deliveries.unavailable(connection, delivery, later, "503")
    (known,) = (await store.load(case)).facts.deliveries
    assert (known.first_unavailable_at, known.unavailable_at) == (NOW, later)


async def test_what_was_accepted_cannot_become_unavailable(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case)
    await store.accept(delivery)
    async with store.database.transaction() as connection:
        await deliveries.unavailable(connection, delivery, NOW, "late answer")
    assert await store.one("select state from delivery") == "accepted"


async def test_the_other_cases_of_a_delivery_look_again(store: Store) -> None:
    lead, other = await store.invoice("1001"), await store.invoice("1002")
    delivery = await store.claim(lead)
    await store.do(
        "insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee) "
        "values (:delivery, :case, 1, 'reminder', 'email', false)",
        delivery=delivery,
        case=other,
    )
    async with store.database.transaction() as connection:
        assert await deliveries.cases_of(connection, delivery) == [lead, other]
        await deliveries.tell_companions(connection, delivery, lead, NOW)
    assert await store.news(other) == ["invoice_changed", "message_sent"]
    assert await store.news(lead) == ["invoice_changed"]
