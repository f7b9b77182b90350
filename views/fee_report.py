"""The fee report: what fees bring in, month by month, against what it costs to handle the cases that bear them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import ZERO, to_cents
from facts.money.payments import FOR_INVOICES
from facts.operations.tasks import TASKS

DEFAULT_COSTS = {
    "call": Decimal(60),
    "task": Decimal(40),
    "dispute": Decimal(150),
    "reply": Decimal(25),
    "unmatched": Decimal(20),
    "hand_off": Decimal(100),
}
"""What one piece of work costs where a creditor has not said: assumed for ten to thirty minutes of a person's time."""

# A case bears fees from its first fee on. Only what happens to it after that is counted as handling: the letters that
# carry a fee with their copies, tasks, disputes, replies, and payments that a person had to place. Of those there are few
# beside a ledger's entries: each asks for the first fee before it, and nobody looks at every case that ever bore one.
BEARING = """
  cross join lateral (select c.creditor_id, i.currency from dunning_case c join invoice i on i.id = c.invoice_id
    join ledger_entry f on f.invoice_id = i.id and f.kind in ('fee', 'compensation')
    where (cast(:creditor as text) is null or c.creditor_id = :creditor) and {0} and f.happened_at <= {1}.happened_at
    order by f.happened_at limit 1) b"""
FIGURES = text(f"""
with figure as (
  select e.creditor_id, e.currency, e.booked_on as day, sum(e.amount) as amount, count(*) as count,
    case when e.kind in ('fee', 'compensation') then 'charged' when e.payment_id is not null or e.kind = 'transfer' then 'paid'
      when e.reverses is not null then 'reversed' else 'waived' end as what
  from ledger_entry e where e.part = 'fee' and (cast(:creditor as text) is null or e.creditor_id = :creditor)
  group by e.creditor_id, e.currency, e.booked_on, what
  union all
  select d.creditor_id, d.currency, cast(d.accepted_at at time zone :zone as date), d.cost, 1, 'messages'
  from delivery d where d.accepted_at is not null and (cast(:creditor as text) is null or d.creditor_id = :creditor)
    and d.id in (select copy.delivery_id from delivery_case paid
      join delivery_case copy on copy.case_id = paid.case_id and copy.round = paid.round and copy.step = paid.step
      join dunning_case c on c.id = paid.case_id where paid.carries_fee and exists (
        select from ledger_entry f where f.invoice_id = c.invoice_id and f.kind in ('fee', 'compensation')))
  union all
  select b.creditor_id, b.currency, cast(t.happened_at at time zone :zone as date), 0, 1,
    case t.kind when 'call' then 'call' else 'task' end
  from {TASKS} t {BEARING.format("c.id = t.case_id", "t")}
  union all
  select b.creditor_id, b.currency, cast(d.happened_at at time zone :zone as date), 0, 1, 'dispute'
  from dispute d {BEARING.format("c.id = d.case_id", "d")}
  union all
  select b.creditor_id, b.currency, cast(r.happened_at at time zone :zone as date), 0, 1, 'reply'
  from reply r {BEARING.format("c.debtor_id = r.debtor_id", "r")}
  union all
  select b.creditor_id, b.currency, cast(p.happened_at at time zone :zone as date), 0, 1, 'unmatched'
  from incoming_payment p
  {BEARING.format(f"c.invoice_id in (select s.invoice_id from {FOR_INVOICES} s where s.payment_id = p.id)", "p")}
  where p.decided_by is not null)
select f.creditor_id, cast(date_trunc('month', f.day) as date) as month, f.currency, f.what, sum(f.amount) as amount,
  cast(sum(f.count) as int) as count, c.handling_costs
from figure f join creditor c on c.id = f.creditor_id
where (cast(:from as date) is null or f.day >= :from) and (cast(:until as date) is null or f.day < :until)
group by f.creditor_id, c.handling_costs, month, f.currency, f.what
order by f.creditor_id, month, f.currency, f.what
""")


@dataclass(frozen=True, slots=True)
class FeeMonth:
    """One creditor's fees in one month (its first day) and currency; compensation counts as fee.

    `messages` is what the letters that carried a fee cost, with their copies; `work` how often each kind of work was
    done, and `work_cost` what that cost.
    """

    creditor: str
    month: date
    currency: str
    charged: Decimal
    paid: Decimal
    reversed: Decimal
    waived: Decimal
    messages: Decimal
    work: dict[str, int]
    work_cost: Decimal

    @property
    def net(self) -> Decimal:
        """What is left of the fees paid after their handling; below zero they cost more than they brought."""
        return to_cents(self.paid - self.messages - self.work_cost)


async def fee_report(
    connection: AsyncConnection, zone: str, creditor: str | None, first: date | None, until: date | None
) -> list[FeeMonth]:
    """The months by creditor and currency; of all creditors and times when None. `until` is not part of it.

    Days are local to `zone`, as `Europe/Oslo`.
    """
    values = {"creditor": creditor, "zone": zone, "from": first, "until": until}
    rows = (await connection.execute(FIGURES, values)).all()
    return [_month(key, list(figures)) for key, figures in groupby(rows, lambda row: row[:3])]


def verdict(months: Iterable[FeeMonth]) -> list[str]:
    """What letting go of the fee would have cost or saved: one sentence for each creditor and currency."""
    nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for month in months:
        nets[month.creditor, month.currency] += month.net
    return [
        f"{creditor}: letting go of the fee would have {_effect(net, currency)}"
        for (creditor, currency), net in nets.items()
    ]


def _effect(net: Decimal, currency: str) -> str:
    return f"{'cost' if net > 0 else 'saved'} {abs(net)} {currency}" if net else "changed nothing"


def _month(key: Sequence[Any], figures: Sequence[Any]) -> FeeMonth:
    amounts = {figure.what: figure.amount for figure in figures}
    work = {figure.what: figure.count for figure in figures if figure.what in DEFAULT_COSTS}
    costs = DEFAULT_COSTS | {kind: Decimal(cost) for kind, cost in figures[0].handling_costs.items()}
    creditor, month, currency = key
    return FeeMonth(
        creditor=creditor,
        month=month,
        currency=currency,
        charged=amounts.get("charged", ZERO),
        paid=-amounts.get("paid", ZERO),
        reversed=-amounts.get("reversed", ZERO),
        waived=-amounts.get("waived", ZERO),
        messages=amounts.get("messages", ZERO),
        work=work,
        work_cost=sum((count * costs[kind] for kind, count in work.items()), ZERO),
    )
