"""The accounts money comes in on: what kind of file imports them, and through which day."""

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.outbox import tell

# A creditor's own accounts, the one that direct debit is agreed for first: payment references are received there.
OWN = """array(select b.account::text from bank_account b join creditor o on o.id = b.creditor_id
  where b.creditor_id = {creditor} order by b.account = o.direct_debit ->> 'account' desc nulls last, b.account)"""
HAS_ACCOUNT = text("select exists (select from bank_account where creditor_id = :creditor and account = :account)")
IMPORTED = text("""
update bank_account set imported_through = greatest(imported_through, cast(:through as date)), happened_at = :at
where creditor_id = :creditor and account = :account and (imported_through is null or imported_through < :through)
returning creditor_id
""")
WAITING_FOR_BANK = text("select id from dunning_case where creditor_id = :creditor and flag = 'bank data stale'")
# The first file that brings an account's money decides what kind brings it from then on.
TAKE_SOURCE = text("""
with taken as (
  update bank_account set source = :source where creditor_id = :creditor and account = :account and source is null
  returning source)
select coalesce((select source from taken), (select source from bank_account
  where creditor_id = :creditor and account = :account))
""")


async def has_account(connection: AsyncConnection, creditor: str, account: str) -> bool:
    """Whether a creditor has this bank account."""
    found: bool = (await connection.execute(HAS_ACCOUNT, {"creditor": creditor, "account": account})).scalar_one()
    return found


async def import_source(connection: AsyncConnection, creditor: str, account: str, source: str) -> str:
    """The kind of file that imports an account: `source` where none did before. Two kinds would book money twice."""
    values = {"creditor": creditor, "account": account, "source": source}
    taken: str = (await connection.execute(TAKE_SOURCE, values)).scalar_one()
    return taken


async def imported_through(
    connection: AsyncConnection, creditor: str, account: str, through: date, now: datetime
) -> None:
    """An account's bank data is imported through this day: cases that waited for it look again."""
    values = {"creditor": creditor, "account": account, "through": through, "at": now}
    if (await connection.execute(IMPORTED, values)).scalar_one_or_none():
        waiting = (await connection.execute(WAITING_FOR_BANK, {"creditor": creditor})).scalars().all()
        await tell(connection, waiting, "bank_data_imported", now)
