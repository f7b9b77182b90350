"""Swedish bank accounts: whose a clearing number is, how the check digit of an account is reckoned, and what an IBAN is made of.

Bankgirot, "Bankernas kontonummer" (2024-02-22; of Swedbank's 8000-8999 without exception since 2023-11-07), and
bankinfrastruktur.se, "IBAN och svenskt nationellt kontonummer".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.countries.check_digits import is_mod10

_LONGEST_OF_TYPE_1: Final = 7
# First and last clearing number, the bank's number in IBANs, and Bankgirot's type and comment: how an account is checked.
_RANGES: Final = """
1100 1199 300 1.1  1200 1399 120 1.1  1400 2099 300 1.1  2300 2399 230 1.2  2400 2499 120 1.1  3000 3299 300 1.1
3300 3300 300 2.1  3301 3399 300 1.1  3400 3409 902 1.1  3410 3781 300 1.1  3782 3782 300 2.1  3783 3999 300 1.1
4000 4999 300 1.2  5000 5999 500 1.1  6000 6999 600 2.2  7000 7999 800 1.1  8000 8999 800 2.3  9020 9029 902 1.2
9040 9049 904 1.2  9060 9069 902 1.1  9070 9079 907 1.1  9100 9109 910 1.2  9120 9124 500 1.1  9130 9149 500 1.1
9150 9169 915 1.2  9170 9179 917 1.1  9180 9189 120 2.1  9190 9199 919 1.2  9230 9239 923 1.1  9250 9259 925 1.1
9260 9269 919 1.2  9270 9279 927 1.1  9280 9289 928 1.1  9300 9349 930 2.1  9390 9399 939 1.2  9400 9449 940 1.1
9460 9469 946 1.1  9470 9479 947 1.2  9500 9549 950 2.3  9550 9569 955 1.2  9570 9579 957 2.1  9580 9589 958 1.1
9590 9599 959 1.2  9630 9639 963 1.1  9640 9649 964 1.2  9660 9669 966 1.2  9670 9679 967 1.2  9680 9689 968 1.1
9700 9709 970 1.2  9710 9719 971 1.2  9750 9759 975 1.2  9780 9789 978 1.2  9880 9889 988 1.2  9890 9899 989 2.1
9960 9969 950 2.3
"""
_CLEARING = re.compile(r"(?P<clearing>[1-9][0-9]{3}|8[0-9]{4})(?P<account>[0-9]{7,10})")
_SWEDBANK: Final = range(8000, 9000)


@dataclass(frozen=True, slots=True)
class _Bank:
    clearings: range
    in_ibans: str
    holds: Callable[[str, str], bool]
    longest: int
    """Digits of an account; all have so many where the clearing number is part of the account (type 1)."""
    with_clearing: bool


def _is_mod11(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, weighted 2 to 10 and 1 again from the right."""
    return sum((place % 10 + 1) * int(digit) for place, digit in enumerate(reversed(digits))) % 11 == 0


_RULES: Mapping[str, tuple[Callable[[str, str], bool], int]] = {
    "1.1": (lambda clearing, account: _is_mod11(clearing[1:] + account), _LONGEST_OF_TYPE_1),
    "1.2": (lambda clearing, account: _is_mod11(clearing + account), _LONGEST_OF_TYPE_1),
    "2.1": (lambda clearing, account: is_mod10(account), 10),
    "2.2": (lambda clearing, account: _is_mod11(account), 9),
    "2.3": (lambda clearing, account: is_mod10(account), 10),
}


def _read(ranges: str) -> Iterator[_Bank]:
    words = ranges.split()
    for first, last, in_ibans, rule in zip(*(words[at::4] for at in range(4)), strict=True):
        holds, longest = _RULES[rule]
        yield _Bank(range(int(first), int(last) + 1), in_ibans, holds, longest, rule.startswith("1"))


_BANKS: Final = tuple(_read(_RANGES))


def is_bank_account(number: str) -> bool:
    """Whether digits are a clearing number of a Swedish bank and an account there whose check digit holds.

    A clearing number has four digits, of Swedbank's 8000 to 8999 a fifth, which many leave out.
    """
    return any(_is_account(number[:digits], number[digits:]) for digits in (5, 4))


def _is_account(clearing: str, account: str) -> bool:
    if not _CLEARING.fullmatch(clearing + account):
        return False
    if len(clearing) == 5 and not (int(clearing[:4]) in _SWEDBANK and is_mod10(clearing)):
        return False
    bank = next((each for each in _BANKS if int(clearing[:4]) in each.clearings), None)
    if bank is None or len(account) > bank.longest or (bank.with_clearing and len(account) != bank.longest):
        return False
    return bank.holds(clearing[:4], account)


def is_iban_of(rest: str) -> bool:
    """Whether what follows the first four signs of a Swedish IBAN is an account that can be: its bank's number, and 17 digits.

    Of a bank whose accounts begin with the clearing number (type 1), that number and the check digit are looked at; of others,
    and of banks that are not known here, nothing is.
    """
    if not re.fullmatch(r"[0-9]{20}", rest):
        return False
    banks = [bank for bank in _BANKS if bank.in_ibans == rest[:3]]
    if not banks or not all(bank.with_clearing for bank in banks):
        return True
    return not rest[3:9].strip("0") and is_bank_account(rest[9:])
