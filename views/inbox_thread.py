"""A thread as the desk shows it: all that passed with a person, files and all, beside who they are and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.deliveries.reply_files import LISTED as FILES
from facts.desk.threads import Thread
from views.thread import read_thread

MOST_CASES = 12

DETAILS = text(f"""
select r.id, r.happened_at, r.channel, r.topic, r.subject, r.text, r.quoted, r.automatic, r.tied_by, r.sender, r.done_at,
  r.done_by, r.more, {FILES}
from reply r where r.id = any(cast(:replies as int[])) order by r.id
""")
PERSONS = text(f"""
select d.id as debtor, d.creditor_id as creditor, k.name as creditor_name, k.country, d.name, d.customer_number,
  d.language, d.kind, d.stop_reason,
  d.representative, coalesce((
    select json_agg(json_build_array(o.number, o.balance::text, o.currency, o.due_date, o.state) order by o.is_over, o.id desc)
    from (select i.number, c.balance, i.currency, i.due_date, c.state, c.state <> 'open' as is_over, c.id
      from dunning_case c join invoice i on i.id = c.invoice_id where c.debtor_id = d.id
      order by c.state <> 'open', c.id desc limit {MOST_CASES}) o), '[]') as cases
from debtor d join creditor k on k.id = d.creditor_id where d.id = any(cast(:debtors as int[]))
order by array_position(cast(:debtors as int[]), d.id)
""")
DEBTOR_OF = text("select debtor_id from dunning_case where id = :case")
MEANWHILE = text("""
select 'in' as direction, r.happened_at as at, r.sender as by, r.text from reply r
where r.id = any(cast(:replies as int[])) and r.id > :reply
union all
select 'out', a.happened_at, a.by, a.text from answer a
where a.debtor_id = any(cast(:debtors as int[])) and a.id > :answer
order by at
""")


@dataclass(frozen=True, slots=True)
class Message:
    """One message, theirs (`direction` "in") or ours. `state`: unread, read, what a machine's is, or how far ours has come."""

    at: datetime
    direction: str
    channel: str
    about: str | None
    subject: str | None
    text: str | None
    state: str
    by: str
    invoices: Sequence[str] = ()
    reply: int | None = None
    quoted: str | None = None
    tied_by: str | None = None
    done_by: str | None = None
    more: int = 0
    files: Sequence[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An invoice of theirs, as the card beside the thread has it."""

    number: str
    balance: Decimal
    currency: str
    due_date: date
    state: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whose thread it is, with their invoices: those that are open first."""

    debtor: int
    creditor: str
    creditor_name: str
    country: str
    name: str
    customer_number: str | None
    language: str
    kind: str
    stop_reason: str | None
    representative: str | None
    cases: Sequence[OpenCase]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page had shown of a thread: its last words, its last answer, and how many words nobody had read."""

    reply: int
    answer: int
    unread: int

    @classmethod
    def of(cls, written: str) -> "Seen | None":
        """As `Thread.seen` writes it; None for anything else."""
        parts = written.split(".")
        return cls(*map(int, parts)) if len(parts) == 3 and all(each.isdecimal() for each in parts) else None


async def persons(connection: AsyncConnection, debtors: Sequence[int]) -> list[Person]:
    """These debtors, in this order."""
    found = []
    for row in await connection.execute(PERSONS, {"debtors": list(debtors)}):
        told = dict(row._mapping)
        cases = [
            OpenCase(each[0], Decimal(each[1]), each[2], date.fromisoformat(each[3]), each[4]) for each in told["cases"]
        ]
        found.append(Person(**told | {"cases": cases}))
    return found


async def debtor_of(connection: AsyncConnection, case: int) -> int:
    """Whose case it is."""
    return int((await connection.execute(DEBTOR_OF, {"case": case})).scalar_one())


async def messages(connection: AsyncConnection, thread: Thread) -> list[Message]:
    """All that passed, the oldest first."""
    rows = (await connection.execute(DETAILS, {"replies": list(thread.replies)})).all()
    if thread.debtor is None:
        return [_theirs(row) for row in rows]
    details = {row.id: row for row in rows}
    passed = chain.from_iterable([await read_thread(connection, debtor) for debtor in thread.debtors])
    found = [
        _theirs(details[each.reply], each.invoices, each.by)
        if each.direction == "in" and each.reply in details
        else Message(
            each.at,
            each.direction,
            each.channel,
            each.about,
            each.subject,
            each.text,
            each.state,
            each.by,
            each.invoices,
        )
        for each in passed
    ]
    return sorted(found, key=lambda each: (each.at, each.direction, each.reply or 0))


async def meanwhile(connection: AsyncConnection, thread: Thread, seen: Seen) -> Sequence[Any]:
    """What came or was answered since a page showed the thread, by direction, moment, who and words; the oldest first."""
    values = {
        "replies": list(thread.replies),
        "debtors": list(thread.debtors),
        "reply": seen.reply,
        "answer": seen.answer,
    }
    return (await connection.execute(MEANWHILE, values)).all()


def _theirs(row: Any, invoices: Sequence[str] = (), by: str = "") -> Message:
    return Message(
        row.happened_at,
        "in",
        row.channel,
        row.topic,
        row.subject,
        row.text,
        row.automatic or ("unread" if row.done_at is None else "read"),
        by or row.sender or "?",
        invoices,
        row.id,
        row.quoted,
        row.tied_by,
        row.done_by,
        row.more,
        row.files,
    )
