"""What stands in the way: the table says something about everything, and the planner does what it says."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.parties.life_events import LifeKind
from domain.parties.speakers import addressee_of
from domain.parties.standing import TABLE as LIFE
from domain.parties.standing import Says, Thing, standing_of
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, HandOffState, PastEvent
from domain.planner.obstacles import TABLE, Kind, against, obstacles, why_not
from domain.planner.planner import next_action
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from tests.domain.builders import (
    DUE,
    DUE_READ,
    EVERYWHERE,
    GENTLE,
    INVOICE_READ,
    LAW,
    TO_NOTICE,
    TO_REMINDER,
    facts,
    known,
    local,
    policy,
    sent,
)

OSLO = LAW.calendar
NEVER = date(2027, 2, 1)

CALLING = policy(
    """
  - id: reminder
    at: due date + 14 days
    reach: [email, letter]
    read_within: 2 days
    deadline: 14 days
  - {id: call, at: reminder deadline + 2 banking days, channel: phone}
""",
    ignore_balance_below="50 NOK",
)
WITH_A_FEE = policy(
    """
  - {id: fee-reminder, at: due date + 30 days, message: reminder, fee: statutory, reach: [letter], deadline: 14 days}
""",
    ignore_balance_below="50 NOK",
)
BLOCKING = policy(
    """
  - {id: block-warning, at: due date + 32 days, message: block-warning, send: [letter], deadline: 28 days}
  - {id: block, at: block-warning deadline + 5 banking days, action: block service}
""",
    ignore_balance_below="50 NOK",
)
WARNED = sent(
    "block-warning", Channel.LETTER, "2026-07-17 09:00", posted_on=date(2026, 7, 17), deadline=date(2026, 8, 20)
)

ENDING = policy(
    """
  - {id: reminder, at: due date + 14 days, reach: [email, letter], read_within: 2 days, deadline: 14 days}
  - {id: end-warning, at: reminder deadline + 5 banking days, message: termination-warning, send: [letter], deadline: 28 days}
  - {id: end, at: end-warning deadline + 5 banking days, action: terminate service, approval: required}
  - {id: notice, at: end-warning deadline + 20 banking days, kind: collection notice, send: [letter], deadline: 14 days}
