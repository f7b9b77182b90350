"""A debtor's statement of account at one creditor: every invoice that is owed or has credit, and what one payment pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.statement import Line, Sums, asks_of, sums
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.standing import Standing, standing_of
from facts.money import statements
from messages.content import StatementRow, StatementTerms

# A link opens it that went to an address which is still the debtor's own, or theirs who stand in; not one of a colleague
# who approves single invoices, nor of a parent, which has an account of its own, nor one that another debtor has too.
_OPENS = """
exists (select from delivery l left join contact_point p on p.id = l.contact_point_id
  where l.serial = :serial and l.debtor_id = :debtor and coalesce(p.debtor_id, l.debtor_id) = l.debtor_id
    and case when p.id is null then l.channel = 'letter' and not :represented
      else p.state = 'valid' and p.of_representative = :represented and coalesce(p.role, '') <> 'approver' end
    and (p.of_representative or not exists (select from contact_point o join debtor d on d.id = o.debtor_id
      where o.channel = p.channel and o.address_key = p.address_key and o.debtor_id <> l.debtor_id and o.state = 'valid'
        and d.creditor_id = l.creditor_id)))
"""
OPENS = text(f"select {_OPENS}")
ACCOUNT = text(f"""
select {_OPENS} as opens, exists (select from dunning_case where debtor_id = :debtor and id <> :case
  and withdrawn_at is null and balance <> 0 and (state = 'open' or balance < 0)) as others
""")


@dataclass(frozen=True, slots=True)
class Payable:
    """What one payment pays in a currency, and the reference that it needs; None where no statement is issued for it."""

    sums: Sums
    reference: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a link of one invoice has to do with its debtor's account: whether it opens it, and what there is in it."""

    opens: bool
    others: bool  # the debtor owes anything, or has credit, besides that invoice


CLOSED: Final = Account(opens=False, others=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a debtor owes one creditor, the longest due first."""

    on: date
    lines: tuple[Line, ...]
    payable: tuple[Payable, ...]
    """One for each currency."""

    def terms(self, currency: str) -> StatementTerms:
        """What a message says of it, in one currency."""
        (payable,) = (each for each in self.payable if each.sums.currency == currency)
        rows = tuple(
            StatementRow(
                number=f"{line.number} ({line.child})" if line.child else line.number,
                reference=line.reference or line.number,
                due_on=line.due_date,
                balance=line.balance,
                asked=line.asked,
                standing=line.standing,
                disputed=line.disputed,
            )
            for line in self.lines
            if line.currency == currency
        )
        of = payable.sums
        return StatementTerms(payable.reference or "", rows, of.due, of.asked, of.credit)


async def opens_to(
    connection: AsyncConnection, serial: int, debtor: int, life: Sequence[LifeEvent], today: date
) -> bool:
    """Whether a link that the delivery of this serial number carried opens a debtor's account, and not its invoice alone."""
    standing = standing_of(life, today)
    if _nobody_reads(standing):
        return False
    values = {"serial": serial, "debtor": debtor, "represented": standing.stands_in is not None}
    return bool((await connection.execute(OPENS, values)).scalar_one())


def opens_by_proof(life: Sequence[LifeEvent], today: date) -> bool:
    """Whether a debtor's account opens to whoever proves to be the debtor: nobody stands in, and nothing else closes it."""
    standing = standing_of(life, today)
    return standing.stands_in is None and not _nobody_reads(standing)


async def account_of(
    connection: AsyncConnection, serial: int, debtor: int, case: int, life: Sequence[LifeEvent], today: date
) -> Account:
    """The same, and whether there is more in the account than one case."""
    standing = standing_of(life, today)
    if _nobody_reads(standing):
        return CLOSED
    represented = standing.stands_in is not None
    values = {"serial": serial, "debtor": debtor, "case": case, "represented": represented}
    return Account(*(await connection.execute(ACCOUNT, values)).one())


async def read(connection: AsyncConnection, debtor: int, today: date) -> Statement:
    """How a debtor stands with its creditor on a day of the debtor's."""
    lines = await statements.lines(connection, debtor, today)
    standing = [
        await statements.standing(connection, debtor, each.currency, asks_of(lines, each.currency))
        for each in sums(lines)
    ]
    payable = tuple(map(Payable, sums(lines), standing))
    return Statement(today, tuple(lines), payable)


def _nobody_reads(standing: Standing) -> bool:
    events = standing.events
    return (LifeKind.DECEASED in events and LifeKind.ESTATE not in events) or LifeKind.NOT_ME in events
