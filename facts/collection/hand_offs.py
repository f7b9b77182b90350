"""Hand-offs to the collection partner: queued, exported, listed, and the news that follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.accounts import account_shown
from domain.money.allocation import PARTS
from domain.money.amount import ZERO
from domain.parties.standing import Thing, standing_of
from facts import diary
from facts.addresses import THEIRS
from facts.clock import is_live
from facts.money.bank_accounts import OWN
from facts.outbox import tell
from facts.parties import life_events
from facts.refusals import Unknown
from facts.webhooks.outgoing import Event, emit_many

TO_EXPORT = text(f"""
select cr.id, cr.name, cr.organisation_number, cr.collection_partner, cr.country, cr.id_key from creditor cr
where (exists (select from hand_off h where h.creditor_id = cr.id and h.state = 'queued')
   or exists (select from hand_off h join hand_off_message m on m.hand_off_id = h.id
              where h.creditor_id = cr.id and m.exported_at is null))
  and cr.collection_partner_url is null and :test <> ({is_live("cr.id")})
order by cr.id
""")
IN_FILE = text("""
select exists (select from hand_off where file = :file) or exists (select from hand_off_message where file = :file)
""")
# As every act does: debtors first, then cases, each in the order of their ids.
LOCK_DEBTORS = text("""
select id from debtor where id in (select c.debtor_id from hand_off h join dunning_case c on c.id = h.case_id
  where h.creditor_id = :creditor and h.state = 'queued') order by id for update
""")
LOCK_CASES = text("""
select id from dunning_case where id in (select case_id from hand_off where creditor_id = :creditor and state = 'queued')
order by id for update
""")
QUEUED = text("select id, case_id from hand_off where creditor_id = :creditor and state = 'queued' order by id")
EXPORTED = text("""
with exported as (
  update hand_off set state = 'exported', file = :file, exported_at = :now where id = any(:ids) and state = 'queued'
  returning id, creditor_id, case_id)
select e.id, e.creditor_id, i.number from exported e join dunning_case c on c.id = e.case_id
join invoice i on i.id = c.invoice_id order by e.id
""")
BACKED_OUT = text("update hand_off set state = 'backed out', reason = :reason where id = :id and state = 'queued'")
MESSAGES = text("""
select m.id, m.hand_off_id as hand_off, i.number as invoice, m.kind, m.amount, i.currency, m.ordered_on, m.reason,
  m.question, m.answer, m.happened_at
from hand_off_message m join hand_off h on h.id = m.hand_off_id join dunning_case c on c.id = h.case_id
join invoice i on i.id = c.invoice_id
where h.creditor_id = :creditor and m.exported_at is null order by m.id for update of m
""")
MESSAGES_EXPORTED = text("""
update hand_off_message set file = :file, exported_at = :now where id = any(:ids) and exported_at is null
""")
ACKNOWLEDGE = text("""
with found as (
    select m.id, m.exported_at is not null and m.acknowledged_at is null as waits
    from hand_off_message m join hand_off h on h.id = m.hand_off_id
    where m.id = :id and (cast(:creditor as text) is null or h.creditor_id = :creditor) for update of m),
told as (update hand_off_message m set acknowledged_at = :now from found f where m.id = f.id and f.waits)
select waits from found
""")
LIST_MESSAGES = text(f"""
select m.id, m.hand_off_id, h.creditor_id, i.number, m.kind, m.amount, i.currency, m.ordered_on, coalesce(m.reason, m.answer),
  m.happened_at, m.file, m.exported_at, m.acknowledged_at
from hand_off_message m join hand_off h on h.id = m.hand_off_id join dunning_case c on c.id = h.case_id
join invoice i on i.id = c.invoice_id
where h.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("h.creditor_id")}
order by m.id
""")
LIST = text(f"""
select h.id, h.creditor_id, i.number, h.state, h.file, coalesce(h.reason, h.reason_code), h.happened_at, h.exported_at,
  h.answered_at
from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id
where (h.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("h.creditor_id")})
  and (cast(:state as text) is null or h.state = :state)
order by h.id
""")

REJECTION = text("""
select reason_code, reason from (select * from hand_off where case_id = :case order by id desc limit 1) h where state = 'rejected'
""")
CURRENCY = text("""
select i.currency from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id where h.id = :id
""")
CASE = text(f"""
select h.happened_at as queued_at, c.id as case, i.id as invoice, d.id as debtor,
  i.number, i.issue_date, i.due_date, i.original_due_date, i.currency, i.amount, i.reference, i.account,
  {OWN.format(creditor="i.creditor_id")} as own,
  d.kind, d.name, d.customer_number, d.organisation_number, d.birth_date, d.language, d.country, d.address,
  c.principal, c.fee, c.interest
