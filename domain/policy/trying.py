"""Reads what of its contacts a policy lets be tried, in experiments or by what is learned, and names what may not be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

import yaml

from domain.countries.calendar import ContactHours
from domain.learned.arms import Arm, Experiment, Learn, SharedArm, is_firmer
from domain.located_yaml import Reader, suggestion
from domain.planner.occasions import OCCASIONS
from domain.policy.check import WrittenStep, counts_from, not_optional
from domain.policy.policy import Step, StepKind, Tone
from domain.vocabulary import CHANNELS, Channel

ARM_WORDS = ("channel", "hour", "tone", "content", "hold_out")
_EXPERIMENT_WORDS = ("id", "step", "arms", "share", "until", "sample", "smallest_effect")
_LEARN_WORDS = ("channel", "hour", "tone", "content", "explore")
_MOST_ARMS = 8
_USUAL_EXPLORING = Decimal("0.1")
_WHOLE_DAY = (time(0), time(23, 59, 59))
_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}
_TONES: Mapping[str, Tone] = {tone.value: tone for tone in Tone}


@dataclass(frozen=True, slots=True)
class Written:
    """An experiment or what may be learned, with the place of it and of each of its arms."""

    node: yaml.Node
    experiment: Experiment | None = None
    learn: Learn | None = None
    arms: Mapping[str, yaml.Node] | None = None


# --- reading ---------------------------------------------------------------------------------------------------


def read_experiments(reader: Reader, node: yaml.Node, steps: Sequence[str | None]) -> dict[str, Written]:
    """The experiments of a policy by their steps, of which these are the ids. What is wrong is noted."""
    found: dict[str, Written] = {}
    ids: set[str] = set()
    for item in reader.items(node, "experiments"):
        written = _experiment(reader, item)
        if written is None or (experiment := written.experiment) is None:
            continue
        if experiment.step not in steps and experiment.step in OCCASIONS:
            what = f"`{experiment.step}` is no step of the plan but follows from what happened: it is the same for everybody"
            reader.problem(item, what, "choose a step; a `due-date-reminder` is one")
        elif experiment.step not in steps:
            known = [step for step in steps if step]
            reader.problem(item, f"no step `{experiment.step}`", suggestion(experiment.step, known))
        elif experiment.step in found:
            what = f"two experiments on `{experiment.step}`: nobody could tell which of them helped"
            reader.problem(item, what, "make them one, with more arms, or leave one out")
        elif experiment.id in ids:
            reader.problem(item, f"experiment `{experiment.id}` is written twice", "give each experiment its own id")
        else:
            found[experiment.step] = written
            ids.add(experiment.id)
    return found


def _experiment(reader: Reader, node: yaml.Node) -> Written | None:
    words = reader.mapping(node, _EXPERIMENT_WORDS, "an experiment")
    lacking = [word for word in ("id", "step", "arms", "share") if word not in words]
    for word in lacking:
        reader.problem(node, f"the experiment lacks `{word}`", f"add `{word}: …`")
    if lacking:
        return None
    id, step = reader.value(words, "id", name, "evening-sms"), reader.value(words, "step", name, "reminder")
    until = reader.value(words, "until", date.fromisoformat, "2027-03-31")
    sample = reader.value(words, "sample", _sample, "4000")
    if "until" not in words and "sample" not in words:
        reader.problem(node, "the experiment never ends", "add `until: 2027-03-31` or `sample: 4000`")
    effect = reader.value(words, "smallest_effect", percent, "3 %")
    places = _named(reader, words["arms"], "arms")
    arms = {called: _arm(reader, place) for called, place in places.items()}
    shares = _shares(reader, words["share"], list(arms))
    if len(arms) < 2 or len(arms) > _MOST_ARMS:
        reader.problem(words["arms"], f"an experiment compares 2 to {_MOST_ARMS} arms", "write `arms: {usual: {}, …}`")
        return None
    for called, arm in arms.items():
        same = next((other for other in arms if arms[other] == arm), called)
        if same != called:
            reader.problem(
                places[called], f"`{called}` and `{same}` are the same", "change one of them, or leave it out"
            )
    if id is None or step is None or shares is None:
        return None
    shared = tuple(SharedArm(called, arm, shares[called]) for called, arm in arms.items())
    return Written(node, Experiment(id, step, shared, until, sample, effect), arms=places)


def _shares(reader: Reader, node: yaml.Node, arms: Sequence[str]) -> dict[str, Decimal] | None:
    """What share of debtors gets each arm, from 0 to 1; None unless each has one and they come to all."""
    words = reader.mapping(node, arms, "share")
    read = {arm: reader.value(words, arm, percent, "50 %") for arm in words}
    missing = [arm for arm in arms if arm not in words]
    for arm in missing:
        reader.problem(node, f"the arm `{arm}` has no share", f"add `{arm}: 50 %`")
    shares = {arm: share for arm, share in read.items() if share is not None}
    if missing or len(shares) < len(arms):
        return None
    if (total := sum(shares.values())) != 1:
        reader.problem(node, f"the shares come to {total:.0%}", "let them come to 100 %")
        return None
    return shares


def _arm(reader: Reader, node: yaml.Node) -> Arm:
    if isinstance(node, yaml.MappingNode) and not node.value:
        return Arm()  # as the step is written
    words = reader.mapping(node, ARM_WORDS, "an arm")
    held_out = reader.chosen(words, "hold_out", {"true": True}, False)
    if held_out and len(words) > 1:
        reader.problem(node, "who is held out gets nothing", "leave all but `hold_out: true` out")
    return Arm(
        channel=reader.value(words, "channel", _channel, "sms"),
        clock=reader.value(words, "hour", _clock, '"18:00"'),
        tone=reader.chosen(words, "tone", _TONES, None),
        content=reader.value(words, "content", name, "help-first"),
        held_out=held_out,
    )


def read_learn(reader: Reader, node: yaml.Node) -> Written:
    """What of a step may be learned."""
    words = reader.mapping(node, _LEARN_WORDS, "learn")
    contents = reader.items(words["content"], "content") if "content" in words else ()
    exploring = reader.value(words, "explore", _exploring, "10 %")
    learn = Learn(
        channel=reader.chosen(words, "channel", _TRUTHS, False),
        hours=_hours(reader, words["hour"]) if "hour" in words else None,
        tone=reader.chosen(words, "tone", _TRUTHS, False),
        contents=tuple(filter(None, (reader.word(item, "content") for item in contents))),
        explore=_USUAL_EXPLORING if exploring is None else exploring,
    )
    if not (learn.moves or learn.tone or learn.contents):
        reader.problem(node, "`learn` says what may be learned, and says nothing", "write `learn: {channel: true}`")
    return Written(node, learn=learn)


def _hours(reader: Reader, node: yaml.Node) -> tuple[time, time] | None:
    """Between which hours; None where none may be learned. `true` is all hours in which somebody may be written to."""
    if isinstance(node, yaml.ScalarNode):
        return _WHOLE_DAY if reader.chosen({"hour": node}, "hour", _TRUTHS, False) else None
    words = reader.mapping(node, ("from", "to"), "hour")
    first, last = (reader.value(words, word, _clock, '"08:00"') for word in ("from", "to"))
    if first is None or last is None or first >= last:
        if {"from", "to"} <= words.keys() and first is not None and last is not None:
            reader.problem(node, "`from` is not before `to`", 'write `hour: {from: "08:00", to: "20:00"}`')
        elif not {"from", "to"} <= words.keys():
            reader.problem(node, "`hour` has a `from` and a `to`", 'write `hour: {from: "08:00", to: "20:00"}`')
        return None
    return first, last


# --- what may be tried -----------------------------------------------------------------------------------------


def check_trials(
    reader: Reader, hours: ContactHours, steps: Sequence[WrittenStep], trials: Mapping[str, Written]
) -> None:
    """Note all that may not be tried at the steps of a policy. `trials` are by their step."""
    by_id = {written.step.id: written.step for written in steps}
    if by_id and trials and all(step.is_optional for step in by_id.values()):
        what = "no step is left that all get in the same way: there is no plan that anything stands beside"
        reader.problem(steps[0].node, what, "let tone and content alone be tried at one of them, or add a step")
    for each in steps:
        experiment = each.step.experiment
        if experiment is not None and each.step.learn is not None:
            what = f"`{each.step.id}` is in the experiment `{experiment.id}`: what is learned would mix its arms"
            reader.problem(each.words["learn"], what, "leave `learn` or the experiment out")
    for id, written in trials.items():
        step = by_id.get(id)
        if step is None:
            continue
        if hard := not_optional(step):
            tried, instead = (
                ("an experiment", "choose another step") if written.experiment else ("`learn`", "leave it out")
            )
            reader.problem(written.node, f"{tried} on `{id}`: {hard}, and is the same for everybody", instead)
            continue
        moves = step.is_optional and step.when is None
        holds_out = written.experiment is not None and any(each.arm.held_out for each in written.experiment.arms)
        for other in by_id.values() if moves else ():
            if (hard := not_optional(other)) and id in counts_from(by_id, other):
                reader.problem(
                    written.node,
                    f"`{other.id}` counts from `{id}`, and {hard}: it comes at the same time for everybody",
                    f"let `{other.id}` count from `due date` or another step, or let tone and content alone be tried",
                )
        if holds_out and step.when is None:
            reader.problem(
                written.node,
                f"`{id}` is no step that may be left out: nobody is held out of it",
                "say by a `when` for whom it is, or leave `hold_out` out",
            )
        if written.learn is not None:
            for what, instead in _not_learned(step, written.learn):
                reader.problem(written.node, what, instead)
        for called, place in (written.arms or {}).items():
            arm = written.experiment.called(called) if written.experiment else None
            for what, instead in _not_tried(step, arm.arm, hours) if arm else ():
                reader.problem(place, what, instead)


def _not_tried(step: Step, arm: Arm, hours: ContactHours) -> Iterator[tuple[str, str]]:
    """What of an arm cannot be at a step, and what to write instead."""
    opens, closes = hours.weekdays
    if arm.channel is not None and arm.channel not in step.channels:
        own = ", ".join(step.channels)
        yield f"`{step.id}` has no channel {arm.channel.spoken}", f"write one of its own: {own}"
    elif arm.channel is not None and not step.chain:
        yield _ALL_ARE_SENT
    if arm.clock is not None and not opens <= arm.clock < closes:
        what = f"{arm.clock:%H:%M} is outside the contact hours"
        yield what, f"write a time from {opens:%H:%M} to before {closes:%H:%M}"
    if arm.tone is not None and step.kind is StepKind.CALL:
        yield "a call has no tone", "leave `tone` out"
    elif arm.tone is not None and is_firmer(arm.tone, step.tone):
        yield _firmer(step, arm.tone)
    if arm.content is not None:
        yield from _unknown_content(step, arm.content)


def _not_learned(step: Step, learn: Learn) -> Iterator[tuple[str, str]]:
    """What cannot be learned of a step, and what to write instead."""
    if learn.channel and len(step.channels) < 2:
        yield f"`{step.id}` has one channel: there is nothing to choose", "leave `channel` out of `learn`"
    elif learn.channel and not step.chain:
        yield _ALL_ARE_SENT
    if learn.tone and (step.kind is StepKind.CALL or step.tone is Tone.KIND):
        yield (
            f"`{step.id}` has no kinder tone to choose: what is learned is never firmer than the step",
            "leave `tone` out of `learn`",
        )
    for content in learn.contents:
        yield from _unknown_content(step, content)


_ALL_ARE_SENT = ("`send` sends all its channels: there is none to choose", "write `reach: […]` with `read_within`")


def _firmer(step: Step, tone: Tone) -> tuple[str, str]:
    kinder = [each.value for each in Tone if not is_firmer(each, step.tone)]
    return f"{tone.value} is firmer than `{step.id}`, which is {step.tone.value}", f"write {' or '.join(kinder)}"


def _unknown_content(step: Step, content: str) -> Iterator[tuple[str, str]]:
    known = step.says.contents
    if content not in known:
        what = f"`{step.message or step.kind}` has no content `{content}` in every language"
        yield what, suggestion(content, known) if known else "leave `content` out"


# --- single values ---------------------------------------------------------------------------------------------


def name(written: str) -> str:
    """A short name; ValueError for what is none."""
    return matched(r"[a-z0-9][a-z0-9-]{0,59}", written)[0]


def percent(written: str) -> Decimal:
    """From more than none to certainty, as a fraction; ValueError for what is no such share."""
    return Decimal(matched(r"(100|[1-9][0-9]?) ?%", written)[1]) / 100


def matched(pattern: str | re.Pattern[str], written: str) -> re.Match[str]:
    """A word as a whole in a pattern; ValueError where it is otherwise."""
    match = re.fullmatch(pattern, written)
    if match is None:
        raise ValueError(written)
    return match


def _exploring(written: str) -> Decimal:
    """Half of the proposals at most."""
    return Decimal(matched(r"([0-9]|[1-4][0-9]|50) ?%", written)[1]) / 100


def _clock(written: str) -> time:
    return time.fromisoformat(matched(r"[0-9]{2}:[0-9]{2}", written)[0])


def _sample(written: str) -> int:
    return int(matched(r"[1-9][0-9]{1,6}", written)[0])


def _channel(written: str) -> Channel:
    channel = CHANNELS.get(written.replace(" ", "_"))
    if channel is None:
        raise ValueError(written)
    return channel


def _named(reader: Reader, node: yaml.Node, what: str) -> dict[str, yaml.Node]:
    """The values of a mapping by short names that whoever writes it chooses."""
    keys = (
        [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if isinstance(node, yaml.MappingNode)
        else []
    )
    known = []
    for key in keys:
        try:
            known.append(name(key))
        except ValueError:
            reader.problem(node, f"`{key[:60]}` is no short name", "write it in small letters, as evening-sms")
    return reader.mapping(node, known, what) if len(known) == len(keys) else {}
