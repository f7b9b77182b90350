"""A past of many invoices replayed under a policy, on the processors that there are."""

import os
import resource
import time
from collections.abc import Mapping
from typing import Any

from config.files import POLICIES, read_laws
from domain.countries.law import Law
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from prediction.backtest.replay import replay
from simulator.history.written import past_of

INVOICES = 20_000
PROCESSORS = 2
GOAL = 60  # seconds, of a million invoices


def rules() -> tuple[Policy, Mapping[str, Law]]:
    """The usual Norwegian policy, and the laws."""
    file, laws = POLICIES / "no-standard.yaml", read_laws()
    return load_policy(file.read_text(), str(file), laws, on=None), laws


def measured(invoices: int, seed: int) -> dict[str, Any]:
    """Seconds on the wall and of all processors, without the time that it takes to live such a past."""
    past = past_of(seed, invoices).past
    processors = min(PROCESSORS, len(os.sched_getaffinity(0)))
    begun, cpu = time.perf_counter(), _cpu()
    found = replay(past, rules, processors=processors)
    return {
        "invoices": len(found),
        "lives": len(found.first) - 1,
        "acts": int(found.count.sum()),
        "processors": processors,
        "seconds": round(time.perf_counter() - begun, 1),
        "cpu_seconds": round(_cpu() - cpu, 1),
        "goal_of_a_million": GOAL,
    }


def _cpu() -> float:
    used = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