from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id
join debtor d on d.id = c.debtor_id
where h.id = :hand_off
""")
OF_INVOICE = ("number", "issue_date", "due_date", "original_due_date", "currency", "amount", "reference", "account")
OF_DEBTOR = (
    *("kind", "name", "customer_number", "organisation_number", "birth_date", "language", "country", "representative"),
    *("protected_address", "address"),
)
CONTACTS = text(f"""
select channel, address, state, of_representative, last_confirmed_at from contact_point
where debtor_id = :debtor and state in {THEIRS}
  and not (:protected_address and channel = 'letter') order by id
""")
LINES = text("select text, quantity, amount from invoice_line where invoice_id = :invoice order by position")
# Numbered within the invoice: numbers of the whole ledger would count what all creditors book.
LEDGER = text("""
with entry as (select l.*, row_number() over (order by l.id) as nth from ledger_entry l where l.invoice_id = :invoice)
select e.nth as id, e.kind, e.part, e.amount, e.currency, e.booked_on, e.source, e.source_id, b.nth as reverses
from entry e left join entry b on b.id = e.reverses order by e.nth
""")
DELIVERIES = text("""
select d.id, dc.round, dc.step, d.channel, d.message, d.tone, d.language, d.alert, d.state, d.fee, d.currency, d.deadline,
  d.claimed_at, d.accepted_at, d.delivered_at, d.read_at, d.read_by, d.failed_at, d.failure, d.posted_on, d.document,
  case when not :protected_address then d.pdf end as pdf,
  (select coalesce(jsonb_agg(jsonb_build_object('provider', e.provider, 'kind', e.kind, 'happened_at', e.happened_at)
     order by e.happened_at, e.id), '[]') from provider_event e where e.delivery_id = d.id) as events
from delivery_case dc join delivery d on d.id = dc.delivery_id
where dc.case_id = :case and d.state not in ('withdrawn', 'shadow') order by d.claimed_at, dc.step, d.channel, d.id
""")
EVENTS = text("""
select kind, by, detail, happened_at from case_event where case_id = :case order by happened_at, id
""")


@dataclass(frozen=True, slots=True)
class Exporting:
    """A creditor with something for its collection partner, and what its ids are sealed with."""

    creditor: str
    name: str
    organisation_number: str | None
    partner: str | None
    country: str
    id_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Queued:
    """A hand-off that waits for the day's file."""

    id: int
    case: int


@dataclass(frozen=True, slots=True)
class HandOffRow:
    """A hand-off as lists show it. Moments are UTC."""

    id: int
    creditor: str
    invoice: str
    state: str
    file: str | None
    reason: str | None
    queued_at: datetime
    exported_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """News for the partner after the hand-off: direct_payment, change, recall, or the answer to what it asked, in `reason`.

    `amount` is in `currency`; moments UTC.
    """

    id: int
    hand_off: int
    creditor: str
    invoice: str
    kind: str
    amount: Decimal | None
    currency: str
    ordered_on: date | None
    reason: str | None
    happened_at: datetime
    file: str | None
    exported_at: datetime | None
    acknowledged_at: datetime | None


# --- lists ----------------------------------------------------------------------------------------------------


async def acknowledge(connection: AsyncConnection, creditor: str | None, message: int, now: datetime) -> bool:
    """The partner has read a message from a hand-off file; gives whether it was waiting for that. Raises Unknown."""
    values = {"id": message, "creditor": creditor, "now": now}
    waited: bool | None = (await connection.execute(ACKNOWLEDGE, values)).scalar_one_or_none()
    if waited is None:
        raise Unknown(f"no message {message}: give the number from the hand-off file")
    return waited


async def rejection(connection: AsyncConnection, case: int) -> str | None:
    """Why the partner did not take a case the last time; None where it was not asked, or has not said so."""
    row = (await connection.execute(REJECTION, {"case": case})).one_or_none()
    return ": ".join(filter(None, row)) if row else None


async def currency_of(connection: AsyncConnection, hand_off: int) -> str:
    """The currency of a handed-off claim. Raises Unknown."""
    found: str | None = (await connection.execute(CURRENCY, {"id": hand_off})).scalar_one_or_none()
    if found is None:
        raise Unknown(f"no hand-off {hand_off}: `hand-offs list` names them")
    return found


async def list_messages(connection: AsyncConnection, creditor: str | None) -> list[MessageRow]:
    """The messages for the partner, oldest first; of all live creditors when None."""
    return [MessageRow(*row) for row in (await connection.execute(LIST_MESSAGES, {"creditor": creditor})).all()]


