"""Money that comes oddly: with an old KID, before anybody asked, for somebody else, on the last day, and back again."""

from collections.abc import AsyncIterator, Iterator
from datetime import time, timedelta

from simulator.acceptance.case import AcceptanceCase, Check, Role, Wait, World, taken_over
from simulator.acceptance.stage import Stage

AFTER_THE_BANK, SEVEN_DAYS, FOURTEEN_DAYS = time(20), timedelta(days=7), timedelta(days=14)
OLD, NEW = 0, 1
FOUND, NOT_FOUND = 0, 1
SILENT = 2  # the client whom the welfare office pays for without a KID
IN_TIME, HANDED_OFF = 0, 1


async def old_kid(stage: Stage) -> AsyncIterator[Wait]:
    """Both invoices are of one amount; the second is paid with the first one's KID, which the bank has kept."""
    yield stage.day(0)
    stage.pays_in_bank(OLD)
    yield lambda: stage[OLD].outcome == "paid" and stage[NEW].says("invoice")
    yield stage.in_days(3)
    stage.pays_in_bank(NEW, as_if_for=OLD)
    stage.tell("person", f"{stage.named(NEW)} pays with the KID of {stage[OLD].number}", NEW)
    yield lambda: stage[NEW].outcome == "paid"
    stage.tell("office", f"need not look: the money was booked on {stage[NEW].number}", NEW)


def old_kid_ended(seen: World) -> Iterator[Check]:
    """Booked on the same debtor's only open invoice of the amount; nobody was reminded."""
    yield seen[OLD].outcome == seen[NEW].outcome == "paid", "an invoice was not paid"
    yield not seen[OLD].balance and not seen[NEW].balance, "money lies on the wrong invoice"
    yield not seen[NEW].messages("due-date-reminder", "friendly-reminder", "reminder"), "it was reminded of"


async def already_paid(stage: Stage) -> AsyncIterator[Wait]:
    """One's money waits without a reference, the other's has never come; both write that it is paid."""
    yield lambda: all(stage[place].says("due-date-reminder") for place in (FOUND, NOT_FOUND))
    await stage.payment(FOUND, reference=None, payer_name=stage.people[FOUND].name, text=stage.home.said.bank_text)
    money = f"{stage.home.currency} {stage[FOUND].balance}"
    stage.tell("bank", f"{money} of {stage.people[FOUND].name} comes in without a reference", FOUND)
    for place in (FOUND, NOT_FOUND):
        await stage.writes(stage.home.said.paid_long_ago, place)
    yield lambda: stage[FOUND].outcome == "paid"
    stage.tell("case", f"{stage.named(FOUND)}: found, booked and thanked for", FOUND)
    yield lambda: stage[NOT_FOUND].says("payment-not-found")
    stage.tell("case", f"{stage.named(NOT_FOUND)} is asked for proof", NOT_FOUND)
    yield stage.working_days(1)
    await stage.reads_replies("nothing has come in", NOT_FOUND)
    stage.pays_in_bank(NOT_FOUND)
    stage.tell("person", f"{stage.named(NOT_FOUND)} had paid nobody, and pays", NOT_FOUND)
    yield lambda: stage[NOT_FOUND].outcome == "paid"


def already_paid_ended(seen: World) -> Iterator[Check]:
    """Money that is found closes the case; else five banking days' rest, and proof is asked for."""
    for place in (FOUND, NOT_FOUND):
        yield seen[place].outcome == "paid", f"{seen[place].number} was not paid"
        yield (
            not seen[place].asked and not seen[place].fees_ever,
            f"{seen[place].number} was reminded of, or bore a fee",
        )
    yield not seen[FOUND].says("payment-not-found"), "proof was asked for money that lay there"
    yield seen[FOUND].says("paid"), "nobody thanked for the money that was found"
    asked = seen[NOT_FOUND].messages("payment-not-found")
    yield bool(asked), "nobody asked for proof"
    yield "says paid" in seen[NOT_FOUND].held_for, "the case did not rest"
    if asked:
        rest = asked[0].on - seen[NOT_FOUND].messages("due-date-reminder")[-1].on
        yield rest >= SEVEN_DAYS, f"proof was asked for after {rest.days} days"


async def one_account(stage: Stage) -> AsyncIterator[Wait]:
    """A welfare office pays for three people from one account, the third time without a KID."""
    welfare_office, its_name = stage.home.pays_for_many
    yield stage.day(0)
    for place in (0, 1):
        stage.pays_in_bank(place, account=welfare_office)
        stage.tell("person", f"{its_name} pays for {stage.named(place)}", place)
    yield lambda: stage[0].outcome == stage[1].outcome == "paid"
    await stage.payment(SILENT, reference=None, debit_account=welfare_office, payer_name=its_name)
    stage.tell(
        "bank", f"{stage.home.currency} {stage[SILENT].balance} of {its_name} comes in without a reference", SILENT
    )
    yield stage.working_days(1)
    for waiting in (await stage.api("GET", "/v1/payments/unmatched", None))["payments"]:
        if waiting["payer_name"] == its_name:
            told = {"invoices": [{"invoice": stage[SILENT].number}], "by": "customer-service"}
            await stage.api("POST", f"/v1/payments/unmatched/{waiting['number']}/match", told)
            stage.tell("office", f"asks {its_name}: it was for {stage.named(SILENT)}", SILENT)
    yield lambda: stage[SILENT].outcome == "paid"


