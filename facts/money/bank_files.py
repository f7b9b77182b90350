"""Bank files by their content: what each holds, who accepted it, and how far it is booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live
from facts.database import to_json
from facts.refusals import Refused

State = Literal["flagged", "booking", "done", "refused"]

NEWS = """(bank_file.flags <> cast(:flags as jsonb)
      or (bank_file.accepted_by is null and cast(:accepted_by as text) is not null))"""
COLUMNS = "id, name, state, transactions, position, booked, known, review, flags, accepted_by, sha256, totals"
# What a person has decided about a content stays, whatever name it comes under. Where something about it is new (another
# flag, one that is gone, an acceptance), it is booked from its start again: each of its payments books once anyway.
NOTE = text(f"""
insert into bank_file (sha256, name, format, state, flags, transactions, totals, position, booked, known, review,
    accepted_by, happened_at)
values (:sha256, :name, :format, 'flagged', cast(:flags as jsonb), :transactions, cast(:totals as jsonb), 0, 0, 0, 0,
    :accepted_by, :now)
on conflict (sha256) do update set name = :name, flags = cast(:flags as jsonb),
    accepted_by = coalesce(:accepted_by, bank_file.accepted_by),
    state = case when bank_file.state = 'refused' and cast(:accepted_by as text) is null then 'refused'
      when bank_file.state <> 'done' and {NEWS} then 'flagged' else bank_file.state end,
    position = case when bank_file.state <> 'done' and {NEWS} then 0 else bank_file.position end
returning {COLUMNS}
""")
# A file that was interrupted goes on where it was; one that is booked anew counts anew.
BEGIN = text(f"""
update bank_file set state = 'booking',
  position = case when state = 'booking' then position else 0 end,
  booked = case when state = 'booking' then booked else 0 end,
  known = case when state = 'booking' then known else 0 end,
  review = case when state = 'booking' then review else 0 end
where id = :id and state <> 'done' returning {COLUMNS}
""")
FIND = text(f"select {COLUMNS} from bank_file where id = :id")
# Whatever is settled and was neither booked nor put in review by this file, nor left out, was known before.
COUNT = text("""
update bank_file set booked = booked + :booked, review = review + :review,
  known = case when cast(:position as int) is null then known
    else :position - :left_out - (booked + :booked) - (review + :review) end,
  position = coalesce(:position, position)
where id = :id and state = 'booking' and position = :before returning id
""")
END = text(f"update bank_file set state = :state where id = :id returning {COLUMNS}")
PUT_AWAY = text("update bank_file set state = 'refused' where id = :id and state = 'flagged' returning id")
OWNERS = text(f"""
select account, min(creditor_id) as creditor, min(source) as source, count(*) as owners
from bank_account b where account = any(:accounts)
  and {is_live("b.creditor_id")} group by account
""")


class BookedElsewhere(Refused):
    """Somebody else books this very file at this moment."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A bank file as it is kept. `position` of its transactions are settled: booked, known, in review or left out."""

    id: int
    name: str
    state: State
    transactions: int
    position: int
    booked: int
    known: int
    review: int
    flags: list[str]
    accepted_by: str | None
    sha256: str
    totals: Mapping[str, str]  # by currency

    @property
    def left_out(self) -> int:
        """How many of the settled transactions were not booked at all."""
        return self.position - self.booked - self.known - self.review


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account it is (None: of several creditors), and the kind of file that imports it."""

    creditor: str | None
    source: str | None


async def note(
    connection: AsyncConnection,
    *,
    sha256: str,
    name: str,
    format: str | None,
    flags: Sequence[str],
    transactions: int,
    totals: Mapping[str, Decimal],
    accepted_by: str | None,
    now: datetime,
) -> StoredFile:
    """Keep what was found in a file, and who accepted it; gives it as it stands. A file that is new is `flagged`."""
    values = {
        "sha256": sha256,
        "name": name,
        "format": format,
        "flags": to_json(list(flags)),
        "transactions": transactions,
        "totals": to_json(dict(totals)),
        "accepted_by": accepted_by,
        "now": now,
    }
    return StoredFile(*(await connection.execute(NOTE, values)).one())


async def begin(connection: AsyncConnection, file: int) -> StoredFile:
    """The file is booked from now on, or goes on being booked; one that is done stays done."""
    begun = (await connection.execute(BEGIN, {"id": file})).one_or_none()
    return StoredFile(*begun) if begun else await find(connection, file)


async def count(
    connection: AsyncConnection,
    file: int,
    before: int,
    *,
    booked: int,
    review: int,
    position: int | None = None,
    left_out: int = 0,
) -> None:
    """Add to a file's counts; with `position` everything before it is settled, `left_out` of it not booked at all.

    Raises BookedElsewhere where the file is not where it was before, so that nothing of this transaction stays.
    """
    values = {
        "id": file,
        "before": before,
        "booked": booked,
        "review": review,
        "position": position,
        "left_out": left_out,
    }
    if (await connection.execute(COUNT, values)).one_or_none() is None:
        raise BookedElsewhere("the file is being booked by somebody else, too: look again in a moment")


async def find(connection: AsyncConnection, file: int) -> StoredFile:
    """A file as it stands."""
    return StoredFile(*(await connection.execute(FIND, {"id": file})).one())


async def end(connection: AsyncConnection, file: int, state: Literal["flagged", "done", "refused"]) -> StoredFile:
    """The file is done, refused, or flagged still, with a part of it left out."""
    return StoredFile(*(await connection.execute(END, {"id": file, "state": state})).one())


async def put_away(connection: AsyncConnection, file: int) -> None:
    """A person wants nothing more of a flagged file booked; one that lies in the folder is moved to the refused ones.

    Accepting it later is possible still. Raises Refused for one that is not flagged any more.
    """
    if (await connection.execute(PUT_AWAY, {"id": file})).scalar_one_or_none() is None:
        raise Refused("the file is not flagged any more: look at it again")


async def owners(connection: AsyncConnection, accounts: Sequence[str]) -> dict[str, Owner]:
    """Whose these accounts are; those of nobody are left out."""
    rows = (await connection.execute(OWNERS, {"accounts": list(accounts)})).all()
    return {row.account: Owner(row.creditor if row.owners == 1 else None, row.source) for row in rows}
