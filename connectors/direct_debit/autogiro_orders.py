"""What a creditor sends to Bankgirot for Autogiro: mandates to register or end, payments to draw, to take back or to move.

80 characters a record, Latin-1, after one start record (01) and without an end. A mandate is registered (04) with its payer's
number, account and personal or organisation number, and ended (03) by its payer's number alone. A payment (82) is drawn once, on
a day; taken back (25) or moved to another day (29) it is named by payer, day, amount and reference. Which records of what kind
one file may hold together differs; here each file has one kind, and those of 25 and 29 are one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.bank_files.records import WIDTH
from connectors.direct_debit.unwritable import Unwritable

_ORE = 100
_MOST_ORE = 10**12 - 1
LONGEST_REFERENCE = 16


@dataclass(frozen=True, slots=True)
class Payee:
    """Who sends: its customer number with Bankgirot (at most 6 digits), its bankgiro number, and the day it sends."""

    customer_number: str
    bankgiro: str
    day: date


@dataclass(frozen=True, slots=True)
class NewMandate:
    """A mandate to register: the account is 4 digits of the clearing number and 12 of the account, `holder` 12 digits."""

    payer_number: str
    account: str
    holder: str


@dataclass(frozen=True, slots=True)
class Draw:
    """One payment to draw, to take back, or to move. `amount` is in kronor; `reference` comes back with what became of it."""

    payer_number: str
    reference: str
    amount: Decimal
    due_on: date
    moved_to: date | None = None  # the day on which it is to be drawn in the place of `due_on`


def write_mandates(payee: Payee, new: Sequence[NewMandate], ended: Sequence[str]) -> bytes:
    """A file of mandates to register, and of those to end by their payers' numbers. Raises Unwritable."""
    bankgiro = _number(payee.bankgiro, 10)
    records = [f"03{bankgiro}{_number(each, 16)}" for each in ended]
    records += [
        f"04{bankgiro}{_number(each.payer_number, 16)}{_whole(each.account, 16)}{_whole(each.holder, 12)}"
        for each in new
    ]
    return _file(payee, records)


def write_payments(payee: Payee, draws: Sequence[Draw]) -> bytes:
    """A file of payments to draw, each once on its day. Raises Unwritable."""
    bankgiro = _number(payee.bankgiro, 10)
    return _file(
        payee,
        [
            f"82{each.due_on:%Y%m%d}0    {_number(each.payer_number, 16)}{_ore(each.amount)}{bankgiro}{_reference(each)}"
            for each in draws
        ],
    )


def write_changes(payee: Payee, draws: Sequence[Draw]) -> bytes:
    """A file that takes payments back which were sent before, or moves them to another day, one by one. Raises Unwritable."""
    bankgiro = _number(payee.bankgiro, 10)
    return _file(
        payee,
        [
            f"{'29' if each.moved_to else '25'}{bankgiro}{_number(each.payer_number, 16)}{each.due_on:%Y%m%d}"
            f"{_ore(each.amount)}82{f'{each.moved_to:%Y%m%d}' if each.moved_to else '':8}{_reference(each)}"
            for each in draws
        ],
    )


def _file(payee: Payee, records: Sequence[str]) -> bytes:
    if not records:
        raise Unwritable("a file needs at least one record")
    start = f"01{payee.day:%Y%m%d}AUTOGIRO{'':44}{_number(payee.customer_number, 6)}{_number(payee.bankgiro, 10)}"
    return "".join(f"{record:{WIDTH}}\r\n" for record in _all(start, records)).encode("latin-1")


def _all(start: str, records: Sequence[str]) -> Iterator[str]:
    yield start
    yield from records


def _number(value: str, width: int) -> str:
    if not re.fullmatch(rf"[0-9]{{1,{width}}}", value) or not value.strip("0"):
        raise Unwritable(f"{value!r} is no number of at most {width} digits")
    return f"{value:0>{width}}"


def _whole(value: str, width: int) -> str:
    """A number that names a person, so that no error repeats it."""
    if not re.fullmatch(rf"[0-9]{{{width}}}", value):
        raise Unwritable(f"an account or a personal number has not the {width} digits of its field")
    return value


def _ore(amount: Decimal) -> str:
    ore = amount * _ORE
    if not 0 < ore <= _MOST_ORE or ore != ore.to_integral_value():
        raise Unwritable(
            f"{amount} cannot be drawn: an amount is positive, has at most two decimals and fits 12 digits of öre"
        )
    return f"{int(ore):012}"


def _reference(draw: Draw) -> str:
    reference = draw.reference
    if len(reference) > LONGEST_REFERENCE or not (reference.isascii() and reference.isprintable()):
        raise Unwritable(
            f"the reference {reference!r} is longer than {LONGEST_REFERENCE} signs, or has others than a file takes"
        )
    return f"{reference:{LONGEST_REFERENCE}}"
