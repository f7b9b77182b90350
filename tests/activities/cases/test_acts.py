"""A call is opened on the list of whom the policy names, and on nobody else's; else our own people call, and it says why."""

import pytest
import pytest_asyncio
from sqlalchemy import text

from commands.debtor.change import DebtorChange, change_debtor
from facts.operations.calls import Desk, waiting
from facts.parties.creditors import issue_api_key
from tests.begin import BEGIN
from tests.life import Life, begin
from tests.store import PLANNING
from tests.world import World, debtor

ON_PAPER = {"email": None, "phone": "+4722000000"}
WORDS = "channel: phone"


@pytest_asyncio.fixture
async def policy(world: World) -> str:
    world.add_policy("an-agency-calls", "no-gentle", WORDS, f"{WORDS}\n    by: agency Ring AS")
    return "an-agency-calls"


async def key(case: Life, agency: str, creditor: str | None = None) -> None:
    async with case.world.database.transaction() as connection:
        await issue_api_key(connection, creditor or case.creditor, "a key", BEGIN, agency)


async def opened(case: Life) -> tuple[str | None, str]:
    """Whose the case's call is when it is opened, and why there is one."""
    for _ in range(20):
        if rows := await case.world.rows(
            "select agency, why from task where case_id = :c and kind = 'call'", c=case.case_id
        ):
            return rows[0].agency, rows[0].why
        await case.step()
        await case.post_letters()
    raise AssertionError(await case.told())


async def on_list(case: Life, agency: str | None) -> int:
    async with case.world.database.transaction() as connection:
        return len(
            [each for each in await waiting(connection, Desk(case.creditor, agency)) if each.case == case.case_id]
        )


async def large(world: World, policy: str, **changes: object) -> Life:
    return await begin(world, policy=policy, amount="9000.00", debtor=debtor(**ON_PAPER | changes))


async def test_the_agency_that_a_policy_names_has_the_call_and_no_other_has(world: World, policy: str) -> None:
    case = await large(world, policy)
    await key(case, "ring as")
    await key(case, "Other AS")
    agency, _ = await opened(case)
    assert agency == "ring as"
    assert (await on_list(case, "ring as"), await on_list(case, "Other AS")) == (1, 0)
    (event,) = await world.rows(
        "select by, detail from case_event where case_id = :c and kind = 'call_given'", c=case.case_id
    )
    assert (event.by, event.detail["agency"]) == ("purr", "ring as")


@pytest.mark.parametrize("whose", ["nobody's", "another creditor's", "revoked"])
async def test_where_the_agency_has_no_key_our_own_people_call(world: World, policy: str, whose: str) -> None:
    case, other = await large(world, policy), await large(world, policy)
    if whose == "another creditor's":
        await key(case, "Ring AS", other.creditor)
    elif whose == "revoked":
        await key(case, "Ring AS")
        async with world.database.transaction() as connection:
            await connection.execute(text("update api_key set revoked_at = happened_at where agency = 'Ring AS'"))
    agency, why = await opened(case)
    assert agency is None
    assert "not by Ring AS: it has no key of this creditor" in why
    assert await on_list(case, "Ring AS") == 0


async def test_a_policy_that_says_own_has_our_own_people_call(world: World) -> None:
    world.add_policy("we-call", "no-gentle", WORDS, f"{WORDS}\n    by: own")
    case = await large(world, "we-call")
    await key(case, "Ring AS")
    agency, why = await opened(case)
    assert agency is None
    assert "not by" not in why


async def test_whoever_has_a_protected_address_is_called_by_our_own_people(world: World, policy: str) -> None:
    case = await large(world, policy)
    await key(case, "Ring AS")
    for _ in range(20):
        if (await case.next()).act == "open_call_task":
            break
        await case.step()
        await case.post_letters()
    async with world.database.transaction() as connection:
        query = "select customer_number from debtor d join dunning_case c on c.debtor_id = d.id where c.id = :case"
        (row,) = await world.rows(query, case=case.case_id)
        number = row.customer_number
        given = DebtorChange(protected_address=True, by="anne", reason_code="told")
        await change_debtor(connection, PLANNING, case.creditor, number, None, given, await case.now())
    agency, why = await opened(case)
    assert agency is None
    assert "not by Ring AS: the address is protected" in why
