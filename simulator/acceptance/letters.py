"""Messages that did not reach whom they were for, came from elsewhere, were wrong, or grew old."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal

from simulator.acceptance.case import AcceptanceCase, Before, Check, Role, Wait, World, taken_over
from simulator.acceptance.stage import Stage

FOURTEEN_DAYS = timedelta(days=14)
FAULTY, ON_PAPER, ANOTHERS = 0, 1, 2  # of the faulty run, and one beside it
BATCH = "faulty-run"
RIGHT_AMOUNT = "999.00"


async def returned(stage: Stage) -> AsyncIterator[Wait]:
    """The debtor has moved when the notice comes; customer service finds the new address."""
    yield lambda: any(told.state == "failed" for told in stage[0].messages("collection-notice", channel="letter"))
    stage.tell("case", f"the notice to {stage.named()} is void, and its fee is taken back")
    yield stage.working_days(1)
    await stage.becomes_known(**stage.a_place | {"address_lines": ["Nygata 2"]})
    stage.tell("office", f"finds {stage.people[0].name} in Nygata 2")
    yield lambda: (letter := stage[0].letter("collection-notice")) is not None and "Nygata 2" in letter.to
    yield stage.in_days(3)
    stage.pays_in_bank()
    stage.tell("person", f"{stage.named()} pays within the new deadline")
    yield lambda: stage[0].outcome == "paid"


def returned_ended(seen: World) -> Iterator[Check]:
    """Deadline void, fee reversed, an address task, and a new notice with a full deadline."""
    notices = seen[0].messages("collection-notice", channel="letter")
    yield [told.state for told in notices][:1] == ["failed"], "the first notice still counts"
    yield "address" in seen[0].tasks, "nobody was asked for the address"
    yield len(notices) == 2 and "Nygata 2" in notices[-1].to, "no second notice went to the new address"
    if len(notices) == 2 and notices[1].deadline and notices[1].posted_on:
        yield notices[1].deadline - notices[1].posted_on >= FOURTEEN_DAYS, "the new deadline is too short"
    yield (len(seen[0].fees), seen[0].fees_ever) == (2, 3), "the returned notice's fee was not taken back"
    yield seen[0].outcome == "paid" and not seen[0].hand_offs, "it was handed off, or not paid"


async def not_me(stage: Stage) -> AsyncIterator[Wait]:
    """The email comes to a stranger, who says so on the page."""
    yield lambda: stage[0].says("invoice", "email")
    shown = await stage.on_page("not-me")
    if stage[0].number in shown:
        raise LookupError("the link still shows the invoice")
    stage.tell("person", "a stranger presses “not me”: the link shows nothing any more")
    yield lambda: len(stage[0].messages("invoice")) > 1
    stage.tell("case", f"goes on by itself: {stage.named()} gets the invoice elsewhere")
    yield stage.working_days(1)
    await stage.becomes_known(email=f"right.{stage.people[0].email}", not_me=None)
    stage.tell("office", f"finds the right address of {stage.people[0].name}")
    yield stage.in_days(4)
    stage.pays_in_bank()
    stage.tell("person", f"{stage.named()} pays")
    yield lambda: stage[0].outcome == "paid"


def not_me_ended(seen: World) -> Iterator[Check]:
    """The address is not used again, and what went there does not count."""
    sent = seen[0].messages("invoice")
    strangers, others = {told.to for told in sent[:1]}, {told.to for told in sent[1:]}
    yield [told.state for told in sent[:1]] == ["failed"], "what the stranger got counts as delivered"
    yield bool(others) and not strangers & others, "the invoice did not go to another address"
    yield seen[0].outcome == "paid" and not seen[0].asked, "it was reminded of, or not paid"


async def migrated(stage: Stage) -> AsyncIterator[Wait]:
    """Over forty days late, with two reminders and their fees from another system."""
    stage.tell("office", f"takes {stage.named()} over, 44 days late, with two old fees")
    yield lambda: stage[0].letter("collection-notice") is not None
    yield stage.in_days(8)
    stage.pays_in_bank()
    stage.tell("person", f"{stage.named()} pays after the notice")
    yield lambda: stage[0].outcome == "paid"


def migrated_ended(seen: World) -> Iterator[Check]:
    """No burst: the next lawful step alone, once the last reminder's own deadline is over; its fees count."""
    letters = [told.step for told in seen[0].messages() if told.step != "paid" and not told.alert]
    yield letters == ["collection-notice"], f"it was told {', '.join(letters) or 'nothing'}"
    yield (len(seen[0].fees), seen[0].fees_ever) == (2, 2), "there are more or fewer than the two old fees"
    yield seen[0].outcome == "paid", "it was not paid"


