"""What will be drawn of a case, and when: only what the bank will draw where nothing more happens."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.planner.case_facts import ActivePlan, Draw, PendingDraw
from domain.planner.coming_draw import coming_draw
from tests.domain.builders import (
    DUE,
    LAW,
    facts,
    known,
    local,
)

ALL = Draw(Decimal(802), DUE)
CLAIM = PendingDraw(1, Decimal(802), DUE)
ENDED = replace(CLAIM, mandate_stands=False)
LATER = date(2026, 6, 29)
IN_TWO = (Instalment(1, DUE, Decimal(402)), Instalment(2, date(2026, 7, 15), Decimal(400)))
PLAN = ActivePlan(7, date(2026, 6, 2), IN_TWO, Decimal(0))
PROMISED = Promise(1, date(2026, 6, 20), Decimal(802), date(2026, 6, 2), Decimal(0))
FIRST = Draw(Decimal(402), DUE, 1)
OF_PLAN = PendingDraw(1, Decimal(402), DUE, plan=7, instalment=1)
HALF = Draw(Decimal(402), LATER)


@pytest.mark.parametrize(
    ("at", "known", "drawn"),
    [
        # a mandate, and the claim can still be made
        ("2026-06-01 09:00", {"drawable": True}, ALL),
        ("2026-06-01 09:00", {}, None),
        ("2026-06-01 09:00", {"drawable": True, "due_date": date(2026, 6, 13)}, ALL),  # a Saturday
        ("2026-06-01 09:00", {"drawable": True, "disputed_amount": Decimal(400)}, Draw(Decimal(402), DUE)),
        ("2026-06-01 09:00", {"drawable": True, "disputed": True}, None),
        ("2026-06-01 09:00", {"drawable": True, "held": True}, None),
        ("2026-06-01 09:00", {"drawable": True, "shadow": True}, None),
        ("2026-06-01 09:00", {"drawable": True, "life": (known("deceased"),)}, None),
        ("2026-06-01 09:00", {"drawable": True, "stops": ("everything",)}, None),
        ("2026-06-01 09:00", {"drawable": True, "promises": (PROMISED,)}, None),
        ("2026-06-01 09:00", {"drawable": True, "balance": Decimal(0), "principal": Decimal(0)}, None),
        ("2026-06-01 09:00", {"drawable": True, "not_before": LATER}, Draw(Decimal(802), LATER)),
        ("2026-06-11 12:59", {"drawable": True}, ALL),
        ("2026-06-11 13:00", {"drawable": True}, None),  # the day's last files may have left
        ("2026-06-11 15:00", {"drawable": True}, None),
        ("2026-06-16 09:00", {"drawable": True}, None),
        # a claim that lives
        ("2026-06-11 15:00", {"draw": CLAIM}, ALL),
        ("2026-06-15 20:00", {"draw": CLAIM}, ALL),
        ("2026-06-16 09:00", {"draw": CLAIM}, None),
        ("2026-06-16 09:00", {"draw": CLAIM, "drawable": True}, None),
        ("2026-06-10 09:00", {"draw": ENDED}, None),
        ("2026-06-15 09:00", {"draw": ENDED}, None),
        ("2026-06-10 09:00", {"draw": CLAIM, "held": True}, None),
        ("2026-06-15 09:00", {"draw": CLAIM, "held": True}, ALL),  # nobody can stop it any more
        ("2026-06-10 09:00", {"draw": CLAIM, "balance": Decimal(852)}, ALL),
        ("2026-06-10 09:00", {"draw": CLAIM, "balance": Decimal(402)}, None),  # taken back, and too late for another
        ("2026-06-02 09:00", {"draw": CLAIM, "drawable": True, "balance": Decimal(402), "due_date": LATER}, HALF),
        ("2026-06-10 09:00", {"draw": CLAIM, "drawable": True, "due_date": LATER}, Draw(Decimal(802), LATER)),
        ("2026-06-15 09:00", {"draw": CLAIM, "drawable": True, "due_date": LATER}, ALL),
        # a draw of the creditor's own
        ("2026-06-01 09:00", {"claim_due": DUE, "drawn_elsewhere": True}, ALL),
        ("2026-06-15 09:00", {"claim_due": DUE, "drawn_elsewhere": True, "balance": Decimal(840)}, ALL),
        ("2026-06-16 09:00", {"claim_due": DUE, "drawn_elsewhere": True}, None),
        ("2026-06-10 09:00", {"claim_due": DUE}, None),  # our own that is being taken back
        # a plan
        ("2026-06-02 09:00", {"plan": PLAN, "drawable": True}, FIRST),
        (
            "2026-06-12 09:00",
            {"plan": PLAN, "drawable": True},
            None,
        ),  # too late for the first: the next one's turn comes
        ("2026-06-16 09:00", {"plan": PLAN, "drawable": True}, Draw(Decimal(400), IN_TWO[1].due_on, 2)),
        ("2026-06-12 09:00", {"plan": PLAN, "draw": OF_PLAN}, FIRST),
        ("2026-06-10 09:00", {"plan": PLAN, "draw": CLAIM}, None),  # of the invoice: it is taken back
        ("2026-06-10 09:00", {"draw": OF_PLAN}, None),  # of a plan that is over
    ],
)
def test_what_is_drawn_is_what_the_bank_will_draw(at: str, known: dict[str, Any], drawn: Draw | None) -> None:
    pending = known.get("draw")
    case = facts(**{"claim_due": pending.due_on if pending else None} | known)
    assert coming_draw(case, LAW.calendar, local(at)) == drawn


def test_a_message_that_moves_the_due_date_or_adds_to_the_debt_is_counted_with() -> None:
    case, at = facts(draw=CLAIM, drawable=True), local("2026-06-08 09:00")
    assert coming_draw(case, LAW.calendar, at, due=LATER) == Draw(Decimal(802), LATER)
    assert coming_draw(facts(drawable=True), LAW.calendar, at, added=Decimal(38)) == Draw(Decimal(840), DUE)
