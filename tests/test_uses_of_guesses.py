"""Whoever reads a guess stands in docs/learning.md, and nothing hard is among them."""

import ast
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from domain.planner.planner import next_action
from tests.domain.builders import INVOICE_READ, LAW, STANDARD, TO_NOTICE, TO_REMINDER, facts, local, policy
from tools.check_imports import INNER

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (*sorted(INNER), "web", "terminal", "worker", "starter", "simulator")
OF_LEARNING = ("domain/learned/", "facts/prediction/", "views/prediction/", "prediction/")
STORED = re.compile(
    r"\b(payment_score|guess_use|found_segment|debtor_segment|debtor_behaviour|step_proposal|experiment_assignment)\b"
)
KNOWN = (
    "domain.learned",
    "facts.prediction.scores",
    "facts.prediction.uses",
    "facts.prediction.segments",
    "facts.prediction.experiments",
    "facts.prediction.proposals",
    "views.prediction",
)
FIELDS = frozenset({"guess", "found_in"})
MAY = re.compile(
    r"\bguess\b|found_in|_segment|payment_score|debtor_behaviour|\blearned\b|\bprediction\b|for_whom|planner\.optional"
    r"|proposal|experiment"
)
"""What stands in the text of every module that could be one: the others are not parsed."""
HARD = (
    "domain/countries/",
    "domain/money/",
    "domain/agreements/",
    "domain/planner/demand.py",
    "domain/planner/told.py",
    "domain/planner/notices.py",
    "domain/planner/gates.py",
    "domain/planner/walk.py",
    "domain/planner/obstacles.py",
    "domain/parties/standing.py",
    "facts/collection/",
    "facts/money/",
    "facts/agreements/",
    "activities/cases/",
    "activities/jobs/",
    "connectors/",
    "channels/",
    "messages/",
    "web/invoice_page/",
)
"""Where fees, days to pay, plans, blocks, terminations and hand-offs are decided and done, and whatever reaches a debtor."""


WITH_OPTIONAL = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [email, letter]
    read_within: 2 days
    fee: statutory
    deadline: 14 days
  - id: nudge
    at: due date + 21 days
    message: reminder
    reach: [sms]
    when: {chance_below: 40 %, segment: valued}
  - id: collection-notice
    at: reminder deadline + 5 banking days
    kind: collection notice
    send: [letter]
    deadline: 14 days
  - id: hand-off
    at: collection-notice deadline + 3 banking days
    action: collection
    approval: required
""")


@cache
def modules() -> dict[str, ast.Module]:
    """The product's modules, by their file."""
    files = [ROOT / f"{room}.py" for room in ROOMS] + [each for room in ROOMS for each in (ROOT / room).rglob("*.py")]
    texts = {
        file: file.read_text(encoding="utf-8") for file in files if file.is_file() and "migrations" not in file.parts
    }
    return {file.relative_to(ROOT).as_posix(): ast.parse(text) for file, text in texts.items() if MAY.search(text)}


def imported(tree: ast.Module) -> Iterator[str]:
    """What a module imports, by its whole name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def reads(tree: ast.Module) -> bool:
    """Whether a module asks the tables of guesses, imports what reads them, or looks at a guess among the facts."""
    if any(f"{name}.".startswith(f"{known}.") for name in imported(tree) for known in KNOWN):
        return True
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and STORED.search(node.value) is not None)
        or (isinstance(node, ast.Attribute) and node.attr in FIELDS)
        for node in ast.walk(tree)
    )


@cache
def readers() -> frozenset[str]:
    """Who reads guesses, the room of learning left out."""
    return frozenset(name for name, tree in modules().items() if not name.startswith(OF_LEARNING) and reads(tree))


def users_of(module: str) -> set[str]:
    """Who imports a module."""
    return {
        name for name, tree in modules().items() if any(f"{each}.".startswith(f"{module}.") for each in imported(tree))
    }


def test_whoever_reads_a_guess_is_written_down_with_what_for() -> None:
    _, _, after = (ROOT / "docs" / "learning.md").read_text(encoding="utf-8").partition("## Who reads it")
    table = after.partition("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([^`]+\.py)`", row[1])}
    assert all(row[2].strip() for row in rows)
    assert readers() == {name for name in listed if (ROOT / name).is_file()}


def test_nothing_hard_and_nothing_that_reaches_a_debtor_reads_one() -> None:
    assert {name for name in readers() if name.startswith(HARD)} == set()


def test_one_place_decides_by_it_and_only_about_optional_steps() -> None:
    assert {name for name in readers() if name.startswith("domain/")} == {
        "domain/planner/action.py",
        "domain/planner/case_facts.py",
        "domain/planner/for_whom.py",
        "domain/planner/tried.py",
        "domain/planner/ways.py",
        "domain/policy/policy.py",
        "domain/policy/trying.py",
        "domain/experiments/exposure.py",
        "domain/experiments/stopping.py",
    }
    assert users_of("domain.planner.ways") == {
        "domain/planner/optional.py",
        "domain/planner/planner.py",
        "planning/service.py",
    }
    assert users_of("domain.planner.for_whom") == {
        "domain/planner/optional.py",
        "planning/service.py",
        "terminal/policies.py",
        "web/desk/policies.py",
    }
    assert users_of("domain.planner.optional") == {"domain/planner/planner.py"}


def test_a_new_reader_is_found_however_it_reads() -> None:
    for source in (
        "X = text('select chance_14 from payment_score where case_id = :case')",
        "from facts.prediction import scores",
        "import views.prediction.guessed",
        "def fee(case): return 0 if case.facts.guess else 35",
    ):
        assert reads(ast.parse(source)), source
    assert not reads(ast.parse("from facts.prediction import versions\nprint(case.facts.balance)"))


class Watched:
    """A guess, or the segment a debtor was found in, that notes which module looks at what it says."""

    def __init__(self, **said: object) -> None:
        self.said, self.lookers = said, set[str]()

    def __getattr__(self, name: str) -> object:
        caller = sys._getframe(1).f_code.co_filename
        self.lookers.add(Path(caller).resolve().relative_to(ROOT).as_posix())
        return self.said[name]


@pytest.mark.parametrize("chance", ["0.01", "0.99"])
def test_a_life_is_decided_by_a_guess_nowhere_but_for_whom_a_step_is(chance: str) -> None:
    """Day by day through all that a policy does, hand-off and all: who looks at the guess is seen as it is looked at."""
    start = local("2026-06-01 09:00")
    segment = Watched(name="valued", once_called=(), at=start, version="s")
    watched = Watched(chance_14=Decimal(chance), at=start, version="1"), segment
    for plan, reads_it in ((STANDARD, False), (WITH_OPTIONAL, True)):
        for each in watched:
            each.lookers.clear()
        for day in range(120):
            at = start + timedelta(days=day)
            for each in watched:
                each.said["at"] = at
            for deliveries in ((), (INVOICE_READ,), TO_REMINDER, TO_NOTICE):
                case = facts(*deliveries, guess=watched[0], found_in=watched[1])
                next_action(plan, LAW, case, at)
        seen = watched[0].lookers | watched[1].lookers
        assert seen == ({"domain/planner/for_whom.py"} if reads_it else set())
