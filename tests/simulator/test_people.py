"""People react to messages as their habits say; the same chance, the same reaction."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from domain.money.references import corrections
from domain.vocabulary import Channel
from simulator.cast import EVERY_ACT, SCENES, cast
from simulator.casts.home import Home
from simulator.casts.registry import HOMES
from simulator.debtors import as_typed
from simulator.offices.bank import Order, ocr_file
from simulator.people import HABITS, PAYING, PROMISED_DAYS, Behaviour, Intention, Received, react

AHEAD, PAST = timedelta(days=14), timedelta(days=-20)
EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER


def reaction(
    habit: str,
    message: str,
    channel: Channel,
    until_due: timedelta = PAST,
    answered: frozenset[Behaviour] = frozenset(),
) -> Sequence[Intention]:
    return react(HABITS[habit], Received(message, channel, until_due, answered), Random(7))


def deeds(intentions: Sequence[Intention]) -> list[Behaviour]:
    return [intention.deed for intention in intentions]


def test_who_pays_on_time_orders_the_payment_before_the_due_date() -> None:
    (paying,) = [i for i in reaction("pays on the due date", "invoice", EMAIL, AHEAD) if i.deed in PAYING]
    assert timedelta(days=11) < paying.after < AHEAD


def test_who_reads_only_sms_does_nothing_about_an_email() -> None:
    assert reaction("reads only SMS", "due-date-reminder", EMAIL) == []
    assert Behaviour.PAY_ON_PAGE in deeds(reaction("reads only SMS", "due-date-reminder", SMS))


def test_who_reads_only_paper_pays_after_the_letter() -> None:
    assert reaction("reads only paper", "invoice", EMAIL) == []
    assert Behaviour.PAY_AT_BANK in deeds(reaction("reads only paper", "invoice", LETTER))


@pytest.mark.parametrize("message", ["invoice", "due-date-reminder"])
def test_who_forgets_until_the_reminder_opens_earlier_messages_and_pays_none(message: str) -> None:
    earlier = deeds(reaction("forgets until the reminder", message, EMAIL))
    assert Behaviour.OPEN_EMAIL in earlier
    assert not set(earlier) & set(PAYING)
    assert Behaviour.PAY_ON_PAGE in deeds(reaction("forgets until the reminder", "reminder", EMAIL))


def test_private_mail_is_opened_by_a_machine_at_once_and_never_seen_opened_by_the_person() -> None:
    intentions = reaction("has private mail", "invoice", EMAIL, AHEAD)
    assert intentions[0] == Intention(timedelta(minutes=1), Behaviour.MACHINE_OPEN)
    assert Behaviour.OPEN_EMAIL not in deeds(intentions)


def test_stop_is_said_once_and_then_the_person_is_silent_by_sms_but_pays_after_the_letter() -> None:
    assert Behaviour.SAY_STOP in deeds(reaction("says STOP", "invoice", SMS))
    assert Behaviour.SAY_STOP not in deeds(
        reaction("says STOP", "reminder", SMS, answered=frozenset({Behaviour.SAY_STOP}))
    )
    assert Behaviour.PAY_AT_BANK in deeds(reaction("says STOP", "reminder", LETTER))


def test_a_part_is_paid_first_and_the_rest_after_the_next_message() -> None:
    (first,) = [i for i in reaction("pays partly", "due-date-reminder", EMAIL) if i.deed in PAYING]
    paid = frozenset({Behaviour.PAY_AT_BANK})
    (rest,) = [i for i in reaction("pays partly", "reminder", EMAIL, answered=paid) if i.deed in PAYING]
    assert (first.share, rest.share) == (Decimal("0.4"), Decimal(1))


def test_who_has_paid_does_not_pay_again() -> None:
    again = reaction("forgets until the day", "reminder", EMAIL, answered=frozenset({Behaviour.PAY_ON_PAGE}))
    assert not set(deeds(again)) & set(PAYING)


def test_a_dispute_is_raised_once() -> None:
    assert Behaviour.DISPUTE in deeds(reaction("disputes rightly", "due-date-reminder", EMAIL))
    disputed = frozenset({Behaviour.DISPUTE})
    assert Behaviour.DISPUTE not in deeds(reaction("disputes rightly", "reminder", EMAIL, answered=disputed))


@pytest.mark.parametrize("habit", ["cannot pay", "has moved"])
def test_some_never_pay(habit: str) -> None:
    messages = [(message, channel) for message in ("invoice", "collection-notice") for channel in (EMAIL, SMS, LETTER)]
    assert not any(set(deeds(reaction(habit, *message))) & set(PAYING) for message in messages)


@pytest.mark.parametrize("habit", HABITS)
def test_the_same_chance_gives_the_same_reaction_soonest_first(habit: str) -> None:
    intentions = reaction(habit, "collection-notice", LETTER)
    assert intentions == reaction(habit, "collection-notice", LETTER)
    assert intentions == sorted(intentions, key=lambda intention: intention.after)


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
def test_the_cast_plays_every_act_for_both_creditors_and_some_people_have_two_invoices(home: Home) -> None:
    everybody = cast(date(2026, 3, 2), invoices=44, seed=1, home=home)
    assert len(everybody.invoices) == 44
    assert len({invoice.number for invoice in everybody.invoices}) == 44
    assert len(everybody.people) < 44
    for creditor in home.billing:
        numbers = {i.debtor.customer_number for i in everybody.invoices if i.creditor == creditor.id}
        assert set(EVERY_ACT) <= {everybody.person(number or "").habit_name for number in numbers}


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
def test_every_scene_is_played_by_its_creditor_however_small_the_rest_of_the_cast(home: Home) -> None:
    scenes = [scene for scene in SCENES if scene[1] not in home.not_here]
    everybody = cast(date(2026, 3, 2), invoices=len(scenes), seed=1, home=home)
    played = [
        (invoice.creditor, everybody.who_pays(invoice.reference or "")[0].habit_name, invoice.amount)
        for invoice in everybody.invoices
    ]
    assert played == [(creditor, habit, home.amount(amount)) for creditor, habit, amount in scenes]


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
def test_a_wrong_digit_leads_back_to_one_reference_and_the_neighbours_number_to_several(home: Home) -> None:
    everybody = cast(date(2026, 3, 2), invoices=44, seed=1, home=home)
    near = {}
    for invoice in everybody.invoices:
        person, kid = everybody.person(invoice.debtor.customer_number or ""), invoice.reference or ""
        same_creditor = {other.reference for other in everybody.invoices if other.creditor == invoice.creditor}
        near[person.habit_name] = len(same_creditor & corrections(as_typed(kid, person.habit.slip)).keys())
    assert near["mistypes the KID"] == 1
    assert near["types the neighbour's KID"] > 1


def test_who_keeps_a_promise_pays_before_its_day_and_who_breaks_it_does_not() -> None:
    promise, paid = reaction("keeps a promise", "due-date-reminder", EMAIL)[-2:]
    assert (promise.deed, paid.deed) == (Behaviour.PROMISE, Behaviour.PAY_AT_BANK)
    assert paid.after < timedelta(days=PROMISED_DAYS)
    assert deeds(reaction("breaks a promise", "due-date-reminder", EMAIL))[-1] is Behaviour.PROMISE


@pytest.mark.parametrize(
    ("habit", "message", "deed"),
    [
        ("asks for direct debit", "invoice", Behaviour.ASK_DIRECT_DEBIT),
        ("gives up in the app", "due-date-reminder", Behaviour.GIVE_UP_PAYING),
        ("keeps a plan", "due-date-reminder", Behaviour.AGREE_PLAN),
        ("keeps a promise", "due-date-reminder", Behaviour.PROMISE),
    ],
)
def test_the_forms_of_the_page_are_used_once(habit: str, message: str, deed: Behaviour) -> None:
    assert deed in deeds(reaction(habit, message, EMAIL))
    again = deeds(reaction(habit, "reminder", EMAIL, answered=frozenset({deed})))
    assert deed not in again
    assert not set(again) & set(PAYING)


@pytest.mark.parametrize(
    ("habit", "occasion"), [("has too little on the day", "failed-draw"), ("gives up in the app", "payment-abandoned")]
)
def test_a_message_about_what_went_wrong_makes_people_pay_and_no_other_does(habit: str, occasion: str) -> None:
    done = frozenset({Behaviour.GIVE_UP_PAYING})
    assert set(deeds(reaction(habit, occasion, EMAIL, answered=done))) & set(PAYING)
    assert not set(deeds(reaction(habit, "collection-notice", EMAIL, answered=done))) & set(PAYING)


def test_the_bank_writes_records_of_eighty_characters() -> None:
    file = ocr_file(date(2026, 3, 2), ["15030000010"], [Order("15030000010", "700100019", Decimal("802.00"))])
    assert {len(record) for record in file.splitlines()} == {80}
