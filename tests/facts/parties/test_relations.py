"""Customer relations are kept once each, and say what a case's creditor stands to lose."""

from itertools import permutations
from typing import Any

import pytest

from activities.cases.acts import ask_for_approval, block_service
from domain.parties.incoming_relation import IncomingRelation
from facts.parties import relations
from facts.refusals import Conflict
from tests.begin import turn
from tests.store import NOW, PLANNING, Store
from tests.world import debtor

STARTED: dict[str, Any] = {
    "id": "crm-1",
    "customer_number": "K-1",
    "kind": "started",
    "on": "2024-07-01",
    "monthly_margin": "100",
    "currency": "NOK",
}
ENDED = {"id": "crm-2", "customer_number": "K-1", "kind": "ended", "on": "2026-05-01", "reason": "price"}


async def tell(store: Store, *events: dict[str, Any], creditor: str = "acme") -> list[str]:
    """A creditor tells; gives what became of each."""
    async with store.database.transaction() as connection:
        return [
            await relations.record(connection, creditor, IncomingRelation.model_validate(event), NOW)
            for event in events
        ]


async def lost(store: Store, case: int) -> list[str]:
    """What the creditor of a case stands to lose."""
    async with store.database.transaction() as connection:
        return [str(each) for each in await relations.at_stake(connection, case, NOW)]


async def a_case(store: Store, number: str = "1001", customer: str = "K-1", **changes: Any) -> int:
    """A case of a customer."""
    return await store.invoice(number, debtor=debtor(customer_number=customer), **changes)


async def test_a_relation_may_come_before_its_debtor(store: Store) -> None:
    assert await tell(store, STARTED) == ["new"]
    assert await lost(store, await a_case(store)) == ["2400.00 NOK"]


async def test_an_event_counts_once_and_never_changes(store: Store) -> None:
    assert await tell(store, STARTED, STARTED) == ["new", "known"]
    for change in ({"on": "2024-07-02"}, {"customer_number": "K-2"}, {"monthly_margin": "99"}, {"product": "web"}):
        with pytest.raises(Conflict, match="event crm-1 came before with other content"):
            await tell(store, STARTED | change)
    assert await store.one("select count(*) from customer_relation") == 1
    assert await tell(store, STARTED | {"monthly_margin": "100.00"}) == ["known"]


async def test_events_of_any_order_come_to_the_same(store: Store) -> None:
    back = {"id": "crm-3", "customer_number": "K-1", "kind": "renewed", "on": "2026-06-01"}
    for customer, order in enumerate(permutations([STARTED, ENDED, back])):
        of = {"customer_number": f"K-{customer}"}
        await tell(store, *({**event, **of, "id": f"{event['id']}-{customer}"} for event in order))
        assert await lost(store, await a_case(store, f"n-{customer}", f"K-{customer}", reference=None)) == [
            "2400.00 NOK"
        ]


async def test_another_creditors_customer_is_another(store: Store) -> None:
    assert await tell(store, STARTED, creditor="beta") == ["new"]
    assert await tell(store, STARTED | {"monthly_margin": "1"}) == ["new"]
    assert await lost(store, await a_case(store)) == ["24.00 NOK"]


async def test_who_has_left_is_nothing_to_lose(store: Store) -> None:
    await tell(store, STARTED, ENDED)
    assert await lost(store, await a_case(store)) == []


@pytest.mark.parametrize(
    ("events", "says"),
    [([STARTED], "; the creditor stands to lose about 2400.00 NOK if this customer leaves"), ([ENDED], ""), ([], "")],
)
async def test_hand_off_and_block_say_what_there_is_to_lose(
    store: Store, events: list[dict[str, Any]], says: str
) -> None:
    await tell(store, *events)
    case = await a_case(store)
    await turn(store.database, NOW)
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, NOW)
        await ask_for_approval(connection, plan, NOW)
        blocked = await block_service(connection, plan, NOW)
    assert await store.one("select why from task where kind = 'approval'") == f"{plan.action.why}{says}"
    assert blocked == f"service blocked ({plan.action.step}){says}"
    async with store.database.transaction() as connection:
        assert (await PLANNING.plan(connection, case, NOW)).action.kind == plan.action.kind
