"""What was told is what holds, as a case lives it: old invoices, printed deadlines, notices about a part, moved due dates."""

from datetime import timedelta
from decimal import Decimal

import pytest

from facts.invoices.invoices import move_due_date
from tests.doings import command, export_hand_offs, fees, invoiced, spoken, text_of, until_round, until_told
from tests.life import MOST_STEPS, Life, begin
from tests.world import World


async def local_day(case: Life, step: str, channel: str) -> object:
    """The day on which a step's latest message through a channel was claimed, where the debtor lives."""
    sent = [d for d in await case.deliveries() if (d.step, d.channel) == (step, channel) and not d.alert]
    return case.world.laws["NO"].calendar.local_date(sent[-1].claimed_at)


async def until_notices(case: Life, count: int) -> None:
    """Let time pass until so many collection notices were put into a batch."""
    for _ in range(MOST_STEPS):
        if (await spoken(case)).count("letter collection-notice") >= count:
            return
        await case.step()
    raise AssertionError(f"no {count} notices came: {await spoken(case)}")


async def missed(case: Life) -> list[tuple[str, str]]:
    """What the diary says was missed, oldest first."""
    query = "select detail from case_event where case_id = :case and kind = 'message_left_out' order by id"
    rows = await case.world.rows(query, case=case.case_id)
    return [(row.detail["step"], row.detail["why"]) for row in rows]


@pytest.mark.parametrize("policy", ["no-gentle", "no-standard"])
async def test_an_old_invoice_begins_with_a_free_reminder_and_its_notice_comes_after_the_deadline(
    world: World, policy: str
) -> None:
    young = await begin(world, policy=policy)
    today = await young.today()
    old = await begin(world, policy=policy, issue_date=today - timedelta(days=74), due_date=today - timedelta(days=60))
    for _ in range(MOST_STEPS):
        if await old.deliveries():
            break
        await old.step()
    (first,) = await old.deliveries()
    assert first.step in ("reminder", "first-reminder#1")
    assert first.channel == "email"
    assert await fees(old) == []
    assert (
        "invoice",
        "reminder comes instead" if policy == "no-gentle" else "collection-notice comes instead",
    ) in await missed(old)
    await old.read(first.step, "email")
    await until_notices(old, 1)
    told = [d.deadline for d in await old.deliveries() if d.step == first.step]
    assert await local_day(old, "collection-notice", "letter") > max(told)
    assert len(await missed(old)) == len(set(await missed(old)))


async def test_a_fee_waits_for_the_deadline_of_the_last_nudge(world: World) -> None:
    case = await invoiced(world, policy="no-standard")
    await case.until("friendly-reminder", "sms")
    await case.until("reminder", "letter")
    nudges = [d.deadline for d in await case.deliveries() if d.step == "friendly-reminder"]
    assert len(nudges) == 2
    assert await local_day(case, "reminder", "letter") > max(nudges)
    assert await fees(case) == [Decimal(38)]


async def test_a_rejected_part_dispute_after_the_notice_needs_a_notice_for_the_rest(world: World) -> None:
    case = await invoiced(world, amount=Decimal(5000))
    await case.until("reminder", "letter")
    await case.post_letters()
    await command(case, "dispute", amount=Decimal("2895.14"))
    await until_notices(case, 1)
    await case.post_letters()
    assert "2 104,86" in await text_of(case, "collection-notice", "letter")
    await command(case, "resolve_dispute", upheld=False)
    await until_round(case, 2)
    assert await world.rows("select 1 from hand_off where case_id = :case", case=case.case_id) == []
    await until_notices(case, 2)
    await case.post_letters()
    assert "5 000,00" in await text_of(case, "collection-notice", "letter")
    query = "select 1 from task where case_id = :case and kind = 'approval'"
    for _ in range(MOST_STEPS):
        if await world.rows(query, case=case.case_id):
            break
        await case.step()
    notices = [d.deadline for d in await case.deliveries() if d.step == "collection-notice" and not d.alert]
    assert await case.today() > max(notices)


async def test_a_payment_that_comes_back_before_the_export_keeps_a_hand_off_from_leaving(world: World) -> None:
    case = await invoiced(world, amount=Decimal(5000))
    await case.pay(Decimal(3000), payment_id=f"part-{case.number}")
    await case.climb_to_approval()
    await command(case, "approve_hand_off")
    (queued,) = await world.rows("select state from hand_off where case_id = :case", case=case.case_id)
    assert queued.state == "queued"
    await case.pay(Decimal(-3000), payment_id=f"back-{case.number}")
    await export_hand_offs(case)
    (out,) = await world.rows("select state, reason from hand_off where case_id = :case", case=case.case_id)
    assert (out.state, out.reason) == (
        "backed out",
        "no collection notice is valid for all that is owed: a new one is sent",
    )
    await until_notices(case, 2)
    assert "5 000,00" in await text_of(case, "collection-notice", "letter")


async def test_a_moved_due_date_takes_back_the_fee_and_is_told(world: World) -> None:
    case = await invoiced(world, policy="no-standard")
    await case.until("reminder", "letter")
    assert await fees(case) == [Decimal(38)]
    later = world.laws["NO"].calendar.banking_day_on_or_after(await case.today() + timedelta(days=30))
    async with world.database.transaction() as connection:
        assert await move_due_date(connection, case.creditor, case.number, later, await case.now())
    told = await until_told(case, "due-date-moved")
    assert told.deadline == later
    assert await fees(case) == []
    assert await case.balance() == Decimal(802)
    assert "flyttet forfallsdatoen" in await text_of(case, "due-date-moved", "email")
    await case.read(told.step, "email")
    following = await case.step()
    assert following.due_date == later
    assert (await spoken(case))[-1] == "email due-date-reminder"
