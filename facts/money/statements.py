"""Statements of account as they were issued: one reference for all that a debtor is asked for, and the money under it."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.statement import Line, asks_of, standing_of, sums
from facts.money import own_references
from facts.parties.families import children_of

# A rest that a closed case let go of is not asked for: of closed ones only credit is shown, and what the partner has.
LINES = text("""
select i.id as invoice_id, c.id as case_id, c.debtor_id,
  i.number, i.reference, i.issue_date, i.due_date, i.currency, i.amount, c.balance,
  least(greatest(c.balance, 0), coalesce(
    (select sum(coalesce(x.amount, c.balance)) from dispute x where x.case_id = c.id and x.resolved_at is null), 0))
    ::numeric(14, 2) as disputed,
  (select true from dispute x where x.case_id = c.id and x.resolved_at is null and x.amount is null limit 1) is not null
    as all_disputed,
  (select true from instalment_plan p where p.case_id = c.id and p.state = 'active' limit 1) is not null as in_plan,
  (select q.due_on from claim q where q.case_id = c.id and q.state in ('planned', 'sent') order by q.id desc limit 1)
    as draw_on,
  (select true from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted') limit 1)
    is not null as at_partner
from unnest(cast(:debtors as int[])) as whose(id)
  cross join lateral (select * from dunning_case where debtor_id = whose.id offset 0) c
  cross join lateral (select * from invoice where id = c.invoice_id offset 0) i
where c.withdrawn_at is null and c.balance <> 0
  and (c.state = 'open' or c.balance < 0
    or (select true from hand_off h where h.case_id = c.id and h.state = 'accepted' limit 1))
order by i.due_date, i.id
""")
LOCK_DEBTOR = text("""
select country from debtor where id = :debtor for no key update
""")
# The newest of the debtor's in a currency, with all that it asks for.
NEWEST = text("""
select s.reference, (select json_agg(json_build_array(l.invoice_id, l.amount::text) order by l.place)
  from account_statement_line l where l.statement_id = s.id) as lines
from account_statement s where s.debtor_id = :debtor and s.currency = :currency order by s.id desc limit 1
""")
ISSUE = text("""
with issued as (
  insert into account_statement (creditor_id, debtor_id, currency, reference, happened_at)
  values (:creditor, :debtor, :currency, :reference, :now) returning id)
insert into account_statement_line (statement_id, place, invoice_id, amount)
select issued.id, l.place, l.invoice_id, l.amount from issued,
  unnest(cast(:invoices as int[]), cast(:amounts as numeric[])) with ordinality as l(invoice_id, amount, place)
""")
# What is asked for with a payment's references: `at` is the payment's place, from 1. Of money that is taken back also
# what each invoice got of the latest payment of that amount which is not taken back yet.
ASKED = text("""
select r.at, s.currency,
  (select json_agg(json_build_array(l.invoice_id, l.amount::text,
      case when c.withdrawn_at is null then greatest(c.balance, 0) else 0 end::text,
      coalesce((select sum(coalesce(x.amount, greatest(c.balance, 0))) from dispute x
        where x.case_id = c.id and x.resolved_at is null), 0)::text) order by l.place)
    from account_statement_line l cross join lateral (select * from dunning_case where invoice_id = l.invoice_id offset 0) c
    where l.statement_id = s.id) as lines,
  (select true from dunning_case o where o.debtor_id = s.debtor_id and o.state = 'open' and o.balance > 0
    and not exists (select from account_statement_line l where l.statement_id = s.id and l.invoice_id = o.invoice_id)
    limit 1) is not null as others_open,
  case when r.amount < 0 then (
    select json_agg(json_build_array(g.invoice_id, g.amount::text)) from (
      select p.id from incoming_payment p
      where p.reference = r.value and p.creditor_id = :creditor and p.state = 'booked' and p.amount = -r.amount
      order by p.id desc limit 1 offset (select count(*) from incoming_payment b
        where b.reference = r.value and b.creditor_id = :creditor and b.state = 'booked' and b.amount = r.amount)) p
    cross join lateral (
      select invoice_id, amount from incoming_payment where id = p.id and invoice_id is not null
      union all select invoice_id, amount from payment_share where payment_id = p.id) g) end as paid
from unnest(cast(:reference_at as int[]), cast(:references as text[]), cast(:by_payment as numeric[])) as r(at, value, amount)
cross join lateral (
  select id, currency, debtor_id from account_statement where creditor_id = :creditor and reference = r.value
  limit 1) s
""")


async def lines(connection: AsyncConnection, debtor: int, today: date) -> list[Line]:
    """Every invoice of a debtor, and of the children that it pays for, on which something is owed or that has credit.

    The longest due comes first.
    """
    children = {child.id: child.name for child in await children_of(connection, debtor, today) if child.is_paid_for}
    rows = (await connection.execute(LINES, {"debtors": [debtor, *children]})).mappings()
    return [_line(dict(row), children, today) for row in rows]


async def standing(
    connection: AsyncConnection, debtor: int, currency: str, asks: Sequence[tuple[int, Decimal]]
) -> str | None:
    """The reference of the debtor's newest statement, where it asks for exactly this; else None."""
    newest = (await connection.execute(NEWEST, {"debtor": debtor, "currency": currency})).one_or_none()
    if newest is None or [(invoice, Decimal(amount)) for invoice, amount in newest.lines] != list(asks):
        return None
    return str(newest.reference)


async def issue(
    connection: AsyncConnection, creditor: str, debtor: int, now: datetime, chosen: Set[int] = frozenset()
) -> None:
    """Issue what a debtor is asked for now, in each currency; what stands already for the same is kept.

    Where invoices are `chosen`, by their numbers of ours, it asks for these alone.
    """
    locked = (await connection.execute(LOCK_DEBTOR, {"debtor": debtor})).one()
    today = moment_in(locked.country, now).day
    owed = await lines(connection, debtor, today)
    for each in sums(owed):
        asks = [ask for ask in asks_of(owed, each.currency) if not chosen or ask[0] in chosen]
        if not asks or await standing(connection, debtor, each.currency, asks):
            continue
        values = {
            "creditor": creditor,
            "debtor": debtor,
            "currency": each.currency,
            "reference": await own_references.new(connection, creditor, each.currency),
            "invoices": [invoice for invoice, _ in asks],
            "amounts": [amount for _, amount in asks],
            "now": now,
        }
        await connection.execute(ISSUE, values)


def _line(told: dict[str, Any], children: Mapping[int, str], today: date) -> Line:
    stands = standing_of(
        today=today,
        due=told["due_date"],
        balance=told["balance"],
        disputed=told.pop("all_disputed"),
        in_plan=told.pop("in_plan"),
        draw_on=told["draw_on"],
        at_partner=told.pop("at_partner"),
    )
    return Line(**told, standing=stands, child=children.get(told["debtor_id"]))
