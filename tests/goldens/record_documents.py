"""What cases of many kinds say, from their first message to their last: `python -m tests.goldens.record_documents`."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.goldens.stage import Channel, Life, Meaning, Stage, stage
from tests.world import postgres

FOLDER = Path(__file__).parent / "documents"
HOW = "python -m tests.goldens.record_documents"
BUSINESS: dict[str, Any] = {"name": "Fjord Bygg AS", "organisation_number": "987654325", "language": "nb"}
ENGLISH = {"language": "en"}
NYNORSK = {"language": "nn"}
ON_PAPER = {"email": None, "phone": None}

PAPER = """
name: golden-paper
country: NO
for: {debtor: any}
ignore_balance_below: 1 NOK
min_gap: 1 day
interest: statutory
promises: {most: 3, within: 21 days}
plans: {smallest: 100 NOK, most_months: 12, first_within: 30 days, interest: statutory}
declares: [consumer credit licence]
steps:
  - id: invoice
    at: issue date
    send: [letter]
    alert: [email]
  - id: first
    at: due date + 2 days
    message: reminder
    tone: kind
    send: [email]
    deadline: 14 days
  - id: second            # its own deadline would be earlier than the first one's
    at: due date + 6 days
    message: reminder
    tone: kind
    send: [sms]
    deadline: 3 days
  - id: third
    at: second deadline + 12 banking days
    message: reminder
    tone: firm
    fee: 20 NOK
    send: [letter]
    deadline: 14 days
  - id: collection-notice
    at: third deadline + 5 banking days
    kind: collection notice
    fee: statutory
    send: [letter]
    alert: [email, sms]
    deadline: 14 days
  - id: hand-off
    at: collection-notice deadline + 3 banking days
    action: collection
    approval: required
"""
DIRECT = """
name: golden-direct
country: NO
for: {debtor: any}
min_gap: 2 days
steps:
  - id: invoice
    at: issue date
    tone: neutral
    reach: [direct message, letter]
    read_within: 2 days
  - id: due-date-reminder
    at: due date 09:00
    tone: firm
    reach: [direct message, sms]
    read_within: 1 day
  - id: reminder
    at: due date + 14 days
    tone: neutral
    reach: [direct message, sms]
    read_within: 1 day
  - id: last-reminder
    at: due date + 40 days
    message: reminder
    tone: firm
    send: [direct message, email]
    deadline: 10 days
  - id: collection-notice
    at: last-reminder deadline + 3 banking days
    kind: collection notice
    send: [letter]
    alert: [direct message]
    deadline: 14 days
"""
SHADOW = """
name: golden-shadow
country: NO
for: {debtor: any}
shadow: true
steps:
  - id: invoice
    at: issue date
    tone: firm
    reach: [sms, email]
    read_within: 1 day
  - id: due-date-reminder
    at: due date 09:00
    tone: neutral
    send: [sms]
"""
POLICIES = (PAPER, DIRECT, SHADOW)

Record = Callable[[Stage], Awaitable[dict[str, str]]]


async def gentle(on: Stage) -> dict[str, str]:
    """Nobody reads: every channel of the gentlest plan, to the hand-off and its file."""
    life = await on.life(policy="no-gentle")
    await life.look_ahead()
    await life.until("2026-03-03")
    email = life.html
    await life.until("2026-07-01")
    await life.command("approve_hand_off")
    await life.until("2026-07-10")
    file = await life.hand_off_file()
    return {"gentle.txt": said(life), "gentle.invoice-email.html": email, "gentle.file.json": file}


async def gentle_in_english(on: Stage) -> dict[str, str]:
    """In English to somebody who stands in the debtor's place and reads emails."""
    life = await on.life({"lines": []}, policy="no-gentle", person=ENGLISH | {"phone": None})
    await life.is_represented_by("Ola Verge", "ola.verge@example.no")
    life.reads = Channel.EMAIL
    await life.look_ahead()
    await life.until("2026-06-20")
    return {"gentle-in-english.txt": said(life)}


