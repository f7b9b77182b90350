"""A thread: the whole conversation beside who it is with; answered, given to somebody, put off, bound, merged, done.

Each form says what its page had shown (`seen`). Where more has happened by then, it is told and nothing is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor import whose
from commands.debtor.answer import Answer, answer_reply
from commands.debtor.replies import done
from config.files import HOME
from domain.countries.calendar import Calendar
from domain.desk.roles import Act
from domain.desk.saved_replies import filled, unfilled
from domain.desk.snooze import NoMoment, snooze_until, usual_moments
from facts import clock
from facts.deliveries import answers, reply_files, sortings
from facts.desk import saved_replies, threads, users
from facts.desk.audit import About
from facts.desk.threads import Thread
from facts.desk.within import case_within
from facts.parties import debtors
from facts.refusals import Conflict, Refused
from views import inbox_thread
from views.inbox import Filter, list_threads
from views.inbox_thread import Message, Person, Seen
from web.desk import proposed
from web.desk.act_form import Again
from web.desk.door import AtDesk, NotHere, needs
from web.desk.inbox import INBOX, ToAnswer, calendars, query, wanted_of
from web.desk.saved_replies import LONGEST, values_of
from web.desk.shown import also_here, place_of_thread
from web.pages import OF_A_FILE

router = APIRouter(include_in_schema=False)

READ_AT_DESK: Final = "read at the desk"

ToWrite = Annotated[AtDesk, Depends(needs(Act.ANSWER, form="above"))]
ReplyId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Word = Annotated[str, Form(max_length=200)]
Typed = Annotated[str, Form(max_length=20_000)]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with what was typed: the field, and the word of the desk's texts that says it."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Shows:
    """What a form brings back beside the thread: what is wrong, what was typed, and what had been shown before it changed."""

    wrong: Sequence[Wrong] = ()
    typed: Mapping[str, str] | None = None
    before: Seen | None = None
    refused: str | None = None


@router.get("/desk/inbox/{reply}")
async def thread(at: ToAnswer, reply: ReplyId) -> Response:
    """The conversation, and what can be done."""
    async with at.opened() as (connection, now):
        found = await _thread(at, connection, reply)
        typed = await at.typed_before(connection)
        return await _page(at, connection, found, _wanted(at, at.request.url.query), now, Shows(typed=typed))


@router.get("/desk/inbox/{reply}/files/{number}")
async def file(at: ToAnswer, reply: ReplyId, number: Annotated[int, Path(ge=1, le=100)]) -> Response:
    """A file that came with words of the thread, to save: it opens nowhere here."""
    async with at.opened() as (connection, now):
        found = await _thread(at, connection, reply)
        kept = await reply_files.read(connection, found.creditor, reply, number)
        for debtor in found.debtors:
            await at.looked(connection, now, debtor, where="file")
    content = at.services.attachments.whole(kept.content, kept.stored) if kept else None
    if kept is None or content is None:
        raise NotHere
    told = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    return Response(content, media_type=kept.media_type, headers=OF_A_FILE | {"Content-Disposition": told})


@router.post("/desk/inbox/{reply}/answer")
async def answer(
    at: ToWrite, reply: ReplyId, text: Typed = "", seen: Word = "", where: Word = "", use: Word = "", go: Word = ""
) -> Response:
    """The answer goes by the way that the words came; all of the thread is read by that, and the next one opens.

    With `go` a saved reply (`use`) is put below what is typed, filled: it is seen before anybody sends it.
    """
    wanted, words = _wanted(at, where), text.replace("\r\n", "\n").strip()
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        last = _answerable(await inbox_thread.messages(connection, found))
        if last is None or last.reply is None:
            return await _page(at, connection, found, wanted, now, Shows([Wrong("text", "inbox_nobody_to_answer")]))
        if go:
            typed = {"text": await _with_saved(at, connection, found, last.reply, use, words, now)}
            return await _page(at, connection, found, wanted, now, Shows(typed=typed))
        if changed := _before(found, seen):
            if await answers.was_given(connection, last.reply, words):
                return await _on(at, connection, found, wanted, now, "inbox_answered")  # the same form, sent twice
            return await _page(at, connection, found, wanted, now, Shows(typed={"text": text}, before=changed))
        if wrong := _wrong_with(words):
            return await _page(at, connection, found, wanted, now, Shows([wrong], {"text": text}))
        people = await inbox_thread.persons(connection, found.debtors[:1])
        unread = await sortings.unread_of(connection, found.unread)
        draft = await proposed.answer_drafted(connection, at, found, unread, people[0], now) if people else None
        try:
            async with connection.begin_nested():
                kept = await answer_reply(
                    connection, found.creditor, last.reply, Answer(by=at.user.name, text=words), now
                )
        except (Refused, ValidationError) as error:
            shows = Shows(typed={"text": text}, refused=str(error) if isinstance(error, Refused) else None)
            shows = replace(shows, wrong=[Wrong("text", "inbox_refused")])
            return await _page(at, connection, found, wanted, now, shows)
        if draft is not None:
            await sortings.judge(connection, draft.reply, draft.kind, draft.judged(words), at.user.name, now)
        await _read(at, connection, found, now, "answered with the latest of them")
        await at.did(connection, "answer", now, about=_about(found), detail={"reply": last.reply, "answer": kept.id})
        return await _on(at, connection, found, wanted, now, "inbox_answered" if kept.channel else "inbox_on_page")


@router.post("/desk/inbox/{reply}/proposal")
async def confirm_proposal(
    at: ToWrite,
    reply: ReplyId,
    proposal: Word = "",
    creditor: Word = "",
    number: Word = "",
    once: Word = "",
    seen_case: Word = "",
    weighed: Word = "",
    seen: Word = "",
    where: Word = "",
) -> Response:
    """What the words were taken to ask for is done, as was shown; the next thread opens once all of this one is read."""
    wanted = _wanted(at, where)
    form = {"creditor": creditor, "number": number, "once": once, "seen_case": seen_case, "weighed": weighed}
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if changed := _before(found, seen):
            return await _page(at, connection, found, wanted, now, Shows(before=changed))
        try:
            async with connection.begin_nested():
                if not await proposed.confirm(connection, at, found, proposal, form, now):
                    return await _on(at, connection, found, wanted, now, "proposal_done")  # the same form, sent twice
        except (Again, Refused) as why:
            refused = str(why) if isinstance(why, Refused) else why.refused
            return await _page(
                at, connection, found, wanted, now, Shows([Wrong("proposals", "proposal_look_again")], refused=refused)
            )
        left = await _thread(at, connection, reply)
        if not left.unread:
            await threads.wake(connection, left)
            return await _on(at, connection, left, wanted, now, "proposal_done")
    return at.done(_here(reply, wanted), "proposal_done")


@router.post("/desk/inbox/{reply}/reject")
async def reject_proposal(at: ToAnswer, reply: ReplyId, proposal: Word = "", where: Word = "") -> Response:
    """It was not meant so: it is proposed no more, and counted."""
    wanted = _wanted(at, where)
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if await proposed.reject(connection, at, found, proposal, now):
            await at.did(connection, "proposal_rejected", now, about=_about(found), detail={"proposal": proposal})
    return at.done(_here(reply, wanted), "proposal_rejected")


@router.post("/desk/inbox/{reply}/done")
async def mark_done(at: ToAnswer, reply: ReplyId, seen: Word = "", where: Word = "") -> Response:
    """A person has read all of it: what waited for that goes on, and the next one opens."""
    wanted = _wanted(at, where)
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if found.unread and (changed := _before(found, seen)):
            return await _page(at, connection, found, wanted, now, Shows(before=changed))
        if await _read(at, connection, found, now, READ_AT_DESK):
            await at.did(connection, "thread_done", now, about=_about(found), detail={"replies": list(found.unread)})
        return await _on(at, connection, found, wanted, now, "inbox_done")


@router.post("/desk/inbox/{reply}/assign")
async def assign(at: ToAnswer, reply: ReplyId, to: Word = "", had: Word = "", where: Word = "") -> Response:
    """Somebody has it from now on: oneself, another who may answer this creditor's debtors, or nobody."""
    wanted = _wanted(at, where)
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        allowed = {user.name: user for user in await users.who_may_answer(connection, found.creditor)}
        if to and to not in allowed:
            raise NotHere
        state = await threads.state_of(connection, found, now)
        if (state.assigned_to or "") not in (had, to):
            return await _page(at, connection, found, wanted, now, Shows([Wrong("to", "inbox_assigned_meanwhile")]))
        await threads.assign(connection, found, allowed[to].id if to else None, at.user.name, now)
        await at.did(connection, "thread_assigned", now, about=_about(found), detail={"reply": reply, "to": to or None})
    return at.done(_here(reply, wanted), "inbox_assigned" if to else "inbox_unassigned")


