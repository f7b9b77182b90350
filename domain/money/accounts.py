"""Whose an account is: spellings of one account, and the one that a debtor is shown."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from stdnum import iban

from domain.countries.registry import COUNTRIES, country_of
from domain.money.references import holds

EURO = "EUR"
# EPC409-09: the countries whose banks take credit transfers in euro (SEPA), by what their IBANs begin with.
_SEPA = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI SK "
        "SM VA",
    )
)
_BETWEEN = re.compile(r"[\s.,\-]")
# A plusgiro number is told from a bankgiro number of the same digits by its dash alone: before the last digit, not the last four.
_PLUSGIRO = re.compile(r"[0-9]{1,7}-[0-9]")


def one_spelling(account: str) -> str:
    """The spelling by which accounts are compared: without signs between, an IBAN as its country's own number."""
    compact = "".join(account.split()).upper()
    if _PLUSGIRO.fullmatch(compact):
        return compact
    plain = _BETWEEN.sub("", compact)
    country = COUNTRIES.get(plain[:2])
    return plain[4:] if country and iban.is_valid(plain) and country.is_account(plain[4:]) else plain


def as_bank_files_have_it(account: str) -> str:
    """An IBAN, or a country's own number, without the signs that people put between; anything else as it is."""
    if is_iban(account):
        return iban.compact(account)
    compact = one_spelling(account)
    return compact if is_account(compact) else account


def is_iban(account: str) -> bool:
    """Whether it is an IBAN whose check digits hold, its country's own among them where that is one of ours."""
    compact = iban.compact(account)
    country = COUNTRIES.get(compact[:2])
    return iban.is_valid(compact) and (country is None or country.is_iban_of(compact[4:]))


def is_in_sepa(account: str) -> bool:
    """Whether it is an IBAN that credit transfers in euro go to."""
    return is_iban(account) and iban.compact(account)[:2] in _SEPA


def iban_of(country: str, rest: str) -> str:
    """The IBAN of an account by its country and what follows the check digits."""
    return f"{country}{iban.calc_check_digits(f'{country}00{rest}')}{rest}"


def is_account(account: str) -> bool:
    """Whether it is an IBAN or a number of one of our countries whose check digits hold."""
    return is_iban(account) or any(country.is_account(one_spelling(account)) for country in COUNTRIES.values())


def scheme_of(country: str, account: str) -> str | None:
    """How an order to a bank of a country names an account there: `IBAN`, `BBAN`, or one of the country's own, as `BGNR`.

    None for what is no account there: a refund is paid where the creditor's bank pays as at home.
    """
    of, number = country_of(country), one_spelling(account)
    named = of.account_scheme(number) if of.account_scheme else "BBAN" if of.is_account(number) else None
    return named or ("IBAN" if is_iban(number) and iban.compact(number)[:2] == country else None)


def is_one_of(account: str, own: Sequence[str]) -> bool:
    """Whether an account is among a creditor's own, however either is written."""
    return one_spelling(account) in map(one_spelling, own)


def payment_code(account: str | None, amount: Decimal, reference: str, due: date | None) -> str | None:
    """The line that banks' apps of the account's country read a whole payment from; None where there is none."""
    if not account or not is_iban(account) or not holds(reference):
        return None
    country = COUNTRIES.get(iban.compact(account)[:2])
    return country.payment_code(account, amount, reference, due) if country else None


def code_line(account: str | None, amount: Decimal, currency: str, reference: str) -> str | None:
    """The line at the foot of a bill that the scanners of the account's country read; None where there is none."""
    for country in COUNTRIES.values():
        if account and country.currency == currency and country.is_account(one_spelling(account)) and holds(reference):
            return country.code_line(one_spelling(account), amount, reference)
    return None


def account_shown(named: str | None, own: Sequence[str], currency: str) -> str | None:
    """Where a debtor is told to pay: the account that the invoice names where it is the creditor's own, else the first of
    these in the currency, else of unknown currency, else of all. None where the creditor has none.
    """
    if named and is_one_of(named, own):
        return named

    def foreign(account: str) -> int:
        paid_in = kept_in(account)
        return 0 if paid_in == currency else 2 if paid_in else 1

    return min(own, key=foreign, default=None)


def not_own(named: str | None, own: Sequence[str], currency: str) -> str | None:
    """What is told of an invoice whose account is not the creditor's; None where it is, or none is named."""
    if named is None or is_one_of(named, own):
        return None
    shown = account_shown(named, own, currency)
    return f"account {named} is not registered as the creditor's: debtors are shown {shown or 'none'} instead"


def country_of_iban(account: str) -> str | None:
    """The country of an IBAN; None of a number that is none."""
    return iban.compact(account)[:2] if is_iban(account) else None


def kept_in(account: str) -> str | None:
    """What an account's country pays with; None where the number tells no country of ours."""
    number = one_spelling(account)
    if is_iban(account) and (home := COUNTRIES.get(iban.compact(account)[:2])):
        return home.currency
    for country in COUNTRIES.values():
        if country.is_account(number):
            return country.currency
    return None
