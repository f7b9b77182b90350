"""Notices to many at the desk: written, counted with a sample as it will be read, sent with one confirmation, stopped."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.announce import send_announcement, stop_announcement, write_announcement
from config.files import HOME
from domain.announcements import MOST_CHARACTERS, MOST_OF_SMS, OF_USE, Announcement, AnnouncementKind
from domain.desk.roles import Act
from domain.moment import moment_in
from facts import announcements
from facts.announcements import Kept
from facts.desk.audit import About
from facts.desk.within import creditors_within
from facts.refusals import Conflict, Refused
from views import announced
from views.filters import NotUnderstood
from web.desk.door import AtDesk, NotHere, needs
from web.invoice_page.once import fresh

router = APIRouter(include_in_schema=False)

AtNotices = Annotated[AtDesk, Depends(needs(Act.MANY))]
ToWrite = Annotated[AtDesk, Depends(needs(Act.MANY, form="here"))]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Typed = Annotated[str, Form(max_length=500)]
LongTyped = Annotated[str, Form(max_length=4 * MOST_CHARACTERS)]
LANGUAGES: Final = ("nb", "en")
PARTS: Final = ("title", "text", "sms")
USUALLY: Final = timedelta(days=3)


@router.get("/desk/notices")
async def see_notices(at: AtNotices, where: str = "") -> Response:
    """The latest, and a form for another."""
    async with at.opened() as (connection, _):
        typed = await at.typed_before(connection)
    return await _form(at, {"where": where[:500]} | typed)


@router.post("/desk/notices")
async def write_notice(
    at: ToWrite,
    creditor: Typed = "",
    kind: Typed = "",
    where: Typed = "",
    until: Typed = "",
    title_nb: Typed = "",
    text_nb: LongTyped = "",
    sms_nb: Typed = "",
    title_en: Typed = "",
    text_en: LongTyped = "",
    sms_en: Typed = "",
    once: Typed = "",
) -> Response:
    """Keep what is to be told, once; whom it is for is counted next, and nothing is sent."""
    words = {"title_nb": title_nb, "text_nb": text_nb, "sms_nb": sms_nb}
    words |= {"title_en": title_en, "text_en": text_en, "sms_en": sms_en}
    typed = {"creditor": creditor, "kind": kind, "where": where, "until": until, "once": once} | words
    try:
        given = _read(typed)
    except ValidationError as wrong:
        return await _form(at, typed, [_problem(each["loc"], each["msg"]) for each in wrong.errors()])
    try:
        async with at.opened() as (connection, now):
            if creditor not in await creditors_within(connection, at.reach):
                raise Refused("choose a creditor")
            await announced.check_meant(connection, creditor, where)
            number = sha256("\n".join((at.user.name, *typed.values())).encode()).hexdigest()
            id = await write_announcement(connection, creditor, given, where.strip(), at.user.name, number, now)
            about, detail = About(creditor=creditor), {"announcement": id}
            await at.did(connection, "announcement_written", now, about=about, detail=detail)
    except NotUnderstood as wrong_filter:
        return await _form(at, typed, [("where", str(wrong_filter))])
    except Refused as why_not:
        field = "until" if "last day" in str(why_not) else "creditor" if not creditor else "text_nb"
        return await _form(at, typed, [(field, str(why_not))])
    return at.done(f"/desk/notices/{id}")


@router.get("/desk/notices/{id}")
async def see_notice(at: AtNotices, id: Id) -> Response:
    """How many get it and by what, who does not and why, and as five of them read it."""
    return await _notice(at, id)


@router.post("/desk/notices/{id}/send")
async def send_notice(at: AtNotices, id: Id) -> Response:
    """Have those that were counted told; done twice it is done once."""
    try:
        async with at.opened() as (connection, now):
            kept = await _kept(connection, at, id)
            await send_announcement(connection, id, at.user.name, now)
            detail = {"announcement": id}
            await at.did(connection, "announcement_sent", now, about=About(creditor=kept.creditor), detail=detail)
    except Conflict as why:
        return await _notice(at, id, status=409, why=str(why))
    return at.done(f"/desk/notices/{id}", "notice_sent")


@router.post("/desk/notices/{id}/stop")
async def stop_notice(at: AtNotices, id: Id) -> Response:
    """Whoever has not got it does not get it."""
    async with at.opened() as (connection, now):
        kept = await _kept(connection, at, id)
        await stop_announcement(connection, id, at.user.name, now)
        detail = {"announcement": id}
        await at.did(connection, "announcement_stopped", now, about=About(creditor=kept.creditor), detail=detail)
    return at.done(f"/desk/notices/{id}", "notice_stopped")


async def _kept(connection: AsyncConnection, at: AtDesk, id: int) -> Kept:
    """One of a creditor within reach. Raises NotHere."""
    kept = await announcements.read(connection, id)
    if kept is None or kept.creditor not in await creditors_within(connection, at.reach):
        raise NotHere
    return kept


async def _notice(at: AtDesk, id: int, *, status: int = 200, why: str | None = None) -> Response:
    async with at.opened() as (connection, now):
        seen = await announced.read(connection, await _kept(connection, at, id), at.services.settings.public_url)
        for each in seen.sample:
            await at.looked(connection, now, each.debtor, each.case, "notice")
    return at.page("notice.html.j2", status=status, why=why, seen=seen, kept=seen.kept)


async def _form(at: AtDesk, typed: Mapping[str, str], problems: list[tuple[str, str]] | None = None) -> Response:
    async with at.opened() as (connection, now):
        creditors = await creditors_within(connection, at.reach)
        latest = await announcements.latest(connection, list(creditors), announced.MOST)
    first = moment_in(HOME, now).day
    usually, last = first + USUALLY, first + OF_USE
    shown = {"until": str(usually), "once": fresh()} | {name: value for name, value in typed.items() if value}
    facts: dict[str, Any] = {"typed": shown, "problems": problems or [], "creditors": creditors, "latest": latest}
    facts |= {
        "kinds": list(AnnouncementKind),
        "languages": LANGUAGES,
        "most_sms": MOST_OF_SMS,
        "first": first,
        "last": last,
    }
    return at.page("notices.html.j2", status=422 if problems else 200, **facts)


def _read(typed: Mapping[str, str]) -> Announcement:
    """What was typed. Raises ValidationError."""
    words = {language: {part: typed[f"{part}_{language}"] for part in PARTS} for language in LANGUAGES}
    given = {"kind": typed["kind"], "until": typed["until"], "words": words}
    return Announcement.model_validate(given)


def _problem(at: tuple[int | str, ...], told: str) -> tuple[str, str]:
    """The field that something is wrong with, by its id, and what."""
    field = f"{at[2]}_{at[1]}" if len(at) > 2 else str(at[0])
    return field, told.removeprefix("Value error, ")
