"""An invoice as a billing system gives it: what is refused, what is kept with a warning."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.invoices.incoming import IncomingCreditNote, IncomingDebtor, IncomingInvoice, warnings_for


def an_invoice(**changes: Any) -> dict[str, Any]:
    return {
        "number": "2026-1001",
        "issue_date": "2026-11-02",
        "due_date": "2026-11-16",
        "currency": "NOK",
        "amount": "802.00",
        "reference": "006402710013",
        "account": "12345678903",
        "debtor": a_debtor(),
    } | changes


def a_debtor(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Kari Nordmann",
        "address_lines": ["Storgata 1"],
        "postcode": "0155",
        "city": "Oslo",
        "email": "kari@example.no",
        "phone": "912 34 567",
    } | changes


def read(**changes: Any) -> IncomingInvoice:
    return IncomingInvoice.model_validate(an_invoice(**changes))


def test_a_whole_invoice_is_taken_without_warnings() -> None:
    invoice = read()
    assert invoice.amount == Decimal("802.00")
    assert (invoice.reference_scheme, invoice.reference_valid) == ("kid", True)
    assert invoice.debtor.email_address == "kari@example.no"
    assert invoice.debtor.mobile_number == "+4791234567"
    assert warnings_for(invoice) == []


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "0.001"},
        {"amount": "10000000000"},
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"amount": "1,234"},
        {"currency": "nok"},
        {"currency": "XXX"},
        {"currency": "DEM"},
        {"issue_date": "2026-13-01"},
        {"issue_date": 1793577600},
        {"issue_date": "2026-11-02T00:00:00"},
        {"due_date": "2026-11-01"},
        {"due_date": "9999-12-31"},
        {"number": ""},
        {"number": "x" * 65},
        {"number": "2026?1"},
        {"number": "a\\b"},
        {"number": "a?b"},
        {"number": "50%"},
        {"number": ".."},
        {"number": "a\nb"},
        {"number": "a\u200bb"},
        {"reference": "a\x00b"},
        {"reference": "1" * 141},
        {"prepaid_amount": "-1"},
        {"policy": "No Gentle"},
        {"colour": "red"},
        {"debtor": a_debtor(name="")},
        {"debtor": a_debtor(name="Kari\u202enamdroN")},
        {"debtor": a_debtor(name="\ud800")},
        {"debtor": a_debtor(country="Norway")},
        {"debtor": a_debtor(country="XX")},
        {"debtor": a_debtor(language="pl")},
        {"debtor": a_debtor(kind="company")},
        {"lines": [{"text": "a", "amount": "1.005"}]},
        {"lines": [{"text": "a", "amount": "1", "quantity": "NaN"}]},
    ],
)
def test_what_cannot_be_trusted_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**change)


@pytest.mark.parametrize("number", ["2026-1", "F_12.b", "A 1", "Å-7", "1+2", "a:b"])
def test_numbers_as_billing_systems_write_them_are_taken(number: str) -> None:
    assert read(number=number).number == number


@given(st.decimals("0.01", "9999999999.99", places=2, allow_nan=False))
def test_an_amount_is_kept_to_the_last_hundredth(amount: Decimal) -> None:
    assert str(read(amount=str(amount)).amount) == str(amount.quantize(Decimal("0.01")))


@given(st.text(max_size=80))
def test_any_text_as_number_is_either_refused_or_safe_in_an_address(text: str) -> None:
    try:
        number = read(number=text).number
    except ValidationError:
        return
    assert number.isprintable()
    assert not set(number) & set("\\?#%")


def test_who_has_an_organisation_number_is_a_business_and_others_are_consumers() -> None:
    assert read(debtor=a_debtor(organisation_number="987654325")).debtor.kind == "business"
    assert read().debtor.kind == "consumer"
    assert read(debtor=a_debtor(organisation_number="987654325", kind="consumer")).debtor.kind == "consumer"


def test_a_free_text_reference_is_kept_with_a_warning() -> None:
    invoice = read(reference="Snippet1")
    assert (invoice.reference, invoice.reference_scheme, invoice.reference_valid) == ("Snippet1", None, False)
    assert warnings_for(invoice) == ["reference Snippet1 is neither KID nor OCR nor VIITE nor RF: kept as free text"]


def test_a_kid_with_wrong_check_digits_is_kept_with_a_warning() -> None:
    invoice = read(reference="2345674")
    assert (invoice.reference_scheme, invoice.reference_valid) == ("kid", False)
    assert warnings_for(invoice) == ["reference 2345674 is no valid KID (check digits): kept as free text"]


def test_without_a_reference_its_validity_is_unknown() -> None:
    invoice = read(reference=None)
    assert (invoice.reference_scheme, invoice.reference_valid) == (None, None)
    assert "no payment reference" in warnings_for(invoice)[0]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("a@example.no; b@example.no", "a@example.no"),
        ("a@example.no, b@example.no", "a@example.no"),
        ("a@example.no b@example.no", "a@example.no"),
        ("nowhere; b@example.no", "b@example.no"),
        ("Ola Testmann <ola@example.no>", "ola@example.no"),
        ('"Testmann, Ola" <ola@example.no>, b@example.no', "ola@example.no"),
        ("ola@example.xn--p1ai", "ola@example.xn--p1ai"),
        ("mailto:ola@example.no", "ola@example.no"),
        ("Ola <MAILTO:ola@example.no>", "ola@example.no"),
        ("ola@example.no/b@example.no", "ola@example.no"),
        ("ola@example.no og b@example.no", "ola@example.no"),
        ("ola@example.no & b@example.no", "ola@example.no"),
        ("ola@example.no (regnskap)", "ola@example.no"),
        ('"ola@example.no"', "ola@example.no"),
        ("dept/ola@example.no", "dept/ola@example.no"),
        ("a&b@example.no", "a&b@example.no"),
    ],
)
def test_of_several_addresses_in_one_field_the_first_is_used(given: str, used: str) -> None:
    invoice = read(debtor=a_debtor(email=given))
    assert invoice.debtor.email_address == used
    assert warnings_for(invoice) == []


def test_of_several_numbers_in_one_field_the_first_is_called_and_the_first_mobile_gets_sms() -> None:
    debtor = read(debtor=a_debtor(phone="22 00 00 00 / 912 34 567, 923 45 678")).debtor
    assert (debtor.phone_number, debtor.mobile_number) == ("+4722000000", "+4791234567")


@pytest.mark.parametrize("spelt", ["NO 923 609 016 MVA", "923 609 016", "no923609016mva", "923609016"])
def test_an_organisation_number_has_one_spelling(spelt: str) -> None:
    assert read(debtor=a_debtor(organisation_number=spelt)).debtor.organisation_number == "923609016"


@pytest.mark.parametrize(
    "email", ["kari", "kari@", "@example.no", "kari@example", "a b@example.no", "a@b..no", "kari/a b@example.no"]
)
def test_an_unreadable_email_is_left_out_with_a_warning_that_does_not_repeat_it(email: str) -> None:
    invoice = read(debtor=a_debtor(email=email))
    assert invoice.debtor.email_address is None
    assert warnings_for(invoice) == ["debtor.email is not an email address: left out"]


@pytest.mark.parametrize(
    ("phone", "country", "called", "texted"),
    [
        ("912 34 567", "NO", "+4791234567", "+4791234567"),
        ("0047 912 34 567", "NO", "+4791234567", "+4791234567"),
        ("22 22 22 22", "NO", "+4722222222", None),
        ("+45 32 12 34 56", "NO", "+4532123456", "+4532123456"),
        ("070-123 45 67", "SE", "+46701234567", "+46701234567"),
        ("12", "NO", None, None),
        ("ring meg", "NO", None, None),
    ],
)
def test_a_phone_number_is_read_in_its_country(
    phone: str, country: str, called: str | None, texted: str | None
) -> None:
    invoice = read(debtor=a_debtor(phone=phone, country=country))
    assert (invoice.debtor.phone_number, invoice.debtor.mobile_number) == (called, texted)
    assert bool(warnings_for(invoice)) == (texted is None)


def test_lines_that_do_not_make_the_amount_are_a_warning_where_they_include_vat() -> None:
    lines = [{"text": "Nettleie", "amount": "640.00"}, {"text": "Forbruk", "amount": "262.00"}]
    assert warnings_for(read(lines=lines)) == ["the lines add up to 902.00, but the amount is 802.00 + prepaid 0.00"]
    assert warnings_for(read(lines=lines, prepaid_amount="100")) == []
    assert warnings_for(read(lines=lines), lines_include_vat=False) == []


def test_an_invoice_cannot_be_changed_once_read() -> None:
    invoice, field = read(), "amount"
    with pytest.raises(ValidationError):
        setattr(invoice, field, Decimal(1))


def test_a_credit_note_names_its_invoice_and_is_positive() -> None:
    given_note = {
        "number": "K-1",
        "invoice_number": "2026-1001",
        "issue_date": "2026-11-10",
        "currency": "NOK",
        "amount": "100",
    }
    note = IncomingCreditNote.model_validate(given_note)
    assert (note.invoice_number, note.amount, note.issue_date) == (
        "2026-1001",
        Decimal("100.00"),
        date(2026, 11, 10),
    )
    for change in ({"amount": "-100"}, {"invoice_number": ""}):
        with pytest.raises(ValidationError):
            IncomingCreditNote.model_validate(given_note | change)


def test_the_schema_describes_itself_with_examples_that_are_valid() -> None:
    schema = IncomingInvoice.model_json_schema()
    examples = {name: field["examples"][0] for name, field in schema["properties"].items() if "examples" in field}
    assert warnings_for(IncomingInvoice.model_validate(examples | {"debtor": a_debtor()})) == []


def test_a_debtor_may_be_old() -> None:
    assert read(debtor=a_debtor(birth_date="1931-02-03")).debtor.birth_date == date(1931, 2, 3)


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({}, "nb"),
        ({"country": "SE"}, "sv"),
        ({"country": "FI"}, "fi"),
        ({"country": "FI", "language": "sv"}, "sv"),
        ({"country": "DK"}, "nb"),  # of which no words are known
    ],
)
def test_whoever_gives_no_language_is_written_to_in_the_first_of_their_country(
    given: dict[str, str], language: str
) -> None:
    assert IncomingDebtor.model_validate({"name": "Kari Nordmann"} | given).language == language
