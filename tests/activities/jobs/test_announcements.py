"""What many are told is counted and handed to the cases page by page, each person once, whatever is done twice or fails."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from activities.cases.compose import Composer
from activities.jobs import announcements as job
from activities.jobs.announcements import Announcements
from channels.specs import SPECS
from commands.announce import send_announcement, stop_announcement, write_announcement
from connectors.links import Links
from domain.announcements import Announcement, AnnouncementKind, NoticeWords
from domain.planner.action import Action, ActionKind
from domain.vocabulary import Channel
from facts import announcements
from facts.refusals import Conflict, Refused
from tests.begin import turn
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import invoice

WORDS = NoticeWords(
    title="Lengre ventetid", text="Det tar tid.\n\n<script>alert(1)</script> {{ secret }}", sms="Det tar tid."
)
GIVEN = Announcement(
    kind=AnnouncementKind.WAITING_TIME, words={"nb": WORDS, "en": WORDS}, until=TODAY + timedelta(days=3)
)


@pytest_asyncio.fixture(autouse=True)
async def moment(store: Store) -> None:
    """The doors' clock begins where the facts do."""
    await turn(store.database, NOW)


async def written(store: Store, where: str = "", once: str = "1", creditor: str = "acme") -> int:
    """What is to be told, counted."""
    async with store.database.transaction() as connection:
        id = await write_announcement(connection, creditor, GIVEN, where, "kim", once, NOW)
    await worked(store)
    return id


async def send(store: Store, id: int, *, work: bool = True) -> None:
    async with store.database.transaction() as connection:
        await send_announcement(connection, id, "kim", NOW)
    if work:
        await worked(store)


async def worked(store: Store) -> int:
    """The job does all that there is; gives in how many pages."""
    works, pages = Announcements(store.database, PLANNING), 0
    while await works.work():
        pages += 1
    return pages


async def counted(store: Store, id: int) -> list[tuple[Any, ...]]:
    async with store.database.transaction() as connection:
        return [(channel, why, many) for channel, why, _, many in await announcements.counts(connection, id)]


async def comes(store: Store, case: int) -> Action:
    async with store.database.transaction() as connection:
        return (await PLANNING.plan(connection, case, NOW)).action


async def test_who_has_three_invoices_is_told_once_by_one_of_them(store: Store) -> None:
    cases = [await store.invoice(str(number), reference=None) for number in (1001, 1002, 1003)]
    await store.command(cases[0], "hold")
    id = await written(store)
    assert await counted(store, id) == [("email", None, 1)]
    assert [(await comes(store, case)).step for case in cases] == [None, "reminder", "reminder"]  # nothing is sent yet
    await send(store, id)
    await send(store, id)  # a second click, and another worker
    events = await store.rows("select case_id, detail from case_event where kind = 'announced'")
    assert [(event.case_id, event.detail) for event in events] == [(cases[1], {"announcement": id})]
    assert (await store.news(cases[1])).count("announced") == 1
    assert (await store.load(cases[1])).facts.announced is not None
    assert (await store.load(cases[2])).facts.announced is None


async def test_pages_go_on_where_the_last_one_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("views.selected.PAGE", 2)
    monkeypatch.setattr(announcements, "AT_ONCE", 2)
    monkeypatch.setattr(job, "AT_ONCE", 2)
    for number in range(5):
        customer = {"debtor": {"customer_number": f"K-{number}"}}
        await store.invoice(str(2000 + number), reference=None, **(await debtor_of(store, customer)))
    async with store.database.transaction() as connection:
        id = await write_announcement(connection, "acme", GIVEN, "", "kim", "pages", NOW)
    assert await worked(store) == 3
    await send(store, id, work=False)
    assert await worked(store) == 3
    assert await store.one("select count(*) from case_event where kind = 'announced'") == 5
    assert await worked(store) == 0


async def debtor_of(store: Store, changes: dict[str, Any]) -> dict[str, Any]:
    """An invoice's debtor with something else about them."""
    return {"debtor": invoice("1").model_dump()["debtor"] | changes["debtor"]}


