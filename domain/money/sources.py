"""Where money is told of: our own doors each have a name, under which nobody else books anything."""

from typing import Final

API: Final = "api"
WEBHOOK: Final = "webhook"
BANK_FILE: Final = (
    "bank file"  # of every payment booked from a file, whoever books it; the payment's id tells the format
)
BY_HAND: Final = "terminal"
VIPPS: Final = "vipps"
STRIPE: Final = "stripe"
PARTNER: Final = "collection partner"  # of money that debtors paid there
SIGNAL: Final = "signal"  # of money that a signal brings without a provider's name
OWN: Final = frozenset({API, WEBHOOK, BANK_FILE, BY_HAND, VIPPS, STRIPE, PARTNER})


def is_own(source: str) -> bool:
    """Whether a name is that of a door of ours, however it is written."""
    return " ".join(source.casefold().split()) in OWN
