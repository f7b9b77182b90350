"""Many cases that are released at once go on in turns: who takes one, and when the turn of each debtor comes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.countries.calendar import Calendar, ContactHours
from domain.countries.rows import Rows
from domain.planner.action import Action, ActionKind

PER_HOUR = 200  # messages of a release of many where nobody says how many; fewer than that go at once
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Released:
    """A case that is let go, and the messages that leave when its turn comes, each by a name of its own."""

    case: int
    debtor: int
    creditor: str
    messages: frozenset[str]


def takes_turn(action: Action, now: datetime, spread: timedelta, calendar: Calendar, hours: Rows[ContactHours]) -> bool:
    """Whether a case that would do this at `now` (UTC), once it is let go, takes a turn.

    What has waited for the release does, however long after the next opening its policy spreads it, and so does what waits
    for news, which may come to all at once. What has its own moment later on keeps it, and what ends leaves nobody waiting.
    """
    if action.kind is ActionKind.CLOSE:
        return False
    opening = calendar.next_contact_time(now, hours)
    return action.at is None or action.at <= calendar.next_contact_time(opening + spread, hours)


def turns(
    released: Iterable[Released],
    begin: datetime,
    per_hour: int,
    calendars: Collection[Calendar],
    hours: Rows[ContactHours],
) -> dict[int, datetime]:
    """When the turn of each case comes, by its id: in contact hours, with at most `per_hour` messages in any hour.

    A debtor's cases have one turn, so that one message tells of them. Creditors take turns: who has few cases waits for
    nobody's many. Where more messages belong to one turn than may leave in an hour, that one goes all the same.
    All are let go at a moment that each of their `calendars` has among its hours: whoever waited for a holiday of their
    region would else leave with all the others of it.
    """
    by_debtor = dict[tuple[str, int], list[Released]]()
    for each in sorted(released, key=lambda each: each.case):
        by_debtor.setdefault((each.creditor, each.debtor), []).append(each)
    queue = _in_turn(by_debtor)
    weights = [len(frozenset[str]().union(*(each.messages for each in theirs))) or 1 for theirs in queue]
    apart = _HOUR / max(
        1, per_hour + 1 - max(weights, default=1)
    )  # so also the heaviest fits into what is left of an hour
    moments, at = dict[int, datetime](), begin
    for theirs, weight in zip(queue, weights, strict=True):
        at = _open_to_all(at, calendars, hours)
        moments |= {each.case: at for each in theirs}
        at += apart * weight
    return moments


def _open_to_all(at: datetime, calendars: Collection[Calendar], hours: Rows[ContactHours]) -> datetime:
    while (opening := max(each.next_contact_time(at, hours) for each in calendars)) > at:
        at = opening
    return at


def _in_turn(by_debtor: dict[tuple[str, int], list[Released]]) -> Sequence[list[Released]]:
    """The debtors in their order: each creditor's first, then each one's second, and so on; of equal rank, who came first."""
    served = dict[str, int]()
    placed = list[tuple[int, list[Released]]]()
    for (creditor, _), theirs in by_debtor.items():
        served[creditor] = served.get(creditor, -1) + 1
        placed.append((served[creditor], theirs))
    return [theirs for _, theirs in sorted(placed, key=lambda each: each[0])]
