"""What a channel sends: complete, harmless and short enough, whatever the facts contain."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path

import pytest
import smsutil  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from domain.look import Look, checked_logo
from domain.money.charges import Charge, ChargeKind
from domain.planner.case_facts import Draw
from domain.policy.policy import Tone
from messages import render
from messages.content import Content
from messages.specs import DRAWN, SPECS, MessageSpec
from tests.domain.test_look import png
from tests.messages.samples import LINK, charge, content, draw, item, plan
from web import pages

ASKS_FOR_AN_INSTALMENT = {SPECS["instalment-due"], SPECS["plan-broken"]}
HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} #pagebreak() *b* $x$ \\end"


def any_text(most: int) -> st.SearchStrategy[str]:
    return st.text(min_size=1, max_size=most)


amounts = st.decimals("0.01", "123456.78", places=2)
charges = st.builds(Charge, st.sampled_from(ChargeKind), amounts, st.just(date(2026, 12, 16)))
items = st.builds(
    item,
    number=st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True),
    text=any_text(60),
    principal=amounts,
    charges=st.lists(charges, max_size=2).map(tuple),
    interest=amounts,
    interest_rate=st.sampled_from([None, Decimal("12.25")]),
    amount_due=amounts,
    reference=st.from_regex(r"[0-9]{2,25}", fullmatch=True),
    draw=st.none() | st.builds(draw, amounts, st.dates(date(2026, 12, 1), date(2027, 12, 31))),
)
contents = st.builds(
    content,
    st.sampled_from(list(SPECS.values())),
    tone=st.sampled_from(Tone),
    language=st.sampled_from(["nb", "en"]),
    creditor_name=any_text(30),
    debtor_name=any_text(60),
    recipient_name=any_text(60),
    recipient_address=st.lists(any_text(40), max_size=5).map(tuple),
    creditor_phone=st.sampled_from([None, "+47 22 33 44 55"]),
    items=st.lists(items, min_size=1, max_size=6).map(tuple),
    total=amounts,
    new_charge=st.none() | charges,
    paid_amount=amounts,
    due_date_moved=st.booleans(),
    link=st.integers(40, render.LONGEST_LINK).map(lambda length: "https://faktura.nordkraft.no/i/".ljust(length, "x")),
)


@given(contents)
def test_any_content_becomes_an_email_with_one_subject_line(facts: Content) -> None:
    email = render.email(facts)
    assert len(email.subject.splitlines()) == 1
    assert facts.link in email.text
    assert escape(facts.link) in email.html


@given(contents.filter(lambda facts: facts.kind is not SPECS["collection-notice"]))
def test_any_sms_stays_in_the_gsm_alphabet_and_two_segments(facts: Content) -> None:
    sms = render.sms(facts)
    assert smsutil.is_valid_gsm(sms.text)
    assert sms.segments == len(smsutil.split(sms.text).parts) <= 2
    assert facts.link in sms.text


@pytest.mark.parametrize("name", ["0" * 30, "[{|}]~€" * 4])  # the second takes twice the room
@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("tone", Tone)
def test_the_largest_compensation_for_many_invoices_fits_an_sms_with_the_longest_link(
    tone: Tone, language: str, name: str
) -> None:
    largest = Decimal("123456.78")
    facts = content(
        SPECS["reminder"],
        tone=tone,
        language=language,
        creditor_name=name,
        items=tuple(item("A" * 20, amount_due=largest, reference="1" * 25) for _ in range(6)),
        total=largest,
        new_charge=charge(str(largest), ChargeKind.COMPENSATION),
        link="https://faktura.nordkraft.no/i/".ljust(render.LONGEST_LINK, "x"),
    )
    assert render.sms(facts).segments == 2


NOT_PAID_TO_US = ("handed-off", "draw-goes-on", "draw-announced", "announcement")


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("kind", [kind for kind in SPECS.values() if kind.name not in NOT_PAID_TO_US])
def test_every_email_carries_amount_due_date_reference_account_and_link(kind: MessageSpec, tone: Tone) -> None:
    email = render.email(content(kind, tone=tone))
    amount = "401,00 kr" if kind in ASKS_FOR_AN_INSTALMENT else "802,00 kr"
    reference = "9000000019" if kind.of_plan else "9000000027" if kind.of_statement else "0044555258"
    for said in (
        amount,
        "01.10.2026" if kind.of_statement else "1. oktober 2026",
        "KID",
        reference,
        "1503.40.12345",
        LINK,
    ):
        assert said in email.text
        assert said in email.html


def test_what_many_are_told_says_nothing_of_what_is_owed_not_even_of_what_is_drawn() -> None:
    drawn = item(draw=Draw(Decimal(802), date(2026, 12, 30)))
    told = content(SPECS["announcement"], items=(drawn,))
    email, sms = render.email(told), render.sms(told).text
    for said in (email.text, email.html, sms, email.subject):
        assert not [word for word in ("802", "0044555258", "1503", "10482", "trekk", "forfall") if word in said.lower()]
    assert "Nettleien blir lavere fra januar." in email.text
    assert LINK in sms


def test_an_email_of_four_hundred_invoices_is_shown_whole_by_every_client() -> None:
    rows = tuple(item(str(10482 + number), interest=Decimal("1.25")) for number in range(400))
    email = render.email(content(SPECS["collection-notice"], items=rows, total=Decimal("320800.00")))
    assert 80_000 < len(email.html.encode()) < 100_000  # what is longer Gmail cuts off
    assert email.html.count("<tr>") > 400
    assert email.text.count("KID") >= 400


def test_an_email_brings_all_that_it_shows_and_asks_no_one_for_anything() -> None:
    look = Look("#0b5d3b", checked_logo(png(300, 80)))
    html = render.email(content(look=look, unsubscribe="https://purr.example/i/s/unsubscribe")).html
    assert re.findall(r'src="([^"]*)"', html) == ["cid:logo"]
    assert 'width="150" height="40"' in html
    assert not re.search(r"url\(|@import|<link|<script|background=", html)
    assert html.count(look.colour_on_dark) >= 3
    assert '<meta name="color-scheme" content="light dark">' in html


@pytest.mark.parametrize(
    ("language", "asked"), [("nb", "Ikke flere e-poster til denne adressen"), ("en", "No more emails to this address")]
)
def test_where_no_more_emails_are_asked_for_stands_in_both_forms_of_an_email(language: str, asked: str) -> None:
    address = "https://purr.example/i/sealed/unsubscribe"
    email = render.email(content(SPECS["due-date-reminder"], language=language, unsubscribe=address))
    assert f"{asked}: {address}" in email.text
    assert f'<a href="{address}"' in email.html
    required = render.email(content(SPECS["collection-notice"], language=language))
    assert asked not in required.text + required.html


def test_an_email_has_the_colours_of_the_page_and_no_others() -> None:
    colours = re.compile(r"#[0-9a-f]{6}")
    page = (Path(pages.__file__).parent / "templates" / "page.css").read_text("utf-8").replace("#fff;", "#ffffff;")
    assert set(colours.findall(render.email(content()).html)) <= set(colours.findall(page))


def test_what_the_law_or_an_agreement_wants_sent_is_never_declined() -> None:
    never = {"invoice", "collection-notice", "block-warning", "termination-warning", "handed-off", "draw-announced"}
    assert never.isdisjoint(name for name, kind in SPECS.items() if kind.may_be_declined)
    assert not any(kind.legal_form and kind.may_be_declined for kind in SPECS.values())


def test_creditor_and_amount_come_in_the_first_forty_characters() -> None:
    facts = content(creditor_name="Kommunalkraft Nettservice Nord AS", total=Decimal("123456.78"))
    for start in (render.email(facts).subject[:40], render.sms(facts).text[:40]):
        assert start.startswith("Kommunalkraft")
        assert "123 456,78 kr" in start


def test_hostile_values_are_shown_as_they_are_and_never_run() -> None:
    email = render.email(content(creditor_name=HOSTILE, recipient_name=HOSTILE, debtor_name=HOSTILE))
    assert "<script" not in email.html
    assert escape(HOSTILE) in email.html
    assert HOSTILE in email.text


def test_line_breaks_and_text_direction_overrides_do_not_survive() -> None:
    email = render.email(content(recipient_name="Kari\r\nBcc: all@example.com\u202e Nordmann"))
    assert "Kari Bcc: all@example.com Nordmann" in email.text


def test_letters_beyond_gsm_are_made_plain_in_an_sms() -> None:
    sms = render.sms(content(creditor_name="Šárka Łódź & Þór 🐱"))
    assert sms.text.startswith("Sarka Lódz & Thór".replace("ó", "o"))


def test_several_invoices_become_a_table_with_each_reference() -> None:
    facts = content(items=(item("1", reference="18"), item("2", reference="26")), total=Decimal("1604.00"))
    email = render.email(facts)
    assert "<table" in email.html
    assert "KID: 18" in email.text
    assert "KID: 26" in email.text
    assert email.subject.startswith("Nordkraft Strøm AS: 1 604,00 kr")


def test_the_holder_of_the_account_is_named_where_the_bank_knows_another_name() -> None:
    assert "Mottaker: Nordkraft Kundesenter AS" in render.email(content(account_holder="Nordkraft Kundesenter AS")).text
    alike = content(account_holder=content().creditor_name)
    assert "Mottaker" not in render.email(alike).text
    several = content(items=(item("1"), item("2")), account_holder="Nordkraft Kundesenter AS")
    assert render.email(several).text.count("Mottaker: Nordkraft Kundesenter AS") == 1


def test_a_finnish_bill_has_its_bar_code_in_digits_and_its_numbers_in_groups() -> None:
    bill = item(reference="1234561", account="FI2112345600000785")
    finnish = content(currency="EUR", items=(bill,), total=bill.amount_due)
    written, cents = render.email(finnish).text, f"{bill.amount_due:09.2f}".replace(".", "")
    assert f"Strekkode: 42112345600000785{cents}000{'1234561':0>20}" in written
    assert "12 34561" in written
    assert "FI21 1234 5600 0007 85" in written
    assert "Strekkode" not in render.email(content()).text
    assert "Strekkode" not in render.email(replace(finnish, items=(bill, item("2")))).text


def test_a_business_finds_the_invoice_by_its_own_references() -> None:
    found_by = {"order_reference": "4500012345", "cost_centre": "4100", "buyer_contact": "Ola Innkjøper"}
    alone = render.email(content(items=(item(**found_by),))).text
    for said in ("Deres bestilling: 4500012345", "Kostnadssted: 4100", "Kontakt hos dere: Ola Innkjøper"):
        assert said in alone
    assert "Deres referanse" not in alone
    several = content(items=(item("1", buyer_reference="Avd. 12"), item("2")), total=Decimal("1604.00"), language="en")
    assert "Invoice: 1 Strøm september (Your reference Avd. 12)" in render.email(several).text


@pytest.mark.parametrize(
    ("language", "asked"), [("nb", "Er dette fortsatt rett sted å nå deg?"), ("en", "Is this still the right place")]
)
def test_whoever_was_long_not_heard_of_is_asked_at_the_end_if_the_address_is_right(language: str, asked: str) -> None:
    quiet, asking = (content(language=language, asks_whether_right=asks) for asks in (False, True))
    for written in (lambda facts: render.email(facts).text, lambda facts: render.email(facts).html,
                    render.direct_message):  # fmt: skip
        assert asked not in written(quiet)
        assert asked in written(asking)
    assert asked not in render.sms(asking).text


@pytest.mark.parametrize(
    ("language", "said"), [("nb", "Med AvtaleGiro betaler banken"), ("en", "With AvtaleGiro your bank pays")]
)
def test_who_pays_by_hand_is_told_once_and_shortly_that_the_bank_can(language: str, said: str) -> None:
    quiet, offering = (content(language=language, offers_direct_debit=offers) for offers in (False, True))
    assert said not in render.email(quiet).text
    assert render.email(offering).text.count(said) == 1
    assert said not in render.sms(offering).text


def test_a_representative_sees_whom_the_message_concerns() -> None:
    facts = content(recipient_name="Verge Hansen")
    for text in (render.email(facts).text, render.direct_message(facts)):
        assert "fordi du tar hånd om sakene til Kari Nordmann" in text
        assert "Gjelder: Kari Nordmann" in text
    assert "Hei, Verge Hansen" in render.email(facts).text
    assert "Gjelder Kari Nordmann" in render.sms(facts).text.splitlines()
    assert "Concerning Kari Nordmann" in render.sms(replace(facts, language="en")).text.splitlines()


def test_who_owes_it_is_not_told_whom_it_concerns() -> None:
    for text in (render.email(content()).text, render.sms(content()).text):
        assert "Gjelder" not in text
        assert "sakene til" not in text


def test_who_stands_in_for_a_customer_is_not_thanked_for_being_one() -> None:
    for kind in (SPECS["invoice"], SPECS["draw-announced"]):
        own = content(SPECS["invoice"], tone=Tone.KIND, items=(item(draw=draw() if kind is DRAWN else None),))
        assert "Takk for at du er kunde" in render.email(own).text
        of_another = replace(own, recipient_name="Verge Hansen")
        for text in (render.email(of_another).text, render.sms(of_another).text):
            assert "kunde!" not in text
            assert "kunde hos" not in text


def test_guardians_whose_names_nobody_knows_are_greeted_within_the_sentence() -> None:
    assert (
        "Hei, foresatte til Kari Nordmann" in render.email(content(recipient_name="Foresatte til Kari Nordmann")).text
    )


@pytest.mark.parametrize("form", [render.sms, render.direct_message])
def test_a_collection_notice_goes_by_no_phone_message(form: object) -> None:
    assert callable(form)
    with pytest.raises(render.NotByThisChannelError, match="use letter or email"):
        form(content(SPECS["collection-notice"]))


def test_an_sms_that_cannot_be_shortened_is_refused() -> None:
    with pytest.raises(render.SmsTooLongError, match="shorter link"):
        render.sms(content(link="https://faktura.nordkraft.no/" + "x" * 300))


def test_content_without_what_its_words_need_is_refused() -> None:
    with pytest.raises(ValueError, match="needs deadline"):
        content(SPECS["reminder"], deadline=None)
    with pytest.raises(ValueError, match="needs collection_partner"):
        content(SPECS["handed-off"], collection_partner=None)
    with pytest.raises(ValueError, match="needs plan"):
        content(SPECS["plan-agreed"], plan=None)
    with pytest.raises(ValueError, match=r"needs plan\.asks_for"):
        content(SPECS["instalment-due"], plan=plan(asks_for=()))
    with pytest.raises(ValueError, match="needs promised_on"):
        content(SPECS["promise-broken"], promised_on=None)
    with pytest.raises(ValueError, match="plain http"):
        replace(content(), link="javascript:alert(1)")
