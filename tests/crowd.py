"""Many invoices of one debtor under test: one clock for all of their cases, and what the debtor gets."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count as numbered
from itertools import cycle
from typing import Any

from domain.planner import joint_message
from domain.planner.preview import Ahead, preview_together
from facts import clock
from facts.cases.load import load_cases
from facts.deliveries import letters
from facts.money.payments import Payment, book
from tests.doings import command
from tests.life import Life
from tests.world import World, creditor, debtor, eventually, invoice

AT_ONCE = 16  # cases whose time is moved together
MOMENTS = 60  # more than any ladder has, joined
WITHIN = 400.0  # seconds of wall time for one moment of two hundred cases
_crowds: Iterator[int] = numbered(1)

CLIMBING = """
select count(*) as n, min(c.next_at) as at from dunning_case c where c.creditor_id = :creditor and c.state = 'open'
  and not exists (select from task t where t.case_id = c.id and t.kind = 'approval')
"""
NEXT = "select min(next_at) as at from dunning_case where creditor_id = :creditor and state = 'open'"
# Cases that have not heard all news, or whose moment has passed.
BUSY = """
select count(*) as n from dunning_case c where c.creditor_id = :creditor and c.state = 'open'
  and (c.looked_seq < c.news_seq or c.looked_at is null or c.next_at <= :now
    or exists (select from outbox o where o.case_id = c.id))
