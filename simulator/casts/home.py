"""Where a demo plays: all that its creditors, people and offices have of one country. The story is the same in every one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.countries.country import ReferenceScheme
from domain.countries.registry import country_of
from domain.languages import Language
from facts.parties.creditors import CreditorDetails
from simulator.offices.bank import BankFiles

CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Said:
    """What people of the story write, in their language; what is asked for in braces is filled in."""

    paid: str
    """By SMS, when a reminder crosses the payment."""
    paid_long_ago: str
    new_address: str
    lost_letter: str
    question: str
    """On the page."""
    disputed: str
    """As an agent notes it."""
    letter: str
    """To the creditor, in Typst: of `city`, `day`, `name` and `reference`."""
    bank_text: str
    """What a payment without a reference says."""
    wrong_price: str
    """The reason of a credit note."""


@dataclass(frozen=True, slots=True)
class Home:
    """One country of the demo. Its three creditors have the same ids everywhere: those of one group of companies."""

    country: str
    creditors: tuple[CreditorDetails, CreditorDetails, CreditorDetails]
    """Who charges no fees, who does, and who delivers a service."""
    sells: Mapping[str, str]
    """By creditor, the line of its invoices."""
    cheaply: str
    """A policy that some invoices name instead of their creditor's."""
    worth: Decimal
    """What one krone of the story's amounts comes to here."""
    first_names: Sequence[str]
    last_names: Sequence[str]
    places: Sequence[tuple[str, str]]
    street: str
    languages: Sequence[Language]
    """Of each person in turn."""
    phone: Callable[[int], str]
    """A mobile number for everybody, by their place."""
    account: Callable[[int], str]
    """An account for everybody, as the bank's files have it."""
    somebody: str
    """The number of somebody whom nobody knows."""
    pays_for_many: tuple[str, str]
    """The account and the name of an office that pays for people."""
    said: Said
    weeks: int
    """So long the story takes: who reads and waits is handed off, and their case comes back."""
    bank_files: BankFiles
    app: str
    """The app that people pay with on Stripe's page; empty where they have Vipps alone."""
    wants_direct_debit: Mapping[str, str]
    """What somebody types on the page who wants direct debit."""
    not_here: Mapping[str, str]
    """Habits and acceptance cases that cannot be played here, each with the reason."""

    @property
    def billing(self) -> tuple[CreditorDetails, CreditorDetails]:
        """Whose invoices most people get."""
        return self.creditors[:2]

    @property
    def without_fees(self) -> CreditorDetails:
        """Who reminds without fees."""
        return self.creditors[0]

    @property
    def currency(self) -> str:
        """What everybody pays with."""
        return country_of(self.country).currency

    @property
    def references(self) -> ReferenceScheme:
        """How payment references are made. Raises LookupError."""
        scheme = country_of(self.country).references
        if scheme is None:
            raise LookupError(f"{self.country} has no payment references of its own")
        return scheme

    def creditor(self, id: str) -> CreditorDetails:
        """The creditor of this id."""
        return next(creditor for creditor in self.creditors if creditor.id == id)

    def amount(self, kroner: Decimal | str | int) -> Decimal:
        """An amount of the story, in the currency of the country."""
        return (Decimal(kroner) * self.worth).quantize(CENT)
