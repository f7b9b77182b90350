"""Sums that a centre paid out, as the files tell them that have their payments one by one; each explains one entry of an account.

An account's own statement has such a sum as one entry. Where a deposit of the same day, amount and number of payments is
known, its payments are booked by that other file, and the entry is nothing new, in whatever order the files come.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_GIRO = re.compile(r"(?<!\d)(?:\d{3,4}-?\d{4}|\d{1,7}-\d)(?!\d)")

RECORD = text("""
insert into deposit (creditor_id, number, day, serial, amount, currency, payments, happened_at)
values (:creditor, :number, :day, :serial, :amount, :currency, :payments, :now) on conflict do nothing
""")
NUMBERS = text("""
select regexp_replace(account, '[^0-9]', '', 'g') as number from bank_account where creditor_id = :creditor
""")
OF_DAYS = """creditor_id = :creditor and day = any(:days) and currency = :currency
  and (cardinality(cast(:numbers as text[])) = 0 or number = any(:numbers))"""
# The one that explained this very entry before goes first: it explains no other.
EXPLAIN = text(f"""
update deposit set told_as = :id where id = (
  select id from deposit where {OF_DAYS} and amount = :amount and (cast(:payments as int) is null or payments = :payments)
    and (told_as is null or told_as = :id) order by told_as is null, id limit 1 for update)
returning id
""")
OTHERS = text(
    f"select number, day, amount, payments from deposit where {OF_DAYS} and told_as is null order by id limit 3"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an account that sums up payments, with all of its words; `payments` is None where it does not say how many."""

    id: str
    days: Sequence[date]
    amount: Decimal
    currency: str
    payments: int | None
    text: str


async def record(connection: AsyncConnection, creditor: str, deposits: Sequence[dict[str, Any]], now: datetime) -> None:
    """Keep what came in on a creditor's numbers: `number`, `day`, `serial`, `amount`, `currency`, `payments`. Each once."""
    if deposits:
        await connection.execute(RECORD, [each | {"creditor": creditor, "now": now} for each in deposits])


async def explained(connection: AsyncConnection, creditor: str, entry: Entry) -> str | None:
    """None where a deposit explains an entry exactly, and from then on no other; else what is known of that day, in words.

    An entry that names a giro number of the creditor's is explained by a deposit to that alone.
    """
    own = (await connection.execute(NUMBERS, {"creditor": creditor})).scalars().all()
    named = {each.replace("-", "") for each in _GIRO.findall(entry.text)} & set(own)
    values = asdict(entry) | {"creditor": creditor, "numbers": sorted(named), "days": list(entry.days)}
    if (await connection.execute(EXPLAIN, values)).scalar_one_or_none() is not None:
        return None
    others = (await connection.execute(OTHERS, values)).all()
    said = f"{entry.amount} {entry.currency} on {entry.days[-1]}"
    if not others:
        return f"{said}: no file with its payments has come yet"
    told = "; ".join(f"{each.payments} payments of {each.amount} on {each.day} to {each.number}" for each in others)
    return f"{said}, but the file with the payments tells of {told}"
