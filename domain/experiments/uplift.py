"""Who is helped by a contact, and whom nothing helps: what an experiment with a hold-out shows of each kind of debtor.

What is seen of one kind is held towards what is seen of all, the more so the less is known of it, and by how much kinds differ
more than chance makes them: DerSimonian and Laird, *Meta-analysis in clinical trials*, Controlled Clinical Trials 7 (1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import Final

from domain.experiments.sequence import FEWEST, Counted, stretch

HELPED_COUNTS: Final = Decimal("1.25")
"""By how much more a call counts for its place in the list where calls help: so far, and no further, it may be moved up."""


class Helped(StrEnum):
    """What is known of a kind of debtor."""

    YES = "helped"
    NO = "not helped"
    UNKNOWN = "not known"

    def counted(self, worth: Decimal) -> Decimal:
        """What a call counts for its place in the list, by what it is worth."""
        return worth * HELPED_COUNTS if self is Helped.YES else worth


@dataclass(frozen=True, slots=True)
class KindSeen:
    """Debtors of a kind in an arm, and beside them those to whom nothing was sent: of how many, and how many paid in time."""

    kind: str
    arm: Counted
    held_out: Counted


@dataclass(frozen=True, slots=True)
class Uplift:
    """By how much more debtors of a kind pay in time for a contact, from where to where, and what that says."""

    kind: str
    more: float
    low: float
    high: float
    helped: Helped


def uplifts(seen: Sequence[KindSeen], smallest: float) -> list[Uplift]:
    """The same of each kind of which enough are known in both arms; less than `smallest` is no help.

    The intervals are as wide as those that may be looked at every night.
    """
    known = [each for each in seen if min(each.arm.debtors, each.held_out.debtors) >= FEWEST]
    if not known:
        return []
    more = [each.arm.share - each.held_out.share for each in known]
    variances = [each.arm.variance + each.held_out.variance for each in known]
    weights = [1 / variance for variance in variances]
    middle = sum(weight * each for weight, each in zip(weights, more, strict=True)) / sum(weights)
    differ = _differ(more, weights, middle)
    found = []
    for each, own, variance in zip(known, more, variances, strict=True):
        part = differ / (differ + variance)
        held = part * own + (1 - part) * middle
        # The two lean on the same debtors: their errors are added as if they went together.
        reach = stretch() * (part * sqrt(variance) + (1 - part) / sqrt(sum(weights)))
        found.append(_judged(each.kind, held, reach, smallest))
    return found


def _differ(more: Sequence[float], weights: Sequence[float], middle: float) -> float:
    """By how much kinds differ beyond chance, as a variance."""
    if len(more) < 2:
        return 0.0
    apart = sum(weight * (each - middle) ** 2 for weight, each in zip(weights, more, strict=True))
    scale = sum(weights) - sum(weight**2 for weight in weights) / sum(weights)
    return max(0.0, (apart - (len(more) - 1)) / scale)


def _judged(kind: str, more: float, reach: float, smallest: float) -> Uplift:
    low, high = more - reach, more + reach
    helped = Helped.YES if low > 0 else Helped.NO if high < smallest else Helped.UNKNOWN
    return Uplift(kind, more, low, high, helped)


def kind_of(debtor_kind: str, segment: str | None) -> str:
    """What kind of debtor it is, by what was told before anything was sent: what was found since moves with what is judged."""
    return f"{debtor_kind}, {segment}" if segment else debtor_kind
