"""A replay is the planner itself: whatever happened to an invoice, vectors and the planner asked step by step say the same."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.files import read_laws, read_policies
from domain.countries.law import Law
from domain.planner.sample import sample_case
from domain.policy.policy import Policy, law_of
from domain.vocabulary import Channel
from prediction.backtest.alike import told_apart
from prediction.backtest.replay import REACHED_BY, Replayed, issued_between, replay
from prediction.history.past import Happened, Past
from simulator.history.written import past_of
from tests.prediction.backtest.step_by_step import Done, replayed_of, step_by_step
from tests.prediction.building import Building

NAMES = (
    "no-standard", "no-gentle", "no-business", "no-service", "no-minimal-cost",
    "se-standard", "se-business", "se-gentle", "fi-standard", "fi-business", "fi-gentle",
)  # fmt: skip
FIRST = date(2025, 7, 1)
THROUGH = "2026-11-01"
DUES = st.dates(FIRST, date(2026, 6, 1)) | st.sampled_from([date(2025, 12, 31), date(2026, 4, 5), date(2026, 5, 17)])


@cache
def rules(name: str) -> tuple[Policy, dict[str, Law]]:
    laws = read_laws()
    return read_policies(laws, date(2026, 6, 1))[name][0], laws


def replayed(past: Past, name: str, **others: Any) -> Replayed:
    return replay(past, partial(rules, name), **others)


def by_the_planner(past: Past, name: str, invoice: int) -> list[Done]:
    """What the planner does about an invoice of a past, asked step by step."""
    policy, laws = rules(name)
    wanted = told_apart(past, policy, laws)
    place = wanted.alike.invoice.tolist().index(invoice)
    of, invoices = wanted.groups.of(wanted.alike.group[place : place + 1]), past.invoices
    law = law_of(policy, laws, invoices.country.meanings[invoices.country.codes[invoice]])
    owed = Decimal(str(round(float(invoices.amount[invoice]), 2)))
    kind: Any = invoices.kind.meanings[invoices.kind.codes[invoice]]
    issued, due = (day[invoice].astype(object) for day in (invoices.issued, invoices.due))
    known = invoices.known_at[invoice].astype("datetime64[s]").astype(object).replace(tzinfo=UTC)
    news = wanted.news.get(invoice, ())
    over = int(wanted.alike.ends[place]) if not news else int(past.through.astype("datetime64[s]").astype(int)) + 1
    reads = of.reads.meanings[of.reads.codes[0]] if of.reads.codes[0] >= 0 else None
    return step_by_step(
        policy,
        law,
        sample_case(policy, issued, due, owed, kind, REACHED_BY),
        law.calendar.at(law.calendar.local_date(known), time(0)),
        news,
        datetime.fromtimestamp(over, UTC),
        Channel(reads) if reads else None,
    )


def told(building: Building, invoice: int, kind: Happened, at: datetime, **what: Any) -> None:
    """Something that happened, and was known, at a moment (UTC)."""
    moment = np.datetime64(at.replace(tzinfo=None), "s")
    row = {"invoice": invoice, "kind": kind, "at": moment, "known_at": moment}
    building.events.append(row | {"channel": None, "detail": None, "amount": float("nan")} | what)


@st.composite
def invoices(draw: st.DrawFn, name: str, building: Building, due: date) -> None:
    """An invoice due on a day, with whatever may happen to it."""
    policy, _ = rules(name)
    thresholds = [policy.ignore_balance_below, *(s.balance_at_least for s in policy.steps if s.balance_at_least)]
    near = st.sampled_from(thresholds).flatmap(lambda each: st.decimals(max(each - 80, Decimal(1)), each + 2, places=2))
    amount = float(draw(near | st.decimals(1, 20_000, places=2)))
    kind = "business" if policy.debtor == "business" else "consumer"
    issued = np.datetime64(due - timedelta(days=draw(st.sampled_from([0, 5, 14, 30]))))
    own: dict[str, Any] = {"currency": policy.currency, "kind": kind, "country": policy.country, "issued": issued}
    place = building.invoice(len(building.invoices), due.isoformat(), amount, **own)
    begun = datetime.combine(due, time(0), UTC)

    def moment(first: int, last: int) -> datetime:
        return begun + timedelta(days=draw(st.integers(first, last)), hours=draw(st.integers(5, 20)))

    if draw(st.booleans()):
        told(building, place, Happened.READ, moment(-10, 5), channel=draw(st.sampled_from(["email", "sms", "letter"])))
    for what in draw(st.lists(st.sampled_from(HAPPENINGS), max_size=2)):
        at = moment(0, 50)
        match what:
            case Happened.PROMISE | Happened.DUE_DATE_MOVED:
                later = (at.date() + timedelta(days=draw(st.integers(1, 25))) - date(1970, 1, 1)).days
                told(building, place, what, at, amount=float(later))
            case Happened.DISPUTE:
                told(building, place, what, at, amount=draw(st.sampled_from([float("nan"), amount / 2])))
                ended = at + timedelta(days=draw(st.integers(1, 30)))
                told(
                    building,
                    place,
                    Happened.DISPUTE_ENDED,
                    ended,
                    detail=draw(st.sampled_from(["upheld", "rejected", None])),
                )
            case Happened.PLAN:
                told(building, place, what, at)
                told(
                    building,
                    place,
                    draw(st.sampled_from([Happened.PLAN_KEPT, Happened.PLAN_BROKEN])),
                    at + timedelta(days=20),
                )
            case Happened.NOT_DELIVERED:
                told(building, place, what, at, channel=draw(st.sampled_from(["email", "sms", "letter"])))
            case Happened.PAYMENT | Happened.CREDIT:
                told(building, place, what, at, amount=round(amount * draw(st.sampled_from([0.2, 0.5, 0.999])), 2))
    if draw(st.integers(0, 3)):
        paid = moment(-12, 110)
        told(building, place, Happened.PAYMENT, paid, amount=amount)
        if not draw(st.integers(0, 4)):
            told(building, place, Happened.PAYMENT, paid + timedelta(days=draw(st.integers(1, 30))), amount=-amount)
    elif not draw(st.integers(0, 3)):
        told(building, place, draw(st.sampled_from([Happened.CLOSED, Happened.WRITTEN_OFF])), moment(0, 60))


HAPPENINGS = (
    Happened.PROMISE, Happened.DUE_DATE_MOVED, Happened.DISPUTE, Happened.PLAN, Happened.NOT_DELIVERED,
    Happened.PAYMENT, Happened.CREDIT,
)  # fmt: skip


@given(st.data(), st.sampled_from(NAMES))
def test_whatever_happened_vectors_and_the_planner_say_the_same(data: st.DataObject, name: str) -> None:
    building, due = Building(), data.draw(DUES)  # alike in this: one life may be that of several
    for _ in range(3):
        data.draw(invoices(name, building, due))
    past = building.past(THROUGH)
    found = replayed(past, name)
    assert found.invoice.tolist() == list(range(len(past.invoices)))
    for invoice in range(len(past.invoices)):
        assert replayed_of(found, invoice) == by_the_planner(past, name, invoice)


def test_a_million_alike_have_one_life_and_each_its_own_end() -> None:
    building = Building()
    for day in ("2026-02-20", "2026-03-02", "2026-03-16", "2026-04-20"):
        place = building.invoice(place_of(building), "2026-03-01")
        building.paid(place, day)
    never = building.invoice(9, "2026-03-01", 501.0)
    found = replayed(building.past("2026-10-01"), "no-standard")
    assert len(found.first) - 1 == 1
    assert found.count.tolist() == sorted(found.count.tolist())
    assert not found.own.any()
    assert found.count[never] == len(found.acts)


def place_of(building: Building) -> int:
    return len(building.invoices)


def test_who_leaves_a_shared_life_late_is_asked_for_what_is_their_own() -> None:
    building = Building()
    for amount in (5_200.0, 1_800.0, 900.0, 700.0, 400.0):  # a call is made about the first alone, after the notice
        building.invoice(place_of(building), "2026-03-02", amount)
    day = datetime(2026, 3, 3, 12, tzinfo=UTC)
    told(building, 2, Happened.NOT_DELIVERED, day, channel="email")
    told(building, 3, Happened.NOT_DELIVERED, day + timedelta(days=50), channel="sms")
    told(building, 4, Happened.DISPUTE, day + timedelta(days=62), amount=float("nan"))
    told(building, 4, Happened.DISPUTE_ENDED, day + timedelta(days=70), detail="rejected")
    past = building.past("2026-10-01")
    for name in ("no-standard", "no-gentle"):  # with interest, and without
        found = replayed(past, name)
        assert len(found.first) - 1 > 3
        for invoice in range(len(past.invoices)):
            assert replayed_of(found, invoice) == by_the_planner(past, name, invoice)


def test_paid_in_the_moment_of_a_step_is_paid_before_it() -> None:
    building = Building()
    early, late = (building.invoice(debtor, "2026-03-03") for debtor in (1, 2))
    step = next(each for each in by_hand(building, early) if each.step == "due-date-reminder")
    for invoice, seconds in ((early, 0), (late, 1)):
        at = datetime.fromtimestamp(step.at + seconds, UTC)
        told(building, invoice, Happened.PAYMENT, at, amount=500.0)
    found = replayed(building.past("2026-10-01"), "no-standard")
    assert step not in replayed_of(found, early)
    assert replayed_of(found, late)[-1] == step


def by_hand(building: Building, invoice: int) -> list[Done]:
    return by_the_planner(building.past("2026-10-01"), "no-standard", invoice)


def test_paid_before_it_was_known_nothing_is_done() -> None:
    building = Building()
    place = building.invoice(1, "2026-03-16")
    building.paid(place, "2026-02-20")
    building.invoices[place]["issued"] = np.datetime64("2026-02-25")
    assert replayed(building.past("2026-10-01"), "no-standard").count.tolist() == [0]


def test_taken_back_money_begins_a_round_with_new_days() -> None:
    building = Building()
    place = building.invoice(1, "2026-03-02")
    building.happened(place, Happened.READ, "2026-02-17", channel="email")
    building.paid(place, "2026-03-03")
    building.happened(place, Happened.PAYMENT, "2026-03-20", amount=-500.0)
    found = replayed(building.past("2026-10-01"), "no-standard")
    acts = replayed_of(found, place)
    taken_back = datetime(2026, 3, 20, 12, tzinfo=UTC)
    assert [each.step for each in acts if each.at < taken_back.timestamp()][-1] == "due-date-reminder"
    following = next(each for each in acts if each.at >= taken_back.timestamp())
    assert (following.step, following.deadline) == ("due-date-moved", "2026-04-07")  # the fortnight ends on Good Friday
    assert acts[-1].kind == "hand off"


def test_what_was_credited_is_asked_for_no_more() -> None:
    building = Building()
    whole, part = building.invoice(1, "2026-03-02"), building.invoice(2, "2026-03-02", 5_200.0)
    for invoice in (whole, part):
        building.happened(invoice, Happened.READ, "2026-02-17", channel="email")
    building.happened(whole, Happened.CREDIT, "2026-03-05", amount=500.0)
    building.happened(part, Happened.CREDIT, "2026-03-05", amount=5_180.0)  # what is left is too little to remind of
    found = replayed(building.past("2026-10-01"), "no-standard")
    for invoice in (whole, part):
        assert replayed_of(found, invoice)[-1].step == "due-date-reminder"


def test_whom_the_policy_is_not_for_is_left_out_and_counted() -> None:
    building = Building()
    building.invoice(1, "2026-03-02", country="SE")
    building.invoice(2, "2026-03-02", kind="business")
    building.invoice(3, "2026-03-02", currency="EUR")
    building.invoice(4, "2026-03-02")
    found = replayed(building.past("2026-10-01"), "no-gentle")
    assert found.invoice.tolist() == [3]
    assert sorted(found.left_out.values()) == [1, 1, 1]
    assert {why for why in found.left_out if "EUR" in why or "SE" in why or "business" in why} == set(found.left_out)


@pytest.mark.thorough
def test_the_same_past_gives_the_same_bits_however_many_share_the_work() -> None:
    past = past_of(3, 200).past
    one, two = replayed(past, "no-standard"), replayed(past, "no-standard", processors=2)
    for name in ("life", "count", "first", "ends"):
        assert (getattr(one, name) == getattr(two, name)).all()
    assert all(replayed_of(one, invoice) == replayed_of(two, invoice) for invoice in range(0, 200, 20))


def test_every_act_of_every_invoice_can_be_written_out_or_counted() -> None:
    past = past_of(3, 150).past
    one = replayed(past, "no-standard")
    rows, acts = one.each()
    assert len(rows) == one.how_often().sum() == one.count.sum()
    assert (np.bincount(rows, minlength=len(past.invoices))[one.invoice] == one.count).all()
    assert (acts.at < one.ends[np.searchsorted(one.invoice, rows)])[~one.own[np.searchsorted(one.invoice, rows)]].all()


def test_a_random_sample_of_a_lived_past_is_the_planners() -> None:
    past = past_of(4, 150).past
    found = replayed(past, "no-standard")
    late = np.flatnonzero((found.count > 3) | found.own)
    for place in np.random.default_rng(4).choice(late, 6, replace=False).tolist():
        invoice = int(found.invoice[place])
        assert replayed_of(found, invoice) == by_the_planner(past, "no-standard", invoice)


def test_only_what_was_issued_in_a_time_is_replayed() -> None:
    building = Building()
    for due in ("2026-03-02", "2026-04-02", "2026-05-02"):
        place = building.invoice(place_of(building), due)
        building.paid(place, due)
    some = issued_between(building.past("2026-10-01"), date(2026, 3, 1), date(2026, 4, 1))
    assert len(some.invoices) == len(some.events) == 1
    assert replayed(some, "no-standard").paid.tolist() == [True]


def test_nothing_known_comes_to_nothing() -> None:
    building = Building()
    building.invoice(1, "2026-03-02")
    empty = issued_between(building.past("2026-10-01"), date(2026, 9, 1), None)
    found = replayed(empty, "no-standard")
    assert (len(found), len(found.acts), found.how_often().tolist()) == (0, 0, [])
