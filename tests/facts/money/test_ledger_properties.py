"""Whatever happens to money, in whatever order: none is created and none is lost, and the kept balances are the sums."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.files import read_laws, read_policies
from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingCreditNote
from facts.database import Database
from facts.invoices.intake import Intake
from facts.money import ledger, review
from facts.money.payments import Booked, Payment, book, book_plain
from facts.parties.creditors import register
from facts.refusals import Refused
from tests.facts.builders import Facts
from tests.store import NOW, TODAY
from tests.world import creditor, debtor, invoice

_numbers = count(1)
LAWS = read_laws()
INTAKE = Intake(read_policies(LAWS, TODAY), LAWS)
AMOUNT = Decimal("802.00")
FEE = Decimal("38.00")
FEE_DAY = TODAY - timedelta(days=10)
NUMBERS = ("1", "2", "3")  # the third is another debtor's

CHARGE = """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, id, 'fee', 'fee', :fee, 'NOK', :day, 'delivery', :id, :now from invoice
where creditor_id = :creditor and number = :number
"""
# What each payment brought, what its entries say it did, and what of it is owed back.
TRACES = """
select p.state, p.amount,
  coalesce((select sum(amount) from ledger_entry where payment_id = p.id), 0) as entered,
  coalesce((select sum(amount) from refund where payment_id = p.id and reversal_id is null), 0) as owed_back
from incoming_payment p where p.creditor_id = :creditor order by p.id
"""


@dataclass(frozen=True)
class Event:
    """Something that happens to money."""

    kind: Literal["pay", "pay together", "credit", "charge", "book", "send back", "close"]
    number: str = "1"
    amount: Decimal = AMOUNT
    day: date = TODAY
    reference: Literal["exact", "damaged", "unknown", "none"] = "exact"
    name: str | None = None


@dataclass
class Books:
    """One creditor's invoices, and what happens to them."""

    facts: Facts
    creditor: str

    def kid(self, number: str) -> str:
        return kid_with_check_digit(f"{int(self.creditor[1:]):06}{number}00")

    async def open(self, overpayment: str, numbers: Sequence[str]) -> None:
        """Invoices of NOK 802.00, the third another debtor's."""
        async with self.facts.database.transaction() as connection:
            await register(
                connection, creditor(id=self.creditor, organisation_number=None, accounts=(self.creditor,)), NOW
            )
        for number in numbers:
            who = debtor(customer_number="K-2" if number == "3" else "K-1", name="Per" if number == "3" else "Kari")
            details = {"creditor": self.creditor, "reference": self.kid(number), "account": None, "debtor": who}
            async with self.facts.database.transaction() as connection:
                await INTAKE.invoice(connection, invoice(number, **details), NOW)
        await self.facts.change(
            "update creditor set overpayment = :policy where id = :id", policy=overpayment, id=self.creditor
        )

    def payment(self, event: Event) -> Payment:
        kid = self.kid(event.number)
        damaged = f"{kid[0]}{(int(kid[1]) + 1) % 10}{kid[2:]}"
        reference = {"exact": kid, "damaged": damaged, "unknown": "12345674", "none": None}[event.reference]
        return Payment(
            self.creditor,
            "bank",
            f"p{next(_numbers)}",
            event.amount,
            "NOK",
            event.day,
            reference=reference,
            debit_account=f"account of {event.name}" if event.name else None,
            payer_name=event.name,
        )

    async def happen(self, event: Event) -> None:
        """Let it happen; what the facts refuse changes nothing."""
        try:
            async with self.facts.database.transaction() as connection:
                await self._happen(connection, event)
        except Refused:
            pass

    async def _happen(self, connection: Any, event: Event) -> None:
        match event.kind:
            case "pay":
                await book(connection, self.payment(event), NOW)
            case "pay together":
                payments = [self.payment(replace(event, number=number)) for number in (*NUMBERS, event.number)]
                results: list[Booked | None] = await book_plain(connection, payments, NOW)
                for payment, booked in zip(payments, results, strict=True):
                    if booked is None:
                        await book(connection, payment, NOW)
            case "credit":
                note = {"number": f"c{next(_numbers)}", "invoice_number": event.number, "issue_date": TODAY}
                told = IncomingCreditNote(creditor=self.creditor, currency="NOK", amount=abs(event.amount), **note)
                await INTAKE.credit_note(connection, told, NOW)
            case "charge":
                values = {"creditor": self.creditor, "number": event.number, "id": str(UUID(int=next(_numbers)))}
                await self.facts.change(CHARGE, **values, fee=FEE, day=FEE_DAY, now=NOW)
            case "book" | "send back":
                waiting = await review.list_review(connection, self.creditor)
                if waiting and event.kind == "book":
                    await review.book_review(connection, waiting[0].number, {event.number: None}, "kim", NOW)
                elif waiting:
                    await review.send_back(connection, waiting[0].number, "kim", NOW)
            case "close":
                await self.facts.change(
                    "update dunning_case c set state = 'closed', outcome = 'paid' from invoice i where i.id = c.invoice_id "
                    "and c.balance <= 0 and i.creditor_id = :creditor and i.number = :number",
                    creditor=self.creditor,
                    number=event.number,
                )

    async def balances(self) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
        """What is left of each invoice, part by part."""
        query = """select i.number, c.principal, c.interest, c.fee from dunning_case c join invoice i on i.id = c.invoice_id
            where i.creditor_id = :creditor order by i.number"""
        rows = await self.facts.rows(query, creditor=self.creditor)
        return {row.number: (row.principal, row.interest, row.fee) for row in rows}

    async def check(self) -> None:
        """Every payment is booked, in review or sent back, to the cent; and every balance is the sum of its entries."""
        async with self.facts.database.transaction() as connection:
            assert await ledger.disagreeing(connection) == []
        for trace in await self.facts.rows(TRACES, creditor=self.creditor):
            if trace.state == "booked":
                assert trace.amount == -trace.entered + trace.owed_back, trace
            else:
                assert trace.entered == 0, trace
                assert trace.owed_back == (trace.amount if trace.state == "returned" else 0), trace


