"""The words keep to the table of words, in every tone and language."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.languages import LANGUAGES, Language
from domain.planner.coming_credit import ComingCredit
from domain.policy.policy import Tone
from domain.vocabulary import CONTENTS
from messages import approved, render
from messages.content import Content, UnwritableError
from messages.languages import labels
from messages.lint import faults_of
from messages.specs import SPECS, MessageSpec
from messages.words import reference_label
from tests.messages.samples import charge, content, draw, item, plan, statement


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
    for tone in Tone:
        for text in forms(content(SPECS["handed-off"], tone=tone)):
            assert not [word for word in SLIP if word in text]


def test_a_receipt_says_what_was_paid_and_what_reopens_the_case() -> None:
    text = render.email(content(SPECS["paid"], paid_amount=Decimal("500.00"))).text
    assert "Betalt: 500,00 kr" in text
    assert "åpner vi saken igjen" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in SPECS.values() if not (kind.legal_form or kind.offers_in_words)])
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


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("block-warning", "åpner den igjen så snart du har betalt"),
        ("termination-warning", "Før det ser en person hos oss på saken"),
    ],
)
def test_a_warning_about_a_service_asks_about_danger_and_names_help(kind: str, says: str) -> None:
    text = render.email(content(SPECS[kind])).text
    assert "farlig for deg eller noen hjemme" in text
    assert "Er du uenig" in text
    assert "NAV" in text
    assert says in text


def test_a_warning_that_forgets_whom_it_asks_is_found() -> None:
    forgets = replace(SPECS["block-warning"], must_say={"nb": ("respirator",)})
    assert "does not say 'respirator', which a block-warning message always does" in " ".join(faults_of(forgets, "nb"))


@pytest.mark.parametrize(
    ("reference", "label"),
    [("006402710013", "KID"), ("1003", "Betalingsreferanse"), ("RF18539007547034", "Betalingsreferanse")],
)
def test_only_digits_that_a_bank_takes_as_a_kid_are_called_one(reference: str, label: str) -> None:
    assert reference_label(reference, "NOK", "nb") == label


def test_a_receipt_speaks_of_its_own_invoices_alone() -> None:
    two = content(SPECS["paid"], items=(item("1"), item("2")), tone=Tone.FIRM)
    assert "Sakene er lukket" in render.email(two).text
    assert "Sakene er lukket" in render.sms(two).text
    assert "ikke å gjøre noe mer med fakturaen." in render.email(content(SPECS["paid"], tone=Tone.KIND)).text


@pytest.mark.parametrize(
    ("due", "said"),
    [("0", "Ikke noe av dette er forfalt ennå"), ("802", "Av dette er 802,00 kr forfalt"), ("902", "«Å betale».\n")],
)
def test_a_statement_says_how_much_of_it_is_due(due: str, said: str) -> None:
    facts = content(SPECS["statement"], statement=statement(due=Decimal(due)))
    assert said in render.email(facts).text
    assert "0,00 kr er forfalt" not in render.sms(facts).text.replace("802,00", "")


def test_credit_that_pays_a_part_says_what_is_left() -> None:
    part = content(SPECS["credit-used"], paid_amount=Decimal(200), total=Decimal(602), credit_of=("10400",))
    email, _, sms, _ = forms(part)
    assert "til gode hos oss på faktura 10400. Vi har brukt 200,00 kr av dem på faktura 10482" in email
    assert "igjen å betale, er 602,00 kr, med KID 0044555258" in email
    assert "Igjen å betale: 602,00 kr" in sms
    whole = render.email(replace(part, total=Decimal(0))).text
    assert "Dermed er fakturaen betalt" in whole
    two = render.email(replace(part, items=(item("1"), item("2", reference="0055")))).text
    assert "er 602,00 kr.\n" in two


def test_where_the_rest_after_credit_is_drawn_nothing_is_asked_for() -> None:
    email, _, sms, _ = forms(
        content(SPECS["credit-used"], paid_amount=Decimal(200), total=Decimal(602), items=(item(draw=draw("602.00")),))
    )
    assert "Vi har brukt 200,00 kr" in email
    assert "602,00 kr trekkes fra kontoen din med AvtaleGiro 8. desember 2026." in email
    for text in (email, sms):
        assert "gjen å betale" not in text
        assert "fakturaen betalt" not in text


def test_money_that_was_taken_back_is_named_by_what_is_left_to_pay() -> None:
    back = content(SPECS["due-date-moved"], payment_returned=True)
    assert "En betaling av faktura 10482 er ført tilbake, så 802,00 kr er ikke betalt" in render.email(back).text
    assert "En betaling er ført tilbake, så 802,00 kr er ikke betalt" in render.sms(back).text


# --- what is drawn -----------------------------------------------------------------------------------------------

MAY_BE_DRAWN = ["invoice", "due-date-reminder", "reminder", "due-date-moved", "payment-abandoned", "draw-announced"]
SLIP = ("KID", "0044555258", "9000000019", "1503.40.12345", "Å betale", "To pay", "Betal innen", "Pay by", "Ny frist")


def drawn(kind: str, **changed: Any) -> Content:
    """A message about an invoice of 802 kroner, all of which is drawn."""
    return content(SPECS[kind], **{"items": (item(draw=draw()),), "new_charge": None} | changed)


def forms(said: Content) -> tuple[str, ...]:
    email = render.email(said)
    return email.text, email.html, render.sms(said).text, render.direct_message(said)


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("kind", [*MAY_BE_DRAWN, "notice-alert"])
@pytest.mark.parametrize(
    ("language", "whole", "short", "action"),
    [
        (
            "nb",
            "802,00 kr trekkes fra kontoen din med AvtaleGiro 8. desember 2026",
            "trekkes med AvtaleGiro 08.12.2026",
            "Se fakturaen",
        ),
        (
            "en",
            "NOK 802.00 is drawn from your account by AvtaleGiro on 8 December 2026",
            "is drawn by AvtaleGiro on 8 Dec 2026",
            "See the invoice",
        ),
    ],
)
def test_what_is_drawn_is_told_without_a_payment_slip(
    kind: str, tone: Tone, language: Language, whole: str, short: str, action: str
) -> None:
    said = drawn(kind, tone=tone, language=language)
    email, _, sms, _ = forms(said)
    assert whole in email
    assert short in sms
    assert f"{action}: {said.link}" in email
    assert said.link in sms
    for text in forms(said):
        assert not [word for word in SLIP if word in text]


def test_a_fee_that_the_claim_does_not_hold_is_paid_by_hand_with_a_slip_of_its_own() -> None:
    email, _, sms, _ = forms(drawn("reminder", items=(item(draw=draw("764.00")),), new_charge=charge()))
    assert (
        "764,00 kr trekkes fra kontoen din med AvtaleGiro 8. desember 2026. Resten, 38,00 kr, betaler du selv" in email
    )
    assert {"KID: 0044555258", "Konto: 1503.40.12345", "Å betale: 38,00 kr"} <= set(email.splitlines())
    assert sms.startswith("Nordkraft Strøm AS: 38,00 kr, purring")
    assert "764,00 kr trekkes 08.12.2026" in sms


def test_of_several_invoices_the_drawn_ones_are_named_and_the_others_asked_for() -> None:
    each = (
        item("10482", draw=draw()),
        item("10483", amount_due=Decimal(300), reference="0055", due_on=date(2026, 11, 1)),
        item("10484", amount_due=Decimal(200), draw=draw("200.00", date(2026, 12, 21))),
    )
    said = content(SPECS["invoice"], items=each, total=Decimal(1302), new_charge=None, deadline=None, tone=Tone.FIRM)
    email, _, sms, _ = forms(said)
    assert "1 002,00 kr for faktura 10482, 10484 trekkes" in email.replace("\xa0", " ")
    assert "mellom 8. desember 2026 og 21. desember 2026" in email
    assert "Vi ber deg betale 300,00 kr innen 1. november 2026" in email
    assert "Å betale: 300,00 kr" in email
    assert "0044555258" not in email
    assert "0055, konto 1503.40.12345" in sms
    all_drawn = forms(replace(said, items=(each[0], each[2]), total=Decimal(1002)))
    for text in all_drawn:
        assert not [word for word in SLIP if word in text]
    assert "Trekkes: 08.12.2026" in all_drawn[0]
    assert "Trekkes: 21.12.2026" in all_drawn[0]


def test_a_plan_whose_instalments_are_drawn_says_so_and_has_no_slip() -> None:
    first = draw("401.00", date(2026, 12, 21), 1)
    said = drawn("plan-agreed", items=(item(draw=first),), deadline=None)
    email, _, sms, _ = forms(said)
    assert "Avdragene trekkes fra kontoen din" in email
    assert "Det første, 401,00 kr, trekkes 21. desember 2026" in email
    assert {"Avdrag 1, 21. desember 2026: 401,00 kr", "Totalt: 802,00 kr"} <= set(email.splitlines())
    assert "første: 401,00 kr 21.12.2026" in sms
    for text in forms(said):
        assert not [word for word in SLIP if word in text]


def test_of_an_instalment_that_is_drawn_in_part_the_rest_is_asked_for() -> None:
    part = item(draw=draw("301.00", date(2027, 1, 21), 2))
    email = forms(drawn("instalment-due", items=(part,), deadline=date(2027, 1, 21)))[0]
    assert {"KID: 9000000019", "Trekkes fra kontoen: 301,00 kr", "Å betale: 100,00 kr"} <= set(email.splitlines())


def test_our_word_of_a_draw_asks_for_nothing_also_where_more_is_owed() -> None:
    email = forms(drawn("draw-announced", items=(item(draw=draw("500.00")),)))[0]
    assert "500,00 kr trekkes fra kontoen din" in email
    assert not [word for word in SLIP if word in email]


def test_where_another_currency_is_drawn_direct_debit_has_no_norwegian_name() -> None:
    whole, part = drawn("invoice", currency="EUR"), drawn("invoice", currency="EUR", items=(item(draw=draw("500.00")),))
    for text in (*forms(whole), *forms(part)):
        assert "AvtaleGiro" not in text
    assert "trekkes fra kontoen din 8. desember 2026" in forms(whole)[0]
    assert "trekkes fra kontoen din 8. desember 2026" in forms(part)[0]


# --- what credit will pay -----------------------------------------------------------------------------------------


def credited(amount: str, kind: str = "invoice", **changed: Any) -> Content:
    """A message about an invoice of 802 kroner, of which credit will pay so much."""
    credit = ComingCredit(Decimal(amount), date(2026, 12, 8))
    values = {"items": (item(credit=credit, due_on=date(2026, 12, 8)),), "new_charge": None, "deadline": None}
    return content(SPECS[kind], **values | changed)


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize(
    ("language", "whole", "short"),
    [
        ("nb", "802,00 kr av dem betaler fakturaen 8. desember 2026. Du trenger ikke å gjøre noe.", "har til gode"),
        (
            "en",
            "NOK 802.00 of it pays the invoice on 8 December 2026. There is nothing for you to do.",
            "have in your favour",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["invoice", "payment-link", "payment-abandoned"])
def test_who_has_enough_in_credit_is_asked_for_nothing(
    kind: str, tone: Tone, language: Language, whole: str, short: str
) -> None:
    said = credited("802.00", kind, tone=tone, language=language)
    email, _, sms, _ = forms(said)
    assert whole in email
    assert short in sms
    for text in forms(said):
        assert not [word for word in SLIP if word in text]


def test_of_what_credit_pays_in_part_the_rest_is_asked_for() -> None:
    email, _, sms, _ = forms(credited("102.00"))
    assert "102,00 kr av dem betaler en del av dette 8. desember 2026. Resten, 700,00 kr, betaler du selv." in email
    assert {"KID: 0044555258", "Betales med det du har til gode: 102,00 kr", "Å betale: 700,00 kr"} <= set(
        email.splitlines()
    )
    assert sms.startswith("Nordkraft Strøm AS: 700,00 kr for faktura 10482")
    assert "102,00 kr til gode brukes 08.12.2026" in sms
    assert "NOK 700.00" in forms(credited("102.00", language="en"))[0]


def test_of_several_invoices_each_says_what_credit_pays_of_it() -> None:
    credit = ComingCredit(Decimal(102), date(2026, 12, 8))
    said = credited("0", items=(item(), item("10483", amount_due=Decimal(300), credit=credit)), total=Decimal(1102))
    email = forms(said)[0].replace("\xa0", " ")
    assert "Betales med det du har til gode: 102,00 kr" in email
    assert "Å betale: 1 000,00 kr" in email


def test_words_that_were_approved_before_say_nothing_of_credit() -> None:
    with pytest.raises(UnwritableError, match="credit will pay of it"):
        approved.values_of(credited("102.00"), approved.ALWAYS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("also", CONTENTS)
def test_what_a_kind_word_may_say_besides_is_said_in_every_language_and_channel(language: Language, also: str) -> None:
    sentence = labels(language)[f"also_{also.replace('-', '_')}"]
    said = replace(content(SPECS["reminder"], language=language), also=also)
    assert sentence in render.email(said).text
    assert sentence in render.direct_message(said)
    assert labels(language)[f"also_{also.replace('-', '_')}_short"] in render.sms(said).text
    longest = replace(said, link=said.link.ljust(render.LONGEST_LINK, "x"))
    assert render.sms(longest).segments == 2
    assert sentence not in render.email(replace(said, also="")).text


def test_nothing_is_said_of_paying_where_all_of_it_is_drawn() -> None:
    said = replace(drawn("reminder"), also="quick")
    assert labels("nb")["also_quick"] not in render.email(said).text
