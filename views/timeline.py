"""One timeline of a case, or of all that a debtor has with a creditor: sent, opened, paid, said and decided, the newest first.

It is what `views.status` tells of a case, each thing once however many invoices it is about, and page by page: a page
begins where the last one ended, whatever has happened since.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from views.status import OF_THE_SERVICE, ONCE

PAGE: Final = 60


class Kind(StrEnum):
    """What kind of thing happened: by these a timeline is narrowed."""

    SENT = "sent"
    OPENED = "opened"
    PAID = "paid"
    SAID = "said"
    DECIDED = "decided"


OF_SOURCE: Final[Mapping[str, Kind]] = {
    "delivery": Kind.SENT,
    "provider": Kind.OPENED,
    "money": Kind.PAID,
    "reply": Kind.SAID,
    "answer": Kind.SAID,
}
"""All else is decided."""
SOURCES: Final = ("delivery", "provider", "money", "reply", "answer", "diary", "task", "hand-off", "service")

# Beside what status tells: what we answered, in its words rather than that we did, and what became of the service.
_STORY = f"""{ONCE}
  union all
  select a.happened_at, 'answer', a.by, jsonb_build_object('text', a.text, 'channel', a.channel, 'seen_at', a.seen_at,
    'reply', a.reply_id), 'answer', null, 6, a.id
  from answer a where a.case_id = :case
  union all
{OF_THE_SERVICE}"""
_OF = f"""
select h.at, h.sort, h.nth, h.source, h.what, h.by, (array_agg(h.detail))[1] as detail, (array_agg(h.told))[1] as told,
  array_agg(k.id order by k.id) as cases, array_agg(i.number order by k.id) as invoices
from dunning_case k join invoice i on i.id = k.invoice_id
cross join lateral ({_STORY.replace(":case", "k.id")}) h
where {{whose}} and h.source = any(cast(:sources as text[]))
  and not (h.source = 'diary' and (h.what = 'answered' or h.what <> all(coalesce(cast(:diary as text[]), array[h.what]))))
  and (cast(:at as timestamptz) is null or (h.at, h.sort, h.nth, h.source) < (:at, :sort, :nth, :source))
  and h.at >= coalesce(({{none_before}}), '-infinity')
group by h.at, h.sort, h.nth, h.source, h.what, h.by order by h.at desc, h.sort desc, h.nth desc, h.source desc limit :most
"""
# So many messages alone fill a page: of years with a debtor nothing is read that is older than these.
_A_PAGE_OF_MESSAGES = """
  select d.claimed_at from delivery d
  where d.debtor_id = :whose and 'delivery' = any(cast(:sources as text[])) and d.claimed_at < coalesce(:at, 'infinity')
    and (select true from delivery_case dc join dunning_case c on c.id = dc.case_id
      where dc.delivery_id = d.id and c.debtor_id = :whose limit 1) is not null
  order by d.claimed_at desc offset :most - 1 limit 1
"""
OF_CASE = text(_OF.format(whose="k.id = :whose", none_before="cast(null as timestamptz)"))
OF_DEBTOR = text(_OF.format(whose="k.debtor_id = :whose", none_before=_A_PAGE_OF_MESSAGES))
PLACE = re.compile(r"(\d{1,17})-(-?\d{1,2})-(\d{1,12})-([a-z-]{1,10})", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, at a moment (UTC); `invoices` are the numbers of those that it is about."""

    at: datetime
    sort: int
    nth: int
    source: str
    what: str
    by: str
    detail: Mapping[str, Any]
    told: Mapping[str, Any]
    cases: Sequence[int]
    invoices: Sequence[str]

    @property
    def kind(self) -> Kind:
        """By which it is found."""
        return OF_SOURCE.get(self.source, Kind.DECIDED)

    @property
    def place(self) -> str:
        """Where it stands in the timeline, as an address has it."""
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{micros}-{self.sort}-{self.nth}-{self.source}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of it, and where the next one begins; None at the end."""

    entries: Sequence[Entry]
    next: str | None


async def of_case(
    connection: AsyncConnection,
    case: int,
    *,
    kinds: Collection[Kind] = (),
    sources: Sequence[str] = SOURCES,
    diary: Sequence[str] | None = None,
    before: str = "",
    most: int = PAGE,
) -> Timeline:
    """What happened in one case before a place of the timeline: of these kinds alone where any are named.

    `sources` and `diary` narrow it to what somebody may see: where it is kept, and of the diary which kinds of line.
    """
    return await _page(connection, OF_CASE, case, kinds, sources, diary, before, most)


async def of_debtor(
    connection: AsyncConnection, debtor: int, *, kinds: Collection[Kind] = (), before: str = "", most: int = PAGE
) -> Timeline:
    """The same of all cases of a debtor, those that are long over too."""
    return await _page(connection, OF_DEBTOR, debtor, kinds, SOURCES, None, before, most)


async def _page(
    connection: AsyncConnection,
    statement: Any,
    whose: int,
    kinds: Collection[Kind],
    sources: Sequence[str],
    diary: Sequence[str] | None,
    before: str,
    most: int,
) -> Timeline:
    wanted = [each for each in sources if not kinds or OF_SOURCE.get(each, Kind.DECIDED) in kinds]
    values = {"whose": whose, "sources": wanted, "diary": None if diary is None else list(diary), "most": most + 1}
    rows = (await connection.execute(statement, values | _place(before))).all()
    entries = [
        Entry(**dict(row._mapping) | {"detail": row.detail or {}, "told": row.told or {}}) for row in rows[:most]
    ]
    return Timeline(entries, entries[-1].place if len(rows) > most else None)


def _place(written: str) -> dict[str, Any]:
    """A place as the statement compares with it; the newest where this is none."""
    found = PLACE.fullmatch(written)
    if found is None:
        return {"at": None, "sort": 0, "nth": 0, "source": ""}
    micros, sort, nth, source = found.groups()
    return {"at": EPOCH + timedelta(microseconds=int(micros)), "sort": int(sort), "nth": int(nth), "source": source}
