"""What a case makes of providers that refuse, fall silent or are away, and of being stopped in the middle."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from relays.outage_watch import OutageWatch
from simulator.emulators.providers import Faults
from tests.life import Life, begin
from tests.world import World, debtor, eventually

AMBIGUOUS = timedelta(minutes=15)


@pytest_asyncio.fixture
async def waiting(world: World) -> AsyncIterator[Life]:
    """A case whose first email leaves as soon as time passes."""
    yield await begin(world)


# --- no answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost", "lost-500"])
@pytest.mark.parametrize("event", ["accepted", "deferred", "delivered", "read"])
async def test_an_unanswered_message_is_settled_by_the_providers_event(
    world: World, waiting: Life, fault: str, event: str
) -> None:
    world.providers.faults = Faults(next=[fault])
    following = await waiting.step()
    assert "waiting for the provider's event" in following.why
    assert following.at is not None
    assert following.at <= await waiting.now() + AMBIGUOUS
    await waiting.pass_time(timedelta(minutes=5))
    await waiting.provider_tells("invoice", "email", event)
    (delivery,) = await waiting.deliveries()
    assert (delivery.state, delivery.attempt) == ("accepted", 1)
    await waiting.step()
    assert [sent.delivery_id for sent in await waiting.sent()].count(str(delivery.id)) == 1


async def test_a_reminder_that_stays_without_answer_is_assumed_sent(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(next=["lost"])
    await waiting.step()
    following = await waiting.step()
    assert (following.act, following.why) == ("send_sms", "email not read within 2 days")
    await waiting.until("invoice", "sms")
    assert [sent.channel for sent in await waiting.sent()] == ["email", "sms"]


async def test_a_message_that_must_arrive_is_sent_again_when_no_answer_and_no_event_come(world: World) -> None:
    world.add_policy("sends-again", "no-gentle", "    reach: [email, sms, letter]\n    read_within: 2 days",
                     "    reach: [email, sms, letter]\n    on_ambiguous: send again\n    read_within: 2 days")  # fmt: skip
    case = await begin(world, policy="sends-again")
    world.providers.faults = Faults(next=["lost", "lost"])
    for _ in range(3):
        await case.step()
    (delivery,) = await case.deliveries()
    assert (delivery.state, delivery.attempt) == ("accepted", 3)
    assert {sent.delivery_id for sent in await case.sent()} == {str(delivery.id)}
    assert len(await case.sent()) == 3


# --- not taken -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["429", "503"])
async def test_a_provider_that_is_busy_for_a_moment_is_asked_again_within_the_act(
    world: World, waiting: Life, fault: str
) -> None:
    world.providers.faults = Faults(next=[fault])
    await waiting.pass_time((await waiting.next()).at - await waiting.now() + timedelta(minutes=2))
    (delivery,) = await waiting.deliveries()
    assert (delivery.state, delivery.attempt) == ("accepted", 2)
    assert len(await waiting.sent()) == 1
    events = await waiting.events()
    assert events["ACTIVITY_TASK_SCHEDULED"] == 1


async def test_a_provider_that_is_away_for_five_minutes_is_left_alone_for_an_hour(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(rate_429=1)
    await waiting.pass_time((await waiting.next()).at - await waiting.now() + timedelta(minutes=7))
    (delivery,) = await waiting.deliveries()
    assert delivery.state == "unavailable"
    following = await waiting.next()
    assert following.why == "not taken (the provider answered 429: later): tried again"
    assert following.at is not None
    assert following.at - await waiting.now() > timedelta(minutes=50)
    world.providers.faults = Faults()
    await waiting.step()
    (delivery,) = await waiting.deliveries()
    assert delivery.state == "accepted"
    assert len(await waiting.sent()) == 1


async def test_when_a_provider_is_back_all_that_wait_leave_at_once(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(rate_429=1)
    other = await begin(world)
    for case in (waiting, other):
        await case.pass_time((await case.next()).at - await case.now() + timedelta(minutes=7))
    world.providers.faults = Faults()
    await world.rows("update outage set ask_at = '-infinity' returning 1")  # what the provider asked for is over
    for case in (waiting, other):  # whoever asks first asks for all
        back = await case.now()
        await eventually(lambda case=case: _taken_after_a_look(case))
        assert await case.now() - back < timedelta(minutes=30)
        assert len(await case.sent()) == 1


async def _taken_after_a_look(case: Life, channel: str = "email") -> bool:
    await OutageWatch(case.world.database).look()
    await case.pass_time(timedelta(minutes=1))
    return (channel, "accepted") in [(delivery.channel, delivery.state) for delivery in await case.deliveries()]


async def test_a_folder_that_takes_no_letters_is_told_of_and_they_lie_there_when_it_does(
    world: World, waiting: Life
) -> None:
    folder = world.settings.print_folder
    await waiting.until("invoice", "sms")
    folder.rename(folder.with_name("elsewhere"))
    folder.touch()  # as good as a read-only one: nothing can be put there
    following = await waiting.next()
    assert following.at is not None
    await waiting.pass_time(following.at - await waiting.now() + timedelta(minutes=7))
    told = (await waiting.next()).why
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    assert told == "not taken (the folder of letters cannot be written: Not a directory): tried again"
    await eventually(lambda: _taken_after_a_look(waiting, "letter"))


async def test_a_provider_that_is_away_for_a_day_gives_way_to_the_next_channel(world: World, waiting: Life) -> None:
    begins = (await waiting.next()).at
    key, world.providers.sendgrid_api_key = world.providers.sendgrid_api_key, "another"
    await waiting.until("invoice", "sms")
    world.providers.sendgrid_api_key = key
    first, second = await waiting.deliveries()
    assert (first.state, second.state) == ("unavailable", "accepted")
    assert second.claimed_at - begins >= timedelta(hours=24)


async def test_a_wrong_key_is_not_tried_again_within_the_act(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(next=["401"])
    following = await waiting.step()
    assert following.why == "not taken (SendGrid answered 401): tried again"
    await waiting.step()
    (delivery,) = await waiting.deliveries()
    assert (delivery.state, delivery.attempt) == ("accepted", 2)


async def test_a_refused_address_moves_to_the_next_channel_and_is_not_used_again(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(next=["refuse-address"])
    await waiting.until("invoice", "sms")
    assert [d.state for d in await waiting.deliveries()] == ["failed", "accepted"]
    contacts = await world.rows(
        "select p.channel, p.state from contact_point p join dunning_case c using (debtor_id) where c.id = :case",
        case=waiting.case_id,
    )
    assert {row.channel: row.state for row in contacts}["email"] == "bounced"
    await waiting.until("due-date-reminder", "sms")
    assert "email due-date-reminder" not in await waiting.told()


async def test_a_debtor_who_wrote_stop_gets_a_letter_instead_of_texts(world: World) -> None:
    case = await begin(world, debtor=debtor(customer_number="stopped", phone="+4799887766"))
    world.providers.opted_out.add("+4799887766")
    await case.until("invoice", "letter")
    assert [d.state for d in await case.deliveries()] == ["accepted", "failed", "accepted"]


# --- stopped in the middle -----------------------------------------------------------------------------------


async def test_cancelling_during_an_act_lets_it_finish_and_nothing_follows(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(latency=0.7)
    run = world.client.get_workflow_handle(waiting.handle.id, run_id=(await waiting.handle.describe()).run_id)
    skipping = asyncio.create_task(world.skip_to(waiting.handle, (await waiting.next()).at))
    await eventually(lambda: is_claimed(waiting))
    money = {"provider": "psp", "payment_id": "psp-1", "amount": "300.00", "currency": "NOK"}
    await asyncio.gather(run.signal("payment_received", money), run.cancel())
    await skipping
    await eventually(lambda: is_held(world, waiting))
    await waiting.quiet()
    assert (await run.describe()).status is WorkflowExecutionStatus.CANCELED
    assert await waiting.balance() == Decimal("502.00")
    (delivery,) = await waiting.deliveries()
    assert delivery.state == "accepted"
    assert len(await waiting.sent()) == 1


async def is_claimed(case: Life) -> bool:
    return bool(await case.deliveries())


async def is_held(world: World, case: Life) -> bool:
    return bool(await world.rows("select true from hold where case_id = :case", case=case.case_id))


async def test_a_payment_during_an_act_is_heard_after_it(world: World, waiting: Life) -> None:
    world.providers.faults = Faults(latency=0.5)
    skipping = asyncio.create_task(world.skip_to(waiting.handle, (await waiting.next()).at))
    await eventually(lambda: is_claimed(waiting))
    await waiting.pay()
    await skipping
    assert await waiting.outcome() == "paid"
    assert len(await waiting.sent()) == 1


async def test_a_case_reset_to_its_beginning_sends_nothing_twice(world: World, waiting: Life) -> None:
    before = await waiting.until("invoice", "sms")
    sent = await waiting.sent()
    history = await waiting.history()
    first = next(e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    await world.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=waiting.handle.id, run_id=history.run_id),
            reason="looking again",
            workflow_task_finish_event_id=first.event_id,
            request_id="reset-once",
        )
    )
    await waiting.quiet()
    assert (await waiting.handle.describe()).run_id != history.run_id
    await waiting.until("invoice", "letter")
    assert await waiting.told() == ["email invoice", "sms invoice", "letter invoice"]
    assert await waiting.sent() == sent
    assert before.act == "send_letter"
