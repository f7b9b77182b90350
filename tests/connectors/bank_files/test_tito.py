"""TITO statements: money in is paid once, reference payments are left to their own file, and balances and sums agree."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.bank_files.bank_file import BankFile, BankPayment
from connectors.bank_files.reader import examine, payments
from tests.connectors.bank_files import test_ktl as ktl

ACCOUNT, IBAN = "12345600000785", "FI2112345600000785"
KINDS = {"1": "+", "2": "-", "3": "-", "4": "+", "9": "+"}


def head(opening: int = 0, *, entries: int = 0, iban: str = f"{IBAN} OKOYFIHH", currency: str = "EUR") -> str:
    balance = f"{'+' if opening >= 0 else '-'}{abs(opening):018}"
    return (
        f"T00322100{ACCOUNT}047261120261120261121{'0630':>4}{'12345678':<17}261119{balance}{entries:06}{currency}"
        f"{'KÄYTTÖTILI':<30}{0:018}{'ACME OY':<35}{'':40}{'':40}{'':30}{iban:<30}"
    )


def entry(
    cents: int = 4900,
    *,
    kind: str = "1",
    code: str = "700",
    sign: str = "",
    archive: str = "2611201234567890AB",
    name: str = "M[KI LIISA",
    reference: str = "",
    level: str = "0",
    booked: str = "261120",
    paid: str = "261119",
) -> str:
    return (
        f"T10188{1:06}{archive:<18}{booked}{booked}{paid}{kind}{code}{'PANO':<35}{sign or KINDS[kind]}{cents:018}"
        f" J{name:<35}J{'':14} {reference:0>20}{'':8}{level}"
    )


def more(kind: str, told: str) -> str:
    return f"T11{8 + len(told):03}{kind}{told}"


def balance(cents: int, day: str = "261120") -> str:
    money = f"{'+' if cents >= 0 else '-'}{abs(cents):018}"
    return f"T40050{day}{money}{money}"


def sums(ins: list[int], outs: list[int], day: str = "261120") -> str:
    return f"T500671{day}{len(ins):08}+{sum(ins):018}{len(outs):08}-{sum(outs):018}"


def read(
    folder: Path, *records: str, end: str = "\r\n", encoding: str = "latin-1"
) -> tuple[BankFile, list[BankPayment]]:
    path = folder / "tito"
    path.write_bytes("".join(f"{record}{end}" for record in records).encode(encoding))
    return examine(path), list(payments(path))


def test_a_payment_is_read_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    sepa = (
        f"{'RF341234561':<35}{'FI1410093000123458':<35}{'NDEAFIHH':<35}{'ACME OY':<70}{'MÄKI LIISA MARIA':<70}{'':70}"
    )
    found, (one,) = read(
        tmp_path, head(100), entry(), more("00", f"{'LASKU 1001':<35}{'KIITOS':<35}"), more("11", sepa), balance(5000)
    )
    assert (found.format, found.flags, found.notes, found.total) == ("tito", [], (), Decimal("49.00"))
    assert (found.accounts, found.imported_through) == ((IBAN,), {IBAN: date(2026, 11, 20)})
    assert one == BankPayment(
        provider_id=f"tito/{IBAN}/2026-11-20/2611201234567890AB/RF341234561/49.00EUR",
        reference="RF341234561",
        amount=Decimal("49.00"),
        currency="EUR",
        booked_on=date(2026, 11, 19),
        type="700",
        account=IBAN,
        debit_account="FI1410093000123458",
        text="LASKU 1001 KIITOS",
        payer_name="MÄKI LIISA MARIA",
    )


def test_reference_payments_are_left_to_the_ktl_file_with_all_below_their_total(tmp_path: Path) -> None:
    found, read_ = read(
        tmp_path,
        head(),
        entry(9900, code="705", name="", archive="TOTAL"),
        more("01", "00000002"),
        entry(4900, code="705", reference="13013", level="1", archive="A1"),
        entry(5000, code="710", reference="12344", level="1", archive="A2"),
        entry(100, reference="11112", archive="A3"),
        balance(10000),
        sums([9900, 100], []),
    )
    assert (found.flags, [one.reference for one in read_]) == ([], ["11112"])
    assert found.notes == ("sums of reference payments, which the KTL file has one by one: 2",)
    assert found.source == "tito"


def test_a_total_is_told_by_the_entries_below_it(tmp_path: Path) -> None:
    below = [entry(4900, level="1", archive="A1"), entry(5000, level="1", archive="A2")]
    found, read_ = read(tmp_path, head(), entry(9900, archive="T"), *below, balance(9900), sums([9900], []))
    assert (found.flags, [one.amount for one in read_]) == ([], [Decimal("49.00"), Decimal("50.00")])
    found, _ = read(tmp_path, head(), entry(9901, archive="T"), *below, balance(9901))
    assert found.flags == ["line 2: is of 99.01, but the entries below it make 99.00"]


def test_outgoing_money_is_left_out_and_a_correction_takes_a_payment_back(tmp_path: Path) -> None:
    found, read_ = read(
        tmp_path,
        head(),
        entry(archive="A1", reference="13013"),
        entry(2000, kind="2", archive="A2"),
        entry(kind="3", archive="A3", reference="13013"),
        more("04", "A1"),
        entry(500, kind="4", archive="A4"),
        entry(700, kind="9", archive="A5"),
        balance(-1500),
    )
    assert found.flags == []
    assert [one.amount for one in read_] == [Decimal("49.00"), Decimal("-49.00")]
    assert [one.return_reason for one in read_] == [None, "corrected by the bank"]
    assert found.notes == ("outgoing payments: 1", "outgoing payments that came back: 1", "rejected entries: 1")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([head(), entry(), balance(4901)], "says a balance of 49.01, but its entries make 49.00"),
        ([head(-100), entry(), balance(4900)], "says a balance of 49.00, but its entries make 48.00"),
        ([head(), entry()], "has no balance (T40): it is cut short"),
        ([head(entries=2), entry(), balance(4900)], "says 2 records, but holds 3, of which 1 are entries"),
        (
            [head(), entry(), balance(4900), sums([4900, 100], [])],
            "says 2 entries of 2026-11-20, but the statement holds 1",
        ),
        ([head(), entry(), balance(4900), sums([4800], [])], "make 48.00, but they make 49.00"),
        ([head(), entry(sign="-"), balance(0)], "is of type 1, but its amount has the sign -"),
        ([head(), entry(booked="269999"), balance(0)], "is a bad entry (T10)"),
        ([head(), more("00", "X"), balance(0)], "tells more (T11) of no entry"),
        ([head(), "T99010XX", balance(0)], "unknown type T99"),
        ([head(), "garbage", balance(0)], "starts with no type of a record"),
        (
            [head(), entry(), entry(), balance(9800)],
            "has the archive number, day, reference and amount of one before it",
        ),
    ],
)
def test_what_contradicts_itself_is_flagged_in_words(tmp_path: Path, records: list[str], words: str) -> None:
    found, _ = read(tmp_path, *records)
    assert any(words in flag for flag in found.flags), found.flags


def test_lines_may_end_in_any_way_be_cut_of_blanks_or_not_end_at_all(tmp_path: Path) -> None:
    records = [head(), entry(), more("00", f"{'KIITOS':<35}"), balance(4900)]
    expected = read(tmp_path, *records)
    assert expected[0].flags == []
    for end in ("\n", "\r", ""):
        found, read_ = read(tmp_path, *records, end=end)
        assert (found.flags, read_) == ([], expected[1])
    assert read(tmp_path, *(record.rstrip() for record in records))[1] == expected[1]


def test_an_account_without_its_iban_is_known_by_its_machine_form(tmp_path: Path) -> None:
    found, (one,) = read(tmp_path, head(iban=""), entry(), balance(4900))
    assert (one.account, found.flags) == (IBAN, [])


def test_several_statements_stand_in_one_file(tmp_path: Path) -> None:
    one = [head(), entry(), balance(4900)]
    other = [head(4900), entry(100, archive="B", booked="261121"), balance(5000, "261121")]
    found, read_ = read(tmp_path, *one, *other)
    assert (found.flags, len(read_), found.imported_through) == ([], 2, {IBAN: date(2026, 11, 21)})


def test_reference_payments_that_stand_here_one_by_one_are_the_same_as_in_the_ktl_file(tmp_path: Path) -> None:
    one = entry(4900, code="705", reference="13013", archive="262611201234567890")
    found, (here,) = read(tmp_path, head(entries=3), one, balance(4900))
    _, (there,) = ktl.read(tmp_path, ktl.a_batch(ktl.payment(4900, reference="13013", archive="2611201234567890")))
    assert found.flags == []
    assert (here.provider_id, here.reference) == (there.provider_id, "13013")


def test_a_reference_may_stand_in_the_payers_text_and_a_long_record_keeps_its_level(tmp_path: Path) -> None:
    below = [entry(4900, level="1", archive="A1")[:-9] + "000" + " " * 8 + "1", entry(100, level="1", archive="A2")]
    found, read_ = read(
        tmp_path, head(), entry(5000, archive="T"), *below, more("06", "00000000000000013013"), balance(5000)
    )
    assert found.flags == []
    assert [one.reference for one in read_] == [None, "13013"]
