"""What thirteen weeks came to: figures for each creditor, written for machines and shown to people."""

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

from domain.planner.occasions import LAST_WORDS
from facts.database import Database
from simulator.emulators.providers import Providers

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
left join lateral (select split_part(dc.step, '#', 1) as step, d.channel
  from delivery_case dc join delivery d on d.id = dc.delivery_id
  where dc.case_id = c.id and d.state in ('accepted', 'claimed') and d.claimed_at < paid.at
    and split_part(dc.step, '#', 1) <> all(cast(:last_words as text[]))
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
# What money and agreements came to. A payment that no reference plainly named has the words how it was matched.
MONEY = text("""
select cr.id as creditor_id, m.*
from creditor cr cross join lateral (select
  (select count(*) from incoming_payment p where p.creditor_id = cr.id and p.state = 'booked') as "payments booked",
  (select count(*) from incoming_payment p join invoice i on i.id = coalesce(p.invoice_id,
       (select min(s.invoice_id) from payment_share s where s.payment_id = p.id)) where p.creditor_id = cr.id
     and p.state = 'booked' and p.decided_by is null and p.reference is distinct from i.reference and not exists (
       select from instalment_plan n where n.reference = p.reference)) as "damaged references matched by themselves",
  (select count(*) from incoming_payment p where p.creditor_id = cr.id and p.decided_by is not null) as "matched by a person",
  (select count(*) from incoming_payment p where p.creditor_id = cr.id and p.state = 'review') as "waiting for a person",
  (select count(*) from payer_account a where a.creditor_id = cr.id) as "payers' accounts learned",
  (select count(*) from payment_attempt a where a.creditor_id = cr.id and a.state = 'paid') as "paid with Vipps",
  (select count(*) from payment_attempt a where a.creditor_id = cr.id and a.state in ('failed', 'abandoned'))
    as "given up in Vipps",
  (select count(*) from claim c where c.creditor_id = cr.id) as "direct-debit draws",
  (select count(*) from claim c where c.creditor_id = cr.id and c.state = 'settled') as "draws settled",
  (select count(*) from case_event e join dunning_case c on c.id = e.case_id where c.creditor_id = cr.id
     and e.kind = 'claim_failed') as "draws failed at first",
  (select count(*) from instalment_plan n where n.creditor_id = cr.id and n.state = 'kept') as "plans kept",
  (select count(*) from instalment_plan n where n.creditor_id = cr.id and n.state = 'broken') as "plans broken",
  (select count(*) from promise p join dunning_case c on c.id = p.case_id where c.creditor_id = cr.id
     and p.withdrawn_at is null and (select -sum(l.amount) from ledger_entry l where l.invoice_id = c.invoice_id
       and l.payment_id is not null and l.happened_at >= p.happened_at and l.booked_on <= p.pay_by) >= p.amount)
    as "promises kept",
  (select count(distinct dc.step) from delivery_case dc join dunning_case c on c.id = dc.case_id where c.creditor_id = cr.id
     and dc.step like 'promise-broken#%') as "promises broken",
  (select count(*) from service_block b join dunning_case c on c.id = b.case_id where c.creditor_id = cr.id)
    as "services blocked",
  (select count(*) from service_block b join dunning_case c on c.id = b.case_id where c.creditor_id = cr.id
     and b.unblocked_at is not null) as "services freed",
  (select coalesce(-sum(c.balance), 0) from dunning_case c where c.creditor_id = cr.id and c.balance < 0)
    as "overpaid and kept",
  (select coalesce(sum(r.amount), 0) from refund r where r.creditor_id = cr.id and r.state = 'paid')
    as "overpaid and sent back") m
order by cr.id
""")
DELIVERIES = text("""
select id::text, channel, state, attempt, provider_id from delivery where channel in ('email', 'sms', 'direct_message')
""")


async def figures(database: Database) -> dict[str, Any]:
    """What became of each creditor's invoices; amounts as text, in the currency of the country, days and contacts as numbers."""
    async with database.transaction() as connection:
        cases = (await connection.execute(CASES, {"last_words": list(LAST_WORDS)})).all()
        costs = (await connection.execute(COSTS)).all()
        fees = {row.creditor_id: row for row in (await connection.execute(FEES)).all()}
        hand_offs = (await connection.execute(HAND_OFFS)).all()
        money = {row.pop("creditor_id"): row for row in map(dict, (await connection.execute(MONEY)).mappings())}
    creditors = sorted({case.creditor_id for case in cases})
    return {
        creditor: _of_creditor(
            [case for case in cases if case.creditor_id == creditor],
            [row for row in costs if row.creditor_id == creditor],
            fees.get(creditor),
            {row.state: row.cases for row in hand_offs if row.creditor_id == creditor},
        )
        | {"money": {what: count if isinstance(count, int) else str(count) for what, count in money[creditor].items()}}
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


def seconds_to_unblock(approved: Mapping[str, float], freed: Mapping[str, float]) -> float | None:
    """How long a service stood still after its payment was approved: the longest of those paid from the page."""
    took = [freed[number] - approved[number] for number in freed if number in approved]
    return round(max(took), 3) if took else None


async def unanswered(database: Database, providers: Providers) -> dict[str, int]:
    """The messages whose answer was lost and never told: assumed sent, and how many of them truly were."""
    async with database.transaction() as connection:
        deliveries = (await connection.execute(DELIVERIES)).all()
    sent = {message.delivery_id for message in providers.log}
    lost = [row.id for row in deliveries if row.state == "claimed"]
    return {"assumed_sent": len(lost), "truly_sent": len(sent.intersection(lost))}


def all_well(report: Mapping[str, Any]) -> bool:
    """Whether no rule was broken, and each acceptance case ended as the practice demands."""
    return not report["broken_rules"] and not any(case["wrong"] for case in report["acceptance_cases"])


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
        figures.add_row(f"{report['currency']} for {channel}", *(cost.replace(" ()", "") for cost in costs))
    figures.add_row(f"fees charged, {report['currency']}", *(c["fees_charged"] for c in creditors.values()))
    figures.add_row("hand-offs", *(str(sum(c["hand_offs"].values())) for c in creditors.values()))
    console.print(figures)
    paid = _table("Paid after the last message", creditors)
    for message in _keys(creditors, "paid_after"):
        paid.add_row(message, *(str(c["paid_after"].get(message, 0)) for c in creditors.values()))
    console.print(paid)
    money = _table("Money and agreements", creditors)
    for what in _keys(creditors, "money"):
        money.add_row(what, *(str(c["money"][what]) for c in creditors.values()))
    console.print(money)
    webhooks = report["webhooks"]
    console.print(
        f"{sum(webhooks['delivered'].values())} webhooks told the creditors' systems; {webhooks['refused']} signatures "
        f"did not hold; a blocked service ran again {webhooks['seconds_to_unblock'] or '-'} s after its payment.",
        soft_wrap=True,
    )
    lost = report["unanswered_messages"]
    console.print(
        f"{report['page_visits']} visits to invoice pages; {lost['assumed_sent']} messages had no answer and were "
        f"assumed sent; the providers did send {lost['truly_sent']} of them.",
        soft_wrap=True,
    )
    _show_cases(console, report["acceptance_cases"])
    for creditor in creditors.values():
        for case in creditor["open_cases"]:
            console.print(f"still open: {case['invoice']}, {case['why']}", soft_wrap=True)
    for sentence in report["broken_rules"]:
        console.print(f"[red]broken rule:[/] {sentence}", soft_wrap=True)


def _show_cases(console: Console, cases: Sequence[Mapping[str, Any]]) -> None:
    """How each acceptance case has ended: what it demands, or what went wrong."""
    right = sum(not case["wrong"] for case in cases)
    table = Table(
        title=f"Acceptance cases: {right} of {len(cases)} ended right", title_justify="left", title_style="bold"
    )
    for column in ("", "", "as the practice demands, and what became of its invoices"):
        table.add_column(column)
    for case in cases:
        ended = f"[red]wrong:[/] {'; '.join(case['wrong'])}" if case["wrong"] else case["demands"]
        table.add_row(str(case["number"]), case["name"], ended)
        table.add_row("", "", ", ".join(f"{number} {how}" for number, how in case["invoices"].items()), style="dim")
    console.print(table)


def _table(title: str, creditors: Mapping[str, Any]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("")
    for name, figures in creditors.items():
        table.add_column(f"{name} ({figures['invoices']})", justify="right")
    return table


def _keys(creditors: Mapping[str, Any], part: str) -> list[str]:
    """The keys of one part over all creditors, in the order in which they appear."""
    return list(dict.fromkeys(key for figures in creditors.values() for key in figures[part]))
