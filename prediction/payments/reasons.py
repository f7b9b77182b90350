"""Why an open invoice is probably late: an open, stated model, whose every figure stands in `reasons.yaml`.

Each thing seen counts once for what it says (naive Bayes, in log space); twice or more, half as much again. What is not
seen says nothing. Where a past has late invoices whose reason came out later, their shares correct the stated ones, and how
far the chances may be believed is fitted to them. Nothing is decided by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.learned.late_reasons import MOST_DAYS, Evidence, LateReason, Likely, Seen, as_json, fact_as_json
from domain.located_yaml import plain
from domain.parties.message_classes import MessageClass
from domain.planner.calls import Outcome
from facts.database import to_json
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Codes, Days, Events, Happened, Moments, Numbers, Past
from prediction.history.timeline import Whole
from prediction.payments.how_paid import LATE_FROM, HowPaid, earlier_of, how_paid

FILE: Final = Path(__file__).parent / "reasons.yaml"
REASONS: Final = tuple(LateReason)
_SEEN: Final = tuple(Seen)
A_REPEAT: Final = 0.5  # how much a thing counts more that was seen again
A_DAY = np.timedelta64(86_400, "s")  # within which a message that did not reach comes back
A_WHILE, A_WEEK = 3 * A_DAY, 7 * A_DAY
FEW: Final = 3  # earlier invoices, below which nothing is said of a habit
LIKE_SO_MANY: Final = 200  # invoices that the stated shares weigh as much as
ENOUGH: Final = 50  # invoices whose reason came out, below which the stated model stands
LOOKED_BACK: Final = tuple(range(60, 421, 60))  # days before now at which the past is asked what it would have believed
CAME_OUT: Final = np.timedelta64(60 * 86_400, "s")  # within which a reason comes out

_TIME = (MessageClass.WANTS_TIME, MessageClass.WANTS_PLAN)
_DISPUTES = (MessageClass.DISPUTE_WHOLE, MessageClass.DISPUTE_PART)
_LOOKED = (Happened.READ, Happened.VISIT)


@dataclass(frozen=True, slots=True)
class Model:
    """What is believed: of the reasons before anything is seen, and how likely each thing is seen under each (rows as `Seen`).

    `trust` is the power to which what was seen is taken, at most 1; `came_out` of how many invoices each reason came out.
    """

    shares: Numbers
    likelihood: Numbers
    trust: float = 1.0
    came_out: tuple[int, ...] = (0,) * len(REASONS)

    def chances(self, weights: Numbers) -> Numbers:
        """The chance of each reason, a row for each row of weights (one for each of `Seen`, 0 where it was not seen)."""
        scores = np.log(self.shares) + self.trust * (weights @ np.log(self.likelihood))
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        return np.asarray(chances / chances.sum(axis=1, keepdims=True))

    def speaks_for(self) -> Numbers:
        """How many times likelier each thing is seen under each reason than it is at all."""
        return np.asarray(self.likelihood / (self.likelihood @ self.shares)[:, None])


@cache
def stated() -> Model:
    """The model as it is written down."""
    told = plain(FILE.read_text(encoding="utf-8"))
    shares = np.array([told["shares"][reason] for reason in REASONS])
    return Model(shares / shares.sum(), np.array([[told["seen"][seen][reason] for reason in REASONS] for seen in Seen]))


@dataclass(frozen=True, slots=True)
class Found:
    """Things seen of some invoices, and of the earlier ones of their debtors: a row each, in the order of the invoices."""

    invoices: int  # how many were looked at
    row: Whole  # which of them
    seen: Whole  # its place in `Seen`
    times: Whole
    days: Days  # local, the latest three in order; filled up with NaT from the front
    of: Whole  # of a habit: of how many; 0 where it is none
    late_by: Whole  # of what is often late; else 0

    def weights(self) -> Numbers:
        """How much each thing of `Seen` counts, a row for each invoice. Habits are one thing, however often."""
        found = np.zeros((self.invoices, len(Seen)))
        found[self.row, self.seen] = 1 + A_REPEAT * ((self.times > 1) & (self.of == 0))
        return found

    def about(self, invoices: NDArray[np.intp]) -> "Found":
        """What was seen of some of the invoices, in their order."""
        first = np.searchsorted(self.row, np.arange(self.invoices + 1))
        count = (first[1:] - first[:-1])[invoices]
        row = np.repeat(np.arange(len(invoices)), count)
        rows = first[invoices][row] + np.arange(len(row)) - (np.cumsum(count) - count)[row]
        columns = (each[rows] for each in (self.seen, self.times, self.days, self.of, self.late_by))
        return Found(len(invoices), row, *columns)

    def texts(self) -> NDArray[np.object_]:
        """Each as it is kept (JSON)."""
        written: dict[tuple[Any, ...], str] = {}
        columns = (self.seen, self.times, self.of, self.late_by, *self.days.T)
        found = np.empty(len(self.row), dtype=object)
        for row, key in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            if key not in written:
                seen, times, of, late_by, *days = key
                told = tuple(day for day in days if day is not None)
                written[key] = to_json(fact_as_json(Evidence(_SEEN[seen], times, told, of or None, late_by or None)))
            found[row] = written[key]
        return found


def late_because(found: Found, model: Model) -> list[str]:
    """Why each of some invoices is probably late, as it is kept (JSON), by what was seen of it.

    Those of which the same was seen, on whatever days, have the same chances, and a text that differs by the days alone.
    """
    if not found.invoices:
        return []
    weights = found.weights()
    kinds = ((weights > 0).astype(np.int64) + (weights > 1)) @ 3 ** np.arange(len(Seen))
    _, first, kind = np.unique(kinds, return_index=True, return_inverse=True)
    at = np.zeros((found.invoices, len(Seen)), dtype=np.int64)
    at[found.row, found.seen] = np.arange(len(found.row))
    texts, said = found.texts(), np.empty(found.invoices, dtype=object)
    speaks = model.speaks_for()
    order = np.split(np.argsort(kind, kind="stable"), np.cumsum(np.bincount(kind, minlength=len(first)))[:-1])
    for rows, chances, seen in zip(order, model.chances(weights[first]), weights[first] > 0, strict=True):
        facts = [_speaking(speaks[:, reason], np.flatnonzero(seen)) for reason in range(len(REASONS))]
        text = _with_holes(chances.tolist(), facts, model.came_out)
        holes = [texts[at[rows, each]].tolist() for of_reason in facts for each in of_reason]
        said[rows] = [text % each for each in zip(*holes, strict=True)] if holes else text
    found_texts: list[str] = said.tolist()
    return found_texts


def _speaking(speaks: Numbers, seen: NDArray[np.intp]) -> list[int]:
    """What speaks for a reason, the strongest first."""
    return sorted((each for each in seen.tolist() if speaks[each] > 1), key=lambda each: (-speaks[each], _SEEN[each]))


def _with_holes(chances: Sequence[float], facts: Sequence[Sequence[int]], came_out: Sequence[int]) -> str:
    """Reasons as they are kept, with a `%s` in the place of each fact."""
    text = to_json(
        as_json(
            {
                reason: Likely(chance, [Evidence(_SEEN[each], 0) for each in of_reason], out)
                for reason, chance, of_reason, out in zip(REASONS, chances, facts, came_out, strict=True)
            }
        )
    )
    for each in {each for of_reason in facts for each in of_reason}:
        text = text.replace(to_json(fact_as_json(Evidence(_SEEN[each], 0))), "%s")
    return text


def evidence_of(past: Past, places: NDArray[np.int64], paid: HowPaid) -> Found:
    """What was seen of each of these invoices, and of the earlier ones of the same debtor."""
    parts = [*_of_the_invoice(past, places), *_of_the_debtor(past, places, paid)]
    row = np.concatenate([part.row for part in parts])
    order = np.argsort(row, kind="stable")
    columns = ("seen", "times", "days", "of", "late_by")
    joined = (np.concatenate([getattr(part, name) for part in parts])[order] for name in columns)
    return Found(len(places), row[order], *joined)


def overdue(past: Past, paid: HowPaid) -> NDArray[np.int64]:
    """The open invoices whose due date is over at the end of this past, and that nobody else has: for them a reason is sought."""
    handed_off = np.zeros(len(past.invoices), dtype=bool)
    handed_off[past.events.invoice[past.events.kind == Happened.HAND_OFF]] = True
    return np.flatnonzero(paid.overdue & ~handed_off)


def corrected(past: Past, paid: HowPaid) -> Model:
    """The stated model corrected by late invoices whose reason came out within 60 days; as stated where those are too few."""
    model = stated()
    weights: list[Numbers] = []
    came_out: list[int] = []
    asked = np.zeros(len(past.invoices), dtype=bool)
    for days in LOOKED_BACK:
        moment = past.through - np.timedelta64(days * 86_400, "s")
        then = past.as_of(moment)
        place = np.flatnonzero(past.invoices.known_at <= moment)  # of each of its invoices in the whole past
        paid_then = how_paid(then)
        late = overdue(then, paid_then)
        late = late[~asked[place[late]]]
        asked[place[late]] = True
        labels = _came_out(past, paid, place[late], then.through, _late_shares(then, late, paid_then))
        known = labels != NOT_TOLD
        weights.append(evidence_of(then, late[known], paid_then).weights())
        came_out += labels[known].tolist()
    if len(came_out) < ENOUGH:
        return model
    counted = np.bincount(came_out, minlength=len(REASONS))
    weight = min(len(came_out), LIKE_SO_MANY)  # half at most: not every reason comes out as easily as another
    shares = (model.shares * LIKE_SO_MANY + counted / len(came_out) * weight) / (LIKE_SO_MANY + weight)
    seen, rows = np.concatenate(weights), np.arange(len(came_out))

    def loss(trust: float) -> float:
        return float(-np.log(Model(shares, model.likelihood, trust).chances(seen)[rows, came_out]).mean())

    trust = min(np.linspace(1, 0.1, 19).tolist(), key=loss)
    return Model(shares, model.likelihood, trust, tuple(counted.tolist()))


def _came_out(past: Past, paid: HowPaid, late: NDArray[np.int64], then: np.datetime64, often: Numbers) -> Codes:
    """The reason that came out of each of these invoices after a moment; NOT_TOLD where none did, or more than one. `often` is
    how large a share of the debtor's invoices was paid late before it."""
    of = np.full(len(past.invoices), NOT_TOLD, dtype=np.int64)
    of[late] = np.arange(len(late))
    events = past.events
    after = (events.known_at > then) & (events.known_at <= then + CAME_OUT) & (of[events.invoice] >= 0)
    later = events.of(after)
    rows = of[later.invoice]
    told = np.zeros((len(late), len(REASONS)), dtype=bool)

    def say(reason: LateReason, which: NDArray[np.bool_]) -> None:
        told[rows[which], REASONS.index(reason)] = True

    replied, called = later.kind == Happened.REPLY, later.kind == Happened.CALL
    say(LateReason.DISAGREES, replied & later.detail.among(*_DISPUTES) | (later.kind == Happened.DISPUTE))
    say(
        LateReason.CANNOT,
        called & later.detail.among(Outcome.CANNOT_PAY) | np.isin(later.kind, (Happened.PLAN, Happened.PLAN_BROKEN)),
    )
    say(LateReason.UNREACHABLE, called & later.detail.among(Outcome.WRONG_NUMBER))
    say(LateReason.UNREACHABLE, replied & later.detail.among(MessageClass.NOT_ME, MessageClass.MOVED))
    say(LateReason.TECHNICAL, np.isin(later.kind, (Happened.DRAW_FAILED, Happened.MONEY_WAITS)))
    silent = ~told.any(axis=1) & (np.bincount(rows[replied | called], minlength=len(late)) == 0)
    silent &= (paid.at[late] > then) & (paid.at[late] <= then + CAME_OUT)
    told[silent & (often >= 0.5), REASONS.index(LateReason.HABIT)] = True
    told[silent & (often < 0.2) & (paid.after[late] != NOT_TOLD), REASONS.index(LateReason.FORGOT)] = True
    return np.where(told.sum(axis=1) == 1, told.argmax(axis=1), NOT_TOLD).astype(np.int32)


