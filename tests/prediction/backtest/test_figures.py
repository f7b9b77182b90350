"""What a replay comes to is counted from its acts; two policies are set beside one another on the same invoices."""

from decimal import Decimal

from prediction.backtest import figures
from prediction.backtest.figures import Backtest
from tests.prediction.backtest.test_replay import replayed, rules
from tests.prediction.building import Building

COSTS = {"north": {"email": Decimal("0.01"), "sms": Decimal("0.45"), "letter": Decimal(18)}}


def backtest_of(building: Building, name: str) -> Backtest:
    past = building.past("2026-10-01")
    return Backtest(rules(name)[0], past, replayed(past, name), COSTS)


def test_two_policies_are_compared_on_the_invoices_that_both_are_for() -> None:
    building = Building()
    building.invoice(1, "2026-03-02")
    building.invoice(2, "2026-03-02", kind="business")  # the gentle plan is for consumers alone
    one, two = figures.on_the_same(backtest_of(building, "no-standard"), backtest_of(building, "no-gentle"))
    assert [figures.totals(each)["invoices"] for each in (one, two)] == [1, 1]
    rows = {row["figure"]: row["difference"] for row in figures.compared(one, two)}
    assert (rows["invoices"], rows["fees"]) == ("0", figures.totals(one)["fees"])


def test_each_creditors_messages_cost_its_own_prices() -> None:
    building = Building()
    building.invoice(1, "2026-03-02")
    building.invoice(1, "2026-03-02", creditor="south")  # which told no prices
    test = backtest_of(building, "no-standard")
    one, both = figures.channels(test), figures.totals(test)
    expected = sum((row["messages"] + row["copies"]) // 2 * COSTS["north"][row["channel"]] for row in one)
    assert Decimal(both["cost"]) == expected > 0


def test_who_is_open_beside_another_of_the_same_debtor_is_said() -> None:
    building = Building()
    for debtor, due, paid in (
        (1, "2026-03-02", "2026-03-20"),
        (1, "2026-03-16", "2026-03-10"),
        (2, "2026-03-02", "2026-03-01"),
    ):
        building.paid(building.invoice(debtor, due), paid)
    building.invoice(2, "2026-05-04")
    said = figures.said(backtest_of(building, "no-standard"))
    assert any("; 2 were open beside another of the same debtor" in sentence for sentence in said)
