"""camt.053 and camt.054: payments in, payments back, and nothing else; what contradicts itself is flagged."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank_files.bank_file import BankFile, BankPayment, Part
from connectors.bank_files.reader import examine, payments

SAMPLE = Path(__file__).resolve().parents[4] / ".." / "shared" / "samples" / "camt" / "camt054.v8.xml"
IBAN, ACCOUNT = "NO9386011117947", "86011117947"


def remittance(reference: str = "", *, text: str = "", typed: str = "<Cd>SCOR</Cd>", amount: str = "") -> str:
    kind = f"<Tp><CdOrPrtry>{typed}</CdOrPrtry></Tp>" if typed else ""
    share = f'<RfrdDocAmt><RmtdAmt Ccy="NOK">{amount}</RmtdAmt></RfrdDocAmt>' if amount else ""
    structured = f"<Strd>{share}<CdtrRefInf>{kind}<Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    return (f"<Ustrd>{text}</Ustrd>" if text else "") + structured


def transaction(
    amount: str | None = "100.00",
    *,
    told: str = remittance("2345676"),
    bank_reference: str = "",
    indicator: str = "",
    name: str = "<Pty><Nm>Kari Nordmann</Nm></Pty>",
    account: str = "<IBAN>NO5299990512341</IBAN>",
    currency: str = "NOK",
    more: str = "",
    before_version_4: bool = False,
) -> str:
    written = f'<Amt Ccy="{currency}">{amount}</Amt>'
    if before_version_4:
        written = f"<AmtDtls><TxAmt>{written}</TxAmt></AmtDtls>"
    return f"""<TxDtls>
      <Refs>{f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""}<EndToEndId>NOTPROVIDED</EndToEndId></Refs>
      {written if amount else ""}{f"<CdtDbtInd>{indicator}</CdtDbtInd>" if indicator else ""}
      <RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id>{account}</Id></DbtrAcct>
        <Cdtr><Pty><Nm>Acme Kraft AS</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct></RltdPties>
      <RmtInf>{told}</RmtInf>{more}</TxDtls>"""


def entry(
    amount: str = "100.00",
    *transactions: str,
    indicator: str = "CRDT",
    status: str = "<Cd>BOOK</Cd>",
    day: str = "<Dt>2026-11-20</Dt>",
    valued: str = "",
    bank_reference: str = "E1",
    reversal: bool = False,
    batch: int | None = None,
    currency: str = "NOK",
    more: str = "",
) -> str:
    stated = f"<Btch><NbOfTxs>{batch}</NbOfTxs></Btch>" if batch else ""
    details = f"<NtryDtls>{stated}{''.join(transactions)}</NtryDtls>" if transactions or batch else ""
    return f"""
    <Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>{"<RvslInd>true</RvslInd>" if reversal else ""}
      <Sts>{status}</Sts>{f"<BookgDt>{day}</BookgDt>" if day else ""}{f"<ValDt>{valued}</ValDt>" if valued else ""}
      {f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""}
      <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>VCOM</SubFmlyCd></Fmly></Domn></BkTxCd>{details}{more}</Ntry>"""


def statement(*entries: str, account: str = f"<IBAN>{IBAN}</IBAN>", head: str = "", name: str = "Ntfctn") -> str:
    return f"<{name}><Id>S1</Id><Acct><Id>{account}</Id></Acct>{head}{''.join(entries)}</{name}>"


def message(*statements: str, kind: str = "054", version: str = "08", message_id: str = "M1") -> str:
    root = {"053": "BkToCstmrStmt", "054": "BkToCstmrDbtCdtNtfctn"}[kind]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"><{root}>
<GrpHdr><MsgId>{message_id}</MsgId></GrpHdr>{"".join(statements)}</{root}></Document>
"""


def read(folder: Path, written: str | bytes) -> tuple[BankFile, list[BankPayment]]:
    path = folder / "camt"
    path.write_bytes(written.encode() if isinstance(written, str) else written)
    return examine(path), list(payments(path))


def read_entries(folder: Path, *entries: str) -> tuple[BankFile, list[BankPayment]]:
    return read(folder, message(statement(*entries)))


