"""Families of business customers: one level, so that nobody is their own parent by any detour."""

from dataclasses import dataclass, field

BUSINESSES = "parent and child are businesses: who stands in for a person is a representative"


@dataclass(slots=True)
class Families:
    """Whose child each of a creditor's customers is, and who is a person: by customer number, as far as it was asked for."""

    parents: dict[str | None, str] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)

    def refusal(self, child: str | None, parent: str) -> str | None:
        """Why one cannot be the other's child, in words; None where it can, also of another parent's before."""
        if parent == child:
            return "nobody is their own parent"
        if parent in self.people:
            return BUSINESSES
        if parent in self.parents:
            return f"{parent} is a child itself: name the customer at the top"
        if child is not None and child in self.parents.values():
            return "the debtor has children itself: a child has none"
        return None

    def joined(self, child: str | None, parent: str | None) -> str | None:
        """The same of what a billing system tells of somebody, if anything; what can be is known from then on."""
        if parent is None:
            return None
        why = self.refusal(child, parent)
        if why is None:
            self.parents[child] = parent
        return f"debtor.parent: {why}" if why else None