""",
    ignore_balance_below="50 NOK",
)
END_WARNED = replace(WARNED, step="end-warning")

OF_BOTH = (*EVERYWHERE, *(replace(each, of_representative=True) for each in EVERYWHERE))

# What a case is about to do: the thing, the act, its policy, its facts and the moment.
ABOUT_TO: dict[Thing, tuple[ActionKind, str, Policy, CaseFacts, str]] = {
    Thing.INVOICE: (ActionKind.DELIVER, "invoice", GENTLE, facts(), "2026-06-01 09:00"),
    Thing.OCCASION: (
        ActionKind.DELIVER,
        "payment-abandoned#7",
        GENTLE,
        facts(INVOICE_READ, DUE_READ, abandoned_payment=PastEvent("7", local("2026-06-16 09:00"))),
        "2026-06-16 10:00",
    ),
    Thing.REMINDER: (ActionKind.DELIVER, "reminder", GENTLE, facts(INVOICE_READ, DUE_READ), "2026-06-29 09:00"),
    Thing.FEE_REMINDER: (ActionKind.DELIVER, "fee-reminder", WITH_A_FEE, facts(*TO_REMINDER), "2026-07-15 09:00"),
    Thing.NOTICE: (ActionKind.DELIVER, "collection-notice", GENTLE, facts(*TO_REMINDER), "2026-07-20 09:00"),
    Thing.CALL: (ActionKind.OPEN_CALL_TASK, "call", CALLING, facts(*TO_REMINDER), "2026-07-15 09:00"),
    Thing.BLOCK: (ActionKind.BLOCK_SERVICE, "block", BLOCKING, facts(*TO_REMINDER, WARNED), "2026-08-27 09:00"),
    Thing.HAND_OFF: (
        ActionKind.HAND_OFF,
        "hand-off",
        GENTLE,
        facts(*TO_NOTICE, approval="approved"),
        "2026-08-12 09:00",
    ),
}

TWO_PARTS = (Instalment(1, NEVER, Decimal(401)), Instalment(2, NEVER + timedelta(days=30), Decimal(401)))


def in_the_way(kind: Kind | LifeKind, at: str) -> dict[str, Any]:
    """What is known of a case in whose way an obstacle of this kind stands at a moment, and nothing else."""
    now = local(at)
    today = OSLO.local_date(now)
    if isinstance(kind, LifeKind):
        return {"life": (known(kind),)}
    of_the_case: dict[Kind, dict[str, Any]] = {
        Kind.CONTRADICTED: {"contradiction": "the balance that is kept is not what is booked"},
        Kind.CLOSED: {"open": False},
        Kind.WITHDRAWN: {"withdrawn": True},
        Kind.RECALLED: {"hand_off": HandOffState.RECALLED},
        Kind.SETTLED: {"balance": Decimal(0)},
        Kind.ACCEPTED: {"hand_off": HandOffState.ACCEPTED},
        Kind.CLOSED_BY_PARTNER: {"hand_off": HandOffState.CLOSED},
        Kind.TOO_LITTLE: {"balance": Decimal(20)},
        Kind.QUEUED: {"hand_off": HandOffState.QUEUED},
        Kind.EXPORTED: {"hand_off": HandOffState.EXPORTED},
        Kind.STOP_SWITCH: {"stops": ("everything",)},
        Kind.OUTSIDE_RAMP: {"outside_ramp": 10},
        Kind.LETTERS_STOPPED: {"stopped_channels": frozenset({Channel.LETTER})},
        Kind.DISPUTED: {"disputed": True},
        Kind.REST_DISPUTED: {"disputed_amount": Decimal(800)},
        Kind.PART_DISPUTED: {"disputed_amount": Decimal(100)},
        Kind.HELD: {"held": True, "held_until": now + timedelta(days=30), "hold_reason": "asked-for-time"},
        Kind.IN_TURN: {"turn_at": now + timedelta(hours=3)},
        Kind.PAYING: {"paying_since": now - timedelta(minutes=10)},
        Kind.IN_REVIEW: {"money_in_review": today},
        Kind.REPLY_UNREAD: {"unread_reply": now - timedelta(hours=2)},
        Kind.UNSETTLED: {"unsettled": "no law of ES is known"},
        Kind.SHADOW: {"shadow": True},
        Kind.IN_PLAN: {"plan": ActivePlan(1, today - timedelta(days=20), TWO_PARTS, Decimal(0))},
        Kind.PROMISED: {"promises": (Promise(1, today + timedelta(days=5), Decimal(802), today, Decimal(0)),)},
    }
    return of_the_case[kind]


def decided(thing: Thing, **changes: Any) -> tuple[Action, bool]:
    """What a case that was about to do a thing does, once this is known of it; and whether it still does that."""
    kind, step, plan, case, at = ABOUT_TO[thing]
    action = next_action(plan, LAW, replace(case, **changes), local(at))
    return action, (action.kind, action.step, action.is_due(local(at))) == (kind, step, True)


def test_every_kind_has_its_row_and_says_something_about_every_thing() -> None:
    assert list(TABLE) == list(Kind)
    assert all(list(rule.forbids) == list(Thing) and rule.why and rule.source for rule in TABLE.values())
    assert all(rule.forbids[thing] for rule in TABLE.values() for thing in rule.said)  # words for what it forbids alone


def test_nothing_stands_in_the_way_of_a_plain_case() -> None:
    assert list(obstacles(facts(), OSLO, local("2026-06-29 09:00"), GENTLE.ignore_balance_below)) == []


@pytest.mark.parametrize("kind", [*Kind, *(kind for kind, rule in LIFE.items() if any(rule.forbids.values()))])
def test_each_kind_is_found_alone_by_what_is_known_of_the_case(kind: Kind | LifeKind) -> None:
    case = facts(**in_the_way(kind, "2026-06-29 09:00"))
    found = list(obstacles(case, OSLO, local("2026-06-29 09:00"), GENTLE.ignore_balance_below))
    assert [obstacle.kind for obstacle in found] == [kind]
    assert all("{}" not in found[0].why(thing) for thing in Thing)


def test_each_situation_comes_to_its_thing() -> None:
    assert all(decided(thing)[1] for thing in ABOUT_TO)


@pytest.mark.parametrize("thing", ABOUT_TO)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.LETTERS_STOPPED])
def test_the_planner_does_what_the_table_allows_and_nothing_else(kind: Kind, thing: Thing) -> None:
    at = ABOUT_TO[thing][-1]
    changes = in_the_way(kind, at)
    action, done = decided(thing, **changes)
    assert done is not TABLE[kind].forbids[thing]
    if not done and kind not in (Kind.SETTLED, Kind.IN_PLAN):  # these say more: how it was settled, what comes next
        case, too_little = replace(ABOUT_TO[thing][3], **changes), GENTLE.ignore_balance_below
        obstacle = against(thing, case, OSLO, local(at), too_little)
        assert obstacle is not None
        assert (action.why, action.at, action.flag) == (obstacle.why(thing), obstacle.until, obstacle.flag)


@pytest.mark.parametrize("thing", ABOUT_TO)
@pytest.mark.parametrize("kind", LIFE)
def test_the_planner_does_what_a_debtors_life_allows_and_nothing_else(kind: LifeKind, thing: Thing) -> None:
    life = (known(kind, "Guri Verge"),)
    who = addressee_of(standing_of(life, DUE, LAW))
    heard = tuple(replace(each, addressee=who) for each in ABOUT_TO[thing][3].deliveries)
    case = replace(ABOUT_TO[thing][3], life=life, contacts=OF_BOTH, deliveries=heard)
    action, done = decided(thing, life=life, contacts=OF_BOTH, deliveries=heard)
    says, by_letter = LIFE[kind].says[thing], thing in (Thing.FEE_REMINDER, Thing.NOTICE)
    asked = by_letter and LIFE[kind].says[Thing.LETTER] is Says.ASKS
    on_paper = thing is Thing.OCCASION and LIFE[kind].says[Thing.DIGITAL] is Says.NEVER  # which it never goes by
    assert done is (
        says in (Says.ALLOWED, Says.ASKS) and not asked and not on_paper
    )  # the hand-off is approved already
    if asked:
        assert action.flag == "protected address"
    if says is Says.WAITS:
        obstacle = against(thing, case, OSLO, local(ABOUT_TO[thing][-1]))
        assert obstacle is not None
        assert (action.why, action.at, action.flag) == (obstacle.why(thing), None, obstacle.flag)


def test_a_stop_switch_of_letters_stops_letters_and_leaves_the_other_channels() -> None:
    known = {"stopped_channels": frozenset({Channel.LETTER})}
    assert decided(Thing.REMINDER, **known)[1]  # an email
    action, done = decided(Thing.NOTICE, **known)  # a letter
    assert (done, action.why) == (False, "stop switch: channel letter")
    assert against(Thing.LETTER, facts(**known), OSLO, local("2026-07-20 09:00")) is not None


def test_a_stop_switch_of_another_channel_leaves_letters_in_their_batch() -> None:
    case = facts(stopped_channels=frozenset({Channel.SMS}))
    assert list(obstacles(case, OSLO, local("2026-07-20 09:00"))) == []


@pytest.mark.parametrize(
    "kind", [Kind.HELD, Kind.IN_TURN, Kind.PAYING, Kind.IN_REVIEW, Kind.REPLY_UNREAD, Kind.PROMISED]
)
def test_what_has_an_end_stands_until_that_moment_and_not_at_it(kind: Kind) -> None:
    case = facts(**in_the_way(kind, "2026-06-29 09:00"))
    (obstacle,) = obstacles(case, OSLO, local("2026-06-29 09:00"))
    assert obstacle.until is not None
    assert list(obstacles(case, OSLO, obstacle.until - timedelta(seconds=1))) or kind is Kind.PROMISED
    assert list(obstacles(case, OSLO, obstacle.until)) == []


def test_a_promise_stands_through_its_day() -> None:
    case = facts(promises=(Promise(1, date(2026, 7, 3), Decimal(802), date(2026, 6, 29), Decimal(0)),))
    assert why_not(Thing.DRAW, case, OSLO, local("2026-07-03 23:59")) == "the debtor has promised to pay"
    assert why_not(Thing.DRAW, case, OSLO, local("2026-07-04 00:00")) is None


def test_a_hold_whose_end_is_past_holds_nothing() -> None:
    now = local("2026-06-29 09:00")
    case = facts(held=True, held_until=now, hold_reason="asked-for-time")
    assert (list(obstacles(case, OSLO, now)), case.on_hold(now)) == ([], False)


def test_of_several_promises_the_last_one_made_counts() -> None:
    made = [Promise(1, date(2026, 7, 10), Decimal(802), date(2026, 6, 20), Decimal(0))]
    made += [Promise(2, date(2026, 7, 1), Decimal(802), date(2026, 6, 29), Decimal(0))]
    assert why_not(Thing.DRAW, facts(promises=tuple(made)), OSLO, local("2026-07-02 09:00")) is None


def test_a_plan_takes_the_place_of_a_promise_so_that_its_instalments_are_drawn() -> None:
    at = "2026-06-29 09:00"
    case = facts(**in_the_way(Kind.IN_PLAN, at), **in_the_way(Kind.PROMISED, at))
    assert [obstacle.kind for obstacle in obstacles(case, OSLO, local(at))] == [Kind.IN_PLAN]
    assert why_not(Thing.DRAW, case, OSLO, local(at)) is None


def test_of_a_part_that_is_disputed_the_rest_is_drawn_promised_and_paid_but_not_put_into_a_plan() -> None:
    case, now = facts(disputed_amount=Decimal(100)), local("2026-06-29 09:00")
    assert case.undisputed == Decimal(702)
    allowed = [
        thing for thing in (Thing.DRAW, Thing.PROMISE, Thing.PAYMENT, Thing.PLAN) if not against(thing, case, OSLO, now)
    ]
    assert allowed == [Thing.DRAW, Thing.PROMISE, Thing.PAYMENT]


def test_the_first_obstacle_of_the_table_gives_the_words() -> None:
    case = facts(life=(known("insolvent"),), held=True, hold_reason="x", disputed=True)
    assert why_not(Thing.DRAW, case, OSLO, local("2026-06-29 09:00")) == "the debtor is stopped: insolvent"


def ends(**changes: Any) -> Action:
    """What a case of a service that is to be ended does on the day after the warning's deadline and the days for money."""
    return next_action(ENDING, LAW, facts(*TO_REMINDER, END_WARNED, **changes), local("2026-08-27 09:00"))