def test_a_payment_is_read_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction(bank_reference="T1")))
    assert (found.format, found.flags, found.notes, found.total) == ("camt.054", [], (), Decimal("100.00"))
    assert (found.accounts, found.imported_through) == ((ACCOUNT,), {ACCOUNT: date(2026, 11, 20)})
    assert payment._replace(provider_id="") == BankPayment(
        provider_id="",
        reference="2345676",
        amount=Decimal("100.00"),
        currency="NOK",
        booked_on=date(2026, 11, 20),
        type="PMNT/RCDT/VCOM",
        account=ACCOUNT,
        debit_account="99990512341",
        payer_name="Kari Nordmann",
    )


def test_older_versions_say_the_same_in_other_places(tmp_path: Path) -> None:
    old = transaction(name="<Nm>Kari Nordmann</Nm>", before_version_4=True, bank_reference="T1")
    new = read_entries(tmp_path, entry("100.00", transaction(bank_reference="T1")))
    for version in ("02", "03", "06"):
        older = message(statement(entry("100.00", old, status="BOOK")), version=version)
        assert read(tmp_path, older)[1] == new[1]


@pytest.mark.parametrize(
    ("booked", "valued", "paid_on"),
    [
        ("<Dt>2026-11-20</Dt>", "<Dt>2026-11-16</Dt>", 16),
        ("<Dt>2026-11-20</Dt>", "<Dt>2026-11-23</Dt>", 20),  # the bank gives value after the weekend
        ("", "<Dt>2026-11-19</Dt>", 19),
        ("<Dt>2026-11-20</Dt>", "<DtTm>2026-11-15T23:30:00Z</DtTm>", 16),
    ],
)
def test_money_counts_from_its_value_date(tmp_path: Path, booked: str, valued: str, paid_on: int) -> None:
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction(), day=booked, valued=valued))
    assert payment.booked_on == date(2026, 11, paid_on)
    assert found.imported_through == {ACCOUNT: date(2026, 11, 20 if booked else 19)}  # value may lie far from the file


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-19T23:30:00Z", 20),
        ("2026-11-19T23:30:00.000+00:00", 20),
        ("2026-11-19T22:30:00Z", 19),
        ("2026-07-19T22:30:00Z", 20),  # two hours in summer
        ("2026-11-19T23:30:00+01:00", 19),
        ("2026-11-19T23:30:00", 19),
        ("2026-11-19+01:00", 19),
    ],
)
def test_a_moment_is_on_the_bank_s_day(tmp_path: Path, written: str, day: int) -> None:
    _, (payment,) = read_entries(tmp_path, entry("100.00", transaction(), day=f"<DtTm>{written}</DtTm>"))
    assert payment.booked_on.day == day


def test_the_same_money_is_itself_with_its_moment_in_utc_or_its_day(tmp_path: Path) -> None:
    told = [
        read_entries(tmp_path, entry("100.00", transaction(bank_reference="T1"), day=day))[1]
        for day in ("<DtTm>2026-11-19T23:30:00Z</DtTm>", "<Dt>2026-11-20</Dt>")
    ]
    assert told[0] == told[1]


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample files are not beside the repository")
def test_the_sample_is_read_and_its_contradictions_are_flagged() -> None:
    found, read_payments = examine(SAMPLE), list(payments(SAMPLE))
    assert [(one.amount, one.currency) for one in read_payments] == [
        (Decimal("3.10"), "CHF"),
        (Decimal("3.20"), "CHF"),
        (Decimal("3.20"), "CHF"),
    ]
    assert [one.reference for one in read_payments] == ["ISR ref number V1", "ISR ref number V2", None]
    assert [part.reference for part in read_payments[2].parts] == ["Ref number V3 block 1", "Ref number V3 block 2"]
    assert "entry 1 (line 63): says 2 transactions, but holds 3" in found.flags


