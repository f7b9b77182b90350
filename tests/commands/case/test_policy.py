"""By which policy a case goes on a person says: nothing that was told is taken back, and the next step is planned anew."""

from datetime import timedelta
from typing import Any

import pytest

from facts.refusals import CommandRefused
from tests.facts.operations.test_unsettled import FINLAND, asked, comes, lives_in, told
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor

OF_CASE = """select p.name, c.round, c.doubt, c.settled_for from dunning_case c
  join policy_text p on p.hash = c.policy_hash where c.id = :case"""


async def goes_by(store: Store, case: int) -> Any:
    """A case's policy, its round, what is doubted and for which country it was settled."""
    ((*found,),) = await store.rows(OF_CASE, case=case)
    return found


async def test_by_its_own_policy_a_case_goes_on_in_its_round(store: Store) -> None:
    case = await store.invoice()
    before = await comes(store, case)
    await lives_in(store, "FI")
    await store.command(case, "choose_policy", policy="no-gentle")
    assert await goes_by(store, case) == ["no-gentle", 1, None, "FI"]
    assert (await comes(store, case), await asked(store, case)) == (before, [])
    async with store.database.transaction() as connection:
        law = (await PLANNING.plan(connection, case, NOW)).law
    assert (law.country, law.calendar.country) == ("NO", "FI")  # what may be asked, and when they are reached


async def test_by_another_policy_a_new_round_begins_and_what_was_told_stays(store: Store) -> None:
    case, _ = await told(store, "1001", debtor=debtor(country="ES", phone=None))
    await store.claim(case, deadline=TODAY + timedelta(days=9))
    await store.command(case, "choose_policy", policy="no-standard")
    assert await goes_by(store, case) == ["no-standard", 2, None, "ES"]
    facts = (await store.load(case)).facts
    assert ([d.deadline for d in facts.deliveries], facts.unsettled) == ([TODAY + timedelta(days=9)], None)
    kind, _, flag = await comes(store, case)
    assert (kind, flag) != ("wait", "policy unsettled")


async def test_who_moves_after_it_was_settled_is_asked_about_again(store: Store) -> None:
    case = await store.invoice()
    await lives_in(store, "FI")
    await store.command(case, "choose_policy", policy="no-gentle")
    await lives_in(store, "NO")
    assert await asked(store, case) == [
        "the debtor is in NO now, and the policy was chosen for FI: a person says by which policy the case goes"
    ]


async def test_who_is_of_another_kind_goes_on_by_a_policy_for_that_and_is_asked_about_when_it_changes_again(
    store: Store,
) -> None:
    case = await store.invoice()
    await told(store, "1002", debtor=debtor(kind="business"), policy="no-business")
    with pytest.raises(CommandRefused, match="policy no-gentle is for a consumer, the debtor is a business"):
        await store.command(case, "choose_policy", policy="no-gentle")
    await store.command(case, "choose_policy", policy="no-business")
    assert (await goes_by(store, case), await asked(store, case)) == (["no-business", 2, None, "NO"], [])
    await told(store, "1003", debtor=debtor(kind="consumer"))
    assert await asked(store, case) == [
        "the debtor is a consumer now, and the policy was chosen for a business: a person says by which policy the case goes"
    ]


async def test_what_is_settled_already_changes_nothing(store: Store) -> None:
    case = await store.invoice()
    assert await store.command(case, "choose_policy", policy="no-gentle") == 0
    assert await goes_by(store, case) == ["no-gentle", 1, None, None]


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("fi-gentle", "the invoice is in NOK, policy fi-gentle is for EUR"),
        ("no-business", "policy no-business is for a business, the debtor is a consumer"),
        ("no-such", "no policy no-such: there are "),
    ],
)
async def test_a_policy_that_cannot_be_the_cases_is_refused_in_words(store: Store, policy: str, why: str) -> None:
    case, _ = await told(store, "1001", **FINLAND)
    with pytest.raises(CommandRefused, match=why):
        await store.command(case, "choose_policy", policy=policy)
    assert (await store.load(case, NOW)).facts.unsettled is not None


async def test_what_the_partner_has_is_recalled_first(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'queued', :now)",
        case=case,
        now=NOW,
    )
    with pytest.raises(CommandRefused, match="recall it first"):
        await store.command(case, "choose_policy", policy="no-standard")
