"""Direct debit as a case lives it: it waits for the draw, speaks of one that failed, and goes on or ends with late money."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest_asyncio

from activities.jobs.direct_debit import DirectDebit
from connectors.direct_debit.folder import DirectDebitFolder
from domain.agreements.direct_debit import grace_ends, stoppable_until
from facts.direct_debit import mandates
from facts.direct_debit.mandates import Payer
from messages.figures import long_date
from simulator.cast import cast
from simulator.casts.registry import HOMES
from simulator.offices.autogiro_centre import AutogiroCentre
from tests.doings import agree, fees, invoiced, money, plan_of, promise, read_latest, spoken, text_of, until_told
from tests.life import Life, begin
from tests.world import World, creditor, debtor

REFERENCE = "006402710013"
TERMS = """update creditor set direct_debit = jsonb_build_object('customer_unit', '00008080', 'data_sender', '55555555',
    'account', (select account from bank_account where creditor_id = :creditor)) where id = :creditor returning id"""
MANDATE = """insert into mandate (creditor_id, debtor_id, reference, state, notify, confirmed_at, source, happened_at)
    select creditor_id, debtor_id, :reference, 'active', :notify, :now, 'file', :now from dunning_case where id = :case
    returning id"""


@dataclass(frozen=True)
class Bank:
    """The direct-debit job of every day, at a folder of its own."""

    world: World
    job: DirectDebit

    async def agreed(self, **changes: object) -> Life:
        """A case whose debtor agrees to direct debit once the invoice has come."""
        case = await invoiced(self.world, **({"reference": REFERENCE} | changes))
        await self.agree(case)
        return case

    async def agree(self, case: Life, *, notify: bool = False) -> None:
        """The debtor of a case agrees to direct debit; with `notify` every claim is to be told of by the bank."""
        await self.world.rows(TERMS, creditor=case.creditor)
        await self.world.rows(MANDATE, case=case.case_id, reference=REFERENCE, now=await case.now(), notify=notify)

    async def day(self, case: Life) -> None:
        """All that is done in one day, at the case's own moment."""
        await self.world.turn(await case.now())
        await self.job.fail_claims()
        await self.job.cancel_claims()
        await self.job.plan_claims()
        await self.world.turn_back()
        await case.quiet()

    async def states(self, case: Life) -> list[str]:
        """The states of the case's claims, oldest first."""
        rows = await self.world.rows("select state from claim where case_id = :case order by id", case=case.case_id)
        return [row.state for row in rows]

    async def until_failed(self, case: Life) -> None:
        """Let time pass until the draw has failed for certain."""
        query = "select due_on from claim where case_id = :case and state = 'sent'"
        ((due,),) = await self.world.rows(query, case=case.case_id)
        over = self.world.laws["NO"].calendar
        day = grace_ends(over, due) + timedelta(days=1)
        await self.world.skip_to(case.handle, over.at(day, datetime.min.time().replace(hour=11)))
        await case.quiet()
        await self.day(case)


@pytest_asyncio.fixture
async def bank(world: World, tmp_path: Path) -> Bank:
    return Bank(world, DirectDebit(world.database, world.laws["NO"].calendar, DirectDebitFolder(tmp_path)))


async def test_nobody_is_reminded_while_a_draw_is_pending_and_the_draw_closes_the_case(
    world: World, bank: Bank
) -> None:
    case = await bank.agreed()
    await bank.day(case)
    assert await bank.states(case) == ["sent"]
    await case.pass_time(timedelta(days=17))
    assert await spoken(case) == ["email invoice"]
    await money(case, await case.balance(), reference=REFERENCE)
    assert await case.outcome() == "paid"


async def test_past_the_cut_off_a_debtor_who_pays_by_hand_hears_at_once_that_it_is_drawn_too(
    world: World, bank: Bank
) -> None:
    case = await bank.agreed()
    await bank.day(case)
    ((due,),) = await world.rows("select due_on from claim where case_id = :case", case=case.case_id)
    cut_off = stoppable_until(world.laws["NO"].calendar, due)
    await world.skip_to(case.handle, cut_off + timedelta(minutes=30))
    await case.quiet()
    await money(case, await case.balance(), reference=REFERENCE)
    await until_told(case, "draw-goes-on", "sms")
    await read_latest(case)
    assert await case.outcome() == "paid"
    assert await spoken(case) == ["email invoice", "sms draw-goes-on"]
    assert "nettbanken" in await text_of(case, "draw-goes-on", "sms")
    ((why,),) = await world.rows("select why from task where case_id = :case and kind = 'draw'", case=case.case_id)
    assert why.startswith(f"NOK 802.00 is drawn on {due} though nothing is owed")


