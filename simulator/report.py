"""What thirteen weeks came to: figures for each creditor, and what must hold in any world."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from domain.law import Law
from facts import clock
from facts.database import Database
from simulator.providers import Providers

CASES = text("""
with paid as (
  select p.invoice_id, max(p.happened_at) as at, max(p.booked_on) as booked_on from ledger_entry p
  where p.kind = 'payment' group by p.invoice_id)
select c.id, c.creditor_id, i.number, c.state, c.outcome, c.flag, c.next_at, c.next_kind, c.next_why,
  paid.booked_on - i.issue_date as days_to_pay, last.step, last.channel,
  exists (select from dispute x where x.case_id = c.id) as disputed,
  (select count(*) from delivery_case dc join delivery d on d.id = dc.delivery_id
     where dc.case_id = c.id and d.state in ('accepted', 'claimed')) as contacts
from dunning_case c join invoice i on i.id = c.invoice_id
left join paid on paid.invoice_id = c.invoice_id and c.outcome = 'paid'
left join lateral (select dc.step, d.channel from delivery_case dc join delivery d on d.id = dc.delivery_id
  where dc.case_id = c.id and d.state in ('accepted', 'claimed') and d.claimed_at < paid.at
  order by d.claimed_at desc limit 1) last on true
order by c.creditor_id, i.number
""")
COSTS = text("""
select creditor_id, channel, count(*) as messages, sum(cost) as cost from delivery
where state in ('accepted', 'claimed', 'failed') group by creditor_id, channel order by creditor_id, channel
""")
FEES = text("""
select creditor_id, sum(amount) filter (where kind = 'fee') as charged,
  coalesce(-sum(amount) filter (where kind = 'reversal' and part = 'fee'), 0) as taken_back
from ledger_entry where part = 'fee' group by creditor_id
""")
HAND_OFFS = text("select creditor_id, state, count(*) as cases from hand_off group by creditor_id, state")
FEE_DAYS = text("""
select i.number, l.booked_on, l.amount, i.original_due_date from ledger_entry l join invoice i on i.id = l.invoice_id
where l.kind = 'fee'
""")
# The database's own stamps tell what was known when a message was claimed.
SENT_AFTER_PAYMENT = text("""
select i.number, dc.step, d.channel from delivery d join delivery_case dc on dc.delivery_id = d.id
join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
where (select sum(l.amount) from ledger_entry l where l.invoice_id = i.id and l.recorded_at < d.recorded_at) <= 0
""")
DELIVERIES = text("""
select id::text, channel, state, attempt, provider_id from delivery where channel in ('email', 'sms', 'direct_message')
""")
LEFT_NEWS = text("select count(*) from outbox")
AHEAD_OF_TIME = text("""
select i.number, max(d.happened_at) as at from decision d join dunning_case c on c.id = d.case_id
join invoice i on i.id = c.invoice_id where d.happened_at > :now group by i.number
""")


async def figures(database: Database) -> dict[str, Any]:
    """What became of each creditor's invoices; amounts in kroner as text, days and contacts as numbers."""
    async with database.transaction() as connection:
        cases = (await connection.execute(CASES)).all()
        costs = (await connection.execute(COSTS)).all()
        fees = {row.creditor_id: row for row in (await connection.execute(FEES)).all()}
        hand_offs = (await connection.execute(HAND_OFFS)).all()
    creditors = sorted({case.creditor_id for case in cases})
    return {
        creditor: _of_creditor(
            [case for case in cases if case.creditor_id == creditor],
            [row for row in costs if row.creditor_id == creditor],
            fees.get(creditor),
            {row.state: row.cases for row in hand_offs if row.creditor_id == creditor},
        )
        for creditor in creditors
    }


def _of_creditor(
    cases: Sequence[Any], costs: Sequence[Any], fees: Any | None, hand_offs: Mapping[str, int]
) -> dict[str, Any]:
    paid = [case for case in cases if case.outcome == "paid"]
    days = sorted(case.days_to_pay for case in paid)
    by_message = Counter(f"{case.step or 'before any message'} · {case.channel or '-'}" for case in paid)
    contacts = [case.contacts for case in cases]
    return {
        "invoices": len(cases),
        "outcomes": dict(Counter(case.outcome or "open" for case in cases).most_common()),
        "disputed": sum(case.disputed for case in cases),
        "paid_after": dict(by_message.most_common()),
        "days_to_pay": {"median": median(days), "p90": _p90(days)} if days else None,
        "contacts_per_case": round(sum(contacts) / len(contacts), 2),
        "messages": {row.channel: row.messages for row in costs},
        "message_costs": {row.channel: str(row.cost) for row in costs}
        | {"total": str(sum((row.cost for row in costs), Decimal(0)))},
        "fees_charged": str(fees.charged or Decimal("0.00")) if fees else "0.00",
        "fees_taken_back": str(fees.taken_back) if fees else "0.00",
        "hand_offs": dict(hand_offs),
        "open_cases": [
            {"invoice": case.number, "flag": case.flag, "why": case.next_why} for case in cases if case.state == "open"
        ],
    }


def _p90(days: Sequence[int]) -> int:
    return days[0] if len(days) == 1 else round(quantiles(days, n=10, method="inclusive")[-1])


