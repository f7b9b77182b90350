"""How a debtor pays, as their own past shows it: each pattern with how many times of how many, in words; few say nothing."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from domain.learned.segments import A_MESSAGE


class Pattern(StrEnum):
    """What a past of payments may show."""

    PAYDAY = "payday"  # number: the day of the month, 31 where it is its last
    ON_TIME = "on time"
    LAST_DAY = "last day"
    AFTER_CHANNEL = "after channel"  # word: the channel
    AFTER_FIRST_REMINDER = "after first reminder"
    METHOD = "method"  # word: the method
    SLOWER = "slower"  # number: by how many days more than before
    QUICKER = "quicker"  # number: by how many days less than before


class Behaviour(NamedTuple):
    """A pattern: seen how many times of how many, with the day, the days or the word that it is about."""

    pattern: Pattern
    times: int
    of: int
    number: int | None = None
    word: str | None = None

    @property
    def key(self) -> str:
        """What it is, without how often: the same as long as the behaviour is."""
        told = self.number if self.pattern is Pattern.PAYDAY else self.word
        return f"{self.pattern}:{told}" if told is not None else str(self.pattern)


LAST_OF_MONTH: Final = 31


NEAR: Final = 3  # days between two paydays that are one


def keys_of(found: Sequence[Behaviour]) -> list[str]:
    """What each pattern is, in order."""
    return sorted(each.key for each in found)


def changed(before: Sequence[Behaviour], now: Sequence[Behaviour]) -> bool:
    """Whether somebody pays otherwise than before: by other patterns, not by how often each was seen."""
    paydays = [each.number for side in (before, now) for each in side if each.pattern is Pattern.PAYDAY and each.number]
    apart = abs(paydays[0] - paydays[-1]) if paydays else 0
    same_day = len(paydays) == 2 and min(apart, LAST_OF_MONTH - apart) <= NEAR
    one, other = (
        {each.key for each in side if not (same_day and each.pattern is Pattern.PAYDAY)} for side in (before, now)
    )
    return one != other


def as_json(found: Sequence[Behaviour]) -> list[list[Any]]:
    """As it is kept."""
    return [list(each) for each in found]


def from_json(kept: Sequence[Sequence[Any]]) -> list[Behaviour]:
    """As it was kept."""
    return [Behaviour(Pattern(pattern), *rest) for pattern, *rest in kept]


def in_words(found: Sequence[Behaviour]) -> Iterator[str]:
    """Each pattern as a sentence without a point."""
    for each in found:
        word, message = (each.word or "").replace("_", " "), A_MESSAGE.get(each.word or "", "a message")
        last = each.pattern is Pattern.PAYDAY and each.number == LAST_OF_MONTH
        said = "pays around the end of the month" if last else _WORDS[each.pattern]
        often = "" if each.pattern in (Pattern.SLOWER, Pattern.QUICKER) else f" ({each.times} of {each.of})"
        yield said.format(number=each.number, word=word, message=message) + often


_WORDS: Final[Mapping[Pattern, str]] = {
    Pattern.PAYDAY: "pays around day {number} of the month",
    Pattern.ON_TIME: "pays in time",
    Pattern.LAST_DAY: "pays on the last day",
    Pattern.AFTER_CHANNEL: "pays within days of {message}",
    Pattern.AFTER_FIRST_REMINDER: "pays after the first reminder",
    Pattern.METHOD: "mostly pays by {word}",
    Pattern.SLOWER: "has begun to pay later, by about {number} days",
    Pattern.QUICKER: "has begun to pay sooner, by about {number} days",
}
