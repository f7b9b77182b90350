"""What somebody's words were taken to ask for, beside them in the inbox: an act with its effect, which one key confirms.

Nothing is done before a person has confirmed it, and then by the act itself: what its own form refuses is refused here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast
from urllib.parse import urlencode

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import done
from domain.desk.proposals import PROPOSAL, PROPOSED_FROM, Proposal, Verdict, name_of, proposals_of
from domain.desk.saved_replies import filled
from domain.languages import Language
from domain.parties.message_classes import MessageClass
from facts.cases.locks import lock_with_debtor
from facts.deliveries import sortings
from facts.deliveries.sortings import SortedReply
from facts.desk import saved_replies
from facts.desk.threads import Thread
from messages import figures
from views.inbox_thread import Person
from views.news_since import mark
from web.desk.act_form import address_of, do_once, foresee, weighed
from web.desk.acts import DEEDS, Deed
from web.desk.at_case import AtCase, at_case
from web.desk.coming import Coming, coming
from web.desk.door import AtDesk, NotHere
from web.desk.fields import Field, first_of, read_all
from web.desk.saved_replies import values_of
from web.invoice_page.once import fresh

MOST_REPLIES: Final = 3  # whose proposals are shown, the latest
MOST_CASES: Final = 3  # that each may be about, where none is named
RESULT: Final = "confirmed at the desk"  # what came of a reply
CASES = text(f"""
select i.creditor_id, i.number from reply r join dunning_case c on c.debtor_id = r.debtor_id and c.state = 'open'
join invoice i on i.id = c.invoice_id where r.id = :reply and (r.case_id is null or c.id = r.case_id)
order by i.due_date, c.id limit {MOST_CASES}
""")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal for one case, with what follows from it; `form` confirms it, `change` is where its own form is filled."""

    name: str
    proposal: Proposal
    creditor: str
    number: str
    said: Sequence[tuple[str, str]]  # its own fields that are filled, each by the word of its label
    now_comes: Sequence[Coming]
    then_comes: Sequence[Coming]
    form: Mapping[str, str]  # empty where something is missing, or it cannot be confirmed as it stands
    change: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that was drafted for words of a class."""

    reply: int
    kind: MessageClass
    text: str

    def judged(self, sent: str) -> Verdict:
        """What sending these words says of it."""
        return Verdict.CONFIRMED if sent == self.text.strip() else Verdict.CHANGED


async def proposed(connection: AsyncConnection, at: AtDesk, unread: Sequence[SortedReply]) -> list[Proposed]:
    """What a thread's unread words may be confirmed as by whoever looks; what is refused anyway is not proposed."""
    shown: list[Proposed] = []
    for reply in unread[:MOST_REPLIES]:
        for creditor, number in await connection.execute(CASES, {"reply": reply.reply}):
            case = await _case(connection, at, creditor, number)
            for proposal in _open(at, reply, case):
                shown.append(await _shown(connection, at, reply, case, proposal))
    return shown


async def confirm(
    connection: AsyncConnection, at: AtDesk, found: Thread, name: str, form: Mapping[str, str], now: datetime
) -> bool:
    """Do what a proposal says, as its form showed it; gives whether it was not done before. Its words are read by that, where
    nothing else is proposed of them. Raises Again with nothing done, and Refused."""
    creditor, number = form.get("creditor", ""), form.get("number", "")
    case = await _case(connection, at, creditor, number)
    reply, proposal = await _named(connection, at, found, name, case)
    deed = DEEDS[proposal.act]
    sent = {"once": form.get("once", ""), "seen": form.get("seen_case", ""), "weighed": form.get("weighed", "")}
    typed = _typed(deed, case, proposal) | sent
    if not await do_once(connection, now, at, deed, creditor, number, typed):
        return False
    await sortings.judge(connection, reply.reply, proposal.kind, Verdict.CONFIRMED, at.user.name, now)
    if _is_last(at, reply, case):
        await done(connection, creditor, reply.reply, at.user.name, RESULT, now)
    return True


async def reject(connection: AsyncConnection, at: AtDesk, found: Thread, name: str, now: datetime) -> bool:
    """It is not what somebody meant: it is proposed no more. Gives whether that is new."""
    for reply in await sortings.unread_of(connection, found.unread):
        for kind, _ in reply.classes:
            if name == name_of(reply.reply, kind):
                return await sortings.judge(connection, reply.reply, kind, Verdict.REJECTED, at.user.name, now)
    return False


