"""The register of automated decisions is complete: every action of the planner, and every reader of guesses, is in it."""

from domain.automated_decisions import NO_PROFILING, REGISTER
from domain.planner.action import ACTIONS
from tests.test_uses_of_guesses import readers

NAMES = {each.name for each in REGISTER}
GUESSING = "guess when an invoice is paid, why it is late, how a debtor pays, and who is alike"
ARM, PROPOSAL = "put a debtor into an arm of an experiment", "propose how a kind contact goes"
OPTIONAL = "take or leave out an optional step"
GOES = "let a kind contact go as was proposed or in its arm"
READERS = {
    "activities/find_segments.py": GUESSING,
    "activities/guess_payments.py": GUESSING,
    "activities/look_at_experiments.py": ARM,
    "activities/propose_contacts.py": PROPOSAL,
    "commands/debtor/change.py": GUESSING,
    "commands/prediction/experiments.py": ARM,
    "commands/prediction/segments.py": GUESSING,
    "domain/planner/case_facts.py": OPTIONAL,
    "domain/planner/action.py": ARM,
    "domain/planner/for_whom.py": OPTIONAL,
    "domain/experiments/exposure.py": ARM,
    "domain/experiments/stopping.py": ARM,
    "domain/planner/tried.py": ARM,
    "domain/planner/ways.py": GOES,
    "domain/policy/policy.py": OPTIONAL,
    "domain/policy/trying.py": ARM,
    "facts/tables.py": GUESSING,
    "facts/webhooks/events.py": GUESSING,
    "activities/judge_strategies.py": ARM,
    "planning/service.py": OPTIONAL,
    "terminal/debtors.py": GUESSING,
    "terminal/experiments.py": ARM,
    "web/desk/experiments.py": ARM,
    "terminal/models.py": GUESSING,
    "terminal/pasts.py": PROPOSAL,
    "terminal/segments.py": GUESSING,
    "views/calls.py": "ask a person to act",
    "views/control.py": GUESSING,
    "views/reports/automated_decisions.py": GUESSING,
    "views/reports/channels.py": GUESSING,
    "views/stored_about.py": GUESSING,
    "views/why.py": GUESSING,
    "web/api/debtors.py": GUESSING,
    "web/api/why.py": GUESSING,
    "web/desk/case.py": GUESSING,
    "web/desk/debtor.py": GUESSING,
    "web/desk/models.py": GUESSING,
    "web/desk/segments.py": GUESSING,
}
"""For which decision each of them reads a guess: it makes, keeps, shows or erases it, or decides by it."""


def test_every_action_of_the_planner_is_in_one_entry() -> None:
    listed = [action for each in REGISTER for action in each.actions]
    assert sorted(listed) == sorted(ACTIONS)


def test_every_reader_of_a_guess_reads_it_for_an_entry() -> None:
    missing = readers() - READERS.keys()
    assert not missing, f"{sorted(missing)} read a guess: say here for which automated decision, or add one"
    assert set(READERS.values()) <= NAMES


def test_an_entry_says_all_that_a_register_asks_for() -> None:
    assert len(NAMES) == len(REGISTER)
    for each in REGISTER:
        assert all((each.logic, each.basis, each.human, each.objecting, each.data)), each.name
    assert {each.objecting for each in REGISTER if each.model == "payment"} == {NO_PROFILING}
