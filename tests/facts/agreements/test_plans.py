"""Instalment plans in the facts: agreed on the policy's terms alone, found by a reference of their own, and ended."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.agreement.plan import AgreeOnPlan, EndPlan
from commands.agreement.plan import offer as offer_of
from commands.record import record
from config.files import read_laws, read_policies
from domain.agreements.instalments import Instalment, NoOffer, Offers, PlanRules, offers
from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingCreditNote
from domain.moment import moment_in
from domain.money.references import is_valid
from domain.planner.action import Action, ActionKind
from domain.policy.policy import Policy
from facts.agreements import plans
from facts.agreements.plans import AgreedPlan
from facts.cases import decisions
from facts.money import ledger
from facts.refusals import CommandRefused
from facts.webhooks import outgoing
from planning.service import PlannedCase, Planning
from tests.domain.builders import with_assumed_rates
from tests.store import NOW, PLANNING, POLICIES, TODAY, Store
from tests.world import debtor

LAWS = read_laws()
LAW = LAWS["NO"]
POLICY = replace(read_policies(LAWS, TODAY)["no-standard"][0], plans=PlanRules())
WITH_INTEREST = replace(POLICY, plans=PlanRules(interest="statutory"))
AMOUNT = Decimal("6002.50")


class Under(Planning):
    """Planning under another policy than the one a case is pinned to."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(LAWS)
        self.other = policy

    async def plan(self, connection: AsyncConnection, case: int, now: datetime) -> PlannedCase:
        """The plan of the case with that policy in its place."""
        return replace(await super().plan(connection, case, now), policy=self.other)


async def case_of(store: Store, amount: Decimal = AMOUNT) -> int:
    """A case over an invoice that is worth splitting."""
    return await store.invoice(amount=amount)


async def offer(store: Store, case: int, policy: Policy = POLICY, **given: Any) -> Offers:
    """What is offered for a case."""
    async with store.database.transaction() as connection:
        return offer_of(await Under(policy).plan(connection, case, NOW), NOW, **given)


async def agree(store: Store, case: int, policy: Policy = POLICY, **given: Any) -> AgreedPlan:
    """Agree on a plan of three months, unless told otherwise."""
    given = given or {"months": 3}
    async with store.database.transaction() as connection:
        command = AgreeOnPlan(by="ola", reason_code="asked", note="has a new job", **given)
        return (await record(connection, Under(policy), case, command, str(uuid4()), NOW)).result


async def end(store: Store, plan: AgreedPlan, state: Any) -> None:
    """End a plan."""
    async with store.database.transaction() as connection:
        if state == "ended":
            command = EndPlan(by="ola", reason_code="asked")
            await record(connection, Under(POLICY), plan.case_id, command, str(uuid4()), NOW)
        else:
            await plans.close(connection, [plan.case_id], state, NOW, by="ola", reason_code="asked")


async def test_the_balance_is_what_is_offered_in_parts(store: Store) -> None:
    case = await case_of(store)
    await store.pay(amount=Decimal("2.50"))
    offered = await offer(store, case)
    assert [(each.months, each.monthly) for each in offered.plans] == [(2, 3000), (3, 2000), (6, 1000), (12, 500)]
    fitting = await offer(store, case, income=Decimal(20000), spending=Decimal(17000))
    assert [each.months for each in fitting.plans] == [2, 3, 4]
    none = await offer(store, case, income=Decimal(1), spending=Decimal(2))
    assert none.none_because is NoOffer.NOTHING_LEFT


async def test_a_plan_is_agreed_as_it_was_offered(store: Store) -> None:
    case = await case_of(store)
    plan = await agree(store, case)
    assert plan.instalments == offers(AMOUNT, PlanRules(), TODAY, LAW.calendar).plans[1].instalments
    assert (plan.state, plan.total, plan.interest, plan.currency) == ("active", AMOUNT, 0, "NOK")
    assert (plan.by, plan.agreed_at, plan.paid) == ("ola", NOW, 0)
    assert await store.news(case) == ["invoice_changed", "plan_recorded"]
    ((kind, by, detail),) = await store.rows("select kind, by, detail from case_event")
    assert (kind, by, detail["reason_code"], detail["note"]) == ("plan_agreed", "ola", "asked", "has a new job")
    assert detail["instalments"][2] == {"number": 3, "due_on": "2026-09-30", "amount": "2002.50"}


