"""What debtors write to us: kept, shown to a person as a task, and never answered by a hard step before that."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.dispute import Dispute
from commands.case.hold import Hold
from commands.command import Recording
from commands.debtor.confirmed_contact import objects
from commands.debtor.named import meant_in
from commands.debtor.room import MOST_UNREAD, has_room, has_room_for_any, has_room_for_stranger
from commands.debtor.said import Said
from commands.debtor.written_about import may_be_about, speaker
from commands.debtor.wrong_contact import answers_at, has_moved, says_not_me, who_says_not_me
from commands.record import record
from domain.agreements.pauses import USUAL_DAYS, goes_on
from domain.parties.addresses import address_key
from domain.parties.mailed_files import MailedFile
from domain.parties.replies import (
    FROM_THE_DEBTOR,
    OF_THE_PERSON,
    Meaning,
    begins_with_stop,
    meaning_of,
    says_only,
)
from domain.parties.speakers import SPEAKERS, Asker
from domain.parties.topics import topic_of
from domain.planner.obstacles import GOES_ON_AT
from facts import diary
from facts.addresses import PAST, THEIRS, written_to
from facts.cases.locks import lock_cases
from facts.clock import is_live
from facts.collection import service_blocks
from facts.deliveries import reply_files
from facts.going_on import GOES_ON
from facts.money import waiting_money
from facts.outbox import tell
from facts.parties import debtors
from facts.refusals import Refused, Unknown
from facts.webhooks.outgoing import emit
from planning.service import Planning

PAID_PAUSE_BANKING_DAYS = 5  # how long a case waits for money that its debtor says was paid
MOST_PAID_PAUSES = 2  # of one case: for the first word, and for the answer when proof was asked for
FOUND = "the money was found and booked"
MOST_NAMED = 5  # clients, of those whom words may be about

# Who has the address now, and the children about which its owner is written to; where nobody has, who had it before another
# one took its place. In test mode nobody was
# written to, so nobody answers there.
OWNERS = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name_key,
  bool_or(p.state not in {PAST}
    and (not p.of_representative or d.representative is not null)) as has_it,
  bool_or(d.id <> p.debtor_id or p.of_representative and d.representative is not null) as stands_in
from contact_point p cross join lateral (
  select id from debtor o where o.id = p.debtor_id
  union all
  select k.id from debtor o join debtor k on k.creditor_id = o.creditor_id and k.written_to = o.customer_number
  where o.id = p.debtor_id and not p.of_representative and {written_to("k")} = o.id) whose
join debtor d on d.id = whose.id
where p.address_key = :key and p.channel in (:channel, 'phone') and p.state not in ('wrong', 'given')
  and {is_live("d.creditor_id")}
group by d.id order by d.id
""")
WROTE_FROM = text(f"""
update contact_point set wrote_from_at = greatest(wrote_from_at, :now)
where address_key = :key and channel = :channel and state in {THEIRS}
""")
OF_CASE = text("""
select d.id, d.creditor_id, d.customer_number, d.name_key, false as stands_in
from debtor d join dunning_case c on c.debtor_id = d.id where c.id = :case
""")
KEEP = text("""
insert into reply (creditor_id, debtor_id, case_id, channel, sender, text, meaning, delivery_id, tied_by, automatic, subject,
  quoted, html, topic, taken_by, said_by, happened_at, done_at, done_by)
values (:creditor, :debtor, :case, :channel, :sender, :text, :meaning, :delivery, :tied_by, :automatic, :subject, :quoted,
  :html, :topic, :taken_by, :said_by, cast(:now as timestamptz), case when cast(:reader as text) is not null
  then cast(:now as timestamptz) end, cast(:reader as text))
returning id
""")
SAID_BEFORE = text("""
select count(*) filter (where done_at is null) as unread,
  coalesce(bool_or(text = :text and meaning is not distinct from :meaning), false) as same
from reply r where debtor_id = :debtor and case_id = :case and (done_at is null or exists (
  select from hold h where h.reply_id = r.id and h.released_at is null and h.until > :now))
""")
OPEN_CASES = text("""
select c.id, i.number, exists (select from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed,
  (select json_build_array(count(*), coalesce(max(h.until) filter (where h.released_at is null) > :now, false)) from hold h
     where h.case_id = c.id and h.by = any(:side) and h.reason_code = any(cast(:reasons as text[]))) as pauses
from dunning_case c join invoice i on i.id = c.invoice_id
where c.debtor_id = :debtor and c.state = 'open' and (cast(:case as int) is null or c.id = :case) order by c.id
""")
OPEN_OF_ALL = text("select id from dunning_case where debtor_id = any(:debtors) and state = 'open' order by id")
HOLD = text("""
insert into hold (case_id, by, reason_code, note, until, reply_id, happened_at)
values (:case, :by, :reason_code, :note, :until, :reply, :now)
""")
OF_LINES = text("""
insert into dispute_line (dispute_id, invoice_id, position)
select d.id, l.invoice_id, l.position from dispute d join dunning_case c on c.id = d.case_id
join invoice_line l on l.invoice_id = c.invoice_id and l.position = any(cast(:lines as int[]))
where d.case_id = :case and d.resolved_at is null
""")
OPEN_TASK = text("""
insert into debtor_task (creditor_id, debtor_id, case_id, kind, reply_id, why, happened_at)
values (:creditor, :debtor, :case, 'reply', :reply, :why, :now)
""")
CANDIDATES = text("""
insert into reply_candidate (reply_id, debtor_id) select :reply, unnest(cast(:debtors as int[]))
""")
OPEN_BY_DEBTOR = text(f"""
select c.id, c.debtor_id from dunning_case c
where c.debtor_id = any(:debtors) and {GOES_ON} order by c.id
""")
FIND = text("""
select r.id, r.debtor_id, coalesce((select array_agg(k.debtor_id order by k.debtor_id) from reply_candidate k
    where k.reply_id = r.id), '{}') as candidates
from reply r where r.id = :id and (cast(:creditor as text) is null or r.creditor_id = :creditor)
""")
DONE = text("""
update reply set done_at = :now, done_by = :by, result = :result where id = :id and done_at is null returning id
""")
RELEASE = text("""
update hold set released_at = :now, released_by = :by where reply_id = :id and released_at is null
""")
TASK_DONE = text("""
update debtor_task set done_at = :now, done_by = :by, result = :result where reply_id = :id and done_at is null
""")


