"""What debtors wrote to us: reading it, and telling that it is read."""

from typing import Annotated

import typer

from commands.debtor.replies import done as reply_done
from facts.deliveries.replies import list_replies
from facts.refusals import Unknown
from terminal import output
from terminal.commands import By
from terminal.connection import run, transaction
from terminal.output import Refusal

app = typer.Typer()
replies = typer.Typer(help="What debtors wrote by SMS, direct message or on the invoice page: list, done.")
app.add_typer(replies, name="replies")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's; without it those of strangers too.")]


@replies.command("list")
def list_(
    creditor: Creditor = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are read.")] = False,
) -> int:
    """The replies, oldest first; unread ones unless told otherwise."""
    return run(_list(creditor, all_))


async def _list(creditor: str | None, all_: bool) -> int:
    async with transaction() as (connection, _):
        found = await list_replies(connection, creditor, finished=all_)
    shown = []
    for reply in found:
        row = {
            "id": reply.id,
            "from": f"{reply.creditor}/{reply.customer_number or '?'}" if reply.creditor else f"unknown {reply.sender}",
            "channel": reply.channel,
            "invoices": ", ".join(reply.invoices),
            "meaning": reply.meaning,
            "text": reply.text,
            "since": reply.since,
        }
        past = {"done": reply.done_at, "by": reply.done_by, "result": reply.result}
        shown.append(row | past if all_ else row)
    output.answer_table({"replies": found}, shown, empty="no replies")
    return 0


@replies.command("done")
def done(
    reply: Annotated[int, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    by: By,
    result: Annotated[str | None, typer.Option(help="What came of it, kept in the facts.")] = None,
    creditor: Creditor = None,
) -> int:
    """A person has read it: what waited for that goes on. Give a hold or dispute of your own first, where it is due."""
    return run(_done(reply, by, result, creditor))


async def _done(reply: int, by: str, result: str | None, creditor: str | None) -> int:
    async with transaction() as (connection, now):
        try:
            changed = await reply_done(connection, creditor, reply, by, result, now)
        except Unknown as unknown:
            raise Refusal(str(unknown)) from unknown
    if not changed:
        raise Refusal(f"reply {reply} is read: `starter.py replies list --all` shows by whom")
    output.answer({"reply": reply, "done": True}, f"reply {reply} is read; its cases look again")
    return 0
