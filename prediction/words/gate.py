"""Whether what was learned anew may be used: as good as what is in use, on the same messages that neither had seen."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

from prediction.words.folds import Outcome, shares

STOPS_FOUND: Final = 0.98
HELD_FOR_NOTHING: Final = 0.2
NOISE: Final = 2.0
"""In how many standard deviations of messages that fall either way by luck a difference is none."""


def why_not(new: Sequence[Outcome], used: Sequence[Outcome]) -> str:
    """Why it is not used, in words with the figures; empty where it is. Both are of the same messages, in the same order."""
    found, before = shares(new), shares(used)
    if found.stops_found < max(STOPS_FOUND, before.stops_found):
        asked = max(STOPS_FOUND, before.stops_found)
        return f"it finds {found.stops_found:.1%} of the stops, and {asked:.1%} are asked for"
    if found.held_for_nothing >= HELD_FOR_NOTHING:
        return f"it holds {found.held_for_nothing:.1%} for nothing, and less than {HELD_FOR_NOTHING:.0%} is asked for"
    pairs = list(zip(new, used, strict=True))
    held = [(other.held, each.held) for each, other in pairs if not each.stop]
    if _worse(held):
        return f"it holds {found.held_for_nothing:.1%} for nothing, and what is in use {before.held_for_nothing:.1%}"
    if _worse([(each.right, other.right) for each, other in pairs]):
        return f"it is right in {found.right_among_two:.1%}, and what is in use in {before.right_among_two:.1%}"
    return ""


def _worse(pairs: Sequence[tuple[bool, bool]]) -> bool:
    """Whether the first of each pair is true less often than the second, by more than luck (McNemar's comparison)."""
    gained = sum(first and not second for first, second in pairs)
    lost = sum(second and not first for first, second in pairs)
    return lost - gained > NOISE * sqrt(lost + gained)
