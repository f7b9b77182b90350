"""What each act on the invoice page needs of whoever has it open: the levels, and what is asked for before the higher ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final


class Level(IntEnum):
    """How much is known of whoever has the page: each level may all that those before it may."""

    PAPER = 1  # typed the code on a letter: reads and pays, and is shown no name
    LINK = 2  # has the link that a message carried
    CODE = 3  # typed a one-time code that went to where the debtor is known to be reached
    BANKID = 4  # showed who they are


PROVEN_FOR: Final = timedelta(minutes=30)  # what was proven counts so long: then the page asks once more
TO_SEND: Final = timedelta(minutes=30)  # a form that was opened meanwhile: nobody loses what they typed


@dataclass(frozen=True, slots=True)
class Act:
    """Something that needs more than the link: how much, and where on the page its form stands."""

    level: Level
    form: str  # behind the page's address


ACTS: Final[Mapping[str, Act]] = {
    "": Act(Level.CODE, ""),  # what a link does, for who has a code from paper alone
    "account": Act(Level.CODE, "/account"),
    "mandate": Act(Level.CODE, "/direct-debit"),
    "plan": Act(Level.CODE, "/plan"),
    "stored": Act(Level.CODE, "/stored"),
}
"""By the word in `/i/…/prove?for=WORD`. What each is for is said in the page's words `prove_for_WORD`."""
