"""Who stopped being a customer, from which day on, and what that costs: facts about who owes, from what is told of a relation.

It costs what the creditor stood to lose on the day before (`lost_customer_cost`), in one currency. A customer of several products
is lost with the last of them. Where a margin is not told, what it costs is not known: none is guessed.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isnan, nan
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from domain.money.amount import ZERO
from domain.parties.relations import (
    Relation,
    RelationKind,
    is_customer,
    lost_customer_cost,
    relations_on,
)
from facts.prediction.whoever_left import Heard
from prediction.history.features import holding
from prediction.history.past import (
    NOT_TOLD,
    Codes,
    Days,
    Events,
    Happened,
    Invoices,
    Moments,
    Told,
    Words,
    words,
)
from prediction.history.written import local_days

LOST: Final = "customer lost"
"""What such a fact is called among what is told of debtors; its number is what it costs, its word the currency."""
MARGIN: Final = "monthly margin"
SINCE: Final = "customer since"


class LostCustomer(NamedTuple):
    """From `since` on somebody is no customer, until `until` (None: still), which was told at `known_at` (UTC)."""

    since: date
    until: date | None
    known_at: datetime
    cost: float | None  # None: not known
    currency: str | None


def lost_of(heard: Sequence[Heard]) -> Iterator[LostCustomer]:
    """Each time at which one customer was lost, by all that was told."""
    events = [each.event for each in heard]
    for day in sorted({event.on for event in events if event.kind is RelationKind.ENDED}):
        before = relations_on(events, day - timedelta(days=1))
        if not is_customer(before) or is_customer(relations_on(events, day)):
            continue
        back = sorted({event.on for event in events if event.on > day})
        until = next((on for on in back if is_customer(relations_on(events, on))), None)
        told_at = min(each.at for each in heard if each.event.kind is RelationKind.ENDED and each.event.on == day)
        yield LostCustomer(day, until, told_at, *cost_of(before, day))


def cost_of(before: Sequence[Relation], day: date) -> tuple[float | None, str | None]:
    """What is lost with a customer whose relations ran until a day, and its currency; None where a margin is not told."""
    running = [relation for relation in before if relation.ended_on is None]
    currencies = {relation.currency for relation in running}
    if len(currencies) != 1 or any(each.monthly_margin is None or each.currency is None for each in running):
        return None, None
    lost = lost_customer_cost(running, day - timedelta(days=1))
    return float(lost[0].amount if lost else ZERO), currencies.pop()


def with_lost(told: Told, invoices: Invoices, events: Events, zone: ZoneInfo) -> Told:
    """What a file tells of who owes, with the customers who left by it: each once, with what is lost by that."""
    left = events.of(events.kind == Happened.CUSTOMER_LEFT)
    debtor, since = invoices.debtor[left.invoice], local_days(left.at, zone)
    _, first = np.unique(np.column_stack([debtor, since.astype(np.int64)]), axis=0, return_index=True)
    left, debtor, since = left.of(first), debtor[first], since[first]
    margin, began = (_told_on(told, what, debtor, since, left.known_at) for what in (MARGIN, SINCE))
    currency = invoices.currency.of(left.invoice)
    spoken = [currency.meanings[code] if code != NOT_TOLD else None for code in currency.codes]
    cost = np.array(
        [
            amount if not isnan(amount) else _cost_by_margin(*known)
            for amount, *known in zip(left.amount.tolist(), margin, began, spoken, since.tolist(), strict=True)
        ],
        dtype=np.float64,
    )
    what, word = words([LOST] * len(left), told.what.meanings), words(spoken, told.word.meanings)
    return Told(
        debtor=np.concatenate([told.debtor, debtor]),
        what=Words(np.concatenate([told.what.codes, what.codes]), what.meanings),
        since=np.concatenate([told.since, since]),
        until=np.concatenate([told.until, np.full(len(left), np.datetime64("NaT", "D"))]),
        known_at=np.concatenate([told.known_at, left.known_at]),
        number=np.concatenate([told.number, cost]),
        word=Words(np.concatenate([told.word.codes, word.codes]), word.meanings),
    )


def _told_on(told: Told, what: str, debtor: Codes, day: Days, moment: Moments) -> list[float]:
    """The number that is told of each debtor; nan where none is."""
    row = holding(told, what, debtor, day, moment)
    return [float(told.number[each]) if each >= 0 else nan for each in row]


def _cost_by_margin(margin: float, began: float, currency: str | None, day: date) -> float:
    since = None if isnan(began) else date(1970, 1, 1) + timedelta(days=int(began))
    told = None if isnan(margin) else Decimal(str(margin))
    cost, _ = cost_of([Relation("", since, monthly_margin=told, currency=currency)], day)
    return nan if cost is None else cost
