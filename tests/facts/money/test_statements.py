"""One reference pays all that a statement asks for, each invoice to the øre, whatever happened since it was issued."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from facts.money import ledger, review, statements
from tests.store import NOW, TODAY, Store
from tests.world import debtor
from views import statement
from views.statement import Statement

TWO, THREE = Decimal("333.33"), Decimal("99.90")
ALL = Decimal("802.00") + TWO + THREE


async def three(store: Store) -> list[int]:
    """Three invoices of Kari: two that are due, one that is not yet; and one of somebody else. Gives Kari's cases."""
    cases = [await store.invoice("1001")]
    cases.append(await store.invoice("1002", reference="1234567897", amount=TWO, due_date=TODAY - timedelta(days=7)))
    cases.append(await store.invoice("1003", reference=None, amount=THREE, due_date=TODAY + timedelta(days=20)))
    ola = debtor(name="Ola Hansen", customer_number="K-2", email="ola@example.no", phone="+4791234568")
    await store.invoice("2001", reference=None, debtor=ola, amount=Decimal(90))
    return cases


async def stated(store: Store, *, issue: bool = True) -> Statement:
    """Kari's statement, issued unless told otherwise."""
    kari = await store.one("select id from debtor where customer_number = 'K-1'")
    async with store.database.transaction() as connection:
        if issue:
            await statements.issue(connection, "acme", kari, NOW)
        return await statement.read(connection, kari, TODAY)


async def issued(store: Store) -> str:
    """The reference of Kari's statement."""
    (payable,) = (await stated(store)).payable
    assert payable.reference is not None
    return payable.reference


async def balances(store: Store) -> list[Decimal]:
    """What is left of Kari's invoices."""
    return [await store.balance(number) for number in ("1001", "1002", "1003")]


async def agrees(store: Store) -> bool:
    """Whether the ledger and the kept balances agree, and every booked payment is booked to the øre, once."""
    async with store.database.transaction() as connection:
        disagreeing = await ledger.disagreeing(connection)
    booked = "select coalesce(sum(amount), 0) from incoming_payment where state = 'booked'"
    entries = """select coalesce(-sum(amount), 0) from ledger_entry
      where kind = 'payment' or (kind = 'reversal' and payment_id is not null)"""
    return not disagreeing and await store.one(booked) == await store.one(entries)


async def test_a_statement_shows_all_that_is_owed_and_asks_for_what_can_be_paid(store: Store) -> None:
    cases = await three(store)
    whole = await store.invoice("1004", reference=None, amount=Decimal(40))
    await store.command(whole, "dispute")
    await store.command(cases[0], "dispute", amount=Decimal(100))
    planned = await store.invoice("1005", reference=None, amount=Decimal(600))
    await store.do(
        """insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, currency, by, reason_code,
          happened_at)
        values (:case, 'acme', '18', 'active', 600, 0, 'NOK', 'ola', 'asked', :now)""",
        case=planned,
        now=NOW,
    )
    credit = await store.invoice("1006", reference=None, amount=Decimal(50))
    await store.pay("over", reference=None, number="1006", amount=Decimal(70))
    assert credit
    shown = await stated(store)
    assert {line.number: (line.standing, line.balance, line.asked) for line in shown.lines} == {
        "1001": ("due", Decimal(802), Decimal(702)),
        "1002": ("due", TWO, TWO),
        "1003": ("not yet due", THREE, THREE),
        "1004": ("disputed", Decimal(40), Decimal(0)),
        "1005": ("in plan", Decimal(600), Decimal(0)),
        "1006": ("credit", Decimal(-20), Decimal(0)),
    }
    (payable,) = shown.payable
    of = payable.sums
    assert (of.owed, of.due, of.asked, of.disputed, of.credit) == (
        ALL + 640,
        702 + TWO,
        ALL - 100,
        Decimal(140),
        Decimal(20),
    )
    assert (await store.pay("all", reference=payable.reference, amount=of.asked)).status == "booked"
    assert [(line.number, line.balance) for line in (await stated(store)).lines if line.balance > 0] == [
        ("1001", Decimal(100)),
        ("1004", Decimal(40)),
        ("1005", Decimal(600)),
    ]
    assert await agrees(store)


async def test_what_stands_keeps_its_reference_and_what_changed_gets_another(store: Store) -> None:
    await three(store)
    assert (await stated(store, issue=False)).payable[0].reference is None
    first = await issued(store)
    assert (len(first), await issued(store)) == (16, first)
    await store.pay("one", amount=Decimal(2))
    assert (await stated(store, issue=False)).payable[0].reference is None
    second = await issued(store)
    assert second != first
    assert (await store.pay("late", reference=first, amount=ALL - 2)).status == "booked"  # the first one pays on
    assert await balances(store) == [0, 0, 0]
    assert await agrees(store)


async def test_two_who_ask_at_once_get_one_reference(store: Store) -> None:
    await three(store)
    assert len({shown.payable[0].reference for shown in await asyncio.gather(*(stated(store) for _ in range(6)))}) == 1


