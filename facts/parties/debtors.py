"""What becomes known of a debtor: names, stop reasons, a representative, new addresses, wishes sent to us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment, moment_in
from domain.money.matching.names import called
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.who_may_change import AddressState, Source, moved_from
from domain.vocabulary import channels_by_post
from facts import diary
from facts.operations.tasks import open_task
from facts.outbox import tell
from facts.parties import life_events
from facts.parties.contacts import ELSEWHERE, HERE
from facts.refusals import Conflict

OPTING_OUT = moved_from(Source.PERSON, AddressState.OPTED_OUT)
OPTING_IN = moved_from(Source.PERSON, AddressState.VALID)

FIND = text("""
select id, name, country, address, representative, stop_reason, protected_address from debtor
where creditor_id = :creditor and customer_number = :number
  and (cast(:called as text) is null or known_as ? cast(:called as text))
order by id for update
""")
REPLACE_CONTACT = text(f"""
with person as (select id, creditor_id, name_key from debtor where id = :debtor),
given as (
  insert into contact_point (debtor_id, channel, address, state, known_elsewhere, of_representative, last_confirmed_at,
      happened_at)
  select person.id, g.channel, g.address, case when :overrides then 'valid' else coalesce({HERE}, 'valid') end,
    case when not :overrides then {ELSEWHERE} end, :of_representative, :now, :now
  from person, (select cast(:channel as text), cast(:address as text)) as g(channel, address)
  on conflict (debtor_id, channel, address, of_representative) do update set
    state = case when contact_point.state = any(cast(:revived as text[])) then excluded.state else contact_point.state end,
    known_elsewhere = case when :overrides or contact_point.state = any(cast(:revived as text[]))
      then excluded.known_elsewhere else contact_point.known_elsewhere end,
    last_confirmed_at = excluded.last_confirmed_at, happened_at = case
      when contact_point.state = any(cast(:revived as text[])) then excluded.happened_at else contact_point.happened_at end
  returning id, state),
replaced as (  -- only an address that works takes the place of others
  update contact_point set state = 'replaced', happened_at = :now from given
  where debtor_id = :debtor and channel = :channel and of_representative = :of_representative and address <> :address
    and contact_point.state = 'valid' and given.state = 'valid')
select state from given
""")
FILED_WITH = {
    "deceased": "the debtor has died: file the claim with the estate",
    "insolvent": "the debtor is insolvent: file the claim with the bankrupt estate",
    "debt settlement": "the debtor is in debt settlement: file the claim",
}
OPEN_CASES = text("select id from dunning_case where debtor_id = any(:debtors) and state = 'open' order by id")
ONCE = text("""
insert into webhook_event (source, event_id, happened_at) values (:source, :id, :now)
on conflict do nothing returning event_id
""")
# In test mode nobody was written to, so nobody's wish concerns it; one that is told of there holds for its creditor alone.
CONCERNED = """(select d.creditor_id from debtor d join creditor_clock k on k.creditor_id = d.creditor_id where d.id = debtor_id)
  is not distinct from cast(:tried as text)"""
OPT_OUT = text(f"""
update contact_point set state = 'opted out', happened_at = :now
where channel = :channel and address = :address and state = any(cast(:from as text[])) and {CONCERNED}
returning debtor_id
""")
# An address that another one had taken the place of keeps behind it.
OPT_IN = text(f"""
update contact_point p set happened_at = :now,
    state = case when p.state = 'opted out' and exists (select from contact_point n where n.debtor_id = p.debtor_id
      and n.channel = p.channel and n.of_representative = p.of_representative and n.id <> p.id and n.state = 'valid')
      then 'replaced' else 'valid' end
where channel = :channel and address = :address and state = any(cast(:from as text[])) and happened_at <= :now and {CONCERNED}
returning debtor_id
""")
HEARD = text("update contact_point set known_elsewhere = null where channel = :channel and address = :address")


@dataclass(frozen=True, slots=True)
class Debtor:
    """A creditor's debtor as far as changes go."""

    id: int
    name: str
    country: str
    address: list[str]
    representative: str | None
    stop_reason: str | None
    protected_address: bool

    @property
    def life(self) -> dict[LifeKind, Any]:
        """What holds, as life events tell it."""
        holds: dict[LifeKind, Any] = {LifeKind.NAMED: self.name, LifeKind.MOVED: self.address}
        if self.stop_reason:
            holds[LifeKind(self.stop_reason)] = None
        if self.representative:
            holds[LifeKind.REPRESENTED] = self.representative
        if self.protected_address:
            holds[LifeKind.PROTECTED_ADDRESS] = None
        return holds


@dataclass(frozen=True, slots=True)
class Operator:
    """The person who says so, and why, as a short code."""

    by: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Changed:
    """How many open cases look again, and which of the given addresses are not used: (channel, state)."""

    open_cases: int
    not_used: list[tuple[str, str]]


