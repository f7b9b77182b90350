"""Customer relations: situations and what they come to, in whatever order their events came."""

import re
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from domain.money.amount import Money
from domain.parties.relations import (
    RelationEvent,
    RelationKind,
    expected_months,
    in_words,
    is_customer,
    lost_customer_cost,
    relations_on,
)
from tools.check_imports import INNER
from tools.sources import ROOT

TODAY = date(2026, 7, 1)


def told(
    kind: str, on: str, product: str = "", margin: str = "", currency: str = "NOK", until: str = ""
) -> RelationEvent:
    """An event with an id of its own."""
    return RelationEvent(
        f"{kind}-{on}-{product}",
        RelationKind(kind),
        date.fromisoformat(on),
        product,
        Decimal(margin) if margin else None,
        currency if margin else None,
        date.fromisoformat(until) if until else None,
    )


STARTED = told("started", "2024-07-01", margin="100")  # two years ago
POWER, WEB = told("started", "2024-07-01", "power", "100"), told("started", "2026-01-01", "web", "50")

# What was told → whether it is a customer today, and what its loss would cost.
SITUATIONS = {
    "nothing is known": ([], False, []),
    "for two years": ([STARTED], True, [Money(Decimal("2400.00"), "NOK")]),
    "for half a year: twelve months at least": ([told("started", "2026-01-01", margin="100")], True, ["1200.00 NOK"]),
    "for ten years: 36 months at most": ([told("started", "2016-07-01", margin="100")], True, ["3600.00 NOK"]),
    "bound for five years": ([told("started", "2026-07-01", margin="100", until="2031-07-01")], True, ["6000.00 NOK"]),
    "a contract that is over": ([told("started", "2024-07-01", margin="100", until="2025-07-01")], True, ["2400.00 NOK"]),
    "renewed at another margin": ([STARTED, told("renewed", "2026-06-01", margin="200")], True, ["4800.00 NOK"]),
    "renewed with nothing said": ([STARTED, told("renewed", "2026-06-01")], True, ["2400.00 NOK"]),
    "ended": ([STARTED, told("ended", "2026-06-01")], False, []),
    "will end": ([STARTED, told("ended", "2026-08-01")], True, ["2400.00 NOK"]),
    "ends today": ([STARTED, told("ended", "2026-07-01")], False, []),
    "renewed after it ended": ([STARTED, told("ended", "2026-03-01"), told("renewed", "2026-05-01")], True, ["2400.00 NOK"]),
    "came back anew": ([STARTED, told("ended", "2026-01-01"), told("started", "2026-05-01", margin="10")], True, ["120.00 NOK"]),
    "ended before it started": ([told("ended", "2026-01-01"), told("started", "2026-05-01", margin="10")], True, ["120.00 NOK"]),
    "ended and started at once": ([STARTED, told("ended", "2026-01-01"), told("started", "2026-01-01")], True, ["2400.00 NOK"]),
    "only its end is known": ([told("ended", "2026-06-01")], False, []),
    "only its coming end is known": ([told("ended", "2026-08-01")], True, []),
    "starts tomorrow": ([told("started", "2026-07-02", margin="100")], False, []),
    "two products": ([POWER, WEB], True, ["3000.00 NOK"]),
    "one of two products ended": ([POWER, WEB, told("ended", "2026-06-01", "web")], True, ["2400.00 NOK"]),
    "an end of all": ([POWER, WEB, told("ended", "2026-06-01")], False, []),
    "a product kept at an end of all": (
        [POWER, WEB, told("ended", "2026-06-01"), told("renewed", "2026-06-01", "web")], True, ["600.00 NOK"]
    ),
    "two currencies": ([POWER, told("started", "2026-01-01", "web", "50", "SEK")], True, ["2400.00 NOK", "600.00 SEK"]),
    "a margin below zero": ([told("started", "2024-07-01", margin="-100")], True, []),
    "a product below zero takes off": ([POWER, told("started", "2026-01-01", "web", "-50")], True, ["1800.00 NOK"]),
    "no margin is known": ([told("started", "2024-07-01")], True, []),
}  # fmt: skip


@pytest.mark.parametrize(("events", "stays", "lost"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_relation_stands_as_told_in_any_order(events: list[RelationEvent], stays: bool, lost: list[object]) -> None:
    for order in permutations(events):
        relations = relations_on(order, TODAY)
        assert is_customer(relations) is stays
        assert [str(each) for each in lost_customer_cost(relations, TODAY)] == [str(each) for each in lost]


def test_the_first_of_two_ends_stands() -> None:
    (relation,) = relations_on([STARTED, told("ended", "2026-05-01"), told("ended", "2026-03-01")], TODAY)
    assert (relation.ended_on, relation.since) == (date(2026, 3, 1), date(2024, 7, 1))


def test_whole_months_count() -> None:
    (relation,) = relations_on([told("started", "2024-07-02")], TODAY)
    assert expected_months(relation, TODAY) == 23


def test_what_is_lost_is_said_in_words_only_where_it_is_known() -> None:
    assert in_words([]) == ""
    lost = [Money(Decimal("2400.00"), "NOK"), Money(Decimal("600.00"), "SEK")]
    assert in_words(lost) == "the creditor stands to lose about 2400.00 NOK and 600.00 SEK if this customer leaves"


FOR_WHOM = {"domain/planner/case_facts.py", "domain/planner/for_whom.py", "planning/service.py"}
"""For whom an optional step is may hang on it: tests/test_uses_of_guesses.py walks what such a step may be."""


def test_no_rule_message_page_or_partner_reads_what_a_customer_is_worth() -> None:
    told = re.compile(
        r"\b(at_stake|lost_customer_cost|parties\.relations|parties import relations|customer_relation|customers_kept)\b"
    )
    readers = {
        path.relative_to(ROOT).as_posix()
        for room in INNER | {"web", "terminal"}
        for path in (ROOT / room).rglob("*.py")
        if told.search(path.read_text(encoding="utf-8"))
    }
    rooms = (
        "domain/planner/",
        "planning/",
        "messages/",
        "channels/",
        "web/invoice_page/",
        "connectors/collection_partner/",
    )
    assert {each for each in readers if each.startswith((*rooms, "views/content", "facts/collection/"))} == FOR_WHOM
    assert {"activities/cases/acts.py", "terminal/cases.py", "web/api/invoices.py"} <= readers
