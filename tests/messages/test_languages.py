"""Words are looked up by the reader's language, and by the country whose law holds where it has some of its own."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.countries.country import Country
from domain.countries.registry import COUNTRIES
from domain.languages import LANGUAGES
from messages import figures
from messages.languages import labels, locale_of, locales, tag_of, words_in
from messages.specs import SPECS
from messages.templates import templates
from messages.words import words
from tests.messages.samples import content


@pytest.fixture
def two_folders(tmp_path: Path) -> Path:
    """Swedish, and what is different in Finland."""
    files = {
        "sv/pay.sms.j2": "OCR {{ number }}",
        "sv/told.txt.j2": 'Hej! {% include "sv/pay.sms.j2" %}',
        "sv/labels.yaml": "account: Bankgiro\ninner: {one: ett, two: två}\n",
        "sv_FI/pay.sms.j2": "Referens {{ number }}",
        "sv_FI/labels.yaml": "account: Kontonummer\ninner: {two: tu}\n",
    }
    for name, written in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(written, "utf-8")
    return tmp_path


def test_a_country_s_own_template_stands_in_for_the_language_s_also_where_another_includes_it(
    two_folders: Path,
) -> None:
    for locale, said in (("sv", "Hej! OCR 12"), ("sv_FI", "Hej! Referens 12")):
        assert templates(locale, two_folders).get_template("sv/told.txt.j2").render(number=12) == said


def test_a_country_s_own_labels_stand_in_name_by_name(two_folders: Path) -> None:
    assert words_in("sv", "labels.yaml", two_folders) == {"account": "Bankgiro", "inner": {"one": "ett", "two": "två"}}
    assert words_in("sv_FI", "labels.yaml", two_folders) == {
        "account": "Kontonummer",
        "inner": {"one": "ett", "two": "tu"},
    }


def test_language_is_the_reader_s_and_not_the_country_s() -> None:
    assert [locale_of(language, "NO") for language in ("nb", "nn", "en")] == ["nb", "nn", "en"]


def test_swedish_is_finland_s_under_finnish_law_and_english_what_each_law_calls_it() -> None:
    assert [locale_of(language, "FI") for language in ("fi", "sv", "en")] == ["fi", "sv_FI", "en_FI"]
    assert [locale_of(language, "SE") for language in ("sv", "en")] == ["sv", "en_SE"]


@pytest.mark.parametrize(
    ("language", "country", "locale"), [("fi", "SE", "en_SE"), ("nb", "FI", "en_FI"), ("sv", "NO", "en")]
)
def test_nobody_is_written_to_in_words_of_another_country_s_law(language: str, country: str, locale: str) -> None:
    assert locale_of(language, country) == locale


@pytest.mark.parametrize(
    ("language", "country", "help"),
    [
        ("sv", "SE", "Kommunens budget- och skuldrådgivning hjälper dig gratis (hallakonsument.se)."),
        ("sv", "FI", "Ekonomi- och skuldrådgivningen hjälper dig gratis (oikeuspalveluvirasto.fi)."),
        ("fi", "FI", "Talous- ja velkaneuvonta auttaa maksutta (oikeuspalveluvirasto.fi)."),
    ],
)
def test_a_notice_names_the_country_s_own_help(language: str, country: str, help: str) -> None:
    said = words(content(SPECS["collection-notice"], language=locale_of(language, country), country=country))
    assert said.closing[-1].endswith(help)
    assert "NAV" not in " ".join(said.closing)


def test_whoever_reads_what_a_law_has_no_words_in_is_written_to_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COUNTRIES, "XX", Country("XX", languages=("nn", "en")))
    assert [locale_of(language, "XX") for language in ("nn", "nb", "fi")] == ["nn", "en", "en"]


def test_in_a_country_of_which_nothing_is_known_everybody_keeps_their_language() -> None:
    assert locale_of("nn", "ZZ") == "nn"
    assert locale_of("xx", "ZZ") == "en"  # but for a language that nobody has words in


def test_every_country_has_english_for_whoever_reads_nothing_else() -> None:
    for country in COUNTRIES.values():
        assert "en" in (country.languages or ("en",))
    assert {language for language in LANGUAGES if language in ("nb", "nn", "en")} <= {locale for locale, _ in locales()}


def test_who_helps_for_free_comes_from_the_country_whose_law_holds() -> None:
    norwegian, swedish = (
        " ".join(words(content(SPECS["collection-notice"], language="en", country=country)).closing)
        for country in ("NO", "SE")
    )
    assert "from NAV on 55 55 33 39" in norwegian
    assert "NAV" not in swedish
    assert "hallakonsument.se" in swedish


@pytest.mark.parametrize(
    ("locale", "amount", "short", "long", "percent"),
    [
        ("nb", "1 234,50 kr", "01.10.2026", "1. oktober 2026", "8,50 %"),
        ("nn", "1 234,50 kr", "01.10.2026", "1. oktober 2026", "8,50 %"),
        ("en", "NOK 1,234.50", "1 Oct 2026", "1 October 2026", "8.50%"),
        ("sv", "1 234,50 kr", "2026-10-01", "1 oktober 2026", "8,50 %"),
        ("sv_FI", "1 234,50 €", "1.10.2026", "1 oktober 2026", "8,50 %"),
        ("fi", "1 234,50 €", "1.10.2026", "1. lokakuuta 2026", "8,50 %"),
    ],
)
def test_figures_are_written_as_in_the_language(locale: str, amount: str, short: str, long: str, percent: str) -> None:
    currency = {"sv": "SEK", "sv_FI": "EUR", "fi": "EUR"}.get(locale, "NOK")
    day = date(2026, 10, 1)
    assert figures.amount(Decimal("1234.5"), currency, locale) == amount
    assert (figures.short_date(day, locale), figures.long_date(day, locale)) == (short, long)
    assert figures.rate(Decimal("8.5"), locale) == percent


def test_a_foreign_currency_is_named_by_its_code() -> None:
    assert figures.amount(Decimal(5), "SEK", "nb") == "5,00 SEK"
    assert figures.amount(Decimal(5), "NOK", "sv") == "5,00 NOK"
    assert figures.amount(Decimal(5), "EUR", "en") == "EUR 5.00"


def test_a_phone_number_is_at_home_where_its_reader_is() -> None:
    assert figures.phone("+4722334455", "nn") == "22 33 44 55"
    assert figures.phone("+4722334455", "sv") == "+47 22 33 44 55"


def test_pages_and_mails_name_the_language_as_browsers_do() -> None:
    assert tag_of("sv_FI") == "sv-FI"
    assert tag_of("nn") == "nn"


def test_a_day_around_new_year_has_its_holiday_in_every_language() -> None:
    for language in LANGUAGES:
        assert labels(language)["new_years_eve"] in figures.deadline(date(2026, 12, 31), language)
