"""The people of the portfolio come by their shares; each has the same traits whenever the seed is the same."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import pytest

from simulator.people import Habit
from simulator.portfolio.shares import (
    DRAWS,
    KEEPS_PLAN,
    KEEPS_PROMISE,
    LATE_DAYS,
    NEVER,
    ON_THE_DAY,
    ON_TIME,
    PAYS_AFTER,
    PLANNED_FROM,
    PRIVATE_MAIL,
    PUNCTUALITY,
    SLIPS,
    STORIES,
    WAYS,
    habit,
    habit_of_invoice,
    punctuality,
    way,
)

MANY = 20_000
SEED = 7


@pytest.fixture(scope="module")
def by_hand() -> list[tuple[int, Habit]]:
    """The people who pay by hand, and what they do about an invoice."""
    people = [person for person in range(MANY) if way(SEED, person) != "AvtaleGiro"]
    return [(person, habit_of_invoice(SEED, person, 0, PLANNED_FROM)) for person in people]


def shares(found: Counter[str]) -> Mapping[str, float]:
    return {name: count / found.total() for name, count in found.items()}


@pytest.mark.parametrize("of", [WAYS, PUNCTUALITY, DRAWS, SLIPS, STORIES])
def test_the_shares_of_a_trait_are_all_there_is(of: Mapping[str, float]) -> None:
    assert sum(of.values()) == pytest.approx(1)


def test_people_are_as_many_of_each_kind_as_was_said() -> None:
    assert shares(Counter(way(SEED, person) for person in range(MANY))) == pytest.approx(WAYS, abs=0.012)
    kinds = Counter(punctuality(SEED, person) for person in range(MANY))
    assert shares(kinds) == pytest.approx(PUNCTUALITY, abs=0.012)


def test_draws_and_slips_go_wrong_as_often_as_was_said(by_hand: list[tuple[int, Habit]]) -> None:
    drawn = [habit_of_invoice(SEED, person, 0, PLANNED_FROM) for person in range(MANY) if habit(SEED, person).draw]
    assert sum(each.draw != "comes" for each in drawn) / len(drawn) == pytest.approx(0.02, abs=0.005)
    assert sum(each.draw == "fails" and each.pays_after == "failed-draw" for each in drawn) > 0
    assert sum(each.slip is not None for _, each in by_hand) / len(by_hand) == pytest.approx(0.022, abs=0.005)
    assert sum(each.private_mail for _, each in by_hand) / len(by_hand) == pytest.approx(PRIVATE_MAIL, abs=0.02)


def test_only_who_is_late_disputes_promises_or_pays_in_parts(by_hand: list[tuple[int, Habit]]) -> None:
    late = [each for person, each in by_hand if punctuality(SEED, person) not in (ON_TIME, ON_THE_DAY)]
    others = [each for person, each in by_hand if punctuality(SEED, person) in (ON_TIME, ON_THE_DAY)]
    assert not any(each.disputes_after or each.promises_after or each.agrees_plan_after for each in others)
    promises = [each for each in late if each.promises_after]
    plans = [each for each in late if each.agrees_plan_after]
    assert len(promises) / len(late) == pytest.approx(STORIES["promise"], abs=0.03)
    assert len(plans) / len(late) == pytest.approx(STORIES["plan"], abs=0.03)
    assert sum(each.keeps_word for each in promises) / len(promises) == pytest.approx(KEEPS_PROMISE, abs=0.15)
    assert sum(each.keeps_word for each in plans) / len(plans) == pytest.approx(KEEPS_PLAN, abs=0.15)


def test_nobody_agrees_to_pay_a_small_amount_in_parts() -> None:
    small = (habit_of_invoice(SEED, person, 0, PLANNED_FROM - Decimal("0.01")) for person in range(MANY))
    assert not any(each.agrees_plan_after for each in small)


def test_who_is_late_by_themselves_pays_after_the_due_date_and_who_never_pays_has_no_message(
    by_hand: list[tuple[int, Habit]],
) -> None:
    for person, _ in by_hand:
        usual, kind = habit(SEED, person), punctuality(SEED, person)
        assert usual.pays_after == PAYS_AFTER[kind]
        assert bool(usual.pays_late) == (kind == "pays late by themselves")
        assert usual.pays_late.days <= LATE_DAYS[1]
    assert PAYS_AFTER[NEVER] is None


def test_the_same_seed_makes_the_same_people_and_another_makes_others() -> None:
    people = [habit_of_invoice(SEED, person, place, PLANNED_FROM) for person in range(500) for place in range(4)]
    assert people == [
        habit_of_invoice(SEED, person, place, PLANNED_FROM) for person in range(500) for place in range(4)
    ]
    assert people != [habit_of_invoice(8, person, place, PLANNED_FROM) for person in range(500) for place in range(4)]
