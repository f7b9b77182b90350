"""What a creditor says beside an invoice reaches whom it is for, at its moment, and never stands beside anything hard."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.parties.life_events import LifeEvent, LifeKind
from domain.pieces import MOST_SHOWN, Kept, Piece, PieceKind, PieceMoment, Reader, chosen, reader_of
from domain.planner.case_facts import ActivePlan, Circumstances, HandOffState

TODAY = date(2026, 12, 1)
WORDS = {"nb": {"title": "Tips", "text": "Spar strøm."}}
CASE = Circumstances(balance=Decimal(800))
READER = Reader(PieceMoment.BEFORE_DUE, TODAY, "nb", "consumer", "private", offers=False)


def piece(**changes: Any) -> Piece:
    """A tip for everybody, whenever a piece may be shown."""
    return Piece.model_validate({"kind": "tip", "moments": list(PieceMoment), "words": WORDS} | changes)


def life(*kinds: LifeKind, value: Any = None) -> tuple[LifeEvent, ...]:
    """What is known of a debtor's life."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(LifeEvent(kind, None, None, value, "anne", "told", None, at) for kind in kinds)


def reader(case: Circumstances = CASE, due: date = TODAY, **changes: Any) -> Reader | None:
    """Whoever looks at the invoice of a case."""
    told = {"language": "nb", "debtor_kind": "consumer", "segment": "private", "threatened": False, "is_debtor": True}
    return reader_of(case, due, TODAY, **(told | changes))


@pytest.mark.parametrize(
    ("case", "due", "moment"),
    [
        (CASE, TODAY, PieceMoment.BEFORE_DUE),
        (CASE, TODAY - timedelta(days=1), PieceMoment.OVERDUE),
        (replace(CASE, plan=ActivePlan(1, TODAY, (), Decimal(0))), TODAY - timedelta(days=9), PieceMoment.IN_A_PLAN),
        (replace(CASE, balance=Decimal(0), open=False), TODAY, PieceMoment.PAID),
        (replace(CASE, balance=Decimal(-5)), TODAY, PieceMoment.PAID),
    ],
)
def test_an_invoice_has_its_moment(case: Circumstances, due: date, moment: PieceMoment) -> None:
    found = reader(case, due)
    assert found is not None
    assert found.moment is moment


@pytest.mark.parametrize(
    "hard",
    [
        {"withdrawn": True},
        {"hand_off": HandOffState.QUEUED},
        {"hand_off": HandOffState.ACCEPTED, "balance": Decimal(0)},
        {"hand_off": HandOffState.CLOSED},
        {"disputed": True},
        {"disputed_amount": Decimal(1)},
        {"held": True},
        {"stops": ("creditor",)},
        {"contradiction": "the balance that is kept is not what is booked"},
        *({"life": life(kind)} for kind in (LifeKind.DECEASED, LifeKind.INSOLVENT, LifeKind.MINOR, LifeKind.NOT_ME)),
        {"life": life(LifeKind.DANGER), "balance": Decimal(0)},
        {"life": life(LifeKind.DEBT_SETTLEMENT, LifeKind.OFFERS), "balance": Decimal(0)},
    ],
)
def test_nothing_stands_beside_anything_hard(hard: dict[str, Any]) -> None:
    assert reader(replace(CASE, **hard)) is None


@pytest.mark.parametrize("balance", [Decimal(800), Decimal(0)])
def test_nothing_is_shown_while_a_notice_stands(balance: Decimal) -> None:
    assert reader(replace(CASE, balance=balance), threatened=True) is None


def test_an_offer_is_shown_to_those_alone_who_agreed_to_offers() -> None:
    offer = piece(kind="offer")
    agreed = reader(replace(CASE, life=life(LifeKind.OFFERS)))
    assert agreed is not None
    assert agreed.gets(offer)
    for told, whose in (
        (life(), True),
        (life(LifeKind.OFFERS), False),  # who stands in for the debtor has agreed to nothing
        (life(LifeKind.OFFERS, LifeKind.PAUSE), True),  # who asked for more time is offered nothing
        (life(LifeKind.OFFERS, LifeKind.REPRESENTED, value="Per Verge"), True),
    ):
        other = reader(replace(CASE, life=told), is_debtor=whose)
        assert other is not None
        assert not other.gets(offer)
        assert other.gets(piece())


