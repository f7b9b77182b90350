"""What becomes known of a debtor is kept with who said so; the columns that many read say the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.change import StopReason
from domain.parties.life_events import LifeKind
from domain.parties.standing import STOPS, Standing, standing_of
from facts.parties import debtors, life_events
from facts.parties.debtors import Known, Operator
from tests.store import NOW, TODAY, Store
from tests.world import debtor

ANNE = Operator("anne", "called")
KEPT = (
    "select stop_reason, stopped_on, birth_date, representative, protected_address, name, language, address from debtor"
)


async def say(store: Store, operator: Operator | None = ANNE, **changes: Any) -> None:
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", "K-1")
        assert found is not None
        await debtors.change(connection, found, replace(found, **changes), [], NOW, operator)


async def standing(connection: AsyncConnection) -> Standing:
    return standing_of(await life_events.told(connection, 1), TODAY)


async def told(store: Store) -> list[tuple[Any, ...]]:
    rows = await store.rows("select kind, since, until, value, by, reason_code from life_event order by id")
    return [tuple(row) for row in rows]


async def test_a_persons_word_is_kept_with_the_reason_and_a_systems_without(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="deceased")
    await say(store, None, representative="Guri Verge", protected_address=True)
    assert await told(store) == [
        ("deceased", TODAY, None, None, "anne", "called"),
        ("represented", TODAY, None, "Guri Verge", "sync", None),
        ("protected address", TODAY, None, None, "sync", None),
    ]


async def test_the_same_again_is_no_event_and_what_ends_keeps_its_beginning(store: Store) -> None:
    await store.invoice()
    for reason in ("insolvent", "insolvent", "other", None):
        await say(store, stop_reason=reason)
    assert [(kind, since, until) for kind, since, until, *_ in await told(store)] == [
        ("insolvent", TODAY, None),
        ("insolvent", None, TODAY),
        ("other", TODAY, None),
        ("other", None, TODAY),
    ]


async def test_an_invoice_tells_a_birth_date_at_once_and_else_only_what_is_new(store: Store) -> None:
    born = TODAY.replace(year=TODAY.year - 30)
    await store.invoice(debtor=debtor(birth_date=born))
    await store.invoice("1002", debtor=debtor(birth_date=born))
    await store.invoice("1003", debtor=debtor(language="en", name="Nordmann, Kari"))
    assert await told(store) == [
        ("born", None, None, born.isoformat(), "import", None),
        ("named", TODAY, None, "Nordmann, Kari", "import", None),
        ("language", TODAY, None, "en", "import", None),
    ]


STORY: list[dict[str, Any]] = [
    {"stop_reason": "insolvent"},
    {"name": "Kari Hansen"},
    {"representative": "Guri Verge", "stop_reason": "minor"},
    {"address": ["Nygata 2", "0155 Oslo"], "protected_address": True},
    {"representative": "Per Verge"},
    {"stop_reason": None, "representative": None},
    {"stop_reason": "deceased", "protected_address": False},
]


@pytest.mark.parametrize("length", range(len(STORY) + 1))
async def test_the_debtors_columns_are_as_the_events_leave_them(store: Store, length: int) -> None:
    await store.invoice(debtor=debtor(birth_date=TODAY))
    for change in STORY[:length]:
        await say(store, **change)
        await store.invoice(
            f"10{length}{STORY.index(change)}", debtor=debtor(language="en", address_lines=("Nygata 3",))
        )
    ((*kept,),) = await store.rows(KEPT)
    async with store.database.transaction() as connection:
        stands = await standing(connection)
    stop = stands.stop
    assert kept[:5] == [
        stop.kind if stop else None,
        stop.since if stop else None,
        TODAY,
        stands.value(LifeKind.REPRESENTED),
        LifeKind.PROTECTED_ADDRESS in stands.events,
    ]
    assert stands.value(LifeKind.BORN) == TODAY.isoformat()
    for value, kind in zip(kept[5:], (LifeKind.NAMED, LifeKind.LANGUAGE, LifeKind.MOVED), strict=True):
        assert stands.value(kind) in (None, value)


def test_every_reason_to_stop_that_the_api_takes_is_a_kind_of_event() -> None:
    assert set(get_args(StopReason)) == STOPS


async def test_what_became_known_is_never_changed(store: Store) -> None:
    await store.invoice()
    await say(store, stop_reason="other")
    with pytest.raises(Exception, match="life_event is append-only"):
        await store.do("update life_event set by = 'ola'")


@pytest.mark.parametrize("kind", [LifeKind.REPRESENTED, LifeKind.GUARDIAN])
async def test_what_has_come_to_its_last_day_is_out_of_the_columns_and_the_cases_look_again(
    store: Store, kind: LifeKind
) -> None:
    case = await store.invoice()
    until = Known(holds=True, value="Guri Verge", until=TODAY + timedelta(days=2))
    async with store.database.transaction() as connection:
        found = await debtors.find(connection, "acme", "K-1")
        assert found is not None
        facts = {kind: until, LifeKind.PROTECTED_ADDRESS: replace(until, value=None, until=None)}
        await debtors.change(connection, found, found, [], NOW, ANNE, known=facts)
    told = len(await store.news(case))
    for days, over, representative in ((1, 0, "Guri Verge"), (2, 1, None), (3, 0, None)):
        async with store.database.transaction() as connection:
            assert await debtors.look_at_ends(connection, NOW + timedelta(days=days)) == over
        ((kept, protected),) = await store.rows("select representative, protected_address from debtor")
        assert (kept, protected) == (representative, True)
    assert len(await store.news(case)) == told + 1
