"""What holds for every lawful policy, whatever happened before and whenever one looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.agreements import direct_debit, instalments, promises
from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.countries.calendar import add_months
from domain.countries.fees import EarlierFee
from domain.money.interest import accrued
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.speakers import Asker, addressee_of
from domain.parties.standing import TABLE, Says, Thing, standing_of
from domain.planner import told
from domain.planner.action import Action, ActionKind
from domain.planner.calls import Outcome
from domain.planner.case_facts import (
    ActivePlan,
    Announced,
    CaseFacts,
    Companion,
    Contact,
    Delivery,
    DeliveryState,
    Draw,
    HandOffState,
    PastEvent,
    PendingDraw,
)
from domain.planner.demand import Rider, demand, fee_to_charge
from domain.planner.flags import FLAGS
from domain.planner.gates import said_by
from domain.planner.notices import asked_of, covers
from domain.planner.occasions import ANSWER, DRAW_GOES_ON, is_occasion, step_name, step_named
from domain.planner.planner import next_action
from domain.policy.loader import PolicyError
from domain.policy.policy import Policy, Step, StepKind
from domain.vocabulary import CHANNELS, Channel
from tests.domain.builders import (
    CHILD,
    DUE,
    ISSUED,
    LAW,
    SHIPPED,
    known,
    policy,
)
from tests.oracle.reading import SOMEBODY

START = datetime(2026, 5, 25, tzinfo=UTC)
MOMENTS = st.integers(0, 60 * 24 * 300).map(lambda minutes: START + timedelta(minutes=minutes))
MAY_BE_SENT = (DeliveryState.ACCEPTED, DeliveryState.SHADOW, DeliveryState.CLAIMED)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
SILENT = (HandOffState.QUEUED, HandOffState.EXPORTED, HandOffState.ACCEPTED, HandOffState.RECALLED)
DRAWN = st.sampled_from([Decimal(38), Decimal(802)])
FAULTS = 15  # after so many the simulated world behaves
MOST_ACTS = 400
LONGEST = timedelta(days=5 * 365)

# --- policies --------------------------------------------------------------------------------------------------


def channels(*names: str) -> st.SearchStrategy[str]:
    """A written list of some of the channels, in any order."""
    chosen = st.lists(st.sampled_from(names), min_size=1, unique=True)
    return chosen.map(lambda some: f"[{', '.join(some)}]")


@st.composite
def generated_policies(draw: st.DrawFn) -> Policy:
    """A lawful policy with a random choice of steps, channels, days and limits."""

    def days(least: int, most: int) -> int:
        return draw(st.integers(least, most))

    def maybe(text: str) -> str:
        return text if draw(st.booleans()) else ""

    anywhere = ("email", "sms", "direct message", "letter")
    steps = maybe(f"""
  - id: invoice
    at: issue date
    reach: {draw(channels(*anywhere))}
    read_within: {days(1, 12)} days
""")
    steps += maybe(f"""
  - id: due-date-reminder
    at: due date 09:00
    reach: {draw(channels(*anywhere))}
    read_within: {days(1, 30)} hours
    {maybe("unless: claim pending")}
""")
    free = f"""
    reach: {draw(channels(*anywhere))}
    read_within: {days(1, 5)} days
    {maybe(f"not_later_than: {days(1, 20)} days")}
"""
    costly = """
    fee: statutory
    send: [letter]
    alert: [sms, email]
"""
    steps += f"""
  - id: reminder
    at: due date + {days(14, 25)} days
    deadline: {days(14, 21)} days
""" + (free if draw(st.booleans()) else costly)
    steps += maybe(f"  - {{id: call, at: reminder deadline + {days(1, 4)} banking days, channel: phone}}\n")
    steps += f"""
  - id: collection-notice
    at: reminder deadline + {days(4, 9)} banking days
    kind: collection notice
    send: {draw(st.sampled_from(["[letter]", "[email, letter]"]))}
    deadline: {days(14, 28)} days
    {maybe("fee: statutory")}
    {maybe("alert: [sms]")}
    {maybe(f"not_later_than: {days(1, 5)} days")}
"""
    steps += maybe(f"""
  - id: hand-off
    at: collection-notice deadline + {days(1, 9)} banking days
    action: collection
    approval: required
