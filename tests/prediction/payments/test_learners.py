"""Four ways to learn: each finds what was planted, none finds what is not there, and all are read as sums of tables."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from prediction.history.past import Words
from prediction.payments import learners, training
from prediction.payments.hazard import chance_by
from prediction.payments.learners import LEARNERS, Material, Seen, learn_boosted, material_of
from prediction.payments.training import slices_of
from tests.prediction.payments.book import a_book

NAMES = ("days_past_due", "late_share", "planted", "constant", "never known", "noise")
AGE, RATIO = 0, 1


def some_seen(count: int = 1_500, seed: int = 0, planted: float = 1.5, of_ratio: float = 1.0) -> Seen:
    """Moments of which some are paid sooner for what was planted; a third of that is not known."""
    chance = np.random.default_rng(seed)
    known = np.full((count, len(NAMES)), np.nan, dtype=np.float32)
    known[:, AGE] = chance.choice([-7, 0, 7, 14, 30], count)
    known[:, RATIO] = chance.random(count)
    known[:, 2] = np.where(chance.random(count) < 0.33, np.nan, chance.integers(0, 2, count))
    known[:, 3] = 1
    known[:, 5] = chance.normal(size=count)
    odds = -3 + planted * np.nan_to_num(known[:, 2]) - of_ratio * known[:, RATIO] * 3
    seen = chance.uniform(0, 120, count)
    waited = chance.exponential(1 / (1 / (1 + np.exp(-odds))))
    return Seen(
        names=NAMES,
        known=known,
        creditor=Words(chance.integers(0, 2, count).astype(np.int32), ("north", "south")),
        debtor=chance.integers(0, count // 6, count).astype(np.int32),
        invoice=np.arange(count, dtype=np.int64) // 3,
        waited=np.where(waited <= seen, waited, np.inf),
        seen=seen,
    )


def auc(learner: str, seen: Seen, fresh: Seen) -> float:
    """How well a learner tells who pays within 14 days on moments that it did not see."""
    model = LEARNERS[learner](seen, material_of(seen, AGE, RATIO))
    rows = fresh.seen >= 14
    chances = chance_by(model.hazards(fresh.known[rows], fresh.creditor.of(rows)), 14.0)
    return float(roc_auc_score(fresh.waited[rows] <= 14, chances))


def test_each_finds_more_than_the_one_before() -> None:
    seen, fresh = some_seen(), some_seen(seed=1)
    base, ratio, logistic, boosted = (auc(name, seen, fresh) for name in LEARNERS)
    assert base < 0.6 < ratio
    assert min(logistic, boosted) > ratio + 0.03


def test_where_nothing_was_planted_nothing_is_found() -> None:
    seen, fresh = (some_seen(seed=seed, planted=0, of_ratio=0) for seed in (0, 1))
    for name in LEARNERS:
        assert abs(auc(name, seen, fresh) - 0.5) < 0.08


def test_the_tables_of_the_boosted_one_say_what_its_trees_say() -> None:
    seen = some_seen(600)
    material = material_of(seen, AGE, RATIO)
    told = [AGE, RATIO, 2, 5]  # what varies
    numbers = np.where(material.codes == 0, np.nan, material.codes)[:, told]
    by = material.periods
    features = np.column_stack([numbers[by.row], material.ages[by.row], by.stretch]).astype(np.float32)
    with threadpool_limits(1):
        fitted = learners._boosted(30, features, by.paid, len(told))
        base, tables = learners._read_off(fitted, material, told, features.shape[1])
        expected = fitted.decision_function(features)
    odds = base[material.ages] + sum(table[material.codes[:, at], material.ages] for at, table in tables.items())
    np.testing.assert_allclose(odds[by.row, by.stretch], expected, atol=1e-9)


def test_the_same_is_learned_from_the_same() -> None:
    seen = some_seen(600)
    one, other = (learn_boosted(seen, material_of(seen, AGE, RATIO)).to_bytes() for _ in range(2))
    assert one == other


def test_a_creditor_is_told_apart_by_as_much_as_was_seen_of_it() -> None:
    seen = some_seen(2_000)
    often, seldom = np.arange(2_000) < 1_000, np.arange(2_000) >= 1_994
    creditor = Words(np.where(often, 0, np.where(seldom, 1, 2)).astype(np.int32), ("quick", "tiny", "usual"))
    waited = np.where((often | seldom) & (seen.seen >= 1), 0.5, seen.waited)
    changed = Seen(seen.names, seen.known, creditor, seen.debtor, seen.invoice, waited, seen.seen)
    model = LEARNERS["ratio"](changed, material_of(changed, AGE, RATIO))
    offsets = dict(zip(model.creditors, model.offsets, strict=True))
    assert offsets["quick"] > offsets["tiny"] > 0 > offsets["usual"]


@pytest.mark.parametrize("learner", list(LEARNERS))
def test_all_together_as_much_is_foreseen_as_came_of_what_was_learned_from(learner: str) -> None:
    slices = slices_of(a_book(invoices=900, customers=100))
    seen = slices.learned  # invoices that are paid late have more moments
    material = material_of(seen, training.AGE, training.RATIO)
    model, by = LEARNERS[learner](seen, material), material.periods
    foreseen = model.hazards(seen.known, seen.creditor)[by.row, by.stretch].mean()
    assert foreseen == pytest.approx(by.paid.mean(), rel=0.03)


def test_no_further_is_foreseen_than_was_seen() -> None:
    seen = some_seen()
    short = Seen(
        seen.names, seen.known, seen.creditor, seen.debtor, seen.invoice, seen.waited, np.minimum(seen.seen, 35)
    )
    material: Material = material_of(short, AGE, RATIO)
    model = LEARNERS["base rate"](short, material)
    chances = chance_by(model.hazards(short.known, short.creditor), 45.0)
    assert np.isnan(chances).all()
    assert np.isfinite(chance_by(model.hazards(short.known, short.creditor), 30.0)).all()


@pytest.mark.parametrize("learner", list(LEARNERS))
def test_of_one_age_and_one_known_thing_it_learns_all_the_same(learner: str) -> None:
    seen = some_seen(900)
    known = np.full_like(seen.known, np.nan)
    known[:, RATIO] = seen.known[:, RATIO]
    bare = Seen(seen.names, known, seen.creditor, seen.debtor, seen.invoice, seen.waited, seen.seen)
    chances = LEARNERS[learner](bare, material_of(bare, AGE, RATIO)).hazards(bare.known, bare.creditor)
    assert ((chances > 0) & (chances < 1)).all()