async def test_a_case_that_is_paid_before_the_cut_off_ends_when_the_bank_is_asked_not_to_draw(
    world: World, bank: Bank
) -> None:
    case = await bank.agreed()
    await bank.day(case)
    await money(case, await case.balance(), reference=REFERENCE)
    await case.quiet()
    assert (await case.next()).why.startswith("paid in full: the draw of")
    await bank.day(case)
    assert await bank.states(case) == ["cancelled"]
    assert await case.outcome() == "paid"
    assert await spoken(case) == ["email invoice"]


async def test_a_draw_that_failed_is_told_by_email_and_the_policy_goes_on_days_later(world: World, bank: Bank) -> None:
    case = await bank.agreed()
    await bank.day(case)
    await bank.until_failed(case)
    assert await bank.states(case) == ["failed"]
    told = await until_told(case, "failed-draw")
    said = await text_of(case, "failed-draw", "email")
    assert "802,00" in said
    assert REFERENCE in said
    await read_latest(case)
    reminder = await until_told(case, "reminder")
    assert reminder.claimed_at - told.claimed_at > timedelta(days=4)
    assert await spoken(case) == ["email invoice", "email failed-draw", "email reminder"]


async def test_a_draw_that_the_bank_tries_again_repairs_it(world: World, bank: Bank) -> None:
    case = await bank.agreed()
    await bank.day(case)
    await bank.until_failed(case)
    await until_told(case, "failed-draw")
    await money(case, await case.balance(), reference=REFERENCE)
    assert await case.outcome() == "paid"
    await case.quiet()
    await bank.day(case)
    assert await bank.states(case) == ["settled"]


async def test_an_invoice_that_will_be_drawn_says_so_and_our_word_of_the_claim_is_not_needed(
    world: World, bank: Bank
) -> None:
    case = await begin(world, reference=REFERENCE)
    await bank.agree(case, notify=True)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    said = await text_of(case, "invoice", "email")
    await bank.day(case)
    ((due, by_bank),) = await world.rows(
        "select due_on, bank_tells from claim where case_id = :case", case=case.case_id
    )
    assert f"802,00 kr trekkes fra kontoen din med AvtaleGiro {long_date(due, 'nb')}" in said
    assert REFERENCE not in said
    assert not by_bank
    await case.pass_time(timedelta(days=17))
    assert await spoken(case) == ["email invoice"]


async def test_a_draw_that_the_bank_tells_of_too_late_is_told_by_us(world: World, bank: Bank) -> None:
    case = await invoiced(world, reference=REFERENCE)
    await bank.agree(case, notify=True)
    await bank.day(case)
    told = await until_told(case, "draw-announced")
    await read_latest(case)
    ((sent_at,),) = await world.rows("select sent_at from claim where case_id = :case", case=case.case_id)
    assert told.claimed_at - sent_at < timedelta(days=1)
    said = await text_of(case, "draw-announced", "email")
    assert "802,00 kr trekkes fra kontoen din med AvtaleGiro" in said
    assert REFERENCE not in said
    await case.pass_time(timedelta(days=17))
    assert await spoken(case) == ["email invoice", "email draw-announced"]


async def test_a_draw_that_was_told_of_and_is_taken_back_is_called_off_with_a_slip(world: World, bank: Bank) -> None:
    case = await begin(world, reference=REFERENCE)
    await bank.agree(case)
    await case.until("invoice", "email")
    await case.read("invoice", "email")
    await bank.day(case)
    await world.rows(
        "update mandate set state = 'ended' where debtor_id = (select debtor_id from dunning_case"
        " where id = :case) returning id",
        case=case.case_id,
    )
    await bank.day(case)
    assert await bank.states(case) == ["cancelled"]
    await until_told(case, "draw-called-off")
    said = await text_of(case, "draw-called-off", "email")
    assert f"KID: {REFERENCE}" in said
    assert "trekkes ikke likevel" in said
    await read_latest(case)
    await until_told(case, "due-date-reminder")
    assert await spoken(case) == ["email invoice", "email draw-called-off", "email due-date-reminder"]
    assert f"KID: {REFERENCE}" in await text_of(case, "due-date-reminder", "email")


async def test_a_promise_takes_the_claim_back_and_the_case_rests(world: World, bank: Bank) -> None:
    case = await bank.agreed()
    await bank.day(case)
    made = await promise(case, 14)
    await bank.day(case)
    assert await bank.states(case) == ["cancelled"]
    assert (await case.next()).why == f"promised to pay by {made.pay_by}"


