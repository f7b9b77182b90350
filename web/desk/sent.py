"""What was sent and what came, as it was: a message with why it was sent, letters, the invoice's own PDF, files of debtors."""

from asyncio import to_thread
from typing import Annotated, Final, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from domain.desk.parts import Part, parts_of
from domain.invoices.own_pdf import LARGEST_PDF
from domain.languages import Language
from domain.moment import moment_in
from domain.parties.standing import Thing, standing_of
from facts import clock
from facts.deliveries import reply_files
from facts.invoices.own_pdf import pdfs_of
from facts.parties import life_events
from messages.figures import pdf_name
from views.as_sent import AsSent, as_sent
from views.case_card import card
from views.why import why_sent
from web.desk.debtor import LARGEST
from web.desk.door import AtDesk, NotHere, ToLook
from web.desk.told import Telling
from web.pages import OF_A_FILE

router = APIRouter(include_in_schema=False)

KEPT_NOWHERE: Final = OF_A_FILE | {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
Number = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("/desk/sent/{creditor}/{delivery}")
async def sent_page(at: ToLook, creditor: str, delivery: UUID) -> Response:
    """A message as it was sent, and to the creditor's own people why."""
    parts = parts_of(at.user.roles)
    found, why = await _sent(at, creditor, delivery, why=Part.NOTES in parts)
    telling = Telling(cast(Language, at.user.language), parts, found.country, found.currency)
    return at.page(
        "sent.html.j2", sent=found, why=why, creditor=creditor, telling=telling, parts={each.name for each in parts}
    )


@router.get("/desk/letter/{creditor}/{delivery}")
async def letter(at: ToLook, creditor: str, delivery: UUID) -> Response:
    """A letter exactly as it was sent."""
    found, _ = await _sent(at, creditor, delivery, reads=False)
    if found.pdf is None:
        raise NotHere
    return _file(found.pdf, "application/pdf", f"{found.message}-{found.at:%Y-%m-%d}.pdf")


@router.get("/desk/pdf/{creditor}/{number:path}")
async def invoice_pdf(at: ToLook, creditor: str, number: str) -> Response:
    """The invoice as its creditor wrote it; to who works for somebody else not where it shows an address that is protected."""
    parts = parts_of(at.user.roles)
    async with at.services.database.transaction() as connection:
        found = await card(connection, await at.case(connection, creditor, number), await clock.now(connection))
        now = await clock.now(connection, creditor)
        if Part.LIFE not in parts:
            today = moment_in(found.country, now).day
            standing = standing_of(await life_events.told(connection, found.debtor), today)
            if Part.ADDRESS not in parts or standing.never(Thing.ADDRESS):
                raise NotHere
        pdfs = await pdfs_of(connection, [found.invoice], LARGEST_PDF)
        await at.looked(connection, now, found.debtor, found.case, "invoice pdf")
    content = pdfs[0].content if pdfs else None
    if content is None:
        raise NotHere
    return _file(content, "application/pdf", pdf_name(found.number, cast(Language, at.user.language)))


@router.get("/desk/attached/{creditor}/{reply}/{position}")
async def attached(at: ToLook, creditor: str, reply: Number, position: Number) -> Response:
    """A file that came with what a debtor wrote, as a stranger made it: to be kept, and never shown as a page of ours."""
    if Part.REPLIES not in parts_of(at.user.roles):
        raise NotHere
    async with at.services.database.transaction() as connection:
        file = await reply_files.read(connection, creditor, reply, position)
        debtor = await reply_files.debtor_of(connection, creditor, reply)
        if file is None or debtor is None:
            raise NotHere
        await at.must_see(connection, debtor=debtor)
        await at.looked(connection, await clock.now(connection, creditor), debtor, where="file")
    content = await to_thread(at.services.attachments.whole, file.content, file.stored)
    if content is None:
        raise NotHere
    return _file(content, file.media_type, file.name)


async def _sent(
    at: AtDesk, creditor: str, delivery: UUID, *, why: bool = False, reads: bool = True
) -> tuple[AsSent, object]:
    parts = parts_of(at.user.roles)
    if Part.WORDS not in parts:
        raise NotHere
    async with at.services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        inside, today = Part.LIFE in parts, at.services.today(now)
        found = await as_sent(connection, at.reach, creditor, delivery, inside=inside, today=today, reads=reads)
        if found is None:
            raise NotHere
        because = await why_sent(connection, at.services.planning, delivery, creditor, now) if why else None
        await at.looked(connection, now, found.debtor, where="message")
    return found, because


def _file(content: bytes, media_type: str | None, name: str) -> Response:
    told = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=media_type or "application/octet-stream",
        headers=KEPT_NOWHERE | {"Content-Disposition": told},
    )
