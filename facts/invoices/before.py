"""What came before of invoices and credit notes that come now: read for the door that takes them, and for a dry run."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.once import Credited, InForce, InvoiceBefore, KnownDebtor, lines_key

BEFORE = text("""
select i.number, i.amount, i.issue_date, i.due_date as due_now, i.original_due_date as due_date, i.currency,
  i.reference, i.account, d.customer_number, d.organisation_number, d.known_as,
  coalesce((select json_agg(json_build_array(l.text, l.amount::text) order by l.position) from invoice_line l
    where l.invoice_id = i.id), '[]') as lines
from invoice i join debtor d on d.id = i.debtor_id
where i.creditor_id = :creditor and i.number = any(cast(:numbers as text[]))
""")
CREDITED = text("""
select e.source_id as number, -e.amount as amount, i.number as invoice
from ledger_entry e join invoice i on i.id = e.invoice_id
where e.creditor_id = :creditor and e.source = 'credit note' and e.source_id = any(cast(:numbers as text[]))
""")
IN_FORCE = text("""
select i.number, i.currency, coalesce(sum(e.amount), 0) as amount
from invoice i left join ledger_entry e on e.invoice_id = i.id and e.kind in ('principal', 'credit')
where i.creditor_id = :creditor and i.number = any(cast(:numbers as text[])) group by i.id
""")
DEBTORS = text("""
select customer_number, known_as, organisation_number from debtor
where creditor_id = :creditor and customer_number = any(cast(:numbers as text[]))
""")


async def invoices_before(
    connection: AsyncConnection, creditor: str, numbers: Sequence[str]
) -> Mapping[str, InvoiceBefore]:
    """Those of a creditor's invoices that came before, by their numbers."""
    found = {}
    for row in (await connection.execute(BEFORE, {"creditor": creditor, "numbers": list(numbers)})).mappings():
        values = dict(row)
        number = values.pop("number")
        lines = lines_key((line, Decimal(amount)) for line, amount in values.pop("lines"))
        found[number] = InvoiceBefore(**values, lines=lines)
    return found


async def credited_before(connection: AsyncConnection, creditor: str, notes: Sequence[str]) -> Mapping[str, Credited]:
    """What those of a creditor's credit notes that came before have credited, by their numbers."""
    rows = await connection.execute(CREDITED, {"creditor": creditor, "numbers": list(notes)})
    return {row.number: Credited(row.amount, row.invoice) for row in rows}


async def in_force(connection: AsyncConnection, creditor: str, numbers: Sequence[str]) -> Mapping[str, InForce]:
    """What invoices are over: what was invoiced less what was credited, by their numbers; payments do not count."""
    rows = await connection.execute(IN_FORCE, {"creditor": creditor, "numbers": list(numbers)})
    return {row.number: InForce(row.amount, row.currency) for row in rows}


async def debtors_known(
    connection: AsyncConnection, creditor: str, customer_numbers: Sequence[str]
) -> Mapping[str, list[KnownDebtor]]:
    """The debtors under each customer number."""
    found: dict[str, list[KnownDebtor]] = {}
    for row in await connection.execute(DEBTORS, {"creditor": creditor, "numbers": list(customer_numbers)}):
        found.setdefault(row.customer_number, []).append(KnownDebtor(frozenset(row.known_as), row.organisation_number))
    return found
