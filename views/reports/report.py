"""What every report is: a name, columns with their units, rows, a sentence that says what they come to, a formula in the docs."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST
from domain.moment import Moment
from facts import clock
from facts.clock import is_live
from facts.parties.creditors import where_it_is
from facts.refusals import Refused

Unit = Literal["text", "date", "amount", "count", "days", "hours", "percent"]
Row = Mapping[str, Any]
TENTH: Final = Decimal("0.1")
FIRST: Final = date(2000, 1, 1)

# A report reads much of its tables at once: it is planned for its own days, and may read a table from end to end.
PLANNED: Final = "set local plan_cache_mode = force_custom_plan; set local enable_seqscan = on"
LIVE = text(f"select id from creditor c where {is_live('c.id')} order by id")


@dataclass(frozen=True, slots=True)
class Column:
    """A column; an amount is of the row's currency. None in a row: there is nothing to reckon with."""

    name: str
    unit: Unit
    says: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose report, and of which days, all of them the creditor's own; what is counted is from `since` through `on`."""

    creditor: str
    on: date
    since: date
    begins: datetime  # the moment at which `since` begins (UTC)
    ends: datetime  # and `on` is over
    zone: str

    @property
    def start(self) -> Moment:
        """The moment at which what is counted begins, where the creditor is."""
        return Moment(self.begins, ZoneInfo(self.zone))

    def within(self, since: date, on: date) -> "Asked":
        """The same of other days."""
        first = self.start.end_of(since - timedelta(days=1))
        return replace(self, on=on, since=since, begins=first, ends=self.start.end_of(on))

    @property
    def values(self) -> Mapping[str, Any]:
        """All of it, as statements name it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A report: `read` gives its rows for one creditor, and what they come to in a sentence.

    `drawn` is what the page draws: along which column, and which of them. So many days are counted where nobody says since when.
    """

    name: str
    title: str
    columns: Sequence[Column]
    read: Callable[[AsyncConnection, Asked], Awaitable[tuple[Sequence[Row], str]]]
    drawn: tuple[str, Sequence[str]]
    usual_days: int = 30
    adds_up: bool = False
    """Whether its rows of several currencies may be added once they are in one: each counts things of its own."""

    @property
    def formula(self) -> str:
        """Where its formula stands."""
        return f"docs/reports.md#{self.name}"


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it came out: its rows, each with its creditor, and what they come to for each."""

    spec: ReportSpec
    asked: Sequence[Asked]
    rows: Sequence[Row]
    sentences: Mapping[str, str]


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Which share of a whole it is, in tenths of a percent; None of nothing."""
    return tenths(Decimal(part) / Decimal(whole) * 100) if whole else None


def tenths_of(figure: float) -> Decimal:
    """A figure that was reckoned, in tenths."""
    return Decimal(figure).quantize(TENTH, ROUND_HALF_UP)


def percent_of(share: float | None) -> Decimal | None:
    """A share that was reckoned, as a percentage in tenths; None of none."""
    return None if share is None else tenths_of(share * 100)


def tenths(value: Decimal | None) -> Decimal | None:
    """Rounded to tenths, halves away from zero."""
    return None if value is None else value.quantize(TENTH, ROUND_HALF_UP)


def written_month(day: date) -> str:
    """The month of a day, as people write it."""
    return f"{day:%Y-%m}"


def in_a_sentence(said: Iterable[str], asked: Asked) -> str:
    """What is said of each currency, or that there is none."""
    return "; ".join(said) or f"nothing was known through {asked.on}"


def and_few(said: str, few: int, what: str) -> str:
    """A sentence, and that of some no figure is told: it would be about somebody."""
    return f"{said}; {few} {what} of fewer than {FEWEST} debtors each are not shown" if few else said


CREDITOR: Final = Column("creditor", "text", "Whose it is.")
CURRENCY: Final = Column("currency", "text", "Of its amounts.")


async def live_creditors(connection: AsyncConnection) -> list[str]:
    """The creditors but those in test mode, by name."""
    return list((await connection.execute(LIVE)).scalars())


async def make(
    connection: AsyncConnection, spec: ReportSpec, creditors: Sequence[str], on: date | None, since: date | None
) -> Report:
    """Make a report of these creditors: of today and its usual days through it where no day is named. Raises Refused."""
    await connection.exec_driver_sql(PLANNED)
    asked = [await _asked(connection, creditor, on, since, spec.usual_days) for creditor in creditors]
    rows: list[Row] = []
    sentences = {}
    for each in asked:
        found, sentences[each.creditor] = await spec.read(connection, each)
        rows += [{CREDITOR.name: each.creditor, **row} for row in found]
    return Report(spec, asked, rows, sentences)


async def _asked(
    connection: AsyncConnection, creditor: str, on: date | None, since: date | None, usual_days: int
) -> Asked:
    here = await where_it_is(connection, creditor, await clock.now(connection, creditor))
    on = on or here.day
    if min(on, since or on) < FIRST:
        raise Refused(f"{min(on, since or on)} is long past: name a day from {FIRST} on")
    since = since or on - timedelta(days=usual_days - 1)
    if on > here.day:
        raise Refused(f"{on} is ahead, and nothing is known of it: name {here.day}, today, or a day before")
    if since > on:
        raise Refused(f"since {since} is after {on}, the last day of the report: name one that is not")
    return Asked(creditor, on, since, here.at, here.at, str(here.zone)).within(since, on)
