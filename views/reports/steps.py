"""What each message does, and what it costs: who paid after it, and how soon."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import ZERO, to_cents
from facts.money import receivables
from views.reports.report import CREDITOR, CURRENCY, Asked, Column, ReportSpec, Row, in_a_sentence, percent, tenths

# A message is for each case that it serves. What was paid before the case's next message was paid after this one. Thanks
# for money bring none.
SENT = text("""
with sent as (
  select c.invoice_id, split_part(dc.step, '#', 1) as step, d.channel, d.tone, d.currency, d.accepted_at,
    case when row_number() over (partition by d.id order by dc.case_id) = 1 then d.cost else 0 end as cost,
    lead(d.accepted_at, 1, cast(:ends as timestamptz)) over (partition by dc.case_id order by d.accepted_at) as until
  from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
  where d.creditor_id = :creditor and d.accepted_at >= :begins and d.accepted_at < :ends and not d.alert
    and d.state <> 'shadow' and d.message not in ('paid', 'credit-used'))
select s.currency, s.step, s.channel, s.tone, count(*) as cases, sum(s.cost) as cost, count(p.booked_on) as paid,
  avg(greatest(p.booked_on - cast(s.accepted_at at time zone :zone as date), 0))
    filter (where p.booked_on is not null) as days
from sent s left join lateral (
  select e.booked_on from ledger_entry e
  where e.invoice_id = s.invoice_id and e.kind = 'payment' and e.happened_at >= s.accepted_at and e.happened_at < s.until
  order by e.happened_at, e.id limit 1) p on true
group by s.currency, s.step, s.channel, s.tone order by s.currency, cases desc, s.step, s.channel, s.tone
""")
# A visit is the first that somebody made from a message; a person has it in hand. Pressed pay within the hour of it.
VISITS = text("""
select d.currency, count(*) as visits, count(a.paid) as paid
from delivery d
join lateral (select happened_at from provider_event where provider = 'page' and event_id = d.id::text offset 0) v on true
left join lateral (
  select true as paid from delivery_case dc join payment_attempt a on a.case_id = dc.case_id
  where dc.delivery_id = d.id and a.state = 'paid' and a.happened_at >= v.happened_at
    and a.happened_at < v.happened_at + interval '1 hour' limit 1) a on true
where d.creditor_id = :creditor and d.accepted_at >= :begins and d.accepted_at < :ends and d.read_at is not null
group by d.currency
""")
# A call in which somebody was reached, and money within two weeks of it.
CALLS = text("""
select i.currency, count(*) as calls, count(p.paid) as paid
from task t join lateral (
  select max(happened_at) as at from call_try where task_id = t.id and outcome <> all(array['no answer', 'wrong number'])
    and happened_at >= :begins and happened_at < :ends) r on r.at is not null
join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
left join lateral (
  select true as paid from ledger_entry e where e.invoice_id = i.id and e.kind = 'payment' and e.happened_at >= r.at
    and e.happened_at < least(r.at + interval '14 days', :ends) limit 1) p on true
where t.creditor_id = :creditor and t.kind = 'call' group by i.currency
""")
COSTS = text("""
select currency, count(*) as messages, sum(cost) as cost from delivery
where creditor_id = :creditor and accepted_at >= :begins and accepted_at < :ends and state <> 'shadow' group by currency
""")


async def _steps(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(SENT, asked.values)).all()
    rows = [
        {
            "currency": row.currency,
            "step": row.step,
            "channel": row.channel,
            "tone": row.tone,
            "cases": row.cases,
            "paid": row.paid,
            "paid_percent": percent(row.paid, row.cases),
            "days_to_pay": tenths(row.days),
            "cost": to_cents(row.cost),
        }
        for row in found
    ]
    served, paid = sum(row.cases for row in found), sum(row.paid for row in found)
    if not served:
        return rows, f"no message was sent since {asked.since}"
    return rows, f"after {percent(paid, served)} % of the messages since {asked.since} money came before the next one"


async def _effort(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    costs = {row.currency: row for row in await connection.execute(COSTS, asked.values)}
    visits = {row.currency: row for row in await connection.execute(VISITS, asked.values)}
    calls = {row.currency: row for row in await connection.execute(CALLS, asked.values)}
    paid, settled = dict.fromkeys(costs, ZERO), dict.fromkeys(costs, 0)
    for change in await receivables.changes(connection, asked.creditor, asked.on, [asked.since]):
        if change.period and change.what == "paid":
            paid[change.currency] = paid.get(change.currency, ZERO) - change.amount
            settled[change.currency] = settled.get(change.currency, 0) - change.invoices
    rows, said = [], []
    for currency in sorted(paid):
        sent, cost = (costs[currency].messages, costs[currency].cost) if currency in costs else (0, ZERO)
        visit, call = visits.get(currency), calls.get(currency)
        a_krone = cost / paid[currency] if paid[currency] > 0 else None
        rows.append(
            {
                "currency": currency,
                "paid": to_cents(paid[currency]),
                "settled": settled[currency],
                "messages": sent,
                "cost": to_cents(cost),
                "cost_of_100": None if a_krone is None else to_cents(a_krone * 100),
                "messages_each": tenths(sent / Decimal(settled[currency])) if settled[currency] > 0 else None,
                "visits": visit.visits if visit else 0,
                "paid_on_visit": visit.paid if visit else 0,
                "calls": call.calls if call else 0,
                "paid_after_call": call.paid if call else 0,
            }
        )
        if a_krone is not None:
            said.append(f"each 100 {currency} that came since {asked.since} cost {a_krone * 100:,.2f} in messages")
    return rows, in_a_sentence(said, asked)


STEPS = ReportSpec(
    "steps",
    "What each message does",
    (
        CREDITOR,
        CURRENCY,
        Column("step", "text", "The policy's step, or the occasion."),
        Column("channel", "text", "By which it went."),
        Column("tone", "text", "In which tone."),
        Column("cases", "count", "How many cases such messages served."),
        Column("paid", "count", "In how many money came before the next message."),
        Column("paid_percent", "percent", "Which share that is."),
        Column("days_to_pay", "days", "From the message to the bank's booking day, on average."),
        Column("cost", "amount", "Of these messages."),
    ),
    _steps,
    ("step", ("paid_percent",)),
)
EFFORT = ReportSpec(
    "effort",
    "What collecting costs",
    (
        CREDITOR,
        CURRENCY,
        Column("paid", "amount", "What came, less what was taken back."),
        Column("settled", "count", "Invoices on which nothing is owed any more by that."),
        Column("messages", "count", "Sent in that time, copies too."),
        Column("cost", "amount", "Of these messages."),
        Column("cost_of_100", "amount", "Of each 100 that came."),
        Column("messages_each", "count", "Messages for each settled invoice."),
        Column("visits", "count", "Messages whose page somebody opened."),
        Column("paid_on_visit", "count", "Of these, paid on the page within the hour."),
        Column("calls", "count", "In which somebody was reached."),
        Column("paid_after_call", "count", "Of these, paid within fourteen days."),
    ),
    _effort,
    (CURRENCY.name, ("cost_of_100",)),
)