async def faulty_run(stage: Stage) -> AsyncIterator[Wait]:
    """A run with ten times the price: one command pauses it, letters that are not posted too."""
    yield stage.day(5)
    file = stage.doors.state / f"{BATCH}.csv"
    run = [stage.invoices[place] for place in (FAULTY, ON_PAPER)]
    lines = ["number;issue_date;due_date;amount;currency;reference;account;debtor_name;debtor_customer_number;"
             "debtor_email;debtor_phone;debtor_address_1;debtor_postcode;debtor_city;debtor_country;debtor_language"]  # fmt: skip
    for invoice in run:
        debtor = invoice.debtor
        cells = (invoice.number, invoice.issue_date, invoice.due_date, invoice.amount, invoice.currency, invoice.reference,
                 invoice.account, debtor.name, debtor.customer_number, debtor.email or "", debtor.phone or "",
                 debtor.address_lines[0], debtor.postcode, debtor.city, debtor.country, debtor.language)  # fmt: skip
        lines.append(";".join(map(str, cells)))
    file.write_text("\n".join(lines) + "\n")
    await stage.api("POST", "/v1/invoice-files", file.read_bytes())
    stage.tell("office", f"imports a run of {len(run)} invoices at ten times the price")
    yield lambda: stage.is_there(ON_PAPER) and stage[ON_PAPER].says("invoice", "letter")
    batch = ("--of", str(file), "--where", "creditor=nordlys", "--by", "anne")
    await stage.types("hold", *batch, "--reason", BATCH)
    stage.tell("office", "pauses the whole run by one command, the printed letter too")
    yield lambda: any(told.state == "withdrawn" for told in stage[ON_PAPER].told)
    stage.tell("letter", f"the letter to {stage.named(ON_PAPER)} is pulled before it is posted", ON_PAPER)
    yield stage.day(12)
    right_amount = str(stage.home.amount(RIGHT_AMOUNT))
    for place in (FAULTY, ON_PAPER):
        right = {
            "amount": right_amount,
            "credit_note": f"{stage[place].number}-1",
            "reason": stage.home.said.wrong_price,
        }
        await stage.api("POST", f"/v1/invoices/{stage[place].number}/amount", right)
    await stage.types("release", *batch, "--held-for", BATCH, "--reason", "right-price")
    stage.tell("office", "has put the price right, and lets the run go on")
    yield lambda: stage[FAULTY].says("due-date-reminder")
    stage.pays_in_bank(FAULTY)
    stage.tell("person", f"{stage.named(FAULTY)} pays the right price")
    yield lambda: all(stage[place].outcome == "paid" for place in (FAULTY, ON_PAPER))


def faulty_run_ended(seen: World) -> Iterator[Check]:
    """The run rests, its unposted letter is pulled and planned again; nobody else's invoice is held."""
    letters = [told.state for told in seen[ON_PAPER].told if told.step == "invoice" and told.channel == "letter"]
    yield letters[:1] == ["withdrawn"], "the printed letter was not pulled"
    yield len(letters) > 1, "no letter came in its place"
    yield all(seen[place].held_for == (BATCH,) for place in (FAULTY, ON_PAPER)), "the run was not held"
    yield not seen[ANOTHERS].held_for and seen[ANOTHERS].outcome == "paid", "another's invoice was held"
    yield all(seen[place].outcome == "paid" and not seen[place].fees_ever for place in (FAULTY, ON_PAPER)), "not paid"


