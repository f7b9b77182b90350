"""Notices to many: written from a file and counted, looked at, sent and stopped."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.announce import send_announcement, stop_announcement, write_announcement
from domain.announcements import Announcement
from facts import announcements, clock
from facts.announcements import Kept
from facts.invoices.invoices import find_creditor
from facts.refusals import Unknown
from terminal import output
from terminal.connection import command, parts, transaction
from terminal.model_files import model_in
from terminal.output import Misuse
from terminal.who import By
from views import announced
from views.filters import NotUnderstood

app = typer.Typer()
notices = typer.Typer(help="What a creditor tells many that is about no claim: write, show, send, stop, list.")
app.add_typer(notices, name="notices")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Id = Annotated[
    int, typer.Argument(metavar="NOTICE", help="Its number, as `notices list` has it.", min=1, max=2**31 - 1)
]
NoticeFile = Annotated[Path, typer.Argument(metavar="FILE", help="Kind, last day and words, as YAML or JSON.")]
Where = Annotated[str, typer.Option(help="The debtors of these open cases, in the words of `list --where`.")]


@command(notices, "write")
async def write(creditor: Creditor, file: NoticeFile, by: By, where: Where = "") -> None:
    """Write a notice: a worker counts whom it reaches, within seconds, and nothing is sent."""
    given = model_in(file, Announcement)
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        now = await clock.now(connection, owner)
        try:
            await announced.check_meant(connection, owner, where)
        except NotUnderstood as wrong:
            raise Misuse(f"--where: {wrong}") from wrong
        id = await write_announcement(connection, owner, given, where.strip(), by, f"terminal#{uuid4()}", now)
    output.answer({"notice": id}, f"notice {id} is counted now: `notices show {id}`")


@command(notices, "list")
async def list_(creditor: Creditor) -> None:
    """The latest notices of a creditor, the newest first."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        found = await announcements.latest(connection, [owner], announced.MOST)
    rows = [{"notice": each.id, "state": each.state, "kind": each.kind, "to": each.written or "everybody",
             "until": each.until, "by": each.by, "since": each.happened_at} for each in found]  # fmt: skip
    output.answer_table({"creditor": owner, "notices": found}, rows, empty="nothing was told to many")


@command(notices, "show")
async def show(id: Id) -> None:
    """How many get it and by what, who does not and why, what it costs at most, and as some of them read it."""
    async with parts() as here, here.database.transaction() as connection:
        seen = await announced.read(connection, await _kept(connection, id), here.settings.public_url)
    kept = seen.kept
    said = [f"notice {id}: {kept.kind}, {kept.state}, to {kept.written or 'everybody'}, until {kept.until}"]
    said += [f"{channel}: {many}" for channel, many in seen.by_channel.items()]
    said += [f"not told, {why}: {many}" for why, many in seen.left_out.items()]
    said.append(f"costs at most {seen.cost}" if seen.cost is not None else "nobody has said what messages cost")
    if kept.sent_at:
        said.append(f"told to {seen.told} of {seen.gets}, by {kept.sent_by}")
    for each in seen.sample:
        said += ["", f"to {each.name} by {each.channel}:", *filter(None, (each.subject, each.text))]
    output.answer({"notice": seen}, "\n".join(said))


@command(notices, "send")
async def send(id: Id, by: By) -> None:
    """Have those that were counted told; again it changes nothing."""
    async with transaction() as (connection, _):
        kept = await _kept(connection, id)
        await send_announcement(connection, id, by, await clock.now(connection, kept.creditor))
    output.answer({"notice": id, "by": by}, f"notice {id} goes to those that were counted: `notices show {id}`")


@command(notices, "stop")
async def stop(id: Id, by: By) -> None:
    """Whoever has not got it does not get it."""
    async with transaction() as (connection, _):
        kept = await _kept(connection, id)
        await stop_announcement(connection, id, by, await clock.now(connection, kept.creditor))
    output.answer({"notice": id, "by": by}, f"nobody else gets notice {id}")


async def _kept(connection: AsyncConnection, id: int) -> Kept:
    """Raises Unknown."""
    kept = await announcements.read(connection, id)
    if kept is None:
        raise Unknown(f"no notice {id}")
    return kept
