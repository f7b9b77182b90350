"""Sweden: OCR numbers and what is agreed with the bank on them, giro numbers, Autogiro, eves on which banks rest, who helps."""

import re
from datetime import date
from decimal import Decimal

from stdnum import luhn
from stdnum.se import orgnr

from domain.countries.check_digits import is_mod10
from domain.countries.country import (
    AgreementField,
    Country,
    DebtAdvice,
    EInvoicing,
    PayerForm,
    ReferenceAgreements,
    ReferenceScheme,
)
from domain.countries.se_accounts import is_bank_account, is_iban_of

_CLEARING, _BANKGIROT, _PLUSGIROT = "SESBA", "9900", "9960"  # ISO 20022, external code sets; members of bankgirot.se
_LONGEST_OCR = 25
_MOST_KRONOR = 10**8
_OCR_BILL = "41"  # what kind of bill it is: one with an OCR number, to a bankgiro number
_LENGTHS = re.compile(r"lengths?((?: (?:[2-9]|1[0-9]|2[0-5])){1,2})")
_LENGTH_DIGIT = "length digit"
_SOFT = "soft"
_BANKGIRO = re.compile(r"[0-9]{3,4}-?[0-9]{4}")
_POSTCODE = re.compile(r"(?:SE?-? ?)?([0-9]{3}) ?([0-9]{2})")
_PLUSGIRO = re.compile(r"[0-9]{1,7}-[0-9]")


def ocr_of(digits: str) -> str:
    """An OCR number of 1 to 24 digits and their check digit (mod10, Luhn). ValueError where they are none or too many."""
    if not re.fullmatch(r"[0-9]{1,24}", digits):
        raise ValueError("an OCR number is made from 1 to 24 digits, so that it has 2 to 25 with its check digit")
    return digits + luhn.calc_check_digit(digits)


def ocr_with_length_digit(digits: str) -> str:
    """An OCR number whose last digit but one tells its length, the check and length digits counted, without its tens.

    Bankgirot: 12345678 → 1234567806. ValueError where the 1 to 23 digits are none or too many.
    """
    if not re.fullmatch(r"[0-9]{1,23}", digits):
        raise ValueError("an OCR number with a length digit is made from 1 to 23 digits, so that it has 3 to 25")
    return ocr_of(f"{digits}{(len(digits) + 2) % 10}")


def _made_by(agreement: str, digits: str) -> str:
    lengths = _lengths_of(agreement)
    if agreement == _LENGTH_DIGIT:
        return ocr_with_length_digit(digits[: _LONGEST_OCR - 2])
    return ocr_of(digits[: max(lengths) - 1] if lengths else digits)


def _takes(agreement: str, reference: str) -> bool:
    """Whether Bankgirot would pass on a payment with this reference, by its level of checking."""
    if agreement == _SOFT:
        return True
    if not (OCR.shape.fullmatch(reference) and is_mod10(reference)):
        return False
    if agreement == _LENGTH_DIGIT:
        return len(reference) > 2 and int(reference[-2]) == len(reference) % 10
    lengths = _lengths_of(agreement)
    return not lengths or len(reference) in lengths


def _lengths_of(agreement: str) -> tuple[int, ...]:
    match = _LENGTHS.fullmatch(agreement)
    return tuple(map(int, match[1].split())) if match else ()


OCR = ReferenceScheme(
    "ocr",
    re.compile(r"[0-9]{2,25}"),
    holds=is_mod10,
    made_of=ocr_of,
    label="OCR-nummer",
    called=("ocr",),
)
# Bankgirot's four levels of checking: soft, hard, hard with a length digit, hard with one or two fixed lengths.
_LEVELS = ReferenceAgreements(
    "what the bank checks OCR numbers for: soft, hard, length digit, or the lengths that it takes, such as 'length 10' or"
    " 'lengths 10 12'",
    re.compile(rf"soft|hard|length digit|{_LENGTHS.pattern}"),
    made_of=_made_by,
    takes=_takes,
)


def is_giro(number: str) -> bool:
    """Whether it is a bankgiro number (7 or 8 digits) or a plusgiro number (2 to 8, a dash before the last), by mod10."""
    shaped = _BANKGIRO.fullmatch(number) or _PLUSGIRO.fullmatch(number)
    return shaped is not None and is_mod10(number.replace("-", ""))


