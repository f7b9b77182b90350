"""What a contact is worth, reckoned by hand: of 100 that were owed, of 100 invoices, and days; one value by the goals."""

import numpy as np
import pytest

from domain.money.goals import Goal
from prediction.effects.choices import choices_of
from prediction.effects.worth import Part, Prices, Strategy, value_of, weights_of, worth_of
from prediction.history.lost import LOST
from prediction.history.past import Happened, Past
from tests.pasts import AFact, AnEvent, AnInvoice, past_of

PRICES = Prices({"sms": 0.5, "letter": 10.0}, {"call": 20.0, "dispute": 50.0, "it": 0.25}, 0.365)
AT = "2026-02-01T09:00:00"


def chosen(invoice: int, at: str = AT) -> AnEvent:
    return AnEvent(invoice, Happened.CHOICE, at, detail="reminder: sms", amount=0.5)


def lived(through: str = "2026-12-31T00:00:00") -> Past:
    """The first pays after ten days; the second gets a notice, disputes it, is called and handed off."""
    events = [
        chosen(0),
        AnEvent(0, Happened.MESSAGE, AT, channel="sms", detail="reminder"),
        AnEvent(0, Happened.PAYMENT, "2026-02-10T23:00:00", amount=100.0),
        chosen(1),
        AnEvent(1, Happened.MESSAGE, AT, channel="sms", detail="reminder"),
        AnEvent(1, Happened.FEE, "2026-02-15T09:00:00", amount=35.0),
        AnEvent(1, Happened.INTEREST, "2026-02-15T09:00:00", amount=6.0),
        AnEvent(1, Happened.INTEREST, "2026-02-16T09:00:00", amount=-1.0),  # reckoned anew
        AnEvent(1, Happened.NOTICE, "2026-02-20T09:00:00", channel="letter"),
        AnEvent(1, Happened.MESSAGE, "2026-02-20T09:00:00", channel="letter", detail="collection-notice"),
        AnEvent(1, Happened.DISPUTE, "2026-02-21T09:00:00"),
        AnEvent(1, Happened.CALL, "2026-02-22T09:00:00", detail="no answer"),
        AnEvent(1, Happened.HAND_OFF, "2026-03-20T09:00:00"),
        AnEvent(1, Happened.PAYMENT, "2026-06-01T09:00:00", amount=300.0),  # later than is looked at
    ]
    left = AFact(1, LOST, 1200.0, word="NOK", since="2026-04-01", known_at="2026-03-25T09:00:00")
    return past_of([AnInvoice(debtor=0), AnInvoice(debtor=1, amount=300.0)], events, [left], through=through)


def test_each_part_is_what_came_after_the_choice() -> None:
    past = lived()
    parts = worth_of(past, choices_of(past), PRICES).parts
    means = {part: float(values.mean()) for part, values in parts.items()}
    assert means[Part.RETURN] == pytest.approx(100 * (100 - 100 * 0.365 * 10 / 365) / 400)
    assert means[Part.COST] == pytest.approx(100 * (0.5 + 0.5 + 10 + 50 + 20 + 3 * 0.25) / 400)
    assert means[Part.LOST] == pytest.approx(100 * 1200 / 400)
    assert means[Part.FEES] == pytest.approx(100 * (35 + 6 - 1) / 400)
    assert means[Part.FAILED] == pytest.approx(100 * 2 / 2)  # the first brought money, two others did not
    assert means[Part.HAND_OFFS] == pytest.approx(100 * 1 / 2)  # its notice is told twice, as a message too
    assert means[Part.COMPLAINTS] == pytest.approx(1000 / 2)
    assert means[Part.PAPER] == pytest.approx(100 / 2)
    assert means[Part.DAYS] == pytest.approx((10 + 90) / 2)
    assert means[Part.LEFT] == pytest.approx(100 / 2)


def test_who_was_watched_for_less_is_left_out() -> None:
    past = lived(through="2026-04-01T00:00:00")
    assert len(worth_of(past, choices_of(past), PRICES).choices) == 0


def test_what_is_not_known_is_said() -> None:
    assert PRICES.not_known() == ["what a reply by hand costs is not told"]
    nothing = " ".join(Prices({}, {}).not_known())
    assert "what waiting for money costs is not told" in nothing
    assert "what IT costs for a message is not told (`it` of the creditor's handling_costs)" in nothing


def test_goals_are_the_weights_and_a_target_stands_for_what_is_usual() -> None:
    usual = dict.fromkeys(Part, 10.0) | {Part.FEES: 0.0}
    goals = {Goal.RETURN: 50.0, Goal.COST: 0.5, Goal.DIGITAL: 90.0}
    assert weights_of(Strategy.MOST_RETURN, goals, usual) == {Part.RETURN: 1, Part.COST: -1, Part.LOST: -1}
    assert weights_of(Strategy.LEAST_COST, goals, usual) == {Part.COST: -1}
    assert weights_of(Strategy.GOALS, goals, usual) == {Part.RETURN: 1, Part.COST: -100}
    assert weights_of(Strategy.GOALS, {Goal.CUSTOMERS_KEPT: 95.0}, usual) == {Part.LEFT: -100 / 5}
    process = weights_of(Strategy.BEST_PROCESS, {Goal.COMPLAINTS: 5.0}, usual)
    assert Part.FEES not in process
    assert (process[Part.COMPLAINTS], process[Part.DAYS]) == (-4, -2)
    parts = {part: np.array([1.0, 2.0]) for part in Part}
    assert value_of(parts, {Part.RETURN: 2.0, Part.COST: -1.0}).tolist() == [1.0, 2.0]
    assert value_of(parts, {}).tolist() == [0.0, 0.0]
