"""The lives of invoices, group by group: one for all that are alike, one for each that has something of its own."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.countries.law import Law
from domain.planner.action import ActionKind
from domain.planner.occasions import step_name
from domain.planner.preview import PreviewedAct
from domain.planner.sample import sample_case
from domain.policy.policy import Policy, law_of
from domain.vocabulary import Channel, DebtorKind
from prediction.backtest.alike import Alike, Groups, word_of
from prediction.backtest.happenings import News, heard
from prediction.backtest.life import Life
from prediction.backtest.thresholds import Thresholds
from prediction.history.past import Codes, Days, Words, words
from prediction.history.timeline import Mask, Whole

Rows = NDArray[np.int64]
_KINDS: Final[Mapping[str, DebtorKind]] = {"consumer": "consumer", "business": "business"}
_MIDNIGHT: Final = time(0)


@dataclass(frozen=True, slots=True)
class Acts:
    """What is done in some lives, a row each, life by life in the order of the moments."""

    at: Whole  # seconds (UTC)
    kind: Words  # what it is, as actions are called
    step: Words  # as the policy names it; what happened, where that is spoken of; what is awaited, of a wait
    channel: Words
    copy: Mask  # that only tells of a letter, and proves nothing
    fee: Whole  # hundredths of the policy's currency
    deadline: Days  # the last day to pay that it gives; NaT: none
    why: Words  # of a wait alone: for what, in words

    def __len__(self) -> int:
        return len(self.at)

    def of(self, rows: NDArray[Any]) -> "Acts":
        """Some of them."""
        return Acts(*(_chosen(getattr(self, each.name), rows) for each in fields(self)))


class Lived(NamedTuple):
    """The lives of some invoices."""

    life: Codes  # of each invoice its life
    done: Codes  # of each invoice how many of its life's acts come before it is over
    first: Rows  # of each life its first act, and behind the last how many there are
    acts: Acts


class Living:
    """Lives groups through. The planner is asked at every act of each life; nothing is decided here."""

    def __init__(self, policy: Policy, laws: Mapping[str, Law], channels: Sequence[Channel], through: datetime) -> None:
        """`channels` are those by which debtors can be reached: a record does not tell. Nothing is done after `through`."""
        self._laws, self._channels, self._through = laws, tuple(channels), through
        self._thresholds = Thresholds(policy)
        self._policy = self._thresholds.policy

    def lived(self, alike: Alike, groups: Groups, news: Mapping[int, Sequence[News]]) -> Lived:
        """The lives of some invoices; those of a group stand beside one another."""
        written = _Written()
        life, count = (np.zeros(len(alike), dtype=np.int32) for _ in range(2))
        begins = np.flatnonzero(np.r_[True, alike.group[1:] != alike.group[:-1]][: len(alike)])
        for rows in np.split(np.arange(len(alike)), begins[1:]) if len(alike) else ():
            for members, acts in self._of_group(alike, groups, rows, news):
                life[members] = written.add(acts)
                moments = [int(act.at.timestamp()) for act in acts]
                before = np.searchsorted(moments, alike.ends[members], side="left")
                count[members] = np.where(alike.own[members], len(acts), before)
        return Lived(life, count, *written.columns())

    def _of_group(
        self, alike: Alike, groups: Groups, rows: Rows, news: Mapping[int, Sequence[News]]
    ) -> Iterator[tuple[Rows, list[PreviewedAct]]]:
        """What is done in the lives of a group, each with the rows whose life it is."""
        group, rows = int(alike.group[rows[0]]), rows[np.argsort(-alike.amount[rows], kind="stable")]
        law, life = self._begun(groups, group, int(alike.amount[rows[0]]))
        lives = [(life, rows)]
        while lives:
            life, rows = lives.pop()
            own: dict[int, Life] = {}
            for life_of_some, some in self._together(life, rows, alike, news, own):
                lives.append((_parted(life_of_some, alike.amount[some[0]] - alike.amount[rows[0]]), some))
                rows = rows[~np.isin(rows, some)]
            if len(members := rows[~alike.own[rows]]):
                yield members, life.acts
            for row in rows[alike.own[rows]].tolist():
                alone = _parted(own[row], alike.amount[row] - alike.amount[rows[0]])
                for each in news[int(alike.invoice[row])]:
                    alone.hears(each.at, partial(heard, news=each, law=law))
                deque(alone.goes_on(self._through), maxlen=0)
                yield np.array([row]), alone.acts

    def _together(
        self, life: Life, rows: Rows, alike: Alike, news: Mapping[int, Sequence[News]], own: dict[int, Life]
    ) -> Iterator[tuple[Life, Rows]]:
        """Live on for rows of one group, the largest amount first, which is the life's.

        Gives those who leave it, with their life until then: the planner asked for an amount that parts them from the first.
        Who has something of their own is in `own` afterwards, as of the moment before they hear of it. Interest runs on each
        one's own amount: whoever leaves after it was asked for lives on from before that.
        """
        stops = sorted((news[int(alike.invoice[row])][0].at, row) for row in rows[alike.own[rows]].tolist())
        last = alike.ends[rows[~alike.own[rows]]]
        before, amounts = life.parted(), alike.amount[rows]
        for at, row in [*stops, *([(_moment(int(last.max())), None)] if len(last) else [])]:
            if row is not None and row not in rows:
                continue
            for _ in life.goes_on(at):
                stay = self._thresholds.as_the_first(amounts, life.charged)
                if stay is not None:
                    stay |= np.isin(rows, list(own))  # for them it was asked too late
                    if not stay.all():
                        yield before, rows[~stay]
                        rows = rows[stay]
                        amounts = alike.amount[rows]
                if not life.asked_interest:
                    before = life.parted()
            if row is not None and row in rows:
                own[row] = before

    def _begun(self, groups: Groups, group: int, amount: int) -> tuple[Law, Life]:
        """An invoice of a group at the beginning of the day on which it is known, and the law for its debtor."""
        country, region = word_of(groups.country, group), word_of(groups.region, group)
        law = law_of(self._policy, self._laws, country, region or "")
        issued, due, begins = (day[group].astype(object) for day in (groups.issued, groups.due, groups.begins))
        kind = _KINDS.get(word_of(groups.kind, group) or "", self._policy.debtor)
        owed, reads = Decimal(amount) / 100, word_of(groups.reads, group)
        facts = sample_case(self._policy, issued, due, owed, kind, self._channels)
        facts = facts.but(segment=word_of(groups.segment, group))
        at = law.calendar.at(begins, _MIDNIGHT)
        return law, Life(self._policy, law, facts, at, Channel(reads) if reads else None)


class _Written:
    """Acts as they are written down, life by life."""

    def __init__(self) -> None:
        self._first = [0]
        self._rows: list[tuple[Any, ...]] = []

    def add(self, acts: Sequence[PreviewedAct]) -> int:
        """Write down what is done in one more life; gives its number."""
        self._rows += [
            (
                int(act.at.timestamp()),
                act.action.kind,
                act.action.flag if waits else step_name(act.action.step or ""),
                act.action.channel,
                act.action.alert,
                int(act.fee * 100),
                act.deadline,
                act.action.why if waits else None,
            )
            for act in acts
            for waits in (act.action.kind is ActionKind.WAIT,)
        ]
        self._first.append(len(self._rows))
        return len(self._first) - 2

    def columns(self) -> tuple[Rows, Acts]:
        """Of each life its first act, and all acts."""
        at, kind, step, channel, copy, fee, deadline, why = zip(*self._rows, strict=True) if self._rows else ((),) * 8
        return np.array(self._first, dtype=np.int64), Acts(
            np.array(at, dtype=np.int64),
            words(kind),
            words(step),
            words(channel),
            np.array(copy, dtype=bool),
            np.array(fee, dtype=np.int64),
            np.array(deadline, dtype="datetime64[D]"),
            words(why),
        )


def _parted(life: Life, more: Any) -> Life:
    """The life of a row that was until now the same as another's, of so much more (hundredths)."""
    return life.parted(Decimal(int(more)) / 100)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _chosen(column: Any, rows: NDArray[Any]) -> Any:
    return column.of(rows) if isinstance(column, Words) else column[rows]
