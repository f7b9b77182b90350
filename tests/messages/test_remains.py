"""No words of one language are left in another: a translation that was forgotten, or pasted beside its place."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, nodes

from domain.languages import LANGUAGES
from messages.languages import FOLDER, language_of
from web.pages import FOLDER as PAGES

FOLDERS = sorted(
    path
    for above in (FOLDER, PAGES / "words")
    for path in above.iterdir()
    if path.is_dir() and language_of(path.name) in LANGUAGES
)
SEVERAL = 3
"""So many words make a sentence that no two languages share by chance."""
SHARED = {
    *("Be om mer tid", "Du bad om hos oss", "E-post eller mobilnummer"),
    *("Ingen kontakt med kunden", "Ingen ringer kunden", "Vi har fått adressen"),
    *("Mer om det", "Steg i planen", "brev i retur", "kom i retur"),
}
"""What Norwegian and Swedish write alike, looked at one by one."""
NORWEGIAN = {"nb", "nn"}
FOREIGN_LETTERS = {"nb": "äöÄÖ", "nn": "äöÄÖ", "sv": "æøÆØ", "fi": "æøåÆØÅ", "en": "æøåäöÆØÅÄÖ"}
FOREIGN_WORDS = {
    "nb": r"ikkje|eg|och|inte|att|jag|the|and|your",
    "nn": r"ikke|jeg|noe|fra|dere|och|inte|jag|the|and|your",
    "sv": r"ikke|ikkje|og|jeg|eg|deg|meg|fra|frå|noe|noko|etter|hvis|dere|uten|betaling|alt|the|and|your|ja sinun",
    "fi": r"ikke|ikkje|og|jeg|eg|det|och|inte|att|jag|du|vi|the|and|your|faktura|inkasso",
    "en": r"ikke|ikkje|og|jeg|eg|och|inte|att|jag|faktura|lasku",
}
NAMES = re.compile(
    r"AvtaleGiro|BankID|WhatsApp|MobilePay|Vipps|Kronofogden|Betalingsavtaler|Ny \S+|Nytt medgivande|/ Code|\(.*?\)|“.*?”"
)
"""Names stay as they are, and so do words in brackets and quotation marks: they say how something is called elsewhere."""


def sentences(path: Path) -> Iterator[str]:
    """What a file of words says, a sentence each, without its facts."""
    text = path.read_text("utf-8")
    if path.suffix == ".yaml":
        texts = [re.sub(r"\{\w*\}", " ", said) for said in _leaves(yaml.safe_load(text))]
    else:
        texts = [" ".join(_written(Environment().parse(text)))]
    for each in texts:
        yield from (" ".join(part.split()) for part in re.split(r"[.!?:\n]", each) if part.strip())


def _written(node: nodes.Node) -> Iterator[str]:
    """What a template says word for word, whatever it is that it chooses by."""
    if isinstance(node, nodes.Compare | nodes.Include):
        return
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield f"\n{node.value}\n"
    for child in [node.value] if isinstance(node, nodes.Pair) else node.iter_child_nodes():
        yield from _written(child)


def _leaves(given: object) -> Iterator[str]:
    if isinstance(given, dict):
        for below in given.values():
            yield from _leaves(below)
    elif isinstance(given, str):
        yield given


@cache
def _said(folder: Path) -> dict[str, str]:
    """Every sentence of several words, with the file that says it."""
    return {
        sentence: path.name
        for path in sorted(folder.iterdir())
        if path.name != "table.yaml"  # which names words of all kinds
        for sentence in sentences(path)
        if len(re.findall(r"[^\W\d_]+", sentence)) >= SEVERAL
    }


def remains(text: str, language: str) -> Sequence[str]:
    """The letters and words of a text that its language has not."""
    plain = NAMES.sub(" ", text)
    letters = [letter for letter in FOREIGN_LETTERS[language] if letter in plain]
    return [*letters, *re.findall(rf"(?<![\w-])(?:{FOREIGN_WORDS[language]})(?![\w-])", plain.lower())]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_word_of_another_language_is_left(folder: Path) -> None:
    found = {
        f"{path.name}: {each}: {sentence}"
        for path in sorted(folder.iterdir())
        if path.name != "table.yaml"
        for sentence in sentences(path)
        for each in remains(sentence, language_of(folder.name))
    }
    assert found == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_sentence_is_the_same_in_two_languages(folder: Path) -> None:
    others = [
        other
        for other in FOLDERS
        if other.parent == folder.parent
        and language_of(other.name) != language_of(folder.name)
        and not {language_of(other.name), language_of(folder.name)} <= NORWEGIAN
    ]
    same = {
        f"{file}: {sentence} ({other.name})"
        for other in others
        for sentence, file in _said(folder).items()
        if sentence in _said(other) and sentence not in SHARED
    }
    assert same == set()


@pytest.mark.parametrize(
    ("text", "language", "left"),
    [
        ("Har du allerede betalt? Da trenger du ikke gjøre noe.", "sv", {"ø", "ikke", "noe"}),
        ("Maksa faktura 12 ajoissa", "fi", {"faktura"}),
        ("Pay the faktura", "en", {"faktura"}),
        ("Betala med AvtaleGiro eller BankID", "sv", set()),
        ("Maksa lasku ajoissa", "fi", set()),
    ],
)
def test_what_is_left_is_found(text: str, language: str, left: set[str]) -> None:
    assert set(remains(text, language)) == left
