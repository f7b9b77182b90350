"""Optional steps stand beside the plan: whatever is guessed, what the plan does comes at the same moments and asks the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.learned.guess import FoundIn, Guess
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts, Companion
from domain.planner.planner import next_action
from domain.planner.preview import Ahead, Household, Outcome, PreviewedAct, preview
from domain.policy.policy import Anchor, AnchorBase, Policy, Step, StepKind, Tone, When
from domain.vocabulary import Channel
from tests.domain.builders import LAW, decide, facts, in_oslo, known, local, policy, said, sent
from tests.domain.planner.test_planner_properties import POLICIES, SLOW, situations

START = local("2026-06-01 00:00")
PLAN = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [email]
    deadline: 14 days
  - id: nudge
    at: due date + 21 days
    message: reminder
    reach: [sms]
    when: {chance_below: 40 %}
  - id: collection-notice
    at: reminder deadline + 5 banking days
    kind: collection notice
    send: [letter]
    deadline: 14 days
""")
REMINDED = sent("reminder", Channel.EMAIL, "2026-06-29 09:00", deadline=local("2026-07-13 12:00").date())
BEFORE, ON_TIME = "2026-07-03 10:00", "2026-07-06 09:00"
LATER = "deliver letter collection-notice 2026-07-20 09:00"


def guessed(chance: str = "0.39", at: str = "2026-07-01 03:00") -> dict[str, Any]:
    return {"guess": Guess(Decimal(chance), local(at))}


# --- when it is taken ------------------------------------------------------------------------------------------


def test_it_comes_between_the_plans_own_steps_for_whom_it_is() -> None:
    case = facts(REMINDED, **guessed())
    assert said(case, BEFORE, PLAN) == "deliver sms nudge 2026-07-06 09:00"
    assert said(case, ON_TIME, PLAN) == "deliver sms nudge 2026-07-06 09:00"
    told = decide(case, ON_TIME, PLAN).onward
    assert (told.step, in_oslo(told.at)) == ("collection-notice", "2026-07-20 09:00") if told else None


@pytest.mark.parametrize(
    ("known_of_it", "why"),
    [
        ({}, "no guess of when it is paid is fresh enough"),
        (guessed(at="2026-06-29 08:59"), "no guess of when it is paid is fresh enough"),  # seven days and a minute
        (guessed(at="2026-07-06 09:01"), "no guess of when it is paid is fresh enough"),  # of a moment ahead
        (guessed("0.4"), "it is likely enough to be paid within 14 days"),  # at the limit is not below it
        (guessed() | {"life": (known("no profiling"),)}, "no guess of when it is paid is fresh enough"),
        (guessed() | {"life": (known("minor"),)}, "no guess of when it is paid is fresh enough"),
    ],
)
def test_it_is_left_out_where_nothing_fresh_says_that_it_is_for_them(known_of_it: dict[str, Any], why: str) -> None:
    action = decide(facts(REMINDED, **known_of_it), ON_TIME, PLAN)
    assert (action.step != "nudge", in_oslo(action.at)) == (True, "2026-07-20 09:00")
    assert dict(action.left_out)["nudge"] == why


def test_whether_it_is_for_them_is_looked_at_when_its_time_has_come() -> None:
    waiting = decide(facts(REMINDED), BEFORE, PLAN)
    assert (waiting.kind, waiting.step, in_oslo(waiting.at)) == (ActionKind.WAIT, "nudge", "2026-07-06 09:00")
    assert waiting.onward is not None
    assert waiting.onward.step == "collection-notice"


def test_a_guess_that_comes_between_the_decision_and_the_act_decides() -> None:
    assert said(facts(REMINDED, **guessed()), BEFORE, PLAN) == "deliver sms nudge 2026-07-06 09:00"
    assert said(facts(REMINDED, **guessed("0.9", "2026-07-06 08:00")), ON_TIME, PLAN) == LATER


def test_whoever_is_on_hold_or_disputes_gets_none() -> None:
    for stop in ({"held": True}, {"disputed": True}, {"withdrawn": True}):
        assert decide(facts(REMINDED, **guessed(), **stop), ON_TIME, PLAN).step != "nudge"


def test_what_was_passed_by_the_plan_is_not_sent_afterwards() -> None:
    late = sent("reminder", Channel.EMAIL, "2026-07-13 09:00", deadline=local("2026-07-27 12:00").date())
    case = facts(late, **guessed(at="2026-07-13 09:00"))
    assert decide(case, "2026-07-14 10:00", PLAN).step == "collection-notice"


