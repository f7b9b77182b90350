"""The day that somebody names in a sentence: "på fredag", "15. desember", "by the 15th", "perjantaina", "om to uker".

Names of months and weekdays are those of Babel (CLDR), in each language that is written to us. Where two days are named, or none
that is near ahead, a person reads it: no day is better than a wrong one.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final

from babel import Locale

LANGUAGES: Final = ("nb", "nn", "sv", "da", "fi", "en")
FARTHEST: Final = timedelta(days=92)  # ahead: who names a later day means something else
_SOON: Final[Mapping[str, int]] = {
    **dict.fromkeys(("i dag", "idag", "today", "tänään"), 0),
    **dict.fromkeys(("i morgen", "imorgen", "i morgon", "imorgon", "i morra", "tomorrow", "huomenna"), 1),
    **dict.fromkeys(("i overmorgen", "overmorgen", "i overmorgon", "i övermorgon", "övermorgon", "ylihuomenna"), 2),
}
_NUMBERS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("en", "ei", "ett", "et", "a", "one"), 1),
    **dict.fromkeys(("to", "två", "two", "kahden"), 2),
    **dict.fromkeys(("tre", "three", "kolmen"), 3),
    **dict.fromkeys(("fire", "fyra", "four", "neljän"), 4),
}
_DIGITS = re.compile(
    r"(?<![\d.,/:-])(\d{1,2})\s?[./]\s?(\d{1,2})(?:\.|[./]\s?(20\d\d|\d\d))?(?![\d,/:-])(?!\.\d)(?!\s*(?:%|pro|kr|nok|sek|eur))"
)
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_DAY_ALONE = re.compile(
    r"\b(?:den|the|senest|innen|by)\s+(\d{1,2})(?:\.|st|nd|rd|th|:e)?(?=\s*(?:[,!?]|\.?\s*$|\s[a-zåäöæø]))",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_IN = re.compile(
    r"\b(?:om|in)\s+(\d{1,2}|\w+)\s+(dager|dagar|dage|dag|days?|uker|uke|uger|uge|veker|veke|veckor|vecka|weeks?)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\b(?:(\d{1,2}|kahden|kolmen|neljän)\s+)?(päivän|viikon)\s+(?:kuluttua|päästä)\b", re.IGNORECASE)


def day_named(words: str, today: date) -> date | None:
    """The one day that words of somebody who wrote on a local day name, from that day on and within `FARTHEST`."""
    found = {day for day in _days(" ".join(words.casefold().split()), today) if today <= day <= today + FARTHEST}
    return found.pop() if len(found) == 1 else None


def _days(said: str, today: date) -> Iterator[date]:
    for year, month, day in _ISO.findall(said):
        yield from _day(int(day), int(month), int(year), today)
    said = _ISO.sub(" ", said)
    for match in _by_name().finditer(said):
        day, month = next((match[a], match[b]) for a, b in ((1, 2), (4, 3)) if match[a])
        yield from _day(int(day), _months()[month], _year(said[match.end() :]), today)
    said = _by_name().sub(" ", said)
    for day, month, year in _DIGITS.findall(said):
        yield from _day(int(day), int(month), int(year) % 100 + 2000 if year else None, today)
    said = _DIGITS.sub(" ", said)
    for pattern in (_DAY_ALONE, _ORDINAL):
        for each in pattern.findall(said):
            yield from _next_of_month(int(each), today)
    for match in _weekday().finditer(said):
        yield today + timedelta(days=(_weekdays()[match[1]] - today.weekday() - 1) % 7 + 1)
    for phrase, ahead in _SOON.items():
        if re.search(rf"\b{phrase}\b", said):
            yield today + timedelta(days=ahead)
    for pattern in (_IN, _AFTER):
        for many, unit in pattern.findall(said):
            number = int(many) if many.isdecimal() else _NUMBERS.get(many or "one")
            if number is not None:
                length = 7 if unit.startswith(("u", "v", "w")) else 1
                yield today + timedelta(days=number * length)


def _year(after: str) -> int | None:
    """The year that follows the name of a month."""
    written = re.match(r"\s+(20\d\d)\b", after)
    return int(written[1]) if written else None


def _day(day: int, month: int, year: int | None, today: date) -> Iterator[date]:
    """A day of a month, of the year that is named, else the next there is."""
    for each in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year or found >= today:
            yield found
            return


def _next_of_month(day: int, today: date) -> Iterator[date]:
    """The next day of this number."""
    for ahead in range(3):
        month = today.month - 1 + ahead
        for found in _day(day, month % 12 + 1, today.year + month // 12, today):
            if found >= today:
                yield found
                return


@cache
def _months() -> Mapping[str, int]:
    return {
        name.casefold().rstrip("."): number
        for language in LANGUAGES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in Locale(language).months[context][width].items()
        if name.strip(".").isalpha()
    }


@cache
def _by_name() -> re.Pattern[str]:
    """ "15. desember", "15 december", "December 15": a number on either side of a month's name."""
    names = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    ordinal = r"(?:\.|st|nd|rd|th|:e)?"
    return re.compile(
        rf"(?<!\d)(\d{{1,2}}){ordinal}\s*(?:of\s+)?({names})\b\.?|\b({names})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
    )


@cache
def _weekdays() -> Mapping[str, int]:
    return {
        name.casefold(): number
        for language in LANGUAGES
        for context in ("format", "stand-alone")
        for number, name in Locale(language).days[context]["wide"].items()
    }


@cache
def _weekday() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _weekdays()), key=len, reverse=True))
    return re.compile(rf"\b({names})\b")
