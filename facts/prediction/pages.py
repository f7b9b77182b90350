"""What guesses are made from, page by page: cases, what happened to them, and what was told of who owes them.

Nobody is in it who objects to guesses, whose cases stand still for what became known of their life, whose address is protected,
who is a minor by birth or who was erased. A page comes in columns, since a book may have millions of rows.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live
from facts.prediction.of_whom import OF_WHOM
from facts.prediction.whoever_left import Heard, of_whoever_left

PAGE: Final = 20_000  # cases
LIKELY: Final = 0.5  # from which a reply counts as of a class

_EPOCH = "cast(floor(extract(epoch from {})) as bigint)"
CASES = text(f"""
with page as (
  select c.id as case_id, c.invoice_id, c.debtor_id, c.creditor_id, i.amount, i.currency, i.issue_date, i.original_due_date,
    i.happened_at, i.segment, d.kind, d.country, d.address ->> -1 as place
  from dunning_case c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
  where c.id > :after and c.id <= :through and (c.creditor_id = :creditor or cast(:creditor as text) is null)
    and {is_live("c.creditor_id")} and {OF_WHOM})
select array_agg(case_id order by case_id) as cases, array_agg(invoice_id order by case_id) as invoices,
  array_agg(debtor_id order by case_id) as debtors, array_agg(creditor_id order by case_id) as creditors,
  array_agg(cast(amount as float8) order by case_id) as amounts, array_agg(currency order by case_id) as currencies,
  array_agg(issue_date - date '1970-01-01' order by case_id) as issued,
  array_agg(original_due_date - date '1970-01-01' order by case_id) as due,
  array_agg({_EPOCH.format("happened_at")} order by case_id) as known_at, array_agg(kind order by case_id) as kinds,
  array_agg(country order by case_id) as countries, array_agg(segment order by case_id) as segments,
  array_agg(place order by case_id) as places