def one_account_ended(seen: World) -> Iterator[Check]:
    """Each payment by its KID, the one without by a person: the account says nothing of whose money it is."""
    yield all(each.outcome == "paid" for each in seen.values()), "an invoice was not paid"
    yield [seen[place].by_hand for place in (0, 1, SILENT)] == [0, 0, 1], "the account was taken for a person"
    yield not any(each.asked for each in seen.values()), "somebody was reminded"


async def last_day(stage: Stage) -> AsyncIterator[Wait]:
    """Both order on the notice's last day; of one the creditor is told only after the hand-off."""
    yield lambda: stage[IN_TIME].letter("collection-notice") is not None
    yield stage.on(stage[IN_TIME].deadline("collection-notice"), AFTER_THE_BANK)
    stage.pays_in_bank(IN_TIME)
    stage.tell("person", f"{stage.named(IN_TIME)} orders on the last day", IN_TIME)
    yield lambda: stage[IN_TIME].outcome == "paid" and stage[HANDED_OFF].hand_offs[-1:] == ("accepted",)
    booked = stage.doors.calendar.add_banking_days(stage[HANDED_OFF].deadline("collection-notice"), 1)
    await stage.payment(HANDED_OFF, booked_on=str(booked))
    stage.tell("bank", f"{stage.named(HANDED_OFF)} had ordered on the last day, too", HANDED_OFF)
    yield lambda: stage[HANDED_OFF].hand_offs[-1:] == ("recalled",)
    stage.tell("partner", f"gives {stage.named(HANDED_OFF)} back, at no cost", HANDED_OFF)


def last_day_ended(seen: World) -> Iterator[Check]:
    """Booked on the next banking day it is in time; what was handed off meanwhile is recalled at no cost."""
    yield seen[IN_TIME].outcome == "paid", "what was in time was not paid"
    yield not seen[IN_TIME].hand_offs, "what was in time was handed off"
    yield seen[HANDED_OFF].hand_offs == ("recalled",), "the hand-off was not recalled"
    yield seen[HANDED_OFF].partner == ("direct_payment", "recall"), "the partner was not told of it"
    yield seen[HANDED_OFF].balance == 0, "something is still owed"
    yield all(len(each.fees) <= 2 for each in seen.values()), "more than two fees stand"


async def chargeback(stage: Stage) -> AsyncIterator[Wait]:
    """A card payment closes the case, and is taken back eleven days later."""
    yield stage.day(4)
    await stage.payment(payment_id="card-1", amount=str(stage[0].balance))
    stage.tell("person", f"{stage.named()} pays by card")
    yield stage.day(15)
    await stage.payment(kind="reversed", payment_id="card-1", amount=str(stage.invoices[0].amount))
    stage.tell("bank", f"the card payment of {stage.named()} is taken back")
    yield lambda: stage[0].says("due-date-moved")
    stage.tell("case", f"{stage.named()} has until {stage[0].due_date:%d %B} to pay")
    yield lambda: stage[0].says("due-date-reminder")
    yield stage.in_days(1)
    stage.pays_in_bank()
    stage.tell("person", f"{stage.named()} pays in the bank")
    yield lambda: stage[0].outcome == "paid"


def chargeback_ended(seen: World) -> Iterator[Check]:
    """It reopens with at least fourteen days, and nothing is asked for what lies behind."""
    moved = seen[0].messages("due-date-moved")
    yield bool(moved), "nobody told of the new due date"
    reopened = seen[0].reopened_on
    enough = reopened is not None and seen[0].due_date - reopened >= FOURTEEN_DAYS
    yield enough, "it was not opened again with fourteen days"
    yield seen[0].fees_ever == 0 and seen[0].interest == 0, "a fee or interest was asked for"
    yield not seen[0].asked and seen[0].outcome == "paid", "it was reminded of, or not paid"


OLD_KID = AcceptanceCase(
    1,
    "Old KID",
    "booked on the only open invoice of that amount",
    (taken_over("nordlys", "555.00"), Role("nordlys", "555.00", issued=3)),
    old_kid,
    old_kid_ended,
)
ALREADY_PAID = AcceptanceCase(
    2,
    "Already paid",
    "looked for; found: thanks; else: rest, then proof",
    (taken_over("nordlys", "1111.00"), taken_over("nordlys", "1222.00", person=1)),
    already_paid,
    already_paid_ended,
)
ONE_ACCOUNT = AcceptanceCase(
    12,
    "One account",
    "who pays for many is nobody's identity",
    tuple(taken_over("nordlys", f"{451 + place}.00", person=place) for place in range(3)),
    one_account,
    one_account_ended,
)
LAST_DAY = AcceptanceCase(
    13,
    "Last day",
    "in time; what was handed off is recalled at no cost",
    (taken_over("fjordnett", "2100.00"), taken_over("fjordnett", "2200.00", person=1)),
    last_day,
    last_day_ended,
)
CHARGEBACK = AcceptanceCase(
    14,
    "Chargeback",
    "reopens with 14 days at least; nothing retroactive",
    (Role("nordlys", "830.00"),),
    chargeback,
    chargeback_ended,
)
