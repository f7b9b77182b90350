"""Invoices and credit notes come in: debtor, invoice, lines, ledger, case and the news that starts it, together."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoice import IncomingCreditNote, IncomingDebtor, IncomingInvoice
from domain.matching import Candidate, name_key
from domain.moment import moment_in
from domain.money import ZERO
from facts import waiting_money
from facts.database import to_json
from facts.news import tell
from facts.outgoing import emit
from facts.refusals import Conflict, Refused, UnknownCreditor

CREDITOR = text("""
select id, policies, exists (select from webhook_endpoint w where w.creditor_id = c.id and w.disabled_at is null)
  as listens from creditor c where id = :name or organisation_number = :name
""")
# The debtor and the ways to reach them. An address given anew is good again; another one takes its place.
DEBTOR = text("""
with person as (
  insert into debtor (creditor_id, key, customer_number, kind, name, name_key, organisation_number, birth_date, language,
      country, address, protected_address, happened_at)
  values (:creditor, :key, :customer_number, :kind, :name, :name_key, :organisation_number, :birth_date, :language,
      :country, cast(:address as jsonb), false, :now)
  on conflict (creditor_id, key) do update set name = excluded.name, name_key = excluded.name_key, language = excluded.language,
      address = excluded.address, happened_at = excluded.happened_at
  returning id),
given as materialized (
  select person.id as debtor_id, g.channel, g.address
  from person, unnest(cast(:channels as text[]), cast(:addresses as text[])) as g(channel, address)),
kept as (
  insert into contact_point (debtor_id, channel, address, state, of_representative, last_confirmed_at, happened_at)
  select debtor_id, channel, address, 'valid', false, :now, :now from given
  on conflict (debtor_id, channel, address, of_representative) do update set last_confirmed_at = excluded.last_confirmed_at,
      state = case when contact_point.state = 'replaced' then 'valid' else contact_point.state end),
replaced as (
  update contact_point c set state = 'replaced', happened_at = :now from given
  where c.debtor_id = given.debtor_id and c.channel = given.channel and not c.of_representative
    and c.address <> given.address and c.state = 'valid')
select id from person
""")
# The invoice, what it adds to the ledger, its case with the policy's text, and the news that starts it: together, or
# nothing when the invoice is known.
INVOICE = text("""
with kept as (
  insert into policy_text (hash, name, text, happened_at) values (:policy_hash, :policy, :policy_text, :now)
  on conflict do nothing),
stored as (
  insert into invoice (creditor_id, debtor_id, number, issue_date, due_date, original_due_date, currency, amount,
      reference, account, segment, claim_due, happened_at)
  values (:creditor, :debtor, :number, :issue_date, :due_date, :due_date, :currency, :amount, :reference,
      coalesce(:account, (select min(account) from bank_account
        where creditor_id = cast(:creditor as varchar) having count(*) = 1)),
      :segment, :claim_due, :now)
  on conflict (creditor_id, number) do nothing returning id),
owed as (
  insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
      happened_at)
  select :creditor, id, 'principal', 'principal', :amount, :currency, :issue_date, 'invoice', :number, :now from stored),
opened as (
  insert into dunning_case (creditor_id, invoice_id, debtor_id, policy_hash, round, state, news_seq, happened_at)
  select :creditor, id, :debtor, :policy_hash, 1, 'open', 1, :now from stored
  returning id as case_id, invoice_id, news_seq),
told as (
  insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at)
  select case_id, 'invoice_changed', news_seq, 0, clock_timestamp(), :now from opened)
select case_id, invoice_id, pg_notify('outbox', '') from opened
""")
LINES = text("""
insert into invoice_line (invoice_id, position, text, quantity, amount, happened_at)
select :invoice, position, text, quantity, amount, :now
from unnest(cast(:positions as int[]), cast(:texts as text[]), cast(:quantities as numeric[]), cast(:amounts as numeric[]))
  as l(position, text, quantity, amount)
