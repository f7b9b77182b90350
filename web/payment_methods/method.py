"""What the web app knows of a payment provider: its name, its accounts, its words on the page, its webhooks."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.payment_providers.provider import PaymentProvider
from facts.money.payment_attempts import Merchant
from messages.specs import Language


@dataclass(frozen=True, slots=True)
class MethodWords:
    """What the invoice page says of a way to pay, in one language."""

    pay: str  # on its button, with {amount}
    provider: str  # where one is led to, in a sentence
    problem: str  # where a payment cannot be started


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay on the invoice page."""

    name: str  # in addresses, in creditors' payment methods, and stored with each attempt
    merchant_key: str  # where a creditor's payment methods name its own account with the provider
    merchant: str | None  # the account of creditors that name none; None where the provider needs no name of it
    lifetime: timedelta  # how long a payment that was begun may be taken up: a little less than the provider keeps it
    words: Mapping[Language, MethodWords]
    webhooks: APIRouter
    webhook_secrets: tuple[str, ...]
    provider: PaymentProvider | None  # None where nobody is paid through it: its webhooks are heard all the same

    def merchant_of(self, account: str | None) -> Merchant:
        """An account as the provider names it; None is that of creditors that name none."""
        return Merchant(self.name, account or self.merchant, account in (None, self.merchant), self.merchant_key)


class MethodSettings(BaseSettings):
    """The settings of one provider, read from `PURR_NAME_…` environment variables."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @abstractmethod
    def method(self) -> PaymentMethod:
        """The way to pay that is set up like this."""
