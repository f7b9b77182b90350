"""Another system's past read from its rows: what can be true is a `Past`, all else is told, and a wrong file is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.located_yaml import FileError, Problem, suggestion
from domain.vocabulary import CHANNELS
from prediction.history.columns import Faults, Kind, RowsRefused, Table, Writing, read_columns
from prediction.history.event_rows import of_events
from prediction.history.file_map import FileMap
from prediction.history.invoice_rows import of_invoices
from prediction.history.lost import with_lost
from prediction.history.past import (
    NOT_TOLD,
    Codes,
    Days,
    Events,
    Happened,
    Invoices,
    Moments,
    Numbers,
    Past,
    Told,
    Words,
    words,
)
from prediction.history.rough import Mask, Notes, Rough, Rows
from prediction.history.summary import summed_up
from prediction.history.written import Clocks, begin_of, local_days, local_seconds

Keys = NDArray[np.uint64]

MOST_ODD: Final = 0.1
"""The share of invoices that may be left out because their days are in no order that can be: more, and the map is wrong."""
_BUSINESS: Final = {
    "business",
    "company",
    "b2b",
    "organisation",
    "organization",
    "firma",
    "bedrift",
    "foretag",
    "yritys",
}
_CONSUMER: Final = {"consumer", "private", "person", "individual", "b2c", "privat", "forbruker", "konsument"}
_ROLES: Final[Mapping[str, Kind]] = {
    "invoice": Kind.ID,
    "case": Kind.ID,
    "customer": Kind.ID,
    "issued": Kind.MOMENT,
    "due": Kind.MOMENT,
    "paid_on": Kind.MOMENT,
    "disputed_on": Kind.MOMENT,
    "closed_on": Kind.MOMENT,
    "left_on": Kind.MOMENT,
    "time": Kind.MOMENT,
    "amount": Kind.SUM,
    "paid": Kind.SUM,
    "propensity": Kind.SUM,
}
NOBODY: Final = 0
"""The key of a debtor who has no id in the file: nobody is known again by it."""


@dataclass(frozen=True, slots=True)
class FilePast:
    """What a file tells: the past, by which keys its customers and invoices are known again, and what a person should know."""

    past: Past
    customers: Keys  # by the debtor's code; 0 for one without an id
    invoices: Keys
    summary: Mapping[str, Any]


def read_past(
    file_map: FileMap,
    names: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    creditor: str,
    key: bytes,
    today: date,
    progress: Callable[[int], None] = lambda _rows: None,
) -> FilePast:
    """A file's rows as a past of one creditor's. `key` is what its ids are hashed with: none is kept as it was written.

    Raises FileError where the map names what the file has not, RowsRefused with the lines of what cannot be.
    """
    wanted = _wanted(file_map, names)
    writing = Writing(file_map.dates, Clocks(file_map.days_in, file_map.zone, today), file_map.decimal)
    table = read_columns(names, rows, wanted, writing, progress).joining(file_map.joined)
    if not len(table):
        raise RowsRefused("the file has no rows")
    notes = Notes()
    table = _only(table, file_map, notes)
    rough = (of_invoices if file_map.shape == "invoices" else of_events)(table, file_map, notes)
    if not len(rough.rows):
        raise RowsRefused("no invoice begins in the file")
    return _Read(file_map, table, rough, notes, creditor, key, today).past(names)


def keys_of(ids: Sequence[str], key: bytes) -> Keys:
    """Ids as what stands for them: the same again for the same id, and nobody reads an id from it without the key."""
    digests = b"".join(blake2b(each.encode(), digest_size=8, key=key[:64]).digest() for each in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _wanted(file_map: FileMap, names: Sequence[str]) -> dict[str, Kind]:
    """What each column of the map holds. Raises FileError for one that the file does not have."""
    problems = [
        Problem(file_map.name, file_map.lines.get(name, 1), f"the file has no column `{name}`", suggestion(name, names))
        for name in file_map.named
        if name not in names
    ]
    if problems:
        raise FileError(problems)
    wanted = dict.fromkeys([*file_map.told.values(), *file_map.only], Kind.WORD)
    wanted |= {name: Kind.ID for parts in file_map.joined.values() for name in parts}
    wanted |= {
        name: _ROLES.get(role, Kind.WORD) for role, name in file_map.columns.items() if name not in file_map.joined
    }
    for name, act in file_map.activities.items():
        wanted |= {name: Kind.MOMENT} if file_map.shape == "invoices" else {}
        wanted |= {told.column: Kind.SUM for told in (act.amount, act.fee) if told}
        wanted |= {act.day: Kind.MOMENT} if act.day else {}
    wanted |= {file_map.closed[0]: Kind.WORD} if file_map.closed else {}
    wanted |= {file_map.due.column: Kind.DAYS} if file_map.due and file_map.due.column else {}
    return wanted


def _only(table: Table, file_map: FileMap, notes: Notes) -> Table:
    """The rows that count. Raises RowsRefused where none does."""
    for name, wanted in file_map.only.items():
        counts, said = table.words[name].among(*wanted), " or ".join(sorted(wanted))
        notes.leave_out(f"rows whose {name} is not {said}", table.lines[~counts])
        table = table.of(counts)
        if not len(table):
            raise RowsRefused(f"no row's {name} is {said}")
    return table


class _Read:
    """One file on its way from rough rows to a past."""

    def __init__(
        self, file_map: FileMap, table: Table, rough: Rough, notes: Notes, creditor: str, key: bytes, today: date
    ) -> None:
        self.map, self.table, self.rough, self.notes = file_map, table, rough, notes
        self.creditor, self.key, self.today, self.zone = creditor, key, today, file_map.days_in
        self.lines = table.lines[rough.rows]

    def past(self, names: Sequence[str]) -> FilePast:
        """The past, or RowsRefused."""
        invoice, kind, at, amount, channel, detail, line = self.rough.events.gathered()
        issued = self.rough.issued
        by_then = (kind != Happened.CUSTOMER_LEFT) | (self.map.shape == "events")  # a column may tell it ahead
        self._nothing_ahead(issued, at[by_then], line[by_then])
        through = self._through(issued, at[by_then])
        at = np.where(np.isnat(at), through - 1, at)
        keep = self._kept_invoices(issued, invoice, kind, at, through)
        early = keep[invoice] & (at < issued[invoice])
        self.notes.leave_out("events before their invoice began", line[early])
        late = keep[invoice] & (at >= through)
        self.notes.leave_out("events after the last day that the file is known through", line[late])
        chosen = np.flatnonzero(keep[invoice] & ~early & ~late)
        whole_days = self._whole_days(issued, at[chosen])
        chosen = chosen[np.lexsort((line[chosen], at[chosen].astype(np.int64)))]
        known_at = self._known_at(at[chosen], through, whole_days)
        place = np.cumsum(keep, dtype=np.int64) - 1
        events = Events(
            invoice=place[invoice[chosen]].astype(np.int32),
            kind=kind[chosen],
            at=at[chosen],
            known_at=known_at,
            amount=amount[chosen],
            channel=Words(channel[chosen].astype(np.int32), tuple(CHANNELS)),
            detail=Words(detail[chosen].astype(np.int32), tuple(self.rough.events.details)),
        )
        kept = np.flatnonzero(keep)
        debtor, customers = self._debtors(kept)
        invoices = self._invoices(kept, debtor)
        told = with_lost(self._told(keep, debtor, through, whole_days), invoices, events, self.zone)
        past = Past(invoices, events, told, through)
        named = set(self.map.named)
        if unused := [name for name in names if name not in named]:
            self.notes.said.append(f"not kept, for the map does not name them: {', '.join(unused)}")
        if empty := [name for name in self.map.named if _says_nothing(self.table, name)]:
            self.notes.said.append(f"says nothing in any row: {', '.join(empty)}")
        if whole_days:
            self.notes.said.append("its times are days: what happened on a day is known when the day is over")
        self._constant(past)
        summary = summed_up(past, len(self.table), "customer" in self.map.columns, self.notes, self.zone)
        ids = self.rough.id.of(kept)
        return FilePast(past, customers, keys_of([ids.meanings[code] for code in ids.codes], self.key), summary)

    def _nothing_ahead(self, issued: Moments, at: Moments, line: Rows) -> None:
        """A day ahead is a day that was read wrongly. Raises RowsRefused."""
        tomorrow = _end_of(self.today, self.zone)
        faults = Faults()
        for lines, moments, what in ((self.lines, issued, "an invoice begins"), (line, at, "something happens")):
            for row in np.flatnonzero(moments >= tomorrow):
                day = local_days(moments[row : row + 1], self.zone)[0]
                faults.add(int(lines[row]), f"{what} on {day}, which is ahead: are `dates` written as the map says?")
        faults.refuse()

    def _through(self, issued: Moments, at: Moments) -> np.datetime64:
        if self.map.through is not None:
            if self.map.through > self.today:
                raise RowsRefused(f"the map says that the file is known through {self.map.through}, which is ahead")
            return _end_of(self.map.through, self.zone)
        happened = at[~np.isnat(at)]
        last = max([issued.max(), *([happened.max()] if len(happened) else [])])
        day = local_days(np.array([last], dtype="datetime64[s]"), self.zone)[0].astype(object)
        self.notes.said.append(f"known through {day}, its last day: say `through` where it was known longer")
        return _end_of(day, self.zone)

    def _kept_invoices(self, issued: Moments, invoice: Codes, kind: Any, at: Moments, through: np.datetime64) -> Mask:
        """Those whose days and amounts can be. Raises RowsRefused where too many cannot."""
        due, days = self._due(), local_days(issued, self.zone)
        paid_early = np.zeros(len(issued), dtype=bool)
        before = (kind == Happened.PAYMENT) & (local_days(at, self.zone) < days[invoice])
        paid_early[invoice[before]] = True
        keep = np.ones(len(issued), dtype=bool)
        odd = 0
        for what, some, is_odd in (
            ("invoices after the last day that the file is known through", issued >= through, False),
            ("invoices of nothing or less, such as credit notes", self.rough.amount <= 0, False),
            ("invoices without a due date", np.isnat(due), True),
            ("invoices due before they were issued", due < days, True),
            ("invoices paid before they were issued", paid_early, True),
        ):
            left = keep & some
            self.notes.leave_out(what, self.lines[left])
            odd += int(left.sum()) if is_odd else 0
            keep &= ~some
        if odd > MOST_ODD * len(issued):
            said = "; ".join(
                f"{count} {what} (lines {_listed(lines)})" for what, (count, lines) in self.notes.left_out.items()
            )
            raise RowsRefused(
                f"{odd} of {len(issued)} invoices cannot be: {said}: look at the map's columns and `dates`"
            )
        if not keep.any():
            raise RowsRefused("no invoice is left of the file")
        return keep

    def _due(self) -> Days:
        """The first due date of each: what its column tells, else what the terms give."""
        due = np.full(len(self.rough.rows), np.datetime64("NaT"), dtype="datetime64[D]")
        if (name := self.map.columns.get("due")) is not None:
            due = local_days(self.table.moments[name][self.rough.rows], self.zone)
        if (terms := self.map.due) is None:
            return due
        days = np.full(len(due), float(terms.days))
        if terms.column is not None:
            days = self.table.sums[terms.column][self.rough.rows]
        given = local_days(self.rough.issued, self.zone) + np.nan_to_num(days).astype("timedelta64[D]")
        return np.where(np.isnat(due) & ~np.isnan(days), given, due)

    def _whole_days(self, issued: Moments, at: Moments) -> bool:
        """Whether no time of day is told: everything is at midnight, but for the moment that stands for the end."""
        told = np.concatenate([issued, at])
        shown = local_seconds(told, self.zone).astype(np.int64)
        return bool((shown % 86_400 % 86_399 == 0).all())

    def _debtors(self, kept: Rows) -> tuple[Codes, Keys]:
        """Who owes: by the customers' ids; whoever has none is a debtor of one invoice."""
        name = self.map.columns.get("customer")
        codes = self.table.words[name].codes[self.rough.rows[kept]] if name else np.full(len(kept), NOT_TOLD)
        told = codes != NOT_TOLD
        known, place = np.unique(codes[told], return_inverse=True)
        debtor = np.empty(len(kept), dtype=np.int32)
        debtor[told] = place
        debtor[~told] = len(known) + np.arange(int((~told).sum()))
        meanings = self.table.words[name].meanings if name else ()
        keys = keys_of([meanings[code] for code in known], self.key)
        return debtor, np.concatenate([keys, np.full(int((~told).sum()), NOBODY, dtype=np.uint64)])

    def _invoices(self, kept: Rows, debtor: Codes) -> Invoices:
        issued = self.rough.issued[kept]
        return Invoices(
            id=np.arange(len(kept), dtype=np.int64),
            creditor=_the_same(self.creditor, len(kept)),
            debtor=debtor,
            amount=self.rough.amount[kept],
            currency=self._about("currency", kept, self.map.currency),
            issued=local_days(issued, self.zone),
            due=self._due()[kept],
            known_at=issued,
            kind=self._kind(kept),
            country=_the_same(self.map.country, len(kept)),
            segment=self._about("segment", kept, None),
            postcode=self._about("postcode", kept, None),
        )

    def _about(self, role: str, kept: Rows, otherwise: str | None) -> Words:
        if (name := self.map.columns.get(role)) is None:
            return _the_same(otherwise, len(kept))
        found = self.table.words[name].of(self.rough.rows[kept])
        if otherwise is None or (found.codes != NOT_TOLD).all():
            return found
        return words([otherwise if code == NOT_TOLD else found.meanings[code] for code in found.codes])

    def _kind(self, kept: Rows) -> Words:
        found = self._about("kind", kept, self.map.kind)
        meant = {word: _meant(word) for word in found.meanings}
        if unknown := [word for word, kind in meant.items() if kind is None]:
            raise RowsRefused(f"`kind` says neither consumer nor business: {', '.join(sorted(unknown)[:10])}")
        known = ("consumer", "business")
        codes = np.array([known.index(kind) for kind in meant.values() if kind] + [NOT_TOLD], dtype=np.int32)
        return Words(codes[found.codes], known)

    def _told(self, keep: Mask, debtor: Codes, through: np.datetime64, whole_days: bool) -> Told:
        """What the map has kept besides, each as a fact about the debtor from the day of its row on."""
        rows, invoice, at = self.rough.telling
        chosen = keep[invoice] & (at < through) & (at >= self.rough.issued[invoice])
        rows, invoice, at = rows[chosen], (np.cumsum(keep) - 1)[invoice[chosen]], at[chosen]
        begins = at == self.rough.issued[keep][invoice]
        known_at = np.where(begins, at, self._known_at(at, through, whole_days))
        pieces: list[tuple[Any, ...]] = []
        texts: dict[str, int] = {}
        for code, name in enumerate(self.map.told.values()):
            numbers, said = _numbers_or_words(self.table, name, rows)
            some = np.flatnonzero(~np.isnan(numbers) | (said.codes != NOT_TOLD))
            place = np.array(
                [texts.setdefault(word, len(texts)) for word in said.meanings] + [NOT_TOLD], dtype=np.int32
            )
            pieces.append((np.full(len(some), code), some, numbers[some], place[said.codes][some]))
        what, of, number, word = (
            (np.concatenate(column) for column in zip(*pieces, strict=True)) if pieces else _NO_TOLD
        )
        of = of.astype(np.int64)
        return Told(
            debtor=debtor[invoice[of]],
            what=Words(what.astype(np.int32), tuple(self.map.told)),
            since=local_days(at[of], self.zone),
            until=np.full(len(of), np.datetime64("NaT"), dtype="datetime64[D]"),
            known_at=known_at[of],
            number=number,
            word=Words(word.astype(np.int32), tuple(texts)),
        )

    def _known_at(self, at: Moments, through: np.datetime64, whole_days: bool) -> Moments:
        """When it was known: of a day without a time, when the day was over."""
        if not whole_days:
            return at
        ends = begin_of(local_days(at, self.zone) + np.timedelta64(1, "D"), self.zone)
        return np.minimum(ends, through)

    def _constant(self, past: Past) -> None:
        """Says what is the same everywhere: nothing can be learned from it."""
        if len(past.invoices) < 2:
            return
        columns = {"segment": past.invoices.segment, "postcode": past.invoices.postcode}
        same = [
            what
            for what, column in columns.items()
            if what in self.map.columns and len(set(column.codes.tolist())) == 1
        ]
        for code, what in enumerate(past.told.what.meanings):
            rows = past.told.what.codes == code
            values = set(past.told.word.codes[rows].tolist()) | set(np.nan_to_num(past.told.number[rows]).tolist())
            whole = int(rows.sum()) == len(past.invoices)
            if not rows.any() or (whole and len(values) <= 2 and _one_value(past.told, rows)):
                same.append(what)
        if (past.invoices.amount == past.invoices.amount[0]).all():
            same.append("amount")
        if same:
            self.notes.said.append(f"the same everywhere, so nothing can be learned from it: {', '.join(same)}")


