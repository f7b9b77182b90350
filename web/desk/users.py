"""Who works at the desk: looked at, put and ended by whoever looks after the users, within their own reach."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.roles import MAY, Act, Role
from facts.desk import users
from facts.desk.users import Registration, User
from facts.refusals import Refused
from web.desk.door import AtDesk, NotHere, needs
from web.desk.typed import short_name

router = APIRouter(include_in_schema=False)

AtUsers = Annotated[AtDesk, Depends(needs(Act.USERS))]
ToPut = Annotated[AtDesk, Depends(needs(Act.USERS, form="here"))]
Typed = Annotated[str, Form(max_length=200)]


@router.get("/desk/users")
async def see_users(at: AtUsers) -> Response:
    """Everybody within reach, and what each role may do."""
    async with at.opened() as (connection, _):
        typed: dict[str, object] = {**await at.typed_before(connection)}
    return await _page(at, typed=typed | {"roles": str(typed.get("roles", "")).splitlines()})


@router.post("/desk/users")
async def put_user(
    at: ToPut,
    name: Typed = "",
    email: Typed = "",
    full_name: Typed = "",
    roles: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies what a form lacks
    creditors: Annotated[str, Form(max_length=2000)] = "",
    agency: Typed = "",
    language: Typed = "nb",
) -> Response:
    """Somebody works here from now on, or otherwise than before."""
    typed: dict[str, object] = {
        "name": name,
        "email": email,
        "full_name": full_name,
        "creditors": creditors,
        "agency": agency,
    }
    typed |= {"language": language, "roles": roles}
    try:
        given = _read(name, email, full_name, roles, creditors, agency, language)
        async with at.opened() as (connection, now):
            await _must_reach(connection, at, given)
            await users.keep_user(connection, given, at.user.name, now)
    except Refused as why:
        return await _page(at, status=422, why=str(why), typed=typed)
    return at.done("/desk/users", "user_kept")


@router.post("/desk/users/{name}/end")
async def end_user(at: AtUsers, name: str) -> Response:
    """Somebody does not work here any more."""
    if name == at.user.name:
        return await _page(at, status=422, why="nobody ends their own work here: somebody else does")
    async with at.opened() as (connection, now):
        if not any(each.name == name and _reached(at.user, each) for each in await users.list_users(connection)):
            raise NotHere
        await users.disable_user(connection, name, at.user.name, now)
    return at.done("/desk/users", "user_ended")


async def _page(
    at: AtDesk, *, status: int = 200, why: str | None = None, typed: dict[str, object] | None = None
) -> Response:
    async with at.opened() as (connection, _):
        everybody = [each for each in await users.list_users(connection) if _reached(at.user, each)]
    facts = {"everybody": everybody, "roles": list(Role), "acts": list(Act), "table": MAY}
    return at.page("users.html.j2", status=status, why=why, typed=typed or {}, **facts)


def _read(
    name: str, email: str, full_name: str, roles: list[str], creditors: str, agency: str, language: str
) -> Registration:
    """What was typed. Raises Refused for what cannot be."""
    name = short_name(name)
    if "@" not in email.strip():
        raise Refused("give the address that the provider of identities knows them by")
    known = {role.value: role for role in Role}
    if unknown := set(roles) - known.keys():
        raise Refused(f"there is no role {', '.join(sorted(unknown))}")
    if language not in ("nb", "en"):
        raise Refused("choose nb or en")
    whose = tuple(creditors.replace(",", " ").split()) or None
    return Registration(
        name,
        email,
        full_name.strip() or name,
        tuple(map(known.__getitem__, roles)),
        whose,
        agency.strip() or None,
        language,
    )


async def _must_reach(connection: AsyncConnection, at: AtDesk, given: Registration) -> None:
    """Nobody gives more than they have themselves, nor changes who reaches further. Raises Refused."""
    mine = at.user.creditors
    if mine is not None and (given.creditors is None or not set(given.creditors) <= set(mine)):
        raise Refused(f"name creditors of your own: {', '.join(mine)}")
    known = [each for each in await users.list_users(connection) if each.name == given.name]
    if not all(_reached(at.user, each) for each in known):
        raise Refused(f"{given.name} is taken: choose another name")


def _reached(by: User, user: User) -> bool:
    return by.creditors is None or (user.creditors is not None and set(user.creditors) <= set(by.creditors))
