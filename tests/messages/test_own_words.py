"""A creditor's own words are held to what ours are held to, whatever their author writes."""

from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.country import Country, DebtAdvice
from domain.countries.registry import COUNTRIES
from domain.languages import LANGUAGES
from domain.policy.policy import Tone
from messages import render
from messages.lint import faults_of_own, sample
from messages.own_words import Form, Own
from messages.specs import SPECS, MessageSpec
from messages.words import own_version, template_name, words
from tests.messages.samples import content

REMINDER, NOTICE = SPECS["reminder"], SPECS["collection-notice"]
OURS = (REMINDER.folder / "nb/reminder.kind.txt.j2").read_text("utf-8")
SMS = (REMINDER.folder / "nb/reminder.kind.sms.j2").read_text("utf-8")
THEIRS = OURS.replace("Det er lett å glemme, og det går fort å ordne.", "Det ordner du på et øyeblikk.")


def wrong(text: str, form: Form = "txt", kind: MessageSpec = REMINDER, tone: Tone = Tone.KIND) -> list[str]:
    return faults_of_own(kind, tone, "nb", form, text)


def test_our_own_words_pass_in_their_own_place(full: bool) -> None:
    # Each message in one language and tone, the next one in the next; all with the full numbers.
    turns, spoken = cycle(Tone), cycle(LANGUAGES)
    for kind in SPECS.values():
        for language in LANGUAGES if full else (next(spoken),):
            for tone in (Tone.NEUTRAL,) if kind.one_tone else Tone if full else (next(turns),):
                forms: tuple[Form, ...] = ("txt",) if kind.legal_form else ("txt", "sms")
                for form in forms:
                    ours = (kind.folder / template_name(kind, tone, language, form)).read_text("utf-8")
                    found = faults_of_own(kind, tone, language, form, ours)
                    assert all("its words are ours" in fault for fault in found)


def test_other_words_are_said_in_every_form_with_their_version_and_ours_stay_elsewhere() -> None:
    assert wrong(THEIRS) == []
    own = {"nb/reminder.kind.txt.j2": Own(3, THEIRS)}
    said = replace(content(tone=Tone.KIND), own_words=own)
    assert "på et øyeblikk" in render.email(said).text
    assert own_version(said, "txt") == 3
    for other in (replace(said, tone=Tone.FIRM), replace(said, language="en")):
        assert own_version(other, "txt") is None
    assert own_version(said, "sms") is None
    assert "lett å glemme" in render.email(replace(said, own_words={})).text


@pytest.mark.parametrize(
    ("change", "by", "fault"),
    [
        ("Takk!", "Ellers går det til inkasso.", "says 'inkasso'"),
        ("Takk!", "{% if several and slips > 99 %}rettslig inkasso{% endif %}", "says 'inkasso'"),  # few would read it
        ("Takk!", "Betal til konto 1234.56.78903.", "'1234.56.78903' is written by hand"),
        ("Takk!", "Se https://vipps.example/betal", "'https:' is written by hand"),
        ("{{ deadline }}", "snart", "does not say {{ deadline }}"),
        ("{% if new_charge %}\n{{ new_charge }}\n\n{% endif %}", "", "does not say {{ new_charge }}"),
        ("{{ creditor }}: {{ lead }}, p", "P", "creditor and amount are not in the subject"),
        ("%}Purring{%", "%}Hei du{%", "the heading is 'Hei du'"),
        ("Takk!", "{{ secret }}", "no fact is named secret"),
        ("Takk!", "{{ link.__class__ }}", "Getattr is no part of words"),
        ("Takk!", "{% for n in range(10 ** 9) %}x{% endfor %}", "For is no part of words"),
        ("Takk!", "{{ 'x' * 10 ** 9 }}", "Mul is no part of words"),
        ("Takk!", "{% include 'nb/paid.kind.txt.j2' %}", "it may include nothing"),
        ("Takk!", "{% if deadline > 3 %}x{% endif %}", "are compared, with a number"),
        ("{% block action %}", "{% block press %}", "its blocks are"),
        ("Takk!", "{% if %}", "line "),
        ("Takk!", "Betalingsoppfordringen forutsetter umiddelbar innbetaling. " * 9, "LIX is"),
        ("Takk!", "Takk! " * 2_000, "characters, 5,000 at most"),
    ],
)
def test_what_may_not_be_said_is_refused_by_its_reason(change: str, by: str, fault: str) -> None:
    assert change in OURS
    found = wrong(OURS.replace(change, by))
    assert any(fault in each for each in found), found


def test_what_the_law_has_a_notice_say_stands_in_it_whatever_the_facts_are() -> None:
    ours = (NOTICE.folder / "nb/collection-notice.txt.j2").read_text("utf-8")
    assert wrong(ours, kind=NOTICE, tone=Tone.NEUTRAL) == []
    help_only_sometimes = ours.replace(
        "Er det vanskelig å betale?", "{% if partner %}Er det vanskelig å betale?{% endif %}"
    )
    for text, missing in ((ours.replace("uenig", "misfornøyd"), "uenig"), (help_only_sometimes, "vanskelig å betale")):
        assert any(f"does not say '{missing}'" in each for each in wrong(text, kind=NOTICE, tone=Tone.NEUTRAL))
    assert wrong("x", "sms", NOTICE) == ["a collection-notice does not go by SMS"]


@pytest.mark.parametrize(
    ("change", "by", "fault"),
    [
        ('{% include "nb/pay.sms.j2" %}', "", "does not give the link"),
        ("vennlig", "väldigt trevlig ", "not in the GSM alphabet"),
        ("vennlig", "vennlig " * 40, "segments"),
        ("ny frist {{ deadline }}", "", "does not say {{ deadline }}"),
    ],
)
def test_an_sms_keeps_its_alphabet_its_length_and_its_link(change: str, by: str, fault: str) -> None:
    assert change in SMS
    found = wrong(SMS.replace(change, by).replace("väldigt", "väldigt ę"), "sms")
    assert any(fault in each for each in found), found


def test_words_that_name_a_fact_that_there_is_no_more_give_way_to_ours() -> None:
    gone = replace(content(tone=Tone.KIND), own_words={"nb/reminder.kind.txt.j2": Own(1, "{{ gone_by_now }}")})
    assert words(gone) == words(replace(gone, own_words={}))
    assert own_version(gone, "txt") is None


@given(st.text(max_size=200))
def test_whatever_is_written_is_told_in_sentences_and_nothing_breaks(text: str) -> None:
    for form in ("txt", "sms"):
        assert all(isinstance(fault, str) for fault in wrong(text, form))


def test_a_sample_shows_common_values() -> None:
    assert "802,00 kr" in render.email(sample(REMINDER, Tone.KIND, "nb")).text


def test_own_words_are_held_to_the_law_of_every_country_where_they_would_be_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = (NOTICE.folder / template_name(NOTICE, Tone.NEUTRAL, "nb", "txt")).read_text("utf-8")
    names_nav = ours.replace("{{ advice }}", "NAV")
    assert wrong(names_nav, kind=NOTICE, tone=Tone.NEUTRAL) == []
    elsewhere = Country("XX", currency="NOK", languages=("nb", "en"), debt_advice=DebtAdvice("Rådet", "12 34 56 78"))
    monkeypatch.setitem(COUNTRIES, "XX", elsewhere)
    assert wrong(ours, kind=NOTICE, tone=Tone.NEUTRAL) == []
    assert wrong(names_nav, kind=NOTICE, tone=Tone.NEUTRAL) == [
        "does not say 'rådet', which a collection-notice message always does"
    ]
