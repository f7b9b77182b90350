"""Norway: KID, AvtaleGiro, account and organisation numbers, and Christmas Eve, when banks settle nothing."""

import re
from dataclasses import replace
from itertools import cycle, islice
from operator import mul

from stdnum import luhn
from stdnum.no import kontonr, orgnr

from domain.countries.check_digits import VALUES, is_mod10
from domain.countries.country import AgreementField, Country, DebtAdvice, EInvoicing, OnlineBank, ReferenceScheme

_LONGEST_KID = 25
_MOD11_WEIGHTS = tuple(islice(cycle((2, 3, 4, 5, 6, 7)), _LONGEST_KID))


def kid_with_check_digit(digits: str) -> str:
    """A KID to issue: the 1 to 24 given digits and their mod10 check digit.

    Always mod10, since mod11 may end in "-", which the OCR specification bans.
    Raises ValueError where the digits are no digits or too many.
    """
    if not re.fullmatch(r"[0-9]{1,24}", digits):
        raise ValueError("a KID is made from 1 to 24 digits, so that it has 2 to 25 with its check digit")
    return digits + luhn.calc_check_digit(digits)


def _is_mod11(reference: str) -> bool:
    values = reference.encode().translate(VALUES)
    weighted: int = sum(map(mul, values[-2::-1], _MOD11_WEIGHTS))
    return (weighted + values[-1]) % 11 == 0


KID = ReferenceScheme(
    "kid",
    re.compile(r"[0-9]{1,24}[0-9-]"),
    holds=lambda reference: is_mod10(reference) or _is_mod11(reference),
    made_of=kid_with_check_digit,
    label="KID",
    called=("kid",),
    usual=is_mod10,
    last="-",
)
_OF_NETS = AgreementField(
    re.compile(r"(?!00008080)[0-9]{8}"),
    "8 digits from the agreement with Nets, such as 00131936 (00008080 is Nets itself)",
)
_STRUCTURE = re.compile(
    r"([0-9]{1,2}):([0-9]{1,2})-([0-9]{1,2})"
)  # its length, the customer's part from place to place
_ACCOUNT = re.compile(r"[0-9]{11}")
_MOST_STRUCTURES = 3  # that one agreement with Nets may have
_FEWEST_OF_ITS_OWN = 4  # digits besides the customer's part, for a KID that Purr issues


def kid_of_same_customer(structures: str, kid: str, number: int) -> str | None:
    """A KID with the customer's part of another, its own digits counted down by `number` from the highest.

    Creditors number their invoices upwards from the lowest. None where the other KID follows none of the agreement's
    `structures` with mod10, or where the structure has no room for numbers.
    """
    for length, first, last in _structures(structures):
        own = [place for place in range(length - 1) if not first - 1 <= place < last]
        if len(kid) == length and is_mod10(kid) and len(own) >= _FEWEST_OF_ITS_OWN:
            digits = dict(zip(own, f"{10 ** len(own) - 1 - number % 10 ** len(own):0{len(own)}}", strict=True))
            return kid_with_check_digit("".join(digits.get(place, kid[place]) for place in range(length - 1)))
    return None


def _structures(value: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, found)) for found in _STRUCTURE.findall(value)]


def _are_structures(value: str) -> bool:
    """Whether these KID structures can be: each length once, the customer's part before the check digit."""
    structures = _structures(value)
    lengths = [length for length, _, _ in structures]
    return len(set(lengths)) == len(lengths) <= _MOST_STRUCTURES and all(
        1 <= first <= last < length <= _LONGEST_KID for length, first, last in structures
    )


# As copies of their pages say, dated before 2026-11: look at each before you rely on it.
_ONLINE_BANKS = (
    OnlineBank("BN Bank", "https://www.bnbank.no/betaling/"),
    OnlineBank("DNB", "https://www.dnb.no/en/everyday-banking/payments/avtalegiro-efaktura"),
    OnlineBank("Etne Sparebank", "https://etne-sparebank.no/betaling/avtalegiro/"),
    OnlineBank("KLP Banken", "https://www.klp.no/bank/konto-og-betaling/avtalegiro-og-efaktura"),
    OnlineBank("Valdres Sparebank", "https://valdressparebank.no/dagligbank/betalingslosninger"),
    OnlineBank("Vekselbanken", "https://www.vekselbanken.no/dagligbank/betaling/avtalegiro-efaktura"),
    OnlineBank("Voss Sparebank", "https://vossabanken.no/bruke/betaling/avtalegiro/"),
)

NORWAY = Country(
    "NO",
    "Norwegian",
    "NOK",
    languages=("nb", "nn", "en"),
    without_settlement=frozenset({(12, 24)}),  # norges-bank.no, "Settlement days": open on 31 December
    references=KID,
    reference_of_customer=kid_of_same_customer,
    agreement={
        "customer_unit": _OF_NETS,
        "data_sender": replace(_OF_NETS, needed=False),
        "first_number": AgreementField(
            re.compile(r"(?!0+$)[0-9]{1,7}"), "the next number of the files, 1 to 9999999, such as 4712", needed=False
        ),
        "kid_structures": AgreementField(
            re.compile(rf"{_STRUCTURE.pattern}(?: {_STRUCTURE.pattern})*"),
            "at most three lengths of KIDs, each with the places of the customer's part, such as '12:1-7 16:4-10'",
            needed=False,
            holds=_are_structures,
        ),
        "e_agreement": AgreementField(
            re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?:[/?][!-;=?-~]{0,300})?"),
            "the https address where a payer signs the mandate with BankID (E-Agreement)",
            needed=False,
        ),
    },
    online_banks=_ONLINE_BANKS,
    account=_ACCOUNT,
    is_account=lambda number: (
        _ACCOUNT.fullmatch(number) is not None and kontonr.is_valid(number)
    ),  # not those of old, of 7
    account_groups=(4, 2, 5),
    is_organisation_number=orgnr.is_valid,
    # As municipalities' pages say in 2026; 800 45 353 (800GJELD) is the number of before.
    debt_advice=DebtAdvice(
        "NAV Økonomirådgivning", "55 55 33 39", "https://www.nav.no", said=dict.fromkeys(("nb", "nn", "en"), "NAV")
    ),
    social_help=DebtAdvice("NAV", "55 55 33 33", "https://www.nav.no"),
    e_invoicing=EInvoicing(
        lambda number: ("0192", number) if orgnr.is_valid(number) else None,
        lambda number: ("0192", number),
        lambda number: f"NO{number}MVA",  # NO-R-001
        # foretaksregisterloven § 10-2: every such company is in that register, and says so (NO-R-002).
        registered=lambda name: "Foretaksregisteret" if re.search(r"\bASA?$", name) else None,
    ),
    direct_debit="AvtaleGiro",
)