@router.post("/desk/inbox/{reply}/snooze")
async def snooze(at: ToWrite, reply: ReplyId, until: Word = "", seen: Word = "", where: Word = "") -> Response:
    """It rests until an exact moment, or until somebody asks for something before that."""
    wanted = _wanted(at, where)
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if changed := _before(found, seen):
            return await _page(at, connection, found, wanted, now, Shows(typed={"until": until}, before=changed))
        people = await inbox_thread.persons(connection, found.debtors[:1])
        moment = snooze_until(_calendar(at, people), until, now)
        if isinstance(moment, NoMoment):
            shows = Shows([Wrong("until", f"inbox_until_{moment}")], {"until": until})
            return await _page(at, connection, found, wanted, now, shows)
        await threads.snooze(connection, found, moment, at.user.name, now)
        await at.did(
            connection, "thread_snoozed", now, about=_about(found), detail={"reply": reply, "until": moment.isoformat()}
        )
        return await _on(at, connection, found, wanted, now, "inbox_snoozed")


@router.post("/desk/inbox/{reply}/bind")
async def bind(
    at: ToWrite,
    reply: ReplyId,
    debtor: Word = "",
    creditor: Word = "",
    number: Word = "",
    where: Word = "",
) -> Response:
    """What somebody unknown wrote belongs to a debtor: one of those it may be about, or by an invoice or customer number."""
    wanted = _wanted(at, where)
    typed = {"creditor": creditor, "number": number, "debtor": debtor}
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if found.debtor is not None:
            raise NotHere
        try:
            async with connection.begin_nested():
                owner = await _named(at, connection, found, debtor, creditor.strip(), number.strip())
                if owner is None:
                    return await _page(
                        at, connection, found, wanted, now, Shows([Wrong("number", "inbox_nobody")], typed)
                    )
                now = await clock.now(connection, owner.creditor)
                planning = at.services.planning
                bound = [
                    await whose.bind(connection, planning, each, owner.debtor, at.user.name, now)
                    for each in found.unread
                ]
        except Conflict as error:
            shows = Shows([Wrong("number", "inbox_refused")], typed, refused=str(error))
            return await _page(at, connection, found, wanted, now, shows)
        if not bound:
            raise NotHere
        about = About(owner.creditor, owner.debtor)
        await at.did(connection, "thread_bound", now, about=about, detail={"replies": bound})
    return at.done(_here(bound[0], wanted), "inbox_bound")


