"""What a message says: names, addresses and amounts of the cases it serves. Read inside activities only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.look import Look
from domain.money.accounts import account_shown
from domain.money.charges import Charge
from domain.parties.roles import ContactRole, nearest_first
from facts import diary
from facts.addresses import written_to
from facts.deliveries.own_words import LATEST as LATEST_WORDS
from facts.looks import look, look_of
from facts.money import due_dates
from facts.money.bank_accounts import OWN
from facts.money.charges import CHARGED, left_of

FOUND_BY = """json_build_object('order_reference', i.order_reference, 'buyer_reference', i.buyer_reference,
  'cost_centre', i.cost_centre, 'buyer_contact', i.buyer_contact)"""
READ = text(f"""
select cr.name as creditor_name, cr.phone as creditor_phone, cr.email as creditor_email, cr.address as creditor_address,
  cr.country as creditor_country, cr.website as creditor_website, coalesce(cr.account_holder, cr.name) as account_holder,
  cr.message_costs, cr.collection_partner, cr.letters_by,
  cr.open_tracking and :tracked as open_tracking,
  d.name as debtor_name, coalesce(cast(:stands_in as text), case when w.id <> d.id then w.name end) as representative,
  w.address as debtor_address, w.country as debtor_country, d.customer_number,
  cp.id as contact_id, cp.address as contact_address, cp.known_elsewhere,
  coalesce(cp.old, false) as asks_whether_right, cp.wrote_from_at,
  cr.direct_debit <> '{{}}' and d.kind = 'consumer'
    and (select reference from invoice where id = c.invoice_id) is not null
    and (select true from mandate m where m.debtor_id = d.id and m.creditor_id = c.creditor_id and m.state <> 'ended' limit 1)
      is null as pays_by_hand,
  nextval('delivery_serial') as serial,
  (select json_object_agg(template, json_build_array(version, text))
     from ({LATEST_WORDS.format(creditor="cr.id")}) o where text is not null) as own_words,
  {look_of("cr.id")} as look,
  (select json_agg(json_build_array(i.id, s.id, i.number, i.issue_date, i.due_date, i.original_due_date, i.reference,
       i.account, i.currency, {OWN.format(creditor="i.creditor_id")},
       (select text from invoice_line l where l.invoice_id = i.id order by position limit 1),
       s.principal::text, s.fee::text, s.interest::text, {CHARGED}, {FOUND_BY}) order by i.due_date, i.number)
     from dunning_case s join invoice i on i.id = s.invoice_id
     where s.id = any(:cases)) as items
from dunning_case c join creditor cr on cr.id = c.creditor_id join debtor d on d.id = c.debtor_id
join debtor w on w.id = {written_to("d")}
left join lateral (select id, address, known_elsewhere, wrote_from_at, coalesce(greatest(happened_at, wrote_from_at, asked_at,
      (select max(read_at) from delivery l where l.contact_point_id = p.id)) < :old, false) as old
    from contact_point p where p.debtor_id = w.id and p.channel = :channel
    and p.state = 'valid' and p.of_representative = (cast(:stands_in as text) is not null)
    order by array_position(cast(:roles as text[]), coalesce(p.role, '')), p.last_confirmed_at desc nulls last, p.id desc
    limit 1) cp on true
where c.id = :case
""")
ANSWER = text("""
select detail ->> 'answer' from case_event where case_id = :case and kind = 'resolve_dispute' order by id desc limit 1
""")
INVOICE = text("select invoice_id from dunning_case where id = :case")


@dataclass(frozen=True, slots=True)
class Parties:
    """Who writes to whom, and where."""

    creditor_name: str
    creditor_phone: str | None
    creditor_email: str | None
    creditor_address: list[str]
    creditor_country: str
    creditor_website: str | None
    account_holder: str  # of the creditor's account, as its bank knows it
    message_costs: dict[str, str]
    collection_partner: str | None
    letters_by: list[str]  # the ways in which a distribution house brings them; none: the printer has them
    open_tracking: bool
    debtor_name: str
    representative: str | None  # who gets it instead of the debtor: whoever stands in, or the parent
    debtor_address: list[str]
    debtor_country: str  # of whoever it goes to
    customer_number: str | None
    contact_id: int | None
    contact_address: str | None
    known_elsewhere: str | None  # opted out or bounced, as the provider would tell
    asks_whether_right: bool  # nothing was heard at the address for long, and nobody asked
    wrote_from_at: datetime | None  # when somebody last wrote to us from the address
    pays_by_hand: bool  # a private person who could ask for direct debit, and has not
    serial: int  # a fresh short name for the delivery
    own_words: dict[str, tuple[int, str]] | None  # of the creditor's own: version and text, by template
    look: Look | None  # the creditor's own


@dataclass(frozen=True, slots=True)
class Item:
    """One invoice as its ledger stands."""

    case_id: int
    invoice_id: int
    number: str
    issue_date: date
    due_date: date
    original_due_date: date
    reference: str | None
    account: str | None  # to pay to: the creditor's own, whatever the invoice names
    text: str | None
    principal: Decimal
    charges: tuple[Charge, ...]  # unpaid, oldest first
    interest: Decimal
    found_by: dict[str, str | None]  # the buyer's own references, by their names


async def read(
    connection: AsyncConnection,
    lead: int,
    channel: str,
    cases: Sequence[int],
    stands_in: str | None,
    role: ContactRole,
    *,
    tracked: bool,
    old: datetime,
) -> tuple[Parties, list[Item]]:
    """Who writes to whom at which address of the channel, and the invoices of the cases, oldest due first.

    `stands_in` is the name of who gets it instead of the debtor, `role` who at a business does; `tracked`, that nobody objects to
    counting opens; `old`, the moment before which the last sign of an address is old.
    """
    values = {
        "case": lead,
        "channel": channel,
        "cases": list(cases),
        "stands_in": stands_in,
        "tracked": tracked,
        "old": old,
        "roles": list(nearest_first(role)),
    }
    *parties, items = (await connection.execute(READ, values)).one()
    parties[-1] = look(parties[-1])
    return Parties(*parties), [_item(*fields) for fields in items]


async def answer_of(connection: AsyncConnection, case: int) -> str | None:
    """What a person answered to the dispute that was decided last, in words for the debtor."""
    return (await connection.execute(ANSWER, {"case": case})).scalar_one_or_none()


def _item(
    invoice_id: int,
    case_id: int,
    number: str,
    issue_date: str,
    due_date: str,
    original_due_date: str,
    reference: str | None,
    account: str | None,
    currency: str,
    own: Sequence[str],
    line: str | None,
    principal: str,
    fee: str,
    interest: str,
    charged: Sequence[tuple[str, str, str, bool | None]] | None,
    found_by: dict[str, str | None],
) -> Item:
    return Item(
        case_id=case_id,
        invoice_id=invoice_id,
        number=number,
        issue_date=date.fromisoformat(issue_date),
        due_date=date.fromisoformat(due_date),
        original_due_date=date.fromisoformat(original_due_date),
        reference=reference,
        account=account_shown(account, own, currency),
        text=line,
        principal=Decimal(principal),
        charges=left_of(charged, Decimal(fee)),
        interest=Decimal(interest),
        found_by=found_by,
    )


async def move_due_date(connection: AsyncConnection, case: int, due: date, now: datetime) -> None:
    """The invoice reached its debtor too late: its due date moves, in the same round."""
    invoice = (await connection.execute(INVOICE, {"case": case})).scalar_one()
    await due_dates.move(connection, {invoice: due}, now)
    await diary.write(connection, "due_date_moved", "purr", [(case, {"due_date": due})], now)