@pytest.mark.parametrize(
    "prepared",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: ("\n\n" + text).encode(),
        lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"),
        lambda text: text.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "").encode(),
        lambda text: (
            text.replace("<", "<n:")
            .replace("<n:/", "</n:")
            .replace("<n:?", "<?")
            .replace("xmlns=", "xmlns:n=")
            .encode()
        ),
    ],
    ids=["byte order mark", "blank lines first", "UTF-16", "Latin-1", "CRLF", "one line", "a prefix"],
)
def test_encodings_and_line_breaks_do_not_matter(tmp_path: Path, prepared: object) -> None:
    assert callable(prepared)
    written = message(statement(entry("100.00", transaction(name="<Nm>Åse Bjørnstad</Nm>"))))
    found, (payment,) = read(tmp_path, prepared(written))
    assert (payment.payer_name, payment.reference, found.flags) == ("Åse Bjørnstad", "2345676", [])


def test_a_batch_gives_each_of_its_payments_and_is_held_against_its_amount(tmp_path: Path) -> None:
    batch = [transaction(f"{ore}.00", told=remittance(f"{ore}")) for ore in range(1, 201)]
    found, read_payments = read_entries(tmp_path, entry("20100.00", *batch, batch=200))
    assert [one.reference for one in read_payments] == [str(ore) for ore in range(1, 201)]
    assert (found.flags, found.transactions, found.total) == ([], 200, Decimal("20100.00"))
    wrong, same_payments = read_entries(tmp_path, entry("20000.00", *batch, batch=199))
    assert same_payments == read_payments
    assert wrong.flags == [
        "entry 1 (line 4): says 199 transactions, but holds 200",
        "entry 1 (line 4): is of 20000.00, but its transactions make 20100.00",
    ]


def test_lines_are_those_of_the_file_whatever_stands_before_its_xml(tmp_path: Path) -> None:
    written = "\ufeff\n \r\n" + message(statement(entry("90.00", transaction("100.00"))))
    found, _ = read(tmp_path, written)
    assert found.flags == ["entry 1 (line 6): is of 90.00, but its transactions make 100.00"]
    broken, _ = read(tmp_path, written.replace("</Ntry>", ""))
    assert broken.flags[-1].startswith("line 14: the XML is broken")


def test_a_lump_sum_is_flagged_and_is_no_payment(tmp_path: Path) -> None:
    for details in ((), (transaction(None, told=""),)):
        found, read_payments = read_entries(tmp_path, entry("500.00", *details, batch=25))
        assert read_payments == []
        assert found.flags == [
            "entry 1 (line 4): is a lump sum of 25 transactions that are not told: import the camt.054 of this account"
        ]


def test_a_single_transaction_without_an_amount_has_the_entrys(tmp_path: Path) -> None:
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction(None)))
    assert (payment.amount, payment.reference, found.flags) == (Decimal("100.00"), "2345676", [])


def test_an_entry_without_details_is_one_payment_with_its_words(tmp_path: Path) -> None:
    found, (payment,) = read_entries(tmp_path, entry("75.50", more="<AddtlNtryInf>Giro fra Ola</AddtlNtryInf>"))
    assert (payment.amount, payment.reference, payment.text) == (Decimal("75.50"), None, "Giro fra Ola")
    assert found.flags == []


def test_only_booked_entries_are_payments(tmp_path: Path) -> None:
    pending = entry("5.00", transaction("5.00"), status="<Cd>PDNG</Cd>", bank_reference="E2")
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction()), pending)
    assert (payment.amount, found.notes, found.flags) == (
        Decimal("100.00"),
        ("entries that are not booked yet: 1",),
        [],
    )


def test_money_that_goes_back_is_negative_with_its_reason_and_other_debits_are_left_out(tmp_path: Path) -> None:
    returned = transaction("40.00", more="<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>")
    found, read_payments = read_entries(
        tmp_path,
        entry("100.00", transaction()),
        entry("40.00", returned, indicator="DBIT", bank_reference="E2"),
        entry("30.00", transaction("30.00"), indicator="DBIT", reversal=True, bank_reference="E3"),
        entry("12.00", indicator="DBIT", bank_reference="E4"),
        entry("70.00", transaction("70.00"), reversal=True, bank_reference="E5"),
    )
    assert [one.amount for one in read_payments] == [Decimal("100.00"), Decimal("-40.00"), Decimal("-30.00")]
    assert [one.return_reason for one in read_payments] == [None, "AM04: not enough money", None]
    assert found.notes == ("outgoing payments: 1", "outgoing payments that came back: 1")
    assert (found.flags, found.total) == ([], Decimal("30.00"))