async def broken_rules(database: Database, providers: Providers, law: Law) -> list[str]:
    """What went wrong, in words; empty in a healthy world."""
    async with database.transaction() as connection:
        late = (await connection.execute(SENT_AFTER_PAYMENT)).all()
        fees = (await connection.execute(FEE_DAYS)).all()
        deliveries = (await connection.execute(DELIVERIES)).all()
        cases = (await connection.execute(CASES)).all()
        early = (await connection.execute(AHEAD_OF_TIME, {"now": await clock.now(connection)})).all()
        news = (await connection.execute(LEFT_NEWS)).scalar_one()
    wrong = [f"{row.number}: {row.step} by {row.channel} was sent although it was paid" for row in late]
    for fee in fees:
        if fee.booked_on < law.late_fee_from(fee.original_due_date):
            wrong.append(f"{fee.number}: a fee on {fee.booked_on}, before the law allows one")
        if fee.amount > law.statutory_fee(fee.booked_on):
            wrong.append(f"{fee.number}: a fee of {fee.amount}, more than the law allows")
    wrong += _deliveries_not_once(deliveries, Counter(sent.delivery_id for sent in providers.log))
    wrong += [
        f"{case.number}: is open and will never act again ({case.next_kind}: {case.next_why})"
        for case in cases
        if case.state == "open" and case.next_at is None and case.next_kind != "wait"
    ]
    wrong += [f"{row.number}: decided at {row.at}, ahead of the world's time" for row in early]
    if news:
        wrong.append(f"{news} pieces of news never arrived")
    if providers.refused_callbacks or providers.abandoned_callbacks:
        wrong.append(f"{providers.refused_callbacks} callbacks refused, {providers.abandoned_callbacks} abandoned")
    return wrong


def _deliveries_not_once(deliveries: Sequence[Any], sent: Counter[str]) -> list[str]:
    """Every answered message is in the providers' log exactly once; an unanswered one may or may not be."""
    wrong = []
    for row in deliveries:
        times = sent.pop(row.id, 0)
        answered = row.provider_id is not None and row.attempt == 1
        if answered and times != 1:
            wrong.append(f"delivery {row.id} ({row.channel}, {row.state}) was sent {times} times")
        elif times > row.attempt:
            wrong.append(f"delivery {row.id} was sent {times} times in {row.attempt} attempts")
    return wrong + [f"a message {delivery} was sent that nobody knows of" for delivery in sent]


async def unanswered(database: Database, providers: Providers) -> dict[str, int]:
    """The messages whose answer was lost and never told: assumed sent, and how many of them truly were."""
    async with database.transaction() as connection:
        deliveries = (await connection.execute(DELIVERIES)).all()
    sent = {message.delivery_id for message in providers.log}
    lost = [row.id for row in deliveries if row.state == "claimed"]
    return {"assumed_sent": len(lost), "truly_sent": len(sent.intersection(lost))}


def write(file: Path, report: Mapping[str, Any]) -> None:
    """The report for machines."""
    file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def show(console: Console, report: Mapping[str, Any]) -> None:
    """The report for people."""
    creditors: Mapping[str, Any] = report["creditors"]
    figures = _table(f"After {report['weeks']} weeks", creditors)
    for outcome in _keys(creditors, "outcomes"):
        figures.add_row(outcome, *(str(c["outcomes"].get(outcome, 0)) for c in creditors.values()))
    for name, part in (("disputed on the way", "disputed"), ("contacts per case", "contacts_per_case")):
        figures.add_row(name, *(str(c[part]) for c in creditors.values()))
    for part in ("median", "p90"):
        figures.add_row(
            f"days to pay, {part}", *(str((c["days_to_pay"] or {}).get(part, "-")) for c in creditors.values())
        )
    for channel in _keys(creditors, "message_costs"):
        costs = (
            f"{c['message_costs'].get(channel, '0')} ({c['messages'].get(channel, '')})" for c in creditors.values()
        )
        figures.add_row(f"NOK for {channel}", *(cost.replace(" ()", "") for cost in costs))
    figures.add_row("fees charged, NOK", *(c["fees_charged"] for c in creditors.values()))
    figures.add_row("hand-offs", *(str(sum(c["hand_offs"].values())) for c in creditors.values()))
    console.print(figures)
    paid = _table("Paid after the last message", creditors)
    for message in _keys(creditors, "paid_after"):
        paid.add_row(message, *(str(c["paid_after"].get(message, 0)) for c in creditors.values()))
    console.print(paid)
    lost = report["unanswered_messages"]
    console.print(
        f"{report['page_visits']} visits to invoice pages; {lost['assumed_sent']} messages had no answer and were "
        f"assumed sent; the providers did send {lost['truly_sent']} of them.",
        soft_wrap=True,
    )
    for creditor in creditors.values():
        for case in creditor["open_cases"]:
            console.print(f"still open: {case['invoice']}, {case['why']}", soft_wrap=True)
    for sentence in report["broken_rules"]:
        console.print(f"[red]broken rule:[/] {sentence}", soft_wrap=True)


def _table(title: str, creditors: Mapping[str, Any]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("")
    for name, figures in creditors.items():
        table.add_column(f"{name} ({figures['invoices']})", justify="right")
    return table


def _keys(creditors: Mapping[str, Any], part: str) -> list[str]:
    """The keys of one part over all creditors, in the order in which they appear."""
    return list(dict.fromkeys(key for figures in creditors.values() for key in figures[part]))
