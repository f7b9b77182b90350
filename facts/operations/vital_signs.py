"""How well the cases are served: what waits, what is overdue, what is ambiguous, what is stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.proposals import Verdict
from facts import outbox
from facts.clock import is_live
from facts.operations import outages, running
from facts.webhooks import outgoing

REFUSED_LATELY = timedelta(days=1)  # how long a refused template is told of after the last message that it cost
AMBIGUOUS_AFTER = timedelta(minutes=15)  # a claim without an answer for longer may or may not have been sent

ANSWERED_WITHIN = timedelta(days=7)  # of which answers the time is told
JUDGED_WITHIN = timedelta(days=30)  # of which proposals it is told what people made of them
MOST_COUNTED = 10_000  # replies that wait to be sorted

SIGNS = text(f"""
select (select count(*) from delivery where state = 'claimed' and claimed_at < :ambiguous) as ambiguous,
  (select coalesce(extract(epoch from :now - min(next_at)), 0) from dunning_case c
     where state = 'open' and next_at < :now
       and {is_live("c.creditor_id")}) as overdue,
  (select count(*) from stop_switch where lifted_at is null) as stops,
  (select count(*) from dunning_case where state = 'open' and flag = 'approval overdue') as approvals_overdue,
  (select count(*) from dunning_case where state = 'open' and flag = 'not running') as not_running,
  (select count(*) from dunning_case where state = 'open' and flag = 'stuck') as stuck,
  (select count(*) from dunning_case where state = 'open' and flag = 'invariant broken') as broken,
  (select count(*) from (select from reply where sorted_at is null limit {MOST_COUNTED}) waiting) as unsorted
""")
# What a person has not read counts only once somebody has; what needed nobody is nobody's.
ANSWER_SECONDS = text("""
select percentile_cont(0.5) within group (order by extract(epoch from done_at - happened_at)) from reply
where done_by <> 'purr' and done_at > :since
""")
PROPOSALS = text("select verdict, count(*) as many from reply_verdict where happened_at > :since group by verdict")
REFUSED_TEMPLATES = text("""
select refused_template, count(*) as messages from delivery where refused_template is not null and failed_at > :since
group by refused_template order by refused_template
""")


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """Counts, and ages in seconds; some by channel, folder, template or job."""

    outbox_waiting: float
    outbox_dead: float
    outbox_oldest_seconds: float
    ambiguous_deliveries: float
    oldest_overdue_seconds: float
    cases_not_running: float
    cases_stuck: float
    cases_broken: float
    stop_switches: float
    approvals_overdue: float
    replies_unsorted: float
    answer_seconds: float
    webhooks_pending: float
    webhooks_failed: float
    webhooks_oldest_seconds: float
    workers: float
    workers_lost: float
    messages_unsent: dict[str, float]
    messages_unsent_oldest_seconds: dict[str, float]
    folder_not_writable: dict[str, float]
    templates_refused: dict[str, float]
    proposals: dict[str, float]
    job_failed: dict[str, float]
    job_done_seconds: dict[str, float]


async def vital_signs(connection: AsyncConnection, now: datetime) -> VitalSigns:
    """The signs at this moment (UTC)."""
    lag, webhooks = await outbox.lag(connection), await outgoing.lag(connection)
    unsent, jobs = await outages.unsent(connection, now), await running.jobs(connection)
    workers, lost = await running.workers(connection)
    signs = (await connection.execute(SIGNS, {"now": now, "ambiguous": now - AMBIGUOUS_AFTER})).one()
    refused = (await connection.execute(REFUSED_TEMPLATES, {"since": now - REFUSED_LATELY})).all()
    judged = (await connection.execute(PROPOSALS, {"since": now - JUDGED_WITHIN})).all()
    answered = (await connection.execute(ANSWER_SECONDS, {"since": now - ANSWERED_WITHIN})).scalar_one()
    return VitalSigns(
        lag["waiting"],
        lag["dead"],
        lag["oldest_seconds"],
        signs.ambiguous,
        float(signs.overdue),
        signs.not_running,
        signs.stuck,
        signs.broken,
        signs.stops,
        signs.approvals_overdue,
        signs.unsorted,
        float(answered or 0),
        webhooks["pending"],
        webhooks["failed"],
        webhooks["oldest_seconds"],
        workers,
        lost,
        {channel: count for channel, (count, _) in unsent.items()},
        {channel: seconds for channel, (_, seconds) in unsent.items()},
        dict.fromkeys(await running.unwritable_folders(connection), 1),
        {each.refused_template: each.messages for each in refused},
        dict.fromkeys(Verdict, 0.0) | {each.verdict: each.many for each in judged},
        {job: failed for job, (failed, _) in jobs.items()},
        {job: seconds for job, (_, seconds) in jobs.items() if seconds is not None},
    )
