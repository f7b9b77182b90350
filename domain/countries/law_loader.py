"""A country file is read: every line that is wrong is named, with what to write instead; where each rule comes from is noted."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

import yaml

from domain.countries.calendar import Calendar, ContactHours
from domain.countries.country import DirectDebitRules
from domain.countries.law import (
    TRADES,
    Filings,
    HalfYear,
    Law,
    NoticeSender,
    ServiceNotice,
    Source,
    Trade,
    half_year_start,
)
from domain.located_yaml import FileError, Reader, line_of
from domain.money.allocation import PARTS, Part
from domain.vocabulary import CHANNELS, Channel

Value = TypeVar("Value")
_SENDERS: Mapping[str, NoticeSender] = {"creditor": "creditor", "licensed agency": "licensed agency"}
_TABLES = {
    "contact_hours": ("weekdays", "saturday"),
    "majority": ("years",),
    "letter_transit": ("banking_days",),
    "fees": (
        "part_of_inkassosats",
        "days_after_due_date",
        "most",
        "reset_months",
        "second_after_missed_deadline_of_days",
    ),
    "notice": ("shortest_deadline_days", "oldest_months"),
    "forms": ("formal", "formal_when_recently_used"),
    "interest": ("day_count",),
    "allocation": ("order", "creditor_may_change"),
}
_SOURCE = ("source",)  # what a file need not name
_MAY_LACK = {"set_off": ("allowed",)}  # what is not done where a country's file says nothing of it
_DATED = ("limitations", "notice_senders", "service_notices", "filings", "direct_debit", "half_years")
_LIMITATION_ROW = ("from", "years")
_SENDER_ROW = ("from", "sender")
_SERVICE_ROW = ("from", "trade", "consumer_days", "business_days")
_FILINGS_ROW = ("from", "estate_days", "bankruptcy_days", "debt_settlement_days")
_DRAWS_ROW = ("from", "cut_off", "notice_days", "bank_notice_days", "months_ahead", "grace_banking_days")
_HALF_YEAR_ROW = ("from", "interest", "b2b_compensation", "inkassosats")


class LawError(FileError):
    """A country file that cannot be used."""


def load_law(text: str, file: str) -> Law:
    """Read a country file; LawError names every line that is wrong and what to write instead."""
    reader = Reader(file)
    root = reader.root(text)
    law = _CountryFile(reader, root).law() if root is not None else None
    if reader.problems or law is None:
        raise LawError(reader.problems)
    return law


class _CountryFile:
    """The country file while it is read; what is not verified is noted on the way."""

    def __init__(self, reader: Reader, root: yaml.Node) -> None:
        self.reader = reader
        self.root = root
        self.sources: list[Source] = []

    def law(self) -> Law | None:
        names = ("country", "zone", "currency", *_TABLES, *_DATED)
        top = self._complete(self.root, names, "a country file", may_lack=tuple(_MAY_LACK))
        tables = {
            name: self._complete(top[name], (*keys, "verified"), name, may_lack=_SOURCE) if name in top else {}
            for name, keys in (_TABLES | _MAY_LACK).items()
        }
        for name in filter(top.__contains__, tables):
            self._note_source(tables[name], top[name], name)
        calendar = self._calendar(top)
        hours = tables["contact_hours"]
        weekdays = self._value(hours, "weekdays", _clock_window, "08:00-21:00")
        saturday = self._value(hours, "saturday", _clock_window, "09:00-15:00")
        of_age = self._count(tables["majority"], "years")
        transit = self._count(tables["letter_transit"], "banking_days")
        fees = tables["fees"]
        part = self._value(fees, "part_of_inkassosats", _part, "1/20")
        fee_counts = [self._count(fees, key) for key in _TABLES["fees"][1:]]
        notice_counts = [self._count(tables["notice"], key) for key in _TABLES["notice"]]
        forms = [self._channels(tables["forms"], key) for key in _TABLES["forms"]]
        self._choice(tables["interest"], "day_count", ("act/365",))
        order = self._order(tables["allocation"])
        may_change = self._choice(tables["allocation"], "creditor_may_change", ("true", "false")) == "true"
        set_off = self._choice(tables["set_off"], "allowed", ("true", "false")) == "true"
        limitations = self._limitations(top)
        senders = self._senders(top)
        service_notices = self._service_notices(top)
        filings = self._filings(top)
        half_years = self._half_years(top, part)
        if self.reader.problems or calendar is None or weekdays is None or of_age is None or transit is None:
            return None
        earliest, most, reset, second = (count for count in fee_counts if count is not None)
        shortest, oldest = (count for count in notice_counts if count is not None)
        return Law(
            file=self.reader.file,
            country=calendar.country,
            calendar=calendar,
            currency=str(top["currency"].value),
            contact_hours=ContactHours(weekdays, saturday),
            age_of_majority=of_age,
            letter_transit_days=transit,
            fee_earliest_days=earliest,
            max_fees=most,
            fee_reset_months=reset,
            second_fee_needs_deadline_days=second,
            notice_min_deadline_days=shortest,
            notice_max_age_months=oldest,
            formal_channels=forms[0],
            conditional_formal_channels=forms[1],
            allocation=order,
            creditor_may_change_allocation=may_change,
            set_off=set_off,
            limitations=limitations,
            notice_senders=senders,
            service_notices=service_notices,
            filings=filings,
            half_years=half_years,
            sources=tuple(self.sources),
        )

    def _complete(
        self, node: yaml.Node, names: Sequence[str], what: str, *, may_lack: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        values = self.reader.mapping(node, (*names, *may_lack), what)
        for name in names:
            if name not in values:
                self.reader.problem(node, f"{what} lacks `{name}`", f"add `{name}: …`")
        return values

    def _value(
        self, table: Mapping[str, yaml.Node], key: str, read: Callable[[str], Value], example: str
    ) -> Value | None:
        node = table.get(key)
        word = self.reader.word(node, key) if node is not None else None
        if node is None or word is None:
            return None
        try:
            return read(word)
        except ValueError:
            self.reader.problem(node, f"{key} cannot be `{word[:60]}`", f"write it like {example}")
            return None

    def _choice(self, table: Mapping[str, yaml.Node], key: str, known: Sequence[str]) -> str | None:
        return self.reader.choice(table[key], key, known) if key in table else None

    def _count(self, table: Mapping[str, yaml.Node], key: str) -> int | None:
        return self._value(table, key, _count, "14")

    def _channels(self, table: Mapping[str, yaml.Node], key: str) -> frozenset[Channel]:
        if key not in table:
            return frozenset()
        words = [self.reader.choice(item, key, tuple(CHANNELS)) for item in self.reader.items(table[key], key)]
        return frozenset(CHANNELS[word] for word in words if word is not None)

    def _order(self, table: Mapping[str, yaml.Node]) -> tuple[Part, ...]:
        if "order" not in table:
            return ()
        words = [self.reader.choice(item, "order", PARTS) for item in self.reader.items(table["order"], "order")]
        if sorted(filter(None, words)) != sorted(PARTS):
            self.reader.problem(table["order"], "the order names each part once", f"write [{', '.join(PARTS)}]")
        return tuple(part for word in words for part in PARTS if part == word)

    def _calendar(self, top: Mapping[str, yaml.Node]) -> Calendar | None:
        country = self._value(top, "country", _country_code, "NO")
        zone = self._value(top, "zone", str, "Europe/Oslo")
        self._value(top, "currency", _currency_code, "NOK")
        draws = self._draws(top)
        if country is None or zone is None:
            return None
        try:
            return Calendar(country, zone, draws)
        except ValueError as error:
            wrong = "zone" if repr(zone) in str(error) else "country"
            self.reader.problem(top[wrong], str(error), f"correct `{wrong}`")
            return None

    def _rows(self, top: Mapping[str, yaml.Node], table: str, keys: Sequence[str]) -> list[dict[str, yaml.Node]]:
        if table not in top:
            return []
        rows = []
        for node in self.reader.items(top[table], table):
            row = self._complete(node, (*keys, "verified"), f"a row of {table}", may_lack=_SOURCE)
            since = row["from"].value if "from" in row else "?"
            self._note_source(row, node, f"{table} from {since}")
            rows.append(row)
        return rows

    def _limitations(self, top: Mapping[str, yaml.Node]) -> tuple[tuple[date, int], ...]:
        limitations: dict[date, int] = {}
        for row in self._rows(top, "limitations", _LIMITATION_ROW):
            since, years = self._since(row, limitations), self._count(row, "years")
            if since is not None and years is not None:
                limitations[since] = years
        return tuple(sorted(limitations.items()))

    def _senders(self, top: Mapping[str, yaml.Node]) -> tuple[tuple[date, NoticeSender], ...]:
        senders: dict[date, NoticeSender] = {}
        for row in self._rows(top, "notice_senders", _SENDER_ROW):
            since = self._since(row, senders)
            word = self.reader.choice(row["sender"], "sender", tuple(_SENDERS)) if "sender" in row else None
            if since is not None and word is not None:
                senders[since] = _SENDERS[word]
        return tuple(sorted(senders.items()))

    def _service_notices(self, top: Mapping[str, yaml.Node]) -> tuple[tuple[date, ServiceNotice], ...]:
        """The rows of each trade in the order of their dates."""
        notices: dict[Trade, dict[date, ServiceNotice]] = {trade: {} for trade in TRADES}
        for row in self._rows(top, "service_notices", _SERVICE_ROW):
            word = self._choice(row, "trade", TRADES)
            trade = next((each for each in TRADES if each == word), None)
            since = self._since(row, notices[trade]) if trade else None
            days = [count for key in _SERVICE_ROW[2:] if (count := self._count(row, key)) is not None]
            if trade and since is not None and len(days) == len(_SERVICE_ROW[2:]):
                notices[trade][since] = ServiceNotice(trade, *days)
        return tuple(row for rows in notices.values() for row in sorted(rows.items(), key=lambda each: each[0]))

    def _filings(self, top: Mapping[str, yaml.Node]) -> tuple[tuple[date, Filings], ...]:
        filings: dict[date, Filings] = {}
        for row in self._rows(top, "filings", _FILINGS_ROW):
            since = self._since(row, filings)
            days = [count for key in _FILINGS_ROW[1:] if (count := self._count(row, key)) is not None]
            if since is not None and len(days) == len(_FILINGS_ROW[1:]):
                filings[since] = Filings(*days)
        return tuple(sorted(filings.items()))

    def _draws(self, top: Mapping[str, yaml.Node]) -> list[tuple[date, DirectDebitRules]]:
        draws: dict[date, DirectDebitRules] = {}
        for row in self._rows(top, "direct_debit", _DRAWS_ROW):
            since, cut_off = self._since(row, draws), self._value(row, "cut_off", _clock, "14:00")
            counts = [count for key in _DRAWS_ROW[2:] if (count := self._count(row, key)) is not None]
            if since is not None and cut_off is not None and len(counts) == len(_DRAWS_ROW[2:]):
                draws[since] = DirectDebitRules(cut_off, *counts)
        return list(draws.items())

    def _half_years(self, top: Mapping[str, yaml.Node], part: int | None) -> dict[date, HalfYear]:
        half_years: dict[date, HalfYear] = {}
        for row in self._rows(top, "half_years", _HALF_YEAR_ROW):
            since = self._since(row, half_years)
            if since is not None and since != half_year_start(since):
                what = f"a half-year cannot begin on {since}"
                self.reader.problem(row["from"], what, "write 1 January or 1 July")
            rate, compensation, inkassosats = (self._value(row, key, _decimal, "12.25") for key in _HALF_YEAR_ROW[1:])
            if since is None or part is None or rate is None or compensation is None or inkassosats is None:
                continue
            fee = (inkassosats / Decimal(part)).quantize(Decimal(1), ROUND_HALF_UP)
            half_years[since] = HalfYear(rate, compensation, fee)
        return half_years

    def _since(self, row: Mapping[str, yaml.Node], earlier: Mapping[date, object]) -> date | None:
        since = self._value(row, "from", date.fromisoformat, "2026-07-01")
        if since is not None and earlier and since <= max(earlier):
            what = f"{since} is not after the row before"
            self.reader.problem(row["from"], what, "write the rows in the order of their dates")
            return None
        return since

    def _note_source(self, table: Mapping[str, yaml.Node], node: yaml.Node, what: str) -> None:
        if "verified" not in table:
            return
        verified = self.reader.choice(table["verified"], "verified", ("true", "false")) == "true"
        named = (self.reader.word(table["source"], "source") or "") if "source" in table else ""
        row = {word: str(each.value) for word, each in table.items() if isinstance(each, yaml.ScalarNode)}
        self.sources.append(Source(what, f"{self.reader.file}:{line_of(node)}", row, named, verified))


def _matched(pattern: str, word: str) -> re.Match[str]:
    match = re.fullmatch(pattern, word, re.ASCII)
    if match is None:
        raise ValueError(word)
    return match


def _country_code(word: str) -> str:
    return _matched(r"[A-Z]{2}", word)[0]


def _currency_code(word: str) -> str:
    return _matched(r"[A-Z]{3}", word)[0]


def _count(word: str) -> int:
    return int(_matched(r"[1-9]\d{0,3}", word)[0])


def _part(word: str) -> int:
    return int(_matched(r"1/([1-9]\d{0,3})", word)[1])


def _decimal(word: str) -> Decimal:
    return Decimal(_matched(r"\d{1,7}(\.\d{1,2})?", word)[0])


def _clock(word: str) -> time:
    return time.fromisoformat(_matched(r"\d\d:\d\d", word)[0])


def _clock_window(word: str) -> tuple[time, time]:
    window = _matched(r"(\d\d:\d\d)-(\d\d:\d\d)", word)
    opens, closes = time.fromisoformat(window[1]), time.fromisoformat(window[2])
    if opens >= closes:
        raise ValueError(word)
    return opens, closes
