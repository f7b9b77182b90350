"""A policy's text with one line changed: by what first, at which hour or how kindly a step speaks, or an optional step left out.

Nothing else can be changed here: no day, fee, deadline, notice, block, termination or hand-off.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

import yaml

from domain.policy.policy import Policy, Step, StepKind, Tone
from domain.vocabulary import Channel

_CLOCK = re.compile(r" +\d{2}:\d{2}$")
_FIXED: Final = ("invoice", "collection-notice", "block-warning", "termination-warning")
"""Messages that stay as they are written."""


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
    """The steps of which a line may be changed: messages that are neither the invoice, a notice nor a warning."""
    return (step for step in policy.steps if step.kind is StepKind.MESSAGE and step.message not in _FIXED)


def changes_of(text: str, step: Step, clocks: tuple[time, ...]) -> Iterator[Change]:
    """Every change of one line of a step: another of its channels first, one of these hours, kinder words, or none at all."""
    node = _node_of(text, step.id)
    if node is None:
        return
    words = {key.value: value for key, value in node.value}
    for channel in step.channels[1:]:
        yield _first(text, words, step, channel)
    for clock in clocks:
        if clock != step.at.clock and isinstance(at := words.get("at"), yaml.ScalarNode):
            then = replace(step, at=replace(step.at, clock=clock))
            yield _written(text, at, f"{_CLOCK.sub('', at.value)} {clock:%H:%M}", step, then)
    for tone in list(Tone)[: list(Tone).index(step.tone)]:
        if isinstance(told := words.get("tone"), yaml.ScalarNode):
            yield _written(text, told, tone.value, step, replace(step, tone=tone))
    if step.when is not None:
        yield _left_out(text, node, step)


def as_shadow(text: str, name: str) -> str:
    """The same text under another name, deciding and sending nothing: ready to be looked at beside the one that is in use."""
    root = yaml.compose(text)
    words = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    edits = [(words["name"], f"{name}\nshadow: true" if "shadow" not in words else name)]
    if "shadow" in words:
        edits.append((words["shadow"], "true"))
    for node, new in sorted(edits, key=lambda edit: -int(edit[0].start_mark.index)):
        text = text[: node.start_mark.index] + new + text[node.end_mark.index :]
    return text


def _node_of(text: str, step: str) -> yaml.MappingNode | None:
    root = yaml.compose(text)
    if not isinstance(root, yaml.MappingNode):
        return None
    steps = next((value for key, value in root.value if key.value == "steps"), None)
    for node in steps.value if isinstance(steps, yaml.SequenceNode) else ():
        if isinstance(node, yaml.MappingNode) and any(
            key.value == "id" and getattr(value, "value", None) == step for key, value in node.value
        ):
            return node
    return None


def _first(text: str, words: Mapping[str, yaml.Node], step: Step, channel: Channel) -> Change:
    """Another channel goes first; the others follow as they did."""
    order = (channel, *(each for each in step.channels if each is not channel))
    node = words["reach" if step.chain else "send"]
    written = f"[{', '.join(each.replace('_', ' ') for each in order)}]"
    return _written(text, node, written, step, replace(step, channels=order))


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
