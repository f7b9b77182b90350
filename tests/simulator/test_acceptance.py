"""The demo's acceptance cases: all fifteen are played, told under their names, and a wrong end is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from simulator import report
from simulator.acceptance.case import AcceptanceCase, Seen, Told
from simulator.acceptance.cases import CASES
from simulator.acceptance.letters import BROKEN_PLAN, FAULTY_RUN, MIGRATED, NOT_ME, RETURNED
from simulator.acceptance.lives import ADVISER, BANKRUPTCY, DEATH, MINOR, PROTECTED
from simulator.acceptance.money import ALREADY_PAID, CHARGEBACK, LAST_DAY, OLD_KID, ONE_ACCOUNT
from simulator.acceptance.playing import Ending
from simulator.cast import SCENES, cast
from simulator.live_view import LiveEvent, Story

FIRST_DAY = date(2026, 3, 2)
FEE = Decimal("38.00")
LONG = FIRST_DAY + timedelta(days=60)


def told(step: str, channel: str = "email", **more: Any) -> Told:
    usual = Told(step, channel, "accepted", False, "kari@example.no", False, Decimal(0), None, FIRST_DAY, None, "d")
    return replace(usual, **more)


def letter(step: str, **more: Any) -> Told:
    return told(step, "letter", **({"posted_on": FIRST_DAY, "to": "Storgata 1"} | more))


def seen(**more: Any) -> Seen:
    usual: dict[str, Any] = dict.fromkeys(
        ("fees", "told", "claims", "tasks", "hand_offs", "partner", "plans", "held_for"), ()
    )
    usual |= {
        "number": "30010",
        "state": "closed",
        "outcome": "paid",
        "flag": None,
        "step": None,
        "why": "",
        "round": 1,
    }
    usual |= {
        "due_date": FIRST_DAY,
        "balance": Decimal(0),
        "fees_ever": 0,
        "interest": Decimal(0),
        "by_hand": 0,
        "known": {},
    }
    return Seen(**usual | more)


STOPPED: dict[str, Any] = {"state": "open", "outcome": None, "flag": "debtor stopped", "tasks": ("file claim",)}
TO_ANOTHER: dict[str, Any] = {"of_representative": True, "to": "ola@arving.example"}
NOTICE = letter("collection-notice", deadline=LONG)
RIGHT: dict[AcceptanceCase, tuple[Seen, ...]] = {
    OLD_KID: (seen(), seen(told=(told("invoice"),))),
    ALREADY_PAID: (
        seen(told=(told("due-date-reminder"), told("paid"))),
        seen(
            told=(told("due-date-reminder"), told("payment-not-found", on=FIRST_DAY + timedelta(days=7))),
            held_for=("says paid",),
        ),
    ),
    RETURNED: (
        seen(
            told=(
                letter("collection-notice", state="failed"),
                letter("collection-notice", to="Nygata 2", deadline=LONG),
            ),
            tasks=("address",),
            fees=(FEE, FEE),
            fees_ever=3,
        ),
    ),
    DEATH: (
        seen(**STOPPED, known={"deceased": FIRST_DAY}),
        seen(**STOPPED, claims=("cancelled",)),
        seen(**STOPPED, known={"deceased": FIRST_DAY}, told=(told("invoice", **TO_ANOTHER, on=LONG),)),
    ),
    BANKRUPTCY: (seen(**STOPPED, known={"insolvent": FIRST_DAY}), seen(told=(told("due-date-reminder"),))),
    MINOR: (
        seen(
            fees_ever=1,
            tasks=("guardian",),
            known={"minor": FIRST_DAY},
            told=(letter("reminder", **TO_ANOTHER, on=LONG),),
        ),
    ),
    ADVISER: (seen(told=(told("invoice", **TO_ANOTHER), told("reminder", **TO_ANOTHER))),),
    PROTECTED: (seen(told=(letter("reminder"), NOTICE), tasks=("approval",), hand_offs=("accepted",)),),
    NOT_ME: (seen(told=(told("invoice", state="failed"), told("invoice", "sms", to="+4791234567"))),),
    MIGRATED: (seen(told=(NOTICE,), fees=(FEE, FEE), fees_ever=2),),
    FAULTY_RUN: (
        seen(held_for=("faulty-run",)),
        seen(held_for=("faulty-run",), told=(letter("invoice", state="withdrawn"), letter("invoice"))),
        seen(),
    ),
    ONE_ACCOUNT: (seen(), seen(), seen(by_hand=1)),
    LAST_DAY: (seen(fees=(FEE, FEE)), seen(hand_offs=("recalled",), partner=("direct_payment", "recall"))),
    CHARGEBACK: (seen(told=(told("due-date-moved"),), due_date=FIRST_DAY + timedelta(days=14), reopened_on=FIRST_DAY),),
    BROKEN_PLAN: (seen(plans=("broken",), told=(NOTICE,), fees=(FEE, FEE)),),
}
WRONG: tuple[tuple[AcceptanceCase, int, dict[str, Any], str], ...] = (
    (OLD_KID, 1, {"told": (told("due-date-reminder"),)}, "reminded"),
    (ALREADY_PAID, 0, {"told": (told("due-date-reminder"),)}, "thanked"),
    (ALREADY_PAID, 1, {"told": (told("due-date-reminder"), told("reminder"))}, "nobody asked for proof"),
    (RETURNED, 0, {"fees_ever": 2}, "fee was not taken back"),
    (DEATH, 2, {"told": (told("invoice", on=LONG),)}, "the dead were written to"),
    (DEATH, 1, {"claims": ("sent",)}, "the draw was not taken back"),
    (BANKRUPTCY, 1, {"tasks": ("file claim",)}, "was to be filed, too"),
    (MINOR, 0, {"fees": (FEE,)}, "a fee stands"),
    (MINOR, 0, {"told": (told("reminder", on=LONG),)}, "a child got an email"),
    (ADVISER, 0, {"told": (told("invoice"), told("reminder", **TO_ANOTHER))}, "the debtor was written to"),
    (PROTECTED, 0, {"tasks": ()}, "nobody approved"),
    (NOT_ME, 0, {"told": (told("invoice"),)}, "counts as delivered"),
    (MIGRATED, 0, {"told": (letter("reminder"), NOTICE)}, "it was told reminder, collection-notice"),
    (FAULTY_RUN, 2, {"held_for": ("faulty-run",)}, "another's invoice was held"),
    (ONE_ACCOUNT, 2, {"by_hand": 0}, "taken for a person"),
    (LAST_DAY, 1, {"partner": ("direct_payment",)}, "not told"),
    (CHARGEBACK, 0, {"due_date": FIRST_DAY + timedelta(days=13)}, "with fourteen days"),
    (BROKEN_PLAN, 0, {"hand_offs": ("accepted",)}, "handed off by the old notice"),
)


def test_all_fifteen_are_played_each_under_a_name_of_its_own() -> None:
    assert [case.number for case in CASES] == list(range(1, 16))
    assert len({case.name for case in CASES}) == 15
    everybody = cast(FIRST_DAY, invoices=44, seed=1, cases=CASES)
    for case in CASES:
        assert len(everybody.of_case(case.name)) == len(case.roles)
        assert len({i.debtor.customer_number for i in everybody.of_case(case.name)}) == len(
            {r.person for r in case.roles}
        )
    assert len({person.name for person in everybody.people}) == len(everybody.people)


def test_the_cases_change_nothing_about_everybody_else() -> None:
    alone = cast(FIRST_DAY, invoices=len(SCENES), seed=1)
    among = cast(FIRST_DAY, invoices=len(SCENES), seed=1, cases=CASES)
    assert among.invoices[: len(SCENES)] == alone.invoices


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_ends_right_when_all_is_as_the_practice_demands(case: AcceptanceCase) -> None:
    assert case.wrong(dict(enumerate(RIGHT[case]))) == []


@pytest.mark.parametrize(("case", "place", "other", "said"), WRONG, ids=lambda value: getattr(value, "name", None))
def test_a_case_that_ends_otherwise_says_what_is_wrong(
    case: AcceptanceCase, place: int, other: dict[str, Any], said: str
) -> None:
    world = dict(enumerate(RIGHT[case])) | {place: replace(RIGHT[case][place], **other)}
    assert said in "; ".join(case.wrong(world))


def test_a_story_in_which_nothing_happened_has_ended_wrong() -> None:
    nothing = seen(state="open", outcome=None)
    for case in CASES:
        assert case.wrong(dict.fromkeys(range(len(case.roles)), nothing)), case.name


def figures(*endings: Ending, broken: tuple[str, ...] = ()) -> dict[str, Any]:
    lost = {"assumed_sent": 0, "truly_sent": 0}
    webhooks: dict[str, Any] = {"delivered": {}, "refused": 0, "seconds_to_unblock": None}
    told = {
        "currency": "NOK",
        "weeks": 13,
        "creditors": {},
        "webhooks": webhooks,
        "page_visits": 0,
        "unanswered_messages": lost,
    }
    return told | {"broken_rules": list(broken), "acceptance_cases": [ending.told() for ending in endings]}


@pytest.mark.parametrize(
    ("wrong", "broken", "well"), [((), (), True), (("it was not paid",), (), False), ((), ("a rule",), False)]
)
def test_a_wrong_end_or_a_broken_rule_is_said_and_is_not_well(
    wrong: tuple[str, ...], broken: tuple[str, ...], well: bool
) -> None:
    end = figures(Ending(DEATH, wrong, {"30040": "debtor stopped"}), broken=broken)
    assert report.all_well(end) is well
    shown = Console(file=StringIO(), width=80)
    report.show(shown, end)
    said = shown.file.getvalue()  # type: ignore[attr-defined]
    assert ("wrong: it was not paid" in said) is bool(wrong)
    assert f"Acceptance cases: {0 if wrong else 1} of 1 ended right" in said
    assert "30040 debtor stopped" in said


def test_what_a_case_demands_fits_a_line_of_the_report() -> None:
    assert [case.name for case in CASES if len(case.demands) > 56 or len(case.name) > 12] == []


def test_what_is_told_about_an_invoice_of_a_case_bears_its_name() -> None:
    heard: list[str] = []

    class Listener:
        show: Callable[[LiveEvent], None] = staticmethod(lambda event: heard.append(event.what))

    story = Story("NO", cases={"30040": "Death"})
    story.listener = Listener()  # type: ignore[assignment]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    story.tell(at, "email", "reminder to Kari (30040)", "30040")
    story.tell(at, "email", "reminder to Ola (10001)", "10001")
    story.tell(at, "bank", "opens")
    assert heard == ["Death: reminder to Kari (30040)", "reminder to Ola (10001)", "opens"]
