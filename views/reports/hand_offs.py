"""Fees and hand-offs: what they bring and cost, what went wrong, and what did not have to be."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import to_cents
from views.fee_report import DEFAULT_COSTS, fee_report, verdict
from views.reports.report import CREDITOR, CURRENCY, Asked, Column, ReportSpec, Row, percent, written_month

# Why a partner rejects is one of the agreed words; its own words may name somebody: `hand-offs list` shows them.
HAND_OFFS = text("""
select i.currency, h.state, coalesce(h.reason_code, case when h.state <> 'rejected' then h.reason end) as reason,
  count(*) as cases, sum(greatest(c.principal, 0)) as principal
from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id
where h.creditor_id = :creditor and h.happened_at >= :begins and h.happened_at < :ends
group by 1, 2, 3 order by 1, 2, 3
""")
# A case was near when its collection notice had left: it was settled or agreed about instead, or went, or is still open.
AVOIDED = text("""
with warned as (
  select distinct on (dc.case_id) dc.case_id, d.currency, d.accepted_at
  from delivery d join delivery_case dc on dc.delivery_id = d.id
  where d.creditor_id = :creditor and d.accepted_at >= :begins and d.accepted_at < :ends
    and d.message = 'collection-notice' and not d.alert and d.state = 'accepted'
  order by dc.case_id, d.accepted_at),
stood as materialized (
  select w.currency, case
    when (select true from hand_off h where h.case_id = w.case_id and h.state in ('queued', 'exported', 'accepted')
        and h.happened_at < :ends limit 1) then 'went'
    when (select sum(e.amount) from ledger_entry e where e.invoice_id = c.invoice_id and e.happened_at < :ends) <= 0
      then 'settled'
    when (select true from instalment_plan p where p.case_id = w.case_id and p.happened_at < :ends
        and (p.ended_at is null or p.ended_at >= :ends or p.state = 'kept') limit 1) then 'agreed'
    else 'open' end as what
  from warned w join dunning_case c on c.id = w.case_id)
select currency, count(*) as warned, count(*) filter (where what = 'settled') as settled,
  count(*) filter (where what = 'agreed') as agreed, count(*) filter (where what = 'went') as went,
  count(*) filter (where what = 'open') as open,
  (select handling_costs from creditor where id = :creditor) as costs
from stood group by currency order by currency
""")
COLLECTION = Decimal(700)
"""What a partner adds to a claim at first, where a creditor has not said: assumed to be about the rate that its costs go by."""
WRONGFUL = ("rejected", "recalled", "backed out")


async def _fees(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    months = await fee_report(connection, asked.zone, asked.creditor, asked.since, asked.on + timedelta(days=1))
    rows = [
        {
            "currency": month.currency,
            "month": written_month(month.month),
            "charged": to_cents(month.charged),
            "paid": to_cents(month.paid),
            "reversed": to_cents(month.reversed),
            "waived": to_cents(month.waived),
            "messages": to_cents(month.messages),
            "work": sum(month.work.values()),
            "work_cost": to_cents(month.work_cost),
            "net": month.net,
        }
        for month in months
    ]
    return rows, "; ".join(verdict(months)) or f"no fees were charged since {asked.since}"


async def _hand_offs(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(HAND_OFFS, asked.values)).all()
    rows = [
        {
            "currency": row.currency,
            "state": row.state,
            "reason": row.reason,
            "cases": row.cases,
            "principal": to_cents(row.principal),
        }
        for row in found
    ]
    wrong = sum(row.cases for row in found if row.state in WRONGFUL)
    return (
        rows,
        f"{sum(row.cases for row in found)} cases were to be handed off since {asked.since}, {wrong} of them wrongly",
    )


async def _avoided(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    rows = []
    for row in await connection.execute(AVOIDED, asked.values):
        costs = DEFAULT_COSTS | {"collection": COLLECTION} | {kind: Decimal(cost) for kind, cost in row.costs.items()}
        avoided = row.settled + row.agreed
        rows.append(
            {
                "currency": row.currency,
                "warned": row.warned,
                "settled": row.settled,
                "agreed": row.agreed,
                "went": row.went,
                "open": row.open,
                "avoided_percent": percent(avoided, row.warned),
                "saved_debtors": to_cents(avoided * costs["collection"]),
                "saved_creditor": to_cents(avoided * costs["hand_off"]),
            }
        )
    said = [
        f"{row['settled'] + row['agreed']} of {row['warned']} cases with a collection notice did not have to go, which saved "
        f"debtors {row['saved_debtors']:,.2f} {row['currency']}"
        for row in rows
    ]
    return rows, "; ".join(said) or f"no collection notice left since {asked.since}"


FEES = ReportSpec(
    "fees",
    "Fees, against what handling them costs",
    (
        CREDITOR,
        CURRENCY,
        Column("month", "text", "As 2026-07."),
        Column("charged", "amount", "Fees and compensation that were charged."),
        Column("paid", "amount", "Of fees, less what was taken back."),
        Column("reversed", "amount", "Taken back because they should not stand."),
        Column("waived", "amount", "Let go."),
        Column("messages", "amount", "What the letters with a fee and their copies cost."),
        Column("work", "count", "Calls, tasks, disputes, replies and payments by hand after the first fee."),
        Column("work_cost", "amount", "What these cost."),
        Column("net", "amount", "What is left of the fees; below zero they cost more than they brought."),
    ),
    _fees,
    ("month", ("paid", "messages", "work_cost")),
    usual_days=365,
)
HANDED_OFF = ReportSpec(
    "hand-offs",
    "Hand-offs, and wrongful ones",
    (
        CREDITOR,
        CURRENCY,
        Column("state", "text", "How they stand; rejected, recalled and backed out are wrongful."),
        Column(
            "reason",
            "text",
            "Why it was taken back, rejected or closed; what is in the partner's own words is left out.",
        ),
        Column("cases", "count", "So many, of those that were queued in that time."),
        Column("principal", "amount", "Still owed on them."),
    ),
    _hand_offs,
    ("state", ("cases",)),
)
HAND_OFFS_AVOIDED = ReportSpec(
    "hand-offs-avoided",
    "Hand-offs that were not needed",
    (
        CREDITOR,
        CURRENCY,
        Column("warned", "count", "Cases whose collection notice left in that time."),
        Column("settled", "count", "Of them, with nothing left to pay."),
        Column("agreed", "count", "In a plan instead."),
        Column("went", "count", "Handed off."),
        Column("open", "count", "Neither yet."),
        Column("avoided_percent", "percent", "Settled or agreed."),
        Column("saved_debtors", "amount", "What the partner would have added to these claims."),
        Column("saved_creditor", "amount", "What handing them off would have cost."),
    ),
    _avoided,
    (CURRENCY.name, ("settled", "agreed", "went", "open")),
    usual_days=90,
)
