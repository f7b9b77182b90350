"""A past replayed under a policy: what the planner would have done about each invoice, until it is known as over.

Payments come as they are recorded, whatever the policy had done: what another policy changes in them is for experiments and
estimates to say, and not for this.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.countries.law import Law
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from prediction.backtest.alike import Alike, Groups, Wanted, told_apart
from prediction.backtest.happenings import News
from prediction.backtest.lives import Acts, Lived, Living
from prediction.history.imported import stacked
from prediction.history.past import Codes, Past
from prediction.history.timeline import Mask, Whole

Rules = Callable[[], tuple[Policy, Mapping[str, Law]]]
"""Makes the policy and the laws, by country; also in another process, to which neither can be handed."""
Progress = Callable[[int], None]
REACHED_BY: Final = (Channel.EMAIL, Channel.SMS, Channel.LETTER)
_SHARES: Final = 64  # of the work: the same however many processes share them


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy would have done, by invoice: each has the first `count` acts of a life that others may share."""

    invoice: Codes  # its row in the past; those that the policy is for
    life: Codes
    count: Codes
    first: NDArray[np.int64]  # of each life its first act, and behind the last how many there are
    acts: Acts
    ends: Whole  # seconds (UTC): the first moment at which it is known as over, else just after the end of the past
    paid: Mask  # it is over then because it was paid
    own: Mask  # lived through by itself: a promise, a dispute, a part payment …
    left_out: Mapping[str, int]  # invoices that the policy is not for: why, and how many

    def __len__(self) -> int:
        return len(self.invoice)

    def of(self, rows: NDArray[Any]) -> "Replayed":
        """Some of the invoices."""
        columns = ("invoice", "life", "count", "ends", "paid", "own")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def how_often(self) -> Whole:
        """Of each act how many invoices come to it."""
        span = int(self.count.max(initial=0)) + 1
        of_life = np.bincount(
            self.life.astype(np.int64) * span + self.count, minlength=(len(self.first) - 1) * span
        ).reshape(-1, span)
        at_least = of_life[:, ::-1].cumsum(axis=1)[:, ::-1]  # how many come so far, or farther
        lengths = np.diff(self.first)
        life = np.repeat(np.arange(len(lengths)), lengths)
        place = np.arange(len(self.acts)) - self.first[life]
        often = np.zeros(len(self.acts), dtype=np.int64)
        within = place + 1 < span
        often[within] = at_least[life[within], place[within] + 1]
        return often

    def each(self) -> tuple[Codes, Acts]:
        """Every act of every invoice, a row each: whose it is, by its row in the past, and what is done when."""
        rows = np.repeat(np.arange(len(self)), self.count)
        before = np.repeat(np.cumsum(self.count) - self.count, self.count)
        place = self.first[self.life[rows]] + np.arange(len(rows)) - before
        return self.invoice[rows], self.acts.of(place)


def replay(
    past: Past,
    rules: Rules,
    *,
    channels: Sequence[Channel] = REACHED_BY,
    processors: int = 1,
    progress: Progress = lambda _invoices: None,
) -> Replayed:
    """What a policy would have done about the invoices of a past; the same whatever `processors` are used.

    Each invoice is replayed as if its debtor had no other: what is sent for several at once, and the cap on contacts over
    all of them, is not seen. `channels` are those by which debtors can be reached, until something comes back.
    """
    policy, laws = rules()
    wanted = told_apart(past, policy, laws)
    through = past.through.astype("datetime64[s]").astype(datetime).replace(tzinfo=UTC) + timedelta(seconds=1)
    order = np.argsort(wanted.alike.group, kind="stable")
    shares = list(_shares(wanted, order))
    lived = []
    for share, found in zip(shares, _lived(shares, rules, channels, through, processors), strict=True):
        lived.append(found)
        progress(len(share.alike))
    return _joined(wanted, order, lived)


def issued_between(past: Past, since: date | None, until: date | None) -> Past:
    """The invoices of a past that were issued on a day or later, and by a day, with all that happened to them."""
    issued = past.invoices.issued
    rows = ~np.isnat(issued)
    if since is not None:
        rows &= issued >= np.datetime64(since)
    if until is not None:
        rows &= issued <= np.datetime64(until)
    place = (np.cumsum(rows) - 1).astype(np.int32)
    events = past.events.of(rows[past.events.invoice])
    return replace(past, invoices=past.invoices.of(rows), events=replace(events, invoice=place[events.invoice]))


@dataclass(frozen=True, slots=True)
class _Share:
    """Some groups, to be lived through by one process."""

    alike: Alike
    groups: Groups
    news: Mapping[int, Sequence[News]]


def _shares(wanted: Wanted, order: NDArray[np.int64]) -> Iterator[_Share]:
    alike = wanted.alike.of(order)
    bounds = np.linspace(0, len(wanted.groups), _SHARES + 1).astype(np.int64)
    for number, (begin, end) in enumerate(pairwise(bounds.tolist())):
        rows = slice(*np.searchsorted(alike.group, (begin, end)))
        mine = alike.of(np.arange(rows.start, rows.stop))
        if len(mine) or not number:
            invoices = mine.invoice[mine.own].tolist()
            yield _Share(
                replace(mine, group=(mine.group - begin).astype(np.int32)),
                wanted.groups.of(np.arange(begin, end)),
                {invoice: wanted.news[invoice] for invoice in invoices},
            )


def _lived(
    shares: Sequence[_Share], rules: Rules, channels: Sequence[Channel], through: datetime, processors: int
) -> Iterator[Lived]:
    if processors == 1:
        living = Living(*rules(), channels, through)
        yield from (living.lived(share.alike, share.groups, share.news) for share in shares)
        return
    told = (rules, tuple(map(str, channels)), through)
    with ProcessPoolExecutor(processors, get_context("spawn"), _begin, told) as pool:
        yield from pool.map(_live, shares)


_living: list[Living] = []
"""Of a process that lives for another one: begun once, not for each share."""


def _begin(rules: Rules, channels: Sequence[str], through: datetime) -> None:
    _living.append(Living(*rules(), tuple(map(Channel, channels)), through))


def _live(share: _Share) -> Lived:
    return _living[0].lived(share.alike, share.groups, share.news)


def _joined(wanted: Wanted, order: NDArray[np.int64], lived: Sequence[Lived]) -> Replayed:
    """All shares as one, in the order of the past's invoices."""
    lives = np.cumsum([0, *(len(each.first) - 1 for each in lived)])
    acts = np.cumsum([0, *(len(each.acts) for each in lived)])
    life, count = (np.zeros(len(order), dtype=np.int32) for _ in range(2))
    life[order] = np.concatenate([np.zeros(0, np.int32), *(e.life + at for e, at in zip(lived, lives, strict=False))])
    count[order] = np.concatenate([np.zeros(0, np.int32), *(each.done for each in lived)])
    first = [each.first[:-1] + at for each, at in zip(lived, acts, strict=False)]
    alike = wanted.alike
    return Replayed(
        alike.invoice,
        life,
        count,
        np.concatenate([*first, acts[-1:]]).astype(np.int64),
        stacked(Acts, [each.acts for each in lived]),
        alike.ends,
        alike.paid,
        alike.own,
        wanted.left_out,
    )