def test_a_person_may_skip_it_or_have_it_sent_to_anybody() -> None:
    asked = decide(facts(REMINDED, send_now=frozenset({"nudge"})), "2026-07-05 10:00", PLAN)
    assert (asked.step, asked.why) == ("nudge", "asked for now")
    skipped = decide(facts(REMINDED, **guessed(), skipped=frozenset({"nudge"})), ON_TIME, PLAN)
    assert (skipped.step, dict(skipped.left_out)["nudge"]) == ("collection-notice", "skipped by a person")


def test_it_repeats_the_days_that_were_given_and_gives_none_that_would_move_the_plan() -> None:
    (first, nudge, *_) = preview(PLAN.whoever_it_is(), LAW, facts(), START)
    assert (nudge.action.step, nudge.deadline) == ("nudge", first.deadline)
    alone = policy("""
  - id: nudge
    at: due date + 3 days
    message: reminder
    reach: [sms]
    when: {chance_below: 40 %}
  - id: reminder
    at: due date + 14 days
    reach: [email]
""")
    left = decide(facts(**guessed(at="2026-06-18 08:00")), "2026-06-18 09:00", alone)
    assert dict(left.left_out)["nudge"] == "the days to pay that it gives would move reminder"


def test_it_takes_no_contact_that_the_plan_or_another_invoice_needs() -> None:
    one = replace(PLAN, contact_cap=(replace(PLAN.contact_cap[0], count=1, days=20),))
    left = decide(facts(REMINDED, **guessed()), ON_TIME, one)
    assert dict(left.left_out)["nudge"] == "what the plan sends needs the contacts that are left"
    other = Companion("reminder", Channel.EMAIL, local("2026-07-07 09:00"), "NOK")
    two = replace(PLAN, contact_cap=(replace(PLAN.contact_cap[0], count=1, days=2),))
    assert said(facts(REMINDED, **guessed()), ON_TIME, two) == "deliver sms nudge 2026-07-06 09:00"
    assert said(facts(REMINDED, **guessed(), companions=(other,)), ON_TIME, two) == LATER


def test_the_call_that_follows_the_plan_keeps_the_case_open_and_then_it_closes() -> None:
    plan = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [email]
  - id: call
    at: due date + 40 days
    channel: phone
    when: {segment: valued}
""")
    for case, does in ((facts(segment="Valued "), ["reminder", "call"]), (facts(), ["reminder"])):
        acts = [act.action for act in preview(plan, LAW, case, START) if act.action.kind is not ActionKind.WAIT]
        assert [act.step for act in acts[:-1]] == does
        assert acts[-1].outcome == "ladder finished"


def test_the_invoices_own_segment_holds_also_where_nothing_may_be_guessed() -> None:
    plan = replace(PLAN, steps=tuple(replace(s, when=When("valued")) if s.when else s for s in PLAN.steps))
    found = FoundIn("Valued", local("2026-07-01 03:00"))
    objects = {"life": (known("no profiling"),)}
    assert decide(facts(REMINDED, segment="valued", **objects), ON_TIME, plan).step == "nudge"
    assert decide(facts(REMINDED, segment="small", found_in=found), ON_TIME, plan).step == "nudge"
    assert decide(facts(REMINDED, found_in=found, **objects), ON_TIME, plan).step == "collection-notice"
    renamed = replace(found, name="valued late payers")
    assert decide(facts(REMINDED, found_in=renamed), ON_TIME, plan).step == "collection-notice"


# --- nothing of the plan moves ---------------------------------------------------------------------------------

MESSAGES = (("reminder", Tone.KIND), ("reminder", Tone.NEUTRAL), ("due-date-reminder", Tone.KIND), ("", Tone.KIND))
ASKED = (ActionKind.WAIT, ActionKind.CLOSE)
Known = Callable[[Random, datetime], dict[str, Any]]


@st.composite
def beside(draw: st.DrawFn) -> Policy:
    """A lawful policy with optional steps anywhere in it, counted from anything, also where the check would refuse it."""
    plan = draw(POLICIES)
    steps = list(plan.steps)
    for number in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(steps)))
        message, tone = draw(st.sampled_from(MESSAGES))
        before = draw(st.none() | st.sampled_from(steps[:place] or [None]))
        base = AnchorBase.DUE_DATE if before is None else AnchorBase.STEP_SENT
        if before is not None and before.deadline_days is not None and draw(st.booleans()):
            base = AnchorBase.STEP_DEADLINE
        channels = draw(
            st.lists(st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.LETTER]), min_size=1, unique=True)
        )
        step = Step(
            id=f"optional-{number}",
            kind=StepKind.MESSAGE if message else StepKind.CALL,
            at=Anchor(base, before.id if before else None, draw(st.integers(0, 40)), draw(st.booleans())),
            message=message,
            tone=tone,
            channels=tuple(channels) if message else (Channel.PHONE,),
            read_within=timedelta(days=draw(st.integers(1, 4))),
            deadline_days=draw(st.none() | st.integers(1, 20)),
            when=When(chance_below=Decimal("0.4")),
        )
        steps.insert(place, step)
    return replace(plan, steps=tuple(steps))


def lived(plan: Policy, cases: Sequence[CaseFacts], reads: Channel | None, guess: Known, seed: int) -> list[object]:
    """All that the plan does to a debtor's cases, each guessed anew after every act."""
    home = Household([Ahead(plan, LAW, case) for case in cases], START, Outcome(reads), None)
    chance, found = Random(seed), []
    for acts in home.acts():
        found += [_told(place, act) for place, act in acts if _of_the_plan(plan, act.action)]
        for place in list(home.actions):
            home.change(place, home.cases[place].facts.but(**guess(chance, home.now)))
    return found


