"""What is proposed for a step: the way that is surely better where there is one, now and then another by chance, each with how
probable it was.

The chance is drawn from the version, the case and the step, so that the same night proposes the same again.
"""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from hashlib import sha256
from itertools import product
from typing import Final

from domain.learned.arms import Arm, Learn
from domain.learned.asked import Asked
from domain.planner.progress import DEFAULT_CLOCK
from domain.policy.policy import Step, Tone
from domain.vocabulary import Channel
from facts.prediction.proposals import NewProposal
from prediction.contacts.effects import PLAIN, Effects

AS_WRITTEN: Final = Arm()
_EXACT: Final = Decimal("0.000001")


def proposal(effects: Effects, version: int, asked: Asked) -> NewProposal | None:
    """How the step may better go; None where there is one way alone, or nothing better and nothing is to be explored."""
    learn = asked.step.learn
    if learn is None:
        return None
    arms = arms_of(effects, asked.step, learn)
    best = best_of(effects, asked.step, learn, asked.kind)
    explore = Decimal(learn.explore)
    if len(arms) < 2 or (not explore and best == AS_WRITTEN):
        return None
    explores, which = _chances(f"{version}/{asked.case}/{asked.round}/{asked.step.id}")
    explored = explores < explore
    arm = arms[int(which * len(arms))] if explored else best
    propensity = explore / len(arms) + (1 - explore if arm == best else 0)
    return NewProposal(
        asked.case,
        asked.round,
        asked.step.id,
        arm.channel,
        arm.clock,
        arm.tone,
        arm.content,
        propensity.quantize(_EXACT),
        explored,
    )


def arms_of(effects: Effects, step: Step, learn: Learn) -> Sequence[Arm]:
    """The ways that a step may go within its policy's bounds and of which something is known; as it is written first."""
    channels = [Channel(each) for each in _within(effects.values("channel"), step.channels)] if learn.channel else []
    clocks = [time.fromisoformat(each) for each in effects.values("clock")] if learn.hours else []
    tones = [Tone(each) for each in _within(effects.values("tone"), list(Tone))] if learn.tone else []
    contents = _within(effects.values("content"), learn.contents)
    ways = product(
        [None, *(each for each in channels if each != step.channels[0])],
        [None, *(each for each in clocks if each < _clock(step))],  # of two hours the earlier one holds
        [None, *(each for each in tones if each != step.tone)],
        [None, *(each for each in contents if each != step.content)],
    )
    return [arm for arm in (Arm(*way) for way in ways) if learn.allows(step, arm)]


def best_of(effects: Effects, step: Step, learn: Learn, kind: str) -> Arm:
    """The way of which each part is the best that is surely better than what is written; what is not stays as it is."""
    arms = arms_of(effects, step, learn)
    channels = {arm.channel for arm in arms if arm.channel is not None}
    clocks = {f"{arm.clock:%H:%M}" for arm in arms if arm.clock is not None}
    tones = {arm.tone for arm in arms if arm.tone is not None}
    contents = {arm.content for arm in arms if arm.content is not None}
    channel = effects.best(kind, "channel", step.channels[0], sorted(channels)) if channels else None
    clock = effects.best(kind, "clock", f"{_clock(step):%H:%M}", sorted(clocks)) if clocks else None
    tone = effects.best(kind, "tone", step.tone, sorted(tones)) if tones else None
    content = effects.best(kind, "content", step.content or PLAIN, sorted(contents)) if contents else None
    return Arm(
        Channel(channel) if channel and channel != step.channels[0] else None,
        time.fromisoformat(clock) if clock and time.fromisoformat(clock) != _clock(step) else None,
        Tone(tone) if tone and tone != step.tone else None,
        content if content in contents else None,
    )


def _within(known: Sequence[str], allowed: Sequence[str]) -> list[str]:
    return [each for each in known if each in allowed]


def _clock(step: Step) -> time:
    return step.at.clock or DEFAULT_CLOCK


def _chances(seed: str) -> tuple[Decimal, Decimal]:
    """Two chances from 0 to 1, the same for the same words."""
    digest = sha256(seed.encode()).digest()
    one, two = (Decimal(int.from_bytes(digest[at : at + 6])) / 2**48 for at in (0, 6))
    return one, two
