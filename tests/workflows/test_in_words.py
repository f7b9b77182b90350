"""Everything that the web UI shows of a workflow says in words what it is."""

import ast
from pathlib import Path

import pytest
from temporalio import workflow

from worker import OF_LEARNING, WORKFLOWS
from workflows.dunning import LONGEST_SUMMARY, in_short

FOLDER = Path(__file__).parents[2] / "workflows"
SAYS = {
    "execute_activity": "summary",
    "execute_local_activity": "summary",
    "sleep": "summary",
    "start_child_workflow": "static_summary",
}


def calls() -> list[tuple[str, ast.Call]]:
    """Every call of Temporal's in workflows, with its place."""
    return [
        (f"{path.name}:{node.lineno}", node)
        for path in sorted(FOLDER.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def test_every_activity_and_timer_has_a_summary() -> None:
    named, silent = 0, []
    for place, call in calls():
        given = {each.arg for each in call.keywords}
        called = getattr(call.func, "attr", "")
        wanted = SAYS.get(called) or ("timeout_summary" if called == "wait_condition" and "timeout" in given else None)
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "workflow" and wanted:
            named += 1
            silent += [place] if wanted not in given else []
    assert silent == []
    assert named > 10


@pytest.mark.parametrize("kind", [*WORKFLOWS, *OF_LEARNING])
def test_every_handler_tells_what_it_does(kind: type) -> None:
    known = workflow._Definition.must_from_class(kind)
    handlers = [*known.signals.values(), *known.updates.values(), *known.queries.values()]
    assert [each.name for each in handlers if not each.description] == []


def test_a_summary_is_never_longer_than_the_server_takes() -> None:
    assert in_short("Wait for news") == "Wait for news"
    for long in ("x" * 1000, "æ" * 1000, "🐈" * 300):
        assert len(in_short(long).encode()) <= LONGEST_SUMMARY
        assert in_short(long).endswith("…")
