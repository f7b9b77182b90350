"""Paying by card, on Stripe's page."""

from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from config.settings import PREFIX, Secrets, Url
from connectors.payment_providers.stripe_checkout import API_BASE, StripeCheckout
from web.payment_methods.method import MethodSettings, PaymentMethod, words_of
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
        """A card as a way to pay."""
        key = self.api_key.get_secret_value()
        return PaymentMethod(
            name=webhooks.PROVIDER,
            merchant_key="account",
            merchant=None,
            lifetime=timedelta(minutes=30),
            words=words_of("stripe"),
            webhooks=webhooks.router,
            webhook_secrets=tuple(secret.get_secret_value() for secret in self.webhook_secrets),
            provider=StripeCheckout(key, api_base=self.api_base) if key else None,
        )