""")
CREDIT = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
values (:creditor, :invoice, 'credit', 'principal', -:amount, :currency, :on, 'credit note', :number, :now)
on conflict (creditor_id, source, source_id) do nothing returning id
""")
SAME = text("""
select amount, due_date, original_due_date, currency from invoice where creditor_id = :creditor and number = :number
""")
TO_CREDIT = text("""
select i.id as invoice_id, i.currency, c.id as case_id, c.state, d.country
from invoice i join dunning_case c on c.invoice_id = i.id join debtor d on d.id = c.debtor_id
where i.creditor_id = :creditor and i.number = :number for update of c
""")
OWED_PARTS = text("""
select part, sum(amount) as amount from ledger_entry where invoice_id = :invoice group by part having sum(amount) > 0
""")
INVOICED = text("""
select coalesce(sum(amount), 0) from ledger_entry
where kind in ('principal', 'credit') and invoice_id = (select invoice_id from dunning_case where id = :case)
""")
REVERSE = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
values (:creditor, :invoice, 'reversal', :part, -:amount, :currency, :on, :source, :source_id, :now)
on conflict do nothing
""")
HANDED_OFF = text("""
insert into hand_off_message (hand_off_id, kind, amount, reason, happened_at)
select id, 'change', :amount, 'credit note', :now from hand_off
where case_id = :case and state in ('exported', 'accepted') order by id desc limit 1
""")
MOVE_DUE = text("""
update invoice set due_date = :due, claim_due = null where id = :invoice and due_date is distinct from :due returning id
""")
NEXT_ROUND = text("update dunning_case set round = round + 1 where id = :case")


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """A policy by name, with its text and the hash a case pins it by."""

    name: str
    hash: str
    text: str


@dataclass(frozen=True, slots=True)
class Creditor:
    """The creditor an invoice is imported for."""

    id: str
    policies: dict[str, str]
    listens: bool = False  # a system of the creditor's wants to be told of events


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an invoice or credit note: `new`, or `known` when exactly this one came before."""

    status: str
    number: str
    case_id: int | None = None


async def find_creditor(connection: AsyncConnection, name: str | None) -> Creditor:
    """The creditor with this id or organisation number; raises UnknownCreditor."""
    row = (await connection.execute(CREDITOR, {"name": name})).one_or_none() if name else None
    if row is None:
        raise UnknownCreditor(
            f"no creditor {name!r}: register it first, or name one that is" if name else "no creditor named"
        )
    return Creditor(row.id, row.policies, row.listens)


async def import_invoice(
    connection: AsyncConnection, creditor: Creditor, invoice: IncomingInvoice, policy: PolicyChoice, now: datetime
) -> Imported:
    """Store an invoice with all that belongs to it and tell its case, in the caller's transaction.

    The same invoice again is `known` and changes nothing; the same number with other content raises Conflict.
    """
    debtor = await _debtor(connection, creditor.id, invoice.debtor, invoice.number, now)
    values = {
        "creditor": creditor.id,
        "debtor": debtor,
        "number": invoice.number,
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "currency": invoice.currency,
        "amount": invoice.amount,
        "reference": invoice.reference,
        "account": invoice.account,
        "segment": invoice.segment,
        "claim_due": invoice.claim_due,
        "policy_hash": policy.hash,
        "policy": policy.name,
        "policy_text": policy.text,
        "now": now,
    }
    stored = (await connection.execute(INVOICE, values)).one_or_none()
    if stored is None:
        return await _known(connection, creditor.id, invoice)
    if invoice.lines:
        await connection.execute(
            LINES,
            {
                "invoice": stored.invoice_id,
                "positions": list(range(1, len(invoice.lines) + 1)),
                "texts": [line.text for line in invoice.lines],
                "quantities": [line.quantity for line in invoice.lines],
                "amounts": [line.amount for line in invoice.lines],
                "now": now,
            },
        )
    if creditor.listens:
        data = {
            "invoice": invoice.number,
            "amount": str(invoice.amount),
            "currency": invoice.currency,
            "due_date": invoice.due_date.isoformat(),
        }
        await emit(connection, creditor.id, "case.opened", data, now)
    await waiting_money.look(connection, creditor.id, _candidate(stored, debtor, invoice), now)
    return Imported("new", invoice.number, stored.case_id)


async def import_credit_note(
    connection: AsyncConnection, creditor: Creditor, note: IncomingCreditNote, now: datetime
) -> Imported:
    """Lower the invoice that the credit note names; a full credit takes fees and interest back too.

    Raises Refused for an unknown invoice, another currency or more credit than was ever invoiced.
    """
    named = {"creditor": creditor.id, "number": note.invoice_number}
    invoice = (await connection.execute(TO_CREDIT, named)).one_or_none()
    if invoice is None:
        raise Refused(f"credit note {note.number}: no invoice {note.invoice_number}; import the invoice first")
    if invoice.currency != note.currency:
        raise Refused(
            f"credit note {note.number} is in {note.currency}, invoice {note.invoice_number} in {invoice.currency}"
        )
    before = await amount_in_force(connection, invoice.case_id)
    today = moment_in(invoice.country, now).day
    credit = {
        "creditor": creditor.id,
        "invoice": invoice.invoice_id,
        "amount": note.amount,
        "currency": note.currency,
        "on": today,
        "number": note.number,
        "now": now,
    }
    booked = (await connection.execute(CREDIT, credit)).scalar_one_or_none()
    if booked is None:
        return Imported("known", note.number, invoice.case_id)
    if note.amount > before:
        raise Refused(f"credit note {note.number} is over {note.amount}, invoice {note.invoice_number} over {before}")
    left = {
        row.part: row.amount for row in (await connection.execute(OWED_PARTS, {"invoice": invoice.invoice_id})).all()
    }
    if "principal" not in left:
        for part, amount in left.items():
            await connection.execute(
                REVERSE,
                {
                    "creditor": creditor.id,
                    "invoice": invoice.invoice_id,
                    "part": part,
                    "amount": amount,
                    "currency": note.currency,
                    "on": today,
                    "source": "credit note",
                    "source_id": f"{note.number}#{part}",
                    "now": now,
                },
            )
    await connection.execute(HANDED_OFF, {"case": invoice.case_id, "amount": -note.amount, "now": now})
    await tell(connection, [invoice.case_id], "invoice_changed", now)
    return Imported("new", note.number, invoice.case_id)


