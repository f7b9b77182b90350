"""What debtors, creditors and banks do to a case under test beyond paying: agree, dispute, and be told; and how it reads."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from sqlalchemy import text

from activities.jobs.hand_offs import HandOffs
from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import Promised, PromiseToPay
from commands.command import Command, Result
from commands.record import record
from commands.registry import COMMANDS
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.money.payments import Booked, Payment, book
from facts.webhooks import outgoing
from tests.life import MOST_STEPS, Life, begin
from tests.world import World, eventually

# --- time ------------------------------------------------------------------------------------------------------


async def invoiced(world: World, **changes: Any) -> Life:
    """A case whose invoice was read in the email it came with."""
    case = await begin(world, **changes)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    return case


async def until_told(case: Life, kind: str, channel: str = "email", count: int = 1) -> Any:
    """Let time pass until so many messages about such an occasion have gone through the channel; gives the last one."""
    await case.quiet()
    for _ in range(MOST_STEPS):
        told = [d for d in await case.deliveries() if (named(d.step), d.channel) == (kind, channel)]
        if len(told) >= count:
            return told[count - 1]
        await case.step()
    raise AssertionError(f"no {channel} {kind} came: {await spoken(case)}")


async def until_round(case: Life, number: int) -> None:
    """Let time pass until a round begins."""
    await case.quiet()
    for _ in range(MOST_STEPS):
        if (await case.state()).round >= number:
            return
        await case.step()
    raise AssertionError(f"no round {number} began: {await spoken(case)}")


async def until_why(case: Life, words: str) -> None:
    """Let time pass until the case says that it waits for something."""
    await case.quiet()
    for _ in range(MOST_STEPS):
        if words in (await case.next()).why:
            return
        await case.step()
    raise AssertionError(f"never waits for {words!r}: {(await case.next()).why}; {await spoken(case)}")


async def read_latest(case: Life) -> None:
    """A person reads the latest message."""
    latest = (await case.deliveries())[-1]
    await case.read(latest.step, latest.channel)


# --- what it did -----------------------------------------------------------------------------------------------


def named(step: str) -> str:
    """A step's name; of an occasion without what it is about."""
    return step.partition("#")[0]


async def spoken(case: Life) -> list[str]:
    """The case's deliveries as "channel step", oldest first, occasions without what they are about."""
    return [f"{d.channel} {named(d.step)}" for d in await case.deliveries()]


async def text_of(case: Life, step: str, channel: str) -> str:
    """What the latest delivery of a step through a channel says, with plain spaces."""
    query = """select d.document, d.pdf from delivery d join delivery_case dc on dc.delivery_id = d.id
        where dc.case_id = :case and split_part(dc.step, '#', 1) = :step and d.channel = :channel
        order by d.claimed_at desc limit 1"""
    (row,) = await case.world.rows(query, case=case.case_id, step=step, channel=channel)
    if row.pdf:
        said = " ".join(page.extract_text() for page in PdfReader(BytesIO(row.pdf)).pages)
    else:
        said = f"{row.document.get('subject', '')} {row.document['text']}"
    return " ".join(said.split())


async def entries(case: Life, *kinds: str) -> list[Decimal]:
    """The amounts of the ledger's entries of these kinds, oldest first."""
    query = """select l.amount from ledger_entry l join dunning_case c on c.invoice_id = l.invoice_id
        where c.id = :case and l.kind = any(:kinds) order by l.id"""
    return [row.amount for row in await case.world.rows(query, case=case.case_id, kinds=list(kinds))]


async def fees(case: Life) -> list[Decimal]:
    """The fees and compensations that were charged and stand, oldest first."""
    query = """select l.amount from ledger_entry l join dunning_case c on c.invoice_id = l.invoice_id
        where c.id = :case and l.kind in ('fee', 'compensation')
          and not exists (select from ledger_entry r where r.reverses = l.id) order by l.id"""
    return [row.amount for row in await case.world.rows(query, case=case.case_id)]