@dataclass(frozen=True, slots=True)
class _Of:
    """Whose thread words belong to that may be any of several debtors': nobody's yet, of one creditor."""

    creditor_id: str
    id: int | None


class HoldUntilRead(Hold):
    """Pause one case until a person has read a reply, or its time is over."""

    reply: Annotated[int, Field(exclude=True)]

    async def apply(self, to: Recording) -> None:
        """The hold bears the reply's number: it ends when that is read, if not before."""
        await to.do(HOLD)


class _DisputeOfLines(Dispute):
    """Dispute all of a case, or what some lines of its invoice come to."""

    lines: Annotated[tuple[int, ...], Field(exclude=True)]

    async def apply(self, to: Recording) -> None:
        """The dispute, with its lines."""
        await super().apply(to)
        await to.do(OF_LINES, lines=list(self.lines))


async def received(
    connection: AsyncConnection,
    planning: Planning,
    channel: str,
    address: str,
    words: str,
    now: datetime,
    *,
    to_us: bool = True,
) -> int:
    """Somebody wrote from an address: each debtor who has it may be the one. Gives how many; of a stranger it is kept.

    `to_us`: to the sender that we write from, so that an answer finds the same conversation.
    Part of the caller's transaction. The case that is named pauses, or every open one of every such debtor; a person reads.
    Of an adviser's clients it is the one that is named or was last written about, else a person is asked which.
    """
    have_it = await owners_of(connection, channel, address, now)
    meant = await meant_in(connection, words, have_it)
    said = Said(
        channel,
        words,
        meaning_of(words),
        address,
        address,
        meant.case,
        shared=len({owner.name_key for owner in meant.owners}) > 1,
        proven=bool(have_it),
        tied_by=meant.by,
    )
    if not meant.owners:
        await keep_strangers(connection, said, now)
        return 0
    if have_it and to_us and said.meaning is not Meaning.NOT_ME:
        await wrote_from(connection, channel, address, now)
    await hear_each(connection, planning, meant.owners, said, now)
    return len(meant.owners)