def _of_the_invoice(past: Past, places: NDArray[np.int64]) -> Iterator[Found]:
    """What was seen of the invoices themselves."""
    row_of = np.full(len(past.invoices), NOT_TOLD, dtype=np.int64)
    row_of[places] = np.arange(len(places))
    events = past.events.of(row_of[past.events.invoice] >= 0)
    row = row_of[events.invoice]
    count = len(places)
    kind, detail, at = events.kind, events.detail, events.at
    days = days_of(at, past.invoices.country.of(events.invoice))

    def latest(which: NDArray[np.bool_]) -> Moments:
        found = np.full(count, np.datetime64("1970-01-01"), dtype="datetime64[s]")
        np.maximum.at(found, row[which], at[which])
        return found

    replied, called = kind == Happened.REPLY, kind == Happened.CALL
    sent, looked = kind == Happened.MESSAGE, np.isin(kind, _LOOKED)
    answered = called & ~detail.among(Outcome.NO_ANSWER, Outcome.WRONG_NUMBER)
    heard = latest(looked | replied | answered | np.isin(kind, (Happened.PROMISE, Happened.PLAN, Happened.PAYMENT)))
    failed = kind == Happened.NOT_DELIVERED
    was_invoice, mended = _failures(events, sent, sent & (past.through - at >= A_DAY), failed)
    bounced = failed & (at > heard[row]) & ~mended
    unread = np.bincount(row[sent], minlength=count) >= 2
    unread &= past.through - latest(sent) >= A_WEEK
    unread &= np.bincount(row[looked | replied | answered | failed], minlength=count) == 0
    last_dispute = latest(kind == Happened.DISPUTE)
    ended = kind == Happened.DISPUTE_ENDED
    open_dispute = (kind == Happened.DISPUTE) & (at == last_dispute[row]) & (latest(ended)[row] < at)
    rejected = ended & detail.among("rejected")
    decided = np.maximum(latest(ended), np.datetime64("1970-01-01"))
    says_no = replied & detail.among(*_DISPUTES) & (at > decided[row])
    paid_since = latest(kind == Happened.PAYMENT)
    seen: dict[Seen, NDArray[np.bool_]] = {
        Seen.BOUNCED: bounced & ~was_invoice,
        Seen.INVOICE_NOT_DELIVERED: bounced & was_invoice,
        Seen.NOTHING_READ: sent & unread[row],
        Seen.NO_ANSWER: called & detail.among(Outcome.NO_ANSWER) & (at > heard[row]),
        Seen.WRONG_CONTACT: (called & detail.among(Outcome.WRONG_NUMBER))
        | (replied & detail.among(MessageClass.NOT_ME)),
        Seen.MOVED: replied & detail.among(MessageClass.MOVED),
        Seen.READ_NOT_PAID: looked & (past.through - at >= A_WHILE),
        Seen.ASKED_FOR_TIME: (replied & detail.among(*_TIME)) | (kind == Happened.PLAN),
        Seen.CANNOT_PAY: called & detail.among(Outcome.CANNOT_PAY),
        Seen.PLAN_BROKEN: kind == Happened.PLAN_BROKEN,
        Seen.PROMISE_BROKEN: (kind == Happened.PROMISE_BROKEN) & (at > latest(kind == Happened.PROMISE_KEPT)[row]),
        Seen.PART_PAID: (kind == Happened.PAYMENT) & (events.amount > 0),
        Seen.DISPUTED: open_dispute | says_no,
        Seen.DISPUTE_REJECTED: rejected,
        Seen.DRAW_FAILED: kind == Happened.DRAW_FAILED,
        Seen.PAYMENT_FAILED: (kind == Happened.PAYMENT_FAILED) & (at > paid_since[row]),
        Seen.MONEY_WAITS: (kind == Happened.MONEY_WAITS) & (at > paid_since[row]),
        Seen.SAYS_PAID: (replied | called) & detail.among(MessageClass.PAID) & (at > paid_since[row]),
    }
    for what, which in seen.items():
        yield _happened(what, row[which], days[which])


