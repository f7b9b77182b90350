"""What somebody of the desk sees of cases in a list, and by which words they may ask for some: as on the page of a case."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from domain.desk.parts import Part, parts_of
from facts.desk.users import User
from views.desk_cases import DeskCase
from views.filters import OF_CASES, Word

NEEDS: Final[Mapping[str, Part]] = {
    "flag": Part.WORK,
    "flagged": Part.WORK,
    "hold": Part.WORK,
    "step": Part.NEXT,
    "channel": Part.NEXT,
    "segment": Part.WORTH,
    "policy": Part.DECISIONS,
}
"""Words of filters that tell a part of a case; who does not see it does not find by it either."""


def as_seen(user: User, rows: Sequence[DeskCase]) -> list[DeskCase]:
    """The cases without what they do not see: a template cannot show what it is not given."""
    parts = parts_of(user.roles)
    work, coming = Part.WORK in parts, Part.NEXT in parts
    return [
        replace(
            row,
            flag=row.flag if work else None,
            on_hold=row.on_hold and work,
            next_at=row.next_at if coming else None,
            next_step=row.next_step if coming else None,
        )
        for row in rows
    ]


def words_for(user: User) -> Mapping[str, Word]:
    """The words of filters that they may use."""
    parts = parts_of(user.roles)
    return {name: word for name, word in OF_CASES.items() if name not in NEEDS or NEEDS[name] in parts}
