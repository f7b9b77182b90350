"""Stop switches: nothing goes out for what they cover, until they are lifted."""

from datetime import date
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from config.files import read_laws, read_policies
from domain.vocabulary import CHANNELS
from facts.invoices.invoices import find_creditor
from facts.operations.stops import Scope, lift_stop, list_stops, set_stop
from terminal import output
from terminal.connection import command, local_day, transaction
from terminal.output import Misuse, Refusal
from terminal.who import By, Reason

app = typer.Typer()
stop = typer.Typer(help="Stop everything, a creditor, a policy or a channel; or lift a stop.")
app.add_typer(stop, name="stop")

What = Annotated[Scope, typer.Argument(help="What is stopped.")]
Key = Annotated[str, typer.Argument(help="The creditor's id, or the policy's or channel's name.")]
Creditor = Annotated[str | None, typer.Option(help="Only in this creditor's cases.")]


@command(stop, "on")
async def on(scope: What, by: By, key: Key = "", creditor: Creditor = None, reason: Reason = "operator") -> None:
    """Stop what the words name; what is on its way to a provider still goes."""
    key = _key(scope, key)
    async with transaction() as (connection, now):
        await _check_exists(connection, scope, key, creditor, local_day(now))
        await set_stop(connection, scope, key, creditor, by, reason, now)
    what = _words(scope, key, creditor)
    output.answer({"stopped": what}, f"stopped: {what}; nothing goes out for it until `starter.py stop off`")


@command(stop, "off")
async def off(scope: What, by: By, key: Key = "", creditor: Creditor = None) -> None:
    """Lift a stop, named by the same words: its cases look again."""
    key = _key(scope, key)
    async with transaction() as (connection, now):
        in_force = {(each.scope, each.key, each.creditor) for each in await list_stops(connection)}
        if (scope, key, creditor) not in in_force:
            raise Refusal(f"{_words(scope, key, creditor)} is not stopped: `starter.py stop list` shows what is")
        woken = await lift_stop(connection, scope, key, creditor, by, now)
    what = _words(scope, key, creditor)
    output.answer({"lifted": what, "cases": woken}, f"lifted: {what}; {woken} cases look again")


@command(stop, "list")
async def list_() -> None:
    """The stops in force."""
    async with transaction() as (connection, _):
        stops = await list_stops(connection)
    output.answer_table({"stops": stops}, stops, empty="nothing is stopped")


def _key(scope: Scope, key: str) -> str:
    if scope == "everything" and key:
        raise Misuse("`everything` takes no name")
    if scope != "everything" and not key:
        raise Misuse(f"name the {scope}")
    if scope == "channel" and key not in CHANNELS:
        raise Misuse(f"{key!r} is no channel: there are {', '.join(CHANNELS)}")
    return key


async def _check_exists(connection: AsyncConnection, scope: Scope, key: str, creditor: str | None, today: date) -> None:
    for name in (key if scope == "creditor" else None, creditor):
        if name is not None:
            await find_creditor(connection, name)
    policies = read_policies(read_laws(), today) if scope == "policy" else {}
    if scope == "policy" and key not in policies:
        raise Refusal(f"no policy {key}: there are {', '.join(sorted(policies))}")


def _words(scope: str, key: str, creditor: str | None) -> str:
    return f"{scope} {key}".strip() + (f" for {creditor}" if creditor else "")
