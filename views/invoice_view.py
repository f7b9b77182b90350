"""An invoice as its debtor sees it on the invoice page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.look import Look
from domain.money.accounts import account_shown
from domain.money.charges import Charge
from domain.parties.speakers import Asker
from facts.clock import CLOCK, clock_of, is_live
from facts.deliveries.link_revocations import IS_REVOKED
from facts.deliveries.message_facts import FOUND_BY
from facts.looks import look, look_of
from facts.money.bank_accounts import OWN
from facts.money.charges import CHARGED, left_of
from facts.page_changes import HERE, Position, reached

INVOICE = text(f"""
select not ({is_live("i.creditor_id")}) as is_test,
  cr.name as creditor_name, cr.phone as creditor_phone, cr.email as creditor_email,
  coalesce(cr.account_holder, cr.name) as account_holder,
  cr.website as creditor_website, cr.collection_partner, cr.collection_partner_contact, cr.e_invoice, {look_of("cr.id")} as look,
  d.language, i.number, i.issue_date, i.due_date,
  i.original_due_date, i.currency, i.amount, i.reference, i.account,
  {OWN.format(creditor="i.creditor_id")} as own, i.pdf_sha256 is not null as has_pdf,
  {FOUND_BY} as found_by,
  exists (select from contact_point p where p.debtor_id = d.id and p.state = 'given') as gave_address,
  exists (select from contact_point p where p.debtor_id = d.id and p.state = 'given' and p.confirmed_at is not null)
    as confirmed_address,
  exists (select from service_block b where b.case_id = c.id and b.unblocked_at is null)
    or exists (select from delivery_case dc join delivery l on l.id = dc.delivery_id where dc.case_id = c.id
      and l.message in ('block-warning', 'termination-warning') and l.accepted_at is not null) as service_at_stake,
  c.balance, c.fee, c.interest, {CHARGED} as charged,
  (select coalesce(json_agg(json_build_array(l.text, l.quantity::text, l.amount::text) order by l.position), '[]')
    from invoice_line l where l.invoice_id = i.id) as lines
from invoice i join dunning_case c on c.invoice_id = i.id join creditor cr on cr.id = i.creditor_id
join debtor d on d.id = i.debtor_id
where i.id = :invoice
""")
# A statement leads to invoices that its delivery does not serve: they are of the same debtor.
ADDRESSEE = """
(select d.addressee from delivery d join invoice i on i.debtor_id = d.debtor_id where d.serial = :serial and i.id = :invoice)
"""
OPENING = text(f"""
select {CLOCK} as ours, {clock_of("(select creditor_id from invoice where id = :invoice)")} as now,
  exists (select from delivery d join contact_point p on p.id = d.contact_point_id
    where d.serial = :serial and p.state = 'wrong') as somebody_elses,
  ({IS_REVOKED}) as revoked, {ADDRESSEE} as addressee, {HERE},
  (select d.country from invoice i join debtor d on d.id = i.debtor_id where i.id = :invoice) as country
""")
DELIVERY = text("""
select d.id from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
where d.serial = :serial and c.invoice_id = :invoice
""")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the invoice."""

    text: str
    quantity: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """What the page shows. Amounts in `currency`."""

    creditor_name: str
    creditor_phone: str | None
    creditor_email: str | None
    creditor_website: str | None
    account_holder: str  # of the creditor's account, as its bank knows it
    collection_partner: str | None
    collection_partner_contact: dict[str, str]  # phone, email, website: those that the creditor has told
    e_invoice: dict[str, str]  # where the creditor's e-invoices come from, for who orders them in the bank
    look: Look | None  # the creditor's own
    language: str
    number: str
    issue_date: date
    due_date: date
    original_due_date: date
    currency: str
    amount: Decimal
    reference: str | None
    account: str | None  # to pay to: the creditor's own, whatever the invoice names
    has_pdf: bool
    is_test: bool  # nobody owes it
    found_by: dict[str, str | None]  # the buyer's own references, by their names
    gave_address: bool  # the debtor did, and it is not used yet
    confirmed_address: bool  # its owner says that it is right
    service_at_stake: bool  # it is blocked, or may be blocked or ended
    balance: Decimal
    fee: Decimal
    charges: tuple[Charge, ...]  # what the fee is made of
    interest: Decimal
    lines: tuple[Line, ...]


async def invoice_view(connection: AsyncConnection, invoice: int) -> InvoiceView:
    """An invoice as its ledger stands."""
    row = (await connection.execute(INVOICE, {"invoice": invoice})).one()
    known = dict(row._mapping)
    charges = left_of(known.pop("charged"), row.fee)
    known["look"] = look(row.look)
    known["account"] = account_shown(row.account, known.pop("own"), row.currency)
    lines = tuple(Line(said, *map(_number, numbers)) for said, *numbers in known.pop("lines"))
    return InvoiceView(lines=lines, charges=charges, **known)


@dataclass(frozen=True, slots=True)
class Opening:
    """What there is to know of a link before it opens anything."""

    ours: datetime  # what time it is for the doors, and
    now: datetime  # for the invoice's creditor
    somebody_elses: bool  # the delivery that carried it went to an address that is not the debtor's
    revoked: bool
    addressee: Asker | None  # who stood in for the debtor and got that delivery; None: the debtor did
    seen: Position  # what is read next is this or newer
    country: str | None  # where the debtor lives; None: it is a link to nothing


async def opening(connection: AsyncConnection, invoice: int, serial: int, round: int) -> Opening:
    """All that is asked of a link of an invoice, of the delivery of this serial number and of this round, at once."""
    values = {"invoice": invoice, "serial": serial, "round": round}
    row = (await connection.execute(OPENING, values)).one()
    seen = reached(row.at, row.snapshot)
    return Opening(row.ours, row.now, row.somebody_elses, row.revoked, row.addressee, seen, row.country)


async def delivery_of(connection: AsyncConnection, serial: int, invoice: int) -> UUID | None:
    """The delivery of this serial number, if it serves the invoice."""
    values = {"serial": serial, "invoice": invoice}
    found: UUID | None = (await connection.execute(DELIVERY, values)).scalar_one_or_none()
    return found


def _number(written: str | None) -> Decimal | None:
    return Decimal(written) if written is not None else None
