"""A service is blocked after four weeks' warning in writing, and free the moment the money comes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.doings import command, heard, invoiced, listens, spoken, text_of, until_told
from tests.life import MOST_STEPS, Life
from tests.world import World


async def blocks(case: Life) -> list[Any]:
    """The blocks of the case's service, oldest first."""
    query = "select blocked_at, unblocked_at from service_block where case_id = :case order by id"
    return await case.world.rows(query, case=case.case_id)


async def warned(world: World) -> Life:
    """A case in which a letter says that the service will be blocked."""
    case = await invoiced(world, policy="no-service")
    await listens(case)
    await until_told(case, "reminder", "letter")
    await case.post_letters()
    await until_told(case, "block-warning", "letter")
    await case.post_letters()
    return case


async def blocked(world: World) -> Life:
    """A case whose service is blocked."""
    case = await warned(world)
    for _ in range(MOST_STEPS):
        if await blocks(case):
            return case
        await case.step()
    raise AssertionError(f"never blocked: {await spoken(case)}, {(await case.next()).why}")


async def test_a_service_is_blocked_after_its_warning_and_freed_by_the_money_at_once(world: World) -> None:
    case = await blocked(world)
    (block,) = await blocks(case)
    (warning,) = [d for d in await case.deliveries() if (d.step, d.channel) == ("block-warning", "letter")]
    assert block.blocked_at - warning.claimed_at >= timedelta(days=28)
    assert (await heard(case))["service.block"] == 1
    await case.pay()
    (block,) = await blocks(case)
    assert block.unblocked_at is not None
    assert (await heard(case))["service.unblock"] == 1
    assert await case.outcome() == "paid"


async def test_the_warning_says_when_and_what_is_owed(world: World) -> None:
    case = await warned(world)
    warning = await until_told(case, "block-warning", "letter")
    said = await text_of(case, "block-warning", "letter")
    assert "802,00" in said
    assert str(warning.deadline.year) in said
    assert (warning.deadline - world.laws["NO"].calendar.local_date(warning.claimed_at)).days >= 28


async def test_a_service_is_ended_once_when_a_person_has_agreed_who_was_told_what_is_lost(world: World) -> None:
    _, shipped = world.intake.policies["no-service"]
    blocks_it = shipped[
        shipped.index("message: block-warning") : shipped.index("block service\n") + len("block service")
    ]
    ends_it = blocks_it.replace("message: block", "message: termination").replace("block service", "terminate service")
    world.add_policy("ends-services", "no-service", blocks_it, f"{ends_it}\n    approval: required")
    case = await invoiced(world, policy="ends-services")
    await listens(case)
    for step in ("reminder", "block-warning"):
        await until_told(case, step, "letter")
        await case.post_letters()
    said = await text_of(case, "block-warning", "letter")
    assert "avslutte avtalen" in said
    assert "farlig for deg" in said
    while (await case.state()).flag != "approval waiting":
        await case.step()
    await command(case, "approve_hand_off")
    assert (await heard(case))["service.terminate"] == 1
    await until_told(case, "collection-notice", "letter")
    assert (await heard(case))["service.terminate"] == 1
    assert await blocks(case) == []


async def test_a_debtor_who_pays_within_the_warning_is_never_blocked(world: World) -> None:
    case = await warned(world)
    await case.pass_time(timedelta(days=20))
    await case.pay()
    assert await case.outcome() == "paid"
    assert await blocks(case) == []


async def test_a_service_that_is_blocked_is_followed_by_a_notice_and_not_blocked_again(world: World) -> None:
    case = await blocked(world)
    await until_told(case, "collection-notice", "letter")
    assert len(await blocks(case)) == 1


async def test_a_case_that_ends_with_a_trifle_unpaid_frees_the_service(world: World) -> None:
    case = await blocked(world)
    await case.pay(Decimal("760.00"))
    assert await case.outcome() == "balance ignored"
    (block,) = await blocks(case)
    assert block.unblocked_at is not None
    assert (await heard(case))["service.unblock"] == 1


async def test_a_case_that_is_withdrawn_frees_the_service(world: World) -> None:
    case = await blocked(world)
    await command(case, "withdraw")
    assert await case.outcome() == "withdrawn"
    (block,) = await blocks(case)
    assert block.unblocked_at is not None


async def test_nothing_is_blocked_while_a_part_is_disputed(world: World) -> None:
    case = await warned(world)
    await command(case, "dispute", amount=Decimal(100))
    await case.pass_time(timedelta(days=60))
    assert (await case.state()).flag == "disputed"
    assert await blocks(case) == []
