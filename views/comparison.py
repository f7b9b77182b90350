"""A creditor's shadow beside its process of today, on one day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.comparison import COMPARED, NEAR, Compared, Kind, Sent, compared, counted, in_words
from domain.countries.calendar import Calendar
from facts.operations import other_process

SHADOW = text("""
select i.number, d.message, d.channel, d.claimed_at
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id
where d.creditor_id = :creditor and d.state = 'shadow' and not d.alert and d.message = any(:compared)
  and d.claimed_at >= :since and d.claimed_at < :until
""")
SAYS = text("""
select i.number, c.state, coalesce(c.next_why, c.outcome) as why from unnest(cast(:numbers as text[])) n
join invoice i on i.creditor_id = :creditor and i.number = n join dunning_case c on c.invoice_id = i.id
""")
UNKNOWN = "Purr does not have this invoice"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A day of both processes. `is_told` is whether anything was told of the other one's day; `says` is what a case that did
    not send does instead, as it stands now, by the invoice's number."""

    day: date
    is_told: bool
    count: dict[Kind, int]
    found: Sequence[Compared]
    says: dict[str, str]

    @property
    def differs(self) -> bool:
        """Whether anything was not the same."""
        return any(number for kind, number in self.count.items() if kind is not Kind.SAME)


async def comparison(connection: AsyncConnection, creditor: str, calendar: Calendar, day: date) -> Comparison:
    """What the creditor's shadow would have sent on a day by its country's `calendar`, and what the other process sent."""
    first, last = day - NEAR, day + NEAR
    values = {
        "creditor": creditor,
        "compared": list(COMPARED),
        "since": calendar.at(first, time()),
        "until": calendar.at(last + timedelta(days=1), time()),
    }
    ours = [
        Sent(row.number, row.message, calendar.local_date(row.claimed_at), row.channel)
        for row in await connection.execute(SHADOW, values)
    ]
    theirs = await other_process.told(connection, creditor, first, last)
    found = compared(ours, [each for sent in theirs.values() for each in sent], day)
    alone = sorted({each.of.invoice for each in found if each.kind is Kind.ONLY_THEM})
    known = (await connection.execute(SAYS, {"creditor": creditor, "numbers": alone})).all() if alone else ()
    says = dict.fromkeys(alone, UNKNOWN) | {row.number: row.why or row.state for row in known}
    return Comparison(day, day in theirs, counted(found), found, says)


def told(of: Comparison) -> Iterator[str]:
    """The comparison as people read it: how many of each kind, then what differs, one a line."""
    yield f"{of.day}: {in_words(of.count)}"
    if not of.is_told:
        yield "  nothing was told of the other process: `creditor did`"
    for each in of.found:
        if each.kind is not Kind.SAME:
            yield f"  {each.kind}: {each.of.invoice} {each.of.message}: {_both(each)}{_why(of, each)}"


def _both(each: Compared) -> str:
    sides = ((name, sent) for name, sent in (("Purr", each.purr), ("they", each.them)) if sent)
    return ", ".join(f"{name} {sent.channel.replace('_', ' ')} {sent.day}" for name, sent in sides)


def _why(of: Comparison, each: Compared) -> str:
    says = of.says.get(each.of.invoice) if each.kind is Kind.ONLY_THEM else None
    return f" (Purr: {says})" if says else ""