async def test_a_plan_has_a_valid_reference_of_its_own_that_does_not_count_plans(store: Store) -> None:
    agreed = [(await agree(store, await store.invoice(f"100{n}", amount=AMOUNT))).reference for n in range(3)]
    assert all(is_valid(reference, "kid") and len(reference) == 16 for reference in agreed)
    numbers = sorted(int(reference[:-1]) for reference in agreed)
    assert all(later - earlier > 1000 for earlier, later in pairwise(numbers))


async def test_the_creditors_system_is_told_of_the_plan(store: Store) -> None:
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["plan.*"], NOW)
    plan = await agree(store, await case_of(store), months=2)
    await end(store, plan, "broken")
    agreed, broken = await store.rows("select type, payload from webhook_message order by recorded_at, type")
    assert agreed.payload["data"] == {
        "invoice": "1001",
        "plan": plan.id,
        "total": "6002.50",
        "currency": "NOK",
        "instalments": [
            {"number": 1, "due_on": "2026-07-31", "amount": "3001.00"},
            {"number": 2, "due_on": "2026-08-31", "amount": "3001.50"},
        ],
    }
    assert (broken.type, broken.payload["data"]) == ("plan.broken", {"invoice": "1001", "plan": plan.id})


async def test_what_is_paid_on_the_invoice_is_paid_on_the_plan(store: Store) -> None:
    case = await case_of(store)
    await agree(store, case)
    await store.pay("p1", amount=Decimal("500.50"))
    await store.pay("p2", amount=Decimal("-0.50"))
    async with store.database.transaction() as connection:
        plan = await plans.plan_of(connection, case)
    assert plan is not None
    assert plan.paid == Decimal(500)


async def test_an_agent_may_write_a_schedule_within_the_bounds(store: Store) -> None:
    case = await case_of(store)
    plan = await agree(store, case, schedule=[(date(2026, 7, 18), Decimal(1000)), (date(2026, 12, 1), AMOUNT - 1000)])
    assert plan.instalments == (
        Instalment(1, date(2026, 7, 20), Decimal(1000)),  # the 18th is a Saturday
        Instalment(2, date(2026, 12, 1), Decimal("5002.50")),
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"months": 4}, "a plan of 4 months is not offered: there are 2, 3, 6, 12"),
        ({"months": 6, "income": Decimal(20000), "spending": Decimal(17000)}, "is not offered: there are 2, 3, 4"),
        ({"months": 2, "income": Decimal(1), "spending": Decimal(1)}, "no plan is possible: nothing is left"),
        ({"months": 2, "first_due": date(2026, 9, 1)}, "a first instalment on 2026-09-01 is not possible"),
        ({"schedule": [(date(2026, 7, 20), AMOUNT)]}, "at least 2 instalments"),
        (
            {"schedule": [(date(2026, 7, 20), Decimal(600)), (date(2026, 8, 20), Decimal(600))]},
            "the instalments come to 1200.00, the debt is 6002.50",
        ),
    ],
)
async def test_terms_that_nobody_offered_are_refused_and_leave_no_trace(
    store: Store, given: dict[str, Any], why: str
) -> None:
    case = await case_of(store)
    with pytest.raises(CommandRefused, match=why):
        await agree(store, case, **given)
    assert await store.one("select count(*) from instalment_plan") == 0
    assert await store.news(case) == ["invoice_changed"]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("update dunning_case set state = 'closed', outcome = 'paid'", "the case is closed"),
        (
            f"insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', 1, 'exported', '{NOW}')",
            "handed off",
        ),
        (
            f"insert into dispute (case_id, by, reason_code, happened_at) values (1, 'ola', 'x', '{NOW}')",
            "disputed, at least in part",
        ),
        (
            f"insert into dispute (case_id, by, reason_code, amount, happened_at) values (1, 'ola', 'x', 5, '{NOW}')",
            "disputed, at least in part",
        ),
    ],
)
async def test_a_case_without_room_for_a_plan_neither_offers_nor_agrees(store: Store, state: str, why: str) -> None:
    case = await case_of(store)
    await store.do(state)
    with pytest.raises(CommandRefused, match=why):
        await offer(store, case)
    with pytest.raises(CommandRefused, match=why):
        await agree(store, case)


