"""Segments at the desk: each with what its debtors are like; renamed, merged and switched off, what follows is shown first."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.prediction import segments as command
from commands.prediction.segments import LONGEST_NAME, Effect
from domain.desk.roles import Act
from domain.learned.segments import USE, in_words
from facts.desk.within import creditors_within
from facts.prediction import segments
from facts.prediction.segments import KeptSegment
from facts.refusals import Conflict, Refused, Unknown
from views.prediction.named_segments import steps_naming
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

SEGMENTS: Final = "/desk/segments"
REASON: Final = "desk"  # why, as a short code: who did it stands beside it

ToSee = Annotated[AtDesk, Depends(needs(Act.MANY))]
ToChange = Annotated[AtDesk, Depends(needs(Act.MANY, form="here"))]
Typed = Annotated[str, Form(max_length=1_000)]
DEEDS: Final = frozenset({"rename", "merge", "part", "off", "on"})


@router.get(SEGMENTS)
async def see_all(at: ToSee) -> Response:
    """The creditors within reach, each with its segments."""
    async with at.opened(snapshot=True) as (connection, _):
        creditors = await creditors_within(connection, at.reach)
        found = {creditor: await segments.list_(connection, creditor) for creditor in creditors}
    return at.page("segments.html.j2", creditors=creditors, found=found)


@router.get(SEGMENTS + "/{creditor}/{key}")
async def see(at: ToSee, creditor: str, key: str) -> Response:
    """One, with what may be done about it."""
    async with at.opened() as (connection, _):
        return await _page(at, connection, creditor, key)


@router.post(SEGMENTS + "/{creditor}/{key}")
async def change(
    at: ToChange,
    creditor: str,
    key: str,
    do: Typed = "",
    name: Typed = "",
    into: Typed = "",
    seen: Typed = "",
) -> Response:
    """What would follow is shown; confirmed as it was seen, it is done."""
    async with at.opened() as (connection, now):
        await _read(at, connection, creditor, key)
        if do not in DEEDS:
            return await _page(at, connection, creditor, key)
        by = at.user.name
        try:
            if do == "rename":
                await command.rename(connection, creditor, key, name, by, REASON, now)
                return at.done(f"{SEGMENTS}/{creditor}/{key}", "segment_renamed")
            where = key if do == "part" else into
            moves = do in ("merge", "part")
            if moves:
                effect = await command.merging(connection, creditor, key, where)
            else:
                effect = await command.switching(connection, creditor, key, off=do == "off")
            shown = _seen(do, effect)
            if seen != shown:
                return await _page(at, connection, creditor, key, do=do, effect=effect, seen=shown)
            if moves:
                await command.merge(connection, creditor, key, where, by, REASON, now)
            else:
                await command.switch(connection, creditor, key, by, REASON, now, off=do == "off")
        except (Conflict, Refused, Unknown) as no:
            return await _page(at, connection, creditor, key, refused=str(no), name=name)
    return at.done(f"{SEGMENTS}/{creditor}/{key}", "segment_changed")


def _seen(do: str, effect: Effect) -> str:
    """What was shown of an effect: whoever confirms has seen this."""
    return f"{do} {effect.into or ''} {effect.debtors} {effect.cases}"


async def _naming(at: AtDesk, connection: AsyncConnection, creditor: str, key: str) -> list[str]:
    """The steps of policies that name the segment."""
    kept = await segments.read(connection, creditor, key)
    return await steps_naming(connection, at.services.intake.laws, creditor, kept.names)


async def _read(at: AtDesk, connection: AsyncConnection, creditor: str, key: str) -> KeptSegment:
    if creditor not in await creditors_within(connection, at.reach) or "\0" in key:
        raise NotHere
    try:
        return await segments.read(connection, creditor, key)
    except Unknown:
        raise NotHere from None


async def _page(
    at: AtDesk,
    connection: AsyncConnection,
    creditor: str,
    key: str,
    *,
    do: str | None = None,
    effect: Effect | None = None,
    seen: str = "",
    refused: str | None = None,
    name: str | None = None,
) -> Response:
    kept = await _read(at, connection, creditor, key)
    every = await segments.list_(connection, creditor)
    return at.page(
        "segment.html.j2",
        status=409 if refused else 200,
        creditor=creditor,
        segment=kept,
        like=in_words(kept.found.middle) if kept.middle else None,
        cases=await segments.open_cases(connection, creditor, key),
        others=[each for each in every if each.key != key and not each.off and each.merged_into is None],
        names={each.key: each.name for each in every},
        do=do,
        effect=effect,
        seen=seen,
        naming=await _naming(at, connection, creditor, key),
        refused=refused,
        typed=kept.name if name is None else name,
        longest=LONGEST_NAME,
        use=USE,
    )
