"""A row an event of a case: read as invoices and what happened to them, by what the map says each activity is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.learned.arms import HELD_OUT
from domain.located_yaml import suggestion
from domain.vocabulary import CHANNELS
from prediction.history.columns import SHOWN, Faults, RowsRefused, Table
from prediction.history.file_map import CHOSEN, Act, FileMap, Sum
from prediction.history.past import NOT_TOLD, Codes, Happened, Moments, Numbers, Words
from prediction.history.rough import NAMED_BY_ACTIVITY, Happenings, Mask, Notes, Rough, Rows, again, all_told
from prediction.history.ways import as_choice, is_chance, way_name
from prediction.history.written import local_days, local_seconds

CLOSED_FROM_THE_BEGIN: Final = (
    "{} says of some invoices from their begin on that they are closed: when is not told, so at the end"
)
_OF_SUMS: Final = (None, Happened.PAYMENT, Happened.CREDIT)


def of_events(table: Table, file_map: FileMap, notes: Notes) -> Rough:
    """A row an event of a case. Raises RowsRefused where activities are not known or rows lack what they need."""
    columns = file_map.columns
    case, activity, time = (
        table.words[columns["case"]],
        table.words[columns["activity"]],
        table.moments[columns["time"]],
    )
    all_told(
        table,
        {"case": case.codes == NOT_TOLD, "activity": activity.codes == NOT_TOLD, "time": np.isnat(time)},
        columns,
    )
    _known_activities(activity, file_map, notes)
    kept = ~np.isin(activity.codes, [code for code, word in enumerate(activity.meanings) if word in file_map.ignore])
    order: Rows = np.lexsort((time.astype(np.int64), case.codes))
    order = order[kept[order]]
    sums = [table.sums[name] for name in table.sums]
    told: list[NDArray[Any]] = [
        case.codes,
        activity.codes,
        time.astype(np.int64),
        *(np.nan_to_num(each, nan=np.inf).view(np.int64) for each in sums),
    ]
    repeated = again(np.column_stack([column[order] for column in told]))
    notes.leave_out("events told twice (same case, activity, moment and sums)", table.lines[order[repeated]])
    order = order[~repeated]
    log = _Log(table, file_map, notes, order, case.codes[order], activity.of(order), time[order])
    return log.read(case)


def _known_activities(activity: Words, file_map: FileMap, notes: Notes) -> None:
    """Raises RowsRefused with the activities that the map does not know."""
    counts = Counter[int](activity.codes.tolist())
    known = set(file_map.activities) | file_map.ignore
    unknown = [
        (activity.meanings[code], count) for code, count in counts.most_common() if activity.meanings[code] not in known
    ]
    if unknown:
        said = []
        for word, count in unknown[:SHOWN]:
            close = suggestion(word, known)
            said.append(f"{word} ({count}" + (f", {close})" if close.startswith("did you mean") else ")"))
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise RowsRefused(
            f"the map does not say what these activities are: {', '.join(said)}{more}: "
            "write each under `activities`, or under `ignore: [ … ]`"
        )
    notes.said += [
        f"the map's activity {word} is nowhere in the file"
        for word in sorted(set(file_map.activities) - set(activity.meanings))
    ]


def _pays_the_rest(act: Act) -> bool:
    """Whether it is a payment whose sum no column tells."""
    return act.kind is Happened.PAYMENT and act.amount is None


@dataclass(slots=True)
class _Log:
    """An event log in the order of its cases and moments."""

    table: Table
    file_map: FileMap
    notes: Notes
    order: Rows
    case: Codes
    activity: Words
    time: Moments
    covered: Numbers = field(init=False)  # by each row of its invoice: money in, and what was credited

    def __post_init__(self) -> None:
        self.covered = np.zeros(len(self.order))

    def read(self, case: Words) -> Rough:
        acts = [self.file_map.activities.get(word) for word in self.activity.meanings]
        begins = np.array([act is not None and act.kind is None for act in acts])[self.activity.codes]
        starts = np.flatnonzero(begins)
        _, first = np.unique(self.case[starts], return_index=True)
        beginnings = starts[np.sort(first)]
        extra = np.setdiff1d(starts, beginnings)
        self.notes.leave_out("begins of an invoice that began before", self._lines(extra))
        invoice_of = np.full(len(case.meanings), NOT_TOLD, dtype=np.int32)
        in_file = np.argsort(self.order[beginnings])
        beginnings = beginnings[in_file]
        invoice_of[self.case[beginnings]] = np.arange(len(beginnings))
        invoice = invoice_of[self.case]
        without = np.flatnonzero(invoice == NOT_TOLD)
        if len(without):
            _, begin = np.unique(self.case[without], return_index=True)
            self.notes.leave_out("cases whose begin is not in the file", self._lines(without[begin]))
        amount = self._begun_with(beginnings, acts)
        happened = Happenings()
        named = [(code, act) for code, act in enumerate(acts) if act is not None]
        for code, act in sorted(named, key=lambda each: _pays_the_rest(each[1])):
            at = np.flatnonzero((self.activity.codes == code) & (invoice != NOT_TOLD))
            self._add(act, at, invoice, amount, happened)
        self._dues(invoice, beginnings, happened)
        self._closings(invoice, beginnings, happened)
        of_some = invoice != NOT_TOLD
        telling = (self.order[of_some], invoice[of_some], self.time[of_some])
        begun = self.order[beginnings]
        return Rough(begun, case.of(begun), self.time[beginnings], amount, happened, telling)

    def _lines(self, at: Rows) -> Rows:
        return self.table.lines[self.order[at]]

    def _sum(self, at: Rows, told: Sum) -> Numbers:
        """What rows tell in a column of sums: themselves, or what they rose by since the case's last row that tells one."""
        column = self.table.sums[told.column][self.order]
        if not told.so_far:
            return column[at]
        told_at = np.flatnonzero(~np.isnan(column))
        before = np.searchsorted(told_at, at) - 1
        last = (
            np.where(before >= 0, told_at[np.maximum(before, 0)], 0)
            if len(told_at)
            else np.zeros(len(at), dtype=np.int64)
        )
        same = (before >= 0) & (self.case[last] == self.case[at])
        return column[at] - np.where(same, column[last], 0.0)

    def _begun_with(self, beginnings: Rows, acts: Sequence[Act | None]) -> Numbers:
        """What each invoice is of; of a log that tells no sums at all, one each: then it is paid, or not."""
        if not any(act and act.amount for act in acts if act and act.kind in _OF_SUMS):
            self.notes.said.append("no sums are told, so nothing is known of money: each invoice counts as 1")
            return np.ones(len(beginnings))
        amount = np.full(len(beginnings), np.nan)
        for code, act in enumerate(acts):
            if act is not None and act.kind is None and act.amount is not None:
                here = self.activity.codes[beginnings] == code
                amount[here] = self.table.sums[act.amount.column][self.order][beginnings[here]]
        if np.isnan(amount).any():
            faults = Faults()
            for line in self._lines(beginnings[np.isnan(amount)]):
                faults.add(
                    int(line), "the invoice begins without an amount: say in the map which column is its `amount`"
                )
            faults.refuse()
        return amount

    def _add(self, act: Act, at: Rows, invoice: Codes, owed: Numbers, happened: Happenings) -> None:
        if act.fee is not None:
            fee = self._sum(at, act.fee)
            some = ~np.isnan(fee) & (fee != 0)
            self._money(Happened.FEE, at[some], invoice, fee[some], happened)
        if act.kind is None:
            return
        amount = self._sum(at, act.amount) if act.amount else None
        if act.kind is Happened.PAYMENT:
            amount = self._rest(at, owed[invoice[at]]) if amount is None else amount
            faults = Faults()
            for line in self._lines(at[np.isnan(amount)]):
                faults.add(int(line), "a payment without its sum")
            faults.refuse()
        if act.day is not None:
            days = local_days(self.table.moments[act.day][self.order][at], self.file_map.days_in)
            amount = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
        if amount is not None and act.kind in (Happened.PAYMENT, Happened.FEE, Happened.CREDIT, Happened.INTEREST):
            nothing = amount == 0
            self.notes.leave_out(f"{act.kind.name.lower()}s of nothing", self._lines(at[nothing]))
            self._money(act.kind, at[~nothing], invoice, amount[~nothing], happened, act)
            return
        channel, detail = self._channel(act, at), self._detail(act, at, happened)
        if act.kind is not Happened.CHOICE:
            happened.add(act.kind, invoice[at], self.time[at], self._lines(at), amount, channel, detail)
        if act.kind in (Happened.CHOICE, Happened.MESSAGE, Happened.CALL):
            self._choices(act.kind, at, invoice, channel, detail, happened)

    def _choices(
        self, kind: Happened, at: Rows, invoice: Codes, channel: Codes, detail: Codes, happened: Happenings
    ) -> None:
        """Which way each contact was made, or that none was, and how probable that was; of a log that tells it."""
        columns = self.file_map.columns
        if kind is not Happened.CHOICE and not any(role in columns for role in CHOSEN):
            return
        told = {role: self._told(columns.get(role), at) for role in ("arm", "tone")}
        clocks = local_seconds(self.time[at], self.file_map.zone).astype("datetime64[h]").astype(np.int64) % 24
        steps, names = tuple(happened.details), list(CHANNELS)
        found = np.full(len(at), NOT_TOLD, dtype=np.int32)
        ways = np.column_stack([detail, channel, clocks, told["arm"].codes, told["tone"].codes])
        distinct, place = np.unique(ways, axis=0, return_inverse=True)
        for number, (step, by, hour, arm, tone) in enumerate(distinct.tolist()):
            if arm != NOT_TOLD:
                way = told["arm"].meanings[arm]
            elif kind is Happened.CHOICE:
                way = HELD_OUT
            elif "arm" in columns or by == NOT_TOLD:
                continue
            else:
                way = way_name(names[by], hour, told["tone"].meanings[tone] if tone != NOT_TOLD else None)
            step_name = steps[step] if step != NOT_TOLD else ""
            found[place.ravel() == number] = happened.detail(as_choice(step_name, way))
        some = found != NOT_TOLD
        name = columns.get("propensity")
        probable = self.table.sums[name][self.order][at] if name else np.full(len(at), np.nan)
        self._odd(at, some & np.isnan(probable), "do not tell how probable their way was")
        self._odd(
            at, some & ~np.isnan(probable) & ~is_chance(probable), "were probable by no chance above 0 and at most 1"
        )
        rows = at[some]
        happened.add(
            Happened.CHOICE,
            invoice[rows],
            self.time[rows],
            self._lines(rows),
            probable[some],
            channel[some],
            found[some],
        )

    def _odd(self, at: Rows, some: Mask, what: str) -> None:
        """Says of which contacts nothing can be weighed."""
        if some.any():
            lines = ", ".join(str(line) for line in sorted(self._lines(at[some]).tolist())[:SHOWN])
            self.notes.said.append(
                f"{int(some.sum())} contacts {what}, so what they did cannot be weighed (lines {lines})"
            )

    def _told(self, name: str | None, at: Rows) -> Words:
        """What rows say in a column of words, if there is one."""
        if name is None:
            return Words(np.full(len(at), NOT_TOLD, dtype=np.int32), ())
        return self.table.words[name].of(self.order[at])

    def _money(
        self, kind: Happened, at: Rows, invoice: Codes, amount: Numbers, happened: Happenings, act: Act | None = None
    ) -> None:
        """Sums that came to the claim or to us; a fee that was taken back is a credit."""
        back = (amount < 0) if kind is Happened.FEE else np.zeros(len(at), dtype=bool)
        for what, some, sign in ((kind, ~back, 1.0), (Happened.CREDIT, back, -1.0)):
            if some.any():
                rows = at[some]
                if what in (Happened.PAYMENT, Happened.CREDIT):
                    self.covered[rows] += sign * amount[some]
                detail = self._detail(act, rows, happened) if act else None
                happened.add(
                    what, invoice[rows], self.time[rows], self._lines(rows), sign * amount[some], detail=detail
                )

    def _rest(self, at: Rows, owed: Numbers) -> Numbers:
        """What payments without a sum pay: what is left, the first of a case all of it."""
        found = np.zeros(len(at))
        _, first = np.unique(self.case[at], return_index=True)
        so_far = np.cumsum(self.covered) - self.covered
        begins = np.searchsorted(self.case, self.case[at[first]])
        left = owed[first] - (so_far[at[first]] - so_far[begins])
        found[first] = np.maximum(np.round(left, 2), 0)  # hundredths: sums of sums are a little off
        return found

    def _channel(self, act: Act, at: Rows) -> Codes:
        names = list(CHANNELS)
        if act.channel is not None:
            return np.full(len(at), names.index(act.channel), dtype=np.int32)
        column = self.table.words.get(self.file_map.columns.get("channel", ""))
        if column is None:
            return np.full(len(at), NOT_TOLD, dtype=np.int32)
        spelt = [word.lower().replace(" ", "_").replace("-", "_") for word in column.meanings]
        codes = np.array([names.index(word) if word in CHANNELS else -2 for word in spelt] + [NOT_TOLD], dtype=np.int32)
        found = codes[column.codes[self.order[at]]]
        if (found == -2).any():
            wrong = np.unique(column.codes[self.order[at]][found == -2])
            said = ", ".join(column.meanings[code] for code in wrong[:SHOWN])
            raise RowsRefused(f"no channel is called {said}: there are {', '.join(names)}")
        return found

    def _detail(self, act: Act, at: Rows, happened: Happenings) -> Codes:
        """What is told of it: by the map, by the row, else the activity's own name, where it says what kind it was."""
        if act.detail is not None:
            return np.full(len(at), happened.detail(act.detail), dtype=np.int32)
        column = self.table.words.get(self.file_map.columns.get("detail", ""))
        if column is not None:
            return happened.details_of(column)[self.order[at]]
        if act.kind not in NAMED_BY_ACTIVITY:
            return np.full(len(at), NOT_TOLD, dtype=np.int32)
        return happened.details_of(self.activity)[at]

    def _dues(self, invoice: Codes, beginnings: Rows, happened: Happenings) -> None:
        """Due dates that moved: by a column that says another day, or by terms that run anew from an activity."""
        terms, name = self.file_map.due, self.file_map.columns.get("due")
        if terms is not None and terms.after is not None:
            codes = [code for code, word in enumerate(self.activity.meanings) if word == terms.after]
            at = np.flatnonzero(np.isin(self.activity.codes, codes) & (invoice != NOT_TOLD))
            at = np.setdiff1d(at, beginnings)
            days = local_days(self.time[at], self.file_map.days_in).astype(np.int64) + terms.days
        elif name is not None:
            due = local_days(self.table.moments[name][self.order], self.file_map.days_in)
            told = np.flatnonzero(~np.isnat(due) & (invoice != NOT_TOLD))
            before = np.concatenate([[-1], told[:-1]]) if len(told) else told
            at = told[(self.case[told] == self.case[before]) & (due[told] != due[before])] if len(told) else told
            at = np.setdiff1d(at, beginnings)
            days = due[at].astype(np.int64)
        else:
            return
        happened.add(Happened.DUE_DATE_MOVED, invoice[at], self.time[at], self._lines(at), days.astype(np.float64))

    def _closings(self, invoice: Codes, beginnings: Rows, happened: Happenings) -> None:
        """What a column says of a case's end. Said with its begin, nobody tells when: it is known at the end alone."""
        if self.file_map.closed is None:
            return
        name, words = self.file_map.closed
        column = self.table.words[name].of(self.order)
        codes = [code for code, word in enumerate(column.meanings) if word in words]
        at = np.flatnonzero(np.isin(column.codes, codes) & (invoice != NOT_TOLD))
        _, first = np.unique(invoice[at], return_index=True)
        at = at[first]
        time = np.where(np.isin(at, beginnings), np.datetime64("NaT"), self.time[at])
        if np.isnat(time).any():
            self.notes.said.append(CLOSED_FROM_THE_BEGIN.format(name))
        happened.add(Happened.CLOSED, invoice[at], time, self._lines(at), detail=happened.details_of(column)[at])
