"""Segments found among a creditor's debtors: by able and willing, the same from time to time, and none where few are known."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.learned.segments import NEW, STARTS, Segment, Traits, names_of
from domain.parties.message_classes import MessageClass
from prediction.history.past import Happened
from prediction.payments.segments import FEWEST, Found, find_segments
from tests.prediction.building import Building, days_after, months

TODAY = "2026-12-01"


def in_time(built: Building, debtor: int, due: str) -> None:
    built.paid(built.invoice(debtor, due, id=_id(debtor, due)), due)


def by_habit(built: Building, debtor: int, due: str) -> None:
    built.paid(built.invoice(debtor, due, id=_id(debtor, due)), days_after(due, 9))


def after_an_sms(built: Building, debtor: int, due: str) -> None:
    invoice = built.invoice(debtor, due, id=_id(debtor, due))
    built.happened(invoice, Happened.MESSAGE, days_after(due, 14), "sms", "reminder")
    built.paid(invoice, days_after(due, 15))


def in_parts(built: Building, debtor: int, due: str) -> None:
    invoice = built.invoice(debtor, due, id=_id(debtor, due))
    built.happened(invoice, Happened.REPLY, days_after(due, 5), "email", MessageClass.WANTS_PLAN)
    built.happened(invoice, Happened.PLAN, days_after(due, 6))
    built.paid(invoice, days_after(due, 10), 250)
    built.paid(invoice, days_after(due, 25), 250)


def silent(built: Building, debtor: int, due: str) -> None:
    invoice = built.invoice(debtor, due, id=_id(debtor, due))
    for days in (5, 15):
        built.happened(invoice, Happened.MESSAGE, days_after(due, days), "email", "reminder")


LIVES = {"in-time": in_time, "habit": by_habit, "forgets": after_an_sms, "cannot": in_parts, "silent": silent}


def _id(debtor: int, due: str) -> int:
    return debtor * 1_000_000 + int(due.replace("-", ""))


def book(lives: Sequence[tuple[int, str]], first: str = "2026-02-03", count: int = 6) -> Building:
    """A creditor's debtors, each living one life, with an invoice a month."""
    built = Building()
    for debtor, life in lives:
        for due in months(first, count):
            LIVES[life](built, debtor, due)
    return built


FIFTY = [(debtor, life) for place, life in enumerate(LIVES) for debtor in range(place * 10, place * 10 + 10)]


def who(found: Found) -> dict[int, str]:
    return {debtor: key for debtor, (key, _) in found.of.items()}


def test_lives_that_differ_are_found_and_named_by_what_sets_them_apart() -> None:
    found = find_segments(book(FIFTY).past(TODAY))
    assert who(found) == dict(FIFTY)
    assert names_of(found.segments) == {
        "in-time": "pays in time",
        "forgets": "forgets, pays after an SMS",
        "habit": "pays late by habit, able",
        "cannot": "wants to but cannot",
        "silent": "able, and does not answer",
    }
    assert all(segment.members == 10 for segment in found.segments)


def test_too_few_debtors_are_no_segments() -> None:
    assert find_segments(book(FIFTY[: FEWEST - 1]).past(TODAY)) == Found((), {})


def test_who_has_one_invoice_is_new_and_moves_no_middle() -> None:
    built = book(FIFTY)
    without = find_segments(built.past(TODAY))
    silent(built, 99, "2026-10-03")
    found = find_segments(built.past(TODAY))
    assert found.of[99][0] == NEW
    assert found.segments == without.segments


def test_the_same_again_is_the_same_and_so_is_a_refresh() -> None:
    past = book(FIFTY).past(TODAY)
    first = find_segments(past)
    assert find_segments(past) == first
    again = find_segments(past, first.segments, who(first))
    assert who(again) == who(first)
    assert [each.key for each in again.segments] == [each.key for each in first.segments]


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_debtors_changes_nothing(chance: Random) -> None:
    mixed = chance.sample(FIFTY, len(FIFTY))
    assert find_segments(book(mixed).past(TODAY)) == find_segments(book(FIFTY).past(TODAY))


def test_keys_stay_when_a_month_passes_and_others_come() -> None:
    first = find_segments(book(FIFTY).past("2026-08-01"))
    more = [*FIFTY, *((debtor, "habit") for debtor in range(60, 75))]
    again = find_segments(book(more, count=7).past("2026-10-01"), first.segments, who(first))
    assert {debtor: key for debtor, key in who(again).items() if debtor < 60} == who(first)
    assert all(who(again)[debtor] == "habit" for debtor in range(60, 75))


def test_a_debtor_changes_segment_only_when_another_is_clearly_nearer() -> None:
    built = book(FIFTY)
    first = find_segments(built.past(TODAY))
    by_habit(built, 0, "2026-09-03")  # one late after six in time
    again = find_segments(built.past(TODAY), first.segments, who(first))
    assert who(again)[0] == "in-time"
    for due in months("2026-01-10", 9):
        by_habit(built, 0, due)
    last = find_segments(built.past(TODAY), again.segments, who(again))
    assert who(last)[0] == "habit"


def test_a_segment_that_nobody_is_in_any_more_is_given_up_and_the_others_keep_their_keys() -> None:
    first = find_segments(book(FIFTY).past(TODAY))
    rest = [(debtor, life) for debtor, life in FIFTY if life != "silent"]
    again = find_segments(book(rest).past(TODAY), first.segments, who(first))
    assert {each.key for each in again.segments} == {each.key for each in first.segments} - {"silent"}
    back = find_segments(book(FIFTY).past(TODAY), again.segments, who(again))
    assert "silent" in {each.key for each in back.segments}


def test_all_alike_are_one_segment() -> None:
    found = find_segments(book([(debtor, "habit") for debtor in range(40)]).past(TODAY))
    assert [each.key for each in found.segments] == ["habit"]
    assert Counter(who(found).values()) == {"habit": 40}


def test_a_credit_score_says_how_able_somebody_seems() -> None:
    built = book([(debtor, "silent") for debtor in range(40)])
    for debtor in range(40):
        built.say(debtor, "credit_score", 10 if debtor < 20 else 90)
    of = find_segments(built.past(TODAY)).of
    assert of[0][1].able < of[39][1].able


def test_two_segments_that_would_be_called_the_same_are_told_apart() -> None:
    some = [Segment("habit", Traits(0.9, 0.7, 0.9, 0.1), 10), Segment("forgets", Traits(0.9, 0.7, 0.5, 0.2), 10)]
    assert names_of(some) == {"habit": "pays late by habit, able", "forgets": "pays late by habit, able, less late"}


@pytest.mark.parametrize("key", STARTS)
def test_each_segment_is_called_by_another_name_where_it_begins(key: str) -> None:
    names = names_of([Segment(each, start, 1) for each, start in STARTS.items()])
    assert len(set(names.values())) == len(names)
    assert "," not in names[key] or not names[key].endswith(("more able", "less able"))
