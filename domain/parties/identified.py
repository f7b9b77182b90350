"""Whether somebody who has shown who they are is the debtor, by what is known of the debtor."""

from datetime import date

from domain.money.matching.names import likeness


def is_the_same(known: str, born: date | None, name: str, birth_date: date | None) -> bool:
    """Whether a debtor of this name and day of birth, where that is known, is the person of that name and day of birth.

    Names are changed and shortened: with the same day of birth, one that they share is enough.
    """
    like = likeness(name, known)
    if born is None or birth_date is None:
        return born is None and like == "is"
    return born == birth_date and like is not None
