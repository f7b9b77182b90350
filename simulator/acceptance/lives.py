"""What happens to people: they die, go bankrupt, are children, have somebody to speak for them, or must not be found."""

from collections.abc import AsyncIterator, Iterator

from simulator.acceptance.case import AcceptanceCase, Check, Role, Wait, World, taken_over
from simulator.acceptance.stage import Stage

OLD, YOUNG, LATER = 0, 1, 2


async def death(stage: Stage) -> AsyncIterator[Wait]:
    """A debtor with a reminder, a draw on its way and an invoice to come dies; a son looks after the estate."""
    yield stage.day(0)
    stage.signs_mandate(YOUNG)
    yield lambda: stage[OLD].letter("reminder") is not None and "sent" in stage[YOUNG].claims
    await stage.becomes_known(stop_reason="deceased", since=str(stage.today))
    stage.tell("office", f"hears that {stage.people[OLD].name} has died: all stops")
    yield lambda: not {"planned", "sent", "cancelling"} & set(stage[YOUNG].claims)
    stage.tell("debit", "the draw is taken back", YOUNG)
    yield stage.working_days(2)
    await stage.becomes_known(estate={"name": "Ola Arving", "email": "ola@arving.example"})
    stage.tell("office", "learns that Ola Arving looks after the estate")
    yield lambda: stage[LATER].says("invoice")
    stage.tell("case", "the last invoice goes to the estate, which is asked for nothing", LATER)


def death_ended(seen: World) -> Iterator[Check]:
    """All cases stop, the draw is cancelled, the claim is filed, and only the estate is written to."""
    for each in seen.values():
        yield each.state == "open" and each.flag == "debtor stopped", f"{each.number} does not stand still"
        after = each.since("deceased")
        yield all(told.of_representative for told in after), f"{each.number}: the dead were written to"
        yield all(told.step == "invoice" for told in after), f"{each.number}: the estate was asked for money"
    yield set(seen[YOUNG].claims) == {"cancelled"}, "the draw was not taken back"
    yield all("file claim" in seen[place].tasks for place in (OLD, YOUNG)), "nobody was asked to file the claim"
    yield seen[LATER].says("invoice"), "the estate did not get the last invoice"


async def bankruptcy(stage: Stage) -> AsyncIterator[Wait]:
    """A debtor goes bankrupt and stays a customer: what is invoiced afterwards is another matter."""
    yield lambda: stage[OLD].says("due-date-reminder")
    yield stage.working_days(2)
    await stage.becomes_known(stop_reason="insolvent", since=str(stage.today))
    stage.tell("office", f"hears that {stage.people[OLD].name} is bankrupt")
    yield lambda: stage[YOUNG].says("due-date-reminder")
    yield stage.in_days(1)
    stage.pays_in_bank(YOUNG)
    stage.tell("person", f"{stage.named(YOUNG)} pays what came afterwards", YOUNG)
    yield lambda: stage[YOUNG].outcome == "paid"


def bankruptcy_ended(seen: World) -> Iterator[Check]:
    """The old invoice stops and is filed; the later one runs apart."""
    yield seen[OLD].state == "open" and seen[OLD].flag == "debtor stopped", "the old invoice does not stand still"
    yield not seen[OLD].since("insolvent"), "the old invoice was spoken of afterwards"
    yield "file claim" in seen[OLD].tasks, "nobody was asked to file the claim"
    yield seen[YOUNG].says("due-date-reminder"), "the later invoice was not reminded of"
    yield "file claim" not in seen[YOUNG].tasks, "the later invoice was to be filed, too"
    yield seen[YOUNG].outcome == "paid", "the later invoice was not paid"


async def minor(stage: Stage) -> AsyncIterator[Wait]:
    """After the reminder and its fee it turns out that the customer is fifteen; the guardian gets the notice, and pays."""
    yield lambda: stage[0].letter("reminder") is not None
    yield stage.working_days(2)
    await stage.becomes_known(stop_reason="minor")
    stage.tell("office", f"hears that {stage.people[0].name} is fifteen: the fee is taken back")
    yield stage.working_days(1)
    await stage.becomes_known(guardian={"name": "Guri Verge", "email": "guri@verge.example"} | stage.a_place)
    stage.tell("office", "finds the guardian, Guri Verge")
    yield lambda: stage[0].letter("collection-notice") is not None
    yield stage.in_days(6)
    stage.pays_in_bank()
    stage.tell("person", f"Guri Verge pays {stage[0].number}, without a fee")
    yield lambda: stage[0].outcome == "paid"


