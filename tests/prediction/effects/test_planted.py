"""Effects that were planted in a past are found: what each way does lies in its interval, and none is said the wrong way round.

`make effects` counts it over 20 pasts of 20,000 cases each; the suite looks at one small past.
"""

from collections import Counter

import pytest

from domain.learned.arms import HELD_OUT
from prediction.effects.choices import choices_of, paid_within
from prediction.effects.estimates import Estimator, Judge, Verdict, always, logged
from prediction.history.features import features_at
from simulator.history.lives import lived
from simulator.history.truths import Truths
from simulator.history.written import past_of

Counts = dict[str, Counter[str]]


def judged(seed: int, cases: int, truths: Truths, counts: Counts) -> None:
    """Compares every way of every step of a past with what is true of it: the chance of a payment within a fortnight."""
    past = past_of(seed, cases, truths).past
    choices = choices_of(past)
    for step, chances in lived(seed, cases, truths).chances.items():
        of_step = choices.of(choices.step.among(step))
        paid, watched = paid_within(past, of_step)
        of_step = of_step.of(watched)
        known = features_at(past, of_step.invoice, of_step.at).values
        log = logged(of_step, paid[watched].astype(float), past.invoices.debtor[of_step.invoice], known)
        judge, nobody = Judge(log), always(log, [log.ways.index(HELD_OUT)])
        for way, name in enumerate(log.ways):
            policy = always(log, [way])
            if judge.overlap(policy).why_not:
                counts["cannot be said"]["ways"] += 1
                continue
            for estimator in Estimator:
                value = judge.value(policy, estimator)
                counts[estimator]["inside" if value.low <= chances[name] <= value.high else "outside"] += 1
            against, more = judge.against(policy, nobody), chances[name] - chances[HELD_OUT]
            if name != HELD_OUT and against.verdict is not Verdict.CANNOT_BE_SAID:
                found = against.differs_by[Estimator.DR]
                counts["more than nothing sent"]["inside" if found.low <= more <= found.high else "outside"] += 1
                right = {Verdict.HIGHER: more > 0, Verdict.LOWER: more < 0}.get(against.verdict)
                counts["said"][against.verdict if right is None else "right" if right else "wrong"] += 1


def nothing_planted() -> Truths:
    """Contacts do nothing at all."""
    usual = Truths()
    return Truths(
        channel=dict.fromkeys(usual.channel, 0.0),
        liked_channel=0.0,
        hour={kind: dict.fromkeys(hours, 0.0) for kind, hours in usual.hour.items()},
        tone={tone: {} for tone in usual.tone},
    )


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("truths", [Truths(), nothing_planted()], ids=["planted", "nothing planted"])
def test_planted_effects_lie_in_their_intervals(truths: Truths, full: bool) -> None:
    counts: Counts = {name: Counter() for name in (*Estimator, "more than nothing sent", "said", "cannot be said")}
    for seed in range(20 if full else 1):
        judged(seed, 20_000 if full else 4000, truths, counts)
    print(*(f"{name}: {dict(count)}" for name, count in counts.items()), sep="\n")
    for name in (*Estimator, "more than nothing sent") if full else Estimator:
        inside, outside = counts[name]["inside"], counts[name]["outside"]
        assert inside + outside > 5
        assert inside / (inside + outside) >= (0.93 if full else 0.8), (name, counts[name])
    said = counts["said"]
    assert said["wrong"] <= 0.05 * said.total()
    if full and truths == Truths():
        assert said["right"] > 0.2 * said.total()
