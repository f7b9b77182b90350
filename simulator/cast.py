"""Who plays: people of a country whose invoices live through every branch of a case.

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

from domain.invoices.incoming import IncomingDebtor, IncomingInvoice, IncomingLine
from simulator.acceptance.case import AcceptanceCase, Before, Role
from simulator.casts.home import Home
from simulator.casts.registry import NORWAY
from simulator.people import HABITS, Habit

TERM, SHORT_TERM = timedelta(days=14), timedelta(days=10)  # from the issue date to the due date
TAKEN_OVER = timedelta(days=-22)  # so long before the first day invoices of the old billing system were issued
NEWCOMERS = 40001  # the first number of the invoices that come after the story
LONG_STORIES = 12  # the first invoices have the short term: a whole ladder fits into thirteen weeks
EVERY_ACT = (  # of each creditor's first twelve people, in an order that lets the long stories begin first
    "cannot pay", "waits for the notice", "disputes wrongly", "forgets until the reminder", "pays partly", "has moved",
    "says STOP", "reads only paper", "reads only SMS", "has private mail", "pays on the due date", "disputes rightly",
)  # fmt: skip
# What money does, and does not: each is played once, whatever else; amounts are in kroner. The neighbour's reference is
# that of the next line which is played.
SCENES = (
    ("fjordnett", "types the neighbour's KID", 777), ("fjordnett", "has money a week late", 899),
    ("fjordnett", "breaks a plan", 6240), ("nordlys", "keeps a plan", 3490),
    ("nordlys", "has too little on the day", 1249), ("nordlys", "has direct debit", 802),
    ("nordlys", "asks for direct debit", 499), ("nordlys", "mistypes the KID", 649),
    ("fjordnett", "mistypes the KID", 1249), ("nordlys", "keeps a promise", 1890), ("fjordnett", "breaks a promise", 1890),
    ("nordlys", "pays too much", 499), ("fjordnett", "pays too much", 349),
    ("bynett", "pays when it is blocked", 599), ("bynett", "is blocked and pays in the bank", 699),
    ("bynett", "gives up in the app", 599), ("bynett", "pays from the page", 599),
)  # fmt: skip
COMMON = (
    "pays on the due date", "pays from the page", "forgets until the day", "pays on the due date", "cannot pay",
    "reads only email", "forgets until the reminder", "says it is paid", "pays from the page",
)  # fmt: skip


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

    home: Home
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
    """Who gets an invoice after the story, of the creditor without fees.

    The amount is in kroner; days count from the day they come; `before` is what another system has sent.
    """

    amount: str = "1890"
    issued: int = 0
    term: int = TERM.days
    before: tuple[Before, ...] = ()


def cast(
    first_day: date, *, invoices: int, seed: int, cases: Sequence[AcceptanceCase] = (), home: Home = NORWAY
) -> Cast:
    """A cast whose invoices are issued from `first_day` on: the scenes, then people as they come, and those of the cases.

    Of the people as they come each billing creditor has half, and every ninth person has two.
    """
    chance = Random(seed)
    people: list[Person] = []
    written: list[IncomingInvoice] = []
    scenes = [scene for scene in SCENES if scene[1] not in home.not_here]
    for number, (creditor, habit, asked) in enumerate(scenes[:invoices]):
        people.append(_person(home, len(people), habit, creditor, chance))
        written.append(_scene(home, 20001 + number, creditor, people[-1], home.amount(asked), first_day))
    roles = {creditor.id: _roles() for creditor in home.billing}
    for number, biller in zip(range(invoices - len(written)), cycle(home.billing), strict=False):
        second_of = people[-2] if number % 18 in (16, 17) else None
        person = second_of or _person(home, len(people), next(roles[biller.id]), biller.id, chance)
        if second_of is None:
            people.append(person)
        issued = first_day + timedelta(days=number // 4)
        due = issued + (SHORT_TERM if number < LONG_STORIES else TERM)
        amount = home.amount(chance.choice((349, 499, 649, 802, 1249, 1890, 3490, 6240)))
        policy = home.cheaply if number % 11 == 10 else None
        written.append(_invoice(home, 10001 + number, biller.id, person, issued, due, amount, policy))
    played = dict[str, str]()
    in_files = set[str]()
    for case in played_in(home, cases):
        persons = dict[int, Person]()
        for place, role in enumerate(case.roles):
            if role.person not in persons:
                persons[role.person] = _person(home, len(people), role.habit, role.creditor, chance)
                people.append(persons[role.person])
            written.append(_of_role(home, f"{30000 + 10 * case.number + place}", role, persons[role.person], first_day))
            played[written[-1].number] = case.name
            if role.in_file:
                in_files.add(written[-1].number)
    return Cast(home, people, written, played, frozenset(in_files))


def played_in(home: Home, cases: Sequence[AcceptanceCase]) -> Sequence[AcceptanceCase]:
    """The acceptance cases that can be played in a country."""
    return [case for case in cases if case.name not in home.not_here]


def newcomers(everybody: Cast, today: date, coming: Sequence[Newcomer], first: int = 0) -> Sequence[IncomingInvoice]:
    """An invoice of each who is not in the cast; `first` is how many came before them."""
    home, people, invoices = everybody.home, len(everybody.people), list[IncomingInvoice]()
    creditor = home.without_fees.id
    for place, each in enumerate(coming, first):
        person = _person(home, people + place, "pays on the due date", creditor, Random(people + place))
        issued = today + timedelta(days=each.issued)
        due = issued + timedelta(days=each.term)
        invoice = _invoice(home, NEWCOMERS + place, creditor, person, issued, due, home.amount(each.amount))
        invoices.append(
            invoice.model_copy(update={"already_sent": tuple(before.told(today, home) for before in each.before)})
        )
    return invoices


def _of_role(home: Home, number: str, role: Role, person: Person, first_day: date) -> IncomingInvoice:
    """The invoice of an acceptance case."""
    issued = first_day + timedelta(days=role.issued)
    due, amount = issued + timedelta(days=role.term), home.amount(role.amount)
    invoice = _invoice(home, int(number), role.creditor, person, issued, due, amount)
    return invoice.model_copy(update={"already_sent": tuple(before.told(first_day, home) for before in role.before)})


def _scene(home: Home, number: int, creditor: str, person: Person, amount: Decimal, first_day: date) -> IncomingInvoice:
    """The invoice of a scene: of the first day, with a term that leaves room for it."""
    habit = person.habit
    issued = first_day + (TAKEN_OVER if habit.needs_service else timedelta())
    slow = habit.agrees_plan_after or habit.promises_after
    return _invoice(home, number, creditor, person, issued, issued + (SHORT_TERM if slow else TERM), amount)


def _roles() -> Iterator[str]:
    yield from EVERY_ACT
    yield from cycle(COMMON)


def _person(home: Home, index: int, habit: str, creditor: str, chance: Random) -> Person:
    first = home.first_names[index % len(home.first_names)]
    last = home.last_names[(index + index // len(home.first_names)) % len(home.last_names)]  # no two have one name
    email, phone = f"{first}.{last}{index}@post.example".lower(), home.phone(index)
    postcode, city = chance.choice(home.places)
    debtor = IncomingDebtor(
        name=f"{first} {last}",
        customer_number=f"K-{1001 + index}",
        language=home.languages[index % len(home.languages)],
        country=home.country,
        address_lines=(home.street.format(index + 1),),
        postcode=postcode,
        city=city,
        email=None if habit == "reads only paper" and creditor == home.without_fees.id else email,
        phone=None if habit == "reads only paper" else phone,
    )
    return Person(debtor.name, habit, HABITS[habit], email, phone, home.account(index), debtor)


def _invoice(
    home: Home,
    number: int,
    creditor: str,
    person: Person,
    issued: date,
    due: date,
    amount: Decimal,
    policy: str | None = None,
) -> IncomingInvoice:
    return IncomingInvoice(
        creditor=creditor,
        number=str(number),
        issue_date=issued,
        due_date=due,
        currency=home.currency,
        amount=amount,
        reference=home.references.made_of(f"{70000000 + number}"),
        account=home.creditor(creditor).accounts[0],
        debtor=person.debtor,
        policy=policy,
        lines=(IncomingLine(text=home.sells[creditor], amount=amount),),
    )
