"""Until when a claim can be asked for: limitation, what begins it anew, and in how many days a claim is filed."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Origin = Literal["due date", "origin"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
"""From which day limitation counts: that on which payment could first be demanded, or on which the claim arose."""
Renewal = Literal["written reminder", "any reminder", "part payment", "acknowledgement"]
RENEWALS: tuple[Renewal, ...] = get_args(Renewal)
"""What begins limitation anew."""


@dataclass(frozen=True, slots=True)
class Limitation:
    """After how many years a claim is barred, from when, and what begins them anew."""

    years: int
    counts_from: Origin
    renewed_by: tuple[Renewal, ...]

    def is_renewed_by(self, by: Renewal) -> bool:
        """Whether it is: a written reminder is a reminder too."""
        return by in self.renewed_by or (by == "written reminder" and "any reminder" in self.renewed_by)


@dataclass(frozen=True, slots=True, order=True)
class Renewed:
    """What may have begun limitation anew, and the local day on which it did."""

    on: date
    by: Renewal


@dataclass(frozen=True, slots=True)
class Filings:
    """In how many days a claim is filed: with an estate, in a bankruptcy, in a debt settlement."""

    estate_days: int
    bankruptcy_days: int
    debt_settlement_days: int
