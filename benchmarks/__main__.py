"""`python -m benchmarks`: prints a table and writes results.json."""

import argparse
import asyncio
import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import (
    backtest,
    bank_files,
    desk,
    doors,
    growth,
    guesses,
    lists,
    lives,
    matching,
    pages,
    postings,
    pure,
    reports,
    starts,
)
from benchmarks.stage import BARE_ACT_QUEUE, BARE_QUEUE, stage

RESULTS = Path(__file__).parent / "results.json"


async def measure(only: set[str], seed: int, invoices: int) -> dict[str, Any]:
    """Every benchmark, or those named; the seed makes the payments that are matched, and the past that is replayed."""
    figures: dict[str, Any] = {}

    def wanted(name: str) -> bool:
        return not only or name in only

    if wanted("planner"):
        figures["planner"] = {"decisions_a_second": pure.decisions_a_second(), "goal": 15_000}
    if wanted("letters"):
        figures["letters"] = {"letters_a_second": pure.letters_a_second(), "goal": 200}
    if wanted("words"):
        figures["words"] = {"messages_sorted_a_second": pure.messages_sorted_a_second(), "goal": 20}
    if wanted("prediction"):
        figures |= guesses.measured()
    if wanted("backtest"):
        figures["a past replayed"] = backtest.measured(invoices, seed)
    if wanted("bank-files"):
        figures |= {"OCR giro read": bank_files.ocr_giro(), "camt.054 read": bank_files.camt()}
        figures["memory of bank files"] = bank_files.memory()
    if wanted("postings"):
        figures["postings"] = await postings.run()
    if wanted("matching"):
        figures |= {f"matching: {name}": found for name, found in (await matching.measure(seed)).items()}
        for references in matching.SERIES:
            found = await matching.measure(seed, matching.INVOICES // 10, references=references)
            figures |= {f"matching by {references}: {name}": found[name] for name in matching.GOALS}
    if wanted("growth"):
        figures |= {f"growth: {name}": found for name, found in (await growth.run(seed)).items()}
    if wanted("lists"):
        figures |= {f"lists: {name}": found for name, found in (await lists.run()).items()}
    if wanted("desk"):
        figures |= {f"desk: {name}": found for name, found in (await desk.run()).items()}
    if wanted("reports"):
        figures |= {f"report {name}": found for name, found in (await reports.run()).items()}
    if wanted("pages"):
        figures["invoice page"] = await pages.served()
        figures["invoice pages open at once"] = await pages.open_pages()
    if wanted("starts") or wanted("doors"):
        async with stage(with_worker=False) as set_up:
            if wanted("starts"):
                figures["bulk starts"] = await starts.bulk_starts(set_up) | {"goal": 0.6}
            if wanted("doors"):
                figures["payments delivered"] = await doors.delivered(set_up) | {"goal": 0.7}
                figures["payments accepted"] = await doors.accepted(set_up) | {"goal": 0.5}
    if wanted("life") or wanted("counts"):
        async with stage() as set_up:
            if wanted("life"):
                for dispatch, queue in (("queued as ours are", BARE_ACT_QUEUE), ("started eagerly", BARE_QUEUE)):
                    name = f"life of six deliveries; bare acts {dispatch}"
                    figures[name] = await lives.six_deliveries(set_up, queue) | {"goal": 0.6}
            if wanted("counts"):
                figures |= await lives.three_lives(set_up)
    return figures


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table("benchmark", "figure", "value")
    for name, values in figures.items():
        for figure, value in values.items():
            table.add_row(name, figure.replace("_", " "), f"{value:,}")
            name = ""
    Console().print(table)


def main() -> None:
    """Measure, show and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "only",
        nargs="*",
        help="planner, letters, words, prediction, backtest, bank-files, postings, matching, growth, lists, reports, pages, "
        "starts, doors, life, counts; else all",
    )
    arguments.add_argument("--seed", type=int, default=matching.SEED, help="of what is chosen by chance")
    arguments.add_argument("--invoices", type=int, default=backtest.INVOICES, help="of the past that is replayed")
    given = arguments.parse_args()
    figures = asyncio.run(measure(set(given.only), given.seed, given.invoices))
    show(figures)
    if given.only:  # the others stay as they were measured
        figures = json.loads(RESULTS.read_text())["figures"] | figures
    machine = {"at": datetime.now(UTC).isoformat(timespec="minutes"), "python": platform.python_version()}
    RESULTS.write_text(json.dumps({"machine": machine, "figures": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
