"""What a distribution house tells of a letter comes to the same in every order, and the kinder reading holds."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.distribution_house import Carried, Order, Status, Told, Way, carried, counts, left, need_of, ways_of
from tests.world import laws_for_years_to_come

FIRST = date(2026, 3, 2)
ALL = (Way.MAILBOX, Way.E_INVOICE, Way.PAPER)


def told(what: Told, days: int = 0, way: Way | None = None, hour: int | None = None) -> Status:
    on = FIRST + timedelta(days=days)
    return Status(what, on, way, None if hour is None else datetime(on.year, on.month, on.day, hour, tzinfo=UTC))


DELIVERED, OPENED, PRINTED, POSTED, RETURNED = (told(each) for each in Told)


def comes_to(*statuses: Status, ordered: tuple[Way, ...] = ALL) -> Carried:
    return carried(statuses, ordered)


def test_a_letter_of_which_nothing_is_told_has_gone_no_way() -> None:
    assert comes_to() == Carried()
    assert comes_to(PRINTED) == Carried()


def test_a_letter_counts_from_its_posting_or_from_the_day_on_which_it_lay_in_the_mailbox() -> None:
    assert comes_to(PRINTED, told(Told.POSTED, 1)) == Carried(Way.PAPER, FIRST + timedelta(days=1))
    assert comes_to(DELIVERED) == Carried(Way.MAILBOX, FIRST)
    assert comes_to(told(Told.DELIVERED, way=Way.E_INVOICE)) == Carried(Way.E_INVOICE, FIRST)


def test_what_nobody_opened_and_was_posted_then_is_a_letter_on_paper_of_the_later_day() -> None:
    assert comes_to(DELIVERED, told(Told.PRINTED, 3), told(Told.POSTED, 4)) == Carried(
        Way.PAPER, FIRST + timedelta(days=4)
    )


def test_what_was_opened_was_delivered_though_nobody_told_so() -> None:
    assert comes_to(told(Told.OPENED, 2)) == Carried(Way.MAILBOX, FIRST + timedelta(days=2), told(Told.OPENED, 2))


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ((told(Told.OPENED, 1), DELIVERED, told(Told.RETURNED, 3)), "it came back, though it had been opened"),
        ((DELIVERED, told(Told.RETURNED, 3)), "it came back, though it had been delivered digitally"),
        ((told(Told.DELIVERED, 2), OPENED), "it was opened before it was delivered"),
        ((told(Told.DELIVERED, hour=12), told(Told.OPENED, hour=11)), "it was opened before it was delivered"),
        ((DELIVERED, told(Told.OPENED, 1), told(Told.PRINTED, 2)), "it was printed, though it had been opened"),
        (
            (DELIVERED, told(Told.OPENED, hour=9), told(Told.POSTED, hour=15)),
            "it was printed, though it had been opened",
        ),
        ((POSTED, told(Told.POSTED, 1)), "it was posted on several days"),
        ((DELIVERED, told(Told.DELIVERED, 1)), "it was delivered on several days"),
        ((told(Told.POSTED, 9), told(Told.RETURNED, 5)), "it was posted after it had come back"),
        ((DELIVERED, told(Told.OPENED, 1, Way.E_INVOICE)), "it was delivered in several ways"),
    ],
)
def test_what_contradicts_itself_is_said_in_words_in_whatever_order_it_was_told(
    statuses: tuple[Status, ...], words: str
) -> None:
    assert {comes_to(*each).contradictions for each in permutations(statuses)} == {(words,)}


def test_what_may_have_been_in_order_on_one_day_is_no_contradiction() -> None:
    assert not comes_to(DELIVERED, OPENED, PRINTED, POSTED).contradictions


def test_a_way_that_was_not_ordered_is_told() -> None:
    assert comes_to(DELIVERED, ordered=(Way.PAPER,)).contradictions == (
        "it went by digital mailbox, which was not ordered",
    )


def test_what_came_back_was_opened_by_nobody_and_its_address_is_wrong_only_where_it_went_on_paper() -> None:
    back = told(Told.RETURNED, 9)
    assert comes_to(DELIVERED, told(Told.OPENED, 1), back).opened is None
    assert [comes_to(each, back).from_an_address for each in (DELIVERED, PRINTED, POSTED)] == [False, True, True]
    assert comes_to(back).from_an_address
    assert comes_to(DELIVERED, told(Told.POSTED, 4), back).from_an_address


STATUSES = st.builds(
    told,
    st.sampled_from(list(Told)),
    st.integers(0, 4),
    st.sampled_from([None, Way.MAILBOX, Way.E_INVOICE]),
    st.none() | st.integers(0, 23),
)


@given(st.lists(STATUSES, max_size=6), st.randoms(use_true_random=False))
def test_all_that_is_told_comes_to_the_same_in_every_order_and_told_twice(
    statuses: list[Status], chance: object
) -> None:
    shuffled = [*statuses, *statuses[:2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert carried(shuffled, ALL) == carried(statuses, ALL)


@given(st.lists(STATUSES, max_size=5), STATUSES)
def test_one_more_thing_that_is_told_never_leaves_less_time(statuses: list[Status], more: Status) -> None:
    before, after = carried(statuses, ALL), carried([*statuses, more], ALL)
    if before.left_on and after.left_on and any(each.told is Told.DELIVERED for each in statuses):
        assert after.left_on >= before.left_on
    assert not (before.returned_on and after.opened)


def test_what_counts_on_paper_alone_is_ordered_on_paper_alone() -> None:
    assert ways_of(ALL, needs_paper=True, is_an_e_invoice=True) == (Way.PAPER,)
    assert ways_of(ALL, needs_paper=False, is_an_e_invoice=False) == (Way.MAILBOX, Way.PAPER)
    assert ways_of(ALL, needs_paper=False, is_an_e_invoice=True) == ALL


def test_what_went_another_way_than_paper_counts_only_where_that_may_be() -> None:
    mailbox, e_invoice = Carried(Way.MAILBOX, FIRST), Carried(Way.E_INVOICE, FIRST)
    assert not counts(mailbox, (Way.PAPER,), needs_paper=True)
    assert counts(mailbox, (Way.PAPER,), needs_paper=False)
    assert [counts(e_invoice, ways, needs_paper=False) for ways in ((Way.PAPER,), ALL)] == [False, True]
    assert all(counts(each, (Way.PAPER,), needs_paper=True) for each in (Carried(), Carried(Way.PAPER, FIRST)))


def test_the_law_asks_a_form_of_what_costs_and_of_what_warns() -> None:
    asked = {
        ("invoice", False): None,
        ("due-date-reminder", False): None,
        ("reminder", False): None,
        ("reminder", True): "reminder",
        ("collection-notice", False): "notice",
        ("collection-notice", True): "notice",
        ("termination-warning", False): "notice",
    }
    assert {each: need_of(each[0], costs=each[1]) for each in asked} == asked


def test_before_its_row_a_mailbox_counts_for_nothing() -> None:
    for law in laws_for_years_to_come().values():
        assert law.digital_mailboxes.find(date(1950, 1, 1), "consumer") is None


@pytest.mark.parametrize(
    "order", [["digital mailbox"], ["paper", "e-invoice"], ["paper", "paper"], ["pigeon", "paper"]]
)
def test_an_order_of_ways_ends_on_paper_and_names_each_once(order: list[str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Order).validate_python(order)


def test_how_a_letter_left_is_said_before_its_day() -> None:
    assert [left(each) for each in (None, *Way)] == [
        "posted", "in the digital mailbox", "as an e-invoice", "posted",
    ]  # fmt: skip