def test_what_became_of_our_own_orders_is_told_and_is_no_payment(tmp_path: Path) -> None:
    ours, returned = f"PURR{'B' * 28}", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"

    def order(number: str, more: str = "") -> str:
        return transaction("198.00", told="", more=more).replace("NOTPROVIDED", number)

    examined, read = read_entries(
        tmp_path,
        entry("198.00", order(ours), indicator="DBIT", bank_reference="E1"),
        entry("198.00", order(ours, returned), bank_reference="E2"),
        entry("198.00", order("PURR-SOMEBODY-ELSE"), indicator="DBIT", bank_reference="E3"),
    )
    assert read == []
    day = date(2026, 11, 20)
    assert examined.orders == (
        (ACCOUNT, ours, Decimal(198), "NOK", day, False, None),
        (ACCOUNT, ours, Decimal(198), "NOK", day, True, "AC04: the account is closed"),
    )
    assert examined.notes == ("outgoing payments: 1",)


def test_a_return_inside_a_batch_is_taken_off_in_its_sum(tmp_path: Path) -> None:
    returned = transaction("40.00", indicator="DBIT", more="<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>")
    found, read_payments = read_entries(tmp_path, entry("60.00", transaction(indicator="CRDT"), returned, batch=2))
    assert [one.amount for one in read_payments] == [Decimal("100.00"), Decimal("-40.00")]
    assert found.flags == []


@pytest.mark.parametrize(
    ("told", "reference", "text"),
    [
        (remittance("2345676"), "2345676", None),
        (remittance("2345676", typed=""), "2345676", None),
        (remittance("2345676", typed="<Prtry>ISR</Prtry>"), "2345676", None),
        (remittance("2345676", text="Takk"), "2345676", "Takk"),
        (remittance("PO-17", typed="<Cd>PUOR</Cd>"), None, "PO-17"),
        (remittance("1", typed="") + remittance("2345676"), "2345676", None),
        (remittance("2345676") * 3, "2345676", None),
        (remittance(text="Faktura 17,") + remittance(text="takk"), None, "Faktura 17, takk"),
        ("<Strd><RfrdDocInf><Nb>17</Nb></RfrdDocInf><AddtlRmtInf>hei</AddtlRmtInf></Strd>", None, "17 hei"),
        ("<Strd><RfrdDocInf><Nb>17</Nb></RfrdDocInf></Strd>", None, "17"),
        (remittance(text="SCOR"), None, "SCOR"),
        ("", None, None),
    ],
)
def test_a_reference_is_the_creditors_own_and_the_rest_is_text(
    tmp_path: Path, told: str, reference: str | None, text: str | None
) -> None:
    _, (payment,) = read_entries(tmp_path, entry("100.00", transaction(told=told)))
    assert (payment.reference, payment.text, payment.parts) == (reference, text, ())


def test_several_references_are_parts_that_must_make_the_amount(tmp_path: Path) -> None:
    told = remittance("2345676", amount="60.00") + remittance("0044555258", amount="40.00")
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction(told=told)))
    assert (payment.reference, found.flags) == (None, [])
    assert payment.parts == (Part("2345676", Decimal("60.00")), Part("0044555258", Decimal("40.00")))
    wrong, _ = read_entries(tmp_path, entry("90.00", transaction("90.00", told=told)))
    assert wrong.flags == ["entry 1 (line 4), transaction 1: is of 90.00, but its references make 100.00"]


def test_several_references_in_one_block_are_parts_too(tmp_path: Path) -> None:
    kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
    both = "".join(f"<CdtrRefInf>{kind}<Ref>{one}</Ref></CdtrRefInf>" for one in ("2345676", "0044555258"))
    _, (payment,) = read_entries(tmp_path, entry("100.00", transaction(told=f"<Strd>{both}</Strd>")))
    assert (payment.reference, payment.parts) == (None, (Part("2345676", None), Part("0044555258", None)))


