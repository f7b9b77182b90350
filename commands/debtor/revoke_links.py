"""Taking links back that came into wrong hands: of one message, of an invoice, or of all that a debtor has."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts import diary
from facts.deliveries import link_revocations
from facts.refusals import Unknown

Reach = Literal["invoice", "debtor"]

CASE = text("select debtor_id, invoice_id from dunning_case where id = :case for no key update")
CASES = text("""
select c.id from dunning_case c where c.debtor_id = :debtor and (cast(:invoice as int) is null or c.invoice_id = :invoice)
order by c.id
""")
SERVED = text("""
select s.case_id from delivery_case s where s.delivery_id = :delivery and exists (
  select from delivery_case o where o.delivery_id = s.delivery_id and o.case_id = :case) order by s.case_id
""")


async def revoke_links(
    connection: AsyncConnection,
    case: int,
    of: Reach | UUID,
    by: str,
    reason_code: str,
    now: datetime,
) -> int:
    """The links of a case's invoice, of all its debtor's invoices, or of one delivery about it open nothing from now on.

    Gives for how many cases that stands in the diary. Raises Unknown where no such delivery was about the case.
    """
    found = (await connection.execute(CASE, {"case": case})).one()
    if isinstance(of, UUID):
        cases = (await connection.execute(SERVED, {"delivery": of, "case": case})).scalars().all()
        if not cases:
            raise Unknown("no such message was about this invoice")
        await link_revocations.revoke(connection, found.debtor_id, by, reason_code, now, delivery=of)
    else:
        invoice = found.invoice_id if of == "invoice" else None
        values = {"debtor": found.debtor_id, "invoice": invoice}
        cases = (await connection.execute(CASES, values)).scalars().all()
        await link_revocations.revoke(connection, found.debtor_id, by, reason_code, now, invoice=invoice)
    which = "message" if isinstance(of, UUID) else of
    lines = [(each, {"reason_code": reason_code, "of": which}) for each in cases]
    await diary.write(connection, "links_revoked", by, lines, now)
    return len(cases)