def minor_ended(seen: World) -> Iterator[Check]:
    """Fees and interest are taken back; letters alone, and those to the guardian."""
    yield seen[0].fees_ever > 0 and not seen[0].fees, "a fee stands"
    yield seen[0].interest == 0, "interest stands"
    yield all(told.channel == "letter" for told in seen[0].since("minor")), "a child got an email or an SMS"
    yield any(told.of_representative for told in seen[0].told), "the guardian was not written to"
    yield "guardian" in seen[0].tasks, "nobody was asked to find the guardian"
    yield seen[0].outcome == "paid" and not seen[0].hand_offs, "it was handed off, or not paid"


async def adviser(stage: Stage) -> AsyncIterator[Wait]:
    """A debt adviser speaks for the debtor from before the first message; everything goes there."""
    yield stage.day(0)
    await stage.becomes_known(
        representative={"name": "Per Rådgiver", "email": "per@raad.example", "phone": stage.home.phone(700)}
        | stage.a_place
    )
    stage.tell("office", f"notes that Per Rådgiver speaks for {stage.people[0].name}")
    yield lambda: stage[0].says("reminder")
    yield stage.in_days(5)
    stage.pays_in_bank()
    stage.tell("person", f"Per Rådgiver has the invoice of {stage.people[0].name} paid")
    yield lambda: stage[0].outcome == "paid"


def adviser_ended(seen: World) -> Iterator[Check]:
    """Every message goes to the representative, none to the debtor."""
    yield seen[0].says("reminder"), "nothing was reminded of"
    yield all(told.of_representative for told in seen[0].told), "the debtor was written to"
    yield seen[0].outcome == "paid", "it was not paid"


async def protected(stage: Stage) -> AsyncIterator[Wait]:
    """A debtor whom nobody may find: a person looks at each letter before it leaves, and at the hand-off."""
    yield stage.day(2)
    await stage.becomes_known(protected_address=True)
    stage.tell("office", f"notes that the address of {stage.people[0].name} is secret")
    for step in ("reminder", "collection-notice"):
        yield lambda: stage[0].flag == "protected address"
        yield stage.working_days(1)
        stage.tell("office", f"lets the {step} letter to {stage.people[0].name} leave")
        await stage.command("send_now", step=stage[0].step)
        yield lambda step=step: stage[0].letter(step) is not None  # type: ignore[misc]
    yield lambda: stage[0].hand_offs == ("accepted",)


def protected_ended(seen: World) -> Iterator[Check]:
    """A letter leaves when a person has said so, on a later day than the case came to it; so does the hand-off."""
    for step in ("reminder", "collection-notice"):
        yield len(seen[0].messages(step, channel="letter")) == 1, f"the {step} did not leave once by letter"
    yield "approval" in seen[0].tasks, "nobody approved the hand-off"
    yield seen[0].hand_offs == ("accepted",), "it was not handed off"


DEATH = AcceptanceCase(
    4,
    "Death",
    "all stops; only the estate is written to",
    (
        taken_over("fjordnett", "1500.00"),
        Role("fjordnett", "700.00", issued=8, term=30),
        Role("fjordnett", "299.00", issued=50),
    ),
    death,
    death_ended,
)
BANKRUPTCY = AcceptanceCase(
    5,
    "Bankruptcy",
    "all stops, is filed; later invoices run apart",
    (taken_over("nordlys", "1750.00"), Role("nordlys", "350.00", issued=20)),
    bankruptcy,
    bankruptcy_ended,
)
MINOR = AcceptanceCase(
    6,
    "Minor",
    "no fees; letters alone, to the guardian",
    (taken_over("fjordnett", "2000.00"),),
    minor,
    minor_ended,
)
ADVISER = AcceptanceCase(
    7,
    "Adviser",
    "every message to who speaks for the debtor",
    (Role("nordlys", "890.00", issued=1, term=10),),
    adviser,
    adviser_ended,
)
PROTECTED = AcceptanceCase(
    8,
    "Protected",
    "a person approves each letter and the hand-off",
    (taken_over("fjordnett", "2050.00"),),
    protected,
    protected_ended,
)
