"""Payments at a provider, on a real database: the amount fixed when they begin, booked once, given back, given up."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from config.files import read_laws
from facts.money import payment_attempts as attempts
from facts.money.payment_attempts import Merchant, MoneyReceived, Payable
from tests.store import NOW, TODAY, Store

CALENDAR = read_laws()["NO"].calendar
FULL = Decimal("802.00")
KEYS = {"vipps": "merchant_serial_number", "stripe": "account"}


def an_account(provider: str, account: str | None, usual: bool) -> Merchant:
    """An account with a provider, found where creditors name their own."""
    return Merchant(provider, account, usual, KEYS[provider])


OURS = {
    "stripe": an_account("stripe", None, True),
    "vipps": an_account("vipps", "999", True),
}


async def payable(store: Store, number: str = "1001") -> Payable:
    invoice = await store.one("select id from invoice where number = :number", number=number)
    async with store.database.transaction() as connection:
        found = await attempts.payable(connection, invoice, CALENDAR, NOW, lock=True)
    assert found is not None
    return found


async def begun(
    store: Store,
    provider: str = "stripe",
    provider_id: str = "cs_1",
    *,
    at: Any = NOW,
    merchant: Merchant | None = None,
) -> UUID:
    found = await payable(store)
    async with store.database.transaction() as connection:
        attempt = await attempts.start(connection, found, merchant or OURS[provider], at, "card")
        await attempts.opened(connection, attempt, provider_id, "https://pay.example")
    return attempt


def money(attempt: UUID | None, amount: Decimal | str = FULL, **changes: Any) -> MoneyReceived:
    values: dict[str, Any] = {"merchant": OURS["stripe"], "payment": "pi_1", "currency": "NOK", "attempt": attempt}
    return MoneyReceived(**(values | {"amount": Decimal(amount)} | changes))


async def told(store: Store, what: Any, *details: Any) -> Any:
    """Give a provider's news to the facts."""
    async with store.database.transaction() as connection:
        return await what(connection, *details, NOW, TODAY)


async def ended(store: Store, what: Any, attempt: UUID, why: str = "it did not work") -> None:
    async with store.database.transaction() as connection:
        await what(connection, attempt, why, NOW)


async def owed(store: Store) -> Decimal:
    balance: Decimal = await store.one("select balance from dunning_case")
    return balance


async def by_card(store: Store, settings: str = "{}", creditor: str = "acme") -> None:
    """Let a creditor be paid through Stripe."""
    methods = f'{{"stripe": {settings}}}'
    await store.do("update creditor set payment_methods = cast(:m as jsonb) where id = :c", m=methods, c=creditor)


async def state(store: Store, attempt: UUID) -> str:
    found: str = await store.one("select state from payment_attempt where id = :id", id=attempt)
    return found


async def news(store: Store) -> list[str]:
    return [row.signal for row in await store.rows("select signal from outbox order by id")][1:]


# --- how much --------------------------------------------------------------------------------------------------


async def test_what_is_asked_is_the_balance(store: Store) -> None:
    await store.invoice()
    await store.pay(amount=Decimal("300.00"))
    found = await payable(store)
    assert (found.to_pay.amount, found.to_pay.currency, found.to_pay.asked) == (Decimal("502.00"), "NOK", "balance")


async def test_of_a_claim_disputed_in_part_the_undisputed_part_is_asked(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into dispute (case_id, by, reason_code, amount, happened_at) values (:c, 'kari', 'x', 200, :now)",
        c=case,
        now=NOW,
    )
    assert (await payable(store)).to_pay == attempts.ToPay(Decimal("602.00"), "NOK", "undisputed part")


async def test_of_a_disputed_claim_nothing_is_asked(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into dispute (case_id, by, reason_code, happened_at) values (:c, 'kari', 'x', :now)", c=case, now=NOW
    )
    assert (await payable(store)).to_pay.amount == 0


