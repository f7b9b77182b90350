"""Which channel debtors of a segment prefer: by which they read, answer and pay."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST, Interval, of_share
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, and_few, percent_of

# The segment that an invoice came with comes first, as where a policy asks for one; else the one in which the debtor is found
# now. A debtor counts once: who reacted to one message reacted. What was paid within seven days, and before the next message,
# was paid after it; a reply is to the message that it names, else to the last one before it.
BY_SEGMENT = text("""
with sent as materialized (
  select d.id, d.debtor_id, d.channel, d.accepted_at, d.read_at < :ends as read,
    least(:ends, d.accepted_at + interval '7 days',
      lead(d.accepted_at) over (partition by d.debtor_id order by d.accepted_at, d.id)) as until
  from delivery d
  where d.creditor_id = :creditor and d.accepted_at >= :begins and d.accepted_at < :ends and not d.alert
    and d.state <> 'shadow' and d.message not in ('paid', 'credit-used')),
served as (
  select s.id, s.debtor_id, s.channel, s.read, min(i.segment) as segment,
    (select true from reply r where r.debtor_id = s.debtor_id and r.automatic is null and r.happened_at < :ends
      and (r.delivery_id = s.id or r.delivery_id is null and r.happened_at >= s.accepted_at and r.happened_at < s.until)
      limit 1) as answered,
    bool_or((select true from ledger_entry l where l.invoice_id = i.id and l.kind = 'payment' and l.amount < 0
      and l.happened_at >= s.accepted_at and l.happened_at < s.until limit 1)) as paid
  from sent s join delivery_case dc on dc.delivery_id = s.id join dunning_case c on c.id = dc.case_id
  join invoice i on i.id = c.invoice_id
  group by s.id, s.debtor_id, s.channel, s.read, s.accepted_at, s.until),
of_debtor as (
  select coalesce(v.segment, (select f.name from debtor_segment g join found_segment f on f.creditor_id = g.creditor_id
      and f.key = g.segment where g.debtor_id = v.debtor_id), '') as segment, v.channel, v.debtor_id,
    count(*) as messages, bool_or(v.read) as read, bool_or(v.answered) as answered, bool_or(v.paid) as paid
  from served v group by 1, v.channel, v.debtor_id)
select segment, channel, count(*) as debtors, sum(messages) as messages, count(*) filter (where read) as read,
  count(*) filter (where answered) as answered, count(*) filter (where paid) as paid,
  count(*) filter (where read or answered or paid) as reacted
from of_debtor group by segment, channel order by segment, debtors desc, channel
""")


async def _channels(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    found = (await connection.execute(BY_SEGMENT, asked.values)).all()
    shown = [row for row in found if row.debtors >= FEWEST]
    reacted = {(row.segment, row.channel): of_share(row.reacted, row.debtors) for row in shown}
    of_segment = defaultdict[str, dict[str, Interval]](dict)
    for (segment, channel), share in reacted.items():
        if share is not None:
            of_segment[segment][channel] = share
    best = {segment: _preferred(shares) for segment, shares in of_segment.items()}
    rows = [
        {
            "segment": row.segment or "not known",
            "channel": row.channel,
            "debtors": row.debtors,
            "messages": row.messages,
            "read_percent": percent_of(row.read / row.debtors),
            "answered_percent": percent_of(row.answered / row.debtors),
            "paid_percent": percent_of(row.paid / row.debtors),
            **{name: percent_of(of_segment[row.segment][row.channel][place]) for place, name in enumerate(REACTED)},
            "preferred": "yes" if best[row.segment] == row.channel else "no" if best[row.segment] else None,
        }
        for row in shown
    ]
    return rows, and_few(_preferences(best, asked), len(found) - len(shown), "groups")


def _preferred(shares: dict[str, Interval]) -> str | None:
    """The channel to which surely more react than to any other; None where none is, or there is but one."""
    first = max(shares, key=lambda channel: shares[channel].value)
    others = [share.high for channel, share in shares.items() if channel != first]
    return first if others and shares[first].low > max(others) else None


def _preferences(best: dict[str, str | None], asked: Asked) -> str:
    if not best:
        return f"too few were written to since {asked.since} to say which channel they prefer"
    sure = [(segment or "not known", channel) for segment, channel in best.items() if channel]
    if not sure:
        return f"of no segment a channel surely reaches more than the others since {asked.since}"
    segment, channel = sure[0]
    more = f", and {len(sure) - 1} more segments have one" if sure[1:] else ""
    return f"{segment}: {channel.replace('_', ' ')} surely reaches more than any other channel{more}"


REACTED = ("reacted_percent", "reacted_from", "reacted_to")
CHANNELS = ReportSpec(
    "channels",
    "Channels that debtors prefer",
    (
        CREDITOR,
        Column("segment", "text", "The invoice's own, else the one in which the debtor is found now."),
        Column("channel", "text", "By which it went."),
        Column("debtors", "count", "How many were written to so."),
        Column("messages", "count", "How many messages they got so."),
        Column("read_percent", "percent", "Of the debtors, who read one; of letters nobody knows."),
        Column("answered_percent", "percent", "Who answered one."),
        Column("paid_percent", "percent", "Who paid within seven days of one, and before the next."),
        Column("reacted_percent", "percent", "Who did any of these."),
        Column("reacted_from", "percent", "At least such a share, chance apart."),
        Column("reacted_to", "percent", "At most such a share."),
        Column("preferred", "text", "Whether surely more react to it than to any other; empty where none is."),
    ),
    _channels,
    ("segment", ("reacted_percent",)),
    usual_days=90,
)