async def standard(on: Stage) -> dict[str, str]:
    """Fees and interest on what is left after a payment in part and a credit note."""
    life = await on.life({"amount": "3200.00"}, policy="no-standard")
    await life.until("2026-03-10")
    await life.pay("700.00")
    await life.look_ahead()
    await life.until("2026-03-26")
    await life.credit("200.00")
    await life.until("2026-05-15")
    await life.pay("300.00")
    await life.look_ahead()
    await life.until("2026-06-15")
    page, status, email = await life.page(), await life.status(), life.html
    await life.pay("2100.00")
    await life.until("2026-07-20")
    return {
        "standard.txt": said(life),
        "standard.page.html": page,
        "standard.status.json": status,
        "standard.alert-email.html": email,
    }


async def standard_in_english(on: Stage) -> dict[str, str]:
    """The same plan in English, on paper alone."""
    life = await on.life(policy="no-standard", person=ENGLISH | ON_PAPER)
    await life.look_ahead()
    await life.until("2026-07-01")
    return {"standard-in-english.txt": said(life)}


async def standard_in_nynorsk(on: Stage) -> dict[str, str]:
    """And in Nynorsk, to who reads nothing, so that every channel is used."""
    life = await on.life(policy="no-standard", person=NYNORSK)
    await life.until("2026-07-01")
    return {"standard-in-nynorsk.txt": said(life)}


async def business(on: Stage) -> dict[str, str]:
    """Between businesses: the compensation in place of fees, and a plan that costs interest."""
    life = await on.life({"amount": "24000.00"}, policy="no-business", person=BUSINESS)
    await life.look_ahead()
    await life.until("2026-04-20")
    await life.agree(3)
    page = await life.page()
    await life.until("2026-05-10")
    email = life.html
    await life.until("2026-07-01")
    return {"business.txt": said(life), "business.page.html": page, "business.plan-email.html": email}


async def business_together(on: Stage) -> dict[str, str]:
    """Three invoices of a business in English: one compensation, interest of each, one deadline."""
    life = await on.life(
        {"amount": "5400.00", "lines": []},
        {"amount": "860.50", "due_date": date(2026, 3, 17)},
        {"amount": "120.00", "due_date": date(2026, 3, 18)},
        policy="no-business",
        person=BUSINESS | ENGLISH,
    )
    life.reads = Channel.EMAIL
    await life.look_ahead()
    await life.until("2026-07-01")
    return {"business-together.txt": said(life)}


async def together(on: Stage) -> dict[str, str]:
    """Invoices of two plans in the same messages: the smallest fee, borne by one; the interest of those that want any."""
    life = await on.life(
        {"policy": "golden-paper"},
        {"due_date": date(2026, 3, 17), "amount": "1450.00"},
        {"due_date": date(2026, 3, 18), "amount": "640.00"},
        {"due_date": date(2026, 3, 17), "amount": "310.00", "policy": "no-gentle"},
        policy="no-standard",
    )
    await life.look_ahead()
    await life.until("2026-04-28")
    await life.pay("100.00", "1003")
    await life.command("dispute", "1002", amount=Decimal("450.00"))
    email = life.html
    await life.until("2026-07-01")
    return {"together.txt": said(life), "together.email.html": email, "together.page.html": await life.page("1002")}


async def service(on: Stage) -> dict[str, str]:
    """A service that is paused: its warning, its block."""
    life = await on.life(policy="no-service", person={"phone": None})
    await life.look_ahead()
    await life.until("2026-06-20")
    return {"service.txt": said(life)}


async def service_in_english(on: Stage) -> dict[str, str]:
    """The warning of a block in English, for two invoices."""
    life = await on.life({}, {"amount": "99.00"}, policy="no-service", person=ENGLISH)
    life.reads = Channel.SMS
    await life.until("2026-05-15")
    return {"service-in-english.txt": said(life)}


async def cheapest(on: Stage) -> dict[str, str]:
    """Two reminders, the second one firm."""
    life = await on.life(policy="no-minimal-cost")
    await life.look_ahead()
    await life.until("2026-07-01")
    return {"cheapest.txt": said(life)}


