"""What a policy lets be tried is read as it is written, and what would touch anything hard is refused where it stands."""

from datetime import date, time
from decimal import Decimal

import pytest

from domain.learned.arms import Arm, Experiment, Learn, SharedArm
from domain.planner.occasions import OCCASIONS
from domain.policy.loader import PolicyError, load_policy
from domain.policy.policy import Policy, Tone
from domain.vocabulary import Channel
from tests.domain.builders import LAW, TODAY

HEAD = "name: no-tried\ncountry: NO\n"
STEPS = """\
steps:
  - id: due-date-reminder
    at: due date 10:00
    reach: [email, sms]
    read_within: 1 day
  - id: reminder
    at: due date + 14 days
    tone: neutral
    reach: [email, sms, letter]
    read_within: 2 days
    deadline: 14 days
  - id: nudge
    at: due date + 20 days
    message: reminder
    reach: [sms, email]
    read_within: 1 day
    when: {chance_below: 40 %}
  - id: call
    at: reminder deadline + 2 banking days
    channel: phone
    when: {customer_for: 24 months}
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
EVENING = """\
experiments:
  - id: evening
    step: nudge
    arms:
      usual: {}
      evening: {channel: email, hour: "18:00", tone: kind, content: quick}
      nothing: {hold_out: true}
    share: {usual: 40 %, evening: 40 %, nothing: 20 %}
    until: 2027-03-31
    sample: 4000
    smallest_effect: 3 %