def _the_same(word: str | None, count: int) -> Words:
    return Words(np.full(count, NOT_TOLD if word is None else 0, dtype=np.int32), (word,) if word is not None else ())


def _meant(word: str) -> str | None:
    return "business" if word.lower() in _BUSINESS else "consumer" if word.lower() in _CONSUMER else None


def _numbers_or_words(table: Table, name: str, rows: Rows) -> tuple[Numbers, Words]:
    """A column as numbers where every value is one, else as words."""
    none = Words(np.full(len(rows), NOT_TOLD, dtype=np.int32), ())
    if name in table.sums:
        return table.sums[name][rows], none
    if name in table.moments:
        days = table.moments[name][rows].astype("datetime64[D]").astype(np.float64)
        days[np.isnat(table.moments[name][rows])] = np.nan
        return days, none
    column = table.words[name].of(rows)
    try:
        numbers = np.array([float(word) for word in column.meanings] + [np.nan])
    except ValueError:
        return np.full(len(rows), np.nan), column
    return numbers[column.codes], none


def _says_nothing(table: Table, name: str) -> bool:
    if name in table.words:
        return bool((table.words[name].codes == NOT_TOLD).all())
    return bool(np.isnat(table.moments[name]).all() if name in table.moments else np.isnan(table.sums[name]).all())


def _one_value(told: Told, rows: Mask) -> bool:
    numbers, said = told.number[rows], told.word.codes[rows]
    return bool((said == said[0]).all() and (np.isnan(numbers).all() or (numbers == numbers[0]).all()))


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines))


def _end_of(day: date, zone: ZoneInfo) -> np.datetime64:
    following = np.array([day + timedelta(days=1)], dtype="datetime64[D]")
    return np.datetime64(begin_of(following, zone)[0], "s")


_NO_TOLD: Final = tuple(np.empty(0) for _ in range(4))