""")
    try:
        return policy(
            steps,
            min_gap=f"{days(1, 9)} days",
            contact_cap=f"{days(1, 4)} in {days(3, 9)} days, {days(4, 9)} in {days(20, 40)} days",
            spread=f"{days(1, 300)} minutes",
            merge_within=f"{days(0, 4)} days",
            ignore_balance_below=f"{days(0, 200)} NOK",
            shadow=draw(st.sampled_from(["false", "false", "true"])),
        )
    except PolicyError:
        assume(False)
        raise


POLICIES = st.sampled_from([each for each in SHIPPED.values() if each.country == LAW.country]) | generated_policies()

# --- facts -----------------------------------------------------------------------------------------------------

OCCASIONS = (
    "failed-draw#12",
    "payment-abandoned#a",
    "payment-link#b",
    "answer#9-sms",
    "announcement#4",
    "promise-broken#3",
    "plan-agreed#7",
    "plan-broken#7",
)


def agreed_plan(agreed_on: date, *, paid: Decimal, chance_until: date | None = None, amount: int = 2000) -> ActivePlan:
    """A plan of three equal instalments, the first in a month."""
    days = (LAW.calendar.banking_day_on_or_after(add_months(agreed_on, month)) for month in (1, 2, 3))
    parts = tuple(Instalment(number, day, Decimal(amount)) for number, day in enumerate(days, start=1))
    return ActivePlan(7, agreed_on, parts, paid, chance_until=chance_until)


@st.composite
def happenings(draw: st.DrawFn, now: datetime) -> dict[str, Any]:
    """What may have been agreed, tried and found by a moment; seldom more than one of them."""
    ago = st.integers(0, 60 * 24 * 40).map(lambda minutes: now - timedelta(minutes=minutes))
    near = st.integers(-30, 30).map(lambda days: now.date() + timedelta(days=days))
    promise = st.builds(
        lambda number, day, amount, paid: Promise(number, day, amount, day - timedelta(days=10), paid),
        st.integers(1, 3), near, st.just(Decimal(802)), st.sampled_from([Decimal(0), Decimal(802)]),
    )  # fmt: skip
    plan = st.builds(
        lambda before, paid, chance: agreed_plan(now.date() - timedelta(days=before), paid=paid, chance_until=chance),
        st.integers(0, 120), st.sampled_from([Decimal(0), Decimal(2500), Decimal(6000)]), st.none() | near,
    )  # fmt: skip
    interest = st.sampled_from([Decimal(0), Decimal("9.34"), Decimal(500)])
    possible: dict[str, st.SearchStrategy[Any]] = {
        "failed_claim": st.builds(PastEvent, st.just("12"), ago),
        "abandoned_payment": st.builds(PastEvent, st.just("a"), ago),
        "link_asked": st.builds(PastEvent, st.just("b"), ago),
        "announced": st.builds(Announced, st.just("4"), ago, near),
        "answer": st.builds(PastEvent, st.sampled_from(["9-sms", "9-direct_message", "9-letter"]), ago),
        "promises": st.lists(promise, max_size=2, unique_by=lambda p: p.id).map(tuple),
        "plan": plan,
        "disputed_amount": st.sampled_from([Decimal(300), Decimal(802)]),
        "paying_since": ago,
        "money_in_review": near.filter(lambda day: day <= now.date()),
        "unread_reply": ago,
        "blocked": st.just(True),
        "debtor_kind": st.just("business"),
        "interest_charged": interest,
    }
    chosen = draw(st.lists(st.sampled_from(list(possible)), max_size=3, unique=True))
    values = {name: draw(possible[name]) for name in chosen}
    if "interest_charged" in values:
        values["interest_through"] = draw(near)
        values["principal_changes"] = ((ISSUED, Decimal(802)), (draw(near), Decimal(-400)))
    return values


@st.composite
def any_deliveries(draw: st.DrawFn, plan: Policy, moment: datetime) -> tuple[Delivery, ...]:
    """Deliveries before a moment, in any state that the facts can hold, one for each round, step and channel."""
    written = [(s.id, c, c in s.alert) for s in plan.steps for c in (*s.channels, *s.alert) if c is not Channel.PHONE]
    written += [(step, channel, False) for step in OCCASIONS for channel in (Channel.EMAIL, Channel.SMS)]
    chosen = draw(st.lists(st.sampled_from([(r, *w) for r in (1, 2) for w in written]), max_size=6, unique=True))
    return tuple(any_delivery(draw, moment, *fields) for fields in chosen)


def any_delivery(draw: st.DrawFn, moment: datetime, round_: int, step: str, channel: Channel, alert: bool) -> Delivery:
    """A delivery with a history that hangs together."""
    claimed_at = moment - timedelta(minutes=draw(st.integers(0, 60 * 24 * 90)))

    def later() -> datetime | None:
        seconds = int((moment - claimed_at).total_seconds())
        return draw(st.none() | st.integers(0, seconds).map(lambda s: claimed_at + timedelta(seconds=s)))

    state = draw(st.sampled_from(DeliveryState))
    was_sent = state in (DeliveryState.ACCEPTED, DeliveryState.FAILED)
    away = later() if state is DeliveryState.UNAVAILABLE else None
    return Delivery(
        round=round_,
        step=step,
        channel=channel,
        state=state,
        claimed_at=claimed_at,
        attempt=draw(st.integers(1, 4)),
        alert=alert,
        accepted_at=claimed_at if was_sent else None,
        first_unavailable_at=claimed_at if away else None,
        unavailable_at=away,
        delivered_at=later() if was_sent else None,
        read_at=later() if was_sent else None,
        posted_on=draw(st.none() | st.just(claimed_at.date())) if was_sent and channel is Channel.LETTER else None,
        deadline=draw(st.none() | st.just(claimed_at.date() + timedelta(days=20))),
        draw=draw(
            st.none() | st.builds(Draw, DRAWN, st.integers(-3, 9).map(lambda days: moment.date() + timedelta(days)))
        ),
    )


def any_draw(nearby: st.SearchStrategy[datetime]) -> st.SearchStrategy[PendingDraw]:
    """A claim that the bank has."""
    yes_or_no = st.booleans()
    return st.builds(
        PendingDraw,
        claim=st.just(12),
        amount=DRAWN,
        due_on=nearby.map(datetime.date),
        mandate_stands=yes_or_no,
        told=yes_or_no,
        sent_at=st.none() | nearby,
        ours_to_tell=yes_or_no,
    )


@st.composite
def any_life(draw: st.DrawFn, now: datetime) -> tuple[LifeEvent, ...]:
    """What is known of a debtor's life: mostly nothing, else anything, begun or ended on any day nearby."""
    born = (known("born", CHILD.isoformat()),) if draw(st.sampled_from([False, False, False, True])) else ()
    days = st.none() | st.integers(-30, 30).map(lambda ahead: now.date() + timedelta(days=ahead))
    facts = st.builds(
        lambda kind, since, until: known(kind, since=since, until=until), st.sampled_from(list(TABLE)), days, days
    )
    return (*born, *draw(st.sampled_from([0, 0, 0, 2]).flatmap(lambda most: st.lists(facts, max_size=most))))


