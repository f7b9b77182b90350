"""The words keep to the table of words, in every tone and language."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.policy.policy import Tone
from messages import render
from messages.specs import LANGUAGES, SPECS, Language, MessageSpec
from messages.words import reference_label
from tests.messages.samples import content, item, plan


@pytest.mark.parametrize(("language", "thanks"), [("nb", "takk"), ("en", "thank")])
@pytest.mark.parametrize("tone", Tone)
def test_a_due_date_message_thanks_and_may_be_ignored_when_paid(language: Language, thanks: str, tone: Tone) -> None:
    text = render.email(content(SPECS["due-date-reminder"], language=language, tone=tone)).text.lower()
    assert thanks in text
    assert ("se bort fra" if language == "nb" else "ignore this message") in text


@pytest.mark.parametrize("tone", Tone)
def test_a_reminder_shows_due_date_fee_and_new_deadline_on_lines_of_their_own(tone: Tone) -> None:
    lines = render.email(content(SPECS["reminder"], tone=tone)).text.splitlines()
    assert "Opprinnelig forfall: 1. oktober 2026" in lines
    assert "Gebyr 23. november 2026: 38,00 kr" in lines
    assert "Ny frist: 7. desember 2026" in lines


def test_a_reminder_without_a_fee_says_nothing_of_fees() -> None:
    free = content(SPECS["reminder"], new_charge=None, items=(item(charges=(), amount_due=Decimal(764)),))
    assert "gebyr" not in render.email(free).text.lower()
    assert "gebyr" not in render.sms(free).text.lower()


def test_a_collection_notice_says_all_that_the_law_asks() -> None:
    running = item(
        interest=Decimal("7.12"),
        interest_rate=Decimal("12.25"),
        interest_from=date(2026, 10, 2),
        text="Strøm",
    )
    text = render.email(content(SPECS["collection-notice"], items=(running,))).text
    for said in (
        "Faktura: 10482, Strøm",
        "Hovedstol: 764,00 kr",
        "Gebyr 23. november 2026: 38,00 kr",
        "Forsinkelsesrente: 7,12 kr",
        "12,25 % per år fra 2. oktober 2026",
        "Betal innen: 7. desember 2026",
        "sender vi saken til inkasso",
        "kostnader",
        "uenig i kravet",
        "55 55 33 39",
        "Har du allerede betalt?",
    ):
        assert said in text


def test_a_failed_draw_names_the_amount_limit() -> None:
    assert "grensen" in render.email(content(SPECS["failed-draw"])).text
    assert "limit" in render.email(content(SPECS["failed-draw"], language="en")).text


def test_a_handed_off_message_names_the_partner_and_makes_no_demand_of_its_own() -> None:
    email = render.email(content(SPECS["handed-off"]))
    assert "Betal til Nordisk Inkasso AS, ikke til oss" in email.text
    assert "1503.40.12345" not in email.text
    assert "Betal innen" not in email.text


def test_a_receipt_says_what_was_paid_and_what_reopens_the_case() -> None:
    text = render.email(content(SPECS["paid"], paid_amount=Decimal("500.00"))).text
    assert "Betalt: 500,00 kr" in text
    assert "åpner vi saken igjen" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind", [kind for kind in SPECS.values() if kind not in {SPECS["collection-notice"], SPECS["paid"]}]
)
def test_every_message_that_is_no_legal_form_offers_four_ways_out(kind: MessageSpec, language: Language) -> None:
    email = render.email(content(kind, language=language))
    for place in ("#paid", "#more-time", "#disagree", "#not-me"):
        assert place in email.html
        assert place in email.text


def test_a_moved_due_date_is_told() -> None:
    moved = content(SPECS["invoice"], due_date_moved=True, tone=Tone.KIND)
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
        SPECS["due-date-reminder"], language=language, tone=tone, deadline=date(2026, 12, 7), sent_on=date(2026, 12, 7)
    )
    late = replace(due, sent_on=date(2026, 12, 8))
    for said in (render.email(due).text, render.sms(due).text):
        assert on_the_day[0] in said.lower()
    for said in (render.email(late).subject, render.email(late).text, render.sms(late).text):
        assert on_the_day[0] not in said.lower()
    assert after_it[0] in render.email(late).text


@pytest.mark.parametrize(
    ("interest", "said"), [("0", "uten renter og koster ikke noe ekstra"), ("12.50", "Av dette er 12,50 kr renter")]
)
def test_a_plan_is_confirmed_with_its_total_cost_and_every_instalment(interest: str, said: str) -> None:
    text = render.email(content(SPECS["plan-agreed"], plan=plan(interest=Decimal(interest)))).text
    for line in (
        "KID: 9000000019",
        "Avdrag 1, 21. desember 2026: 401,00 kr",
        "Avdrag 2, 21. januar 2027: 401,00 kr",
        "Totalt: 802,00 kr",
    ):
        assert line in text.splitlines()
    assert said in text
    assert "0044555258" not in text
    assert "én ny frist på sju dager" in text


def test_an_instalment_is_named_with_its_number_amount_and_due_date() -> None:
    due = content(SPECS["instalment-due"], deadline=date(2027, 1, 21), sent_on=date(2027, 1, 18))
    email = render.email(due)
    assert "401,00 kr, avdrag 2 av 2" in email.subject
    assert "forfaller 21. januar 2027" in email.text
    late = replace(due, sent_on=date(2027, 1, 22))
    for said in (render.email(late).text, render.sms(late).text):
        assert "forfaller" not in said
        assert "må betales" not in said


def test_a_missing_instalment_gets_one_chance_with_a_deadline() -> None:
    text = render.email(content(SPECS["plan-broken"])).text
    assert "avdrag 2" in text
    assert "Betal innen: 7. desember 2026" in text.splitlines()
    assert "avsluttes planen, og vi går videre med restbeløpet" in text
    both = plan(asks_for=plan().instalments)
    assert "2 avdrag" in render.email(content(SPECS["plan-broken"], plan=both)).text


def test_a_broken_promise_is_met_with_its_day_and_another_way() -> None:
    text = render.email(content(SPECS["promise-broken"])).text
    assert "innen 20. november 2026" in text
    assert "dele opp beløpet" in text
    assert "se bort fra denne meldingen" in text


def test_a_payment_that_was_not_completed_is_offered_another_method() -> None:
    text = render.email(content(SPECS["payment-abandoned"])).text
    assert "en annen måte å betale på" in text
    assert "KID: 0044555258" in text.splitlines()


def test_a_block_warning_asks_about_danger_and_names_help() -> None:
    text = render.email(content(SPECS["block-warning"])).text
    assert "farlig for deg eller noen hjemme" in text
    assert "Er du uenig" in text
    assert "NAV" in text
    assert "åpner den igjen så snart du har betalt" in text


@pytest.mark.parametrize(
    ("reference", "label"),
    [("006402710013", "KID"), ("1003", "Betalingsreferanse"), ("RF18539007547034", "Betalingsreferanse")],
)
def test_only_digits_that_a_bank_takes_as_a_kid_are_called_one(reference: str, label: str) -> None:
    assert reference_label(reference, "NOK", "nb") == label
