"""Who decides, and why: options that many commands share."""

import getpass
from typing import Annotated

import typer

from domain.parties.agencies import why_no_agency
from domain.parties.speakers import Asker
from terminal.output import Misuse
from workflows.contracts import not_an_own_name


def _os_user() -> str:
    """The user of this computer; an operator where it has no name, or runs in a container under one of our own."""
    try:
        return not_an_own_name(getpass.getuser())
    except (KeyError, OSError, ValueError):
        return "operator"


def somebody(by: str | None) -> str | None:
    """The name that was typed; wrong usage where it is one of our own."""
    try:
        return by if by is None else not_an_own_name(by)
    except ValueError as own:
        raise Misuse(f"--by: {own}") from own


def agency_named(name: str) -> str:
    """The agency that was typed; wrong usage where it is no plain name: it stands before each of its people's."""
    if why := why_no_agency(name):
        raise Misuse(why)
    return name


By = Annotated[
    str,
    typer.Option("--by", default_factory=_os_user, callback=somebody, help="Who decides; the user of this computer."),
]
AskedBy = Annotated[
    Asker | None,
    typer.Option("--asked-by", help="Who asked for it, where somebody stands in for the debtor."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, as a short code; free text belongs in --note.")]
Note = Annotated[str | None, typer.Option("--note", help="Free text, kept in the facts and never in a history.")]
