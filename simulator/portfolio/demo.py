"""`make demo CAST=portfolio`: two thousand invoices of five creditors by plausible shares, beside one email and one letter."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.console import Console

from config.embedded import EmbeddedServerError, StateFolderInUseError, owned
from simulator import rules
from simulator.beginning import named, still_ahead
from simulator.casts.registry import NORWAY
from simulator.clock import WorldStuckError
from simulator.emulators.providers import Faults
from simulator.portfolio import told
from simulator.portfolio.cast import BUSINESSES, creditors, ids, rounds
from simulator.portfolio.play import PORTS, Portfolio, play, set_up
from simulator.servers import servers, stay
from tools.setup import SetupError

STATE: Final = Path(".local/portfolio")
INVOICES: Final = 2000  # by either plan
WEEKS, MOST_WEEKS = 13, 52
SEED: Final = 13
BEGIN: Final = "2030-01-06T08:00"  # the same whenever it is played: the evening before a Monday


async def portfolio(console: Console, *, invoices: int, weeks: int, seed: int, state: Path, begin: datetime) -> int:
    """Play the portfolio on a state folder, with its figures and pages beside it; 0 when every rule held, else 1."""
    console.print(f"Purr: {invoices} invoices by either plan, {weeks} weeks, seed {seed}. Starting …")
    figures = state.with_name(f"{state.name}.json")
    async with servers(
        state, NORWAY.country, creditors(), weeks=weeks, faults=Faults(), of_vipps=Faults(), begin=begin, ports=PORTS
    ) as on:
        addresses = {"Temporal web UI": on.temporal_ui, "API": f"{on.settings.public_url}/docs"}
        everything = await set_up(on, invoices=invoices, seed=seed, weeks=weeks)
        await play(everything, console)
        broken = await _broken(everything)
        async with on.database.transaction() as connection:
            came = await told.read(connection, seed, on.first_day, everything.last_day, broken)
            pages = await told.pages(connection, came)
        told.write(figures, came)
        for ending, page in pages.items():
            state.with_name(f"{state.name}{ending}.html").write_text(page, "utf-8")
        told.show(console, came)
        for what, ending in (("Both plans", ".html"), ("With Purr", "-purr.html"), ("The usual", "-baseline.html")):
            console.print(f"{what:<18}{state.with_name(f'{state.name}{ending}')}", soft_wrap=True)
        console.print(f"{'Figures':<18}{figures}", soft_wrap=True)
        if os.environ.get("DEMO_EXIT") != "1":
            await stay(console, addresses, state)
    return 1 if broken else 0


async def _broken(everything: Portfolio) -> list[str]:
    """What went wrong in this world, in words."""
    on, meant = (
        everything.on,
        {number: everything.debtors.given.get(number, Decimal(0)) for number in everything.cast.numbers},
    )
    for number, drawn in everything.centre.came.items():
        meant[number] += drawn
    return [
        *await rules.messages_astray(on.database, on.providers, on.law),
        *await rules.fees_astray(on.database, on.law),
        *await rules.cases_astray(on.database),
        *await rules.money_astray(on.database, meant),
        *await rules.ageing_astray(on.database, [*ids("purr"), *ids("baseline")], everything.last_day),
    ]


def above_zero(words: str) -> int:
    """How many, as a person says it. Raises ArgumentTypeError, in a sentence."""
    if not words.isascii() or not words.isdecimal() or int(words) == 0:
        raise argparse.ArgumentTypeError(f"{words} is no number above zero")
    return int(words)


def asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line; ends the program, in a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m simulator.portfolio.demo", description=__doc__)
    parser.add_argument("--invoices", type=above_zero, default=INVOICES, help="how many by either plan")
    parser.add_argument("--weeks", type=above_zero, default=WEEKS, help="how many they live through")
    parser.add_argument("--seed", type=int, default=SEED, help="who the people are, and what befalls them")
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of its servers; emptied at the start")
    parser.add_argument(
        "--begin", type=named, default=BEGIN, help="when it begins; if it is past, the next such moment"
    )
    given = parser.parse_args(words)
    if given.weeks > MOST_WEEKS:
        parser.error(f"{given.weeks} weeks are too many: {MOST_WEEKS} are a year")
    if given.invoices < (fewest := rounds(given.weeks) * len(BUSINESSES)):
        parser.error(
            f"{given.invoices} invoices are too few: with {fewest} in {given.weeks} weeks every creditor has a customer"
        )
    return given


if __name__ == "__main__":
    of = asked()
    begin = still_ahead(of.begin, datetime.now(UTC))
    try:
        with owned(of.state):
            playing = portfolio(
                Console(), invoices=of.invoices, weeks=of.weeks, seed=of.seed, state=of.state, begin=begin
            )
            sys.exit(asyncio.run(playing))
    except (SetupError, StateFolderInUseError, EmbeddedServerError, WorldStuckError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
