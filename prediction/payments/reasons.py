"""Why an open invoice is probably late: an open, stated model, whose every figure stands in `reasons.yaml`.

Each thing seen counts once for what it says (naive Bayes, in log space); twice or more, half as much again. What is not
seen says nothing. Where a past has late invoices whose reason came out later, their shares correct the stated ones, and how
far the chances may be believed is fitted to them. Nothing is decided by it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.learned.late_reasons import MOST_DAYS, Evidence, LateReason, Likely, Reasons, Seen
from domain.located_yaml import plain
from domain.parties.message_classes import MessageClass
from domain.planner.calls import Outcome
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Chosen, Codes, Events, Happened, Moments, Numbers, Past
from prediction.payments.how_paid import LATE_FROM, HowPaid, earlier_of, how_paid

FILE: Final = Path(__file__).parent / "reasons.yaml"
REASONS: Final = tuple(LateReason)
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


def late_because(past: Past, rows: Chosen, model: Model | None = None) -> list[Reasons]:
    """Why each of these open invoices is probably late, by what this past knows, at its end; `rows` are places in it."""
    model = model or stated()
    places = np.arange(len(past.invoices))[rows]
    seen = evidence_of(past, places)
    weights = np.array([weights_of(each) for each in seen]).reshape(len(places), len(Seen))
    speaks = dict(zip(Seen, model.speaks_for().tolist(), strict=True))
    return [
        {
            reason: Likely(chance, _facts([(speaks[each.seen][place], each) for each in found]), model.came_out[place])
            for place, (reason, chance) in enumerate(zip(REASONS, chances, strict=True))
        }
        for found, chances in zip(seen, model.chances(weights).tolist(), strict=True)
    ]


def _facts(found: Sequence[tuple[float, Evidence]]) -> list[Evidence]:
    """What speaks for a reason, the strongest first."""
    return [each for speaks, each in sorted(found, key=lambda one: (-one[0], one[1].seen)) if speaks > 1]


def weights_of(seen: Sequence[Evidence]) -> list[float]:
    """How much each thing of `Seen` counts, whatever the order in which it was seen. Habits are one thing, however often."""
    counted = {each.seen: 1 + A_REPEAT * (each.times > 1 and each.of is None) for each in seen}
    return [counted.get(each, 0.0) for each in Seen]


def evidence_of(past: Past, places: NDArray[np.int64]) -> list[list[Evidence]]:
    """What was seen of each of these invoices, and of the earlier ones of the same debtor."""
    found: list[list[Evidence]] = [[] for _ in places]
    for row, evidence in _of_the_invoice(past, places):
        found[row].append(evidence)
    for row, evidence in _of_the_debtor(past, places, how_paid(past)):
        found[row].append(evidence)
    return found


def overdue(past: Past, paid: HowPaid | None = None) -> NDArray[np.int64]:
    """The open invoices whose due date is over at the end of this past, and that nobody else has: for them a reason is sought."""
    paid = paid or how_paid(past)
    handed_off = np.zeros(len(past.invoices), dtype=bool)
    handed_off[past.events.invoice[past.events.kind == Happened.HAND_OFF]] = True
    return np.flatnonzero(paid.overdue & ~handed_off)


def corrected(past: Past, model: Model | None = None) -> Model:
    """The model corrected by late invoices whose reason came out within 60 days; as stated where those are too few."""
    model = model or stated()
    weights: list[list[float]] = []
    came_out: list[int] = []
    asked: set[int] = set()
    for days in LOOKED_BACK:
        then = past.as_of(past.through - np.timedelta64(days * 86_400, "s"))
        late = overdue(then)
        late = late[[int(each) not in asked for each in then.invoices.id[late]]]
        asked.update(then.invoices.id[late].tolist())
        labels = _came_out(past, then, late)
        known = labels != NOT_TOLD
        weights += [weights_of(each) for each in evidence_of(then, late[known])]
        came_out += labels[known].tolist()
    if len(came_out) < ENOUGH:
        return model
    counted = np.bincount(came_out, minlength=len(REASONS))
    weight = min(len(came_out), LIKE_SO_MANY)  # half at most: not every reason comes out as easily as another
    shares = (model.shares * LIKE_SO_MANY + counted / len(came_out) * weight) / (LIKE_SO_MANY + weight)
    seen, rows = np.array(weights), np.arange(len(came_out))

    def loss(trust: float) -> float:
        return float(-np.log(Model(shares, model.likelihood, trust).chances(seen)[rows, came_out]).mean())

    trust = min(np.linspace(1, 0.1, 19).tolist(), key=loss)
    return Model(shares, model.likelihood, trust, tuple(counted.tolist()))


def _came_out(past: Past, then: Past, late: NDArray[np.int64]) -> Codes:
    """The reason that came out later of each of these invoices of a past as it was; NOT_TOLD where none did, or more than one."""
    place = {each: row for row, each in enumerate(past.invoices.id.tolist())}
    of = np.full(len(past.invoices), NOT_TOLD, dtype=np.int64)
    of[[place[each] for each in then.invoices.id[late].tolist()]] = np.arange(len(late))
    events = past.events
    after = (events.known_at > then.through) & (events.known_at <= then.through + CAME_OUT) & (of[events.invoice] >= 0)
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
    settled = how_paid(past)
    mine = np.array([place[each] for each in then.invoices.id[late].tolist()], dtype=np.int64)
    silent = ~told.any(axis=1) & (np.bincount(rows[replied | called], minlength=len(late)) == 0)
    paid = (settled.at[mine] > then.through) & (settled.at[mine] <= then.through + CAME_OUT)
    often = _late_shares(then, late, how_paid(then))
    told[silent & paid & (often >= 0.5), REASONS.index(LateReason.HABIT)] = True
    told[silent & paid & (often < 0.2) & (settled.after[mine] != NOT_TOLD), REASONS.index(LateReason.FORGOT)] = True
    return np.where(told.sum(axis=1) == 1, told.argmax(axis=1), NOT_TOLD).astype(np.int32)


def _of_the_invoice(past: Past, places: NDArray[np.int64]) -> list[tuple[int, Evidence]]:
    """What was seen of the invoices themselves, with the row of each."""
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
    mended = _sent_again(events, sent & (past.through - at >= A_DAY), failed)
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
        Seen.BOUNCED: bounced & ~_was_invoice(events, sent, failed),
        Seen.INVOICE_NOT_DELIVERED: bounced & _was_invoice(events, sent, failed),
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
    found: list[tuple[int, Evidence]] = []
    for what, which in seen.items():
        of: dict[int, list[date]] = defaultdict(list)
        for each, day in zip(row[which].tolist(), days[which].tolist(), strict=True):
            of[each].append(day)
        for each, on in of.items():
            found.append((each, Evidence(what, len(on), tuple(sorted(set(on))[-MOST_DAYS:]))))
    return found


def _of_the_debtor(past: Past, places: NDArray[np.int64], paid: HowPaid) -> list[tuple[int, Evidence]]:
    """What the same debtor's earlier invoices show, with the row of each."""
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
    return [
        *(
            (row, Evidence(Seen.OFTEN_LATE, times, of=of, late_by=by))
            for row, times, of, by in _rows(often, many, count, late_by)
        ),
        *((row, Evidence(Seen.SELDOM_LATE, of - times, of=of)) for row, times, of in _rows(seldom, many, count)),
        *((row, Evidence(Seen.PAYS_WHEN_REMINDED, times, of=of)) for row, times, of in _rows(reminded, helped, many)),
    ]


