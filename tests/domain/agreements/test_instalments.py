"""Instalment plans: offers that add up and can be borne, schedules within bounds, and one chance before a plan breaks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreements.instalments import (
    FEWEST,
    WHY_NO_OFFER,
    Instalment,
    NoOffer,
    Offers,
    PlanInterest,
    PlanRules,
    PlanState,
    latest_move,
    left,
    offers,
    out_of_bounds,
    paid_as_agreed,
    plan_standing,
    remind_on,
    settled_by,
    why_not_moved,
)
from domain.money.allocation import Change
from tests.domain.builders import NORWAY

CALENDAR = NORWAY.calendar
TODAY = date(2026, 11, 23)  # a Monday
RULES = PlanRules()
LATER = date(2028, 1, 3)
DAYS = st.integers(0, 900).map(lambda ahead: TODAY + timedelta(days=ahead))
TOTALS = st.decimals("0.01", "100000", places=2)
AMOUNTS = st.decimals("0", "2000", places=2)
ANY_RULES = st.builds(
    PlanRules,
    smallest=st.decimals(100, 2000, places=0),
    most_months=st.integers(0, 36),
    first_within_days=st.integers(1, 60),
)


def amounts(schedule: Sequence[Instalment]) -> list[str]:
    return [str(each.amount) for each in schedule]


def months(offered: Offers) -> list[int]:
    return [offer.months for offer in offered.plans]


def schedule(*written: tuple[str, str]) -> list[Instalment]:
    return [Instalment(n, date.fromisoformat(day), Decimal(amount)) for n, (day, amount) in enumerate(written, 1)]


PLAN = schedule(("2026-12-23", "1000"), ("2027-01-25", "1000"), ("2027-02-23", "1002.50"))


# --- offers ----------------------------------------------------------------------------------------------------


def test_without_a_budget_the_usual_lengths_are_offered() -> None:
    offered = offers(Decimal("6002.50"), RULES, TODAY, CALENDAR)
    assert months(offered) == [2, 3, 6, 12]
    assert amounts(offered.plans[1].instalments) == ["2000.00", "2000.00", "2002.50"]
    assert [each.due_on for each in offered.plans[1].instalments] == [
        date(2026, 12, 23),
        date(2027, 1, 25),  # 23 January is a Saturday
        date(2027, 2, 23),
    ]
    assert (offered.plans[1].monthly, offered.plans[1].total) == (Decimal(2000), Decimal("6002.50"))


def test_the_longest_plan_that_the_smallest_instalment_allows_is_among_the_offers() -> None:
    assert months(offers(Decimal(2200), RULES, TODAY, CALENDAR)) == [2, 3, 4]


def test_an_amount_too_small_to_split_gets_no_offer_and_a_reason() -> None:
    assert offers(Decimal(999), RULES, TODAY, CALENDAR) == Offers(none_because=NoOffer.TOO_SMALL)


def test_a_budget_gets_the_nearest_plan_at_or_below_half_of_what_is_left_and_two_shorter() -> None:
    offered = offers(Decimal(6000), RULES, TODAY, CALENDAR, income=Decimal(22400), spending=Decimal(20000))
    assert months(offered) == [3, 4, 5]
    assert offered.plans[-1].monthly == Decimal(1200)


def test_a_large_budget_gets_the_shortest_plan_alone() -> None:
    offered = offers(Decimal(6000), RULES, TODAY, CALENDAR, income=Decimal(90000), spending=Decimal(20000))
    assert months(offered) == [2]


@pytest.mark.parametrize(
    ("spending", "why"), [(20000, NoOffer.NOTHING_LEFT), (25000, NoOffer.NOTHING_LEFT), (19100, NoOffer.BEYOND_BUDGET)]
)
def test_where_too_little_is_left_nothing_is_offered_and_the_reason_is_told(spending: int, why: NoOffer) -> None:
    offered = offers(Decimal(6000), RULES, TODAY, CALENDAR, income=Decimal(20000), spending=Decimal(spending))
    assert offered == Offers(none_because=why)


def test_the_first_date_may_be_chosen_within_the_bounds() -> None:
    chosen = offers(Decimal(6000), RULES, TODAY, CALENDAR, first_due=date(2026, 12, 5)).plans[0].instalments
    assert [each.due_on for each in chosen] == [date(2026, 12, 7), date(2027, 1, 5)]  # 5 December is a Saturday
    for day in (TODAY, date(2026, 12, 24)):
        with pytest.raises(ValueError, match="give a day after 2026-11-23 and through 2026-12-23"):
            offers(Decimal(6000), RULES, TODAY, CALENDAR, first_due=day)


def test_a_first_date_that_the_banks_would_move_back_to_today_is_none() -> None:
    friday, saturday = date(2026, 10, 30), date(2026, 10, 31)
    with pytest.raises(ValueError, match="a first instalment on 2026-10-31 is not possible"):
        offers(Decimal(6000), RULES, friday, CALENDAR, first_due=saturday)
    thursday = friday - timedelta(days=1)
    assert offers(Decimal(6000), RULES, thursday, CALENDAR, first_due=saturday).plans[0].instalments[0].due_on == friday


def test_interest_is_part_of_the_cost_and_of_the_instalments() -> None:
    def a_hundred_a_month(instalments: Sequence[Change]) -> Decimal:
        return Decimal(100) * len(instalments)

    shortest, *_, longest = offers(Decimal(6000), RULES, TODAY, CALENDAR, interest=a_hundred_a_month).plans
    assert (shortest.interest, shortest.total, shortest.monthly) == (Decimal(200), Decimal(6200), Decimal(3100))
    assert {each.amount for each in longest.instalments} == {Decimal(600)}


def test_statutory_interest_runs_on_what_each_instalment_leaves() -> None:
    year = schedule(("2027-11-23", "600"), ("2028-11-22", "400"))  # 365 days each; 2028 has a leap day
    interest = PlanInterest(Decimal(1000), TODAY, Decimal("12.25"))
    assert interest.of(paid_as_agreed(year)) == Decimal("122.50") + Decimal("49.00")
    assert PlanInterest(Decimal(1000), date(2029, 1, 1), Decimal("12.25")).of(paid_as_agreed(year)) == 0


@pytest.mark.parametrize(
    ("paid", "never"),
    [
        ([], 0),
        ([("2026-11-23", 999)], 0),  # a krone is left: it still runs
        ([("2026-11-23", 1000)], "171.50"),  # on the first day
        ([("2027-11-23", 1000)], "49.00"),  # after a year
        ([("2027-11-23", 600), ("2028-11-22", 400)], 0),  # as agreed
        ([("2028-11-22", 1000)], 0),  # late: no more than was agreed
        ([("2027-11-23", 1000), ("2027-11-24", -1000)], 0),  # taken back
        ([("2028-11-22", 400), ("2027-11-23", 600)], 0),  # told in another order
    ],
)
def test_interest_that_was_agreed_and_never_runs_is_known_once_the_principal_is_paid(
    paid: list[tuple[str, int]], never: str | int
) -> None:
    interest = PlanInterest(Decimal(1000), TODAY, Decimal("12.25"))
    changes = [(date.fromisoformat(day), Decimal(amount)) for day, amount in paid]
    assert interest.never_runs(Decimal("171.50"), changes) == Decimal(never)


def test_a_policy_may_offer_no_plans() -> None:
    none = PlanRules(most_months=0)
    assert offers(Decimal(6000), none, TODAY, CALENDAR) == Offers(none_because=NoOffer.NO_PLANS)
    assert "no instalment plans" in str(out_of_bounds(PLAN, Decimal("3002.50"), none, TODAY, CALENDAR))


def test_every_reason_for_no_offer_is_told_in_words() -> None:
    assert set(WHY_NO_OFFER) == set(NoOffer)


@given(TOTALS, ANY_RULES, DAYS)
def test_every_offer_adds_up_to_the_cent_within_the_bounds_on_banking_days(
    total: Decimal, rules: PlanRules, today: date
) -> None:
    for offer in offers(total, rules, today, CALENDAR).plans:
        assert sum(each.amount for each in offer.instalments) == offer.total == total
        assert min(each.amount for each in offer.instalments) >= rules.smallest
        assert all(CALENDAR.is_banking_day(each.due_on) for each in offer.instalments)
        assert all(before.due_on < after.due_on for before, after in pairwise(offer.instalments))
        latest = CALENDAR.banking_day_on_or_after(today + timedelta(days=rules.first_within_days))
        assert today < offer.instalments[0].due_on <= latest
        assert [each.number for each in offer.instalments] == list(range(1, offer.months + 1))
        assert 2 <= offer.months <= rules.most_months


@given(TOTALS, ANY_RULES, DAYS)
def test_a_shorter_offer_has_higher_instalments(total: Decimal, rules: PlanRules, today: date) -> None:
    plans = offers(total, rules, today, CALENDAR).plans
    assert all(shorter.months < longer.months for shorter, longer in pairwise(plans))
    assert all(shorter.monthly > longer.monthly for shorter, longer in pairwise(plans))


@given(TOTALS, ANY_RULES, st.decimals(0, 60000, places=0), st.decimals(0, 60000, places=0))
def test_a_budget_is_never_stretched_beyond_half_by_the_plan_it_fits(
    total: Decimal, rules: PlanRules, income: Decimal, spending: Decimal
) -> None:
    offered = offers(total, rules, TODAY, CALENDAR, income=income, spending=spending)
    assert bool(offered.plans) != bool(offered.none_because)
    assert len(offered.plans) <= 3
    if offered.plans:
        *shorter, fits = offered.plans
        assert fits.monthly * 2 <= income - spending
        assert all(offer.monthly * 2 > income - spending for offer in shorter)


@given(TOTALS, ANY_RULES, DAYS)
def test_what_is_offered_may_also_be_written_by_an_agent(total: Decimal, rules: PlanRules, today: date) -> None:
    for offer in offers(total, rules, today, CALENDAR).plans:
        assert out_of_bounds(offer.instalments, total, rules, today, CALENDAR) is None


# --- an agent's own schedule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ([("2026-12-23", "3002.50")], "at least 2 instalments"),
        ([("2026-12-23", "2503.50"), ("2027-01-25", "499")], "instalment 2 of 499 is under the smallest, 500"),
        ([("2026-12-23", "1500"), ("2027-01-23", "1502.50")], "2027-01-23 is no banking day"),
        ([("2026-12-23", "1500"), ("2026-12-23", "1502.50")], "due after the one before"),
        ([("2026-12-28", "1500"), ("2027-01-25", "1502.50")], "first instalment on 2026-12-28 is not possible"),
        ([("2026-12-23", "1500"), ("2027-11-24", "1502.50")], "is after 2027-11-23: at most 12 months"),
        ([("2026-12-23", "1500"), ("2027-01-25", "1502.51")], "come to 3002.51, the debt is 3002.50"),
    ],
)
def test_an_agents_schedule_outside_the_policy_is_refused_in_words(written: list[tuple[str, str]], why: str) -> None:
    said = out_of_bounds(schedule(*written), Decimal("3002.50"), RULES, TODAY, CALENDAR)
    assert why in str(said)


def test_an_agents_schedule_may_be_uneven_within_the_policy() -> None:
    uneven = schedule(("2026-11-27", "500"), ("2026-12-18", "1502.50"), ("2027-06-15", "1000"))
    assert out_of_bounds(uneven, Decimal("3002.50"), RULES, TODAY, CALENDAR) is None


# --- an agreed plan --------------------------------------------------------------------------------------------


def stands(paid: str, today: str, through: str | None = "2028-01-01", chance: str | None = None) -> PlanState:
    known = date.fromisoformat(through) if through else None
    until = date.fromisoformat(chance) if chance else None
    return plan_standing(PLAN, Decimal(paid), date.fromisoformat(today), CALENDAR, known, until).state


def test_a_plan_asks_for_its_next_instalment_less_what_is_paid_of_it() -> None:
    now = plan_standing(PLAN, Decimal("1200.50"), TODAY, CALENDAR, TODAY, None)
    assert now.next == Instalment(2, date(2027, 1, 25), Decimal("799.50"))
    assert now.state is PlanState.ACTIVE
    assert remind_on(now.next) == date(2027, 1, 22)


def test_a_plan_paid_in_full_is_kept_however_early_or_late() -> None:
    for day in (TODAY, LATER):
        assert plan_standing(PLAN, Decimal("3002.50"), day, CALENDAR, None, None).state is PlanState.KEPT


def test_an_instalment_has_three_banking_days_for_money_on_its_way() -> None:
    assert settled_by(date(2026, 12, 23), CALENDAR) == date(2026, 12, 30)  # Christmas Eve and Christmas lie between
    assert stands("999.99", "2026-12-30") is PlanState.ACTIVE
    assert stands("999.99", "2026-12-31") is PlanState.BREACHED
    assert stands("1000", "2026-12-31") is PlanState.ACTIVE
    assert plan_standing(PLAN, Decimal(0), TODAY, CALENDAR, None, None).changes_on == date(2026, 12, 31)


def test_an_instalment_is_missed_only_when_the_bank_data_is_there() -> None:
    for through in (None, "2026-12-29"):
        assert stands("0", "2026-12-31", through) is PlanState.WAITING
    assert stands("0", "2026-12-31", "2026-12-30") is PlanState.BREACHED


def test_the_money_of_the_one_chance_may_take_its_time() -> None:
    chance = "2027-01-06"
    assert stands("0", "2026-12-31", chance=chance) is PlanState.CHANCE
    assert stands("0", "2027-01-11", chance=chance) is PlanState.CHANCE
    assert stands("0", "2027-01-12", "2027-01-10", chance) is PlanState.WAITING
    assert stands("0", "2027-01-12", "2027-01-11", chance) is PlanState.BROKEN


def test_a_chance_taken_lets_the_plan_go_on_and_the_second_breach_breaks_it() -> None:
    chance = "2027-01-06"
    assert stands("1000", "2027-01-12", chance=chance) is PlanState.ACTIVE
    assert stands("1000", "2027-01-28", chance=chance) is PlanState.ACTIVE
    assert stands("1000", "2027-01-29", chance=chance) is PlanState.BROKEN
    assert stands("1000", "2027-01-29", "2027-01-27", chance) is PlanState.WAITING


def test_less_than_is_tolerated_breaks_no_plan_and_goes_on_to_the_next_instalment() -> None:
    first_missed, all_missed = date(2026, 12, 31), LATER
    short = plan_standing(PLAN, Decimal("999.99"), first_missed, CALENDAR, LATER, None, Decimal(50))
    assert (short.state, short.overdue) == (PlanState.ACTIVE, ())
    assert short.next == Instalment(2, date(2027, 1, 25), Decimal("1000.01"))
    assert short.changes_on is not None
    assert short.changes_on > first_missed
    for paid, state in (("950.01", PlanState.ACTIVE), ("950.00", PlanState.BREACHED)):
        assert plan_standing(PLAN, Decimal(paid), first_missed, CALENDAR, LATER, None, Decimal(50)).state is state
    for paid, state in (("3002.49", PlanState.KEPT), ("2952.50", PlanState.BREACHED)):
        assert plan_standing(PLAN, Decimal(paid), all_missed, CALENDAR, LATER, None, Decimal(50)).state is state


def test_what_is_short_of_several_instalments_is_tolerated_together_and_not_each() -> None:
    both_missed = date(2027, 1, 30)
    for paid, state in (("1950.01", PlanState.ACTIVE), ("1940.00", PlanState.BREACHED)):
        assert plan_standing(PLAN, Decimal(paid), both_missed, CALENDAR, LATER, None, Decimal(50)).state is state


def test_what_is_overdue_is_told_instalment_by_instalment() -> None:
    now = plan_standing(PLAN, Decimal("250.25"), date(2027, 2, 1), CALENDAR, None, None)
    assert [(each.number, str(each.amount)) for each in now.overdue] == [(1, "749.75"), (2, "1000")]


@given(paid=st.decimals(0, 3100, places=2), today=DAYS, through=DAYS, chance=st.none() | DAYS)
def test_more_bank_data_turns_waiting_into_an_answer_and_changes_nothing_else(
    paid: Decimal, today: date, through: date, chance: date | None
) -> None:
    some, all_of_it = (plan_standing(PLAN, paid, today, CALENDAR, known, chance) for known in (through, today))
    assert all_of_it.state is not PlanState.WAITING
    if some.state is not PlanState.WAITING and through <= today:
        assert some == all_of_it


@given(paid=st.decimals(0, 3002, places=2), today=DAYS, through=DAYS, chance=st.none() | DAYS)
def test_nothing_changes_by_time_alone_before_the_day_that_is_told(
    paid: Decimal, today: date, through: date, chance: date | None
) -> None:
    now = plan_standing(PLAN, paid, today, CALENDAR, through, chance)
    if now.changes_on is not None and now.state is not PlanState.WAITING:
        assert now.changes_on > today
        eve = plan_standing(PLAN, paid, now.changes_on - timedelta(days=1), CALENDAR, through, chance)
        assert (eve.state, eve.next) == (now.state, now.next)


@given(st.lists(AMOUNTS, max_size=6))
def test_money_fills_the_instalments_alike_however_it_is_split_and_ordered(paid: list[Decimal]) -> None:
    rest: tuple[Instalment, ...] = tuple(PLAN)
    for part in reversed(paid):
        rest = left(rest, part)
    assert rest == left(PLAN, sum(paid, Decimal(0)))


@given(paid=st.decimals(-500, 4000, places=2))
def test_what_is_left_and_what_is_paid_come_to_the_whole(paid: Decimal) -> None:
    rest = sum((each.amount for each in left(PLAN, paid)), Decimal(0))
    assert rest == Decimal("3002.50") - min(max(paid, Decimal(0)), Decimal("3002.50"))


def test_the_same_day_each_month_is_the_last_day_of_a_shorter_month() -> None:
    start = date(2027, 1, 4)
    chosen = offers(Decimal(6000), RULES, start, CALENDAR, first_due=date(2027, 1, 29)).plans[1].instalments
    assert [each.due_on for each in chosen] == [
        date(2027, 1, 29),
        date(2027, 2, 26),  # 28 February is a Sunday, and March has an instalment of its own
        date(2027, 3, 30),  # 29 March is Easter Monday
    ]


def test_an_own_amount_gets_the_plan_that_is_nearest_at_or_below_it() -> None:
    (found,) = offers(Decimal(9000), RULES, TODAY, CALENDAR, monthly=Decimal(1100)).plans
    assert (found.months, found.monthly) == (9, Decimal(1000))
    (exact,) = offers(Decimal(9000), RULES, TODAY, CALENDAR, monthly=Decimal(1500)).plans
    assert (exact.months, exact.monthly) == (6, Decimal(1500))
    assert offers(Decimal(9000), RULES, TODAY, CALENDAR, monthly=Decimal(700)).none_because is NoOffer.TOO_LONG


@given(TOTALS, st.decimals("1", "100000", places=2), ANY_RULES)
def test_no_own_amount_leads_to_more_a_month_or_beyond_the_policy(
    total: Decimal, monthly: Decimal, rules: PlanRules
) -> None:
    for found in offers(total, rules, TODAY, CALENDAR, monthly=monthly).plans:
        assert found.monthly <= monthly
        assert rules.smallest <= found.monthly
        assert FEWEST <= found.months <= rules.most_months
        assert sum(each.amount for each in found.instalments) == total


def moved(number: int, day: str, *, rules: PlanRules = RULES, paid: int = 0, today: date = TODAY) -> str | None:
    """Why an instalment of PLAN may not be moved to a day."""
    to = date.fromisoformat(day)
    return why_not_moved(PLAN, left(PLAN, Decimal(paid)), number, to, rules, today, CALENDAR)


def test_a_date_is_moved_some_days_ahead_and_stays_before_the_next_one() -> None:
    assert moved(1, "2027-01-06") is None
    assert moved(3, "2027-03-09") is None
    for number, day in ((1, "2027-01-07"), (3, "2027-03-10"), (1, "2026-12-23"), (1, "2026-12-01")):
        assert "is not possible: give a day after" in (moved(number, day) or "")
    near = [Instalment(1, TODAY, Decimal(500)), Instalment(2, CALENDAR.add_banking_days(TODAY, 2), Decimal(500))]
    assert latest_move(near, near[0], RULES, CALENDAR) == CALENDAR.add_banking_days(TODAY, 1)


def test_a_late_date_may_still_be_moved_but_only_to_a_day_ahead() -> None:
    late = date(2026, 12, 28)
    assert moved(1, "2026-12-30", today=late) is None
    assert "after 2026-12-28" in (moved(1, "2026-12-28", today=late) or "")


def test_what_is_paid_or_moved_before_or_beyond_the_policy_is_not_moved() -> None:
    assert "is paid" in (moved(1, "2027-01-04", paid=1000) or "")
    assert "is paid" in (moved(9, "2027-01-04") or "")
    assert "allows 0 moved dates" in (moved(1, "2027-01-04", rules=PlanRules(moves=0)) or "")
    once = [replace(PLAN[0], moved_from=date(2026, 12, 1)), *PLAN[1:]]
    refused = why_not_moved(once, once, 1, date(2027, 1, 4), RULES, TODAY, CALENDAR)
    assert refused == "instalment 1 was moved already, from 2026-12-01"
    assert why_not_moved(once, once, 2, date(2027, 1, 27), RULES, TODAY, CALENDAR) is None
    twice = [once[0], replace(PLAN[1], moved_from=date(2026, 12, 1)), PLAN[2]]
    assert "there were 2" in (why_not_moved(twice, twice, 3, date(2027, 3, 1), RULES, TODAY, CALENDAR) or "")
