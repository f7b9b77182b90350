"""CSV files of invoices, and files and folders that hold something else."""

from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.invoice_files.csv_file import read_csv
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from connectors.invoice_files.report import import_report
from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice

HEADER = "number,issue_date,due_date,amount,currency,reference,debtor_name,debtor_email,debtor_address_1,debtor_city"
ROW = "1001,2026-11-02,2026-11-16,802.00,NOK,2345676,Kari Nordmann,kari@example.no,Storgata 1,Oslo"


def read(folder: Path, *lines: str, encoding: str = "utf-8") -> list[ReadInvoice]:
    path = folder / "invoices.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return list(read_csv(path))


def only_model(read_invoices: list[ReadInvoice]) -> IncomingInvoice:
    (one,) = read_invoices
    assert isinstance(one.model, IncomingInvoice), one.reason
    return one.model


def test_a_row_is_an_invoice(tmp_path: Path) -> None:
    invoice = only_model(read(tmp_path, HEADER, ROW))
    assert (invoice.number, invoice.amount, invoice.reference) == ("1001", Decimal("802.00"), "2345676")
    assert (invoice.debtor.name, invoice.debtor.address_lines, invoice.debtor.city) == (
        "Kari Nordmann",
        ("Storgata 1",),
        "Oslo",
    )


def test_a_row_tells_whose_child_a_business_is(tmp_path: Path) -> None:
    header = f"{HEADER},debtor_kind,debtor_parent,debtor_parent_pays,debtor_parent_written_to"
    parent = only_model(read(tmp_path, header, f"{ROW},business,K-2000,yes,")).debtor.parent
    assert parent is not None
    assert (parent.customer_number, parent.pays, parent.written_to) == ("K-2000", True, False)
    reasons = {
        "business,,yes,": "debtor_parent is missing",
        "business,K-2000,ja,": "debtor_parent_pays is neither yes nor no",
        "consumer,K-2000,,": "parent and child are businesses",
    }
    for cells, reason in reasons.items():
        (row,) = read(tmp_path, header, f"{ROW},{cells}")
        assert reason in (row.reason or "")


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_any_delimiter_and_encoding_is_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    row = ROW.replace("Kari", "Åse").replace(",", delimiter)
    path = tmp_path / "invoices"
    path.write_bytes(f"{HEADER.replace(',', delimiter)}\r\n{row}\r\n".encode(encoding))
    assert only_model(list(read_invoices([path]))).debtor.name == "Åse Nordmann"


def test_a_bad_row_is_rejected_alone_with_its_line(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER, ROW, ROW.replace("NOK", "kroner"), "", ROW.replace("1001", "1002"))
    assert [(row.place, row.number, row.model is not None) for row in rows] == [
        ("line 2", "1001", True),
        ("line 3", "1001", False),
        ("line 5", "1002", True),
    ]
    assert rows[1].reason is not None
    assert rows[1].reason.startswith("currency")


