"""What the demo shows while it runs: the date, how far it is, counters, and events as they happen."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from domain.moment import moment_in

EVENTS_SHOWN = 14
COLOURS = {
    "email": "cyan",
    "sms": "magenta",
    "letter": "yellow",
    "bank": "green",
    "debit": "green",
    "system": "bold magenta",
    "paid": "bold green",
    "person": "white",
    "operator": "blue",
    "partner": "red",
    "case": "bold",
}


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One line of the story: when (virtual), in which part of the world, and what; in which country's time."""

    at: datetime
    where: str
    what: str
    country: str

    def line(self) -> Text:
        """As it is shown."""
        when = f"{moment_in(self.country, self.at).local:%a %d %b %H:%M}"
        where = (f"{self.where:<9}", COLOURS.get(self.where, "white"))
        return Text.assemble((when, "dim"), "  ", where, self.what, no_wrap=True, overflow="ellipsis")


@dataclass
class Story:
    """What happens in the simulated world, told while it happens."""

    country: str
    listener: "LiveView | None" = None
    cases: Mapping[str, str] = field(default_factory=dict)  # by invoice number, the acceptance case it belongs to
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, at: datetime, where: str, what: str, *about: str) -> None:
        """Something happened, about these invoices: an acceptance case's is told under its name."""
        self.counts[where] += 1
        name = next((self.cases[number] for number in about if number in self.cases), None)
        if self.listener is not None:
            self.listener.show(LiveEvent(at, where, f"{name}: {what}" if name else what, self.country))


class LiveView:
    """A table that moves in a terminal; plain lines anywhere else."""

    def __init__(self, console: Console, begins: datetime, ends: datetime, country: str) -> None:
        self._console, self._country = console, country
        self._begins, self._ends = begins, ends
        self._now = begins
        self._latest: deque[LiveEvent] = deque(maxlen=EVENTS_SHOWN)
        self._counters: Mapping[str, int] = {}
        self._live: Live | None = None
        self._week = -1

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show it until the block ends."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self.picture(), console=self._console, refresh_per_second=8) as self._live:
            yield
        self._live = None

    def show(self, happening: LiveEvent) -> None:
        """Add an event."""
        self._latest.append(happening)
        if not self._console.is_terminal:
            self._console.print(happening.line(), soft_wrap=True)

    def move(self, now: datetime, counters: Mapping[str, int]) -> None:
        """The world's time and its counters are these now."""
        self._now, self._counters = now, counters
        week = (now - self._begins) // timedelta(weeks=1)
        if self._live is not None:
            self._live.update(self.picture())
        elif week != self._week:
            figures = ", ".join(f"{name} {count}" for name, count in counters.items())
            self._console.print(
                f"── week {week + 1} · {moment_in(self._country, now).local:%a %d %b %Y} · {figures}", soft_wrap=True
            )
        self._week = week

    def picture(self) -> Panel:
        """The table as it stands."""
        passed = (self._now - self._begins).total_seconds()
        total = (self._ends - self._begins).total_seconds()
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(f"{moment_in(self._country, self._now).local:%A %d %B %Y %H:%M}", style="bold"),
            f"week {min(int(passed // 604800) + 1, int(total // 604800))} of {int(total // 604800)}",
            ProgressBar(total=total, completed=min(passed, total), width=32),
        )
        figures = Text("  ").join(
            Text.assemble((str(count), "bold"), f" {name}") for name, count in self._counters.items()
        )
        lines = [happening.line() for happening in self._latest]
        lines += [Text("")] * (EVENTS_SHOWN - len(lines))
        return Panel(Group(head, figures, Text(""), *lines), title="Purr · simulated world", title_align="left")
