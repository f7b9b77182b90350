"""A country is added from outside, its file and one module: an invoice is reminded, charged, warned and paid by its rules."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from stdnum import luhn

from config.files import COUNTRIES as FOLDER
from config.files import POLICIES, read_laws
from domain.agreements import direct_debit
from domain.countries.calendar import Calendar
from domain.countries.check_digits import is_mod10
from domain.countries.country import Country, ReferenceScheme
from domain.countries.law import Law
from domain.countries.registry import COUNTRIES
from domain.money import references
from domain.money.matching.reading import Clue
from domain.money.matching.verdict import Match, match
from domain.planner.preview import preview
from domain.policy.loader import PolicyError, load_policy
from messages import figures
from messages.words import reference_label
from tests.domain.builders import DUE, NORWAY, TODAY, facts, local
from tests.domain.invoices.test_incoming import read, warnings_for
from tests.domain.money.matching.test_verdict import candidate


def fik_of(digits: str) -> str:
    """A payment identification of fifteen digits."""
    whole = digits.rjust(14, "0")
    return whole + luhn.calc_check_digit(whole)


DENMARK = Country(
    "DK",
    "Danish",
    "DKK",
    without_settlement=frozenset({(6, 5), (12, 24), (12, 31)}),
    references=ReferenceScheme("fik", re.compile(r"[0-9]{15}"), holds=is_mod10, made_of=fik_of, label="FIK"),
    account=re.compile(r"[0-9]{14}"),
    is_account=lambda number: re.fullmatch(r"[0-9]{14}", number) is not None,
    account_groups=(4, 10),
)
CHANGES = {
    "country: NO": "country: DK",
    "zone: Europe/Oslo": "zone: Europe/Copenhagen",
    "currency: NOK": "currency: DKK",
    "part_of_inkassosats: 1/20": "part_of_inkassosats: 1/7",
    "days_after_due_date: 14": "days_after_due_date: 17",
    "shortest_deadline_days: 14": "shortest_deadline_days: 10",
    "{years: 18": "{years: 21",
    "cut_off: 14:00, notice_days: 4, bank_notice_days: 7, months_ahead: 12, grace_banking_days: 5": (
        "cut_off: 10:00, notice_days: 8, bank_notice_days: 10, months_ahead: 6, grace_banking_days: 2"
    ),
}


@pytest.fixture(autouse=True)
def denmark() -> Iterator[None]:
    """Denmark is among the countries."""
    COUNTRIES["DK"] = DENMARK
    yield
    del COUNTRIES["DK"]


@pytest.fixture
def law(tmp_path: Path) -> Law:
    """The law of a file in another folder, beside the home country's."""
    written = (FOLDER / "no.yaml").read_text(encoding="utf-8")
    (tmp_path / "no.yaml").write_text(written)
    for ours, theirs in CHANGES.items():
        assert ours in written
        written = written.replace(ours, theirs)
    (tmp_path / "dk.yaml").write_text(written)
    return read_laws(tmp_path)["DK"]


def test_an_invoice_is_reminded_charged_and_warned_by_its_country(law: Law) -> None:
    text = (POLICIES / "no-standard.yaml").read_text(encoding="utf-8")
    text = text.replace("country: NO", "country: DK").replace(" NOK", " DKK").replace("name: no-", "name: dk-")
    laws = {"NO": NORWAY, "DK": law}
    with pytest.raises(PolicyError, match="a fee earlier than 17 days after the due date is unlawful"):
        load_policy(text, "dk-standard.yaml", laws, on=TODAY)
    text = text.replace(
        "at: friendly-reminder deadline + 2 banking days", "at: friendly-reminder deadline + 6 banking days"
    )
    policy = load_policy(text, "dk-standard.yaml", laws, on=TODAY)
    acts = preview(policy, law, facts(currency="DKK"), local("2026-06-01 00:00"))
    charged = [act for act in acts if act.fee]
    assert [act.fee for act in charged] == [Decimal(107), Decimal(107)]  # a seventh of 750 kroner
    assert law.calendar.local_date(charged[0].at) >= DUE + timedelta(days=17)
    notice = next(act for act in acts if act.action.step == "collection-notice" and not act.action.alert)
    assert notice.deadline is not None
    assert notice.deadline - law.calendar.local_date(notice.at) >= timedelta(days=10)
    assert acts[-1].action.outcome == "handed off"


def test_its_banks_rest_on_its_own_days_and_its_people_come_of_age_at_its_own(law: Law) -> None:
    assert not law.calendar.is_banking_day(date(2026, 6, 5))
    assert not law.calendar.is_banking_day(date(2026, 12, 31))
    assert NORWAY.calendar.is_banking_day(date(2026, 12, 31))
    assert (law.age_of_majority, NORWAY.age_of_majority) == (21, 18)


def test_its_draws_keep_its_own_cut_off_notice_and_grace(law: Law) -> None:
    theirs, monday, due = law.calendar, date(2026, 3, 2), date(2026, 3, 10)
    assert direct_debit.earliest_due(theirs, theirs.at(monday, time(9, 59))) == due
    assert direct_debit.earliest_due(theirs, theirs.at(monday, time(10))) == date(2026, 3, 11)
    assert direct_debit.latest_due(theirs, theirs.at(monday, time(10))) == date(2026, 9, 2)
    assert direct_debit.stoppable_until(theirs, due) == theirs.at(date(2026, 3, 9), time(10))
    assert direct_debit.grace_ends(theirs, due) == date(2026, 3, 12)
    assert direct_debit.earliest_due(NORWAY.calendar, NORWAY.calendar.at(monday, time(10))) == date(2026, 3, 6)


def test_a_country_without_direct_debit_says_so_but_waits_for_what_its_creditors_draw_themselves() -> None:
    finland = Calendar("FI", "Europe/Helsinki")
    with pytest.raises(LookupError, match="no direct debit is known in FI"):
        direct_debit.is_in_time(finland, finland.at(date(2026, 3, 2), time(9)), date(2026, 3, 10))
    assert direct_debit.grace_ends(finland, date(2026, 3, 10)) == date(2026, 3, 17)


def test_its_references_are_issued_known_and_paid() -> None:
    reference = references.new_reference("DK", "1234")
    invoice = read(reference=reference, account="1234 0000567890", currency="DKK")
    assert (invoice.reference_scheme, invoice.reference_valid) == ("fik", True)
    assert [reference_label(reference, currency, "nb") for currency in ("DKK", "PLN")] == ["FIK", "Betalingsreferanse"]
    assert warnings_for(invoice) == []
    assert figures.account("12340000567890") == "1234 0000567890"
    owed = candidate(reference=reference, currency="DKK")
    assert isinstance(match(Clue(owed.balance, "DKK", reference=reference), [owed]), Match)


def test_a_country_without_references_of_its_own_issues_the_international_ones() -> None:
    reference = references.new_reference("DE", "90000001")
    assert reference.startswith("RF")
    assert references.is_valid(reference, "rf")
    with pytest.raises(ValueError, match="digits"):
        references.new_reference("DE", "9" * 22)
