"""What a partner answers does what follows from it once: late, twice, out of order and for somebody else's case too."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.collection.answers import Taken, take_answer
from domain.money.allocation import Owed
from domain.planner.case_facts import HandOffState
from domain.planner.partner_answers import (
    Accepted,
    Closed,
    Contradiction,
    Ending,
    Paid,
    PaymentReversed,
    Question,
    Rejected,
    Rejection,
    Said,
    state_after,
)
from facts.refusals import Conflict, Refused, Unknown
from tests.facts.money.test_accounting import agrees, begin, close
from tests.facts.webhooks.test_outgoing import endpoint
from tests.store import NOW, PLANNING, TODAY, Store
from tests.views.reports.test_receivables import report

pytest_plugins = ["tests.store"]

HAND_OFF = """insert into hand_off (creditor_id, case_id, state, happened_at)
select creditor_id, id, :state, :at from dunning_case where id = :case returning id"""
OWED = "select principal, interest, fee from dunning_case where id = :case"
REJECTED, CLOSED = Rejected(Rejection.DISPUTED, "says so"), Closed(Ending.UNCOLLECTIBLE)


async def handed_off(store: Store, state: str = "exported", **invoice: Any) -> tuple[int, int]:
    """A case that the partner has; gives it and its hand-off."""
    case = await store.invoice(reference=None, **invoice)
    (row,) = await store.rows(HAND_OFF, case=case, state=state, at=NOW - timedelta(days=3))
    return case, row.id


async def told(store: Store, hand_off: int, said: Said, creditor: str | None = "acme") -> Taken:
    async with store.database.transaction() as connection:
        return await take_answer(connection, creditor, hand_off, said, NOW)


async def state(store: Store) -> Any:
    (row,) = await store.rows("select state, reason_code, answered_at is not null as answered, closed_at from hand_off")
    return row


def paid(payment: str = "P-1", principal: str = "802.00", interest: str = "0", fee: str = "0") -> Paid:
    return Paid(payment, Owed(Decimal(principal), Decimal(interest), Decimal(fee)), "NOK", TODAY)


async def owed(store: Store, case: int) -> tuple[Decimal, ...]:
    (row,) = await store.rows(OWED, case=case)
    return tuple(Decimal(part) for part in row)


async def test_money_is_booked_once_and_the_partner_is_not_told_of_its_own(store: Store) -> None:
    case, hand_off = await handed_off(store)
    assert (await told(store, hand_off, paid(principal="500.00"))).changed
    again = await told(store, hand_off, paid(principal="500.00"))
    assert (again.changed, again.why) == (False, "payment P-1 is booked already")
    assert await owed(store, case) == (Decimal("302.00"), 0, 0)
    assert await store.rows("select id from hand_off_message") == []
    (booked,) = await store.rows("select source, matched_by, state from incoming_payment")
    assert tuple(booked) == ("collection partner", "paid to the collection partner", "booked")


async def test_money_goes_where_the_partner_says_and_interest_that_ran_there_is_charged_with_it(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, paid(principal="100.00", interest="12.50"))
    assert await owed(store, case) == (Decimal("702.00"), 0, 0)
    kinds = await store.rows(
        "select kind, part, amount from ledger_entry where source = 'collection partner' order by id"
    )
    assert [tuple(row) for row in kinds] == [
        ("interest", "interest", Decimal("12.50")),
        ("payment", "principal", Decimal("-100.00")),
        ("payment", "interest", Decimal("-12.50")),
    ]


@pytest.mark.parametrize("overpayment", ["keep", "refund"])
async def test_what_is_paid_after_a_recall_costs_the_debtor_nothing(store: Store, overpayment: str) -> None:
    await store.do("update creditor set overpayment = :how", how=overpayment)
    case, hand_off = await handed_off(store)
    await store.command(case, "withdraw", reason_code="wrong-debtor")
    assert (await told(store, hand_off, paid(principal="802.00", interest="20.00", fee="35.00"))).changed
    assert await store.rows("select id from ledger_entry where kind = 'interest'") == []
    assert [row.amount for row in await store.rows("select amount from refund")] == [Decimal("857.00")]
    assert (await state(store)).state == "recalled"


async def test_more_than_is_owed_is_the_debtors(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, paid(principal="900.00"))
    assert await owed(store, case) == (Decimal("-98.00"), 0, 0)


async def test_closed_before_accepted_stays_closed_with_its_reason(store: Store) -> None:
    _, hand_off = await handed_off(store)
    assert (await told(store, hand_off, CLOSED)).changed
    late = await told(store, hand_off, Accepted())
    assert (late.changed, late.why) == (False, "it is closed")
    row = await state(store)
    assert (row.state, row.reason_code, row.answered, row.closed_at) == ("closed", "uncollectible", True, NOW)


async def test_an_answer_against_an_earlier_one_is_refused_and_says_what_to_say(store: Store) -> None:
    _, hand_off = await handed_off(store)
    await told(store, hand_off, Accepted())
    with pytest.raises(Conflict, match="close it with a reason"):
        await told(store, hand_off, REJECTED)
    assert (await state(store)).state == "accepted"


@pytest.mark.parametrize(
    "said", [Accepted(), REJECTED, CLOSED, paid(), PaymentReversed("P-1", TODAY), Question("Q", "why?")]
)
async def test_nothing_is_answered_of_a_case_that_is_anothers_or_was_never_handed_off(store: Store, said: Said) -> None:
    _, hand_off = await handed_off(store, "queued")
    with pytest.raises(Unknown):
        await told(store, hand_off, said, "beta")
    with pytest.raises(Conflict, match="not handed off"):
        await told(store, hand_off, said)


async def test_money_in_another_currency_is_refused_whole(store: Store) -> None:
    case, hand_off = await handed_off(store)
    with pytest.raises(Refused, match="not in SEK"):
        await told(store, hand_off, Paid("P-1", Owed(Decimal(10)), "SEK", date(2026, 7, 1)))
    assert await owed(store, case) == (Decimal("802.00"), 0, 0)


async def test_a_case_that_the_partner_closed_stays_silent_and_may_be_paid(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, CLOSED)
    assert (await store.load(case)).facts.hand_off is HandOffState.CLOSED
    await store.pay("bank-1", reference=None, number="1001")
    assert await store.rows("select id from hand_off_message") == []  # the partner has it no more


SAID: tuple[Said, ...] = (Accepted(), REJECTED, CLOSED, Question("Q", "why?"), paid())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(SAID), max_size=6))
def test_whatever_comes_in_whatever_order_a_case_is_decided_once(answers: list[Said]) -> None:
    state, decided = HandOffState.EXPORTED, list[HandOffState]()
    for said in answers:
        try:
            after = state_after(state, said)
        except Contradiction:
            continue
        if after is not None and after is not state:
            decided.append(after)
            state = after
    assert decided in ([], [HandOffState.ACCEPTED], [HandOffState.REJECTED], [HandOffState.CLOSED],
                       [HandOffState.ACCEPTED, HandOffState.CLOSED])  # fmt: skip


def test_closed_and_accepted_end_the_same_in_either_order() -> None:
    for order in permutations((Accepted(), CLOSED)):
        state = HandOffState.EXPORTED
        for said in order:
            state = state_after(state, said) or state
        assert state is HandOffState.CLOSED


def reversed_(payment: str = "P-1") -> PaymentReversed:
    return PaymentReversed(payment, TODAY)


BOTH = (Accepted(), paid(), reversed_())


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 2, 0), (2, 1, 0)])
async def test_a_payment_taken_back_is_owed_again_and_nobody_is_asked_twice(
    store: Store, order: tuple[int, ...]
) -> None:
    """Accepted, paid and taken back, each twice, in any order: the partner has the case, with all of it owed."""
    case, hand_off = await handed_off(store)
    for place in order:
        assert (await told(store, hand_off, BOTH[place])).changed is not (
            place == 1 and order.index(2) < order.index(1)
        )
        assert not (await told(store, hand_off, BOTH[place])).changed
    assert await owed(store, case) == (Decimal("802.00"), 0, 0)
    assert (await state(store)).state == "accepted"
    assert await store.rows("select id from hand_off_message") == []  # it is the partner's own news
    assert await store.rows("select id from task") == []


async def test_what_came_before_the_payment_it_takes_back_says_so_and_keeps_it_from_being_booked(store: Store) -> None:
    case, hand_off = await handed_off(store)
    early = await told(store, hand_off, reversed_())
    assert (early.changed, early.why) == (True, "payment P-1 has not come: when it comes it is not booked")
    late = await told(store, hand_off, paid())
    assert (late.changed, late.why) == (False, "payment P-1 was taken back: nothing is booked")
    assert (await told(store, hand_off, paid("P-2", principal="300.00"))).changed  # another of the same debtor
    assert await owed(store, case) == (Decimal("502.00"), 0, 0)


async def test_interest_that_came_with_a_payment_goes_with_it_and_comes_with_the_next(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, paid(interest="12.50"))
    await told(store, hand_off, reversed_())
    assert await owed(store, case) == (Decimal("802.00"), 0, 0)
    await told(store, hand_off, paid("P-2", interest="15.00"))
    assert await owed(store, case) == (0, 0, 0)
    charged = await store.one("select sum(amount) from ledger_entry where part = 'interest' and kind <> 'payment'")
    assert charged == Decimal("12.50") - Decimal("12.50") + Decimal("12.50") + Decimal("15.00")


async def test_only_the_payment_that_is_named_is_taken_back(store: Store) -> None:
    """Of two payments, and of a debtor's two invoices that one payment was for, each goes alone."""
    case, hand_off = await handed_off(store)
    other, other_hand_off = await handed_off(store, number="1002")
    await told(store, hand_off, paid("P-1", principal="500.00"))
    await told(store, other_hand_off, paid("P-1", principal="400.00"))
    await told(store, hand_off, paid("P-2", principal="100.00"))
    await told(store, other_hand_off, reversed_("P-1"))
    assert (await owed(store, case))[0] == Decimal("202.00")
    assert (await owed(store, other))[0] == Decimal("802.00")
    with pytest.raises(Unknown):
        await told(store, hand_off, reversed_("P-1"), "beta")


