"""Norway: KID, AvtaleGiro, account and organisation numbers, and Christmas Eve, when banks settle nothing."""

import re
from dataclasses import replace
from itertools import cycle, islice
from operator import mul

from stdnum import luhn
from stdnum.no import kontonr, orgnr

from domain.countries.country import AgreementField, Country, ReferenceScheme

_MOD11_WEIGHTS = tuple(islice(cycle((2, 3, 4, 5, 6, 7)), 25))
_DIGIT_VALUES = bytes.maketrans(b"0123456789-", bytes(range(11)))
_DOUBLED = bytes(sum(divmod(2 * value, 10)) for value in range(256))  # the sum of the digits of twice the value


def kid_with_check_digit(digits: str) -> str:
    """A KID to issue: the 1 to 24 given digits and their mod10 check digit.

    Always mod10, since mod11 may end in "-", which the OCR specification bans.
    Raises ValueError where the digits are no digits or too many.
    """
    if not re.fullmatch(r"[0-9]{1,24}", digits):
        raise ValueError("a KID is made from 1 to 24 digits, so that it has 2 to 25 with its check digit")
    return digits + luhn.calc_check_digit(digits)


def is_mod10(reference: str) -> bool:
    """Whether the last of these digits is the mod10 (Luhn) check digit of the others."""
    values = reference.encode().translate(_DIGIT_VALUES)
    return (sum(values[::-2]) + sum(values[-2::-2].translate(_DOUBLED))) % 10 == 0 and values[-1] < 10


def _is_mod11(reference: str) -> bool:
    values = reference.encode().translate(_DIGIT_VALUES)
    weighted: int = sum(map(mul, values[-2::-1], _MOD11_WEIGHTS))
    return (weighted + values[-1]) % 11 == 0


KID = ReferenceScheme(
    "kid",
    re.compile(r"[0-9]{1,24}[0-9-]"),
    holds=lambda reference: is_mod10(reference) or _is_mod11(reference),
    made_of=kid_with_check_digit,
    label="KID",
)
_OF_NETS = AgreementField(
    re.compile(r"(?!00008080)[0-9]{8}"),
    "8 digits from the agreement with Nets, such as 00131936 (00008080 is Nets itself)",
)
NORWAY = Country(
    "NO",
    "Norwegian",
    "NOK",
    without_settlement=frozenset({(12, 24)}),  # norges-bank.no, "Settlement days": open on 31 December
    references=KID,
    agreement={
        "customer_unit": _OF_NETS,
        "data_sender": replace(_OF_NETS, needed=False),
        "first_number": AgreementField(
            re.compile(r"(?!0+$)[0-9]{1,7}"), "the next number of the files, 1 to 9999999, such as 4712", needed=False
        ),
    },
    account=re.compile(r"[0-9]{11}"),
    is_account=kontonr.is_valid,
    account_groups=(4, 2, 5),
    is_organisation_number=orgnr.is_valid,
)
