"""What becomes of money that is not just one payment of one invoice: each has an outcome, and none is a guess."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.invoices.incoming import IncomingCreditNote
from facts.money import ledger
from facts.operations.tasks import list_tasks
from facts.webhooks import outgoing
from tests.store import NOW, TODAY, Store

PAID_BACK = "more is taken back than was ever paid on the invoice"


async def parts(store: Store) -> dict[str, Decimal]:
    """What is left of each part of invoice 1001."""
    ((principal, interest, fee),) = await store.rows(
        "select principal, interest, fee from dunning_case c join invoice i on i.id = c.invoice_id where i.number = '1001'"
    )
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []
    return {"principal": principal, "interest": interest, "fee": fee}


def owed(principal: str, fee: str = "0") -> dict[str, Decimal]:
    return {"principal": Decimal(principal), "interest": Decimal(0), "fee": Decimal(fee)}


async def refunds(store: Store) -> list[tuple[Decimal, str | None, str]]:
    rows = await store.rows("select amount, to_account, state from refund order by id")
    return [(row.amount, row.to_account, row.state) for row in rows]


async def credit(store: Store, amount: str) -> None:
    note = IncomingCreditNote(
        creditor="acme", number="C1", invoice_number="1001", issue_date=TODAY, currency="NOK", amount=Decimal(amount)
    )
    async with store.database.transaction() as connection:
        await store.intake.credit_note(connection, note, NOW)


async def refunding(store: Store) -> None:
    """The creditor sends back what is paid too much."""
    await store.do("update creditor set overpayment = 'refund' where id = 'acme'")


async def close(store: Store, case: int, outcome: str) -> None:
    await store.do(
        "update dunning_case set state = 'closed', outcome = :outcome where id = :case", case=case, outcome=outcome
    )


# --- part, over, double ----------------------------------------------------------------------------------------


async def test_a_part_payment_leaves_the_rest_open_and_wakes_the_case(store: Store) -> None:
    case = await store.invoice()
    assert (await store.pay(amount=Decimal("300.50"))).balance == Decimal("501.50")
    assert await parts(store) == owed("501.50")
    assert (await store.news(case))[-1] == "payment_received"


async def test_what_is_paid_too_much_is_kept_as_credit(store: Store) -> None:
    await store.invoice()
    assert (await store.pay(amount=Decimal(1000))).balance == Decimal(-198)
    assert await refunds(store) == []


async def test_what_is_paid_too_much_is_owed_back_where_the_creditor_says_so(store: Store) -> None:
    await store.invoice()
    await refunding(store)
    assert (await store.pay(amount=Decimal(1000), debit_account="99990512341")).balance == Decimal(0)
    assert await refunds(store) == [(Decimal(198), "99990512341", "due")]
    assert await parts(store) == owed("0")


@pytest.mark.parametrize(("policy", "left", "back"), [("keep", -802, []), ("refund", 0, [(802, None, "due")])])
async def test_an_invoice_paid_twice_is_credit_or_owed_back(
    store: Store, policy: str, left: int, back: list[Any]
) -> None:
    await store.invoice()
    await store.do("update creditor set overpayment = :policy where id = 'acme'", policy=policy)
    await store.pay("p1")
    assert (await store.pay("p2")).balance == left
    assert await refunds(store) == back


@pytest.mark.parametrize("policy", ["keep", "refund"])
async def test_what_was_paid_twice_and_goes_back_by_itself_leaves_nothing_owed(store: Store, policy: str) -> None:
    """The bank takes one of two payments back: what was owed back for it has gone back with that."""
    await store.invoice()
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["payment.refund_cancelled"], NOW)
    await store.do("update creditor set overpayment = :policy where id = 'acme'", policy=policy)
    await store.pay("p1")
    await store.pay("p2")
    assert (await store.pay("back", amount=Decimal(-802))).balance == Decimal(0)
    assert await store.one("select count(*) from webhook_message") == (1 if policy == "refund" else 0)
    assert await refunds(store) == ([] if policy == "keep" else [(802, None, "cancelled")])
    assert await parts(store) == owed("0")


async def test_of_a_refund_that_went_back_in_part_the_rest_is_owed_on(store: Store) -> None:
    await store.invoice()
    await refunding(store)
    await store.pay("p1", amount=Decimal(1604))
    assert (await store.pay("back", amount=Decimal(-500))).balance == Decimal(0)
    assert await refunds(store) == [(802, None, "cancelled"), (302, None, "due")]
    assert (await store.pay("again", amount=Decimal(-1104))).balance == Decimal(802)  # the rest of the payment too
    assert await refunds(store) == [(802, None, "cancelled"), (302, None, "cancelled")]


async def test_a_refund_that_was_paid_is_not_what_a_bank_takes_back_later(store: Store) -> None:
    await store.invoice()
    await refunding(store)
    await store.pay("p1")
    await store.pay("p2")
    await store.do("update refund set state = 'paid'")
    assert (await store.pay("back", amount=Decimal(-802))).balance == Decimal(802)
    assert await refunds(store) == [(802, None, "paid")]


async def test_credit_from_a_credit_note_after_the_payment_is_owed_back(store: Store) -> None:
    await store.invoice()
    await refunding(store)
    await store.pay("p1", amount=Decimal(500), debit_account="99990512341")
    await store.pay("p2", amount=Decimal(302))
    await credit(store, "400")
    assert await refunds(store) == [(302, None, "due"), (98, "99990512341", "due")]  # the latest payment first
    assert await parts(store) == owed("0")


async def test_credit_from_an_upheld_dispute_is_owed_back(store: Store) -> None:
    case = await store.invoice()
    await refunding(store)
    await store.command(case, "dispute", amount=Decimal(300))
    await store.pay("p1", amount=Decimal(702))
    await store.command(case, "resolve_dispute", upheld=True)
    assert await refunds(store) == [(200, None, "due")]
    assert await parts(store) == owed("0")


@pytest.mark.parametrize("policy", ["keep", "refund"])
async def test_what_was_paid_of_a_claim_that_was_wrong_altogether_is_owed_back(store: Store, policy: str) -> None:
    case = await store.invoice()
    await store.do("update creditor set overpayment = :policy where id = 'acme'", policy=policy)
    await store.pay(amount=Decimal(300), debit_account="99990512341")
    await store.command(case, "dispute")
    await store.command(case, "resolve_dispute", upheld=True)
    assert await refunds(store) == [(300, "99990512341", "due")]
    assert (await store.load(case)).facts.withdrawn


@pytest.mark.parametrize(("upheld", "left", "back"), [(True, 0, [(300, None, "due")]), (False, 0, [])])
async def test_a_part_that_is_disputed_and_paid_is_decided_after_the_case_has_closed(
    store: Store, upheld: bool, left: int, back: list[Any]
) -> None:
    case = await store.invoice()
    await refunding(store)
    await store.command(case, "dispute", amount=Decimal(300))
    await store.pay("p1")
    await close(store, case, "paid")
    await store.command(case, "resolve_dispute", upheld=upheld)
    assert await parts(store) == owed(str(left))
    assert await refunds(store) == back
    assert await store.rows("select 1 from dispute where resolved_at is null") == []


# --- taken back ------------------------------------------------------------------------------------------------


async def test_a_reversal_owes_again_what_its_payment_paid(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await store.pay("p1", amount=Decimal(840), booked_on=TODAY + timedelta(days=1))
    await store.pay("back", amount=Decimal(-840), booked_on=TODAY + timedelta(days=2))
    assert await parts(store) == owed("802", "38")


async def test_more_taken_back_than_was_paid_waits_for_a_person(store: Store) -> None:
    case = await store.invoice()
    await store.pay("p1", amount=Decimal(100))
    back = await store.pay("back", amount=Decimal(-200))
    assert (back.status, back.why) == ("unmatched", PAID_BACK)
    assert await parts(store) == owed("702")
    assert (await store.news(case))[-1] == "payment_in_review"  # nobody is reminded meanwhile


async def test_a_reversal_that_comes_before_its_payment_is_booked_after_it(store: Store) -> None:
    case = await store.invoice()
    assert (await store.pay("back", amount=Decimal(-802))).why == PAID_BACK
    assert (await store.pay("p1")).balance == Decimal(802)
    assert await parts(store) == owed("802")
    assert await store.rows("select 1 from incoming_payment where state = 'review'") == []
    assert "payment_review_ended" in await store.news(case)


async def test_a_reversal_waits_on_while_less_was_paid(store: Store) -> None:
    await store.invoice()
    await store.pay("back", amount=Decimal(-802))
    assert (await store.pay("p1", amount=Decimal(300))).balance == Decimal(502)
    assert (await store.pay("p2", amount=Decimal(502))).balance == Decimal(802)


async def test_a_reversal_without_an_invoice_waits_for_a_person(store: Store) -> None:
    await store.invoice()
    assert (await store.pay(amount=Decimal(-802), reference=None)).status == "unmatched"
    assert await parts(store) == owed("802")


# --- closed and handed off -------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["withdrawn", "recalled", "handed off"])
async def test_money_for_a_closed_case_is_booked_and_the_case_stays_closed(store: Store, outcome: str) -> None:
    case = await store.invoice()
    await close(store, case, outcome)
    assert (await store.pay()).balance == Decimal(0)
    assert await store.one("select state from dunning_case") == "closed"


async def handed_off(store: Store, deadline: date, paid_before: int = 0) -> int:
    """A case that the collection partner has, after a notice with a deadline, for what was not paid before it."""
    case = await store.invoice()
    if paid_before:
        await store.pay("before", amount=Decimal(paid_before))
    await store.accept(await store.claim(case, deadline=deadline))
    await store.do("update delivery set message = 'collection-notice'")
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'exported', :now)",
        case=case,
        now=NOW,
    )
    return case


async def told_the_partner(store: Store) -> list[tuple[str, str]]:
    rows = await store.rows(
        "select m.kind, h.state from hand_off_message m join hand_off h on h.id = m.hand_off_id order by m.id"
    )
    return [(row.kind, row.state) for row in rows]


async def test_money_that_was_paid_in_time_recalls_the_case_from_the_partner(store: Store) -> None:
    await handed_off(store, deadline=TODAY)
    await store.pay(booked_on=TODAY)
    assert await told_the_partner(store) == [("direct_payment", "recalled"), ("recall", "recalled")]


@pytest.mark.parametrize("changes", [{"booked_on": TODAY + timedelta(days=30)}, {"amount": Decimal(801)}])
async def test_late_or_part_money_is_told_to_the_partner_who_goes_on(store: Store, changes: dict[str, Any]) -> None:
    await handed_off(store, deadline=TODAY)
    await store.pay(**changes)
    assert await told_the_partner(store) == [("direct_payment", "exported")]


async def amounts_told(store: Store) -> list[tuple[str, Decimal | None]]:
    rows = await store.rows("select kind, amount from hand_off_message order by id")
    return [(row.kind, row.amount) for row in rows]


async def taken_back_tasks(store: Store) -> list[str]:
    async with store.database.transaction() as connection:
        return [task.why[:10] for task in await list_tasks(connection, "acme", "taken back")]


async def test_money_that_came_after_the_hand_off_and_is_taken_back_is_owed_to_the_partner_again(store: Store) -> None:
    await handed_off(store, deadline=TODAY)
    await store.pay(amount=Decimal(500))
    await store.pay("back", amount=Decimal(-500))
    assert await amounts_told(store) == [("direct_payment", Decimal(500)), ("change", Decimal(500))]
    assert await taken_back_tasks(store) == []


async def test_what_no_notice_asked_for_is_never_told_to_the_partner_but_to_a_person(store: Store) -> None:
    await handed_off(store, deadline=TODAY, paid_before=300)  # the notice asks for the other 502
    await store.pay("after", amount=Decimal(200))
    await store.pay("back", amount=Decimal(-400))
    assert await amounts_told(store) == [("direct_payment", Decimal(200)), ("change", Decimal(200))]
    assert await taken_back_tasks(store) == ["NOK 200.00"]


async def test_a_second_part_that_is_taken_back_opens_the_same_task_again_with_all_that_no_notice_asked_for(
    store: Store,
) -> None:
    await handed_off(store, deadline=TODAY, paid_before=300)
    for part in ("back", "back again"):
        await store.pay(part, amount=Decimal(-100))
        assert await amounts_told(store) == []
    assert await taken_back_tasks(store) == ["NOK 200.00"]
    assert await store.one("select count(*) from task") == 1


async def test_money_taken_back_after_the_case_was_recalled_as_paid_in_time_is_a_persons(store: Store) -> None:
    await handed_off(store, deadline=TODAY)
    await store.pay(booked_on=TODAY)
    await store.do("update dunning_case set state = 'closed', outcome = 'recalled'")
    await store.pay("back", amount=Decimal(-802))
    assert [kind for kind, _ in await amounts_told(store)] == ["direct_payment", "recall"]
    assert await taken_back_tasks(store) == ["NOK 802.00"]


async def test_a_recalled_case_that_was_overpaid_is_never_told_to_the_partner_again(store: Store) -> None:
    await handed_off(store, deadline=TODAY)
    await store.pay(booked_on=TODAY, amount=Decimal(902))
    await store.do("update dunning_case set state = 'closed', outcome = 'recalled'")
    await store.pay("back", amount=Decimal(-902))
    assert [kind for kind, _ in await amounts_told(store)] == ["direct_payment", "recall"]
    assert await taken_back_tasks(store) == ["NOK 802.00"]


async def test_principal_that_comes_back_does_not_take_the_place_of_costs_that_the_notice_asked_for(
    store: Store,
) -> None:
    case = await handed_off(store, deadline=TODAY, paid_before=300)
    await store.do("update delivery_case set asked_costs = 38 where case_id = :case", case=case)  # forgiven since
    await store.pay("back", amount=Decimal(-300))
    assert await amounts_told(store) == []
    assert await taken_back_tasks(store) == ["NOK 300.00"]


async def test_a_neighbours_hand_off_hears_nothing_of_money_taken_back(store: Store) -> None:
    await handed_off(store, deadline=TODAY)
    await store.invoice("1002", reference=None)
    await store.pay("other", number="1002", reference=None)
    await store.pay("back", number="1002", reference=None, amount=Decimal(-802))
    assert await amounts_told(store) == []
    assert await taken_back_tasks(store) == []


# --- currency, dates, credit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", ["EUR", "XXX"])
async def test_another_currency_waits_for_a_person_and_cannot_be_booked_there_either(
    store: Store, currency: str
) -> None:
    await store.invoice()
    booked = await store.pay(currency=currency)
    assert (booked.status, booked.why) == ("unmatched", f"paid in {currency}, the invoice is in NOK")
    assert await parts(store) == owed("802")


async def test_money_from_before_the_fee_takes_the_fee_back(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    assert await parts(store) == owed("802", "38")
    assert (await store.pay(booked_on=TODAY - timedelta(days=1))).balance == Decimal(0)
    assert await parts(store) == owed("0")


async def test_part_of_the_money_from_before_the_fee_leaves_it(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await store.pay(amount=Decimal(500), booked_on=TODAY - timedelta(days=1))
    assert await parts(store) == owed("302", "38")


async def test_a_fee_that_was_paid_and_is_shown_to_be_wrong_becomes_credit(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await store.pay("p1", amount=Decimal(840), booked_on=TODAY + timedelta(days=3))
    await store.pay("p2", booked_on=TODAY - timedelta(days=1))
    assert await parts(store) == owed("-840")


async def test_a_credit_that_settles_the_rest_takes_the_fee_with_it(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, fee="38"))
    await store.pay(amount=Decimal(500), booked_on=TODAY + timedelta(days=1))
    await credit(store, "302")
    assert await parts(store) == owed("0")


async def test_a_credit_after_payment_is_credit_on_the_invoice(store: Store) -> None:
    await store.invoice()
    await store.pay()
    await credit(store, "100")
    assert await parts(store) == owed("-100")
