"""An invoice or credit note as an e-invoice would tell it, from the facts: whose it is, where to pay, its lines with VAT."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.e_invoice import Credits, Delivery, EInvoice, Line, Party, credited
from domain.money.accounts import account_shown
from facts.money.bank_accounts import OWN

INVOICE = text(f"""
select i.number, i.issue_date, i.due_date, i.currency, i.amount, i.reference, i.account, i.order_reference, i.buyer_reference,
  i.cost_centre, i.buyer_contact, i.buyer_vat_number, i.delivery_date, i.delivery_country,
  {OWN.format(creditor="i.creditor_id")} as own,
  coalesce(cr.account_holder, cr.name) as account_holder, cr.name as seller, cr.country as seller_country,
  cr.organisation_number as seller_number, cr.address as seller_address, cr.phone, cr.email, cr.vat_number,
  d.name as buyer, d.country as buyer_country, d.organisation_number as buyer_number, d.address as buyer_address,
  d.customer_number,
  (select coalesce(json_agg(json_build_array(l.text, l.quantity::text, l.net::text, l.vat_category, l.vat_rate::text,
    l.vat_exemption)
    order by l.position), '[]') from invoice_line l where l.invoice_id = i.id) as lines
from dunning_case c join invoice i on i.id = c.invoice_id join creditor cr on cr.id = i.creditor_id
join debtor d on d.id = i.debtor_id
where c.id = :case
""")
CREDIT_NOTE = text("""
select n.number, n.issue_date, n.amount, n.reason, n.lines, c.id as case_id from credit_note n
join dunning_case c on c.invoice_id = n.invoice_id
where n.creditor_id = :creditor and n.number = :number
""")


async def e_invoice(connection: AsyncConnection, case: int) -> EInvoice:
    """What an e-invoice of this case's invoice says; what was not told is None, and named by `faults`."""
    row = (await connection.execute(INVOICE, {"case": case})).one()
    return EInvoice(
        number=row.number,
        issue_date=row.issue_date,
        due_date=row.due_date,
        currency=row.currency,
        amount=row.amount,
        reference=row.reference,
        account=account_shown(row.account, row.own, row.currency),
        account_holder=row.account_holder,
        order_reference=row.order_reference,
        buyer_reference=row.buyer_reference,
        cost_centre=row.cost_centre,
        seller=Party(
            row.seller,
            row.seller_country,
            row.seller_number,
            row.seller_address,
            phone=row.phone,
            email=row.email,
            vat_number=row.vat_number,
        ),
        buyer=Party(
            row.buyer,
            row.buyer_country,
            row.buyer_number,
            row.buyer_address,
            customer_number=row.customer_number,
            contact=row.buyer_contact,
            vat_number=row.buyer_vat_number,
        ),
        lines=[_line(*line) for line in row.lines],
        delivery=Delivery(row.delivery_date, row.delivery_country),
    )


async def e_credit_note(connection: AsyncConnection, creditor: str, number: str) -> EInvoice | None:
    """What an e-invoice of a credit note says, between the parties of its invoice; None where none of this number is kept."""
    row = (await connection.execute(CREDIT_NOTE, {"creditor": creditor, "number": number})).one_or_none()
    if row is None:
        return None
    invoice = await e_invoice(connection, row.case_id)
    note = replace(
        invoice,
        number=row.number,
        issue_date=row.issue_date,
        amount=row.amount,
        lines=[_line(*line) for line in row.lines],
        credits=Credits(invoice.number, invoice.issue_date, row.reason),
    )
    return credited(note, invoice)


def _line(
    words: str, quantity: str | None, net: str | None, category: Any, rate: str | None, exemption: str | None
) -> Line:
    return Line(
        words,
        Decimal(quantity) if quantity else Decimal(1),
        Decimal(net) if net else None,
        category,
        Decimal(rate) if rate else None,
        exemption,
    )