async def wrote_from(connection: AsyncConnection, channel: str, address: str, now: datetime) -> None:
    """Somebody wrote to us from an address: it works, and by WhatsApp they may be answered for a day."""
    await connection.execute(WROTE_FROM, {"channel": channel, "key": address_key(address), "now": now})


async def _ask_which(connection: AsyncConnection, owners: Sequence[Any], said: Said, now: datetime) -> None:
    """Keep words that may be about any of several clients, and ask a person which."""
    if not await has_room_for_any(connection, owners[0].creditor_id, said.sender):
        return
    reply = await keep(connection, _Of(owners[0].creditor_id, None), said, now)
    if said.needs_nobody:
        return
    debtors = [owner.id for owner in owners]
    await connection.execute(CANDIDATES, {"reply": reply, "debtors": debtors})
    first = (await connection.execute(OPEN_BY_DEBTOR, {"debtors": debtors})).first()
    if first is None:
        return
    numbers = [owner.customer_number or "?" for owner in owners]
    named = (
        f"{', '.join(numbers[:MOST_NAMED])}{f' and {len(numbers) - MOST_NAMED} more' if numbers[MOST_NAMED:] else ''}"
    )
    task = {
        "creditor": owners[0].creditor_id,
        "debtor": first.debtor_id,
        "case": first.id,
        "reply": reply,
        "why": f"which client is it about? {named}: tell with `replies about`; {_why(said, [])}",
        "now": now,
    }
    await connection.execute(OPEN_TASK, task)
    open_cases = (await connection.execute(OPEN_OF_ALL, {"debtors": debtors})).scalars().all()
    await tell(connection, open_cases, "debtor_replied", now)


async def owners_of(connection: AsyncConnection, channel: str, address: str, now: datetime) -> Sequence[Any]:
    """The debtors who have an address; where nobody has it any more, those who had."""
    rows = (await connection.execute(OWNERS, {"channel": channel, "key": address_key(address), "now": now})).all()
    return [row for row in rows if row.has_it] or rows


async def said_on_page(
    connection: AsyncConnection,
    planning: Planning,
    case: int,
    meaning: Meaning | None,
    words: str,
    now: datetime,
    *,
    address: str | None = None,
    says_all: bool = False,
    said_by: Asker | None = None,
    delivery: UUID | None = None,
    files: tuple[MailedFile, ...] = (),
    part: Decimal | None = None,
    lines: tuple[int, ...] = (),
) -> None:
    """A debtor, or who stands in, said on a page what is the matter. The same again, unread or while it pauses, is the same.

    `address` is where the link was sent, for those whom it does not concern; `delivery` is what brought it; `part` and
    `lines` are what the debtor disagrees with, where it is not all. Raises Refused after too many.
    """
    owner = (await connection.execute(OF_CASE, {"case": case})).one()
    await lock_cases_of(connection, [owner])
    values = {"debtor": owner.id, "case": case, "text": words, "meaning": meaning, "now": now}
    before = (await connection.execute(SAID_BEFORE, values)).one()
    if before.same and not files:
        return
    if before.unread >= MOST_UNREAD:
        raise Refused("so much was said already: somebody reads it first")
    sender = address_key(address) if address else None
    said = Said(
        "page",
        words,
        meaning,
        sender,
        address,
        case,
        says_all=says_all,
        said_by=said_by,
        delivery=delivery,
        files=files,
        part=part,
        lines=lines,
    )
    await heard(connection, planning, owner, said, now)


