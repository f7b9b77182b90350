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
from domain.countries.rows import LawMissing
from domain.money import references
from domain.money.matching.reading import Clue
from domain.money.matching.verdict import Match, match
from domain.planner.action import ActionKind
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
LAW = """
country: DK
zone: Europe/Copenhagen
currency: DKK
contact_hours: [{from: 2020-01-01, weekdays: 08:00-20:00, verified: false}]
regions:
  - from: 2020-01-01
    region: Bornholm
    postcodes: [3700-3790, 38]
    holidays: [08-04, easter + 60, wednesday before 11-23]
    verified: false
majority: [{from: 2020-01-01, years: 21, verified: false}]
letter_transit: [{from: 2020-01-01, banking_days: 2, verified: false}]
fees:
  - from: 2020-01-01
    for: consumer
    of: [reminder, notice]
    amount: 1/7 of base
    days_after_due_date: 17
    most: 2
    verified: false
  - {from: 2020-01-01, for: business, of: [reminder, notice], amount: 100, days_after_due_date: 5, most: 3, verified: false}
notices: [{from: 2020-01-01, shortest_deadline_days: 10, oldest_months: 3, days_before_hand_off: 30, verified: false}]
forms: [{from: 2020-01-01, formal: [letter], verified: false}]
interest:
  - {from: 2020-01-01, for: consumer, rate: lent + 5, day_count: act/365, verified: false}
  - {from: 2020-01-01, for: business, rate: lent + 9.5, day_count: act/365, verified: false}
allocation: [{from: 2020-01-01, order: [fee, principal, interest], creditor_may_change: false, verified: false}]
limitations: [{from: 2020-01-01, years: 5, verified: false}]
notice_senders: [{from: 2020-01-01, sender: creditor, verified: false}]
direct_debit:
  - from: 2024-01-01
    cut_off: 10:00
    notice_days: 8
    bank_notice_days: 10
    months_ahead: 6
    grace_banking_days: 2
    verified: false
half_years: [{from: 2026-01-01, lent: 1, base: 750, verified: false}, {from: 2026-07-01, lent: 2, base: 750, verified: false}]
"""


@pytest.fixture(autouse=True)
def denmark() -> Iterator[None]:
    """Denmark is among the countries."""
    COUNTRIES["DK"] = DENMARK
    yield
    del COUNTRIES["DK"]


@pytest.fixture
def law(tmp_path: Path) -> Law:
    """The law of a file in another folder, beside the home country's."""
    (tmp_path / "no.yaml").write_text((FOLDER / "no.yaml").read_text(encoding="utf-8"))
    (tmp_path / "dk.yaml").write_text(LAW)
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
    assert [act.fee for act in charged] == [Decimal(107), Decimal(107)]  # a seventh of 750
    assert law.calendar.local_date(charged[0].at) >= DUE + timedelta(days=17)
    notice = next(act for act in acts if act.action.step == "collection-notice" and not act.action.alert)
    assert notice.deadline is not None
    sent = law.calendar.local_date(notice.at)
    assert notice.deadline - sent >= timedelta(days=10)
    assert acts[-1].action.outcome == "handed off"
    gone = next(act for act in acts if act.action.kind is ActionKind.HAND_OFF)
    assert sent + timedelta(days=30) <= law.calendar.local_date(gone.at)  # though its deadline was past long before


def test_each_kind_of_debtor_is_charged_and_pays_interest_by_its_own_rows(law: Law) -> None:
    day = date(2026, 7, 6)
    assert [law.statutory_fee(day, kind) for kind in ("consumer", "business")] == [107, 100]
    assert [law.late_fee_from(DUE, kind) - DUE for kind in ("consumer", "business")] == [
        timedelta(days=17),
        timedelta(days=5),
    ]
    assert [law.interest_rate(day, kind) for kind in ("consumer", "business")] == [7, Decimal("11.5")]
    assert law.allocation_for(("principal", "interest", "fee"), day) == ("fee", "principal", "interest")


def test_what_its_file_does_not_say_is_not_done(law: Law) -> None:
    assert not law.set_offs.find(TODAY)
    with pytest.raises(LawMissing, match=r"dk.yaml has no row in compensation on 2026-07-06"):
        law.b2b_compensation(date(2026, 7, 6))
    with pytest.raises(LawMissing, match=r"dk.yaml has no row in half_years .* lent: …, base: …"):
        law.interest_rate(date(2027, 1, 1))


def test_its_banks_rest_on_its_own_days_and_its_people_come_of_age_at_its_own(law: Law) -> None:
    assert not law.calendar.is_banking_day(date(2026, 6, 5))
    assert not law.calendar.is_banking_day(date(2026, 12, 31))
    assert NORWAY.calendar.is_banking_day(date(2026, 12, 31))
    assert (law.majority.on(TODAY), NORWAY.majority.on(TODAY)) == (21, 18)


def test_its_people_are_left_in_peace_on_the_days_of_their_region_and_its_banks_work(law: Law) -> None:
    days = (date(2026, 6, 4), date(2026, 8, 4), date(2026, 11, 18))
    island, elsewhere = law.felt_in("DK", law, "DK-3700 Rønne"), law.felt_in("DK", law, "2100 København Ø")
    assert [island.calendar.is_holiday_at_home(day) for day in days] == [True, True, True]
    assert [elsewhere.calendar.is_holiday_at_home(day) for day in days] == [False, False, False]
    assert all(island.calendar.is_banking_day(day) for day in days)
    noon = island.calendar.at(days[1], time(12))
    assert island.calendar.next_contact_time(noon, law.contact_hours) == noon + timedelta(hours=20)
    assert elsewhere is law


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
