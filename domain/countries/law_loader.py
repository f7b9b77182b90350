"""A country file is read: every line that is wrong is named, with what to write instead; where each row comes from is noted."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeVar

import yaml

from domain.countries.calendar import Calendar, ContactHours
from domain.countries.country import DirectDebitRules
from domain.countries.fees import FEES_OF, CompensationRules, FeeRules, Larger
from domain.countries.half_years import ROUNDINGS_OF, Amount, Rate, half_year_start
from domain.countries.interest import InterestRules
from domain.countries.law import Law
from domain.countries.limitation import ORIGINS, RENEWALS, Filings, Limitation
from domain.countries.notices import NOTICE_PARTS, TRADES, Forms, NoticeRules
from domain.countries.regions import Holiday, Region
from domain.countries.rows import Row, Rows
from domain.countries.sender_names import REGISTRATIONS, SIGNS, SenderNames
from domain.countries.sources import Source
from domain.countries.terms import TERMS
from domain.distribution_house import NEEDS
from domain.located_yaml import FileError, Reader, line_of
from domain.money.allocation import PARTS, AllocationRules
from domain.money.ways_to_pay import WAYS
from domain.vocabulary import CHANNELS, DebtorKind

Value = TypeVar("Value")
_KINDS: Mapping[str, DebtorKind] = {"consumer": "consumer", "business": "business"}
_SENDERS = ("creditor", "licensed agency")
_EVERY_ROW = ("from", "verified")
_ANY_ROW = ("for", "source")  # what a row need not say
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAP_YEAR = 2000
_LEAP_DAY = date(_LEAP_YEAR, 2, 29)


class LawError(FileError):
    """A country file that cannot be used."""


@dataclass(frozen=True, slots=True)
class _Column:
    """What a row says under one word."""

    read: Callable[[str], Any]
    example: str
    listed: bool = False
    """A list of such values."""
    needed: bool = True
    otherwise: Any = None
    """What it is taken to say where it need not."""


@dataclass(frozen=True, slots=True)
class _Table:
    """What the rows of a table say, and what is made of one."""

    columns: Mapping[str, _Column]
    make: Callable[..., Any]
    of: str | None = None
    """The word by which the table is of several things."""
    needed: bool = True
    """A file without the table, or with no row in it, is refused."""


def load_law(text: str, file: str) -> Law:
    """Read a country file; LawError names every line that is wrong and what to write instead."""
    reader = Reader(file)
    root = reader.root(text)
    law = _CountryFile(reader, root).law() if root is not None else None
    if reader.problems or law is None:
        raise LawError(reader.problems)
    return law


class _CountryFile:
    """The country file while it is read; where each row comes from is noted on the way."""

    def __init__(self, reader: Reader, root: yaml.Node) -> None:
        self.reader = reader
        self.root = root
        self.figures: set[str] = set()
        self.sources: list[Source] = []

    def law(self) -> Law | None:
        needed = [name for name, table in TABLES.items() if table.needed]
        top = self._complete(
            self.root, ("country", "zone", "currency", *needed), "a country file", may_lack=(*TABLES, "half_years")
        )
        half_years = self._half_years(top)
        tables = {name: self._rows(top, name, table) for name, table in TABLES.items()}
        calendar = self._calendar(top, tables["direct_debit"])
        if self.reader.problems or calendar is None:
            return None
        del tables["direct_debit"]  # the calendar's
        return Law(
            file=self.reader.file,
            country=calendar.country,
            calendar=calendar,
            currency=str(top["currency"].value),
            half_years=half_years,
            sources=tuple(self.sources),
            terms=frozenset(),
            **{_FIELDS.get(name, name): rows for name, rows in tables.items()},
        )

    # --- tables --------------------------------------------------------------------------------------------------

    def _rows(self, top: Mapping[str, yaml.Node], name: str, table: _Table) -> Rows[Any]:
        missing = ", ".join(f"{word}: …" for word, column in table.columns.items() if column.needed)
        rows: list[Row[Any]] = []
        for node in self.reader.items(top[name], name) if name in top else ():
            row = self._row(node, name, table, rows)
            if row is not None:
                rows.append(row)
        return Rows(self.reader.file, name, missing, tuple(rows))

    def _row(self, node: yaml.Node, name: str, table: _Table, earlier: Sequence[Row[Any]]) -> Row[Any] | None:
        needed = [word for word, column in table.columns.items() if column.needed]
        words = self._complete(
            node, ("from", *needed, "verified"), f"a row of {name}", may_lack=(*table.columns, *_ANY_ROW)
        )
        self._note_source(words, node, name)
        since = self._value(words, "from", date.fromisoformat, "2026-07-01")
        kind = _KINDS.get(self._choice(words, "for", _KINDS) or "", "any")
        read = {word: self._read(words, word, column) for word, column in table.columns.items() if word in words}
        if since is None or any(value is None for value in read.values()) or not set(needed) <= read.keys():
            return None
        values = {word: read.get(word, column.otherwise) for word, column in table.columns.items()}
        try:
            made = table.make(**values)
        except ValueError as error:
            self.reader.problem(node, f"a row of {name}: {error}", "correct it")
            return None
        of = values[table.of] if table.of else ()
        row = Row(since, kind, of if isinstance(of, tuple) else (of,), made)
        self._check_order(words["from"], row, earlier)
        return row

    def _check_order(self, place: yaml.Node, row: Row[Any], earlier: Sequence[Row[Any]]) -> None:
        """Of the same thing and debtors the rows stand in the order of their dates, and none hides another of its day."""
        rivals = [each for each in earlier if not row.of or set(row.of) & set(each.of)]
        same = [each for each in rivals if each.kind == row.kind and each.since >= row.since]
        hidden = [each for each in rivals if "any" in (each.kind, row.kind) and each.since == row.since]
        if same:
            what = f"{row.since} is not after the row before"
            self.reader.problem(place, what, "write the rows in the order of their dates")
        elif hidden:
            what = f"another row of {row.since} is of all debtors"
            self.reader.problem(place, what, "write `for: consumer` and `for: business` in both, or another day")

    def _read(self, words: Mapping[str, yaml.Node], word: str, column: _Column) -> Any:
        if not column.listed:
            return self._value(words, word, self._noting_figures(column.read), column.example)
        items = self.reader.items(words[word], word)
        found = [self._value({word: item}, word, column.read, column.example) for item in items]
        return None if not items or None in found else tuple(found)

    def _noting_figures(self, read: Callable[[str], Value]) -> Callable[[str], Value]:
        """A reader whose amounts and rates may only be of figures that the half-years tell."""

        def known(word: str) -> Value:
            value = read(word)
            if isinstance(value, Amount | Rate) and value.figure not in (None, *self.figures):
                raise ValueError(word)
            return value

        return known

    def _half_years(self, top: Mapping[str, yaml.Node]) -> dict[date, dict[str, Decimal]]:
        """The figures of each half-year, by their names; every row tells the same ones."""
        half_years: dict[date, dict[str, Decimal]] = {}
        for node in self.reader.items(top["half_years"], "half_years") if "half_years" in top else ():
            if not self.figures:
                self.figures = {word for word in _words_of(node) if word not in (*_EVERY_ROW, *_ANY_ROW)}
            figures = sorted(self.figures)
            row = self._complete(node, ("from", *figures, "verified"), "a row of half_years", may_lack=_ANY_ROW)
            self._note_source(row, node, "half_years")
            since = self._value(row, "from", date.fromisoformat, "2026-07-01")
            if since is not None and half_years and since <= max(half_years):
                what = f"{since} is not after the row before"
                self.reader.problem(row["from"], what, "write the rows in the order of their dates")
            elif since is not None and since != half_year_start(since):
                what = f"a half-year cannot begin on {since}"
                self.reader.problem(row["from"], what, "write 1 January or 1 July")
            told = {word: self._value(row, word, _decimal, "12.25") for word in _words_of(node) if word in self.figures}
            if since is not None:
                half_years[since] = {word: value for word, value in told.items() if value is not None}
        return half_years

    def _note_source(self, words: Mapping[str, yaml.Node], node: yaml.Node, table: str) -> None:
        if "verified" not in words or "from" not in words:
            return
        verified = self._choice(words, "verified", ("true", "false")) == "true"
        named = (self.reader.word(words["source"], "source") or "") if "source" in words else ""
        row = {word: _as_written(each) for word, each in words.items()}
        what = f"{table} from {words['from'].value}"
        self.sources.append(Source(what, f"{self.reader.file}:{line_of(node)}", row, named, verified))

    # --- single values -------------------------------------------------------------------------------------------

    def _calendar(self, top: Mapping[str, yaml.Node], draws: Rows[DirectDebitRules]) -> Calendar | None:
        country = self._value(top, "country", _country_code, "NO")
        zone = self._value(top, "zone", str, "Europe/Oslo")
        self._value(top, "currency", _currency_code, "NOK")
        if country is None or zone is None:
            return None
        try:
            return Calendar(country, zone, draws)
        except ValueError as error:
            wrong = "zone" if repr(zone) in str(error) else "country"
            self.reader.problem(top[wrong], str(error), f"correct `{wrong}`")
            return None

    def _complete(
        self, node: yaml.Node, names: Sequence[str], what: str, *, may_lack: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        values = self.reader.mapping(node, (*names, *may_lack), what)
        for name in names:
            if name not in values:
                self.reader.problem(node, f"{what} lacks `{name}`", f"add `{name}: …`")
        return values

    def _value(
        self, words: Mapping[str, yaml.Node], word: str, read: Callable[[str], Value], example: str
    ) -> Value | None:
        node = words.get(word)
        written = self.reader.word(node, word) if node is not None else None
        if node is None or written is None:
            return None
        try:
            return read(written)
        except _NotOneOf as wrong:
            self.reader.choice(node, word, wrong.known)
        except ValueError:
            self.reader.problem(node, f"{word} cannot be `{written[:60]}`", f"write it like {example}")
        return None

    def _choice(
        self, words: Mapping[str, yaml.Node], word: str, known: Sequence[str] | Mapping[str, Any]
    ) -> str | None:
        return self.reader.choice(words[word], word, tuple(known)) if word in words else None


class _NotOneOf(ValueError):
    """A word that is none of those that are known."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__()
        self.known = known


