"""Segments found among each creditor's debtors: able times willing, by their past and by what they wrote, said and kept.

Each debtor stands at a place (`Traits`), reckoned from counts that are weighed against a usual debtor's. The middles begin where
those of the last time were, else where words name them, and move to the debtors that are nearest (Lloyd's k-means), but never
quite away from the words. So the same debtors give the same segments whatever their order, keys stay from time to time, and
no chance is in it. A middle that few debtors are near is given up; a debtor changes segment only where another is clearly nearer.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.learned.segments import NEW, STARTS, Segment, Traits
from domain.parties.message_classes import MessageClass
from domain.planner.calls import Outcome
from prediction.history.past import NOT_TOLD, Happened, Numbers, Past
from prediction.payments.how_paid import LATE_FROM, HowPaid, how_paid

KNOWN_FROM: Final = 3  # invoices that ended or are overdue, below which too little is known of a debtor
FEWEST: Final = 30  # debtors of a creditor of whom enough is known: with fewer there are no segments
SMALLEST: Final = 5  # debtors of a segment
SMALLEST_SHARE: Final = 0.02
CLEARLY: Final = 0.8  # how much nearer another segment must be for a debtor to change
APART: Final = 0.3  # how far from all others a place must lie for segments to be looked for there anew
HELD_BY_WORDS: Final = 0.2  # how much of a middle stays where words name it
MOST_ROUNDS: Final = 50
USUAL: Final = Traits(able=0.8, willing=0.7, late=0.3, prompted=0.4)
LIKE_SO_MANY: Final = Traits(able=2.0, willing=2.0, late=1.0, prompted=1.0)  # invoices that the usual weighs as much as
OUTSIDE_WEIGHS: Final = 1.0  # invoices that a credit score weighs as much as

_TIME = (MessageClass.WANTS_TIME, MessageClass.WANTS_PLAN)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one creditor: its segments, and in which (or `NEW`) each debtor, by code, is, and where they stand."""

    segments: Sequence[Segment]
    of: Mapping[int, tuple[str, Traits]]


def find_segments(
    past: Past,
    before: Sequence[Segment] = (),
    was_in: Mapping[int, str] | None = None,
    paid: HowPaid | None = None,
) -> Found:
    """The segments among the debtors of one creditor's past: `before` are those of the last time, `was_in` who was in which.

    Nothing is found where too few debtors are known.
    """
    paid = paid or how_paid(past)
    debtors, places, known = traits(past, paid)
    enough = known >= KNOWN_FROM
    if int(enough.sum()) < FEWEST:
        return Found((), {})
    order = np.lexsort((debtors[enough], *places[enough].T))
    who, at = debtors[enough][order], places[enough][order]
    keys, middles = _settle(at, *_starts(before))
    apart = _apart(at, middles)
    in_which = apart.argmin(axis=1)
    place_of = {key: place for place, key in enumerate(keys)}
    for row, debtor in enumerate(who.tolist()):
        old = place_of.get((was_in or {}).get(debtor, ""))
        if old is not None and apart[row, in_which[row]] > CLEARLY * apart[row, old]:
            in_which[row] = old
    channels = _channels(past, paid, who)
    segments = []
    for place, key in enumerate(keys):
        members = in_which == place
        middle = Traits(*middles[place].round(4).tolist())
        segments.append(Segment(key, middle, int(members.sum()), _usual(channels, who[members])))
    of = {
        debtor: (keys[place], Traits(*here))
        for debtor, place, here in zip(who.tolist(), in_which.tolist(), at.round(4).tolist(), strict=True)
    }
    of |= {
        debtor: (NEW, Traits(*here))
        for debtor, here in zip(debtors[~enough].tolist(), places[~enough].round(4).tolist(), strict=True)
    }
    return Found(tuple(segments), of)


