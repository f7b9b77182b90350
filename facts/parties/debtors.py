"""What becomes known of a debtor: names, stop reasons, a representative, new addresses, wishes sent to us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.moment import Moment, moment_in
from domain.money.matching.names import called
from domain.parties.addresses import address_key
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.roles import ContactRole
from domain.parties.standing import NEXT, STOPS, TABLE, Later, Standing, standing_of
from domain.parties.who_may_change import AddressState, Source, moved_from
from domain.policy.choosing import Whom
from domain.vocabulary import channels_by_post
from facts import diary
from facts.addresses import of_one_recipient
from facts.operations import unsettled
from facts.operations.tasks import OF_AN_ADDRESS, close_tasks, open_task
from facts.outbox import tell
from facts.parties import life_events
from facts.parties.contacts import ELSEWHERE, FOUND_ANOTHER, HERE
from facts.refusals import Conflict

OPTING_OUT = moved_from(Source.PERSON, AddressState.OPTED_OUT)
OPTING_IN = moved_from(Source.PERSON, AddressState.VALID)

READ = "select id, name, country, address, representative, stop_reason, protected_address, language, kind from debtor"
FIND = text(f"""
{READ}
where creditor_id = :creditor and customer_number = :number
  and (cast(:called as text) is null or known_as ? cast(:called as text))
order by id for update
""")
BY_ID = text(f"{READ} where id = :debtor for no key update")
REPLACE_CONTACT = text(f"""
with person as (select id, creditor_id, name_key from debtor where id = :debtor),
given as (
  insert into contact_point (debtor_id, channel, address, address_key, state, known_elsewhere, of_representative, role,
      last_confirmed_at, happened_at)
  select person.id, g.channel, :address, g.address_key, case when :overrides then 'valid' else coalesce({HERE}, 'valid') end,
    case when not :overrides then {ELSEWHERE} end, :of_representative, :role, :now, :now
  from person, (select cast(:channel as text), cast(:key as text)) as g(channel, address_key)
  on conflict (debtor_id, channel, address_key, of_representative) do update set address = excluded.address,
    state = case when contact_point.state = any(cast(:revived as text[])) then excluded.state else contact_point.state end,
    known_elsewhere = case when :overrides or contact_point.state = any(cast(:revived as text[]))
      then excluded.known_elsewhere else contact_point.known_elsewhere end,
    role = coalesce(excluded.role, contact_point.role), last_confirmed_at = excluded.last_confirmed_at, happened_at = case
      when contact_point.state = any(cast(:revived as text[])) then excluded.happened_at else contact_point.happened_at end
  returning id, debtor_id, channel, of_representative, role, state),
found as ({FOUND_ANOTHER.format(kept="given")}),
replaced as (  -- only an address that works takes the place of others; data does not undo a person's word
  update contact_point c set state = case when :overrides then 'left' else 'replaced' end, happened_at = :now from given
  where c.debtor_id = given.debtor_id and c.channel = given.channel and c.of_representative = given.of_representative
    and c.role is not distinct from given.role and c.address_key <> :key and c.state = 'valid' and not c.further
    and given.state = 'valid')
select state from given
""")
# One more number beside the others: theirs stay, and no other one takes its place. Whoever else has it keeps it.
# Messages go where they went as long as that works: it was not given for them.
ADD_NUMBER = text(f"""
with given as (
  insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, further, happened_at)
  select :debtor, channel, :address, :key, 'valid', false, true, :now from unnest(cast(:channels as text[])) as g(channel)
  on conflict (debtor_id, channel, address_key, of_representative) do update set address = excluded.address, state = 'valid',
    further = true, happened_at = excluded.happened_at where contact_point.state <> 'valid'
  returning id, debtor_id, channel, of_representative, role, state),