async def test_a_case_has_one_active_plan_even_when_two_agree_at_once(store: Store) -> None:
    case = await case_of(store)
    ended = await asyncio.gather(agree(store, case), agree(store, case), return_exceptions=True)
    (refused,) = [each for each in ended if isinstance(each, BaseException)]
    assert "has an active instalment plan" in str(refused)
    assert await store.one("select count(*) from instalment_plan") == 1


async def test_the_same_plan_agreed_on_twice_is_agreed_once_and_answered_alike(store: Store) -> None:
    case, terms = await case_of(store), AgreeOnPlan(months=3, by="ola", reason_code="asked")
    agreed = []
    for _ in range(2):
        async with store.database.transaction() as connection:
            agreed.append((await record(connection, Under(POLICY), case, terms, "a1", NOW)).result)
    assert agreed[0] == agreed[1]
    assert await store.one("select count(*) from instalment_plan") == 1


async def test_after_a_plan_was_ended_another_may_be_agreed(store: Store) -> None:
    case = await case_of(store)
    first = await agree(store, case)
    await end(store, first, "ended")
    with pytest.raises(CommandRefused, match="not active"):
        await end(store, first, "ended")
    second = await agree(store, case, months=2)
    assert second.id != first.id
    assert (await store.news(case))[1:] == ["plan_recorded"] * 3


async def test_the_chance_of_a_plan_runs_from_its_first_day_to_the_last_channels_deadline(store: Store) -> None:
    plan = await agree(store, await case_of(store))
    async with store.database.transaction() as connection:
        await plans.give_chance(connection, plan.id, date(2026, 7, 8), moment_in("NO", NOW))
        await plans.give_chance(connection, plan.id, date(2026, 7, 10), moment_in("NO", NOW + timedelta(days=1)))
        given = await plans.plan_of(connection, plan.case_id)
    assert given is not None
    assert (given.chance_on, given.chance_until) == (TODAY, date(2026, 7, 10))


async def test_a_plan_that_is_over_gets_no_chance(store: Store) -> None:
    plan = await agree(store, await case_of(store))
    await end(store, plan, "broken")
    async with store.database.transaction() as connection:
        await plans.give_chance(connection, plan.id, date(2026, 7, 8), moment_in("NO", NOW))
        over = await plans.plan_of(connection, plan.case_id)
    assert over is not None
    assert over.chance_until is None


async def test_a_case_without_a_plan_has_none(store: Store) -> None:
    case = await case_of(store)
    async with store.database.transaction() as connection:
        assert await plans.plan_of(connection, case) is None


# --- interest --------------------------------------------------------------------------------------------------


async def test_statutory_interest_is_owed_from_the_agreement_and_part_of_every_instalment(store: Store) -> None:
    case = await case_of(store)
    plan = await agree(store, case, WITH_INTEREST)
    assert plan.interest > 0
    assert sum(each.amount for each in plan.instalments) == plan.total == AMOUNT + plan.interest
    assert await store.balance() == plan.total
    assert plan.paid == 0


@pytest.mark.parametrize("state", ["broken", "ended"])
async def test_the_interest_of_a_plan_that_is_not_kept_is_taken_back(store: Store, state: str) -> None:
    case = await case_of(store)
    plan = await agree(store, case, WITH_INTEREST)
    await store.pay(amount=Decimal(1000))
    await end(store, plan, state)
    assert await store.balance() == AMOUNT - 1000


async def test_interest_already_paid_on_a_broken_plan_pays_the_principal(store: Store) -> None:
    case = await case_of(store)
    plan = await agree(store, case, WITH_INTEREST)
    await store.do('update creditor set allocation = \'["interest", "principal", "fee"]\'')
    await store.pay(amount=Decimal(1000))
    await end(store, plan, "broken")
    (left,) = await store.rows("select principal, interest, fee from dunning_case")
    assert tuple(left) == (AMOUNT - 1000, 0, 0)
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []


async def test_a_kept_plan_keeps_its_interest(store: Store) -> None:
    case = await case_of(store)
    plan = await agree(store, case, WITH_INTEREST)
    await end(store, plan, "kept")
    assert await store.balance() == plan.total


@pytest.mark.parametrize("order", ['["principal", "interest", "fee"]', '["interest", "principal", "fee"]'])
async def test_who_pays_the_debt_on_the_first_day_owes_no_interest(store: Store, order: str) -> None:
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    await store.do("update creditor set allocation = cast(:order as json)", order=order)
    await store.pay(amount=AMOUNT)
    assert await store.balance() == 0
    assert await store.one("select state from instalment_plan") == "kept"
    async with store.database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []
    assert plan.interest > 0


