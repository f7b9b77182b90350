"""Who works at the desk: put, end, list, and what each role may do."""

from typing import Annotated

import typer

from domain.desk.roles import MAY, Act, Role
from facts.desk import users
from facts.desk.users import Registration, User
from terminal import output
from terminal.connection import command, transaction
from terminal.output import Misuse
from terminal.who import By
from workflows.contracts import not_an_own_name

app = typer.Typer()
user = typer.Typer(help="Who works at the desk: put, end, list, and what each role may do.")
app.add_typer(user, name="user")

Called = Annotated[str, typer.Argument(metavar="NAME", help="A short name, which the diary shows: anne.")]


@command(user, "put")
async def put(
    name: Called,
    email: Annotated[str, typer.Option(help="The address that the provider of identities knows them by.")],
    role: Annotated[list[Role], typer.Option(help="What they are; may be given several times.")],
    full_name: Annotated[
        str | None, typer.Option("--full-name", help="As people read it; else the short name.")
    ] = None,
    creditor: Annotated[
        list[str] | None, typer.Option(help="Whose cases they see; may be given several times. Left out: everybody's.")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="Of a call agency's people: whose calls they see.")] = None,
    language: Annotated[str, typer.Option(help="nb or en.")] = "nb",
    *,
    by: By,
) -> None:
    """Somebody works at the desk from now on, or otherwise than before: then they sign in anew."""
    if language not in ("nb", "en"):
        raise Misuse(f"--language: there is nb and en, not {language}")
    try:
        short = not_an_own_name(name)
    except ValueError as own:
        raise Misuse(str(own)) from own
    async with transaction() as (connection, now):
        whose = tuple(creditor) if creditor else None
        given = Registration(short, email, full_name or short, tuple(role), whose, agency, language)
        kept = await users.keep_user(connection, given, by, now)
    output.answer({"user": _told(kept)}, f"{kept.name} is {' and '.join(kept.roles)} at the desk")


@command(user, "end")
async def end(name: Called, by: By) -> None:
    """Somebody does not work at the desk any more: where they are signed in, that ends at once."""
    async with transaction() as (connection, now):
        ended = await users.disable_user(connection, name, by, now)
    output.answer({"user": _told(ended)}, f"{ended.name} does not work at the desk any more")


@command(user, "list")
async def list_() -> None:
    """Everybody, those who still work here first."""
    async with transaction() as (connection, _):
        everybody = await users.list_users(connection)
    told = [_told(each) for each in everybody]
    output.answer_table({"users": told}, told, empty="nobody works at the desk yet: `user put` adds somebody")


@command(user, "roles")
async def roles() -> None:
    """What each role may do."""
    rows = [{"act": act.value, **{role.value: "✓" if act in MAY[role] else "" for role in Role}} for act in Act]
    output.answer_table({"roles": {role.value: sorted(MAY[role]) for role in Role}}, rows)


def _told(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "email": user.email,
        "roles": ", ".join(user.roles),
        "creditors": "all" if user.creditors is None else ", ".join(user.creditors),
        "agency": user.agency,
        "has_come": user.has_come,
        "ended_at": user.disabled_at,
    }