found as ({FOUND_ANOTHER.format(kept="given")})
select count(*) from given
""")
LEAVE = text("""
update contact_point set state = 'left', further = false, happened_at = :now
where debtor_id = :debtor and address_key = :key and not of_representative and state = any(cast(:from as text[]))
""")
# Whoever stood in before is not written to any more.
STOOD_IN = text("""
update contact_point set state = 'replaced', happened_at = :now
where debtor_id = :debtor and of_representative and state = 'valid' and not address_key = any(cast(:given as text[]))
""")
OPEN_CASES = text("select id from dunning_case where debtor_id = any(:debtors) and state = 'open' order by id")
# Those about which the same people are written to, too: of the children that are reached through a debtor.
REACHED = text(f"""
select distinct c.id from debtor d cross join lateral {of_one_recipient("d.id", "d.creditor_id")} w
join dunning_case c on c.debtor_id = w.id where d.id = any(:debtors) and c.state = 'open' order by c.id
""")
LATER = text("""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id where c.id = any(:cases) and i.issue_date > :since
""")
STANDING_IN = (LifeKind.GUARDIAN, LifeKind.REPRESENTED)  # who is found by either is the guardian that a minor needs
ONCE = text("""
insert into webhook_event (source, event_id, happened_at) values (:source, :id, :now)
on conflict do nothing returning event_id
""")
# In test mode nobody was written to, so nobody's wish concerns it; one that is told of there holds for its creditor alone.
CONCERNED = """(select d.creditor_id from debtor d join creditor_clock k on k.creditor_id = d.creditor_id where d.id = debtor_id)
  is not distinct from cast(:tried as text)"""
OPT_OUT = text(f"""
update contact_point set state = 'opted out', happened_at = :now
where channel = :channel and address_key = :key and state = any(cast(:from as text[])) and {CONCERNED}
returning debtor_id
""")
# An address that another one had taken the place of keeps behind it.
OPT_IN = text(f"""
update contact_point p set happened_at = :now,
    state = case when p.state = 'opted out' and exists (select from contact_point n where n.debtor_id = p.debtor_id
      and n.channel = p.channel and n.of_representative = p.of_representative and n.id <> p.id and n.state = 'valid')
      then 'replaced' else 'valid' end
where channel = :channel and address_key = :key and state = any(cast(:from as text[])) and happened_at <= :now and {CONCERNED}
returning debtor_id
""")
HEARD = text("update contact_point set known_elsewhere = null where channel = :channel and address_key = :key")


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
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is said of one kind: that it holds, since when and until when, with what it is; or that it does not any more."""

    holds: bool
    value: Any = None
    since: date | None = None  # None: today
    until: date | None = None
    note: str | None = None


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


async def by_id(connection: AsyncConnection, debtor: int) -> Debtor:
    """A debtor by its number here, locked until the transaction ends."""
    return Debtor(*(await connection.execute(BY_ID, {"debtor": debtor})).one())