@pytest.mark.parametrize(
    ("told", "of_bank", "on_entry", "text"),
    [
        ("", "", "Innbetaling KID 2345676", "Innbetaling KID 2345676"),
        ("", "Giro 17", "Innbetaling KID 2345676", "Giro 17 Innbetaling KID 2345676"),
        (remittance(text="Takk"), "", "Faktura 17", "Takk Faktura 17"),
        (remittance(text="Faktura 17, takk"), "Faktura 17", "Faktura 17", "Faktura 17, takk"),
        (remittance("2345676"), "", "Giro", None),  # the reference says it all
    ],
)
def test_words_beside_a_transaction_are_kept_where_it_has_no_reference(
    tmp_path: Path, told: str, of_bank: str, on_entry: str, text: str | None
) -> None:
    one = transaction(told=told, more=f"<AddtlTxInf>{of_bank}</AddtlTxInf>" if of_bank else "")
    information = f"<AddtlNtryInf>{on_entry}</AddtlNtryInf>"
    plain = read_entries(tmp_path, entry("100.00", transaction(told=told), bank_reference=""))[1]
    _, (payment,) = read_entries(tmp_path, entry("100.00", one, more=information))
    assert payment.text == text
    _, (nameless,) = read_entries(
        tmp_path, entry("100.00", transaction(told=told), more=information, bank_reference="")
    )
    assert nameless.provider_id == plain[0].provider_id  # the same payment, whatever else the bank adds
    batch = [transaction("50.00", told=told), transaction("50.00", told=told)]
    _, several = read_entries(tmp_path, entry("100.00", *batch, more=information))
    assert not any(on_entry in (each.text or "") for each in several if on_entry not in told)  # it is of them all


@pytest.mark.parametrize(
    ("number", "told", "reference"),
    [
        ("006402710013", "", "006402710013"),
        ("006402710014", "", None),  # does not hold
        ("2345676", "", None),  # too short to be no chance
        ("202611201000000000007", "", None),  # a day in front: the bank's or the payer's own series
        ("006402710013", remittance(text="Takk"), None),  # the payer has said something else
        ("006402710013", remittance("2345676"), "2345676"),
        ("INV-006402710013", "", None),
    ],
)
def test_the_payer_s_own_number_is_a_reference_only_where_it_is_plainly_one(
    tmp_path: Path, number: str, told: str, reference: str | None
) -> None:
    one = transaction(told=told).replace("NOTPROVIDED", number)
    _, (payment,) = read_entries(tmp_path, entry("100.00", one))
    assert payment.reference == reference


@pytest.mark.parametrize("code", ["RRTN", "UPDD"])
def test_a_transaction_may_say_alone_that_money_goes_back(tmp_path: Path, code: str) -> None:
    domain = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>{code}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    found, (payment,) = read_entries(tmp_path, entry("40.00", transaction("40.00", more=domain), indicator="DBIT"))
    assert (payment.amount, found.flags) == (Decimal("-40.00"), [])
    back, nothing = read_entries(tmp_path, entry("40.00", transaction("40.00", more=domain)))
    assert (nothing, back.notes) == ([], ("outgoing payments that came back: 1",))


@pytest.mark.parametrize("written", ["100", "100.", "+100.00", "0000000000000100.00", "100.00000"])
def test_amounts_are_read_as_xml_may_write_them(tmp_path: Path, written: str) -> None:
    found, (payment,) = read_entries(tmp_path, entry(written, transaction(written)))
    assert (payment.amount, found.flags) == (Decimal("100.00"), [])
    assert read_entries(tmp_path, entry(".05", transaction(".05")))[1][0].amount == Decimal("0.05")


@pytest.mark.parametrize(
    "written", ["1e2", "1_00.00", "1 00.00", "100,00", "-100.00", "100.005", "", ".", "+", "NaN", "\u0661\u0660"]
)
def test_numbers_that_no_bank_writes_are_no_amounts(tmp_path: Path, written: str) -> None:
    found, read_payments = read_entries(tmp_path, entry(written, transaction(written)))
    assert (read_payments, len(found.flags)) == ([], 1)


