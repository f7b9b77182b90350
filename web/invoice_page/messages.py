"""The debtor's messages on the page: a thread with our answers, a form with files, and the files to their debtor alone."""

from asyncio import to_thread
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from connectors.attachment_folder import NAME
from connectors.attachments import NotTaken
from domain.parties.replies import OF_THE_PERSON, meaning_of
from facts.deliveries import reply_files
from facts.money.payment_attempts import Payable
from facts.refusals import Refused
from messages import figures
from messages.languages import Locale
from views import statement
from views.answer_times import answer_times
from views.conversation import conversation
from views.invoice_view import invoice_view
from web.invoice_page import attached
from web.invoice_page.attached import AlreadyDone, Typed, Wrong
from web.invoice_page.link import ByLink, Holder, NotTheirs, Opened
from web.invoice_page.once import fresh
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown
from web.pages import OF_A_FILE, about_invoice, for_anybody, page
from web.problems import not_found
from web.security import ATTACHMENTS_LIMIT

router = APIRouter(tags=["invoice page"], include_in_schema=False)

LATEST = 3  # messages, on the page of the invoice
DAY = timedelta(days=1)
FEW_HOURS = timedelta(hours=20)  # what takes longer is told in days


async def facts(shown: Shown) -> Facts | None:
    """The latest of the conversation, a form, and how long an answer takes; of a code from paper nothing is shown."""
    if shown.opened.link.on_paper:
        return None
    found = shown.found
    said = await conversation(shown.connection, found.debtor, found.case, all_of=shown.account.opens)
    times = await usual_times(shown.opened, shown.found)
    return {"said": said[-LATEST:], "typed": Typed(), "day_of": _day_of(shown.opened, shown.found.language)} | times


@router.get("/i/{key}/messages")
async def thread(holder: ByLink) -> Response:
    """The whole conversation, and the form."""
    return await _page(holder, Typed(), ())


@router.post("/i/{key}/messages", max_body_size=ATTACHMENTS_LIMIT)
async def send(request: Request, holder: ByLink) -> Response:
    """The debtor writes, with files or without: kept once, read by a person, answered by the debtor's own way."""
    typed = Typed()
    try:
        async with holder.opened() as opened:  # before anything of a stranger's is read
            await opened.payable()
        typed = await attached.read(request)
        if wrong := typed.too_long() or _says_nothing(typed):
            return await _page(holder, typed, wrong)
        async with attached.held(holder.services, typed) as files, holder.opened() as opened:
            found = await opened.payable()
            meaning = meaning_of(typed.words)
            await attached.said(opened, found, typed, files, None if meaning in OF_THE_PERSON else meaning)
    except AlreadyDone:
        pass
    except NotTaken as refused:
        return await _page(holder, typed, [attached.of_file(refused)])
    except Refused:
        return await _page(holder, typed, [Wrong("words", "words_refused")])
    return RedirectResponse(f"{holder.page}/messages#latest", 303)


@router.get("/i/{key}/files/{name}")
async def file(holder: ByLink, name: Annotated[str, Path(max_length=40)]) -> Response:
    """A file that the debtor sent, to save: behind a link of the same debtor's alone."""
    try:
        async with holder.opened() as opened:
            found = await opened.payable()
            case = None if await shows_all(opened, found) else found.case
            kept = (
                await reply_files.of_debtor(opened.connection, found.debtor, case, name)
                if NAME.fullmatch(name)
                else None
            )
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    content = await to_thread(holder.services.attachments.whole, kept.content, kept.stored) if kept else None
    if kept is None or content is None:
        raise not_found("file of yours with this name")
    told = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    return Response(content, media_type=kept.media_type, headers=OF_A_FILE | {"Content-Disposition": told})


def _says_nothing(typed: Typed) -> list[Wrong]:
    return [] if typed.words or typed.files else [Wrong("words", "words_missing")]


async def _page(holder: Holder, typed: Typed, wrong: Sequence[Wrong]) -> Response:
    """The conversation as a page of its own, with what was typed where anything is wrong with it."""
    try:
        async with holder.opened(snapshot=True) as opened:
            found = await opened.payable()
            all_of = await shows_all(opened, found)
            said = await conversation(opened.connection, found.debtor, found.case, all_of=all_of)
            invoice = await invoice_view(opened.connection, opened.link.invoice)
            times = await usual_times(opened, found)
    except NotTheirs:
        return page("not_theirs.html.j2", texts=for_anybody(holder.request))
    language = found.language
    return page(
        "messages.html.j2",
        status=422 if wrong else 200,
        here=holder.here,
        said=said,
        typed=typed,
        wrong=wrong,
        day_of=_day_of(opened, language),
        seen=opened.seen,
        **times,
        **about_invoice(invoice, language),
    )


async def shows_all(opened: Opened, found: Payable) -> bool:
    """Whether the link went to the debtor's own address, and so shows what was said of every invoice."""
    return await statement.opens_to(
        opened.connection, opened.link.delivery, found.debtor, found.facts.life, opened.moment.day
    )


def _day_of(opened: Opened, language: Locale) -> Callable[[datetime], str]:
    """How a moment's day is written."""
    return lambda at: figures.long_date(opened.calendar.local_date(at), language)


async def usual_times(opened: Opened, found: Payable) -> dict[str, Any]:
    """Within how many hours or days four of five messages of the page are answered; neither where too few were.

    And a name for the note that somebody is at the desk now, another each time that it is told; None where nobody is.
    """
    times = await answer_times(opened.connection, found.creditor, opened.now)
    told = {"somebody": fresh() if times.is_there else None, "hours": None, "days": None}
    usual = times.within.get("page")
    if usual is None:
        return told
    if usual <= FEW_HOURS:
        return told | {"hours": max(1, ceil(usual / timedelta(hours=1)))}
    return told | {"days": ceil(usual / DAY)}