def test_a_service_is_ended_once_a_person_has_agreed_and_after_its_own_warning_alone() -> None:
    assert (ends().kind, ends().step) == (ActionKind.REQUEST_APPROVAL, "end")
    waits = ends(tasks=frozenset({("approval", "end")}))
    assert (waits.kind, waits.flag, waits.at) == (ActionKind.WAIT, "approval waiting", local("2026-09-17 09:00"))
    done = ends(tasks=frozenset({("approval", "end")}), approval="approved", approval_of="end")
    assert done.kind is ActionKind.TERMINATE_SERVICE
    for other in (None, "hand-off"):  # a verdict on another step is none on this one
        assert ends(approval="approved", approval_of=other).kind is ActionKind.REQUEST_APPROVAL
    unwarned = facts(*TO_REMINDER, WARNED, approval="approved", approval_of="end")
    assert next_action(ENDING, LAW, unwarned, local("2026-08-27 09:00")).kind is not ActionKind.TERMINATE_SERVICE


@pytest.mark.parametrize(
    "changes",
    [
        {"approval": "rejected", "approval_of": "end"},
        {"terminated": True},
        {"life": (known("danger"),)},
    ],
)
def test_what_a_person_did_not_agree_to_is_over_or_dangerous_is_left_out_and_the_plan_goes_on(
    changes: dict[str, Any],
) -> None:
    action = ends(**changes)
    assert (action.kind, action.step, action.at) == (ActionKind.DELIVER, "notice", local("2026-09-17 09:00"))


