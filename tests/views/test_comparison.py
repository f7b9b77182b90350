"""A shadow's day beside the other process's: by the debtor's local day, with what a case that stays silent waits for."""

from datetime import timedelta

from domain.comparison import Kind, Sent
from facts.operations.other_process import keep
from tests.store import LAWS, NOW, TODAY, Store
from views.comparison import UNKNOWN, Comparison, comparison, told

CALENDAR = LAWS["NO"].calendar


async def day_of(store: Store, creditor: str = "acme") -> Comparison:
    async with store.database.transaction() as connection:
        return await comparison(connection, creditor, CALENDAR, TODAY)


async def shadow(store: Store, number: str, hours: float = 0) -> int:
    case = await store.invoice(number, reference=None)
    delivery = await store.claim(case, at=NOW + timedelta(hours=hours))
    await store.do("update delivery set state = 'shadow' where id = :id", id=delivery)
    return case


async def test_a_day_of_both_is_told_with_why_purr_was_silent(store: Store) -> None:
    await shadow(store, "1001")
    await shadow(store, "1002", hours=14)  # after midnight in Oslo, before it in UTC
    held = await store.invoice("1003", reference=None)
    await store.command(held, "hold")
    await store.do("update dunning_case set next_why = 'on hold: test' where id = :held", held=held)
    real = await store.invoice("1004", reference=None)
    await store.accept(await store.claim(real))
    theirs = [Sent(number, "reminder", TODAY, "email") for number in ("1001", "1002", "1003", "N-9")]
    async with store.database.transaction() as connection:
        await keep(connection, "acme", TODAY, theirs, "anne", NOW)
    found = await day_of(store)
    assert [(each.of.invoice, each.kind) for each in found.found] == [
        ("1001", Kind.SAME),
        ("1002", Kind.OTHER_DAY),
        ("1003", Kind.ONLY_THEM),
        ("N-9", Kind.ONLY_THEM),
    ]
    assert found.says == {"1003": "on hold: test", "N-9": UNKNOWN}
    assert found.differs
    words = "\n".join(told(found))
    assert words.startswith(f"{TODAY}: 1 same, 2 only them, 1 other day")
    assert "only them: 1003 reminder: they email 2026-07-01 (Purr: on hold: test)" in words
    assert "other day: 1002 reminder: Purr email 2026-07-02, they email 2026-07-01" in words


async def test_where_nothing_was_told_that_is_said_and_a_neighbour_has_nothing(store: Store) -> None:
    await shadow(store, "1001")
    found = await day_of(store)
    assert (found.is_told, found.count[Kind.ONLY_PURR]) == (False, 1)
    assert "nothing was told of the other process" in "\n".join(told(found))
    assert (await day_of(store, "beta")).found == []
