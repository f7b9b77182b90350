"""A new fact wakes its open cases: numbered news in an outbox that loses nothing and blocks nobody."""

from facts import outbox
from facts.outbox import MAX_ATTEMPTS, tell
from tests.store import NOW, Store


async def tell_all(store: Store, cases: list[int], *, reopens: bool = False) -> dict[int, int]:
    async with store.database.transaction() as connection:
        return await tell(connection, cases, "message_read", NOW, reopens=reopens)


async def taken(store: Store, most: int = 100) -> list[int]:
    async with store.database.transaction() as connection:
        return [news.id for news in await outbox.take(connection, most)]


async def test_news_is_numbered_case_by_case(store: Store) -> None:
    one, two = await store.invoice("1001"), await store.invoice("1002")
    assert await tell_all(store, [one]) == {one: 2}
    assert await tell_all(store, [one, two]) == {one: 3, two: 2}
    assert (await store.load(one)).facts.news_seq == 3


async def test_a_closed_case_hears_nothing_unless_the_news_opens_it(store: Store) -> None:
    case = await store.invoice()
    await store.do("update dunning_case set state = 'closed'")
    assert await tell_all(store, [case]) == {}
    assert await tell_all(store, [case], reopens=True) == {case: 2}
    assert await tell_all(store, []) == {}


async def test_news_that_is_rolled_back_with_its_fact_was_never_told(store: Store) -> None:
    case = await store.invoice()
    async with store.database.engine.connect() as connection:
        await tell(connection, [case], "message_read", NOW)
        await connection.rollback()
    assert await store.news(case) == ["invoice_changed"]


async def test_news_says_which_workflow_it_is_for_and_what_a_start_shows(store: Store) -> None:
    case = await store.invoice(segment="private")
    async with store.database.transaction() as connection:
        (news,) = await outbox.take(connection, 10)
    assert (news.case_id, news.creditor_id, news.number, news.seq) == (case, "acme", "1001", 1)
    assert (news.segment, news.country, news.balance) == ("private", "NO", 802)


async def test_what_one_relay_has_taken_another_skips(store: Store) -> None:
    await store.invoice("1001")
    await store.invoice("1002")
    async with store.database.transaction() as first, store.database.transaction() as second:
        (mine,) = await outbox.take(first, 1)
        (other,) = await outbox.take(second, 10)
    assert mine.id < other.id


async def test_news_that_was_sent_is_forgotten(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as connection:
        await outbox.sent(connection, [news.id for news in await outbox.take(connection, 10)])
    assert await store.one("select count(*) from outbox") == 0


async def test_news_that_did_not_arrive_waits_longer_each_time(store: Store) -> None:
    await store.invoice()
    ids = await taken(store)
    async with store.database.transaction() as connection:
        await outbox.retry_later(connection, ids, "no server")
    assert await taken(store) == []
    pauses = []
    for attempts in (1, 5, 20):
        await store.do("update outbox set attempts = :attempts", attempts=attempts)
        async with store.database.transaction() as connection:
            await outbox.retry_later(connection, ids, "no server")
        pauses.append(await store.one("select round(extract(epoch from ready_at - clock_timestamp())) from outbox"))
    assert pauses == [2, 32, 3600]


async def test_news_is_set_aside_after_many_tries_and_can_be_revived(store: Store) -> None:
    await store.invoice()
    ids = await taken(store)
    await store.do("update outbox set attempts = :attempts", attempts=MAX_ATTEMPTS - 1)
    async with store.database.transaction() as connection:
        await outbox.retry_later(connection, ids, "no server")
        lag = await outbox.lag(connection)
    assert (lag["waiting"], lag["dead"]) == (0, 1)
    assert await store.one("select error from outbox") == "no server"
    async with store.database.transaction() as connection:
        assert await outbox.revive(connection) == 1
    assert await taken(store) == ids


async def test_the_lag_is_the_age_of_the_oldest_news_that_waits(store: Store) -> None:
    async with store.database.transaction() as connection:
        assert await outbox.lag(connection) == {"waiting": 0, "dead": 0, "oldest_seconds": 0}
    await store.invoice()
    async with store.database.transaction() as connection:
        lag = await outbox.lag(connection)
    assert lag["waiting"] == 1
    assert 0 < lag["oldest_seconds"] < 60
