"""What a creditor says beside an invoice: put, look at, list with what came of it, end."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from domain.invoices.incoming import Name
from domain.pieces import Piece
from facts import pieces
from facts.invoices.invoices import find_creditor
from facts.pieces import Version
from messages.piece_words import faults, shown
from terminal import output
from terminal.connection import command, transaction
from terminal.model_files import model_in
from terminal.output import Misuse, Refusal
from terminal.who import By, Reason

app = typer.Typer()
content = typer.Typer(help="What a creditor says beside an invoice on its page: list, put, preview, end.")
app.add_typer(content, name="content")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Called = Annotated[str, typer.Argument(metavar="NAME", help="The creditor's own short name of it, as prices-2027.")]
PieceFile = Annotated[Path, typer.Argument(metavar="FILE", help="The piece, as YAML or JSON.")]


@command(content, "list")
async def list_(
    creditor: Creditor, every: Annotated[bool, typer.Option("--all", help="Every version, ended ones too.")] = False
) -> None:
    """The pieces that are in use, with how many were shown each, followed a link of it, and said whether it helped."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        versions = await pieces.history(connection, owner)
    latest = {each.name: each for each in versions}
    told = versions if every else [each for each in latest.values() if each.piece]
    output.answer_table(
        {"creditor": owner, "versions": told},
        [_row(each) for each in told],
        empty="it says nothing beside its invoices",
    )


@command(content, "put")
async def put(creditor: Creditor, name: Called, file: PieceFile, by: By, reason: Reason = "own-content") -> None:
    """A piece from now on, in the place of the one of the same name; refused with everything that is wrong with it."""
    piece = _read(file)
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise Misuse(f"{name!r} is no short name: write it in small letters, as prices-2027") from None
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        version = await pieces.put(connection, owner, name, piece, by, reason, now)
    output.answer({"creditor": owner, "name": name, "version": version}, f"{owner} says {name} in version {version}")


@command(content, "preview")
async def preview(file: PieceFile) -> None:
    """A piece as the page shows it, or all that is wrong with it. Nothing is kept."""
    piece = _read(file)
    html = {language: shown(words.text).direct() for language, words in piece.words.items()}
    lines = [f"{piece.words[language].title}\n{text}" for language, text in html.items()]
    output.answer({"html": html}, "\n".join(lines).rstrip())


@command(content, "end")
async def end(creditor: Creditor, name: Called, by: By, reason: Reason = "own-content") -> None:
    """Nobody is shown it from now on; what came of it stays in the list."""
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        version = await pieces.end(connection, owner, name, by, reason, now)
    output.answer({"creditor": owner, "name": name, "version": version}, f"{owner} says {name} no more")


def _row(each: Version) -> dict[str, object]:
    piece, counted = each.piece, each.counted
    return {
        "name": each.name,
        "version": each.version,
        "kind": piece.kind if piece else "ended",
        "moments": ", ".join(piece.moments) if piece else "",
        "to": " ".join(filter(None, (piece.segment, piece.debtor_kind))) or "everybody" if piece else "",
        "languages": ", ".join(piece.words) if piece else "",
        "until": piece.until if piece else None,
        "since": each.since,
        "by": each.by,
        "shown": counted.shown if counted.shown is not None else f"under {pieces.FEWEST}",
        "clicked": counted.clicked,
        "helped": counted.helped,
        "did not": counted.did_not_help,
    }


def _read(file: Path) -> Piece:
    piece = model_in(file, Piece)
    if found := faults(piece):
        raise Refusal(f"{file}: {'; '.join(found)}")
    return piece