def code_line(account: str, amount: Decimal, reference: str) -> str | None:
    """The code line at the foot of a Swedish bill: OCR number, kronor, öre, their check digit (mod10), bankgiro number, its kind.

    Bankgirot, user manual of Bankgiro Inbetalningar, 5.3 (OCR slip), read at second hand: 25 places for the number, eight for
    kronor, set right. None where it has no room for the payment: another account than a bankgiro, another reference, more
    kronor than eight digits.
    """
    number, kronor = account.replace("-", ""), int(amount)
    if scheme(account) != "BGNR" or not OCR.shape.fullmatch(reference) or not 0 < amount < _MOST_KRONOR:
        return None
    ore = int((amount - kronor) * 100)
    check = luhn.calc_check_digit(f"{kronor}{ore:02}")
    return f"# {reference:>25} #{kronor:>8} {ore:02}   {check} >{'':17}{number:>8}#{_OCR_BILL}#"


def scheme(number: str) -> str | None:
    """What an order to a Swedish bank names an account by: bankgiro has a scheme of its own; None for no account.

    Svenska Bankföreningen, "Swedish Common Interpretation of ISO 20022 Payment Messages", appendix 1 (2014), as two public
    implementations read it: a plusgiro number is a BBAN like an account of a bank.
    """
    if is_giro(number):
        return "BBAN" if _PLUSGIRO.fullmatch(number) else "BGNR"
    return "BBAN" if is_bank_account(number) else None


def clearing(number: str) -> tuple[str, str] | None:
    """Where an order finds an account, by the same source: Bankgirot, Plusgirot, or the bank by its clearing number."""
    if is_giro(number):
        return _CLEARING, _PLUSGIROT if _PLUSGIRO.fullmatch(number) else _BANKGIROT
    return (_CLEARING, number[:4]) if is_bank_account(number) else None


def called(number: str) -> str:
    """Which giro a number is of: a payer chooses it in the bank before the number."""
    return "Plusgiro" if _PLUSGIRO.fullmatch(number) else "Bankgiro"


def written(number: str) -> str:
    """A giro number as people write it: bankgiro 991-2346 and 5050-1055, plusgiro 12 34 56-7."""
    digits = number.replace("-", "")
    if not _PLUSGIRO.fullmatch(number):
        return f"{digits[:-4]}-{digits[-4:]}"
    own = digits[:-1]
    first = len(own) % 2
    pairs = (own[at : at + 2] for at in range(first, len(own), 2))
    return f"{' '.join(filter(None, (own[:first], *pairs)))}-{digits[-1]}"


def place(postcode: str, town: str) -> str:
    """As in 123 45 Umeå: three digits and two. That the post wants the town in capitals no source confirms."""
    found = _POSTCODE.fullmatch(postcode.strip())
    return f"{f'{found[1]} {found[2]}' if found else postcode} {town}"


_BETWEEN = re.compile(r"[\s.,\-\u2013]")
_PERSON = re.compile(r"(?P<century>[0-9]{2})?(?P<birth>[0-9]{6})(?P<sign>[-+]?)(?P<rest>[0-9]{4})")
_OF_ORGANISATIONS = 20  # what would be the month of a birth is never less there
_COORDINATED = 60  # the day of birth in a coordination number is as much more


def payer_account(clearing: str, number: str) -> str | None:
    """A bank account as Autogiro's files have it: 4 digits of the clearing number and 12 of the account, filled up with zeros.

    None where its check digit does not hold. A clearing number's fifth digit is left out in files.
    """
    code, account = _BETWEEN.sub("", clearing), _BETWEEN.sub("", number)
    return f"{code[:4]}{account:0>12}" if len(code) in (4, 5) and is_bank_account(code + account) else None


