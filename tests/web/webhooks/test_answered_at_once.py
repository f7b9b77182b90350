"""Whoever writes or calls is answered in the languages of their number's country, and told nothing else."""

import pytest
from lxml import etree

from domain.languages import LANGUAGES
from web.webhooks import answered_at_once
from web.webhooks.answered_at_once import told_on_the_phone, written_back

STRANGERS = {
    "nb": "Vi kjenner ikke dette nummeret",
    "nn": "Vi kjenner ikkje",
    "sv": "Vi känner inte till det här numret",
    "fi": "Emme tunne tätä numeroa",
    "en": "We do not know this number",
}


@pytest.mark.parametrize(
    ("number", "languages"),
    [
        ("+4759440001", ["nb", "en"]),  # who reads Nynorsk reads Bokmål as well
        ("+46812345678", ["sv", "en"]),
        ("+358401234567", ["fi", "sv", "en"]),
        ("+4930123456", ["nb", "en"]),  # of a country that has no words
        ("anonymous", ["nb", "en"]),
        ("", ["nb", "en"]),
    ],
)
def test_a_number_is_answered_in_the_languages_of_its_country(number: str, languages: list[str]) -> None:
    said = written_back(number, "phone_stranger")
    (message,) = etree.fromstring(said.encode()).findall("Message")
    assert {each for each, said in STRANGERS.items() if said in str(message.text)} == set(languages)
    voices = etree.fromstring(told_on_the_phone(number).encode()).findall("Say")
    assert [str(voice.get("language"))[:2] for voice in voices] == languages
    assert all(voice.text for voice in voices)


def test_every_language_has_a_voice() -> None:
    assert set(answered_at_once._VOICES) == set(LANGUAGES)
