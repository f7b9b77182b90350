"""Where an address is, by its lines as they stand on letters: the last begins with a postcode."""

import re
from collections.abc import Sequence

_PLACE = re.compile(r"(\d{3} ?\d{1,2}|\d{4}) (\D.*)")


def place_of(lines: Sequence[str]) -> tuple[str, str] | None:
    """The postcode and the town of an address; None where its last line that is not empty does not tell them."""
    last = next((line for line in reversed(lines) if line), "")
    found = _PLACE.fullmatch(last)
    return (found[1], found[2]) if found else None
