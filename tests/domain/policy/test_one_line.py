"""One line of a policy is changed and nothing else: no day, fee, deadline, notice, block, termination or hand-off."""

from dataclasses import replace
from datetime import date, time

import pytest

from config.files import POLICIES, read_laws
from domain.policy.loader import load_policy
from domain.policy.one_line import Change, as_shadow, changes_of, movable
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


def all_changes(text: str) -> list[tuple[Policy, Change]]:
    policy = loaded(text)
    return [(policy, change) for step in movable(policy) for change in changes_of(text, step, CLOCKS)]


@pytest.mark.parametrize("name", TEXTS)
def test_all_else_of_every_shipped_policy_stays(name: str) -> None:
    changes = all_changes(TEXTS[name])
    assert changes
    for policy, change in changes:
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
