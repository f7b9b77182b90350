"""How a business is spoken to, where that differs from how a person is: word by word, as a file of the language says.

Finnish says *te* to the people of a business and *sinä* to a person. The words of messages and of pages are written once, to a
person; what is written to a business is made of them. Facts, and a creditor's own words, stand as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from domain.located_yaml import plain

FILE = "to_business.yaml"


@dataclass(frozen=True, slots=True)
class Address:
    """How the words of a language become those to a business."""

    said: Mapping[str, str]
    """Words, or words in a row, in small letters; the longest that stands in a text is the one that counts."""
    pattern: re.Pattern[str]
    one_reader: re.Pattern[str]
    """A word that is said to one person."""
    stays: re.Pattern[str]
    """Words in a row that are said to both alike, whatever one of them looks like."""
    but_for: frozenset[str]
    """What looks like one and is none."""
    commands: frozenset[str]
    """The names of page words by which the reader tells the page what to do: they stay."""

    def of(self, text: str) -> str:
        """A text as it is said to a business."""
        return self.pattern.sub(self._instead, text)

    def of_page(self, words: Mapping[str, str]) -> dict[str, str]:
        """The words of a page, by their names, as they are said to a business."""
        return {name: said if name in self.commands else self.of(said) for name, said in words.items()}

    def left(self, text: str) -> Iterator[str]:
        """The words of a text that are still said to one person."""
        looked_at = self.stays.sub("", text)
        yield from (word for word in self.one_reader.findall(looked_at) if word.lower() not in self.but_for)

    def _instead(self, found: re.Match[str]) -> str:
        said = self.said[found[0].lower()]
        return said[0].upper() + said[1:] if found[0][0].isupper() else said


@cache
def address_of(folder: Path) -> Address | None:
    """How a business is spoken to in the language of a folder; None where no otherwise than a person."""
    if not (folder / FILE).is_file():
        return None
    given = plain((folder / FILE).read_text("utf-8"))
    said: dict[str, str] = given["said"]
    words, stays = _any_of(said), _any_of(each for each, to in said.items() if each == to)
    one = re.compile(rf"\b({given['one_reader']})\b", re.IGNORECASE)
    return Address(said, words, one, stays, frozenset(given["but_for"]), frozenset(given["commands"]))


def _any_of(said: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(said, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def addressed(words: Any, address: Address) -> Any:
    """The words of a file as they are said to a business; its names stay."""
    if isinstance(words, str):
        return address.of(words)
    if isinstance(words, dict):
        return {name: addressed(each, address) for name, each in words.items()}
    return [addressed(each, address) for each in words] if isinstance(words, list) else words
