"""What debtors wrote to us: reading it, and telling that it is read."""

from datetime import date, time
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from commands.command import in_words
from commands.debtor.answer import Answer, answer_reply
from commands.debtor.contact import Contact, contact_taken
from commands.debtor.replies import done as reply_done
from commands.debtor.whose import tell_whose
from config.files import HOME, read_laws
from connectors.attachments import NotTaken
from connectors.checked_files import checked
from connectors.ids import Kind
from domain.parties.topics import TOPICS
from facts import clock
from facts.deliveries import reply_files
from facts.deliveries.replies import Reply, list_replies
from facts.parties import debtors
from terminal import output, parse
from terminal.cases import resolve
from terminal.connection import command, parts, transaction
from terminal.named import named
from terminal.output import Misuse, Refusal
from terminal.who import AskedBy, By
from views.contacts import count
from views.thread import ThreadMessage, read_thread

app = typer.Typer()
replies = typer.Typer(help="What debtors wrote or said: list, done, answer, about, take, save, counted, thread.")
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
            "from": _from(reply),
            "channel": reply.channel,
            "invoices": ", ".join(reply.invoices),
            "meaning": f"no person wrote it: {reply.automatic}" if reply.automatic else reply.meaning,
            "text": _words(reply),
            "files": ", ".join(f"{each['number']} {each['name']}" for each in reply.files),
            "since": reply.since,
        }
        past = {"done": reply.done_at, "by": reply.done_by, "result": reply.result}
        shown.append(row | past if all_ else row)
    output.answer_table({"replies": found}, shown, empty="no replies")


def _from(reply: Reply) -> str:
    if reply.creditor is None:
        return f"unknown {reply.sender}"
    if reply.may_be_about:
        return f"{reply.creditor}/one of {', '.join(reply.may_be_about)}"
    by = f", its {reply.said_by}" if reply.said_by else ""
    return f"{reply.creditor}/{reply.customer_number or '?'}{by}"


