"""Days of accounting: each is closed once with its vouchers, and stays as it is written; what is told late is the next one's.

A day has the entries that happened before its end and were committed when it was closed, and that no earlier day has. Which
these are is told by the values of the day and of the one before it, so nothing is noted beside each entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.vouchers import AccountPlan, Posted, Voucher, VoucherKind, VoucherLine, owed_by, vouchers
from facts.clock import is_live
from facts.database import to_json
from facts.refusals import Conflict, Unknown

# Whoever posts holds the table until the transaction ends: once nobody does, each lower number is committed or never will be.
NOBODY_POSTS = "lock table ledger_entry, held_entry in share mode"
HORIZON = text("select greatest((select max(id) from ledger_entry), (select max(id) from held_entry), 0)")
KEPT = text(f"""
select c.id as creditor, c.country, max(a.day) as last from accounting_day a join creditor c on c.id = a.creditor_id
where {is_live("c.id")} and (cast(:creditor as text) is null or c.id = :creditor) group by c.id order by c.id
""")
LOCK = text("select account_plan, country from creditor where id = :creditor for no key update")
LAST = text("""
select day, ends_at, through, low, owed from accounting_day where creditor_id = :creditor order by day desc limit 1
""")
# Those up to `low` have their day for certain: so it is not looked for from the beginning of the ledger.
NEW = """e.id > :low and e.id <= :through and e.creditor_id = :creditor and e.happened_at < :ends_at
  and (e.id > :before_through or e.happened_at >= :before_ends_at)"""
ENTRIES = text(f"""
select e.id, e.kind, e.part, e.amount, e.currency, e.booked_on, e.source,
  (select r.kind from ledger_entry r where r.id = e.reverses) as reverses, e.payment_id is not null as of_payment,
  (select coalesce(p.account, p.source) from incoming_payment p where p.id = e.payment_id) as came_to,
  (select i.number from invoice i where i.id = e.invoice_id) as invoice,
  case when e.kind = 'write-off' and e.amount < 0 then (
    select v.detail ->> 'reason_code' from case_event v join dunning_case c on c.id = v.case_id
    where c.invoice_id = e.invoice_id and v.kind = 'write_off' and v.happened_at = e.happened_at limit 1) end as why
from ledger_entry e
where {NEW}
union all
select e.id, e.kind, 'principal', case when e.kind = 'waiting' then -e.amount else e.amount end, e.currency, e.booked_on,
  'held', null, true, e.account, null, null
from held_entry e where {NEW}
order by 1
""")
LOW = text("""
select coalesce(least(
  (select min(id) - 1 from ledger_entry
    where id > :low and id <= :through and creditor_id = :creditor and happened_at >= :ends_at),
  (select min(id) - 1 from held_entry
    where id > :low and id <= :through and creditor_id = :creditor and happened_at >= :ends_at)), :through)
