"""What some lines of an invoice come to, where its lines are written without tax, or with: their share of all of it."""

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal

OERE = Decimal("0.01")


def share_of(lines: Sequence[Decimal | None], chosen: Collection[int], total: Decimal) -> Decimal | None:
    """The part of an invoice's total that the lines of these positions (from 1) stand for; None: all of it, or nobody can tell.

    A line without an amount, or lines that come to nothing, tell no part.
    """
    wanted = [lines[position - 1] for position in sorted(chosen) if 0 < position <= len(lines)]
    every = [amount for amount in lines if amount is not None]
    whole = sum(every, Decimal(0))
    if not wanted or len(wanted) == len(lines) or None in wanted or whole <= 0:
        return None
    part = sum((amount for amount in wanted if amount is not None), Decimal(0))
    share = (total * part / whole).quantize(OERE, ROUND_HALF_UP)
    return share if 0 < share < total else None