@pytest.mark.parametrize("namespace", ["urn:swift:xsd:$camt.053.001.02", "ISO:camt.053.001.02:APC:STUZZA:payments:003"])
def test_other_banks_names_of_the_same_message_are_known(tmp_path: Path, namespace: str) -> None:
    written = message(statement(entry("100.00", transaction(), status="BOOK"), name="Stmt"), kind="053", version="02")
    found, read_payments = read(tmp_path, written.replace("urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", namespace))
    assert (len(read_payments), found.flags) == (1, [])


@pytest.mark.parametrize(
    ("namespace", "told"),
    [
        (' xmlns="urn:x:camt.054.001.01"', "its namespace is urn:x:camt.054.001.01"),
        ("", "it has no namespace"),
    ],
)
def test_a_message_of_no_version_that_is_read_is_refused_with_what_it_says(
    tmp_path: Path, namespace: str, told: str
) -> None:
    written = message(statement()).replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"', namespace)
    found, _ = read(tmp_path, written)
    assert found.flags == [f"is no camt.054 of version .001.02 or later: {told}"]


@pytest.mark.parametrize(
    "prepared",
    [
        lambda text: text.replace("<Ntry>", "<!-- a --><Ntry><!-- b -->").replace("<Amt", "<!-- c --><Amt").encode(),
        lambda text: ("\n" + text).encode("utf-8-sig"),
        lambda text: text.partition("?>")[2].encode(),
        lambda text: text.replace("UTF-8", "windows-1252").encode("cp1252"),
    ],
    ids=["comments", "mark and blank line", "no declaration", "Windows"],
)
def test_what_stands_around_the_elements_does_not_matter(tmp_path: Path, prepared: object) -> None:
    assert callable(prepared)
    found, (payment,) = read(tmp_path, prepared(message(statement(entry("100.00", transaction())))))
    assert (payment.amount, payment.reference, found.flags) == (Decimal("100.00"), "2345676", [])


def test_a_report_of_a_day_that_goes_on_is_refused_with_what_to_import(tmp_path: Path) -> None:
    report = message(statement(entry("100.00", transaction()), name="Rpt")).replace("camt.054", "camt.052")
    found, _ = read(tmp_path, report.replace("BkToCstmrDbtCdtNtfctn", "BkToCstmrAcctRpt"))
    assert found.flags == ["is a camt.052, a report of a day that goes on: import the account's camt.053 or camt.054"]


@pytest.mark.parametrize(
    ("account", "ours"),
    [
        (f"<IBAN>{IBAN}</IBAN>", ACCOUNT),
        ("<IBAN>NO93 8601 1117 947</IBAN>", ACCOUNT),
        (f"<Othr><Id>{ACCOUNT}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr>", ACCOUNT),
        ("<Othr><Id>8601.11.17947</Id></Othr>", ACCOUNT),
        ("<IBAN>SE3550000000054910000003</IBAN>", "SE3550000000054910000003"),
    ],
)
def test_accounts_are_written_as_the_ledger_writes_them(tmp_path: Path, account: str, ours: str) -> None:
    found, (payment,) = read(
        tmp_path, message(statement(entry("100.00", transaction(account=account)), account=account))
    )
    assert (payment.account, payment.debit_account, found.accounts) == (ours, ours, (ours,))


def test_the_same_transaction_has_the_same_id_in_another_message_and_in_the_statement(tmp_path: Path) -> None:
    one = entry("100.00", transaction(bank_reference="T1")) + entry("7.00", transaction("7.00"), bank_reference="E2")
    first = read(tmp_path, message(statement(one)))[1]
    again = read(tmp_path, message(statement(one), message_id="M2"))[1]
    as_statement = read(tmp_path, message(statement(one, name="Stmt"), kind="053", version="02"))[1]
    without_details = read_entries(tmp_path, entry("7.00", bank_reference="E2"))[1]
    assert [one.provider_id for one in first] == [one.provider_id for one in again]
    assert [one.provider_id for one in first] == [one.provider_id for one in as_statement]
    assert first[1].provider_id == without_details[0].provider_id


