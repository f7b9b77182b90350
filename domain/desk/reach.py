"""Whose cases somebody at the desk sees: their creditors' and, from outside, those that were given to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """A narrowing of all cases: each part narrows further. `creditors` None: every creditor's."""

    creditors: tuple[str, ...] | None = None
    handed_off: bool = False  # those alone that the collection partner has
    agency: str | None = None  # those alone whose call is this agency's to make

    def reaches(self, creditor: str) -> bool:
        """Whether any of a creditor's cases may be within it."""
        return self.creditors is None or creditor in self.creditors

    @property
    def values(self) -> dict[str, object]:
        """What `facts.desk.within.OF_CASE` compares with."""
        creditors = None if self.creditors is None else list(self.creditors)
        return {"of_creditors": creditors, "of_partner": self.handed_off, "of_agency": self.agency}
