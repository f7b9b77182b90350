"""UBL invoices and credit notes: sums that hold are taken, anything else is rejected with its place."""

import base64
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from connectors.invoice_files.report import import_report
from connectors.invoice_files.ubl.read import read_ubl
from connectors.invoice_files.ubl.root import LARGEST_DOCUMENT
from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples" / "ubl"
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside the repository")

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def party(name: str, *, number: str = "", contact: str = "") -> str:
    return f"""<c:Party>
      <c:PostalAddress><b:StreetName>Storgata 1</b:StreetName><b:CityName>Oslo</b:CityName>
        <b:PostalZone>0155</b:PostalZone><c:Country><b:IdentificationCode>NO</b:IdentificationCode></c:Country>
      </c:PostalAddress>
      <c:PartyLegalEntity><b:RegistrationName>{name}</b:RegistrationName>{number}</c:PartyLegalEntity>
      {contact}</c:Party>"""


def line_with(part: str, document: str) -> int:
    """The line of a document, counted from one, on which a part of it stands first."""
    return document[: document.index(part)].count("\n") + 1


def a_document(
    kind: str = "Invoice",
    *,
    due: str = "<b:DueDate>2026-11-16</b:DueDate>",
    terms: str = "",
    head: str = "",
    means: str = "<b:PaymentID>006402710013</b:PaymentID>"
    "<c:PayeeFinancialAccount><b:ID>12345678903</b:ID></c:PayeeFinancialAccount>",
    buyer: str = "",
    extra: str = "",
    tax: str = "200.00",
    totals: str = "",
    payable: str = "1000.00",
    billing: str = "",
) -> str:
    quantity = "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{kind} xmlns="{UBL}{kind}-2"
    xmlns:c="{UBL}CommonAggregateComponents-2" xmlns:b="{UBL}CommonBasicComponents-2">
  <b:ID>2026-1001</b:ID><b:IssueDate>2026-11-02</b:IssueDate>{due}
  <b:DocumentCurrencyCode>NOK</b:DocumentCurrencyCode>{head}{billing}
  <c:AccountingSupplierParty>
    {party("Nett AS", number="<b:CompanyID>NO 987 654 325 MVA</b:CompanyID>")}</c:AccountingSupplierParty>
  <c:AccountingCustomerParty>{buyer or party("Kari Nordmann")}</c:AccountingCustomerParty>
  <c:PaymentMeans><b:PaymentMeansCode>30</b:PaymentMeansCode>{means}</c:PaymentMeans>{terms}{extra}
  <c:TaxTotal><b:TaxAmount currencyID="NOK">{tax}</b:TaxAmount></c:TaxTotal>
  <c:LegalMonetaryTotal>
    <b:LineExtensionAmount currencyID="NOK">800.00</b:LineExtensionAmount>
    <b:TaxExclusiveAmount currencyID="NOK">800.00</b:TaxExclusiveAmount>
    <b:TaxInclusiveAmount currencyID="NOK">1000.00</b:TaxInclusiveAmount>{totals}
    <b:PayableAmount currencyID="NOK">{payable}</b:PayableAmount>
  </c:LegalMonetaryTotal>
  <c:{kind}Line><b:ID>1</b:ID><b:{quantity} unitCode="EA">2</b:{quantity}>
    <b:LineExtensionAmount currencyID="NOK">800.00</b:LineExtensionAmount>
    <c:Item><b:Name>Nettleie</b:Name></c:Item>
    <c:Price><b:PriceAmount currencyID="NOK">400.00</b:PriceAmount></c:Price></c:{kind}Line>
