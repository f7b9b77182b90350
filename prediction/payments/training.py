"""Learning who will pay: on what came first, calibrated on what came next, measured on what came last, and judged in words.

Nothing of a later slice is known in an earlier one: each is read from the past as of its own end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from prediction.history.allowed import NAMES
from prediction.history.features import features_at
from prediction.history.groups import groups_at
from prediction.history.past import Past, Words
from prediction.payments.calibration import calibrate
from prediction.payments.hazard import EDGES, HORIZONS, chance_by
from prediction.payments.learners import LEARNERS, Seen, material_of
from prediction.payments.measures import Figure, Guessed, Measured, better_by, measure
from prediction.payments.model import Model
from prediction.payments.snapshots import Snapshots, came_after, snapshots_of, some_of

AGE: Final = NAMES.index("days_past_due")
RATIO: Final = NAMES.index("late_share")
COLD: Final = NAMES.index("cold")
JUDGED_BY: Final = 14  # days: the horizon by which one guess is held to be better than another
CANDIDATES: Final = ("logistic", "boosted")
FALLBACK: Final = "ratio"

FEWEST_DAYS: Final = 60  # to learn from
FEWEST_DAYS_AFTER: Final = 45  # to calibrate on, and again to measure on: 30 that are foreseen, and some to begin in
FEWEST_CUSTOMERS: Final = 50
FEWEST_PAID: Final = 200  # invoices to learn from
FEWEST_OF_A_KIND: Final = 30  # moments after which was paid within 14 days, and after which was not, in each slice
MOST_TO_LEARN: Final = 300_000  # moments
MOST_TO_JUDGE: Final = 100_000
OFF: Final = 0.05  # how far chances may be off all together: what is surely off by more is not used
OFF_IN_GROUPS: Final = 0.08  # and within groups of equal ones, on average


@dataclass(frozen=True)
class Slices:
    """What is learned from, calibrated on and measured on: one after the other."""

    learned: Seen
    calibrated: Seen
    measured: Seen
    groups: Mapping[str, Words]  # of what is measured: what guesses are compared by, and never learned from
    learned_until: np.datetime64
    calibrated_until: np.datetime64
    through: np.datetime64


@dataclass(frozen=True)
class Better:
    """By how much one model was better than another, 14 days ahead: positive is better."""

    auc: Figure
    brier: Figure
    log_loss: Figure


@dataclass(frozen=True)
class Trial:
    """What came of learning from a past: how good each model was, on whom, and which is used."""

    slices: Slices
    models: dict[str, Model]
    measured: dict[str, dict[int, Measured]]  # by learner and days ahead
    cold: dict[str, dict[int, Measured]]  # the same of customers of whom nothing was paid before
    groups: dict[str, dict[str, Measured]]  # what is used, 14 days ahead, of each group
    better: Better  # the best of the candidates against the customer's own ratio
    used: str
    verdict: str

    @property
    def model(self) -> Model:
        """The one that is used."""
        return self.models[self.used]


class TooThin(Exception):
    """There is too little to learn from; says what is missing. Nothing is guessed, and the fixed ladder stands."""


def seen_at(past: Past, asked: Snapshots) -> Seen:
    """What was known at moments of a past, and what came, as far as the past goes."""
    features = features_at(past, asked.rows, asked.moments)
    waited, watched = came_after(past, asked)
    invoices = past.invoices
    return Seen(
        names=features.names,
        known=features.values,
        creditor=invoices.creditor.of(asked.rows),
        debtor=invoices.debtor[asked.rows],
        invoice=asked.rows,
        waited=waited,
        seen=watched,
    )


def slices_of(past: Past) -> Slices:
    """A past cut into three by time. Raises TooThin, in words."""
    past = past.as_of(past.through)
    asked = snapshots_of(past)
    if not len(asked):
        raise TooThin("no invoice was seen open: there is nothing to learn from")
    after, before = np.timedelta64(FEWEST_DAYS_AFTER, "D"), np.timedelta64(FEWEST_DAYS, "D")
    begun = asked.moments.min()
    moments = np.sort(asked.moments)
    calibrated_until = min(max(moments[int(len(moments) * 0.8)], begun + before + after), past.through - after)
    learned_until = min(max(moments[int(len(moments) * 0.6)], begun + before), calibrated_until - after)
    if learned_until - begun < before:
        days = max(0, int((past.through - begun) / np.timedelta64(1, "D")))
        raise TooThin(
            f"{days} days of a past are too few: {FEWEST_DAYS + 2 * FEWEST_DAYS_AFTER} are needed, to learn from some and to "
            "measure on those that came after"
        )
    return cut(past, learned_until, calibrated_until)


def cut(past: Past, learned_until: np.datetime64, calibrated_until: np.datetime64) -> Slices:
    """A past cut at two moments: each slice as it was known at its end. Raises TooThin, in words."""
    past = past.as_of(past.through)
    measured_at = _asked(past, calibrated_until, MOST_TO_JUDGE)
    slices = Slices(
        _slice(past.as_of(learned_until), None, MOST_TO_LEARN),
        _slice(past.as_of(calibrated_until), learned_until, MOST_TO_JUDGE),
        seen_at(past, measured_at),
        groups_at(past, measured_at.rows, measured_at.moments),
        learned_until,
        calibrated_until,
        past.through,
    )
    _enough(slices)
    return slices


def _asked(past: Past, begin: np.datetime64 | None, most: int) -> Snapshots:
    asked = snapshots_of(past)
    return some_of(asked if begin is None else asked.of(asked.moments >= begin), most)


def _slice(then: Past, begin: np.datetime64 | None, most: int) -> Seen:
    return seen_at(then, _asked(then, begin, most))


def _enough(slices: Slices) -> None:
    learned = slices.learned
    customers = len(np.unique(learned.debtor))
    if customers < FEWEST_CUSTOMERS:
        raise TooThin(f"{customers} customers are too few to learn from: {FEWEST_CUSTOMERS} are needed")
    paid = len(np.unique(learned.invoice[np.isfinite(learned.waited)]))
    if paid < FEWEST_PAID:
        raise TooThin(f"{paid} paid invoices are too few to learn from: {FEWEST_PAID} are needed")
    for name, seen in (
        ("learned from", learned),
        ("calibrated on", slices.calibrated),
        ("measured on", slices.measured),
    ):
        came = seen.waited[seen.seen >= JUDGED_BY] <= JUDGED_BY
        for count, what in ((int(came.sum()), "was paid"), (int((~came).sum()), "was not paid")):
            if count < FEWEST_OF_A_KIND:
                raise TooThin(
                    f"of what is {name}, {count} moments are ones after which {what} within {JUDGED_BY} days: "
                    f"{FEWEST_OF_A_KIND} are needed, for of one kind alone nothing can be told apart"
                )


def guessed(model: Model, seen: Seen, days: int) -> Guessed:
    """What a model says of some moments, so many days ahead, and what came; of those that were watched so long."""
    rows = seen.seen >= days
    hazards = model.hazards(seen.known[rows], seen.creditor.of(rows))
    return Guessed(chance_by(hazards, float(days)), seen.waited[rows] <= days, seen.debtor[rows].astype(np.intp))


def try_out(past: Past) -> Trial:
    """Learn in every way, calibrate, measure, and say which is used. Raises TooThin, in words."""
    slices = slices_of(past)
    learned, calibrated, measured = slices.learned, slices.calibrated, slices.measured
    material = material_of(learned, AGE, RATIO)
    if material.stretches < int(np.searchsorted(EDGES, HORIZONS[-1])):
        raise TooThin(
            f"too few invoices were watched for {HORIZONS[-1]} days from a moment on: "
            f"only {int(EDGES[material.stretches])} days ahead were seen often enough"
        )
    models = {}
    for name, learn in LEARNERS.items():
        model = learn(learned, material)
        hazards = model.hazards(calibrated.known, calibrated.creditor)
        models[name] = model.calibrated(calibrate(hazards, calibrated.waited, calibrated.seen))
    cold = measured.known[:, COLD] > 0
    found, of_cold = {}, {}
    for name, model in models.items():
        by_day = {days: guessed(model, measured, days) for days in HORIZONS}
        found[name] = {days: measure(each) for days, each in by_day.items()}
        of_cold[name] = {days: measure(each.of(cold[measured.seen >= days])) for days, each in by_day.items()}
    best = min(CANDIDATES, key=lambda name: measure(guessed(models[name], calibrated, JUDGED_BY)).log_loss.value)
    better = compare(models[best], models[FALLBACK], measured)
    used, verdict = _judged(best, better)
    groups = _by_group(guessed(models[used], measured, JUDGED_BY), measured, slices.groups)
    return Trial(slices, models, found, of_cold, groups, better, used, verdict)


def _by_group(said: Guessed, seen: Seen, groups: Mapping[str, Words]) -> dict[str, dict[str, Measured]]:
    watched = seen.seen >= JUDGED_BY
    found: dict[str, dict[str, Measured]] = {}
    for what, group in groups.items():
        codes = group.codes[watched]
        of_group = {name: said.of(codes == code) for code, name in enumerate(group.meanings) if (codes == code).any()}
        if of_group:
            found[what] = {name: measure(each) for name, each in of_group.items()}
    return found


def compare(one: Model, other: Model, seen: Seen) -> Better:
    """By how much one model is better than another on the same moments."""
    by = better_by(guessed(one, seen, JUDGED_BY), guessed(other, seen, JUDGED_BY))
    return Better(by["auc"], by["brier"], by["log_loss"])


def off(measured: dict[int, Measured]) -> str:
    """Why chances are not to be trusted: they are surely off; empty where they are not."""
    for days, each in measured.items():
        if each.too_high.low > OFF:
            return f"chances within {days} days are too high by {_with(each.too_high)}"
        if each.too_high.high < -OFF:
            return f"chances within {days} days are too low by {_with(_turned(each.too_high))}"
        if each.calibration_error.low > OFF_IN_GROUPS:
            return f"equal chances within {days} days are off by {_with(each.calibration_error)} on average"
    return ""


def _judged(best: str, better: Better) -> tuple[str, str]:
    by = f"log loss {_with(better.log_loss)}, AUC {_with(better.auc)}, {JUDGED_BY} days ahead"
    if better.log_loss.low > 0:
        return best, f"{best}: better than the customer's shrunk ratio by {by}"
    return FALLBACK, f"no better: the ratio is used ({best} against it: {by})"


def _with(figure: Figure) -> str:
    return f"{figure.value:.3f} (95 %: {figure.low:.3f} to {figure.high:.3f})"


def _turned(figure: Figure) -> Figure:
    return Figure(-figure.value, -figure.high, -figure.low)
