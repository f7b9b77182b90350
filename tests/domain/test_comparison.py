"""Two processes side by side: every message of a day is told once, alike ones in pairs, whatever their order."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.comparison import NEAR, Compared, Kind, Sent, compared, counted, in_words

DAY = date(2026, 11, 23)
SENT = st.builds(
    Sent,
    st.sampled_from(["1001", "1002"]),
    st.sampled_from(["reminder", "collection-notice"]),
    st.integers(-7, 7).map(lambda days: DAY + timedelta(days=days)),
    st.sampled_from(["email", "sms", "letter"]),
)
LISTS = st.lists(SENT, max_size=7)


def sent(channel: str = "email", days: int = 0, invoice: str = "1001", message: str = "reminder") -> Sent:
    return Sent(invoice, message, DAY + timedelta(days=days), channel)


def kinds(purr: list[Sent], them: list[Sent]) -> list[Kind]:
    return [each.kind for each in compared(purr, them, DAY)]


@pytest.mark.parametrize(
    ("purr", "them", "right"),
    [
        ([sent()], [sent()], [Kind.SAME]),
        ([sent()], [], [Kind.ONLY_PURR]),
        ([], [sent()], [Kind.ONLY_THEM]),
        ([sent()], [sent("letter")], [Kind.OTHER_CHANNEL]),
        ([sent(days=-2)], [sent("letter")], [Kind.OTHER_DAY]),
        ([sent()], [sent(days=7)], [Kind.OTHER_DAY]),
        ([sent(message="invoice")], [sent()], [Kind.ONLY_PURR, Kind.ONLY_THEM]),
        ([sent(), sent("letter")], [sent("letter")], [Kind.ONLY_PURR, Kind.SAME]),
        ([sent()], [sent(), sent()], [Kind.SAME, Kind.ONLY_THEM]),  # twice is once too often
        ([sent(days=-1)], [sent(days=1)], []),  # neither is of the day
        ([], [], []),
    ],
)
def test_each_way_to_differ_has_its_name(purr: list[Sent], them: list[Sent], right: list[Kind]) -> None:
    assert sorted(kinds(purr, them)) == sorted(right)


def test_what_lies_further_apart_than_a_week_is_not_the_same_message() -> None:
    assert kinds([sent()], [sent(days=NEAR.days + 1)]) == [Kind.ONLY_PURR]


def test_the_count_is_told_in_words() -> None:
    assert in_words(counted(compared([sent(), sent(invoice="2")], [sent()], DAY))) == "1 same, 1 only Purr"
    assert in_words(counted([])) == "nothing sent by either"


@given(LISTS, LISTS)
def test_every_message_of_the_day_is_told_once_and_the_other_way_round_says_the_same(
    purr: list[Sent], them: list[Sent]
) -> None:
    found = compared(purr, them, DAY)
    for side, all_of_it in (("purr", purr), ("them", them)):
        told = Counter(getattr(each, side) for each in found if getattr(each, side))
        assert told <= Counter(all_of_it)
        assert {each: n for each, n in told.items() if each.day == DAY} == Counter(
            each for each in all_of_it if each.day == DAY
        )
    turned = {Kind.ONLY_PURR: Kind.ONLY_THEM, Kind.ONLY_THEM: Kind.ONLY_PURR}
    mirrored = Counter(turned.get(each.kind, each.kind) for each in compared(them, purr, DAY))
    assert mirrored[Kind.SAME] == Counter(each.kind for each in found)[Kind.SAME]
    assert compared(purr[::-1], them[::-1], DAY) == found
    assert all(_holds(each) for each in found)


def _holds(each: Compared) -> bool:
    if each.purr is None or each.them is None:
        return each.kind is (Kind.ONLY_PURR if each.purr else Kind.ONLY_THEM)
    same_day, same_way = each.purr.day == each.them.day, each.purr.channel == each.them.channel
    right = Kind.OTHER_DAY if not same_day else Kind.SAME if same_way else Kind.OTHER_CHANNEL
    return each.kind is right