def _as_written(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(map(_as_written, node.value))}]"
    return str(node.value)


def _words_of(node: yaml.Node) -> list[str]:
    keys = (key for key, _ in node.value) if isinstance(node, yaml.MappingNode) else ()
    return [str(key.value) for key in keys if isinstance(key, yaml.ScalarNode)]


def _matched(pattern: str, word: str) -> re.Match[str]:
    match = re.fullmatch(pattern, word, re.ASCII)
    if match is None:
        raise ValueError(word)
    return match


def _country_code(word: str) -> str:
    return _matched(r"[A-Z]{2}", word)[0]


def _currency_code(word: str) -> str:
    return _matched(r"[A-Z]{3}", word)[0]


def _number(word: str) -> int:
    return int(_matched(r"[1-9]\d{0,3}", word)[0])


def _decimal(word: str) -> Decimal:
    return Decimal(_matched(r"\d{1,7}(\.\d{1,2})?", word)[0])


def _amount(word: str) -> Amount:
    """`60`, `b2b_compensation` or `1/20 of inkassosats`."""
    match = _matched(r"(?P<fixed>\d{1,7}(\.\d{1,2})?)|(1/(?P<part>[1-9]\d{0,3}) of )?(?P<figure>[a-z][a-z0-9_]*)", word)
    if match["fixed"]:
        return Amount(Decimal(match["fixed"]))
    return Amount(figure=match["figure"], part=int(match["part"] or 1))


