"""Who is helped by a contact, and whom nothing helps."""

import random

import pytest

from domain.experiments.sequence import Counted
from domain.experiments.uplift import Helped, KindSeen, Uplift, kind_of, uplifts


def seen(kind: str, arm: tuple[int, int], held_out: tuple[int, int]) -> KindSeen:
    return KindSeen(kind, Counted(*arm), Counted(*held_out))


def of(found: list[Uplift]) -> dict[str, Helped]:
    return {each.kind: each.helped for each in found}


def test_who_surely_pays_more_for_it_is_helped_and_who_surely_does_not_is_not() -> None:
    found = uplifts(
        [seen("consumer", (4000, 2400), (4000, 1800)), seen("business", (40_000, 20_000), (40_000, 20_000))], 0.05
    )
    assert of(found) == {"consumer": Helped.YES, "business": Helped.NO}


def test_whom_it_makes_pay_later_is_not_helped() -> None:
    assert of(uplifts([seen("consumer", (4000, 1500), (4000, 2000))], 0.05)) == {"consumer": Helped.NO}


def test_what_may_be_chance_is_not_known() -> None:
    assert of(uplifts([seen("consumer", (100, 55), (100, 45))], 0.05)) == {"consumer": Helped.UNKNOWN}


def test_of_too_few_in_an_arm_nothing_is_said() -> None:
    assert uplifts([seen("consumer", (5000, 3000), (24, 3))], 0.05) == []
    assert uplifts([], 0.05) == []


def test_little_known_of_one_kind_is_held_towards_all() -> None:
    many = [seen(f"kind {at}", (2000, 1200), (2000, 1000)) for at in range(4)]
    found = {each.kind: each for each in uplifts([*many, seen("few", (30, 28), (30, 5))], 0.05)}
    assert found["few"].more < 0.5 < (28 - 5) / 30


def test_kinds_that_are_alike_share_what_is_known() -> None:
    alone = uplifts([seen("one", (500, 280), (500, 250))], 0.05)[0]
    with_others = uplifts([seen(f"kind {at}", (500, 280), (500, 250)) for at in range(9)], 0.05)[0]
    assert with_others.high - with_others.low < alone.high - alone.low


def test_where_nothing_helps_anybody_hardly_anybody_is_said_to_be_helped(full: bool) -> None:
    wrong = 0
    for seed in range(200 if full else 20):
        chance = random.Random(seed)
        kinds = [seen(f"{at}", (300, _paid(chance, 300)), (300, _paid(chance, 300))) for at in range(3)]
        wrong += any(each.helped is Helped.YES for each in uplifts(kinds, 0.05))
    assert wrong <= (10 if full else 2)


@pytest.mark.parametrize(("segment", "kind"), [(None, "consumer"), ("", "consumer"), ("valued", "consumer, valued")])
def test_a_kind_is_what_was_told_beforehand(segment: str | None, kind: str) -> None:
    assert kind_of("consumer", segment) == kind


def _paid(chance: random.Random, many: int) -> int:
    return sum(chance.random() < 0.5 for _ in range(many))
