"""The acceptance cases of the practice, each lived as a whole: what is told, asked, booked, held, drawn and handed on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.agreements.instalments import settled_by
from domain.countries.calendar import add_months
from domain.moment import moment_in
from facts.money import review
from facts.operations.stops import lift_stop, set_stop
from facts.refusals import CommandRefused
from tests.doings import (
    agree,
    command,
    entries,
    export_hand_offs,
    fees,
    heard,
    invoiced,
    listens,
    money,
    named,
    plan_of,
    read_latest,
    spoken,
    text_of,
    told_partner,
    until_told,
    until_why,
)
from tests.life import ON_PAPER, Life, begin
from tests.lives.stage import (
    FEE,
    comes_back,
    hand_off_files,
    hand_offs,
    it_becomes_known,
    letters_are_looked_through,
    noticed,
    notices,
    on_paper,
    page_of,
    same_debtor,
    somebody_reads,
    tasks,
    until_day,
    with_fees,
    writes,
)
from tests.world import World, debtor

OLD_KID, NEW_KID = "006402710013", "006402710021"


# --- 1 ---------------------------------------------------------------------------------------------------------


async def test_old_kid_reused_is_booked_to_the_same_debtors_only_open_invoice_of_equal_amount(world: World) -> None:
    old = await on_paper(world, reference=OLD_KID)
    await old.pay()
    assert await old.outcome() == "paid"
    case = await on_paper(world, owner=old.creditor, reference=NEW_KID)
    await listens(case)
    booked = await money(case, Decimal(802), reference=OLD_KID, payer_name="Kari Nordmann")
    assert booked.status == "booked", booked.why
    assert await case.outcome() == "paid"
    assert (await old.balance(), await case.balance()) == (0, 0)
    assert (await spoken(case), await fees(case)) == ([], [])
    assert (await heard(case))["payment.booked"] == 1


async def test_old_kid_reused_waits_for_a_person_where_two_are_open_and_nobody_is_reminded_meanwhile(
    world: World,
) -> None:
    old = await on_paper(world, reference=OLD_KID)
    await old.pay()
    case = await on_paper(world, owner=old.creditor, reference=NEW_KID)
    other = await on_paper(world, owner=old.creditor)
    await listens(case)
    booked = await money(case, Decimal(802), reference=OLD_KID, payer_name="Kari Nordmann")
    assert (booked.status, booked.number is not None) == ("unmatched", True)
    for each in (case, other):
        await each.quiet()
        assert (await each.state()).flag == "payment in review"
        await each.pass_time(timedelta(days=3))
        assert await spoken(each) == []
    async with world.database.transaction() as connection:
        (item,) = await review.list_review(connection, case.creditor)
        assert {each["invoice"] for each in item.candidates} >= {case.number, other.number}
        await review.book_review(connection, item.number, {case.number: None}, "kim", await case.now())
    assert await case.outcome() == "paid"
    assert (await heard(case))["payment.review"] == 1
    await other.quiet()
    assert (await other.state()).flag is None
    assert (await other.next()).at is not None


# --- 2 ---------------------------------------------------------------------------------------------------------


async def test_already_paid_holds_for_five_banking_days_and_money_that_is_found_closes_it(world: World) -> None:
    case = await invoiced(world, reference=OLD_KID)
    await until_told(case, "due-date-reminder")
    booked = await money(case, Decimal(802), text="strøm", payer_name="Kari Nordmann")
    assert booked.status == "unmatched"
    told = await spoken(case)
    await writes(case, "Denne er allerede betalt")
    assert await case.outcome() == "paid"
    after = (await spoken(case))[len(told) :]
    assert after == ["email paid"], "thanks, and nothing else"
    assert await fees(case) == []
    assert "reply" not in await tasks(case), "nobody need look for what was found"


async def test_already_paid_holds_for_five_banking_days_and_asks_for_proof_where_nothing_is_found(
    world: World,
) -> None:
    case = await invoiced(world)
    await until_told(case, "due-date-reminder")
    await read_latest(case)
    said_on = await case.today()
    await writes(case, "Denne er allerede betalt")
    held = await case.next()
    calendar = world.laws["NO"].calendar
    assert held.why == "on hold: says paid"
    assert held.at is not None
    assert calendar.local_date(held.at) == calendar.add_banking_days(said_on, 5)
    asked = await until_told(case, "payment-not-found")
    assert calendar.local_date(asked.claimed_at) >= calendar.add_banking_days(said_on, 5)
    assert (await spoken(case))[-2:] == ["email due-date-reminder", "email payment-not-found"]
    await read_latest(case)
    await somebody_reads(case)
    reminder = await until_told(case, "reminder")
    assert reminder.claimed_at - asked.claimed_at > timedelta(days=4)
    assert await fees(case) == []


# --- 3 ---------------------------------------------------------------------------------------------------------


async def test_notice_letter_returned_voids_its_deadline_and_fee_and_a_new_notice_has_a_full_deadline(
    world: World,
) -> None:
    case = await with_fees(world, amount=Decimal(2000))
    first = await noticed(case)
    assert await fees(case) == [FEE, FEE]
    await until_why(case, "approv")
    await command(case, "approve_hand_off")
    await comes_back(case, first)
    assert await fees(case) == [FEE], "the reminder's fee stands, the notice's is taken back"
    assert await hand_offs(case) == ["backed out"]
    assert (await case.state()).round == 2
    await until_why(case, "address")
    assert "address" in await tasks(case)
    await it_becomes_known(case, address_lines=["Nygata 2"], postcode="5003", city="Bergen")
    await case.quiet()
    while len(await notices(case)) < 2:
        await case.step()
    await case.post_letters()
    posted = await case.today()
    second = (await notices(case))[-1]
    assert (second.deadline - posted).days >= 14
    assert "Nygata 2" in await text_of(case, "collection-notice", "letter")
    assert await fees(case) == [FEE, FEE], "two in all, whatever came back"
    await export_hand_offs(case)
    assert await hand_offs(case) == ["backed out"]


# --- 4 ---------------------------------------------------------------------------------------------------------


async def test_death_stops_all_cases_and_only_the_estate_is_contacted(world: World) -> None:
    case = await with_fees(world)
    await case.until("reminder", "letter")
    assert await fees(case) == [FEE]
    issued = world.laws["NO"].calendar.add_banking_days(await case.today(), 1)
    young = await begin(
        world, owner=case.creditor, debtor=same_debtor(case), issue_date=issued, due_date=issued + timedelta(days=14)
    )
    await world.skip_to(young.handle, await case.now())
    await young.quiet()
    before = await spoken(case), await spoken(young)
    await it_becomes_known(case, stop_reason="deceased")
    await young.quiet()
    for each in (case, young):
        assert (await each.next()).at is None
        assert (await each.state()).flag == "debtor stopped"
        assert "file claim" in await tasks(each)
    await letters_are_looked_through(case)
    assert await fees(case) == [], "what was not posted is not sent"
    for each in (case, young):
        await each.pass_time(timedelta(days=3))
    assert (await spoken(case), await spoken(young)) == before
    await it_becomes_known(case, estate={"name": "Ola Arving", "email": "ola@arving.example"})
    await young.quiet()
    for _ in range(3):
        if (await young.next()).at is not None:
            await young.step()
        if (await case.next()).at is not None:
            await case.step()
    late = await spoken(case), await spoken(young)
    written = {sent.to for each in (case, young) for sent in (await each.sent())}
    assert "ola@arving.example" in written
    new = [*late[0][len(before[0]) :], *late[1][len(before[1]) :]]
    assert {each.partition(" ")[2] for each in new} <= {"invoice"}, "nothing is asked for but with the estate"
    await it_becomes_known(case, estate_rejected=True)
    assert (await case.next()).at is None


# --- 5 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["insolvent", "debt settlement"])
async def test_bankruptcy_or_debt_settlement_stops_the_old_invoices_and_later_ones_run_apart(
    world: World, reason: str
) -> None:
    case = await invoiced(world)
    before = await spoken(case)
    since = await case.today() - timedelta(days=1)
    await it_becomes_known(case, stop_reason=reason, since=str(await case.today()))
    assert (await case.next()).at is None
    assert "file claim" in await tasks(case)
    whose = same_debtor(case)
    after = world.laws["NO"].calendar.add_banking_days(since, 5)
    later = await begin(world, owner=case.creditor, debtor=whose, issue_date=after, due_date=after + timedelta(days=14))
    await later.until("invoice", "email")
    await later.read("invoice", "email")
    await until_told(later, "due-date-reminder")
    await case.pass_time(timedelta(days=60))
    assert await spoken(case) == before
    assert "file claim" not in await tasks(later)


# --- 6 ---------------------------------------------------------------------------------------------------------


async def test_minor_has_fees_and_interest_reversed_and_the_guardian_gets_letters(world: World) -> None:
    case = await with_fees(world, amount=Decimal(2000))
    await noticed(case)
    assert (await fees(case), sum(await entries(case, "interest")) > 0) == ([FEE, FEE], True)
    told = len(await spoken(case))
    await it_becomes_known(case, stop_reason="minor")
    assert (await fees(case), await case.balance()) == ([], Decimal(2000))
    assert "guardian" in await tasks(case)
    place = {"address_lines": ["Vergeveien 1"], "postcode": "0155", "city": "Oslo"}
    await it_becomes_known(case, guardian={"name": "Guri Verge", "email": "guri@verge.example"} | place)
    while "approval" not in await tasks(case):
        await case.step()
        await case.post_letters()
    new = (await spoken(case))[told:]
    assert new == ["letter first-reminder", "letter collection-notice"], "the child's notice binds no guardian"
    assert (await notices(case))[-1].deadline < moment_in("NO", await case.now()).day
    assert await fees(case) == []
    assert await case.balance() == Decimal(2000)
    assert await hand_offs(case) == []


# --- 7 ---------------------------------------------------------------------------------------------------------


async def test_guardian_or_debt_adviser_gets_every_message_and_the_debtors_channels_are_muted(world: World) -> None:
    case = await begin(world)
    place = {"address_lines": ["Vergeveien 1"], "postcode": "0155", "city": "Oslo"}
    who = {"name": "Guri Verge", "email": f"guri.{case.number}@verge.example", "phone": "+4790909090"}
    await it_becomes_known(case, representative=who | place)
    await case.until("reminder", "letter")
    await case.post_letters()
    await case.until("collection-notice", "letter")
    written = {sent.to for sent in await case.sent()}
    assert written == {who["email"], who["phone"]}
    for step in ("invoice", "reminder"):
        said = await text_of(case, step, "letter" if step == "reminder" else "email")
        assert "Guri Verge" in said
        assert "Kari Nordmann" in said, "the message names whom it concerns"
    letter = await text_of(case, "collection-notice", "letter")
    assert ("Vergeveien 1" in letter, "Storgata 1" in letter) == (True, False)


# --- 8 ---------------------------------------------------------------------------------------------------------


async def test_protected_address_is_never_shown_and_a_person_approves_each_letter_and_the_hand_off(
    world: World,
) -> None:
    case = await invoiced(world)
    await it_becomes_known(case, protected_address=True)
    await until_told(case, "reminder", "sms")
    await until_why(case, "protected address")
    assert "letter" not in {each.channel for each in await case.deliveries()}
    await command(case, "send_now", step="reminder")
    await case.until("reminder", "letter")
    await case.post_letters()
    await until_why(case, "protected address")
    assert "letter collection-notice" not in await spoken(case)
    await command(case, "send_now", step="collection-notice")
    await case.until("collection-notice", "letter")
    await case.post_letters()
    await until_why(case, "approv")
    await command(case, "approve_hand_off")
    await export_hand_offs(case)
    assert await hand_offs(case) == ["exported"]
    assert "Storgata" not in " ".join(hand_off_files(case))


@pytest.mark.parametrize("without_its_number", [False, True])  # as its creditor is told of it
async def test_protected_address_gets_a_letter_about_what_happened_once_a_person_has_approved_it(
    world: World, *, without_its_number: bool
) -> None:
    case = await on_paper(world, amount=Decimal(6000))
    await it_becomes_known(case, protected_address=True)
    await agree(case, 3)
    await until_why(case, "protected address")
    (waiting,) = {step for step in (await case.next()).open_steps if step.startswith("plan-broken#")}
    with pytest.raises(CommandRefused, match="plan-broken#99"):
        await command(case, "send_now", step="plan-broken#99")
    await command(case, "send_now", step=waiting.partition("#")[0] if without_its_number else waiting)
    await until_told(case, "plan-broken", "letter")
    await case.post_letters()
    assert "letter plan-broken" in await spoken(case)


# --- 9 ---------------------------------------------------------------------------------------------------------


async def test_not_me_marks_the_contact_wrong_revokes_the_link_and_the_step_does_not_count(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    async with page_of(case, "invoice") as (client, link):
        assert case.number in (await client.get(link)).text
        await client.post(f"{link}/not-me")
        seen = (await client.get(link)).text
    await case.quiet()
    for secret in ("802", "Acme", case.number, "Kari"):
        assert secret not in seen
    (mail,) = [d for d in await case.deliveries() if d.channel == "email"]
    assert mail.state == "failed"
    query = """select p.state from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
        where c.id = :case and channel = 'email'"""
    assert [row.state for row in await world.rows(query, case=case.case_id)] == ["wrong"]
    assert await tasks(case) == ["address"], "nobody need read it"
    await case.until("invoice", "sms")
    assert (await spoken(case)).count("email invoice") == 1
    await case.until("reminder", "letter")
    await case.post_letters()
    assert "email" not in {each.channel for each in (await case.deliveries())[1:]}
    await until_why(case, "somebody else")
    assert not {"collection-notice"} & {named(each.step) for each in await case.deliveries()}
    await writes(case, "Jeg trenger mer tid")
    assert await tasks(case) == ["reply"], "who answers as the debtor is found"
    await somebody_reads(case)
    await case.until("collection-notice", "letter")


# --- 10 --------------------------------------------------------------------------------------------------------


async def test_migrated_invoice_40_days_late_with_two_old_reminders_gets_the_next_lawful_step_only(
    world: World,
) -> None:
    young = await on_paper(world)
    today = await young.today()

    def before(kind: str, channel: str, days: int, **told: object) -> dict[str, object]:
        return {"kind": kind, "channel": channel, "date": str(today - timedelta(days=days))} | told

    sent = (
        before("invoice", "email", 54),
        before("reminder", "letter", 25, fee="38.00", deadline=str(today - timedelta(days=10))),
        before("reminder", "letter", 9, fee="38.00", deadline=str(today + timedelta(days=5))),
    )
    case = await on_paper(
        world, issue_date=today - timedelta(days=54), due_date=today - timedelta(days=40), already_sent=sent
    )
    assert await fees(case) == [FEE, FEE]
    assert await case.balance() == Decimal(802) + 2 * FEE
    await case.until("collection-notice", "letter")
    assert await spoken(case) == ["letter collection-notice"], "neither a burst nor what was sent before"
    (notice,) = await notices(case)
    told = world.laws["NO"].calendar.local_date(notice.claimed_at)
    assert told > today + timedelta(days=5), "the last reminder's own deadline is over first"
    assert (notice.fee, await fees(case)) == (0, [FEE, FEE]), "two fees are all there may be"
    await case.post_letters()
    assert ((await notices(case))[-1].deadline - told).days >= 14
    said = await text_of(case, "collection-notice", "letter")
    assert [said.count(each) for each in ("802,00", "38,00")] == [1, 2], "each apart"


# --- 11 --------------------------------------------------------------------------------------------------------


async def test_faulty_invoice_run_is_paused_by_one_command_unposted_letters_too_and_planned_again(
    world: World,
) -> None:
    printed = await with_fees(world)
    await printed.until("reminder", "letter")
    waiting = await on_paper(
        world, owner=printed.creditor, debtor=debtor(customer_number="K-2", email=None, phone=None)
    )
    assert await fees(printed) == [FEE]
    old = max(d.deadline for d in await printed.deliveries() if d.deadline)
    async with world.database.transaction() as connection:
        now = await printed.now()
        await set_stop(connection, "creditor", printed.creditor, None, "anne", "faulty-run", now)
    await letters_are_looked_through(printed)
    assert {d.channel: d.state for d in await printed.deliveries() if d.step == "reminder" and not d.alert} == {
        "letter": "withdrawn"
    }
    assert await fees(printed) == [], "what was not posted was never asked for"
    before = await spoken(printed)
    await printed.pass_time(timedelta(days=30))
    await waiting.pass_time(timedelta(days=30))
    assert (await spoken(printed), await spoken(waiting)) == (before, [])
    assert (await printed.next()).why == f"stop switch: creditor {printed.creditor}"
    async with world.database.transaction() as connection:
        await lift_stop(connection, "creditor", printed.creditor, None, "anne", await printed.now())
    await printed.quiet()
    while len(await spoken(printed)) == len(before):
        await printed.step()
    fresh = (await printed.deliveries())[-1]
    assert named(fresh.step) == "first-reminder", "after so long it begins kindly, without a fee"
    assert (fresh.deadline - await printed.today()).days >= 14
    assert fresh.deadline > old
    assert await fees(printed) == []
    await waiting.quiet()
    assert (await waiting.next()).at is not None


# --- 12 --------------------------------------------------------------------------------------------------------


async def test_one_account_pays_for_many_and_is_never_learned_as_identity(world: World) -> None:
    office = "97100000013"
    owner, cases = None, []
    for number, name in enumerate(("Kari Nordmann", "Ola Hansen", "Per Berg"), start=1):
        whose = debtor(name=name, customer_number=f"K-{number}", email=None, phone=None)
        case = await on_paper(world, owner=owner, debtor=whose, amount=Decimal(800 + number))
        owner = case.creditor
        cases.append(case)
    for case in cases[:2]:
        told = {"number": case.number, "debit_account": office, "payer_name": "NAV Oslo"}
        assert (await money(case, await case.balance(), **told)).status == "booked"
        assert await case.outcome() == "paid"
    last = cases[-1]
    silent = await money(last, Decimal(803), debit_account=office, payer_name="NAV Oslo")
    assert silent.status == "unmatched", "whom it pays for is a person's to say"
    again = await on_paper(world, owner=owner, debtor=ON_PAPER, amount=Decimal(999))
    nobodys = await money(again, Decimal(999), debit_account=office, payer_name="NAV Oslo")
    assert nobodys.status == "unmatched", "the first one it paid for is not who it is"
    assert await again.balance() == Decimal(999)


# --- 13 --------------------------------------------------------------------------------------------------------


async def test_ordered_on_the_notices_last_day_and_booked_later_is_in_time(world: World) -> None:
    case = await with_fees(world, amount=Decimal(2000))
    notice = await noticed(case)
    calendar = world.laws["NO"].calendar
    booked_on = calendar.add_banking_days(notice.deadline, 1)
    await until_day(case, booked_on)
    assert await hand_offs(case) == []
    assert "approval" not in await tasks(case)
    await money(case, await case.balance(), number=case.number, booked_on=booked_on)
    assert await case.outcome() == "paid"
    assert await hand_offs(case) == []


async def test_ordered_on_the_notices_last_day_and_already_handed_off_is_recalled_without_cost(world: World) -> None:
    case = await with_fees(world, amount=Decimal(2000))
    await listens(case)
    notice = await noticed(case)
    await until_why(case, "approv")
    await command(case, "approve_hand_off")
    await export_hand_offs(case)
    await case.partner_answers("accepted")
    assert await case.outcome() == "handed off"
    owed = await case.balance()
    booked_on = world.laws["NO"].calendar.add_banking_days(notice.deadline, 1)
    await money(case, owed, number=case.number, booked_on=booked_on)
    assert await told_partner(case) == [("direct_payment", owed), ("recall", None)]
    assert await hand_offs(case) == ["recalled"]
    assert await case.balance() == 0
    assert await fees(case) == [FEE, FEE], "nothing is charged for the hand-off"


# --- 14 --------------------------------------------------------------------------------------------------------


async def test_chargeback_after_closing_reopens_with_at_least_14_days_and_nothing_retroactive(world: World) -> None:
    case = await invoiced(world, policy="no-standard")
    await listens(case)
    await until_told(case, "due-date-reminder")
    await read_latest(case)
    await case.pay(payment_id=f"card-{case.number}")
    assert await case.outcome() == "paid"
    before = await spoken(case)
    await case.pay(Decimal(-802), payment_id=f"back-{case.number}")
    case = Life(world, case.creditor, case.number, case.case_id, await world.case(case.number, case.creditor))
    await case.quiet()
    reopened, following = await case.today(), await case.next()
    assert (await case.state()).state == "open"
    assert following.due_date is not None
    assert (following.due_date - reopened).days >= 14
    moved = await until_told(case, "due-date-moved")
    assert moved.deadline == following.due_date
    assert (await spoken(case))[: len(before)] == before
    assert (await fees(case), await entries(case, "interest")) == ([], [])
    assert await case.balance() == Decimal(802)
    told = await heard(case)
    assert (told["case.closed"], told["payment.reversed"], told["case.reopened"]) == (1, 1, 1)
    await read_latest(case)
    reminder = await until_told(case, "reminder", "letter")
    first_fee = world.laws["NO"].calendar.local_date(reminder.claimed_at)
    assert (first_fee - following.due_date).days >= 14


# --- 15 --------------------------------------------------------------------------------------------------------


async def test_plan_broken_seven_months_after_the_notice_gets_a_new_notice_and_two_fees_in_total(world: World) -> None:
    case = await with_fees(world, amount=Decimal(4000))
    await listens(case)
    notice = await noticed(case)
    told = world.laws["NO"].calendar.local_date(notice.claimed_at)
    assert await fees(case) == [FEE, FEE]
    first, long = await case.today() + timedelta(days=20), add_months(told, 7)
    calendar = world.laws["NO"].calendar
    owed = await case.balance()
    await agree(
        case,
        schedule=[
            (calendar.banking_day_on_or_after(first), Decimal(1000)),
            (calendar.banking_day_on_or_after(long), owed - 1000),
        ],
    )
    await until_told(case, "plan-agreed")
    await read_latest(case)
    plan = await plan_of(case)
    await money(case, Decimal(1000), reference=plan.reference)
    await until_told(case, "plan-broken")
    await read_latest(case)
    chance = (await plan_of(case)).chance_until
    assert chance is not None
    while len(await notices(case)) < 2:
        await case.step()
    second = (await notices(case))[-1]
    assert (await plan_of(case)).state == "broken"
    assert calendar.local_date(second.claimed_at) > settled_by(chance, calendar)
    assert calendar.local_date(second.claimed_at) > add_months(told, 7)
    assert (second.deadline - calendar.local_date(second.claimed_at)).days >= 14
    assert (second.fee, await fees(case)) == (0, [FEE, FEE])
    assert (await heard(case))["plan.broken"] == 1
    await case.post_letters()
    await until_why(case, "approv")
    assert await hand_offs(case) == []