async def change(
    connection: AsyncConnection,
    before: Debtor,
    debtor: Debtor,
    contacts: Sequence[tuple[str, str, bool]],
    now: datetime,
    operator: Operator | None = None,
    *,
    known: Mapping[LifeKind, Known] = MappingProxyType({}),
    law: Law | None = None,
    role: ContactRole | None = None,
    another_number: tuple[str, list[str]] | None = None,
    left: str | None = None,
) -> Changed:
    """Store what is new of a debtor that is found and locked: what is another than before, and what is `known`.

    Each contact (channel, address, of who stands in) replaces older ones of its role; `another_number`, with its channels,
    replaces none, and an address that they `left` is theirs no more. Without an operator it is only data:
    an address that is opted out, bounced, somebody else's or left, as a person said, stays so. What comes next for a
    person is asked of the open cases, with the law's last day; what was asked for something that ended is done. The
    debtor's open cases look again.
    """
    moment = moment_in(debtor.country, now)
    standing = standing_of(await life_events.told(connection, debtor.id), moment.day)
    not_used = await _reach(connection, debtor, contacts, now, role, by_person=operator is not None)
    if another_number:
        number, channels = another_number
        added = {"debtor": debtor.id, "channels": channels, "address": number, "key": address_key(number), "now": now}
        await connection.execute(ADD_NUMBER, added)
    if left:
        from_states = moved_from(Source.OPERATOR, AddressState.LEFT)
        gone = {"debtor": debtor.id, "key": address_key(left), "from": from_states, "now": now}
        await connection.execute(LEAVE, gone)
    if ("letter", AddressState.LEFT) in not_used:
        debtor = replace(debtor, address=before.address)
    said = _differences(before, debtor, standing) | dict(known)
    news = list(_news(standing, said, operator, moment))
    after = await life_events.tell(connection, debtor.id, news, moment)
    if _name(after.stands_in) not in (None, _name(standing.stands_in)):
        given = [address_key(address) for _, address, of_representative in contacts if of_representative]
        await connection.execute(STOOD_IN, {"debtor": debtor.id, "given": given, "now": now})
    open_cases = (await connection.execute(OPEN_CASES, {"debtors": [debtor.id]})).scalars().all()
    await _ask(connection, open_cases, news, after, operator, law, now)
    if (debtor.country, debtor.kind) != (before.country, before.kind):
        by = operator.by if operator else Source.SYNC
        await unsettled.debtor_changed(connection, debtor.id, Whom(before.country, before.kind), by, now)
    if operator:
        what = ", ".join(event.kind if event.kind in after.events else f"no longer {event.kind}" for event in news)
        lines = [
            (case, {"reason_code": operator.reason_code} | ({"known": what} if what else {})) for case in open_cases
        ]
        await diary.write(connection, "debtor_changed", operator.by, lines, now)
    return Changed(await _tell_cases(connection, [debtor.id], "debtor_changed", now), not_used)


async def ask_for_another(connection: AsyncConnection, point: int, case: int, why: str, now: datetime) -> None:
    """A contact point is dead: a person finds another address, in the name of a case that found out."""
    await open_task(connection, [case], f"{OF_AN_ADDRESS}{point}", "address", why, now)


async def _reach(
    connection: AsyncConnection,
    debtor: Debtor,
    contacts: Sequence[tuple[str, str, bool]],
    now: datetime,
    role: ContactRole | None,
    *,
    by_person: bool,
) -> list[tuple[str, str]]:
    """Keep where the debtor, or who stands in, is reached. Gives the addresses that are not used: (channel, state)."""
    source, not_used = Source.OPERATOR if by_person else Source.SYNC, []
    for channel, address, of_representative in contacts:
        place: Mapping[str, Any] = {
            "debtor": debtor.id,
            "channel": channel,
            "address": address,
            "key": address_key(address),
            "of_representative": of_representative,
            "role": None if of_representative else role,
            "overrides": by_person,
            "revived": moved_from(source, AddressState.VALID),
            "by_post": channels_by_post(),
            "now": now,
        }
        state = (await connection.execute(REPLACE_CONTACT, place)).scalar_one()
        if state != AddressState.VALID:
            not_used.append((channel, state))
    return not_used


async def _ask(
    connection: AsyncConnection,
    open_cases: Sequence[int],
    news: Sequence[LifeEvent],
    after: Standing,
    operator: Operator | None,
    law: Law | None,
    now: datetime,
) -> None:
    """Open what comes next for a person, and close what was asked for something that does not hold any more.

    Nothing is asked for an invoice that runs apart: it was issued after the fact began.
    """
    waited_for = {NEXT[kind].kind for kind in after.events if kind in NEXT}
    for kind in {NEXT[event.kind].kind for event in news if event.kind in NEXT} - waited_for:
        for case in open_cases:
            await close_tasks(
                connection, case, kind, operator.by if operator else "sync", "does not hold any more", now
            )
    if any(event.kind in STANDING_IN and event.kind in after.events for event in news):
        for case in open_cases:
            await close_tasks(connection, case, "guardian", operator.by if operator else "sync", "is known", now)
    for event in news:
        task = NEXT.get(event.kind)
        if task is None or event.kind not in after.events or event.since is None:
            continue
        if task.kind == "guardian" and after.stands_in is not None:
            continue
        apart = set[int]()
        if TABLE[event.kind].later is Later.APART:
            later = await connection.execute(LATER, {"cases": list(open_cases), "since": event.since})
            apart = set(later.scalars())
        asked = [case for case in open_cases if case not in apart]
        await open_task(connection, asked, "", task.kind, task.why, now, due_on=task.due_on(law, event.since))


