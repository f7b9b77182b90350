"""Links that somebody took back: those of one message, or all that were made so far for an invoice or for a debtor.

What is made later is good. A link that a message carries has its place in the row of messages; one that was given out
without a message says how often its invoice's had been taken back before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_ROUNDS: Final = 255  # that a link can say

REVOKE = text("""
insert into link_revocation (creditor_id, debtor_id, invoice_id, delivery_id, through, by, reason_code, happened_at)
select creditor_id, id, :invoice, :delivery, coalesce(pg_sequence_last_value('delivery_serial'), 0), :by, :reason_code, :now
from debtor where id = :debtor
""")
ROUNDS = text(f"""
select i.id, least({MOST_ROUNDS}, count(*)) as round from invoice i
join link_revocation r on r.debtor_id = i.debtor_id and r.delivery_id is null and coalesce(r.invoice_id, i.id) = i.id
where i.id = any(cast(:invoices as int[])) group by i.id
""")
IS_REVOKED = f"""
select exists (select from delivery d join link_revocation r on r.delivery_id = d.id where d.serial = :serial)
  or case when :serial > 0 then coalesce(max(r.through), -1) >= :serial else least({MOST_ROUNDS}, count(r.id)) > :round end
from invoice i join link_revocation r on r.debtor_id = i.debtor_id and r.delivery_id is null
  and coalesce(r.invoice_id, i.id) = i.id
where i.id = :invoice
"""
"""SQL: whether a link was taken back: of `:invoice`, that the delivery of `:serial` carried, or else of `:round`."""


async def revoke(
    connection: AsyncConnection,
    debtor: int,
    by: str,
    reason_code: str,
    now: datetime,
    *,
    invoice: int | None = None,
    delivery: UUID | None = None,
) -> None:
    """The links of a delivery open nothing any more, else all so far of an invoice, else all so far of a debtor's."""
    values = {
        "debtor": debtor,
        "invoice": invoice,
        "delivery": delivery,
        "by": by,
        "reason_code": reason_code,
        "now": now,
    }
    await connection.execute(REVOKE, values)


async def rounds_of(connection: AsyncConnection, invoices: Sequence[int]) -> Mapping[int, int]:
    """How often all links of each of these invoices were taken back; nothing for those of which none ever was."""
    return {row.id: row.round for row in (await connection.execute(ROUNDS, {"invoices": list(invoices)})).all()}
