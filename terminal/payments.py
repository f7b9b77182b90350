"""Money: bank files looked at or booked, and a payment booked by hand."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from connectors.bank_files.bank_file import BankFile, payments_report
from connectors.bank_files.reader import examine
from connectors.bank_files.reader import payments as payments_in
from terminal import output, parse
from terminal.output import Misuse
from terminal.parse import existing, files_in
from terminal.who import somebody

app = typer.Typer()

BANK_FILES = "Bank files (OCR giro, camt.053, camt.054, BgMax, KTL, TITO; pain.002), or folders of them."


@app.command("payments")
def payments(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help=BANK_FILES)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check: no server, no database.")] = False,
    through: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day the files' accounts are complete through; else the latest in them."),
    ] = None,
    accept_flagged: Annotated[
        bool, typer.Option("--accept-flagged", help="Book files with flags too; needs --by.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", callback=somebody, help="Who has looked at the flags.")
    ] = None,
) -> int:
    """Book the payments of bank files, each transaction once. A file with flags waits for a person."""
    day = parse.day(through) if through else None
    if accept_flagged and not by:
        raise Misuse("--accept-flagged needs --by NAME: who has looked at the flags?")
    files = _examined(files_in(existing(paths)))
    if dry_run:
        return _show(files)
    from terminal.booking import book_all  # the database is for those who book

    return book_all(files, through=day, accepted_by=by if accept_flagged else None)


@app.command("pay")
def pay(
    invoice: Annotated[str, typer.Argument(help="NUMBER or CREDITOR/NUMBER.")],
    amount: Annotated[str, typer.Argument(help="Such as 802.00, in the invoice's currency; negative takes back.")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day it was paid; else today.")] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", help="Your own id of the payment: the same id books once."),
    ] = None,
) -> int:
    """Book a payment on an invoice by hand."""
    booked, day, id_ = parse.booking(amount), parse.day(on) if on else None, id_ or _asked_id()
    from terminal.booking import book_by_hand

    return book_by_hand(invoice, booked, day, id_)


def _asked_id() -> str:
    """The payment's id from the person at the terminal: without one, a command typed twice would book twice."""
    if not (output.in_words() and sys.stdin.isatty()):
        raise Misuse("pay needs --id: your own id of the payment, such as the receipt's number; the same id books once")
    given: str = typer.prompt("Your own id of the payment, such as the receipt's number", err=True)
    return given


def _examined(files: list[Path]) -> Iterator[BankFile]:
    for file in files:
        try:
            yield examine(file)
        except OSError as error:
            yield BankFile(str(file), None, None, 0, {}, [f"cannot be read: {error.strerror}"])


def _show(examined: Iterator[BankFile]) -> int:
    """Say what the files hold: each payment for machines, the sums for people."""
    files = list(examined)
    if output.in_json():
        readable = ((file, payments_in(Path(file.file)) if file.format else ()) for file in files)
        sys.stdout.writelines(payments_report(readable))
        print()
    elif output.in_words():
        words = []
        for file in files:
            words.append(f"{file.file}: {file.transactions} payments, {file.total_in_words} in all")
            words += [f"  left out: {note}" for note in file.notes]
            words += [f"  flag: {flag}" for flag in file.flags]
        print("\n".join(words) or "no files")
    else:
        output.answer({}, records=files)
    return 1 if any(file.flags for file in files) else 0
