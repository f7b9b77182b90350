"""What the web app knows of a payment provider: its name, its accounts, its words on the page, its webhooks."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.payment_providers.provider import PaymentProvider
from domain.languages import EVERYWHERE
from facts.money.payment_attempts import Merchant
from messages.languages import Locale, every_locale, language_of
from web.pages import words


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
    words: Mapping[Locale, MethodWords]
    webhooks: APIRouter
    webhook_secrets: tuple[str, ...]
    provider: PaymentProvider | None  # None where nobody is paid through it: its webhooks are heard all the same

    def said(self, locale: Locale) -> MethodWords:
        """What the page says of it to a reader; in English where it has no words of their language."""
        return self.words.get(locale) or self.words.get(language_of(locale)) or self.words[EVERYWHERE]

    def merchant_of(self, account: str | None) -> Merchant:
        """An account as the provider names it; None is that of creditors that name none."""
        return Merchant(self.name, account or self.merchant, account in (None, self.merchant), self.merchant_key)


def words_of(method: str) -> Mapping[Locale, MethodWords]:
    """The words of a way to pay in every language, from its file among the page's words."""
    return {
        locale: MethodWords(*(words(locale)[f"{method}_{part}"] for part in ("pay", "provider", "problem")))
        for locale in every_locale()
    }


class MethodSettings(BaseSettings):
    """The settings of one provider, read from `PURR_NAME_…` environment variables."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @abstractmethod
    def method(self) -> PaymentMethod:
        """The way to pay that is set up like this."""