PLAN = """
with plan as (
  insert into instalment_plan (case_id, creditor_id, reference, state, total, interest, currency, by, reason_code, happened_at)
  values (:case, 'acme', '900000000000019', 'active', 802, 0, 'NOK', 'debtor', 'x', :now) returning id)
insert into instalment (plan_id, number, due_on, amount)
select plan.id, n, cast(:today as date) + days, amount
from plan, (values (1, -10, 300), (2, 0, 300), (3, 30, 202)) as i(n, days, amount)
"""


@pytest.mark.parametrize(
    ("paid", "asked"), [("0", "600.00"), ("100.00", "500.00"), ("600.00", "202.00"), ("700.00", "102.00")]
)
async def test_with_a_plan_what_is_due_of_it_is_asked_else_the_next_instalment(
    store: Store, paid: str, asked: str
) -> None:
    case = await store.invoice()
    await store.do(PLAN, case=case, now=NOW, today=TODAY)
    if Decimal(paid):
        await store.pay(amount=Decimal(paid))
    assert (await payable(store)).to_pay == attempts.ToPay(Decimal(asked), "NOK", "instalment")


@pytest.mark.parametrize(
    ("paid", "drawn", "asked"),
    [
        ("0", (3, "202.00"), "600.00"),  # the next one is drawn: what is late is asked for all the same
        ("0", (2, "300.00"), "300.00"),
        ("600.00", (3, "202.00"), "0.00"),
        ("600.00", (3, "100.00"), "102.00"),  # a part of it
        ("700.00", (3, "202.00"), "0.00"),  # paid in part since it was claimed
    ],
)
async def test_with_a_plan_what_is_drawn_is_taken_off_its_own_instalment_alone(
    store: Store, paid: str, drawn: tuple[int, str], asked: str
) -> None:
    case = await store.invoice()
    await store.do(PLAN, case=case, now=NOW, today=TODAY)
    if Decimal(paid):
        await store.pay(amount=Decimal(paid))
    number, amount = drawn
    await store.do(
        "with m as (insert into mandate (creditor_id, debtor_id, reference, state, notify, source, happened_at)"
        " select creditor_id, debtor_id, '2345676', 'active', false, 'file', :now from dunning_case returning id)"
        " insert into claim (creditor_id, case_id, mandate_id, plan_id, instalment, reference, amount, currency, due_on,"
        " state, happened_at) select 'acme', :case, m.id, p.id, :number, '2345676', :amount, 'NOK', :today, 'sent', :now"
        " from m, instalment_plan p",
        case=case,
        number=number,
        amount=Decimal(amount),
        today=TODAY,
        now=NOW,
    )
    assert (await payable(store)).to_pay == attempts.ToPay(Decimal(asked), "NOK", "instalment")


@pytest.mark.parametrize(
    ("ahead", "paid", "asked"),
    [
        (9, "0", "0"),
        (0, "0", "0"),
        (-3, "0", "0"),  # its bank may try again
        (-20, "0", "802.00"),
        (9, "300.00", "0"),
    ],
)
async def test_what_the_creditors_own_system_draws_is_not_asked_for_a_second_time(
    store: Store, ahead: int, paid: str, asked: str
) -> None:
    await store.invoice()
    await store.do("update invoice set claim_due = :day", day=TODAY + timedelta(days=ahead))
    if Decimal(paid):
        await store.pay(amount=Decimal(paid))
    assert (await payable(store)).to_pay.amount == Decimal(asked)


async def test_of_a_withdrawn_case_nothing_is_asked(store: Store) -> None:
    await store.invoice()
    await store.do("update dunning_case set withdrawn_at = :now", now=NOW)
    assert (await payable(store)).to_pay.amount == 0


# --- paid ------------------------------------------------------------------------------------------------------


