"""At which rate interest for late payment runs, and from when."""

from dataclasses import dataclass

from domain.countries.half_years import Rate


@dataclass(frozen=True, slots=True)
class InterestRules:
    """At which rate interest runs, and from when."""

    rate: Rate
    days_without_agreed_due_date: int | None
    """Where the due date was not agreed, interest runs from so many days after the invoice at the earliest."""