""")
OWED = text("""
select currency, sum(amount) as owed from ledger_entry
where creditor_id = :creditor and id <= :through and happened_at < :ends_at group by currency having sum(amount) <> 0
""")
CLOSE = text("""
insert into accounting_day (creditor_id, day, ends_at, through, low, entries, owed, vouchers, file, happened_at)
values (:creditor, :day, :ends_at, :through, :low, :entries, cast(:owed as jsonb), cast(:vouchers as jsonb), :file, :now)
""")
DAYS = text("""
select a.creditor_id, a.day, a.entries, a.owed, a.vouchers, a.file, a.happened_at, c.country
from accounting_day a join creditor c on c.id = a.creditor_id
where a.creditor_id = :creditor and a.vouchers is not null and (cast(:day as date) is null or a.day = :day) order by a.day desc
""")
FILES = text("select exists (select from accounting_day where file = :file)")
CUSTOMERS = text("""
select i.number, d.customer_number from invoice i join debtor d on d.id = i.debtor_id
where i.creditor_id = :creditor and i.number = any(:numbers) and d.customer_number is not null
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A creditor whose days are kept, and the last one that is closed."""

    creditor: str
    country: str
    last: date


@dataclass(frozen=True, slots=True)
class AccountingDay:
    """A day that is closed; `owed` is what debtors owe at its end, by currency."""

    creditor: str
    day: date
    entries: int
    owed: dict[str, Decimal]
    vouchers: tuple[Voucher, ...]
    file: str | None
    closed_at: datetime
    closed_on: date
    """The creditor's local day of that."""

    @property
    def invoices(self) -> list[str]:
        """The numbers of the invoices that it speaks of."""
        return sorted({line.invoice for each in self.vouchers for line in each.lines if line.invoice})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger of a creditor held against its closed days: `closed` is what they say is owed, `ledger` what it says."""

    currency: str
    closed: Decimal
    ledger: Decimal


async def horizon(connection: AsyncConnection) -> int:
    """The number up to which every entry of the ledger is committed. In a transaction of its own: nobody posts meanwhile."""
    await connection.exec_driver_sql(NOBODY_POSTS)
    through: int = (await connection.execute(HORIZON)).scalar_one()
    return through


async def kept(connection: AsyncConnection, creditor: str | None = None) -> list[Kept]:
    """The live creditors whose days are kept, or one of them."""
    return [Kept(*row) for row in (await connection.execute(KEPT, {"creditor": creditor})).all()]


async def begin(
    connection: AsyncConnection, creditor: str, first: date, starts_at: datetime, through: int, now: datetime
) -> None:
    """Keep the days of a creditor from `first` on, which begins at `starts_at`; what was posted before is the creditor's own.

    Raises Unknown, or Conflict where they are kept already.
    """
    await _locked(connection, creditor)
    if (await connection.execute(LAST, {"creditor": creditor})).one_or_none() is not None:
        raise Conflict(f"the days of creditor {creditor} are kept already: `vouchers list` shows them")
    values: dict[str, Any] = {"creditor": creditor, "ends_at": starts_at, "through": through, "now": now}
    owed = {row.currency: row.owed for row in (await connection.execute(OWED, values)).all()}
    low = (await connection.execute(LOW, values | {"low": 0})).scalar_one()
    before = {"day": first - timedelta(days=1), "low": low, "entries": 0, "owed": to_json(owed)}
    await connection.execute(CLOSE, values | before | {"vouchers": None, "file": None})


async def close(
    connection: AsyncConnection, creditor: str, day: date, ends_at: datetime, through: int, file: str, now: datetime
) -> AccountingDay | None:
    """Close the day after the last one, with all that was posted before its end (UTC); None where it is closed already."""
    plan, country = await _locked(connection, creditor)
    last = (await connection.execute(LAST, {"creditor": creditor})).one()
    if day <= last.day:
        return None
    values: dict[str, Any] = {
        "creditor": creditor,
        "day": day,
        "ends_at": ends_at,
        "through": max(through, last.through),
        "low": last.low,
        "before_through": last.through,
        "before_ends_at": last.ends_at,
        "now": now,
    }
    entries = [Posted(*row) for row in (await connection.execute(ENTRIES, values)).all()]
    low = (await connection.execute(LOW, values)).scalar_one()
    owed = {currency: Decimal(amount) for currency, amount in last.owed.items()}
    for currency, amount in owed_by(entries).items():
        owed[currency] = owed.get(currency, Decimal(0)) + amount
    written = vouchers(entries, plan)
    row = {"entries": len(entries), "owed": to_json(owed), "vouchers": to_json(written), "low": low, "file": file}
    await connection.execute(CLOSE, values | row)
    return AccountingDay(creditor, day, len(entries), owed, written, file, now, moment_in(country, now).day)


async def days(connection: AsyncConnection, creditor: str, day: date | None = None) -> list[AccountingDay]:
    """The closed days of a creditor, the latest first; one where it is named."""
    rows = (await connection.execute(DAYS, {"creditor": creditor, "day": day})).all()
    return [_day(row) for row in rows]


async def is_known_file(connection: AsyncConnection, file: str) -> bool:
    """Whether a day was closed with this file."""
    return bool((await connection.execute(FILES, {"file": file})).scalar_one())


async def customers(connection: AsyncConnection, creditor: str, numbers: Sequence[str]) -> dict[str, str]:
    """Whose the invoices of these numbers are: the customer's number, as far as there is one."""
    rows = await connection.execute(CUSTOMERS, {"creditor": creditor, "numbers": list(numbers)})
    return {row.number: row.customer_number for row in rows}


async def reconcile(connection: AsyncConnection, creditor: str) -> list[Reconciled]:
    """What debtors owe at the end of the last closed day, by the closed days and by the ledger itself. Raises Unknown."""
    last = (await connection.execute(LAST, {"creditor": creditor})).one_or_none()
    if last is None:
        raise Unknown(f"no days of creditor {creditor} are kept: `vouchers begin` begins them")
    values = {"creditor": creditor, "through": last.through, "ends_at": last.ends_at}
    ledger = {row.currency: row.owed for row in (await connection.execute(OWED, values)).all()}
    closed = {currency: Decimal(amount) for currency, amount in last.owed.items()}
    return [
        Reconciled(each, closed.get(each, Decimal(0)), ledger.get(each, Decimal(0)))
        for each in sorted(closed.keys() | ledger.keys())
    ]


async def _locked(connection: AsyncConnection, creditor: str) -> tuple[AccountPlan, str]:
    """The creditor's accounts and country; locked, so that of two who close a day one waits. Raises Unknown."""
    found = (await connection.execute(LOCK, {"creditor": creditor})).one_or_none()
    if found is None:
        raise Unknown(f"no creditor {creditor}: register it first")
    return AccountPlan.model_validate(found.account_plan), found.country


def _day(row: Any) -> AccountingDay:
    owed = {currency: Decimal(amount) for currency, amount in row.owed.items()}
    closed_on = moment_in(row.country, row.happened_at).day
    kept = tuple(map(_voucher, row.vouchers))
    return AccountingDay(row.creditor_id, row.day, row.entries, owed, kept, row.file, row.happened_at, closed_on)


def _voucher(kept: dict[str, Any]) -> Voucher:
    lines = tuple(
        VoucherLine(
            each["account"],
            Decimal(each["debit"]),
            Decimal(each["credit"]),
            each["entry"],
            each["invoice"],
            date.fromisoformat(each["booked_on"]) if each["booked_on"] else None,
            each.get("why"),
        )
        for each in kept["lines"]
    )
    return Voucher(VoucherKind(kept["kind"]), kept["currency"], lines)
