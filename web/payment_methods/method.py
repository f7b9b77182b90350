"""What the web app knows of a payment provider: its name, its accounts, its ways to pay and their words, its webhooks."""

import re
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
class WayWords:
    """What the invoice page says of a way to pay, in one language."""

    pay: str  # on its button, with {amount}
    provider: str  # where one is led to, in a sentence
    problem: str  # where a payment cannot be started


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay as people know it: what its button says, and where and in what it is paid."""

    name: str  # in forms, in countries' files, and stored with each attempt
    words: Mapping[Locale, WayWords]
    currencies: frozenset[str] | None = None  # None: all that its provider takes
    local: bool = False  # only people of the countries whose files name it can use it

    def said(self, locale: Locale) -> WayWords:
        """What the page says of it to a reader; in English where it has no words of their language."""
        return self.words.get(locale) or self.words.get(language_of(locale)) or self.words[EVERYWHERE]


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A payment provider, and the ways to pay that the invoice page may offer through it."""

    name: str  # in addresses, in creditors' payment methods, and stored with each attempt
    merchant_key: str  # where a creditor's payment methods name its own account with the provider
    merchant: str | None  # the account of creditors that name none; None where the provider needs no name of it
    lifetime: timedelta  # how long a payment that was begun may be taken up: a little less than the provider keeps it
    ways: tuple[Way, ...]
    webhooks: APIRouter
    webhook_secrets: tuple[str, ...]
    provider: PaymentProvider | None  # None where nobody is paid through it: its webhooks are heard all the same
    of_one_currency: bool = False  # each account with it is paid in the currency of the country where it was opened

    def way(self, name: str | None) -> Way:
        """One of its ways by name; the first for a payment that was begun before they had names."""
        return next((way for way in self.ways if way.name == name), self.ways[0])

    def reads(self, key: str) -> bool:
        """Whether a creditor's payment methods may say something of the provider under a key."""
        return re.fullmatch(rf"{self.merchant_key}(_[A-Z]{{3}})?", key) is not None

    def account_for(self, named: Mapping[str, str], currency: str, home: str) -> Merchant | None:
        """The account that a creditor is paid to in a currency, by what its payment methods say of the provider.

        One for another currency than that of its country (`home`) is named by it, as `merchant_serial_number_EUR`. None where it
        has no account that is paid in this currency.
        """
        if (account := named.get(f"{self.merchant_key}_{currency}")) is not None:
            return self.merchant_of(account)
        return None if self.of_one_currency and currency != home else self.merchant_of(named.get(self.merchant_key))

    def merchant_of(self, account: str | None) -> Merchant:
        """An account as the provider names it; None is that of creditors that name none."""
        return Merchant(self.name, account or self.merchant, account in (None, self.merchant), self.merchant_key)


def words_of(way: str) -> Mapping[Locale, WayWords]:
    """The words of a way to pay in every language, from its file among the page's words."""
    return {
        locale: WayWords(*(words(locale)[f"{way}_{part}"] for part in ("pay", "provider", "problem")))
        for locale in every_locale()
    }


class MethodSettings(BaseSettings):
    """The settings of one provider, read from `PURR_NAME_…` environment variables."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @abstractmethod
    def method(self) -> PaymentMethod:
        """The way to pay that is set up like this."""
