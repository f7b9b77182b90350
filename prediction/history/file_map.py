"""What says how another system's past is read: which column is what, which activity is what happened, how days are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from zoneinfo import ZoneInfo

import yaml

from domain.located_yaml import FileError, Reader, line_of, suggestion
from domain.moment import zone_of, zones
from domain.vocabulary import CHANNELS, Channel
from prediction.history.past import Happened
from prediction.history.written import DayForm, Decimal

Shape = Literal["invoices", "events"]

ISSUED: Final = "issued"
HAPPENED: Final = {
    "hand-off" if kind is Happened.HAND_OFF else kind.name.lower().replace("_", " "): kind for kind in Happened
}
WORDS: Final = (ISSUED, *HAPPENED)
"""What an activity may be: the invoice's beginning, or something that happened to it."""

NEEDED: Final[Mapping[Shape, tuple[str, ...]]] = {
    "invoices": ("invoice", "issued", "amount", "paid_on"),
    "events": ("case", "activity", "time"),
}
_ABOUT = ("customer", "due", "currency", "kind", "segment", "postcode")
CHOSEN: Final = ("arm", "tone", "propensity")
"""Of a contact that was chosen among several ways: which one, how it sounded, and how probable that way was."""
COLUMNS: Final[Mapping[Shape, tuple[str, ...]]] = {
    "invoices": (*NEEDED["invoices"], *_ABOUT, "paid", "method", "disputed", "disputed_on", "closed_on", "left_on"),
    "events": (*NEEDED["events"], *_ABOUT, "channel", "detail", *CHOSEN),
}
_JOINED: Final = ("invoice", "case", "customer")
"""What may stand in several columns: numbers that are told anew in each company or year."""
_KEYS = (
    "shape",
    "creditor",
    "country",
    "currency",
    "kind",
    "time_zone",
    "dates",
    "decimal",
    "delimiter",
    "encoding",
    "through",
    "columns",
    "told",
    "activities",
    "ignore",
    "only",
    "due",
    "closed",
)
_ACT_KEYS = ("is", "channel", "detail", "amount", "total", "day", "fee", "fee_total")
_PERSONAL = re.compile(
    r"name|navn|namn|nimi|addres|adress|osoite|street|e-?mail|phone|telefon|mobil|birth|fødsel|födelse|syntymä|personn|ssn|gender|sex"
)
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", ",": ",", ";": ";", "\t": "\t", "|": "|"}
_KINDS = ("consumer", "business")
ELSEWHERE: Final = "NO"  # stands for the country of a map that is refused for naming none
LONGEST_TERMS: Final = 3650  # days


@dataclass(frozen=True, slots=True)
class Sum:
    """Where a sum stands: in a column of single sums, or in one that tells the total so far."""

    column: str
    so_far: bool


@dataclass(frozen=True, slots=True)
class Act:
    """What an activity is: the invoice's beginning (None) or what happened, and what its row tells of it."""

    kind: Happened | None
    channel: Channel | None = None
    detail: str | None = None
    amount: Sum | None = None
    day: str | None = None  # the column of the day that is promised, or that is the new due date
    fee: Sum | None = None  # what came to the claim with it


@dataclass(frozen=True, slots=True)
class Terms:
    """A due date that stands in no column: so many days after the invoice began, and anew after an activity.

    `column` tells the days, each invoice its own.
    """

    days: int
    after: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class FileMap:
    """How a file is read; `text` is the map as it was written."""

    name: str
    text: str
    shape: Shape
    country: str
    zone: ZoneInfo  # of times that tell none; days are those of the country
    creditor: str | None = None
    currency: str | None = None
    kind: str | None = None
    dates: tuple[DayForm, ...] = (DayForm("YYYY-MM-DD"),)
    decimal: Decimal = "."
    delimiter: str | None = None
    encoding: str | None = None
    through: date | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    activities: Mapping[str, Act] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    only: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # the words of columns of which other rows do not count
    joined: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # the columns of which an id is made, by its name
    due: Terms | None = None
    closed: tuple[str, frozenset[str]] | None = None  # the column that tells it, and its words that mean so
    lines: Mapping[str, int] = field(default_factory=dict)  # where each column of the file is named

    @property
    def days_in(self) -> ZoneInfo:
        """Where days begin: in the country of who owes."""
        return zone_of(self.country)

    @property
    def named(self) -> tuple[str, ...]:
        """The columns of the file that are read, each once."""
        single = [name for name in self.columns.values() if name not in self.joined]
        parts = [name for names in self.joined.values() for name in names]
        sums = [sum_.column for act in self.activities.values() for sum_ in (act.amount, act.fee) if sum_]
        days = [act.day for act in self.activities.values() if act.day]
        happened = self.activities if self.shape == "invoices" else ()
        closed = [self.closed[0]] if self.closed else []
        terms = [self.due.column] if self.due and self.due.column else []
        return tuple(
            dict.fromkeys([*single, *parts, *self.told.values(), *happened, *sums, *days, *closed, *terms, *self.only])
        )


