"""How a creditor pays back what it owes: from which account, what a second person approves, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.countries.registry import country_of
from domain.money.accounts import EURO, as_bank_files_have_it, is_in_sepa, is_one_of, one_spelling, scheme_of
from domain.parties.speakers import who_entered

Bic = Annotated[str, Field(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")]


class ApprovedAbove(BaseModel):
    """From a day on, refunds of a currency up to this amount need no second person."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: Annotated[date, Field(alias="from")]
    amount: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class OtherAccount(BaseModel):
    """An account in another currency than the creditor's country has, and the bank that has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    account: Annotated[str, AfterValidator(as_bank_files_have_it)]
    bic: Bic
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """Where the bank is; None: in the creditor's country."""
    customer_id: Annotated[str, Field(min_length=1, max_length=35)] | None = None


@dataclass(frozen=True, slots=True)
class PaysFrom:
    """The account that refunds of a currency leave from; its bank's country says how accounts are named there."""

    currency: str
    account: str
    bic: str
    country: str
    customer_id: str | None = None

    def takes(self, account: str) -> bool:
        """Whether its bank pays to an account as at home: in euro to any IBAN of the Single Euro Payments Area (regulation (EU)
        260/2012, article 9), else to one of its country.
        """
        if self.currency == EURO:
            return is_in_sepa(account)
        return self.currency == country_of(self.country).currency and scheme_of(self.country, account) is not None


class PayOut(BaseModel):
    """How a creditor's bank is told to pay back. Without any `approved_above` a second person approves each refund."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    account: Annotated[str, AfterValidator(one_spelling)]
    bic: Bic
    """Of the bank that has the account."""
    customer_id: Annotated[str, Field(min_length=1, max_length=35)] | None = None
    """The creditor's number in its agreement with the bank on payment files, where the bank asks for it."""
    approved_above: tuple[ApprovedAbove, ...] = ()
    other_currencies: tuple[OtherAccount, ...] = ()
    """From where refunds in other currencies than the country's go: nothing is converted."""

    def pays_from(self, currency: str, country: str) -> PaysFrom | None:
        """The account that refunds of a currency leave from, of a creditor in a country; None where none was told."""
        if currency == country_of(country).currency:
            return PaysFrom(currency, self.account, self.bic, country, self.customer_id)
        for of in self.other_currencies:
            if of.currency == currency:
                return PaysFrom(currency, of.account, of.bic, of.country or country, of.customer_id)
        return None

    def limit(self, currency: str, on: date) -> Decimal:
        """Up to which amount nobody needs to approve on a day; zero where nothing is said of the currency."""
        rows = [row for row in self.approved_above if row.currency == currency and row.from_ <= on]
        return max(rows, key=lambda row: row.from_).amount if rows else Decimal(0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of a refund, which was to go to this account then."""

    by: str
    approved: bool
    to_account: str | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A refund that is due. `asked_by` are all who had a part in it: who decided it, and who named the account."""

    amount: Decimal
    currency: str
    to_account: str | None
    asked_by: tuple[str, ...]
    verdict: Verdict | None
    covered: bool
    """Whether all that is owed back of its payment is no more than was paid."""


def faults_of_pay_out(country: str, pay_out: PayOut | None, accounts: Sequence[str]) -> list[str]:
    """What is wrong with a creditor's setting, in words."""
    if pay_out is None:
        return []
    if scheme_of(country, pay_out.account) is None:
        return [f"account: {pay_out.account} is no account number of {country}"]
    if not is_one_of(pay_out.account, accounts):
        return [f"account: {pay_out.account} is none of the creditor's own: name one of {', '.join(accounts)}"]
    named = [each.currency for each in pay_out.other_currencies]
    faults = [
        f"other_currencies: {each} stands there twice" for each in sorted({c for c in named if named.count(c) > 1})
    ]
    return [*faults, *(fault for each in pay_out.other_currencies if (fault := _of_other(country, each, accounts)))]


def _of_other(country: str, other: OtherAccount, accounts: Sequence[str]) -> str | None:
    """Why no file can be written for an account in another currency; None where one can."""
    bank = other.country or country
    if other.currency == country_of(country).currency:
        return f"other_currencies: {other.currency} is the currency of {country}: it leaves from account"
    if other.currency not in (EURO, country_of(bank).currency):
        return (
            f"other_currencies: files are written for {other.currency} where it is the country's own: give the country of an "
            f"account there, or leave it out and pay refunds in {other.currency} in the bank"
        )
    if not PaysFrom(other.currency, other.account, other.bic, bank).takes(other.account):
        wanted = "IBAN" if other.currency == EURO else f"account number of {bank}"
        return f"other_currencies: {other.account} is no {wanted}"
    if not is_one_of(other.account, accounts):
        return f"other_currencies: {other.account} is none of the creditor's own: name one of {', '.join(accounts)}"
    return None


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, however either is written, and whomever they were asked by."""
    first, second = (who_entered(" ".join(each.split()).casefold()) for each in (one, other))
    return first == second


def may_not_approve(by: str, refund: Proposed) -> str | None:
    """Why this person may not approve a refund; None where they may."""
    if any(is_same_person(by, each) for each in refund.asked_by):
        return f"{by} asked for it or named the account: somebody else approves it"
    return None


def stands_against(refund: Proposed, pay_out: PayOut, country: str, own: Sequence[str], on: date) -> str | None:
    """Why a refund that is due is not sent to the bank on a day, and what to do; None where it is sent.

    A verdict on another account is none: what was approved is a payment to that one.
    """
    account, verdict, payer = refund.to_account, refund.verdict, pay_out.pays_from(refund.currency, country)
    if verdict is not None and not verdict.approved:
        return f"{verdict.by} rejected it: it waits until somebody approves it"
    if payer is None:
        return (
            f"it is in {refund.currency}, and from which account is not told: give one under other_currencies, or pay it in the "
            "bank and tell that it is paid"
        )
    if not account:
        return "nobody knows to which account: name it, or refund it where it was paid and tell that it is paid"
    if not payer.takes(account):
        if payer.currency == EURO:
            return f"{account} is no IBAN that euro go to: name another, or pay it in the bank"
        return f"{account} is no account number of {payer.country}: name another, or pay it in the bank"
    if is_one_of(account, own):
        return f"{account} is the creditor's own account: name the payer's"
    if not refund.covered:
        return "more would go back than was paid: tell whoever runs Purr"
    limit = pay_out.limit(refund.currency, on)
    if refund.amount > limit and (verdict is None or verdict.to_account != account):
        return f"above {limit:.2f} {refund.currency}: somebody other than {' and '.join(refund.asked_by)} approves it"
    return None
