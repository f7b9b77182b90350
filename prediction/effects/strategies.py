"""Three strategies compared: each change of one line of a policy, judged by what was logged under it, by one value function.

A change is judged for its own step, with all that came later as it came, and with all else of a contact as often as it was tried.
Of all changes that can be judged those are on the front to which no other is better in return, cost and process alike (Pareto).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from domain.countries.law import Law
from domain.learned.arms import HELD_OUT, Arm
from domain.money.goals import Goal
from domain.policy.loader import PolicyError, load_policy
from domain.policy.one_line import Change, changes_of, movable
from domain.policy.policy import Policy, Step
from prediction.effects.choices import Choices, choices_of
from prediction.effects.estimates import FEWEST_TRIED, Compared, Estimator, Judge, Logged, Range, Verdict, logged
from prediction.effects.estimates import Policy as Chances
from prediction.effects.worth import (
    GOAL_OF,
    HORIZON_DAYS,
    Part,
    Prices,
    Strategy,
    Worth,
    value_of,
    weights_of,
    worth_of,
)
from prediction.history.features import features_at
from prediction.history.past import NOT_TOLD, Numbers, Past, Words
from prediction.history.rough import Mask
from prediction.history.settled import turns_of
from prediction.history.ways import arm_of
from prediction.payments.snapshots import Snapshots, left_at

GIVEN_RETURN: Final = 1.0
"""Of 100 that were owed: a return that surely falls by less is the same, where the least cost is sought for it."""
NOTHING_BETTER: Final = "nothing is surely better: the policy stands as it is written"


@dataclass(frozen=True, slots=True)
class Judged:
    """A change of one line, and what it does: to each part, and to the value of each strategy. `front`: nothing beats it."""

    number: int
    change: Change
    parts: Mapping[Part, Range]
    values: Mapping[Strategy, Compared]
    why_not: str | None  # why nothing can be said of it
    front: bool = False


@dataclass(frozen=True, slots=True)
class Strategies:
    """All changes that were judged, the best of each strategy (None: none is surely better), and what a person should know."""

    judged: Sequence[Judged]
    best: Mapping[Strategy, Judged | None]
    usual: Mapping[Part, float]  # as it was done, all steps together
    choices: int
    said: Sequence[str]


def strategies_of(
    past: Past, policy: Policy, text: str, laws: Mapping[str, Law], goals: Mapping[Goal, float], prices: Prices
) -> Strategies:
    """Every change of one line that the past can judge or not. Raises DoNotFit for a log that cannot be."""
    ours = _of_policy(past, policy)
    choices = choices_of(past)
    worth = worth_of(past, choices.of(ours[choices.invoice]), prices)
    wanted = [strategy for strategy in Strategy if strategy is not Strategy.GOALS or goals]
    usual = {part: _usual(worth, values) for part, values in worth.parts.items()}
    weights = {strategy: weights_of(strategy, goals, usual) for strategy in wanted}
    of_step = {step: named for step in movable(policy) if (named := _named(step, worth.choices.step)) is not None}
    pairs = [
        (named, change)
        for step, named in of_step.items()
        for change in _lawful(text, policy, step, worth.choices.of(worth.choices.step.among(named)), laws)
    ]
    judged = list(_judged(past, worth, pairs, weights))
    judged = [replace(each, front=_on_front(each, judged)) for each in judged]
    best = {strategy: _best(strategy, judged) for strategy in wanted}
    missing = [step.id for step in movable(policy) if step not in of_step]
    said = _said(ours, choices, worth, missing, goals)
    return Strategies(judged, best, usual, len(worth.choices), [*said, *prices.not_known(), *worth.left.said()])


def _of_policy(past: Past, policy: Policy) -> Mask:
    """The invoices that the policy is for: by country, kind of debtor and currency."""
    ours = past.invoices.currency.among(policy.currency) & past.invoices.country.among(policy.country)
    if policy.debtor != "any":
        kind = past.invoices.kind
        ours &= kind.among(policy.debtor) | (kind.codes == NOT_TOLD)
    return np.asarray(ours)


def _named(step: Step, told: Words) -> str | None:
    """What the past calls a step: by its id, else by its message."""
    names = [told.meanings[code] for code in np.unique(told.codes)]
    spelt = {re.sub(r"[ _]", "-", name.lower()): name for name in names}
    return spelt.get(step.id) or spelt.get(step.message)


def _lawful(text: str, policy: Policy, step: Step, choices: Choices, laws: Mapping[str, Law]) -> Iterator[Change]:
    """The changes of a step's line that make a policy which can be used, and which changes nothing else."""
    ways = {arm_of(choices.way.meanings[code]) for code in set(choices.way.codes.tolist())}
    clocks = tuple(sorted({way.clock for way in ways if way.clock is not None}))
    for change in changes_of(text, policy, step, clocks):
        try:
            then = load_policy(change.text, policy.name, laws, on=None)
        except PolicyError:
            continue
        expected = tuple(change.then if each.id == step.id else each for each in policy.steps)
        if then.steps == tuple(each for each in expected if each is not None):
            yield change


