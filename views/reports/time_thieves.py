"""What takes people's time: paper, money that explains nothing, draws that fail, debtors nobody reaches, and why they call."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import to_cents
from domain.money.matching.ranking import PAUSES
from domain.parties.customers_kept import AFTER
from facts.money import receivables
from views import contacts, customers_kept
from views.reports.report import CREDITOR, CURRENCY, Asked, Column, ReportSpec, Row, percent

SENT = text("""
select count(*) as messages, count(*) filter (where channel = 'letter') as letters,
  count(*) filter (where channel = 'letter' and failure = 'returned') as returned,
  count(*) filter (where channel <> 'letter' and state = 'failed') as undelivered
from delivery where creditor_id = :creditor and accepted_at >= :begins and accepted_at < :ends and state <> 'shadow'
""")
DRAWS = text("""
select count(*) as ended, count(*) filter (where state = 'settled') as settled,
  count(*) filter (where state in ('failed', 'returned')) as failed
from claim
where creditor_id = :creditor and ended_at >= :begins and ended_at < :ends and state in ('settled', 'failed', 'returned')
""")
# As it stands now.
REACHED = text("""
select count(distinct debtor_id) from dunning_case c
where c.creditor_id = :creditor and c.state = 'open' and c.flag = 'no address'
""")
OPEN = text(
    "select count(distinct debtor_id) from dunning_case where creditor_id = :creditor and state = 'open' and balance > 0"
)
UNMATCHED = text("""
select currency, case when age <= 7 then 'to_7' when age <= 30 then '8_30' else 'over_30' end as days, count(*) as payments,
  sum(amount) as amount, max(age) as oldest, sum(paused) as paused
from (select currency, amount, cast(:on as date) - cast(happened_at at time zone :zone as date) as age,
    (select count(*) from review_candidate r join dunning_case c on c.id = r.case_id
     where r.payment_id = w.id and r.score >= :pauses and c.state = 'open') as paused
  from incoming_payment w where creditor_id = :creditor and state = 'review' and happened_at < :ends) p
group by 1, 2 order by 1, max(age)
""")


async def _thieves(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    sent = (await connection.execute(SENT, asked.values)).one()
    draws = (await connection.execute(DRAWS, asked.values)).one()
    unreached = (await connection.execute(REACHED, asked.values)).scalar_one()
    owing = (await connection.execute(OPEN, asked.values)).scalar_one()
    changes = await receivables.changes(connection, asked.creditor, asked.on, [asked.since])
    settled = -sum(change.invoices for change in changes if change.period and change.what == "paid")
    rows = [
        _measure("paper", sent.letters, sent.messages),
        _measure("returned mail", sent.returned, sent.letters),
        _measure("undelivered messages", sent.undelivered, sent.messages - sent.letters),
        _measure("paid by direct debit", draws.settled, max(settled, draws.settled)),
        _measure("failed draws", draws.failed, draws.ended),
        _measure("unreachable debtors", unreached, owing),
    ]
    paper = percent(sent.letters, sent.messages)
    return (
        rows,
        f"{paper} % of the messages since {asked.since} were paper"
        if sent.messages
        else f"no message was sent since {asked.since}",
    )


def _measure(name: str, count: Any, of: Any) -> Row:
    return {"measure": name, "count": count, "of": of, "percent": percent(count, of)}


async def _unmatched(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(UNMATCHED, {**asked.values, "pauses": PAUSES})).all()
    rows = [
        {
            "currency": row.currency,
            "days": row.days,
            "payments": row.payments,
            "amount": to_cents(row.amount),
            "paused": row.paused,
        }
        for row in found
    ]
    if not found:
        return rows, "no money waits for a person"
    oldest = max(row.oldest for row in found)
    paused = sum(row.paused for row in found)
    return rows, (
        f"{sum(row.payments for row in found)} payments wait for a person, the oldest for {oldest} days, "
        f"and {paused} cases pause for them"
    )


async def _contacts(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = await contacts.count(connection, asked.creditor, asked.begins, asked.ends)
    rows = [
        {
            "topic": each.topic or "not known",
            "channel": each.channel,
            "contacts": each.contacts,
            "debtors": each.debtors,
        }
        for each in found
    ]
    complaints = sum(each.contacts for each in found if each.topic == "complaint")
    contacted = sum(each.contacts for each in found)
    return rows, f"debtors got in touch {contacted} times since {asked.since}, {complaints} of them to complain"


async def _kept(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    groups = await customers_kept.kept(connection, asked.creditor, asked.start, asked.on)
    rows = [
        {"by": each.by, "group": each.group, "customers": each.customers}
        | {
            name: value
            for days in AFTER
            for name, value in (
                (f"seen_{days}", each.seen[days]),
                (f"kept_{days}_percent", percent(each.kept[days], each.seen[days])),
            )
        }
        for each in groups
    ]
    reminded = next((each for each in groups if each.by == "all"), None)
    if reminded is None or not reminded.seen[AFTER[0]]:
        return (
            rows,
            f"of nobody who was reminded since {asked.since} {AFTER[0]} days have passed and the relation is known",
        )
    share = percent(reminded.kept[AFTER[0]], reminded.seen[AFTER[0]])
    return rows, f"{share} % of the customers reminded since {asked.since} still were customers after {AFTER[0]} days"


THIEVES = ReportSpec(
    "time-thieves",
    "What takes time",
    (
        CREDITOR,
        Column("measure", "text", "What is counted."),
        Column("count", "count", "How often."),
        Column("of", "count", "Of how many."),
        Column("percent", "percent", "Which share that is."),
    ),
    _thieves,
    ("measure", ("percent",)),
)
UNMATCHED_MONEY = ReportSpec(
    "unmatched",
    "Money that waits for a person",
    (
        CREDITOR,
        CURRENCY,
        Column("days", "text", "For how many days: up to 7, 8 to 30, or more."),
        Column("payments", "count", "How many still wait."),
        Column("amount", "amount", "What they come to; below zero more is taken back."),
        Column("paused", "count", "How many open cases they may be for, which wait for them and remind of nothing."),
    ),
    _unmatched,
    ("days", ("payments",)),
)
CONTACTS = ReportSpec(
    "contact-reasons",
    "Why debtors get in touch",
    (
        CREDITOR,
        Column("topic", "text", "What it was about, where words or a person can tell."),
        Column("channel", "text", "Which way they came."),
        Column("contacts", "count", "How many; mail that no person wrote is none."),
        Column("debtors", "count", "Of how many debtors."),
    ),
    _contacts,
    ("topic", ("contacts",)),
)
KEPT = ReportSpec(
    "customers-kept",
    "Customers kept",
    (
        CREDITOR,
        Column("by", "text", "What sets the group apart."),
        Column("group", "text", "Which of them."),
        Column("customers", "count", "First reminded since the day, or not reminded."),
        *(
            column
            for days in AFTER
            for column in (
                Column(f"seen_{days}", "count", f"Of whom {days} days have passed."),
                Column(f"kept_{days}_percent", "percent", "Of these, still customers then."),
            )
        ),
    ),
    _kept,
    ("group", (f"kept_{AFTER[0]}_percent",)),
    usual_days=365,
)
