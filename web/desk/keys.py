"""The keys of creditors' systems to the API: listed, made, ended. A key is shown once."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response

from domain.desk.roles import Act
from domain.parties.agencies import why_no_agency
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.parties.creditors import issue_api_key, list_api_keys, revoke_api_key
from facts.refusals import Refused
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtKeys = Annotated[AtDesk, Depends(needs(Act.USERS))]
ToMake = Annotated[AtDesk, Depends(needs(Act.USERS, form="here"))]
Typed = Annotated[str, Form(max_length=200)]


@router.get("/desk/keys")
async def see_keys(at: AtKeys, creditor: Annotated[str, Query(max_length=200)] = "") -> Response:
    """A creditor's keys, the one creditor's where somebody has one alone."""
    async with at.opened() as (connection, _):
        typed = await at.typed_before(connection)
    return await _page(at, typed.get("creditor", creditor), typed=typed)


@router.post("/desk/keys")
async def make_key(at: ToMake, creditor: Typed = "", label: Typed = "", agency: Typed = "") -> Response:
    """A new key, on the page that answers and never again."""
    why = why_no_agency(agency) if agency else None
    if not label.strip():
        why = "say what the key is for"
    if why:
        return await _page(at, creditor, status=422, why=why, typed={"label": label, "agency": agency})
    async with at.opened() as (connection, now):
        if creditor not in await creditors_within(connection, at.reach):
            raise NotHere
        key = await issue_api_key(connection, creditor, label.strip(), now, agency or None)
        await at.did(connection, "key_made", now, about=About(creditor=creditor), detail={"agency": bool(agency)})
    return await _page(at, creditor, key=key)


@router.post("/desk/keys/end")
async def end_key(at: AtKeys, creditor: Typed = "", key: Typed = "") -> Response:
    """A key opens nothing from now on."""
    try:
        async with at.opened() as (connection, now):
            if creditor not in await creditors_within(connection, at.reach):
                raise NotHere
            await revoke_api_key(connection, creditor, key, now)
            await at.did(connection, "key_ended", now, about=About(creditor=creditor), detail={"key": key})
    except Refused as why:
        return await _page(at, creditor, status=422, why=str(why))
    return at.done(f"/desk/keys?creditor={creditor}", "key_ended")


async def _page(
    at: AtDesk,
    creditor: str,
    *,
    status: int = 200,
    why: str | None = None,
    key: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    async with at.opened() as (connection, _):
        creditors = await creditors_within(connection, at.reach)
        chosen = creditor if creditor in creditors else next(iter(creditors), "")
        keys = await list_api_keys(connection, chosen) if chosen else []
    facts = {"creditors": creditors, "chosen": chosen, "keys": keys, "why": why, "key": key, "typed": typed or {}}
    return at.page("keys.html.j2", status=status, **facts)