@command(replies, "about")
async def about(
    reply: Annotated[int, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    customer_number: Annotated[str, typer.Argument(help="The client's customer number.")],
    by: By,
    called: Annotated[str | None, typer.Option(help="The debtor's name, where several share the number.")] = None,
    creditor: Creditor = None,
) -> None:
    """Tell which of an adviser's clients a reply is about: it does what it says there, and the others wait no more."""
    async with parts() as here, here.database.transaction() as connection:
        now = await clock.now_for(connection, "reply", reply)
        heard = await tell_whose(connection, here.planning, creditor, reply, customer_number, called, by, now)
    output.answer({"reply": heard}, f"reply {heard} stands in the thread of {customer_number}")


@command(replies, "done")
async def done(
    id: Annotated[str, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    by: By,
    result: Annotated[str | None, typer.Option(help="What came of it, kept in the facts.")] = None,
    creditor: Creditor = None,
) -> None:
    """A person has read it: what waited for that goes on. Give a hold or dispute of your own first, where it is due."""
    async with transaction() as (connection, _):
        reply, now = await named(connection, Kind.REPLY, id)
        changed = await reply_done(connection, creditor, reply, by, result, now)
    if not changed:
        raise Refusal(f"reply {reply} is read: `starter.py replies list --all` shows by whom")
    output.answer({"reply": reply, "done": True}, f"reply {reply} is read; its cases look again")


@command(replies, "answer")
async def answer(
    id: Annotated[str, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    by: By,
    text: Annotated[str, typer.Option(help="What the debtor is answered, word for word.")],
    creditor: Creditor = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A PDF or picture beside it on the page; may be given again."),
    ] = None,
) -> None:
    """Answer it: the answer goes by the way that the debtor's words came, stands on the invoice page, and the reply is read."""
    try:
        given = Answer(by=by, text=text)
    except ValidationError as wrong:
        raise Misuse(in_words(wrong)) from wrong
    named_files = [(path.name, path.read_bytes()) for path in file or ()]
    async with parts() as here:
        try:
            async with (
                checked(here.attachments, here.scanner, named_files) as files,
                here.database.transaction() as connection,
            ):
                reply, now = await named(connection, Kind.REPLY, id)
                kept = await answer_reply(connection, creditor, reply, given, now, files)
        except NotTaken as refused:
            raise Refusal(str(refused)) from refused
    way = f"goes by {kept.channel}" if kept.channel else "is not sent, as no case goes on"
    output.answer(
        {"reply": reply, "channel": kept.channel}, f"reply {reply} is read; the answer {way}, and is on the page"
    )


@command(replies, "take")
async def take(
    channel: Annotated[str, typer.Argument(help="How the debtor got in touch: phone or letter.")],
    invoice: Annotated[str, typer.Argument(help="The invoice it is about: NUMBER, or CREDITOR/NUMBER.")],
    topic: Annotated[str, typer.Option(help=f"What it is about: {', '.join(TOPICS)}.")],
    by: By,
    text: Annotated[str | None, typer.Option(help="What was said.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Which of the debtor's addresses is not theirs, where somebody says so.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The letter, as it was scanned.")
    ] = None,
    asked_by: AskedBy = None,
) -> None:
    """Somebody called, or a letter came: it stands in the thread, and does what the same words in writing do."""
    async with parts() as here, here.database.transaction() as connection:
        case = await resolve(connection, invoice)
        scanned = pdf.read_bytes() if pdf else None
        said = {"pdf": scanned, "channel": channel, "topic": topic, "by": by, "text": text, "address": address}
        said |= {"invoice": case.invoice, "asked_by": asked_by}
        try:
            given = Contact.model_validate(said)
        except ValidationError as wrong:
            raise Misuse(in_words(wrong)) from wrong
        now = await clock.now(connection, case.creditor)
        reply = await contact_taken(connection, here.planning, case.creditor, given, now)
    output.answer({"reply": reply}, f"reply {reply} stands in the debtor's thread")


@command(replies, "save")
async def save(
    id: Annotated[str, typer.Argument(metavar="ID", help="The reply's id, as `replies list` shows it.")],
    number: Annotated[int, typer.Argument(help="Which of its files, from 1.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write; it must not be there yet.")],
    creditor: Creditor = None,
) -> None:
    """Save a file that came with a reply: a PDF or a picture, as a stranger made it. Open it with care."""
    async with parts() as here:
        async with here.database.transaction() as connection:
            reply, _now = await named(connection, Kind.REPLY, id)
            file = await reply_files.read(connection, creditor, reply, number)
        content = here.attachments.whole(file.content, file.stored) if file else None
    if file is None or content is None:
        raise Refusal(f"reply {reply} has no file {number} that is kept: `replies list` shows what there is")
    try:
        with to.open("xb") as place:
            place.write(content)
    except OSError as wrong:
        raise Refusal(f"{to} cannot be written: {wrong.strerror}") from wrong
    output.answer({"file": str(to), "media_type": file.media_type}, f"{file.name} ({file.media_type}) is in {to}")


@command(replies, "counted")
async def counted(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    since: Annotated[date, typer.Option(parser=parse.day, metavar="DAY", help="The first day that counts.")],
) -> None:
    """Which way debtors get in touch, and about what: the most first. Machines' mail is not counted."""
    first = read_laws()[HOME].calendar.at(since, time())
    async with transaction() as (connection, _):
        counts = await count(connection, creditor, first)
    rows = [
        {"channel": each.channel, "about": each.topic or "?", "contacts": each.contacts, "debtors": each.debtors}
        for each in counts
    ]
    output.answer_table({"counts": counts}, rows, empty="nobody got in touch")


@command(replies, "thread")
async def thread(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    customer_number: Annotated[str, typer.Argument(help="The debtor's customer number.")],
    called: Annotated[str | None, typer.Option(help="The debtor's name, where several share the number.")] = None,
) -> None:
    """All that passed between creditor and debtor, both ways and by every channel, the newest first."""
    async with transaction() as (connection, _):
        debtor = await debtors.find(connection, creditor, customer_number, called)
        if debtor is None:
            raise Refusal(f"no debtor {customer_number} of {creditor}")
        messages = await read_thread(connection, debtor.id)
    rows = [
        {
            "at": each.at,
            "": "←" if each.direction == "in" else "→",
            "channel": each.channel,
            "about": each.about,
            "invoices": ", ".join(each.invoices),
            "state": each.state,
            "text": _words(each),
        }
        for each in messages
    ]
    output.answer_table({"messages": messages}, rows, empty="nothing has passed between them yet")


def _words(said: Reply | ThreadMessage) -> str:
    """What was written, as a line shows it, and how much more came that is not kept."""
    words = f"{said.subject}: {said.text}" if said.subject else said.text or ""
    return f"{words} (and {said.more} more, not kept)" if said.more else words
