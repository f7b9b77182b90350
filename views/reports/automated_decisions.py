"""The register of automated decisions: every kind that Purr makes about a person, and how often it was made in a time."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.automated_decisions import REGISTER
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row

# Each kind is counted where its facts are. What only goes on, or waits, leaves no fact to count.
COUNTED = text("""
with sent as materialized (
  select d.id, d.fee, d.message from delivery d
  where d.creditor_id = :creditor and d.accepted_at >= :begins and d.accepted_at < :ends and d.state <> 'shadow'),
mine as materialized (select id from dunning_case where creditor_id = :creditor)
select 'send a message' as name, count(*) as times from sent
union all select 'choose the channel', count(*) from (
  select from sent s join delivery_case dc on dc.delivery_id = s.id group by dc.case_id, dc.round, dc.step
  having count(distinct dc.channel) > 1) other
union all select 'charge a fee', count(*) from sent where fee > 0
union all select 'send a notice', count(*) from sent
  where message in ('collection-notice', 'block-warning', 'termination-warning')
union all select 'block a service', count(*) from service_block b join mine m on m.id = b.case_id
  where b.blocked_at >= :begins and b.blocked_at < :ends
union all select 'ask a person to end a service', count(*) from service_termination e join mine m on m.id = e.case_id
  where e.happened_at >= :begins and e.happened_at < :ends
union all select 'ask a person to hand a case off', count(*) from task
  where creditor_id = :creditor and kind = 'approval' and happened_at >= :begins and happened_at < :ends
union all select 'ask a person to act', count(*) from task where creditor_id = :creditor
  and kind in ('call', 'address', 'decision') and happened_at >= :begins and happened_at < :ends
union all select 'end a plan', count(*) from instalment_plan
  where creditor_id = :creditor and state in ('broken', 'kept') and ended_at >= :begins and ended_at < :ends
union all select 'change what is owed in the debtor''s favour', count(*) from ledger_entry
  where creditor_id = :creditor and happened_at >= :begins and happened_at < :ends and amount < 0
    and (kind = 'write-off' or kind = 'interest' and reverses is not null)
union all select 'sort a message that came in', count(*) from reply_sorting g join reply r on r.id = g.reply_id
  where r.creditor_id = :creditor and g.happened_at >= :begins and g.happened_at < :ends
union all select 'guess when an invoice is paid, why it is late, how a debtor pays, and who is alike', count(*)
  from payment_score s join mine m on m.id = s.case_id where s.scored_at >= :begins and s.scored_at < :ends
union all select 'take or leave out an optional step', count(*) from guess_use u join mine m on m.id = u.case_id
  where u.happened_at >= :begins and u.happened_at < :ends and u.asked ~ '^(chance_below|segment)'
union all select 'let a kind contact go as was proposed or in its arm', count(*) from guess_use u join mine m on m.id = u.case_id
  where u.happened_at >= :begins and u.happened_at < :ends and u.asked ~ '(^| )(learn$|experiment )'
union all select 'put a debtor into an arm of an experiment', count(*) from experiment_assignment
  where creditor_id = :creditor and assigned_at >= :begins and assigned_at < :ends
union all select 'propose how a kind contact goes', count(*) from step_proposal p join mine m on m.id = p.case_id
  where p.proposed_at >= :begins and p.proposed_at < :ends
""")


async def _register(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    times = {row.name: row.times for row in await connection.execute(COUNTED, asked.values)}
    rows = [
        {
            "decision": each.name,
            "times": times.get(each.name),
            "logic": each.logic,
            "basis": each.basis,
            "human": each.human,
            "objecting": each.objecting,
            "data": each.data,
            "model": each.model,
        }
        for each in REGISTER
    ]
    by_guess = times["take or leave out an optional step"]
    otherwise = times["let a kind contact go as was proposed or in its arm"]
    return (
        rows,
        f"{len(rows)} kinds of decisions are automated; a guess was used {by_guess} times "
        f"and a contact went as was proposed or in its arm {otherwise} times since {asked.since}",
    )


AUTOMATED = ReportSpec(
    "automated-decisions",
    "Register of automated decisions",
    (
        CREDITOR,
        Column("decision", "text", "What is decided about a person."),
        Column("times", "count", "How often in the time; empty where it leaves nothing to count."),
        Column("logic", "text", "By what."),
        Column("basis", "text", "On what legal ground."),
        Column("human", "text", "Which person is in it."),
        Column("objecting", "text", "How the debtor objects."),
        Column("data", "text", "What it looks at."),
        Column("model", "text", "What was learned that it uses."),
    ),
    _register,
    ("decision", ("times",)),
)
