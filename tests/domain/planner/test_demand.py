"""What a message asks for: of a case, and of its riders."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from config.files import COUNTRIES
from domain.agreements.instalments import Instalment
from domain.countries.law_loader import load_law
from domain.money.charges import Charge, ChargeKind
from domain.money.interest import accrued
from domain.planner.case_facts import ActivePlan, Asked, Draw, PendingDraw
from domain.planner.demand import Rider, demand
from domain.planner.occasions import step_named
from domain.vocabulary import Channel
from tests.domain.builders import (
    DUE,
    ISSUED,
    LAW,
    LAWS,
    NOTICE,
    SHIPPED,
    STANDARD,
    TO_NOTICE,
    TO_REMINDER,
    facts,
    local,
)

DAY = date(2026, 7, 20)
BUSINESS = SHIPPED["no-business"]


def noon(day: date) -> datetime:
    return local(f"{day} 12:00")


def rider(step: str, *deliveries: Any, case: int = 1, **changes: Any) -> Rider:
    return Rider(case, STANDARD, LAW, facts(*deliveries, **changes), step_named(STANDARD, step))


def test_a_dispute_over_more_than_the_principal_takes_its_rest_off_the_costs() -> None:
    owed = {"balance": Decimal("752.18"), "principal": Decimal(692), "disputed_amount": Decimal(700)}
    asks = demand([rider("due-date-reminder", **owed)], Channel.EMAIL, noon(DUE))
    assert asks.cases[0].asked == Asked(Decimal(0), Decimal("52.18"))
    assert asks.due == facts(**owed).undisputed


def test_each_invoice_of_a_late_message_keeps_or_moves_its_own_due_date() -> None:
    late, in_time = (
        rider("invoice", case=case, due_date=day) for case, day in enumerate((date(2026, 6, 4), date(2026, 6, 30)))
    )
    asks = demand([late, in_time], Channel.EMAIL, noon(ISSUED))
    assert [each.due_date for each in asks.cases] == [date(2026, 6, 8), date(2026, 6, 30)]
    assert (asks.deadline, asks.due_date_moved) == (date(2026, 6, 8), True)


def test_a_copy_adds_nothing_and_gives_the_day_of_what_it_copies() -> None:
    asks = demand([rider("collection-notice", *TO_NOTICE)], Channel.SMS, noon(DAY), alert=True)
    assert (asks.deadline, asks.charge, asks.cases[0].interest) == (NOTICE.deadline, None, None)


def test_the_one_fee_of_a_joint_message_is_borne_by_the_invoice_that_is_due_longest() -> None:
    days = (DUE, date(2026, 6, 12))
    cases = [rider("reminder", *TO_REMINDER, case=case, due_date=day) for case, day in enumerate(days)]
    asks = demand(cases, Channel.LETTER, noon(DAY))
    assert [each.charge for each in asks.cases] == [None, Charge(ChargeKind.FEE, Decimal(38), DAY)]


@pytest.mark.parametrize("lead", [0, 1, 2])
def test_of_invoices_that_are_due_alike_the_oldest_bears_the_fee_whichever_of_them_sends(lead: int) -> None:
    cases = [rider("reminder", *TO_REMINDER, case=case) for case in range(3)]
    asks = demand([*cases[lead:], *cases[:lead]], Channel.LETTER, noon(DAY))
    assert [(lead + place) % 3 for place, each in enumerate(asks.cases) if each.charge] == [0]


def test_interest_runs_on_the_principal_as_it_changed_without_what_is_disputed() -> None:
    changes = ((ISSUED, Decimal(802)), (date(2026, 7, 1), Decimal(-400)))
    case = facts(*TO_REMINDER, principal=Decimal(402), principal_changes=changes, disputed_amount=Decimal(100))
    notice = Rider(1, BUSINESS, LAW, case, step_named(BUSINESS, "collection-notice"))
    (of,) = demand([notice], Channel.LETTER, noon(DAY)).cases
    assert of.added_interest == accrued((*changes, (ISSUED, Decimal(-100))), DUE, DAY, LAW) > 0


def test_a_message_about_an_instalment_gives_its_day_and_asks_for_it_alone() -> None:
    parts = tuple(Instalment(number, date(2026, 6 + number, 15), Decimal(401)) for number in (1, 2))
    agreed = ActivePlan(id=7, agreed_on=ISSUED, instalments=parts, paid=Decimal(1))
    asks = demand([rider("instalment-due#7-1", plan=agreed)], Channel.EMAIL, noon(date(2026, 7, 12)))
    assert asks.instalments == (replace(parts[0], amount=Decimal(400)),)
    assert asks.deadline == parts[0].due_on


CLAIMED = PendingDraw(1, Decimal(802), DUE)
IN_TWO = tuple(Instalment(number, date(2026, 5 + number, 15), Decimal(401)) for number in (1, 2))
FIRST = Draw(Decimal(401), IN_TWO[0].due_on, 1)


@pytest.mark.parametrize(
    ("step", "known", "drawn"),
    [
        ("invoice", {"draw": CLAIMED}, CLAIMED.money),
        ("reminder", {"draw": CLAIMED}, CLAIMED.money),
        ("collection-notice", {"draw": CLAIMED}, None),  # the law's own words
        ("draw-goes-on#1", {"draw": CLAIMED}, None),  # it says so in its own words
        ("plan-agreed#7", {"plan": ActivePlan(7, ISSUED, IN_TWO, Decimal(0)), "drawable": True}, FIRST),
        ("instalment-due#7-1", {"plan": ActivePlan(7, ISSUED, IN_TWO, Decimal(0)), "drawable": True}, FIRST),
        ("instalment-due#7-2", {"plan": ActivePlan(7, ISSUED, IN_TWO, Decimal(0)), "drawable": True}, None),
        ("payment-abandoned#3", {"plan": ActivePlan(7, ISSUED, IN_TWO, Decimal(0)), "drawable": True}, FIRST),
    ],
)
def test_a_message_knows_what_is_drawn_of_what_it_asks_for(
    step: str, known: dict[str, Any], drawn: Draw | None
) -> None:
    (of,) = demand([rider(step, **known)], Channel.EMAIL, noon(date(2026, 6, 3))).cases
    assert of.draw == drawn


def test_an_invoice_that_comes_late_is_drawn_on_the_day_it_gives() -> None:
    late = rider("invoice", drawable=True, due_date=date(2026, 6, 4))
    (of,) = demand([late], Channel.EMAIL, noon(ISSUED)).cases
    assert of.draw == Draw(Decimal(802), of.due_date)


def test_a_warning_says_all_that_it_must_also_where_money_is_drawn() -> None:
    warning = Rider(
        1, SHIPPED["no-service"], LAW, facts(draw=CLAIMED), step_named(SHIPPED["no-service"], "block-warning")
    )
    assert demand([warning], Channel.LETTER, noon(date(2026, 6, 3))).cases[0].draw is None


@pytest.mark.parametrize("lead", [0, 1])
def test_invoices_of_two_laws_in_one_currency_are_asked_for_by_the_kinder_of_both(lead: int) -> None:
    text = (COUNTRIES / "fi.yaml").read_text(encoding="utf-8")
    kinder = text.replace("amount: 5, days_after_due_date: 15", "amount: 3, days_after_due_date: 15")
    longer = load_law(kinder.replace("days_from_receipt: 10", "days_from_receipt: 30"), "fi.yaml")
    plan = SHIPPED["fi-standard"]
    step = next(step for step in plan.steps if step.fee.kind != "none")
    cases = [
        Rider(case, plan, law, facts(*TO_REMINDER, currency="EUR"), step)
        for case, law in enumerate((LAWS["FI"], longer))
    ]
    asks = demand([cases[lead], cases[1 - lead]], Channel.LETTER, noon(DAY))
    assert asks.charge == Charge(ChargeKind.FEE, Decimal(3), DAY)
    assert [each.charge for each in asks.cases] == [None, asks.charge][:: 1 if lead == 0 else -1]
    alone = demand([cases[1]], Channel.LETTER, noon(DAY))
    assert asks.deadline == alone.deadline is not None