async def list_hand_offs(connection: AsyncConnection, creditor: str | None, state: str | None) -> list[HandOffRow]:
    """Hand-offs, oldest first; of all live creditors or in all states when None."""
    rows = (await connection.execute(LIST, {"creditor": creditor, "state": state})).all()
    return [HandOffRow(*row) for row in rows]


# --- export ----------------------------------------------------------------------------------------------------


async def to_export(connection: AsyncConnection, *, test: bool = False) -> list[Exporting]:
    """The creditors that have hand-offs queued or messages not yet exported: the live ones, or those in test mode."""
    return [Exporting(*row) for row in (await connection.execute(TO_EXPORT, {"test": test})).all()]


async def is_known_file(connection: AsyncConnection, file: str) -> bool:
    """Whether a hand-off file of this name was committed."""
    return bool((await connection.execute(IN_FILE, {"file": file})).scalar_one())


async def lock_queued(connection: AsyncConnection, creditor: str) -> list[Queued]:
    """A creditor's queued hand-offs, their debtors and cases locked until the transaction ends."""
    values = {"creditor": creditor}
    await connection.execute(LOCK_DEBTORS, values)
    await connection.execute(LOCK_CASES, values)
    return [Queued(*row) for row in (await connection.execute(QUEUED, values)).all()]


async def export(connection: AsyncConnection, hand_offs: Sequence[int], file: str | None, now: datetime) -> None:
    """These hand-offs leave in a file; in test mode without one."""
    left = (await connection.execute(EXPORTED, {"ids": list(hand_offs), "file": file, "now": now})).all()
    events = [Event(row.creditor_id, "case.handed_off", {"invoice": row.number, "hand_off": row.id}) for row in left]
    await emit_many(connection, events, now)


async def back_out(connection: AsyncConnection, queued: Queued, reason: str, now: datetime) -> None:
    """The last check found a reason against a queued hand-off: the case goes on as if it had not been queued."""
    values = {"id": queued.id, "reason": reason, "now": now}
    await connection.execute(BACKED_OUT, values)
    lines = [(queued.case, {"hand_off": queued.id, "reason": reason})]
    await diary.write(connection, "hand_off_backed_out", "purr", lines, now)
    await tell(connection, [queued.case], "hand_off_backed_out", now)


async def take_messages(
    connection: AsyncConnection, creditor: str, file: str | None, now: datetime
) -> list[dict[str, Any]]:
    """A creditor's messages for the partner that leave in this file, by the names of the hand-off file."""
    waiting = await _rows(connection, MESSAGES, {"creditor": creditor})
    await connection.execute(MESSAGES_EXPORTED, {"ids": [m["id"] for m in waiting], "file": file, "now": now})
    return waiting


async def history(connection: AsyncConnection, hand_off: int, now: datetime) -> dict[str, Any]:
    """Everything the partner needs of a handed-off case, by the names of the hand-off file.

    Of a protected address nothing is told: no postal address, no letter that shows it.
    """
    (case,) = await _rows(connection, CASE, {"hand_off": hand_off})
    standing = standing_of(await life_events.told(connection, case["debtor"]), moment_in(case["country"], now).day)
    case["representative"] = standing.stands_in.value if standing.stands_in else None
    case["protected_address"] = standing.never(Thing.ADDRESS)
    if case["protected_address"]:
        case["address"] = None
    owed = {part: case[part] or ZERO for part in PARTS}  # nothing is written 0
    deliveries = await _rows(connection, DELIVERIES, case)
    notices = [d for d in deliveries if d["message"] == "collection-notice" and d["state"] == "accepted"]
    notice = notices[-1] if notices else None
    return {
        "hand_off": hand_off,
        "queued_at": case["queued_at"],
        "debtor": {name: case[name] for name in OF_DEBTOR}
        | {"contact_points": await _rows(connection, CONTACTS, case)},
        "invoice": {name: case[name] for name in OF_INVOICE}
        | {
            "account": account_shown(case["account"], case["own"], case["currency"]),
            "lines": await _rows(connection, LINES, case),
        },
        "owed": owed | {"currency": case["currency"]},
        "ledger": await _rows(connection, LEDGER, case),
        "notice": notice
        and {
            "delivery": notice["id"],
            "sent_on": notice["posted_on"] or moment_in(case["country"], notice["accepted_at"]).day,
            "deadline": notice["deadline"],
        },
        "deliveries": deliveries,
        "events": await _rows(connection, EVENTS, case),
    }


async def _rows(connection: AsyncConnection, query: TextClause, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(query, values)).mappings()]
