"""A case's diary in words: what happened, who did it, and what stands now. The web UI and the terminal show the same lines.

Nobody's words are repeated, nor what an address was: a diary goes where personal data may not be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from views.status import OF_THE_SERVICE, ONCE

MOST = 40  # lines that are shown: the newest
MOST_STANDS = 20
LONGEST = 300  # characters of a line

# What stands now comes first, then what happened, the newest first: however long a life is, no more is read.
DIARY = text(f"""
select at, what, by, detail, source, told, count(*) filter (where source <> 'stands') over () as all_of_it from (
{ONCE}
  union all
{OF_THE_SERVICE}
  union all
  select h.happened_at, 'hold', h.by, jsonb_build_object('why', h.reason_code, 'until', h.until), 'stands', null, 1, h.id
  from hold h where h.case_id = :case and h.released_at is null and (h.until is null or h.until > :now)
  union all
  select d.happened_at, 'dispute', d.by, jsonb_build_object('why', d.reason_code, 'amount', d.amount::text), 'stands', null,
    2, d.id
  from dispute d where d.case_id = :case and d.resolved_at is null
  union all
  select p.happened_at, 'promise', p.by, jsonb_build_object('why', p.reason_code, 'amount', p.amount::text, 'day', p.pay_by),
    'stands', null, 3, p.id
  from promise p where p.case_id = :case and p.withdrawn_at is null and p.pay_by >= :today
  union all
  select p.happened_at, 'plan', p.by, jsonb_build_object('why', p.reason_code, 'amount', p.total::text), 'stands', null,
    4, p.id
  from instalment_plan p where p.case_id = :case and p.state = 'active'
  union all
  select s.happened_at, 'stop', s.by, jsonb_build_object('why', s.reason_code, 'amount', trim(s.scope || ' ' || s.key)),
    'stands', null, 5, s.id
  from stop_switch s join dunning_case c on c.id = :case join policy_text t on t.hash = c.policy_hash
  where s.lifted_at is null and (s.creditor_id is null or s.creditor_id = c.creditor_id)
    and (s.scope in ('everything', 'channel') or (s.scope = 'creditor' and s.key = c.creditor_id)
      or (s.scope = 'policy' and s.key = t.name))) as everything
order by source = 'stands' desc, at desc, sort desc, nth desc limit :most
""")
STORY = text(f"select at, what, by, detail, source, told from ({ONCE}) as everything order by at, sort, nth")
MONEY = {
    "principal": "invoice over {}",
    "payment": "{} paid",
    "credit": "{} credited",
    "reversal": "{} reversed",
    "refund": "{} paid back",
    "transfer": "{} moved to another invoice",
    "write-off": "{} let go",
}
AGAIN = "{} of what was let go is owed again"
STATES = {
    "claimed": "{channel} has no answer yet ({step})",
    "accepted": "{channel} sent{copy} ({step})",
    "unavailable": "{channel} unavailable ({step})",
    "failed": "{channel} refused ({step})",
    "shadow": "would have sent {channel} ({step})",
    "withdrawn": "{channel} pulled ({step})",
}
TOLD = (
    "known",
    "step",
    "of",
    "pays",
    "amount",
    "due_date",
    "pay_by",
    "until",
    "total",
    "upheld",
    "why",
    "workflow",
    "state",
    "reason_code",
)
"""What a line of the diary tells besides its kind, in this order; what anybody wrote stays in the facts."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened at a moment (UTC); `told` is what its words need besides its detail."""

    at: datetime
    what: str
    by: str
    detail: Mapping[str, Any]
    source: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at a moment (UTC), as people read it: with its local moment."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Diary:
    """What stands in the case now, its newest lines, the oldest of them first, and how many there are before them."""

    stands: tuple[str, ...]
    lines: tuple[Line, ...]
    earlier: int

    def written(self) -> tuple[str, ...]:
        """The lines as they are shown, with a word of those before them."""
        before = (f"({self.earlier} earlier ones are told by `starter.py status`)",) if self.earlier else ()
        return before + tuple(line.words for line in self.lines)

    def since(self, moment: datetime) -> tuple[str, ...]:
        """The lines of what happened at a moment (UTC) or later."""
        return tuple(line.words for line in self.lines if line.at >= moment)


