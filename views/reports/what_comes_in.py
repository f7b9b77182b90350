"""What came in: how often a proposal was what a person made of it, and how long people waited for an answer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, percent, tenths

JUDGED = text("""
select v.kind, d.language, count(*) as proposals, count(*) filter (where v.verdict = 'confirmed') as confirmed,
  count(*) filter (where v.verdict = 'changed') as changed, count(*) filter (where v.verdict = 'rejected') as rejected
from reply_verdict v join reply r on r.id = v.reply_id join debtor d on d.id = r.debtor_id
where r.creditor_id = :creditor and v.happened_at >= :begins and v.happened_at < :ends
group by v.kind, d.language order by count(*) desc, v.kind, d.language
""")
# From the words to the first answer, or to when a person had read them, if that came first. Whoever asked nobody waits for
# nothing: mail of a machine, and what is passed over at the door.
ANSWERED = text("""
with words as (
  select r.channel, d.language, r.happened_at as written,
    least(r.done_at, (select min(a.happened_at) from answer a where a.reply_id = r.id)) as answered
  from reply r join debtor d on d.id = r.debtor_id
  where r.creditor_id = :creditor and r.happened_at < :ends and (r.done_at is null or r.done_at >= :begins)
    and r.automatic is null and r.taken_by is null and r.done_by is distinct from 'purr')
select channel, language, count(*) filter (where answered >= :begins and answered < :ends) as answered,
  extract(epoch from percentile_cont(0.5) within group (order by answered - written)
    filter (where answered >= :begins and answered < :ends)) as half,
  extract(epoch from percentile_cont(0.8) within group (order by answered - written)
    filter (where answered >= :begins and answered < :ends)) as most,
  count(*) filter (where answered is null or answered >= :ends) as waiting,
  extract(epoch from :ends - min(written) filter (where answered is null or answered >= :ends)) as longest
from words group by channel, language order by channel, language
""")


async def _proposals(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(JUDGED, asked.values)).all()
    rows = [{**row._mapping, "wrong_percent": percent(row.changed + row.rejected, row.proposals)} for row in found]
    judged = sum(row.proposals for row in found)
    if not judged:
        return rows, f"nobody has judged a proposal since {asked.since}"
    wrong = percent(sum(row.changed + row.rejected for row in found), judged)
    return rows, f"{wrong} % of the {judged} proposals that people judged since {asked.since} were wrong"


async def _answers(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(ANSWERED, asked.values)).all()
    rows = [
        {
            "channel": row.channel,
            "language": row.language,
            "answered": row.answered,
            "half_within": _hours(row.half),
            "four_fifths_within": _hours(row.most),
            "waiting": row.waiting,
            "longest": _hours(row.longest),
        }
        for row in found
        if row.answered or row.waiting
    ]
    waiting, answered = sum(row.waiting for row in found), sum(row.answered for row in found)
    longest = max((each["longest"] for each in rows if each["longest"] is not None), default=None)
    if longest is None:
        return rows, f"{answered} messages were answered or read since {asked.since}, and none waits"
    return rows, (
        f"{answered} messages were answered or read since {asked.since}, "
        f"and {waiting} wait, the oldest for {longest} hours"
    )


def _hours(seconds: Any) -> Decimal | None:
    return None if seconds is None else tenths(Decimal(seconds) / 3600)


LANGUAGE = Column("language", "text", "The debtor's.")
PROPOSALS = ReportSpec(
    "proposals",
    "What was proposed of what came in",
    (
        CREDITOR,
        Column("kind", "text", "What the words were taken to say."),
        LANGUAGE,
        Column("proposals", "count", "How many a person judged."),
        Column("confirmed", "count", "Done as they were proposed."),
        Column("changed", "count", "Done otherwise."),
        Column("rejected", "count", "Not meant so."),
        Column("wrong_percent", "percent", "Which share was changed or rejected."),
    ),
    _proposals,
    ("kind", ("wrong_percent",)),
)
ANSWERS = ReportSpec(
    "answer-times",
    "How long people wait for an answer",
    (
        CREDITOR,
        Column("channel", "text", "Which way they came."),
        LANGUAGE,
        Column("answered", "count", "How many were answered, or read by a person, since the day."),
        Column("half_within", "hours", "Half of them within so many hours."),
        Column("four_fifths_within", "hours", "Four of five within so many hours."),
        Column("waiting", "count", "How many waited when the last day ended."),
        Column("longest", "hours", "How long the oldest of these had waited."),
    ),
    _answers,
    ("channel", ("four_fifths_within",)),
)
