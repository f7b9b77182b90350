"""One line of a policy is changed and nothing else: no day, fee, deadline, notice, block, termination or hand-off."""

from dataclasses import replace
from datetime import date, time

import pytest

from config.files import POLICIES, read_laws
from domain.learned.arms import Experiment, step_under
from domain.policy.check import counts_from, not_optional
from domain.policy.loader import load_policy
from domain.policy.one_line import Change, as_all, as_shadow, as_share, changes_of, movable
from domain.policy.policy import Policy, StepKind

CLOCKS = (time(9), time(18))
ON = date(2026, 11, 30)
TEXTS = {file.stem: file.read_text() for file in sorted(POLICIES.glob("*.yaml"))}
OPTIONAL = """
  - id: nudge
    at: reminder deadline + 3 banking days
    message: reminder
    tone: neutral
    reach: [sms]  # a word more
    when: {chance_below: 40 %}

  # What comes after it.
  - id: collection-notice"""


def loaded(text: str) -> Policy:
    return load_policy(text, "policy.yaml", read_laws(), on=ON)


def experiments(policy: Policy) -> list[Experiment]:
    return [step.experiment for step in policy.steps if step.experiment is not None]


def all_changes(text: str) -> list[tuple[Policy, Change]]:
    policy = loaded(text)
    return [(policy, change) for step in movable(policy) for change in changes_of(text, policy, step, CLOCKS)]


@pytest.mark.parametrize("name", TEXTS)
def test_all_else_of_every_shipped_policy_stays(name: str) -> None:
    for policy, change in all_changes(TEXTS[name]):
        then = loaded(change.text)
        for old, new in zip(policy.steps, then.steps, strict=True):
            kept = replace(new, channels=old.channels, tone=old.tone, at=replace(new.at, clock=old.at.clock))
            assert kept == old
            assert sorted(new.channels) == sorted(old.channels)
            assert (new == old) is (old.id != change.step.id)
            assert new == old or (new == change.then and new.kind is StepKind.MESSAGE and new.message != "invoice")
        assert replace(then, steps=policy.steps, text_hash=policy.text_hash) == policy
        lines = [
            pair for pair in zip(TEXTS[name].split("\n"), change.text.split("\n"), strict=True) if len(set(pair)) > 1
        ]
        assert [(old.strip(), new.strip()) for old, new in lines] == [(change.before, change.after)]


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_fee_a_notice_or_a_hand_off_counts_from_is_neither_moved_nor_left_out(name: str) -> None:
    for policy, change in all_changes(TEXTS[name]):
        by_id = {step.id: step for step in policy.steps}
        formal = [step for step in policy.steps if not_optional(step) and change.step.id in counts_from(by_id, step)]
        assert not formal or (change.then and replace(change.then, tone=change.step.tone) == change.step)


def test_a_kind_word_may_go_another_way_or_at_another_hour() -> None:
    assert [(change.step.id, change.after) for _, change in all_changes(TEXTS["no-gentle"])] == [
        ("due-date-reminder", "reach: [sms, email]"),
        ("due-date-reminder", "at: due date 18:00"),
    ]


def test_an_optional_step_may_be_left_out_and_no_other() -> None:
    text = TEXTS["no-gentle"].replace("\n  - id: collection-notice", OPTIONAL)
    left_out = [change for _, change in all_changes(text) if change.then is None]
    assert [(change.step.id, change.before) for change in left_out] == [("nudge", "- id: nudge")]
    assert [step.id for step in loaded(left_out[0].text).steps] == [
        step.id for step in loaded(TEXTS["no-gentle"]).steps
    ]
    assert "# What comes after it." in left_out[0].text


def test_words_become_kinder_and_never_firmer() -> None:
    text = TEXTS["no-gentle"].replace("\n  - id: collection-notice", OPTIONAL)
    toned = [change for _, change in all_changes(text) if change.then and change.then.tone != change.step.tone]
    assert [(change.before, change.after) for change in toned] == [("tone: neutral", "tone: kind")]


@pytest.mark.parametrize("name", TEXTS)
def test_a_changed_text_is_ready_as_a_shadow_under_a_name_of_its_own(name: str) -> None:
    shadow = loaded(as_shadow(TEXTS[name], f"{name}-tried"))
    assert (shadow.name, shadow.shadow) == (f"{name}-tried", True)
    again = loaded(as_shadow(as_shadow(TEXTS[name], "one"), "two"))
    assert (again.name, again.shadow, again.steps) == ("two", True, shadow.steps)


@pytest.mark.parametrize("name", TEXTS)
def test_a_change_is_tried_on_half_of_debtors_with_all_else_as_it_was(name: str) -> None:
    policy = loaded(TEXTS[name])
    for _, change in all_changes(TEXTS[name]):
        if (text := as_share(TEXTS[name], "tried", change)) is None:
            assert "experiments:" in TEXTS[name]
            continue
        shared = loaded(text)
        assert (shared.name, shared.shadow) == ("tried", policy.shadow)
        assert tuple(replace(step, experiment=None) for step in shared.steps) == policy.steps
        (experiment,) = experiments(shared)
        _, tried = experiment.arms
        assert (experiment.step, step_under(change.step, tried.arm)) == (change.step.id, change.then)


def test_leaving_out_an_optional_step_is_tried_by_holding_out() -> None:
    text = TEXTS["no-gentle"].replace("\n  - id: collection-notice", OPTIONAL)
    (change,) = [change for _, change in all_changes(text) if change.then is None]
    (experiment,) = experiments(loaded(as_share(text, "tried", change) or ""))
    assert experiment.arms[1].arm.held_out
    assert as_share(as_share(text, "tried", change) or "", "again", change) is None


def test_what_is_for_all_has_its_own_name_and_nothing_else_of_its_own() -> None:
    policy = loaded(TEXTS["no-gentle"])
    assert replace(loaded(as_all(TEXTS["no-gentle"], "new")), name=policy.name, text_hash=policy.text_hash) == policy
