"""Which of two lists of mandates has the last word: the one that the centre made later, whenever each of them came."""

from dataclasses import dataclass
from datetime import date
from functools import cmp_to_key

_NUMBERS = 10_000_000  # seven digits: 9,999,999 is followed by 0
_NEAR = 1_000_000  # a hundred days of the centre's numbers, 10,000 for each


@dataclass(frozen=True, slots=True)
class ListNumber:
    """What tells a list of mandates from those before and after it.

    The day on which it was made goes first: the centre's transmission numbers begin with the day of the year (109 1949
    was made on 19 April, 017 0031 on 17 January), so that they start again each January. Of the same day, or where a file
    does not tell its day, the number of the transmission decides, and within that the one of the assignment. Both go round
    after seven digits and are compared as serial numbers (RFC 1982): later is what lies ahead, and near. Of numbers that lie far
    apart, as those of December and January do, nobody can say: neither is older, and what comes later counts.
    """

    made_on: date | None
    transmission: int
    assignment: int

    def is_older_than(self, other: "ListNumber") -> bool:
        """Whether the other list was made later, and has the last word on what both tell."""
        if self.made_on and other.made_on and self.made_on != other.made_on:
            return self.made_on < other.made_on
        ahead = (other.transmission - self.transmission) % _NUMBERS or (other.assignment - self.assignment) % _NUMBERS
        return 0 < ahead < _NEAR


def _compared(one: ListNumber, other: ListNumber) -> int:
    return other.is_older_than(one) - one.is_older_than(other)


oldest_first = cmp_to_key(_compared)
"""The key that sorts lists as they were made."""