from page having count(*) > 0
""")
LAST = text("select coalesce(max(id), 0) from dunning_case")

# Of each what it is, since when it is known, on which day it happened where that was not then, and what came with it.
# What is told of one row in several ways is read once.
_SENT = """join delivery_case s on s.case_id = p.case_id join delivery v on v.id = s.delivery_id and v.accepted_at is not null
  and v.state not in ('shadow', 'withdrawn')
  cross join lateral (values ('message', v.accepted_at, v.channel, v.message),
    ('notice', case when v.message = 'collection-notice' and not v.alert then v.accepted_at end, v.channel, null),
    ('read', v.read_at, v.channel, v.read_by), ('visit', case when v.read_by = 'page visit' then v.read_at end, null, null),
    ('not_delivered', v.failed_at, v.channel, null)) t(kind, known, channel, detail)"""
# Money counts as far as it pays the invoice itself: what went to fees and interest settles nothing of it.
_PAID = "(l.kind in ('payment', 'refund', 'transfer') or l.kind = 'reversal' and l.payment_id is not null)"
_BOOKED = f"""join ledger_entry l on l.invoice_id = p.invoice_id
  cross join lateral (select case
    when l.part = 'principal' and {_PAID} then 'payment'
    when l.kind = 'write-off' and l.amount < 0 then 'written_off'
    when l.part = 'principal' and l.kind in ('credit', 'reversal') and l.source <> 'recovery' then 'credit'
    when l.kind in ('fee', 'compensation') and l.amount > 0 then 'fee'
    when l.kind = 'interest' or l.kind = 'reversal' and l.part = 'interest' and l.amount < 0 then 'interest' end as kind) t
  left join incoming_payment m on m.id = l.payment_id and t.kind = 'payment'"""
_BEFORE = """join already_sent b on b.invoice_id = p.invoice_id
  cross join lateral (values ('message', b.message), ('notice', null)) t(kind, detail)"""
_REPLIES = """cross join lateral (
    select r.id, r.channel from reply r where r.case_id = p.case_id
    union all
    select r.id, r.channel from reply r where r.debtor_id = p.debtor_id and r.case_id is null
      and p.case_id = (select n.id from dunning_case n where n.debtor_id = p.debtor_id and n.happened_at <= r.happened_at
        order by n.id desc limit 1)) r"""
_NO = {"day": "null", "amount": "'NaN'", "channel": "null", "detail": "null", "nth": "0"}


def _happened(kind: str, known: str, source: str, where: str = "true", **told: str) -> str:
    """SQL: events, of a kind that is given in SQL too."""
    columns = ", ".join(f"{told.get(name, nothing)} as {name}" for name, nothing in _NO.items())
    return f"select p.place, {kind} as kind, {known} as known, {columns} from page p {source} where {where}"


_DAYS = "{} - date '1970-01-01'"
_EVENTS = (
    _happened(
        "t.kind",
        "l.happened_at",
        _BOOKED,
        "t.kind is not null",
        day="case when t.kind = 'payment' then l.booked_on end",
        amount="case when t.kind in ('fee', 'interest') then l.amount else -l.amount end",
        detail="case when m.drawn then 'direct debit' else m.source end",
        nth="l.id",
    ),
    _happened(
        "t.kind", "t.known", _SENT, "t.known is not null", channel="t.channel", detail="t.detail", nth="v.serial"
    ),
    _happened(
        "t.kind",
        "b.happened_at",
        _BEFORE,
        "t.kind = 'message' or b.message = 'collection-notice'",
        day="b.sent_on",
        channel="b.channel",
        detail="t.detail",
    ),
    _happened(
        "t.kind",
        "t.known",
        """join payment_attempt a on a.case_id = p.case_id cross join lateral (values ('visit', a.happened_at, null),
          ('payment_failed', case when a.state in ('failed', 'abandoned') then a.ended_at end, coalesce(a.way, a.provider)))
          t(kind, known, detail)""",
        "t.known is not null",
        detail="t.detail",
    ),
    _happened("'money_waits'", "w.happened_at", "join review_candidate w on w.case_id = p.case_id", "w.rank = 1"),
    _happened(
        "'reply'",
        "o.happened_at",
        f"{_REPLIES} join reply_sorting o on o.reply_id = r.id cross join jsonb_array_elements(o.classes) k",
        f"cast(k ->> 1 as float8) >= {LIKELY}",
        channel="r.channel",
        detail="k ->> 0",
    ),
    _happened(
        "'reply'",
        "w.happened_at",
        f"{_REPLIES} join reply_verdict w on w.reply_id = r.id",
        f"""w.verdict in ('confirmed', 'changed') and not exists (select from reply_sorting o
          cross join jsonb_array_elements(o.classes) k
          where o.reply_id = r.id and k ->> 0 = w.kind and cast(k ->> 1 as float8) >= {LIKELY})""",
        channel="r.channel",
        detail="w.kind",
    ),
    _happened(
        "'promise'",
        "q.happened_at",
        "join promise q on q.case_id = p.case_id",
        amount=f"({_DAYS.format('q.pay_by')})",
    ),
    _happened("'plan'", "n.happened_at", "join instalment_plan n on n.case_id = p.case_id"),
    *(
        _happened(
            f"'plan_{end}'", "n.ended_at", "join instalment_plan n on n.case_id = p.case_id", f"n.state = '{end}'"
        )
        for end in ("kept", "broken")
    ),
    _happened(
        "'dispute'", "t.happened_at", "join dispute t on t.case_id = p.case_id", amount="coalesce(t.amount, 'NaN')"
    ),
    _happened(
        "'dispute_ended'",
        "t.resolved_at",
        "join dispute t on t.case_id = p.case_id",
        "t.resolved_at is not null",
        detail="case when t.upheld then 'upheld' else 'rejected' end",
    ),
    _happened(
        "'call'",
        "y.happened_at",
        "join task k on k.case_id = p.case_id join call_try y on y.task_id = k.id",
        detail="y.outcome",
    ),
    _happened(
        "'draw_failed'",
        "m.ended_at",
        "join claim m on m.case_id = p.case_id",
        "m.state in ('failed', 'returned') and m.ended_at is not null",
        detail="m.why",
    ),
    _happened(
        "'due_date_moved'",
        "g.happened_at",
        "join due_date_move g on g.invoice_id = p.invoice_id",
        amount=f"({_DAYS.format('g.due_after')})",
    ),
    _happened("'hand_off'", "h.exported_at", "join hand_off h on h.case_id = p.case_id", "h.exported_at is not null"),
    _happened(
        "'closed'",
        "c.withdrawn_at",
        "join dunning_case c on c.id = p.case_id",
        "c.withdrawn_at is not null",
        detail="'withdrawn'",
    ),
)
_PAGE = """page(invoice_id, case_id, debtor_id, place) as materialized (
  select * from unnest(cast(:invoices as int[]), cast(:cases as int[]), cast(:debtors as int[])) with ordinality)"""
_IN_ORDER = "order by known, nth, place, channel, detail, amount, day"  # the same facts always come alike
_IN_COLUMNS = f"""select kind, array_agg(cast(place - 1 as int) {_IN_ORDER}) as places,
  array_agg({_EPOCH.format("known")} {_IN_ORDER}) as known_at, array_agg({_DAYS.format("day")} {_IN_ORDER}) as days,
  array_agg(cast(amount as float8) {_IN_ORDER}) as amounts, array_agg(cast(channel as text) {_IN_ORDER}) as channels,
  array_agg(cast(detail as text) {_IN_ORDER}) as details
from event group by kind order by kind"""
EVENTS = text(f"""with {_PAGE}, event as ({" union all ".join(_EVENTS)})
{_IN_COLUMNS}""")
PROMISES = text(f"""
with {_PAGE}
select array_agg(cast(p.place - 1 as int) order by q.id) as places,
  array_agg({_EPOCH.format("q.happened_at")} order by q.id) as known_at,
  array_agg({_DAYS.format("q.pay_by")} order by q.id) as pay_by, array_agg(cast(q.amount as float8) order by q.id) as amounts
