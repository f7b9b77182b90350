"""The words of messages keep the rules, and none is out of reach."""

import re
from dataclasses import replace

from domain.languages import LANGUAGES
from domain.planner.occasions import OCCASIONS, occasion_step
from domain.policy.policy import Tone
from domain.vocabulary import MESSAGES
from messages import lint
from messages.languages import FOLDER
from messages.specs import SPECS
from messages.words import template_name

INCLUDED = re.compile(r'{% include "(.*?)" %}')


def test_every_message_tone_and_language_passes_the_lint() -> None:
    assert lint.faults() == []


def test_the_lint_names_a_forbidden_word_and_its_file() -> None:
    found = list(lint.faults_of(replace(SPECS["paid"], forbidden=("kvittering",)), "nb"))
    assert any(fault.startswith("messages/nb/paid.kind.txt.j2: says 'kvittering'") for fault in found)


def test_every_template_says_what_a_policy_an_occasion_or_the_law_can_choose() -> None:
    by_policy = {(rule.name, tone) for rule in MESSAGES.values() if rule.in_policies for tone in Tone}
    by_occasion = {(name, occasion_step(f"{name}#1").tone) for name in OCCASIONS}
    by_law = {(kind.name, Tone.NEUTRAL) for kind in (SPECS["collection-notice"], SPECS["notice-alert"])}
    not_yet_said = {(kind.name, tone) for kind in (SPECS["paid"], SPECS["handed-off"]) for tone in Tone}
    chosen = by_policy | by_occasion | by_law | not_yet_said
    for language in LANGUAGES:
        needed = {template_name(SPECS[kind], Tone(tone), language, "txt") for kind, tone in chosen}
        assert {f"{language}/{path.name}" for path in (FOLDER / language).glob("*.txt.j2")} == needed
        short = {f"{language}/{path.name}" for path in (FOLDER / language).glob("*.sms.j2")}
        included = {
            name for path in (FOLDER / language).glob("*.sms.j2") for name in INCLUDED.findall(path.read_text())
        }
        no_sms = template_name(SPECS["collection-notice"], Tone.NEUTRAL, language, "sms")
        assert short == {name.replace(".txt.", ".sms.") for name in needed} - {no_sms} | included
