"""A letter that came on paper is put into the inbox at the desk: read, kept once, and opened as a thread."""

from hashlib import sha256
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from commands.debtor.letter_in import letter_came
from connectors.attachments import NotTaken, Why
from connectors.checked_files import checked
from connectors.letter_text import read_letter
from domain.parties.mailed_files import media_type
from facts import clock
from facts.desk.audit import About
from facts.desk.threads import thread_of
from facts.desk.within import creditors_within
from web.desk.door import AtDesk
from web.desk.inbox import INBOX, ToAnswer
from web.invoice_page.attached import read
from web.security import ATTACHMENTS_LIMIT

router = APIRouter(include_in_schema=False)

LETTERS: Final = "/desk/letters"
SAID: Final = {Why.TOO_LARGE, Why.TWO_FACED, Why.DAMAGED, Why.INFECTED, Why.NOT_SCANNED, Why.NO_ROOM, Why.TOO_MUCH}
"""Of these the page tells what is wrong; all else is no PDF."""


@router.get(LETTERS)
async def form(at: ToAnswer) -> Response:
    """Choose a PDF, and whose letter it is."""
    return await _page(at)


@router.post(LETTERS, max_body_size=ATTACHMENTS_LIMIT)
async def take(at: ToAnswer, request: Request) -> Response:
    """The letter becomes a reply, and its thread opens. The same letter again opens the same thread."""
    creditor = ""
    try:
        typed = await read(request)
        creditor = typed.one("creditor")
        async with at.opened() as (connection, _):
            known = creditor in await creditors_within(connection, at.reach)
        if not known:
            return await _page(at, creditor, "letter_no_creditor", "creditor")
        if not typed.files:
            return await _page(at, creditor, "letter_missing")
        name, content = typed.files[0]
        if media_type(content) != "application/pdf":
            return await _page(at, creditor, "letter_no_pdf")
        letter = await read_letter(content)
        async with checked(at.services.attachments, at.services.scanner, [(name, content)]) as files:
            async with at.opened() as (connection, _):
                now = await clock.now(connection, creditor)
                digest = sha256(content).hexdigest()
                taken = await letter_came(connection, at.services.planning, creditor, letter.text, digest, files, now)
                seen = await thread_of(connection, at.reach, taken.reply)
                if not taken.came_before:
                    detail = {"reply": taken.reply, "unread": letter.unread}
                    await at.did(connection, "letter_taken", now, about=About(creditor), detail=detail)
            if taken.came_before:
                at.services.attachments.drop(each.stored for each in files if each.stored)
    except NotTaken as refused:
        word = refused.why.replace(" ", "_").replace("-", "_") if refused.why in SAID else "no_pdf"
        return await _page(at, creditor, f"letter_{word}")
    if seen is None:
        return await _page(at, creditor, "letter_elsewhere")
    told = "letter_came_before" if taken.came_before else "letter_unread" if letter.unread else "letter_taken"
    return at.done(f"{INBOX}/{taken.reply}", told)


async def _page(at: AtDesk, creditor: str = "", wrong: str = "", field: str = "files") -> Response:
    async with at.opened(snapshot=True) as (connection, _):
        creditors = await creditors_within(connection, at.reach)
    facts = {"creditors": creditors, "creditor": creditor, "wrong": wrong, "field": field}
    return at.page("letters.html.j2", status=422 if wrong else 200, **facts)
