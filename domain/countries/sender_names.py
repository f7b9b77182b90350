"""The names that SMS may be sent as in one country, from a day on: a row of the country's file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Registration = Literal["required", "voluntary"]
REGISTRATIONS: tuple[Registration, ...] = get_args(Registration)
SIGNS: Mapping[str, str] = {
    "A-Z": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "a-z": "abcdefghijklmnopqrstuvwxyz",
    "0-9": "0123456789",
    "space": " ",
}
"""The signs that a name may be written with at all, by the words of the country files: a network takes no others."""


@dataclass(frozen=True, slots=True)
class SenderNames:
    """Which names may be sent as: how they are written, and whether somebody must have registered them first."""

    registration: Registration
    shortest: int
    longest: int
    signs: tuple[str, ...]
    """Of `SIGNS`."""
    numbers: bool
    """Whether a number of the country's own must be registered as a name is."""

    def fault(self, name: str) -> str | None:
        """Why a name cannot be sent as there, in words; None where it can."""
        known = "".join(SIGNS[each] for each in self.signs)
        strange = sorted({sign for sign in name if sign not in known})
        if strange:
            return f"{name} has {', '.join(strange)}: only {', '.join(self.signs)} arrive"
        if not self.shortest <= len(name) <= self.longest:
            return f"{name} has {len(name)} signs: {self.shortest} to {self.longest} arrive"
        if name.strip() != name or "  " in name:
            return f"{name!r} begins or ends with a space, or has two in a row"
        if not any(sign.isalpha() for sign in name):
            return f"{name} has no letter: it would be taken for a number"
        return None


ANYWHERE = SenderNames("required", 1, 11, tuple(SIGNS), numbers=False)
"""What is held where no country file says more: what every network takes (GSM 03.38), and no name that nobody registered."""