@st.composite
def situations(draw: st.DrawFn, policies: st.SearchStrategy[Policy] = POLICIES) -> tuple[Policy, CaseFacts, datetime]:
    """A policy, any facts, and a moment to decide at."""
    plan, now = draw(policies), draw(MOMENTS)
    ids = [step.id for step in plan.steps]
    seldom = st.sampled_from([False, False, False, True])
    nearby = st.integers(-60 * 24 * 9, 60 * 24 * 9).map(lambda minutes: now + timedelta(minutes=minutes))
    amounts = st.sampled_from([Decimal(-5), Decimal(0), Decimal(38), Decimal(802), Decimal(9000)])
    some_channels = st.lists(st.sampled_from([c for c in CHANNELS.values() if c is not Channel.PHONE]), unique=True)
    contacts = tuple(
        Contact(channel, draw(st.booleans()), draw(st.none() | st.just(now - timedelta(days=90))), of_representative)
        for of_representative in (False, True)
        for channel in draw(some_channels)
    )
    if draw(seldom):
        stop: dict[str, Any] = draw(
            st.sampled_from(
                [
                    {"withdrawn": True},
                    {"held": True, "held_until": None},
                    {"held": True, "held_until": now + timedelta(days=3)},
                    {"held": True, "held_until": now},
                    {"disputed": True},
                    {"life": (known("deceased"),)},
                    {"stops": ("everything",)},
                    *({"hand_off": state} for state in HandOffState),
                ]
            )
        )
    else:
        stop = {}
    values: dict[str, Any] = {
        "case": "dunning/acme/1",
        "spread_seed": draw(st.integers(0, 2**32 - 1)),
        "round": draw(st.integers(1, 2)),
        "issue_date": ISSUED,
        "due_date": DUE + timedelta(days=draw(st.integers(-10, 20))),
        "currency": "NOK",
        "balance": draw(amounts),
        "principal": draw(amounts),
        "bank_data_through": draw(st.sampled_from([None, now.date() - timedelta(days=3), date(2035, 1, 1)])),
        "not_before": draw(st.none() | nearby.map(datetime.date)) if draw(seldom) else None,
        "life": draw(any_life(now)),
        "stopped_channels": frozenset(draw(some_channels)) if draw(seldom) else frozenset(),
        "contacts": contacts,
        "deliveries": draw(any_deliveries(plan, now)),
        "skipped": frozenset(draw(st.lists(st.sampled_from(ids), max_size=2))) if draw(seldom) else frozenset(),
        "send_now": frozenset(draw(st.lists(st.sampled_from(ids), max_size=2))) if draw(seldom) else frozenset(),
        "tasks": frozenset(
            draw(
                st.lists(st.tuples(st.sampled_from(["call", "address", "approval"]), st.sampled_from(ids)), max_size=3)
            )
        ),
        "claim_due": draw(st.none() | nearby.map(datetime.date)),
        "drawn_elsewhere": draw(seldom),
        "drawable": draw(st.booleans()),
        "draw": draw(st.none() | any_draw(nearby)),
        "approval": draw(st.sampled_from([None, "approved", "rejected"])),
        "recent_contacts": tuple(sorted(draw(st.lists(nearby.filter(lambda m: m <= now), max_size=5)))),
        "companions": tuple(
            Companion("reminder", Channel.EMAIL, at, "NOK") for at in draw(st.lists(nearby, max_size=2, unique=True))
        ),
        "earlier_fees": tuple(
            EarlierFee(at.date(), at.date() + timedelta(days=14)) for at in draw(st.lists(nearby, max_size=2))
        ),
    }
    return plan, CaseFacts(**(values | draw(happenings(now)) | stop)), now


SITUATIONS = situations()


def stopped(case: CaseFacts, now: datetime) -> bool:
    """Whether something of the debtor's life stops even kind words."""
    standing = standing_of(case.life, LAW.calendar.local_date(now), LAW)
    return standing.says(Thing.OCCASION, case.issue_date) is Says.WAITS


def minor(case: CaseFacts, today: date) -> bool:
    """Whether the debtor is one, by birth or by a person's word."""
    return LifeKind.MINOR in standing_of(case.life, today, LAW).events


def step_of(plan: Policy, action: Action) -> Step:
    return step_named(plan, action.step or "")


def is_word_of_a_draw(action: Action) -> bool:
    """Whether a person, or the debtor, is told of a draw that cannot be stopped."""
    return action.kind is ActionKind.TELL_OF_DRAW or (action.step or "").startswith(f"{DRAW_GOES_ON}#")