async def done(
    connection: AsyncConnection, creditor: str | None, reply: int, by: str, result: str | None, now: datetime
) -> bool:
    """A person has read a reply: what it held goes on, unless the person said otherwise. Gives whether it was unread.

    A dispute stays until it is resolved. Raises Unknown.
    """
    found = (await connection.execute(FIND, {"id": reply, "creditor": creditor})).one_or_none()
    if found is None:
        raise Unknown(f"no reply {reply}: `replies list` names them")
    whose = [found.debtor_id] if found.debtor_id is not None else found.candidates
    concerned = (await connection.execute(OPEN_OF_ALL, {"debtors": whose})).scalars().all()
    await lock_cases(connection, concerned)
    values = {"id": reply, "by": by, "result": result, "now": now}
    if (await connection.execute(DONE, values)).scalar_one_or_none() is None:
        return False
    await connection.execute(RELEASE, values)
    await connection.execute(TASK_DONE, values)
    lines = [(case, {"reply": reply, "result": result}) for case in concerned if found.debtor_id is not None]
    await diary.write(connection, "reply_read", by, lines, now)
    await tell(connection, concerned, "task_done", now)
    return True


async def lock_cases_of(connection: AsyncConnection, owners: Sequence[Any]) -> None:
    """Lock all that a reply may touch at once, in the order everybody takes."""
    whose = {"debtors": [owner.id for owner in owners]}
    await lock_cases(connection, (await connection.execute(OPEN_OF_ALL, whose)).scalars().all())


async def hear_each(
    connection: AsyncConnection,
    planning: Planning,
    owners: Sequence[Any],
    said: Said,
    now: datetime,
    *,
    passed_over: AbstractSet[int] = frozenset(),
) -> None:
    """Hear it of each debtor who may have written it, as far as there is room; of an adviser's clients of the one it is about.

    Where that may be several, nothing hard follows for any of them until somebody has told which, or had the time to.
    Whoever says "not me" answers what was written to that address: of those who have it, it is about these alone.
    `passed_over` are debtors of whom the same is known.
    """
    several = False
    not_me = said.meaning is Meaning.NOT_ME and said.reached is not None and said.automatic is None
    if not_me and said.reached is not None and len(owners) > 1:
        owners = await who_says_not_me(connection, owners, said.reached, now)
        said = replace(said, shared=len({owner.name_key for owner in owners}) > 1)
    elif said.tied_by not in ("reference", "number"):
        owners, several = await may_be_about(connection, owners, said.sender or "", now)
    await lock_cases_of(connection, owners)
    if several:
        for creditor in dict.fromkeys(owner.creditor_id for owner in owners):
            theirs = [owner for owner in owners if owner.creditor_id == creditor]
            if passed_over.isdisjoint(owner.id for owner in theirs):
                await _ask_which(connection, theirs, said, now)
        return
    for owner in owners:
        if owner.id in passed_over:
            continue
        open_cases = (await connection.execute(OPEN_OF_ALL, {"debtors": [owner.id]})).scalars().all()
        if await has_room(connection, owner.id, said, open_cases, now):
            by = await speaker(connection, planning, owner.id, now) if owner.stands_in else None
            await heard(connection, planning, owner, replace(said, said_by=by), now)
    if not_me and said.reached is not None and said.proven and begins_with_stop(said.words):
        await debtors.opted_out(connection, said.channel, said.reached, now)


async def keep_strangers(connection: AsyncConnection, said: Said, now: datetime) -> None:
    """Keep what somebody wrote whom nobody knows, as far as there is room for it."""
    if await has_room_for_stranger(connection, said.sender, now):
        await keep(connection, None, said, now)


async def keep(connection: AsyncConnection, owner: Any, said: Said, now: datetime) -> int:
    """Keep what somebody said, whoever that is: its number. What needs nobody is read at once."""
    values = {
        "creditor": owner.creditor_id if owner else None,
        "debtor": owner.id if owner else None,
        "case": said.case,
        "channel": said.channel,
        "sender": said.sender,
        "text": said.words,
        "meaning": said.meaning,
        "delivery": said.delivery,
        "tied_by": said.tied_by,
        "automatic": said.automatic,
        "subject": said.subject,
        "quoted": said.quoted,
        "html": said.html,
        "topic": None if said.automatic else said.topic or topic_of(said.words, said.meaning),
        "taken_by": said.taken_by,
        "said_by": said.said_by,
        "reader": (said.taken_by or "purr") if said.needs_nobody or said.says_all else None,
        "now": now,
    }
    kept: int = (await connection.execute(KEEP, values)).scalar_one()
    if owner is not None:  # nothing of a stranger's is kept but words
        await reply_files.keep(connection, kept, said.files, now)
    return kept