async def test_a_worker_that_is_killed_leaves_a_page_done_or_not(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.invoice()
    id = await written(store)
    await send(store, id, work=False)

    async def killed(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as context:
        context.setattr(job, "tell", killed)
        await worked(store)
    assert await store.one("select count(*) from case_event where kind = 'announced'") == 0
    await worked(store)
    assert await store.one("select count(*) from case_event where kind = 'announced'") == 1


async def test_what_fails_keeps_no_neighbour_waiting(store: Store) -> None:
    case = await store.invoice()
    async with store.database.transaction() as connection:
        broken = await write_announcement(connection, "beta", GIVEN, "no=thing", "kim", "broken", NOW)
    id = await written(store)
    async with store.database.transaction() as connection:
        read, of_beta = await announcements.read(connection, id), await announcements.read(connection, broken)
    assert read is not None
    assert of_beta is not None
    assert (read.state, of_beta.state, await counted(store, id)) == ("counted", "counting", [("email", None, 1)])
    assert case


async def test_nobody_gets_two_within_a_week(store: Store) -> None:
    await store.invoice()
    await send(store, await written(store))
    second = await written(store, once="2")
    assert await counted(store, second) == [(None, "told lately", 1)]
    with pytest.raises(Conflict, match="nobody gets it"):
        await send(store, second)


async def test_two_that_were_counted_together_are_still_one_to_each(store: Store) -> None:
    await store.invoice()
    first, second = await written(store), await written(store, once="2")
    await send(store, first)
    await send(store, second)
    assert await counted(store, second) == [("email", "told lately", 1)]
    assert await store.one("select count(*) from case_event where kind = 'announced'") == 1


async def test_who_pays_holds_or_says_no_meanwhile_gets_nothing(store: Store) -> None:
    case = await store.invoice()
    id = await written(store)
    await store.pay()
    await send(store, id)
    assert [why for _, why, _ in await counted(store, id)] == ["stands still"]
    other = await store.invoice("1002", reference=None)
    second = await written(store, once="2")
    await send(store, second)
    assert (await store.load(other)).facts.announced is not None
    await store.do("update contact_point set state = 'opted out' where channel = 'email'")
    assert (await store.load(other)).facts.announced is None  # no SMS instead
    assert await counted(store, await written(store, once="3")) == [(None, "opted out", 1)]
    assert case


async def test_stopped_it_goes_to_nobody_else(store: Store) -> None:
    case = await store.invoice()
    id = await written(store)
    await send(store, id)
    for _ in range(2):
        async with store.database.transaction() as connection:
            await stop_announcement(connection, id, "kim", NOW)
    assert (await store.load(case)).facts.announced is None
    with pytest.raises(Conflict, match="was stopped"):
        await send(store, id)


async def test_a_stop_switch_leaves_everybody_out_and_another_creditor_has_none_of_it(store: Store) -> None:
    await store.invoice()
    await store.do(
        "insert into stop_switch (scope, key, by, reason_code, happened_at) values ('everything', '', 'a', 'b', :now)",
        now=NOW,
    )
    assert await counted(store, await written(store)) == [(None, "stop switch", 1)]
    assert await counted(store, await written(store, once="2", creditor="beta")) == []
    assert await counted(store, await written(store, "segment=nobody", once="3")) == []


async def test_it_is_sent_only_as_it_was_counted_and_lately(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as connection:
        id = await write_announcement(connection, "acme", GIVEN, "", "kim", "1", NOW)
        assert await write_announcement(connection, "acme", GIVEN, "", "kim", "1", NOW) == id  # the same form again
        with pytest.raises(Conflict, match="still looked for"):
            await send_announcement(connection, id, "kim", NOW)
    await worked(store)
    async with store.database.transaction() as connection:
        with pytest.raises(Conflict, match="more than a day ago"):
            await send_announcement(connection, id, "kim", NOW + timedelta(hours=25))
        for until in (TODAY - timedelta(days=1), TODAY + timedelta(days=8)):
            given = GIVEN.model_copy(update={"until": until})
            with pytest.raises(Refused, match="last day"):
                await write_announcement(connection, "acme", given, "", "kim", "2", NOW)


@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_it_reads_as_it_was_written_without_a_word_of_the_claim(store: Store, channel: str) -> None:
    if channel == "sms":
        await store.invoice()
        await store.do("delete from contact_point where channel = 'email'")
    case = await store.invoice("1009", reference=None)
    await store.claim(case, "invoice")
    await send(store, await written(store))
    composer = Composer(Links(["a secret of at least 32 characters"], "https://purr.example"), SPECS)
    told = await store.one("select case_id from announced")
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, told, NOW)
        step = f"announcement#{(await store.load(told)).facts.announced.id}"  # type: ignore[union-attr]
        action = replace(plan.action, kind=ActionKind.DELIVER, step=step, channel=Channel(channel))
        composed = await composer.compose(connection, [replace(plan, action=action)], NOW, None)
    assert composed.unwritable is None
    assert (composed.delivery.fee, composed.delivery.message) == (Decimal(0), "announcement")
    said = str(composed.written.document)
    assert "Det tar tid." in said
    assert "802" not in said.replace("\xa0", "").replace(str(composed.delivery.id), "").split("https://")[0]
    if channel == "email":
        assert "{{ secret }}" in said
        assert "&lt;script&gt;" in said
        assert composed.written.unsubscribe