def lived(
    url: str, events: Sequence[Event], *, overpayment: str = "keep", numbers: Sequence[str] = ("1",)
) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Let events happen to a creditor's new invoices, checking the books after each; gives what is left."""

    async def live() -> dict[str, tuple[Decimal, Decimal, Decimal]]:
        database = Database(url, pool_size=2)
        books = Books(Facts(database, INTAKE), f"p{next(_numbers)}")
        try:
            await books.open(overpayment, numbers)
            for event in events:
                await books.happen(event)
                await books.check()
            return await books.balances()
        finally:
            await database.close()

    return asyncio.run(live())


amounts = st.sampled_from(
    [AMOUNT, AMOUNT + FEE, FEE, AMOUNT * 2, Decimal("0.01"), Decimal("300.00"), Decimal("1000.00"), Decimal("10000.00")]
)
days = st.sampled_from([FEE_DAY - timedelta(days=3), FEE_DAY - timedelta(days=1), FEE_DAY + timedelta(days=1), TODAY])
payments = st.builds(
    Event,
    kind=st.sampled_from(["pay", "pay", "pay together"]),
    number=st.sampled_from(NUMBERS),
    amount=st.one_of(amounts, amounts, amounts.map(lambda amount: -amount)),
    day=st.one_of(days, st.just(FEE_DAY)),
    reference=st.sampled_from(["exact", "exact", "damaged", "unknown", "none"]),
    name=st.sampled_from([None, "Kari", "Per"]),
)
others = st.builds(
    Event,
    kind=st.sampled_from(["credit", "charge", "book", "send back", "close"]),
    number=st.sampled_from(NUMBERS),
    amount=amounts,
)
MANY = settings().max_examples // 5  # a life in the database takes its time
LONG_ENOUGH = settings(max_examples=MANY, database=None, suppress_health_check=list(HealthCheck))
TWO_LIVES = settings(LONG_ENOUGH, max_examples=MANY // 2)


@LONG_ENOUGH
@given(overpayment=st.sampled_from(["keep", "refund"]), events=st.lists(st.one_of(payments, others), max_size=12))
def test_money_is_never_created_or_lost(facts_url: str, overpayment: str, events: list[Event]) -> None:
    lived(facts_url, events, overpayment=overpayment, numbers=NUMBERS)


@TWO_LIVES
@given(
    data=st.data(),
    charged=st.booleans(),
    paid=st.lists(st.builds(Event, kind=st.just("pay"), amount=amounts, day=days), min_size=1, max_size=4),
    taken_back=st.lists(st.just(Event("pay", amount=Decimal("-300.00"))), max_size=2),
)
def test_any_order_of_payments_and_reversals_gives_the_same_balances(
    facts_url: str, data: st.DataObject, charged: bool, paid: list[Event], taken_back: list[Event]
) -> None:
    first = [Event("charge")] if charged else []
    other_order = data.draw(st.permutations([*paid, *taken_back]))
    assert lived(facts_url, [*first, *paid, *taken_back]) == lived(facts_url, [*first, *other_order])


@TWO_LIVES
@given(data=st.data(), amounts_paid=st.lists(amounts, max_size=3), credits=st.lists(amounts, min_size=1, max_size=2))
def test_any_order_of_payments_and_credits_gives_the_same_balances(
    facts_url: str, data: st.DataObject, amounts_paid: list[Decimal], credits: list[Decimal]
) -> None:
    credited = [Event("credit", amount=amount) for amount in credits if sum(credits) <= AMOUNT]
    events = [*(Event("pay", amount=amount) for amount in amounts_paid), *credited]
    other_order = data.draw(st.permutations(events))
    assert lived(facts_url, events) == lived(facts_url, other_order)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_fee_is_taken_back_whenever_its_late_discovery_comes(facts_url: str, order: tuple[int, ...]) -> None:
    events = [
        Event("pay", amount=AMOUNT, day=FEE_DAY - timedelta(days=1)),
        Event("pay", amount=FEE, day=TODAY),
        Event("pay", amount=-FEE, day=TODAY),
    ]
    left = lived(facts_url, [Event("charge"), *(events[place] for place in order)])
    assert sum(left["1"]) == 0
