"""Invoices are told apart by what a policy looks at, whatever numbers stand for it."""

from itertools import product

from prediction.backtest.alike import told_apart
from tests.prediction.backtest.test_replay import rules
from tests.prediction.building import Building


def test_only_invoices_of_the_same_days_and_words_are_alike_however_far_days_lie_apart() -> None:
    building = Building()
    kinds = list(product(("1903-01-05", "2026-03-02", "2026-03-03", "2230-03-01"), ("consumer", "business")))
    for due, kind in [*kinds, *reversed(kinds)]:
        building.invoice(1, due, kind=kind)
    wanted = told_apart(building.past("2231-01-01"), *rules("no-standard"))
    group = wanted.alike.group.tolist()
    assert sorted(set(group)) == list(range(len(kinds))) == list(range(len(wanted.groups)))
    assert group == [*group[: len(kinds)], *reversed(group[: len(kinds)])]
    assert [str(wanted.groups.due[each]) for each in group[: len(kinds)]] == [due for due, _ in kinds]