async def test_nothing_owed_has_no_reference(store: Store) -> None:
    await store.invoice()
    await store.pay()
    shown = await stated(store)
    assert (shown.lines, shown.payable) == ((), ())


async def test_each_currency_has_a_reference_of_its_own(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", reference=None, amount=Decimal(50))
    await store.do("update invoice set currency = 'EUR' where number = '1002'")
    shown = await stated(store)
    assert sorted(each.sums.currency for each in shown.payable) == ["EUR", "NOK"]
    (euros,) = (each.reference for each in shown.payable if each.sums.currency == "EUR")
    booked = await store.pay("kroner", reference=euros, amount=Decimal(50))
    assert (booked.status, booked.why) == ("unmatched", "paid in NOK, the statement is in EUR")
    assert (await store.pay("euros", reference=euros, amount=Decimal(50), currency="EUR")).status == "booked"


PAID = [
    # amount, left of 1001, 1002 and 1003: the first listed first, unless the amount is that of one
    (ALL, [0, 0, 0]),
    (Decimal("1135.33"), [0, 0, THREE]),  # what is due
    (Decimal(500), [302, TWO, THREE]),
    (Decimal("900.00"), [0, TWO - 98, THREE]),
    (TWO, [802, 0, THREE]),
    (THREE, [802, TWO, 0]),
    (Decimal("0.01"), [Decimal("801.99"), TWO, THREE]),
    (ALL + Decimal("0.01"), [0, 0, Decimal("-0.01")]),
    (ALL * 2, [0, 0, -ALL]),
]


@pytest.mark.parametrize(("amount", "left"), PAID)
async def test_any_sum_is_shared_out_in_the_order_of_the_statement(
    store: Store, amount: Decimal, left: list[Decimal]
) -> None:
    await three(store)
    booked = await store.pay("all", reference=await issued(store), amount=amount)
    assert booked.status == "booked"
    assert await balances(store) == left
    assert await agrees(store)


@pytest.mark.parametrize("written", ["{}", " {} ", "KID: {}", "{0:.4} {0}"])
async def test_the_reference_is_read_as_people_type_it(store: Store, written: str) -> None:
    await three(store)
    reference = await issued(store)
    given = written.format(reference) if "0:" not in written else f"{reference[:4]} {reference[4:]}"
    assert (await store.pay("all", reference=given, amount=ALL)).status == "booked"
    assert await balances(store) == [0, 0, 0]


@pytest.mark.parametrize("amount", [ALL, ALL - 5])
async def test_one_slip_in_the_reference_books_only_the_very_sum(store: Store, amount: Decimal) -> None:
    await three(store)
    reference = await issued(store)
    slipped = f"{reference[:5]}{(int(reference[5]) + 1) % 10}{reference[6:]}"
    in_text = await store.pay("text", reference=None, text=f"betaler {reference}", amount=amount)
    slip = await store.pay("slip", reference=slipped, amount=amount)
    assert in_text.status == ("booked" if amount == ALL else "unmatched")
    assert slip.status == ("booked" if amount == ALL else "unmatched")
    assert await agrees(store)


async def test_the_same_payment_books_once_and_the_same_sum_again_is_too_much(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    told = await asyncio.gather(*(store.pay("all", reference=reference, amount=ALL) for _ in range(5)))
    assert sorted(booked.status for booked in told) == ["booked", *["known"] * 4]
    assert await balances(store) == [0, 0, 0]
    assert (await store.pay("again", reference=reference, amount=ALL)).status == "booked"
    assert await balances(store) == [0, 0, -ALL]
    assert await agrees(store)


async def test_what_is_paid_twice_is_owed_back_where_the_creditor_refunds(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund' where id = 'acme'")
    await three(store)
    reference = await issued(store)
    await store.pay("all", reference=reference, amount=ALL)
    await store.pay("again", reference=reference, amount=ALL)
    assert await balances(store) == [0, 0, 0]
    assert await store.one("select sum(amount) from refund where state = 'due'") == ALL


async def test_paid_twice_while_something_else_is_owed_asks_a_person(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    await store.pay("all", reference=reference, amount=ALL)
    await store.invoice("1009", reference=None, amount=Decimal(60))
    booked = await store.pay("again", reference=reference, amount=ALL)
    assert booked.status == "unmatched"
    assert "are settled" in str(booked.why)


async def test_one_that_was_paid_meanwhile_leaves_the_rest_as_too_much(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    await store.pay("one", amount=Decimal(802))
    await store.pay("all", reference=reference, amount=ALL)
    assert await balances(store) == [0, 0, -802]  # nothing is lost: it is credit, and the next statement shows it
    assert await agrees(store)


async def test_a_fee_charged_meanwhile_is_paid_last(store: Store) -> None:
    cases = await three(store)
    reference = await issued(store)
    await store.accept(await store.claim(cases[0], fee="38"))
    next_day = TODAY + timedelta(days=1)
    await store.pay("all", reference=reference, amount=ALL, booked_on=next_day)
    assert await balances(store) == [38, 0, 0]
    await store.pay("rest", reference=reference, amount=Decimal(38), booked_on=next_day)
    assert await balances(store) == [0, 0, 0]
    assert await agrees(store)


async def test_what_is_disputed_meanwhile_is_paid_after_all_else(store: Store) -> None:
    cases = await three(store)
    reference = await issued(store)
    await store.command(cases[0], "dispute")
    await store.pay("rest", reference=reference, amount=TWO + THREE)
    assert await balances(store) == [802, 0, 0]
    assert await agrees(store)


async def test_what_is_withdrawn_meanwhile_gets_nothing(store: Store) -> None:
    cases = await three(store)
    reference = await issued(store)
    await store.command(cases[0], "withdraw")
    await store.pay("all", reference=reference, amount=ALL)
    assert (await balances(store))[1:] == [0, THREE * 0 - 802]
    assert await agrees(store)


@pytest.mark.parametrize("back", [ALL, ALL - 1])
async def test_money_taken_back_is_owed_again_on_each_invoice(store: Store, back: Decimal) -> None:
    await three(store)
    reference = await issued(store)
    await store.pay("all", reference=reference, amount=ALL)
    booked = await store.pay("back", reference=reference, amount=-back)
    assert booked.status == ("booked" if back == ALL else "unmatched")
    assert await balances(store) == ([802, TWO, THREE] if back == ALL else [0, 0, 0])
    again = await store.pay("back again", reference=reference, amount=-back)
    assert again.status == "unmatched"  # nothing of it is there any more
    assert await agrees(store)


async def test_a_reversal_that_comes_first_waits_for_a_person(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    assert (await store.pay("back", reference=reference, amount=-ALL)).status == "unmatched"
    await store.pay("all", reference=reference, amount=ALL)
    assert await balances(store) == [0, 0, 0]


async def test_the_reference_of_another_creditor_s_statement_books_nothing(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    booked = await store.pay("theirs", creditor="beta", reference=reference, amount=ALL)
    assert (booked.status, booked.why) == ("unmatched", "is a reference of another creditor's series")
    assert await balances(store) == [802, TWO, THREE]


async def test_a_person_books_what_waits(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    waiting = await store.pay("euros", reference=reference, amount=ALL - 1, currency="EUR")
    async with store.database.transaction() as connection:
        (item,) = await review.list_review(connection, "acme")
    assert (item.number, [each["invoice"] for each in item.candidates]) == (waiting.number, ["1001", "1002", "1003"])


async def test_a_payment_that_dies_before_its_commit_books_nothing_and_all_when_it_is_told_again(store: Store) -> None:
    await three(store)
    reference = await issued(store)
    crashed = """create function die() returns trigger language plpgsql as $$
      begin if new.invoice_id = (select id from invoice where number = '1003') then raise 'the power is gone'; end if;
      return new; end $$"""
    await store.do(crashed)
    await store.do("create trigger die before insert on ledger_entry for each row execute function die()")
    with pytest.raises(Exception, match="the power is gone"):
        await store.pay("all", reference=reference, amount=ALL)
    await store.do("drop function die cascade")
    assert await balances(store) == [802, TWO, THREE]
    assert await store.one("select count(*) from incoming_payment") == 0
    assert (await store.pay("all", reference=reference, amount=ALL)).status == "booked"
    assert await balances(store) == [0, 0, 0]
    assert await agrees(store)


async def test_what_the_partner_has_is_shown_and_not_asked_for(store: Store) -> None:
    first, *_ = await three(store)
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'accepted', :now)",
        case=first,
        now=NOW,
    )
    shown = await stated(store)
    assert [(line.number, line.standing, line.asked) for line in shown.lines if line.number == "1001"] == [
        ("1001", "at collection partner", 0)
    ]
    (payable,) = shown.payable
    assert (payable.sums.owed, payable.sums.asked) == (ALL, TWO + THREE)
    assert (await store.pay("all", reference=payable.reference, amount=TWO + THREE)).status == "booked"
    assert await balances(store) == [Decimal("802.00"), 0, 0]


@pytest.mark.parametrize("first", [Decimal("0.01"), Decimal("400.00"), Decimal("1235.22")])
async def test_paid_in_two_parts_it_is_all_paid_to_the_oere(store: Store, first: Decimal) -> None:
    await three(store)
    reference = await issued(store)
    for nth, amount in enumerate((first, ALL - first)):
        assert (await store.pay(f"part {nth}", reference=reference, amount=amount)).status == "booked"
        assert sum(await balances(store)) == (ALL - first if nth == 0 else 0)
    assert await balances(store) == [0, 0, 0]
    assert await agrees(store)


async def test_a_hundred_invoices_are_paid_by_one_reference(store: Store) -> None:
    amounts = [Decimal(number) / 100 + 7 for number in range(100)]
    for number, amount in enumerate(amounts):
        await store.invoice(str(5000 + number), reference=None, amount=amount)
    reference = await issued(store)
    assert (await store.pay("all", reference=reference, amount=sum(amounts))).status == "booked"
    assert await store.one("select count(*) from dunning_case where balance <> 0") == 0
    assert await agrees(store)