async def broken_plan(stage: Stage) -> AsyncIterator[Wait]:
    """Noticed by another system, then in a plan whose second instalment does not come, seven months after the notice."""
    offers = await stage.api("GET", f"/v1/invoices/{stage[0].number}/plan-offers", None)
    total, first = Decimal(offers["offers"][0]["total"]), stage.home.amount(1000)
    days = [stage.doors.calendar.banking_day_on_or_after(stage.first_day + timedelta(days=n)) for n in (14, 45)]
    parts = [
        {"due_on": str(day), "amount": f"{amount:.2f}"}
        for day, amount in zip(days, (first, total - first), strict=True)
    ]
    plan = {"schedule": parts, "by": "customer-service", "reason_code": "asked"}
    agreed = await stage.api("POST", f"/v1/invoices/{stage[0].number}/plan", plan)
    stage.tell("office", f"agrees with {stage.named()} on two instalments")
    yield stage.on(days[0] - timedelta(days=3))
    await stage.payment(amount=f"{first:.2f}", reference=agreed["reference"])
    stage.tell("person", f"{stage.named()} pays the first, and not the second")
    yield lambda: stage[0].plans == ("broken",)
    stage.tell("case", f"the plan of {stage.named()} is broken; the notice is too old")
    yield lambda: stage[0].letter("collection-notice") is not None
    yield stage.in_days(2)
    stage.pays_in_bank()
    stage.tell("person", f"{stage.named()} pays the rest after the new notice")
    yield lambda: stage[0].outcome == "paid"


def broken_plan_ended(seen: World) -> Iterator[Check]:
    """A new notice, with a full deadline and without a third fee; no hand-off on the old one."""
    notices = seen[0].messages("collection-notice", channel="letter")
    yield seen[0].plans == ("broken",), "the plan was not broken"
    yield len(notices) == 1 and notices[0].fee == 0, "no new notice came, or one with a fee"
    for told in notices:
        days = (told.deadline - told.on).days if told.deadline else 0
        yield days >= FOURTEEN_DAYS.days, f"the new notice gives {days} days"
    yield len(seen[0].fees) == 2, "there are not two fees in all"
    yield not seen[0].hand_offs, "it was handed off by the old notice"
    yield seen[0].outcome == "paid", "it was not paid"


RETURNED = AcceptanceCase(
    3,
    "Returned",
    "what came back is void, fee too; a new full deadline",
    (taken_over("fjordnett", "2300.00", habit="moves before the notice"),),
    returned,
    returned_ended,
)
NOT_ME = AcceptanceCase(
    9,
    "Not me",
    "the address is not used again; its link shows nothing",
    (Role("nordlys", "640.00"),),
    not_me,
    not_me_ended,
)
MIGRATED = AcceptanceCase(
    10,
    "Migrated",
    "no burst: the next lawful step alone; old fees count",
    (
        Role(
            "fjordnett",
            "1290.00",
            issued=-58,  # so that its reminders are lawful whatever day is a holiday
            before=(
                Before("invoice", "email", -58),
                Before("reminder", "letter", -24, "38.00", -10),
                Before("reminder", "letter", -4, "38.00", 10),
            ),
        ),
    ),
    migrated,
    migrated_ended,
)
FAULTY_RUN = AcceptanceCase(
    11,
    "Faulty run",
    "one command pauses the run, unposted letters too",
    (
        Role("nordlys", "9990.00", issued=5, in_file=True),
        Role("nordlys", "9990.00", person=1, habit="reads only paper", issued=5, in_file=True),
        Role("nordlys", "999.00", person=2, habit="pays on the due date", issued=5),
    ),
    faulty_run,
    faulty_run_ended,
)
BROKEN_PLAN = AcceptanceCase(
    15,
    "Broken plan",
    "a notice seven months old is renewed; two fees in all",
    (
        Role(
            "fjordnett",
            "4000.00",
            issued=-230,
            before=(
                Before("invoice", "email", -230),
                Before("reminder", "letter", -194, "38.00", -179),
                Before("collection-notice", "letter", -170, "38.00", -154),
            ),
        ),
    ),
    broken_plan,
    broken_plan_ended,
)
