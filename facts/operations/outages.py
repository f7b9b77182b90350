"""Outages: which channel takes nothing at this moment, what waits for it, and who tries whether it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import Channel
from facts.outbox import tell

BACK = "provider_back"  # the news for those that waited

# One case asks for all. A second outage before the first was told is the same one.
BEGAN = text("""
insert into outage (channel, since, reason, ask_at) values (:channel, :at, :reason, clock_timestamp() + cast(:pause as interval))
on conflict (channel) do update set reason = excluded.reason, answered_at = null,
    ask_at = greatest(outage.ask_at, excluded.ask_at)
""")
ANSWERED = text("""
update outage set answered_at = :at where channel = :channel and answered_at is null
""")
OPEN = text("""
select channel, answered_at is not null as answered from outage
where answered_at is not null or ask_at <= clock_timestamp() order by channel for update skip locked
""")
TOLD = text("select channel, since, reason from outage where answered_at is null order by channel")
ASK_LATER = text("update outage set ask_at = clock_timestamp() + cast(:pause as interval) where channel = :channel")
OVER = text("delete from outage where channel = :channel")
UNSENT = """
from delivery d where d.state = 'unavailable' and exists (
  select from delivery_case dc join dunning_case c on c.id = dc.case_id
  where dc.delivery_id = d.id and c.state = 'open' and c.next_kind = 'deliver' and c.next_step = dc.step
    and c.next_channel = d.channel)"""
"""SQL: the deliveries that their provider has not taken, and that their cases still want to send."""
# Deliveries that an act is at work on are passed over: it holds their cases.
CALL = text(f"""
with waiting as (select d.id {UNSENT} and not d.try_again and d.channel = coalesce(:channel, d.channel)
  order by d.unavailable_at limit :most for update skip locked),
called as (update delivery d set try_again = true from waiting w where d.id = w.id returning d.id)
select distinct dc.case_id from called join delivery_case dc on dc.delivery_id = called.id
""")
COUNT = text(f"""
select d.channel, count(*), extract(epoch from :now - min(coalesce(d.first_unavailable_at, d.claimed_at))) {UNSENT}
group by d.channel
""")


@dataclass(frozen=True, slots=True)
class Outage:
    """A channel that takes nothing, as far as is known; `answered` when something was taken since."""

    channel: str
    answered: bool


async def began(
    connection: AsyncConnection, channel: Channel, at: datetime, reason: str, retry_after: timedelta | None
) -> None:
    """A channel took nothing for as long as an act tries; it is not asked before what its provider asked for."""
    values = {"channel": channel, "at": at, "reason": reason[:500], "pause": retry_after or timedelta(0)}
    await connection.execute(BEGAN, values)


async def answered(connection: AsyncConnection, channel: Channel, at: datetime) -> None:
    """The channel's provider has answered a message, be it with no."""
    await connection.execute(ANSWERED, {"channel": channel, "at": at})


async def to_look_at(connection: AsyncConnection) -> list[Outage]:
    """Outages that something was taken since, or whose turn it is to be asked about; locked until the transaction ends."""
    return [Outage(*row) for row in (await connection.execute(OPEN)).all()]


async def ask_later(connection: AsyncConnection, channel: str, pause: timedelta) -> None:
    """The next that tries whether the outage is over does so after a pause."""
    await connection.execute(ASK_LATER, {"channel": channel, "pause": pause})


async def over(connection: AsyncConnection, channel: str) -> None:
    """Forget the outage."""
    await connection.execute(OVER, {"channel": channel})


async def call(connection: AsyncConnection, channel: str | None, most: int) -> list[int]:
    """Let up to `most` deliveries that wait for the channel, or for any, be tried at once, the longest waiting first.

    Gives their cases, which are told in a transaction of its own: whoever acts holds a case before its delivery.
    """
    return list((await connection.execute(CALL, {"channel": channel, "most": most})).scalars())


async def tell_called(connection: AsyncConnection, cases: list[int], now: datetime) -> None:
    """The called cases look again."""
    await tell(connection, sorted(cases), BACK, now)


async def unsent(connection: AsyncConnection, now: datetime) -> dict[str, tuple[int, float]]:
    """By channel, how many messages their provider has not taken, and for how many seconds the first of them waits."""
    rows = (await connection.execute(COUNT, {"now": now})).all()
    return {channel: (count, float(seconds)) for channel, count, seconds in rows}


async def told(connection: AsyncConnection) -> list[str]:
    """Each outage in words: which channel takes nothing, since when and why."""
    rows = (await connection.execute(TOLD)).all()
    return [f"{row.channel} since {row.since:%Y-%m-%d %H:%M} UTC: {row.reason}" for row in rows]