async def amount_in_force(connection: AsyncConnection, case: int) -> Decimal:
    """What a case's invoice is over: what was invoiced less what was credited; payments do not count."""
    amount: Decimal = (await connection.execute(INVOICED, {"case": case})).scalar_one()
    return amount


async def move_due_date(connection: AsyncConnection, creditor: str, number: str, due: date, now: datetime) -> bool:
    """Give an invoice another due date: a new round begins. Gives whether anything changed; raises Refused."""
    invoice = (await connection.execute(TO_CREDIT, {"creditor": creditor, "number": number})).one_or_none()
    if invoice is None:
        raise Refused(f"no invoice {number}")
    if invoice.state == "closed":
        raise Refused(f"the case of invoice {number} is closed: its due date stays")
    if (await connection.execute(MOVE_DUE, {"invoice": invoice.invoice_id, "due": due})).scalar_one_or_none() is None:
        return False
    await connection.execute(NEXT_ROUND, {"case": invoice.case_id})
    await tell(connection, [invoice.case_id], "invoice_changed", now)
    return True


def _candidate(stored: Any, debtor: int, invoice: IncomingInvoice) -> Candidate:
    """A new invoice as money that waits is compared with it."""
    return Candidate(
        invoice_id=stored.invoice_id,
        case_id=stored.case_id,
        debtor_id=debtor,
        number=invoice.number,
        reference=invoice.reference,
        plan_reference=None,
        customer_number=invoice.debtor.customer_number,
        debtor_name=invoice.debtor.name,
        currency=invoice.currency,
        balance=invoice.amount,
        principal=invoice.amount,
        interest=ZERO,
        fee=ZERO,
        instalment=None,
        due_date=invoice.due_date,
        open=True,
        payer_known=False,
    )


async def _debtor(
    connection: AsyncConnection, creditor: str, debtor: IncomingDebtor, number: str, now: datetime
) -> int:
    contacts = contact_points(debtor)
    stored: int = (
        await connection.execute(
            DEBTOR,
            {
                "creditor": creditor,
                "key": debtor_key(debtor, number),
                "customer_number": debtor.customer_number,
                "kind": debtor.kind,
                "name": debtor.name,
                "name_key": name_key(debtor.name),
                "organisation_number": debtor.organisation_number,
                "birth_date": debtor.birth_date,
                "language": debtor.language,
                "country": debtor.country,
                "address": to_json(address_lines(debtor)),
                "channels": [channel for channel, _ in contacts],
                "addresses": [address for _, address in contacts],
                "now": now,
            },
        )
    ).scalar_one()
    return stored


def debtor_key(debtor: IncomingDebtor, number: str) -> str:
    """What makes two invoices' debtors the same: customer number, else organisation number, else nothing does."""
    if debtor.customer_number:
        return f"customer {debtor.customer_number}"
    if debtor.organisation_number:
        return f"organisation {debtor.organisation_number}"
    return f"invoice {number}"


def address_lines(debtor: IncomingDebtor) -> list[str]:
    """The postal address, line by line; empty when it is not enough for a letter."""
    place = " ".join(part for part in (debtor.postcode, debtor.city) if part)
    return [*debtor.address_lines, place] if place else []


def contact_points(debtor: IncomingDebtor) -> list[tuple[str, str]]:
    """The (channel, address) pairs that a debtor can be reached at."""
    given = [
        ("email", debtor.email_address),
        ("sms", debtor.mobile_number),
        ("phone", debtor.phone_number),
        ("letter", ", ".join(address_lines(debtor))),
    ]
    return [(channel, where) for channel, where in given if where]


async def _known(connection: AsyncConnection, creditor: str, invoice: IncomingInvoice) -> Imported:
    before = (await connection.execute(SAME, {"creditor": creditor, "number": invoice.number})).one()
    same = before.amount == invoice.amount and before.currency == invoice.currency
    if not same or invoice.due_date not in (before.due_date, before.original_due_date):
        raise Conflict(
            f"invoice {invoice.number} came before with {before.amount} {before.currency}, due {before.original_due_date}: "
            "send a credit note or a change of due date instead"
        )
    return Imported("known", invoice.number)
