"""What each contact adds: how many pay within a week of it, beside those whose invoice is as old and who got nothing."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.contacts_add import QUIET, Contact, Watched, added
from domain.intervals import FEWEST, Seen
from facts.prediction import experiment_looks
from facts.prediction.experiment_looks import KeptLook
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, and_few, percent_of

# The contacts of a case, asked case by case: so a book ten times as large takes ten times as long, whatever is known of it.
CONTACTS = """
  select split_part(dc.step, '#', 1) as step, d.channel, d.accepted_at as at, d.message <> 'invoice' as reminds
  from delivery_case dc cross join lateral (select * from delivery where id = dc.delivery_id offset 0) d
  where dc.case_id = c.id and d.creditor_id = :creditor
    and d.accepted_at >= cast(:begins as timestamptz) - interval '7 days' and d.accepted_at < :ends
    and not d.alert and d.state <> 'shadow' and d.message not in ('paid', 'credit-used')
  union all
  select split_part(t.step, '#', 1), 'phone', y.happened_at, true
  from task t join call_try y on y.task_id = t.id
  where t.case_id = c.id and t.kind = 'call' and y.outcome <> all(array['no answer', 'wrong number'])
    and y.happened_at >= cast(:begins as timestamptz) - interval '7 days' and y.happened_at < :ends"""
# The time in which a case is open falls apart: the seven days after a contact, until the next one, are that contact's; the
# rest is quiet. A stretch ends with a payment, which came in it, and where what is owed went otherwise. Ages are whole weeks
# from the first due date to where a stretch begins. Quiet time is looked at a week of age at a time. Invoices themselves and
# thanks remind of nothing, and nor does what a policy in shadow would have sent. A due date is never before the first one, by
# which no index finds an invoice.
WATCHED = text(f"""
with mine as materialized (
  select c.id as case_id, c.debtor_id, i.id as invoice_id, i.original_due_date as due, c.happened_at as known_at,
    array(select n.at from ({CONTACTS}) n order by n.at) as contacts
  from dunning_case c join invoice i on i.id = c.invoice_id
  where c.creditor_id = :creditor and c.happened_at < :ends and i.due_date >= cast(:since as date) - 120
    and i.original_due_date >= cast(:since as date) - 120 and i.original_due_date <= cast(:on as date) + 21),
after as (
  select m.*, n.step, n.channel, n.at as begins,
    least(:ends, n.at + interval '7 days', (select min(x) from unnest(m.contacts) x where x > n.at)) as until
  from mine m join dunning_case c on c.id = m.case_id cross join lateral ({CONTACTS}) n where n.at >= :begins and n.reminds),
week as (
  select m.*, greatest(cast(m.due + 7 * k as timestamp) at time zone :zone, :begins, m.known_at) as starts,
    least(cast(m.due + 7 * (k + 1) as timestamp) at time zone :zone, :ends) as ends
  from mine m cross join lateral generate_series((cast(:since as date) - m.due) / 7 - 1, (cast(:on as date) - m.due) / 7) k),
quiet as (
  select w.*, greatest(w.starts, (select max(x) + interval '7 days' from unnest(w.contacts) x where x < w.starts)) as begins,
    least(w.ends, (select min(x) from unnest(w.contacts) x where x >= w.starts)) as until
  from week w),
stretch as (
  select case_id, debtor_id, invoice_id, due, step, channel, begins, until from after where begins < until
  union all
  select case_id, debtor_id, invoice_id, due, null, null, begins, until from quiet where begins < until),
watched as (
  select s.case_id, s.debtor_id, s.step, s.channel,
    floor((cast(s.begins at time zone :zone as date) - s.due) / 7.0) as age, (e.paid_at is not null)::int as came,
    extract(epoch from least(s.until, e.paid_at, e.gone_at) - s.begins) / 604800.0 as weeks
  from stretch s cross join lateral (
    select coalesce(sum(l.amount) filter (where l.happened_at <= s.begins), 0) as owed,
      min(l.happened_at) filter (where l.kind = 'payment' and l.happened_at > s.begins) as paid_at,
      min(l.happened_at) filter (where l.kind <> 'payment' and l.happened_at > s.begins) as gone_at
    from ledger_entry l where l.invoice_id = s.invoice_id and l.happened_at < s.until
      and (l.amount < 0 or l.happened_at <= s.begins)) e
  where e.owed > 0),
of_debtor as (
  select step, channel, age, debtor_id, count(distinct case_id) as cases, sum(came) as came, sum(weeks) as weeks,
    row_number() over (partition by step, channel, debtor_id order by age) as turn
  from watched group by step, channel, age, debtor_id)