def test_equal_payments_have_different_ids_and_only_a_repeated_bank_reference_is_flagged(tmp_path: Path) -> None:
    batch = entry("200.00", transaction(), transaction(), batch=2)
    nameless = entry("100.00", transaction(), bank_reference="") * 2
    found, read_payments = read_entries(tmp_path, batch, nameless)
    assert found.flags == []
    assert len({one.provider_id for one in read_payments}) == 4
    twice, _ = read_entries(tmp_path, batch, batch)
    assert len(twice.flags) == 1
    assert twice.flags[0].endswith("has the bank's reference, day and amount of an entry before it")


def test_several_accounts_and_currencies_keep_apart(tmp_path: Path) -> None:
    other = "<IBAN>SE3550000000054910000003</IBAN>"
    swedish = statement(entry("9.00", transaction("9.00", currency="SEK"), currency="SEK"), account=other)
    found, read_payments = read(tmp_path, message(statement(entry("100.00", transaction())), swedish))
    assert [(one.account, one.currency) for one in read_payments] == [
        (ACCOUNT, "NOK"),
        ("SE3550000000054910000003", "SEK"),
    ]
    assert (found.totals, found.flags) == ({"NOK": Decimal("100.00"), "SEK": Decimal("9.00")}, [])


def test_a_payment_in_another_currency_counts_as_what_came_to_the_account(tmp_path: Path) -> None:
    found, (payment,) = read_entries(tmp_path, entry("100.00", transaction("9.00", currency="EUR")))
    assert (payment.amount, payment.currency, found.flags) == (Decimal("100.00"), "NOK", [])


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (entry("1,00", transaction()), "has the bad amount '1,00': skipped"),
        (entry("-1.00", transaction()), "has the bad amount '-1.00': skipped"),
        (entry("1.005", transaction("1.005")), "has the bad amount '1.005': skipped"),
        (entry("1.00", transaction("1.00"), day="<Dt>2026-13-01</Dt>"), "has no booking date: skipped"),
        (entry("1.00", transaction("1.00"), currency=""), "has an amount without its currency: skipped"),
        (entry("1.00", transaction("1.00"), indicator="both"), "says neither CRDT nor DBIT: skipped"),
        (entry("1.00", transaction("1,00")), "transaction 1: has the bad amount '1,00': skipped"),
        (entry("1.00", transaction("1.00", indicator="x")), "transaction 1: says neither CRDT nor DBIT: skipped"),
        (entry("3.00", transaction(None), transaction("2.00")), "transaction 1: has no amount: skipped"),
        (entry("3.00", transaction("x"), transaction("2.00")), "transaction 1: has the bad amount 'x': skipped"),
    ],
)
def test_a_bad_entry_is_flagged_with_its_place_and_hides_no_other(tmp_path: Path, bad: str, fault: str) -> None:
    good = entry("100.00", transaction(), bank_reference="E9")
    found, read_payments = read_entries(tmp_path, bad, good)
    assert Decimal("100.00") in [one.amount for one in read_payments]
    assert found.flags[0].startswith("entry 1 (line 4)")
    assert found.flags[0].endswith(fault)


def test_what_was_whole_before_the_xml_breaks_is_given(tmp_path: Path) -> None:
    written = message(
        statement(entry("100.00", transaction()), entry("7.00", transaction("7.00"), bank_reference="E2"))
    )
    found, read_payments = read(tmp_path, written[: written.rindex("<RmtInf>")])
    assert [one.amount for one in read_payments] == [Decimal("100.00")]
    assert len(found.flags) == 1
    assert "the XML is broken" in found.flags[0]
    assert found.flags[0].startswith("line ")


@pytest.mark.parametrize(
    "written",
    [
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>',
        "<Document",
        "<Invoice/>",
        message(statement(), version="01"),
        message(statement()).replace("camt.054", "camt.052"),
        "\ufeff",
        "",
    ],
)
def test_what_is_no_such_message_is_one_flag(tmp_path: Path, written: str) -> None:
    found, read_payments = read(tmp_path, written)
    assert (found.format, read_payments, len(found.flags)) == (None, [], 1)