async def find(
    connection: AsyncConnection, creditor: str, customer_number: str, name: str | None = None
) -> Debtor | None:
    """A creditor's debtor by customer number, locked until the transaction ends.

    Raises Conflict where several have the number and no name says which is meant.
    """
    values = {"creditor": creditor, "number": customer_number, "called": called(name) if name else None}
    rows = (await connection.execute(FIND, values)).all()
    if len(rows) > 1:
        raise Conflict(f"customer number {customer_number} is several debtors: say which one by the name it has now")
    return Debtor(*rows[0]) if rows else None


async def change(
    connection: AsyncConnection,
    before: Debtor,
    debtor: Debtor,
    contacts: Sequence[tuple[str, str, bool]],
    now: datetime,
    operator: Operator | None = None,
) -> Changed:
    """Store what is new of a debtor that is found and locked.

    Each contact (channel, address, of the representative) replaces older ones.

    Without an operator it is only data: an address that is opted out, bounced or somebody else's stays so.
    The debtor's open cases look again.
    """
    source = Source.OPERATOR if operator else Source.SYNC
    moment = moment_in(debtor.country, now)
    await life_events.tell(connection, debtor.id, _news(before, debtor, operator, moment), moment)
    not_used = []
    for channel, address, of_representative in contacts:
        place: Mapping[str, Any] = {
            "debtor": debtor.id,
            "channel": channel,
            "address": address,
            "of_representative": of_representative,
            "overrides": operator is not None,
            "revived": moved_from(source, AddressState.VALID),
            "by_post": channels_by_post(),
            "now": now,
        }
        state = (await connection.execute(REPLACE_CONTACT, place)).scalar_one()
        if state != AddressState.VALID:
            not_used.append((channel, state))
    open_cases = (await connection.execute(OPEN_CASES, {"debtors": [debtor.id]})).scalars().all()
    if debtor.stop_reason in FILED_WITH:
        await open_task(connection, open_cases, "", "file claim", FILED_WITH[debtor.stop_reason], now, once=True)
    if operator:
        lines = [(case, {"reason_code": operator.reason_code}) for case in open_cases]
        await diary.write(connection, "debtor_changed", operator.by, lines, now)
    return Changed(len(await tell(connection, open_cases, "debtor_changed", now)), not_used)


def _news(before: Debtor, debtor: Debtor, operator: Operator | None, now: Moment) -> list[LifeEvent]:
    """What ends and what begins where a debtor is another than before."""
    by, reason_code = (operator.by, operator.reason_code) if operator else (Source.SYNC.value, None)
    event = partial(LifeEvent, by=by, reason_code=reason_code, note=None, happened_at=now.at)
    old, new = before.life, debtor.life
    ended = [event(kind, since=None, until=now.day, value=None) for kind in old if kind not in new]
    return ended + [
        event(kind, since=now.day, until=None, value=value)
        for kind, value in new.items()
        if kind not in old or old[kind] != value
    ]


async def rename(connection: AsyncConnection, creditor: str, customer_number: str, debtor: Debtor, name: str) -> Debtor:
    """The debtor under another name, which finds it from now on as its older ones do.

    Raises Conflict where somebody else under the same customer number has that name.
    """
    other = await find(connection, creditor, customer_number, name)
    if other is not None and other.id != debtor.id:
        raise Conflict(f"customer number {customer_number} has another debtor of that name already")
    return replace(debtor, name=name)


async def first_time(connection: AsyncConnection, source: str, event_id: str, now: datetime) -> bool:
    """Whether this event of a source comes for the first time; it is remembered."""
    stored = await connection.execute(ONCE, {"source": source, "id": event_id, "now": now})
    return stored.scalar_one_or_none() is not None


async def opted_out(
    connection: AsyncConnection, channel: str, address: str, now: datetime, *, tried: str | None = None
) -> int:
    """The owner of an address wants silence there, from every creditor, or from the one in test mode where it is `tried`.

    Gives how many contact points it marked.
    """
    values = {"channel": channel, "address": address, "now": now, "from": OPTING_OUT, "tried": tried}
    debtors = (await connection.execute(OPT_OUT, values)).scalars().all()
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def opted_in(
    connection: AsyncConnection, channel: str, address: str, now: datetime, *, tried: str | None = None
) -> int:
    """The owner of an address takes messages there again, of the same creditors. Gives how many contact points it marked."""
    values = {"channel": channel, "address": address, "now": now, "from": OPTING_IN, "tried": tried}
    debtors = (await connection.execute(OPT_IN, values)).scalars().all()
    await connection.execute(HEARD, {"channel": channel, "address": address})
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def _tell_cases(connection: AsyncConnection, debtors: Sequence[int], signal: str, now: datetime) -> int:
    open_cases = (await connection.execute(OPEN_CASES, {"debtors": list(debtors)})).scalars().all()
    return len(await tell(connection, open_cases, signal, now))
