"""Invoices as the API lists them: how they stand, what is left of each part, and on request their payments."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.money.charges import CHARGED, left_of
from views.filters import OF_CASES
from views.lists import Listed
from views.status import CASES, PLACES

INVOICES = Listed(
    "invoices",
    f"""
select k.*, k.creditor as creditor_id, k.case_id as place, i.id as invoice_id, k.invoice as number, i.amount,
  d.customer_number, c.principal, c.fee, c.interest, {CHARGED} as charged,
  json_build_object('name', d.name, 'kind', d.kind, 'organisation_number', d.organisation_number,
    'language', d.language, 'country', d.country) as debtor,
  (select max(g.deadline) from delivery_case gc join delivery g on g.id = gc.delivery_id
    where gc.case_id = k.case_id and gc.round = k.round and g.state = 'accepted') as deadline
from ({CASES}) k join dunning_case c on c.id = k.case_id join invoice i on i.id = c.invoice_id
join debtor d on d.id = i.debtor_id
""",
    OF_CASES,
    PLACES,
)
PAYMENTS = text("""
select l.invoice_id, p.source_id as id, p.source, -sum(l.amount) as amount, p.currency, p.booked_on
from ledger_entry l join incoming_payment p on p.id = l.payment_id
where l.invoice_id = any(:invoices) group by l.invoice_id, p.id having sum(l.amount) <> 0 order by p.id
""")


def parts_of(row: Mapping[str, Any]) -> dict[str, Decimal]:
    """What is left of each part of an invoice; the parts are its balance."""
    left = dict.fromkeys(("principal", "fees", "compensation", "interest"), Decimal("0.00"))
    left |= {"principal": row["principal"], "interest": row["interest"]}
    for charge in left_of(row["charged"], row["fee"]):
        left["compensation" if charge.kind == "compensation" else "fees"] += charge.amount
    return left


async def payments_of(connection: AsyncConnection, invoices: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What was paid on each of the invoices, in the order in which it came."""
    rows = (await connection.execute(PAYMENTS, {"invoices": list(invoices)})).mappings()
    paid: dict[int, list[dict[str, Any]]] = {invoice: [] for invoice in invoices}
    for row in rows:
        paid[row["invoice_id"]].append(dict(row))
    return paid
