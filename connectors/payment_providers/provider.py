"""What a payment provider does for us: start a payment on its own page, and drop one that nobody finished."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, Protocol
from uuid import UUID

TIMEOUT: Final = 10.0  # seconds: a person is waiting
INVOICE: Final = {
    "en": "Invoice",
    "fi": "Lasku",
}  # what an invoice is called, where it is not as in Norwegian and Swedish
TRIES: Final = 2  # every request carries an idempotency key, so a lost answer may be asked for again


class ProviderError(Exception):
    """No payment was started; the message says why, without personal data."""


class ProviderUnavailable(ProviderError):
    """The provider did not answer, or said "later": the same may work in a moment, another way to pay works now."""


class ProviderRefused(ProviderError):
    """The provider will not have it, and would not the next time: a key, an amount or an agreement is wrong."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """One payment to start. It names no person: the provider asks for what it must know itself."""

    attempt: UUID  # ours; also the idempotency key
    amount: Decimal
    currency: str
    creditor: str  # our short name of the creditor
    creditor_name: str  # as the debtor knows it
    invoice_number: str
    reference: str | None  # the payment reference
    return_url: str  # where the debtor comes back after paying
    page_url: str  # where the debtor comes back without having paid
    language: str  # the locale of who pays
    merchant: str | None  # the creditor's own account with the provider, where it has one
    way: str  # which of the provider's ways to pay

    @property
    def what(self) -> str:
        """What is paid, in the debtor's language."""
        return f"{INVOICE.get(self.language[:2], 'Faktura')} {self.invoice_number}"


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for its debtor at `url`. `provider_id` is the provider's name for it."""

    provider_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment as its provider shows it when asked; `approved` is money on its way, `over` will bring none.

    `payment` is the provider's id of the money, as its webhooks name it.
    """

    state: Literal["open", "approved", "paid", "over"]
    payment: str
    amount: Decimal
    currency: str


class PaymentProvider(Protocol):
    """A provider that takes a payment on a page of its own and tells by webhook what became of it."""

    def takes(self, amount: Decimal, currency: str) -> bool:
        """Whether a payment of this amount can be started at all."""
        ...

    async def start(self, checkout: Checkout) -> Started:
        """Start a payment. Raises ProviderUnavailable or ProviderRefused."""
        ...

    async def cancel(self, provider_id: str, merchant: str | None) -> bool:
        """Drop a payment that was not finished; False when it is too late. Raises as `start` does."""
        ...

    async def settle(
        self, provider_id: str, amount: Decimal, currency: str, merchant: str | None, *, owed: bool = True
    ) -> Seen:
        """What became of a payment, where no news comes; one that waits for us to draw it is drawn, if it is `owed`.

        One that is not owed any more is let go. Raises ProviderUnavailable or ProviderRefused.
        """
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...