@pytest.mark.parametrize(
    "changes",
    [
        {"disputed_amount": Decimal(100)},
        {"held": True, "hold_reason": "x"},
        {"stops": ("everything",)},
        {"life": (known("deceased"),)},
        {"unread_reply": local("2026-08-26 09:00")},
        {"promises": (Promise(1, date(2026, 9, 1), Decimal(802), date(2026, 8, 20), Decimal(0)),)},
        {"bank_data_through": date(2026, 8, 1)},
    ],
)
def test_nothing_is_ended_while_anything_speaks_against_it(changes: dict[str, Any]) -> None:
    approved = {"approval": "approved", "approval_of": "end"}
    assert ends(**approved | changes).kind is ActionKind.WAIT


def test_a_service_that_was_free_again_is_blocked_only_after_a_new_warning() -> None:
    """An instalment plan freed it, and was given up for another: the warning of before warns no more."""
    freed = facts(*TO_REMINDER, WARNED, freed_at=local("2026-08-21 10:00"))
    assert next_action(BLOCKING, LAW, freed, local("2026-08-27 09:00")).kind is not ActionKind.BLOCK_SERVICE
    posted, deadline = date(2026, 8, 24), date(2026, 9, 25)
    again = sent("block-warning", Channel.LETTER, "2026-08-24 09:00", posted_on=posted, deadline=deadline)
    warned = facts(*TO_REMINDER, again, freed_at=local("2026-08-21 10:00"))
    at = local("2026-10-02 09:00")
    assert next_action(BLOCKING, LAW, warned, at).kind is ActionKind.BLOCK_SERVICE


@pytest.mark.parametrize("kind", [*(kind for kind in Kind if kind is not Kind.CONTRADICTED), *LIFE])
def test_a_warning_of_a_block_waits_wherever_a_notice_does(kind: Kind | LifeKind) -> None:
    """It costs nothing and threatens: whoever wrote to us is read first, and no stranger is warned."""
    at = "2026-07-17 09:00"
    case = facts(*TO_REMINDER, **({"contacts": OF_BOTH} | in_the_way(kind, at)))
    waits = against(Thing.NOTICE, case, OSLO, local(at), BLOCKING.ignore_balance_below) is not None
    action = next_action(BLOCKING, LAW, case, local(at))
    assert not (waits and action.step == "block-warning" and action.kind is ActionKind.DELIVER)
    plain = next_action(BLOCKING, LAW, facts(*TO_REMINDER), local(at))
    assert (plain.kind, plain.step) == (ActionKind.DELIVER, "block-warning")
