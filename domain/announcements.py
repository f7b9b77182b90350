"""What a creditor tells many of its debtors that is about no claim: a price, a waiting time, an outage, in every language."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.claim_words import NEVER_SAID
from domain.invoices.incoming import Given, Text
from domain.languages import Language

MOST_CHARACTERS = 1_500
MOST_OF_SMS = 110  # beside the creditor's name and a link there are two segments
OF_USE = timedelta(days=7)  # at most: what is said later confuses
APART = timedelta(days=7)
"""Nobody gets two within so many days: what is told to many at will is told seldom, or nobody reads the next one."""
LINKS = ("http:", "https:", "www.")
GOOD_FOR = timedelta(hours=24)
"""How long what was counted may be sent: later other debtors may be meant."""


class AnnouncementKind(StrEnum):
    """What is told; an offer is none, and asks for its debtors' consent."""

    PRICE_CHANGE = "price change"
    WAITING_TIME = "waiting time"
    OUTAGE = "outage"


def _lines(words: str) -> str:
    """The paragraphs, in plain text. ValueError for signs that nobody sees."""
    text = words.replace("\r\n", "\n").replace("\r", "\n")
    for sign in text:
        if sign != "\n" and unicodedata.category(sign) in {"Cc", "Cs", "Cf", "Co"}:
            raise ValueError(f"holds a control character (U+{ord(sign):04X}); write plain text")
    return "\n\n".join(filter(None, (" ".join(part.split()) for part in text.split("\n\n"))))


def _of_no_claim(words: str) -> str:
    """ValueError for words of claims, and for links: the one link of a message is its reader's own page."""
    said = words.lower()
    if found := [each for each in (*NEVER_SAID, *LINKS) if each in said]:
        raise ValueError(
            f"leave out {', '.join(found)}: a notice to many is about no claim and has no links of its own"
        )
    return words


class NoticeWords(Given):
    """It in one language, in plain text."""

    title: Annotated[
        Text,
        Field(max_length=60, description="The heading; the subject of an email.", examples=["Longer waiting time"]),
        AfterValidator(_of_no_claim),
    ]
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MOST_CHARACTERS,
            description="Its paragraphs, an empty line between them.",
            examples=["It takes time to answer."],
        ),
        AfterValidator(_lines),
        AfterValidator(_of_no_claim),
    ]
    sms: Annotated[
        Text,
        Field(max_length=MOST_OF_SMS, description="All of it in an SMS.", examples=["It takes time to answer."]),
        AfterValidator(_of_no_claim),
    ]


class Announcement(Given):
    """An announcement as somebody writes it; `until` is the last day on which it is of any use."""

    kind: Annotated[AnnouncementKind, Field(description="What it is about.", examples=["waiting time"])]
    words: Annotated[dict[Language, NoticeWords], Field(description="It in every language.")]
    until: Annotated[
        date,
        Field(description="The last day on which it is of any use, a week ahead at most.", examples=["2026-11-19"]),
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """It as one debtor gets it."""

    title: str
    paragraphs: tuple[str, ...]
    short: str


def told(wording: NoticeWords) -> Told:
    """It as it is written to somebody."""
    return Told(wording.title, tuple(wording.text.split("\n\n")), wording.sms)
