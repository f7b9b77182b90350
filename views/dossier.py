"""A case's dossier: an archive with what a recipient may see of it, in the order of time, and a page that leads to each file."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.distribution_house import left
from domain.dossier import OF_A_LIFE, SHOWN, Part, Recipient, extension_of, file_name, why_left_out, without_links
from domain.moment import Moment, moment_in
from domain.money.amount import ZERO
from domain.parties.replies import Meaning
from domain.parties.standing import Thing, standing_of
from facts.collection.hand_offs import LEDGER
from facts.parties import life_events
from views.dossier_page import Line, Page, written
from views.why import sent_words

ABOUT_THE_CLAIM = (Meaning.DISAGREES, Meaning.PAID, Meaning.NOT_RECEIVED, Meaning.RETURNED_GOODS)
CASE = text("""
select c.id, c.invoice_id as invoice, c.debtor_id as debtor, i.number, i.issue_date, i.due_date, i.original_due_date, i.currency,
  i.amount, i.reference, c.state, c.outcome, d.name, d.kind, d.customer_number, d.organisation_number, d.address, d.country,
  cr.id as creditor, cr.name as creditor_name, cr.organisation_number as creditor_organisation, cr.collection_partner,
  (select p.content from invoice_pdf p where p.creditor_id = i.creditor_id and p.sha256 = i.pdf_sha256 and p.content <> '')
    as pdf
from dunning_case c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
join creditor cr on cr.id = i.creditor_id where c.id = :case
""")
OTHERS = text("""
select array_remove(array_agg(number) || array_agg(reference), null) as named
from invoice where debtor_id = :debtor and id <> :invoice
""")
DELIVERIES = text("""
select d.id, d.channel, d.message, d.alert, d.state, d.fee, d.currency, d.deadline, d.accepted_at, d.delivered_at, d.read_at,
  d.read_by, d.failed_at, d.posted_on, d.way, d.addressee, d.document, d.pdf, dc.step, dc.asked_principal, dc.asked_costs,
  coalesce(d.accepted_at, d.claimed_at) as at,
  (select true from delivery_case o where o.delivery_id = d.id and o.case_id <> dc.case_id limit 1) is not null as joint
from delivery_case dc join delivery d on d.id = dc.delivery_id
where dc.case_id = :case and d.state not in ('withdrawn', 'shadow', 'unavailable')
order by coalesce(d.accepted_at, d.claimed_at), d.serial, dc.step
""")
PROOFS = text("""
select provider, kind, happened_at from provider_event where delivery_id = :delivery order by happened_at, id
""")
# A reason stands only where it is about the claim: a hold's may be about the debtor's life.
DECISIONS = text("""
select at, what, by, reason from (
  select e.happened_at as at, e.kind as what, e.by, case when e.kind = any(:reasoned) then e.detail ->> 'reason_code' end
      as reason, 0 as sort, e.id
  from case_event e where e.case_id = :case and e.kind = any(:kinds)
  union all
  select x.happened_at, case when x.amount is null then 'disputed' else 'disputed in part' end, x.by, x.reason_code, 1, x.id
  from dispute x where x.case_id = :case
  union all
  select x.resolved_at, case when x.upheld then 'dispute upheld' else 'dispute rejected' end, x.resolved_by, null, 2, x.id
  from dispute x where x.case_id = :case and x.resolved_at is not null
  union all
  select h.exported_at, 'handed off', 'purr', null, 3, h.id from hand_off h where h.case_id = :case and h.exported_at is not null
  union all
  select h.answered_at, 'hand-off ' || case when h.state = 'closed' then 'accepted' else h.state end,
    case h.state when 'recalled' then 'purr' else 'collection partner' end,
    case h.state when 'rejected' then h.reason_code when 'recalled' then h.reason end, 4, h.id
  from hand_off h where h.case_id = :case and h.answered_at is not null
  union all
  select h.closed_at, 'hand-off closed', 'collection partner', h.reason_code, 5, h.id
  from hand_off h where h.case_id = :case and h.closed_at is not null) d
order by at, sort, id
""")
WITH_A_REASON = ("approve_hand_off", "reject_hand_off", "withdraw", "unwithdraw", "ask_write_off", "write_off")
OF_THE_CASE = ("hold", "release", "skip", "promise", "due_date_moved", "reopened")
OF_A_PLAN = ("plan_agreed", "instalment_moved", "plan_kept", "plan_broken", "plan_ended")
REPLIES = text("""
select r.id, r.happened_at as at, r.channel, r.subject, r.text from reply r
where r.case_id = :case and r.said_by is null and r.automatic is null and r.meaning = any(:meanings)
order by r.happened_at, r.id
""")
FILES = text("select name, media_type, content, stored from reply_file where reply_id = :reply order by position")
ENDING = re.compile(r"\.\w{1,5}$")  # of a file's name, which may say anything: its content says what it is
ITSELF = ("purr", "debtor", "collection partner", "bank")


@dataclass(frozen=True, slots=True)
class Booking:
    """A line of the ledger."""

    id: int
    booked_on: date
    kind: str
    part: str
    amount: Decimal
    currency: str
    reverses: int | None


class Archive(Protocol):
    """What takes a dossier's files."""

    def add(self, name: str, content: bytes) -> str:
        """Put a file in; gives its SHA-256."""


