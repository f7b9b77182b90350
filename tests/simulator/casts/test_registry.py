"""Whatever country the demo plays in, its cast is of that country: complete, lawful, and refused by no door."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from config.files import read_policies
from connectors.bank_files.reader import examine, payments
from domain.countries.registry import COUNTRIES
from domain.invoices.incoming import warnings_for
from domain.money.accounts import is_account, is_iban
from domain.money.references import holds
from domain.parties.replies import meaning_of
from domain.parties.sms_senders import network_of
from simulator.acceptance.cases import CASES
from simulator.cast import SCENES, cast, played_in
from simulator.casts.home import Home
from simulator.casts.registry import HOMES, NORWAY
from simulator.laws import laws_until
from simulator.left_waiting import STRANGER, contradicting
from simulator.offices.bank import Order
from simulator.people import HABITS

FIRST_DAY = date(2026, 11, 30)
LAWS = laws_until(FIRST_DAY + timedelta(weeks=13))
POLICIES = {name: policy for name, (policy, _) in read_policies(LAWS, FIRST_DAY).items()}
every_home = pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)


def test_every_country_of_ours_has_its_demo() -> None:
    assert HOMES.keys() == COUNTRIES.keys()
    assert {tuple(creditor.id for creditor in home.creditors) for home in HOMES.values()} == {
        tuple(creditor.id for creditor in NORWAY.creditors)
    }


@every_home
def test_creditors_are_of_the_country_and_so_are_the_policies_that_they_remind_by(home: Home) -> None:
    for creditor in home.creditors:
        assert creditor.country == home.country
        assert all(map(is_account, creditor.accounts))
        named = [creditor.consumer_policy, creditor.business_policy, home.cheaply]
        assert {POLICIES[name].country for name in named if name} == {home.country}
        assert home.sells.keys() == {each.id for each in home.creditors}


@every_home
def test_what_is_not_played_is_named_as_it_is_called_and_no_scene_of_norway_is_missing(home: Home) -> None:
    assert home.not_here.keys() <= {habit for _, habit, _ in SCENES} | {case.name for case in CASES}
    assert all(reason for reason in home.not_here.values())
    assert len(played_in(home, CASES)) >= 9
    assert not NORWAY.not_here


@every_home
def test_every_invoice_would_be_taken_without_a_word(home: Home) -> None:
    everybody = cast(FIRST_DAY, invoices=44, seed=13, cases=CASES, home=home)
    references = [invoice.reference or "" for invoice in everybody.invoices]
    assert len(set(references)) == len(references)
    for invoice in everybody.invoices:
        assert warnings_for(invoice) == []
        assert holds(invoice.reference or "", home.currency)
        assert (invoice.currency, invoice.debtor.country) == (home.currency, home.country)
    assert {invoice.debtor.language for invoice in everybody.invoices} == set(home.languages)
    assert set(home.languages) <= set(COUNTRIES[home.country].languages)


@every_home
def test_nobody_shares_a_number_an_account_or_a_name(home: Home) -> None:
    everybody = cast(FIRST_DAY, invoices=44, seed=13, cases=CASES, home=home)
    for whose in ("phone", "email", "account", "name"):
        assert len({getattr(person, whose) for person in everybody.people}) == len(everybody.people), whose
    accounts = [person.account for person in everybody.people] + [home.account(STRANGER), home.pays_for_many[0]]
    assert len(set(accounts)) == len(accounts)
    assert {network_of(number) for number in (home.phone(0), home.somebody)} == {home.country}
    assert home.country == "NO" or all(map(is_iban, accounts))


@every_home
def test_who_writes_that_it_is_paid_is_understood(home: Home) -> None:
    assert meaning_of(home.said.paid) == meaning_of(home.said.paid_long_ago) == "paid"


@every_home
def test_the_banks_file_is_read_as_it_was_meant_and_a_torn_one_contradicts_itself(home: Home, tmp_path: Path) -> None:
    everybody = cast(FIRST_DAY, invoices=44, seed=13, home=home)
    accounts = [account for creditor in home.creditors for account in creditor.accounts]
    orders = [
        Order(invoice.account or "", invoice.reference or "", invoice.amount, home.account(place))
        for place, invoice in enumerate(everybody.invoices)
    ]
    files = home.bank_files
    whole, torn = tmp_path / files.name(FIRST_DAY), tmp_path / "torn"
    whole.write_text(files.write(FIRST_DAY, accounts, orders, 1), encoding=files.encoding)
    found = examine(whole)
    assert (found.flags, set(found.accounts)) == ([], set(accounts))
    assert set(found.imported_through) == set(accounts)
    assert {(one.account, one.reference, one.amount, one.currency, one.debit_account) for one in payments(whole)} == {
        (order.account, order.kid, order.amount, home.currency, order.debit_account) for order in orders
    }
    of_one = [order for order in orders if order.account == accounts[0]]
    some, more = (files.write(FIRST_DAY, accounts[:1], [order], 2) for order in of_one[:2])
    torn.write_text(contradicting(some, more), encoding=files.encoding)
    assert examine(torn).flags


@every_home
def test_a_second_file_of_the_day_brings_other_payments_however_alike_they_are(home: Home, tmp_path: Path) -> None:
    order = Order(home.without_fees.accounts[0], home.references.made_of("70010001"), home.amount(100), home.account(1))
    ids = set[str]()
    for number in (1, 901, 902):
        path = tmp_path / str(number)
        path.write_text(home.bank_files.write(FIRST_DAY, [order.account], [order], number), home.bank_files.encoding)
        ids |= {one.provider_id for one in payments(path)}
    assert len(ids) == 3


def test_habits_that_are_left_out_are_habits() -> None:
    cases = {case.name for case in CASES}
    assert {each for home in HOMES.values() for each in home.not_here} - cases <= HABITS.keys()


@every_home
def test_the_app_of_stripes_page_is_one_that_people_have_there_and_who_has_one_has_a_distribution_house(
    home: Home,
) -> None:
    stripes = [each for each in home.creditors if "stripe" in each.payment_methods]
    houses = [each for each in home.creditors if each.letters_by]
    assert bool(stripes) == bool(houses) == bool(home.app)
    offered = LAWS[home.country].ways_to_pay.find(FIRST_DAY) or ()
    assert not home.app or home.app in offered
