"""Calls to debtors: which to make, the most worth first; taking one, putting it off, and telling what came of it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError

from commands.command import in_words
from commands.task import call
from commands.task.call import CallOutcome
from commands.task.call_file import LineRecorded, record_line
from connectors.call_files import NoCallFile, read_outcomes
from connectors.ids import Kind, plain_number
from domain.planner.calls import Outcome
from facts.operations.calls import Desk
from facts.refusals import CommandRefused
from terminal import output, parse
from terminal.connection import command, parts, transaction
from terminal.named import named
from terminal.output import Misuse, Refusal
from terminal.servers import away
from terminal.who import By, Note, agency_named
from views.calls import Call, list_calls

if TYPE_CHECKING:
    from composition import Parts

app = typer.Typer()
calls = typer.Typer(help="Calls to debtors: list, take, link, outcome, snooze, give, outcomes.")
app.add_typer(calls, name="calls")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]
Agency = Annotated[str | None, typer.Option(metavar="NAME", help="Only those that were given to this agency.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The call's id, as `calls list` shows it.")]


@command(calls, "list")
async def list_(
    creditor: Creditor = None,
    agency: Agency = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are not made now, with why.")] = False,
) -> None:
    """The calls to make now, the most worth first."""
    async with parts() as here, here.database.transaction() as connection:
        found = await list_calls(connection, here.planning, Desk(creditor, agency))
    shown = [each for each in found if all_ or each.waits is None]
    rows = [_row(each) | ({"waits": each.waits, "until": each.next_at} if all_ else {}) for each in shown]
    output.answer_table({"calls": shown}, rows, empty="no call to make now")


@command(calls, "take")
async def take(
    by: By,
    id: Annotated[str | None, typer.Argument(metavar="ID", help="Which; else the one that is worth most.")] = None,
    creditor: Creditor = None,
) -> None:
    """Take a call: for half an hour nobody else calls this debtor."""
    async with parts() as here, here.database.transaction() as connection:
        found = await list_calls(connection, here.planning, Desk(creditor))
        own = [each.id for each in found if each.taken_by == by]
        free = [each.id for each in found if each.waits is None]
        for one in [id] if id else map(str, [*own, *free]):
            chosen, now = await named(connection, Kind.TASK, one)
            try:
                await call.take(connection, here.planning, Desk(creditor), chosen, by, now)
                break
            except CommandRefused:  # somebody was quicker: the next one
                if id:
                    raise
        else:
            raise Refusal("no call to make now: `calls list --all` shows what waits, and why")
        taken = next(each for each in await list_calls(connection, here.planning, Desk(creditor)) if each.id == chosen)
    said = (
        f"call {taken.id} is yours until {taken.taken_until:%H:%M} UTC: {taken.debtor}, {' or '.join(taken.numbers)}, "
        f"{taken.balance} {taken.currency} on {taken.creditor}/{taken.invoice}, due {taken.due_date}: {taken.why}"
    )
    output.answer({"call": taken}, said)


@command(calls, "outcome")
async def outcome(
    id: Id,
    what: Annotated[str, typer.Argument(metavar="OUTCOME", help=f"What came of it: {', '.join(Outcome)}.")],
    by: By,
    on: Annotated[
        date | None, typer.Option(parser=parse.day, metavar="YYYY-MM-DD", help="promised: the day of payment.")
    ] = None,
    amount: Annotated[
        Decimal | None,
        typer.Option(parser=parse.amount, metavar="AMOUNT", help="promised or disputes: only so much."),
    ] = None,
    months: Annotated[int | None, typer.Option(help="plan: the offer of so many months.")] = None,
    number: Annotated[str | None, typer.Option(help="wrong number: which, where several are known.")] = None,
    note: Note = None,
    creditor: Creditor = None,
) -> None:
    """What came of a call: the case rests, goes on or stops by it."""
    fields = {"outcome": what, "on": on, "amount": amount, "months": months, "number": number}
    async with parts() as here, here.database.transaction() as connection:
        number_of, now = await named(connection, Kind.TASK, id)
        try:
            given = CallOutcome.model_validate({"by": by, "note": note, "task": number_of} | fields)
        except ValidationError as wrong:
            if any(error["loc"] == ("outcome",) for error in wrong.errors()):
                raise Misuse(f"{what!r} is no outcome: write one of {', '.join(Outcome)}") from None
            raise Misuse(in_words(wrong)) from None
        await call.outcome(connection, here.planning, Desk(creditor), given, f"terminal#{uuid4()}", now)
    said = f"call {given.task}: {given.outcome}; its case looks again"
    output.answer({"call": given.task, "outcome": given.outcome}, said)


@command(calls, "link")
async def link(id: Id, by: By, creditor: Creditor = None) -> None:
    """Send who is on the phone the way to pay, by SMS, at once."""
    async with parts() as here, here.database.transaction() as connection:
        chosen, now = await named(connection, Kind.TASK, id)
        await call.send_link(connection, here.planning, Desk(creditor), chosen, by, now)
        away_now = await away(here.settings)
    output.answer({"call": chosen, "link": "sent"}, f"call {chosen}: the link is on its way by SMS")
    if away_now:
        output.hint(f"{away_now}; the link leaves then, if that is today")


@command(calls, "snooze")
async def snooze(
    id: Id,
    until: Annotated[
        datetime,
        typer.Option(parser=parse.moment, metavar="MOMENT", help="When to call, such as 2026-12-24T11:00+01:00."),
    ],
    by: By,
    creditor: Creditor = None,
) -> None:
    """Put a call off to an exact moment."""
    async with transaction() as (connection, _):
        chosen, now = await named(connection, Kind.TASK, id)
        await call.snooze(connection, Desk(creditor), chosen, by, until, now)
    output.answer({"call": chosen, "until": until}, f"call {chosen} is made from {until:%Y-%m-%d %H:%M %Z} on")


@command(calls, "give")
async def give(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The calls, as `calls list` shows them.")],
    by: By,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="The agency.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Take them back instead.")] = False,
    creditor: Creditor = None,
) -> None:
    """Give calls to an outside agency, or take them back: it sees these and nothing else."""
    if (to is None) is not back:
        raise Misuse("say --to NAME, or --back")
    agency = agency_named(to) if to else None
    async with parts() as here, here.database.transaction() as connection:
        chosen = []
        for id in ids:
            number, now = await named(connection, Kind.TASK, id)
            await call.give(connection, Desk(creditor), number, agency, by, now)
            chosen.append(number)
    output.answer(
        {"calls": chosen, "agency": agency}, f"{len(chosen)} calls are {f'given to {agency}' if agency else 'ours'}"
    )


@command(calls, "outcomes")
async def outcomes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Outcomes as CSV, a line each.")],
    creditor: Annotated[str, typer.Option(help="Whose calls they are.")],
    agency: Annotated[str | None, typer.Option(metavar="NAME", help="The agency that made them; else our own.")] = None,
) -> int:
    """Record a file of outcomes: each line for itself, once however often the file comes."""
    parse.existing([file])
    try:
        lines = read_outcomes(file.read_bytes())
    except NoCallFile as none:
        raise Refusal(str(none)) from none
    became = []
    async with parts() as here:
        for line in lines:
            done = LineRecorded("refused", line.wrong)
            if line.wrong is None:
                done = await _recorded(here, Desk(creditor, agency), line.fields)
            became.append({"line": line.place, "call": line.fields.get("call"), "became": done.became, "why": done.why})
    output.answer_table({"lines": became}, became, empty="no line")
    return 1 if any(each["became"] == "refused" for each in became) else 0


async def _recorded(here: "Parts", desk: Desk, fields: Mapping[str, str]) -> LineRecorded:
    """What became of a line, whose call is named as a creditor's file has it, or by its number."""
    if plain_number(fields["call"]) is None:
        try:
            async with here.database.transaction() as connection:
                number, _ = await named(connection, Kind.TASK, fields["call"])
        except (Misuse, Refusal) as none:
            return LineRecorded("refused", str(none))
        fields = {**fields, "call": str(number)}
    return await record_line(here.database, here.planning, desk, fields)


def _row(each: Call) -> dict[str, object]:
    return {
        "id": each.id,
        "invoice": f"{each.creditor}/{each.invoice}",
        "debtor": each.debtor,
        "number": ", ".join(each.numbers),
        "owed": each.balance,
        "worth": each.worth,
        "tries": each.tries,
    } | ({"helps": each.helps} if each.helps else {})
