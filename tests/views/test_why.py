"""Why: the step, the facts, each rule with its source, and what would change it; of what was sent, the words as they were."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.vocabulary import Channel
from tests.domain.builders import SHIPPED, facts
from tests.store import LAWS, NOW, PLANNING, TODAY, Store
from views import why as view

SENT = {"subject": "Acme: 802,00 kr", "text": "Kjære Kari, her er fakturaen."}


async def why_next(store: Store, case: int, at: Any = NOW) -> view.Why:
    async with store.database.transaction() as connection:
        return await view.why_next(connection, PLANNING, case, at)


async def why_sent(store: Store, delivery: UUID, creditor: str | None = "acme") -> view.Why | None:
    async with store.database.transaction() as connection:
        return await view.why_sent(connection, PLANNING, delivery, creditor, NOW)


async def test_what_comes_next_is_told_with_its_step_its_facts_and_what_would_change_it(store: Store) -> None:
    case = await store.invoice(issue_date=TODAY, due_date=TODAY + timedelta(days=14))
    why = await why_next(store, case)
    assert (why.of, why.step) == (("acme/1001",), "invoice")
    assert why.facts["balance"] == "802.00 NOK"
    assert why.rules[0].rule.startswith("invoice comes on the issue date, by email")
    changes = {each.change: each.then for each in why.otherwise}
    assert changes["if it were paid"].startswith("Closed: ")
    assert "disputed" in changes["if the debtor disagreed"]
    assert "on hold: asked" in changes["if somebody held it"]


async def test_what_stands_in_the_way_is_told_with_its_own_source(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold", reason_code="asked-for-time")
    why = await why_next(store, case)
    assert why.facts["on hold"] == "asked-for-time"
    assert ("on hold: asked-for-time", "a person's word; who comes may agree and pay") in [
        (r.rule, r.source) for r in why.rules
    ]
    assert "if nothing held it" in [each.change for each in why.otherwise]


@pytest.mark.parametrize(
    ("policy", "step", "rule", "source", "verified"),
    [
        ("no-standard", "collection-notice", "a notice is in writing", "inkassoloven § 9", True),
        ("no-standard", "collection-notice", "a letter has 4 banking days", "practice of the post", False),
        ("no-standard", "hand-off", "at most 6 months old", "inkassoloven § 9", True),
        ("no-service", "block-warning", "warned 28 days", "no.yaml", False),
    ],
)
async def test_each_rule_of_law_names_its_source_its_line_and_whether_it_is_verified(
    store: Store, policy: str, step: str, rule: str, source: str, verified: bool
) -> None:
    case = await store.invoice(policy=policy)
    loaded = await store.load(case)
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan_loaded(connection, loaded, NOW)
    rules = view.rules_of_law(plan.law, plan.policy, view.step_of(plan.policy, step), loaded.facts, TODAY)
    (found,) = [each for each in rules if rule in each.rule]
    assert source in found.source
    assert "no.yaml:" in found.source
    assert found.verified is verified


def test_whose_region_has_holidays_of_its_own_is_told_with_its_row() -> None:
    finland, plan = LAWS["FI"], SHIPPED["fi-gentle"]
    for place, rows in (("22100 MARIEHAMN", 1), ("00100 HELSINKI", 0)):
        law = finland.felt_in("FI", finland, place)
        told = view.rules_of_law(law, plan, plan.steps[0], facts(currency="EUR"), TODAY)
        of_region = [each for each in told if "holidays of the region" in each.rule]
        assert len(of_region) == rows
        assert all("Ålands lagting" in each.source and not each.verified for each in of_region)


async def test_a_message_that_was_sent_is_told_with_its_words_to_its_own_creditor_alone(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, "invoice", Channel.EMAIL)
    await store.accept(delivery)
    await store.do("update delivery set document = cast(:sent as jsonb)", sent=json.dumps(SENT))
    await store.do(
        """insert into decision (case_id, kind, step, channel, why, facts, looked_seq, happened_at)
        values (:case, 'deliver', 'invoice', 'email', 'invoice is planned', '{"balance": "802.00"}', 0, :now)""",
        case=case,
        now=NOW - timedelta(hours=1),
    )
    why = await why_sent(store, delivery)
    assert why is not None
    assert (why.why, why.sent, why.facts["balance"]) == ("invoice is planned", SENT, "802.00")
    assert "if the payment had been registered before" in [each.change for each in why.otherwise]
    assert "Kjære Kari" in "\n".join(view.in_words(why))
    assert await why_sent(store, delivery, "beta") is None
    assert await why_sent(store, uuid4()) is None


def test_each_table_and_row_of_a_country_file_says_where_it_comes_from() -> None:
    law = LAWS["NO"]
    fees, rates = law.source("fees", TODAY), law.source("half_years", TODAY)
    assert fees is not None
    assert fees.named == "inkassoforskriften § 1-2 and § 1-3"
    assert rates is not None
    assert rates.of == "half_years from 2026-07-01"
    assert law.source("half_years", TODAY.replace(year=2020)) is None
