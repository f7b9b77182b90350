"""Payment orders that Bankgirot rejected in its register check are told one by one, each with its reason in words."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.direct_debit.autogiro_answer import REASONS, AutogiroFile
from tests.connectors.direct_debit.test_autogiro import read

STARTS = {
    "new": f"{'01AUTOGIRO':24}20261120{'':12}AVVISADE BET UPPDR  4711170009912346",
    "old": f"0120261120AUTOGIRO9900FELLISTA REG.KONTRL {'':20}4711170009912346",
}


def order(
    code: str, ore: object = 25000, *, kind: int = 82, reference: str = "FAKTURA 158", day: str = "20261201"
) -> str:
    return f"{kind}{day:8}0   {77:016}{ore:>012}{reference:16}{code:2}"


def end(first: int, first_ore: int, second: int, second_ore: int) -> str:
    return f"09202611209900{first:06}{first_ore:012}{second:06}{second_ore:012}"


def rejected(folder: Path, *records: str, layout: str = "new") -> AutogiroFile:
    return read(folder, [STARTS[layout], *records])


@pytest.mark.parametrize("layout", ["new", "old"])
def test_each_rejected_order_is_told_with_its_reason(tmp_path: Path, layout: str) -> None:
    paid_out = order("10", 8000, kind=32, reference="")
    found = rejected(tmp_path, order("02"), order("03", 100), paid_out, end(1, 8000, 2, 25100), layout=layout)
    assert (found.layout, found.flags) == (layout, ())
    first, second, third = found.answers
    assert (first.reference, first.payer_number, first.amount, first.due_on, first.bankgiro, first.direction) == (
        "FAKTURA 158",
        "77",
        Decimal("250.00"),
        date(2026, 12, 1),
        "9912346",
        "in",
    )
    assert first.words == (
        "the payment order was rejected, and nothing is drawn: the payer's account is not approved, or it is closed"
    )
    assert second.words.endswith(": the mandate was stopped")
    assert (third.reference, third.direction) == (None, "out")


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_code_has_its_words(tmp_path: Path, code: str) -> None:
    found = rejected(tmp_path, order(code), end(0, 0, 1, 25000))
    assert (found.answers[0].words.endswith(REASONS[code]), found.flags) == (True, ())


def test_an_unknown_code_is_told(tmp_path: Path) -> None:
    found = rejected(tmp_path, order("99"), end(0, 0, 1, 25000))
    assert found.answers[0].words.endswith("for a reason that is not known (99)")
    assert found.flags == ("line 2: has the unknown comment code '99'",)


def test_what_is_wrong_with_an_order_does_not_hide_it(tmp_path: Path) -> None:
    found = rejected(tmp_path, order("08", "25X00"), order("12", day="20261399"), end(0, 0, 2, 25000))
    assert [(one.amount, one.due_on) for one in found.answers] == [
        (Decimal("0.00"), date(2026, 12, 1)),
        (Decimal("250.00"), None),
    ]
    assert found.flags == ()


def test_an_end_may_count_what_comes_in_first(tmp_path: Path) -> None:
    assert rejected(tmp_path, order("01"), end(1, 25000, 0, 0)).flags == ()


def test_an_end_that_contradicts_the_list_is_flagged(tmp_path: Path) -> None:
    assert rejected(tmp_path, order("01"), end(0, 0, 2, 25000)).flags == (
        "line 3: the file says 0 rejected payments 'out' of 0.00 and 2 rejected payments 'in' of 250.00,"
        " but it holds 0 rejected payments 'out' of 0.00 and 1 rejected payments 'in' of 250.00",
    )


def test_damage_is_flagged_with_its_line_and_hides_no_other(tmp_path: Path) -> None:
    found = rejected(tmp_path, "99 noise", order("01"), "", end(0, 0, 1, 25000), order("01"))
    assert len(found.answers) == 1
    assert found.flags == (
        "line 2: is a record of unknown type '99': skipped",
        "line 6: stands after the end record: skipped",
    )
    assert rejected(tmp_path, order("01")).flags == ("the end record (type 09) is missing: the file is cut short",)
    assert rejected(tmp_path, end(0, 0, 0, 0)).answers == ()