def _judged(
    past: Past, worth: Worth, pairs: Sequence[tuple[str, Change]], weights: Mapping[Strategy, Mapping[Part, float]]
) -> Iterator[Judged]:
    numbered = list(enumerate(pairs, 1))
    for named in dict.fromkeys(named for named, _ in pairs):
        rows = worth.choices.step.among(named)
        choices = worth.choices.of(rows)
        owed = left_at(turns_of(past), Snapshots(choices.invoice.astype(np.intp), choices.at))
        known = np.column_stack([features_at(past, choices.invoice, choices.at).values, owed])
        log = logged(choices, worth.parts[Part.RETURN][rows], past.invoices.debtor[choices.invoice], known)
        parts = {part: values[rows] for part, values in worth.parts.items()}
        outcomes = parts | {strategy: value_of(parts, weights[strategy]) for strategy in weights}
        judges = {name: Judge(replace(log, outcome=outcome), len(pairs)) for name, outcome in outcomes.items()}
        told = [arm_of(way) for way in log.ways]
        for number, (of, change) in numbered:
            if of == named:
                yield _one(number, change, judges, log, told, weights)


def _one(
    number: int,
    change: Change,
    judges: Mapping[Part | Strategy, Judge],
    log: Logged,
    told: Sequence[Arm],
    weights: Mapping[Strategy, Mapping[Part, float]],
) -> Judged:
    now, then = _chances(log, told, change.step, change), _chances(log, told, change.then, change)
    if now is None or then is None:
        which = "what the line says now" if now is None else "what it would say"
        return Judged(number, change, {}, {}, f"{which} was never tried, or less than {FEWEST_TRIED} times")
    values = {strategy: judges[strategy].against(then, now) for strategy in weights}
    parts = {part: judges[part].against(then, now).differs_by[Estimator.DR] for part in Part}
    why_not = next((each.why for each in values.values() if each.verdict is Verdict.CANNOT_BE_SAID), None)
    return Judged(number, change, parts, values, why_not)


def _chances(log: Logged, told: Sequence[Arm], step: Step | None, change: Change) -> Chances | None:
    """How probable each way is under a step's line: those that are as it says, each as often as it was tried among them.

    What the change leaves as it is says nothing. None where nothing of the kind was tried often enough.
    """
    sent = np.array([way != HELD_OUT for way in log.ways])
    fits = ~sent if step is None else sent.copy()
    for field in ("channel", "clock", "tone"):
        if step is None or change.then is None:
            break
        now, then, wanted = (_says(each, field) for each in (change.step, change.then, step))
        if now != then:
            fits &= np.array([wanted is None or getattr(each, field) == wanted for each in told])
    count = np.bincount(log.way, minlength=len(log.ways))
    tried = np.where(fits & (count >= FEWEST_TRIED), count, 0)
    if not tried.any():
        return None
    return np.tile(tried / tried.sum(), (len(log), 1))


def _says(step: Step, field: str) -> object:
    """What a step's line says of how it is made; None where it leaves that open."""
    match field:
        case "channel":
            return step.channels[0] if step.channels else None
        case "clock":
            return step.at.clock
    return step.tone


def _usual(worth: Worth, values: Numbers) -> float:
    """What came of all invoices as it was done: of each from its first choice on."""
    choices = worth.choices
    order = np.lexsort((choices.at, choices.invoice))
    first = order[np.unique(choices.invoice[order], return_index=True)[1]]
    return float((values / np.bincount(choices.step.codes)[choices.step.codes])[first].sum()) if len(choices) else 0.0


def _axes(judged: Judged) -> tuple[float, ...]:
    """Return, cost (with what is lost with customers) and process, of which more is better."""
    process = judged.values[Strategy.BEST_PROCESS].differs_by[Estimator.DR].value
    parts = judged.parts
    return parts[Part.RETURN].value, -parts[Part.COST].value - parts[Part.LOST].value, process


def _on_front(one: Judged, all_: Sequence[Judged]) -> bool:
    """Whether no other change, nor leaving all as it is, is at least as good in all and better in something."""
    if one.why_not:
        return False
    mine = _axes(one)
    others = [(0.0, 0.0, 0.0), *(_axes(each) for each in all_ if not each.why_not and each is not one)]
    return not any(all(np.greater_equal(other, mine)) and any(np.greater(other, mine)) for other in others)


def _best(strategy: Strategy, judged: Sequence[Judged]) -> Judged | None:
    """The change of the highest value of those that are surely better; for the least cost those with the same return alone."""
    better = [each for each in judged if not each.why_not and each.values[strategy].verdict is Verdict.HIGHER]
    if strategy is Strategy.LEAST_COST:
        better = [each for each in better if _keeps(each)]
    return max(better, key=lambda each: each.values[strategy].differs_by[Estimator.DR].value, default=None)


def _keeps(judged: Judged) -> bool:
    """Whether the return stays, and customers surely do not leave more often."""
    return (
        judged.parts[Part.RETURN].low >= -GIVEN_RETURN
        and max(judged.parts[part].low for part in (Part.LOST, Part.LEFT)) <= 0
    )


def _said(
    ours: Mask, choices: Choices, worth: Worth, missing: Sequence[str], goals: Mapping[Goal, float]
) -> Iterator[str]:
    """What a person should know of what was judged, and what was not."""
    if not len(worth.choices):
        yield "no contact of this past was chosen among several ways with a known chance: nothing can be said, the policy stands"
    if choices.unsound:
        yield f"{choices.unsound} contacts are left out: nobody told how probable their way was, or it is no chance"
    if others := int((~ours[choices.invoice]).sum()):
        yield f"{others} contacts are of invoices in another country or currency, or of another kind of debtor: left out"
    if early := int(ours[choices.invoice].sum()) - len(worth.choices):
        yield f"{early} contacts were watched for less than {HORIZON_DAYS} days: left out"
    if missing:
        yield f"steps of which no contact was left to chance: {', '.join(missing)}"
    yield "the days between contacts were never left to chance: nothing is said of moving them"
    known = set(GOAL_OF.values())
    if untold := [goal.value for goal in goals if goal not in known]:
        yield f"goals of which a past tells nothing: {', '.join(untold)}"
