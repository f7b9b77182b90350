"""What was agreed and kept, and what debtors disagree with: the reports of kindness."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import to_cents
from views.reports.report import CREDITOR, CURRENCY, Asked, Column, ReportSpec, Row, percent, tenths

# A promise is kept when as much came by its day, but for what the policy does not ask for; and open through its day.
AGREEMENTS = text("""
with promised as (
  select i.currency, p.amount, p.pay_by, (select coalesce(-sum(e.amount), 0) from ledger_entry e
      where e.invoice_id = i.id and e.payment_id is not null and e.happened_at >= p.happened_at and e.happened_at < :ends
        and e.booked_on <= p.pay_by) as came, greatest(t.ignore_balance_below, 0.01) as too_little
  from promise p join dunning_case c on c.id = p.case_id join invoice i on i.id = c.invoice_id
  join policy_text t on t.hash = c.policy_hash
  where p.happened_at >= :begins and p.happened_at < :ends and c.creditor_id = :creditor
    and (p.withdrawn_at is null or p.withdrawn_at >= :ends)),
made as (
  select 'promise' as agreement, currency, amount,
    case when amount - came < too_little then 'kept' when pay_by >= :on then 'running' else 'broken' end as state
  from promised
  union all
  select 'plan', currency, total, case when ended_at < :ends then state else 'running' end from instalment_plan
  where creditor_id = :creditor and happened_at >= :begins and happened_at < :ends)
select currency, agreement, count(*) as made, sum(amount) as amount, count(*) filter (where state = 'kept') as kept,
  count(*) filter (where state = 'broken') as broken, count(*) filter (where state = 'ended') as ended,
  count(*) filter (where state = 'running') as running
from made group by currency, agreement order by currency, agreement desc
""")
DISPUTES = text("""
with of_time as (
  select * from dispute where happened_at >= :begins and happened_at < :ends
  union select * from dispute where resolved_at >= :begins and happened_at < :ends
  union select * from dispute where resolved_at is null and happened_at < :ends),
named as (
  select d.*, i.currency, coalesce(d.amount, greatest(c.balance, 0)) as about, d.resolved_at is null or d.resolved_at >= :ends
      as open, cast(:on as date) - cast(d.happened_at at time zone :zone as date) as age
  from of_time d join dunning_case c on c.id = d.case_id join invoice i on i.id = c.invoice_id
  where c.creditor_id = :creditor)
select currency, reason_code as reason, count(*) filter (where happened_at >= :begins) as opened,
  count(*) filter (where open) as open, coalesce(sum(about) filter (where open), 0) as amount,
  count(*) filter (where open and age <= 7) as open_to_7, count(*) filter (where open and age between 8 and 30) as open_8_30,
  count(*) filter (where open and age > 30) as open_over_30, count(*) filter (where not open and upheld) as upheld,
  count(*) filter (where not open and not upheld) as rejected,
  avg(extract(epoch from resolved_at - happened_at) / 86400) filter (where not open) as days
from named group by currency, reason_code order by currency, opened desc, reason
""")


async def _agreements(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(AGREEMENTS, asked.values)).all()
    rows = [
        {
            "currency": row.currency,
            "agreement": row.agreement,
            "made": row.made,
            "amount": to_cents(row.amount),
            "kept": row.kept,
            "broken": row.broken,
            "ended": row.ended,
            "running": row.running,
            "kept_percent": percent(row.kept, row.kept + row.broken),
        }
        for row in found
    ]
    kept, broken = sum(row.kept for row in found), sum(row.broken for row in found)
    if kept + broken:
        return rows, f"{percent(kept, kept + broken)} % of what was agreed since {asked.since} and is decided was kept"
    return (
        rows,
        f"nothing that was agreed since {asked.since} is decided yet"
        if found
        else f"nothing was agreed since {asked.since}",
    )


async def _disputes(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(DISPUTES, asked.values)).all()
    rows = [
        {
            "currency": row.currency,
            "reason": row.reason,
            "opened": row.opened,
            "open": row.open,
            "amount": to_cents(row.amount),
            "open_to_7": row.open_to_7,
            "open_8_30": row.open_8_30,
            "open_over_30": row.open_over_30,
            "upheld": row.upheld,
            "rejected": row.rejected,
            "days": tenths(row.days),
        }
        for row in found
    ]
    still, old = sum(row.open for row in found), sum(row.open_over_30 for row in found)
    opened = sum(row.opened for row in found)
    return rows, f"{opened} disputes came since {asked.since}; {still} are open, {old} of them for more than 30 days"


AGREED = ReportSpec(
    "agreements",
    "Promises and plans",
    (
        CREDITOR,
        CURRENCY,
        Column("agreement", "text", "`promise` or `plan`."),
        Column("made", "count", "Since the day, and not withdrawn."),
        Column("amount", "amount", "What they are over."),
        Column("kept", "count", "Of them, kept."),
        Column("broken", "count", "Not kept."),
        Column("ended", "count", "Plans that somebody ended."),
        Column("running", "count", "Their day, or the last one, is still to come."),
        Column("kept_percent", "percent", "Kept, of those that are kept or broken."),
    ),
    _agreements,
    ("agreement", ("kept", "broken", "running")),
)
DISPUTED = ReportSpec(
    "disputes",
    "Disputes, by reason and age",
    (
        CREDITOR,
        CURRENCY,
        Column("reason", "text", "Its reason code."),
        Column("opened", "count", "Since the day."),
        Column("open", "count", "On the last day."),
        Column("amount", "amount", "What the open ones are about: the disputed part, else what is owed now."),
        Column("open_to_7", "count", "Open for up to 7 days."),
        Column("open_8_30", "count", "For 8 to 30 days."),
        Column("open_over_30", "count", "For longer."),
        Column("upheld", "count", "Decided since the day: the debtor was right."),
        Column("rejected", "count", "Decided otherwise."),
        Column("days", "days", "From the dispute to its end, on average."),
    ),
    _disputes,
    ("reason", ("open_to_7", "open_8_30", "open_over_30")),
)