class Attachments(Protocol):
    """What has the files that debtors send on the page."""

    def whole(self, content: bytes | None, stored: str | None) -> bytes | None:
        """A file's content among the facts, or under its name; None where it is gone."""


class _Dossier:
    """A dossier on its way into an archive: files, and the lines of its page."""

    def __init__(self, archive: Archive, shown: frozenset[Part], there: Moment) -> None:
        self._archive, self._shown, self._there = archive, shown, there
        self.lines: list[Line] = []
        self._sums: dict[str, str] = {}

    def shows(self, part: Part) -> bool:
        """Whether the recipient may see it."""
        return part in self._shown

    def tell(self, at: datetime | None, what: str, more: str = "", files: Sequence[str] = ()) -> None:
        """A line of the page, with files that are in the ZIP."""
        when = f"{replace(self._there, at=at).local:%Y-%m-%d %H:%M}" if at else ""
        self.lines.append(Line(at, when, what, more, tuple((name, self._sums[name]) for name in files)))

    def tell_booking(self, booking: Booking) -> None:
        """A line of the page about money: of its day, before what happened on it."""
        began = self._there.end_of(booking.booked_on - timedelta(days=1))
        amount = f"{booking.amount:+,.2f} {booking.currency}"
        self.lines.append(
            Line(began, str(booking.booked_on), f"Booked: {booking.kind}", f"{booking.part} {amount}", ())
        )

    def add(self, name: str, content: bytes) -> str:
        """Put a file in; gives its name."""
        self._sums[name] = self._archive.add(name, content)
        return name


async def write_dossier(
    connection: AsyncConnection,
    case: int,
    recipient: Recipient,
    archive: Archive,
    now: datetime,
    attachments: Attachments,
) -> None:
    """Put all of it into an archive. The same facts give the same files, whoever asks and however often.

    `attachments` has the files that do not lie among the facts.
    """
    found = dict((await connection.execute(CASE, {"case": case})).mappings().one())
    there = moment_in(found["country"], now)
    standing = standing_of(await life_events.told(connection, found["debtor"]), there.day)
    protected = standing.never(Thing.ADDRESS)
    dossier = _Dossier(archive, SHOWN[recipient], there)
    left_out: list[str] = []
    if found["pdf"] and not protected:
        dossier.tell(None, "The invoice as it was made out", files=[dossier.add("invoice.pdf", found["pdf"])])
    elif found["pdf"]:
        left_out.append("The invoice's own PDF shows an address that is protected.")
    bookings = [
        Booking(row.id, row.booked_on, row.kind, row.part, row.amount, row.currency, row.reverses)
        for row in await connection.execute(LEDGER, {"invoice": found["invoice"]})
    ]
    for booking in bookings:
        dossier.tell_booking(booking)
    sums = {
        part: sum((each.amount for each in bookings if each.part == part), ZERO)
        for part in ("principal", "interest", "fee")
    }
    dossier.tell(
        None, "Every booking, and what they come to", files=[dossier.add("ledger.csv", _ledger(bookings, sums))]
    )
    await _messages(connection, dossier, found, protected)
    await _decisions(connection, dossier, case)
    if dossier.shows(Part.REPLIES):
        await _replies(connection, dossier, case, attachments)
    page = Page(
        recipient=recipient,
        case=found,
        address=tuple(found["address"]) if dossier.shows(Part.ADDRESS) and not protected else (),
        sums=sums,
        lines=sorted(dossier.lines, key=lambda line: (line.at is not None, line.at)),
        left_out=left_out,
    )
    archive.add("index.html", written(page).encode())


async def _messages(connection: AsyncConnection, dossier: _Dossier, case: Mapping[str, Any], protected: bool) -> None:
    others = (
        await connection.execute(OTHERS, {"debtor": case["debtor"], "invoice": case["invoice"]})
    ).scalar_one() or []
    proofs = list[tuple[str, ...]]()
    rows = (await connection.execute(DELIVERIES, {"case": case["id"]})).all()
    for nth, sent in enumerate(rows, start=1):
        channel = "SMS" if sent.channel == "sms" else sent.channel.replace("_", " ").capitalize()
        what = f"{nth}. {channel}: {sent.message.replace('-', ' ')}"
        files, more = list[str](), [*_how_it_fared(sent, case["country"])]
        if dossier.shows(Part.WORDS):
            told = _as_sent(sent, protected, others)
            if isinstance(told, str):
                more.append(f"its words are left out: {told}")
            else:
                extension = "pdf" if sent.pdf else "txt"
                day = str(moment_in(case["country"], sent.at).day)
                name = file_name(nth, day, sent.channel, sent.message, extension=extension)
                files.append(dossier.add(f"messages/{name}", told))
        dossier.tell(sent.at, f"{what} (a copy, which proves nothing)" if sent.alert else what, "; ".join(more), files)
        if dossier.shows(Part.PROOFS):
            events = await connection.execute(PROOFS, {"delivery": sent.id})
            proofs += [(str(nth), each.provider, each.kind, each.happened_at.isoformat()) for each in events]
    if dossier.shows(Part.PROOFS):
        name = dossier.add("proofs.csv", _csv([("message", "provider", "event", "at"), *proofs]))
        dossier.tell(None, "What providers told of each message, by its number below", files=[name])


