"""What Autogiro drew is a payment for each draw, known again in any file; what was not drawn is none."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.bank_files.reader import examine, payments
from tests.connectors.direct_debit.test_autogiro import NEW, OLD_START, old_end, payment


def write(folder: Path, records: list[str], name: str = "spec.txt") -> Path:
    path = folder / name
    path.write_bytes("".join(record + "\r\n" for record in records).encode("latin-1"))
    return path


def test_what_was_drawn_and_what_was_given_back_are_payments_and_all_else_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, NEW)
    file = examine(path)
    assert (file.format, file.flags, file.accounts, file.imported_through) == ("autogiro", [], ("9912346",), {})
    assert (file.transactions, file.totals, file.is_beside) == (3, {"SEK": Decimal("530.00")}, True)
    assert sorted(file.notes) == ["outgoing payments: 1", "payments that were not drawn: 3"]
    drawn, _, back = payments(path)
    assert (drawn.reference, drawn.amount, drawn.account, drawn.drawn) == (
        "FAKTNR158",
        Decimal("300.00"),
        "9912346",
        True,
    )
    assert (drawn.booked_on, drawn.payer_name) == (date(2026, 11, 10), None)
    assert (back.amount, back.drawn, back.return_reason) == (
        Decimal("-20.00"),
        False,
        "02: the mandate had been taken back",
    )


def test_a_payment_is_the_same_in_the_old_layout_and_two_alike_in_one_file_are_two(tmp_path: Path) -> None:
    one = write(tmp_path, [OLD_START, payment("0"), payment("0"), old_end(2, 60000)])
    old = [each.provider_id for each in payments(one)]
    new = [each.provider_id for each in payments(write(tmp_path, NEW, "new.txt"))]
    assert old[0] == new[0]
    assert len(set(old)) == 2
