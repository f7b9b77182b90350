"""`python -m benchmarks.matching --seed 7 --invoices 1000000 --payments 10000 --references ocr`: payments with a known
truth, matched against open invoices in PostgreSQL.

A payment counts as wrongly booked where it books by itself on any invoice but the one it was made for. The loader
fills the real tables but turns their triggers off, and so sets what is left of each invoice itself.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import psycopg
from rapidfuzz import process
from rapidfuzz.distance import OSA
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.embedded import start_postgres
from domain.money.matching.names import name_key
from domain.money.matching.reading import Clue, number_key
from domain.money.matching.verdict import Match, Review
from domain.money.references import RF, new_reference
from facts.database import Database
from facts.migrate import migrate
from facts.money.candidates import match_all

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SUBSCRIPTIONS = [Decimal(price) for price in (199, 249, 299, 299, 349, 399, 399, 399, 449, 499, 599)]
REMINDER_FEE = Decimal("35.00")
RUNS = 12  # monthly invoice runs, each in the order of the customers, so that both numbers rise together
GOALS = ("all", "single damage, right amount")  # the figures that have a goal, whatever the references
SCANNED = 20  # payments that the full scans are asked about
SEED, INVOICES, PAYMENTS = 20261122, 1_000_000, 10_000
WARM_UP = 200
FIRST = (
    "Jan Anne Per Inger Bjørn Kari Ole Marit Lars Ingrid Kjell Liv Knut Eva Arne Anna Svein Maria Thomas Ida Hans Hilde "
    "Geir Berit Tor Nina Morten Marianne Terje Elisabeth Odd Kristin Erik Bente Martin Randi Andreas Silje Mohammed Åse "
    "John Solveig Rune Emma Trond Nora Tore Sofie Daniel Tone Harald Camilla Jonas Wenche Olav Gerd Kristian Julie"
)
LAST = (
    "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg Haugen "
    "Hagen Johannessen Andreassen Jacobsen Dahl Jørgensen Halvorsen Henriksen Lund Sørensen Jakobsen Moen Gundersen Iversen "
    "Strand Solberg Svendsen Eide Knutsen Martinsen Paulsen Bakken Kristoffersen Mathisen Lie Amundsen Nguyen Rasmussen "
    "Lunde Solheim Berge Moe Nygård Bakke Kristensen Fredriksen Holm Lien Hauge Christensen Andresen Nielsen Ødegård"
)


@dataclass(frozen=True, slots=True)
class Series:
    """The payment references of a creditor, and the country where they are paid."""

    country: str
    currency: str
    new: Callable[[str], str]
    """One of some digits."""
    called: str


SERIES = {
    "kid": Series("NO", "NOK", lambda digits: new_reference("NO", digits), "KID"),
    "ocr": Series("SE", "SEK", lambda digits: new_reference("SE", digits), "OCR"),
    "ocr with length digit": Series("SE", "SEK", lambda digits: new_reference("SE", digits, "length digit"), "OCR"),
    "viite": Series("FI", "EUR", lambda digits: new_reference("FI", digits), "viite"),
    "rf of viite": Series("FI", "EUR", lambda digits: RF.made_of(new_reference("FI", digits)), "viite"),
}
FIRST_NAMES, LAST_NAMES = FIRST.split(), LAST.split()
FIRST_WEIGHTS = [1 / (place + 3) for place in range(len(FIRST_NAMES))]
LAST_WEIGHTS = [1 / (place + 3) for place in range(len(LAST_NAMES))]


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer as generated."""

    id: int
    number: str
    name: str
    account: str | None  # has paid before


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice as generated, with what is left of it."""

    id: int
    debtor: Debtor
    number: str
    digits: str  # of which the reference is made
    reference: str
    principal: Decimal
    fee: Decimal
    settled: bool

    @property
    def balance(self) -> Decimal:
        return self.principal + self.fee


@dataclass(slots=True)
class Book:
    """One creditor's invoices."""

    creditor: str
    series: Series
    debtors: list[Debtor] = field(default_factory=list)
    open: list[Owed] = field(default_factory=list)
    settled: list[Owed] = field(default_factory=list)
    of_debtor: dict[int, list[Owed]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Sent:
    """A payment with the invoices it was made for; none for a stranger's."""

    kind: str
    creditor: str
    clue: Clue
    truth: frozenset[int]


# --- the ledger -------------------------------------------------------------------------------------------------


def a_name(random: Random) -> str:
    """A name as common as names are."""
    if random.random() < 0.05:
        return f"{random.choices(LAST_NAMES, LAST_WEIGHTS)[0]} {random.choice(['Elektro', 'Bygg', 'Transport', 'Kafe'])} AS"
    first = random.choices(FIRST_NAMES, FIRST_WEIGHTS, k=2 if random.random() < 0.3 else 1)
    return " ".join([*first, *random.choices(LAST_NAMES, LAST_WEIGHTS)])


def a_book(
    random: Random,
    creditor: str,
    series: Series,
    invoices: int,
    first_id: int,
    *,
    first_customer: int = 1_000_001,
    in_series: bool = False,
) -> Book:
    """A creditor's book: subscriptions of one price and invoices by use, a tenth of them settled.

    References are customer number, invoice number and check digit; in one dense series of their own on request.
    """
    book = Book(creditor, series)
    for place in range(max(invoices * 45 // 100, 1)):
        account = f"{random.randrange(10**10, 10**11)}" if random.random() < 0.2 else None
        book.debtors.append(Debtor(first_id + place, f"{first_customer + place}", a_name(random), account))
    prices = {d.id: random.choice(SUBSCRIPTIONS) if random.random() < 0.6 else None for d in book.debtors}
    total, made = invoices + invoices // 10, 0
    for run in range(RUNS):
        size = total * (run + 1) // RUNS - total * run // RUNS
        for debtor in sorted(random.choices(book.debtors, k=size), key=lambda d: d.id):
            number = f"{1_000_001 + made}"
            digits = f"{20_000_000 + made}" if in_series else f"{debtor.number}{number}"
            owed = Owed(
                id=first_id + made,
                debtor=debtor,
                number=number,
                digits=digits,
                reference=series.new(digits),
                principal=prices[debtor.id] or Decimal(int(random.lognormvariate(6.6, 0.6) * 100)) / 100,
                fee=REMINDER_FEE if random.random() < 0.3 else Decimal(0),
                settled=random.random() < 1 / 11,
            )
            made += 1
            (book.settled if owed.settled else book.open).append(owed)
            if not owed.settled:
                book.of_debtor[debtor.id].append(owed)
    return book


def load(url: str, book: Book) -> None:
    """Fill the tables as the system would have, with the triggers off and the balances set here."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica; set synchronous_commit = off")

        def copy(table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
            with cursor.copy(f"copy {table} ({columns}) from stdin") as into:
                for row in rows:
                    into.write_row(row)

        creditor, day, series = book.creditor, date(2026, 5, 1), book.series
        everything = [*book.open, *book.settled]
        cursor.execute(
            "insert into creditor (id, name, country, address, open_tracking, happened_at) "
            "values (%s, %s, %s, '[]', true, %s)",
            (creditor, creditor, series.country, NOW),
        )
        cursor.execute("insert into policy_text values ('-', '-', '-', now()) on conflict do nothing")
        copy(
            "debtor",
            "id, creditor_id, key, customer_number, kind, name, name_key, language, country, address, protected_address, "
            "happened_at",
            (
                (
                    d.id,
                    creditor,
                    d.number,
                    d.number,
                    "consumer",
                    d.name,
                    name_key(d.name),
                    "nb",
                    series.country,
                    "[]",
                    False,
                    NOW,
                )
                for d in book.debtors
            ),
        )
        copy(
            "invoice",
            "id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount, "
            "reference, happened_at",
            (
                (
                    i.id,
                    creditor,
                    i.debtor.id,
                    i.number,
                    number_key(i.number),
                    day,
                    day,
                    day,
                    series.currency,
                    i.principal,
                    i.reference,
                    NOW,
                )
                for i in everything
            ),
        )
        copy(
            "dunning_case",
            "id, creditor_id, invoice_id, debtor_id, policy_hash, round, state, outcome, news_seq, principal, fee, "
            "happened_at",
            ((i.id, creditor, i.id, i.debtor.id, "-", 1, *state_of(i), 0, *left_of(i), NOW) for i in everything),
        )
        copy(
            "ledger_entry",
            "creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at",
            (
                (creditor, i.id, kind, part, amount, series.currency, day, kind, f"{kind}-{i.id}", NOW)
                for i in everything
                for kind, part, amount in entries_of(i)
            ),
        )
        known = [(creditor, d.account, d.id, NOW) for d in book.debtors if d.account]
        copy("payer_account", "creditor_id, account, debtor_id, happened_at", known)
        connection.commit()
        connection.autocommit = True
        cursor.execute("analyze")


def state_of(owed: Owed) -> tuple[str, str | None]:
    """The case of an invoice: closed where it is settled."""
    return ("closed", "paid") if owed.settled else ("open", None)


def left_of(owed: Owed) -> tuple[Decimal, Decimal]:
    """Principal and fee that are left."""
    return (Decimal(0), Decimal(0)) if owed.settled else (owed.principal, owed.fee)


def entries_of(owed: Owed) -> Iterator[tuple[str, str, Decimal]]:
    """An invoice's ledger: kind, part and amount."""
    yield "principal", "principal", owed.principal
    if owed.settled:
        yield "payment", "principal", -owed.principal
    elif owed.fee:
        yield "fee", "fee", owed.fee


# --- the payments -----------------------------------------------------------------------------------------------


def missing(random: Random, reference: str) -> str:
    """The reference without one of its digits."""
    place = random.randrange(len(reference))
    return reference[:place] + reference[place + 1 :]


def extra(random: Random, reference: str) -> str:
    """The reference with one digit too many."""
    place = random.randrange(len(reference) + 1)
    return reference[:place] + random.choice("0123456789") + reference[place:]


def wrong(random: Random, reference: str) -> str:
    """The reference with one wrong digit."""
    place = random.randrange(len(reference))
    return reference[:place] + random.choice("0123456789".replace(reference[place], "")) + reference[place + 1 :]


def swapped(random: Random, reference: str) -> str:
    """The reference with two different neighbours swapped."""
    place = random.choice([p for p in range(len(reference) - 1) if reference[p] != reference[p + 1]])
    return reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]


def with_letters(random: Random, reference: str) -> str:
    """The reference with one or all of its noughts as the letter O."""
    return reference.replace("0", random.choice("Oo"), random.choice([1, -1]))


def grouped(random: Random, reference: str, called: str) -> str:
    """The reference in groups, with blanks or dots, with a label or without."""
    sign = random.choice([" ", ".", "  "])
    size = random.choice([3, 4, 5])
    groups = sign.join(reference[start : start + size] for start in range(0, len(reference), size))
    return random.choice(["", f"{called} ", f"{called}: ", f"{called.lower()}-nr. "]) + groups


DAMAGES = {
    "missing digit": missing,
    "extra digit": extra,
    "wrong digit": wrong,
    "swapped digits": swapped,
}
SPELLINGS = ("O for 0", "spaces")


class Payers:
    """Makes payments for one creditor's invoices, each kind as payers make them."""

    def __init__(self, random: Random, book: Book, elsewhere: Book) -> None:
        self.random, self.book, self.elsewhere = random, book, elsewhere
        self.taken = {i.reference for i in (*book.open, *book.settled, *elsewhere.open, *elsewhere.settled)}
        self.amounts = [i.balance for i in book.open[:5000]]

    def payer(self, debtor: Debtor) -> tuple[str | None, str | None]:
        """Who pays: mostly the debtor, at times a relative or somebody else; name and account."""
        chance = self.random.random()
        if chance < 0.1:
            return None, None
        if chance < 0.15:
            return f"{self.random.choice(FIRST_NAMES)} {debtor.name.split()[-1]}", self.account()
        if chance < 0.2:
            return a_name(self.random), self.account()
        words = debtor.name.split()
        name = f"{words[-1].upper()}, {' '.join(words[:-1])}" if self.random.random() < 0.3 else debtor.name
        return name, debtor.account or self.account()

    def account(self) -> str:
        """An account that has not paid before."""
        return f"{self.random.randrange(10**10, 10**11)}"

    def sent(self, kind: str, truth: Sequence[Owed], amount: Decimal, **told: Any) -> Sent:
        """A payment for invoices of one debtor."""
        name, account = self.payer(truth[0].debtor)
        told = {"payer_name": name, "payer_account": account} | told
        return Sent(
            kind, self.book.creditor, Clue(amount, self.book.series.currency, **told), frozenset(i.id for i in truth)
        )

    def strange(self, kind: str, **told: Any) -> Sent:
        """A payment that is for none of our invoices."""
        amount = self.random.choice(self.amounts)
        told = {"payer_name": a_name(self.random), "payer_account": self.account()} | told
        return Sent(kind, self.book.creditor, Clue(amount, self.book.series.currency, **told), frozenset())

    def invoice(self) -> Owed:
        return self.random.choice(self.book.open)

    def exact(self) -> Sent:
        owed = self.invoice()
        amount = owed.principal if self.random.random() < 0.2 else owed.balance
        return self.sent("exact", [owed], amount, reference=owed.reference)

    def exact_other_amount(self) -> Sent:
        owed = self.invoice()
        amount = (owed.balance * self.random.choice([1, 3, 4, 6]) / 2).quantize(Decimal("0.01")) + 1
        return self.sent("exact, part or too much", [owed], amount, reference=owed.reference)

    def damaged(self, name: str) -> Sent:
        owed = self.invoice()
        while name == "O for 0" and "0" not in owed.reference:
            owed = self.invoice()
        if name == "spaces":
            reference = grouped(self.random, owed.reference, self.book.series.called)
        else:
            reference = (DAMAGES | {"O for 0": with_letters})[name](self.random, owed.reference)
        return self.sent(name, [owed], owed.balance, reference=reference)

    def damaged_part(self) -> Sent:
        owed = self.invoice()
        part = (owed.balance / 2).quantize(Decimal("0.01"))
        return self.sent("damaged, part of the amount", [owed], part, reference=wrong(self.random, owed.reference))

    def twice_damaged(self) -> Sent:
        owed = self.invoice()
        once, again = self.random.choices([missing, extra, wrong, swapped], k=2)
        reference = again(self.random, once(self.random, owed.reference))
        return self.sent("damaged twice", [owed], owed.balance, reference=reference)

    def text_number(self) -> Sent:
        owed = self.invoice()
        text = self.random.choice(["Faktura {}", "fakt.nr. {} takk", "{}", "Betaling {} strøm juni 2026", "inv {}"])
        return self.sent("invoice number in text", [owed], owed.balance, text=text.format(owed.number))

    def text_number_otherwise(self) -> Sent:
        owed = self.invoice()
        number = self.random.choice([f"0{owed.number}", f"{owed.number[:3]}-{owed.number[3:]}", f"000{owed.number}"])
        return self.sent("number written otherwise", [owed], owed.balance, text=f"Faktura {number}")

    def text_name(self) -> Sent:
        owed = self.invoice()
        told = {"payer_name": self.random.choice(["NAV", a_name(self.random)]), "payer_account": self.account()}
        return self.sent(
            "number and name in text", [owed], owed.balance, text=f"{owed.debtor.name} {owed.number}", **told
        )

    def initials(self) -> Sent:
        owed = self.invoice()
        first, *others = owed.debtor.name.split()
        name = f"{first[0]}. {others[-1]}"
        return self.sent("initials and number", [owed], owed.balance, payer_name=name, text=f"Faktura {owed.number}")

    def spouse(self) -> Sent:
        owed = self.invoice()
        name = f"{self.random.choice(FIRST_NAMES)} {owed.debtor.name.split()[-1]}"
        told = {"payer_name": name, "payer_account": self.account()}
        return self.sent("spouse with number", [owed], owed.balance, text=f"Faktura {owed.number}", **told)

    def part_with_number(self) -> Sent:
        owed = self.invoice()
        part = self.random.choice([(owed.balance / 2).quantize(Decimal("0.01")), Decimal(50), Decimal(100)])
        told = {"payer_name": owed.debtor.name, "text": f"Faktura {owed.number}"}
        return self.sent("number and name, part", [owed], min(part, owed.balance - 1), **told)

    def text_reference(self) -> Sent:
        owed = self.invoice()
        reference = grouped(self.random, owed.reference, self.book.series.called)
        return self.sent("reference in text", [owed], owed.balance, text=f"Strøm {reference}, hilsen oss")

    def customer_number(self) -> Sent:
        owed = self.invoice()
        text = self.random.choice(["Kundenr {}", "kunde: {} mai", "{}"]).format(owed.debtor.number)
        return self.sent("customer number in text", [owed], owed.balance, text=text)

    def name_only(self) -> Sent:
        owed = self.invoice()
        return self.sent("name only", [owed], owed.balance, payer_name=owed.debtor.name, payer_account=self.account())

    def known_account(self) -> Sent:
        owed = self.invoice()
        while owed.debtor.account is None:
            owed = self.invoice()
        return self.sent("known account only", [owed], owed.balance, payer_account=owed.debtor.account, text="strøm")

    def several(self) -> Sent:
        owed = self._several()
        text = " ".join(["Faktura", self.random.choice([", ", " og ", "+", " "]).join(i.number for i in owed)])
        return self.sent("several numbers", owed, sum((i.balance for i in owed), Decimal(0)), text=text)

    def several_by_one_reference(self) -> Sent:
        owed = self._several()
        amount = sum((i.balance for i in owed), Decimal(0))
        return self.sent("several by one reference", owed, amount, reference=owed[0].reference)

    def _several(self) -> list[Owed]:
        owed: list[Owed] = []
        while len(owed) < 2:
            owed = self.book.of_debtor[self.invoice().debtor.id]
        return self.random.sample(owed, self.random.randint(2, min(len(owed), 4)))

    def old_reference(self) -> Sent:
        while True:
            old = self.random.choice(self.book.settled)
            owed = self.book.of_debtor.get(old.debtor.id)
            if owed:
                paid = self.random.choice(owed)
                return self.sent("old reference", [paid], paid.balance, reference=old.reference)

    def stranger_random(self) -> Sent:
        reference = f"{self.random.randrange(10**14, 10**15)}"
        if self.random.random() < 0.5:
            reference = self.book.series.new(reference[:-1])
        return self.strange("stranger, random reference", reference=reference)

    def stranger_near(self) -> Sent:
        """A valid reference of somebody else's series that runs beside ours."""
        while True:
            digits = list(self.invoice().digits)
            for place in self.random.sample(range(len(digits)), self.random.choice([1, 2])):
                digits[place] = self.random.choice("0123456789")
            reference = self.book.series.new("".join(digits))
            if reference not in self.taken:
                return self.strange("stranger, reference near ours", reference=reference)

    def stranger_text(self) -> Sent:
        number = self.random.choice(self.book.open).number  # their numbers run where ours do
        text = self.random.choice(
            ["Faktura {}", "Kundenr {}", "{}", "Betaling {} juni", f"faktura {{}} og {int(number) + 1}"]
        )
        return self.strange("stranger, number in text", text=text.format(number))

    def stranger_bare(self) -> Sent:
        return self.strange(
            "stranger, nothing told", text=self.random.choice([None, "husleie juli 2026", "takk for sist"])
        )

    def of_another(self) -> Sent:
        owed = self.random.choice(self.elsewhere.open)
        reference = owed.reference
        return self.strange("another creditor's reference", reference=reference)


def payments(random: Random, book: Book, dense: Book, elsewhere: Book, count: int) -> list[Sent]:
    """Payments of every kind in fixed shares; the last are for invoices in one dense series."""
    payers, in_series = Payers(random, book, elsewhere), Payers(random, dense, elsewhere)
    kinds: list[tuple[int, Any]] = [
        (20, payers.exact),
        (3, payers.exact_other_amount),
        *((6, lambda name=name: payers.damaged(name)) for name in (*DAMAGES, *SPELLINGS)),
        (2, payers.damaged_part),
        (3, payers.twice_damaged),
        (5, payers.text_number),
        (1, payers.text_number_otherwise),
        (1, payers.text_name),
        (1, payers.initials),
        (1, payers.spouse),
        (1, payers.part_with_number),
        (2, payers.text_reference),
        (3, payers.customer_number),
        (4, payers.name_only),
        (3, payers.known_account),
        (3, payers.several),
        (2, payers.several_by_one_reference),
        (3, payers.old_reference),
        (4, payers.stranger_random),
        (4, payers.stranger_near),
        (3, payers.stranger_text),
        (2, payers.stranger_bare),
        (1, payers.of_another),
    ]
    weights = [weight for weight, _ in kinds]
    chosen = random.choices([make for _, make in kinds], weights, k=count - count // 20)
    sent = [make() for make in chosen]
    for _ in range(count // 20):
        if random.random() < 0.2:
            sent.append(series_kind(in_series.stranger_near()))
        else:
            sent.append(series_kind(in_series.damaged(random.choice(list(DAMAGES)))))
    return sent


def series_kind(sent: Sent) -> Sent:
    """The same payment, told apart as one in a dense series."""
    kind = "dense series, damaged" if sent.truth else "dense series, stranger near"
    return Sent(kind, sent.creditor, sent.clue, sent.truth)


# --- measuring --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What became of one kind of payment."""

    count: int = 0
    booked: int = 0
    wrong: int = 0
    first_ranked: int = 0  # in review, with the right invoice first
    seconds: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float]:
        """The figures to show."""
        return {
            "payments": self.count,
            "booked_percent": round(100 * self.booked / self.count, 2),
            "wrong": self.wrong,
            "review_ranked_first": self.first_ranked,
            **timing(self.seconds),
        }


def timing(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    slow = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    return {"median_ms": round(1000 * median(seconds), 2), "p95_ms": round(1000 * slow, 2)}


def judge(tally: Tally, sent: Sent, outcome: Match | Review) -> None:
    """Count an outcome against the truth."""
    tally.count += 1
    if isinstance(outcome, Match):
        booked = frozenset(share.candidate.invoice_id for share in outcome.shares)
        if booked == sent.truth and sum(share.amount for share in outcome.shares) == sent.clue.amount:
            tally.booked += 1
        else:
            tally.wrong += 1
            print(f"WRONG {sent.kind}: {sent.clue} was for {sorted(sent.truth)}, booked {outcome}", file=sys.stderr)
    elif outcome.ranked and outcome.ranked[0].candidate.invoice_id in sent.truth:
        tally.first_ranked += 1


async def timed(work: Awaitable[object]) -> float:
    """How many seconds it takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def one_by_one(connection: AsyncConnection, sent: Sequence[Sent]) -> dict[str, Tally]:
    """Match each payment alone; by kind what became of them and how long each took."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for some in sent[:WARM_UP]:
        await match_all(connection, some.creditor, [some.clue])
    for some in sent:
        start = time.perf_counter()
        (outcome,) = await match_all(connection, some.creditor, [some.clue])
        tallies[some.kind].seconds.append(time.perf_counter() - start)
        judge(tallies[some.kind], some, outcome)
    return tallies


def full_scans(url: str, book: Book, sent: Sequence[Sent]) -> dict[str, Any]:
    """The same question by reading every reference: OSA distance in memory, and trigrams where the server has them."""
    asked = [s for s in sent if s.kind in DAMAGES][:SCANNED]
    references = [i.reference for i in (*book.open, *book.settled)]
    seconds = []
    for some in asked:
        start = time.perf_counter()
        process.extract(some.clue.reference, references, scorer=OSA.distance, score_cutoff=1, limit=None)
        seconds.append(time.perf_counter() - start)
    figures: dict[str, Any] = {"rapidfuzz OSA over all references": timing(seconds)}
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        if not connection.execute("select from pg_available_extensions where name = 'pg_trgm'").fetchone():
            return figures | {"pg_trgm": {"on_this_server": 0}}
        connection.execute("create extension if not exists pg_trgm")
        connection.execute("create index invoice_trigrams on invoice using gin (reference gin_trgm_ops)")
        seconds = []
        for some in asked:
            start = time.perf_counter()
            query = "select id from invoice where creditor_id = %s and reference %% %s order by similarity(reference, %s) desc"
            connection.execute(f"{query} limit 5", (book.creditor, some.clue.reference, some.clue.reference)).fetchall()
            seconds.append(time.perf_counter() - start)
        connection.execute("drop index invoice_trigrams")
    return figures | {"pg_trgm": timing(seconds)}


async def measure(
    seed: int, invoices: int = INVOICES, count: int = PAYMENTS, references: str = "kid"
) -> dict[str, Any]:
    """Load, pay, match, and compare; the figures by name."""
    started, random, series = time.perf_counter(), Random(seed), SERIES[references]

    def progress(what: str) -> None:
        print(f"{time.perf_counter() - started:6.1f} s  {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="purr-matching-") as folder:
        server = start_postgres(Path(folder))
        try:
            migrate(server.url)
            ours = a_book(random, "acme", series, invoices, 1)
            dense = a_book(random, "tett", series, max(invoices // 20, 100), 10**8, in_series=True)
            elsewhere = a_book(random, "beta", series, max(invoices // 100, 100), 2 * 10**8, first_customer=1_600_001)
            progress(f"{len(ours.open):,} open invoices made")
            for book in (ours, dense, elsewhere):
                load(server.url, book)
            progress("loaded")
            sent = payments(random, ours, dense, elsewhere, count)
            random.shuffle(sent)
            database = Database(server.url)
            async with database.transaction() as connection:
                empty = [await timed(connection.execute(text("select 1"))) for _ in range(WARM_UP)]
                tallies = await one_by_one(connection, sent)
                progress(f"{len(sent):,} payments matched one by one")
                clues = [s.clue for s in sent if s.creditor == ours.creditor]
                begun = time.perf_counter()
                for first in range(0, len(clues), 500):
                    await match_all(connection, ours.creditor, clues[first : first + 500])
                batched = 1000 * (time.perf_counter() - begun) / len(clues)
            await database.close()
            scans = full_scans(server.url, ours, sent)
            progress("full scans done")
        finally:
            server.stop()
    beside = {"500 at once": {"ms_each": round(batched, 2)}, "an empty statement": timing(empty)}
    return figures_of(tallies) | beside | scans


def figures_of(tallies: dict[str, Tally]) -> dict[str, Any]:
    """By kind, and the figures that have a goal."""
    single = [tallies[kind] for kind in DAMAGES if kind in tallies]
    paid = sum(tally.count for tally in single)
    return {
        **{kind: tallies[kind].row() for kind in sorted(tallies)},
        "all": {"wrongly_booked": sum(tally.wrong for tally in tallies.values()), "goal": 0},
        "single damage, right amount": {
            "booked_percent": round(100 * sum(tally.booked for tally in single) / paid, 2),
            "goal": 99,
            **timing([s for tally in single for s in tally.seconds]),
            "goal_ms": 5,
        },
        "exact": {**tallies["exact"].row(), "goal_ms": 1},
    }


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    table = Table("payments", "figures")
    for name, values in figures.items():
        told = ", ".join(f"{figure.replace('_', ' ')} {value:,}" for figure, value in values.items())
        table.add_row(name, told)
    Console().print(table)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and show."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=SEED)
    arguments.add_argument("--invoices", type=int, default=INVOICES)
    arguments.add_argument("--payments", type=int, default=PAYMENTS)
    arguments.add_argument("--references", choices=SERIES, default="kid")
    given = arguments.parse_args(argv)
    show(asyncio.run(measure(given.seed, given.invoices, given.payments, given.references)))


if __name__ == "__main__":
    main()
