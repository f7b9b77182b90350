"""Whatever the arm or the proposal, what is hard comes as it would; of a kind contact alone the way is another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.learned.arms import Arm, Experiment, InExperiment, Learn, Proposal, SharedArm
from domain.planner.preview import Outcome, PreviewedAct, preview
from domain.policy.policy import Policy, Tone
from domain.vocabulary import Channel
from tests.domain.builders import LAW, decide, facts, in_oslo, known, local, policy, said, sent

START = local("2026-06-01 00:00")
STEPS = """
  - id: due-date-reminder
    at: due date 10:00
    tone: neutral
    reach: [email, sms]
    read_within: 1 day
  - id: reminder
    at: due date + 14 days
    tone: neutral
    reach: [email]
    deadline: 14 days
  - id: nudge
    at: due date + 21 days 12:00
    message: reminder
    reach: [sms, email]
    read_within: 1 day
    when: {chance_below: 100 %}
  - id: collection-notice
    at: reminder deadline + 5 banking days
    kind: collection notice
    send: [letter]
    deadline: 14 days
  - id: hand-off
    at: collection-notice deadline + 3 banking days
    action: collection
    approval: required
"""
PLAN = policy(STEPS).whoever_it_is()
EVENING, NOTHING = Arm(Channel.EMAIL, time(18)), Arm(held_out=True)
ALL = Learn(channel=True, hours=(time(8), time(20)), tone=True, contents=("quick",))
REMINDED = sent("reminder", Channel.EMAIL, "2026-06-29 09:00", deadline=local("2026-07-13 12:00").date())
EVE, MORNING, NOON = "2026-07-05 10:00", "2026-07-06 08:00", "2026-07-06 12:00"


def tried(*arms: Arm, step: str = "nudge", plan: Policy = PLAN) -> Policy:
    """The plan with an experiment of these arms at a step."""
    shared = tuple(SharedArm(f"arm-{n}", arm, Decimal(1) / len(arms)) for n, arm in enumerate(arms))
    experiment = Experiment("ways", step, shared)
    return replace(plan, steps=tuple(replace(s, experiment=experiment) if s.id == step else s for s in plan.steps))


def learning(learn: Learn = ALL, step: str = "nudge", plan: Policy = PLAN) -> Policy:
    """The plan with something to be learned at a step."""
    return replace(plan, steps=tuple(replace(s, learn=learn) if s.id == step else s for s in plan.steps))


def arm(name: str) -> dict[str, Any]:
    return {"arms": (InExperiment("ways", name),)}


def proposed(arm: Arm, at: str = "2026-07-05 03:00", step: str = "nudge", round_: int = 1) -> dict[str, Any]:
    return {"proposals": (Proposal(round_, step, arm, local(at)),)}


# --- arms ------------------------------------------------------------------------------------------------------


def test_a_contact_goes_by_the_channel_and_at_the_hour_of_its_debtors_arm() -> None:
    plan = tried(Arm(), EVENING)
    assert said(facts(REMINDED, **arm("arm-1")), EVE, plan) == "deliver email nudge 2026-07-06 18:00"
    assert said(facts(REMINDED, **arm("arm-0")), EVE, plan) == "deliver sms nudge 2026-07-06 12:00"
    action = decide(facts(REMINDED, **arm("arm-1")), EVE, plan)
    assert (action.arm, action.why) == (EVENING, "nudge is planned; in the arm arm-1 of ways")


def test_what_was_begun_in_an_arm_goes_on_by_its_other_channels() -> None:
    plan = tried(Arm(), EVENING)
    first = sent("nudge", Channel.EMAIL, "2026-07-06 18:00")
    assert (
        said(facts(REMINDED, first, **arm("arm-1")), "2026-07-06 18:01", plan) == "deliver sms nudge 2026-07-07 18:00"
    )
    stopped = facts(REMINDED, first)  # by a person, between the two
    assert said(stopped, "2026-07-06 18:01", plan) == "deliver sms nudge 2026-07-07 18:00"


def test_whoever_is_held_out_gets_nothing_and_the_diary_says_so_when_its_time_has_come() -> None:
    plan, case = tried(Arm(), NOTHING), facts(REMINDED, **arm("arm-1"))
    ahead, then = decide(case, EVE, plan), decide(case, NOON, plan)
    assert (ahead.kind, in_oslo(ahead.at)) == ("wait", "2026-07-06 12:00")
    assert (then.step, dict(then.left_out)["nudge"]) == (
        "collection-notice",
        "held out of it: in the arm arm-1 of ways",
    )


@pytest.mark.parametrize("kind", ["no profiling", "minor", "deceased"])
def test_whoever_may_not_be_guessed_about_gets_the_step_as_it_is_written(kind: str) -> None:
    case = facts(REMINDED, life=(known(kind),), **arm("arm-1"), **proposed(EVENING))
    for plan in (tried(Arm(), EVENING), learning()):
        assert decide(case, EVE, plan).arm is None


def test_an_arm_that_the_policys_text_has_no_more_changes_nothing() -> None:
    assert said(facts(REMINDED, **arm("gone")), EVE, tried(Arm(), EVENING)) == "deliver sms nudge 2026-07-06 12:00"
    other = {"arms": (InExperiment("others", "arm-1"),)}
    assert said(facts(REMINDED, **other), EVE, tried(Arm(), EVENING)) == "deliver sms nudge 2026-07-06 12:00"


def test_an_hour_that_would_take_it_to_another_day_is_not_used() -> None:
    late = tried(Arm(), Arm(clock=time(21)))  # open until 21:00: it would be the next morning
    assert said(facts(REMINDED, **arm("arm-1")), EVE, late) == "deliver sms nudge 2026-07-06 12:00"
    sunday = replace(
        late, steps=tuple(replace(s, at=replace(s.at, days=20)) if s.id == "nudge" else s for s in late.steps)
    )
    plain = replace(sunday, steps=tuple(replace(s, experiment=None) for s in sunday.steps))
    assert said(facts(REMINDED, **arm("arm-1")), EVE, sunday) == said(facts(REMINDED), EVE, plain)


def test_what_the_debtor_prefers_goes_before_any_arm() -> None:
    case = facts(REMINDED, life=(known("prefers", "sms"),), **arm("arm-1"))
    assert said(case, EVE, tried(Arm(), EVENING)) == "deliver sms nudge 2026-07-06 18:00"


def test_a_person_who_asks_for_it_now_gets_it_as_it_is_written() -> None:
    asked = decide(facts(REMINDED, send_now=frozenset({"nudge"}), **arm("arm-1")), EVE, tried(Arm(), NOTHING))
    assert (asked.step, asked.channel, asked.arm) == ("nudge", "sms", None)


# --- proposals -------------------------------------------------------------------------------------------------


def test_an_earlier_hour_is_taken_and_a_later_one_is_not() -> None:
    early, late = Arm(Channel.EMAIL, time(9)), Arm(Channel.EMAIL, time(18))
    assert said(facts(REMINDED, **proposed(early)), EVE, learning()) == "deliver email nudge 2026-07-06 09:00"
    assert said(facts(REMINDED, **proposed(late)), EVE, learning()) == "deliver sms nudge 2026-07-06 12:00"


def test_another_channel_alone_goes_at_the_steps_own_hour() -> None:
    case = facts(REMINDED, **proposed(Arm(Channel.EMAIL)))
    assert said(case, EVE, learning()) == "deliver email nudge 2026-07-06 12:00"
    assert decide(case, EVE, learning()).why == "nudge is planned; goes as was proposed"


def test_whether_an_earlier_hour_is_proposed_is_looked_at_when_the_first_could_be() -> None:
    looks = decide(facts(REMINDED), EVE, learning())
    assert (looks.kind, in_oslo(looks.at)) == ("wait", "2026-07-06 08:00")
    assert said(facts(REMINDED), MORNING, learning()) == "deliver sms nudge 2026-07-06 12:00"
    one = facts(REMINDED, **proposed(Arm(clock=time(9)), "2026-07-06 03:00"))
    assert said(one, MORNING, learning()) == "deliver sms nudge 2026-07-06 09:00"
    assert decide(facts(REMINDED), EVE, learning(Learn(channel=True))).kind == "deliver"  # no hour is learned


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (proposed(Arm(Channel.EMAIL, time(9)), "2026-07-06 09:30"), "its hour was past when it was proposed"),
        (proposed(Arm(Channel.EMAIL), "2026-06-28 03:00"), "it is older than a week"),
        (proposed(Arm(Channel.EMAIL), "2026-07-06 13:00"), "it comes later"),
        (proposed(Arm(Channel.EMAIL), round_=2), "it is for another round"),
        (proposed(Arm(Channel.EMAIL), step="reminder"), "it is for another step"),
        (proposed(Arm(Channel.LETTER)), "the step has no such channel"),
        (proposed(Arm(Channel.EMAIL, time(7))), "it is outside the hours of the policy"),
        (proposed(Arm(Channel.EMAIL, tone=Tone.FIRM)), "it is firmer"),
        (proposed(Arm(Channel.EMAIL, content="help-first")), "it says what may not be learned"),
        (proposed(NOTHING), "nobody is proposed to be left out"),
    ],
)
def test_what_may_not_be_proposed_is_not_taken(proposal: dict[str, Any], why: str) -> None:
    assert said(facts(REMINDED, **proposal), NOON, learning()) == "deliver sms nudge 2026-07-06 12:00", why


def test_of_two_proposals_of_one_step_the_first_counts_and_none_after_it_was_sent() -> None:
    two = proposed(Arm(Channel.EMAIL))["proposals"] + proposed(Arm(tone=Tone.KIND))["proposals"]
    assert decide(facts(REMINDED, proposals=two), EVE, learning()).channel == "email"
    begun = facts(REMINDED, sent("nudge", Channel.SMS, "2026-07-06 12:00"), **proposed(Arm(Channel.EMAIL)))
    after = decide(begun, "2026-07-06 12:01", learning())
    assert (after.channel, after.arm, in_oslo(after.at)) == ("email", None, "2026-07-07 12:00")


def test_words_alone_may_be_another_at_a_step_of_the_plan() -> None:
    words = Learn(tone=True, contents=("quick",))
    kind = Arm(tone=Tone.KIND, content="quick")
    case = facts(**proposed(kind, "2026-06-28 03:00", step="reminder"))
    action = decide(case, "2026-06-28 10:00", learning(words, "reminder"))
    assert (action.step, action.arm, action.onward) == ("reminder", kind, None)


def test_what_may_be_left_out_waits_for_the_contact_cap_too() -> None:
    recent = tuple(local(f"2026-07-0{day} 09:00") for day in (1, 2, 3))
    assert said(facts(REMINDED, recent_contacts=recent), NOON, PLAN) == "deliver sms nudge 2026-07-08 09:00"


# --- nothing hard moves ----------------------------------------------------------------------------------------


WITH_FEE = policy(
    STEPS.replace("    reach: [email]\n", "    fee: statutory\n    reach: [email, letter]\n    read_within: 2 days\n")
).whoever_it_is()
WIDE = replace(ALL, hours=(time(0), time(23, 59)), contents=("quick", "help-first"))


def hard(plan: Policy, acts: Sequence[PreviewedAct]) -> list[tuple[object, ...]]:
    """All that the plan itself does: when, what, by what, with which fee, interest and day to pay."""
    kept = (act for act in acts if act.action.step not in plan.optional and act.action.kind != "wait")
    return [
        (act.at, act.action.kind, act.action.step, act.action.channel, act.fee, act.interest, act.deadline)
        for act in kept
    ]


CHANNELS = st.sampled_from([None, Channel.EMAIL, Channel.SMS, Channel.LETTER])
ARMS = st.builds(
    Arm,
    CHANNELS,
    st.none() | st.times(time(0), time(23, 59)),
    st.none() | st.sampled_from(list(Tone)),
    st.none() | st.sampled_from(["quick", "help-first"]),
) | st.just(NOTHING)
MOMENTS = st.sampled_from(["2026-06-01 03:00", "2026-06-14 03:00", "2026-06-15 09:00", "2026-07-05 03:00"])


@settings(deadline=None)
@given(ARMS, MOMENTS, st.sampled_from([None, Channel.EMAIL, Channel.SMS]), st.integers(0, 10**6), st.booleans())
def test_whatever_the_arm_or_proposal_all_that_is_hard_comes_at_the_same_moments_with_the_same_amounts(
    tried_arm: Arm, at: str, reads: Channel | None, seed: int, learned: bool
) -> None:
    random = Random(seed)
    plan = replace(WITH_FEE, min_gap_days=random.choice([1, 5]))
    step = random.choice(["nudge", "due-date-reminder"])
    case = facts(spread_seed=random.randrange(7200), balance=Decimal(random.choice([802, 60_000])))
    start = START + timedelta(days=random.randrange(40))
    if learned:
        plan, ways = learning(WIDE, step, plan), [{}, proposed(tried_arm, at, step)]
    else:
        plan, ways = tried(tried_arm, Arm(), step=step, plan=plan), [{}, arm("arm-0"), arm("arm-1")]
    lived = [hard(plan, preview(plan, LAW, case.but(**way), start, Outcome(reads=reads))) for way in ways]
    assert all(each == lived[0] for each in lived)
