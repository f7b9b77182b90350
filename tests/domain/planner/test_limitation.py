"""Until when a claim may be asked for, worked by hand: what each country's law lets begin it anew, and what proves nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.agreements.promises import Promise
from domain.countries.limitation import RENEWALS, Renewed
from domain.planner.case_facts import ActivePlan, AlreadySent, Delivery, DeliveryState, Paid
from domain.planner.limitation import barred_after
from domain.planner.planner import next_action
from domain.vocabulary import Channel, DebtorKind
from tests.domain.builders import LAWS, SHIPPED, TO_REMINDER, decide, facts, local, said, sent, with_assumed_rates

LETTER, SMS, EMAIL = Channel.LETTER, Channel.SMS, Channel.EMAIL
LATER = date(2060, 1, 1)
WEDNESDAY = date(2026, 7, 1)


def ends(country: str, *deliveries: Delivery, kind: DebtorKind = "consumer", **known: Any) -> str:
    """The last day of a claim that arose on 1 June 2026 and was due on the 15th."""
    case = facts(*deliveries, debtor_kind=kind, **known)
    policy = SHIPPED[f"{country.lower()}-{'business' if kind == 'business' else 'standard'}"]
    return barred_after(policy, LAWS[country], case, LATER).isoformat()


def everywhere(*deliveries: Delivery, **known: Any) -> list[str]:
    """The same in Norway, Sweden and Finland."""
    return [ends(country, *deliveries, **known) for country in ("NO", "SE", "FI")]


def paid(*days: str) -> dict[str, Any]:
    dated = tuple(map(date.fromisoformat, days))
    return {"paid": Paid(Decimal(10), local("2026-07-01 10:00"), dated[-1], days=dated)}


NOTHING = ["2029-06-15", "2029-06-01", "2029-06-15"]
"""Three years from the due date, in Sweden from when the claim arose."""
POSTED = sent("reminder", LETTER, "2026-06-30 09:00", posted_on=WEDNESDAY)
TEXTED = sent("reminder", SMS, "2026-07-01 09:00", delivered_at=local("2026-07-02 00:30"))


def test_it_ends_three_years_on_and_a_swedish_businesss_ten() -> None:
    assert everywhere() == NOTHING
    assert everywhere(kind="business") == ["2029-06-15", "2036-06-01", "2029-06-15"]


def test_a_letter_begins_it_anew_in_sweden_and_finland_on_the_day_it_arrives() -> None:
    """Posted on Wednesday 1 July, five banking days on its way: there on Wednesday the 8th."""
    assert everywhere(POSTED) == ["2029-06-15", "2029-07-08", "2029-07-08"]
    assert ends("SE", replace(POSTED, step="inkassokrav")) == "2029-07-08"
    assert ends("SE", POSTED, kind="business") == "2036-07-08"


def test_a_text_message_that_arrived_begins_it_anew_in_finland_alone() -> None:
    assert everywhere(TEXTED) == ["2029-06-15", "2029-06-01", "2029-07-02"]
    read = sent("reminder", EMAIL, "2026-07-01 09:00", read="2026-07-04 21:00")
    assert everywhere(read) == ["2029-06-15", "2029-06-01", "2029-07-04"]


@pytest.mark.parametrize(
    "nothing",
    [
        replace(POSTED, posted_on=None),  # nobody knows that it was posted
        replace(POSTED, state=DeliveryState.FAILED),  # it came back
        replace(POSTED, alert=True),  # a copy
        replace(POSTED, step="invoice"),  # an invoice reminds of nothing
        replace(TEXTED, delivered_at=None),  # sent, and no more is known
        replace(TEXTED, state=DeliveryState.FAILED),
    ],
)
def test_what_surely_reached_nobody_or_reminds_of_nothing_begins_nothing(nothing: Delivery) -> None:
    assert everywhere(nothing) == NOTHING


def test_what_the_creditor_sent_on_paper_before_counts_as_its_own_word_has_it() -> None:
    before = (AlreadySent("reminder", LETTER, WEDNESDAY), AlreadySent("reminder", SMS, date(2026, 8, 3)))
    assert everywhere(already_sent=before) == ["2029-06-15", "2029-07-08", "2029-07-08"]


def test_who_pays_a_part_or_owns_to_the_claim_begins_it_anew_everywhere() -> None:
    assert everywhere(**paid("2027-03-01")) == ["2030-03-01"] * 3
    promise = Promise(1, date(2027, 5, 18), Decimal(802), date(2027, 5, 5), Decimal(0))
    assert everywhere(promises=(promise,)) == ["2030-05-05"] * 3
    plan = ActivePlan(1, date(2027, 6, 7), (), Decimal(0))
    assert everywhere(plan=plan) == ["2030-06-07"] * 3
    assert everywhere(**paid("2028-02-29")) == ["2031-02-28"] * 3


def test_each_begins_it_anew_while_it_runs_and_none_when_it_is_over() -> None:
    assert everywhere(**paid("2028-01-10", "2030-12-01")) == ["2033-12-01"] * 3
    assert everywhere(**paid("2029-08-01")) == NOTHING
    assert everywhere(**paid("2028-01-10", "2031-01-11")) == ["2031-01-10"] * 3
    assert everywhere(POSTED, **paid("2029-07-08")) == ["2029-06-15", "2032-07-08", "2032-07-08"]  # on the last day


def test_what_comes_after_the_day_on_which_somebody_asks_begins_nothing_yet() -> None:
    case = facts(TEXTED, **paid("2029-06-20"))
    assert barred_after(SHIPPED["fi-standard"], LAWS["FI"], case, date(2029, 6, 16)) == date(2029, 7, 2)


def test_it_runs_from_the_first_due_date_wherever_it_was_moved() -> None:
    assert ends("NO", first_due=date(2026, 5, 1)) == "2029-05-01"
    assert ends("NO", first_due=date(2026, 8, 1)) == "2029-06-15"


@given(
    some.lists(some.builds(Renewed, some.dates(date(2026, 1, 1), date(2045, 1, 1)), some.sampled_from(RENEWALS))),
    some.sampled_from(["NO", "SE", "FI"]),
)
def test_nothing_ends_it_sooner_and_the_order_in_which_it_is_told_is_nothing(
    renewed: list[Renewed], country: str
) -> None:
    due, law = date(2026, 6, 15), LAWS[country]
    end = law.limitation_ends(due, "consumer", renewed=renewed)
    assert end >= law.limitation_ends(due, "consumer")
    assert end == law.limitation_ends(due, "consumer", renewed=renewed[::-1])


# --- what the planner does -------------------------------------------------------------------------------------


def test_it_ends_the_ladder_with_a_task() -> None:
    case = facts(*TO_REMINDER)
    assert decide(case, "2029-06-15 09:00").kind == "deliver"
    assert said(case, "2029-06-16 09:00") == "open decision task limitation 2029-06-16 09:00"
    told = replace(case, tasks=frozenset({("decision", "limitation")}))
    waits = decide(told, "2029-06-16 09:00")
    assert (waits.flag, waits.why) == (
        "limitation",
        "the claim was barred by limitation after 2029-06-15, unless something began it anew: a person decides",
    )


def test_a_claim_that_began_anew_goes_on_and_ends_where_that_ends() -> None:
    case = facts(*TO_REMINDER, **paid("2027-03-01"))
    assert decide(case, "2029-06-16 09:00").flag is None
    assert said(case, "2030-03-02 09:00") == "open decision task limitation 2030-03-02 09:00"


def test_a_finn_who_was_texted_is_asked_for_longer_than_a_swede() -> None:
    for country, flag in (("FI", None), ("SE", "limitation")):
        law = with_assumed_rates(LAWS[country], range(2026, 2032))
        case = facts(TEXTED, currency=law.currency, tasks=frozenset({("decision", "limitation")}))
        policy = SHIPPED[f"{country.lower()}-standard"]
        assert next_action(policy, law, case, local("2029-06-20 09:00")).flag == flag