@router.post("/desk/inbox/{reply}/merge")
async def merge(at: ToAnswer, reply: ReplyId, other: Word = "", where: Word = "") -> Response:
    """Another thread of the same person is shown and answered here from now on; with none named, all stand by themselves."""
    wanted = _wanted(at, where)
    async with at.opened() as (connection, _):
        found, now = await _held(at, connection, reply)
        if not other:
            await threads.separate(connection, found, at.user.name, now)
        elif not other.isdecimal() or not await threads.merge(connection, found, int(other), at.user.name, now):
            return await _page(at, connection, found, wanted, now, Shows([Wrong("other", "inbox_two_people")]))
        what = "thread_merged" if other else "threads_separated"
        await at.did(connection, what, now, about=_about(found), detail={"debtor": other or None})
    return at.done(_here(reply, wanted), "inbox_merged" if other else "inbox_separated")


async def _thread(at: AtDesk, connection: AsyncConnection, reply: int) -> Thread:
    found = await threads.thread_of(connection, at.reach, reply)
    if found is None:
        raise NotHere
    return found


async def _held(at: AtDesk, connection: AsyncConnection, reply: int) -> tuple[Thread, datetime]:
    """The thread as it stands once nobody else at the desk changes it, and what time it is for its creditor."""
    now = await clock.now_for(connection, "reply", reply)
    await threads.lock(connection, await _thread(at, connection, reply), at.user.name, now)
    return await _thread(at, connection, reply), now


def _before(found: Thread, seen: str) -> Seen | None:
    """What the page had shown, where that is not all any more."""
    if seen == found.seen:
        return None
    return Seen.of(seen) or Seen(max(found.replies, default=0), found.last_answer, 0)


async def _read(at: AtDesk, connection: AsyncConnection, found: Thread, now: datetime, result: str) -> bool:
    """All of the thread is read; gives whether any of it was not."""
    read = [await done(connection, found.creditor, each, at.user.name, result, now) for each in found.unread]
    await threads.wake(connection, found)
    return any(read)


async def _on(
    at: AtDesk, connection: AsyncConnection, found: Thread, wanted: Filter, now: datetime, told: str
) -> Response:
    """On to the thread that waits longest of those that were looked through; to the list where there is none."""
    left = await list_threads(connection, at.reach, wanted, calendars(at.services), now, most=1)
    following = next((each.reply for each in left if each.reply not in found.replies), None)
    if following is None or wanted.shown == "done":
        return at.done(f"{INBOX}?{query(wanted)}", told)
    return at.done(_here(following, wanted), told)


