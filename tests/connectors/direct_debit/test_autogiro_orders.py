"""Orders to Bankgirot are written byte for byte as its layout has them, and what does not fit makes no file."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.direct_debit.autogiro_orders import (
    Draw,
    NewMandate,
    Payee,
    write_changes,
    write_mandates,
    write_payments,
)
from connectors.direct_debit.unwritable import Unwritable

PAYEE = Payee("666666", "11111119", date(2027, 1, 11))
START = f"0120270111AUTOGIRO{'':44}6666660011111119  \r\n"
DRAW = Draw("4711", "FAKTURA 17", Decimal("1250.50"), date(2027, 1, 29))


def test_mandates_are_ended_and_registered() -> None:
    written = write_mandates(PAYEE, [NewMandate("4711", "5001000001000020", "196803050000")], ["3333333333"])
    assert written.decode() == (
        f"{START}"
        f"0300111111190000003333333333{'':52}\r\n"
        f"0400111111190000000000004711{'5001000001000020'}{'196803050000'}{'':24}\r\n"
    )


def test_payments_are_drawn_once_on_their_day() -> None:
    assert write_payments(PAYEE, [DRAW]).decode() == (
        f"{START}82202701290    00000000000047110000001250500011111119{'FAKTURA 17':16}{'':11}\r\n"
    )


def test_payments_are_taken_back_one_by_one() -> None:
    assert write_changes(PAYEE, [DRAW]).decode() == (
        f"{START}2500111111190000000000004711{'20270129'}{'000000125050'}82{'':8}{'FAKTURA 17':16}{'':6}\r\n"
    )


def test_a_payment_is_moved_as_the_example_of_bankgirot_has_it() -> None:
    payee = Payee("471117", "9912346", date(2008, 6, 11))
    draws = [
        Draw("44401042", "", Decimal("175.00"), date(2008, 6, 12), moved_to=date(2008, 6, 23)),
        Draw("33310222", "", Decimal("475.00"), date(2008, 6, 13), moved_to=date(2008, 6, 24)),
    ]
    assert write_changes(payee, draws).decode().splitlines()[1:] == [
        f"{'2900099123460000000044401042200806120000000175008220080623':80}",
        f"{'2900099123460000000033310222200806130000000475008220080624':80}",
    ]


@pytest.mark.parametrize(
    "draw",
    [
        Draw("4711", "12345678901234567", Decimal(1), DRAW.due_on),
        Draw("4711", "é", Decimal(1), DRAW.due_on),
        Draw("", "1", Decimal(1), DRAW.due_on),
        Draw("0000", "1", Decimal(1), DRAW.due_on),
        Draw("4711", "1", Decimal(0), DRAW.due_on),
        Draw("4711", "1", Decimal("0.005"), DRAW.due_on),
        Draw("4711", "1", Decimal("10000000000"), DRAW.due_on),
    ],
)
def test_a_payment_that_does_not_fit_makes_no_file(draw: Draw) -> None:
    for write in (write_payments, write_changes):
        with pytest.raises(Unwritable):
            write(PAYEE, [draw])


@pytest.mark.parametrize(
    "mandate", [("5001", "196803050000"), ("5001000001000020", "680305-0000"), ("\u0665" * 16, "1" * 12)]
)
def test_no_error_repeats_an_account_or_a_personal_number(mandate: tuple[Any, ...]) -> None:
    with pytest.raises(Unwritable) as refused:
        write_mandates(PAYEE, [NewMandate("4711", *mandate)], [])
    assert not any(number in str(refused.value) for number in mandate)


def test_nothing_makes_no_file() -> None:
    with pytest.raises(Unwritable, match="at least one record"):
        write_payments(PAYEE, [])