async def paper(on: Stage) -> dict[str, str]:
    """An invoice by letter with a copy that gives no deadline; an earlier deadline is kept; a fee of the policy's own."""
    life = await on.life(policy="golden-paper", person=ENGLISH)
    await life.look_ahead()
    await life.until("2026-04-20")
    await life.command("dispute", amount=Decimal("700.00"))
    await life.until("2026-05-20")
    await life.pay("110.00")  # more than the rest of what is not disputed
    await life.look_ahead()
    await life.until("2026-08-01")
    return {"paper.txt": said(life)}


async def direct(on: Stage) -> dict[str, str]:
    """Direct messages of every tone."""
    life = await on.life(policy="golden-direct")
    await life.has_direct_messages("+4799900001")
    await life.look_ahead()
    await life.until("2026-07-01")
    return {"direct.txt": said(life)}


async def direct_in_english(on: Stage) -> dict[str, str]:
    """Direct messages about two invoices, in English."""
    life = await on.life({}, {"amount": "55.00"}, policy="golden-direct", person=ENGLISH)
    await life.has_direct_messages("+4799900002")
    life.reads = Channel.DIRECT_MESSAGE
    await life.until("2026-07-01")
    return {"direct-in-english.txt": said(life)}


async def whatsapp(on: Stage) -> dict[str, str]:
    """Somebody who agreed to WhatsApp and reads nothing, and somebody in English who stops it."""
    life = await on.life(policy="no-whatsapp", person={"whatsapp": "+4799900003"})
    await life.look_ahead()
    await life.until("2026-07-01")
    other = await on.life(policy="no-whatsapp", person=ENGLISH | {"whatsapp": "+4799900004"})
    other.reads = Channel.DIRECT_MESSAGE
    await other.until("2026-05-01")
    return {"whatsapp.txt": said(life, other)}


async def shadow(on: Stage) -> dict[str, str]:
    """What a plan would say that sends nothing."""
    life = await on.life(policy="golden-shadow")
    await life.look_ahead()
    await life.until("2026-04-01")
    return {"shadow.txt": said(life)}


async def promised(on: Stage) -> dict[str, str]:
    """A promise of a part, kept in part; and one of everything."""
    life = await on.life(policy="no-gentle")
    life.reads = Channel.SMS
    await life.until("2026-04-02")
    await life.promise(8, "300.00")
    page = await life.page()
    await life.until("2026-04-08")
    await life.pay("100.00")
    await life.look_ahead()
    await life.until("2026-04-20")
    await life.promise(8)
    await life.until("2026-05-10")
    other = await on.life(policy="no-gentle", person=ENGLISH)
    await other.until("2026-04-02")
    await other.promise(8)
    await other.until("2026-04-17")
    return {"promised.txt": said(life, other), "promised.page.html": page}


async def said_to_be_paid(on: Stage) -> dict[str, str]:
    """Debtors say that they have paid, and nothing is found: proof is asked for, by email and on paper, in both languages."""
    lives = []
    for person in ({}, ENGLISH, ON_PAPER):
        life = await on.life(policy="no-standard", person=person)
        await life.until("2026-04-01")
        await life.says(Meaning.PAID)
        await life.until("2026-04-20")
        lives.append(life)
    return {"said-to-be-paid.txt": said(*lives)}


async def last_words(on: Stage) -> dict[str, str]:
    """Thanks with and without an apology, by email, SMS and on paper; who has the case now; an objection answered."""
    lives = []
    for person, reads in ((ENGLISH, Channel.EMAIL), ({}, Channel.SMS), (ON_PAPER, None)):
        life = await on.life(policy="no-service" if reads else "no-standard", person=person)
        life.reads = reads
        await life.until("2026-05-11")
        await life.command("dispute")
        await life.until("2026-05-13")
        await life.command("resolve_dispute", upheld=False, answer="Vi har lest av måleren på nytt. Tallene stemmer.")
        await life.until("2026-05-21")
        await life.pay("900.00", dated=None if reads is Channel.SMS else date(2026, 3, 20))
        await life.until("2026-06-01")
        lives.append(life)
    for person in ({}, ENGLISH):
        life = await on.life(
            policy="no-gentle", person=person, of_creditor={"collection_partner": "Nordisk Inkasso AS"}
        )
        await life.until("2026-07-01")
        await life.command("approve_hand_off")
        await life.until("2026-07-10")
        await life.is_accepted_by_the_partner()
        await life.until("2026-07-14")
        lives.append(life)
    for person in ({}, ENGLISH):  # two invoices settled at once, one of which had been paid long before
        life = await on.life({}, {"amount": "1000.00"}, policy="no-gentle", person=person)
        life.reads = Channel.EMAIL
        await life.until("2026-04-02")
        life.written.clear()  # as of any two invoices
        await life.pay("802.00", "1001", dated=date(2026, 3, 20))
        await life.pay("1000.00", "1002")
        await life.until("2026-04-08")
        lives.append(life)
    return {"last-words.txt": said(*lives)}


