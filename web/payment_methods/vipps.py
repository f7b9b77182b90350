"""Paying with Vipps MobilePay, in the debtor's app."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from config.settings import PREFIX, Secrets, Url
from connectors.payment_providers.vipps import API_BASE, VippsMobilePay
from messages.specs import Language
from web.payment_methods.method import MethodSettings, MethodWords, PaymentMethod
from web.webhooks import vipps as webhooks

WORDS: Mapping[Language, MethodWords] = {
    "nb": MethodWords(
        pay="Betal {amount} med Vipps",
        provider="Vipps",
        problem="Vi får ikke startet betalingen med Vipps akkurat nå. Prøv igjen om litt, eller velg en annen måte å betale på.",
    ),
    "en": MethodWords(
        pay="Pay {amount} with Vipps",
        provider="Vipps",
        problem="We cannot start the payment with Vipps just now. Try again in a moment, or choose another way to pay.",
    ),
}


class VippsSettings(MethodSettings):
    """How this place is paid through Vipps MobilePay."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}VIPPS_")

    api_base: Url = API_BASE
    """The Vipps MobilePay API, or the emulator that stands in for it."""
    client_id: str = ""
    """The Vipps MobilePay client id; empty when nobody is paid through Vipps."""
    client_secret: SecretStr = SecretStr("")
    """The Vipps MobilePay client secret."""
    subscription_key: SecretStr = SecretStr("")
    """The subscription key (`Ocp-Apim-Subscription-Key`) of the Vipps MobilePay sales unit."""
    merchant_serial_number: str = ""
    """The sales unit that is paid where a creditor names none of its own."""
    webhook_secrets: Secrets = ()
    """Secrets that Vipps MobilePay gave when the webhook was registered; all verify."""

    def method(self) -> PaymentMethod:
        """Vipps as a way to pay."""
        return PaymentMethod(
            name=webhooks.PROVIDER,
            merchant_key="merchant_serial_number",
            merchant=self.merchant_serial_number or None,
            lifetime=timedelta(minutes=8),
            words=WORDS,
            webhooks=webhooks.router,
            webhook_secrets=tuple(secret.get_secret_value() for secret in self.webhook_secrets),
            provider=self._provider() if self.client_id else None,
        )

    def _provider(self) -> VippsMobilePay:
        return VippsMobilePay(
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            subscription_key=self.subscription_key.get_secret_value(),
            merchant_serial_number=self.merchant_serial_number,
            api_base=self.api_base,
        )