def _rows(which: NDArray[np.bool_], *columns: NDArray[np.int64]) -> Iterator[tuple[int, ...]]:
    """The places of some rows, each with what the columns have there."""
    return zip(np.flatnonzero(which).tolist(), *(column[which].tolist() for column in columns), strict=True)


def _late_shares(past: Past, places: NDArray[np.int64], paid: HowPaid) -> Numbers:
    """The share of each debtor's earlier invoices that was paid late; nan where there are too few."""
    earlier = earlier_of(past, places)
    days_late = np.where(earlier >= 0, paid.days_late[earlier], np.nan)
    known = (~np.isnan(days_late)).sum(axis=1)
    late = (np.nan_to_num(days_late) >= LATE_FROM).sum(axis=1)
    return np.where(known >= FEW, late / np.maximum(known, 1), np.nan)


def _last_sent(events: Events, sent: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of each event the last message before it to the same invoice by the same channel; NOT_TOLD where there is none."""
    order = np.lexsort((~sent, events.at, events.channel.codes, events.invoice))
    place = np.where(sent[order], np.arange(len(order)), -1)
    last = np.maximum.accumulate(place) if len(order) else place
    same = (last >= 0) & (events.invoice[order[last]] == events.invoice[order])
    same &= events.channel.codes[order[last]] == events.channel.codes[order]
    found = np.full(len(order), NOT_TOLD, dtype=np.int64)
    found[order] = np.where(same, order[last], NOT_TOLD)
    return found


def _was_invoice(events: Events, sent: NDArray[np.bool_], failed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which failures are of the invoice itself."""
    last = _last_sent(events, sent)
    return np.asarray(failed & (last >= 0) & events.detail.among("invoice")[last])


def _sent_again(events: Events, sent: NDArray[np.bool_], failed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which failures were followed by a message of the same channel that did not come back: the address was put right."""
    last = _last_sent(events, sent)
    reached = sent.copy()
    reached[last[failed & (last >= 0)]] = False
    code = events.invoice.astype(np.int64) * (len(events.channel.meanings) + 1) + events.channel.codes
    newest = dict[int, np.datetime64]()
    for each, at in zip(code[reached].tolist(), events.at[reached], strict=True):
        newest[each] = max(at, newest.get(each, at))
    since = [newest.get(each, np.datetime64("1970-01-01")) for each in code.tolist()]
    return np.asarray(failed & (np.array(since, dtype="datetime64[s]") > events.at)) if len(since) else failed
