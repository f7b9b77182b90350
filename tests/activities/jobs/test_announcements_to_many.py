"""A notice to a book of debtors: counted and told page by page though workers die, each person once, and stopped midway."""

import asyncio

import pytest
import pytest_asyncio

from activities.jobs.announcements import Announcements
from commands.announce import send_announcement, stop_announcement, write_announcement
from domain.invoices.incoming import IncomingInvoice
from facts import announcements
from tests.activities.jobs.test_announcements import GIVEN
from tests.begin import turn
from tests.store import NOW, PLANNING, Store
from tests.world import invoice

TOLD = "select count(*) from case_event where kind = 'announced'"
SECOND = 10  # every so manieth has two invoices


@pytest_asyncio.fixture(autouse=True)
async def moment(store: Store) -> None:
    """The doors' clock begins where the facts do."""
    await turn(store.database, NOW)


async def book(store: Store, many: int) -> None:
    """So many debtors with an open invoice each, some with two."""
    written = [_of(nth, f"{10_000 + nth}") for nth in range(many)]
    written += [_of(nth, f"{90_000 + nth}") for nth in range(0, many, SECOND)]
    for begin in range(0, len(written), 500):
        async with store.database.transaction() as connection:
            for each in written[begin : begin + 500]:
                await store.intake.invoice(connection, each, NOW)


def _of(nth: int, number: str) -> IncomingInvoice:
    debtor = invoice("1").debtor
    own = {"customer_number": f"M-{nth}", "email": f"m{nth}@post.example", "phone": f"+4791{nth:06}"}
    return invoice(number, reference=None, debtor=debtor.model_copy(update=own).model_dump())


async def work(store: Store, *, dies_after: int | None = None) -> int:
    """A worker does page by page until nothing is left, or dies in the middle of one; gives how many it did."""
    works, pages = Announcements(store.database, PLANNING), 0
    while dies_after is None or pages < dies_after:
        if not await works.work():
            return pages
        pages += 1
    dying = asyncio.create_task(works.work())
    await asyncio.wait([dying], timeout=0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    return pages


@pytest.mark.timeout(900)
async def test_everybody_is_told_once_though_workers_die_and_who_opts_out_meanwhile_is_not(
    store: Store, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 10_000 if full else 40
    if not full:
        monkeypatch.setattr("views.selected.PAGE", 9)
        for module in ("facts.announcements", "activities.jobs.announcements"):
            monkeypatch.setattr(f"{module}.AT_ONCE", 9)
    await book(store, many)
    async with store.database.transaction() as connection:
        id = await write_announcement(connection, "acme", GIVEN, "", "kim", "1", NOW)
    assert await work(store, dies_after=2) == 2
    await work(store)
    assert await store.one("select count(*) from announced where left_out is null") == many
    await store.do("update contact_point set state = 'opted out' where channel = 'sms' and address like '%7'")
    opted_out = await store.one("select count(distinct debtor_id) from contact_point where state = 'opted out'")
    async with store.database.transaction() as connection:
        await send_announcement(connection, id, "kim", NOW)
    so_far = [0]
    for _ in range(3):
        await work(store, dies_after=1)
        so_far.append(await store.one(TOLD))
    assert 0 < so_far[1] < so_far[2] < so_far[3] < many, "how far it is can be seen"
    await work(store)
    assert await store.one(TOLD) == many - opted_out > 0
    assert await store.one(f"{TOLD} and case_id in (select case_id from announced where left_out is not null)") == 0
    twice = (
        "select count(*) from (select case_id from outbox where signal = 'announced' group by 1 having count(*) > 1) t"
    )
    assert await store.one(twice) == 0


async def test_stopped_midway_nobody_else_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("facts.announcements", "activities.jobs.announcements"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 5)
    await book(store, 20)
    async with store.database.transaction() as connection:
        id = await write_announcement(connection, "acme", GIVEN, "", "kim", "1", NOW)
    await work(store)
    async with store.database.transaction() as connection:
        await send_announcement(connection, id, "kim", NOW)
    await work(store, dies_after=2)
    async with store.database.transaction() as connection:
        await stop_announcement(connection, id, "kim", NOW)
    told = await store.one(TOLD)
    assert await work(store) == 0
    assert (await store.one(TOLD), 0 < told < 20) == (told, True)
    async with store.database.transaction() as connection:
        kept = await announcements.read(connection, id)
    assert kept is not None
    assert kept.state == "stopped"
