"""One-time codes by which somebody proves to have an address: how long they are good, and how often one may try."""

import secrets
from datetime import timedelta
from typing import Final

GOOD_FOR: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5


def new(digits: int) -> str:
    """A code of so many digits."""
    return f"{secrets.randbelow(10**digits):0{digits}}"
