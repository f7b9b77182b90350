"""What cannot be: the case in which it is waits for a person, the others go on, and so does the worker."""

from datetime import timedelta

from sqlalchemy import text

from facts import clock
from facts.operations.vital_signs import vital_signs
from facts.outbox import tell
from relays.law_watch import LawWatch
from terminal.where import filter_of, matching
from tests.life import Life, begin
from tests.world import World

FLAG = "invariant broken"


async def change(case: Life, statement: str) -> None:
    """Change the case's row behind everybody's back."""
    async with case.world.database.transaction() as connection:
        await connection.execute(text(f"update dunning_case set {statement} where id = :case"), {"case": case.case_id})


async def flagged(world: World) -> list[int]:
    """The cases with the flag, as an operator lists them; the metric counts the same."""
    async with world.database.transaction() as connection:
        cases, total = await matching(connection, filter_of(f"flag={FLAG}"), most=50)
        signs = await vital_signs(connection, await clock.now(connection))
    assert signs.cases_broken == total
    return [case.case_id for case in cases]


async def test_a_case_whose_balance_is_not_what_is_booked_waits_until_it_is_put_right(world: World) -> None:
    broken, other = await begin(world), await begin(world)
    await change(broken, "principal = principal + 100")
    async with world.database.transaction() as connection:
        await tell(connection, [broken.case_id], "invoice_changed", await broken.now())
    await broken.quiet()
    following = await broken.next()
    assert (following.act, following.at) == ("wait", None)
    assert following.why == "the balance that is kept is not what is booked"
    assert await flagged(world) == [broken.case_id]

    await other.step()
    assert await other.told() == ["email invoice"]

    await change(broken, "principal = principal - 100")
    await LawWatch(world.database, world.laws).look(timedelta(0))
    await broken.quiet()
    assert (await broken.next()).act == "send_email"
    assert await flagged(world) == []


async def test_an_act_of_a_closed_case_sends_nothing_and_waits(world: World) -> None:
    case = await begin(world)
    await change(case, "state = 'closed'")
    following = await case.step()
    assert (following.act, following.why) == ("wait", "the case is closed and would still deliver")
    assert (await case.told(), await flagged(world)) == ([], [case.case_id])
    await case.pay()
    assert await case.outcome() == "paid"
