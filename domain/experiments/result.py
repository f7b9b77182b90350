"""What an experiment has shown so far, in words: each arm is better, worse or undecided beside the base, or must stop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.experiments import guard_rails
from domain.experiments.sample_size import alpha_of, needed
from domain.experiments.sequence import Counted, Interval, difference

UNKNOWN_SHARE: Final = 0.5
"""How many pay in time where nobody is counted yet: the share of which one is least sure."""


class Verdict(StrEnum):
    """What is known of an arm beside the base."""

    BASE = "base"
    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


class Trouble(StrEnum):
    """What an arm must not bring more of."""

    COMPLAINT = "complaint"  # to an authority, to us, or of our mail as spam
    OPT_OUT = "opt-out"
    DISPUTE = "dispute"


_MORE: Final[Mapping[Trouble, str]] = {
    Trouble.COMPLAINT: "complain",
    Trouble.OPT_OUT: "opt out",
    Trouble.DISPUTE: "dispute",
}


@dataclass(frozen=True, slots=True)
class ArmSeen:
    """What came of an arm's debtors. `paid` counts those whose days are over; `troubled` all that came to the step."""

    name: str
    share: float
    """By which it is given, from 0 to 1."""
    paid: Counted
    troubled: Mapping[Trouble, int]
    waiting: int = 0
    """Debtors that came to the step, whose days to pay run."""
    beside: "ArmSeen | None" = None
    """What came of the base's debtors until this arm was stopped alone; None where it goes on."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What is known of an arm. `stop` says in words why it must stop; None where it need not."""

    arm: ArmSeen
    verdict: Verdict
    interval: Interval
    """By how much its share of payers is above that of the base."""
    stop: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of an experiment. `more` debtors are needed in the arms that go on until a difference of `smallest` is
    found."""

    arms: Sequence[ArmResult]
    smallest: float
    more: int

    @property
    def is_decided(self) -> bool:
        """Whether every arm that goes on is better or worse than the base."""
        return all(each.verdict is not Verdict.UNDECIDED for each in self.arms if each.arm.beside is None)


def result_of(arms: Sequence[ArmSeen], smallest: float, usual: float = UNKNOWN_SHARE) -> Result:
    """What is known. The first arm is the base; `usual` is how many were expected to pay before anything was seen.

    That alone sets where the interval is narrowest: what was seen sets nothing, or it would be read twice. An arm that was
    stopped is judged beside those of the base who came while it went on, and gives its part of the chance of an error to nobody.
    """
    base, *others = arms
    shares = {arm.name: arm.share for arm in arms}
    planned = needed(shares, base.name, usual, smallest)
    tests = len(others) * len(Trouble)
    results = [ArmResult(base, Verdict.BASE, Interval(0.0, 0.0), None)]
    for arm in others:
        beside = arm.beside or base
        interval = difference(arm.paid, beside.paid, planned.variance, alpha_of(len(arms)))
        verdict = Verdict.BETTER if interval.is_above else Verdict.WORSE if interval.is_below else Verdict.UNDECIDED
        share = arm.share / (arm.share + base.share)
        troubles = [
            kind
            for kind in Trouble
            if guard_rails.must_stop(arm.troubled.get(kind, 0), beside.troubled.get(kind, 0), share, tests)
        ]
        stop = None if arm.beside else _why_stop(arm, base, verdict, troubles)
        results.append(ArmResult(arm, verdict, interval, stop))
    go_on = [arm for arm in arms if arm.beside is None]
    now = needed(shares, base.name, base.paid.share if base.paid.debtors else usual, smallest)
    more = sum(now.of_arm[arm.name] - arm.paid.debtors for arm in go_on)
    return Result(results, smallest, max(0, more))


def _why_stop(arm: ArmSeen, base: ArmSeen, verdict: Verdict, troubles: Sequence[Trouble]) -> str | None:
    if troubles:
        figures = (
            f"{_MORE[kind]} ({arm.troubled.get(kind, 0)} here, {base.troubled.get(kind, 0)} of {base.name})"
            for kind in troubles
        )
        return f"surely more debtors {' and '.join(figures)}"
    if verdict is Verdict.WORSE:
        return f"surely fewer debtors pay than of {base.name}"
    return None


def in_words(result: Result) -> Iterator[str]:
    """The same as a person reads it, a sentence an arm."""
    base = result.arms[0].arm
    yield f"{base.name}: {_paid(base)}; the others are judged beside it"
    for each in result.arms[1:]:
        yield f"{each.arm.name}: {_paid(each.arm)}; {_judged(each, base, result)}"


def _judged(each: ArmResult, base: ArmSeen, result: Result) -> str:
    between = f"between {_points(each.interval.low)} and {_points(each.interval.high)}"
    stopped = each.arm.beside is not None
    if each.interval == Interval(-1.0, 1.0):
        said = "undecided: too few debtors to say anything"
    elif each.verdict is not Verdict.UNDECIDED:
        said = f"{each.verdict} than {base.name}, by {between}"
    else:
        said = f"undecided: {between} beside {base.name}"
        if max(-each.interval.low, each.interval.high) < result.smallest:
            said += f", so less than the {_points(result.smallest, signed=False)} that matter"
    if each.verdict is Verdict.UNDECIDED and result.more and not stopped:
        said += f"; about {result.more} more debtors are needed"
    if stopped:
        said += f"; it is stopped, and those who came until then count, of {base.name} too"
    return f"{said}; to be stopped: {each.stop}" if each.stop else said


def _paid(arm: ArmSeen) -> str:
    waiting = f", {arm.waiting} wait" if arm.waiting else ""
    if not arm.paid.debtors:
        return f"nobody counted yet{waiting}"
    return f"{arm.paid.came} of {arm.paid.debtors} paid in time ({arm.paid.share:.0%}){waiting}"


def _points(share: float, *, signed: bool = True) -> str:
    return f"{share * 100:{'+' if signed else ''}.1f} points"