async def heard(connection: AsyncConnection, planning: Planning, owner: Any, said: Said, now: datetime) -> int:
    """Keep what one debtor said, open its task, hold or dispute what it is about, and tell who listens: its number.

    Where the money that is said to be paid is found, nobody need read it.
    """
    if said.needs_nobody:
        return await keep(connection, owner, said, now)
    about = replace(said, case=None) if said.meaning in OF_THE_PERSON else said
    side, reasons = list(SPEAKERS), _reasons(said.meaning)
    values = {"debtor": owner.id, "case": about.case, "side": side, "reasons": reasons, "now": now}
    open_cases = (await connection.execute(OPEN_CASES, values)).all()
    left = open_cases
    if said.meaning is Meaning.PAID and said.automatic is None:
        left = await _still_owed(connection, owner, open_cases, said, now)
    until = await _ends(connection, planning, left, said, now)
    settled = await _settled(connection, planning, owner.id, said, [case.id for case in open_cases], now)
    told_all = said.taken_by is not None or (said.meaning is not None and says_only(said.words, said.meaning))
    says_all = said.says_all or (settled and told_all)
    said = replace(said, says_all=says_all and None not in until.values())
    reply = await keep(connection, owner, said, now)
    if open_cases and not said.says_all:
        task = {
            "creditor": owner.creditor_id,
            "debtor": owner.id,
            "case": open_cases[0].id,
            "reply": reply,
            "why": _why(said, [case.number for case in open_cases]),
            "now": now,
        }
        await connection.execute(OPEN_TASK, task)
    holds = said.meaning not in (None, Meaning.WRONG_ADDRESS) and said.automatic is None and not settled
    if holds:  # where letters go is no reason to wait with anything else
        await _pause(connection, planning, left, said, until, reply, now)
    if said.meaning is Meaning.IN_DANGER and said.automatic is None:  # at once, whoever says so: a person looks into it
        await service_blocks.free(connection, [case.id for case in open_cases], now)
    data = {
        "reply": reply,
        "customer_number": owner.customer_number,
        "channel": said.channel,
        "invoices": [case.number for case in open_cases],
    }
    if said.meaning is Meaning.IN_DANGER and said.automatic is None:
        await emit(connection, owner.creditor_id, "debtor.in_danger", data, now)
    await emit(connection, owner.creditor_id, "debtor.replied", {**data, "meaning": said.meaning}, now)
    await tell(connection, [case.id for case in open_cases], "debtor_replied", now)
    if open_cases and not left and not said.says_all:
        await done(connection, owner.creditor_id, reply, "purr", FOUND, now)
    return reply


async def _settled(
    connection: AsyncConnection, planning: Planning, debtor: int, said: Said, cases: Sequence[int], now: datetime
) -> bool:
    """What is said of whom an address reaches is done. Gives whether that is all there is to do, and nothing is held."""
    believed = said.proven and not said.shared and said.automatic is None
    if said.meaning is Meaning.NOT_ME:
        asked = bool(cases)
        written = said.channel != "page"  # which has a button of its own for it
        if believed and asked and written and await objects(connection, debtor, cases[0], now, said.by):
            return False
        return (
            believed and bool(said.reached) and await says_not_me(connection, planning, debtor, said, now, asked=asked)
        )
    if believed and said.reached and said.meaning in FROM_THE_DEBTOR:
        await answers_at(connection, planning, debtor, said.reached, said.by, now)
    moved = said.meaning is Meaning.WRONG_ADDRESS and believed
    return moved and await has_moved(connection, debtor, cases, now)