def _of_the_plan(plan: Policy, action: Action) -> bool:
    return action.step not in plan.optional and action.kind not in ASKED


def _told(place: int, act: PreviewedAct) -> object:
    what = act.action
    return place, act.at, what.kind, what.step, what.channel, what.alert, act.fee, act.deadline, act.interest


def nothing_known(_chance: Random, _now: datetime) -> dict[str, Any]:
    return {"guess": None}


def any_guess(chance: Random, now: datetime) -> dict[str, Any]:
    """None, or one of any age and chance."""
    ago = timedelta(days=chance.choice((0, 1, 6, 8, 40)))
    return {"guess": chance.choice([None, Guess(Decimal(chance.randrange(101)) / 100, now - ago)])}


def surely_late(_chance: Random, now: datetime) -> dict[str, Any]:
    return {"guess": Guess(Decimal("0.01"), now)}


@given(
    beside(),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2**20)), min_size=1, max_size=2),
    st.sampled_from([None, Channel.EMAIL]),
    st.integers(0, 2**20),
)
@settings(suppress_health_check=SLOW, deadline=None)
def test_no_guess_moves_a_fee_a_notice_a_block_a_hand_off_or_a_deadline_of_any_of_a_debtors_invoices(
    plan: Policy, cases: list[tuple[int, int]], reads: Channel | None, seed: int
) -> None:
    debtor = [
        facts(
            case=f"dunning/acme/{place}",
            due_date=facts().due_date + timedelta(days=late),
            spread_seed=spread,
            debtor_kind="business" if plan.debtor == "business" else "consumer",
        )
        for place, (late, spread) in enumerate(cases)
    ]
    without = lived(plan.fixed, debtor, reads, nothing_known, seed)
    assert without
    for guess in (any_guess, surely_late):
        assert lived(plan, debtor, reads, guess, seed) == without


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Policy, CaseFacts, datetime, Guess | None]:
    """Any facts of a policy with optional steps, some of which may have been taken, and a guess."""
    plan, case, now = draw(situations(beside()))
    chances, ages = st.integers(0, 100), st.integers(-2, 40)
    guess = draw(st.none() | st.builds(lambda c, d: Guess(Decimal(c) / 100, now - timedelta(days=d)), chances, ages))
    return plan, case, now, guess


@given(decisions())
@settings(suppress_health_check=SLOW, deadline=None)
def test_what_the_plan_does_next_is_the_same_whatever_is_guessed_and_was_sent_besides(
    situation: tuple[Policy, CaseFacts, datetime, Guess | None],
) -> None:
    plan, case, now, guess = situation
    action = next_action(plan, LAW, replace(case, guess=guess), now)
    onward = action.onward or action
    bare = replace(
        case,
        deliveries=tuple(each for each in case.deliveries if each.step not in plan.optional),
        tasks=frozenset(task for task in case.tasks if task[1] not in plan.optional),
        send_now=case.send_now - plan.optional.keys(),
    )
    fixed = next_action(plan.fixed, LAW, bare, now)
    assert replace(onward, left_out=()) == replace(fixed, left_out=())
    if action.onward is not None:
        assert action.step in plan.optional
        assert action.at is not None
        assert fixed.kind is ActionKind.CLOSE or (fixed.at is not None and action.at < fixed.at)
        assert not fixed.is_due(now)
    assert action.kind in ASKED or action.at is None or action.at >= now