</{kind}>"""


def read(folder: Path, document: str | bytes) -> ReadInvoice:
    path = folder / "invoice.xml"
    path.write_bytes(document if isinstance(document, bytes) else document.encode())
    (one,) = read_ubl(path)
    return one


def invoice(folder: Path, document: str | bytes) -> IncomingInvoice:
    one = read(folder, document)
    assert isinstance(one.model, IncomingInvoice), one.reason
    return one.model


@needs_samples
def test_the_sample_invoice_is_accepted_with_its_free_text_reference() -> None:
    report = import_report(read_invoices([SAMPLES / "base-example.xml"]))
    (entry,) = report["invoices"]
    assert (report["accepted"], report["rejected"]) == (1, 0)
    assert (entry["amount"], entry["currency"], entry["due_date"]) == ("1656.25", "EUR", "2017-12-01")
    assert (entry["reference"], entry["reference_scheme"], entry["reference_valid"]) == (
        "Snippet1",
        None,
        False,
    )
    assert "reference Snippet1 is neither KID nor OCR nor VIITE nor RF: kept as free text" in entry["warnings"]
    assert (entry["debtor"]["email"], entry["debtor"]["country"]) == ("lj@buyer.se", "SE")


@needs_samples
def test_the_sample_credit_note_names_the_invoice_it_lowers() -> None:
    (one,) = read_ubl(SAMPLES / "base-creditnote-correction.xml")
    assert isinstance(one.model, IncomingCreditNote)
    assert (one.kind, one.model.invoice_number, one.model.amount) == (
        "credit_note",
        "Snippet1",
        Decimal("1656.25"),
    )


def test_an_invoice_with_any_prefixes_is_read_whole(tmp_path: Path) -> None:
    one = read(tmp_path, a_document())
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert one.warnings == ()
    assert (one.model.creditor, one.model.reference, one.model.account) == (
        "987654325",
        "006402710013",
        "12345678903",
    )
    assert (one.model.debtor.kind, one.model.debtor.postcode) == ("consumer", "0155")
    assert [(line.text, line.quantity, line.amount) for line in one.model.lines] == [
        ("Nettleie", Decimal(2), Decimal(800))
    ]


def test_what_is_owed_has_the_prepaid_taken_off_and_is_rounded(tmp_path: Path) -> None:
    totals = '<b:PrepaidAmount currencyID="NOK">300</b:PrepaidAmount>'
    totals += '<b:PayableRoundingAmount currencyID="NOK">-0.5</b:PayableRoundingAmount>'
    one = invoice(tmp_path, a_document(totals=totals, payable="699.50"))
    assert (one.amount, one.prepaid_amount) == (Decimal("699.50"), Decimal("300.00"))


@pytest.mark.parametrize(
    ("changes", "place", "figures"),
    [
        ({"payable": "1000.01"}, "PayableAmount", ("1000.01", "1000.00")),
        ({"tax": "199.99"}, "TaxInclusiveAmount", ("1000.00", "999.99")),
        (
            {"totals": '<b:PrepaidAmount currencyID="NOK">1</b:PrepaidAmount>'},
            "PayableAmount",
            ("1000.00", "999.00"),
        ),
        (
            {
                "extra": "<c:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator>"
                '<b:Amount currencyID="NOK">5</b:Amount></c:AllowanceCharge>'
            },
            "AllowanceTotalAmount",
            ("0.00", "5.00"),
        ),
    ],
)
def test_wrong_sums_are_rejected_with_the_two_figures(
    tmp_path: Path, changes: dict[str, str], place: str, figures: tuple[str, str]
) -> None:
    document = a_document(**changes)
    one = read(tmp_path, document)
    assert one.model is None
    told = f"<b:{place} "
    at = f" (line {line_with(told, document)})" if told in document else ""
    assert one.place == f"/Invoice/cac:LegalMonetaryTotal/cbc:{place}{at}"
    assert one.reason is not None
    assert all(figure in one.reason for figure in figures)


def test_a_wrong_line_sum_is_rejected(tmp_path: Path) -> None:
    document = a_document().replace(
        '">800.00</b:LineExtensionAmount>\n    <c:Item>', '">801</b:LineExtensionAmount><c:Item>'
    )
    assert read(tmp_path, document).reason == "LineExtensionAmount is 800.00, but the lines add up to 801.00"


@given(st.decimals("-10000", "10000", places=2))
def test_only_the_payable_amount_that_the_sums_make_is_taken(
    tmp_path_factory: pytest.TempPathFactory, payable: Decimal
) -> None:
    one = read(tmp_path_factory.mktemp("ubl"), a_document(payable=str(payable)))
    assert (one.model is not None) == (payable == 1000)


@pytest.mark.parametrize(("payable", "words"), [("0", "nothing to remind"), ("-1000.00", "as a credit note")])
def test_an_invoice_on_which_nothing_is_owed_is_rejected(tmp_path: Path, payable: str, words: str) -> None:
    one = read(tmp_path, a_document(payable=payable))
    assert one.reason is not None
    assert words in one.reason
    assert (one.number, one.kind) == ("2026-1001", "invoice")
    entry = import_report([one])["invoices"][0]
    assert (entry["amount"], entry["status"]) == (f"{Decimal(payable):.2f}", "rejected")


@pytest.mark.parametrize(
    ("note", "due"),
    [
        ("Net 14", date(2026, 11, 16)),
        ("Netto 14 dager", date(2026, 11, 16)),
        ("14 days", date(2026, 11, 16)),
        ("Payment within 30 days", date(2026, 12, 2)),
        ("30 days net.", date(2026, 12, 2)),
    ],
)
def test_plain_payment_terms_stand_in_for_a_due_date_with_a_warning(tmp_path: Path, note: str, due: date) -> None:
    terms = f"<c:PaymentTerms><b:Note>{note}</b:Note></c:PaymentTerms>"
    one = read(tmp_path, a_document(due="", terms=terms))
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert one.model.due_date == due
    assert "follows from the payment terms" in one.warnings[0]


@pytest.mark.parametrize(
    "note", ["", "14", "Payment within 10 days, 2% discount", "30 days end of month", "10 or 20 days", "soon"]
)
def test_without_a_due_date_ambiguous_terms_are_rejected(tmp_path: Path, note: str) -> None:
    one = read(tmp_path, a_document(due="", terms=f"<c:PaymentTerms><b:Note>{note}</b:Note></c:PaymentTerms>"))
    assert one.model is None
    assert one.place == "/Invoice/cbc:DueDate"


def test_without_due_date_and_terms_the_refusal_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, a_document(due="")).reason == (
        "cbc:DueDate is missing, and there are no payment terms in words"
    )


def test_a_direct_debit_is_a_claim_pending_at_the_due_date(tmp_path: Path) -> None:
    document = a_document().replace("<b:PaymentMeansCode>30<", "<b:PaymentMeansCode>49<")
    assert invoice(tmp_path, document).claim_due == date(2026, 11, 16)
    assert invoice(tmp_path, a_document()).claim_due is None


def test_a_buyer_with_an_organisation_number_is_a_business(tmp_path: Path) -> None:
    buyer = party("Kjøper AS", number="<b:CompanyID schemeID='0192'>987654325</b:CompanyID>")
    debtor = invoice(tmp_path, a_document(buyer=buyer)).debtor
    assert (debtor.kind, debtor.organisation_number) == ("business", "987654325")


def test_of_an_identity_number_only_the_birth_date_is_kept(tmp_path: Path) -> None:
    debtor = invoice(tmp_path, a_document(buyer=party("Kari", number="<b:CompanyID>15108695088</b:CompanyID>"))).debtor
    assert (debtor.kind, debtor.organisation_number, debtor.birth_date) == (
        "consumer",
        None,
        date(1986, 10, 15),
    )


@pytest.mark.parametrize(
    ("removed", "place"),
    [
        ("<b:ID>2026-1001</b:ID>", "/Invoice/cbc:ID"),
        ("<b:IssueDate>2026-11-02</b:IssueDate>", "/Invoice/cbc:IssueDate"),
        ("<b:DocumentCurrencyCode>NOK</b:DocumentCurrencyCode>", "/Invoice/cbc:DocumentCurrencyCode"),
        (
            '<b:PayableAmount currencyID="NOK">1000.00</b:PayableAmount>',
            "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount",
        ),
        (
            "<b:RegistrationName>Kari Nordmann</b:RegistrationName>",
            "/Invoice/cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
        ),
    ],
)
def test_what_is_missing_is_named_with_its_place(tmp_path: Path, removed: str, place: str) -> None:
    document = a_document()
    assert removed in document
    one = read(tmp_path, document.replace(removed, ""))
    assert (one.model, one.place, one.kind) == (None, place, "invoice")


def test_an_amount_that_stands_twice_is_rejected(tmp_path: Path) -> None:
    totals = '<b:PayableAmount currencyID="NOK">1.00</b:PayableAmount>'
    assert read(tmp_path, a_document(totals=totals)).reason is not None


def test_an_amount_in_another_currency_is_rejected(tmp_path: Path) -> None:
    document = a_document().replace('<b:PriceAmount currencyID="NOK">', '<b:PriceAmount currencyID="SEK">')
    assert read(tmp_path, document).reason == "cbc:PriceAmount is in SEK, the document in NOK"


def test_a_tax_total_in_the_currency_of_tax_accounting_is_left_out_of_the_sums(tmp_path: Path) -> None:
    head = "<b:TaxCurrencyCode>SEK</b:TaxCurrencyCode>"
    extra = '<c:TaxTotal><b:TaxAmount currencyID="SEK">190.00</b:TaxAmount></c:TaxTotal>'
    assert invoice(tmp_path, a_document(head=head, extra=extra)).amount == 1000


def test_a_credit_note_that_names_no_invoice_is_rejected(tmp_path: Path) -> None:
    one = read(tmp_path, a_document("CreditNote", due=""))
    assert one.reason is not None
    assert "names no invoice" in one.reason
    reference = "<c:InvoiceDocumentReference><b:ID>7</b:ID></c:InvoiceDocumentReference>"
    named = f"<c:BillingReference>{reference}</c:BillingReference>"
    assert read(tmp_path, a_document("CreditNote", due="", billing=named)).model is not None


def test_an_invoice_is_taken_out_of_its_envelope(tmp_path: Path) -> None:
    namespace = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    inner = a_document().split("?>", 1)[1]
    envelope = f'<StandardBusinessDocument xmlns="{namespace}"><StandardBusinessDocumentHeader/>{inner}'
    assert invoice(tmp_path, f"{envelope}</StandardBusinessDocument>").amount == 1000


@pytest.mark.parametrize("before", ["", "\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str, before: str) -> None:
    document = before + a_document(buyer=party("Åse Øy"))
    declared = document.replace("UTF-8", encoding.removesuffix("-sig").upper())
    assert invoice(tmp_path, declared.encode(encoding)).debtor.name == "Åse Øy"


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("doctype", "name"),
    [
        (f'<!DOCTYPE Invoice [<!ENTITY a0 "ha">{BOMB}]>', "&a11;"),
        ('<!DOCTYPE Invoice [<!ENTITY a0 SYSTEM "file:///etc/passwd">]>', "&a0;"),
        ('<!DOCTYPE Invoice [<!ENTITY % a SYSTEM "http://127.0.0.1:1/a"> %a;]>', "Kari"),
        ('<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/a.dtd">', "Kari"),
        ("<!DOCTYPE Invoice>", "Kari"),
    ],
)
def test_document_types_and_entities_are_rejected_unread(
    tmp_path: Path, doctype: str, name: str, encoding: str
) -> None:
    document = a_document(buyer=party(name)).replace("?>", f"?>{doctype}", 1).replace("UTF-8", encoding.upper())
    one = read(tmp_path, document.encode(encoding))
    assert one.model is None
    assert one.reason is not None
    assert "root:" not in one.reason


def test_deep_nesting_is_rejected(tmp_path: Path) -> None:
    deep = "<c:X>" * 10_000 + "</c:X>" * 10_000
    assert read(tmp_path, a_document(extra=deep)).model is None


def test_a_huge_document_is_rejected_before_it_is_parsed(tmp_path: Path) -> None:
    one = read(tmp_path, a_document(extra=" " * LARGEST_DOCUMENT))
    assert one.reason is not None
    assert "more than" in one.reason


@pytest.mark.parametrize(
    "text", ["<", "<a/>", "<Invoice/>", "<?xml version='1.0' encoding='x-none'?><a/>", "<a>&b;</a>"]
)
def test_xml_that_is_no_invoice_is_rejected_with_a_reason(tmp_path: Path, text: str) -> None:
    one = read(tmp_path, text)
    assert one.model is None
    assert one.reason


TYPE = "<b:{}TypeCode>{}</b:{}TypeCode>"
BILLED = (
    "<c:BillingReference><c:InvoiceDocumentReference><b:ID>7</b:ID></c:InvoiceDocumentReference></c:BillingReference>"
)


@pytest.mark.parametrize("code", ["380", " 380 ", "82", "326", "383", "386", "875"])
def test_a_type_that_asks_for_money_is_an_invoice(tmp_path: Path, code: str) -> None:
    assert invoice(tmp_path, a_document(head=TYPE.format("Invoice", code, "Invoice"))).amount == 1000


@pytest.mark.parametrize(
    ("kind", "code", "why"),
    [
        ("Invoice", "325", "a proforma invoice"),
        ("Invoice", "384", "send a credit note for the invoice that it corrects"),
        ("Invoice", "393", "a factored invoice"),
        ("Invoice", "389", "a self-billed invoice"),
        ("Invoice", "751", "for accounting only"),
        ("Invoice", "71", "invoices that came before"),
        ("Invoice", "999", "InvoiceTypeCode is 999, no type of an invoice"),
        ("CreditNote", "380", "CreditNoteTypeCode is 380, no type of a credit note"),
        ("CreditNote", "458", "no type of a credit note"),
    ],
)
def test_what_is_no_claim_is_refused_by_its_type(tmp_path: Path, kind: str, code: str, why: str) -> None:
    one = read(tmp_path, a_document(kind, head=TYPE.format(kind, code, kind), billing=BILLED))
    assert (one.model, one.place) == (None, f"/{kind}/cbc:{kind}TypeCode (line 5)")
    assert why in (one.reason or "")


@pytest.mark.parametrize("code", ["381", "396", "81"])
def test_a_credit_in_the_clothes_of_an_invoice_is_a_credit(tmp_path: Path, code: str) -> None:
    head = TYPE.format("Invoice", code, "Invoice")
    one = read(tmp_path, a_document(head=head, billing=BILLED))
    assert isinstance(one.model, IncomingCreditNote), one.reason
    assert (one.kind, one.model.invoice_number, one.model.amount) == ("credit_note", "7", Decimal(1000))
    nameless = read(tmp_path, a_document(head=head))
    assert (nameless.model, nameless.kind) == (None, "credit_note")
    assert "names no invoice" in (nameless.reason or "")


@pytest.mark.parametrize(
    ("totals", "payable"),
    [
        ("", "1000.00"),
        ('<b:PrepaidAmount currencyID="NOK">1000</b:PrepaidAmount>', "0.00"),
        ('<b:PrepaidAmount currencyID="NOK">400</b:PrepaidAmount>', "600"),
        ('<b:PrepaidAmount currencyID="NOK">1200</b:PrepaidAmount>', "-200"),
        ("", "0"),
    ],
)
def test_a_credit_note_gives_its_total_whatever_of_it_is_settled(tmp_path: Path, totals: str, payable: str) -> None:
    one = read(tmp_path, a_document("CreditNote", totals=totals, payable=payable, billing=BILLED))
    assert one.model is not None, one.reason
    assert (one.model.amount, one.warnings) == (Decimal(1000), ())


def test_the_payable_amount_of_a_credit_note_that_its_sums_do_not_make_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, a_document("CreditNote", payable="999", billing=BILLED)).model is None


def test_a_negative_credit_note_credits_with_a_warning(tmp_path: Path) -> None:
    document = a_document("CreditNote", billing=BILLED)
    for amount in ("200.00", "800.00", "1000.00", "400.00"):
        document = document.replace(f">{amount}<", f">-{amount}<")
    one = read(tmp_path, document)
    assert one.model is not None, one.reason
    assert one.model.amount == Decimal(1000)
    assert one.warnings == ("the credit note's amounts are negative: taken as a credit of 1000.00",)


def test_a_credit_note_of_nothing_is_refused(tmp_path: Path) -> None:
    document = a_document("CreditNote", billing=BILLED, payable="0").replace(">1000.00<", ">0.00<")
    assert (read(tmp_path, document).reason or "").endswith("nothing is credited")


@pytest.mark.parametrize(
    ("indicator", "amount", "is_taken"),
    [
        ("0", "10.00", True), ("false", "10", True), (" 0 ", " +10.0 ", True), ("\n false\n", "10.", True),
        ("1", "-10", True), ("true", "-10.00", True),
        ("FALSE", "10", False), ("2", "10", False), ("", "10", False), ("0", "1e1", False), ("0", "10,00", False),
    ],
)  # fmt: skip
def test_booleans_and_decimals_are_read_in_all_the_spellings_of_xml(
    tmp_path: Path, indicator: str, amount: str, is_taken: bool
) -> None:
    extra = f"""<c:AllowanceCharge><b:ChargeIndicator>{indicator}</b:ChargeIndicator>
        <b:Amount currencyID="NOK">{amount}</b:Amount></c:AllowanceCharge>"""
    charged = indicator.strip() in ("1", "true")
    totals = f'<b:{"Charge" if charged else "Allowance"}TotalAmount currencyID="NOK">{-10 if charged else 10}'
    totals += f"</b:{'Charge' if charged else 'Allowance'}TotalAmount>"
    document = a_document(extra=extra, totals=totals, tax="210.00").replace(
        'TaxExclusiveAmount currencyID="NOK">800.00', 'TaxExclusiveAmount currencyID="NOK">790'
    )
    assert (read(tmp_path, document).model is not None) == is_taken


@pytest.mark.parametrize("rounding", [".05", "+.05", "0.05", " 0.050 ", "00.05"])
def test_an_amount_may_have_no_digit_before_its_point(tmp_path: Path, rounding: str) -> None:
    totals = f'<b:PayableRoundingAmount currencyID="NOK">{rounding}</b:PayableRoundingAmount>'
    assert invoice(tmp_path, a_document(totals=totals, payable="1000.05")).amount == Decimal("1000.05")


@pytest.mark.parametrize(
    ("written", "is_read"),
    [
        ("2026-11-16Z", True), ("2026-11-16+01:00", True), (" 2026-11-16 ", True),
        ("20261116", False), ("2026-W47-1", False), ("16.11.2026", False), ("2026-11-16T00:00:00", False), ("2026-11-31", False),
    ],
)  # fmt: skip
def test_a_date_is_one_of_xml(tmp_path: Path, written: str, is_read: bool) -> None:
    one = read(tmp_path, a_document(due=f"<b:DueDate>{written}</b:DueDate>"))
    assert isinstance(one.model, IncomingInvoice) == is_read
    assert one.reason == (None if is_read else "cbc:DueDate is not a date")


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", " \t", "\ufeff", "\ufeff\n"])
def test_what_stands_before_the_declaration_makes_it_no_worse(tmp_path: Path, before: str) -> None:
    path = tmp_path / "invoice.xml"
    path.write_text(before + a_document(buyer=party("Åse Øy")), encoding="utf-8")
    (one,) = read_invoices([path])
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert one.model.debtor.name == "Åse Øy"


def test_dashes_of_windows_are_read_in_xml_that_calls_itself_latin(tmp_path: Path) -> None:
    document = a_document(buyer=party("Bar \u2013 d\u2019Sør")).replace("UTF-8", "ISO-8859-1")
    assert invoice(tmp_path, document.encode("cp1252")).debtor.name == "Bar \u2013 d\u2019Sør"


def test_an_attachment_may_be_as_large_as_the_document(tmp_path: Path) -> None:
    blob = "JVBERi0x" * 1_400_000
    extra = f"""<c:AdditionalDocumentReference><b:ID>1</b:ID><c:Attachment><b:EmbeddedDocumentBinaryObject
        mimeCode="application/pdf">{blob}</b:EmbeddedDocumentBinaryObject></c:Attachment></c:AdditionalDocumentReference>"""
    assert invoice(tmp_path, a_document(head=extra)).amount == 1000


def test_an_entity_in_the_first_element_is_refused_as_one(tmp_path: Path) -> None:
    document = a_document().replace("?>", f'?><!DOCTYPE Invoice [<!ENTITY a0 "ha">{BOMB}]>', 1)
    one = read(tmp_path, document.replace("<Invoice ", '<Invoice a="&a11;" ', 1))
    assert one.model is None


def _terms(*days: str) -> str:
    return "".join(f"<c:PaymentTerms><b:PaymentDueDate>{day}</b:PaymentDueDate></c:PaymentTerms>" for day in days)


INSTALMENTS = _terms("2026-12-01", "2027-01-01").replace("PaymentDueDate", "InstallmentDueDate")


@pytest.mark.parametrize(
    ("due", "terms", "last", "warned"),
    [
        ("", _terms("2026-12-01"), date(2026, 12, 1), False),
        ("", _terms("2026-12-01", "2027-01-01"), date(2027, 1, 1), True),
        ("", _terms("2027-01-01", "2026-12-01"), date(2027, 1, 1), True),
        ("", _terms("2026-12-01", "2026-12-01"), date(2026, 12, 1), False),
        ("<b:DueDate>2026-12-01</b:DueDate>", _terms("2026-12-01", "2027-01-01"), date(2027, 1, 1), True),
        ("<b:DueDate>2026-12-01</b:DueDate>", _terms("2026-11-10"), date(2026, 12, 1), True),
        ("<b:DueDate>2026-12-01</b:DueDate>", _terms("2026-12-01Z"), date(2026, 12, 1), False),
        ("", INSTALMENTS, date(2027, 1, 1), True),
        ("<b:DueDate>2026-12-01</b:DueDate>", INSTALMENTS, date(2027, 1, 1), True),
    ],
)
def test_of_several_due_dates_the_last_holds_and_is_told(
    tmp_path: Path, due: str, terms: str, last: date, warned: bool
) -> None:
    one = read(tmp_path, a_document(due=due, terms=terms))
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert one.model.due_date == last
    assert any("due dates" in warning for warning in one.warnings) == warned


def test_several_terms_in_words_are_refused(tmp_path: Path) -> None:
    terms = "".join(f"<c:PaymentTerms><b:Note>{note}</b:Note></c:PaymentTerms>" for note in ("14 dager", "30 dager"))
    assert read(tmp_path, a_document(due="", terms=terms)).place == "/Invoice/cbc:DueDate"


def _buyer(*, endpoint: str = "", mail: str = "") -> str:
    contact = f"<c:Contact><b:ElectronicMail>{mail}</b:ElectronicMail></c:Contact>" if mail else ""
    return party("Kari", contact=contact).replace("<c:Party>", f"<c:Party>{endpoint}", 1)


EM = "<b:EndpointID schemeID='EM'>kunde@example.no</b:EndpointID>"


@pytest.mark.parametrize(
    ("buyer", "email"),
    [
        (_buyer(endpoint=EM), "kunde@example.no"),
        (_buyer(endpoint=EM, mail="kari@example.no"), "kari@example.no"),
        (_buyer(endpoint=EM, mail="ring meg"), "kunde@example.no"),
        (_buyer(mail="ola@example.no; regnskap@example.no"), "ola@example.no"),
        (_buyer(mail="ola, regnskap@example.no"), "regnskap@example.no"),
        (_buyer(endpoint=EM.replace("'EM'", "'em'")), "kunde@example.no"),
        (_buyer(endpoint="<b:EndpointID schemeID='0192'>987654325</b:EndpointID>"), None),
        (_buyer(endpoint="<b:EndpointID schemeID='0088'>kunde@example.no</b:EndpointID>"), None),
    ],
)
def test_the_first_usable_address_is_taken_wherever_it_stands(tmp_path: Path, buyer: str, email: str | None) -> None:
    assert invoice(tmp_path, a_document(buyer=buyer)).debtor.email_address == email


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            ("Kari Nordmann", "K" * 227),
            "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName (line 17) has more than "
            "200 characters",
        ),
        (("2026-1001<", "1" * 65 + "<"), "cbc:ID (line 4) has more than 64 characters"),
        (("Nettleie", "N"), None),
        (("2026-11-16", "2026-11-01"), "cbc:DueDate (line 4) 2026-11-01 is before cbc:IssueDate (line 4) 2026-11-02"),
        (
            ('EA">2<', 'EA">1e3<'),
            "cac:InvoiceLine/cbc:InvoicedQuantity (line 27) is not a number; write it in digits, like 1234.50",
        ),
    ],
)  # fmt: skip
def test_a_refusal_is_one_fault_in_the_words_of_the_document(
    tmp_path: Path, changed: tuple[str, str], reason: str | None
) -> None:
    assert read(tmp_path, a_document().replace(*changed)).reason == reason


@pytest.mark.parametrize("before", ["", "\n", "\ufeff\r\n \n\n"])
def test_a_fault_is_told_with_the_line_that_whoever_opens_the_file_sees(tmp_path: Path, before: str) -> None:
    document = before + a_document()
    one = read(tmp_path, document.replace(">200.00<", ">200,00<"))
    assert one.place == f"/Invoice/cac:TaxTotal/cbc:TaxAmount (line {line_with('TaxAmount', document)})"
    one = read(tmp_path, document.replace("</b:DueDate>", ""))
    assert f"the fault is in line {line_with('</Invoice>', document)}," in (one.reason or "")


def test_broken_xml_is_told_by_its_place_alone(tmp_path: Path) -> None:
    reason = read(tmp_path, a_document().replace("</b:DueDate>", "")).reason or ""
    assert reason.startswith("is not well-formed XML: the fault is in line ")


@pytest.mark.parametrize(("written", "quantity"), [("2.00000000", "2"), ("0.33333333333", "0.333333"), (" .5 ", "0.5")])
def test_a_quantity_finer_than_we_keep_is_rounded(tmp_path: Path, written: str, quantity: str) -> None:
    (line,) = invoice(tmp_path, a_document().replace('EA">2<', f'EA">{written}<')).lines
    assert line.quantity == Decimal(quantity)


PREPAID = '<b:PrepaidAmount currencyID="NOK">300</b:PrepaidAmount>'
ROUNDED = '<b:PayableRoundingAmount currencyID="NOK">-0.5</b:PayableRoundingAmount>'


@pytest.mark.parametrize(
    ("taxed", "payable", "is_read"),
    [
        ("1000.00", "699.50", True),
        ("999.50", "699.50", True),
        ("999.50", "699.00", False),
        ("1000.00", "700.00", False),
    ],
)
def test_rounding_may_stand_before_or_after_the_total(tmp_path: Path, taxed: str, payable: str, is_read: bool) -> None:
    document = a_document(totals=PREPAID + ROUNDED, payable=payable).replace(">1000.00<", f">{taxed}<")
    assert (read(tmp_path, document).model is not None) == is_read


def test_a_rounded_credit_note_gives_what_it_comes_to(tmp_path: Path) -> None:
    for taxed in ("1000.00", "999.50"):
        document = a_document("CreditNote", totals=ROUNDED, payable="999.50", billing=BILLED)
        one = read(tmp_path, document.replace(">1000.00<", f">{taxed}<"))
        assert one.model is not None, one.reason
        assert one.model.amount == Decimal("999.50")


def test_danish_ubl_gives_its_tax_where_others_give_the_total_without(tmp_path: Path) -> None:
    slip = """<b:PaymentChannelCode>DK:FIK</b:PaymentChannelCode><b:InstructionID>000000000000018</b:InstructionID>
      <b:PaymentID>71</b:PaymentID><c:CreditAccount><b:AccountID>12345678</b:AccountID></c:CreditAccount>"""
    document = a_document(head="<b:CustomizationID>OIOUBL-2.1</b:CustomizationID>", means=slip)
    total = 'TaxExclusiveAmount currencyID="NOK">'
    one = invoice(tmp_path, document.replace(f"{total}800.00", f"{total}200.00"))
    assert (one.amount, one.reference, one.account) == (Decimal("1000.00"), "+71<000000000000018", "12345678")
    assert read(tmp_path, document).reason == "TaxExclusiveAmount is 800.00, but the taxes add up to 200.00"


def test_what_is_collected_for_others_is_owed_in_the_extension_of_xrechnung_alone(tmp_path: Path) -> None:
    collected = '<c:PrepaidPayment><b:PaidAmount currencyID="NOK">29.96</b:PaidAmount></c:PrepaidPayment>'
    extension = "<b:CustomizationID>urn:cen.eu:en16931:2017#conformant#urn:xeinkauf.de:kosit:extension:xrechnung_3.0"
    head = f"{extension}</b:CustomizationID>"
    one = invoice(tmp_path, a_document(extra=collected, head=head, payable="1029.96"))
    assert one.amount == Decimal("1029.96")
    assert read(tmp_path, a_document(extra=collected, payable="1029.96")).model is None
    assert invoice(tmp_path, a_document(extra=collected)).amount == Decimal("1000.00")


@pytest.mark.parametrize(
    ("customization", "what"),
    [
        ("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0#conformant#"
         "urn:fdc:anskaffelser.no:2019:ehf:reminder:3.0", "a reminder of an invoice that came before"),
        ("urn:fdc:anskaffelser.no:2019:ehf:spec:payment-request:3.0", "a request to pay, with no invoice in it"),
    ],
)  # fmt: skip
def test_what_only_asks_again_is_no_new_claim(tmp_path: Path, customization: str, what: str) -> None:
    one = read(tmp_path, a_document(head=f"<b:CustomizationID>{customization}</b:CustomizationID>"))
    assert one.reason is not None
    assert one.reason.startswith(f"cbc:CustomizationID tells that it is {what}")


ADDRESS = "<b:StreetName>Storgata 1</b:StreetName>"


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ("<b:StreetName>Fredericiavej</b:StreetName><b:BuildingNumber>10</b:BuildingNumber>", ("Fredericiavej 10",)),
        ("<b:StreetName>Storgata 1</b:StreetName><b:BuildingNumber>1</b:BuildingNumber>", ("Storgata 1",)),
        ("<b:Postbox>321</b:Postbox>", ("Postboks 321",)),
        ("<b:StreetName>A 1</b:StreetName><b:AdditionalStreetName>Hus B</b:AdditionalStreetName><b:Floor>2</b:Floor>"
         "<c:AddressLine><b:Line>c/o Olsen</b:Line></c:AddressLine><c:AddressLine><b:Line>Bak</b:Line></c:AddressLine>",
         ("A 1", "Hus B", "2", "c/o Olsen, Bak")),
    ],
)  # fmt: skip
def test_an_address_leads_to_the_door(tmp_path: Path, parts: str, lines: tuple[str, ...]) -> None:
    buyer = party("Kari Nordmann").replace(ADDRESS, parts)
    assert invoice(tmp_path, a_document(buyer=buyer)).debtor.address_lines == lines


def test_of_several_accounts_the_first_is_used_and_it_is_told(tmp_path: Path) -> None:
    another = (
        "<c:PaymentMeans><c:PayeeFinancialAccount><b:ID>86011117947</b:ID></c:PayeeFinancialAccount></c:PaymentMeans>"
    )
    one = read(tmp_path, a_document(terms=another))
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert (one.model.account, one.warnings) == ("12345678903", ("2 payee accounts: the first is used",))


def test_a_warning_names_the_element_that_it_is_of(tmp_path: Path) -> None:
    contact = "<c:Contact><b:Telephone>12</b:Telephone><b:ElectronicMail>nobody</b:ElectronicMail></c:Contact>"
    assert read(tmp_path, a_document(buyer=party("Kari Nordmann", contact=contact))).warnings == (
        "cac:AccountingCustomerParty/cac:Party/cac:Contact/cbc:ElectronicMail (line 18) is not an email address: left out",
        "cac:AccountingCustomerParty/cac:Party/cac:Contact/cbc:Telephone (line 18) is not a phone number in NO: left out",
    )


PDF = b"%PDF-1.7 the invoice"


def _embedded(content: bytes | str = PDF, name: str = "faktura.pdf", mime: str = "application/pdf") -> str:
    written = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    return f"""<c:AdditionalDocumentReference><b:ID>1</b:ID><c:Attachment>
      <b:EmbeddedDocumentBinaryObject mimeCode="{mime}" filename="{name}">{written}</b:EmbeddedDocumentBinaryObject>
      </c:Attachment></c:AdditionalDocumentReference>"""


@pytest.mark.parametrize(
    ("embedded", "pdf", "warnings"),
    [
        (_embedded(), PDF, 0),
        (_embedded(base64.encodebytes(PDF).decode()), PDF, 0),
        (_embedded(b"%PDF-1.4 hours", "timer.pdf") + _embedded(), PDF, 1),
        (_embedded(b"%PDF-1.4 hours", "a.pdf") + _embedded(PDF, "b 2026-1001.pdf"), PDF, 1),
        (_embedded(PDF, "a.pdf") + _embedded(b"%PDF-1.4 hours", "b.pdf"), PDF, 1),
        (_embedded() + _embedded(), PDF, 0),
        (_embedded(b"x", mime="image/png"), None, 0),
        (_embedded(b"<html>"), None, 1),
        (_embedded("?"), None, 1),
        (_embedded(""), None, 1),
    ],
)
def test_the_pdf_that_is_the_invoice_itself_is_kept(
    tmp_path: Path, embedded: str, pdf: bytes | None, warnings: int
) -> None:
    one = read(tmp_path, a_document(billing=embedded))
    assert isinstance(one.model, IncomingInvoice), one.reason
    assert (one.model.pdf, len(one.warnings)) == (pdf, warnings), one.warnings


def test_what_the_buyer_finds_the_invoice_by_is_read(tmp_path: Path) -> None:
    head = "<b:AccountingCost>4100</b:AccountingCost><b:BuyerReference>Avd. 12</b:BuyerReference>"
    order = "<c:OrderReference><b:ID>4500012345</b:ID></c:OrderReference>"
    buyer = party("Fjord AS", contact="<c:Contact><b:Name>Kari Nordmann</b:Name></c:Contact>")
    one = invoice(tmp_path, a_document(head=head + order, buyer=buyer))
    assert (one.order_reference, one.buyer_reference) == ("4500012345", "Avd. 12")
    assert (one.cost_centre, one.buyer_contact) == ("4100", "Kari Nordmann")


@pytest.mark.parametrize(
    ("of_lines", "kept"), [(("4100", "4100"), "4100"), (("4100", "4200"), None), (("", "4100"), "4100")]
)
def test_a_cost_centre_that_all_lines_share_is_the_invoices(
    tmp_path: Path, of_lines: list[str], kept: str | None
) -> None:
    line = """<c:InvoiceLine><b:ID>2</b:ID><b:LineExtensionAmount currencyID="NOK">0.00</b:LineExtensionAmount>
      <b:AccountingCost>{}</b:AccountingCost><c:Item><b:Name>Gave</b:Name></c:Item></c:InvoiceLine>"""
    more = "".join(line.format(each) for each in of_lines)
    assert invoice(tmp_path, a_document().replace("</Invoice>", f"{more}</Invoice>")).cost_centre == kept


@pytest.mark.parametrize(("written", "kept"), [("NA", None), ("", None), ("x" * 300, "x" * 200)])
def test_a_reference_that_is_none_is_left_out_and_a_long_one_cut(
    tmp_path: Path, written: str, kept: str | None
) -> None:
    order = f"<c:OrderReference><b:ID>{written}</b:ID><b:SalesOrderID>7</b:SalesOrderID></c:OrderReference>"
    assert invoice(tmp_path, a_document(head=order)).order_reference == kept


@pytest.mark.parametrize(
    ("branch", "number", "account"),
    [
        ("SE:BANKGIRO", "9912346", "991-2346"),
        ("SE:BANKGIRO", "99123465", "9912-3465"),
        ("SE:BANKGIRO", "991-2346", "991-2346"),
        ("SE:PLUSGIRO", "9912346", "991234-6"),
        ("SE:PLUSGIRO", "1", "1"),
        ("SWEDSESS", "9912346", "9912346"),
    ],
)
def test_a_swedish_giro_number_says_of_which_giro_it_is(tmp_path: Path, branch: str, number: str, account: str) -> None:
    plain = "<b:ID>12345678903</b:ID>"
    giro = f"<b:ID>{number}</b:ID><c:FinancialInstitutionBranch><b:ID>{branch}</b:ID></c:FinancialInstitutionBranch>"
    document = a_document()
    assert plain in document
    assert invoice(tmp_path, document.replace(plain, giro)).account == account
