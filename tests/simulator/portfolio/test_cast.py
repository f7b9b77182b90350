"""Of each person there are two, alike in all but how they are reminded."""

from datetime import date, timedelta

import pytest

from domain.countries.no import NORWAY
from simulator.portfolio.cast import APART, BUSINESSES, PLANS, cast, creditors, ids, rounds, unreachable

FIRST_DAY = date(2030, 1, 7)
EVERYBODY = cast(FIRST_DAY, invoices=400, seed=7, weeks=13)
PURR, USUAL = EVERYBODY.invoices[:400], EVERYBODY.invoices[400:]


def test_the_same_people_get_the_same_invoices_by_either_plan() -> None:
    for one, other in zip(PURR, USUAL, strict=True):
        assert (one.amount, one.issue_date, one.due_date) == (other.amount, other.issue_date, other.due_date)
        assert f"{one.creditor}{PLANS['baseline']}" == other.creditor
        assert EVERYBODY.habit(one.number) == EVERYBODY.habit(other.number)
        assert EVERYBODY.fate(one.number) == EVERYBODY.fate(other.number)
        assert bool(one.already_sent) == bool(other.already_sent)


def test_nobody_is_reached_or_drawn_for_the_other() -> None:
    assert len({invoice.number for invoice in EVERYBODY.invoices}) == 800
    assert len({invoice.reference for invoice in EVERYBODY.invoices}) == 800
    assert len({person.email for person in EVERYBODY.people}) == len(EVERYBODY.people) == 200
    assert len({person.phone for person in EVERYBODY.people}) == 200
    assert all(invoice.reference_valid for invoice in EVERYBODY.invoices)
    assert all(invoice.debtor.mobile_number == invoice.debtor.phone for invoice in EVERYBODY.invoices)


def test_the_same_people_cannot_be_reached_by_either_plan() -> None:
    lost = unreachable(EVERYBODY, 7)
    half = len(EVERYBODY.people) // 2
    assert lost
    for one, other in zip(EVERYBODY.people[:half], EVERYBODY.people[half:], strict=True):
        assert (one.email in lost, one.phone in lost) == (other.email in lost, other.phone in lost)


def test_everybody_gets_an_invoice_every_fourth_week_from_one_creditor() -> None:
    assert (rounds(13), rounds(4), rounds(5)) == (4, 1, 2)
    days = [invoice.issue_date for invoice in PURR if invoice.debtor == PURR[0].debtor]
    assert days == [FIRST_DAY + n * APART for n in range(4)]
    assert {invoice.issue_date for invoice in PURR[:100]} == {FIRST_DAY + timedelta(days=n) for n in range(5)}
    for person in EVERYBODY.people:
        assert len({i.creditor for i in EVERYBODY.invoices if i.debtor == person.debtor}) == 1


def test_an_older_kid_is_that_of_the_invoice_before_and_the_first_has_none() -> None:
    first, second = (
        invoice for invoice in PURR if invoice.debtor == PURR[0].debtor and invoice.issue_date < FIRST_DAY + 2 * APART
    )
    assert EVERYBODY.kid_before(first.number) is None
    assert EVERYBODY.kid_before(second.number) == first.reference


@pytest.mark.parametrize("invoices", [20, 399, 401])
def test_any_number_of_invoices_is_shared_out(invoices: int) -> None:
    everybody = cast(FIRST_DAY, invoices=invoices, seed=1, weeks=13)
    assert len(everybody.invoices) == 2 * invoices
    assert {invoice.creditor for invoice in everybody.invoices} == {*ids("purr"), *ids("baseline")}


def test_every_creditor_has_an_account_and_an_agreement_of_its_own() -> None:
    accounts = [account for creditor in creditors() for account in creditor.accounts]
    assert len(set(accounts)) == len(accounts) == 2 * len(BUSINESSES)
    assert all(NORWAY.is_account(account) for account in accounts)
    assert len({creditor.direct_debit["customer_unit"] for creditor in creditors()}) == len(accounts)
