"""The ways to pay at once on the invoice page, by the names that people know; countries' files say which are used where."""

from typing import Final

CARD: Final = "card"
SWISH: Final = "swish"
VIPPS: Final = "vipps"
MOBILEPAY: Final = "mobilepay"
WAYS: Final = (VIPPS, MOBILEPAY, SWISH, CARD)
