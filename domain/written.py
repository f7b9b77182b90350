"""What people write into a filter or a command: days and amounts, each read or refused in one sentence."""

import re
from datetime import date
from decimal import Decimal


def day(written: str) -> date:
    """A day. Raises ValueError that says what to write."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is no date: write it as YYYY-MM-DD") from None


def amount(written: str) -> Decimal:
    """An amount. Raises ValueError that says what to write."""
    if re.fullmatch(r"-?[0-9]{1,10}(\.[0-9]{1,2})?", written) is None:
        raise ValueError(f"{written!r} is no amount: write it as 802.00")
    return Decimal(written)