def _larger(word: str) -> Larger:
    """`30 above 100 in over 4 parts`."""
    match = _matched(r"(?P<amount>\d{1,7}) above (?P<above>\d{1,7}) in over (?P<parts>[1-9]\d?) parts", word)
    return Larger(Decimal(match["amount"]), Decimal(match["above"]), int(match["parts"]))


def _rate(word: str) -> Rate:
    """`interest` or `reference + 8`."""
    match = _matched(r"(?P<figure>[a-z][a-z0-9_]*)( \+ (?P<points>\d{1,2}(\.\d{1,2})?))?", word)
    return Rate(match["figure"], Decimal(match["points"] or 0))


def _postcodes(word: str) -> tuple[str, str]:
    """`22000-22999`, or `22` for all that begin so."""
    match = _matched(r"(?P<first>\d{1,10})(-(?P<last>\d{1,10}))?", word)
    first, last = match["first"], match["last"] or match["first"]
    if len(first) != len(last) or first > last:
        raise ValueError(word)
    return first, last


def _holiday(word: str) -> Holiday:
    """`06-09`, `wednesday before 11-23` or `easter + 60`."""
    of_easter = r"easter (?P<sign>[+-]) (?P<days>\d{1,2})"
    of_the_year = rf"((?P<weekday>{'|'.join(_WEEKDAYS)}) before )?(?P<day>\d\d-\d\d)"
    match = _matched(f"{of_easter}|{of_the_year}", word)
    if match["sign"]:
        return Holiday(after_easter=int(f"{match['sign']}{match['days']}"))
    day = date.fromisoformat(f"{_LEAP_YEAR}-{match['day']}")
    weekday = _WEEKDAYS.index(match["weekday"]) if match["weekday"] else None
    if weekday is not None and day == _LEAP_DAY:
        raise ValueError(word)
    return Holiday((day.month, day.day), weekday)


