"""How a debtor pays, in which segment, and what the customer is worth: what was found and what was told, in words.

Of whom nothing may be guessed nothing was kept, so nothing is here; what a creditor told of its customer is no guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned import behaviour, segments
from domain.learned.behaviour import Behaviour
from domain.parties import valuable
from domain.parties.valuable import Value, value_of
from facts.parties import relations
from facts.prediction.segments import of_debtor


@dataclass(frozen=True, slots=True)
class Behaves:
    """What was found of a debtor: `key` and `name` are of the segment, None where there is none; `version` of what found it."""

    key: str | None
    name: str | None
    stands: str | None
    patterns: Sequence[Behaviour]
    version: str
    found_at: datetime

    @property
    def words(self) -> list[str]:
        """How the debtor pays, a sentence each."""
        return list(behaviour.in_words(self.patterns))


async def behaves(connection: AsyncConnection, debtor: int) -> Behaves | None:
    """What was found of a debtor last; None where nothing was, or may be."""
    found = await of_debtor(connection, debtor)
    if found is None:
        return None
    stands = segments.in_words(found.traits) if found.traits else None
    return Behaves(found.key, found.name, stands, found.patterns, found.version, found.found_at)


async def worth(connection: AsyncConnection, creditor: str, customer_number: str | None, today: date) -> Value | None:
    """What a customer is worth by what the creditor told; None where it told nothing, or that the customer left."""
    if customer_number is None:
        return None
    return value_of((await relations.told(connection, creditor, [customer_number]))[customer_number], today)


def worth_in_words(value: Value | None) -> list[str]:
    """The same, a sentence each."""
    return list(valuable.in_words(value)) if value else []
