"""Invoices that a policy treats alike, as numbers: who owes them, how they begin, by what the debtor reads.

What the planner decides hangs on few things, and on the amount by thresholds alone (`thresholds.py`). So one life stands for
all that are alike, each cut at the moment at which it was paid. Who has something of their own (a promise, a dispute, a part
payment) has a life of its own from that moment on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.countries.law import Law
from domain.policy.choosing import doubts_of_law
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from prediction.backtest.happenings import HEARD, Heard, News, Standing
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Codes, Days, Events, Happened, Invoices, Past, Words
from prediction.history.settled import End, Turns, turns_of
from prediction.history.timeline import Mask, Whole, hundredths

_LARGE: Final = 2**31
READABLE: Final = (Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE)


@dataclass(frozen=True, slots=True)
class Alike:
    """Invoices to replay, a row each; rows with the same `group` are alike until they are paid or hear something of their own."""

    invoice: Codes  # its row in the past
    group: Codes
    amount: Whole  # hundredths
    ends: Whole  # seconds (UTC): the first moment at which it is known as over, else the end of the past
    paid: Mask  # it is over then because it was paid
    own: Mask  # it hears something of its own before that, or opens again after

    def __len__(self) -> int:
        return len(self.invoice)

    def of(self, rows: NDArray[Any]) -> "Alike":
        """Some of them."""
        return Alike(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Groups:
    """What the members of each group have in common."""

    begins: Days  # the local day on which the invoice is known
    issued: Days
    due: Days
    kind: Words
    country: Words
    region: Words  # the postcode, where it is of a region with holidays of its own
    segment: Words
    reads: Words  # the channel by which a message was read first

    def __len__(self) -> int:
        return len(self.begins)

    def of(self, rows: NDArray[Any]) -> "Groups":
        """Some of them."""
        return Groups(*(_chosen(getattr(self, each.name), rows) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The invoices of a past that a policy is for, told apart, and of the others how many it is not for and why."""

    alike: Alike
    groups: Groups
    news: Mapping[int, Sequence[News]]  # by the row in the past: what those hear that have something of their own
    left_out: Mapping[str, int]


def told_apart(past: Past, policy: Policy, laws: Mapping[str, Law]) -> Wanted:
    """The invoices of a past that a policy is for, as the planner tells them apart."""
    rows, left_out = _whose(past.invoices, policy, laws)
    invoices = past.invoices.of(rows)
    turns = turns_of(past)
    ends, paid = _ends(turns, len(past.invoices), past.through)
    events = past.events.of(np.isin(past.events.kind, HEARD))
    own = _own(turns, events, ends, len(past.invoices))
    amount = np.maximum(hundredths(invoices.amount), 1)
    columns: dict[str, Any] = {
        "begins": days_of(invoices.known_at, invoices.country),
        "issued": invoices.issued,
        "due": invoices.due,
        "kind": invoices.kind,
        "country": invoices.country,
        "region": _regions(invoices, laws),
        "segment": invoices.segment if policy.optional else _nobody(len(invoices)),
        "reads": _reads(past, policy).of(rows),
    }
    group, first = _grouped(columns.values())
    return Wanted(
        Alike(rows.astype(np.int32), group, amount, ends[rows], paid[rows], own[rows]),
        Groups(**{name: _chosen(column, first) for name, column in columns.items()}),
        _news(turns, events, rows[own[rows]]),
        left_out,
    )


def _whose(invoices: Invoices, policy: Policy, laws: Collection[str]) -> tuple[NDArray[Any], dict[str, int]]:
    """The rows of those that a policy is for; of the others how many, by why. What is not told is taken for the policy's own."""
    told = (invoices.country, invoices.kind, invoices.currency)
    which, first = _grouped(told)
    kinds = np.column_stack([each.codes[first] for each in told])
    fits = np.ones(len(kinds), dtype=bool)
    left_out: dict[str, int] = {}
    for place, (country, kind, currency) in enumerate(kinds.tolist()):
        doubts = doubts_of_law(
            policy,
            laws,
            country=_word(invoices.country, country, policy.country),
            kind=_word(invoices.kind, kind, policy.debtor),
            currency=_word(invoices.currency, currency, policy.currency),
            named=True,
        )
        why = next((said for _, said in doubts), None)
        if why is not None:
            fits[place] = False
            left_out[why] = left_out.get(why, 0) + int((which == place).sum())
    unknown = np.isnat(invoices.due) | np.isnat(invoices.issued)
    if unknown.any():
        left_out["its due date is not known"] = int((unknown & fits[which]).sum())
    return np.flatnonzero(fits[which] & ~unknown), left_out


def _word(words: Words, code: int, otherwise: str) -> str:
    return otherwise if code == NOT_TOLD else words.meanings[code]


def _ends(turns: Turns, invoices: int, through: np.datetime64) -> tuple[Whole, Mask]:
    """The moment at which each is first known as over, else just after the end of the past; and whether it was paid then."""
    ends, paid = np.full(invoices, _seconds(through) + 1, dtype=np.int64), np.zeros(invoices, dtype=bool)
    over = np.flatnonzero(turns.how != End.OPEN)[::-1]  # the first is written last
    ends[turns.invoice[over]] = _seconds(turns.known_at[over])
    paid[turns.invoice[over]] = turns.how[over] == End.PAID
    return ends, paid


