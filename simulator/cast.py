"""Who plays: the creditors, and people whose invoices live through every branch of a case.

Most people pay on time in life (reference shares: 78 % on time, 97 % before a notice); in this cast fewer do, so that
every rung of the ladder is seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from random import Random

from domain.invoice import IncomingDebtor, IncomingInvoice, IncomingLine
from domain.references import kid_with_check_digit
from facts.creditors import CreditorDetails
from simulator.people import HABITS, Habit

WITHOUT_FEES = CreditorDetails(
    id="nordlys",
    name="Nordlys Strøm AS",
    organisation_number="900000006",
    phone="+4722000000",
    email="kunde@nordlys.example",
    website="https://nordlys.example",
    address=("Kraftgata 1", "0155 Oslo"),
    accounts=("15030000010",),
    consumer_policy="no-gentle",
    business_policy="no-minimal-cost",
    collection_partner="Rimelig Inkasso AS",
)
WITH_FEES = CreditorDetails(
    id="fjordnett",
    name="Fjordnett AS",
    organisation_number="900000014",
    phone="+4755000000",
    email="kunde@fjordnett.example",
    website="https://fjordnett.example",
    address=("Kaigata 2", "5003 Bergen"),
    accounts=("15030000029",),
    consumer_policy="no-standard",
    business_policy="no-standard",
    collection_partner="Rimelig Inkasso AS",
)
CREDITORS = (WITHOUT_FEES, WITH_FEES)
CHEAPLY = "no-minimal-cost"
TERM, SHORT_TERM = timedelta(days=14), timedelta(days=10)  # from the issue date to the due date
LONG_STORIES = 12  # the first invoices have the short term: a whole ladder fits into thirteen weeks
EVERY_ACT = (  # of each creditor's first twelve people, in an order that lets the long stories begin first
    "cannot pay", "waits for the notice", "disputes wrongly", "forgets until the reminder", "pays partly", "has moved",
    "says STOP", "reads only paper", "reads only SMS", "has private mail", "pays on the due date", "disputes rightly",
)  # fmt: skip
COMMON = (
    "pays on the due date", "pays from the page", "forgets until the day", "pays on the due date", "cannot pay",
    "reads only email", "forgets until the reminder", "says it is paid", "pays from the page",
)  # fmt: skip
FIRST_NAMES = (
    "Kari", "Ola", "Ingrid", "Lars", "Nora", "Jonas", "Sofie", "Henrik", "Emma", "Magnus", "Ida", "Eirik", "Thea",
    "Sindre", "Maja", "Tobias", "Selma", "Håkon", "Astrid", "Vegard", "Live", "Sander",
)  # fmt: skip
LAST_NAMES = ("Nordmann", "Hansen", "Berg", "Dahl", "Lie", "Moen", "Solberg", "Haugen", "Strand", "Bakke", "Vik")
PLACES = (("0155", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("9008", "Tromsø"), ("4006", "Stavanger"))


@dataclass(frozen=True, slots=True)
class Person:
    """One debtor with a habit."""

    name: str
    habit_name: str
    email: str
    phone: str
    debtor: IncomingDebtor

    @property
    def habit(self) -> Habit:
        """What the person does about messages."""
        return HABITS[self.habit_name]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and the invoices they are going to get."""

    people: Sequence[Person]
    invoices: Sequence[IncomingInvoice]

    def person(self, customer_number: str) -> Person:
        """Who has this customer number."""
        return next(p for p in self.people if p.debtor.customer_number == customer_number)


def cast(first_day: date, *, invoices: int, seed: int) -> Cast:
    """A cast whose invoices are issued from `first_day` on, half of them of each creditor; every ninth person has two."""
    chance = Random(seed)
    people: list[Person] = []
    written: list[IncomingInvoice] = []
    roles = {creditor.id: _roles() for creditor in CREDITORS}
    for number, creditor in zip(range(invoices), cycle(CREDITORS), strict=False):
        second_of = people[-2] if number % 18 in (16, 17) else None
        person = second_of or _person(len(people), next(roles[creditor.id]), creditor.id, chance)
        if second_of is None:
            people.append(person)
        issued = first_day + timedelta(days=number // 4)
        written.append(_invoice(number, creditor, person, issued, chance))
    return Cast(people, written)


def _roles() -> Iterator[str]:
    yield from EVERY_ACT
    yield from cycle(COMMON)


def _person(index: int, habit: str, creditor: str, chance: Random) -> Person:
    first, last = FIRST_NAMES[index % len(FIRST_NAMES)], LAST_NAMES[index % len(LAST_NAMES)]
    email, phone = f"{first}.{last}{index}@post.example".lower(), f"+479{1000000 + index * 1013:07}"
    postcode, city = chance.choice(PLACES)
    debtor = IncomingDebtor(
        name=f"{first} {last}",
        customer_number=f"K-{1001 + index}",
        language="en" if index % 7 == 6 else "nb",
        address_lines=(f"Storgata {index + 1}",),
        postcode=postcode,
        city=city,
        email=None if habit == "reads only paper" and creditor == WITHOUT_FEES.id else email,
        phone=None if habit == "reads only paper" else phone,
    )
    return Person(debtor.name, habit, email, phone, debtor)


def _invoice(number: int, creditor: CreditorDetails, person: Person, issued: date, chance: Random) -> IncomingInvoice:
    amount = Decimal(chance.choice((349, 499, 649, 802, 1249, 1890, 3490, 6240)))
    return IncomingInvoice(
        creditor=creditor.id,
        number=str(10001 + number),
        issue_date=issued,
        due_date=issued + (SHORT_TERM if number < LONG_STORIES else TERM),
        currency="NOK",
        amount=amount,
        reference=kid_with_check_digit(f"{70010001 + number}"),
        account=creditor.accounts[0],
        debtor=person.debtor,
        policy=CHEAPLY if number % 11 == 10 else None,
        lines=(IncomingLine(text="Strøm" if creditor is WITHOUT_FEES else "Nettleie", amount=amount),),
    )
