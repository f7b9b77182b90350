"""KTL files: each reference payment once, corrections taken back, and every batch held against its sums."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank_files.bank_file import BankFile, BankPayment
from connectors.bank_files.reader import examine, payments

ACCOUNT, IBAN = "12345600000785", "FI2112345600000785"


def payment(
    cents: int = 4900,
    *,
    reference: str = "13013",
    archive: str = "2611201234567890",
    name: str = "M[KI LIISA",
    correction: str = "0",
    booked: str = "261120",
    paid: str = "261119",
    currency: str = "1",
    account: str = ACCOUNT,
) -> str:
    return f"3{account}{booked}{paid}{archive:<16}{reference:0>20}{name:<12}{currency}J{cents:010}{correction}J "


def a_batch(*records: str) -> list[str]:
    sums = {kind: [int(each[77:87]) for each in records if each[87] in kind] for kind in ("0 ", "1")}
    counted = "".join(f"{len(cents):06}{sum(cents):011}" for cents in sums.values())
    return [f"02611200630POSERVICE011{'':67}", *records, f"9{counted}{'':55}"]


def read(
    folder: Path, records: list[str], *, end: str = "\r\n", encoding: str = "latin-1"
) -> tuple[BankFile, list[BankPayment]]:
    path = folder / "ktl"
    path.write_bytes("".join(f"{record}{end}" for record in records).encode(encoding))
    return examine(path), list(payments(path))


def test_a_payment_is_read_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    found, (one,) = read(tmp_path, a_batch(payment()))
    assert (found.format, found.flags, found.total) == ("ktl", [], Decimal("49.00"))
    assert (found.accounts, found.imported_through) == ((IBAN,), {IBAN: date(2026, 11, 20)})
    assert one == BankPayment(
        provider_id=f"viite/{IBAN}/2026-11-20/2611201234567890/13013/49.00",
        reference="13013",
        amount=Decimal("49.00"),
        currency="EUR",
        booked_on=date(2026, 11, 19),
        type="3",
        account=IBAN,
        payer_name="MÄKI LIISA",
    )


@pytest.mark.parametrize("written", ["M\\KI [\u00c5]", "MÖKI ÄÅÅ", "M\x99KI \x8e\x8f\x8f"])
def test_finnish_letters_are_read_from_seven_bits_and_from_dos(tmp_path: Path, written: str) -> None:
    _, (one,) = read(tmp_path, a_batch(payment(name=written)))
    assert one.payer_name == "MÖKI ÄÅÅ"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", ""])
def test_lines_may_end_in_any_way_or_not_at_all(tmp_path: Path, end: str) -> None:
    records = a_batch(payment(), payment(100, archive="2611201234567891"))
    assert read(tmp_path, records, end=end)[1] == read(tmp_path, records)[1]
    assert read(tmp_path, records, end=end)[0].flags == []


def test_a_correction_takes_a_payment_back_and_is_counted_apart(tmp_path: Path) -> None:
    found, read_ = read(tmp_path, a_batch(payment(), payment(correction="1", archive="2611201234567891")))
    assert (found.flags, found.total) == ([], Decimal("0.00"))
    assert [one.amount for one in read_] == [Decimal("49.00"), Decimal("-49.00")]
    assert [one.return_reason for one in read_] == [None, "corrected by the bank"]


def test_several_batches_and_accounts_stand_in_one_file(tmp_path: Path) -> None:
    other = payment(archive="A2", account="47300010416310", booked="261121")
    found, read_ = read(tmp_path, [*a_batch(payment()), *a_batch(other)])
    assert found.flags == []
    assert [one.account for one in read_] == [IBAN, "FI4947300010416310"]
    assert found.imported_through["FI4947300010416310"] == date(2026, 11, 21)


def changed(records: list[str], place: int, at: int, written: str) -> list[str]:
    record = records[place]
    return [*records[:place], record[:at] + written + record[at + len(written) :], *records[place + 1 :]]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (changed(a_batch(payment()), 2, 1, "000002"), "says 2 payments, but holds 1"),
        (changed(a_batch(payment()), 2, 7, "00000004901"), "says a sum of 49.01 of payments, but they make 49.00"),
        (changed(a_batch(payment()), 2, 18, "000001"), "says 1 corrections, but holds 0"),
        (a_batch(payment())[:2], "no sums (record 9): the file is cut short"),
        ([*a_batch(payment())[:2], *a_batch()], "the batch before it has no sums"),
        ([*a_batch(payment()), payment(archive="A9")], "no start record (0) stands before it"),
        (changed(a_batch(payment()), 1, 15, "269999"), "is a bad record of a payment"),
        (changed(a_batch(payment()), 1, 75, "2"), "another currency than the euro"),
        (changed(a_batch(payment()), 1, 87, "7"), "where 0 is a payment and 1 a correction"),
        (a_batch(payment(), payment()), "has the archive number, day, reference and amount of one before it"),
        ([*a_batch(payment()), "7 what is this"], "is no record of 90 characters"),
    ],
)
def test_what_contradicts_itself_is_flagged_in_words(tmp_path: Path, records: list[str], words: str) -> None:
    found, _ = read(tmp_path, records)
    assert any(words in flag for flag in found.flags), found.flags


def test_two_alike_in_one_file_are_two_payments_and_the_same_in_the_next_file(tmp_path: Path) -> None:
    first = read(tmp_path, a_batch(payment(), payment()))[1]
    assert len({one.provider_id for one in first}) == 2
    assert read(tmp_path, a_batch(payment(), payment()))[1] == first


@given(st.data())
def test_a_file_damaged_anywhere_is_read_without_an_error_and_never_silently_wrong(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    records = a_batch(payment(), payment(100, archive="2611201234567891"))
    whole = "\r\n".join(records)
    at = data.draw(st.integers(90, len(whole) - 1))
    sign = data.draw(st.sampled_from("0123456789 XÅ\r"))
    folder = tmp_path_factory.mktemp("ktl")
    found, read_ = read(folder, [whole[:at] + sign + whole[at + 1 :]], end="")
    assert found.flags or sum(one.amount for one in read_) == Decimal("50.00")
