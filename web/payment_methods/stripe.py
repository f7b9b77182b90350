"""Paying on Stripe's page: by card, and with the apps of the countries where people have them."""

from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from config.settings import PREFIX, Secrets, Url
from connectors.payment_providers.stripe_checkout import API_BASE, CURRENCIES, StripeCheckout
from domain.money.ways_to_pay import CARD, MOBILEPAY, SWISH
from web.payment_methods.method import MethodSettings, PaymentMethod, Way, words_of
from web.webhooks import stripe as webhooks


class StripeSettings(MethodSettings):
    """How this place is paid through Stripe Checkout."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}STRIPE_")

    api_key: SecretStr = SecretStr("")
    """The Stripe key that may create Checkout Sessions; empty when nobody is paid through Stripe."""
    api_base: Url = API_BASE
    """The Stripe API, or the mock that stands in for it."""
    webhook_secrets: Secrets = ()
    """Signing secrets of the Stripe webhook endpoint; several are valid while one rotates."""

    def method(self) -> PaymentMethod:
        """Cards, Swish and MobilePay as ways to pay."""
        key = self.api_key.get_secret_value()
        return PaymentMethod(
            name=webhooks.PROVIDER,
            merchant_key="account",
            merchant=None,
            lifetime=timedelta(minutes=30),
            ways=(
                Way(CARD, words_of(CARD)),
                *(Way(app, words_of(app), CURRENCIES[app], local=True) for app in (SWISH, MOBILEPAY)),
            ),
            webhooks=webhooks.router,
            webhook_secrets=tuple(secret.get_secret_value() for secret in self.webhook_secrets),
            provider=StripeCheckout(key, api_base=self.api_base) if key else None,
        )
