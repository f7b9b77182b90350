"""A case's dossier as a ZIP in a folder: for a partner, a complaint board, a court or the tax office."""

import os
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer

from connectors.dossier_zip import DossierZip
from connectors.whole_files import keep_names, make_folder, write_through
from domain.dossier import FOR, Recipient, plain
from facts import clock
from facts.cases import dossiers
from facts.database import Database
from terminal import output
from terminal.cases import Invoice, resolve
from terminal.connection import command, parts
from terminal.who import By
from views.dossier import Attachments, write_dossier
from views.status import CaseStatus

app = typer.Typer()


@command(app, "dossier")
async def dossier(
    invoice: Invoice,
    for_: Annotated[Recipient, typer.Option("--for", help="Who it is for: each sees no more than it needs.")],
    by: By,
    folder: Annotated[Path, typer.Option(help="Where the ZIP is put.")] = Path(),
) -> None:
    """Messages as sent, proofs, ledger, decisions and documents of a case in one ZIP, with a page that leads through them."""
    async with parts() as here:
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice)
            now = await clock.now(connection, case.creditor)
        path = await fetch(here.database, case, for_, by, folder, now, here.attachments)
    output.answer(
        {"dossier": str(path), "for": for_.value},
        f"{path}: {case.creditor}/{case.invoice} for {FOR[for_]}; open index.html in it",
    )


async def fetch(
    database: Database,
    case: CaseStatus,
    recipient: Recipient,
    by: str,
    folder: Path,
    now: datetime,
    attachments: Attachments,
) -> Path:
    """Put the ZIP into the folder, and note who fetched it: both once, also where a crash came between. Gives its path.

    The name ends in the beginning of its checksum: what is there under it is the same.
    """
    make_folder(folder)
    async with database.transaction() as connection:
        into = BytesIO()
        zip_ = DossierZip(into)
        await write_dossier(connection, case.case_id, recipient, zip_, now, attachments)
        zip_.close()
        content = into.getvalue()
        told = sha256(content).hexdigest()
        path = folder / f"dossier-{plain(case.creditor, case.invoice)}-{recipient}-{told[:8]}.zip"
        part = path.with_name(f".{path.name}.part")
        prepared = part.exists() and part.read_bytes() == content
        if not (prepared and await dossiers.was_noted(connection, case.case_id, recipient, by, told)):
            write_through(part, content)
            await dossiers.note(connection, case.case_id, recipient, by, told, now)
    os.replace(part, path)
    keep_names(folder)
    return path
