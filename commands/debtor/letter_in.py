"""A letter that came on paper and was scanned: it stands in the thread of whose reference it bears, else a person is asked.

What is printed on a letter proves nothing of who wrote it: it holds what it is about until a person has read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import CANDIDATES, heard, keep, lock_cases_of
from commands.debtor.said import Said
from domain.money.matching.reading import Clue, searched
from domain.parties.mailed_files import MailedFile
from domain.parties.replies import meaning_of
from facts import received
from facts.clock import is_live
from facts.deliveries import reply_files
from planning.service import Planning

NOT_READ: Final = "(a letter that could not be read: open its file)"
MOST_CANDIDATES: Final = 20

# A reference is one debtor's; an invoice's number only proposes, and only where it is known whose invoices are meant.
PROPOSED = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name_key, c.id as case_id,
  coalesce(i.reference = any(cast(:references as text[])), false) as by_reference
from invoice i join dunning_case c on c.invoice_id = i.id join debtor d on d.id = i.debtor_id
where (i.reference = any(cast(:references as text[]))
    or i.creditor_id = :creditor and i.number_key = any(cast(:keys as text[])))
  and (cast(:creditor as text) is null or i.creditor_id = :creditor) and {is_live("d.creditor_id")}
order by c.state <> 'open', c.id limit {MOST_CANDIDATES}
""")
_NO_MONEY = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Of:
    """Whose letter it is where that is known: a creditor's, of none of its debtors so far."""

    creditor_id: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The reply that a letter became, and whether that was before: the same letter is taken once."""

    reply: int
    came_before: bool


async def letter_came(
    connection: AsyncConnection,
    planning: Planning,
    creditor: str | None,
    words: str,
    sha256: str,
    files: Sequence[MailedFile],
    now: datetime,
) -> Taken:
    """Put a letter where it belongs, once. `words` are what could be read in it, `sha256` is of the file as it came.

    With two debtors' references, or an invoice's number alone, a person is asked which of them it is.
    """
    before = await received.claim(connection, f"letter#{sha256}", "letter", "", now)
    if before is not None:
        return Taken(before["reply"], True)
    asked = searched(Clue(_NO_MONEY, "", text=words))
    values = {"references": list(asked.in_text), "keys": list(asked.keys), "creditor": creditor}
    rows = (await connection.execute(PROPOSED, values)).all()
    sure = [row for row in rows if row.by_reference]
    said = Said("letter", words or NOT_READ, meaning_of(words), proven=False, files=tuple(files))
    if len({row.id for row in sure}) == 1:
        case = sure[0].case_id if len(sure) == 1 else None
        await lock_cases_of(connection, sure[:1])
        reply = await heard(connection, planning, sure[0], replace(said, case=case, tied_by="reference"), now)
    else:
        reply = await _asked_whose(connection, creditor, sure or rows, said, now)
    await received.answer(connection, f"letter#{sha256}", {"reply": reply})
    return Taken(reply, False)


async def _asked_whose(
    connection: AsyncConnection, creditor: str | None, rows: Sequence[Any], said: Said, now: datetime
) -> int:
    """Keep it for a person, who tells whose it is: of one creditor's debtors those whom it may be of are proposed."""
    creditors = {row.creditor_id for row in rows}
    whose = creditor or (creditors.pop() if len(creditors) == 1 else None)
    reply = await keep(connection, _Of(whose) if whose else None, said, now)
    if whose is None:
        await reply_files.keep(connection, reply, said.files, now)
    elif rows:
        debtors = list(dict.fromkeys(row.id for row in rows if row.creditor_id == whose))
        await connection.execute(CANDIDATES, {"reply": reply, "debtors": debtors})
    return reply