def _differences(before: Debtor, debtor: Debtor, standing: Standing) -> dict[LifeKind, Known]:
    """What is said of the kinds that have a column of their own, where a debtor is another than before."""
    said: dict[LifeKind, Known] = {}
    if debtor.stop_reason != before.stop_reason:
        said |= {kind: Known(holds=False) for kind in standing.events if kind in STOPS}
        if debtor.stop_reason:
            said[LifeKind(debtor.stop_reason)] = Known(holds=True)
    if debtor.representative != before.representative:
        said[LifeKind.REPRESENTED] = Known(debtor.representative is not None, debtor.representative)
    if debtor.protected_address != before.protected_address:
        said[LifeKind.PROTECTED_ADDRESS] = Known(debtor.protected_address)
    for kind, old, new in (
        (LifeKind.NAMED, before.name, debtor.name),
        (LifeKind.MOVED, before.address, debtor.address),
        (LifeKind.COUNTRY, before.country, debtor.country),
        (LifeKind.KIND, before.kind, debtor.kind),
        (LifeKind.LANGUAGE, before.language, debtor.language),
    ):
        if new != old:
            said[kind] = Known(holds=True, value=new)
    return said


def _news(
    standing: Standing, said: Mapping[LifeKind, Known], operator: Operator | None, now: Moment
) -> Iterator[LifeEvent]:
    """What ends and what begins: what is said and stands already is no news. What ends comes first."""
    by, reason_code = (operator.by, operator.reason_code) if operator else (Source.SYNC.value, None)
    for kind, known in sorted(said.items(), key=lambda item: item[1].holds):
        stands = standing.events.get(kind)
        if not known.holds:
            if stands:
                yield LifeEvent(kind, None, now.day, None, by, reason_code, known.note, now.at)
            continue
        since = known.since or (stands.since if stands and stands.value == known.value else now.day)
        if stands and (stands.value, stands.since, stands.until) == (known.value, since, known.until):
            continue
        yield LifeEvent(kind, since, known.until, known.value, by, reason_code, known.note, now.at)


def _name(stands_in: LifeEvent | None) -> str | None:
    return stands_in.value if stands_in else None


async def look_at_ends(
    connection: AsyncConnection, now: datetime, *, creditor: str | None = None, since: datetime | None = None
) -> int:
    """What was known of some debtors has come to its last day: their open cases look again. Gives how many debtors.

    Of all live creditors; or of one in test mode, whose clock has moved on `since` then.
    """
    over = await life_events.ended(connection, now, creditor=creditor, since=since)
    await _tell_cases(connection, over, "debtor_changed", now)
    return len(over)


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
    values = {"channel": channel, "key": address_key(address), "now": now, "from": OPTING_OUT, "tried": tried}
    debtors = (await connection.execute(OPT_OUT, values)).scalars().all()
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def opted_in(
    connection: AsyncConnection, channel: str, address: str, now: datetime, *, tried: str | None = None
) -> int:
    """The owner of an address takes messages there again, of the same creditors. Gives how many contact points it marked."""
    values = {"channel": channel, "key": address_key(address), "now": now, "from": OPTING_IN, "tried": tried}
    debtors = (await connection.execute(OPT_IN, values)).scalars().all()
    await connection.execute(HEARD, {"channel": channel, "key": address_key(address)})
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def _tell_cases(connection: AsyncConnection, debtors: Sequence[int], signal: str, now: datetime) -> int:
    open_cases = (await connection.execute(REACHED, {"debtors": list(debtors)})).scalars().all()
    return len(await tell(connection, open_cases, signal, now))