def holder_of(typed: str, today: date) -> str | None:
    """A personal number (also a coordination number) as YYYYMMDDNNNN, or an organisation number as 00NNNNNNNNNN.

    Of ten digits the century is the latest that can be, one earlier after a plus sign. None where the check digit, or the day
    of birth, cannot be.
    """
    match = _PERSON.fullmatch("".join(typed.split()))
    digits = f"{match['birth']}{match['rest']}" if match else ""
    if match is None or not is_mod10(digits):
        return None
    if int(digits[2:4]) >= _OF_ORGANISATIONS:
        return f"00{digits}" if match["century"] in (None, "00", "16") and match["sign"] != "+" else None
    now = today.year // 100
    century = match["century"] or str(now if _was_born(f"{now}{digits[:6]}", today) else now - 1)
    born = f"{int(century) - (match['sign'] == '+' and not match['century'])}{digits[:6]}"
    return f"{born}{match['rest']}" if _was_born(born, today) else None


def is_theirs(holder: str, born: date | None, organisation_number: str | None) -> bool:
    """Whether who holds an account, as `holder_of` gives it, can be a debtor of this day of birth or organisation number.

    Of a debtor of whom neither is known everybody may be it. A sole trader's organisation number is the personal number.
    """
    if organisation_number is not None:
        return holder[2:] == re.sub(r"[^0-9]", "", organisation_number)[-10:]
    return born is None or _day_of_birth(holder) == born


def _day_of_birth(holder: str) -> date | None:
    of_month = int(holder[6:8])
    try:
        return date(int(holder[:4]), int(holder[4:6]), of_month - _COORDINATED if of_month > _COORDINATED else of_month)
    except ValueError:
        return None


def _was_born(day: str, today: date) -> bool:
    born = _day_of_birth(day)
    return born is not None and born <= today


_FRIDAY = 4


def is_midsummer_eve(day: date) -> bool:
    """Whether it is the Friday from 19 to 25 June."""
    return day.month == 6 and 19 <= day.day <= 25 and day.weekday() == _FRIDAY


def _giro(account: str) -> str | None:
    """Which giro a number is of, as e-invoices tell it (SE-R-007 to SE-R-010); None for one of a bank."""
    if not is_giro(account):
        return None
    return "SE:PLUSGIRO" if _PLUSGIRO.fullmatch(account) else "SE:BANKGIRO"


SWEDEN = Country(
    "SE",
    "Swedish",
    "SEK",
    languages=("sv", "en"),
    account=re.compile(r"[0-9]{3,4}-[0-9]{4}|[0-9]{1,7}-[0-9]"),  # without its dash a number may be anybody's
    is_account=is_giro,
    account_called=called,
    account_written=written,
    place=place,
    account_scheme=scheme,
    account_clearing=clearing,
    code_line=code_line,
    is_iban_of=is_iban_of,
    agreement={
        "customer_number": AgreementField(
            re.compile(r"(?!0+$)[0-9]{1,6}"), "the customer number with Bankgirot, at most 6 digits, such as 471117"
        ),
        "account": AgreementField(
            _BANKGIRO, "the bankgiro number that draws are paid to, such as 5050-1055", holds=is_giro
        ),
        "first_number": AgreementField(
            re.compile(r"(?!0+$)[0-9]{1,7}"), "the next number of the files, 1 to 9999999, such as 4712", needed=False
        ),
    },
    payer_form=PayerForm(payer_account, holder_of, is_theirs, longest_number=16),
    moves_draws=True,
    references=OCR,
    reference_agreements=_LEVELS,
    without_settlement=frozenset({(12, 24), (12, 31)}),  # riksbank.se, bank holidays; half days are open
    rests=is_midsummer_eve,
    # hallakonsument.se: every municipality has it, free of charge.
    debt_advice=DebtAdvice(
        "kommunens budget- och skuldrådgivning",
        page="https://www.hallakonsument.se/",
        said={"en": "the budget and debt advice of your municipality"},
    ),
    social_help=DebtAdvice(
        "socialtjänsten i din kommun", said={"en": "the social services of your municipality (socialtjänsten)"}
    ),
    # The VAT number ends in two digits that the organisation number does not tell. Rates: SE-R-006.
    in_union=True,
    e_invoicing=EInvoicing(
        lambda number: ("0007", number) if orgnr.is_valid(number) else None,
        lambda number: ("0007", number),
        vat_rates=(Decimal(25), Decimal(12), Decimal(6)),
        kind_of=_giro,
    ),
    direct_debit="Autogiro",
)
