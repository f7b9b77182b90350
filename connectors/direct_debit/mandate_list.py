"""The mandates that a file of a direct-debit centre tells of, whatever its layout."""

from dataclasses import dataclass, field
from datetime import date

from domain.agreements.direct_debit import ReportedMandate
from domain.agreements.mandate_order import ListNumber


@dataclass(frozen=True, slots=True)
class MandateList:
    """The mandates of one assignment. One with `lists_all` names every mandate of the account: others have ended."""

    account: str  # the creditor's
    transmission: int
    assignment: int
    mandates: tuple[ReportedMandate, ...]
    lists_all: bool
    # Not in the words of a list, by which it is known when it comes again: they never change.
    made_on: date | None = field(default=None, repr=False)

    @property
    def number(self) -> ListNumber:
        """Its place among the account's lists."""
        return ListNumber(self.made_on, self.transmission, self.assignment)


@dataclass(frozen=True, slots=True)
class MandateFile:
    """The mandates of one file; with any flag, nothing of it is recorded before a person has accepted it."""

    file: str
    lists: tuple[MandateList, ...]
    flags: tuple[str, ...]
