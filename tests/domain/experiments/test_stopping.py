"""What may be stopped of an experiment alone, while the others can still be compared, and what the figures say then."""

import random

from domain.experiments.result import ArmSeen, Result, Trouble, Verdict, result_of
from domain.experiments.sample_size import needed
from domain.experiments.sequence import Counted
from domain.experiments.stopping import why_not_alone
from tests.trials import FOUR, policy

(TRIED,) = FOUR.experiments.values()
STEP = FOUR.steps[FOUR.index[TRIED.step]]


def test_an_arm_that_is_neither_the_base_nor_as_written_is_stopped_alone_while_two_go_on() -> None:
    assert why_not_alone(TRIED, STEP, ["late"], []) is None
    assert why_not_alone(TRIED, STEP, ["kind"], ["late"]) is None
    assert why_not_alone(TRIED, STEP, ["kind", "late"], []) is None


def test_the_base_is_never_stopped_alone() -> None:
    assert why_not_alone(TRIED, STEP, ["nothing"], []) == "the others are judged beside nothing"
    assert why_not_alone(TRIED, STEP, ["late", "nothing"], []) == "the others are judged beside nothing"


def test_who_leaves_the_step_as_it_is_written_would_go_on_by_it() -> None:
    assert (
        why_not_alone(TRIED, STEP, ["usual"], [])
        == "usual is the step as it is written: whoever is in it would go on as before"
    )


def test_an_arm_that_says_what_the_step_says_anyhow_is_the_step_as_it_is_written() -> None:
    same = policy(
        """\
name: no-tried
country: NO
steps:
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - id: nudge
    at: due date + 20 days
    message: reminder
    reach: [sms, email]
    read_within: 2 days
    when: {customer_for: 1 month}
experiments:
  - id: nudged
    step: nudge
    arms: {sms: {channel: sms}, email: {channel: email}, late: {hour: "18:00"}, nothing: {hold_out: true}}
    share: {sms: 25 %, email: 25 %, late: 25 %, nothing: 25 %}
    sample: 4000
"""
    )
    (tried,) = same.experiments.values()
    step = same.steps[same.index["nudge"]]
    assert why_not_alone(tried, step, ["sms"], []) is not None
    assert why_not_alone(tried, step, ["email"], []) is None


def test_of_two_arms_none_is_stopped_alone() -> None:
    of_two = policy()
    (tried,) = of_two.experiments.values()
    step = of_two.steps[of_two.index["nudge"]]
    assert [why_not_alone(tried, step, [each.name], []) is None for each in tried.arms] == [False, False]


def test_an_arm_that_was_stopped_is_judged_beside_those_who_came_while_it_went_on() -> None:
    base, late = _arm("none", 2000, 1000), _arm("late", 500, 100, beside=_arm("none", 500, 100))
    other = _arm("kind", 2000, 1010)
    found = result_of([base, other, late], 0.05)
    assert [each.verdict for each in found.arms] == [Verdict.BASE, Verdict.UNDECIDED, Verdict.UNDECIDED]
    assert found.arms[2].interval.low < 0 < found.arms[2].interval.high
    # Beside all of the base, of whom most came when all pay more, it would be worse for sure.
    assert result_of([base, other, _arm("late", 500, 100)], 0.05).arms[2].verdict is Verdict.WORSE


def test_an_arm_that_was_stopped_breaks_no_guard_rail_again_and_needs_nobody_more() -> None:
    of_arm = needed({"none": 0.4, "kind": 0.3, "late": 0.3}, "none", 0.5, 0.2).of_arm
    half = (of_arm["none"] + 1) // 2
    base, kind = _arm("none", 2 * half, half), _arm("kind", of_arm["kind"], of_arm["kind"] // 2)
    late = _arm("late", 100, 20, complaint=30, beside=_arm("none", 100, 60))
    found = result_of([base, kind, late], 0.2)
    assert (found.arms[2].stop, found.arms[2].verdict) == (None, Verdict.WORSE)
    assert found.more == 0
    assert result_of([base, kind, _arm("late", 10, 5)], 0.2).more >= of_arm["late"] - 11


def test_where_no_arm_makes_a_difference_hardly_any_is_said_to_though_one_is_stopped_and_the_times_change(
    full: bool,
) -> None:
    times = 600 if full else 12
    wrong = sum(_is_wrong_once(random.Random(seed)) for seed in range(times))
    allowed = 0.05 * times
    assert wrong <= allowed + 2 * allowed**0.5, wrong


def _is_wrong_once(chance: random.Random) -> bool:
    """Whether in thirty looks anything is called better or worse, where nothing is; one arm is stopped on the tenth day, or as
    soon as it looks bad, and from then on more debtors pay."""
    shares = {"none": 0.4, "kind": 0.3, "late": 0.3}
    counted = {name: [0, 0] for name in shares}
    until: dict[str, ArmSeen] | None = None
    for day in range(30):
        paying = 0.3 if day < 10 else 0.6
        for _ in range(100):
            name = chance.choices(list(shares), list(shares.values()))[0]
            if name != "late" or until is None:
                counted[name][0] += 1
                counted[name][1] += chance.random() < paying
        found = _looked(counted, until)
        if any(each.verdict in (Verdict.BETTER, Verdict.WORSE) for each in found.arms):
            return True
        if until is None and (day == 10 or found.arms[2].interval.high < 0.1):
            until = {"none": _arm("none", *counted["none"])}
    return False


def _looked(counted: dict[str, list[int]], until: dict[str, ArmSeen] | None) -> Result:
    base, kind, late = (_arm(name, *many) for name, many in counted.items())
    if until is not None:
        late = _arm("late", *counted["late"], beside=until["none"])
    return result_of([base, kind, late], 0.1)


def _arm(name: str, debtors: int, paid: int, *, complaint: int = 0, beside: ArmSeen | None = None) -> ArmSeen:
    share = 0.4 if name == "none" else 0.3
    return ArmSeen(name, share, Counted(debtors, paid), {Trouble.COMPLAINT: complaint}, beside=beside)
