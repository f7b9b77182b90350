"""A shipped policy, changed in one place, that the law of its country refuses."""

import pytest

from config.files import POLICIES
from domain.policy.loader import PolicyError, load_policy
from tests.domain.builders import LAWS, TODAY


def refused(policy: str, old: str, new: str, said: str, *, step: str | None = None) -> None:
    """It is, with the line that is changed or its step's, or of another `step`; what is wrong and what to write instead."""
    text = (POLICIES / f"{policy}.yaml").read_text(encoding="utf-8")
    load_policy(text, "p.yaml", LAWS, on=TODAY)  # as it ships it is lawful
    assert text.count(old) >= 1, old
    at = text.index(old)
    of_the_step = max(text.rfind("  - id:", 0, at), 0) or at
    lines = range(text[:of_the_step].count("\n") + 1, text[:at].count("\n") + new.count("\n") + 3)
    changed = text.replace(old, new, 1)
    if step is not None:
        lines = range(changed[: changed.index(f"- id: {step}\n")].count("\n") + 1, changed.count("\n") + 1)
    with pytest.raises(PolicyError) as error:
        load_policy(changed, "p.yaml", LAWS, on=TODAY)
    found = [each for each in error.value.problems if said in str(each)]
    assert len(found) == 1, error.value.problems
    (problem,) = found
    assert str(problem).startswith("p.yaml:")
    assert problem.line in lines, (problem.line, lines)
    assert problem.instead
