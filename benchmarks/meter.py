"""CPU time of the processes that do the work: server, worker and database, the honest unit on a noisy machine."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

import psutil


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures this process, the Temporal server where there is one, and every process of the database."""

    server_pid: int | None
    database_pid: int

    def cpu_ms(self) -> float:
        """CPU time used so far, user and system, in milliseconds."""
        seconds = _own() + (_of(psutil.Process(self.server_pid)) if self.server_pid is not None else 0)
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


async def compare(
    meter: Meter,
    ours: Callable[[int], Awaitable[None]],
    bare: Callable[[int], Awaitable[None]],
    *,
    pieces: int,
    rounds: int,
) -> dict[str, float]:
    """Run ours and bare in turn, after one round of each that is not counted: the medians of CPU-ms a piece.

    The ratio is that of bare ÷ ours, 1 being as cheap as bare: the median of the rounds' ratios.
    """
    figures: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(rounds + 1):
        order = [("ours", ours), ("bare", bare)]
        for name, work in order if turn % 2 else reversed(order):
            before = meter.cpu_ms()
            await work(turn)
            if turn:
                figures[name].append((meter.cpu_ms() - before) / pieces)
    return {
        "ours_cpu_ms": round(median(figures["ours"]), 2),
        "bare_cpu_ms": round(median(figures["bare"]), 2),
        "ratio": round(median(b / o for o, b in zip(figures["ours"], figures["bare"], strict=True)), 3),
    }