"""
DELIVERIES = """
select d.id, d.message, d.channel, d.state, d.attempt, d.tone, d.fee, d.deadline, d.claimed_at,
  array_agg(i.number order by i.number) as invoices, array_agg(i.number) filter (where dc.carries_fee) as bearers
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id
where d.creditor_id = :creditor group by d.id order by d.claimed_at, d.serial
"""
FEES = """
select i.number, l.amount from ledger_entry l join invoice i on i.id = l.invoice_id
where l.creditor_id = :creditor and l.kind = 'fee' order by l.id
"""
CASES = """
select i.number, c.id from dunning_case c join invoice i on i.id = c.invoice_id where c.creditor_id = :creditor order by c.id
"""
ENDS = "select state, outcome from dunning_case where creditor_id = :creditor order by id"
UNPOSTED = """
select distinct batch from delivery where creditor_id = :creditor and batch is not null and posted_on is null
"""


@dataclass
class Crowd:
    """One debtor of a creditor of its own, and the cases of all the invoices; they live by one clock."""

    world: World
    creditor: str
    account: str
    issued: date
    cases: list[Life] = field(default_factory=list)

    # --- time -----------------------------------------------------------------------------------------------

    async def move_to(self, moment: datetime) -> None:
        """Let everybody's time pass to a moment: who wakes then, wakes together."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def live(case: Life) -> None:
            async with turn:
                ahead = moment - await case.now()
                if ahead > timedelta(0):
                    await self.world.skip(case.handle, ahead)

        ends = await self.ends()
        await asyncio.gather(*(live(case) for case, end in zip(self.cases, ends, strict=True) if end.state == "open"))
        await self.rest(moment)

    async def rest(self, moment: datetime) -> None:
        """Wait until everybody has done what there was to do by a moment."""

        async def resting() -> bool:
            (row,) = await self.world.rows(BUSY, creditor=self.creditor, now=moment)
            return bool(row.n == 0)

        await eventually(resting, within=WITHIN)

    async def until(self, message: str, channel: str = "email", times: int = 1) -> None:
        """Let everything pass unread until the debtor has got a message so many times."""
        for _ in range(MOMENTS):
            if [(d.message, d.channel) for d in await self.deliveries()].count((message, channel)) >= times:
                return
            (row,) = await self.world.rows(NEXT, creditor=self.creditor)
            await self.move_to(row.at)
        raise AssertionError(f"no {channel} {message} came: {await self.told()}")

    async def climb_to_approval(self) -> None:
        """Let everything pass unread until a person must approve each hand-off; letters are posted as they come."""
        for _ in range(MOMENTS):
            (row,) = await self.world.rows(CLIMBING, creditor=self.creditor)
            if not row.n:
                return
            await self.move_to(row.at)
            await self.post_letters(row.at)
        raise AssertionError(f"nobody is asked for approval: {await self.told()}")

    # --- what the debtor gets -------------------------------------------------------------------------------

    async def deliveries(self) -> list[Any]:
        """What the debtor got, oldest first, each with the invoices that it serves and the one that bears its fee."""
        return await self.world.rows(DELIVERIES, creditor=self.creditor)

    async def told(self) -> list[str]:
        """The same as "channel message (number of invoices)"."""
        return [f"{d.channel} {d.message} ({len(d.invoices)})" for d in await self.deliveries()]

    async def foreseen(self) -> list[str]:
        """What the debtor will get if nobody reads or pays, as the forecast says it."""
        planning, now = self.world.parts.planning, max([await case.now() for case in self.cases])
        async with self.world.database.transaction() as connection:
            loaded = await load_cases(connection, [case.case_id for case in self.cases], now)
            plans = [await planning.plan_loaded(connection, each, now) for each in loaded]
        said = []
        for acts in preview_together([Ahead(each.policy, each.law, each.case.facts) for each in plans], now):
            place, act = acts[0]
            if (wish := joint_message.wish_of(plans[place].policy, plans[place].case.facts, act.action)) is not None:
                said.append(f"{wish.channel} {wish.message} ({len(acts)})")
        return said

    async def fees(self) -> list[Any]:
        """The fees charged, with the invoice that bears each."""
        return await self.world.rows(FEES, creditor=self.creditor)

    async def said(self, message: str) -> list[Any]:
        """The messages of a kind that the debtor got."""
        return [told for told in await self.deliveries() if told.message == message]

    async def ends(self) -> list[Any]:
        """How each of the cases stands."""
        return await self.world.rows(ENDS, creditor=self.creditor)

    # --- what happens to them -------------------------------------------------------------------------------

    async def post_letters(self, moment: datetime) -> None:
        """The printer confirms all letters as posted."""
        day = self.world.laws["NO"].calendar.local_date(moment)
        for row in await self.world.rows(UNPOSTED, creditor=self.creditor):
            async with self.world.database.transaction() as connection:
                await letters.posted(connection, self.creditor, row.batch, day, moment)
        await self.rest(moment)

    async def pays(self, numbers: Sequence[str], each: str) -> None:
        """Money for each of these invoices comes in one file."""
        async with self.world.database.transaction() as connection:
            now = await clock.now(connection)
            moment = max([now, *[await case.now() for case in self.cases]])
            for number in numbers:
                paid = Payment(
                    self.creditor, "bank", f"{number} {moment}", Decimal(each), "NOK", moment.date(), number=number
                )
                await book(connection, paid, moment)
        await self.rest(moment + timedelta(minutes=1))  # their time goes on meanwhile

    async def order(self, case: Life, name: Any) -> None:
        """A person gives a command about one of them over a door."""
        await command(case, name)

    async def invoices_come(self, count: int, *, policies: Sequence[str], due_in: Sequence[int] = (14,)) -> None:
        """So many further invoices are imported, one right after the other; policies and due dates in turn."""
        known = {case.number for case in self.cases}
        numbers = [f"{self.creditor.removeprefix('crowd-')}{len(known) + each:04}" for each in range(count)]
        whose = debtor(customer_number=f"K-{self.creditor}", email=f"{self.creditor}@example.no")
        async with self.world.database.transaction() as connection:
            now = await clock.now(connection)
        for number, policy, due in zip(numbers, cycle(policies), cycle(due_in), strict=False):
            new = invoice(
                number,
                creditor=self.creditor,
                issue_date=self.issued,
                due_date=self.issued + timedelta(days=due),
                reference=None,
                account=self.account,
                debtor=whose,
                policy=policy,
            )
            async with self.world.database.transaction() as connection:
                await self.world.intake.invoice(connection, new, now)
        for row in await self.world.rows(CASES, creditor=self.creditor):
            if row.number not in known:
                handle = await self.world.case(row.number, self.creditor)
                self.cases.append(Life(self.world, self.creditor, row.number, row.id, handle))
        await self.rest(now)


async def crowd(world: World, count: int, *, policies: Sequence[str], due_in: Sequence[int] = (14,)) -> Crowd:
    """One debtor with so many invoices, issued the next banking day."""
    number = next(_crowds)
    name, account, calendar = f"crowd-{number}", f"{20_000_000_000 + number}", world.laws["NO"].calendar
    await world.register(creditor(id=name, organisation_number=None, accounts=(account,), consumer_policy=policies[0]))
    async with world.database.transaction() as connection:
        today = calendar.local_date(await clock.now(connection))
    gathered = Crowd(world, name, account, calendar.add_banking_days(today, 1))
    await gathered.invoices_come(count, policies=policies, due_in=due_in)
    return gathered