def read_map(text: str, name: str) -> FileMap:
    """A map as it is written, the file's name with it. Raises FileError with everything that is wrong with it."""
    reader = _MapReader(name)
    found = reader.read(text)
    if found is None or reader.problems:
        raise FileError(reader.problems)
    return found


class _MapReader(Reader):
    """Reads a map; every problem is noted with its line."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.lines: dict[str, int] = {}
        self.joined: dict[str, tuple[str, ...]] = {}

    def read(self, text: str) -> FileMap | None:
        root = self.root(text)
        if root is None:
            return None
        keys = self.mapping(root, _KEYS, "the map")
        shape = self._shape(root, keys)
        if shape is None:
            return None
        country = self._country(root, keys)
        due, columns = self._due(keys), self._columns(root, keys, shape)
        activities, ignore = self._activities(root, keys, shape)
        if shape == "events" and not any(act.kind is None for act in activities.values()):
            self.problem(keys.get("activities", root), "no activity is `issued`", "say which one begins an invoice")
        if due is None and "due" not in columns:
            self.problem(
                root,
                "nothing says when an invoice is due",
                "write `due: {days: 30}`, `due: {terms: COLUMN OF THE DAYS}`, or `due: …` under columns",
            )
        if due and due.after and due.after not in activities:
            self.problem(keys["due"], f"`{due.after}` is no activity of the map", suggestion(due.after, activities))
        currency = self._word(keys, "currency")
        if currency is None and "currency" not in columns:
            self.problem(root, "no currency is named", "write `currency: EUR`, or `currency: …` under columns")
        return FileMap(
            self.file,
            text,
            shape,
            country,
            self._zone(keys, country),
            self._word(keys, "creditor"),
            currency,
            self._choice(keys, "kind", _KINDS),
            self._dates(keys),
            "," if self._choice(keys, "decimal", (".", ",")) == "," else ".",
            _DELIMITERS.get(self._choice(keys, "delimiter", tuple(_DELIMITERS)) or ""),
            self._encoding(keys),
            self._through(keys),
            columns,
            self._told(keys),
            activities,
            ignore,
            self._only(keys),
            self.joined,
            due,
            self._closed(keys),
            self.lines,
        )

    def _shape(self, root: yaml.Node, keys: Mapping[str, yaml.Node]) -> Shape | None:
        if "shape" not in keys:
            self.problem(root, "the map does not say what a row is", "write `shape: invoices` or `shape: events`")
            return None
        found = self.choice(keys["shape"], "shape", ("invoices", "events"))
        return "invoices" if found == "invoices" else "events" if found else None

    def _columns(self, root: yaml.Node, keys: Mapping[str, yaml.Node], shape: Shape) -> dict[str, str]:
        if "columns" not in keys:
            self.problem(root, "no columns are named", f"write `columns:` with {', '.join(NEEDED[shape])}")
            return {}
        told = self.mapping(keys["columns"], COLUMNS[shape], f"columns of {shape}")
        for needed in NEEDED[shape]:
            if needed not in told:
                said = needed.replace("_", " ")
                self.problem(keys["columns"], f"no column is `{said}`", f"write `{said}: COLUMN OF THE FILE`")
        return {role: name for role, node in told.items() if (name := self._of_role(node, role))}

    def _of_role(self, node: yaml.Node, role: str) -> str | None:
        """A column, or several that are one id together."""
        if not isinstance(node, yaml.SequenceNode):
            return self._column(node, role)
        if role not in _JOINED:
            said = ", ".join(_JOINED[:-1])
            self.problem(node, f"{role} stands in one column", f"only {said} and {_JOINED[-1]} are made of several")
            return None
        parts = tuple(name for each in self.items(node, role) if (name := self._column(each, role)))
        name = " + ".join(parts)
        self.joined[name] = parts
        return name

    def _only(self, keys: Mapping[str, yaml.Node]) -> dict[str, frozenset[str]]:
        """Of which words a column must say one, else its row does not count."""
        found: dict[str, frozenset[str]] = {}
        for name, node in self._pairs(keys, "only"):
            self.lines.setdefault(name, line_of(node))
            nodes = self.items(node, name) if isinstance(node, yaml.SequenceNode) else [node]
            found[name] = frozenset(word for each in nodes if (word := self.word(each, name)))
        return found

    def _column(self, node: yaml.Node, what: str) -> str | None:
        name = self.word(node, what)
        if name is not None:
            self.lines.setdefault(name, line_of(node))
        return name

    def _told(self, keys: Mapping[str, yaml.Node]) -> dict[str, str]:
        told = {what: name for what, node in self._pairs(keys, "told") if (name := self._column(node, what))}
        for what, node in self._pairs(keys, "told"):
            if _PERSONAL.search(f"{what} {told.get(what, '')}".lower()):
                self.problem(node, f"`{what}` is of a person: names, addresses and births are not kept", "leave it out")
        return told

    def _pairs(self, keys: Mapping[str, yaml.Node], key: str) -> list[tuple[str, yaml.Node]]:
        """The keys, of the file's own words, and their values."""
        if key not in keys:
            return []
        node = keys[key]
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{key} must be words with what they are", "write a line `WORD: …` for each")
            return []
        found: dict[str, yaml.Node] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self.problem(name, f"{key} has a list or mapping for a word", "write a line `WORD: …` for each")
            elif name.value in found:
                self.problem(name, f"`{name.value}` is written twice", "keep one of them")
            else:
                found[name.value] = value
        return list(found.items())

    def _activities(
        self, root: yaml.Node, keys: Mapping[str, yaml.Node], shape: Shape
    ) -> tuple[dict[str, Act], frozenset[str]]:
        if shape == "invoices":
            return self._days_of_acts(keys), frozenset()
        if "activities" not in keys:
            self.problem(root, "no activities are named", "write `activities:` with a line for each of the log's")
        ignored = self.items(keys["ignore"], "ignore") if "ignore" in keys else []
        ignore = frozenset(word for node in ignored if (word := self.word(node, "ignore")))
        acts = {name: act for name, node in self._pairs(keys, "activities") if (act := self._act(node))}
        for name in ignore & set(acts):
            self.problem(keys["ignore"], f"`{name}` is an activity and ignored too", "keep one of the two")
        return acts, ignore

    def _days_of_acts(self, keys: Mapping[str, yaml.Node]) -> dict[str, Act]:
        """What happened on the days of columns, of a file with a row an invoice."""
        if "ignore" in keys:
            self.problem(keys["ignore"], "ignore is of an event log", "leave it out, or write `shape: events`")
        acts: dict[str, Act] = {}
        for name, node in self._pairs(keys, "activities"):
            self.lines.setdefault(name, line_of(node))
            if (act := self._act(node)) is None:
                continue
            if act.kind in (None, Happened.CHOICE) or any(sum_ and sum_.so_far for sum_ in (act.amount, act.fee)):
                self.problem(
                    node,
                    f"`{name}` is a column of days on which something happened",
                    "write what: `message`, `payment`, `hand-off`, …, with single sums; `issued` stands under columns",
                )
            else:
                acts[name] = act
        return acts

    def _act(self, node: yaml.Node) -> Act | None:
        if isinstance(node, yaml.ScalarNode):
            word = self.choice(node, "an activity", WORDS)
            return Act(HAPPENED.get(word)) if word else None
        told = self.mapping(node, _ACT_KEYS, "an activity")
        if "is" not in told:
            self.problem(node, "the activity is nothing", "write `is: payment`, or what it is")
            return None
        word = self.choice(told["is"], "an activity", WORDS)
        channel = self.choice(told["channel"], "channel", CHANNELS) if "channel" in told else None
        amount, fee = self._sum(told, "amount", "total"), self._sum(told, "fee", "fee_total")
        if word is None:
            return None
        return Act(
            HAPPENED.get(word),
            Channel(channel) if channel else None,
            self.word(told["detail"], "detail") if "detail" in told else None,
            amount,
            self._column(told["day"], "day") if "day" in told else None,
            fee,
        )

    def _sum(self, told: Mapping[str, yaml.Node], single: str, so_far: str) -> Sum | None:
        if single in told and so_far in told:
            self.problem(
                told[so_far], f"both `{single}` and `{so_far}`", "name the column of single sums or that of totals"
            )
        key = single if single in told else so_far
        column = self._column(told[key], key) if key in told else None
        return Sum(column, key == so_far) if column else None

    def _due(self, keys: Mapping[str, yaml.Node]) -> Terms | None:
        if "due" not in keys:
            return None
        told = self.mapping(keys["due"], ("days", "after", "terms"), "due")
        if "terms" in told:
            if len(told) > 1:
                self.problem(keys["due"], "due says both `terms` and days", "name the column of the days alone")
            column = self._column(told["terms"], "terms")
            return Terms(0, column=column) if column else None
        days = self.word(told["days"], "days") if "days" in told else None
        if days is None or not days.isdecimal() or int(days) > LONGEST_TERMS:
            self.problem(
                keys["due"],
                "due says no days",
                "write `due: {days: 30}`, `due: {terms: COLUMN OF THE DAYS}`, or `due: COLUMN` under columns",
            )
            return None
        return Terms(int(days), self.word(told["after"], "after") if "after" in told else None)

    def _closed(self, keys: Mapping[str, yaml.Node]) -> tuple[str, frozenset[str]] | None:
        if "closed" not in keys:
            return None
        told = self.mapping(keys["closed"], ("column", "words"), "closed")
        if len(told) < 2:
            self.problem(keys["closed"], "closed needs a column and words", "write `closed: {column: …, words: [… ]}`")
            return None
        column = self._column(told["column"], "column")
        words = [self.word(node, "words") for node in self.items(told["words"], "words")]
        return (column, frozenset(filter(None, words))) if column else None

    def _country(self, root: yaml.Node, keys: Mapping[str, yaml.Node]) -> str:
        code = self._word(keys, "country")
        if code is None or code not in zones():
            what = "no country is named" if code is None else f"no country has the code `{code}`"
            self.problem(keys.get("country", root), what, "write `country: NO`: whose days and hours they are")
            return ELSEWHERE
        return code

    def _zone(self, keys: Mapping[str, yaml.Node], country: str) -> ZoneInfo:
        name = self._word(keys, "time_zone")
        try:
            return ZoneInfo(name) if name else zone_of(country)
        except (ValueError, OSError, KeyError):
            self.problem(keys["time_zone"], f"no time zone is called `{name}`", "write `time zone: Europe/Oslo` or UTC")
            return ZoneInfo("UTC")

    def _dates(self, keys: Mapping[str, yaml.Node]) -> tuple[DayForm, ...]:
        if "dates" not in keys:
            return (DayForm("YYYY-MM-DD"),)
        node = keys["dates"]
        nodes = self.items(node, "dates") if isinstance(node, yaml.SequenceNode) else [node]
        found = []
        for each in nodes:
            if word := self.word(each, "dates"):
                try:
                    found.append(DayForm(word))
                except ValueError as wrong:
                    self.problem(each, str(wrong), "write YYYY-MM-DD, D.M.YYYY, M/D/YYYY, YYYYMMDD, DD-MMM-YY or excel")
        return tuple(found)

    def _through(self, keys: Mapping[str, yaml.Node]) -> date | None:
        word = self._word(keys, "through")
        try:
            return date.fromisoformat(word) if word else None
        except ValueError:
            self.problem(keys["through"], f"`{word}` is no day", "write `through: 2026-06-30`")
            return None

    def _encoding(self, keys: Mapping[str, yaml.Node]) -> str | None:
        word = self._word(keys, "encoding")
        try:
            if word:
                "".encode(word)
        except LookupError:
            self.problem(keys["encoding"], f"no encoding is called `{word}`", "write utf-8, utf-16 or windows-1252")
            return None
        return word

    def _word(self, keys: Mapping[str, yaml.Node], key: str) -> str | None:
        return self.word(keys[key], key.replace("_", " ")) if key in keys else None

    def _choice(self, keys: Mapping[str, yaml.Node], key: str, known: tuple[str, ...]) -> str | None:
        return self.choice(keys[key], key, known) if key in keys else None
