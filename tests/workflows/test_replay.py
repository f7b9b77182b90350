"""Workflows that sleep for months wake under new code: it must replay what the old code did."""

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.histories import altered
from tests.histories.record import FOLDER, SHAPES
from tests.life import begin
from tests.world import World
from worker import OF_LEARNING, RUN_ONCE_LOADED, WORKFLOWS

SUFFIX = ".json.gz"
RECORDED = {str(path.relative_to(FOLDER)).removesuffix(SUFFIX): path for path in sorted(FOLDER.glob(f"*/*{SUFFIX}"))}
PERSONAL = re.compile(rb"Kari|Nordmann|example\.no|91234567|Storgata|006402710013", re.I)
OF_A_MACHINE = re.compile(rb'"identity"|"stackTrace"|/site-packages/|/tmp/')


async def replay(name: str, *workflows: type) -> None:
    """Replay a recorded history as the worker runs workflows."""
    replayer = Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(RUN_ONCE_LOADED),
    )
    await replayer.replay_workflow(
        WorkflowHistory.from_json(name, gzip.decompress(RECORDED[name].read_bytes()).decode())
    )


def test_a_history_of_every_shape_of_every_workflow_is_recorded() -> None:
    assert SHAPES.keys() <= RECORDED.keys()
    assert {name.partition("/")[0] for name in SHAPES} == {type_of(each) for each in (*WORKFLOWS, *OF_LEARNING)}


def type_of(replayed: type) -> str | None:
    """The name of a workflow's type, by which a running one finds its code."""
    return workflow._Definition.must_from_class(replayed).name


@pytest.mark.parametrize("name", RECORDED)
async def test_the_workers_workflows_replay_what_was_recorded(name: str) -> None:
    await replay(name, *WORKFLOWS, *OF_LEARNING)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("dunning/paid_after_two_fallbacks", altered.WithARenamedActivity),
        ("dunning/paid_after_two_fallbacks", altered.WithAnotherTimer),
        ("dunning/paid_after_two_fallbacks", altered.WithoutSearchAttributes),
        ("bank_file/accepted", altered.WithoutALook),
        ("bank_folder/files_found", altered.WithoutFiles),
        ("daily/letters_and_hand_offs", altered.WithOneJob),
        ("direct-debit/plan_claims_failed", altered.DrawnFirst),
        ("hourly/breaker_tripped", altered.WithAPause),
    ],
)
async def test_a_workflow_with_other_commands_does_not_replay(name: str, other: type) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replay(name, other)


# --- no personal data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RECORDED.values(), ids=RECORDED)
def test_a_recorded_history_names_no_person_and_no_machine(path: Path) -> None:
    recorded = gzip.decompress(path.read_bytes())
    said = b"\n".join([recorded, *payloads(orjson.loads(recorded))])
    assert PERSONAL.search(said) is None
    assert OF_A_MACHINE.search(said) is None


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