# --- one decision ----------------------------------------------------------------------------------------------


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_the_same_facts_give_the_same_action_in_whatever_order_they_come(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    turned = replace(
        case,
        deliveries=case.deliveries[::-1],
        contacts=case.contacts[::-1],
        companions=case.companions[::-1],
        earlier_fees=case.earlier_fees[::-1],
    )
    assert next_action(plan, LAW, case, now) == next_action(plan, LAW, case, now) == next_action(plan, LAW, turned, now)


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_the_step_that_is_named_is_the_one_that_comes_when_its_moment_does(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    action = next_action(plan, LAW, case, now)
    if action.at is None or action.at <= now or action.kind is ActionKind.WAIT or action.step not in plan.index:
        return
    then = next_action(plan, LAW, case, action.at)
    other = then.kind in (ActionKind.WAIT, ActionKind.CLOSE, ActionKind.END_PLAN) or is_occasion(then.step or "")
    assert other or then.step == action.step, (action, then)


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_a_decision_never_asks_to_look_again_at_the_same_moment(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    plan, case, now = situation
    action = next_action(plan, LAW, case, now)
    assert action.why
    assert action.flag != "invariant broken"
    if action.kind is ActionKind.WAIT:
        assert action.at is None or action.at > now
    elif action.kind is not ActionKind.CLOSE:
        assert action.at is not None
        assert action.at >= now
    assert action.kind is not ActionKind.CLOSE or action.outcome is not None


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_nothing_is_done_while_paid_held_disputed_or_stopped(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    plan, case, now = situation
    held = case.held and (case.held_until is None or now < case.held_until)
    quiet = held or case.disputed or case.stops or stopped(case, now) or case.withdrawn or case.balance <= 0
    if quiet or case.hand_off in SILENT:
        action = next_action(plan, LAW, case, now)
        quietly = action.kind in (ActionKind.WAIT, ActionKind.CLOSE, ActionKind.TAKE_BACK_INTEREST)
        answers = (
            case.answer is not None and step_name(action.step or "") == ANSWER
        )  # whoever wrote hears it, come what may
        assert quietly or answers or (case.draw is not None and is_word_of_a_draw(action))


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_nothing_but_kind_words_comes_while_a_promise_is_open_or_a_plan_is_in_force(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    today = LAW.calendar.local_date(now)
    action = next_action(plan, LAW, case, now)
    rests = case.plan is not None or promises.promise_standing(case.promises, today, case.bank_data_through).open_until
    if not rests:
        return
    kinds = {ActionKind.WAIT, ActionKind.CLOSE, ActionKind.TAKE_BACK_INTEREST, ActionKind.TELL_OF_DRAW}
    if case.plan is not None:
        kinds.add(ActionKind.END_PLAN)
    assert action.kind in kinds or is_occasion(action.step or "")
    if action.kind is ActionKind.END_PLAN and case.plan is not None:
        unpaid = instalments.left(case.plan.instalments, case.plan.paid)
        assert not unpaid or today > instalments.settled_by(unpaid[0].due_on, LAW.calendar)
        assert not unpaid or case.bank_data_through is not None


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_no_step_begins_and_no_plan_ends_while_a_draw_may_still_bring_the_money(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    action, today = next_action(plan, LAW, case, now), LAW.calendar.local_date(now)
    if case.claim_due is None or not action.is_due(now):
        return
    begun_or_asked = action.step in case.send_now or any(d.step == action.step for d in case.deliveries)
    last = direct_debit.grace_ends(LAW.calendar, LAW.calendar.banking_day_on_or_after(case.claim_due))
    if today > last or begun_or_asked:
        return
    harsh = (ActionKind.BLOCK_SERVICE, ActionKind.OPEN_CALL_TASK, ActionKind.HAND_OFF, ActionKind.REQUEST_APPROVAL)
    assert action.kind not in harsh
    if action.kind is ActionKind.DELIVER:
        assert is_occasion(action.step or "") or step_of(plan, action).message == "invoice"
    if action.kind is ActionKind.END_PLAN and case.plan is not None and case.claim_due <= today:
        assert not instalments.left(case.plan.instalments, case.plan.paid)


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_a_message_that_is_due_is_lawful_and_lies_within_contact_hours(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    ahead = next_action(plan, LAW, case, now)
    now = max(now, ahead.at or now)
    action = next_action(plan, LAW, case, now)
    if not (action.kind is ActionKind.DELIVER and action.is_due(now)):
        return
    step, today = step_of(plan, action), LAW.calendar.local_date(now)
    assert LAW.calendar.next_contact_time(now, LAW.contact_hours) == now
    assert action.channel not in case.stopped_channels
    assert action.channel in (step.alert if action.alert else step.channels)
    assert not (minor(case, today) and action.channel is not Channel.LETTER) or not fresh(case, action)
    if case.not_before and action.step not in case.send_now and not is_word_of_a_draw(action):
        assert today >= case.not_before
    if not action.alert and not is_occasion(step.id) and today > LAW.effective_due(case.due_date):
        assert case.bank_data_through is not None
        assert case.bank_data_through >= LAW.calendar.add_banking_days(today, -2)
    if step.kind is StepKind.COLLECTION_NOTICE:
        assert today > LAW.effective_due(case.due_date)
    if step.kind is StepKind.COLLECTION_NOTICE and not action.alert:
        assert action.channel in LAW.forms.on(today).all
    known = [d for d in case.deliveries if (d.round, d.step, d.channel) == (case.round, action.step, action.channel)]
    assert all(d.state in (DeliveryState.CLAIMED, DeliveryState.UNAVAILABLE) for d in known)


def may_be_reached(case: CaseFacts, channel: Channel | None, today: date) -> bool:
    """Whether whoever is to be written to has an address that works in a channel."""
    another = standing_of(case.life, today, LAW).stands_in is not None
    return any(c.channel is channel and c.usable and c.of_representative is another for c in case.contacts)


def assert_there_is_room(plan: Policy, case: CaseFacts, step: str, now: datetime) -> None:
    """The debtor had fewer contacts of late than each cap allows, unless a person wants this one at once."""
    for cap in plan.contact_cap if step not in case.send_now else ():
        lately = sum(at > now - timedelta(days=cap.days) for at in case.recent_contacts)
        assert lately < cap.count, f"{step} after {lately} contacts in {cap.days} days"


def fresh(case: CaseFacts, action: Action) -> bool:
    return not any(d.step == action.step and d.channel is action.channel for d in case.deliveries)


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_what_a_message_tells_as_drawn_lies_ahead_and_our_word_of_it_says_no_other_draw(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    action, today = next_action(plan, LAW, case, now), LAW.calendar.local_date(now)
    if action.kind is not ActionKind.DELIVER or not action.is_due(now) or action.channel is None:
        return
    (of,) = demand([Rider(1, plan, LAW, case, step_of(plan, action))], action.channel, now, alert=action.alert).cases
    assert of.draw is None or of.draw.day >= today
    told = (action.step or "").partition("#")[0]
    if told == "draw-announced":
        assert case.draw is not None
        assert of.draw == case.draw.money
        assert case.draw.mandate_stands
        assert case.draw.amount <= case.undisputed
    if told == "draw-called-off":
        assert of.draw is None
        assert case.claim_due is None


@given(SITUATIONS)
@settings(suppress_health_check=SLOW)
def test_no_fee_is_earlier_larger_or_more_frequent_than_the_country_allows(
    situation: tuple[Policy, CaseFacts, datetime],
) -> None:
    plan, case, now = situation
    today = LAW.calendar.local_date(now)
    for step in plan.steps:
        charged = fee_to_charge(plan, LAW, case, step, today)
        most = LAW.b2b_compensation(today) if step.fee.kind == "compensation" else LAW.statutory_fee(today)
        assert 0 <= charged <= most
        if charged:
            assert today >= LAW.effective_due(case.due_date) + timedelta(days=14)
            assert len(case.earlier_fees) < 2
            assert not minor(case, today)


# --- a whole life ----------------------------------------------------------------------------------------------


class Life:
    """A case in a world of chance: providers fail, people read, printers post, persons approve, partners answer."""

    def __init__(self, plan: Policy, case: CaseFacts, seed: int) -> None:
        self.plan, self.case, self.chance = plan, case, Random(seed)
        self.now = datetime(2026, 6, 1, 5, tzinfo=UTC)
        self.faults = FAULTS
        self.fees: list[Decimal] = []
        self.compensations: list[Decimal] = []
        self.bear_fees: set[tuple[int, str, Channel]] = set()
        self.to_happen = self.chance.sample(HAPPENINGS, k=self.chance.randrange(4))

    def live(self) -> str:
        """Run until the case closes; gives its outcome. Fails when it never does."""
        at_once = 0
        for _ in range(MOST_ACTS):
            assert self.now < START + LONGEST, "the case lives too long"
            today = LAW.calendar.local_date(self.now)
            self.case = replace(self.case, bank_data_through=today - timedelta(days=self.chance.choice((0, 0, 1, 3))))
            action = next_action(self.plan, LAW, self.case, self.now)
            if action.outcome is not None:
                return action.outcome
            if action.at is not None and action.at > self.now:
                self.now, at_once = action.at, 0
                self.events()
            elif action.kind is ActionKind.WAIT:
                self.a_person_looks(action)
            else:
                at_once += 1
                assert at_once < 30, f"acts without end at one moment: {action}"
                self.perform(action)
        raise AssertionError(f"not closed after {MOST_ACTS} acts")

    def goes_wrong(self, share: float) -> bool:
        wrong = self.faults > 0 and self.chance.random() < share
        self.faults -= wrong
        return wrong

    def perform(self, action: Action) -> None:
        match action.kind:
            case ActionKind.DELIVER:
                self.deliver(action)
            case ActionKind.OPEN_CALL_TASK:
                self.open_task("call", action)
                self.call(action)
            case ActionKind.OPEN_ADDRESS_TASK:
                self.open_task("address", action)
            case ActionKind.OPEN_DECISION_TASK:
                self.open_task("decision", action)
            case ActionKind.REQUEST_APPROVAL:
                self.open_task("approval", action)
                verdict = "rejected" if self.goes_wrong(0.1) else "approved"
                if not self.goes_wrong(0.3):
                    self.case = replace(self.case, approval=verdict, tasks=self.case.tasks - {("approval", "hand-off")})
            case ActionKind.HAND_OFF:
                self.check_gate()
                self.case = replace(self.case, hand_off=HandOffState.QUEUED)
            case ActionKind.WRITE_OFF:
                self.case = replace(self.case, balance=Decimal(0))
            case ActionKind.BLOCK_SERVICE:
                assert not self.case.blocked, "a service is blocked twice"
                self.case = replace(self.case, blocked=True)
            case ActionKind.NEW_ROUND:
                self.begin_round()
            case ActionKind.END_PLAN:
                self.check_plan_ends()
                self.case = replace(self.case, plan=None)
                self.begin_round()
            case ActionKind.TAKE_BACK_INTEREST:
                assert self.case.interest_through is not None
                ran = accrued(self.case.principal_changes, self.case.due_date, self.case.interest_through, LAW)
                wrong = self.case.interest_charged - ran
                assert wrong > 0, "interest that ran is taken back"
                self.case = replace(self.case, interest_charged=ran, balance=self.case.balance - wrong)

    def begin_round(self) -> None:
        self.case = replace(
            self.case,
            round=self.case.round + 1,
            tasks=frozenset(),
            send_now=frozenset(),
            skipped=frozenset(),
            approval=None,
        )

    def check_plan_ends(self) -> None:
        """A plan ends after a missed instalment and, where anybody can be reached, after a chance of a week."""
        agreed, today = self.case.plan, LAW.calendar.local_date(self.now)
        assert agreed is not None
        unpaid = instalments.left(agreed.instalments, agreed.paid)
        assert today > instalments.settled_by(unpaid[0].due_on, LAW.calendar)
        told = [d for d in self.case.deliveries if d.step == f"plan-broken#{agreed.id}" and d.state in MAY_BE_SENT]
        assert all(LAW.calendar.local_date(d.claimed_at) + timedelta(days=7) < today for d in told)

    def written_to(self) -> Asker | None:
        """Who is written to instead of the debtor."""
        return addressee_of(standing_of(self.case.life, LAW.calendar.local_date(self.now), LAW))

    def open_task(self, kind: str, action: Action) -> None:
        assert (kind, action.step) not in self.case.tasks, "a task is opened twice"
        self.case = replace(self.case, tasks=self.case.tasks | {(kind, action.step or "")})

    def call(self, action: Action) -> None:
        """Somebody calls at once, and something comes of it."""
        case, today = self.case, LAW.calendar.local_date(self.now)
        assert_there_is_room(self.plan, case, action.step or "", self.now)
        assert not standing_of(case.life, today, LAW).never(Thing.CALL)
        self.case = replace(case, recent_contacts=(*case.recent_contacts, self.now)[-10:])
        match self.chance.choice(list(Outcome)):
            case Outcome.PROMISED:
                self.happen("promise")
            case Outcome.PLAN:
                self.happen("plan")
            case Outcome.DISPUTES:
                self.happen("dispute")
            case Outcome.CANNOT_PAY | Outcome.PAID:
                self.happen("pause")
            case Outcome.WRONG_NUMBER:
                self.mark_contact(Channel.SMS, usable=False)
            case Outcome.DO_NOT_CALL:
                self.know("no calls")
            case Outcome.NO_ANSWER:
                pass

    def know(self, kind: str, *, until: date | None = None) -> None:
        """Something becomes known of the debtor's life."""
        self.case = replace(
            self.case, life=(*self.case.life, known(kind, since=LAW.calendar.local_date(self.now), until=until))
        )

    def deliver(self, action: Action) -> None:
        assert action.channel is not None
        key = (self.case.round, action.step, action.channel)
        before = next((d for d in self.case.deliveries if (d.round, d.step, d.channel) == key), None)
        step, today = step_of(self.plan, action), LAW.calendar.local_date(self.now)
        fee = Decimal(0) if action.alert else fee_to_charge(self.plan, LAW, self.case, step, today)
        if before is None:
            assert may_be_reached(self.case, action.channel, today), f"{step.id} by {action.channel} to nobody"
        if before is None and not action.alert and not is_occasion(step.id):
            if step.kind is StepKind.MESSAGE:
                assert_there_is_room(self.plan, self.case, step.id, self.now)
            self.check_gap(step, today)
            self.check_kind_words(step, today)
            self.check_told(step, today)
            if fee or told.threatens(step):
                heard = told.last_heard(self.written_to(), self.case.deliveries)
                assert heard is not None, "the first word costs or threatens"
        if self.case.plan is not None or self.case.disputed_amount >= self.case.balance:
            assert is_occasion(step.id), f"{step.id} in a plan"
        delivery = Delivery(
            round=self.case.round,
            step=step.id,
            channel=action.channel,
            state=DeliveryState.SHADOW if self.plan.shadow else DeliveryState.CLAIMED,
            claimed_at=self.now,
            addressee=self.written_to(),
            attempt=before.attempt + 1 if before else 1,
            alert=action.alert,
            first_unavailable_at=before.first_unavailable_at if before else None,
            deadline=today + timedelta(days=step.deadline_days) if step.deadline_days else None,
            asked=asked_of(self.case, fee),
        )
        if not self.plan.shadow and not self.goes_wrong(0.1):
            delivery = self.answered(delivery)
        others = tuple(d for d in self.case.deliveries if d is not before)
        contacts = self.case.recent_contacts if action.alert else (*self.case.recent_contacts, self.now)[-10:]
        self.case = replace(self.case, deliveries=(*others, delivery), recent_contacts=contacts)
        self.charge(delivery, step, fee)

    def check_gap(self, step: Step, today: date) -> None:
        """Days lie between the messages of two steps, unless a person asked for one at once."""
        others = [
            d.claimed_at
            for d in self.case.deliveries
            if not d.alert and d.state in MAY_BE_SENT and (d.step, d.round) != (step.id, self.case.round)
        ]
        begun = any(d.step == step.id and d.round == self.case.round for d in self.case.deliveries)
        if others and not begun and step.id not in self.case.send_now and step.message != "invoice":
            assert LAW.calendar.local_date(max(others)) + timedelta(days=self.plan.min_gap_days) <= today

    def check_kind_words(self, step: Step, today: date) -> None:
        """Days lie between what happened was spoken of and any further word of the policy, begun before or not."""
        spoken = [d.claimed_at for d in self.case.deliveries if is_occasion(d.step) and d.state in MAY_BE_SENT]
        if spoken and step.chain and step.id not in self.case.send_now:
            assert LAW.calendar.local_date(max(spoken)) + timedelta(days=self.plan.min_gap_days) <= today

    def check_told(self, step: Step, today: date) -> None:
        """No step but a kind one comes before the last day that any other message gave."""
        others = [d for d in self.case.deliveries if (d.round, d.step) != (self.case.round, step.id)]
        notices = [d for d in others if d.step == "collection-notice" and d.state is DeliveryState.FAILED]
        given = [d.deadline for d in others if d not in notices and d.state is not DeliveryState.UNAVAILABLE]
        if told.keeps_deadlines(step):
            assert all(until < today for until in given if until is not None)

    def check_gate(self) -> None:
        """A hand-off rests on a notice that stands, whose deadline is past, and on a person's approval."""
        notices = [
            d.claimed_at
            for d in self.case.deliveries
            if d.step == "collection-notice" and d.round == self.case.round and not d.alert and d.state in MAY_BE_SENT
        ]
        assert notices
        assert LAW.calendar.local_date(max(notices)) + timedelta(days=14) < LAW.calendar.local_date(self.now)
        latest = max(
            (
                d
                for d in self.case.deliveries
                if d.step == "collection-notice" and not d.alert and d.state in MAY_BE_SENT
            ),
            key=lambda d: d.claimed_at,
        )
        assert covers(latest, self.case)
        assert self.case.approval == "approved"
        assert not self.plan.shadow

    def charge(self, delivery: Delivery, step: Step, fee: Decimal) -> None:
        if delivery.state is not DeliveryState.ACCEPTED or delivery.alert:
            return
        case, on = self.case, LAW.calendar.local_date(self.now)
        if fee:
            self.bear_fees.add((delivery.round, delivery.step, delivery.channel))
        if fee and step.fee.kind == "compensation":
            self.compensations.append(fee)
            case = replace(case, compensation=case.compensation + fee)
        elif fee:
            self.fees.append(fee)
            case = replace(case, earlier_fees=(*case.earlier_fees, EarlierFee(on, delivery.deadline)))
        if step.kind is StepKind.COLLECTION_NOTICE and self.plan.interest == "statutory":
            ran = accrued(case.principal_changes, case.due_date, on, LAW) - case.interest_charged
            if ran > 0:
                charged, owed = case.interest_charged + ran, case.balance + ran
                case = replace(case, interest_charged=charged, interest_through=on, balance=owed)
        self.case = replace(case, charged=case.charged + fee, balance=case.balance + fee)

    def answered(self, delivery: Delivery) -> Delivery:
        if self.goes_wrong(0.15):
            self.mark_contact(delivery.channel, usable=self.chance.random() < 0.3)
            return replace(delivery, state=DeliveryState.FAILED)
        if self.goes_wrong(0.15):
            first = delivery.first_unavailable_at or self.now
            return replace(
                delivery, state=DeliveryState.UNAVAILABLE, unavailable_at=self.now, first_unavailable_at=first
            )
        return replace(delivery, state=DeliveryState.ACCEPTED, accepted_at=self.now)

    def mark_contact(self, channel: Channel, *, usable: bool) -> None:
        contacts = tuple(replace(c, usable=usable) if c.channel is channel else c for c in self.case.contacts)
        self.case = replace(self.case, contacts=contacts)

    def events(self) -> None:
        """What providers and people told meanwhile."""
        self.case = replace(self.case, deliveries=tuple(self.event(d) for d in self.case.deliveries))
        if self.to_happen and self.chance.random() < 0.2:
            self.happen(self.to_happen.pop())
        if self.case.plan is not None and self.chance.random() < 0.3:
            self.pay(self.chance.choice((500, 2000)), LAW.calendar.local_date(self.now))

    def happen(self, what: str) -> None:
        """What debtors and banks do of themselves."""
        case, today = self.case, LAW.calendar.local_date(self.now)
        if case.hand_off is not None:
            return
        match what:
            case "promise" if case.plan is None:
                day = LAW.calendar.banking_day_on_or_after(today + timedelta(days=self.chance.randrange(14)))
                made = Promise(len(case.promises) + 1, day, case.balance, today, Decimal(0))
                self.case = replace(case, promises=(*case.promises, made))
            case "plan" if case.plan is None and not case.disputed_amount:
                agreed = agreed_plan(today, paid=Decimal(0), amount=int(case.balance / 3) + 1)
                self.case = replace(case, plan=agreed)
            case "failed draw":
                self.case = replace(case, failed_claim=PastEvent("12", self.now))
            case "draw":
                self.case = replace(case, claim_due=today + timedelta(days=self.chance.randrange(20)))
            case "given up":
                self.case = replace(case, abandoned_payment=PastEvent("a", self.now))
            case "dispute" if case.plan is None:
                self.case = replace(case, disputed_amount=Decimal(self.chance.choice((500, 6000))))
            case "review":
                self.case = replace(case, money_in_review=today)
            case "pause":
                until = self.now + timedelta(days=self.chance.choice((14, 21)))
                self.case = replace(case, held=True, held_until=until, hold_reason="travelling", unread_reply=self.now)
            case "adviser pauses":
                self.know("pause", until=today + timedelta(days=30))
            case "somebody stands in":
                self.know("represented")
                ways = self.chance.sample((Channel.EMAIL, Channel.SMS, Channel.LETTER), k=2)
                theirs = (Contact(way, usable=True, of_representative=True) for way in ways)
                self.case = replace(self.case, contacts=(*case.contacts, *theirs))
            case "death":
                self.know("deceased")
                self.know("estate")
            case "found":
                self.pay(1000, case.due_date)
            case "returned":
                self.pay(-1000, today)

    def pay(self, amount: int, on: date) -> None:
        case, paid = self.case, Decimal(amount)
        agreed = replace(case.plan, paid=case.plan.paid + paid) if case.plan else None
        self.case = replace(
            case,
            plan=agreed,
            balance=case.balance - paid,
            principal=case.principal - paid,
            principal_changes=(*case.principal_changes, (on, -paid)),
        )

    def event(self, delivery: Delivery) -> Delivery:
        if delivery.state is not DeliveryState.ACCEPTED:
            return delivery
        if delivery.channel is Channel.LETTER and delivery.posted_on is None and self.chance.random() < 0.9:
            return replace(delivery, posted_on=LAW.calendar.local_date(self.now))
        if delivery.read_at:
            return delivery
        if self.chance.random() < 0.15:
            return replace(delivery, read_at=self.now)
        bears_fee = (delivery.round, delivery.step, delivery.channel) in self.bear_fees
        if not bears_fee and self.goes_wrong(0.05):
            self.mark_contact(delivery.channel, usable=False)
            return replace(delivery, state=DeliveryState.FAILED)
        return delivery

    def a_person_looks(self, action: Action) -> None:
        """Work that waits for a person or a partner, done a day later."""
        self.now += timedelta(days=1)
        case = self.case
        if case.hand_off in (HandOffState.QUEUED, HandOffState.EXPORTED):
            answer = HandOffState.REJECTED if self.goes_wrong(0.3) else HandOffState.ACCEPTED
            self.case = replace(case, hand_off=answer, approval=None)
        elif action.flag == "letter not posted":
            self.events()
        elif action.flag == "no address":
            another = standing_of(case.life, LAW.calendar.local_date(self.now), LAW).stands_in is not None
            found = Contact(Channel.LETTER, True, of_representative=another)
            self.case = replace(case, contacts=(*case.contacts, found))
        elif action.flag == "protected address":
            self.case = replace(case, send_now=case.send_now | {action.step or ""})
        elif action.flag == "disputed":
            self.case = replace(case, disputed_amount=Decimal(0), not_before=self.now.date() + timedelta(days=14))
        elif action.flag in ("hand-off rejected", "notice renewed", "limitation", "debtor stopped"):
            self.case = replace(case, withdrawn=True)
        else:
            raise AssertionError(f"nobody can help: {action}")


HAPPENINGS = ("promise", "promise", "plan", "plan", "failed draw", "draw", "given up", "dispute", "review", "found",
              "returned", "returned", "pause", "pause", "adviser pauses", "somebody stands in", "death")  # fmt: skip
OUTCOMES = ("handed off", "ladder finished", "shadow finished", "withdrawn", "paid", "balance ignored")
COMES_OF_AGE = add_months(DUE, -12 * 18) + timedelta(days=40)  # in the middle of the case
BORN = ((known("born", CHILD.isoformat()),), (known("born", COMES_OF_AGE.isoformat()),))
LIVES = st.fixed_dictionaries(
    {
        "debtor_kind": st.sampled_from(["consumer", "consumer", "business"]),
        "spread_seed": st.integers(0, 2**32 - 1),
        "life": st.tuples(
            st.sampled_from([(), BORN[0], BORN[1]]), st.sampled_from([(), (known("protected address"),)])
        ).map(lambda told: (*told[0], *told[1])),
        "claim_due": st.sampled_from([None, DUE]),
        "due_date": st.integers(0, 30).map(lambda days: DUE + timedelta(days=days)),
        "contacts": st.lists(
            st.builds(
                Contact,
                st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.DIRECT_MESSAGE]),
                st.booleans(),
                st.sampled_from([None, datetime(2026, 5, 20, tzinfo=UTC)]),
            ),
            unique_by=lambda contact: contact.channel,
        ).map(tuple),
    }
)
UNPAID = CaseFacts(
    case="dunning/acme/1",
    spread_seed=0,
    round=1,
    issue_date=ISSUED,
    due_date=DUE,
    currency="NOK",
    balance=Decimal(6000),
    principal=Decimal(6000),
    principal_changes=((ISSUED, Decimal(6000)),),
)


@given(POLICIES, LIVES, st.integers(0, 2**32 - 1))
@settings(suppress_health_check=SLOW)
def test_every_case_ends_keeps_its_distance_and_charges_at_most_two_fees(
    plan: Policy, changes: dict[str, Any], seed: int
) -> None:
    life = Life(plan, replace(UNPAID, **changes), seed)
    assert life.live() in OUTCOMES
    assert len(life.fees) <= 2
    assert all(fee <= 38 for fee in life.fees)
    assert sum(life.compensations) <= 460
    assert not (life.compensations and life.case.debtor_kind == "consumer")
    keys = [(d.round, d.step, d.channel) for d in life.case.deliveries]
    assert len(keys) == len(set(keys))
    if plan.shadow:
        assert life.case.hand_off is None
        assert not life.case.tasks


# --- random lives ----------------------------------------------------------------------------------------------


@st.composite
def lived(draw: st.DrawFn) -> tuple[Policy, CaseFacts, datetime]:
    """A situation of a debtor of whom something is known."""
    plan, case, now = draw(SITUATIONS)
    life = draw(any_life(now).filter(bool))
    return plan, replace(case, life=life), now


@given(lived())
@settings(suppress_health_check=SLOW)
def test_no_message_and_no_call_comes_to_one_who_may_not_get_it(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    plan, case, now = situation
    action = next_action(plan, LAW, case, now)
    if not action.is_due(now) or action.kind not in (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK):
        return
    standing, step = standing_of(case.life, LAW.calendar.local_date(now), LAW), step_of(plan, action)
    if action.kind is ActionKind.OPEN_CALL_TASK:
        assert standing.says(Thing.CALL, case.issue_date) is Says.ALLOWED
    elif not action.alert:
        assert standing.says(said_by(step), case.issue_date) is Says.ALLOWED
    if action.channel is Channel.LETTER:
        assert not standing.asks(Thing.LETTER) or step.id in case.send_now
    elif action.kind is ActionKind.DELIVER and fresh(case, action):
        assert not standing.never(Thing.DIGITAL)
    if action.kind is ActionKind.DELIVER and fresh(case, action):
        assert may_be_reached(case, action.channel, LAW.calendar.local_date(now))


@given(SITUATIONS | lived())
@settings(suppress_health_check=SLOW)
def test_no_message_and_no_call_comes_over_the_contact_budget(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    plan, case, now = situation
    action = next_action(plan, LAW, case, now)
    if not action.is_due(now) or action.alert or is_occasion(action.step or ""):
        return
    message = action.kind is ActionKind.DELIVER and step_of(plan, action).kind is StepKind.MESSAGE
    if action.kind is ActionKind.OPEN_CALL_TASK or (message and fresh(case, action)):
        assert_there_is_room(plan, case, action.step or "", now)


@given(SITUATIONS | lived())
@settings(suppress_health_check=SLOW)
def test_nothing_hard_comes_through_a_closed_gate(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    plan, case, now = situation
    action, today = next_action(plan, LAW, case, now), LAW.calendar.local_date(now)
    ends = (ActionKind.HAND_OFF, ActionKind.REQUEST_APPROVAL, ActionKind.BLOCK_SERVICE)
    threat = action.kind is ActionKind.DELIVER and not action.alert and told.threatens(step_of(plan, action))
    if not action.is_due(now) or not (action.kind in ends or threat):
        return
    standing = standing_of(case.life, today, LAW)
    unread = case.unread_reply is not None and today < LAW.calendar.add_banking_days(
        LAW.calendar.local_date(case.unread_reply), 5
    )
    assert not unread or action.step in case.send_now
    assert LifeKind.NOT_ME not in standing.events
    assert LifeKind.PAUSE not in standing.events
    assert case.plan is None
    assert not promises.promise_standing(case.promises, today, case.bank_data_through).open_until
    if action.kind in ends:
        assert not case.disputed_amount


@given(SITUATIONS | lived())
@settings(suppress_health_check=SLOW)
def test_what_waits_has_a_day_or_names_who_must_do_what(situation: tuple[Policy, CaseFacts, datetime]) -> None:
    action = next_action(*situation[:1], LAW, *situation[1:])
    if action.kind is ActionKind.WAIT and action.at is None:
        assert action.flag in FLAGS or action.why.startswith(SOMEBODY), action
