"""The words of messages keep the rules, and none is out of reach."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from domain.languages import LANGUAGES
from domain.planner.occasions import OCCASIONS, occasion_step
from domain.policy.policy import Tone
from domain.vocabulary import MESSAGES, DebtorKind
from messages import lint
from messages.languages import FOLDER, is_to_business, language_of, locales
from messages.specs import SPECS
from messages.words import template_name

INCLUDED = re.compile(r'{% include "(.*?)" %}')


@pytest.mark.thorough  # `make check` lints them all
def test_every_message_tone_and_language_passes_the_lint() -> None:
    assert lint.faults() == []


def test_the_lint_names_a_forbidden_word_and_its_file() -> None:
    found = list(lint.faults_of(replace(SPECS["paid"], forbidden=("kvittering",)), "nb"))
    assert any(fault.startswith("messages/nb/paid.kind.txt.j2: says 'kvittering'") for fault in found)


WRITTEN = dict(locales())
REMINDER = SPECS["reminder"]


@pytest.mark.parametrize("locale", WRITTEN)
def test_in_every_language_a_word_too_many_a_hard_text_a_long_sms_and_a_missing_file_are_found(
    locale: str, tmp_path: Path
) -> None:
    language, country = language_of(locale), WRITTEN[locale]
    debtor: DebtorKind = "business" if is_to_business(locale) else "any"
    email, sms = (template_name(REMINDER, Tone.KIND, locale, form) for form in ("txt", "sms"))

    def faults(name: str, *change: str) -> str:
        """What is found where a part of a template is another, in a folder of its own; without one it is not there."""
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(FOLDER / language, folder / language)
        whole = (folder / name).read_text("utf-8")
        (folder / name).unlink()
        if change:
            (folder / name).write_text(whole.replace(*change), "utf-8")
        return "\n".join(lint.faults_of(replace(REMINDER, folder=folder), language, country, debtor))

    closing = "{% block closing %}"
    never = REMINDER.never_says(locale)
    assert faults(email, closing, closing) == ""
    found = faults(email, closing, f"{closing}\n{', '.join(never)}.\n\n")
    assert [word for word in never if f"says {word!r}" not in found] == []
    assert "at most: use shorter" in faults(email, closing, f"{closing}\n{'epäjärjestelmällisyys ' * 60}.\n\n")
    assert "segments" in faults(sms, "{{ lead }}", f"{{{{ lead }}}} {'abc ' * 90}")
    assert faults(email) == f"messages/{email}: the file is missing, write it"


INVITES = {
    "nb": ("Svar på denne meldingen", "Svar JA for å betale", "Send STOPP"),
    "nn": ("Svar på denne meldinga", "Svar JA for å betale", "Send STOPP"),
    "en": ("Reply to this message", "Reply YES", "Text us", "Send STOP"),
    "sv": ("Svara på det här", "Svara JA", "Svara eller betala i dag", "Skicka STOPP"),
    "fi": ("Vastaa tähän", "Vastatkaa tähän", "Lähetä STOP"),
}


@pytest.mark.parametrize("locale", WRITTEN)
def test_no_sms_invites_an_answer_for_it_may_come_from_a_name_to_which_nobody_can_answer(
    locale: str, tmp_path: Path
) -> None:
    language, country = language_of(locale), WRITTEN[locale]
    debtor: DebtorKind = "business" if is_to_business(locale) else "any"
    sms = template_name(REMINDER, Tone.KIND, locale, "sms")
    shutil.copytree(FOLDER / language, tmp_path / language)
    written = (tmp_path / sms).read_text("utf-8")
    for invites in (*INVITES[language], *INVITES["en"]):
        (tmp_path / sms).write_text(written.replace("{{ lead }}", invites), "utf-8")
        found = lint.faults_of(replace(REMINDER, folder=tmp_path), language, country, debtor)
        assert any("SMS never does" in fault for fault in found), invites


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_creditors_own_sms_invites_no_answer_either(language: str) -> None:
    for invites in INVITES[language]:
        never = REMINDER.never_says(language, *lint.OF_SMS)
        assert any(word in f"{invites.lower()} " for word in never), invites


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
