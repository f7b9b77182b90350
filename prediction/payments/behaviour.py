"""How each debtor pays: paydays, the last day, after which message, by which method, and whether that has changed.

A pattern is said where the lower end of its share (Wilson's interval, four of five sure) is at least a half, and there are
at least four payments to see it in; a payday asks for five, and for days of the month that lie together (Rayleigh's test).
A month is a circle: the 31st and the 1st are neighbours, and the last of February is where the last of March is.
"""

from collections import Counter
from collections.abc import Iterator
from math import exp, sqrt
from typing import Final

import numpy as np

from domain.learned.behaviour import LAST_OF_MONTH, Behaviour, Pattern
from prediction.history.past import NOT_TOLD, Days, Numbers, Past
from prediction.payments.how_paid import LATE_FROM, HowPaid, how_paid

FEW: Final = 4
FEW_PAYDAYS: Final = 5
LATEST: Final = 24  # invoices that are looked at, the latest of each debtor
SURE: Final = 1.28  # standard deviations: four of five
BY_CHANCE: Final = 0.01  # how rarely days would lie together so by chance
NEAR_PAYDAY: Final = 3  # days: a weekend moves a payday by two, the bank's own day by one
ON_LAST_DAY: Final = (0.0, 1.0)  # days after the due date: the money comes that day, or the bank's next
CHANGED_BY: Final = 7  # days between how late it was and how late it is
NEWEST: Final = 4  # invoices that show how it is now


def behaviours(past: Past, paid: HowPaid | None = None) -> dict[int, list[Behaviour]]:
    """What each debtor's past shows, by the debtor's code; who shows nothing is not there."""
    paid = paid or how_paid(past)
    invoices = past.invoices
    settled = np.flatnonzero(~np.isnat(paid.at))
    settled = settled[np.lexsort((invoices.id[settled], paid.at[settled], invoices.debtor[settled]))]
    debtors = invoices.debtor[settled]
    begins = np.flatnonzero(np.r_[True, debtors[1:] != debtors[:-1]]) if len(debtors) else np.array([], dtype=np.int64)
    ends = np.r_[begins[1:], len(debtors)]
    found: dict[int, list[Behaviour]] = {}
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=False):
        if end - begin >= FEW:
            of = settled[max(begin, end - LATEST) : end]
            shown = list(_shown(past, paid, of))
            if shown:
                found[int(debtors[begin])] = shown
    return found


def payday(on: Days) -> Behaviour | None:
    """The day of the month around which money comes, where it does; each day counts once, whatever was paid on it."""
    days = np.unique(on)
    if len(days) < FEW_PAYDAYS:
        return None
    month = days.astype("datetime64[M]")
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.float64)
    of_month = (days - month.astype("datetime64[D]")).astype(np.float64)  # 0 on the first
    angles = 2 * np.pi * (of_month + 0.5) / length
    mean = complex(np.exp(1j * angles).mean())
    if exp(-len(days) * abs(mean) ** 2) > BY_CHANCE:  # Rayleigh
        return None
    place = (np.angle(mean) / (2 * np.pi)) % 1
    apart = np.abs((angles / (2 * np.pi) - place + 0.5) % 1 - 0.5) * length
    near = int((apart <= NEAR_PAYDAY).sum())
    day = int(place * 30.4) + 1
    said = LAST_OF_MONTH if day >= 30 else day
    return Behaviour(Pattern.PAYDAY, near, len(days), number=said) if _holds(near, len(days)) else None


def lowest_share(times: int, of: int) -> float:
    """The lower end of a share's interval (Wilson), four of five sure."""
    share, square = times / of, SURE**2 / of
    middle = share + square / 2
    return (middle - SURE * sqrt(share * (1 - share) / of + square / (4 * of))) / (1 + square)


def _shown(past: Past, paid: HowPaid, of: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[Behaviour]:
    """What some of one debtor's paid invoices show, in the order in which they were paid."""
    days_late, count = paid.days_late[of], len(of)
    last_day = int(np.isin(days_late, ON_LAST_DAY).sum())
    on_time = int((days_late < LATE_FROM).sum())
    found = payday(paid.on[of])
    if _holds(last_day, count):
        yield Behaviour(Pattern.LAST_DAY, last_day, count)
    elif found is not None:
        yield found
    if _holds(on_time, count):
        yield Behaviour(Pattern.ON_TIME, on_time, count)
    yield from _after_messages(past, paid, of)
    methods = Counter(code for code in paid.method[of].tolist() if code != NOT_TOLD)
    for code, times in methods.most_common(1):
        if _holds(times, count):
            yield Behaviour(Pattern.METHOD, times, count, word=past.events.detail.meanings[code])
    yield from _changed(days_late)


def _after_messages(past: Past, paid: HowPaid, of: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[Behaviour]:
    """After which message who pays late does: those that were sent none after the due date tell nothing of it."""
    reminded = of[(paid.messages[of] > 0) & (paid.days_late[of] > 0)]
    if len(reminded) < FEW:
        return
    channels = Counter(code for code in paid.after[reminded].tolist() if code != NOT_TOLD)
    for code, times in channels.most_common(1):
        if _holds(times, len(reminded)):
            yield Behaviour(Pattern.AFTER_CHANNEL, times, len(reminded), word=past.events.channel.meanings[code])
    first = int(((paid.messages[reminded] == 1) & (paid.after[reminded] != NOT_TOLD)).sum())
    if _holds(first, len(reminded)):
        yield Behaviour(Pattern.AFTER_FIRST_REMINDER, first, len(reminded))


def _changed(days_late: Numbers) -> Iterator[Behaviour]:
    """Whether the newest are paid otherwise than all before: by a week, and all on one side of the middle before."""
    if len(days_late) < 2 * NEWEST:
        return
    before, now = days_late[:-NEWEST], days_late[-NEWEST:]
    by = float(np.median(now) - np.median(before))
    if by >= CHANGED_BY and now.min() > np.median(before):
        yield Behaviour(Pattern.SLOWER, NEWEST, len(days_late), number=round(by))
    elif by <= -CHANGED_BY and now.max() < np.median(before):
        yield Behaviour(Pattern.QUICKER, NEWEST, len(days_late), number=round(-by))


def _holds(times: int, of: int) -> bool:
    return of >= FEW and lowest_share(times, of) >= 0.5