def _happened(what: Seen, row: Whole, day: Days) -> Found:
    """Something that was seen on some days of the invoices of some rows."""
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    rows, first, times = np.unique(row, return_index=True, return_counts=True)
    other_day = np.ones(len(row), dtype=bool)
    other_day[1:] = (row[1:] != row[:-1]) | (day[1:] != day[:-1])
    last = np.flatnonzero(other_day)  # of each day one, of which each row's latest are kept
    end = np.append(np.searchsorted(last, first[1:]), len(last)) if len(first) else first
    days = np.full((len(rows), MOST_DAYS), np.datetime64("NaT", "D"))
    for back in range(1, MOST_DAYS + 1):
        there = end - back >= np.searchsorted(last, first)
        days[there, -back] = day[last[(end - back)[there]]]
    nothing = np.zeros(len(rows), dtype=np.int64)
    return Found(len(rows), rows, np.full(len(rows), _SEEN.index(what)), times, days, nothing, nothing)


def _of_the_debtor(past: Past, places: NDArray[np.int64], paid: HowPaid) -> Iterator[Found]:
    """What the same debtor's earlier invoices show."""
    earlier = earlier_of(past, places)
    days_late = np.where(earlier >= 0, paid.days_late[earlier], np.nan)
    prompted = (earlier >= 0) & (paid.after[earlier] != NOT_TOLD)
    known = ~np.isnan(days_late)
    late = known & (days_late >= LATE_FROM)
    count, many, helped = (each.sum(axis=1) for each in (known, late, prompted & late))
    share = many / np.maximum(count, 1)
    often = (count >= FEW) & (many >= 2) & (share >= 0.5)
    seldom = (count >= FEW) & ~often & (share <= 0.2)
    reminded = (count >= FEW) & (helped >= 2) & (helped / np.maximum(many, 1) >= 0.6)
    late_by = np.zeros(len(places), dtype=np.int64)
    if often.any():
        late_by[often] = np.rint(np.nanmedian(np.where(late[often], days_late[often], np.nan), axis=1))
    for what, which, times, of in (
        (Seen.OFTEN_LATE, often, many, count),
        (Seen.SELDOM_LATE, seldom, count - many, count),
        (Seen.PAYS_WHEN_REMINDED, reminded, helped, many),
    ):
        rows = np.flatnonzero(which)
        days = np.full((len(rows), MOST_DAYS), np.datetime64("NaT", "D"))
        place = np.full(len(rows), _SEEN.index(what))
        yield Found(len(rows), rows, place, times[rows], days, of[rows], late_by[rows] * (what is Seen.OFTEN_LATE))


