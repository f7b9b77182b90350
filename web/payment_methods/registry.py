"""Every way to pay that Purr knows, the most used first: a new one is its import and its line here."""

from config.settings import read
from web.payment_methods.method import MethodSettings, PaymentMethod
from web.payment_methods.stripe import StripeSettings
from web.payment_methods.vipps import VippsSettings

METHODS: dict[str, type[MethodSettings]] = {
    "vipps": VippsSettings,
    "stripe": StripeSettings,
}


def payment_methods() -> list[PaymentMethod]:
    """Every way to pay as the environment sets it up. Raises SettingsError."""
    return [read(settings).method() for settings in METHODS.values()]
