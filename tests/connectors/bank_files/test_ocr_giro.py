"""OCR giro files: good ones agree with another reader, bad ones are flagged and still read."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import netsgiro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank_files.bank_file import BankFile, BankPayment
from connectors.bank_files.reader import examine, payments

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "samples"
SAMPLE = SAMPLES / "ocr" / "ocr_giro_transactions.txt"
needs_samples = pytest.mark.skipif(not SAMPLE.exists(), reason="the sample files are not beside the repository")

ACCOUNT = "99991042764"


def amount(
    sequence: int, ore: int, *, kid: str = "2345676", kind: int = 10, day: str = "201126", sign: str = "0"
) -> list[str]:
    head = f"NY09{kind:02}"
    return [
        f"{head}30{sequence:07}{day}1320101464{sign}{ore:017}{kid:>25}000000",
        f"{head}31{sequence:07}{sequence:010}{sequence:09}0000000{day}99990512341".ljust(80, "0"),
    ]


def assignment(transactions: list[list[str]], *, account: str = ACCOUNT, number: int = 1) -> list[str]:
    records = [record for transaction in transactions for record in transaction]
    ore = sum(int(record[32:49]) for record in records if record[6:8] == "30")
    return [
        f"NY090020001008566{number:07}{account}".ljust(80, "0"),
        *records,
        f"NY090088{len(transactions):08}{len(records) + 2:08}{ore:017}201126201126201126".ljust(80, "0"),
    ]


def a_file(*assignments: list[str]) -> list[str]:
    records = [record for assignment in assignments for record in assignment]
    amounts = [record for record in records if record[6:8] == "30"]
    ore = sum(int(record[32:49]) for record in amounts)
    return [
        "NY000010000080800170031000102".ljust(80, "0"),
        *records,
        f"NY000089{len(amounts):08}{len(records) + 2:08}{ore:017}201126".ljust(80, "0"),
    ]


THREE = [amount(1, 10000), amount(2, 25050), amount(3, 1)]


class Read(NamedTuple):
    """A file as it is found, with its payments."""

    file: BankFile
    payments: list[BankPayment]

    @property
    def flags(self) -> list[str]:
        return self.file.flags

    @property
    def total(self) -> Decimal | None:
        return self.file.total


def read_file(path: Path) -> Read:
    return Read(examine(path), list(payments(path)))


def read(folder: Path, records: list[str], *, end: str = "\n", encoding: str = "latin-1") -> Read:
    path = folder / "payments.txt"
    path.write_bytes("".join(record + end for record in records).encode(encoding))
    return read_file(path)


@needs_samples
def test_the_sample_is_read_as_another_reader_reads_it() -> None:
    ours = read_file(SAMPLE)
    theirs = netsgiro.parse(SAMPLE.read_text("latin-1"))
    transactions = [
        one for part in theirs.assignments for one in part.transactions if isinstance(one, netsgiro.Transaction)
    ]
    assert [(p.reference, p.amount, p.booked_on, int(p.type), p.debit_account, p.text) for p in ours.payments] == [
        (t.kid, t.amount, t.date, int(t.type), t.debit_account, t.text) for t in transactions
    ]
    assert (len(ours.payments), ours.total) == (theirs.get_num_transactions(), theirs.get_total_amount())
    assert ours.flags == []
    assert ours.file.imported_through == {ACCOUNT: date(1992, 1, 20)}


@needs_samples
def test_avtalegiro_mandates_are_no_payments_and_claims_are_flagged() -> None:
    mandates = read_file(SAMPLES / "avtalegiro" / "avtalegiro_agreements.txt")
    assert (mandates.payments, mandates.flags, mandates.file.mandates) == ([], [], 16)
    claims = read_file(SAMPLES / "avtalegiro" / "avtalegiro_payment_request.txt")
    assert claims.payments == []
    assert claims.flags == ["line 2: starts an assignment of service 21, not of payments"]


@given(st.lists(st.tuples(st.integers(1, 10**12), st.integers(10, 17)), min_size=1, max_size=20))
def test_any_amounts_are_read_as_another_reader_reads_them(
    tmp_path_factory: pytest.TempPathFactory, given_payments: list[tuple[int, int]]
) -> None:
    transactions = [
        amount(place, ore, kind=kind, day="201126") for place, (ore, kind) in enumerate(given_payments, start=1)
    ]
    records = a_file(assignment(transactions))
    ours = read(tmp_path_factory.mktemp("ocr"), records)
    assert ours.flags == []
    assert ours.total == netsgiro.parse("\n".join(records)).get_total_amount()
    assert [int(payment.type) for payment in ours.payments] == [kind for _, kind in given_payments]


def test_a_reversal_is_negative_and_does_not_disturb_the_sums(tmp_path: Path) -> None:
    bank_file = read(tmp_path, a_file(assignment([amount(1, 10000), amount(2, 4000, kind=18, sign="-")])))
    assert [payment.amount for payment in bank_file.payments] == [Decimal("100.00"), Decimal("-40.00")]
    assert bank_file.total == Decimal("60.00")
    assert bank_file.flags == []


def test_a_reversal_without_a_minus_sign_is_flagged(tmp_path: Path) -> None:
    bank_file = read(tmp_path, a_file(assignment([amount(1, 10000, kind=18)])))
    assert bank_file.flags == ["line 3: is a reversal (type 18) without a minus sign"]


@pytest.mark.parametrize("kind", range(10, 22))
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_type_of_transaction_is_read_with_its_words(tmp_path: Path, kind: int, end: str) -> None:
    reversal = kind in (18, 20)
    one = amount(1, 10000, kind=kind, sign="-" if reversal else "0")
    words = f"NY09{kind:02}320000001{'Takk for sist':40}".ljust(80, "0")
    for trimmed in (False, True):
        records = a_file(assignment([[*one, words], amount(2, 25050)]))
        found = read(
            tmp_path,
            [record.rstrip("0 ") if trimmed and record[6:8] == "32" else record for record in records],
            end=end,
        )
        assert (found.flags, len(found.payments)) == ([], 2)
        assert (found.payments[0].type, found.payments[0].text) == (str(kind), "Takk for sist")
        assert (found.payments[0].amount, found.payments[0].drawn) == (Decimal(-100 if reversal else 100), kind == 15)


def test_several_transmissions_with_several_assignments_are_one_file(tmp_path: Path) -> None:
    first = a_file(assignment([amount(1, 10000)]), assignment([amount(1, 500)], account="99990512341", number=2))
    second = a_file(assignment([amount(1, 25050)], number=3))
    found = read(tmp_path, [*first, *second])
    assert (found.flags, [one.amount for one in found.payments]) == (
        [],
        [Decimal("100.00"), Decimal("5.00"), Decimal("250.50")],
    )
    assert read(tmp_path, [*first, *second, "", "   "]).payments == found.payments
    assert read(tmp_path, [*first[:-1], *second]).flags == [
        "the end record (type 89) is missing: the file is cut short"
    ]


def test_several_accounts_in_one_file_keep_apart(tmp_path: Path) -> None:
    other = "12345678903"
    later = [amount(1, 500, day="231126")]
    bank_file = read(tmp_path, a_file(assignment(THREE), assignment(later, account=other, number=2)))
    assert [payment.account for payment in bank_file.payments] == [ACCOUNT] * 3 + [other]
    assert bank_file.file.imported_through == {ACCOUNT: date(2026, 11, 20), other: date(2026, 11, 23)}
    assert bank_file.flags == []


def test_the_same_payment_has_the_same_id_whenever_it_is_read_and_equal_payments_differ(
    tmp_path: Path,
) -> None:
    records = a_file(assignment([amount(1, 10000), amount(2, 10000)]))
    again = ["NY000010000080800170099000102".ljust(80, "0"), *records[1:]]
    first, second = read(tmp_path, records), read(tmp_path, again)
    ids = [payment.provider_id for payment in first.payments]
    assert ids == [payment.provider_id for payment in second.payments]
    assert len(set(ids)) == 2


def test_a_transaction_that_stands_twice_is_flagged(tmp_path: Path) -> None:
    records = a_file(assignment(THREE[:1]))
    bank_file = read(tmp_path, records + records)
    assert bank_file.flags == ["line 9: is the same transaction as one before it"]
    assert len({payment.provider_id for payment in bank_file.payments}) == 2


def test_a_wrong_sum_is_flagged_with_both_figures(tmp_path: Path) -> None:
    records = a_file(assignment(THREE))
    records[-1] = records[-1].replace(f"{35051:017}", f"{35052:017}")
    flags = read(tmp_path, records).flags
    assert flags == ["line 10: the file says a sum of 350.52, but the transactions make 350.51"]


def test_a_wrong_count_is_flagged_with_both_figures(tmp_path: Path) -> None:
    records = a_file(assignment(THREE))
    records[-2] = records[-2].replace("NY09008800000003", "NY09008800000004")
    flags = read(tmp_path, records).flags
    assert flags == ["line 9: the assignment says 4 transactions, but the file holds 3"]


@pytest.mark.parametrize("kept", range(1, 10))
def test_a_file_cut_short_is_flagged_wherever_it_is_cut(tmp_path: Path, kept: int) -> None:
    bank_file = read(tmp_path, a_file(assignment(THREE))[:kept])
    assert "the end record (type 89) is missing: the file is cut short" in bank_file.flags


@pytest.mark.parametrize("damage", ["garbage", "NY09103000000022", "", "NY09109900000022", "x" * 93])
def test_a_bad_record_is_flagged_with_its_line_and_hides_no_other(tmp_path: Path, damage: str) -> None:
    records = a_file(assignment(THREE))
    records[4] = damage
    bank_file = read(tmp_path, records)
    assert [payment.amount for payment in bank_file.payments] == [Decimal("100.00"), Decimal("0.01")]
    assert any("says 3 transactions, but the file holds 2" in flag for flag in bank_file.flags)
    assert any(flag.startswith("line 5: ") for flag in bank_file.flags) == bool(damage)


def test_a_digit_too_many_in_a_record_is_not_read_as_another_amount(tmp_path: Path) -> None:
    records = a_file(assignment(THREE))
    records[4] = records[4][:40] + "9" + records[4][40:]
    bank_file = read(tmp_path, records)
    assert [payment.amount for payment in bank_file.payments] == [Decimal("100.00"), Decimal("0.01")]
    assert bank_file.flags[0].startswith("line 5: is no record of 80 characters")


def test_an_impossible_date_is_a_bad_record(tmp_path: Path) -> None:
    bank_file = read(tmp_path, a_file(assignment([amount(1, 10000, day="310226")])))
    assert bank_file.payments == []
    assert bank_file.flags[0] == "line 3: is a bad amount record (type 30): this transaction is skipped"


@pytest.mark.parametrize("end", ["\n", "\r\n", "   \r\n", "\r", "\n\n", ""])
def test_line_breaks_of_any_kind_or_none_are_read_alike(tmp_path: Path, end: str) -> None:
    bank_file = read(tmp_path, a_file(assignment(THREE)), end=end)
    assert (len(bank_file.payments), bank_file.flags) == (3, [])


def test_a_long_file_without_line_breaks_is_read_to_its_end(tmp_path: Path) -> None:
    transactions = [amount(place, 100) for place in range(1, 3001)]
    bank_file = read(tmp_path, a_file(assignment(transactions)), end="")
    assert (len(bank_file.payments), bank_file.total, bank_file.flags) == (3000, Decimal("3000.00"), [])


def test_spaces_that_mail_trimmed_are_not_missed(tmp_path: Path) -> None:
    text = ["NY092132" + f"{1:07}" + "Takk for sist".ljust(40) + " " * 25]
    transaction = amount(1, 10000, kind=21, kid="")
    transaction[0] = transaction[0].removesuffix("000000")
    records = a_file(assignment([transaction + text]))
    bank_file = read(tmp_path, [record.rstrip() for record in records])
    assert bank_file.flags == []
    assert (bank_file.payments[0].reference, bank_file.payments[0].text) == (None, "Takk for sist")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_norwegian_letters_in_free_text_are_read_in_latin_1_and_utf_8(tmp_path: Path, encoding: str) -> None:
    text = ["NY092132" + f"{1:07}" + "Blåbærsyltetøy".ljust(40) + "0" * 25]
    bank_file = read(tmp_path, a_file(assignment([amount(1, 10000, kind=21) + text])), encoding=encoding)
    assert (bank_file.payments[0].text, bank_file.flags) == ("Blåbærsyltetøy", [])


def test_a_mod11_kid_keeps_its_dash(tmp_path: Path) -> None:
    bank_file = read(tmp_path, a_file(assignment([amount(1, 10000, kid="036536-")])))
    assert bank_file.payments[0].reference == "036536-"


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_it_fall(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("ocr") / "noise.txt"
    path.write_bytes("\n".join(a_file(assignment(THREE))[:4]).encode() + noise)
    assert read_file(path).flags


def test_a_broken_file_does_not_flood_its_reader_with_flags(tmp_path: Path) -> None:
    bank_file = read(tmp_path, [*a_file(assignment(THREE))[:2], *["NY09109900"] * 500])
    assert len(bank_file.flags) == 51
    assert bank_file.flags[-1] == "and 452 more faults"


@pytest.mark.parametrize("damage", ["NY091030" + "0" * 71, "NY091030" + "0" * 73])
def test_a_record_of_wrong_length_in_a_file_without_line_breaks_hides_no_other(tmp_path: Path, damage: str) -> None:
    records = a_file(assignment(THREE))
    records[4] = damage
    bank_file = read(tmp_path, records, end="")
    assert [payment.amount for payment in bank_file.payments] == [Decimal("100.00"), Decimal("0.01")]
    assert any(flag.startswith("record 5: ") for flag in bank_file.flags)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**9), st.sampled_from(["2345676", "", "006402710013"])), min_size=1, max_size=30
    ),
    st.sampled_from(["latin-1", "utf-8"]),
)
def test_glued_and_line_broken_give_the_same_payments(
    tmp_path_factory: pytest.TempPathFactory, given_payments: list[tuple[int, str]], encoding: str
) -> None:
    transactions = [
        [*amount(place, ore, kid=kid, kind=21), f"NY092132{place:07}{'Blåbær og rømme':<40}" + "0" * 25]
        for place, (ore, kid) in enumerate(given_payments, start=1)
    ]
    records = a_file(assignment(transactions))
    folder = tmp_path_factory.mktemp("ocr")
    ways = [read(folder, records, end=end, encoding=encoding) for end in ("\n", "\r\n", "\r", "")]
    assert {tuple(way.payments) for way in ways} == {tuple(ways[0].payments)}
    assert [way.flags for way in ways] == [[]] * 4
    assert ways[0].total == sum(payment.amount for payment in ways[0].payments)


def test_a_long_glued_file_with_one_bad_record_loses_only_that(tmp_path: Path) -> None:
    records = a_file(assignment([amount(place, 100) for place in range(1, 8001)]))
    records[1001] = records[1001][:-1]  # the 500th amount is shorter than it should be
    bank_file = read(tmp_path, records, end="")
    assert len(bank_file.payments) in (7999, 8000)
    assert len(bank_file.flags) <= 4
