"""What another policy would have come to: right on average, sure where the log reaches, none where none differs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.effects.estimates import (
    FEWEST_CUSTOMERS,
    DoNotFit,
    Estimator,
    Judge,
    Logged,
    Policy,
    Verdict,
    always,
)

WAYS = ("email", "none", "sms")
TRUTH = {"email": 0.5, "none": 0.3, "sms": 0.6}  # over half who are late, and half who are later


def log(seed: int = 0, count: int = 4000, customers: int = 800) -> Logged:
    """Dear claims rather get an email, and are paid less often: whoever compares plain shares is misled."""
    chance = np.random.default_rng(seed)
    dear = np.arange(count) % 2
    told = np.where(dear[:, None] == 1, [0.7, 0.1, 0.2], [0.2, 0.1, 0.7])
    way = (told.cumsum(axis=1) < chance.random(count)[:, None]).sum(axis=1)
    paid = chance.random(count) < np.array(list(TRUTH.values()))[way] + np.where(dear == 1, -0.2, 0.2)
    customer = chance.integers(0, customers, count)
    known = np.column_stack([dear, chance.random(count)]).astype(np.float64)
    propensity = told[np.arange(count), way]
    return Logged(way.astype(np.int32), WAYS, propensity, paid.astype(np.float64), customer, known)


def only(of: Logged, way: str) -> Policy:
    return always(of, [WAYS.index(way)])


def test_planted_effects_lie_in_the_interval_and_the_plain_share_does_not() -> None:
    inside = dict.fromkeys(Estimator, 0)
    for seed in range(20):
        found = log(seed, 2000, 400)
        judge = Judge(found)
        for estimator in Estimator:
            value = judge.value(only(found, "email"), estimator)
            inside[estimator] += value.low <= TRUTH["email"] <= value.high
    assert all(count >= 17 for count in inside.values()), inside  # 19 are expected of 20; fewer than 17 once in 60
    found = log()
    assert found.outcome[found.way == 0].mean() < TRUTH["email"] - 0.05


def test_the_guess_of_outcomes_makes_the_interval_narrower() -> None:
    found = log()
    judge = Judge(found)
    of_email = {each: judge.value(only(found, "email"), each) for each in Estimator}
    wide = {each: value.high - value.low for each, value in of_email.items()}
    assert wide[Estimator.DR] < wide[Estimator.SNIPS] < wide[Estimator.IPS]


def test_a_change_that_changes_nothing_differs_by_nothing() -> None:
    found = log()
    judge = Judge(found)
    for policy in (None, only(found, "sms"), always(found, [0, 2])):
        compared = judge.against(policy, policy)
        assert compared.verdict is Verdict.SAME
        assert {(each.value, each.low, each.high) for each in compared.differs_by.values()} == {(0.0, 0.0, 0.0)}


def test_what_is_surely_higher_is_said_and_the_other_way_round() -> None:
    found = log()
    judge = Judge(found)
    sms, none = only(found, "sms"), only(found, "none")
    assert judge.against(sms, none).verdict is Verdict.HIGHER
    assert judge.against(none, sms).verdict is Verdict.LOWER


def test_what_may_be_chance_is_undecided() -> None:
    found = replace(log(count=1200), outcome=np.random.default_rng(1).random(1200))
    compared = Judge(found).against(only(found, "sms"), only(found, "email"))
    assert (compared.verdict, bool(compared.why)) == (Verdict.UNDECIDED, True)


def test_estimates_that_disagree_are_undecided_whatever_one_of_them_says() -> None:
    found = replace(log(), outcome=np.full(4000, 10.0))  # only the counts differ: IPS takes them for an effect
    judge = Judge(found)
    compared = judge.against(only(found, "sms"), only(found, "none"))
    assert abs(compared.differs_by[Estimator.IPS].value) > 0.01
    assert compared.verdict is Verdict.UNDECIDED


def test_a_way_never_tried_cannot_be_said() -> None:
    found = log()
    without = found.way != WAYS.index("sms")
    kept = Logged(
        found.way[without], WAYS, found.propensity[without], found.outcome[without], found.customer[without],
        found.known[without],
    )  # fmt: skip
    judge = Judge(kept)
    assert judge.overlap(only(kept, "sms")).untried == 1
    compared = judge.against(only(kept, "sms"), None)
    assert compared.verdict is Verdict.CANNOT_BE_SAID
    assert "nothing like them was ever tried" in compared.why


def test_a_way_never_possible_for_half_of_them_cannot_be_said_of_all() -> None:
    found = log()
    dear = found.known[:, 0] == 1
    way = np.where(dear & (found.way == 2), 0, found.way)
    propensity = np.where(dear & (way == 0), 0.9, found.propensity)
    judge = Judge(replace(found, way=way.astype(np.int32), propensity=propensity))
    assert judge.overlap(only(found, "sms")).untried == pytest.approx(0.5, abs=0.05)
    assert judge.overlap(only(found, "email")).why_not is None


def test_chances_that_do_not_fit_how_often_ways_came_are_refused() -> None:
    found = log()
    with pytest.raises(DoNotFit, match="does not fit: by it they came"):
        Judge(replace(found, propensity=found.propensity / 3)).against(only(found, "sms"), None)


def test_one_customer_with_half_of_all_invoices_makes_the_interval_wide() -> None:
    found = log(count=1000, customers=200)
    half = np.where(np.arange(1000) < 500, 0, found.customer + 1)
    of_many, of_one = (
        Judge(replace(found, customer=each)).value(only(found, "sms"), Estimator.DR) for each in (found.customer, half)
    )
    assert of_one.high - of_one.low > 2 * (of_many.high - of_many.low)


def test_too_few_customers_or_choices_are_said() -> None:
    few = log(count=400, customers=FEWEST_CUSTOMERS - 1)
    assert "customers are in what was logged" in (Judge(few).overlap(only(few, "sms")).why_not or "")
    thin = log(count=60, customers=60)
    assert "is worth" in (Judge(thin).overlap(always(thin, [0])).why_not or "")


def test_nothing_logged_says_nothing() -> None:
    found = log(count=1)
    empty = Logged(*(getattr(found, name)[:0] for name in ("way",)), WAYS, *(
        getattr(found, name)[:0] for name in ("propensity", "outcome", "customer", "known")
    ))  # fmt: skip
    judge = Judge(empty)
    assert judge.against(np.zeros((0, 3)), None).verdict is Verdict.CANNOT_BE_SAID


@given(st.sampled_from([0.0, 1.0]), st.integers(0, 2))
def test_where_all_paid_or_none_every_way_comes_to_that(outcome: float, way: int) -> None:
    found = replace(log(count=600, customers=300), outcome=np.full(600, outcome))
    judge = Judge(found)
    assert judge.value(always(found, [way]), Estimator.SNIPS).value == pytest.approx(outcome)
    assert judge.value(always(found, [way]), Estimator.DR).value == pytest.approx(outcome, abs=1e-9)
    assert judge.against(always(found, [way]), None).verdict in (
        Verdict.UNDECIDED,
        Verdict.SAME,
        Verdict.CANNOT_BE_SAID,
    )
