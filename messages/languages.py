"""In whose words somebody is written to: those of their language, and what a country has of its own in that language.

A language is a folder of words, such as `sv`; what differs under the law of one country stands in a folder of the two, such
as `sv_FI`, which has nothing else. Where a language speaks to a business otherwise than to a person, the words to one are
called so, as `fi_business`: they are made of the language's (`messages.to_business`), and have no folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from domain.countries.registry import COUNTRIES, country_of
from domain.languages import EVERYWHERE, LANGUAGES, Language
from domain.located_yaml import plain
from domain.vocabulary import DebtorKind
from messages.to_business import address_of, addressed

FOLDER = Path(__file__).parent

Locale = str
"""A language, or a language in a country that has words of its own in it, or to a business: `sv`, `sv_FI`, `fi_business`."""
BUSINESS = "business"


def locale_of(language: str, country: str, kind: DebtorKind = "any") -> Locale:
    """The words that a reader of a language is written to in under the law of a country, as one person or for a business.

    A country whose table of words has not their language has English, which every such table has: a person is better told
    in words that hold there than in others.
    """
    known: Sequence[str] = country_of(country).languages or LANGUAGES
    spoken = language if language in known else EVERYWHERE
    own = f"{spoken}_{country}"
    if (FOLDER / own).is_dir():
        return own
    return f"{spoken}_{BUSINESS}" if kind == BUSINESS and address_of(FOLDER / spoken) else spoken


def language_of(locale: Locale) -> Language:
    """The language of words."""
    return cast(Language, locale.partition("_")[0])


def is_to_business(locale: Locale) -> bool:
    """Whether words are those to a business alone."""
    return locale.endswith(f"_{BUSINESS}")


def locales() -> Iterator[tuple[Locale, str]]:
    """All words that somebody may be written to in, each with the country whose law holds then."""
    kinds: tuple[DebtorKind, ...] = ("consumer", "business")
    for country in COUNTRIES.values():
        for language in country.languages:
            for locale in dict.fromkeys(locale_of(language, country.code, kind) for kind in kinds):
                yield locale, country.code


def every_locale() -> tuple[Locale, ...]:
    """All words, whatever the law: every language, and those that countries have of their own."""
    return tuple(dict.fromkeys((*LANGUAGES, *(locale for locale, _ in locales()))))


def folders(locale: Locale, above: Path = FOLDER) -> Sequence[Path]:
    """Where words stand, what a country has of its own first."""
    names = dict.fromkeys((locale, language_of(locale)))
    return [above / name for name in names if (above / name).is_dir()]


@cache
def words_in(locale: Locale, file: str, above: Path = FOLDER) -> Mapping[str, Any]:
    """What a file of words says; of one that a country has too, its own in the place of the language's, name by name."""
    found: dict[str, Any] = {}
    for folder in reversed(folders(locale, above)):
        if (folder / file).is_file():
            found = _over(found, plain((folder / file).read_text("utf-8")) or {})
    address = address_of(above / language_of(locale)) if is_to_business(locale) else None
    return addressed(found, address) if address else found


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What stands above in the place of what stands below, also within what has names of its own."""
    both = {name for name in below.keys() & above.keys() if isinstance(below[name], dict)}
    return {**below, **above, **{name: _over(below[name], above[name]) for name in both}}


def labels(locale: Locale) -> Mapping[str, str]:
    """The short words that all messages of a language share: names of amounts and dates, offers, sign-off."""
    return words_in(locale, "labels.yaml")


def tag_of(locale: Locale) -> str:
    """The language as pages and mails name it (BCP 47): `sv-FI`."""
    return language_of(locale) if is_to_business(locale) else locale.replace("_", "-")
