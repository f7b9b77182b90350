"""Who plays the portfolio: five creditors, each twice, and their customers, who get an invoice every fourth week from both.

Of each person there are two, with the same traits and the same chances: one is written to as Purr does, one as is usual.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingDebtor, IncomingInvoice, IncomingLine, IncomingSent
from facts.parties.creditors import CreditorDetails
from simulator.cast import Cast, Person
from simulator.casts.registry import NORWAY
from simulator.people import Habit
from simulator.portfolio.shares import BOUNCES, UNDELIVERED, chance, dies_on, habit, habit_of_invoice, punctuality, way

BASELINE: Final = "one-email-one-letter"
APART = timedelta(weeks=4)  # from one invoice of a person to the next
TERM = timedelta(days=14)
STRUCTURE = "12:1-7"  # of the KIDs: the customer's part comes first


@dataclass(frozen=True, slots=True)
class Business:
    """What a creditor sells, for how much, and how it reminds with Purr."""

    id: str
    name: str
    city: str
    policy: str
    sells: str
    prices: tuple[int, ...]  # kroner in four weeks
    varies: float  # from invoice to invoice, by this share at most


BUSINESSES: Final = (
    Business("nordlys", "Nordlys Strøm AS", "Oslo", "no-gentle", "Strøm", (690, 980, 1450, 2200), 0.35),
    Business("fjordnett", "Fjordnett AS", "Bergen", "no-standard", "Nettleie", (310, 480, 620, 890), 0.2),
    Business("bynett", "Bynett Fiber AS", "Trondheim", "no-service", "Bredbånd", (499, 599, 699), 0),
    Business("havbris", "Havbris Forsikring AS", "Tromsø", "no-gentle", "Forsikring", (420, 860, 1340, 2690), 0),
    Business("fjellform", "Fjellform Trening AS", "Stavanger", "no-minimal-cost", "Trening", (299, 399, 549), 0),
)
PLANS: Final = {"purr": "", "baseline": "-usual"}
"""What is behind a creditor's id, by how it reminds."""
ACCOUNTS: Final = (
    "15030000010", "15030000029", "15030000037", "15030000045", "15030000053", "15030000061", "15030000088", "15030000096",
    "15030000118", "15030000126",
)  # fmt: skip


def creditors() -> Sequence[CreditorDetails]:
    """The five with Purr, then the same five under the usual letters."""
    return [
        _creditor(business, plan, ACCOUNTS[number * len(BUSINESSES) + place])
        for number, plan in enumerate(PLANS)
        for place, business in enumerate(BUSINESSES)
    ]


def ids(plan: str) -> Sequence[str]:
    """The creditors that remind by a plan."""
    return [f"{business.id}{PLANS[plan]}" for business in BUSINESSES]


