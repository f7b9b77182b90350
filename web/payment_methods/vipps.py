"""Paying with Vipps MobilePay, in the debtor's app: Norwegians and Swedes know it as Vipps, Danes and Finns as MobilePay."""

from datetime import timedelta

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from config.settings import PREFIX, Secrets, Url
from connectors.payment_providers.vipps import API_BASE, VippsMobilePay
from domain.money.ways_to_pay import MOBILEPAY, VIPPS
from web.payment_methods.method import MethodSettings, PaymentMethod, Way, words_of
from web.webhooks import vipps as webhooks


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
        """Vipps and MobilePay as ways to pay.

        A sales unit is paid in the currency of the country where it is registered (developer.vippsmobilepay.com, "Offering Vipps
        MobilePay in the Nordics", currency requirements).
        """
        return PaymentMethod(
            name=webhooks.PROVIDER,
            merchant_key="merchant_serial_number",
            merchant=self.merchant_serial_number or None,
            lifetime=timedelta(minutes=8),
            ways=tuple(Way(app, words_of(app), local=True) for app in (VIPPS, MOBILEPAY)),
            webhooks=webhooks.router,
            webhook_secrets=tuple(secret.get_secret_value() for secret in self.webhook_secrets),
            provider=self._provider() if self.client_id else None,
            of_one_currency=True,
        )

    def _provider(self) -> VippsMobilePay:
        return VippsMobilePay(
            client_id=self.client_id,
            client_secret=self.client_secret.get_secret_value(),
            subscription_key=self.subscription_key.get_secret_value(),
            merchant_serial_number=self.merchant_serial_number,
            api_base=self.api_base,
        )