from page p join promise q on q.case_id = p.case_id having count(*) > 0
""")
# A promise is of all that is owed: money for fees and interest keeps it too.
PAID_OF_PROMISED = text(f"""with {_PAGE}, event as ({
    _happened(
        "'payment'",
        "l.happened_at",
        "join ledger_entry l on l.invoice_id = p.invoice_id",
        f"{_PAID} and (select true from promise q where q.case_id = p.case_id limit 1)",
        day="l.booked_on",
        amount="-l.amount",
        nth="l.id",
    )
})
{_IN_COLUMNS}""")

_ALWAYS = "date '1970-01-01'"
_RELATIONS = """debtor d on d.id = w.id cross join lateral (
    select * from customer_relation r where r.creditor_id = d.creditor_id and r.customer_number = d.customer_number offset 0) r"""
# What was told for a report alone never has the name of what guesses are made from.
_TOLD_AS = "case when f.purpose <> 'prediction' and f.what = 'income statistics' then 'postcode income' else f.what end"
_AS_TOLD = "order by known, nth, id"
# What is told of debtors, by their relation or from outside.
TOLD = text(f"""
with who(id) as materialized (select unnest(cast(:debtors as int[]))), told as (
  select w.id, 'customer since' as what, {_ALWAYS} as since, null::date as until, r.happened_at as known,
    cast({_DAYS.format("min(r.day) over (partition by w.id order by r.id)")} as float8) as number, cast(null as text) as word,
    r.id as nth
  from who w join {_RELATIONS} where r.kind = 'started'
  union all
  select w.id, 'monthly margin', r.day, null, r.happened_at, cast(r.monthly_margin as float8), r.currency, r.id
  from who w join {_RELATIONS} where r.monthly_margin is not null
  union all
  select w.id, 'payment method', r.day, null, r.happened_at, 'NaN', r.payment_method, r.id
  from who w join {_RELATIONS} where r.payment_method is not null
  union all
  select w.id, 'direct debit', {_ALWAYS}, null, m.confirmed_at, 1, null, 2 * m.id
  from who w join mandate m on m.debtor_id = w.id where m.confirmed_at is not null
  union all
  select w.id, 'direct debit', {_ALWAYS}, null, m.ended_at, 0, null, 2 * m.id + 1
  from who w join mandate m on m.debtor_id = w.id where m.confirmed_at is not null and m.ended_at is not null
  union all
  select w.id, {_TOLD_AS}, f.since, f.until, f.happened_at, coalesce(cast(f.number as float8), 'NaN'), f.word, f.id
  from who w join debtor d on d.id = w.id cross join lateral (select * from outside_fact f
    where f.creditor_id = d.creditor_id and f.customer_number = d.customer_number order by f.id offset 0) f)
select what, array_agg(id {_AS_TOLD}) as debtors, array_agg({_DAYS.format("since")} {_AS_TOLD}) as since,
  array_agg({_DAYS.format("until")} {_AS_TOLD}) as until, array_agg({_EPOCH.format("known")} {_AS_TOLD}) as known_at,
  array_agg(number {_AS_TOLD}) as numbers, array_agg(word {_AS_TOLD}) as words
from told group by what order by what
""")
OF_PLACES = text(f"""
select f.creditor_id, f.country, f.postcode, {_TOLD_AS} as what, {_DAYS.format("f.since")} as since,
  {_DAYS.format("f.until")} as until, {_EPOCH.format("f.happened_at")} as known_at, cast(f.number as float8) as number
from outside_fact f
where f.postcode is not null and f.creditor_id = coalesce(cast(:creditor as text), f.creditor_id) order by f.id
""")


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, in columns as their statements name them; places are the cases' in the page."""

    cases: Any
    events: Sequence[Any]  # a row each kind
    promises: Any | None
    paid_of_promised: Any | None  # all that was paid on cases with promises, whatever part of the debt
    told: Sequence[Any]  # a row each thing, of those debtors who were on no page before
    left: Mapping[int, Sequence[Heard]]  # what was told of their relations, by debtors some of whose ended


async def pages(connection: AsyncConnection, creditor: str | None, now: datetime) -> AsyncIterator[Page]:
    """Every case of a creditor, or of all that are not in test mode, with its past. `connection` reads one moment."""
    seen: set[int] = set()
    last: int = (await connection.execute(LAST)).scalar_one()
    for after in range(0, last, PAGE):
        asked = {"after": after, "through": after + PAGE, "creditor": creditor, "now": now}
        cases = (await connection.execute(CASES, asked)).one_or_none()
        if cases is None:
            continue
        page = {"invoices": cases.invoices, "cases": cases.cases, "debtors": cases.debtors}
        new = {"debtors": sorted(set(cases.debtors) - seen)}
        seen |= set(cases.debtors)
        yield Page(
            cases,
            (await connection.execute(EVENTS, page)).all(),
            (await connection.execute(PROMISES, page)).one_or_none(),
            (await connection.execute(PAID_OF_PROMISED, page)).one_or_none(),
            (await connection.execute(TOLD, new)).all(),
            await of_whoever_left(connection, new["debtors"]),
        )


async def of_places(connection: AsyncConnection, creditor: str | None) -> Sequence[Any]:
    """What a creditor, or all, told of places: of whoever owes that creditor and lives there."""
    return (await connection.execute(OF_PLACES, {"creditor": creditor})).all()