async def told_partner(case: Life) -> list[tuple[str, Decimal | None]]:
    """What the collection partner was told after the hand-off, in order."""
    query = """select m.kind, m.amount from hand_off_message m join hand_off h on h.id = m.hand_off_id
        where h.case_id = :case order by m.id"""
    return [(row.kind, row.amount) for row in await case.world.rows(query, case=case.case_id)]


# --- what happens to it ----------------------------------------------------------------------------------------


async def promise(case: Life, days: int, amount: Decimal | None = None) -> Promised:
    """The debtor promises to pay within so many days."""
    pay_by = await case.today() + timedelta(days=days)
    return await _recorded(case, PromiseToPay(pay_by=pay_by, amount=amount, by="kim", reason_code="payday"))


async def agree(
    case: Life,
    months: int | None = None,
    schedule: list[tuple[date, Decimal]] | None = None,
) -> AgreedPlan:
    """The debtor agrees on an instalment plan."""
    terms = AgreeOnPlan.model_validate({"months": months, "schedule": schedule, "by": "kim", "reason_code": "asked"})
    return await _recorded(case, terms)


async def _recorded(case: Life, command: Command[Result]) -> Result:
    """A command over a door; waits for quiet, and gives what it results in."""
    async with case.world.database.transaction() as connection:
        now, planning = await case.now(), case.world.parts.planning
        recorded = await record(connection, planning, case.case_id, command, f"{case.number}-{command.name}-{now}", now)
    await case.quiet()
    return recorded.result


async def plan_of(case: Life) -> AgreedPlan:
    """The case's plan as it stands."""
    async with case.world.database.transaction() as connection:
        found = await plans.plan_of(connection, case.case_id)
    assert found is not None
    return found


async def money(case: Life, amount: Decimal, **told: Any) -> Booked:
    """Money comes to the creditor's account with whatever is told of it; nothing names the invoice unless it does."""
    payment = Payment(
        **{
            "creditor": case.creditor,
            "source": "bank",
            "source_id": f"{case.number}-{await case.now()}-{amount}",
            "amount": amount,
            "currency": "NOK",
            "booked_on": await case.today(),
        }
        | told
    )
    async with case.world.database.transaction() as connection:
        return await book(connection, payment, await case.now())


async def command(case: Life, name: Any, **given: Any) -> None:
    """A person gives a command over a door."""
    await _recorded(case, COMMANDS[name].model_validate({"by": "kim", "reason_code": "asked"} | given))


async def listens(case: Life) -> None:
    """The creditor's own system wants to hear of everything; nobody answers at its address."""
    async with case.world.database.transaction() as connection:
        await outgoing.add(connection, case.creditor, "https://creditor.example/hooks", ["*"], await case.now())


async def heard(case: Life) -> Counter[str]:
    """How many events of each type the creditor's system is told."""
    query = """select m.type from webhook_message m join webhook_endpoint w on w.id = m.endpoint_id
        where w.creditor_id = :creditor"""
    return Counter(row.type for row in await case.world.rows(query, creditor=case.creditor))


async def export_hand_offs(case: Life) -> None:
    """The day's file leaves for the collection partners, at the case's own moment."""
    world = case.world
    await world.turn(await case.now())
    await HandOffs(world.database, world.parts.planning, world.parts.hand_off_files).export_hand_offs()
    await world.turn_back()
    await case.quiet()


@asynccontextmanager
async def busy(case: Life) -> AsyncIterator[None]:
    """The case is busy with a look at the facts until the block ends: what comes meanwhile reaches it in one breath."""
    async with case.world.database.transaction() as connection:
        await connection.execute(text("select 1 from dunning_case where id = :case for update"), {"case": case.case_id})
        await case.handle.signal("message_read")

        async def looks() -> bool:
            query = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            return bool(await case.world.rows(query))

        await eventually(looks)
        yield
