"""What the acceptance cases share: debtors whose lives change, letters that come back, and what each case has to show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from activities.jobs.letters import Letters
from commands.debtor import replies
from commands.debtor.change import DebtorChange, change_debtor
from connectors.links import Link, Links
from domain.invoices.incoming import IncomingDebtor
from facts.deliveries import letters
from facts.deliveries.replies import list_replies
from facts.operations.tasks import list_tasks
from tests.doings import invoiced
from tests.life import ON_PAPER, Life, begin
from tests.world import World, debtor
from web.app import create_app

FEE = Decimal("38.00")


async def with_fees(world: World, **changes: Any) -> Life:
    """A case under the policy with fees, whose invoice was read."""
    return await invoiced(world, **({"policy": "no-standard"} | changes))


async def on_paper(world: World, **changes: Any) -> Life:
    """A case of a debtor who is reached by letters alone, under the policy with fees."""
    return await begin(world, **({"policy": "no-standard", "debtor": ON_PAPER} | changes))


async def noticed(case: Life) -> Any:
    """The case's collection notice; the letters are posted on the day they are printed."""
    for step in ("reminder", "collection-notice"):
        await case.until(step, "letter")
        await case.post_letters()
    return (await notices(case))[-1]


async def notices(case: Life) -> list[Any]:
    """The case's collection notices, oldest first."""
    return [d for d in await case.deliveries() if d.step == "collection-notice" and not d.alert]


async def tasks(case: Life) -> list[str]:
    """What a person is asked about the case now, by kind."""
    async with case.world.database.transaction() as connection:
        return [task.kind for task in await list_tasks(connection, case.creditor, None) if task.invoice == case.number]


async def it_becomes_known(case: Life, **known: Any) -> None:
    """A person at the creditor's says what became known of the debtor; every open case looks again."""
    change = DebtorChange.model_validate({"by": "anne", "reason_code": "told"} | known)
    query = "select d.customer_number from debtor d join dunning_case c on c.debtor_id = d.id where c.id = :case"
    (row,) = await case.world.rows(query, case=case.case_id)
    async with case.world.database.transaction() as connection:
        planning, now = case.world.parts.planning, await case.now()
        await change_debtor(connection, planning, case.creditor, row.customer_number, None, change, now)
    await case.quiet()


async def writes(case: Life, words: str) -> None:
    """The debtor answers an SMS."""
    query = """select p.address from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
        where c.id = :case and p.channel = 'sms' and not p.of_representative"""
    (phone,) = await case.world.rows(query, case=case.case_id)
    async with case.world.database.transaction() as connection:
        planning, now = case.world.parts.planning, await case.now()
        assert await replies.received(connection, planning, "sms", phone.address, words, now) == 1
    await case.quiet()


async def somebody_reads(case: Life) -> None:
    """A person at the creditor's has read all that its debtors wrote."""
    async with case.world.database.transaction() as connection:
        for reply in await list_replies(connection, case.creditor):
            await replies.done(connection, case.creditor, reply.id, "anne", "read", await case.now())
    await case.quiet()


async def addresses(case: Life) -> set[str]:
    """Where the case's messages went, letters by their first line."""
    query = """select p.address from delivery d join delivery_case dc on dc.delivery_id = d.id
        join contact_point p on p.id = d.contact_point_id where dc.case_id = :case"""
    return {row.address for row in await case.world.rows(query, case=case.case_id)}


async def comes_back(case: Life, delivery: Any) -> None:
    """The post brings a letter back."""
    async with case.world.database.transaction() as connection:
        assert await letters.returned(connection, case.creditor, delivery.id, await case.now())
    await case.quiet()


async def letters_are_looked_through(case: Life) -> None:
    """The hourly watch over letters that wait for the printer, at the case's own moment."""
    world = case.world
    await world.turn(await case.now())
    await Letters(world.database, world.parts.planning, world.parts.print_batches).pull_unposted_letters()
    await world.turn_back()
    await case.quiet()


def hand_off_files(case: Life) -> list[str]:
    """What the files for the collection partner say, oldest first."""
    places = sorted(Path(case.world.settings.hand_off_folder).glob(f"*-{case.creditor}.json"))
    return [place.read_text() for place in places]


def same_debtor(case: Life) -> IncomingDebtor:
    """The debtor of a case, as the creditor's next invoice names it."""
    number = case.number.removeprefix("1").lstrip("0")
    return debtor(customer_number=f"K-{number}", email=f"kari.{number}@example.no", phone=f"+4792{int(number):06}")


async def hand_offs(case: Life) -> list[str]:
    """How the case's hand-offs stand, oldest first."""
    query = "select state from hand_off where case_id = :case order by id"
    return [row.state for row in await case.world.rows(query, case=case.case_id)]


async def until_day(case: Life, day: date, hour: int = 12) -> None:
    """Let time pass until an hour of a day where the debtor lives."""
    ahead = case.world.laws["NO"].calendar.at(day, time(hour)) - await case.now()
    assert ahead > timedelta(0)
    await case.pass_time(ahead)


@asynccontextmanager
async def page_of(case: Life, step: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """The web app, and the link that a message carried."""
    world = case.world
    (secret,), url = world.settings.link_secrets, "https://purr.example"
    query = """select c.invoice_id, d.serial from delivery d join delivery_case dc on dc.delivery_id = d.id
        join dunning_case c on c.id = dc.case_id where c.id = :case and dc.step = :step order by d.serial limit 1"""
    (row,) = await world.rows(query, case=case.case_id, step=step)
    link = Links([secret.get_secret_value()], url).url(Link(row.invoice_id, row.serial), await case.today())
    app = create_app(world.settings, world.database, world.laws)
    await world.turn(await case.now())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url) as client:
        yield client, link.removeprefix(url)
    await world.turn_back()