async def test_who_pays_the_debt_early_owes_the_interest_of_the_days_until_then(store: Store) -> None:
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    await store.pay("p1", amount=AMOUNT, booked_on=TODAY + timedelta(days=10))
    left = await store.balance()
    rate = LAW.interest_rate(TODAY)
    assert left == (AMOUNT * rate * 10 / 36500).quantize(Decimal("0.01"))
    assert await store.one("select state from instalment_plan") == "active"
    await end(store, plan, "broken")
    assert await store.balance() == 0  # what is taken back once is not taken back again


async def test_what_is_paid_above_the_interest_that_ran_is_owed_back(store: Store) -> None:
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    await store.do("update creditor set overpayment = 'refund'")
    await store.pay(amount=plan.total)
    assert await store.balance() == 0
    assert await store.one("select amount from refund") == plan.interest


@pytest.mark.parametrize("share", ["1", "0.25"])
async def test_interest_that_a_credit_let_go_is_not_taken_back_a_second_time(store: Store, share: str) -> None:
    """What is left of the debt is credited: of a plan's interest only what was paid and never ran is given back."""
    await store.do('update creditor set allocation = \'["interest", "principal", "fee"]\'')
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    paid = AMOUNT * (1 - Decimal(share))
    if paid:
        await store.pay("p1", amount=paid)
    principal = await store.one("select principal from dunning_case")
    note = {"creditor": "acme", "number": "C1", "invoice_number": "1001", "issue_date": TODAY, "currency": "NOK"}
    async with store.database.transaction() as connection:
        await store.intake.credit_note(connection, IncomingCreditNote(**note, amount=principal), NOW)
    (left,) = await store.rows("select principal, interest, fee, balance from dunning_case")
    assert left.interest == 0
    assert left.balance == (-plan.interest if paid else 0)  # it was paid with the first money, and no day has run
    assert await store.one("select state from instalment_plan") == "kept"


async def test_a_minor_pays_no_interest(store: Store) -> None:
    case = await case_of(store)
    await store.do(
        "insert into life_event (debtor_id, kind, value, by, happened_at) "
        "select id, 'born', '\"2010-01-01\"', 'import', happened_at from debtor"
    )
    assert (await agree(store, case, WITH_INTEREST)).interest == 0


async def test_a_plan_has_a_reference_that_the_customers_mandate_covers_where_the_agreement_says_which(
    store: Store,
) -> None:
    await store.do(
        "update creditor set direct_debit = jsonb_build_object('kid_structures', '12:1-7') where id = 'acme'"
    )
    kid = kid_with_check_digit("12345670001")
    plan = await agree(store, await store.invoice("2001", reference=kid, amount=AMOUNT))
    assert is_valid(plan.reference, "kid")
    assert (plan.reference[:7], len(plan.reference), plan.reference == kid) == ("1234567", 12, False)


async def test_a_plan_never_gets_the_reference_of_another_plan_of_the_customer(store: Store) -> None:
    structures = "12:1-7"
    await store.do(
        "update creditor set direct_debit = jsonb_build_object('kid_structures', cast(:s as text)) where id = 'acme'",
        s=structures,
    )
    given = [kid_with_check_digit(f"1234567{number:04}") for number in (1, 2, 9999, 9997)]
    cases = [await store.invoice(f"200{n}", reference=kid, amount=AMOUNT) for n, kid in enumerate(given)]
    agreed = [(await agree(store, case)).reference for case in cases]
    assert all(is_valid(reference, "kid") and reference.startswith("1234567") for reference in agreed)
    assert len({*agreed, *given}) == len(agreed) + len(given)


async def test_a_plan_is_kept_when_the_last_of_it_is_paid_with_its_own_reference(store: Store) -> None:
    plan = await agree(store, await case_of(store))
    await store.pay("p1", amount=Decimal("6000"), reference=plan.reference)
    await store.pay("p2", amount=Decimal("2.50"))
    async with store.database.transaction() as connection:
        kept = await plans.plan_of(connection, plan.case_id)
    assert kept is not None
    assert (kept.state, kept.paid, kept.ended_at) == ("kept", AMOUNT, NOW)