def _own(turns: Turns, events: Events, ends: Whole, invoices: int) -> Mask:
    """Which hear something of their own: what counts before they are over, a part that was paid, or that they open again."""
    own = np.zeros(invoices, dtype=bool)
    own[events.invoice[_seconds(events.known_at) < ends[events.invoice]]] = True
    own[turns.invoice[_changed(turns) & (turns.how == End.OPEN)]] = True
    return own


def _changed(turns: Turns) -> Mask:
    """The turns at which it stood otherwise than before, or another amount was left."""
    changed = np.zeros(len(turns.invoice), dtype=bool)
    before, after = slice(None, -1), slice(1, None)
    changed[after] = (turns.how[after] != turns.how[before]) | (turns.left[after] != turns.left[before])
    changed[after] &= turns.invoice[after] == turns.invoice[before]
    return changed


def _news(turns: Turns, events: Events, rows: NDArray[Any]) -> dict[int, list[News]]:
    """What some invoices hear, by their rows, in the order of the moments: how they stand comes first."""
    found: dict[int, list[News]] = {row: [] for row in rows.tolist()}
    for place in np.flatnonzero(_changed(turns) & np.isin(turns.invoice, rows)).tolist():
        left = Decimal(int(turns.left[place])) / 100
        due: date = turns.due[place].astype(object)
        stands = Standing(_moment(turns.known_at[place]), End(turns.how[place]), left, due)
        found[int(turns.invoice[place])].append(stands)
    for place in np.flatnonzero(np.isin(events.invoice, rows)).tolist():
        amount = events.amount[place]
        happening = Heard(
            _moment(events.known_at[place]),
            Happened(events.kind[place]),
            Decimal(str(round(float(amount), 2))) if np.isfinite(amount) else None,
            word_of(events.channel, place),
            word_of(events.detail, place),
        )
        found[int(events.invoice[place])].append(happening)
    for news in found.values():
        news.sort(key=lambda each: each.at)
    return found


def _seconds(moments: Any) -> Any:
    return moments.astype("datetime64[s]").astype(np.int64)


def _moment(moment: np.datetime64) -> datetime:
    at: datetime = moment.astype("datetime64[s]").astype(object)
    return at.replace(tzinfo=UTC)


def word_of(words: Words, place: int) -> str | None:
    """The word of a row; None where nobody told."""
    code = int(words.codes[place])
    return None if code == NOT_TOLD else words.meanings[code]


def _regions(invoices: Invoices, laws: Mapping[str, Law]) -> Words:
    """The postcode where it is of a region with holidays of its own."""
    codes = np.full(len(invoices), NOT_TOLD, dtype=np.int32)
    for code, country in enumerate(invoices.country.meanings):
        law = laws.get(country)
        if law is None or not law.regions.rows:
            continue
        own = [bool(law.postcode_of_region(postcode)) for postcode in invoices.postcode.meanings]
        there = (invoices.country.codes == code) & np.array([*own, False])[invoices.postcode.codes]
        codes[there] = invoices.postcode.codes[there]
    return Words(codes, invoices.postcode.meanings)


def _reads(past: Past, policy: Policy) -> Words:
    """The channel by which a message of each was read first, where the policy sends by it."""
    sent = {channel for step in policy.steps for channel in step.channels}
    known = [channel for channel in READABLE if channel in sent]
    place = {name: code for code, name in enumerate(known)}
    of_channel = np.array([place.get(Channel(name), NOT_TOLD) for name in past.events.channel.meanings] + [NOT_TOLD])
    channel = of_channel[past.events.channel.codes]
    read = np.flatnonzero((past.events.kind == Happened.READ) & (channel != NOT_TOLD))[::-1]
    codes = np.full(len(past.invoices), NOT_TOLD, dtype=np.int32)
    codes[past.events.invoice[read]] = channel[read]  # the first is written last
    return Words(codes, tuple(known))


def _nobody(count: int) -> Words:
    return Words(np.full(count, NOT_TOLD, dtype=np.int32), ())


def _grouped(columns: Collection[Any]) -> tuple[Codes, NDArray[np.int64]]:
    """Of each row its group, and of each group its first row: those with the same in all columns, in their order."""
    keys: Any = np.int64(0)
    for column in columns:
        codes = _from_zero((column.codes if isinstance(column, Words) else column).astype(np.int64))
        keys = _from_zero(keys * (int(codes.max(initial=0)) + 1) + codes)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return group.astype(np.int32), first


def _from_zero(numbers: Whole) -> Whole:
    """Numbers of the same order, the least of them 0 and none so large that two of them multiplied run over."""
    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    if most - least < _LARGE:
        return numbers - least
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _chosen(column: Any, rows: NDArray[Any]) -> Any:
    return column.of(rows) if isinstance(column, Words) else column[rows]