"""


def load(text: str) -> Policy:
    return load_policy(text, "no-tried.yaml", {"NO": LAW}, on=TODAY)


def problems(text: str) -> str:
    with pytest.raises(PolicyError) as refused:
        load(text)
    return str(refused.value)


def tried(before: str, after: str) -> str:
    """The policy with the experiment, a piece of it changed."""
    assert before in EVENING
    return HEAD + STEPS + EVENING.replace(before, after)


def learning(step: str, learn: str) -> str:
    """The policy with something to be learned at a step."""
    return HEAD + STEPS.replace(f"  - id: {step}\n", f"  - id: {step}\n    learn: {{{learn}}}\n")


def test_an_experiment_is_read_with_its_step() -> None:
    plan = load(HEAD + STEPS + EVENING)
    arms = (
        SharedArm("usual", Arm(), Decimal("0.4")),
        SharedArm("evening", Arm(Channel.EMAIL, time(18), Tone.KIND, "quick"), Decimal("0.4")),
        SharedArm("nothing", Arm(held_out=True), Decimal("0.2")),
    )
    experiment = Experiment("evening", "nudge", arms, date(2027, 3, 31), 4000, Decimal("0.03"))
    assert {step.id: step.experiment for step in plan.steps if step.experiment} == {"nudge": experiment}
    assert load_policy(HEAD + STEPS + EVENING, "x.yaml", {"NO": LAW}, on=None).steps == plan.steps


@pytest.mark.parametrize(
    ("words", "learn"),
    [
        ("channel: true", Learn(channel=True, explore=Decimal("0.1"))),
        (
            'hour: {from: "08:00", to: "12:00"}, explore: 20 %',
            Learn(hours=(time(8), time(12)), explore=Decimal("0.2")),
        ),
        ("hour: true, explore: 0 %", Learn(hours=(time(0), time(23, 59, 59)))),
        ("content: [quick, help-first]", Learn(contents=("quick", "help-first"), explore=Decimal("0.1"))),
    ],
)
def test_what_may_be_learned_is_read_with_its_bounds(words: str, learn: Learn) -> None:
    assert load(learning("nudge", words)).optional["nudge"].learn == learn


def test_a_step_whose_channel_or_hour_may_change_stands_beside_the_plan_and_one_whose_words_may_does_not() -> None:
    assert "due-date-reminder" in load(learning("due-date-reminder", "channel: true")).optional
    words = load(learning("reminder", "tone: true, content: [quick]"))
    assert [step.id for step in words.fixed.steps] == ["due-date-reminder", "reminder", "collection-notice", "hand-off"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("step: nudge", "step: nudje", "no step `nudje` — did you mean `nudge`?"),
        (
            "step: nudge",
            "step: payment-abandoned",
            "`payment-abandoned` is no step of the plan but follows from what happened: it is the same for everybody",
        ),
        (
            "step: nudge",
            "step: collection-notice",
            "on `collection-notice`: it is a collection notice, and is the same",
        ),
        ("step: nudge", "step: hand-off", "on `hand-off`: it is a hand-off, and is the same for everybody"),
        ("step: nudge", "step: reminder", "`collection-notice` counts from `reminder`, and it is a collection notice"),
        ("step: nudge", "step: due-date-reminder", "`due-date-reminder` is no step that may be left out: nobody is"),
        ("nothing: 20 %", "nothing: 10 %", "the shares come to 90% — let them come to 100 %"),
        (", nothing: 20 %", "", "the arm `nothing` has no share — add `nothing: 50 %`"),
        ("nothing: 20 %", "none: 20 %", "share has no word `none`"),
        ("channel: email", "channel: letter", "`nudge` has no channel letter — write one of its own: sms, email"),
        ("channel: email", "channel: fax", "`channel` cannot be `fax` — write it like sms"),
        ('"18:00"', '"23:00"', "23:00 is outside the contact hours — write a time from"),
        ("tone: kind", "tone: firm", "firm is firmer than `nudge`, which is kind — write kind"),
        ("content: quick", "content: slow", "`reminder` has no content `slow` in every language"),
        ("{hold_out: true}", "{hold_out: true, channel: sms}", "who is held out gets nothing"),
        ("{hold_out: true}", "{}", "`nothing` and `usual` are the same"),
        ("    until: 2027-03-31\n    sample: 4000\n", "", "the experiment never ends — add `until: 2027-03-31`"),
        ("until: 2027-03-31", "until: soon", "`until` cannot be `soon` — write it like 2027-03-31"),
        ("    smallest", "    smallests", "an experiment has no word `smallests"),
        ("      nothing: {hold_out: true}\n", "", "share has no word `nothing`"),
    ],
)
def test_what_cannot_be_tried_is_named(before: str, after: str, said: str) -> None:
    assert said in problems(tried(before, after))


def test_a_due_date_reminder_that_is_for_some_is_tried_and_left_out_as_any_other_step() -> None:
    for_some = STEPS.replace("    at: due date 10:00\n", "    at: due date 10:00\n    when: {customer_for: 1 month}\n")
    plan = load(HEAD + for_some + EVENING.replace("step: nudge", "step: due-date-reminder"))
    experiment = plan.optional["due-date-reminder"].experiment
    assert experiment is not None
    assert [each.name for each in experiment.arms if each.arm.held_out] == ["nothing"]


@pytest.mark.parametrize("step", sorted(OCCASIONS))
def test_no_occasion_is_tried_and_a_step_that_is_called_like_one_may_be(step: str) -> None:
    experiment = EVENING.replace("step: nudge", f"step: {step}")
    assert f"`{step}` is no step of the plan" in problems(HEAD + STEPS + experiment)
    called = STEPS.replace("id: nudge", f"id: {step}")
    assert load(HEAD + called + experiment).optional[step].experiment is not None


def test_two_experiments_are_never_on_one_step_nor_of_one_name() -> None:
    twice = EVENING + EVENING.partition("\n")[2]
    assert "two experiments on `nudge`: nobody could tell which of them helped" in problems(HEAD + STEPS + twice)
    other = EVENING.partition("\n")[2].replace("step: nudge", "step: call").replace("      evening: {", "      x: {#")
    assert "experiment `evening` is written twice" in problems(
        HEAD + STEPS + EVENING + other.replace("x: {#", "evening: {hour: '12:00'} #")
    )


@pytest.mark.parametrize(
    ("step", "learn", "said"),
    [
        ("collection-notice", "channel: true", "`learn` on `collection-notice`: it is a collection notice"),
        ("hand-off", "hour: true", "`learn` on `hand-off`: it is a hand-off, and is the same for everybody"),
        ("reminder", "hour: true", "`collection-notice` counts from `reminder`, and it is a collection notice"),
        ("call", "channel: true", "`call` has one channel: there is nothing to choose"),
        ("call", "tone: true", "`call` has no kinder tone to choose"),
        ("nudge", "tone: true", "`nudge` has no kinder tone to choose: what is learned is never firmer than the step"),
        ("nudge", "channel: false", "`learn` says what may be learned, and says nothing"),
        ("nudge", 'hour: {from: "12:00", to: "08:00"}', "`from` is not before `to`"),
        ("nudge", "explore: 60 %, channel: true", "`explore` cannot be `60 %` — write it like 10 %"),
        ("nudge", "content: [slow]", "`reminder` has no content `slow` in every language"),
        ("nudge", "fee: true", "learn has no word `fee`"),
    ],
)
def test_what_cannot_be_learned_is_named(step: str, learn: str, said: str) -> None:
    assert said in problems(learning(step, learn))


@pytest.mark.parametrize(
    "step",
    ["{id: invoice, at: issue date, reach: [email, sms], read_within: 1 day", "{id: late, at: due date + 15 days, "],
)
def test_nothing_is_tried_at_the_invoice_or_where_a_fee_is_asked(step: str) -> None:
    fee = "" if "invoice" in step else "message: reminder, fee: statutory, reach: [email, letter], read_within: 1 day"
    text = (HEAD + STEPS).replace("steps:\n", f"steps:\n  - {step}{fee}, learn: {{tone: true}}}}\n", 1)
    said = problems(text)
    assert ("it brings the invoice itself" if not fee else "it bears a fee") in said


def test_a_step_is_either_tried_or_learned_at() -> None:
    both = learning("nudge", "channel: true") + EVENING
    assert "`nudge` is in the experiment `evening`: what is learned would mix its arms" in problems(both)


def test_something_is_left_that_all_get_in_the_same_way() -> None:
    alone = HEAD + STEPS[: STEPS.index("  - id: reminder")].replace("reach:", "learn: {channel: true}\n    reach:")
    assert "no step is left that all get in the same way" in problems(alone)