def test_who_stands_in_or_objects_to_profiling_is_told_apart_by_no_segment() -> None:
    for told, whose in ((life(), False), (life(LifeKind.NO_PROFILING), True), (life(LifeKind.GUARDIAN), True)):
        other = reader(replace(CASE, life=told), is_debtor=whose)
        assert other is not None
        assert [other.gets(piece(segment=segment)) for segment in ("private", None)] == [False, True]


def test_a_piece_has_its_days_and_its_language() -> None:
    assert [READER.gets(piece(since=TODAY + timedelta(days=ahead))) for ahead in (-1, 0, 1)] == [True, True, False]
    assert [READER.gets(piece(until=TODAY + timedelta(days=ahead))) for ahead in (0, 1)] == [False, True]
    assert not replace(READER, language="en").gets(piece())


def test_of_each_kind_what_is_most_their_own_is_shown_and_of_that_the_latest_and_no_crowd() -> None:
    kept = [
        Kept(1, piece(kind="tip", segment="private")),
        Kept(2, piece(kind="tip")),
        Kept(3, piece(kind="faq")),
        Kept(4, piece(kind="faq")),
        Kept(5, piece(kind="waiting time")),
        Kept(6, piece(kind="price change", until="2027-01-01")),
    ]
    assert [each.id for each in chosen(kept, READER)] == [5, 6, 1]
    assert [each.id for each in chosen(kept[:4], READER)] == [1, 4]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "price change"}, "give that day as until"),
        ({"since": "2026-12-02", "until": "2026-12-02"}, "it follows since"),
        ({"moments": []}, "at least 1"),
        ({"moments": ["notice"]}, "'before due', 'overdue', 'in a plan' or 'paid'"),
        ({"words": {}}, "at least 1"),
        ({"words": {"de": WORDS["nb"]}}, "'nb', 'nn', 'sv', 'fi' or 'en'"),
        ({"words": {"nb": {"title": " ", "text": "x"}}}, "at least 1"),
        ({"words": {"nb": {"title": "T", "text": "x" * 1501}}}, "at most 1500"),
        ({"to": "everybody"}, "Extra inputs"),
    ],
)
def test_a_piece_that_is_none_is_refused_by_its_reason(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        piece(**wrong)


SEGMENTS = st.sampled_from([None, "private", "shops", "farms"])
DAYS = st.integers(-2, 2).map(lambda ahead: TODAY + timedelta(days=ahead))
PIECES = st.builds(
    piece,
    kind=st.sampled_from([kind for kind in PieceKind if kind is not PieceKind.PRICE_CHANGE]),
    moments=st.lists(st.sampled_from(list(PieceMoment)), min_size=1, max_size=4),
    segment=SEGMENTS,
    debtor_kind=st.sampled_from([None, "consumer", "business"]),
    since=st.none() | DAYS,
    words=st.sampled_from([WORDS, {"en": WORDS["nb"]}, WORDS | {"en": WORDS["nb"]}]),
)
READERS = st.builds(
    Reader,
    st.sampled_from(list(PieceMoment)),
    DAYS,
    st.sampled_from(["nb", "en"]),
    st.sampled_from(["consumer", "business"]),
    SEGMENTS,
    offers=st.booleans(),
)


@given(st.lists(PIECES, max_size=12), READERS)
def test_whatever_a_creditor_puts_nobody_is_shown_what_is_anothers(pieces: list[Piece], reader: Reader) -> None:
    found = [each.piece for each in chosen([Kept(id, each) for id, each in enumerate(pieces)], reader)]
    assert len(found) == len({each.kind for each in found}) <= MOST_SHOWN
    for each in found:
        assert each.segment is None or each.segment == reader.segment
        assert each.debtor_kind is None or each.debtor_kind == reader.debtor_kind
        assert reader.moment in each.moments
        assert reader.language in each.words
        assert each.since is None or each.since <= reader.today
        assert reader.offers or each.kind is not PieceKind.OFFER