def _as_sent(sent: Any, protected: bool, others: Sequence[str]) -> bytes | str:
    """A letter, or the words of another message; why they are left out, where they are."""
    words = {} if protected and sent.pdf else sent_words(sent.document, sent.pdf)
    why = why_left_out(
        joint=sent.joint,
        message=sent.message,
        addressee=sent.addressee,
        on_paper=sent.channel == "letter",
        protected=protected,
        words="\n".join(words.values()),
        others=others,
    )
    return why or sent.pdf or without_links("\n\n".join(words.values())).encode()


def _how_it_fared(sent: Any, country: str) -> Iterator[str]:
    """What the facts prove of a message, in words."""
    for at, words in (
        (sent.delivered_at, "delivered"),
        (sent.read_at, f"read ({sent.read_by})" if sent.read_by else "read"),
        (sent.failed_at, "did not arrive"),
    ):
        if at is not None:
            yield f"{words} {moment_in(country, at).local:%Y-%m-%d %H:%M}"
    if sent.posted_on:
        yield f"{left(sent.way)} {sent.posted_on}"
    if sent.asked_principal is not None:
        yield f"asked for {sent.asked_principal} and costs of {sent.asked_costs or ZERO} {sent.currency}"
    if sent.deadline:
        yield f"to be paid by {sent.deadline}"
    if sent.state == "claimed":
        yield "nobody knows whether it left"


async def _decisions(connection: AsyncConnection, dossier: _Dossier, case: int) -> None:
    kinds = [*WITH_A_REASON, *OF_THE_CASE, *OF_A_PLAN]
    rows = (await connection.execute(DECISIONS, {"case": case, "reasoned": list(WITH_A_REASON), "kinds": kinds})).all()
    for each in rows:
        what, by = (
            each.what.replace("_", " ").capitalize(),
            each.by if each.by in ITSELF else "a person of the creditor's",
        )
        why = each.reason if each.reason not in OF_A_LIFE else None
        reason = why if dossier.shows(Part.REASONS) or each.what.startswith(("hand-off", "write")) else None
        dossier.tell(each.at, what, "; ".join(filter(None, [f"by {by}", reason and f"reason: {reason}"])))


async def _replies(connection: AsyncConnection, dossier: _Dossier, case: int, attachments: Attachments) -> None:
    """The debtor's own words about the claim, and the files that came with them; other words may be about a life."""
    values = {"case": case, "meanings": [meaning.value for meaning in ABOUT_THE_CLAIM]}
    for nth, reply in enumerate((await connection.execute(REPLIES, values)).all(), start=1):
        words = "\n\n".join(filter(None, [reply.subject, reply.text]))
        files, skipped = [dossier.add(f"replies/{file_name(nth, 'words', extension='txt')}", words.encode())], 0
        attached = (await connection.execute(FILES, {"reply": reply.id})).all()
        for place, file in enumerate(attached, start=1):
            extension = extension_of(file.media_type)
            content = attachments.whole(file.content, file.stored)
            if extension is None or not content:
                skipped += 1
                continue
            name = ENDING.sub("", file.name)
            files.append(dossier.add(f"replies/{nth:03}/{file_name(place, name, extension=extension)}", content))
        more = f"{skipped} files are left out: neither a PDF nor a picture" if skipped else ""
        dossier.tell(reply.at, f"The debtor wrote, by {reply.channel.replace('_', ' ')}", more, files)


def _ledger(bookings: Sequence[Booking], sums: Mapping[str, Decimal]) -> bytes:
    """The bookings, and what they come to in the last lines."""
    lines = [tuple("" if value is None else str(value) for value in _values(each)) for each in bookings]
    currency = bookings[0].currency if bookings else ""
    ends = [*sums.items(), ("owed", sum(sums.values(), ZERO))]
    totals = [("", "", "sum", part, str(amount), currency, "") for part, amount in ends]
    return _csv([("id", "booked_on", "kind", "part", "amount", "currency", "reverses"), *lines, *totals])


def _values(booking: Booking) -> tuple[Any, ...]:
    return (
        booking.id,
        booking.booked_on,
        booking.kind,
        booking.part,
        booking.amount,
        booking.currency,
        booking.reverses,
    )


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    written_ = StringIO()
    csv.writer(written_, lineterminator="\r\n").writerows(lines)
    return written_.getvalue().encode()
