"""What debtors wrote to us: reading it, and telling that it is read."""

from typing import Annotated

import typer

from commands.debtor.replies import done as reply_done
from facts.deliveries.replies import list_replies
from terminal import output
from terminal.connection import command, transaction
from terminal.output import Refusal
from terminal.who import By

app = typer.Typer()
replies = typer.Typer(help="What debtors wrote by SMS, direct message, email or on the invoice page: list, done.")
app.add_typer(replies, name="replies")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's; without it those of strangers too.")]


@command(replies, "list")
async def list_(
    creditor: Creditor = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are read.")] = False,
) -> None:
    """The replies, oldest first; unread ones unless told otherwise."""
    async with transaction() as (connection, _):
        found = await list_replies(connection, creditor, finished=all_)
    shown = []
    for reply in found:
        row = {
            "id": reply.id,
            "from": f"{reply.creditor}/{reply.customer_number or '?'}" if reply.creditor else f"unknown {reply.sender}",
            "channel": reply.channel,
            "invoices": ", ".join(reply.invoices),
            "meaning": f"no person wrote it: {reply.automatic}" if reply.automatic else reply.meaning,
            "text": f"{reply.subject}: {reply.text}" if reply.subject else reply.text,
            "since": reply.since,
        }
        past = {"done": reply.done_at, "by": reply.done_by, "result": reply.result}
        shown.append(row | past if all_ else row)
    output.answer_table({"replies": found}, shown, empty="no replies")


@command(replies, "done")
async def done(
    reply: Annotated[int, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    by: By,
    result: Annotated[str | None, typer.Option(help="What came of it, kept in the facts.")] = None,
    creditor: Creditor = None,
) -> None:
    """A person has read it: what waited for that goes on. Give a hold or dispute of your own first, where it is due."""
    async with transaction(("reply", reply)) as (connection, now):
        changed = await reply_done(connection, creditor, reply, by, result, now)
    if not changed:
        raise Refusal(f"reply {reply} is read: `starter.py replies list --all` shows by whom")
    output.answer({"reply": reply, "done": True}, f"reply {reply} is read; its cases look again")
