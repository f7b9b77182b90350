"""What each way of making a contact came to: how many would have paid, had everybody been contacted so."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from domain.learned.arms import HELD_OUT
from prediction.effects.choices import WINDOW_DAYS, Choices, choices_of, paid_within
from prediction.effects.estimates import DoNotFit, Estimator, Judge, Range, Verdict, always, logged
from prediction.history.features import features_at
from prediction.history.past import Past

AS_DONE = "what was done"


@dataclass(frozen=True, slots=True)
class WayJudged:
    """A way of a step: how often it was taken, the share that pays in time if all are contacted so, and what that is more
    than nothing sent, or than what was done where nothing sent was never tried. `effective`: what was logged is worth so many
    choices of this way alone.
    """

    step: str
    way: str
    taken: int
    effective: float
    paid: Range
    compared_with: str
    more: Range
    verdict: Verdict
    why: str


def ways_of(past: Past) -> tuple[list[WayJudged], list[str]]:
    """Every way of every step that was tried, and what a person should know besides. Raises DoNotFit for a log that cannot be."""
    choices = choices_of(past)
    said = []
    if choices.unsound:
        said.append(
            f"{choices.unsound} contacts are left out: nobody told how probable their way was, or it is no chance"
        )
    judged: list[WayJudged] = []
    for step in choices.step.meanings:
        judged += _of_step(past, choices.of(choices.step.among(step)), step)
    if not judged:
        said.append(
            "no contact of this past was chosen among several ways with a known chance: nothing can be said of any"
        )
    return judged, said


def _of_step(past: Past, choices: Choices, step: str) -> list[WayJudged]:
    paid, watched = paid_within(past, choices)
    choices, paid = choices.of(watched), paid[watched]
    if not len(choices):
        return []
    known = features_at(past, choices.invoice, choices.at).values
    log = logged(choices, paid.astype(np.float64), past.invoices.debtor[choices.invoice], known)
    try:
        judge = Judge(log)
        return [found for way in range(len(log.ways)) if (found := _judged(judge, step, way)) is not None]
    except DoNotFit as wrong:
        raise DoNotFit(f"{step}: {wrong}") from wrong


def _judged(judge: Judge, step: str, way: int) -> WayJudged | None:
    log = judge.log
    taken = int((log.way == way).sum())
    if not taken:
        return None
    policy, other, name = always(log, [way]), None, AS_DONE
    if HELD_OUT in log.ways and log.ways[way] != HELD_OUT:
        nobody = always(log, [log.ways.index(HELD_OUT)])
        if judge.overlap(nobody).why_not is None:
            other, name = nobody, HELD_OUT
    overlap, against = judge.overlap(policy), judge.against(policy, other)
    return WayJudged(
        step,
        log.ways[way],
        taken,
        overlap.effective,
        judge.value(policy, Estimator.DR),
        name,
        against.differs_by[Estimator.DR],
        against.verdict,
        against.why,
    )


def document(judged: list[WayJudged], said: list[str]) -> dict[str, Any]:
    """All of it, as it is answered in JSON."""
    ways = [asdict(each) | {"paid": numbers(each.paid), "more": numbers(each.more)} for each in judged]
    return {"window_days": WINDOW_DAYS, "ways": ways, "said": said}


def rows(judged: list[WayJudged]) -> list[dict[str, Any]]:
    """The same as a table; what cannot be said has no figures."""
    return [
        {
            "step": each.step,
            "way": each.way,
            "taken": each.taken,
            "effective": round(each.effective),
            "paid": _said(each.paid) if each.verdict is not Verdict.CANNOT_BE_SAID else "-",
            "more": _said(each.more) if each.verdict is not Verdict.CANNOT_BE_SAID else "-",
            "than": each.compared_with,
            "verdict": each.verdict.value,
        }
        for each in judged
    ]


def numbers(found: Range) -> list[float | None]:
    """A figure and its interval's ends; None for what cannot be told."""
    return [round(each, 4) if np.isfinite(each) else None for each in (found.value, found.low, found.high)]


def _said(share: Range) -> str:
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