async def in_parts(on: Stage) -> dict[str, str]:
    """A plan in Norwegian: agreed, an instalment paid, one missed, a payment of it given up, the plan's end."""
    life = await on.life({"amount": "3000.00"}, policy="no-gentle")
    await life.until("2026-04-02")
    await life.agree(3)
    email = await _html_after(life, "2026-04-03")
    await life.give_up_a_payment()
    await life.until("2026-04-20")
    await life.look_ahead()
    await life.pay("1000.00")
    await life.until("2026-05-29")
    await life.pay("250.00")
    await life.until("2026-06-12")
    await life.give_up_a_payment()
    await life.until("2026-06-18")
    await life.look_ahead()
    page = await life.page()
    await life.until("2026-07-20")
    return {"in-parts.txt": said(life), "in-parts.email.html": email, "in-parts.page.html": page}


async def in_parts_in_english(on: Stage) -> dict[str, str]:
    """A plan in English after a notice with interest, which nobody pays: the next notice claims what ran since."""
    life = await on.life({"amount": "3000.00"}, policy="no-standard", person=ENGLISH)
    await life.until("2026-05-14")
    await life.agree(2)
    await life.until("2026-06-30")
    await life.look_ahead()
    await life.until("2026-07-15")
    return {"in-parts-in-english.txt": said(life), "in-parts-in-english.status.json": await life.status()}


async def given_up(on: Stage) -> dict[str, str]:
    """A payment that was begun and not finished, and a draw that failed, in both languages."""
    lives = []
    for person in ({}, ENGLISH):
        life = await on.life({}, policy="no-gentle", person=person)
        await life.until("2026-03-18")
        await life.give_up_a_payment()
        await life.until("2026-03-26")
        await life.draw_fails("2026-03-24")
        await life.look_ahead()
        await life.until("2026-03-30")
        lives.append(life)
    return {"given-up.txt": said(*lives)}


async def on_the_phone(on: Stage) -> dict[str, str]:
    """Who is on the phone wants the way to pay: of an invoice in both languages, of a plan the next instalment."""
    lives = []
    for person in ({}, ENGLISH):
        life = await on.life({}, policy="no-gentle", person=person)
        await life.until("2026-03-19")
        await life.wants_the_link()
        await life.until("2026-03-20")
        lives.append(life)
    in_parts = await on.life({"amount": "3000.00"}, policy="no-gentle")
    await in_parts.until("2026-04-02")
    await in_parts.agree(3)
    await in_parts.until("2026-04-08")
    await in_parts.wants_the_link()
    await in_parts.until("2026-04-09")
    return {"on-the-phone.txt": said(*lives, in_parts)}


async def moved(on: Stage) -> dict[str, str]:
    """The due date is moved: in both languages, and after a notice with interest, of which the next one claims the rest."""
    noticed = await on.life(policy="no-standard", person=ON_PAPER)
    await noticed.until("2026-05-20")
    await noticed.move_due_date(date(2026, 6, 1))
    await noticed.look_ahead()
    await noticed.until("2026-07-20")
    lives = [await on.life(policy="no-standard", person=person) for person in ({}, ENGLISH)]
    for life in lives:
        life.reads = Channel.SMS
        await life.until("2026-03-19")
        await life.move_due_date(date(2026, 4, 8))
        await life.until("2026-03-30")
    return {"moved.txt": said(noticed, *lives)}