async def test_money_is_booked_once_however_often_it_is_told(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    first = await told(store, attempts.paid, money(attempt))
    again = await told(store, attempts.paid, money(attempt))
    assert (first.status, again.status) == ("booked", "known")
    assert (await owed(store), await state(store, attempt)) == (0, "paid")
    assert await news(store) == ["payment_received"]


@pytest.mark.parametrize("meanwhile", ["300.00", "802.00"])
async def test_what_is_paid_on_the_page_after_other_money_came_is_booked_and_owed_back(
    store: Store, meanwhile: str
) -> None:
    await store.invoice()
    attempt = await begun(store)
    await store.pay(amount=Decimal(meanwhile))
    assert (await told(store, attempts.paid, money(attempt))).status == "booked"
    assert await owed(store) == 0
    assert await store.rows("select amount, state from refund") == [(Decimal(meanwhile), "due")]


async def test_what_is_paid_on_the_page_of_a_case_that_was_withdrawn_is_owed_back(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    await store.do("update dunning_case set withdrawn_at = :now", now=NOW)
    await told(store, attempts.paid, money(attempt))
    assert await store.rows("select amount, state from refund") == [(Decimal(802), "due")]


async def test_each_capture_of_a_payment_is_booked_once_whatever_is_told_first(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    assert (await told(store, attempts.captured, money(attempt, "500.00"), "psp-1")).status == "booked"
    assert (await told(store, attempts.captured, money(attempt, "0.00"), "psp-0")).status == "known"
    assert (await told(store, attempts.paid, money(attempt, "500.00"))).status == "known"  # our own draw, answered late
    assert (await told(store, attempts.captured, money(attempt, "500.00"), "psp-1")).status == "known"
    assert (await told(store, attempts.captured, money(attempt, "302.00"), "psp-2")).status == "booked"
    assert (await owed(store), await state(store, attempt)) == (0, "paid")


async def test_captures_that_our_own_draw_took_are_known_in_any_order(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    assert (await told(store, attempts.paid, money(attempt, "802.00"))).status == "booked"
    for capture, amount in (("psp-2", "302.00"), ("psp-1", "500.00")):
        assert (await told(store, attempts.captured, money(attempt, amount), capture)).status == "known"
    assert await owed(store) == 0


async def test_a_refund_at_the_provider_settles_what_is_owed_back(store: Store) -> None:
    """Paid by bank and at the provider, refunded there: nothing is owed, in whatever order the creditor tells of it."""
    await store.invoice()
    attempt = await begun(store)
    await store.pay()
    await told(store, attempts.paid, money(attempt))
    await store.do("update refund set state = 'paid'")  # told as paid first, as the provider's news is late
    await told(store, attempts.refunded, money(attempt), "psp-9")
    assert await owed(store) == 0
    assert await store.rows("select amount, state from refund") == [(Decimal(802), "paid")]


async def test_less_than_is_owed_by_now_leaves_the_rest(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    await told(store, attempts.paid, money(attempt, "500.00"))
    assert await owed(store) == Decimal("302.00")
    assert await store.one("select state from dunning_case") == "open"


@pytest.mark.parametrize("before", ["failed", "abandoned"])
async def test_money_for_an_attempt_that_was_given_up_is_booked_all_the_same(store: Store, before: str) -> None:
    await store.invoice()
    attempt = await begun(store)
    await ended(store, getattr(attempts, before), attempt)
    await told(store, attempts.paid, money(attempt))
    assert (await owed(store), await state(store, attempt)) == (0, "paid")


async def test_money_for_an_unknown_attempt_goes_where_the_payment_says(store: Store) -> None:
    await store.invoice()
    await by_card(store)
    strange = money(uuid4(), creditor="acme", number="1001", reference="006402710013")
    assert (await told(store, attempts.paid, strange)).status == "booked"
    assert await owed(store) == 0


async def test_money_that_says_nothing_but_its_creditor_waits_for_a_person(store: Store) -> None:
    await store.invoice()
    await by_card(store)
    strange = money(uuid4(), "123.45", creditor="acme")
    assert (await told(store, attempts.paid, strange)).status == "unmatched"
    assert await store.one("select amount from incoming_payment where state = 'review'") == Decimal("123.45")
    assert await owed(store) == FULL


async def test_money_of_no_creditor_of_ours_is_not_ours(store: Store) -> None:
    assert await told(store, attempts.paid, money(uuid4())) is None
    assert await told(store, attempts.paid, money(None, creditor="nobody")) is None


# --- given back ------------------------------------------------------------------------------------------------


async def paid(store: Store) -> UUID:
    await store.invoice()
    attempt = await begun(store)
    await told(store, attempts.paid, money(attempt))
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    return attempt


async def test_of_refunds_told_as_a_sum_only_what_is_new_is_booked(store: Store) -> None:
    attempt = await paid(store)
    for in_all in ("100.00", "100.00", "250.00", "100.00"):
        await told(store, attempts.refunded_in_all, money(attempt, in_all), NOW)
    assert await owed(store) == Decimal("250.00")
    assert await store.one("select refunded from payment_attempt") == Decimal("250.00")


async def test_refunds_told_one_by_one_are_each_booked_once(store: Store) -> None:
    attempt = await paid(store)
    for refund, amount in (("r1", "100.00"), ("r2", "150.00"), ("r1", "100.00")):
        await told(store, attempts.refunded, money(attempt, amount), refund)
    assert await owed(store) == Decimal("250.00")


async def test_a_refund_of_an_unknown_attempt_is_told_apart_by_its_payment(store: Store) -> None:
    await store.invoice()
    await by_card(store)
    strange = {"creditor": "acme", "number": "1001"}
    await told(store, attempts.paid, money(None, **strange))
    for in_all in ("100.00", "250.00", "100.00"):
        await told(store, attempts.refunded_in_all, money(None, in_all, **strange), NOW)
    assert await owed(store) == Decimal("250.00")


async def one_failed(store: Store, whose: Any, refund: str, amount: str, minutes: int, *, of_sum: bool = True) -> None:
    at = NOW + timedelta(minutes=minutes)
    async with store.database.transaction() as connection:
        given = money(whose, amount)
        await attempts.refund_failed(connection, given, refund, at, NOW, TODAY, of_sum=of_sum)


@pytest.mark.parametrize("order", list(itertools.permutations(("first", "both", "failed"))))
async def test_in_whatever_order_a_failed_refund_of_a_sum_is_told_the_rest_is_owed(
    store: Store, order: tuple[str, ...]
) -> None:
    attempt = await paid(store)
    for _ in range(2):  # everything is told twice
        for each in order:
            if each == "failed":
                await one_failed(store, attempt, "re_2", "150.00", 3)
            else:
                minutes, in_all = (1, "100.00") if each == "first" else (2, "250.00")
                at = NOW + timedelta(minutes=minutes)
                await told(store, attempts.refunded_in_all, money(attempt, in_all), at)
    assert await owed(store) == Decimal("100.00")
    assert await store.one("select refunded from payment_attempt") == Decimal("100.00")


async def test_a_refund_after_one_that_failed_is_owed_again(store: Store) -> None:
    attempt = await paid(store)
    await told(store, attempts.refunded_in_all, money(attempt), NOW)
    await one_failed(store, attempt, "re_1", "802.00", 1)
    assert await owed(store) == 0
    await told(store, attempts.refunded_in_all, money(attempt), NOW + timedelta(minutes=2))
    assert await owed(store) == FULL


@pytest.mark.parametrize("order", [("refunded", "failed"), ("failed", "refunded")])
async def test_in_whatever_order_one_refund_fails_it_is_not_owed(store: Store, order: tuple[str, ...]) -> None:
    attempt = await paid(store)
    for each in (*order, *order):
        if each == "failed":
            await one_failed(store, attempt, "r1", "100.00", 1, of_sum=False)
        else:
            await told(store, attempts.refunded, money(attempt, "100.00"), "r1")
    await told(store, attempts.refunded, money(attempt, "50.00"), "r2")
    assert await owed(store) == Decimal("50.00")


async def test_a_refund_opens_a_closed_case_again_with_two_weeks_to_pay(store: Store) -> None:
    attempt = await paid(store)
    await told(store, attempts.refunded_in_all, money(attempt), NOW)
    (case,) = await store.rows("select c.state, i.due_date from dunning_case c join invoice i on i.id = c.invoice_id")
    assert case.state == "open"
    assert case.due_date >= TODAY + timedelta(days=14)


async def test_a_chargeback_names_only_the_payment_and_finds_its_invoice(store: Store) -> None:
    await paid(store)
    for _ in range(2):
        await told(store, attempts.charged_back, money(None), "dp_1")
    assert await owed(store) == FULL
    for _ in range(2):
        await told(store, attempts.chargeback_won, money(None), "dp_1")
    assert await owed(store) == 0


async def test_what_is_given_back_waits_until_its_money_is_told(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    early = (
        (attempts.refunded_in_all, money(attempt, "250.00"), NOW),
        (attempts.refunded, money(attempt, "250.00"), "r1"),
        (attempts.charged_back, money(attempt), "dp_1"),
        (attempts.chargeback_won, money(attempt), "dp_1"),
    )
    for what, *details in early:
        with pytest.raises(attempts.TooEarly):
            await told(store, what, *details)
    await told(store, attempts.paid, money(attempt))
    await told(store, attempts.refunded_in_all, money(attempt, "250.00"), NOW)
    assert await owed(store) == Decimal("250.00")


# --- of another account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun_with", "told_by"),
    [
        (OURS["stripe"], an_account("stripe", "acct_other", False)),
        (an_account("stripe", "acct_acme", False), an_account("stripe", "acct_other", False)),
        (an_account("stripe", "acct_acme", False), OURS["stripe"]),
        (OURS["stripe"], OURS["vipps"]),
        (OURS["vipps"], OURS["stripe"]),
        (an_account("vipps", "123", False), OURS["vipps"]),
    ],
)
async def test_only_the_account_that_a_payment_was_begun_with_tells_of_it(
    store: Store, begun_with: Merchant, told_by: Merchant
) -> None:
    await store.invoice()
    for each in ("acme", "beta"):
        await by_card(store, '{"account": "acct_acme"}', each)
    attempt = await begun(store, begun_with.provider, merchant=begun_with)
    forged = money(attempt, merchant=told_by, creditor="beta", number="1001")
    for what, *details in (
        (attempts.paid, forged),
        (attempts.refunded, forged, "r1"),
        (attempts.refunded_in_all, forged, NOW),
        (attempts.charged_back, forged, "dp_1"),
        (attempts.chargeback_won, forged, "dp_1"),
    ):
        assert await told(store, what, *details) is None
    async with store.database.transaction() as connection:
        assert await attempts.find(connection, attempt, told_by) is None
    assert (await owed(store), await state(store, attempt)) == (FULL, "started")
    assert (await told(store, attempts.paid, money(attempt, merchant=begun_with))).status == "booked"


async def test_what_came_before_accounts_were_kept_is_of_the_usual_one(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store, "vipps", merchant=an_account("vipps", None, True))
    assert await told(store, attempts.paid, money(attempt, merchant=an_account("vipps", "123", False))) is None
    assert (await told(store, attempts.paid, money(attempt, merchant=OURS["vipps"]))).status == "booked"


@pytest.mark.parametrize(
    ("settings", "account"),
    [("{}", "acct_other"), ('{"account": "acct_acme"}', "acct_other"), ('{"account": "a"}', None)],
)
async def test_a_payment_without_an_attempt_names_no_creditor_of_another_account(
    store: Store, settings: str, account: str | None
) -> None:
    await store.invoice()
    await by_card(store, settings)
    merchant = an_account("stripe", account, account is None)
    for attempt in (None, uuid4()):
        forged = money(attempt, merchant=merchant, creditor="acme", number="1001")
        assert await told(store, attempts.paid, forged) is None
    assert await owed(store) == FULL


async def test_a_creditor_that_is_not_paid_through_a_provider_is_not_its_to_name(store: Store) -> None:
    await store.invoice()
    assert await told(store, attempts.paid, money(uuid4(), creditor="acme", number="1001")) is None
    assert await owed(store) == FULL


# --- given up --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["failed", "abandoned"])
async def test_what_is_not_finished_is_told_to_the_case_once(store: Store, how: str) -> None:
    await store.invoice()
    attempt = await begun(store)
    for _ in range(2):
        await ended(store, getattr(attempts, how), attempt)
    assert await state(store, attempt) == how
    assert await news(store) == ["payment_attempted"]


async def test_after_the_money_nothing_is_given_up(store: Store) -> None:
    attempt = await paid(store)
    await ended(store, attempts.failed, attempt)
    await ended(store, attempts.abandoned, attempt)
    assert await state(store, attempt) == "paid"
    assert await news(store) == ["payment_received"]


async def test_another_way_to_pay_replaces_an_attempt_without_news(store: Store) -> None:
    await store.invoice()
    attempt = await begun(store)
    async with store.database.transaction() as connection:
        await attempts.replaced(connection, attempt, NOW)
    assert await state(store, attempt) == "abandoned"
    assert await news(store) == []


async def test_an_hour_without_news_makes_an_attempt_stale(store: Store) -> None:
    await store.invoice()
    old = await begun(store, "vipps", "v-1", at=NOW - timedelta(minutes=60))
    working = await begun(store, "stripe", "cs_1", at=NOW - timedelta(minutes=90))
    fresh = await begun(store, "stripe", "cs_2", at=NOW - timedelta(minutes=59))
    async with store.database.transaction() as connection:
        await attempts.processing(connection, working)
        assert [each.id for each in await attempts.stale(connection, NOW)] == [working, old]
    assert [await state(store, each) for each in (old, working, fresh)] == ["started", "processing", "started"]


async def test_the_planner_sees_the_latest_attempt_until_money_or_another_attempt_comes(store: Store) -> None:
    case = await store.invoice()

    async def given_up() -> str | None:
        found = (await store.load(case)).facts.abandoned_payment
        return found.id if found else None

    attempt = await begun(store, at=NOW - timedelta(minutes=5))
    assert await given_up() is None
    await ended(store, attempts.failed, attempt)
    assert await given_up() == str(attempt)
    other = await begun(store, "vipps", "v-1", at=NOW)
    assert await given_up() is None
    await ended(store, attempts.abandoned, other)
    assert await given_up() == str(other)
    async with store.database.transaction() as connection:
        await attempts.paid(connection, money(attempt), NOW + timedelta(minutes=5), TODAY)
    assert await given_up() is None


async def test_a_sales_unit_leads_to_the_creditors_that_are_paid_to_it(store: Store) -> None:
    async def owners(account: str) -> list[str]:
        async with store.database.transaction() as connection:
            return sorted(await attempts.creditors_of(connection, an_account("vipps", account, account == "999")))

    await store.do(
        """update creditor set payment_methods = '{"vipps": {"merchant_serial_number": "123"}}' where id = 'acme'"""
    )
    await store.do("""update creditor set payment_methods = '{"vipps": {}}' where id = 'beta'""")
    assert [await owners(account) for account in ("123", "999", "555")] == [["acme"], ["beta"], []]
    await store.do("""update creditor set payment_methods = '{"vipps": {}}'""")
    assert await owners("999") == ["acme", "beta"]
