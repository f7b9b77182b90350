"""Promises and instalment plans as a case lives them: kept, broken, and gone on from."""

from datetime import timedelta
from decimal import Decimal

from domain.agreements.instalments import settled_by
from tests.doings import (
    agree,
    entries,
    fees,
    heard,
    invoiced,
    listens,
    money,
    plan_of,
    promise,
    read_latest,
    spoken,
    text_of,
    until_round,
    until_told,
    until_why,
)
from tests.life import Life
from tests.world import World

DEBT = Decimal(3000)


async def in_plan(world: World, months: int = 3, **changes: object) -> Life:
    """A case with an instalment plan that was confirmed and read."""
    case = await invoiced(world, **({"amount": DEBT} | changes))
    await listens(case)
    await agree(case, months)
    await until_told(case, "plan-agreed")
    await read_latest(case)
    return case


async def pay_next(case: Life) -> None:
    """The debtor pays the next instalment with the plan's own reference."""
    plan = await plan_of(case)
    today = await case.today()
    due = next(each for each in plan.instalments if each.due_on >= today)
    booked = await money(case, due.amount, reference=plan.reference)
    assert booked.status == "booked", booked.why


# --- a promise -------------------------------------------------------------------------------------------------


async def test_a_promise_that_is_kept_lets_the_case_rest_and_closes_it(world: World) -> None:
    case = await invoiced(world)
    await until_told(case, "due-date-reminder")
    await read_latest(case)
    await case.pass_time(timedelta(days=8))
    made = await promise(case, 10)
    assert (await case.next()).why == f"promised to pay by {made.pay_by}"
    await case.pass_time(timedelta(days=8))
    assert await spoken(case) == ["email invoice", "email due-date-reminder"]
    await case.pay()
    assert await case.outcome() == "paid"


async def test_a_promise_that_is_broken_gets_a_kind_note_the_next_banking_day_and_the_reminder_days_later(
    world: World,
) -> None:
    case = await invoiced(world)
    await listens(case)
    await until_told(case, "due-date-reminder")
    await read_latest(case)
    await case.pass_time(timedelta(days=10))
    made = await promise(case, 10)
    note = await until_told(case, "promise-broken")
    calendar = world.laws["NO"].calendar
    assert calendar.local_date(note.claimed_at) == calendar.add_banking_days(made.pay_by, 1)
    await read_latest(case)
    reminder = await until_told(case, "reminder")
    assert reminder.claimed_at - note.claimed_at >= timedelta(days=4, hours=12)
    assert await spoken(case) == [
        "email invoice", "email due-date-reminder", "email promise-broken", "email reminder",
    ]  # fmt: skip
    assert (await heard(case))["promise.broken"] == 1
    assert await fees(case) == []


async def test_the_creditor_hears_once_of_a_broken_promise_though_the_debtor_is_told_by_email_and_sms(
    world: World,
) -> None:
    case = await invoiced(world)
    await listens(case)
    await promise(case, 10)
    await until_told(case, "promise-broken")
    await case.pass_time(timedelta(days=3))
    assert (await spoken(case))[-2:] == ["email promise-broken", "sms promise-broken"]
    assert (await heard(case))["promise.broken"] == 1


async def test_a_part_that_was_promised_and_paid_leaves_the_rest_to_the_policy(world: World) -> None:
    case = await invoiced(world)
    await until_told(case, "due-date-reminder")
    await read_latest(case)
    await case.pass_time(timedelta(days=10))
    made = await promise(case, 10, Decimal(400))
    await case.pay(Decimal(400))
    reminder = await until_told(case, "reminder")
    assert world.laws["NO"].calendar.local_date(reminder.claimed_at) > made.pay_by
    assert "promise-broken" not in " ".join(await spoken(case))
    assert "402,00" in await text_of(case, "reminder", "email")


async def test_a_promise_of_a_part_that_is_broken_asks_for_what_is_missing_of_it(world: World) -> None:
    case = await invoiced(world)
    await promise(case, 10, Decimal(400))
    await case.pay(Decimal(150))
    await until_told(case, "promise-broken")
    said = await text_of(case, "promise-broken", "email")
    assert "250,00" in said
    assert "652,00" not in said


async def test_a_second_promise_counts_in_place_of_the_first(world: World) -> None:
    case = await invoiced(world)
    await promise(case, 3)
    later = await promise(case, 12)
    await case.pass_time(timedelta(days=6))
    assert (await case.next()).why == f"promised to pay by {later.pay_by}"
    assert "email promise-broken" not in await spoken(case)


# --- a plan that is kept ---------------------------------------------------------------------------------------


async def test_a_plan_is_confirmed_each_instalment_is_reminded_of_and_kept_it_closes_the_case(world: World) -> None:
    case = await in_plan(world)
    plan = await plan_of(case)
    confirmed = await text_of(case, "plan-agreed", "email")
    assert [f"Avdrag {part.number}, " in confirmed for part in plan.instalments] == [True] * 3
    assert "3 000,00" in confirmed
    assert plan.reference in confirmed
    for part in plan.instalments:
        reminded = await until_told(case, "instalment-due", count=part.number)
        assert reminded.step == f"instalment-due#{plan.id}-{part.number}"
        days_before = (part.due_on - world.laws["NO"].calendar.local_date(reminded.claimed_at)).days
        assert 0 <= days_before <= 3
        said = await text_of(case, "instalment-due", "email")
        assert "1 000,00" in said
        assert plan.reference in said
        await read_latest(case)
        await pay_next(case)
    assert await case.outcome() == "paid"
    assert await spoken(case) == ["email invoice", "email plan-agreed", *["email instalment-due"] * 3]
    assert (await plan_of(case)).state == "kept"
    assert (await heard(case))["plan.kept"] == 1
    assert await fees(case) == []


