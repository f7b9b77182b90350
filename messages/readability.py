"""How hard a text is to read, by the measure that fits its language."""

import re
from collections.abc import Callable, Mapping

from messages.languages import Locale, words_in

_DIPHTHONGS = "[aeouyäö]i|[aeio]u|[eiäö]y|ie|uo|yö"
_NUCLEUS = re.compile(rf"([aeiouyäö])\1|{_DIPHTHONGS}|[aeiouyäöå]")


def lix(text: str) -> float:
    """Läsbarhetsindex (Björnsson 1968): words per sentence plus percent of words over six letters."""
    found = _words(text)
    sentences = max(len(re.findall(r"[.!?:](?:\s|$)", text)), 1)
    return len(found) / sentences + 100 * sum(len(word) > 6 for word in found) / max(len(found), 1)


def wiio(text: str) -> float:
    """Wiio's index for Finnish (Wiio 1968: 2.7 + 0.3 for each long word in a hundred): the school year that can read a text.

    Long words have four syllables and more in their base form. Nothing here knows base forms, and an ending mostly adds one
    syllable: those of five and more as they stand are counted.
    """
    found = _words(text)
    return 2.7 + 0.3 * 100 * sum(syllables(word) > 4 for word in found) / max(len(found), 1)


def syllables(word: str) -> int:
    """How many syllables a Finnish word has: its vowels, long ones and diphthongs as one."""
    return len(_NUCLEUS.findall(word.lower()))


MEASURES: Mapping[str, Callable[[str], float]] = {"lix": lix, "wiio": wiio}
"""By their names in the tables of words."""


def too_hard(text: str, locale: Locale) -> str | None:
    """Why a text is too hard for readers of a language, in words; None where it is not."""
    table = words_in(locale, "table.yaml")["readability"]
    name, most = str(table["measure"]), int(table["most"])
    hardness = MEASURES[name](text)
    return f"{name.upper()} is {hardness:.0f}, {most} at most" if hardness > most else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)
