"""What is proposed of a step: what is surely better, now and then another by chance, each with how probable it was."""

from collections import Counter
from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.learned.arms import Arm, Learn
from domain.learned.asked import Asked
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from facts.prediction.proposals import NewProposal
from prediction.contacts.effects import ALL, PLAIN, Effect, Effects
from prediction.contacts.proposing import AS_WRITTEN, arms_of, best_of, proposal
from tests.domain.builders import policy

SURE, UNSURE = 0.0001, 0.01
STEP = policy("""
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - {id: reminder, at: due date + 14 days 18:00, message: reminder, tone: neutral, reach: [email, sms], read_within: 2 days}
""").steps[1]
DAYTIME = Learn(channel=True, hours=(time(8), time(20)), tone=True, explore=Decimal("0.2"))


def known(variance: float = SURE, kind: str = ALL, **better: str) -> Effects:
    """Email, SMS and letter, 09:00, 18:00 and 21:00, kind, neutral and firm: those that are named are better by ten points."""
    parts = {
        "channel": ("email", "letter", "sms"),
        "clock": ("09:00", "18:00", "21:00"),
        "tone": ("firm", "kind", "neutral"),
    }
    of = {
        (kind, part, value): Effect(0.1 if better.get(part) == value else 0.0, variance)
        for part, values in parts.items()
        for value in values
    }
    return Effects(of, 1000)


def asked(learn: Learn | None = DAYTIME, *, case: int = 7, kind: str = "consumer") -> Asked:
    return Asked(case, 1, replace(STEP, learn=learn), kind)


def arm(found: NewProposal | None) -> Arm | None:
    if found is None:
        return None
    tone = Tone(found.tone) if found.tone else None
    return Arm(Channel(found.channel) if found.channel else None, found.clock, tone)


def test_what_is_surely_better_in_each_part_is_best() -> None:
    best = best_of(known(channel="sms", clock="09:00", tone="kind"), STEP, DAYTIME, "consumer")
    assert best == Arm(Channel.SMS, time(9), Tone.KIND)


def test_a_sentence_is_proposed_where_it_is_surely_better_than_none_and_the_policy_names_it() -> None:
    of = {
        (ALL, "content", value): Effect(gain, SURE)
        for value, gain in ((PLAIN, 0.0), ("quick", 0.1), ("help-first", 0.2))
    }
    effects = Effects(of, 1000)
    assert best_of(effects, STEP, Learn(contents=("quick",)), "consumer") == Arm(content="quick")
    assert arms_of(effects, STEP, Learn(contents=("quick",))) == [AS_WRITTEN, Arm(content="quick")]
    assert best_of(effects, STEP, DAYTIME, "consumer") == AS_WRITTEN
    assert best_of(effects, replace(STEP, content="help-first"), Learn(contents=("quick",)), "consumer") == AS_WRITTEN


def test_what_may_be_chance_stays_as_it_is_written() -> None:
    assert best_of(known(UNSURE, channel="sms", clock="09:00"), STEP, DAYTIME, "consumer") == AS_WRITTEN


def test_only_what_the_policy_names_and_nothing_firmer_may_come_out() -> None:
    effects = known(channel="letter", clock="21:00", tone="firm")
    assert best_of(effects, STEP, DAYTIME, "consumer") == AS_WRITTEN
    for each in arms_of(effects, STEP, DAYTIME):
        assert each.channel in (None, Channel.SMS)
        assert each.clock in (None, time(9))
        assert each.tone in (None, Tone.KIND)
    assert arms_of(effects, STEP, Learn(tone=True)) in ([AS_WRITTEN], [AS_WRITTEN, Arm(tone=Tone.KIND)])


def test_a_step_that_lets_nothing_be_learned_gets_no_proposal() -> None:
    assert proposal(known(channel="sms"), 1, asked(None)) is None
    assert proposal(known(channel="sms"), 1, asked(Learn(explore=Decimal("0.5")))) is None


def test_where_nothing_is_better_and_nothing_is_explored_nothing_is_proposed() -> None:
    assert proposal(known(), 1, asked(replace(DAYTIME, explore=Decimal(0)))) is None


def test_where_nothing_is_better_only_what_is_explored_goes_otherwise() -> None:
    found = [proposal(known(), 1, asked(case=case)) for case in range(600)]
    assert all(each is not None and (each.explored or arm(each) == AS_WRITTEN) for each in found)
    explored = [each for each in found if each is not None and each.explored]
    assert 80 <= len(explored) <= 160  # a fifth


def test_what_is_proposed_comes_as_often_as_its_propensity_says() -> None:
    effects = known(clock="09:00")
    found = [proposal(effects, 1, asked(case=case)) for case in range(1500)]
    counted = Counter(arm(each) for each in found)
    probable = {arm(each): float(each.propensity) for each in found if each is not None}
    assert set(probable) == set(arms_of(effects, STEP, DAYTIME))
    assert sum(probable.values()) == pytest.approx(1, abs=1e-5)
    for each, chance in probable.items():
        assert abs(counted[each] / 1500 - chance) < 4 * (chance * (1 - chance) / 1500) ** 0.5


def test_the_same_version_proposes_the_same_again_and_another_may_not() -> None:
    effects = known(clock="09:00")
    first = [proposal(effects, 1, asked(case=case)) for case in range(50)]
    assert first == [proposal(effects, 1, asked(case=case)) for case in range(50)]
    assert first != [proposal(effects, 2, asked(case=case)) for case in range(50)]


def test_what_helps_one_kind_of_debtor_is_not_proposed_to_another() -> None:
    effects = Effects(known(clock="18:00").of | known(kind="business", clock="09:00").of, 1000)
    assert best_of(effects, STEP, DAYTIME, "business") == Arm(clock=time(9))
    assert best_of(effects, STEP, DAYTIME, "consumer") == AS_WRITTEN


@given(
    channel=st.booleans(),
    hours=st.none() | st.tuples(st.times(), st.times()),
    tone=st.booleans(),
    explore=st.decimals(0, 1, places=2),
    variance=st.sampled_from([SURE, UNSURE]),
    better=st.fixed_dictionaries(
        {
            "channel": st.sampled_from(["email", "sms", "letter"]),
            "clock": st.sampled_from(["09:00", "18:00", "21:00"]),
            "tone": st.sampled_from(list(Tone)),
        }
    ),
    case=st.integers(1, 10**6),
)
def test_whatever_is_learned_a_proposal_lies_within_what_its_policy_allows(
    channel: bool,
    hours: tuple[time, time] | None,
    tone: bool,
    explore: Decimal,
    variance: float,
    better: dict[str, str],
    case: int,
) -> None:
    learn = Learn(channel=channel, hours=hours, tone=tone, explore=explore)
    found = proposal(known(variance, **better), 1, asked(learn, case=case))
    if found is not None:
        proposed = arm(found)
        assert proposed is not None
        assert proposed == AS_WRITTEN or learn.allows(STEP, proposed)
        assert 0 < found.propensity <= 1
        assert not proposed.held_out
