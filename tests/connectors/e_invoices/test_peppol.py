"""An e-invoice is Peppol's, says what the invoice says and nothing else, and is read back as the invoice it was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.e_invoices.peppol import peppol_invoice
from connectors.invoice_files.ubl.document import NAMESPACES
from connectors.invoice_files.ubl.read import read_ubl
from domain.invoices.e_invoice import (
    Credits,
    Delivery,
    EInvoice,
    Line,
    NotAnEInvoice,
    Party,
    credited,
    faults,
    net_of,
    totals_of,
)
from domain.money.amount import to_cents

SELLERS = {
    "NO": Party("Acme Kraft AS", "NO", "923609016", ["Kraftgata 1, 0155 Oslo"], phone="+4722000000"),
    "SE": Party("Acme Kraft AB", "SE", "5560360793", ["Kraftgatan 1", "123 45 Kiruna"], vat_number="SE556036079301"),
    "FI": Party("Acme Voima Oy", "FI", "20774740", ["Voimakatu 1", "00100 Helsinki"]),
}
BUYERS = {
    "NO": Party(
        "Butikk & Sønn <AS>", "NO", "987654325", ["Storgata 1", "0155 Oslo"], "K-7", "Kari", None, "k@b.example"
    ),
    "SE": Party("Butiken AB", "SE", "5560125790", ["Box 12", "123 45 Ort"], "K-8"),
    "FI": Party("Kauppa Oy", "FI", "07375462", ["PL 12", "c/o Mäki", "Talo B", "00100 Helsinki"], "K-9"),
}
PAID = {
    "NO": ("NOK", "12345678911", "2345676"),
    "SE": ("SEK", "5050-1055", "12345682"),
    "FI": ("EUR", "FI21 1234 5600 0007 85", "RF341234561"),
}
RATES = {"NO": ("25", "15", "12"), "SE": ("25", "12", "6"), "FI": ("25.5", "14", "10")}


def taxed(text: str, net: str, rate: str, quantity: str = "1") -> Line:
    return Line(text, Decimal(quantity), Decimal(net), "S", Decimal(rate))


def an_e_invoice(country: str = "NO", lines: Sequence[Line] | None = None, **changes: Any) -> EInvoice:
    """An invoice within a country that can be one; its amount is what its lines come to."""
    currency, account, reference = PAID[country]
    rates = RATES[country]
    lines = lines or [
        taxed("Nettleie oktober", "1000.00", rates[0]),
        taxed("Strøm", "333.33", rates[1], "7"),
        taxed("Avslag", "-100.00", rates[0]),
        Line("Bok", Decimal(2), Decimal("80.01"), "Z", Decimal(0)),
    ]
    made = EInvoice(
        number="2026/1001",
        issue_date=date(2026, 11, 2),
        due_date=date(2026, 11, 16),
        currency=currency,
        amount=Decimal(0),
        reference=reference,
        account=account,
        account_holder="Acme Kraft Kundeservice AS",
        order_reference=None,
        buyer_reference="Avd. 12",
        cost_centre="4100",
        seller=SELLERS[country],
        buyer=BUYERS[country],
        lines=lines,
    )
    return replace(made, **{"amount": totals_of(made).with_vat} | changes)


def untaxed(category: str, exemption: str | None = None) -> Line:
    """A line that bears no VAT."""
    return Line("Undervisning", Decimal(1), Decimal("300.00"), category, None, exemption)  # type: ignore[arg-type]


def a_credit_note(invoice: EInvoice, amount: Decimal | None = None) -> EInvoice:
    """A credit note of an invoice, over all of it or so much, that tells no lines of its own."""
    credits = Credits(invoice.number, invoice.issue_date, "Levert for mye")
    amount = invoice.amount if amount is None else amount
    note = replace(invoice, number="K-77", issue_date=date(2026, 11, 20), amount=amount, lines=[], credits=credits)
    return credited(note, invoice)


def text_at(xml: bytes, path: str) -> list[str]:
    return [each.text or "" for each in etree.fromstring(xml).iterfind(path, NAMESPACES)]


@pytest.mark.parametrize("country", SELLERS)
def test_our_own_reader_takes_it_back_as_the_invoice_that_it_was(country: str, tmp_path: Path) -> None:
    invoice = an_e_invoice(country)
    file = tmp_path / "e-invoice.xml"
    file.write_bytes(peppol_invoice(invoice))
    (read,) = read_ubl(file)
    assert read.reason is None
    model = read.model
    assert model is not None
    assert (model.number, model.amount, model.currency) == (invoice.number, invoice.amount, invoice.currency)  # type: ignore[union-attr]
    assert (model.issue_date, model.due_date, model.buyer_reference) == (  # type: ignore[union-attr]
        invoice.issue_date, invoice.due_date, "Avd. 12",
    )  # fmt: skip
    assert (model.reference, model.account) == (invoice.reference, (invoice.account or "").replace(" ", ""))  # type: ignore[union-attr]
    assert model.debtor.name == invoice.buyer.name  # type: ignore[union-attr]
    taxed_as = [(line.net, line.vat_category, line.vat_rate) for line in model.lines]  # type: ignore[union-attr]
    assert taxed_as == [(line.net, line.category, line.rate) for line in invoice.lines]


@pytest.mark.parametrize("percent", ["abc", "-1", "1000", "25.123"])
def test_a_percent_that_is_none_costs_the_line_its_vat_and_not_the_invoice(percent: str, tmp_path: Path) -> None:
    xml = peppol_invoice(an_e_invoice()).replace(b"<cbc:Percent>25<", f"<cbc:Percent>{percent}<".encode())
    file = tmp_path / "e-invoice.xml"
    file.write_bytes(xml)
    (read,) = read_ubl(file)
    assert read.model is not None
    assert [line.vat_category for line in read.model.lines] == [None, "S", None, "Z"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("country", "seller", "buyer", "legal", "vat"),
    [
        ("NO", ("0192", "923609016"), ("0192", "987654325"), "923609016", "NO923609016MVA"),
        ("SE", ("0007", "5560360793"), ("0007", "5560125790"), "5560360793", "SE556036079301"),
        ("FI", ("0216", "003720774740"), ("0216", "003707375462"), "2077474-0", "FI20774740"),
    ],
)
def test_each_country_names_companies_in_its_own_registers(
    country: str, seller: tuple[str, str], buyer: tuple[str, str], legal: str, vat: str
) -> None:
    root = etree.fromstring(peppol_invoice(an_e_invoice(country)))
    found = [
        (each.get("schemeID"), each.text)
        for who in ("Supplier", "Customer")
        for each in root.iterfind(f"cac:Accounting{who}Party/cac:Party/cbc:EndpointID", NAMESPACES)
    ]
    assert found == [seller, buyer]
    party = root.find("cac:AccountingSupplierParty/cac:Party", NAMESPACES)
    assert party is not None
    assert party.findtext("cac:PartyLegalEntity/cbc:CompanyID", namespaces=NAMESPACES) == legal
    assert party.findtext("cac:PartyTaxScheme/cbc:CompanyID", namespaces=NAMESPACES) == vat


@pytest.mark.parametrize(
    ("account", "number", "branch"),
    [("5050-1055", "50501055", ["SE:BANKGIRO"]), ("1234567-4", "12345674", ["SE:PLUSGIRO"])],
)
def test_a_swedish_giro_number_is_told_with_its_giro(account: str, number: str, branch: list[str]) -> None:
    xml = peppol_invoice(an_e_invoice("SE", account=account))
    means = "cac:PaymentMeans/cac:PayeeFinancialAccount"
    assert text_at(xml, f"{means}/cbc:ID") == [number]
    assert text_at(xml, f"{means}/cac:FinancialInstitutionBranch/cbc:ID") == branch


def test_what_is_rounded_to_pay_is_told_as_rounding() -> None:
    invoice = an_e_invoice(lines=[taxed("Strøm", "100.33", "25")], amount=Decimal("125.00"))
    xml = peppol_invoice(invoice)
    total = "cac:LegalMonetaryTotal/cbc:"
    told = [text_at(xml, f"{total}{name}") for name in ("TaxInclusiveAmount", "PayableRoundingAmount", "PayableAmount")]
    assert told == [["125.41"], ["-0.41"], ["125.00"]]


def test_who_is_not_subject_to_vat_tells_no_vat_number() -> None:
    xml = peppol_invoice(an_e_invoice(lines=[Line("Kontingent", Decimal(1), Decimal("300.00"), "O", None)]))
    assert text_at(xml, "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID") == [
        "Foretaksregisteret"
    ]
    assert text_at(xml, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReasonCode") == ["VATEX-EU-O"]


UNTOLD = Line("Strøm", Decimal(1), None, None, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lines": [UNTOLD]}, "line 1: its VAT was not told: give vat_category and vat_rate with the line"),
        ({"lines": []}, "it has no lines"),
        ({"buyer_reference": None}, "neither the buyer's reference nor its order"),
        ({"buyer": replace(BUYERS["NO"], organisation_number=None)}, "the debtor has no organisation number"),
        ({"buyer": replace(BUYERS["NO"], organisation_number="123456789")}, "organisation number is none of NO"),
        ({"buyer": replace(BUYERS["NO"], country="DE")}, "the debtor is in DE"),
        ({"account": None}, "no account to pay to"),
        ({"amount": Decimal("900.00")}, "with VAT its lines come to 1588.34"),
        ({"lines": [Line("Øy", Decimal(1), Decimal(1), "L", Decimal(7))]}, "VAT category L is not written here"),
        ({"lines": [untaxed("E")]}, "line 1: vat_exemption: E needs the reason"),
        ({"lines": [untaxed("E", "Helse"), untaxed("E", "Kultur")]}, r"category E have several reasons.* \(BR-E-01\)"),
        ({"lines": [taxed("Strøm", "1", "0")]}, "line 1: vat_rate: S is taxed at more than 0"),
        ({"lines": [Line("Bok", Decimal(1), Decimal(1), "Z", Decimal(25))]}, "line 1: vat_rate: Z bears no VAT"),
        (
            {"lines": [untaxed("K")]},
            "category K is within the EU, and the creditor is in NO: give G for what leaves it",
        ),
        ({"lines": [taxed("Strøm", "1", "25", "0")]}, "nothing of it was bought"),
        (
            {"lines": [taxed("Strøm", "1", "25"), Line("Gebyr", Decimal(1), Decimal(1), "O", None)]},
            "some lines are subject to VAT and others are not",
        ),
    ],
)
def test_what_the_invoice_was_not_given_with_is_named_and_never_made_up(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAnEInvoice, match=f"invoice 2026/1001 cannot be an e-invoice: .*{why}"):
        peppol_invoice(replace(an_e_invoice(), **changes))


def test_a_swede_needs_a_vat_number_of_its_own_and_one_of_three_rates() -> None:
    plain = replace(SELLERS["SE"], vat_number=None)
    assert faults(an_e_invoice("SE", seller=plain)) == [
        "the creditor has no VAT number (BR-S-02): give vat_number in its file"
    ]
    assert faults(an_e_invoice("SE", [taxed("El", "1", "24")])) == ["line 1: 24 % is no VAT rate in SE (SE-R-006)"]


WITHIN_THE_UNION: dict[str, Any] = {
    "buyer": replace(BUYERS["SE"], vat_number="SE556012579001"),
    "delivery": Delivery(date(2026, 10, 30), "SE"),
}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, []),
        ({"delivery": Delivery(date(2026, 10, 30))}, ["(BR-IC-12): give delivery_country"]),
        ({"delivery": Delivery(None, "SE")}, ["(BR-IC-11): give delivery_date"]),
        ({"delivery": Delivery(date(2026, 10, 30), "FI")}, ["this stays at home: give S, or AE"]),
        ({"buyer": BUYERS["SE"]}, ["(BR-IC-02): give buyer_vat_number"]),
        ({"buyer": BUYERS["NO"]}, ["the debtor is in NO: give G for what leaves it"]),
    ],
)
def test_what_goes_to_another_country_of_the_union_tells_when_and_where_and_to_whom(
    changes: dict[str, Any], why: list[str]
) -> None:
    told = faults(an_e_invoice("FI", [untaxed("K")], **WITHIN_THE_UNION | changes))
    assert [each in found for each, found in zip(why, told, strict=True)] == [True] * len(why)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (untaxed("E", "VATEX-EU-132-1I"), ["VATEX-EU-132-1I"], []),
        (untaxed("E", "Unntatt, mval. § 3-5"), [], ["Unntatt, mval. § 3-5"]),
        (untaxed("AE"), ["VATEX-EU-AE"], []),
        (untaxed("AE", "Omvänd betalningsskyldighet"), ["VATEX-EU-AE"], ["Omvänd betalningsskyldighet"]),
        (untaxed("G"), ["VATEX-EU-G"], []),
        (untaxed("Z"), [], []),
    ],
)
def test_why_no_vat_is_borne_stands_beside_the_sum(line: Line, code: list[str], words: list[str]) -> None:
    xml = peppol_invoice(an_e_invoice(lines=[line]))
    category = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:"
    assert text_at(xml, f"{category}TaxExemptionReasonCode") == code
    assert text_at(xml, f"{category}TaxExemptionReason") == words
    assert text_at(xml, f"{category}Percent") == ["0"]
    assert text_at(xml, "cac:TaxTotal/cbc:TaxAmount") == ["0.00"]


def test_a_credit_note_is_one_of_its_invoice_and_asks_for_nothing() -> None:
    invoice = an_e_invoice()
    xml = peppol_invoice(a_credit_note(invoice))
    assert etree.QName(etree.fromstring(xml)).localname == "CreditNote"
    assert text_at(xml, "cbc:CreditNoteTypeCode") == ["381"]
    assert text_at(xml, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == [invoice.number]
    assert text_at(xml, "cac:LegalMonetaryTotal/cbc:PayableAmount") == [str(invoice.amount)]
    assert text_at(xml, "cac:CreditNoteLine/cbc:LineExtensionAmount") == [str(line.net) for line in invoice.lines]
    assert text_at(xml, "cac:PaymentMeans") == text_at(xml, "cbc:DueDate") == []


def test_a_part_that_is_credited_bears_the_vat_of_its_invoice_where_all_lines_bear_the_same() -> None:
    note = a_credit_note(
        an_e_invoice(lines=[taxed("Strøm", "400.00", "25"), taxed("Leie", "80.00", "25")]), Decimal("125")
    )
    assert [(line.text, line.net, line.rate) for line in note.lines] == [
        ("Levert for mye", Decimal("100.00"), Decimal(25))
    ]


def test_of_what_part_a_credit_is_is_never_guessed() -> None:
    with pytest.raises(NotAnEInvoice, match="credit note K-77 cannot be an e-invoice: it has no lines"):
        peppol_invoice(a_credit_note(an_e_invoice(), Decimal("125")))


@pytest.mark.parametrize("country", SELLERS)
def test_our_own_reader_takes_a_credit_note_back(country: str, tmp_path: Path) -> None:
    note = a_credit_note(an_e_invoice(country))
    file = tmp_path / "credit-note.xml"
    file.write_bytes(peppol_invoice(note))
    (read,) = read_ubl(file)
    assert (read.kind, read.reason) == ("credit_note", None)
    model = read.model
    assert model is not None
    assert (model.number, model.invoice_number, model.amount) == ("K-77", "2026/1001", note.amount)  # type: ignore[union-attr]
    taxed_as = [(line.net, line.vat_category, line.vat_rate, line.quantity) for line in model.lines]
    assert taxed_as == [(line.net, line.category, line.rate, line.quantity) for line in note.lines]


def test_our_own_reader_takes_back_why_no_vat_is_borne_and_where_it_went(tmp_path: Path) -> None:
    file = tmp_path / "e-invoice.xml"
    file.write_bytes(peppol_invoice(an_e_invoice("FI", [untaxed("K", "Gemenskapsintern")], **WITHIN_THE_UNION)))
    (read,) = read_ubl(file)
    model = read.model
    assert model is not None
    assert [line.vat_exemption for line in model.lines] == ["VATEX-EU-IC"]
    told = (model.buyer_vat_number, model.delivery_date, model.delivery_country)  # type: ignore[union-attr]
    assert told == ("SE556012579001", date(2026, 10, 30), "SE")


@pytest.mark.parametrize("spoilt", [b"2026-10-32", b"soon", b""])
def test_a_day_of_delivery_that_is_none_costs_no_invoice(spoilt: bytes, tmp_path: Path) -> None:
    xml = peppol_invoice(an_e_invoice("FI", [untaxed("K")], **WITHIN_THE_UNION)).replace(b"2026-10-30", spoilt)
    file = tmp_path / "e-invoice.xml"
    file.write_bytes(xml)
    (read,) = read_ubl(file)
    assert read.model is not None
    assert getattr(read.model, "delivery_date", None) is None


def test_all_that_is_missing_is_told_at_once() -> None:
    assert len(faults(replace(an_e_invoice(), account=None, buyer_reference=None, lines=[UNTOLD, UNTOLD]))) == 4


CENTS = st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents) / 100)
LINES = st.lists(
    st.builds(
        lambda text, net, rate, quantity: Line(text, quantity, net, "S", Decimal(rate)),
        st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20),
        CENTS,
        st.sampled_from(RATES["NO"]),
        st.integers(1, 10**9).map(lambda part: Decimal(part) / 10**4),
    ),
    min_size=1,
    max_size=8,
)


@given(LINES)
def test_whatever_was_bought_totals_and_prices_agree_as_the_rules_want(lines: list[Line]) -> None:
    invoice = an_e_invoice(lines=lines)
    xml = peppol_invoice(invoice)
    root = etree.fromstring(xml)

    def sums(path: str) -> Decimal:
        return sum((Decimal(each) for each in text_at(xml, path)), Decimal(0))

    total = "cac:LegalMonetaryTotal/cbc:"
    assert sums(f"{total}LineExtensionAmount") == sums("cac:InvoiceLine/cbc:LineExtensionAmount")  # BR-CO-10
    assert sums("cac:TaxTotal/cbc:TaxAmount") == sums("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")  # BR-CO-14
    assert sums(f"{total}TaxInclusiveAmount") == sums(f"{total}TaxExclusiveAmount") + sums("cac:TaxTotal/cbc:TaxAmount")
    for line in root.iterfind("cac:InvoiceLine", NAMESPACES):
        quantity, net, price = (
            Decimal(line.findtext(path, "", NAMESPACES))
            for path in ("cbc:InvoicedQuantity", "cbc:LineExtensionAmount", "cac:Price/cbc:PriceAmount")
        )
        assert abs(net - quantity * price) <= Decimal("0.02")  # PEPPOL-EN16931-R120
        assert price >= 0  # BR-27
    assert not [each for each in root.iter() if len(each) == 0 and not (each.text or "").strip()]  # R008


@given(st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100), st.sampled_from(["25", "12", "6", "25.5"]))
def test_what_is_left_of_an_amount_without_its_vat_comes_to_the_amount_again(amount: Decimal, rate: str) -> None:
    net = net_of(amount, Decimal(rate))
    assert abs(net + to_cents(net * Decimal(rate) / 100) - amount) <= Decimal("0.01")
