"""The words that WhatsApp approves: what Meta refuses is found before it is asked, and no more is said than a message says."""

from dataclasses import replace
from datetime import date

import pytest

from domain.languages import LANGUAGES, Language
from domain.policy.policy import Tone
from messages import approved
from messages.approved import ApprovedWords
from messages.content import UnwritableError
from messages.specs import SPECS
from messages.words import voice_of
from tests.messages.samples import content, draw, item

REMINDER = SPECS["reminder"]
GOOD = ApprovedWords(
    "Fra {{1}}: {{2}} skulle vært betalt, og ny frist er {{3}}. Se regningen på {{4}} når du har tid. Takk!",
    ("creditor", "amount", "deadline", "link"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_are_such_as_meta_takes(language: Language) -> None:
    for kind, tone in approved.voices():
        assert list(approved.faults_of(approved.ours(language)[voice_of(kind, tone)], kind, language)) == []


def test_words_are_filled_in_their_order() -> None:
    said = content(REMINDER, new_charge=None, tone=Tone.KIND)
    words = approved.ours("nb")["reminder.kind"]
    text = words.filled(approved.values_of(said, words.variables))
    assert text.startswith("Fra Nordkraft Strøm AS: 802,00 kr, vennlig purring på faktura 10482. Forfall ")
    assert said.link in text
    assert "{" not in text


def test_a_value_with_braces_of_its_own_stays_as_it_is() -> None:
    said = content(REMINDER, new_charge=None, creditor_name="{{2}} AS")
    text = GOOD.filled(approved.values_of(said, GOOD.variables))
    assert text.startswith("Fra {{2}} AS: 802,00 kr")


def test_several_invoices_are_counted_and_a_name_takes_one_line() -> None:
    said = content(REMINDER, new_charge=None, items=(item("1"), item("2")), creditor_name="Nord\n\tkraft")
    values = approved.values_of(said, ("creditor", "invoices"))
    assert values == ("Nord kraft", "2 fakturaer")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "a fee is added"),
        ({"new_charge": None, "recipient_name": "Verge Hansen"}, "stands in"),
        ({"new_charge": None, "items": (item(draw=draw()),)}, "drawn by direct debit"),
        ({"new_charge": None, "creditor_phone": None, "creditor_website": None, "creditor_email": None}, "contact"),
    ],
)
def test_what_the_words_cannot_say_is_not_sent_with_them(changed: dict[str, object], why: str) -> None:
    with pytest.raises(UnwritableError, match=why):
        approved.values_of(content(REMINDER, **changed), ("creditor", "amount", "link", "contact"))


@pytest.mark.parametrize(
    ("words", "variables", "fault"),
    [
        ("{{1}}: {{2}} for {{3}}, innen {{4}} da, takk for det og ha det", GOOD.variables, "begin or end"),
        (GOOD.words.removesuffix(" når du har tid. Takk!"), GOOD.variables, "begin or end"),
        (GOOD.words.replace("{{1}}: {{2}}", "{{1}} {{2}}"), GOOD.variables, "side by side"),
        (GOOD.words.replace("{{4}}", "{{5}}"), GOOD.variables, "each once"),
        (GOOD.words.replace("{{1}}: {{2}}", "{{2}}: {{1}}"), GOOD.variables, "in this order"),
        ("Fra {{1}}: {{2}} innen {{3}} på {{4}} takk", GOOD.variables, "too few words"),
        (GOOD.words.replace(". Se", ".\n\n\nSe"), GOOD.variables, "blank line"),
        (GOOD.words + "!" * 1024, GOOD.variables, "characters"),
        (GOOD.words, ("creditor", "amount", "due", "link"), "says deadline"),
        (GOOD.words, ("creditor", "amount", "deadline", "contact"), "says link"),
        (GOOD.words + " Ellers blir det inkasso.", GOOD.variables, "never does"),
    ],
)
def test_words_that_would_be_refused_are_named(words: str, variables: tuple[str, ...], fault: str) -> None:
    assert list(approved.faults_of(GOOD, REMINDER, "nb")) == []
    assert any(fault in each for each in approved.faults_of(ApprovedWords(words, variables), REMINDER, "nb"))


def test_a_day_of_the_words_is_the_day_of_the_message() -> None:
    said = content(REMINDER, new_charge=None, deadline=date(2026, 12, 7))
    assert approved.values_of(replace(said, language="en"), ("deadline",)) == ("7 Dec 2026",)