@pytest.mark.parametrize(
    "bad",
    [
        '1001,"2026-11-02,2026-11-16,802.00,NOK,2345676,Kari,k@example.no,Storgata 1,Oslo',
        ROW + ",more",
        "1001,2026-11-02",
        ROW.replace("802.00", "-802.00"),
        ROW.replace("802.00", "0"),
        ROW.replace("802.00", ""),
        ROW.replace("Kari Nordmann", ""),
        ROW.replace("Kari", "Ka\x00ri"),
        "x" * 1_500_000,
    ],
)
def test_a_broken_row_does_not_take_its_neighbours_along(tmp_path: Path, bad: str) -> None:
    rows = read(tmp_path, HEADER, ROW, bad, ROW)
    assert [row.model is not None for row in rows] == [True, False, True]
    assert rows[1].place == "line 3"


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("802,50", "802.50"),
        ("802,5", "802.50"),
        ("1 802,50", "1802.50"),
        ("1\u00a0802,50", "1802.50"),
        ("1.802,50", "1802.50"),
        ("1,802.50", "1802.50"),
        ("1802", "1802.00"),
    ],
)
def test_a_decimal_comma_is_read_where_nothing_else_can_be_meant(tmp_path: Path, written: str, amount: str) -> None:
    rows = read(tmp_path, HEADER.replace(",", ";"), ROW.replace(",", ";").replace("802.00", written))
    assert only_model(rows).amount == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    [
        "1,802",
        "1.802",
        "1,80,2",
        "1 80,2",
        "12 34",
        "1e",
        "1.802,505",
        "1e3",
        "1.23E+03",
        "1_000.00",
        "0x10",
        "NaN",
        "١٢",
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_is_rejected(tmp_path: Path, written: str) -> None:
    (row,) = read(tmp_path, HEADER.replace(",", ";"), ROW.replace(",", ";").replace("802.00", written))
    assert row.model is None


@given(st.decimals("0.01", "99999999.99", places=2))
def test_any_amount_is_read_alike_with_a_point_and_with_a_comma(
    tmp_path_factory: pytest.TempPathFactory, amount: Decimal
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    written = [str(amount), str(amount).replace(".", ","), f"{amount:,}".replace(",", " ").replace(".", ",")]
    rows = [ROW.replace(",", ";").replace("802.00", text) for text in written]
    read_amounts = [row.model and row.model.amount for row in read(folder, HEADER.replace(",", ";"), *rows)]
    assert read_amounts == [amount] * 3


def test_a_credit_note_row_leaves_out_what_only_invoices_have(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        f"kind,invoice_number,{HEADER}",
        f"credit_note,1001,{ROW.replace('1001', 'K-1')}",
        f"invoice,,{ROW}",
    )
    assert isinstance(rows[0].model, IncomingCreditNote), rows[0].reason
    assert (rows[0].model.number, rows[0].model.invoice_number) == ("K-1", "1001")
    assert isinstance(rows[1].model, IncomingInvoice), rows[1].reason


def test_an_invoice_row_that_names_a_credited_invoice_is_rejected(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f"invoice_number,{HEADER}", f"1000,{ROW}")
    assert row.reason == "invoice_number is not a known field"


def test_an_unknown_column_is_ignored_with_a_warning(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f"{HEADER},shoe_size", f"{ROW},42")
    assert row.model is not None
    assert row.warnings == ("column shoe_size is not known: ignored",)


@pytest.mark.parametrize("header", ["a,b,c", "number,number,amount"])
def test_a_file_without_a_fit_header_line_is_rejected_whole(tmp_path: Path, header: str) -> None:
    (row,) = read(tmp_path, header, ROW)
    assert (row.model, row.place) == (None, "line 1")


def test_files_of_unknown_content_give_one_rejected_entry_each(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "noise.xml").write_bytes(bytes(range(256)))
    (tmp_path / "empty.csv").touch()
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "good.txt").write_text(f"{HEADER}\n{ROW}\n")
    report = import_report(read_invoices([tmp_path, tmp_path / "missing.csv"]))
    assert (report["accepted"], report["rejected"]) == (1, 3)
    assert [(Path(entry["file"]).name, entry["kind"], entry["reason"] is None) for entry in report["invoices"]] == [
        ("empty.csv", None, False),
        ("good.txt", "invoice", True),
        ("noise.xml", None, False),
        ("missing.csv", None, False),
    ]


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_the_reader_fall(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "file"
    for start in (b"", b"<", b"{", b"[", f"{HEADER}\n{ROW}\n".encode()):
        path.write_bytes(start + noise)
        assert import_report(read_invoices([path]))["invoices"]


def test_what_was_sent_before_stands_in_one_cell(tmp_path: Path) -> None:
    cell = "invoice email 2026-11-02 | reminder letter 2026-12-01 fee 35,00 deadline 2026-12-15"
    (sent, reminded) = only_model(
        read(tmp_path, f"{HEADER};already_sent".replace(",", ";"), f"{ROW};{cell}".replace(ROW, ROW.replace(",", ";")))
    ).already_sent
    assert (sent.kind, sent.channel, str(sent.date), sent.fee, sent.deadline) == (
        "invoice", "email", "2026-11-02", 0, None,
    )  # fmt: skip
    assert (reminded.kind, reminded.fee, str(reminded.deadline)) == ("reminder", Decimal("35.00"), "2026-12-15")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("reminder letter", "is not a message: tell its kind, channel and date"),
        ("reminder letter 2026-12-01 fee", "is not a message"),
        ("reminder letter 2026-12-01 cost 35.00", "is not a message"),
        ("reminder letter yesterday", "already_sent.0.date is not a date"),
        ("reminder pigeon 2026-12-01", "already_sent.0.channel is neither 'email' nor 'sms'"),
        ("reminder letter 2026-11-01", "already_sent 2026-11-01 is before issue_date"),
        ("reminder letter 2026-11-16 fee 35.00", "has a fee, but due_date is 2026-11-16"),
        ("invoice letter 2026-12-01 fee 35.00", "the invoice bears none"),
        ("collection-notice letter 2026-12-01", "a collection-notice gave one"),
        ("reminder letter 2026-12-01 deadline 2026-11-30", "deadline 2026-11-30 is before date"),
    ],
)
def test_what_was_sent_before_is_refused_where_it_makes_no_sense(tmp_path: Path, cell: str, why: str) -> None:
    (row,) = read(tmp_path, f"{HEADER},already_sent", f"{ROW},{cell}")
    assert why in (row.reason or "")


