"""Which file an invoice came in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.import_file import ImportFile

CAME_IN = text("""
with kept as (insert into import_file (id, name, happened_at) values (:id, :name, :now) on conflict do nothing)
insert into imported_case (case_id, file_id) select case_id, :id from unnest(cast(:cases as int[])) as c(case_id)
""")


async def came_in(connection: AsyncConnection, file: ImportFile, cases: Sequence[int], now: datetime) -> None:
    """The invoices of some new cases came in a file. A file that came before keeps the name that it had then."""
    await connection.execute(CAME_IN, {"id": file.id, "name": file.name, "cases": list(cases), "now": now})
