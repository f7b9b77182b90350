"""Words that stop reminders whatever else is said, in each language, and what takes them back."""

import re

import pytest
import yaml

from domain.parties.message_classes import STOPS
from prediction.words.rules import FOLDER, doubted_by_rules, said_by_rules, sentences

STOPPING = [
    ("Min far er død", "death"),
    ("Far min døydde i går", "death"),
    ("Pappa har dött", "death"),
    ("Min mor er død i mandags", "death"),
    ("My husband passed away", "death"),
    ("Isäni kuoli eilen", "death"),
    ("Jeg er slått konkurs", "insolvency"),
    ("Jag har fått skuldsanering", "insolvency"),
    ("Jeg har fået gældssanering", "insolvency"),
    ("Olen velkajärjestelyssä", "insolvency"),
    ("Jeg er verge for henne", "guardian_or_adviser"),
    ("Jag är god man för honom", "guardian_or_adviser"),
    ("Jeg er værge for hende", "guardian_or_adviser"),
    ("I hold power of attorney", "guardian_or_adviser"),
    ("Olen hänen edunvalvojansa", "guardian_or_adviser"),
    ("I am only 15", "minor"),
    ("Min datter er 14 år", "minor"),
    ("Saken er klaget inn for Elklagenemnda", "authority_complaint"),
    ("Jeg har klaget til Forbrugerklagenævnet", "authority_complaint"),
    ("Anmälan till ARN är inskickad", "authority_complaint"),
    ("The case is with the ombudsman", "authority_complaint"),
    ("Hun er i respirator hjemme", "danger"),
    ("Jag orkar inte leva längre", "danger"),
    ("Jeg orker ikke at leve mere", "danger"),
    ("En jaksa enää elää", "danger"),
    ("Jag bestrider fakturan", "dispute_whole"),
    ("Jeg bestrider kravet", "dispute_whole"),
    ("Kiistän laskun", "dispute_whole"),
    ("Fel nummer", "not_me"),
    ("Väärä numero", "not_me"),
    ("Hvem er Kari Nordli?", "not_me"),
    ("kven er regninga til", "not_me"),
    ("Vem är räkningen till?", "not_me"),
    ("Hvem gælder regningen?", "not_me"),
    ("Who is this for?", "not_me"),
    ("who's Geraldine??", "not_me"),
    ("Kenelle tämä lasku on?", "not_me"),
    ("Posten for stillas var med i tilbudet og skal ut", "dispute_part"),
    ("Frakten betaler vi ikke, den skal bort", "dispute_part"),
    ("Ställningen ska bort, den ingick", "dispute_part"),
    ("Stilladset skal væk fra regningen", "dispute_part"),
    ("The scaffolding has to come out", "dispute_part"),
    ("Telineet on otettava pois", "dispute_part"),
    ("Kravet må trekkes", "dispute_whole"),
    ("Ikke en krone, før taget er tæt", "dispute_whole"),
    ("Min sønn er en fjortenåring", "minor"),
    ("Retten har bestemt at jeg skal styre pengene hennes", "guardian_or_adviser"),
    ("Familien har det bedre uten meg", "danger"),
    ("Far våknet aldri igjen", "death"),
]


@pytest.mark.parametrize(("text", "kind"), STOPPING)
def test_what_stops_reminders_is_said_in_every_language(text: str, kind: str) -> None:
    assert kind in said_by_rules([text])


@pytest.mark.parametrize(
    "text",
    [
        "Jeg bestrider ikke kravet",
        "Jag bestrider inte fakturan",
        "I do not dispute the bill",
        "En kiistä laskua",
        "Naboen min døde i går",
        "Naapurini kuoli",
        "Our dog died",
        "What happens if I die?",
        "Jeg gikk konkurs i 2009",
        "Arbeidsgiveren min gikk konkurs",
        "I used to have a guardian",
        "Jeg er 15 kroner for mye",
        "Hvordan klager man til Elklagenemnda?",
        "Betaler i morgen",
        "Svogeren min døde, men denne regningen er min",
        "Our landlord went bankrupt",
        "Min datter på 11 skal på leir, kan jeg ta halve nå?",
        "Er dette svindel?",
        "Hvem er dette?",
        "Hvem skal jeg betale til?",
        "Hvem er det jeg skal betale til?",
        "Who are you?",
        "Who is this invoice from?",
        "Vem är ni?",
        "Kenelle maksan?",
        "",
    ],
)
def test_what_is_denied_past_supposed_or_somebody_elses_stops_nothing(text: str) -> None:
    assert said_by_rules(sentences(text)) == frozenset()


def test_what_takes_a_word_back_holds_within_its_sentence_alone() -> None:
    assert said_by_rules(sentences("Naboen hjelper meg. Mannen min er død.")) == {"death"}


def test_what_is_taken_back_is_doubted_unless_another_sentence_says_it() -> None:
    assert "death" in doubted_by_rules(sentences("Naboen min døde i går."))
    assert "death" not in doubted_by_rules(sentences("Naboen hjelper meg. Mannen min er død."))
    assert doubted_by_rules(sentences("Betaler i morgen")) == frozenset()


def test_every_language_has_a_rule_for_every_stop() -> None:
    tables = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in FOLDER.glob("*.yaml")}
    assert {language: set(table) for language, table in tables.items()} == {
        language: set(STOPS) for language in ("nb", "sv", "da", "en", "fi")
    }


def test_every_pattern_is_one() -> None:
    for file in FOLDER.glob("*.yaml"):
        for rule in yaml.safe_load(file.read_text("utf-8")).values():
            for pattern in [*rule["says"], rule.get("unless", "x")]:
                assert not re.compile(pattern).search(""), f"{file.name}: {pattern} is found in nothing"


@pytest.mark.timeout(200)  # of what backtracks it would be hours
@pytest.mark.parametrize("text", ["min far " * 12_000, "a" * 100_000, "(" * 100_000, "no " * 33_000])
def test_a_long_message_takes_no_longer_than_its_length(text: str) -> None:
    assert not said_by_rules(sentences(text)) & {"danger"}