def test_what_windows_writes_is_read_as_windows_writes_it(tmp_path: Path) -> None:
    row = ROW.replace("Kari Nordmann", "Bar “Nord” \u2013 d\u2019Sør…€")
    assert only_model(read(tmp_path, HEADER, row, encoding="cp1252")).debtor.name == "Bar “Nord” \u2013 d\u2019Sør…€"


def test_a_byte_that_is_no_letter_anywhere_is_refused_and_its_neighbours_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    path.write_bytes(f"{HEADER}\n{ROW}\n{ROW.replace('Kari', 'K@ri')}\n".encode().replace(b"K@", b"\x81"))
    assert [row.reason for row in read_csv(path)] == [
        None,
        "debtor_name holds a character that cannot be read; save the file as UTF-8",
    ]


def test_where_nobody_can_tell_the_encoding_of_a_line_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    path.write_bytes(
        f"{HEADER}\n{ROW.replace('Kari', 'Åse')}\n".encode() + ROW.replace("Kari", "Pål").encode("cp1252") + b"\n"
    )
    assert [row.reason for row in read_csv(path)] == [
        "debtor_name holds a character that cannot be read; save the file as UTF-8",
        None,
    ]


@pytest.mark.parametrize("before", ["sep=;", "SEP=;", '"sep=;"', ";;;", ""])
def test_what_a_spreadsheet_puts_around_a_table_is_no_invoice(tmp_path: Path, before: str) -> None:
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join([before, *(line.replace(",", ";") for line in (HEADER, ROW)), ";" * 9, '"";' * 9]))
    invoice = only_model(list(read_invoices([path])))
    assert (invoice.number, invoice.amount) == ("1001", Decimal("802.00"))


