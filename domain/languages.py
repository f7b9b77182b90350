"""The languages that debtors may be written to in: a new one is its name here, and its folders of words."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args

Language = Literal["nb", "nn", "sv", "fi", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
EVERYWHERE: Language = "en"
"""In which somebody is written to where there are no words in their own."""
READ_TOO: Mapping[str, Language] = {"nb": "nn", "nn": "nb"}
"""Whose readers read each other's language as well as their own."""

_Words = TypeVar("_Words")


def nearest(language: str, given: Mapping[Any, _Words]) -> _Words | None:
    """Of words that somebody wrote in some languages, those for a reader: in their own, or in one that they read as well."""
    return given.get(language) or given.get(READ_TOO.get(language))


def for_everybody(language: str, given: Mapping[Any, _Words]) -> _Words:
    """The same where whoever reads none of them gets them all the same: in English, else in the first of them."""
    return nearest(language, given) or given.get(EVERYWHERE) or next(iter(given.values()))