async def test_a_plan_that_is_kept_by_the_payment_that_settles_the_case_says_so_once(store: Store) -> None:
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["plan.kept"], NOW)
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    await store.pay(amount=plan.total)
    loaded = await store.load(plan.case_id)
    async with store.database.transaction() as connection:
        settled = Action(ActionKind.CLOSE, "paid in full", outcome="paid")
        await decisions.record(connection, loaded, settled, None, NOW)
    assert await store.balance() == -plan.interest  # which never ran
    assert await store.rows("select by, detail ->> 'plan' from case_event where kind = 'plan_kept'") == [
        ("purr", str(plan.id))
    ]
    assert await store.one("select count(*) from webhook_message") == 1


@pytest.mark.parametrize(
    ("outcome", "state", "taken_back"), [("withdrawn", "ended", True), ("balance ignored", "kept", False)]
)
async def test_a_plan_that_ends_with_its_case_is_in_the_diary_and_bears_no_interest_unless_kept(
    store: Store, outcome: str, state: str, taken_back: bool
) -> None:
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    loaded = await store.load(plan.case_id)
    async with store.database.transaction() as connection:
        await decisions.record(connection, loaded, Action(ActionKind.CLOSE, "over", outcome=outcome), None, NOW)
    assert await store.balance() == (AMOUNT if taken_back else plan.total)
    assert await store.rows("select kind, by from case_event where kind like 'plan_%' and kind <> 'plan_agreed'") == [
        (f"plan_{state}", "purr")
    ]
    assert await store.one("select state from instalment_plan") == state
    assert await store.news(plan.case_id) == ["invoice_changed", "plan_recorded"]


async def test_interest_that_a_minor_got_back_is_not_taken_back_again_with_the_plan(store: Store) -> None:
    plan = await agree(store, await case_of(store), WITH_INTEREST)
    await store.invoice("1002", reference=None, debtor=debtor(birth_date=date(2011, 1, 1)))
    assert await store.balance() == AMOUNT
    await end(store, plan, "ended")
    assert await store.balance() == AMOUNT


# --- more time is free, unless a creditor declares that it may give credit ----------------------------------------

LICENSED = frozenset({"consumer credit licence"})
SINCE = datetime(2026, 11, 20, 10, tzinfo=UTC)  # the Union's rules of consumer credit


async def cheapest(store: Store, policy: str, kind: str, at: datetime, *, licensed: bool, rules: PlanRules) -> Decimal:
    """What the first plan that is offered costs above the debt, under a policy that has such rules of plans."""
    country = policy[:2].upper()
    law = with_assumed_rates(LAWS[country], range(2026, 2028))
    whose = debtor(country=country, kind=kind, phone=None)
    case = await store.invoice(policy=policy, currency=law.currency, amount=AMOUNT, reference=None, debtor=whose)
    async with store.database.transaction() as connection:
        planned = await PLANNING.plan(connection, case, NOW)
    under = law.under(LICENSED if licensed else frozenset())
    planned = replace(planned, policy=replace(planned.policy, plans=rules), law=under)
    return offer_of(planned, at).plans[0].interest


@pytest.mark.parametrize("policy", ["no-standard", "se-standard", "se-gentle", "fi-standard", "fi-gentle"])
@pytest.mark.parametrize(
    ("rules", "licensed", "at", "costs"),
    [
        (None, False, SINCE, False),
        (None, True, SINCE, False),
        (PlanRules(interest="statutory"), False, SINCE, False),  # a policy of before, that a case keeps
        (PlanRules(interest="statutory"), True, SINCE, True),
        (PlanRules(interest="statutory"), False, SINCE - timedelta(days=1), True),
    ],
)
async def test_a_consumer_pays_nothing_for_a_plan_unless_the_creditor_declares_its_licence(
    store: Store, policy: str, rules: PlanRules | None, licensed: bool, at: datetime, costs: bool
) -> None:
    shipped = POLICIES[policy][0].plans
    assert shipped.interest == "free"
    cost = await cheapest(store, policy, "consumer", at, licensed=licensed, rules=rules or shipped)
    assert (cost > 0) is costs


@pytest.mark.parametrize("policy", ["se-business", "fi-business"])
async def test_a_business_pays_for_a_plan_where_its_policy_says_so(store: Store, policy: str) -> None:
    rules = PlanRules(interest="statutory")
    assert await cheapest(store, policy, "business", SINCE, licensed=False, rules=rules) > 0