async def diary(connection: AsyncConnection, case: int, calendar: Calendar, now: datetime) -> Diary:
    """The diary of a case as its facts stand at `now` (UTC)."""
    values = {"case": case, "now": now, "today": calendar.local_date(now), "most": MOST + MOST_STANDS}
    rows = (await connection.execute(DIARY, values)).all()
    all_of_it = [Happened(row.at, row.what, row.by, row.detail or {}, row.source, row.told or {}) for row in rows]
    stands = [each for each in all_of_it if each.source == "stands"]
    newest = [each for each in all_of_it if each.source != "stands"][:MOST]
    return Diary(
        stands=tuple(_stands(each, calendar) for each in stands),
        lines=tuple(
            Line(each.at, f"{_local(each.at, calendar)} {in_words(each, calendar)}"[:LONGEST]) for each in newest[::-1]
        ),
        earlier=rows[0].all_of_it - len(newest) if rows else 0,
    )


async def story(connection: AsyncConnection, case: int, calendar: Calendar) -> list[Line]:
    """Everything that happened in a case, oldest first; each message's way is told once, however often a provider tells it."""
    lines = []
    for row in (await connection.execute(STORY, {"case": case})).all():
        what = Happened(row.at, row.what, row.by, row.detail or {}, row.source, row.told or {})
        said = what.detail.get("text")  # a reply's: the terminal is where people read it
        lines.append(Line(what.at, in_words(what, calendar) + (f": {said}" if said else "")))
    return lines


def in_words(what: Happened, calendar: Calendar) -> str:
    """One thing that happened, and who did it."""
    match what.source:
        case "delivery":
            return _delivery(what.detail, what.told)
        case "money":
            return _money(what, what.told["currency"])
        case "provider":
            return f"{what.what.replace('_', ' ')} ({what.told['step']})"
        case "reply":
            meaning = what.detail.get("meaning")
            return what.what.replace("_", " ") + (f", which seems to say: {meaning}" if meaning else "")
    if what.what == "message_left_out":
        return f"{what.detail['step']} left out: {what.detail['why']}"
    who = f" (by {what.by})" if what.by != "purr" else ""
    kind = f"{what.detail.get('command', 'command')} refused" if what.what == "command_refused" else what.what
    return ", ".join([kind.replace("_", " "), *_details(what.detail, calendar)]) + who


def _delivery(detail: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    words = STATES["accepted" if told["sent"] else detail["state"]]
    copy = " (alert)" if told["alert"] else ""
    return words.format(channel=told["channel"].replace("_", " "), step=detail["step"], copy=copy)


def _money(what: Happened, currency: str) -> str:
    amount = f"{what.detail['amount'].removeprefix('-')} {currency}"
    part = what.detail["part"]
    of_part = f" of the {part}" if part not in ("principal", what.what) else ""
    again = what.what == "write-off" and not what.detail["amount"].startswith("-")
    words = (AGAIN if again else MONEY.get(what.what, f"{what.what} of {{}}")).format(amount)
    return f"{words}{of_part} (by {what.by}, booked {what.detail['booked_on']})"


def _details(detail: Mapping[str, Any], calendar: Calendar) -> Iterator[str]:
    for name in TOLD:
        value = detail.get(name)
        if value is None or value == "":
            continue
        if name == "until":
            yield f"until {_day_or_moment(value, calendar)}"
        else:
            yield str(value) if name in ("step", "why", "reason_code") else f"{name.replace('_', ' ')} {value}"


def _day_or_moment(written: str, calendar: Calendar) -> str:
    """A day as it is, a moment (UTC) as it is for the debtor."""
    if len(written) == len("2027-05-20"):
        return f"{date.fromisoformat(written):%d %b %Y}"
    return f"{calendar.here(datetime.fromisoformat(written)).local:%d %b %Y %H:%M %Z}"


def _stands(what: Happened, calendar: Calendar) -> str:
    who = f"since {_local(what.at, calendar)}, by {what.by}: {what.detail['why']}"
    amount = what.detail.get("amount")
    match what.what:
        case "hold":
            until = what.detail["until"]
            return (
                f"On hold until {_local(datetime.fromisoformat(until), calendar) if until else 'it is released'}, {who}"
            )
        case "dispute":
            return f"Disputed, {f'{amount} of it' if amount else 'all of it'}, {who}"
        case "promise":
            return f"Promised: {amount} by {what.detail['day']}, {who}"
        case "plan":
            return f"Instalment plan over {amount}, {who}"
    return f"Stop switch on {amount}, {who}"


def _local(moment: datetime, calendar: Calendar) -> str:
    return f"{calendar.here(moment).local:%d %b %Y %H:%M}"
