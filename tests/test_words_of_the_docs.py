"""What docs/words/ says of the words of a language is so: each sentence stands in them, each row is the table's."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from domain.languages import LANGUAGES
from messages.languages import labels, locale_of, words_in
from messages.specs import SPECS
from messages.templates import templates
from tools.sources import ROOT
from web.pages import words

PAGES = sorted((ROOT / "docs" / "words").glob("*.md"))
on_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))


def rows(page: Path, heading: str) -> list[Sequence[str]]:
    """The rows of the table below a heading."""
    section = page.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def said(locale: str, place: str) -> str:
    """The words of a template, of a label or of a page, with their facts in single braces."""
    if place.endswith((".txt", ".sms")):
        environment = templates(locale)
        loader = environment.loader
        assert loader is not None
        written = loader.get_source(environment, f"{locale.partition('_')[0]}/{place}.j2")[0]
    else:
        written = words(locale).get(place) or labels(locale)[place]
    return re.sub(r"\{\{ (\w+) \}\}", r"{\1}", " ".join(written.split()))


def test_every_language_has_its_page() -> None:
    assert set(LANGUAGES) <= {page.stem for page in PAGES}


@on_every_page
def test_every_sentence_stands_in_the_words(page: Path) -> None:
    told = rows(page, "Sentences that carry law or tone")
    assert len(told) >= 5
    missing = [sentence for sentence, place, *_ in told if sentence not in said(page.stem, place)]
    assert missing == []


@on_every_page
def test_every_row_of_the_law_is_the_table_s(page: Path) -> None:
    language = page.stem.partition("_")[0]
    for message, country, heading, always, never, source in rows(page, "By the law"):
        spec, locale = SPECS[message], locale_of(language, country)
        assert spec.heading(locale, country) == heading
        assert {each.strip() for each in always.split(",") if each} <= set(spec.always_says(locale))
        assert {each.strip() for each in never.split(",") if each} <= set(spec.never_says(locale))
        assert source
        assert words_in(locale, "table.yaml")