def _clock(word: str) -> time:
    return time.fromisoformat(_matched(r"\d\d:\d\d", word)[0])


def _clock_window(word: str) -> tuple[time, time]:
    window = _matched(r"(\d\d:\d\d)-(\d\d:\d\d)", word)
    opens, closes = time.fromisoformat(window[1]), time.fromisoformat(window[2])
    if opens >= closes:
        raise ValueError(word)
    return opens, closes


def _one_of(known: Mapping[str, Value]) -> Callable[[str], Value]:
    def read(word: str) -> Value:
        if word not in known:
            raise _NotOneOf(tuple(known))
        return known[word]

    return read


def _word_of(known: Sequence[str]) -> _Column:
    return _Column(_one_of({word: word for word in known}), known[0])


def _words(known: Mapping[str, Any], *, needed: bool = True) -> _Column:
    return _Column(_one_of(known), f"[{next(iter(known))}]", listed=True, needed=needed, otherwise=())


def _itself(known: Sequence[str]) -> dict[str, str]:
    return {word: word for word in known}


def _only(**value: Any) -> Any:
    """The one value of a row that says nothing else."""
    (it,) = value.values()
    return it


def _service_days(trade: str, days: int) -> int:
    return days


def _region(region: str, postcodes: tuple[Any, ...], holidays: tuple[Any, ...]) -> Region:
    return Region(region, postcodes, holidays)


def _rounding(of: tuple[Any, ...], to: Decimal) -> Decimal:
    if not to:
        raise ValueError("nothing is rounded to 0")
    return to


def _order(order: tuple[Any, ...], creditor_may_change: bool) -> AllocationRules:
    if sorted(order) != sorted(PARTS):
        raise ValueError(f"the order names each part once: write [{', '.join(PARTS)}]")
    return AllocationRules(order, creditor_may_change)


def _forms(formal: tuple[Any, ...], formal_when_recently_used: tuple[Any, ...]) -> Forms:
    return Forms(frozenset(formal), frozenset(formal_when_recently_used))


def _interest(rate: Rate, day_count: str, days_without_agreed_due_date: int | None) -> InterestRules:
    return InterestRules(rate, days_without_agreed_due_date)


