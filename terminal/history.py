"""Another system's past, to learn from: a map is proposed, a file is read by it and kept, listed and removed, and one customer
is forgotten. No case starts."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from connectors.history_files import history_rows
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.parties import id_keys
from facts.prediction import history_files
from facts.prediction.history_files import HistoryFile, NewHistory
from facts.refusals import Conflict
from terminal import output, parse
from terminal.connection import command, parts, run, transaction
from terminal.output import Refusal
from terminal.who import By

if TYPE_CHECKING:
    from prediction.history.file_map import FileMap
    from prediction.history.proposal import Proposal
    from prediction.history.reading import FilePast

app = typer.Typer()
history = typer.Typer(help="Another system's past, to learn from: map, import, list, remove, forget.")
app.add_typer(history, name="history")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or an XES log, also packed (.gz).")]
_BLOCK: Final = 1 << 20  # bytes


@history.command("map")
def propose(file: File) -> None:
    """Propose how a file is read, from its head: redirect it into MAP.yaml, look it over, then import with it."""
    parse.existing([file])
    proposal = _proposal(file)
    output.answer({"map": proposal.text, "unsure": proposal.unsure}, proposal.text.rstrip("\n"))
    for each in proposal.unsure:
        output.hint(f"look at this: {each}")


def _proposal(file: Path) -> "Proposal":
    from prediction.history.proposal import proposed  # nothing else that is typed waits for numpy

    try:
        with history_rows(file) as found:
            return proposed(file.name, found.names, found.rows, found.delimiter, found.encoding)
    except (ValueError, OSError) as wrong:
        raise Refusal(f"{file} {wrong}") from wrong


@history.command("import")
def import_(
    file: File,
    by: By,
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="MAP.yaml", help="How it is read: `history map` proposes one.")
    ] = None,
    creditor: Annotated[str | None, typer.Option(help="Whose past it is, where the map does not say.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it comes to: nothing is kept.")] = False,
) -> int:
    """Read another system's past and keep it to learn from. No case, debtor or ledger entry comes of it."""
    parse.existing([file, map_] if map_ else [file])
    if map_ is None:
        proposal = _proposal(file)
        raise Refusal(
            f"nothing is kept: no --map says how {file} is read. Keep this one in a file, look it over, and name it with "
            f"--map:\n\n{proposal.text}\n" + "\n".join(f"look at this: {each}" for each in proposal.unsure)
        )
    return run(_import(file, map_, by, creditor, dry_run))


async def _import(file: Path, map_: Path, by: str, creditor: str | None, dry_run: bool) -> int:
    from prediction.history.file_map import read_map
    from prediction.history.imported import Known, packed

    file_map = read_map(_text_of(map_), str(map_))
    if creditor and file_map.creditor not in (None, creditor):
        raise Refusal(f"{map_} is of {file_map.creditor}, and --creditor says {creditor}: name one of them")
    async with parts() as here:
        async with here.database.transaction() as connection:
            whose = (await find_creditor(connection, creditor or file_map.creditor)).id
            (now,) = (await clock.now_of_each(connection, [whose])).values()
            key = await id_keys.of_creditor(connection, whose)
            content_hash = _hash_of(file)
            if (before := await history_files.kept(connection, whose, content_hash)) and before.map == file_map.text:
                output.answer(_document(before, new=False), f"{file} is kept already: {_in_words(before)}")
                return 0
        read = _read(file, file_map, whose, key, here.calendar.local_date(now))
        async with here.database.transaction() as connection:
            await history_files.lock(connection, whose)
            if await history_files.kept(connection, whose, content_hash) is None:
                _none_twice(read, await history_files.invoices(connection, whose), file)
            if dry_run:
                document = {"number": None, "creditor": whose, "name": file.name, "new": True, **read.summary}
                output.answer(document, _summary_in_words(read.summary, "nothing is kept: a dry run"))
                return 0
            content = packed(Known(read.past, read.customers))
            keys = read.invoices.astype("<u8").tobytes()
            new = NewHistory(file.name, content_hash, file_map.text, read.summary, content, keys)
            kept = await history_files.keep(connection, whose, new, by, now)
        output.answer(_document(kept, new=True), _summary_in_words(kept.summary, f"kept as {kept.number} for {whose}"))
    return 0


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Refusal(f"{file} cannot be read: {wrong}") from wrong


def _read(file: Path, file_map: "FileMap", creditor: str, key: bytes, today: date) -> "FilePast":
    from domain.located_yaml import FileError
    from prediction.history.reading import read_past

    try:
        with (
            history_rows(file, file_map.delimiter, file_map.encoding, file_map.named) as found,
            output.progress() as progress,
        ):
            bar = progress.add_task("rows", total=None)
            return read_past(
                file_map,
                found.names,
                found.rows,
                creditor,
                key,
                today,
                lambda rows: progress.update(bar, completed=rows),
            )
    except FileError:
        raise
    except (ValueError, OSError) as wrong:
        raise Refusal(f"{file} is refused, and nothing is kept: {wrong}") from wrong


