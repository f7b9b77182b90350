"""Files of another system's past: what each was and came to, and its columns for as long as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from facts.prediction.of_whom import OF_WHOM
from facts.refusals import Conflict, Unknown

LOCK = text("select pg_advisory_xact_lock(hashtextextended('history of ' || :creditor, 0))")
FIELDS = "f.id as number, f.creditor_id as creditor, f.name, f.map, f.summary, f.by, f.happened_at as at"
KEPT = text(f"""
select {FIELDS} from history_file f join history_columns c on c.file_id = f.id
where f.creditor_id = :creditor and f.content_hash = :content_hash
""")
STORE = text("""
insert into history_file (creditor_id, name, content_hash, map, summary, by, happened_at)
values (:creditor, :name, :content_hash, :map, cast(:summary as jsonb), :by, :now) returning id
""")
STORE_COLUMNS = text("""
insert into history_columns (file_id, columns, invoices) values (:file, :columns, :invoices)
""")
LIST = text(f"""
select {FIELDS} from history_file f join history_columns c on c.file_id = f.id
where f.creditor_id = coalesce(:creditor, f.creditor_id) order by f.id
""")
INVOICES = text("""
select f.id as number, c.invoices from history_file f join history_columns c on c.file_id = f.id
where f.creditor_id = :creditor order by f.id
""")
COLUMNS = text("""
select f.id as number, c.columns, c.invoices from history_file f join history_columns c on c.file_id = f.id
where f.creditor_id = :creditor order by f.id
""")
REWRITE = text("update history_columns set columns = :columns, invoices = :invoices where file_id = :file")
OWN_NUMBERS = text("select number from invoice where creditor_id = :creditor order by number")
FORGET = text("delete from history_columns where file_id = :file returning file_id")
REMOVED = text("insert into history_removal (file_id, by, happened_at) values (:file, :by, :now)")
NUMBERS = text(f"""
select d.id, d.customer_number, ({OF_WHOM}) as seen from debtor d
where d.creditor_id = :creditor and d.customer_number is not null order by d.id
""")
CREDITORS = text("""
select distinct f.creditor_id from history_file f join history_columns c on c.file_id = f.id
where f.creditor_id = coalesce(cast(:creditor as text), f.creditor_id) order by f.creditor_id
""")


@dataclass(frozen=True, slots=True)
class NewHistory:
    """A file that was read: `columns` are its past as it is packed, `invoices` the keys of its invoices' ids, 8 bytes each."""

    name: str
    content_hash: str
    map: str
    summary: Mapping[str, Any]
    columns: bytes
    invoices: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file told, as it is kept: its number, its packed past, and the keys of its invoices' ids in the past's order."""

    number: int
    columns: bytes
    invoices: bytes


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A file that is kept, without its columns. `at` is UTC."""

    number: int
    creditor: str
    name: str
    map: str
    summary: Mapping[str, Any]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """A debtor who has a customer number; `seen` unless nothing may be guessed or learned of whoever that is."""

    debtor: int
    number: str = field(repr=False)
    seen: bool


async def kept(connection: AsyncConnection, creditor: str, content_hash: str) -> HistoryFile | None:
    """The same file, where it is kept already."""
    row = (await connection.execute(KEPT, {"creditor": creditor, "content_hash": content_hash})).first()
    return HistoryFile(*row) if row else None


async def lock(connection: AsyncConnection, creditor: str) -> None:
    """Let nobody else keep a file of the creditor's until the end of the transaction."""
    await connection.execute(LOCK, {"creditor": creditor})


async def keep(connection: AsyncConnection, creditor: str, new: NewHistory, by: str, now: datetime) -> HistoryFile:
    """Keep a file; the same one once more is the one that is kept. Raises Conflict where it was read by another map.

    The caller holds the lock, so that nobody keeps another file with the same invoices beside it.
    """
    if (before := await kept(connection, creditor, new.content_hash)) is not None:
        if before.map != new.map:
            raise Conflict(
                f"this file is kept as {before.number}, read by another map: `history remove {before.number}`, then import it"
            )
        return before
    values = {
        "creditor": creditor,
        "name": new.name,
        "content_hash": new.content_hash,
        "map": new.map,
        "by": by,
        "now": now,
    }
    number = (await connection.execute(STORE, values | {"summary": to_json(new.summary)})).scalar_one()
    await connection.execute(STORE_COLUMNS, {"file": number, "columns": new.columns, "invoices": new.invoices})
    return HistoryFile(number, creditor, new.name, new.map, new.summary, by, now)


async def list_(connection: AsyncConnection, creditor: str | None) -> list[HistoryFile]:
    """The files that are kept, of a creditor or of all, the oldest first."""
    return [HistoryFile(*row) for row in (await connection.execute(LIST, {"creditor": creditor})).all()]


async def invoices(connection: AsyncConnection, creditor: str) -> dict[int, bytes]:
    """The keys of the invoices in each file that is kept, by its number."""
    return {
        row.number: bytes(row.invoices) for row in (await connection.execute(INVOICES, {"creditor": creditor})).all()
    }


async def columns(connection: AsyncConnection, creditor: str) -> list[Kept]:
    """What is kept of each file, the oldest first."""
    rows = (await connection.execute(COLUMNS, {"creditor": creditor})).all()
    return [Kept(row.number, bytes(row.columns), bytes(row.invoices)) for row in rows]


async def rewrite(connection: AsyncConnection, left: Kept) -> None:
    """Keep less of a file than before; the caller holds the lock."""
    values = {"file": left.number, "columns": left.columns, "invoices": left.invoices}
    await connection.execute(REWRITE, values)


async def own_numbers(connection: AsyncConnection, creditor: str) -> list[str]:
    """The numbers of the creditor's own invoices."""
    return list((await connection.execute(OWN_NUMBERS, {"creditor": creditor})).scalars())


async def remove(connection: AsyncConnection, number: int, by: str, now: datetime) -> None:
    """Forget a file's columns; that it was here, and who removed it, stays. Raises Unknown where none is kept."""
    if (await connection.execute(FORGET, {"file": number})).first() is None:
        raise Unknown(f"no file {number} is kept: `starter.py history list` shows those that are")
    await connection.execute(REMOVED, {"file": number, "by": by, "now": now})


async def creditors(connection: AsyncConnection, creditor: str | None) -> list[str]:
    """Those of whom a file is kept; the one that is named, if one is, or none."""
    return [row.creditor_id for row in (await connection.execute(CREDITORS, {"creditor": creditor})).all()]


async def customers(connection: AsyncConnection, creditor: str, now: datetime) -> list[Customer]:
    """The creditor's debtors who have a customer number."""
    values = {"creditor": creditor, "now": now}
    return [Customer(*row) for row in (await connection.execute(NUMBERS, values)).all()]