async def returned(on: Stage) -> dict[str, str]:
    """A payment is taken back, and there are new days."""
    lives = []
    for person in ({}, ENGLISH):
        life = await on.life(policy="no-gentle", person=person)
        await life.until("2026-03-17")
        await life.pay("802.00")
        await life.until("2026-03-20")
        if not person:
            page = await life.page()
        await life.pay("-802.00")
        await life.until("2026-03-24")
        lives.append(life)
    return {"returned.txt": said(*lives), "returned.page.html": page}


async def late(on: Stage) -> dict[str, str]:
    """Invoices that reach their debtors less than a week before they are due, by email, by letter, and two together."""
    soon = date(2026, 3, 5)
    first = await on.life({"due_date": soon}, policy="no-gentle", person=ENGLISH)
    second = await on.life({"due_date": date(2026, 3, 11)}, policy="no-standard", person=ON_PAPER)
    both = await on.life({"due_date": soon}, {"due_date": date(2026, 3, 30)}, policy="no-minimal-cost")
    for life in (first, second, both):
        await life.look_ahead()
        await life.until("2026-03-20")
    return {"late.txt": said(first, second, both)}


async def old(on: Stage) -> dict[str, str]:
    """Old invoices: one that nothing was said of, one that was reminded of with a fee before it was ours."""
    dates = {"issue_date": date(2025, 11, 3), "due_date": date(2025, 11, 17)}
    unheard = await on.life(dates, policy="no-standard")
    sent = [
        {"kind": "invoice", "channel": "email", "date": "2025-11-03"},
        {"kind": "reminder", "channel": "letter", "date": "2025-12-08", "fee": "35.00", "deadline": "2025-12-29"},
    ]
    reminded = await on.life(dates | {"already_sent": sent}, policy="no-standard", person=ON_PAPER)
    for life in (unheard, reminded):
        await life.look_ahead()
        await life.until("2026-06-10")
    return {"old.txt": said(unheard, reminded)}


async def young(on: Stage) -> dict[str, str]:
    """A minor: the guardians are written to, without fees and interest; in both languages."""
    born = {"birth_date": date(2012, 5, 17)} | ON_PAPER
    lives = [await on.life(policy="no-standard", person=born | language) for language in ({}, ENGLISH)]
    for life in lives:
        await life.look_ahead()
        await life.until("2026-06-10")
    return {"young.txt": said(*lives)}


async def unwritable(on: Stage) -> dict[str, str]:
    """A name that no letter can print, and a link that no SMS has room for."""
    name = await on.life(policy="no-gentle", person={"name": "王小明"} | ON_PAPER)
    link = await on.life(
        policy="no-gentle", person={"email": None}, public_url=f"https://{'a' * 60}.{'b' * 50}.example"
    )
    for life in (name, link):
        await life.until("2026-03-20")
    return {"unwritable.txt": said(name, link)}


LIVES: tuple[Record, ...] = (
    gentle,
    gentle_in_english,
    standard,
    standard_in_english,
    business,
    business_together,
    together,
    service,
    service_in_english,
    cheapest,
    paper,
    direct,
    direct_in_english,
    shadow,
    promised,
    in_parts,
    in_parts_in_english,
    given_up,
    moved,
    returned,
    late,
    old,
    young,
    unwritable,
    said_to_be_paid,
    last_words,
    on_the_phone,
    whatsapp,
    standard_in_nynorsk,
)


def said(*lives: Life) -> str:
    """All that was written down of lives."""
    return "\n\n\n".join("\n".join(life.written) for life in lives) + "\n"


async def _html_after(life: Life, day: str) -> str:
    await life.until(day)
    return life.html


async def documents(server_url: str, folder: Path) -> dict[str, str]:
    """Every document by the name of its file, as the project writes it now."""
    found: dict[str, str] = {}
    async with stage(server_url, folder, POLICIES) as on:
        for record in LIVES:
            found |= await record(on)
    return {name: text.rstrip("\n") + "\n" for name, text in found.items()}


def main() -> None:
    """Record all documents anew."""
    with tempfile.TemporaryDirectory() as folder:
        now = asyncio.run(documents(postgres(Path(folder) / "postgres"), Path(folder)))
    for file in FOLDER.iterdir():
        file.unlink()
    for name, text in now.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
