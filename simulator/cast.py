"""Who plays: the creditors, and people whose invoices live through every branch of a case.

Most people pay on time in life (reference shares: 78 % on time, 97 % before a notice); in this cast fewer do, so that
every rung of the ladder is seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import cycle
from random import Random

from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingDebtor, IncomingInvoice, IncomingLine
from facts.parties.creditors import CreditorDetails
from simulator.acceptance.case import AcceptanceCase, Before, Role
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
    payment_methods={"vipps": {}},
    direct_debit={"customer_unit": "00131936", "data_sender": "00131936", "account": "15030000010"},
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
    overpayment="refund",
    direct_debit={"customer_unit": "00131944", "data_sender": "00131944", "account": "15030000029"},
)
WITH_A_SERVICE = CreditorDetails(
    id="bynett",
    name="Bynett Fiber AS",
    organisation_number="900000022",
    phone="+4773000000",
    email="kunde@bynett.example",
    website="https://bynett.example",
    address=("Munkegata 3", "7011 Trondheim"),
    accounts=("15030000037",),
    consumer_policy="no-service",
    collection_partner="Rimelig Inkasso AS",
    payment_methods={"vipps": {"merchant_serial_number": "734512"}},
)
BILLING = (WITHOUT_FEES, WITH_FEES)  # whose invoices most people get
CREDITORS = (*BILLING, WITH_A_SERVICE)
CHEAPLY = "no-minimal-cost"
TERM, SHORT_TERM = timedelta(days=14), timedelta(days=10)  # from the issue date to the due date
TAKEN_OVER = timedelta(days=-22)  # so long before the first day invoices of the old billing system were issued
NEWCOMERS = 40001  # the first number of the invoices that come after the story
LONG_STORIES = 12  # the first invoices have the short term: a whole ladder fits into thirteen weeks
EVERY_ACT = (  # of each creditor's first twelve people, in an order that lets the long stories begin first
    "cannot pay", "waits for the notice", "disputes wrongly", "forgets until the reminder", "pays partly", "has moved",
    "says STOP", "reads only paper", "reads only SMS", "has private mail", "pays on the due date", "disputes rightly",
)  # fmt: skip
# What money does, and does not: each is played once, whatever else. The neighbour's KID is that of the line below.
SCENES = (
    (WITH_FEES, "types the neighbour's KID", 777), (WITH_FEES, "has money a week late", 899),
    (WITHOUT_FEES, "keeps a plan", 3490), (WITH_FEES, "breaks a plan", 6240),
    (WITHOUT_FEES, "has too little on the day", 1249), (WITHOUT_FEES, "has direct debit", 802),
    (WITHOUT_FEES, "asks for direct debit", 499), (WITHOUT_FEES, "mistypes the KID", 649),
    (WITH_FEES, "mistypes the KID", 1249), (WITHOUT_FEES, "keeps a promise", 1890), (WITH_FEES, "breaks a promise", 1890),
    (WITHOUT_FEES, "pays too much", 499), (WITH_FEES, "pays too much", 349),
    (WITH_A_SERVICE, "pays when it is blocked", 599), (WITH_A_SERVICE, "is blocked and pays in the bank", 699),
    (WITH_A_SERVICE, "gives up in the app", 599), (WITH_A_SERVICE, "pays from the page", 599),
)  # fmt: skip
LINES = {WITHOUT_FEES.id: "Strøm", WITH_FEES.id: "Nettleie", WITH_A_SERVICE.id: "Bredbånd"}
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
    habit: Habit
    email: str
    phone: str
    account: str
    debtor: IncomingDebtor


@dataclass(frozen=True)
class Cast:
    """Everybody, and the invoices they are going to get."""

    people: Sequence[Person]
    invoices: Sequence[IncomingInvoice]
    cases: Mapping[str, str]  # by invoice number, the name of the acceptance case that it belongs to
    in_files: frozenset[str] = frozenset()  # the invoices that come later, in a file
    habits: Mapping[str, Habit] = field(
        default_factory=dict
    )  # by invoice number, where it is not its debtor's usual one
    fates: Mapping[str, str] = field(
        default_factory=dict
    )  # by invoice number, what its chances are drawn by; else the number

    def of_case(self, name: str) -> Sequence[IncomingInvoice]:
        """The invoices of an acceptance case, as its roles stand."""
        return [invoice for invoice in self.invoices if self.cases.get(invoice.number) == name]

    def person(self, customer_number: str) -> Person:
        """Who has this customer number."""
        return self._by_customer_number[customer_number]

    def invoice(self, number: str) -> IncomingInvoice:
        """The invoice of this number."""
        return self._by_number[number]

    def habit(self, number: str) -> Habit:
        """What the debtor of the invoice of this number does about it."""
        return self.habits.get(number) or self.person(self._by_number[number].debtor.customer_number or "").habit

    def fate(self, number: str) -> str:
        """What the chances of an invoice are drawn by: two of one fate meet with the same, whatever else differs."""
        return self.fates.get(number, number)

    def kid_before(self, number: str) -> str | None:
        """The payment reference of the invoice that the same debtor got before this one."""
        invoice = self._by_number[number]
        of_debtor = [each for each in self.invoices if each.debtor == invoice.debtor]
        place = of_debtor.index(invoice)
        return of_debtor[place - 1].reference if place else None

    @property
    def numbers(self) -> Sequence[str]:
        """The invoices' numbers."""
        return [invoice.number for invoice in self.invoices]

    def who_pays(self, kid: str) -> tuple[Person, IncomingInvoice]:
        """Whose invoice has this payment reference."""
        invoice = self._by_kid[kid]
        return self.person(invoice.debtor.customer_number or ""), invoice

    @cached_property
    def _by_customer_number(self) -> Mapping[str, Person]:
        return {person.debtor.customer_number or "": person for person in self.people}

    @cached_property
    def _by_number(self) -> Mapping[str, IncomingInvoice]:
        return {invoice.number: invoice for invoice in self.invoices}

    @cached_property
    def _by_kid(self) -> Mapping[str, IncomingInvoice]:
        return {invoice.reference or "": invoice for invoice in self.invoices}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who gets an invoice after the story. Days count from the day they come; `before` is what another system has sent."""

    amount: str = "1890"
    creditor: CreditorDetails = WITHOUT_FEES
    issued: int = 0
    term: int = TERM.days
    before: tuple[Before, ...] = ()


def cast(first_day: date, *, invoices: int, seed: int, cases: Sequence[AcceptanceCase] = ()) -> Cast:
    """A cast whose invoices are issued from `first_day` on: the scenes, then people as they come, and those of the cases.

    Of the people as they come each billing creditor has half, and every ninth person has two.
    """
    chance = Random(seed)
    people: list[Person] = []
    written: list[IncomingInvoice] = []
    for number, (creditor, habit, asked) in enumerate(SCENES[:invoices]):
        people.append(_person(len(people), habit, creditor.id, chance))
        written.append(_scene(20001 + number, creditor, people[-1], Decimal(asked), first_day))
    roles = {creditor.id: _roles() for creditor in BILLING}
    for number, creditor in zip(range(invoices - len(written)), cycle(BILLING), strict=False):
        second_of = people[-2] if number % 18 in (16, 17) else None
        person = second_of or _person(len(people), next(roles[creditor.id]), creditor.id, chance)
        if second_of is None:
            people.append(person)
        issued = first_day + timedelta(days=number // 4)
        due = issued + (SHORT_TERM if number < LONG_STORIES else TERM)
        amount = Decimal(chance.choice((349, 499, 649, 802, 1249, 1890, 3490, 6240)))
        policy = CHEAPLY if number % 11 == 10 else None
        written.append(_invoice(10001 + number, creditor, person, issued, due, amount, policy))
    played = dict[str, str]()
    in_files = set[str]()
    for case in cases:
        persons = dict[int, Person]()
        for place, role in enumerate(case.roles):
            if role.person not in persons:
                persons[role.person] = _person(len(people), role.habit, role.creditor, chance)
                people.append(persons[role.person])
            written.append(_of_role(f"{30000 + 10 * case.number + place}", role, persons[role.person], first_day))
            played[written[-1].number] = case.name
            if role.in_file:
                in_files.add(written[-1].number)
    return Cast(people, written, played, frozenset(in_files))


def newcomers(everybody: Cast, today: date, coming: Sequence[Newcomer], first: int = 0) -> Sequence[IncomingInvoice]:
    """An invoice of each who is not in the cast; `first` is how many came before them."""
    people, invoices = len(everybody.people), list[IncomingInvoice]()
    for place, each in enumerate(coming, first):
        person = _person(people + place, "pays on the due date", each.creditor.id, Random(people + place))
        issued = today + timedelta(days=each.issued)
        due = issued + timedelta(days=each.term)
        invoice = _invoice(NEWCOMERS + place, each.creditor, person, issued, due, Decimal(each.amount))
        invoices.append(
            invoice.model_copy(update={"already_sent": tuple(before.told(today) for before in each.before)})
        )
    return invoices


def _of_role(number: str, role: Role, person: Person, first_day: date) -> IncomingInvoice:
    """The invoice of an acceptance case."""
    creditor = next(creditor for creditor in CREDITORS if creditor.id == role.creditor)
    issued = first_day + timedelta(days=role.issued)
    invoice = _invoice(int(number), creditor, person, issued, issued + timedelta(days=role.term), Decimal(role.amount))
    return invoice.model_copy(update={"already_sent": tuple(before.told(first_day) for before in role.before)})


def _scene(number: int, creditor: CreditorDetails, person: Person, amount: Decimal, first_day: date) -> IncomingInvoice:
    """The invoice of a scene: of the first day, with a term that leaves room for it."""
    habit = person.habit
    issued = first_day + (TAKEN_OVER if habit.needs_service else timedelta())
    slow = habit.agrees_plan_after or habit.promises_after
    return _invoice(number, creditor, person, issued, issued + (SHORT_TERM if slow else TERM), amount)


def _roles() -> Iterator[str]:
    yield from EVERY_ACT
    yield from cycle(COMMON)


def _person(index: int, habit: str, creditor: str, chance: Random) -> Person:
    first = FIRST_NAMES[index % len(FIRST_NAMES)]
    last = LAST_NAMES[(index + index // len(FIRST_NAMES)) % len(LAST_NAMES)]  # no two people have one name
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
    return Person(debtor.name, habit, HABITS[habit], email, phone, f"9710{index * 7919 + 1000003:07}", debtor)


def _invoice(
    number: int,
    creditor: CreditorDetails,
    person: Person,
    issued: date,
    due: date,
    amount: Decimal,
    policy: str | None = None,
) -> IncomingInvoice:
    return IncomingInvoice(
        creditor=creditor.id,
        number=str(number),
        issue_date=issued,
        due_date=due,
        currency="NOK",
        amount=amount,
        reference=kid_with_check_digit(f"{70000000 + number}"),
        account=creditor.accounts[0],
        debtor=person.debtor,
        policy=policy,
        lines=(IncomingLine(text=LINES[creditor.id], amount=amount),),
    )