async def answer_drafted(
    connection: AsyncConnection,
    at: AtDesk,
    found: Thread,
    unread: Sequence[SortedReply],
    person: Person,
    now: datetime,
) -> Draft | None:
    """The saved reply for what the latest of a thread's unread words are above all, in their debtor's language and filled; None
    where there is none, and where a person has judged one already."""
    if not unread or not unread[0].classes or unread[0].reply != max(found.replies):
        return None
    reply, (kind, chance) = unread[0], unread[0].classes[0]
    if chance < PROPOSED_FROM or kind in reply.judged:
        return None
    saved = await saved_replies.list_saved(connection, at.reach, found.creditor, person.language)
    chosen = next((each for each in saved if each.answers == kind), None)
    if chosen is None:
        return None
    words = filled(chosen.text, await values_of(at, connection, person, reply.reply, now))
    return Draft(reply.reply, kind, words)


async def _case(connection: AsyncConnection, at: AtDesk, creditor: str, number: str) -> AtCase:
    id = await at.case(connection, creditor, number)
    await lock_with_debtor(connection, creditor, number)  # what is tried on paper locks as what is done
    return await at_case(connection, at.services.planning, id, cast(Language, at.user.language))


def _open(at: AtDesk, reply: SortedReply, case: AtCase) -> list[Proposal]:
    """What is proposed of a reply for a case and nobody has judged, as far as it can be done."""
    today = case.plan.law.calendar.local_date(reply.happened_at)
    return [
        each
        for each in proposals_of(reply.classes, reply.quotes, reply.text, today)
        if each.kind not in reply.judged
        and at.user.may(DEEDS[each.act].needs)
        and DEEDS[each.act].why_not(case) is None
    ]


def _is_last(at: AtDesk, reply: SortedReply, case: AtCase) -> bool:
    return len(_open(at, reply, case)) <= 1


async def _named(
    connection: AsyncConnection, at: AtDesk, found: Thread, name: str, case: AtCase
) -> tuple[SortedReply, Proposal]:
    """The proposal that a form names. Raises NotHere where nothing of that name is proposed any more."""
    for reply in await sortings.unread_of(connection, found.unread):
        for proposal in _open(at, reply, case):
            if name == name_of(reply.reply, proposal.kind):
                return reply, proposal
    raise NotHere


def _typed(deed: Deed, case: AtCase, proposal: Proposal) -> dict[str, str]:
    """The act's own form, filled."""
    return first_of(deed.all_fields, case) | dict(proposal.fields) | {"note": proposal.quote}


async def _shown(
    connection: AsyncConnection, at: AtDesk, reply: SortedReply, case: AtCase, proposal: Proposal
) -> Proposed:
    deed, language = DEEDS[proposal.act], cast(Language, at.user.language)
    typed, name = _typed(deed, case, proposal), name_of(reply.reply, proposal.kind)
    given, wrong = read_all(deed.all_fields, typed, case)
    last = _is_last(at, reply, case)

    async def then() -> None:
        if last:
            await done(connection, case.creditor, reply.reply, at.user.name, RESULT, case.now)

    foreseen = None
    if proposal.ready and not wrong:
        foreseen = await foresee(connection, at, deed, case, given, then)
    after = foreseen.after if foreseen else None
    form = {
        PROPOSAL: name,
        "creditor": case.creditor,
        "number": case.number,
        "once": fresh(),
        "seen_case": (await mark(connection, case.id)).written,
        "weighed": weighed(deed, typed),
    }
    asked = {PROPOSAL: name, "note": proposal.quote} | dict(proposal.fields)
    return Proposed(
        name,
        proposal,
        case.creditor,
        case.number,
        [(each.label, _said(each, typed[each.name], case)) for each in deed.fields if typed.get(each.name)],
        coming(foreseen.before, language) if foreseen and after else (),
        coming(after, language) if after else (),
        form if after else {},
        f"/desk/act/{deed.name}/{address_of(case.creditor, case.number)}?{urlencode(asked)}",
    )


def _said(field: Field, value: str, case: AtCase) -> str:
    """What stands in a field, as it is read."""
    if field.kind == "day":
        return figures.long_date(date.fromisoformat(value), case.language)
    return dict(field.choices(case)).get(value, value)
