"""One debtor, many invoices: one message, one fee, one deadline, whoever wakes first."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from simulator.emulators.providers import Faults
from tests.crowd import Crowd, crowd
from tests.world import World

pytestmark = pytest.mark.timeout(2400)

FEE = Decimal("38.00")
WORKERS = 4
SUNDAY = 6
SMALL, FULL = 10, 200
NEXT_OF_THE_LAST = """
select next_at, next_message from dunning_case where creditor_id = :creditor and state = 'open' order by id desc limit 1
"""


def what_one_invoice_gets(served: int) -> list[str]:
    """The messages of a life that nobody answers, each for so many invoices."""
    order = [
        "email invoice", "sms invoice", "letter invoice", "email due-date-reminder", "sms due-date-reminder",
        "email reminder", "sms reminder", "letter reminder", "email notice-alert", "sms notice-alert",
        "letter collection-notice", "email notice-alert", "sms notice-alert",
    ]  # fmt: skip
    return [f"{message} ({served})" for message in order]


async def check(many: Crowd, count: int) -> None:
    """Each message serves all invoices; a fee for the reminder and one for the notice, of the same oldest invoice."""
    assert Counter(await many.told()) == Counter(what_one_invoice_gets(count))
    assert [(row.number, row.amount) for row in await many.fees()] == [(many.cases[0].number, FEE)] * 2
    for delivery in await many.deliveries():
        assert delivery.state == "accepted"
        assert (delivery.bearers or []) == ([many.cases[0].number] if delivery.fee else [])


async def test_invoices_that_wake_in_the_same_second_in_four_workers_are_one_life(world: World, full: bool) -> None:
    count = FULL if full else SMALL
    async with world.more_workers(WORKERS - 1):
        many = await crowd(world, count, policies=["no-standard"])
        foreseen = await many.foreseen()
        await many.climb_to_approval()
    await check(many, count)
    last_words = Counter(
        [f"email handed-off ({count})"]
    )  # once the partner has accepted them, which nobody has done here
    assert Counter(foreseen) == Counter(await many.told()) + last_words, "the forecast asks what the act asks"


async def test_a_held_and_a_disputed_invoice_do_not_ride_and_one_in_another_tone_does(world: World) -> None:
    world.add_policy("firmer", "no-gentle", "tone: kind", "tone: firm")
    many = await crowd(world, 4, policies=["firmer", "no-gentle"])
    await many.order(many.cases[2], "hold")
    await many.order(many.cases[3], "dispute")
    await many.until("due-date-reminder")
    (told,) = [d for d in await many.deliveries() if d.message == "due-date-reminder"]
    assert told.invoices == [case.number for case in many.cases[:2]]
    assert told.tone == "kind"


async def test_invoices_that_come_after_the_message_get_it_together_on_another_day(world: World) -> None:
    many = await crowd(world, 1, policies=["no-gentle"])
    await many.until("invoice")
    await many.invoices_come(2, policies=["no-gentle"])
    await many.until("invoice", times=2)
    first, later = [d for d in await many.deliveries() if (d.message, d.channel) == ("invoice", "email")]
    assert (len(first.invoices), len(later.invoices)) == (1, 2)
    calendar = world.laws["NO"].calendar
    following = calendar.local_date(first.claimed_at) + timedelta(days=1)
    while calendar.is_public_holiday(following) or following.weekday() == SUNDAY:
        following += timedelta(days=1)
    assert calendar.local_date(later.claimed_at) == following


@pytest.mark.parametrize("fault", [pytest.param("429", marks=pytest.mark.thorough), "401", "lost"])
async def test_a_joint_message_that_is_tried_again_still_serves_all(world: World, fault: str) -> None:
    world.add_policy("sends-again", "no-gentle", "    reach: [email, sms]\n    read_within: 1 day",
                     "    reach: [email, sms]\n    on_ambiguous: send again\n    read_within: 1 day")  # fmt: skip
    many = await crowd(world, 3, policies=["sends-again"])
    await many.until("invoice", "letter")
    world.providers.faults = Faults(next=[fault])
    await many.until("due-date-reminder", "sms")
    (told,) = [d for d in await many.deliveries() if (d.message, d.channel) == ("due-date-reminder", "email")]
    assert (told.state, told.attempt) == ("accepted", 2)
    assert told.invoices == [case.number for case in many.cases]
    sent = [each for each in world.providers.log if each.delivery_id == str(told.id)][-1]
    assert all(case.number in sent.body for case in many.cases)


async def test_one_payment_that_settles_many_is_thanked_for_once_and_each_case_closes_by_itself(world: World) -> None:
    many = await crowd(world, 4, policies=["no-gentle"])
    await many.until("reminder")
    await many.pays([case.number for case in many.cases[:3]], "802.00")
    thanks = await many.said("paid")
    assert [told.invoices for told in thanks] == [[case.number for case in many.cases[:3]]]
    assert [(row.state, row.outcome) for row in await many.ends()] == [("closed", "paid")] * 3 + [("open", None)]
    (sent,) = [each for each in world.providers.log if each.delivery_id == str(thanks[0].id)]
    assert all(case.number in sent.body for case in many.cases[:3])
    assert "2 406,00" in sent.body.replace("\xa0", " ")

    await many.pays([many.cases[3].number], "802.00")
    (row,) = await world.rows(NEXT_OF_THE_LAST, creditor=many.creditor)
    day = world.laws["NO"].calendar.local_date
    assert (row.next_message, day(row.next_at) > day(thanks[0].claimed_at)) == ("paid", True), "once a day at most"
    await many.move_to(row.next_at)
    assert [told.invoices for told in await many.said("paid")][1:] == [[many.cases[3].number]]
    assert {(row.state, row.outcome) for row in await many.ends()} == {("closed", "paid")}


@pytest.mark.parametrize("fault", [pytest.param("429", marks=pytest.mark.thorough), "lost"])
async def test_joint_thanks_that_are_tried_again_are_said_once_to_all(world: World, fault: str) -> None:
    many = await crowd(world, 3, policies=["no-gentle"])
    await many.until("reminder")
    world.providers.faults = Faults(next=[fault])
    await many.pays([case.number for case in many.cases], "802.00")
    for _ in range(2):  # what has no answer is waited for, and then taken to be said
        rows = [row.next_at for row in await world.rows(NEXT_OF_THE_LAST, creditor=many.creditor)]
        if rows and rows[0]:
            await many.move_to(rows[0])
    assert [told.invoices for told in await many.said("paid")] == [[case.number for case in many.cases]]
    assert {(row.state, row.outcome) for row in await many.ends()} == {("closed", "paid")}
