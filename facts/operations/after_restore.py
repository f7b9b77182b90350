"""What facts that were restored to an earlier day do not know of the files in the folders, and which cases they concern."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HAND_OFF_FILES = text("select distinct file from hand_off where file = any(cast(:names as text[]))")
DIRECT_DEBIT_FILES = text("select name from direct_debit_file where name = any(cast(:names as text[]))")
BY_REFERENCE = text("""
select c.id, i.creditor_id, i.number from invoice i join dunning_case c on c.invoice_id = i.id
where i.reference = any(cast(:references as text[])) and c.state = 'open' order by c.id
""")


async def unknown_hand_off_files(connection: AsyncConnection, names: Sequence[str]) -> list[str]:
    """Those of the published hand-off files that the facts do not know."""
    known = set((await connection.execute(HAND_OFF_FILES, {"names": list(names)})).scalars())
    return [name for name in names if name not in known]


async def unknown_direct_debit_files(connection: AsyncConnection, names: Sequence[str]) -> list[str]:
    """Those of the files for the centre that draws that the facts do not know: what they ask for is with the bank."""
    known = set((await connection.execute(DIRECT_DEBIT_FILES, {"names": list(names)})).scalars())
    return [name for name in names if name not in known]


async def by_reference(connection: AsyncConnection, references: Sequence[str]) -> list[tuple[int, str, str]]:
    """The open cases whose invoices have these payment references: id, creditor and number."""
    rows = (await connection.execute(BY_REFERENCE, {"references": list(references)})).all()
    return [(row.id, row.creditor_id, row.number) for row in rows]