async def _named(
    at: AtDesk, connection: AsyncConnection, found: Thread, debtor: str, creditor: str, number: str
) -> inbox_thread.Person | None:
    """The debtor that a form names, within reach; None where it names nobody."""
    if debtor.isdecimal() and int(debtor) in found.candidates:
        return (await inbox_thread.persons(connection, [int(debtor)]))[0]
    whose_debtor = found.creditor or creditor
    if not whose_debtor or not number or not at.reach.reaches(whose_debtor):
        return None
    case = await case_within(connection, at.reach, whose_debtor, number)
    if case is not None:
        return (await inbox_thread.persons(connection, [await inbox_thread.debtor_of(connection, case)]))[0]
    known = await debtors.find(connection, whose_debtor, number)
    return (await inbox_thread.persons(connection, [known.id]))[0] if known else None


def _calendar(at: AtDesk, people: Sequence[Person]) -> Calendar:
    known = calendars(at.services)
    return known.get(people[0].country if people else HOME, known[HOME])


async def _with_saved(
    at: AtDesk, connection: AsyncConnection, found: Thread, reply: int, use: str, words: str, now: datetime
) -> str:
    """What is typed, and below it the saved reply of the thread's creditor that is asked for, filled."""
    saved = await saved_replies.list_saved(connection, at.reach, found.creditor)
    chosen = next((each for each in saved if str(each.id) == use), None)
    if chosen is None:
        return words
    (person,) = await inbox_thread.persons(connection, found.debtors[:1])
    text = filled(chosen.text, await values_of(at, connection, person, reply, now))
    return f"{words}\n\n{text}".strip()


def _answerable(said: Sequence[Message]) -> Message | None:
    """The latest words of a person in it: what an answer answers."""
    by_people = [each for each in said if each.reply is not None and each.state in ("unread", "read")]
    return by_people[-1] if by_people else None


def _wrong_with(words: str) -> Wrong | None:
    if not words:
        return Wrong("text", "inbox_text_missing")
    if len(words) > LONGEST:
        return Wrong("text", "inbox_text_long")
    if unfilled(words):
        return Wrong("text", "inbox_text_fields")
    return None


def _about(found: Thread) -> About:
    return About(found.creditor, found.debtor)


def _wanted(at: AtDesk, where: str) -> Filter:
    """The list that a thread was opened from."""
    told = {key: values[0] for key, values in parse_qs(where).items()}
    return wanted_of(at, told.get("shown", ""), told.get("language", ""), told.get("topic", ""))


def _here(reply: int, wanted: Filter) -> str:
    return f"{INBOX}/{reply}?{query(wanted)}"


async def _page(
    at: AtDesk,
    connection: AsyncConnection,
    found: Thread,
    wanted: Filter,
    now: datetime,
    shows: Shows = Shows(),
) -> Response:
    """The thread, with what a form could not do."""
    said = await inbox_thread.messages(connection, found)
    people = await inbox_thread.persons(connection, found.debtors)
    unread = await sortings.unread_of(connection, found.unread) if found.debtor is not None and found.unread else []
    proposals = await proposed.proposed(connection, at, unread)
    candidates = await inbox_thread.persons(connection, found.candidates) if found.debtor is None else []
    for person in (*people, *candidates):
        await at.looked(connection, now, person.debtor, where="thread")
    calendar = _calendar(at, people)
    drafted = None
    if people and unread and not (shows.typed or {}).get("text"):
        drafted = await proposed.answer_drafted(connection, at, found, unread, people[0], now)
    typed: dict[str, Any] = {
        "text": drafted.text if drafted else "",
        "until": "",
        "number": "",
        "creditor": "",
        "debtor": "",
    }
    return at.page(
        "thread.html.j2",
        status=409 if shows.before else 422 if shows.wrong else 200,
        thread=found,
        said=said,
        proposals=proposals,
        people=people,
        candidates=candidates,
        saved=await saved_replies.list_saved(connection, at.reach, found.creditor, people[0].language)
        if people
        else [],
        same=await threads.same_person(connection, found.debtor) if found.debtor is not None else [],
        state=await threads.state_of(connection, found, now),
        also_here=await also_here(connection, at.user, place_of_thread(found)),
        colleagues=await users.who_may_answer(connection, found.creditor),
        answerable=_answerable(said) if found.debtor is not None else None,
        moments=usual_moments(calendar, now),
        country=calendar.country,
        meanwhile=await inbox_thread.meanwhile(connection, found, shows.before) if shows.before else None,
        wrong=shows.wrong,
        refused=shows.refused,
        typed=typed | {name: said for name, said in (shows.typed or {}).items() if said or not drafted},
        drafted=drafted is not None,
        query=query(wanted),
        longest=LONGEST,
        now=now,
    )
