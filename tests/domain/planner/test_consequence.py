"""If the debtor does this, then …: what is said of a choice is what the planner decides once the choice is made."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreements.instalments import offers
from domain.parties.standing import Thing
from domain.planner.action import ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts
from domain.planner.consequence import (
    NOT_NOTICED,
    PRESSING,
    Coming,
    Disputes,
    InParts,
    Nothing,
    Option,
    Pays,
    Promises,
    Rests,
    WantsDirectDebit,
    asks_again,
    consequence,
    on_paper,
)
from domain.planner.obstacles import why_not
from domain.planner.planner import next_action
from domain.policy.policy import Policy
from tests.domain.builders import DUE_READ, INVOICE_READ, LAW, SHIPPED, STANDARD, TO_NOTICE, TO_REMINDER, facts, local
from tests.domain.planner.test_planner_properties import SITUATIONS, SLOW

NOW = local("2026-06-29 12:00")
OVERDUE = facts(INVOICE_READ, DUE_READ)
PLAN = offers(Decimal(8020), STANDARD.plans, date(2026, 6, 29), LAW.calendar).plans[1].instalments
ALL_BUT_A_DRAW = frozenset(PRESSING) - {Thing.DRAW}


def of(option: Option, case: CaseFacts = OVERDUE, policy: Policy = STANDARD) -> tuple[str | None, str | None]:
    """What is written of a choice, and what comes again if nothing more is done, each with its day."""
    said = consequence(policy, LAW, case, NOW, option)
    word, then = (each and f"{each.what} {each.day} {each.fee}" for each in (said.word, said.then))
    return word, then


@pytest.mark.parametrize(
    ("option", "word", "then"),
    [
        (Nothing(), None, "reminder 2026-07-01 0"),
        (Pays(Decimal(802)), None, None),
        (Pays(Decimal(300)), None, "reminder 2026-07-01 0"),
        (Promises(date(2026, 7, 10)), None, "promise-broken 2026-07-13 0"),
        (InParts(PLAN), "plan-agreed 2026-06-29 0", "plan-broken 2026-08-04 0"),
        (Rests(local("2026-07-13 09:00")), None, "reminder 2026-07-13 0"),
        (Rests(None), None, None),
        (Disputes(), None, None),
        (Disputes(Decimal(100)), None, "reminder 2026-07-01 0"),
        (WantsDirectDebit(), "mandate-pending 2026-07-02 0", "reminder 2026-07-08 38"),
    ],
)
def test_each_choice_has_what_is_written_of_it_and_what_comes_after_it(
    option: Option, word: str | None, then: str | None
) -> None:
    assert of(option) == (word, then)


def test_what_is_paid_in_full_is_over_and_what_was_reminded_of_is_thanked_for() -> None:
    said = consequence(STANDARD, LAW, OVERDUE, NOW, Pays(Decimal(802)))
    assert (said.left, said.ends, said.then) == (Decimal(0), "paid", None)
    assert said.stops == frozenset(PRESSING)
    assert of(Pays(Decimal(802)), facts(*TO_REMINDER)) == ("paid 2026-06-29 0", None)


def test_a_promise_stops_everything_that_presses_through_its_day_and_a_plan_all_but_its_own_draws() -> None:
    promised = consequence(STANDARD, LAW, OVERDUE, NOW, Promises(date(2026, 7, 10)))
    assert (promised.stops, promised.until, promised.last) == (
        frozenset(PRESSING),
        date(2026, 7, 10),
        date(2026, 7, 10),
    )
    agreed = consequence(STANDARD, LAW, OVERDUE, NOW, InParts(PLAN))
    assert (agreed.stops, agreed.until, agreed.last) == (ALL_BUT_A_DRAW, None, PLAN[-1].due_on)


def test_a_part_that_is_disputed_stops_the_hard_and_nothing_else() -> None:
    said = consequence(STANDARD, LAW, OVERDUE, NOW, Disputes(Decimal(100)))
    assert said.stops == {Thing.BLOCK, Thing.HAND_OFF}


def test_what_stopped_already_is_not_said_to_stop_because_of_a_choice() -> None:
    held = replace(OVERDUE, held=True)
    assert consequence(STANDARD, LAW, held, NOW, Disputes()).stops == frozenset()
    assert consequence(STANDARD, LAW, held, NOW, Nothing()).then is None


def test_the_fee_of_what_comes_next_is_told_and_the_day_it_gives() -> None:
    late = facts(*TO_REMINDER)
    said = consequence(STANDARD, LAW, late, local("2026-07-10 12:00"), Nothing())
    assert said.then is not None
    assert (said.then.what, said.then.fee > 0, said.then.pay_by is not None) == ("reminder", True, True)


def test_after_a_notice_the_next_is_the_hand_off_and_a_promise_keeps_it_away() -> None:
    at = local("2026-08-08 12:00")
    noticed = facts(*TO_NOTICE)
    nothing, promised = (
        consequence(SHIPPED["no-gentle"], LAW, noticed, at, option)
        for option in (Nothing(), Promises(date(2026, 8, 20)))
    )
    assert nothing.then is not None
    assert promised.then is not None
    assert (nothing.then.what, promised.then.what) == ("hand off", "promise-broken")
    assert promised.then.day > date(2026, 8, 20) > nothing.then.day


def test_direct_debit_says_what_is_drawn_where_there_is_still_time() -> None:
    early = consequence(STANDARD, LAW, facts(INVOICE_READ), local("2026-06-02 12:00"), WantsDirectDebit())
    assert early.draw is not None
    assert (early.draw.amount, early.draw.day) == (Decimal(802), date(2026, 6, 15))
    assert early.stops == frozenset()  # not before the bank has confirmed it
    assert consequence(STANDARD, LAW, OVERDUE, NOW, WantsDirectDebit()).draw is None


def test_the_next_instalment_paid_early_moves_what_is_asked_for_to_the_one_after_it() -> None:
    agreed = facts(INVOICE_READ, plan=ActivePlan(7, date(2026, 6, 29), PLAN, Decimal(0)), balance=Decimal(8020))
    said = consequence(STANDARD, LAW, agreed, NOW, Pays(PLAN[0].amount))
    assert said.then is not None
    assert (said.then.what, said.left) == ("plan-broken", Decimal(8020) - PLAN[0].amount)
    assert said.then.day > PLAN[1].due_on


OPTIONS = st.sampled_from(
    [Nothing(), Pays(Decimal(38)), Pays(Decimal(802)), Promises(date(2026, 9, 1)), InParts(PLAN), Rests(None), Disputes(),
     Rests(local("2026-12-01 09:00")), Disputes(Decimal(30)), WantsDirectDebit()]
)  # fmt: skip


def allowed(option: Option, case: CaseFacts, now: datetime) -> bool:
    """Whether the command would be taken."""
    today = LAW.calendar.local_date(now)
    match option:
        case Pays(amount):
            return 0 < amount <= case.balance
        case Promises(day):
            return day >= today and why_not(Thing.PROMISE, case, LAW.calendar, now) is None
        case InParts():
            return PLAN[0].due_on > today and why_not(Thing.PLAN, case, LAW.calendar, now) is None
        case Rests(until):
            return until is None or until > now
        case Disputes(amount):
            return not case.disputed and (amount is None or amount < case.balance)
    return True


@given(SITUATIONS, OPTIONS, st.floats(0, 1))
@settings(suppress_health_check=SLOW)
def test_the_planner_asks_for_nothing_before_what_was_said_to_come(
    situation: tuple[Policy, CaseFacts, datetime], option: Option, part: float
) -> None:
    policy, case, now = situation
    if not allowed(option, case, now):
        return
    said = consequence(policy, LAW, case, now, option)
    after = replace(on_paper(option, case, LAW, now), companions=(), bank_data_through=date(2035, 1, 1))
    next_up: Coming | None = said.word or said.then
    ends = LAW.calendar.at(next_up.day, datetime.min.time()) if next_up else now + timedelta(days=200)
    moment = now + max(timedelta(0), ends - now) * part
    if next_up is not None and LAW.calendar.local_date(moment) >= next_up.day:
        return
    action = next_action(policy, LAW, after, moment)
    if action.kind in (*NOT_NOTICED, ActionKind.WAIT, ActionKind.CLOSE) or action.alert:
        return
    assert not action.is_due(moment) or not asks_again(action), (said, action)