async def test_money_that_comes_early_and_in_parts_fills_the_instalments_in_their_order(world: World) -> None:
    case = await in_plan(world)
    await case.pay(Decimal(1300))
    reminded = await until_told(case, "instalment-due")
    assert reminded.step.endswith("-2")
    await read_latest(case)
    assert "700,00" in await text_of(case, "instalment-due", "email")
    await case.pay(Decimal(700))
    await until_told(case, "instalment-due", count=2)
    await read_latest(case)
    await case.pay(Decimal(1000))
    assert await case.outcome() == "paid"


# --- a plan that is broken -------------------------------------------------------------------------------------


async def test_a_missed_instalment_gives_one_chance_and_made_good_the_plan_goes_on(world: World) -> None:
    case = await in_plan(world)
    first = (await plan_of(case)).instalments[0]
    chance = await until_told(case, "plan-broken")
    calendar = world.laws["NO"].calendar
    assert calendar.local_date(chance.claimed_at) > settled_by(first.due_on, calendar)
    await read_latest(case)
    plan = await plan_of(case)
    assert plan.chance_until is not None
    assert (plan.chance_until - calendar.local_date(chance.claimed_at)).days >= 7
    await case.pay(first.amount)
    await until_told(case, "instalment-due", count=2)
    assert (await plan_of(case)).state == "active"
    assert (await spoken(case)).count("email plan-broken") == 1


async def test_a_chance_that_is_not_read_is_told_by_the_next_channels_too(world: World) -> None:
    case = await in_plan(world)
    await until_told(case, "plan-broken")
    await until_told(case, "plan-broken", "sms")
    await until_told(case, "plan-broken", "letter")
    letter = (await case.deliveries())[-1]
    assert (await plan_of(case)).chance_until == letter.deadline


async def test_a_plan_whose_chance_is_missed_ends_and_a_notice_with_a_full_deadline_comes(world: World) -> None:
    case = await in_plan(world)
    await until_told(case, "instalment-due")
    await pay_next(case)
    await until_told(case, "plan-broken")  # of the second instalment: by now the day of the notice is past
    await read_latest(case)
    chance = (await plan_of(case)).chance_until
    await until_round(case, 2)
    calendar = world.laws["NO"].calendar
    assert chance is not None
    assert await case.today() > settled_by(chance, calendar)
    assert (await plan_of(case)).state == "broken"
    assert (await heard(case))["plan.broken"] == 1
    notice = await until_told(case, "collection-notice", "letter")
    assert (notice.deadline - calendar.local_date(notice.claimed_at)).days >= 14
    after = (await spoken(case)).index("letter collection-notice")
    assert (await spoken(case))[after - 1] == "email plan-broken"


async def test_two_broken_plans_after_a_notice_bring_one_new_notice_then_a_person_and_no_third_fee(
    world: World,
) -> None:
    case = await invoiced(world, amount=DEBT, policy="no-standard")
    await case.until("reminder", "letter")
    await case.post_letters()
    await until_told(case, "collection-notice", "letter")
    await case.post_letters()
    assert len(await fees(case)) == 2
    await break_plan(case, 1)
    await until_told(case, "collection-notice", "letter", count=2)
    await case.post_letters()
    await break_plan(case, 2)
    await until_why(case, "the notice was renewed once already")
    assert len(await fees(case)) == 2
    notices = [d for d in await case.deliveries() if (d.step, d.channel) == ("collection-notice", "letter")]
    assert [d.round for d in notices] == [1, 2]


async def break_plan(case: Life, number: int) -> None:
    """The debtor agrees on a plan once more, pays nothing, and reads that it is over."""
    await agree(case, 2)
    await until_told(case, "plan-broken", count=number)
    await read_latest(case)
    await until_round(case, number + 1)


async def test_the_interest_of_a_plan_that_was_broken_is_taken_back(world: World) -> None:
    charged = "interest: statutory}\ndeclares: [consumer credit licence]"
    world.add_policy("plan-with-interest", "no-gentle", "interest: free}", charged)
    case = await in_plan(world, policy="plan-with-interest")
    (cost,) = await entries(case, "interest")
    assert cost > 0
    await until_told(case, "plan-broken")
    await read_latest(case)
    await until_round(case, 2)
    assert await case.balance() == DEBT


async def test_a_credit_note_that_settles_a_plan_ends_it(world: World) -> None:
    case = await in_plan(world)
    query = """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
        happened_at) select c.creditor_id, c.invoice_id, 'credit', 'principal', -3000, 'NOK', :on, 'credit note', c.id::text, :now
        from dunning_case c where c.id = :case"""
    await case._change(query, on=await case.today(), now=await case.now())
    assert await case.outcome() == "credited"
    assert (await plan_of(case)).state == "kept"
