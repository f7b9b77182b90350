"""Saved replies at the desk: supervisors keep them, and the form of an answer fills them before anybody sends one."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.links import Link
from domain.desk.roles import Act
from domain.desk.saved_replies import FIELDS, unknown_fields
from domain.languages import LANGUAGES
from domain.parties.message_classes import MessageClass
from facts.deliveries import link_revocations
from facts.desk import saved_replies
from facts.desk.audit import About
from facts.desk.within import creditors_within
from messages import figures
from views.inbox_thread import Person
from views.invoice_view import invoice_view
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

SAVED: Final = "/desk/saved-replies"
LONGEST: Final = 1000  # characters of an answer
LONGEST_TITLE: Final = 60

ToSee = Annotated[AtDesk, Depends(needs(Act.MANY))]
ToKeep = Annotated[AtDesk, Depends(needs(Act.MANY, form="here"))]
Typed = Annotated[str, Form(max_length=20_000)]


@router.get(SAVED)
async def saved(at: ToSee) -> Response:
    """All of them within reach, and a form for another."""
    async with at.opened() as (connection, _):
        return await _page(at, connection, typed=await at.typed_before(connection))


@router.post(SAVED)
async def keep(
    at: ToKeep, creditor: Typed = "", language: Typed = "", title: Typed = "", text: Typed = "", answers: Typed = ""
) -> Response:
    """Words are kept under their title, in the place of those that had it."""
    typed = {"creditor": creditor.strip(), "language": language, "title": title.strip(), "text": _plain(text)}
    typed["answers"] = answers if answers in tuple(MessageClass) else ""
    async with at.opened() as (connection, now):
        if wrong := _wrong_with(await creditors_within(connection, at.reach), typed):
            return await _page(at, connection, wrong, typed)
        kept = await saved_replies.keep(
            connection,
            typed["creditor"],
            language,
            typed["title"],
            typed["text"],
            at.user.name,
            now,
            typed["answers"] or None,
        )
        await at.did(connection, "saved_reply_kept", now, about=About(typed["creditor"]), detail={"saved_reply": kept})
    return at.done(SAVED, "saved_kept")


@router.post("/desk/saved-replies/{number}/remove")
async def remove(at: ToSee, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Response:
    """One is gone."""
    async with at.opened() as (connection, now):
        whose = await saved_replies.remove(connection, at.reach, number)
        if whose is None:
            raise NotHere
        await at.did(connection, "saved_reply_removed", now, about=About(whose), detail={"saved_reply": number})
    return at.done(SAVED, "saved_removed")


async def values_of(
    at: AtDesk, connection: AsyncConnection, person: Person, reply: int, now: datetime
) -> dict[str, str]:
    """What the fields of a saved reply are for an answer to a debtor's words: a name alone where nothing was invoiced."""
    language = person.language
    known = {"name": person.name, "creditor": person.creditor_name}
    invoice = await saved_replies.invoice_about(connection, person.debtor, reply)
    if invoice is None:
        return known
    shown = await invoice_view(connection, invoice)
    rounds = await link_revocations.rounds_of(connection, [invoice])
    link = Link(invoice, 0, round=rounds.get(invoice, 0))
    return known | {
        "amount": figures.amount(shown.balance, shown.currency, language),
        "due_date": figures.long_date(shown.due_date, language),
        "invoice": shown.number,
        "link": at.services.links.url(link, at.services.today(now)),
    }


def _plain(words: str) -> str:
    return words.replace("\r\n", "\n").replace("\0", "").strip()


async def _page(
    at: AtDesk,
    connection: AsyncConnection,
    wrong: Mapping[str, str] = MappingProxyType({}),
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    return at.page(
        "saved_replies.html.j2",
        status=422 if wrong else 200,
        saved=await saved_replies.list_saved(connection, at.reach),
        creditors=await creditors_within(connection, at.reach),
        languages=LANGUAGES,
        fields=FIELDS,
        classes=tuple(MessageClass),
        wrong=wrong,
        typed={"creditor": "", "language": "nb", "title": "", "text": "", "answers": ""} | dict(typed),
        longest=LONGEST,
    )


def _wrong_with(creditors: Collection[str], typed: Mapping[str, str]) -> dict[str, str]:
    """The word of the desk's texts that says what is wrong, by field."""
    wrong: dict[str, str] = {}
    if typed["creditor"] not in creditors:
        wrong["creditor"] = "saved_no_creditor"
    if typed["language"] not in LANGUAGES:
        wrong["language"] = "saved_no_language"
    if not typed["title"] or len(typed["title"]) > LONGEST_TITLE or not typed["title"].isprintable():
        wrong["title"] = "saved_no_title"
    if not typed["text"] or len(typed["text"]) > LONGEST:
        wrong["text"] = "saved_no_text"
    elif unknown_fields(typed["text"]):
        wrong["text"] = "saved_no_field"
    return wrong