_COUNT = _Column(_number, "14")
_MAY_COUNT = _Column(_number, "14", needed=False)
_BOOLEAN = _one_of({"true": True, "false": False})
_YES_NO = _Column(_BOOLEAN, "true")
TABLES: Mapping[str, _Table] = {
    "contact_hours": _Table(
        {
            "weekdays": _Column(_clock_window, "08:00-21:00"),
            "saturday": _Column(_clock_window, "09:00-15:00", needed=False),
        },
        ContactHours,
    ),
    "regions": _Table(
        {
            "region": _Column(str, "Åland"),
            "postcodes": _Column(_postcodes, "[22000-22999], or [22]", listed=True),
            "holidays": _Column(_holiday, "[06-09, easter + 60, wednesday before 11-23]", listed=True),
        },
        _region,
        of="region",
        needed=False,
    ),
    "majority": _Table({"years": _COUNT}, _only),
    "letter_transit": _Table({"banking_days": _COUNT}, _only),
    "time_to_pay": _Table({"days_from_receipt": _COUNT}, _only, needed=False),
    "fees": _Table(
        {
            "of": _words(_itself(FEES_OF)),
            "amount": _Column(_amount, "60, or 1/20 of a figure of half_years"),
            "larger": _Column(_larger, "[30 above 100 in over 4 parts]", listed=True, needed=False, otherwise=()),
            "days_after_due_date": _COUNT,
            "most": _COUNT,
            "reset_months": _MAY_COUNT,
            "after_missed_deadline_of_days": _MAY_COUNT,
            "days_after_last_reminder": _MAY_COUNT,
            "invoiced_days_before_due_date": _MAY_COUNT,
            "needs_agreement": _Column(_BOOLEAN, "true", needed=False, otherwise=False),
        },
        FeeRules,
        of="of",
        needed=False,
    ),
    "notices": _Table(
        {
            "shortest_deadline_days": _COUNT,
            "oldest_months": _COUNT,
            "banking_days_after_receipt": _MAY_COUNT,
            "days_before_hand_off": _MAY_COUNT,
            "contents": _words(_itself(NOTICE_PARTS), needed=False),
            "not_called": _Column(str, "[maksuvaatimus]", listed=True, needed=False, otherwise=()),
        },
        NoticeRules,
    ),
    "forms": _Table(
        {"formal": _words(CHANNELS), "formal_when_recently_used": _words(CHANNELS, needed=False)},
        _forms,
    ),
    "digital_mailboxes": _Table({"counts_for": _words(_itself(NEEDS))}, _only, needed=False),
    "interest": _Table(
        {
            "rate": _Column(_rate, "a figure of half_years, or that and points: reference + 8"),
            "day_count": _word_of(("act/365",)),
            "days_without_agreed_due_date": _MAY_COUNT,
        },
        _interest,
    ),
    "compensation": _Table(
        {"amount": _Column(_amount, "450, or a figure of half_years"), "days_after_due_date": _COUNT},
        CompensationRules,
        needed=False,
    ),
    "allocation": _Table({"order": _words(_itself(PARTS)), "creditor_may_change": _YES_NO}, _order),
    "set_off": _Table({"allowed": _YES_NO}, _only, needed=False),
    "limitations": _Table(
        {
            "years": _COUNT,
            "counts_from": _Column(_one_of(_itself(ORIGINS)), "due date", needed=False, otherwise="due date"),
            "renewed_by": _words(_itself(RENEWALS), needed=False),
        },
        Limitation,
    ),
    "notice_senders": _Table({"sender": _word_of(_SENDERS)}, _only),
    "service_notices": _Table({"trade": _word_of(TRADES), "days": _COUNT}, _service_days, of="trade", needed=False),
    "filings": _Table(
        {"estate_days": _COUNT, "bankruptcy_days": _COUNT, "debt_settlement_days": _COUNT}, Filings, needed=False
    ),
    "licences": _Table({"to_charge_for_time": _word_of(TERMS)}, _only, needed=False),
    "sender_names": _Table(
        {
            "registration": _word_of(REGISTRATIONS),
            "shortest": _COUNT,
            "longest": _COUNT,
            "signs": _words(_itself([*SIGNS])),
            "numbers": _Column(_BOOLEAN, "true", needed=False, otherwise=False),
        },
        SenderNames,
        needed=False,
    ),
    "rounding": _Table(
        {"of": _words(_itself(ROUNDINGS_OF)), "to": _Column(_decimal, "0.01")}, _rounding, of="of", needed=False
    ),
    "ways_to_pay": _Table({"offered": _words(_itself(WAYS))}, _only, needed=False),
    "direct_debit": _Table(
        {
            "cut_off": _Column(_clock, "14:00"),
            "notice_days": _COUNT,
            "bank_notice_days": _COUNT,
            "months_ahead": _COUNT,
            "grace_banking_days": _COUNT,
        },
        DirectDebitRules,
        needed=False,
    ),
}
"""Every table of a country file; of those that a file may lack, nothing is known there."""
_FIELDS = {
    "time_to_pay": "times_to_pay",
    "compensation": "compensations",
    "allocation": "allocations",
    "set_off": "set_offs",
    "rounding": "roundings",
}
"""The names of the law's fields where they are not the tables' own."""
