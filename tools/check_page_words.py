"""Every page says the same in every language: finds words that a language lacks, has alone, or fills with other facts.

It also names what is said in another language, and what to one person where a business reads it.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.languages import LANGUAGES, Language
from domain.located_yaml import plain
from messages.languages import FOLDER as MESSAGES
from messages.languages import language_of, words_in
from messages.to_business import FILE, address_of
from tools.sources import ROOT

FOLDER = ROOT / "web" / "templates" / "words"
_FACT = re.compile(r"\{(\w+)\}")
_OWN: Mapping[Language, str] = {
    "nb": "ikke jeg fra hva hvor hvem hvis hvorfor noe noen bare gjør være flere dere",
    "nn": "ikkje eg frå kva kven korleis kvifor noko nokon meir berre gjer vere fleire ein eit dei dykk",
    "en": "the and you your not is are we this of with when it",
    "sv": "inte jag från vad vem varför något någon bara gör är för och",
    "fi": "tai että jos sinun sinulla emme mitä kun lasku maksu",
}
"""Common words that of our languages only one has: a text that has one of another language's is not in its own."""


def faults(folder: Path = FOLDER) -> Iterator[str]:
    """What is wrong, a sentence each with its file.

    A country's own folder has nothing but what differs, and no words say what no message of theirs may.
    """
    first = folder / LANGUAGES[0]
    for language in LANGUAGES[1:]:
        yield from _against(first, folder / language, whole=True)
    for own in sorted(folder.glob("*_*")):
        yield from _against(folder / language_of(own.name), own, whole=False)
    for each in sorted(folder.iterdir()):
        yield from _forbidden(each)
        yield from _of_another_language(each)
        yield from _said_to_one(each)


def _against(model: Path, looked_at: Path, *, whole: bool) -> Iterator[str]:
    """What differs from another language's words: all of them are there, or at least none that it has not."""
    names = {path.name for above in (model, looked_at) for path in above.glob("*.yaml")}
    for name in sorted(names):
        wanted, given = _read(model / name), _read(looked_at / name)
        told = f"{looked_at.name}/{name}"
        yield from (f"{told}: {each} is missing, write it" for each in sorted(wanted.keys() - given.keys()) if whole)
        yield from (f"{told}: {each} is no name in {model.name}" for each in sorted(given.keys() - wanted.keys()))
        for each in sorted(given.keys() & wanted.keys()):
            there, here = (set(_FACT.findall(str(said[each]))) for said in (wanted, given))
            if there != here:
                yield f"{told}: {each} has the facts {sorted(here)}, in {model.name} {sorted(there)}"


def _forbidden(folder: Path) -> Iterator[str]:
    never = words_in(folder.name, "table.yaml").get("never", {}).get("any message", ())
    for file in sorted(folder.glob("*.yaml")):
        said = " ".join(map(str, _read(file).values())).lower()
        yield from (
            f"{folder.name}/{file.name}: says {word!r}, which no message there does" for word in never if word in said
        )


def _of_another_language(folder: Path) -> Iterator[str]:
    others = {
        word: other for other, own in _OWN.items() if other != language_of(folder.name) for word in own.split(" ")
    }
    for file in sorted(folder.glob("*.yaml")):
        for name, text in _read(file).items():
            said = re.findall(r"\w+", _FACT.sub("", str(text)).lower())
            yield from (
                f"{folder.name}/{file.name}: {name} says {word!r}, which is {others[word]}"
                for word in dict.fromkeys(said)
                if word in others
            )


def _said_to_one(folder: Path) -> Iterator[str]:
    """What is still said to one person where a business reads it; buttons and links are commands of the reader's own."""
    address = address_of(MESSAGES / folder.name)
    if address is None:
        return
    said = {file: _read(file) for file in sorted(folder.glob("*.yaml"))}
    for file, words in said.items():
        for name, text in address.of_page(words).items():
            if name not in address.commands:
                yield from (
                    f"{folder.name}/{file.name}: {name} says {word!r} to one person: say in {FILE} what a business is told"
                    for word in address.left(text)
                )


def _read(file: Path) -> Mapping[str, Any]:
    return plain(file.read_text("utf-8")) or {} if file.is_file() else {}


if __name__ == "__main__":
    found = list(faults())
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(1 if found else 0)