async def _still_owed(
    connection: AsyncConnection, owner: Any, open_cases: Sequence[Any], said: Said, now: datetime
) -> list[Any]:
    """The cases that are still owed after the money which is said to be paid was looked for among what waits."""
    believed = said.proven and not said.shared
    return [
        case
        for case in open_cases
        if not await waiting_money.said_to_be_paid(connection, owner.creditor_id, case.id, now, believed=believed)
    ]


async def _ends(
    connection: AsyncConnection, planning: Planning, open_cases: Sequence[Any], said: Said, now: datetime
) -> dict[int, datetime | None]:
    """When the pause ends that words give each case, where it ends by itself: None where they give no more pauses, or
    a case pauses for them already."""
    ends: dict[int, datetime | None] = {}
    if said.automatic is not None or _reasons(said.meaning) == []:
        return ends
    for case in open_cases:
        plan = await planning.plan(connection, case.id, now)
        calendar, rules, (given, stands) = plan.law.calendar, plan.policy.pauses, case.pauses
        today = calendar.local_date(now)
        if said.meaning is Meaning.PAID:
            most, day = MOST_PAID_PAUSES, calendar.add_banking_days(today, PAID_PAUSE_BANKING_DAYS)
        else:
            assert said.meaning is not None
            most, day = rules.most, goes_on(rules, said.meaning, today, calendar)
        ends[case.id] = None if stands or given >= most else calendar.at(day, GOES_ON_AT)
    return ends


async def _pause(
    connection: AsyncConnection,
    planning: Planning,
    open_cases: Sequence[Any],
    said: Said,
    until: Mapping[int, datetime | None],
    reply: int,
    now: datetime,
) -> None:
    """An objection to the only invoice it can be about is a dispute; what ends by itself pauses until then; all else holds
    until somebody has read it."""
    disputes = said.meaning is Meaning.DISAGREES and len(open_cases) == 1 and said.proven and not said.shared
    for case in open_cases:
        if (disputes and case.disputed) or (case.id in until and until[case.id] is None):
            continue
        why, note = _says(said.meaning), said.words or None
        command = (
            _DisputeOfLines(by=said.by, reason_code=why, note=note, amount=said.part, lines=said.lines)
            if disputes
            else HoldUntilRead(by=said.by, reason_code=why, note=note, until=until.get(case.id), reply=reply)
        )
        await record(connection, planning, case.id, command, f"reply#{reply}/{case.id}", now)


def _reasons(meaning: Meaning | None) -> list[str]:
    """The reasons of the holds that count against another one of this meaning; none for what does not end by itself."""
    alike = (Meaning.PAID,) if meaning is Meaning.PAID else tuple(USUAL_DAYS) if meaning in USUAL_DAYS else ()
    return [_says(each) for each in alike]


def _says(meaning: Meaning | None) -> str:
    """The reason of a hold that somebody's words gave, as it is stored."""
    return f"says {meaning}"


def _why(said: Said, invoices: Sequence[str]) -> str:
    about = f" about {', '.join(invoices[:5])}{' …' if len(invoices) > 5 else ''}" if invoices else ""
    who = f", from the {said.said_by}" if said.said_by else ""
    meant = f", seems to say: {said.meaning}" if said.meaning else ""
    whose = "; somebody else has this address too: it may be theirs" if said.shared else ""
    unsure = "" if said.proven else "; it may be from anybody, so answer nothing before you know who it was"
    elsewhere = said.delivery is not None and said.sender is not None and said.sender != address_key(said.reached or "")
    new = f"; it came from {said.sender}, where we do not write: `debtor change` uses that address" if elsewhere else ""
    machine = f"; no person wrote it ({said.automatic})" if said.automatic else ""
    headed = f"{said.subject}: " if said.subject else ""
    taken = f", taken by {said.taken_by}" if said.taken_by else ""
    lines = f"; of its lines {', '.join(map(str, said.lines))}" if said.lines else ""
    files = f"; with {len(said.files)} file{'s' if len(said.files) > 1 else ''}" if said.files else ""
    return f"a reply by {said.channel}{about}{who}{meant}{whose}{unsure}{new}{machine}{taken}{lines}{files}: {headed}{said.words}"
