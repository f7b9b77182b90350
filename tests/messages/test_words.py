"""The words keep to the table of words, in every tone and language."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from messages import lint, render
from messages.content import LANGUAGES, ONE_TONE, Language, MessageKind, Tone
from messages.words import FOLDER
from tests.messages.samples import content, item


def test_every_message_tone_and_language_passes_the_lint() -> None:
    assert lint.faults() == []


def test_the_lint_names_a_forbidden_word_and_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lint.FORBIDDEN, MessageKind.PAID, ("kvittering",))
    assert any(fault.startswith("messages/nb/paid.kind.txt.j2: says 'kvittering'") for fault in lint.faults())


def test_no_template_lies_about_that_no_message_uses() -> None:
    for language in LANGUAGES:
        said = {path.name for path in (FOLDER / language).glob("*.txt.j2")}
        kinds = [kind for kind in MessageKind if kind not in ONE_TONE]
        toned = {f"{kind.value}.{tone.value}.txt.j2" for kind in kinds for tone in Tone}
        assert said == toned | {f"{kind.value}.txt.j2" for kind in ONE_TONE}


def test_long_words_and_sentences_are_hard_to_read() -> None:
    assert lint.lix("Du kan betale nå. Takk.") < 20
    assert lint.lix("Betalingsoppfordringen forutsetter umiddelbar innbetaling") > 80


@pytest.mark.parametrize(("language", "thanks"), [("nb", "takk"), ("en", "thank")])
@pytest.mark.parametrize("tone", Tone)
def test_a_due_date_message_thanks_and_may_be_ignored_when_paid(language: Language, thanks: str, tone: Tone) -> None:
    text = render.email(content(MessageKind.DUE_DATE, language=language, tone=tone)).text.lower()
    assert thanks in text
    assert ("se bort fra" if language == "nb" else "ignore this message") in text


@pytest.mark.parametrize("tone", Tone)
def test_a_reminder_shows_due_date_fee_and_new_deadline_on_lines_of_their_own(tone: Tone) -> None:
    lines = render.email(content(MessageKind.REMINDER, tone=tone)).text.splitlines()
    assert "Opprinnelig forfall: 1. oktober 2026" in lines
    assert "Gebyr: 38,00 kr" in lines
    assert "Ny frist: 7. desember 2026" in lines


def test_a_reminder_without_a_fee_says_nothing_of_fees() -> None:
    free = content(MessageKind.REMINDER, new_fee=Decimal(0), items=(item(fee=Decimal(0), amount_due=Decimal(764)),))
    assert "gebyr" not in render.email(free).text.lower()
    assert "gebyr" not in render.sms(free).text.lower()


def test_a_collection_notice_says_all_that_the_law_asks() -> None:
    running = item(
        interest=Decimal("7.12"),
        interest_rate=Decimal("12.25"),
        interest_from=date(2026, 10, 2),
        text="Strøm",
    )
    text = render.email(content(MessageKind.COLLECTION_NOTICE, items=(running,))).text
    for said in (
        "Faktura: 10482, Strøm",
        "Hovedstol: 764,00 kr",
        "Gebyr: 38,00 kr",
        "Renter: 7,12 kr",
        "12,25 % per år fra 2. oktober 2026",
        "Betal innen: 7. desember 2026",
        "sender vi saken til inkasso",
        "kostnader",
        "uenig i kravet",
        "55 55 33 39",
        "Har du alt betalt?",
    ):
        assert said in text


def test_a_failed_draw_names_the_amount_limit() -> None:
    assert "grensen" in render.email(content(MessageKind.FAILED_DRAW)).text
    assert "limit" in render.email(content(MessageKind.FAILED_DRAW, language="en")).text


def test_a_handed_off_message_names_the_partner_and_makes_no_demand_of_its_own() -> None:
    email = render.email(content(MessageKind.HANDED_OFF))
    assert "Betal til Nordisk Inkasso AS, ikke til oss" in email.text
    assert "1503.40.12345" not in email.text
    assert "Betal innen" not in email.text


def test_a_receipt_says_what_was_paid_and_what_reopens_the_case() -> None:
    text = render.email(content(MessageKind.PAID, paid_amount=Decimal("500.00"))).text
    assert "Betalt: 500,00 kr" in text
    assert "åpner vi saken igjen" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind", [kind for kind in MessageKind if kind not in {MessageKind.COLLECTION_NOTICE, MessageKind.PAID}]
)
def test_every_message_that_is_no_legal_form_offers_four_ways_out(kind: MessageKind, language: Language) -> None:
    email = render.email(content(kind, language=language))
    for place in ("#paid", "#more-time", "#disagree", "#not-me"):
        assert place in email.html
        assert place in email.text


def test_a_moved_due_date_is_told() -> None:
    moved = content(MessageKind.INVOICE, due_date_moved=True, tone=Tone.KIND)
    assert "flyttet forfallsdatoen til 7. desember 2026" in render.email(moved).text
    assert "flyttet" not in render.email(replace(moved, due_date_moved=False)).text


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize(
    ("language", "on_the_day", "after_it"),
    [("nb", ("i dag",), ("7. desember 2026", "7.12.")), ("en", ("today",), ("7 December 2026", "7 Dec"))],
)
def test_a_due_date_message_that_leaves_a_day_late_does_not_say_today(
    language: Language, on_the_day: tuple[str], after_it: tuple[str, ...], tone: Tone
) -> None:
    due = content(
        MessageKind.DUE_DATE, language=language, tone=tone, deadline=date(2026, 12, 7), sent_on=date(2026, 12, 7)
    )
    late = replace(due, sent_on=date(2026, 12, 8))
    for said in (render.email(due).text, render.sms(due).text):
        assert on_the_day[0] in said.lower()
    for said in (render.email(late).subject, render.email(late).text, render.sms(late).text):
        assert on_the_day[0] not in said.lower()
    assert after_it[0] in render.email(late).text
