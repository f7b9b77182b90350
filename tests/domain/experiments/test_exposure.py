"""When a debtor comes to the step of an experiment, and whether the invoice is paid in the days after it."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from domain.experiments.exposure import WINDOW_DAYS, Exposure, exposure, in_order, is_by_lot, smallest_of
from domain.learned.arms import Arm, Experiment, SharedArm
from domain.planner.case_facts import CaseFacts
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from tests.domain.builders import DUE, LAW, facts, local, policy

POLICY = policy("""
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - {id: reminder, at: due date + 14 days, message: reminder, reach: [email, sms], read_within: 2 days}
""")
DAY = DUE + timedelta(days=14)
OWED = Decimal("1000.00")


def seen(case: CaseFacts, now: str, of: Policy = POLICY) -> Exposure | None:
    return exposure(of, LAW, case, of.steps[1], local(now))


def owing(*paid: tuple[date, str], **more: object) -> CaseFacts:
    changes = ((date(2026, 6, 1), OWED), *((on, -Decimal(amount)) for on, amount in paid))
    return replace(facts(), principal_changes=changes, **more)  # type: ignore[arg-type]


def test_before_its_day_nobody_has_come_to_the_step() -> None:
    assert seen(owing(), "2026-06-28 23:59") is None


def test_from_the_first_hour_of_its_day_whoever_owes_has_come_to_it_whatever_was_sent() -> None:
    found = seen(owing(), "2026-06-29 00:01")
    assert found is not None
    assert (found.day, found.paid) == (DAY, None)
    assert found.since == local("2026-06-29 00:00")
    assert found.until == local("2026-07-14 00:00")


def test_who_has_paid_by_the_day_before_never_comes_to_it() -> None:
    assert seen(owing((DAY - timedelta(days=1), "1000.00")), "2026-12-01 12:00") is None


@pytest.mark.parametrize(
    ("days", "in_time"), [(0, True), (1, True), (WINDOW_DAYS, True), (WINDOW_DAYS + 1, False), (60, False)]
)
def test_paid_in_time_is_by_the_last_of_the_days_whenever_that_became_known(days: int, *, in_time: bool) -> None:
    found = seen(owing((DAY + timedelta(days=days), "1000.00")), "2026-12-01 12:00")
    assert found is not None
    assert found.paid is in_time


def test_nobody_is_judged_before_the_days_of_all_are_over_though_some_have_paid() -> None:
    paid = owing((DAY + timedelta(days=1), "1000.00"))
    for now, judged in (("2026-07-13 23:59", None), ("2026-07-14 00:01", True)):
        found = seen(paid, now)
        assert found is not None
        assert found.paid is judged


def test_a_part_is_not_paid_and_a_banks_charge_is_not_missed() -> None:
    for amount, paid in (("600.00", False), ("996.00", True)):
        found = seen(owing((DAY, amount)), "2026-12-01 12:00")
        assert found is not None
        assert found.paid is paid


def test_what_was_credited_was_not_paid() -> None:
    found = seen(owing((DAY, "1000.00"), credited=True), "2026-12-01 12:00")
    assert found is not None
    assert found.paid is False


def test_money_that_was_taken_back_in_time_counts_as_not_paid() -> None:
    found = seen(owing((DAY, "1000.00"), (DAY + timedelta(days=3), "-1000.00")), "2026-12-01 12:00")
    assert found is not None
    assert found.paid is False


def test_a_due_date_that_moved_later_moves_no_day_of_the_step() -> None:
    moved = owing(due_date=DUE + timedelta(days=40), first_due=DUE, round=2)
    found = seen(moved, "2026-12-01 12:00")
    assert found is not None
    assert found.day == DAY


@pytest.mark.parametrize(("paid", "counts"), [("499.99", True), ("500.00", True), ("500.01", False)])
def test_whose_principal_is_less_than_the_step_is_for_never_comes_to_it(paid: str, *, counts: bool) -> None:
    floor = replace(POLICY, steps=(POLICY.steps[0], replace(POLICY.steps[1], balance_at_least=Decimal("500.00"))))
    found = seen(owing((DAY - timedelta(days=1), paid)), "2026-12-01 12:00", floor)
    assert (found is not None) is counts
    # What is paid from the day of the step on may be the work of an arm: it counts, and leaves nobody out.
    after = seen(owing((DAY, "500.01")), "2026-12-01 12:00", floor)
    assert after is not None


@pytest.mark.parametrize(("days", "counts"), [(-1, True), (0, False), (1, False)])
def test_who_comes_on_the_local_day_of_a_stop_or_later_was_not_given_an_arm_by_lot(days: int, *, counts: bool) -> None:
    found = seen(owing(), "2026-12-01 12:00")
    assert found is not None
    stopped_on = DAY - timedelta(days=days)
    assert is_by_lot(found, experiment(Arm(), Arm(Channel.SMS)), stopped_on) is counts


def test_an_hour_that_an_arm_changes_changes_no_day() -> None:
    late = replace(
        POLICY, steps=(POLICY.steps[0], replace(POLICY.steps[1], at=replace(POLICY.steps[1].at, clock=time(20))))
    )
    found, usual = seen(owing(), "2026-06-29 08:00", late), seen(owing(), "2026-06-29 08:00")
    assert found == usual


def experiment(*arms: Arm) -> Experiment:
    return Experiment(
        "try", "reminder", tuple(SharedArm(f"a{at}", arm, Decimal(1) / len(arms)) for at, arm in enumerate(arms))
    )


def test_others_are_judged_beside_whom_nothing_is_sent_to_else_beside_what_is_written() -> None:
    sms, held, written = Arm(Channel.SMS), Arm(held_out=True), Arm()
    for arms, base in (((sms, written, held), "a2"), ((sms, written), "a1"), ((sms, Arm(clock=time(18))), "a0")):
        assert in_order(experiment(*arms))[0].name == base
        assert sorted(each.name for each in in_order(experiment(*arms))) == [f"a{at}" for at in range(len(arms))]


def test_the_smallest_difference_is_what_the_experiment_says_else_five_points() -> None:
    asked = experiment(Arm(), Arm(Channel.SMS))
    assert smallest_of(asked) == 0.05
    assert smallest_of(replace(asked, smallest_effect=Decimal("0.1"))) == 0.1
