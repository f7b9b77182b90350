"""The outbox: news on its way to cases, and news that was set aside after many tries."""

import typer

from facts import outbox as news
from terminal import output
from terminal.connection import command, transaction

app = typer.Typer()
outbox = typer.Typer(help="News on its way to cases: show, retry.")
app.add_typer(outbox, name="outbox")


@command(outbox, "show")
async def show() -> int:
    """How much news waits, how much was set aside, and how old the oldest is."""
    async with transaction() as (connection, _):
        lag = await news.lag(connection)
    words = f"{lag['waiting']} waiting, the oldest for {lag['oldest_seconds']:.0f} s; {lag['dead']} set aside"
    output.answer(lag, words + (": `starter.py outbox retry` sends them again" if lag["dead"] else ""))
    return 1 if lag["dead"] else 0


@command(outbox, "retry")
async def retry() -> None:
    """Send what was set aside once more."""
    async with transaction() as (connection, _):
        revived = await news.revive(connection)
    output.answer({"retried": revived}, f"{revived} pieces of news are sent again")