@pytest.mark.parametrize("mark", ["\ufeff\ufeff", "\ufeff", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_files_that_were_joined_are_one(tmp_path: Path, encoding: str, mark: str) -> None:
    path = tmp_path / "joined.csv"
    second = ROW.replace("1001", "1002")
    path.write_bytes(f"{mark}{HEADER}\r\n{ROW}\r\n{mark}{HEADER}\r\n{second}\r\n".encode(encoding))
    assert [read.model and read.number for read in read_invoices([path])] == ["1001", "1002"]


def test_a_marked_file_with_one_wrong_letter_is_read_but_for_its_line(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    written = f"\ufeff{HEADER}\n{ROW.replace('Kari', 'K@ri')}\n{ROW}\n".encode().replace(b"@", b"\xe5")
    path.write_bytes(written)
    assert [read.model is not None for read in read_invoices([path])] == [True, True]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("beside", ["", ",", ",,,"])
def test_empty_columns_beside_a_table_are_none_of_it(tmp_path: Path, end: str, beside: str) -> None:
    path = tmp_path / "invoices.csv"
    path.write_text(f"{HEADER.upper()}{end}{ROW}{beside}{end}", newline="")
    assert only_model(list(read_invoices([path]))).number == "1001"
    path.write_text(f"{HEADER}{beside}{end}{ROW}{end}", newline="")
    assert only_model(list(read_invoices([path]))).number == "1001"


def test_a_cell_too_many_that_says_something_is_refused(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER, f"{ROW},,x")
    assert row.model is None


def test_a_separator_in_quotes_parts_nothing(tmp_path: Path) -> None:
    assert (
        only_model(read(tmp_path, HEADER, ROW.replace("Storgata 1", '"Storgata 1; inng. B, 2. etg."'))).number == "1001"
    )


def test_an_archive_and_an_empty_file_say_what_they_are(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("invoices.csv", f"{HEADER}\n{ROW}\n")
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbf")
    zipped, empty = read_invoices([tmp_path])
    assert "ZIP archive" in str(zipped.reason)
    assert empty.reason is not None


def test_cells_that_a_spreadsheet_kept_as_texts_are_those_texts(tmp_path: Path) -> None:
    invoice = only_model(read(tmp_path, HEADER, ROW.replace("1001", '="0101"').replace("2345676", '"=""2345676"""')))
    assert (invoice.number, invoice.reference) == ("0101", "2345676")


def test_a_phone_that_a_spreadsheet_cut_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (row,) = read(tmp_path, f"{HEADER},debtor_phone", f"{ROW},4.79123E+09")
    assert row.model is not None
    assert "debtor_phone is not a phone number in NO: left out" in row.warnings


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (ROW.replace("Kari Nordmann", "K" * 227), "debtor_name has more than 200 characters"),
        (ROW.replace("Storgata 1", "S" * 227), "debtor_address_1 has more than 200 characters"),
        (ROW.replace("1001", "1" * 65), "number has more than 64 characters"),
        (ROW.replace("802.00", ""), "amount is missing"),
        (ROW.replace("802.00", "-1"), "amount is not more than 0"),
        (ROW.replace("2026-11-02", "2026-02-30"), "issue_date is not a day of the calendar"),
        (ROW.replace("2026-11-02", "2026-12-01"), "due_date 2026-11-16 is before issue_date 2026-12-01"),
    ],
)
def test_a_refusal_is_one_fault_in_the_words_of_the_file(tmp_path: Path, written: str, reason: str) -> None:
    (row,) = read(tmp_path, HEADER, written)
    assert row.reason == reason


@pytest.mark.parametrize(
    "written",
    [
        "kari@example.no, to@example.no",
        "kari@example.no; to@example.no",
        "ikke en adresse; kari@example.no",
        "Kari Nordmann <kari@example.no>",
        "kari@example.no; " * 20,
    ],
)
def test_of_several_addresses_the_first_that_is_one_is_used(tmp_path: Path, written: str) -> None:
    row = ROW.replace("kari@example.no", f'"{written}"')
    assert only_model(read(tmp_path, HEADER, row)).debtor.email_address == "kari@example.no"


def test_what_the_buyer_finds_the_invoice_by_has_columns(tmp_path: Path) -> None:
    one = only_model(read(tmp_path, f"{HEADER},order_reference,cost_centre,buyer_contact", f"{ROW},0045,4100,Ola"))
    assert (one.order_reference, one.buyer_reference, one.cost_centre, one.buyer_contact) == (
        "0045",
        None,
        "4100",
        "Ola",
    )


VAT = "line_text,line_amount,net_amount,vat_category,vat_rate,vat_exemption"


def test_a_row_tells_the_vat_of_all_that_it_invoices(tmp_path: Path) -> None:
    invoice = only_model(read(tmp_path, f"{HEADER};{VAT}".replace(",", ";"), f"{ROW},,,,S,25,".replace(",", ";")))
    (line,) = invoice.lines
    assert (line.text, line.amount, line.net, line.vat_category) == ("1001", invoice.amount, Decimal("641.60"), "S")


def test_a_credit_note_tells_the_vat_of_what_it_takes_back(tmp_path: Path) -> None:
    header = "kind,number,invoice_number,issue_date,amount,currency,reason,vat_category,vat_rate"
    (row,) = read(tmp_path, header, 'credit_note,K-77,1001,2026-11-10,"102,00",NOK,Retur,S,2.00')
    assert isinstance(row.model, IncomingCreditNote), row.reason
    (line,) = row.model.lines
    assert (line.text, line.amount, line.net) == ("Retur", Decimal("102.00"), Decimal("100.00"))


def test_rows_of_one_number_are_the_lines_of_one_invoice(tmp_path: Path) -> None:
    other = ROW.replace("1001", "1002", 1)
    rows = read(
        tmp_path, f"{HEADER},{VAT}",
        f"{ROW},Strøm,625.00,500.00,S,25,",
        "1001,,,,,,,,,,Porto,177.00,,E,0,Postloven",
        f"{other},Strøm,802.00,,S,25,",
    )  # fmt: skip
    first, second = (only_model([row]) for row in rows)
    assert [(line.text, line.net, line.vat_category, line.vat_exemption) for line in first.lines] == [
        ("Strøm", Decimal("500.00"), "S", None),
        ("Porto", Decimal("177.00"), "E", "Postloven"),
    ]
    assert (first.number, second.number, [row.place for row in rows]) == ("1001", "1002", ["line 2", "line 4"])


@pytest.mark.parametrize(
    ("row", "more", "reason"),
    [
        ("Strøm,802.00,,S,0,", None, "vat_rate: S is taxed at more than 0 (BR-S-05): give its percent"),
        ("Strøm,,,E,,", None, "vat_exemption: E needs the reason"),
        ("Strøm,,,,25,", None, "vat_category is missing beside vat_rate: S where VAT is in it"),
        ("Strøm,,,X,25,", None, "vat_category is neither"),
        ("Strøm,,,S,tjuefem,", None, "vat_rate is not a number"),
        (
            "Strøm,625.00,,S,25,",
            "1001,,,,,,,,,,Porto,177.00,,Z,25,",
            "line 3: vat_rate: Z bears no VAT, so 25 cannot be",
        ),
        ("Strøm,625.00,,S,25,", "1001,,,,,,,,,,Porto,,,Z,0,", "line_amount in line 3 is missing"),
        (
            "Strøm,625.00,,S,25,",
            "1001,,,,,,,,,,Porto,170.00,,Z,0,",
            "its lines add up to 795.00, and 802.00 is what they",
        ),
        ("Strøm,625.00,,S,25,", "1001,,,803.00,,,,,,,Porto,177.00,,Z,0,", "amount in line 3 is another than in line 2"),
    ],
)
def test_vat_that_cannot_be_is_refused_with_its_line_and_what_to_do(
    tmp_path: Path, row: str, more: str | None, reason: str
) -> None:
    (refused,) = read(tmp_path, f"{HEADER},{VAT}", f"{ROW},{row}", *([more] if more else []))
    assert refused.model is None
    assert (refused.place, reason in (refused.reason or "")) == ("line 2", True), refused.reason


def test_a_broken_row_among_the_lines_of_an_invoice_costs_the_invoice(tmp_path: Path) -> None:
    broken = '1001,,,,,,,,,,"Porto,100.00,,Z,0,'
    rows = read(tmp_path, f"{HEADER},{VAT}", f"{ROW},A,502.00,,S,25,", broken, "1001,,,,,,,,,,C,300.00,,S,25,")
    assert [row.model for row in rows] == [None, None, None]


def test_without_amounts_of_lines_a_number_that_comes_again_is_an_invoice_again(tmp_path: Path) -> None:
    rows = read(tmp_path, f"{HEADER},vat_category,vat_rate", f"{ROW},S,25", f"{ROW},S,25")
    assert [only_model([row]).number for row in rows] == ["1001", "1001"]
