"""BgMax files: sections are held against their deposits, and many references stay many."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank_files.bank_file import BankFile, BankPayment, Part
from connectors.bank_files.reader import examine, payments

BANKGIRO = "9912346"


def payment(
    ore: int, *, reference: str = "65598", code: str = "2", serial: str = "497850277070", sender: str = "3783511"
) -> list[str]:
    return [f"20{sender:>010}{reference:>25}{ore:018}{code}1{serial:>12}0"]


def deduction(ore: int, *, reference: str = "1854", serial: str = "497850277071") -> list[str]:
    return [f"21{'3783511':>010}{reference:<25}{ore:018}21{serial:>12}01"]


def extra(reference: str, ore: int = 0, *, code: str = "22") -> str:
    return f"{code}{'3783511':>010}{reference:>25}{ore:018}21{'497850277070':>12}0"


def section(
    *transactions: list[str], bankgiro: str = BANKGIRO, day: str = "20261120", currency: str = "SEK"
) -> list[str]:
    records = [record for transaction in transactions for record in transaction]
    ore = sum(int(record[37:55]) * {"20": 1, "21": -1}[record[:2]] for record in records if record[:2] in ("20", "21"))
    count = len([record for record in records if record[:2] in ("20", "21")])
    return [
        f"05{bankgiro:>010}{'':10}{currency}",
        *records,
        f"15{'58410000010098232':>035}{day}00036{ore:018}{currency}{count:08} ",
    ]


def a_file(*sections: list[str], mark: str = "P") -> list[str]:
    records = [record for section in sections for record in section]
    counts = [
        len([record for record in records if record[:2] in codes])
        for codes in (("20",), ("21",), ("22", "23"), ("15",))
    ]
    return [f"01{'BGMAX':<20}0120261120173035010331{mark}", *records, "70" + "".join(f"{count:08}" for count in counts)]


def read(
    folder: Path, records: list[str], *, end: str = "\r\n", encoding: str = "latin-1"
) -> tuple[BankFile, list[BankPayment]]:
    path = folder / "bgmax"
    path.write_bytes("".join(f"{record:<80}{end}" for record in records).encode(encoding))
    return examine(path), list(payments(path))


def test_a_payment_is_read_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    records = [
        *payment(100000),
        "25Tack för allt",
        f"26{'Kalles Plåt AB':<35}{'c/o Olle':<35}",
        "27Storgatan 2",
        "28Storåker",
    ]
    found, (read_payment,) = read(tmp_path, a_file(section([*records, "29005500001234"])))
    assert (found.format, found.flags, found.total, found.totals) == (
        "bgmax",
        [],
        Decimal("1000.00"),
        {"SEK": Decimal("1000.00")},
    )
    assert (found.accounts, found.imported_through) == ((BANKGIRO,), {BANKGIRO: date(2026, 11, 20)})
    assert read_payment._replace(provider_id="") == BankPayment(
        provider_id="",
        reference="65598",
        amount=Decimal("1000.00"),
        currency="SEK",
        booked_on=date(2026, 11, 20),
        type="20",
        account=BANKGIRO,
        debit_account="3783511",
        text="Tack för allt",
        payer_name="Kalles Plåt AB",
    )


def test_a_deduction_is_negative_and_in_the_sums(tmp_path: Path) -> None:
    found, read_payments = read(tmp_path, a_file(section(payment(140000), deduction(50000))))
    assert [one.amount for one in read_payments] == [Decimal("1400.00"), Decimal("-500.00")]
    assert (read_payments[1].reference, found.total, found.flags) == ("1854", Decimal("900.00"), [])


def test_several_references_are_parts_and_none_is_taken_for_the_whole(tmp_path: Path) -> None:
    many = [
        *payment(140000, reference="657866 658765", code="3"),
        extra("658765"),
        extra("657965", 900),
        extra("11", 100, code="23"),
    ]
    found, (read_payment,) = read(tmp_path, a_file(section(many)))
    assert found.flags == []
    assert read_payment.reference is None
    assert read_payment.parts == (
        Part("657866", None),
        Part("658765", None),
        Part("657965", Decimal("9.00")),
        Part("11", Decimal("-1.00")),
    )


@pytest.mark.parametrize(
    ("written", "reference", "text"),
    [
        ("KUND 77 FAKTURA 1234", None, "KUND 77 FAKTURA 1234"),
        ("FAKTURA 1234", None, "FAKTURA 1234"),
        ("1234 TACK", None, "1234 TACK"),
        ("HYRA", None, "HYRA"),
        ("F1234", "F1234", None),
        ("65598", "65598", None),
        ("6559-8", "6559-8", None),
        ("", None, None),
        ("0", None, None),
    ],
)
@pytest.mark.parametrize("code", ["0", "2", "3", "4", "5"])
def test_what_a_payer_wrote_where_a_reference_belongs_is_text(
    tmp_path: Path, code: str, written: str, reference: str | None, text: str | None
) -> None:
    found, (read_payment,) = read(tmp_path, a_file(section(payment(123400, reference=written, code=code))))
    assert (read_payment.reference, read_payment.text, read_payment.parts) == (reference, text, ())
    assert (read_payment.amount, found.flags) == (Decimal("1234.00"), [])


def test_words_stand_before_the_rest_of_the_text_and_hide_no_reference_beside_them(tmp_path: Path) -> None:
    told = [*payment(123400, reference="FAKTURA 1234", code="3"), f"25{'Tack':<50}", extra("1234")]
    _, (read_payment,) = read(tmp_path, a_file(section(told)))
    assert (read_payment.reference, read_payment.text, read_payment.parts) == ("1234", "FAKTURA 1234 Tack", ())


def test_a_payment_in_words_is_the_same_as_before_they_were_read_as_words(tmp_path: Path) -> None:
    _, (read_payment,) = read(tmp_path, a_file(section(payment(123400, reference="KUND 77", code="3"))))
    assert read_payment.provider_id == "bgmax/9912346/2026-11-20/497850277070/3783511/KUND,77/1234.00SEK"


def test_several_numbers_with_another_code_are_one_reference_in_groups(tmp_path: Path) -> None:
    _, (read_payment,) = read(tmp_path, a_file(section(payment(100, reference="6559 8", code="2"))))
    assert (read_payment.reference, read_payment.parts) == ("6559 8", ())


@pytest.mark.parametrize("day", ["2026112 ", "+2026112", "2026_1_2", "20261320"])
def test_a_day_that_no_bank_writes_is_none(tmp_path: Path, day: str) -> None:
    found, read_payments = read(tmp_path, a_file(section(payment(100), day=day)))
    assert read_payments == []
    assert any("has no day" in flag for flag in found.flags)


def test_one_extra_reference_alone_is_the_payments_reference(tmp_path: Path) -> None:
    _, (read_payment,) = read(tmp_path, a_file(section([*payment(100, reference=""), extra("658765")])))
    assert (read_payment.reference, read_payment.parts) == ("658765", ())


def test_sections_of_several_accounts_days_and_currencies_keep_apart(tmp_path: Path) -> None:
    other = section(payment(200, serial="2"), bankgiro="1234567", day="20261123", currency="EUR")
    found, read_payments = read(tmp_path, a_file(section(payment(100)), other))
    assert [(one.account, one.currency, one.booked_on.day) for one in read_payments] == [
        (BANKGIRO, "SEK", 20),
        ("1234567", "EUR", 23),
    ]
    assert (found.total, found.totals) == (None, {"SEK": Decimal("1.00"), "EUR": Decimal("2.00")})


def test_wrong_counts_and_sums_are_flagged_with_both_figures(tmp_path: Path) -> None:
    records = a_file(section(payment(100), payment(250, serial="2")))
    records[-2] = records[-2].replace(f"{350:018}SEK{2:08}", f"{351:018}SEK{3:08}")
    records[-1] = "70" + "00000005" + records[-1][10:]
    found, read_payments = read(tmp_path, records)
    assert len(read_payments) == 2
    assert found.flags == [
        "line 5: the deposit says 3 payments, but the file holds 2",
        "line 5: the deposit says a sum of 3.51, but the payments make 3.50",
        "line 6: the file says 5 payments, but it holds 2",
    ]


def test_the_same_payment_has_the_same_id_in_another_file(tmp_path: Path) -> None:
    alone = read(tmp_path, a_file(section(payment(100))))[1]
    beside = read(tmp_path, a_file(section(payment(900, serial="9"), payment(100))))[1]
    assert alone[0].provider_id == beside[1].provider_id != beside[0].provider_id


def test_a_payment_that_stands_twice_is_flagged_and_equal_ones_without_a_number_are_not(tmp_path: Path) -> None:
    twice, read_payments = read(tmp_path, a_file(section(payment(100), payment(100))))
    assert twice.flags == ["line 4: is the same payment as one before it"]
    equal, unnumbered = read(tmp_path, a_file(section(payment(100, serial=""), payment(100, serial=""))))
    assert equal.flags == []
    assert len({one.provider_id for one in [*read_payments, *unnumbered]}) == 4


def test_a_test_file_is_flagged(tmp_path: Path) -> None:
    assert read(tmp_path, a_file(section(payment(100)), mark="T"))[0].flags == ["line 1: is marked as a test file (T)"]


def test_tabs_that_an_editor_put_in_are_taken_out_again(tmp_path: Path) -> None:
    records = a_file(section(payment(100, sender="3783511")))
    records[2] = f"20{'3783511':>010}\t\t{records[2][24:]}"
    (read_payment,) = read(tmp_path, records)[1]
    assert (read_payment.reference, read_payment.amount) == ("65598", Decimal("1.00"))


@pytest.mark.parametrize("damage", ["garbage", "99 what is this", "200000000000" + "x" * 60, "20"])
def test_a_bad_record_is_flagged_with_its_line_and_hides_no_other(tmp_path: Path, damage: str) -> None:
    records = a_file(section(payment(100), payment(250, serial="2"), payment(1, serial="3")))
    records[3] = damage
    found, read_payments = read(tmp_path, records)
    assert [one.amount for one in read_payments] == [Decimal("1.00"), Decimal("0.01")]
    assert found.flags[0].startswith("line 4: ")


def test_a_section_without_its_deposit_has_no_day_and_is_not_booked(tmp_path: Path) -> None:
    records = a_file(section(payment(100)), section(payment(250), bankgiro="1234567"))
    found, read_payments = read(tmp_path, records[:5])
    assert [one.amount for one in read_payments] == [Decimal("1.00")]
    assert (
        "line 5: this section has no day, for its deposit record (15) is bad or missing: its payments are skipped"
        in found.flags
    )
    assert "the end record (70) is missing: the file is cut short" in found.flags


@given(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(["65598", "", "Åsa 12"])), min_size=1, max_size=20))
def test_however_lines_are_broken_the_payments_and_sums_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, given_payments: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("bgmax")
    transactions = [
        [*payment(ore, reference=reference, serial=str(place)), f"26{'Åke Öberg'}"]
        for place, (ore, reference) in enumerate(given_payments, start=1)
    ]
    ways = [
        read(folder, a_file(section(*transactions)), end=end, encoding=encoding)
        for end in ("\n", "\r\n", "\r", "")
        for encoding in ("latin-1", "utf-8", "utf-8-sig")
    ]
    first = ways[0][1]
    for found, read_payments in ways:
        assert found.flags == []
        assert read_payments == first
        assert found.total == sum(ore for ore, _ in given_payments) * Decimal("0.01")


@given(st.binary(max_size=300), st.integers(0, 9))
def test_no_bytes_whatever_make_it_fall(tmp_path_factory: pytest.TempPathFactory, noise: bytes, kept: int) -> None:
    path = tmp_path_factory.mktemp("bgmax") / "noise"
    records = a_file(section(payment(100), payment(250, serial="2")), section(payment(1), bankgiro="1234567"))
    path.write_bytes("\n".join(records[: kept + 1]).encode() + b"\n" + noise)
    found, read_payments = examine(path), list(payments(path))
    assert len(read_payments) == found.transactions
    assert sum((one.amount for one in read_payments), Decimal(0)) == (found.total or 0)
    assert kept >= 8 or found.flags


def test_a_plusgiro_number_has_the_dash_that_tells_it_from_a_bankgiro_number(tmp_path: Path) -> None:
    start, *rest = section(payment(10000), bankgiro="")
    records = a_file([start[:12] + f"{1234566:>010}" + start[22:], *rest])
    found, (one,) = read(tmp_path, records)
    assert (found.flags, one.account, found.accounts) == ([], "123456-6", ("123456-6",))
    assert one.provider_id.startswith("bgmax/1234566/")