select step, channel, age, sum(cases) as cases, count(*) filter (where turn = 1) as debtors_anew, count(*) as debtors,
  sum(came) as came, sum(weeks) as time, sum(came * came) as came_squared, sum(came * weeks) as both,
  sum(weeks * weeks) as time_squared
from of_debtor group by step, channel, age order by step, channel, age
""")


async def _contacts_add(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(WATCHED, asked.values)).all()
    whole = added(
        Watched(
            Contact(row.step, row.channel) if row.step else QUIET,
            int(row.age),
            row.cases,
            row.debtors_anew,
            Seen(
                row.debtors,
                *map(float, (row.came, row.time, row.came_squared, row.both, row.time_squared)),
            ),
        )
        for row in found
    )
    shown = [each for each in whole if each.debtors >= FEWEST]
    tried = _tried(await experiment_looks.last(connection, [asked.creditor]), asked)
    rows: list[Row] = [
        {
            "step": each.contact.step,
            "channel": each.contact.channel,
            "cases": each.cases,
            "paid": each.paid,
            "paid_percent": percent_of(each.after),
            "without_percent": percent_of(each.without),
            **{name: percent_of(each.adds[place]) if each.adds else None for place, name in enumerate(ADDS)},
            "known": "seen beside, not caused" if each.adds else "nothing to compare with",
            **tried.get(each.contact, {}),
        }
        for each in shown
    ]
    return rows, and_few(_said(rows, asked), len(whole) - len(shown), "contacts")


def _tried(looks: Sequence[KeptLook], asked: Asked) -> Mapping[Contact, Row]:
    """What experiments with a hold-out found of contacts in this time: a look of a later day was not known then."""
    found: dict[Contact, Row] = {}
    for look in looks:
        base, *others = look.result["arms"]
        if not asked.begins <= look.at < asked.ends or base.get("channel", "") is not None or not base["debtors"]:
            continue
        without = base["paid"] / base["debtors"]
        for arm in sorted(others, key=lambda each: each["debtors"]):  # of two by a channel the better known one
            if min(arm["debtors"], base["debtors"]) >= FEWEST and arm["low"] > -1 and arm["high"] < 1:
                paid = arm["paid"] / arm["debtors"]
                found[Contact(look.result["step"], arm["channel"])] = {
                    "paid_percent": percent_of(paid),
                    "without_percent": percent_of(without),
                    **dict(zip(ADDS, map(percent_of, (paid - without, arm["low"], arm["high"])), strict=True)),
                    "known": TRIED,
                }
    return found


def _said(rows: Sequence[Row], asked: Asked) -> str:
    if not rows:
        return f"no contact since {asked.since} reached enough debtors to say anything"
    most = max((row for row in rows if row["adds_from"] is not None), key=lambda row: row["adds_from"], default=None)
    if most is None:
        return f"nobody whose invoice was as old was left without a contact since {asked.since}: what one adds cannot be said"
    value, low, high = (most[name] for name in ADDS)
    where = f"{most['step']} by {str(most['channel']).replace('_', ' ')}"
    if low <= 0 <= high:
        return f"no contact since {asked.since} is surely followed by more payments than none"
    if most["known"] == TRIED:
        return f"of 100 debtors {value} more pay in time after {where} than without it ({low} to {high}): {TRIED}"
    return (
        f"of 100 debtors {value} more pay in the week after {where} than without a contact ({low} to {high}): "
        "seen beside, not caused"
    )


TRIED: Final = "an experiment says so"
ADDS = ("adds_percent", "adds_from", "adds_to")
CONTACTS_ADD = ReportSpec(
    "contacts-add",
    "What each contact adds",
    (
        CREDITOR,
        Column("step", "text", "The policy's step, or the occasion."),
        Column("channel", "text", "By which it went."),
        Column("cases", "count", "How many open cases got it."),
        Column("paid", "count", "In how many of them money came within seven days and before the next message."),
        Column(
            "paid_percent",
            "percent",
            "The chance of money within a week of it, nothing else being sent; in an experiment, who paid in time.",
        ),
        Column("without_percent", "percent", "The same without a contact in the week, of invoices as old."),
        Column("adds_percent", "percent", "By how much the first is more, in percentage points."),
        Column("adds_from", "percent", "At least so much, chance apart."),
        Column("adds_to", "percent", "At most so much."),
        Column("known", "text", "How it is known."),
    ),
    _contacts_add,
    ("step", ("adds_percent",)),
    usual_days=90,
)