async def test_a_plan_is_drawn_instalment_by_instalment_and_asks_for_none_that_will_be_drawn(
    world: World, bank: Bank
) -> None:
    case = await bank.agreed(amount=Decimal(2000))
    plan = await agree(case, 2)
    await until_told(case, "plan-agreed")
    said = await text_of(case, "plan-agreed", "email")
    assert f"1 000,00 kr, trekkes {long_date(plan.instalments[0].due_on, 'nb')}" in said
    assert plan.reference not in said
    await read_latest(case)
    await bank.day(case)
    for part in plan.instalments:
        moment = world.laws["NO"].calendar.at(part.due_on, datetime.min.time().replace(hour=12))
        await world.skip_to(case.handle, moment)
        await case.quiet()
        await money(case, part.amount, reference=plan.reference)
        if part.number < len(plan.instalments):
            await case.pass_time(timedelta(days=1))
            await bank.day(case)
    assert await case.outcome() == "paid"
    assert await spoken(case) == ["email invoice", "email plan-agreed"]
    assert (await plan_of(case)).state == "kept"


async def test_an_instalment_whose_draw_failed_is_missed_only_then_and_gets_its_one_chance(
    world: World, bank: Bank
) -> None:
    case = await bank.agreed(amount=Decimal(2000))
    plan = await agree(case, 2)
    await until_told(case, "plan-agreed")
    await read_latest(case)
    await bank.day(case)
    await bank.until_failed(case)
    chance = await until_told(case, "plan-broken")
    calendar = world.laws["NO"].calendar
    assert calendar.local_date(chance.claimed_at) > grace_ends(calendar, plan.instalments[0].due_on)
    assert await spoken(case) == ["email invoice", "email plan-agreed", "email plan-broken"]
    assert "1 000,00" in await text_of(case, "plan-broken", "email")


# --- Autogiro ----------------------------------------------------------------------------------------------------


async def test_a_swede_whose_account_held_too_little_is_told_in_swedish_without_a_fee_and_the_policy_goes_on(
    world: World, tmp_path: Path
) -> None:
    calendar = world.laws["SE"].calendar
    everybody = cast(calendar.local_date(world.clock.now()), invoices=44, seed=1, home=HOMES["SE"])
    ocr = next(each.reference for each in everybody.invoices if everybody.habit(each.number).draw is None) or ""
    job = DirectDebit(world.database, calendar, DirectDebitFolder(tmp_path))
    centre = AutogiroCentre(world.database, everybody, calendar, tmp_path, tmp_path)
    await world.register(
        creditor(
            id="ljus",
            organisation_number=None,
            country="SE",
            accounts=("5050-1055",),
            consumer_policy="se-gentle",
            business_policy=None,
            direct_debit={"customer_number": "123456", "account": "5050-1055"},
        )
    )
    issued = calendar.add_banking_days(calendar.local_date(world.clock.now()), 1)
    due = calendar.banking_day_on_or_after(issued + timedelta(days=21))
    alva = debtor(country="SE", language="sv", customer_number="K-SE", email="alva@example.se", phone="+46701234567")
    dates = {"issue_date": issued, "due_date": due}
    case = await invoiced(
        world, owner="ljus", policy="se-gentle", currency="SEK", reference=ocr, debtor=alva, number="S1", **dates
    )

    async def morning() -> None:
        await world.turn(await case.now())
        await job.read_mandate_files()
        await job.plan_claims()
        await world.turn_back()
        centre.collect()
        await case.quiet()

    ((who,),) = await world.rows("select debtor_id from dunning_case where id = :case", case=case.case_id)
    async with world.database.transaction() as connection:
        number, payer = ocr.lstrip("0"), Payer("5001000001000007", "196803050001")
        await mandates.ask(connection, "ljus", who, number, await case.now(), Decimal(2000), payer)
    await morning()
    assert centre.tell_mandates() == 1
    await case.pass_time(timedelta(days=1))
    await morning()
    ((drawn_on,),) = await world.rows("select due_on from claim where case_id = :case", case=case.case_id)
    await world.skip_to(case.handle, calendar.at(drawn_on + timedelta(days=1), time(8)))
    assert await centre.close_day(drawn_on) == []
    await morning()

    told = await until_told(case, "failed-draw")
    said = await text_of(case, "failed-draw", "email")
    for words in ("Autogirodragningen gick inte igenom", "802,00", ocr, "Ofta fanns det för lite pengar", "/i/"):
        assert words in said
    await read_latest(case)
    reminder = await until_told(case, "reminder")
    assert reminder.claimed_at - told.claimed_at > timedelta(days=4)
    assert await fees(case) == []
    assert await spoken(case) == ["email invoice", "email failed-draw", "email reminder"]
    await morning()
    states = await world.rows("select state, why from claim where case_id = :case", case=case.case_id)
    assert [tuple(row) for row in states] == [("failed", "1")], "nothing is drawn again by itself"