def _late_shares(past: Past, places: NDArray[np.int64], paid: HowPaid) -> Numbers:
    """The share of each debtor's earlier invoices that was paid late; nan where there are too few."""
    earlier = earlier_of(past, places)
    days_late = np.where(earlier >= 0, paid.days_late[earlier], np.nan)
    known = (~np.isnan(days_late)).sum(axis=1)
    late = (np.nan_to_num(days_late) >= LATE_FROM).sum(axis=1)
    return np.where(known >= FEW, late / np.maximum(known, 1), np.nan)


def _failures(
    events: Events, sent: NDArray[np.bool_], long_ago: NDArray[np.bool_], failed: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which failures are of the invoice itself; and which were followed by a message of the same channel, sent long ago, that
    did not come back: the address was put right."""
    way = events.invoice.astype(np.int64) * (len(events.channel.meanings) + 1) + events.channel.codes
    of_failed = np.flatnonzero(np.isin(way, way[failed]) & (sent | failed))
    order = of_failed[np.lexsort((~sent[of_failed], events.at[of_failed], way[of_failed]))]
    last = np.full(len(order), NOT_TOLD, dtype=np.int64)  # the last message before, by the same way
    if len(order):
        last = np.maximum.accumulate(np.where(sent[order], np.arange(len(order)), NOT_TOLD))
        last[way[order[last]] != way[order]] = NOT_TOLD
    before = np.full(len(way), NOT_TOLD, dtype=np.int64)
    before[order] = np.where(last != NOT_TOLD, order[last], NOT_TOLD)
    was_invoice = failed & (before != NOT_TOLD) & events.detail.among("invoice")[before]
    reached = long_ago.copy()
    reached[before[failed & (before != NOT_TOLD)]] = False
    came = order[reached[order]]
    ways, first = np.unique(way[came][::-1], return_index=True)
    newest = np.append(events.at[came][::-1][first], np.datetime64("NaT"))  # of each way, in which they lie by time
    place = np.searchsorted(ways, way[failed])
    there = np.append(ways, NOT_TOLD)[place] == way[failed]
    mended = failed.copy()
    mended[failed] = there & (newest[place] > events.at[failed])
    return was_invoice, mended
