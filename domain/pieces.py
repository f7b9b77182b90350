"""What a creditor says beside an invoice: pieces by segment, language and moment, and which of them somebody is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.invoices.incoming import Day, Given, Name
from domain.languages import Language, nearest
from domain.parties.life_events import LifeKind
from domain.parties.standing import Says, Standing, Thing, standing_of
from domain.planner.case_facts import Circumstances
from domain.vocabulary import MESSAGES

MOST_SHOWN = 3  # at once: beside an invoice, not instead of it
MOST_CHARACTERS = 1_500  # of a piece's text: the page has to come in one round trip
THREATENING = tuple(rule.name for rule in MESSAGES.values() if rule.threatens)
"""The messages beside which nothing stands: the law's notices, and warnings of a service that may end."""


class PieceKind(StrEnum):
    """What a piece is, in the order in which a page shows them: of each kind one at most."""

    WAITING_TIME = "waiting time"
    PRICE_CHANGE = "price change"
    TIP = "tip"
    FAQ = "faq"
    OFFER = "offer"  # to those alone who have agreed to offers


class PieceMoment(StrEnum):
    """How things stand with the invoice that is looked at. While anything hard stands there is no moment for a piece."""

    BEFORE_DUE = "before due"
    OVERDUE = "overdue"
    IN_A_PLAN = "in a plan"
    PAID = "paid"


class Wording(Given):
    """A piece in one language."""

    title: Annotated[str, Field(min_length=1, max_length=80, description="In plain text.", examples=["Ny nettleie"])]
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MOST_CHARACTERS,
            description="Markdown: paragraphs, lists, bold, italics and links.",
            examples=["Les om [prisene fra januar](https://acme.example/priser)."],
        ),
    ]


class Piece(Given):
    """A piece as its creditor puts it."""

    kind: Annotated[PieceKind, Field(description="What it is; an `offer` is shown to those who agreed to offers.")]
    moments: Annotated[
        tuple[PieceMoment, ...],
        Field(min_length=1, max_length=len(PieceMoment), description="When it is shown.", examples=[["before due"]]),
    ]
    segment: Annotated[
        Name | None,
        Field(description="Beside invoices of this segment alone; left out: of any.", examples=["private"]),
    ] = None
    debtor_kind: Annotated[
        Literal["consumer", "business"] | None, Field(description="To these alone; left out: to both.")
    ] = None
    since: Annotated[Day | None, Field(description="The first day; left out: at once.", examples=["2026-12-01"])] = None
    until: Annotated[
        Day | None, Field(description="The first day on which it is not shown any more.", examples=["2027-01-01"])
    ] = None
    words: Annotated[
        Mapping[Language, Wording],
        Field(min_length=1, description="By language: who reads none of them is not shown it."),
    ]

    def read_in(self, language: str) -> Wording | None:
        """Its words for a reader of a language; None where they read none of its languages."""
        return nearest(language, self.words)

    @model_validator(mode="after")
    def _days_follow_each_other(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise ValueError("until is the first day without it: it follows since")
        if self.kind is PieceKind.PRICE_CHANGE and self.until is None:
            raise ValueError("a price change lies ahead of its day: give that day as until")
        return self


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a piece, by its number here."""

    id: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at an invoice, as far as pieces go by it."""

    moment: PieceMoment
    today: date
    language: str
    debtor_kind: str
    segment: str | None  # of the invoice; None also where nobody may be told apart by it
    offers: bool  # agreed to, and not to be kept back
    counted: bool = True  # what they look at and follow; who objects to tracking is not

    def gets(self, piece: Piece) -> bool:
        """Whether a piece is for them, now."""
        return (
            self.moment in piece.moments
            and piece.read_in(self.language) is not None
            and piece.segment in (None, self.segment)
            and piece.debtor_kind in (None, self.debtor_kind)
            and (piece.since is None or piece.since <= self.today)
            and (piece.until is None or self.today < piece.until)
            and (self.offers or piece.kind is not PieceKind.OFFER)
        )


def chosen(kept: Iterable[Kept], reader: Reader) -> Sequence[Kept]:
    """What somebody is shown, in its order: of each kind what is most their own, and of that the latest."""
    of_kind: dict[PieceKind, Kept] = {}
    for each in sorted(kept, key=lambda each: (_closeness(each.piece), each.id)):
        if reader.gets(each.piece):
            of_kind[each.piece.kind] = each
    return [of_kind[kind] for kind in PieceKind if kind in of_kind][:MOST_SHOWN]


def reader_of(
    case: Circumstances,
    due_date: date,
    today: date,
    *,
    language: str,
    debtor_kind: str,
    segment: str | None,
    threatened: bool,
    is_debtor: bool,
) -> Reader | None:
    """Who looks at the invoice of a case; None while nothing is to stand beside it.

    `threatened`: one of the debtor's claims has a notice that stands. Who stands in for the debtor gets no offers and
    nothing of a segment: neither is about them.
    """
    standing = standing_of(case.life, today)
    moment = None if threatened else _moment_of(case, standing, due_date, today)
    if moment is None:
        return None
    their_own = is_debtor and standing.stands_in is None
    agreed = LifeKind.OFFERS in standing.events and standing.says(Thing.OFFER) is Says.ALLOWED
    grouped = their_own and standing.says(Thing.PROFILING) is Says.ALLOWED
    return Reader(
        moment,
        today,
        language,
        debtor_kind,
        segment if grouped else None,
        offers=their_own and agreed,
        counted=not standing.never(Thing.TRACKING),
    )


def _moment_of(case: Circumstances, standing: Standing, due_date: date, today: date) -> PieceMoment | None:
    sore = LifeKind.NOT_ME in standing.events or LifeKind.DANGER in standing.events or standing.stop
    if sore or case.withdrawn or case.hand_off or case.disputed or case.disputed_amount or case.contradiction:
        return None
    if case.balance <= 0:
        return PieceMoment.PAID
    if case.held or case.stops:
        return None
    if case.plan:
        return PieceMoment.IN_A_PLAN
    return PieceMoment.BEFORE_DUE if today <= due_date else PieceMoment.OVERDUE


def _closeness(piece: Piece) -> int:
    """How much narrower than for everybody."""
    return (piece.segment is not None) + (piece.debtor_kind is not None)
