"""A case's page in the Temporal web UI: its diary, from the facts, whatever happened to its workflow."""

import re
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.service import RPCError

from activities.jobs.sweep import start_what_is_not_running
from config import search_attributes
from facts import diary as facts_diary
from tests.life import Life, begin
from tests.world import World, eventually
from views.diary import diary
from workflows.contracts import TASK_QUEUE, Case, Dispute, Hold, Order
from workflows.dunning import Dunning

PERSONAL = re.compile(r"Kari|Nordmann|example\.no|Storgata|called and cried", re.I)
PERSON = Order(by="kim", reason_code="asked")


async def metadata(case: Life) -> WorkflowMetadata:
    """What a case's page shows besides its history."""
    latest = case.world.client.get_workflow_handle(case.handle.id)
    found: WorkflowMetadata = await latest.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return found


async def page(case: Life) -> str:
    """The current details on a case's page."""
    return (await metadata(case)).current_details


async def told(case: Life) -> list[str]:
    """The diary as the facts have it, by the one view that renders it."""
    async with case.world.database.transaction() as connection:
        found = await diary(connection, case.case_id, case.world.laws["NO"].calendar, await case.now())
    return [f"**{each}**" for each in found.stands] + [f"- {line}" for line in found.written()]


async def lived(world: World) -> Life:
    """A case with something of everything."""
    case = await begin(world)
    await case.until("invoice", "email")
    await case.pay(Decimal("100.00"))
    await case.read("invoice", "email")
    await case.handle.execute_update(
        Dunning.dispute, Dispute(by="anne", reason_code="wrong-meter", amount=Decimal("50.00"))
    )
    until = await case.now() + timedelta(days=3)
    await case.handle.execute_update(Dunning.hold, Hold(by="kim", reason_code="new-address", until=until))
    return case


def same(shown: str, facts: list[str]) -> bool:
    """Whether a page shows what the facts tell, in that order, below what is owed and comes next."""
    if not shown:
        return False
    head, following, owed, *stands, lines = shown.split("\n\n")
    begins = (head[:10], following[:9], owed[:7]) == ("Invoice **", "**Next**:", "**Owed ")
    return begins and [*stands, *lines.split("\n")] == facts


async def test_a_page_shows_what_stands_what_comes_and_what_happened_as_the_facts_tell(world: World) -> None:
    case = await lived(world)
    shown = await page(case)
    for words in (
        "**Owed 702.00 NOK, due ",
        "**On hold until ",
        "by kim: new-address**",
        "**Disputed, 50.00 of it, since ",
        "by anne: wrong-meter**",
        "email sent (invoice)",
        "100.00 NOK paid (by bank, booked ",
        "email read (invoice)",
        "hold, until ",
    ):
        assert words in shown
    assert same(shown, await told(case))
    assert PERSONAL.search(shown) is None


async def test_an_act_adds_what_it_did(world: World) -> None:
    case = await begin(world, policy="no-standard")
    await case.until("invoice", "sms")
    assert same(await page(case), await told(case))
    await case.until("reminder", "letter")  # which bears a fee
    assert "fee of" in await page(case)
    assert same(await page(case), await told(case))


async def test_a_case_that_was_terminated_shows_its_whole_story_at_once(world: World) -> None:
    case = await lived(world)
    await world.client.get_workflow_handle(case.handle.id).terminate("tried")
    await start_what_is_not_running(world.database, world.client)

    async def shows() -> bool:
        with suppress(RPCError):  # the run is there, and its first task is not yet
            return "email sent (invoice)" in await page(case)
        return False

    await eventually(shows)
    await case.quiet()
    assert same(await page(case), await told(case))


async def test_a_case_that_was_reset_shows_its_whole_story_at_once(world: World) -> None:
    case = await lived(world)
    await case.provider_tells("invoice", "email", "delivered")  # which wakes no case
    assert "email delivered (invoice)" not in await page(case)
    history = await case.history()
    tasks = [e.event_id for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    for event in (tasks[-1], tasks[len(tasks) // 2], tasks[0]):
        described = await world.client.get_workflow_handle(case.handle.id).describe()
        await world.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=world.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=case.handle.id, run_id=described.run_id),
                reason="tried",
                request_id=str(uuid4()),
                workflow_task_finish_event_id=event,
            )
        )

        async def shows() -> bool:
            return same(await page(case), await told(case))

        await eventually(shows)
        assert "email delivered (invoice)" in await page(case)
    assert await case.told() == ["email invoice"]


async def test_a_long_life_shows_its_newest_lines_and_a_storm_of_news_costs_no_more(world: World) -> None:
    case = await begin(world)
    async with world.database.transaction() as connection:
        lines = [(case.case_id, {"why": "x" * 1000}) for _ in range(500)]
        await facts_diary.write(connection, "command_refused", "anne", lines, await case.now())
    await case.handle.signal("message_read")
    await case.quiet()
    shown = await page(case)
    assert same(shown, await told(case))
    assert len(shown) < 20_000
    assert "(461 earlier ones are told by `starter.py status`)" in shown
    before = len((await case.history()).to_json())
    for _ in range(50):
        await case.handle.signal("message_read")
    await case.quiet()
    assert len((await case.history()).to_json()) - before < 50 * 8_000
    assert same(await page(case), await told(case))


async def test_cases_are_found_by_flag_customer_number_and_outcome_and_keep_their_step_while_held(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    shown = (await case.handle.describe()).typed_search_attributes
    assert shown.get(search_attributes.CUSTOMER_NUMBER) == f"K-{int(case.number) - 1000}"
    step = shown.get(search_attributes.STEP)
    assert step
    await case.handle.execute_update(Dunning.dispute, PERSON)
    shown = (await case.handle.describe()).typed_search_attributes
    assert (shown.get(search_attributes.FLAG), shown.get(search_attributes.ON_HOLD)) == ("disputed", True)
    assert shown.get(search_attributes.STEP) == step
    assert shown.get(search_attributes.OUTCOME) is None
    await case.handle.execute_update(Dunning.withdraw, PERSON)
    await case.outcome()
    shown = (await case.handle.describe()).typed_search_attributes
    assert (shown.get(search_attributes.FLAG), shown.get(search_attributes.OUTCOME)) == (None, "withdrawn")


async def test_a_case_that_was_started_elsewhere_gets_the_customer_number_when_it_looks(world: World) -> None:
    case = await begin(world)
    await world.client.get_workflow_handle(case.handle.id).terminate("tried")
    again = await world.client.start_workflow(
        "dunning", Case(creditor=case.creditor, invoice=case.number), id=case.handle.id, task_queue=TASK_QUEUE
    )

    async def shows() -> object:
        return (await again.describe()).typed_search_attributes.get(search_attributes.CUSTOMER_NUMBER)

    assert await eventually(shows) == f"K-{int(case.number) - 1000}"


async def test_what_a_page_begins_with_needs_a_key_and_outlives_a_fresh_run(world: World) -> None:
    case = await begin(world)
    for _ in range(2):
        described = await world.client.get_workflow_handle(case.handle.id).describe()
        link = f"{world.settings.public_url}/v1/invoices/{case.number}"
        assert (await described.memo())["status"] == link
        details = f"{await described.static_details()}{await page(case)}"
        assert f"Invoice **{case.number}** of **{case.creditor}**" in details
        assert link in details
        assert "/i/" not in details
        await case.handle.signal(Dunning.refresh)
        await case.quiet()
    assert same(await page(case), await told(case))
