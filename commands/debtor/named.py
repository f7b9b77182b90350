"""Which invoice words name, by its number or its payment reference: a reply is about that one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.matching.reading import Clue, searched
from facts.clock import is_live

# A reference is a payment's; an invoice's number is anybody's, so that it only chooses among the sender's own.
NAMED = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name_key, false as stands_in, c.id as case_id,
  coalesce(i.reference = any(cast(:references as text[])), false) as by_reference
from invoice i join dunning_case c on c.invoice_id = i.id join debtor d on d.id = i.debtor_id
where (i.reference = any(cast(:references as text[]))
    or i.debtor_id = any(cast(:senders as int[])) and i.number_key = any(cast(:keys as text[])))
  and c.state = 'open' and {is_live("d.creditor_id")}
order by c.id
""")
LONGEST = 5000  # characters that are looked through
_NO_MONEY = Decimal(0)


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom words are of, and the one case that they are about, where they name it: by what."""

    owners: Sequence[Any]
    case: int | None = None
    by: Literal["reference", "number"] | None = None


async def meant_in(connection: AsyncConnection, words: str, owners: Sequence[Any]) -> Meant:
    """Whom of the owners of an address words mean, by an open invoice of theirs that is named; where nobody has the address,
    whom a payment reference names. Words that name invoices of several of them, or none, choose nobody.
    """
    asked = searched(Clue(_NO_MONEY, "", text=words[:LONGEST]))
    senders = [owner.id for owner in owners]
    values = {"references": list(asked.in_text), "keys": list(asked.keys), "senders": senders}
    rows = (await connection.execute(NAMED, values)).all()
    found = [row for row in rows if (row.id in senders if senders else row.by_reference)]
    if len({row.id for row in found}) != 1:
        return Meant(owners)
    by: Literal["reference", "number"] = "reference" if found[0].by_reference else "number"
    meant = [owner for owner in owners if owner.id == found[0].id] or found[:1]
    return Meant(meant, found[0].case_id if len(found) == 1 else None, by)
