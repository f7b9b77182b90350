"""Words of pages that a language lacks, has alone or fills with other facts are found."""

from pathlib import Path

import pytest

from domain.languages import LANGUAGES
from messages.languages import FOLDER as MESSAGES
from messages.to_business import address_of
from tools.check_page_words import faults
from web.pages import words


def test_every_page_says_the_same_in_every_language() -> None:
    assert list(faults()) == []


@pytest.mark.parametrize(
    ("where", "written", "told"),
    [
        ("nn", 'pay: "Betal {amount}"\n', "nn/pay.yaml: due is missing, write it"),
        ("nn", 'pay: "Betal"\ndue: "Forfall"\n', "nn/pay.yaml: pay has the facts [], in nb ['amount']"),
        ("nn", 'pay: "Betal {amount}"\ndue: "Forfall"\nmore: "Meir"\n', "nn/pay.yaml: more is no name in nb"),
        ("nn_SE", 'more: "Meir"\n', "nn_SE/pay.yaml: more is no name in nn"),
    ],
)
def test_what_differs_is_told_with_its_file(where: str, written: str, told: str, tmp_path: Path) -> None:
    for language in (*LANGUAGES, where):
        (tmp_path / language).mkdir(exist_ok=True)
        (tmp_path / language / "pay.yaml").write_text('pay: "Betal {amount}"\ndue: "Forfall"\n', "utf-8")
    (tmp_path / where / "pay.yaml").write_text(written, "utf-8")
    assert told in list(faults(tmp_path))


def test_a_word_said_to_one_where_a_business_reads_it_is_told_and_a_command_to_the_page_is_none(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        said = "Lue" if language != "fi" else "Avaatko sen?"
        (tmp_path / language / "pay.yaml").write_text(f'pay: "{said}"\nclient_open: "Avaa"\n', "utf-8")
    assert list(faults(tmp_path)) == [
        "fi/pay.yaml: pay says 'Avaatko' to one person: say in to_business.yaml what a business is told"
    ]


@pytest.mark.parametrize(
    ("language", "said", "of"),
    [
        ("sv", "Du kan ikke betale här", "'ikke', which is nb"),
        ("nn", "Du kan ikke betale her", "'ikke', which is nb"),
        ("nb", "Du kan ikkje betale her", "'ikkje', which is nn"),
        ("fi", "Maksa the lasku", "'the', which is en"),
        ("en", "Pay it och wait", "'och', which is sv"),
        ("sv", "Betala tai vänta", "'tai', which is fi"),
    ],
)
def test_a_word_of_another_language_is_told(language: str, said: str, of: str, tmp_path: Path) -> None:
    for each in LANGUAGES:
        (tmp_path / each).mkdir()
        text = said if each == language else "{the} 1"
        (tmp_path / each / "pay.yaml").write_text(f'pay: "{text}"\n', "utf-8")
    assert f"{language}/pay.yaml: pay says {of}" in list(faults(tmp_path))


def test_every_command_to_the_page_is_a_word_of_the_page() -> None:
    address = address_of(MESSAGES / "fi")
    assert address is not None
    assert address.commands - words("fi").keys() == set()


def test_a_country_s_own_folder_has_what_differs_and_nothing_else(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        (tmp_path / language / "pay.yaml").write_text('pay: "Betal"\ndue: "Forfall"\n', "utf-8")
    (tmp_path / "en_SE").mkdir()
    (tmp_path / "en_SE" / "pay.yaml").write_text('due: "Förfallodag"\n', "utf-8")
    assert list(faults(tmp_path)) == []
