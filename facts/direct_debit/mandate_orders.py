"""Mandates that a creditor brings to the centre itself: registered there, and ended where their debtor took them back."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.mandate_answers import WITHDRAWN
from facts.direct_debit.files import STORE_FILE, Kind

PAGE = 5000  # mandates of one file
KIND: Kind = "mandate orders"
TO_REGISTER = text("""
select id, reference, payer_account, holder from mandate
where creditor_id = :creditor and state = 'pending' and payer_account is not null and holder is not null
  and request_file is null order by id limit :page for update
""")
TO_END = text("""
select id, reference from mandate
where creditor_id = :creditor and state = 'ended' and ended_why = :withdrawn and end_file is null
  and (request_file is not null or confirmed_at is not null) order by id limit :page for update
""")
REGISTERED = text("update mandate set request_file = :name where id = any(:mandates)")
ENDED = text("update mandate set end_file = :name where id = any(:mandates)")
IN_FILE = text("""
select id, reference, payer_account, holder, end_file is not distinct from :name as ends from mandate
where request_file = :name or end_file = :name order by id
""")


@dataclass(frozen=True, slots=True)
class Registered:
    """A mandate to register. What names its payer stays out of every text that is made of it."""

    mandate: int
    payer_number: str
    account: str = field(repr=False)
    holder: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MandateOrders:
    """What the centre is to be told of a creditor's mandates: which are new, and the payers' numbers of those that have ended."""

    new: tuple[Registered, ...]
    ended: tuple[str, ...]
    ended_ids: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.new) + len(self.ended)


async def wanted(connection: AsyncConnection, creditor: str) -> MandateOrders:
    """What the centre does not know yet of a creditor's mandates, at most a page of each; locked until the transaction ends."""
    values = {"creditor": creditor, "page": PAGE, "withdrawn": WITHDRAWN}
    new = (await connection.execute(TO_REGISTER, values)).all()
    ended = (await connection.execute(TO_END, values)).all()
    return MandateOrders(
        tuple(Registered(row.id, row.reference, row.payer_account, row.holder) for row in new),
        tuple(row.reference for row in ended),
        tuple(row.id for row in ended),
    )


async def store(
    connection: AsyncConnection, creditor: str, orders: MandateOrders, name: str, number: int, now: datetime
) -> None:
    """Commit a file of this name and number with what it tells; it is not published yet."""
    values = {"name": name, "creditor": creditor, "kind": KIND, "number": number, "count": len(orders), "total": 0}
    await connection.execute(STORE_FILE, values | {"now": now})
    await connection.execute(REGISTERED, {"name": name, "mandates": [each.mandate for each in orders.new]})
    await connection.execute(ENDED, {"name": name, "mandates": list(orders.ended_ids)})


async def in_file(connection: AsyncConnection, name: str) -> MandateOrders:
    """What a committed file tells: it can be written again until the centre has answered."""
    rows = (await connection.execute(IN_FILE, {"name": name})).all()
    return MandateOrders(
        tuple(
            Registered(row.id, row.reference, row.payer_account, row.holder)
            for row in rows
            if not row.ends and row.holder is not None
        ),
        tuple(row.reference for row in rows if row.ends),
    )