def traits(past: Past, paid: HowPaid) -> tuple[NDArray[np.int64], Numbers, NDArray[np.int64]]:
    """The debtors of a past, where each stands (columns as `Traits`), and of how many invoices that is known."""
    invoices, events = past.invoices, past.events
    debtors, of = np.unique(invoices.debtor, return_inverse=True)
    count = len(debtors)

    def on(which: Mask) -> Mask:
        """The invoices to which any of these events happened."""
        there = np.zeros(len(invoices), dtype=bool)
        there[events.invoice[which]] = True
        return there

    def many(which: Mask) -> Numbers:
        return np.bincount(of[which], minlength=count).astype(np.float64)

    kind = events.kind
    open_late = paid.overdue
    settled = ~np.isnan(paid.days_late)
    late = open_late | (settled & (np.nan_to_num(paid.days_late) >= LATE_FROM))
    replied, called = kind == Happened.REPLY, kind == Happened.CALL
    short = on((replied & events.detail.among(*_TIME)) | (called & events.detail.among(Outcome.CANNOT_PAY)))
    short |= on(np.isin(kind, (Happened.PLAN, Happened.PLAN_BROKEN)))
    parts = np.bincount(events.invoice[(kind == Happened.PAYMENT) & (events.amount > 0)], minlength=len(invoices))
    short |= (parts >= 2) & late
    at_once = settled & ~short
    kept = on(np.isin(kind, (Happened.PROMISE_KEPT, Happened.PLAN_KEPT)))
    spoke = on(replied | (called & ~events.detail.among(Outcome.NO_ANSWER, Outcome.WRONG_NUMBER)))
    looked = on(np.isin(kind, (Happened.READ, Happened.VISIT)))
    broke = on(kind == Happened.PROMISE_BROKEN)
    sent = np.bincount(events.invoice[kind == Happened.MESSAGE], minlength=len(invoices)) >= 2
    answers = (settled & ~late) | kept | spoke | (settled & late & (paid.days_late <= 30)) | (late & looked)
    silent = (late & sent & ~answers) | (broke & ~kept)
    good = np.stack((many(at_once), many(answers), many(late), many(late & (paid.after != NOT_TOLD))), axis=1)
    bad = np.stack(
        (2 * many(short), many(silent), many(settled & ~late), many(late & settled & (paid.after == NOT_TOLD))), axis=1
    )
    score, told = _credit_scores(past, debtors)
    good[:, 0] += OUTSIDE_WEIGHS * score * told
    bad[:, 0] += OUTSIDE_WEIGHS * (1 - score) * told
    usual, weight = np.array(USUAL), np.array(LIKE_SO_MANY)
    places = (good + usual * weight) / (good + bad + weight)
    return debtors.astype(np.int64), places, many(settled | open_late).astype(np.int64)


def _credit_scores(past: Past, debtors: NDArray[np.int32]) -> tuple[Numbers, Numbers]:
    """Of each debtor where the credit score that holds lies among those of all, from 0 to 1, and whether one is told."""
    score = np.full(len(debtors), np.nan)
    told = past.told
    day = past.through.astype("datetime64[D]")
    holds = (told.since <= day) & (np.isnat(told.until) | (told.until > day)) & ~np.isnan(told.number)
    rows = np.flatnonzero(holds & told.what.among("credit_score") & np.isin(told.debtor, debtors))
    rows = rows[np.lexsort((told.known_at[rows], told.since[rows]))]
    score[np.searchsorted(debtors, told.debtor[rows])] = told.number[rows]
    known = ~np.isnan(score)
    among = np.sort(score[known])
    if len(among):
        below = np.searchsorted(among, score[known], "left") + np.searchsorted(among, score[known], "right")
        score[known] = below / (2 * len(among))
    return np.nan_to_num(score), known.astype(np.float64)


def _starts(before: Sequence[Segment]) -> tuple[list[str], Numbers]:
    """Where to look first: where segments were, and where words name one that lies apart from all of them."""
    keys, middles = [each.key for each in before], [each.middle for each in before]
    for key, start in STARTS.items():
        if key not in keys and all(np.linalg.norm(np.subtract(start, each)) >= APART for each in middles):
            keys.append(key)
            middles.append(start)
    return keys, np.array(middles)


def _settle(at: Numbers, keys: list[str], middles: Numbers) -> tuple[list[str], Numbers]:
    """The middles moved to where debtors are; one after the other, those that too few are near are given up."""
    least = max(SMALLEST, round(SMALLEST_SHARE * len(at)))
    while True:
        for _ in range(MOST_ROUNDS):
            nearest = _apart(at, middles).argmin(axis=1)
            members = np.bincount(nearest, minlength=len(keys))
            moved = middles.copy()
            for place in np.flatnonzero(members):
                mean = at[nearest == place].mean(axis=0)
                moved[place] = (1 - HELD_BY_WORDS) * mean + HELD_BY_WORDS * np.array(STARTS[keys[place]])
            if np.allclose(moved, middles, atol=1e-9):
                break
            middles = moved
        fewest = int(members.argmin())
        if members[fewest] >= least or len(keys) == 1:
            return keys, middles
        keys = keys[:fewest] + keys[fewest + 1 :]
        middles = np.delete(middles, fewest, axis=0)


def _apart(at: Numbers, middles: Numbers) -> Numbers:
    return np.asarray(np.linalg.norm(at[:, None, :] - middles[None, :, :], axis=2))


def _channels(past: Past, paid: HowPaid, debtors: NDArray[np.int64]) -> Mapping[int, Counter[str]]:
    """By which channel each debtor's late payments were prompted, and how often."""
    found: dict[int, Counter[str]] = {debtor: Counter() for debtor in debtors.tolist()}
    prompted = np.flatnonzero((paid.after != NOT_TOLD) & (np.nan_to_num(paid.days_late) >= LATE_FROM))
    for debtor, code in zip(past.invoices.debtor[prompted].tolist(), paid.after[prompted].tolist(), strict=True):
        if debtor in found:
            found[debtor][past.events.channel.meanings[code]] += 1
    return found


def _usual(channels: Mapping[int, Counter[str]], debtors: NDArray[np.int64]) -> str | None:
    """The channel that prompted most of what was prompted among some debtors; None where none did more than half."""
    counted: Counter[str] = Counter()
    for debtor in debtors.tolist():
        counted.update(channels[debtor])
    channel, times = max(counted.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    return channel if times > counted.total() / 2 else None
