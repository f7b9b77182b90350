"""What another process sent on a day: the latest word counts, all words are kept, and a neighbour sees none of it."""

from datetime import date, timedelta

from domain.comparison import Sent
from facts.operations.other_process import keep, telling, told
from tests.store import NOW, Store

DAY = date(2026, 7, 1)
NEXT = DAY + timedelta(days=1)


def sent(day: date = DAY, invoice: str = "1001") -> Sent:
    return Sent(invoice, "reminder", day, "letter")


async def test_a_later_file_takes_the_place_of_one_about_the_same_day(store: Store) -> None:
    async with store.database.transaction() as connection:
        await keep(connection, "acme", DAY, [sent(), sent(invoice="1002")], "anne", NOW)
        await keep(connection, "acme", NEXT, [sent(NEXT)], "anne", NOW)
        await keep(connection, "acme", DAY, [], "ola", NOW)
        assert await told(connection, "acme", DAY, NEXT) == {DAY: [], NEXT: [sent(NEXT)]}
        assert await told(connection, "beta", DAY, NEXT) == {}
        assert await telling(connection, NEXT) == ["acme"]
        assert await telling(connection, NEXT + timedelta(days=1)) == []
    assert await store.one("select count(*) from other_process_day") == 3
