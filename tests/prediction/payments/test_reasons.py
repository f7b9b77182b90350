"""Why an invoice is probably late: by what was seen of it and of its debtor's earlier ones, and nothing more."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.learned.late_reasons import (
    Evidence,
    LateReason,
    Reasons,
    Seen,
    as_json,
    facts_of,
    from_json,
    in_words,
    likeliest,
    sentence_of,
)
from domain.parties.message_classes import MessageClass
from domain.planner.calls import Outcome
from prediction.history.past import Happened, Past
from prediction.payments.how_paid import how_paid
from prediction.payments.reasons import (
    ENOUGH,
    REASONS,
    Found,
    corrected,
    evidence_of,
    late_because,
    overdue,
    stated,
)
from tests.prediction.building import Building, days_after, months

DUE, TODAY = "2026-06-01", "2026-06-20"


def why(past: Past, *invoices: int) -> list[Reasons]:
    """Why invoices are late, as it is kept and read again."""
    seen = evidence_of(past, np.array(invoices, dtype=np.int64), how_paid(past))
    return [from_json(json.loads(text)) for text in late_because(seen, stated())]


def weights_of(some: Iterable[Evidence]) -> np.ndarray:
    """What things that were seen of one invoice weigh."""
    seen = [list(Seen).index(each.seen) for each in some]
    rows, times = np.zeros(len(seen), dtype=np.int64), np.array([each.times for each in some], dtype=np.int64)
    days = np.full((len(seen), 3), np.datetime64("NaT", "D"))
    return Found(1, rows, np.array(seen, dtype=np.int64), times, days, rows, rows).weights()


def found(tell: Callable[[Building, int], None], before: Callable[[Building], None] = lambda _: None) -> Reasons:
    """What is found of an invoice, due on 1 June, on 20 June."""
    built = Building()
    before(built)
    invoice = built.invoice(7, DUE)
    tell(built, invoice)
    past = built.past(TODAY)
    assert invoice in overdue(past, how_paid(past))
    return why(past, invoice)[0]


def seen(reason: Reasons) -> dict[Seen, Evidence]:
    return {each.seen: each for likely in reason.values() for each in likely.facts}


def bounce(built: Building, invoice: int, day: str, message: str = "reminder") -> None:
    built.happened(invoice, Happened.MESSAGE, day, "email", message)
    built.happened(invoice, Happened.NOT_DELIVERED, day, "email")


def test_of_a_debtor_with_one_invoice_and_nothing_seen_it_is_not_known() -> None:
    nothing = found(lambda built, invoice: None)
    assert likeliest(nothing) is None
    assert in_words(nothing) == "why it is late is not known"


def test_two_emails_that_bounced_are_said_with_their_days() -> None:
    def tell(built: Building, invoice: int) -> None:
        bounce(built, invoice, "2026-06-03")
        bounce(built, invoice, "2026-06-07")

    reason = found(tell)
    assert likeliest(reason) is LateReason.UNREACHABLE
    assert seen(reason)[Seen.BOUNCED].days == (date(2026, 6, 3), date(2026, 6, 7))
    assert "came back 2 times" in sentence_of(facts_of(reason)[0])
    assert in_words(reason).startswith("probably moved, or not reached (")


@pytest.mark.parametrize("sign", ["read", "sent again", "paid a part"])
def test_a_bounced_email_that_was_later_right_says_nothing(sign: str) -> None:
    def tell(built: Building, invoice: int) -> None:
        bounce(built, invoice, "2026-06-03")
        if sign == "read":
            built.happened(invoice, Happened.READ, "2026-06-05", "email")
        elif sign == "sent again":
            built.happened(invoice, Happened.MESSAGE, "2026-06-05", "email", "reminder")
        else:
            built.paid(invoice, "2026-06-05", 100)

    assert Seen.BOUNCED not in seen(found(tell))


def test_an_email_sent_again_today_has_not_proven_its_address() -> None:
    def tell(built: Building, invoice: int) -> None:
        bounce(built, invoice, "2026-06-03")
        built.happened(invoice, Happened.MESSAGE, TODAY, "email", "reminder")

    assert Seen.BOUNCED in seen(found(tell))


def test_an_invoice_that_itself_came_back_is_told_apart() -> None:
    reason = found(lambda built, invoice: bounce(built, invoice, "2026-05-20", "invoice"))
    assert set(seen(reason)) == {Seen.INVOICE_NOT_DELIVERED}


def test_who_asks_for_a_plan_probably_cannot() -> None:
    def tell(built: Building, invoice: int) -> None:
        built.happened(invoice, Happened.REPLY, "2026-06-10", "sms", MessageClass.WANTS_PLAN)
        built.happened(invoice, Happened.CALL, "2026-06-12", detail=Outcome.CANNOT_PAY)

    assert likeliest(found(tell)) is LateReason.CANNOT


def test_a_dispute_that_nobody_decided_is_why() -> None:
    reason = found(lambda built, invoice: built.happened(invoice, Happened.DISPUTE, "2026-06-10"))
    assert likeliest(reason) is LateReason.DISAGREES


def test_a_dispute_that_was_rejected_weighs_less_and_one_upheld_nothing() -> None:
    def tell(ended: str) -> Callable[[Building, int], None]:
        def told(built: Building, invoice: int) -> None:
            built.happened(invoice, Happened.REPLY, "2026-06-09", "email", MessageClass.DISPUTE_WHOLE)
            built.happened(invoice, Happened.DISPUTE, "2026-06-09")
            built.happened(invoice, Happened.DISPUTE_ENDED, "2026-06-12", detail=ended)

        return told

    open_one = found(lambda built, invoice: built.happened(invoice, Happened.DISPUTE, "2026-06-09"))
    rejected, upheld = found(tell("rejected")), found(tell("upheld"))
    assert set(seen(rejected)) == {Seen.DISPUTE_REJECTED}
    assert rejected[LateReason.DISAGREES].chance < open_one[LateReason.DISAGREES].chance
    assert not seen(upheld)


def test_a_promise_kept_late_is_not_held_against_anybody() -> None:
    def tell(built: Building, invoice: int) -> None:
        built.happened(invoice, Happened.PROMISE_BROKEN, "2026-06-05")
        built.happened(invoice, Happened.PROMISE_KEPT, "2026-06-07")

    assert Seen.PROMISE_BROKEN not in seen(found(tell))


def test_a_draw_that_failed_is_technical() -> None:
    reason = found(lambda built, invoice: built.happened(invoice, Happened.DRAW_FAILED, "2026-06-02"))
    assert likeliest(reason) is LateReason.TECHNICAL


def test_money_that_came_after_a_failed_payment_takes_it_back() -> None:
    def tell(built: Building, invoice: int) -> None:
        built.happened(invoice, Happened.PAYMENT_FAILED, "2026-06-05", detail="vipps")
        built.paid(invoice, "2026-06-06", 200)

    assert set(seen(found(tell))) == {Seen.PART_PAID}


def test_who_paid_late_four_times_of_five_does_so_by_habit() -> None:
    def before(built: Building) -> None:
        for place, due in enumerate(months("2026-01-01", 5)):
            built.paid(built.invoice(7, due), days_after(due, 0 if place == 2 else 9))

    reason = found(lambda built, invoice: None, before)
    assert likeliest(reason) is LateReason.HABIT
    assert seen(reason)[Seen.OFTEN_LATE] == Evidence(Seen.OFTEN_LATE, 4, of=5, late_by=9)
    assert "paid 4 of 5 earlier invoices late, about 9 days" in map(sentence_of, facts_of(reason))


def test_another_debtors_habit_says_nothing() -> None:
    def before(built: Building) -> None:
        for due in months("2026-01-01", 5):
            built.paid(built.invoice(8, due), days_after(due, 9))

    assert not seen(found(lambda built, invoice: None, before))


def test_who_pays_in_time_or_when_reminded_probably_forgot() -> None:
    def before(built: Building) -> None:
        for place, due in enumerate(months("2025-08-01", 10)):
            invoice = built.invoice(7, due)
            if place in (2, 7):
                built.happened(invoice, Happened.MESSAGE, days_after(due, 14), "sms", "reminder")
            built.paid(invoice, days_after(due, 15 if place in (2, 7) else -1))

    reason = found(lambda built, invoice: None, before)
    assert set(seen(reason)) == {Seen.SELDOM_LATE, Seen.PAYS_WHEN_REMINDED}
    assert likeliest(reason) is LateReason.FORGOT


def test_nothing_of_later_is_looked_at() -> None:
    built = Building()
    invoice = built.invoice(7, DUE)
    built.happened(invoice, Happened.DISPUTE, "2026-06-21")
    built.happened(invoice, Happened.DRAW_FAILED, "2026-06-02", known="2026-06-21")
    assert not seen(why(built.past(TODAY), invoice)[0])


def test_what_is_kept_is_read_as_it_was() -> None:
    def tell(built: Building, invoice: int) -> None:
        bounce(built, invoice, "2026-06-03")
        bounce(built, invoice, "2026-06-07")

    reason = found(tell)
    assert from_json(as_json(reason)) == reason


SOME = st.lists(st.builds(Evidence, st.sampled_from(Seen), st.integers(1, 4)), max_size=8)


@given(SOME, st.randoms(use_true_random=False))
def test_chances_are_one_in_all_whatever_the_order(some: list[Evidence], chance: Random) -> None:
    mixed = chance.sample(some, len(some))
    unique = {each.seen: each for each in some}.values()
    once = {each.seen: each for each in mixed if each in unique}.values()
    first, second = (stated().chances(weights_of(list(each))) for each in (unique, once))
    assert first.sum() == pytest.approx(1)
    assert (first >= 0).all()
    np.testing.assert_allclose(first, second)


@given(SOME, st.sampled_from(Seen), st.floats(0.1, 1))
def test_more_that_speaks_for_a_reason_never_lowers_it(some: list[Evidence], what: Seen, trust: float) -> None:
    model = stated()
    best = int(model.likelihood[list(Seen).index(what)].argmax())
    without = weights_of([each for each in some if each.seen != what])
    once = weights_of([*{each.seen: each for each in some if each.seen != what}.values(), Evidence(what, 1)])
    twice = weights_of([*{each.seen: each for each in some if each.seen != what}.values(), Evidence(what, 2)])
    chances = [float(model.chances(each)[0, best]) for each in (without, once, twice)]
    assert chances[0] <= chances[1] + 1e-12
    assert chances[1] <= chances[2] + 1e-12


def test_where_too_few_reasons_came_out_the_stated_model_stands() -> None:
    built = Building()
    built.happened(built.invoice(1, "2026-03-01"), Happened.DISPUTE, "2026-05-01")
    past = built.past(TODAY)
    assert corrected(past, how_paid(past)) is stated()


def test_reasons_that_came_out_correct_the_shares_and_are_counted() -> None:
    built = Building()
    for debtor in range(ENOUGH + 20):
        invoice = built.invoice(debtor, "2026-04-01")
        built.happened(invoice, Happened.CALL, "2026-05-10", detail=Outcome.CANNOT_PAY)
    past = built.past(TODAY)
    model = corrected(past, how_paid(past))
    assert sum(model.came_out) == model.came_out[REASONS.index(LateReason.CANNOT)] == ENOUGH + 20
    cannot = REASONS.index(LateReason.CANNOT)
    assert model.shares[cannot] > stated().shares[cannot] * 1.5
    assert model.shares.sum() == pytest.approx(1)
    assert model.likelihood is stated().likelihood


def test_every_thing_seen_has_a_likelihood_under_every_reason() -> None:
    assert stated().likelihood.shape == (len(Seen), len(REASONS))
    assert (stated().likelihood > 0).all()
    assert (stated().likelihood < 1).all()


def test_the_order_in_which_invoices_stand_changes_nothing() -> None:
    def build(order: list[int]) -> dict[int, Reasons]:
        built = Building()
        for debtor in order:
            for due in ("2026-03-01", "2026-04-01", "2026-05-01"):
                built.paid(built.invoice(debtor, due, id=debtor * 10 + int(due[6])), days_after(due, debtor))
            built.happened(built.invoice(debtor, DUE, id=debtor * 10), Happened.PROMISE_BROKEN, "2026-06-10")
        past = built.past(TODAY)
        rows = overdue(past, how_paid(past))
        return dict(zip(past.invoices.id[rows].tolist(), why(past, *rows.tolist()), strict=True))

    forward, backward = build(list(range(1, 9))), build(list(range(8, 0, -1)))
    assert forward == backward
    assert len(forward) == 8


def test_of_many_at_once_each_has_its_own_days_the_latest_three_and_all_its_times() -> None:
    built = Building()
    invoices = [built.invoice(debtor, DUE) for debtor in (3, 1, 2)]
    for invoice, days in zip(invoices, (["03", "04", "04", "09", "07"], ["05"], ["06", "11"]), strict=True):
        for day in days:
            built.happened(invoice, Happened.DRAW_FAILED, f"2026-06-{day}")
    built.happened(invoices[1], Happened.READ, "2026-06-10")
    failed = [seen(each)[Seen.DRAW_FAILED] for each in why(built.past(TODAY), *invoices[::-1])]
    assert [each.times for each in failed] == [2, 1, 5]
    assert [[day.day for day in each.days] for each in failed] == [[6, 11], [5], [4, 7, 9]]


def test_what_was_seen_of_no_invoice_is_nothing() -> None:
    built = Building()
    built.invoice(1, DUE)
    assert why(built.past(TODAY)) == []