def test_a_message_of_a_later_version_with_the_same_shape_is_read(tmp_path: Path) -> None:
    found, read_payments = read(tmp_path, message(statement(entry("100.00", transaction())), version="13"))
    assert (len(read_payments), found.flags) == (1, [])


def test_entities_and_depth_are_bounded(tmp_path: Path) -> None:
    deep = message(statement(entry("100.00", transaction(), more="<x>" * 300 + "</x>" * 300)))
    found, _ = read(tmp_path, deep)
    assert "the XML is broken" in found.flags[0]


@given(
    st.lists(st.lists(st.integers(1, 10**7), min_size=1, max_size=5), min_size=1, max_size=8),
    st.integers(0, 2000),
    st.binary(max_size=20),
)
def test_totals_agree_with_payments_and_no_damage_makes_it_fall(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], at: int, noise: bytes
) -> None:
    folder = tmp_path_factory.mktemp("camt")
    entries = [
        entry(
            f"{sum(batch) * Decimal('0.01'):.2f}",
            *(transaction(f"{ore * Decimal('0.01'):.2f}") for ore in batch),
            bank_reference=f"E{number}",
        )
        for number, batch in enumerate(batches)
    ]
    whole = message(statement(*entries))
    found, read_payments = read(folder, whole)
    assert found.flags == []
    assert [int(one.amount * 100) for one in read_payments] == [ore for batch in batches for ore in batch]
    assert len({one.provider_id for one in read_payments}) == found.transactions
    assert found.total == sum(one.amount for one in read_payments)
    damaged, damaged_payments = read(folder, whole[:at].encode() + noise + whole[at + len(noise) :].encode())
    assert damaged.transactions == len(damaged_payments)
    assert sum((one.amount for one in damaged_payments), Decimal(0)) == sum(damaged.totals.values())


# --- Sweden and Finland -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "number", "account"),
    [("BGNR", "991-2346", "9912346"), ("BGNR", "50501055", "50501055"), ("PGNR", "1234566", "123456-6")],
)
def test_a_swedish_batch_of_a_giro_number_is_one_payment_for_each_payer(
    tmp_path: Path, scheme: str, number: str, account: str
) -> None:
    of_invoice = "<RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>1001</Nb></RfrdDocInf>"
    told = [
        ("100.00", remittance("123463", typed="")),
        ("50.00", remittance("1234567806", typed="<Prtry>OCR</Prtry>")),
        ("25.00", f"<Strd>{of_invoice}</Strd><Strd><AddtlRmtInf>Tack</AddtlRmtInf></Strd>"),
        ("5.00", "<Ustrd>Faktura 1002</Ustrd><Ustrd>och 1003</Ustrd>"),
    ]
    payers = [
        transaction(amount, told=words, bank_reference=f"T{n}", currency="SEK")
        for n, (amount, words) in enumerate(told)
    ]
    giro = f"<Othr><Id>{number}</Id><SchmeNm><Prtry>{scheme}</Prtry></SchmeNm></Othr>"
    batch = entry("180.00", *payers, batch=4, currency="SEK")
    later = transaction("7.00", currency="SEK")
    pending = entry("7.00", later, status="<Cd>PDNG</Cd>", bank_reference="E2", currency="SEK")
    found, read_ = read(tmp_path, message(statement(batch, pending, account=giro)))
    assert (found.flags, found.totals, found.accounts) == ([], {"SEK": Decimal("180.00")}, (account,))
    assert [(one.reference, one.text) for one in read_] == [
        ("123463", None),
        ("1234567806", None),
        (None, "1001 Tack"),
        (None, "Faktura 1002 och 1003"),
    ]
    assert {one.account for one in read_} == {account}


@pytest.mark.parametrize(("account", "day"), [("FI2112345600000785", 20), ("SE4550000000058398257466", 19), (IBAN, 19)])
def test_a_time_in_utc_is_a_day_of_the_bank_that_has_the_account(tmp_path: Path, account: str, day: int) -> None:
    late = entry("100.00", transaction(), day="<DtTm>2026-11-19T22:30:00Z</DtTm>")
    (one,) = read(tmp_path, message(statement(late, account=f"<IBAN>{account}</IBAN>")))[1]
    assert one.booked_on == date(2026, 11, day)