def rounds(weeks: int) -> int:
    """How many invoices each person gets in so many weeks."""
    return -(timedelta(weeks=-weeks) // APART)


def cast(first_day: date, *, invoices: int, seed: int, weeks: int) -> Cast:
    """Everybody, with so many invoices of each plan in so many weeks; those of the first round are of the first five days."""
    people: list[Person] = []
    written: list[IncomingInvoice] = []
    habits: dict[str, Habit] = {}
    fates: dict[str, str] = {}
    for plan, creditor in zip(PLANS, (creditors()[: len(BUSINESSES)], creditors()[len(BUSINESSES) :]), strict=True):
        persons = [_person(seed, number, plan) for number in range(-(-invoices // rounds(weeks)))]
        people += persons
        for number, place, person in _rounds(persons, invoices):
            which = number % len(BUSINESSES)
            amount = _amount(seed, number, place)
            invoice = _invoice(seed, number, place, plan, creditor[which], person, first_day, amount)
            written.append(invoice)
            habits[invoice.number] = habit_of_invoice(seed, number, place, amount)
            fates[invoice.number] = f"{number}-{place}"
    return Cast(NORWAY, people, written, {}, habits=habits, fates=fates)


def _rounds(persons: Sequence[Person], invoices: int) -> Iterator[tuple[int, int, Person]]:
    """Each person's number, its so-manieth invoice and the person, round by round."""
    for count in range(invoices):
        place, number = divmod(count, len(persons))
        yield number, place, persons[number]


def _amount(seed: int, person: int, place: int) -> Decimal:
    business = BUSINESSES[person % len(BUSINESSES)]
    price = chance(seed, person, "price").choice(business.prices)
    share = 1 + business.varies * chance(seed, person, place, "price").uniform(-1, 1)
    return Decimal(round(price * share * 100)).scaleb(-2)


def _creditor(business: Business, plan: str, account: str) -> CreditorDetails:
    unit = f"{132000 + ACCOUNTS.index(account):08}"
    agreement = {"customer_unit": unit, "data_sender": unit, "account": account, "kid_structures": STRUCTURE}
    return CreditorDetails.model_validate(
        {
            "id": f"{business.id}{PLANS[plan]}",
            "name": business.name,
            "phone": "+4722000000",
            "email": f"kunde@{business.id}.example",
            "website": f"https://{business.id}.example",
            "address": ("Storgata 1", business.city),
            "accounts": (account,),
            "consumer_policy": business.policy if plan == "purr" else BASELINE,
            "collection_partner": "Rimelig Inkasso AS",
            "overpayment": "refund",
            "direct_debit": agreement,
        }
    )


def _person(seed: int, number: int, plan: str) -> Person:
    first = NORWAY.first_names[number % len(NORWAY.first_names)]
    rest = number // len(NORWAY.first_names)
    last, more = NORWAY.last_names[rest % len(NORWAY.last_names)], rest // len(NORWAY.last_names)
    middle = f" {NORWAY.last_names[-more % len(NORWAY.last_names)]}" if more else ""
    host, prefix, letter = ("post", 4, "K") if plan == "purr" else ("brev", 9, "B")
    on_paper = way(seed, number) == "paper"
    email = f"{first}.{last}{number}@{host}.example".lower()
    phone = f"+47{prefix}{1000000 + number * 1013:07}"
    postcode, city = chance(seed, number, "home").choice(NORWAY.places)
    usual = habit(seed, number)
    debtor = IncomingDebtor(
        name=f"{first}{middle} {last}",
        customer_number=f"{letter}-{1001 + number}",
        address_lines=(f"Storgata {number + 1}",),
        postcode=postcode,
        city=city,
        email=None if on_paper else email,
        phone=phone,
    )
    called = "AvtaleGiro" if usual.draw else punctuality(seed, number)
    account = f"9710{number * 7919 % 9_000_000 + 1_000_003:07}"
    return Person(debtor.name, called, usual, email, phone, account, debtor)


def unreachable(everybody: Cast, seed: int) -> Mapping[str, str]:
    """The addresses at which nothing arrives, each with its reason: the same people's by either plan."""
    found = dict[str, str]()
    for place, person in enumerate(everybody.people):
        number = place % (len(everybody.people) // len(PLANS))
        if chance(seed, number, "bounces").random() < BOUNCES:
            found[person.email] = "550 5.1.1 user unknown"
        if chance(seed, number, "undelivered").random() < UNDELIVERED:
            found[person.phone] = "unreachable"
    return found


def deaths(everybody: Cast, seed: int, days: int) -> Mapping[str, int]:
    """Who dies within so many days, by customer number, and on which of them: the same people by either plan."""
    half = len(everybody.people) // len(PLANS)
    days_of = ((person, dies_on(seed, place % half, days)) for place, person in enumerate(everybody.people))
    return {person.debtor.customer_number or "": day for person, day in days_of if day is not None}


def _invoice(
    seed: int,
    number: int,
    place: int,
    plan: str,
    creditor: CreditorDetails,
    person: Person,
    first_day: date,
    amount: Decimal,
) -> IncomingInvoice:
    issued = first_day + timedelta(days=number % len(BUSINESSES)) + place * APART
    customer = f"{7 if plan == 'purr' else 8}{number + 1:06}"
    by_bank = way(seed, number) == "eFaktura"
    return IncomingInvoice(
        creditor=creditor.id,
        number=f"{1 if plan == 'purr' else 2}{place}{number + 1:05}",
        issue_date=issued,
        due_date=issued + TERM,
        currency="NOK",
        amount=amount,
        reference=kid_with_check_digit(f"{customer}{place + 1:04}"),
        account=creditor.accounts[0],
        debtor=person.debtor,
        already_sent=(IncomingSent(kind="invoice", channel="email", date=issued),) if by_bank else (),
        lines=(IncomingLine(text=BUSINESSES[number % len(BUSINESSES)].sells, amount=amount),),
    )
