"""Arms have one name everywhere, a debtor always draws the same one, and shares come out as they are written."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.learned.arms import Arm, Experiment, Learn, SharedArm, is_firmer, step_under
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from tests.domain.builders import policy

STEP = policy("""
  - id: nudge
    at: due date + 7 days
    message: reminder
    reach: [email, sms, letter]
    read_within: 2 days
""").steps[0]
EVENING = Arm(Channel.SMS, time(18), Tone.KIND)


def experiment(*shares: int, name: str = "hours") -> Experiment:
    arms = tuple(SharedArm(f"arm-{n}", Arm(clock=time(8 + n)), Decimal(share) / 100) for n, share in enumerate(shares))
    return Experiment(name, "nudge", arms)


def test_an_arm_is_called_by_what_it_changes() -> None:
    assert EVENING.name == "sms 18:00 kind"
    assert Arm(content="help-first").name == "help-first"
    assert (Arm().name, Arm(held_out=True).name) == ("as written", "none")


def test_a_step_goes_by_the_arms_channel_first_and_by_all_its_others_after() -> None:
    changed = step_under(STEP, EVENING)
    assert changed is not None
    assert changed.channels == (Channel.SMS, Channel.EMAIL, Channel.LETTER)
    assert changed.at == replace(STEP.at, clock=time(18))
    assert step_under(STEP, Arm(held_out=True)) is None
    assert step_under(STEP, Arm(Channel.DIRECT_MESSAGE)) == STEP  # never by a channel that it does not have
    assert step_under(STEP, Arm()) == STEP


@given(st.integers(1, 10**9), st.text(min_size=1, max_size=20))
def test_a_debtor_draws_the_same_arm_every_time(debtor: int, creditor: str) -> None:
    hours = experiment(50, 30, 20)
    assert hours.drawn(creditor, debtor) == experiment(50, 30, 20).drawn(creditor, debtor)


def test_the_arms_are_drawn_by_their_shares_and_apart_for_each_creditor_and_experiment() -> None:
    hours, debtors = experiment(50, 40, 10), range(4000)
    drawn = [hours.drawn("acme", debtor).name for debtor in debtors]
    assert [round(drawn.count(f"arm-{n}") / 4000, 1) for n in range(3)] == [0.5, 0.4, 0.1]
    for creditor, name in (("beta", "hours"), ("acme", "others")):
        other = [experiment(50, 40, 10, name=name).drawn(creditor, debtor).name for debtor in debtors]
        assert 0.3 < sum(a == b for a, b in zip(drawn, other, strict=True)) / 4000 < 0.55  # 0.42 by chance


@pytest.mark.parametrize(
    ("arm", "allowed"),
    [
        (Arm(Channel.SMS), True),
        (Arm(Channel.DIRECT_MESSAGE), False),
        (Arm(clock=time(8)), True),
        (Arm(clock=time(20)), False),
        (Arm(clock=time(7, 59)), False),
        (Arm(tone=Tone.KIND), True),
        (Arm(tone=Tone.FIRM), False),
        (Arm(content="quick"), True),
        (Arm(content="help-first"), False),
        (Arm(held_out=True), False),
    ],
)
def test_only_what_the_policy_lets_be_learned_may_be_proposed(arm: Arm, allowed: bool) -> None:
    learn = Learn(channel=True, hours=(time(8), time(20)), tone=True, contents=("quick",))
    assert learn.allows(replace(STEP, tone=Tone.NEUTRAL), arm) is allowed
    assert Learn().allows(STEP, arm) is False


def test_firmer_is_what_stands_later_in_the_order_of_tones() -> None:
    assert [is_firmer(tone, Tone.NEUTRAL) for tone in Tone] == [False, False, True]
