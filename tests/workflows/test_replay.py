"""Cases that sleep for months wake under new code: it must replay what the old code did."""

import base64
import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.histories.record import FOLDER, SHAPES
from tests.life import begin
from tests.world import World
from workflows.contracts import Case, Next
from workflows.dunning import Dunning

RECORDED = sorted(FOLDER.glob("*.json.gz"))
PERSONAL = re.compile(rb"Kari|Nordmann|example\.no|91234567|Storgata|006402710013", re.I)


def load(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.name.removesuffix(".json.gz"), gzip.decompress(path.read_bytes()).decode())


def test_a_history_of_every_shape_is_recorded() -> None:
    names = {path.name.removesuffix(".json.gz") for path in RECORDED}
    assert {shape.__name__ for shape in SHAPES} <= names


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name.removesuffix(".json.gz"))
async def test_todays_loop_replays_what_was_recorded(path: Path) -> None:
    replayer = Replayer(workflows=[Dunning], data_converter=pydantic_data_converter)
    await replayer.replay_workflow(load(path))


# --- the test above can fail ---------------------------------------------------------------------------------


@workflow.defn(name="dunning")
class WithARenamedActivity(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    async def perform(self, action: Next) -> Next:
        return await super().perform(action.model_copy(update={"act": f"{action.act}_by_another_name"}))


@workflow.defn(name="dunning")
class WithAnotherTimer(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    async def perform(self, action: Next) -> Next:
        await workflow.sleep(timedelta(seconds=1))
        return await super().perform(action)


@workflow.defn(name="dunning")
class WithoutSearchAttributes(Dunning):
    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        return await super().run(case)

    def show(self, action: Next) -> Next:
        self.next = action
        return action


@pytest.mark.parametrize("altered", [WithARenamedActivity, WithAnotherTimer, WithoutSearchAttributes])
async def test_a_loop_with_other_commands_does_not_replay(altered: type[Dunning]) -> None:
    replayer = Replayer(
        workflows=[altered],
        data_converter=pydantic_data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(load(FOLDER / "paid_after_two_fallbacks.json.gz"))


# --- no personal data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_a_recorded_history_names_no_person_and_no_machine(path: Path) -> None:
    recorded = gzip.decompress(path.read_bytes())
    said = b"\n".join([recorded, *payloads(orjson.loads(recorded))])
    assert PERSONAL.search(said) is None
    assert re.search(rb'"identity"|"stackTrace"|/site-packages/', said) is None


def payloads(value: Any) -> Iterator[bytes]:
    """The contents of all payloads in a history's JSON."""
    if isinstance(value, list):
        for each in value:
            yield from payloads(each)
    elif isinstance(value, dict):
        if isinstance(value.get("data"), str):
            yield base64.b64decode(value["data"])
        for each in value.values():
            yield from payloads(each)


async def test_a_living_cases_history_names_no_person(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.bounce("invoice", "email")
    await case.until("due-date-reminder", "sms")
    assert b"Kari" in PERSONAL.findall((await case.sent())[0].body.encode())
    for event in (await case.history()).events:
        assert PERSONAL.search(event.SerializeToString()) is None
