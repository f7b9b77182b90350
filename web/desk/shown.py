"""What an open page of the desk shows that may change under whoever looks: whether it is theirs to see, and how it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.parts import Part, parts_of
from domain.desk.roles import Act
from facts.desk import presence
from facts.desk.threads import Thread, thread_of
from facts.desk.users import User
from facts.desk.within import sees_case, sees_debtor
from views.inbox import Filter, counts

WRITTEN: Final = re.compile(r"inbox|(case|debtor|thread)-([1-9]\d{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """A case, a person, the thread of a reply, or the list of the inbox; `id` is the number of what it is."""

    what: str
    id: int = 0

    @classmethod
    def of(cls, written: str) -> "Shown | None":
        """As a page has it: "case-17", "inbox"; None for anything else."""
        found = WRITTEN.fullmatch(written)
        if found is None:
            return None
        return cls(found[1], int(found[2])) if found[1] else cls(found[0])


@dataclass(frozen=True, slots=True)
class Stands:
    """How it stands: its place, where people meet; whose changes it hears of; and `state`, which tells it from before."""

    place: str
    case: int = 0
    debtor: int | None = None
    state: str | None = None
    answered: Sequence[int] = ()  # the debtors whose thread it is


async def stands(connection: AsyncConnection, user: User, shown: Shown, now: datetime) -> Stands | None:
    """How something stands; None where it is not somebody's to see, or not any more."""
    match shown.what:
        case "case" if await sees_case(connection, user.reach, shown.id):
            return Stands(place_of_case(shown.id), case=shown.id)
        case "debtor" if Part.OTHERS in parts_of(user.roles) and await sees_debtor(connection, user.reach, shown.id):
            return Stands(place_of_debtor(shown.id), debtor=shown.id)
        case "thread" if user.may(Act.ANSWER):
            found = await thread_of(connection, user.reach, shown.id)
            if found is not None:
                return Stands(
                    place_of_thread(found), debtor=found.debtor, state=found.seen, answered=tuple(found.debtors)
                )
        case "inbox" if user.may(Act.ANSWER):
            return Stands(presence.INBOX, state=str(await counts(connection, user.reach, Filter(user.id), now)))
    return None


def place_of_case(case: int) -> str:
    """Where those meet who look at a case."""
    return f"case/{case}"


def place_of_debtor(debtor: int) -> str:
    """Where those meet who look at a person."""
    return f"debtor/{debtor}"


def place_of_thread(thread: Thread) -> str:
    """Where those meet who look at a thread, by whichever of its words they came."""
    of = f"debtor/{thread.debtor}" if thread.debtor is not None else f"reply/{min(thread.replies)}"
    return f"{presence.INBOX}/{of}"


async def also_here(connection: AsyncConnection, user: User, place: str) -> Sequence[str]:
    """Who else is at a place, for those who see that."""
    if Part.PRESENCE not in parts_of(user.roles):
        return ()
    return presence.others((await presence.who_is_at(connection, [place]))[place], user.id)
