"""CPU time of the processes that do the work: server, worker and database, the honest unit on a noisy machine."""

import os
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures this process, the Temporal server and every process of the database."""

    server_pid: int
    database_pid: int

    def cpu_ms(self) -> float:
        """CPU time used so far, user and system, in milliseconds."""
        seconds = _own() + _of(psutil.Process(self.server_pid))
        database = psutil.Process(self.database_pid)
        # Connections that have ended are counted in their parent's time of children.
        seconds += _of(database) + sum(_alive(child) for child in database.children(recursive=True))
        times = database.cpu_times()
        return 1000 * (seconds + times.children_user + times.children_system)


def _own() -> float:
    times = os.times()
    return times.user + times.system


def _of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _alive(process: psutil.Process) -> float:
    try:
        return _of(process)
    except psutil.NoSuchProcess:
        return 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """Ours beside the bare one: CPU-ms a piece in each round, and bare ÷ ours (1 is as cheap as bare)."""

    ours: Sequence[float]
    bare: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(b / o for o, b in zip(self.ours, self.bare, strict=True))

    def figures(self) -> dict[str, float]:
        """Medians and the ratio, for the table and the file."""
        return {
            "ours_cpu_ms": round(statistics.median(self.ours), 2),
            "bare_cpu_ms": round(statistics.median(self.bare), 2),
            "ratio": round(self.ratio, 3),
        }


async def compare(
    meter: Meter,
    ours: Callable[[int], Awaitable[None]],
    bare: Callable[[int], Awaitable[None]],
    *,
    pieces: int,
    rounds: int,
) -> Compared:
    """Run ours and bare in turn, after one round of each that is not counted."""
    figures: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(rounds + 1):
        order = [("ours", ours), ("bare", bare)]
        for name, work in order if turn % 2 else reversed(order):
            before = meter.cpu_ms()
            await work(turn)
            if turn:
                figures[name].append((meter.cpu_ms() - before) / pieces)
    return Compared(figures["ours"], figures["bare"])
