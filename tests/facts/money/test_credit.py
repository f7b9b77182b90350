"""Credit on one invoice pays another of the same debtor's: to the øre, both sides at once, and back again when it falls away."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.invoices.incoming import IncomingCreditNote
from domain.planner.coming_credit import usable
from domain.planner.credit import USE_CREDIT
from domain.planner.occasions import CREDIT_USED
from facts.cases.load import load_case
from facts.cases.locks import lock_with_debtor
from facts.money import credit, ledger
from facts.parties.creditors import register
from facts.refusals import CommandRefused, Refused
from planning.service import PlannedCase, Planning
from tests.store import LAWS, NOW, TODAY, Store
from tests.world import creditor, debtor, eventually

OTHER = "1234567897"
# What is owed in all: what was invoiced, less what was credited and what was paid.
OWED = """
select (select sum(amount) from ledger_entry where kind in ('principal', 'credit'))
  - (select coalesce(sum(amount), 0) from incoming_payment where state = 'booked')
"""
BELOW_ZERO = """
select count(*) from credit_use u where u.undoes is null
  and u.amount + coalesce((select sum(amount) from credit_use where undoes = u.id), 0) < 0
"""


async def with_credit(store: Store, amount: str = "100.00", number: str = "1001", **changes: Any) -> int:
    """An invoice that is paid and then credited, so that its debtor has so much in credit; gives its case."""
    case = await store.invoice(number, **changes)
    await store.pay(f"all of {number}", reference=None, number=number, currency=changes.get("currency", "NOK"))
    await credited(store, amount, number, currency=changes.get("currency", "NOK"))
    return case


async def credited(store: Store, amount: str, number: str, currency: str = "NOK") -> None:
    """A credit note for an invoice."""
    note = IncomingCreditNote(
        creditor="acme",
        number=f"C{number}-{amount}",
        invoice_number=number,
        issue_date=TODAY,
        amount=Decimal(amount),
        currency=currency,
    )
    async with store.database.transaction() as connection:
        await store.intake.credit_note(connection, note, NOW)


async def due(store: Store, number: str = "1002", amount: str = "300.00", days: int = 7, **changes: Any) -> int:
    """Another invoice, due so many days ago; gives its case."""
    values = {"reference": None, "amount": Decimal(amount), "due_date": TODAY - timedelta(days=days)} | changes
    return await store.invoice(number, **values)


async def by_policy(store: Store) -> None:
    """Every policy uses credit."""
    await store.do("update policy_text set text = text || E'\\ncredit: use\\n' where text not like '%credit: use%'")


async def planned(store: Store, case: int) -> PlannedCase:
    """What a case does next."""
    async with store.database.transaction() as connection:
        return await Planning(LAWS).plan(connection, case, NOW)


async def acts(store: Store, case: int) -> Decimal:
    """What a case that uses credit by its policy uses of it."""
    plan = await planned(store, case)
    assert plan.action.kind is USE_CREDIT, plan.action
    facts = plan.case.facts
    async with store.database.transaction() as connection:
        return await credit.use(
            connection, case, plan.case.debtor_id, facts.currency, usable(facts), credit.BY_POLICY, "policy", NOW
        )


async def agrees(store: Store) -> bool:
    """Whether the ledger and the kept balances agree, and each payment stands with all of its amount, once."""
    async with store.database.transaction() as connection:
        disagreeing = await ledger.disagreeing(connection)
    short = """select p.id from incoming_payment p where p.state = 'booked' and p.amount <>
      (select coalesce(-sum(amount), 0) from ledger_entry where payment_id = p.id and kind <> 'refund')"""
    return not disagreeing and await store.rows(short) == []


async def test_credit_pays_what_is_due_to_the_oere(store: Store) -> None:
    await with_credit(store, "100.00")
    case = await due(store)
    assert (await planned(store, case)).action.kind is not USE_CREDIT  # a policy that only shows it
    await by_policy(store)
    assert await acts(store, case) == Decimal("100.00")
    assert (await store.balance("1001"), await store.balance("1002")) == (0, Decimal("200.00"))
    assert (await planned(store, case)).action.kind is not USE_CREDIT
    assert await agrees(store)
    events = await store.rows("select kind, detail ->> 'pays' as pays from case_event where kind = 'credit_used'")
    assert [tuple(each) for each in events] == [("credit_used", "1002")] * 2


@pytest.mark.parametrize(
    ("has", "owes", "left"), [("99.99", "100.00", "0.01"), ("100.00", "100.00", "0"), ("300", "100", "0")]
)
async def test_credit_smaller_than_larger_than_and_just_what_is_owed(
    store: Store, has: str, owes: str, left: str
) -> None:
    await with_credit(store, has)
    case = await due(store, amount=owes)
    await by_policy(store)
    used = await acts(store, case)
    assert used == min(Decimal(has), Decimal(owes))
    assert await store.balance("1002") == Decimal(left)
    assert await store.balance("1001") == used - Decimal(has)
    assert await agrees(store)


async def test_what_is_due_the_longest_is_paid_first_and_two_credits_are_used_one_after_the_other(store: Store) -> None:
    await with_credit(store, "50.00")
    await with_credit(store, "60.00", "1009", reference=OTHER)
    older, newer = await due(store, "1002", "80.00", 20), await due(store, "1003", "80.00", 10)
    await by_policy(store)
    assert (await planned(store, newer)).case.facts.credit == Decimal("30.00")
    assert await acts(store, newer) == Decimal("30.00")
    assert await acts(store, older) == Decimal("80.00")
    assert [await store.balance(number) for number in ("1001", "1009", "1002", "1003")] == [0, 0, 0, Decimal("50.00")]
    assert await agrees(store)


@pytest.mark.parametrize("stands", ["dispute", "hold", "withdraw"])
async def test_an_older_invoice_that_waits_keeps_no_credit_from_a_newer_one(store: Store, stands: str) -> None:
    await with_credit(store, "100.00")
    older, newer = await due(store, "1002", "80.00", 20), await due(store, "1003", "80.00", 10)
    await by_policy(store)
    await store.command(older, stands)
    assert (await planned(store, older)).action.kind is not USE_CREDIT
    assert await acts(store, newer) == Decimal("80.00")


async def test_only_what_is_not_disputed_is_paid_by_credit(store: Store) -> None:
    await with_credit(store, "200.00")
    case = await due(store)
    await by_policy(store)
    await store.command(case, "dispute", amount=Decimal("250.00"))
    assert await acts(store, case) == Decimal("50.00")
    assert (await planned(store, case)).action.kind is not USE_CREDIT


async def test_not_before_it_is_due_and_the_case_looks_again_that_morning(store: Store) -> None:
    await with_credit(store)
    case = await due(store, days=-9)
    await by_policy(store)
    action = (await planned(store, case)).action
    assert action.kind is not USE_CREDIT
    assert action.at is not None
    assert action.at.date() <= TODAY + timedelta(days=9)


@pytest.mark.parametrize(
    "kind", ["deceased", "insolvent", "debt settlement", "minor", "represented", "pause", "not me"]
)
async def test_nothing_is_set_off_for_whom_something_of_life_stands_against_it(store: Store, kind: str) -> None:
    await with_credit(store)
    case = await due(store)
    await by_policy(store)
    await store.known(kind, "Guri Verge")
    assert (await planned(store, case)).action.kind is not USE_CREDIT


async def test_an_insolvent_debtors_credit_pays_no_later_invoice_which_runs_apart(store: Store) -> None:
    await with_credit(store)
    case = await due(store, days=1, issue_date=TODAY - timedelta(days=2))
    await by_policy(store)
    await store.known("insolvent", since=TODAY - timedelta(days=10))
    plan = await planned(store, case)
    assert plan.case.facts.credit == Decimal("100.00")
    assert plan.action.kind is not USE_CREDIT
    with pytest.raises(CommandRefused, match="no credit is used: stopped for the debtor: insolvent"):
        await store.command(case, "use_credit")


async def test_another_debtor_another_creditor_and_another_currency_have_nothing_of_it(store: Store) -> None:
    await with_credit(store)
    ola = debtor(name="Ola Hansen", customer_number="K-2", email="ola@example.no", phone="+4791234568")
    theirs = await due(store, "2001", debtor=ola)
    beta = await due(store, "3001", creditor="beta")
    await by_policy(store)
    for case in (theirs, beta):
        assert (await store.load(case)).facts.credit == 0
        with pytest.raises(CommandRefused, match="the debtor has no credit in NOK"):
            await store.command(case, "use_credit")
    await store.do("update invoice set currency = 'EUR' where number = '1001'")
    own = await due(store)
    assert (await store.load(own)).facts.credit == 0


async def test_what_was_credited_is_used_by_hand_once_and_may_be_undone(store: Store) -> None:
    await with_credit(store)
    case = await due(store, "1002", "40.00")
    await store.command(case, "use_credit", id="once")
    await store.command(case, "use_credit", id="once")
    assert (await store.balance("1001"), await store.balance("1002")) == (Decimal("-60.00"), 0)
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    await store.command(case, "undo_credit")
    assert (await store.balance("1001"), await store.balance("1002")) == (Decimal("-100.00"), Decimal("40.00"))
    assert await store.one("select state from dunning_case where id = :case", case=case) == "open"
    with pytest.raises(CommandRefused, match="no credit of another invoice stands as paid here"):
        await store.command(case, "undo_credit")
    await by_policy(store)
    assert (await planned(store, case)).action.kind is not USE_CREDIT  # a person has said no
    assert await agrees(store)


@pytest.mark.parametrize(("back", "owed"), [("802.00", ("702.00", "300.00")), ("60.00", ("0", "260.00"))])
async def test_a_payment_that_is_taken_back_takes_the_credit_home_first(
    store: Store, back: str, owed: tuple[str, str]
) -> None:
    await with_credit(store)
    case = await due(store)
    await store.command(case, "use_credit")
    booked = await store.pay("back", amount=-Decimal(back), reference=None, number="1001")
    assert booked.status == "booked"
    assert (await store.balance("1001"), await store.balance("1002")) == tuple(map(Decimal, owed))
    assert (await store.news(case))[-1] == "payment_received"
    assert await agrees(store)


async def test_what_was_settled_by_credit_that_fell_away_opens_again_with_new_days(store: Store) -> None:
    await with_credit(store)
    case = await due(store, amount="100.00")
    await store.command(case, "use_credit")
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    await store.pay("back", amount=Decimal("-802.00"), reference=None, number="1001")
    row = (
        await store.rows(
            "select c.state, i.due_date from dunning_case c join invoice i on i.id = c.invoice_id where c.id = :c",
            c=case,
        )
    )[0]
    assert (row.state, row.due_date >= TODAY + timedelta(days=14)) == ("open", True)


async def test_credit_that_is_owed_back_is_not_used_and_what_is_used_is_not_owed_back(store: Store) -> None:
    async with store.database.transaction() as connection:
        await register(connection, creditor(overpayment="refund"), NOW)
    await with_credit(store)
    case = await due(store)
    await by_policy(store)
    assert await store.balance("1001") == 0
    assert (await planned(store, case)).action.kind is not USE_CREDIT
    with pytest.raises(CommandRefused, match="no credit"):
        await store.command(case, "use_credit")
    assert await store.one("select sum(amount) from refund") == Decimal("100.00")


async def test_credit_on_what_credit_had_paid_is_used_on_or_owed_back(store: Store) -> None:
    await with_credit(store)
    second = await due(store, "1002", "100.00")
    await store.command(second, "use_credit")
    await credited(store, "100.00", "1002")
    third = await due(store, "1003", "30.00")
    await store.command(third, "use_credit")
    assert [await store.balance(number) for number in ("1001", "1002", "1003")] == [0, Decimal("-70.00"), 0]
    booked = await store.pay("back", amount=Decimal("-802.00"), reference=None, number="1001")
    assert booked.status == "unmatched"  # some of it has gone on: a person looks
    assert await agrees(store)


async def test_two_that_want_the_same_credit_at_once_get_it_once(store: Store) -> None:
    await with_credit(store)
    cases = [await due(store, number) for number in ("1002", "1003", "1004")]

    async def wants(case: int) -> None:
        with suppress(CommandRefused):
            await store.command(case, "use_credit")

    await asyncio.gather(*map(wants, cases))
    assert await store.balance("1001") == 0
    assert sum([await store.balance(number) for number in ("1002", "1003", "1004")]) == Decimal("800.00")
    assert await agrees(store)


WAITS = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.mark.parametrize("by", ["command", "act", "undo"])
async def test_who_has_the_credit_locked_and_wants_the_invoice_waits_in_no_circle(store: Store, by: str) -> None:
    """As a payment does that takes back what the credit came from: it locks that first, and then what it had paid."""
    source = await with_credit(store)
    case = await due(store)
    await by_policy(store)
    if by == "undo":
        await store.command(case, "use_credit")

    async def acting() -> None:
        if by != "act":
            await store.command(case, f"{by.replace('command', 'use')}_credit")
            return
        async with store.database.transaction() as connection:
            await lock_with_debtor(connection, "acme", "1002")
            debtor_id = (await load_case(connection, case, NOW)).debtor_id
            await credit.use(connection, case, debtor_id, "NOK", Decimal(100), credit.BY_POLICY, "policy", NOW)

    async with store.database.transaction() as connection:
        await ledger.lock(connection, [source])
        other = asyncio.create_task(acting())
        await eventually(lambda: store.one(WAITS))
        await ledger.lock(connection, [source, case])
    await other
    assert await store.balance("1002") == Decimal("300.00" if by == "undo" else "200.00")
    assert await agrees(store)


async def test_other_open_cases_hear_of_credit_when_it_arises(store: Store) -> None:
    case = await due(store)
    await with_credit(store)
    assert (await store.news(case))[-1] == "credit_arose"


@pytest.mark.parametrize(
    ("stands", "why"),
    [("dispute", "disputed"), ("hold", "on hold"), ("withdraw", "withdrawn")],
)
async def test_by_hand_it_is_refused_in_words_while_something_stands_against_it(
    store: Store, stands: str, why: str
) -> None:
    await with_credit(store)
    case = await due(store)
    await store.command(case, stands)
    with pytest.raises(CommandRefused, match=f"no credit is used: {why}"):
        await store.command(case, "use_credit")


async def test_its_case_speaks_of_it_and_only_of_what_stands(store: Store) -> None:
    await with_credit(store)
    case = await due(store)
    await by_policy(store)
    await acts(store, case)
    plan = await planned(store, case)
    used = plan.case.facts.credit_used
    assert used is not None
    assert (used.amount, used.of) == (Decimal("100.00"), ("1001",))
    assert (plan.action.step or "").startswith(f"{CREDIT_USED}#")
    await store.command(case, "undo_credit")
    assert (await store.load(case)).facts.credit_used is None


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_in_whatever_order_nothing_is_made_lost_or_below_zero(store: Store, seed: int) -> None:
    chosen = Random(seed)
    numbers = ["1001", "1002", "1003", "1004"]
    cases = {number: await due(store, number, "200.00", days) for days, number in enumerate(numbers, start=1)}
    for turn in range(14):
        number, amount = chosen.choice(numbers), Decimal(chosen.choice(["13.37", "100.00", "200.00", "213.37"]))
        match chosen.choice(["pay", "credit", "use", "use", "undo", "back"]):
            case "pay":
                await store.pay(f"p{turn}", amount=amount, reference=None, number=number)
            case "back":
                await store.pay(f"b{turn}", amount=-amount, reference=None, number=number)
            case "credit":
                with suppress(Refused):
                    await credited(store, str(amount), number)
            case word:
                with suppress(CommandRefused):
                    await store.command(cases[number], f"{word}_credit")
        assert await agrees(store)
        assert await store.one(OWED) == sum([await store.balance(each) for each in numbers])
    assert await store.one(BELOW_ZERO) == 0
