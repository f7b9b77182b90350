"""An invoice's own PDF: kept once for a content, given to one invoice after the other, read for page, email and letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEEP = text("""
insert into invoice_pdf (creditor_id, sha256, content, happened_at) values (:creditor, :sha256, :content, :now)
on conflict (creditor_id, sha256) do update set content = excluded.content where invoice_pdf.content = ''
""")
GIVE = text("""
with before as (select id, pdf_sha256 from invoice where creditor_id = :creditor and number = :number for update)
update invoice i set pdf_sha256 = coalesce(i.pdf_sha256, :sha256) from before where i.id = before.id
returning before.pdf_sha256
""")
READ = text("""
select i.id, i.number, p.sha256,
  case when sum(octet_length(p.content)) over (order by i.due_date, i.number, i.id) <= :most then p.content end as content
from invoice i join invoice_pdf p on p.creditor_id = i.creditor_id and p.sha256 = i.pdf_sha256
where i.id = any(:invoices) and p.content <> '' order by i.due_date, i.number, i.id
""")


@dataclass(frozen=True, slots=True)
class OwnPdf:
    """The PDF of one invoice."""

    invoice_id: int
    number: str
    sha256: str
    content: bytes | None
    """None where it is more than was asked for in all, with those before it."""


async def give(
    connection: AsyncConnection, creditor: str, number: str, content: bytes, now: datetime
) -> Literal["new", "known", "another"]:
    """Give an invoice its PDF, where it has none: one that has another keeps that."""
    digest = sha256(content).hexdigest()
    values = {"creditor": creditor, "number": number, "sha256": digest}
    before = (await connection.execute(GIVE, values)).scalar_one()
    if before not in (None, digest):
        return "another"
    await connection.execute(KEEP, values | {"content": content, "now": now})
    return "known" if before else "new"


async def pdfs_of(connection: AsyncConnection, invoices: Sequence[int], most: int) -> list[OwnPdf]:
    """The PDFs of those of the invoices that have one, the oldest due first, with at most `most` bytes of content."""
    return [OwnPdf(*row) for row in await connection.execute(READ, {"invoices": list(invoices), "most": most})]
