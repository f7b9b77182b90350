"""A policy's text with one line changed: by what first, at which hour or how kindly a step speaks, or an optional step left out.

Nothing else can be changed here: no day, fee, deadline, notice, block, termination or hand-off.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

import yaml

from domain.policy.check import counts_from, not_optional
from domain.policy.policy import Policy, Step, StepKind, Tone
from domain.vocabulary import Channel

_CLOCK = re.compile(r" +\d{2}:\d{2}$")
SAMPLE: Final = 4000  # debtors that an experiment takes in where nobody says otherwise


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a policy's text as it is and as it would be, the text then, and the step then; None: it is left out."""

    step: Step
    then: Step | None
    line: int
    before: str
    after: str
    text: str


def movable(policy: Policy) -> Iterator[Step]:
    """The steps of which a line may be changed: messages that are no more than a kind word, without fee, warning or notice."""
    return (step for step in policy.steps if step.kind is StepKind.MESSAGE and not_optional(step) is None)


def changes_of(text: str, policy: Policy, step: Step, clocks: tuple[time, ...]) -> Iterator[Change]:
    """Every change of one line of a step: another of its channels first, one of these hours, kinder words, or none at all.

    Of a step from which a fee, warning, notice, block, termination or hand-off counts the words alone: these come when they came.
    """
    node = _node_of(text, step.id)
    if node is None:
        return
    words = {key.value: value for key, value in node.value}
    by_id = {each.id: each for each in policy.steps}
    moves = not any(not_optional(other) and step.id in counts_from(by_id, other) for other in policy.steps)
    for channel in step.channels[1:] if moves and step.chain else ():
        yield _first(text, words, step, channel)
    for clock in clocks if moves else ():
        if clock != step.at.clock and isinstance(at := words.get("at"), yaml.ScalarNode):
            then = replace(step, at=replace(step.at, clock=clock))
            yield _written(text, at, f"{_CLOCK.sub('', at.value)} {clock:%H:%M}", step, then)
    for tone in list(Tone)[: list(Tone).index(step.tone)]:
        if isinstance(told := words.get("tone"), yaml.ScalarNode):
            yield _written(text, told, tone.value, step, replace(step, tone=tone))
    if moves and step.when is not None:
        yield _left_out(text, node, step)


def as_shadow(text: str, name: str) -> str:
    """The same text under another name, deciding and sending nothing: ready to be looked at beside the one that is in use."""
    words = _words_of(text)
    edits = [(words["name"], f"{name}\nshadow: true" if "shadow" not in words else name)]
    if "shadow" in words:
        edits.append((words["shadow"], "true"))
    return _with(text, edits)


def as_share(text: str, name: str, change: Change) -> str | None:
    """The text as it is, under another name, with the change for half of the debtors by chance: an experiment.

    None where a policy tries something already: two experiments are written by a person.
    """
    words = _words_of(text)
    if "experiments" in words:
        return None
    experiment = (
        f"experiments:\n  - id: {name}\n    step: {change.step.id}\n    arms: {{as-written: {{}}, changed: {_arm(change)}}}\n"
        f"    share: {{as-written: 50 %, changed: 50 %}}\n    sample: {SAMPLE}\n"
    )
    return _with(text, [(words["name"], name)]).rstrip("\n") + "\n" + experiment


def as_all(text: str, name: str) -> str:
    """The same text under another name."""
    return _with(text, [(_words_of(text)["name"], name)])


def _arm(change: Change) -> str:
    """A change as an arm of an experiment says it."""
    if change.then is None:
        return "{hold_out: true}"
    if change.then.channels != change.step.channels:
        return f"{{channel: {change.then.channels[0].replace('_', ' ')}}}"
    if change.then.at.clock is not None and change.then.at != change.step.at:
        return f'{{hour: "{change.then.at.clock:%H:%M}"}}'
    return f"{{tone: {change.then.tone}}}"


def _words_of(text: str) -> dict[str, yaml.Node]:
    root = yaml.compose(text)
    return {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}


def _with(text: str, edits: Iterable[tuple[yaml.Node, str]]) -> str:
    for node, new in sorted(edits, key=lambda edit: -int(edit[0].start_mark.index)):
        text = text[: node.start_mark.index] + new + text[node.end_mark.index :]
    return text


def _node_of(text: str, step: str) -> yaml.MappingNode | None:
    steps = _words_of(text).get("steps")
    for node in steps.value if isinstance(steps, yaml.SequenceNode) else ():
        if isinstance(node, yaml.MappingNode) and any(
            key.value == "id" and getattr(value, "value", None) == step for key, value in node.value
        ):
            return node
    return None


def _first(text: str, words: Mapping[str, yaml.Node], step: Step, channel: Channel) -> Change:
    """Another channel goes first; the others follow as they did."""
    order = (channel, *(each for each in step.channels if each is not channel))
    written = f"[{', '.join(each.replace('_', ' ') for each in order)}]"
    return _written(text, words["reach"], written, step, replace(step, channels=order))


def _written(text: str, node: yaml.Node, new: str, step: Step, then: Step) -> Change:
    start, end = node.start_mark.index, node.end_mark.index
    end = start + len(text[start:end].rstrip())
    changed = text[:start] + new + text[end:]
    line = int(node.start_mark.line)
    return Change(step, then, line + 1, text.split("\n")[line].strip(), changed.split("\n")[line].strip(), changed)


def _left_out(text: str, node: yaml.MappingNode, step: Step) -> Change:
    lines = text.split("\n")
    begin, end = int(node.start_mark.line), max(_last_line(value) for _, value in node.value)
    changed = "\n".join(lines[:begin] + lines[end + 1 :])
    return Change(step, None, begin + 1, lines[begin].strip(), "", changed)


def _last_line(node: yaml.Node) -> int:
    """The line on which a value ends; of what stands in lines of its own, that of its last word."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.line)
    inner = [pair[1] for pair in node.value] if isinstance(node, yaml.MappingNode) else node.value
    return max((_last_line(each) for each in inner), default=int(node.start_mark.line))