def _none_twice(read: "FilePast", others: dict[int, bytes], file: Path) -> None:
    """An invoice counts once. Raises Conflict where another file has some of these."""
    import numpy as np

    for number, keys in others.items():
        again = int(np.isin(read.invoices, np.frombuffer(keys, dtype="<u8")).sum())
        if again:
            raise Conflict(
                f"{again} of {len(read.invoices)} invoices of {file} are in file {number} already: "
                f"`history remove {number}` first, or leave them out"
            )


def _hash_of(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@command(history, "list")
async def list_(creditor: Annotated[str | None, typer.Option(help="Only its files.")] = None) -> None:
    """The files that are kept, with what each came to."""
    async with transaction() as (connection, _):
        found = await history_files.list_(connection, creditor)
    rows = [
        {
            "number": each.number,
            "creditor": each.creditor,
            "name": each.name,
            "invoices": each.summary["invoices"],
            "events": sum(each.summary["events"].values()),
            "first_day": each.summary["first_day"],
            "through": each.summary["through"],
            "learnable": each.summary["learnable"],
            "by": each.by,
            "at": each.at,
        }
        for each in found
    ]
    output.answer_table({"files": [_document(each) for each in found]}, rows, empty="no past was imported")


@command(history, "remove")
async def remove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Its number in the list.")], by: By
) -> None:
    """Remove a file: nothing is learned from it any more, and what it told is deleted."""
    async with transaction() as (connection, now):
        await history_files.remove(connection, number, by, now)
    output.answer(
        {"number": number, "removed": True}, f"file {number} is removed: what is learned next knows nothing of it"
    )


@command(history, "forget")
async def forget(
    creditor: Annotated[str, typer.Argument(metavar="CREDITOR", help="Whose customer it is.")],
    customer_number: Annotated[str, typer.Argument(metavar="CUSTOMER_NUMBER", help="As the files had it.")],
) -> None:
    """Delete what the creditor's files told of one customer; all else in them stays."""
    from prediction.history.imported import forget_customer

    async with transaction() as (connection, _):
        whose = (await find_creditor(connection, creditor)).id
        invoices = await forget_customer(connection, whose, customer_number)
    output.answer(
        {"creditor": whose, "customer_number": customer_number, "invoices": invoices},
        f"{invoices} {'invoice' if invoices == 1 else 'invoices'} of {customer_number} forgotten: what is learned next knows "
        "nothing of this customer",
    )


def _document(file: HistoryFile, new: bool | None = None) -> dict[str, Any]:
    of_file: dict[str, Any] = {"number": file.number, "creditor": file.creditor, "name": file.name}
    of_file |= {"by": file.by, "at": file.at}
    return of_file | ({} if new is None else {"new": new}) | dict(file.summary)


def _in_words(file: HistoryFile) -> str:
    return f"{file.number}, {file.name}, {file.summary['invoices']} invoices, {_day(file.at)}"


def _day(at: datetime) -> str:
    return f"imported at {at:%Y-%m-%d %H:%M} UTC"


def _summary_in_words(summary: Any, kept: str) -> str:
    """What a file came to, line by line."""
    customers = summary["customers"]
    who = (
        f"{customers} customers"
        if customers is not None
        else "no customers are told: each invoice is a debtor of its own"
    )
    lines = [
        f"{kept}: {summary['rows']} rows, {summary['invoices']} invoices, {who}",
        f"from {summary['first_day']}, known through {summary['through']}; "
        + ", ".join(f"{currency} {count}" for currency, count in summary["currencies"].items()),
        "ends: " + ", ".join(f"{word} {count}" for word, count in summary["ends"].items() if count),
        "events: " + (", ".join(f"{word} {count}" for word, count in summary["events"].items()) or "none"),
    ]
    if summary["late_share"] is not None:
        lines.append(f"late: {summary['late_share']:.1%} of those that were due")
    if summary["median_days_to_pay"] is not None:
        late = summary["median_days_late"]
        when = f"{late:.0f} days after" if late > 0 else f"{-late:.0f} days before" if late < 0 else "on"
        lines.append(f"paid in full after {summary['median_days_to_pay']:.0f} days, {when} the due date (medians)")
    for left in summary["left_out"]:
        lines.append(f"left out: {left['count']} {left['what']} (lines {', '.join(map(str, left['lines']))})")
    lines += [f"note: {said}" for said in summary["said"]]
    if summary["why_not"]:
        lines.append(summary["why_not"])
    return "\n".join(lines)