async def test_a_settled_case_that_the_partner_has_is_open_again_with_nothing_new_for_the_debtor(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, Accepted())
    await told(store, hand_off, paid())
    await store.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=case)
    await endpoint(store, "payment.reversed", "case.reopened")
    before = await store.rows("select round, (select due_date from invoice) from dunning_case")
    await told(store, hand_off, reversed_())
    assert await store.rows("select round, (select due_date from invoice) from dunning_case") == before
    events = await store.rows("select type from webhook_message order by type")
    assert [event.type for event in events] == ["case.reopened", "payment.reversed"]
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, NOW)
    # What the debtor hears of it is what was said on acceptance, if it was: nothing a second time.
    assert (plan.action.step, plan.action.outcome) == ("handed-off#1", "handed off")


async def test_what_is_taken_back_of_a_case_that_the_partner_closed_a_person_hears_of(store: Store) -> None:
    case, hand_off = await handed_off(store)
    await told(store, hand_off, paid())
    await told(store, hand_off, Closed(Ending.PAID))
    await told(store, hand_off, reversed_())
    why = await store.one("select why from task where case_id = :case and kind = 'taken back'", case=case)
    assert why.startswith("NOK 802.00 is owed again")


async def test_after_a_recall_what_was_owed_back_is_not_paid_out(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund'")
    case, hand_off = await handed_off(store)
    await store.command(case, "withdraw", reason_code="wrong-debtor")
    await told(store, hand_off, paid())
    await told(store, hand_off, reversed_())
    assert [row.state for row in await store.rows("select state from refund")] == ["cancelled"]
    assert await store.one("select balance from dunning_case where id = :case", case=case) <= 802


async def test_what_was_paid_out_before_it_was_taken_back_waits_for_a_person(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund'")
    case, hand_off = await handed_off(store)
    await store.command(case, "withdraw", reason_code="wrong-debtor")
    await told(store, hand_off, paid())
    await store.do("update refund set state = 'paid', paid_at = :now", now=NOW)
    again = await told(store, hand_off, reversed_())
    assert again.why == "a person looks at it: more is taken back than was ever paid on the invoice"
    assert not (await told(store, hand_off, reversed_())).changed
    assert await store.one("select count(*) from incoming_payment where state = 'review'") == 1


async def test_in_the_books_and_the_report_nothing_is_left_of_what_was_taken_back(store: Store) -> None:
    """Each voucher's lines come to nothing, all of them leave what was owed, and who asks for the ageing sees that too."""
    _, hand_off = await handed_off(store)
    await begin(store)
    await told(store, hand_off, paid(interest="12.50"))
    await told(store, hand_off, reversed_())
    closed = await close(store)
    assert closed is not None
    assert await agrees(store)
    accounts: dict[str, Decimal] = {}
    for line in (line for voucher in closed.vouchers for line in voucher.lines):
        accounts[line.account] = accounts.get(line.account, Decimal(0)) + line.debit - line.credit
    assert set(accounts.values()) == {Decimal(0)}
    assert closed.owed == {"NOK": Decimal("802.00")}
    (row,) = (await report(store, "ageing")).rows
    assert (row["owed"], row["balance"]) == (Decimal("802.00"), Decimal("802.00"))
