"""What creditors say beside an invoice: each piece's latest version counts, all are kept, and what came of them is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.pieces import THREATENING, Kept, Piece
from facts.refusals import Refused, Unknown

What = Literal["shown", "clicked", "answered"]

MOST_PIECES = 50  # in use of one creditor: what nobody looks through any more helps nobody
MARKED_FOR = timedelta(days=30)  # after that a page is hardly opened again
FEWEST = 5  # counted of fewer, a figure would tell of somebody

LATEST = """select distinct on (name) id, name, version, piece from content_piece where creditor_id = cast(:creditor as text)
  order by name, version desc"""
LOCK = text("select id from creditor where id = :creditor for no key update")
IN_USE = text(f"select id, piece from ({LATEST}) p where piece is not null order by id")
NAMES_IN_USE = text(f"select name from ({LATEST}) p where piece is not null")
ADD = text("""
insert into content_piece (creditor_id, name, version, piece, by, reason_code, happened_at)
select cast(:creditor as text), cast(:name as text), 1 + coalesce(max(version), 0), cast(:piece as jsonb), :by,
  :reason_code, :now
from content_piece where creditor_id = cast(:creditor as text) and name = cast(:name as text)
returning version
""")
HISTORY = text("""
select p.name, p.version, p.piece, p.by, p.reason_code, p.happened_at, m.shown, m.clicked, m.helped, m.did_not_help
from content_piece p cross join lateral (
  select count(*) filter (where what = 'shown') as shown, count(*) filter (where what = 'clicked') as clicked,
    count(*) filter (where helped) as helped, count(*) filter (where not helped) as did_not_help
  from content_mark where piece_id = p.id) m
where p.creditor_id = :creditor order by p.name, p.version
""")
# Of the debtor's claims that are not settled, whether one has a notice that stands, ours or from before the case was ours.
BESIDE = text("""
select i.segment, i.due_date, d.kind as debtor_kind,
  (select true from dunning_case o join delivery_case dc on dc.case_id = o.id join delivery l on l.id = dc.delivery_id
     where o.debtor_id = c.debtor_id and o.balance > 0 and l.message = any(cast(:threatening as text[]))
       and l.state not in ('failed', 'shadow') limit 1) is not null
  or (select true from dunning_case o join already_sent s on s.invoice_id = o.invoice_id
     where o.debtor_id = c.debtor_id and o.balance > 0 and s.message = any(cast(:threatening as text[])) limit 1)
     is not null as threatened
from dunning_case c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id where c.id = :case
""")
MARK = text("""
insert into content_mark (piece_id, day, what, helped, mark) values (:piece, :day, :what, :helped, :mark)
on conflict (piece_id, what, mark) where mark is not null do update set helped = excluded.helped
where content_mark.helped is distinct from excluded.helped
""")
ANSWERED = text("""
select piece_id from content_mark where piece_id = any(:pieces) and what = 'answered' and mark = any(cast(:marks as text[]))
""")
UNMARK = text("update content_mark set mark = null where mark is not null and day < :before")


@dataclass(frozen=True, slots=True)
class Beside:
    """What of an invoice's case decides what may stand beside it. `threatened`: a notice to its debtor stands."""

    segment: str | None
    due_date: date
    debtor_kind: str
    threatened: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of one version of a piece: of how many invoices. None where so few were shown it that it would tell of them."""

    shown: int | None
    clicked: int | None
    helped: int | None
    did_not_help: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a piece, who put it, why and when (UTC), and what came of it; without a piece: ended."""

    name: str
    version: int
    piece: Piece | None
    by: str
    reason_code: str
    since: datetime
    counted: Counted


async def put(
    connection: AsyncConnection, creditor: str, name: str, piece: Piece, by: str, reason_code: str, now: datetime
) -> int:
    """From now on this is the piece of that name; gives its version. Whoever puts it has checked its words.

    Raises Refused for one more than `MOST_PIECES`.
    """
    await connection.execute(LOCK, {"creditor": creditor})
    names = (await connection.execute(NAMES_IN_USE, {"creditor": creditor})).scalars().all()
    if name not in names and len(names) >= MOST_PIECES:
        raise Refused(f"there are {MOST_PIECES} pieces in use: end one first")
    return await _add(connection, creditor, name, piece.model_dump_json(), by, reason_code, now)


async def end(connection: AsyncConnection, creditor: str, name: str, by: str, reason_code: str, now: datetime) -> int:
    """From now on nobody is shown it; gives the version that says so. Raises Unknown where no such piece is in use."""
    await connection.execute(LOCK, {"creditor": creditor})
    if name not in (await connection.execute(NAMES_IN_USE, {"creditor": creditor})).scalars().all():
        raise Unknown(f"no piece {name} is in use")
    return await _add(connection, creditor, name, None, by, reason_code, now)


async def history(connection: AsyncConnection, creditor: str) -> list[Version]:
    """Every version that there was, by name, the oldest first, with what came of it."""
    rows = await connection.execute(HISTORY, {"creditor": creditor})
    return [
        Version(name, version, Piece.model_validate(piece) if piece else None, by, reason_code, since, _told(*counted))
        for name, version, piece, by, reason_code, since, *counted in rows
    ]


async def in_use(connection: AsyncConnection, creditor: str) -> list[Kept]:
    """A creditor's pieces that are not ended, the latest last."""
    rows = await connection.execute(IN_USE, {"creditor": creditor})
    return [Kept(row.id, Piece.model_validate(row.piece)) for row in rows]


async def beside(connection: AsyncConnection, case: int) -> Beside:
    """What decides what may stand beside the invoice of a case."""
    row = (await connection.execute(BESIDE, {"case": case, "threatening": list(THREATENING)})).one()
    return Beside(**row._mapping)


async def count(
    connection: AsyncConnection, marked: Sequence[tuple[int, str]], what: What, day: date, helped: bool | None = None
) -> None:
    """Count pieces once for each mark; the latest answer is the answer."""
    for piece, mark in sorted(marked):  # in one order, so that two never wait for each other
        values = {"piece": piece, "day": day, "what": what, "helped": helped, "mark": mark}
        await connection.execute(MARK, values)


async def answered(connection: AsyncConnection, marked: Sequence[tuple[int, str]]) -> set[int]:
    """Which of the pieces were answered with their mark."""
    pieces, marks = [piece for piece, _ in marked], [mark for _, mark in marked]
    return set((await connection.execute(ANSWERED, {"pieces": pieces, "marks": marks})).scalars())


async def unmark(connection: AsyncConnection, now: datetime) -> None:
    """Forget whose the counts are that are old. A day sooner or later, as days are elsewhere, is the same to everybody."""
    await connection.execute(UNMARK, {"before": moment_in("NO", now).day - MARKED_FOR})


async def _add(
    connection: AsyncConnection, creditor: str, name: str, piece: str | None, by: str, reason_code: str, now: datetime
) -> int:
    values = {"creditor": creditor, "name": name, "piece": piece, "by": by, "reason_code": reason_code, "now": now}
    version: int = (await connection.execute(ADD, values)).scalar_one()
    return version


def _told(shown: int, clicked: int, helped: int, did_not_help: int) -> Counted:
    if max(shown, helped + did_not_help) < FEWEST:
        return Counted(None, None, None, None)
    return Counted(shown, clicked, helped, did_not_help)
