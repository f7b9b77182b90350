"""UBL invoices and credit notes: sums that hold are taken, anything else is rejected with its place."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from connectors.invoice_files.report import import_report
from connectors.invoice_files.ubl import LARGEST_DOCUMENT, read_ubl
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
    assert "reference Snippet1 is neither KID nor RF: kept as free text" in entry["warnings"]
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
    one = read(tmp_path, a_document(**changes))
    assert one.model is None
    assert one.place == f"/Invoice/cac:LegalMonetaryTotal/cbc:{place}"
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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    document = a_document(buyer=party("Åse Øy"))
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
