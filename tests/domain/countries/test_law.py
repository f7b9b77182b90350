"""Norwegian dunning law, asked about single days."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.calendar import add_months
from domain.countries.fees import EarlierFee
from domain.countries.half_years import RoundingOf
from domain.countries.law import missing_soon
from domain.countries.law_loader import LawError, load_law
from domain.countries.notices import TRADES
from domain.countries.rows import LawMissing
from domain.money.allocation import Part
from domain.vocabulary import Channel, DebtorKind

TEXT = (Path(__file__).resolve().parents[3] / "config" / "countries" / "no.yaml").read_text(encoding="utf-8")
NORWAY = load_law(TEXT, "no.yaml")
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
FEES = st.lists(st.builds(EarlierFee, charged_on=DAYS, deadline=st.none() | DAYS), max_size=4)
DUE = date(2026, 7, 1)


def fee(charged_on: date, deadline_days: int | None = 14) -> EarlierFee:
    if deadline_days is None:
        return EarlierFee(charged_on, None)
    return EarlierFee(charged_on, charged_on + timedelta(days=deadline_days))


def allowed(on: date, *earlier: EarlierFee, wanted: Decimal | None = None) -> Decimal:
    return NORWAY.fee_allowed(wanted=wanted, on=on, due=DUE, earlier_fees=earlier)


@pytest.mark.parametrize(("on", "expected"), [(date(2024, 1, 1), 35), (date(2025, 12, 31), 35), (date(2026, 1, 1), 38)])
def test_the_fee_is_a_twentieth_of_the_inkassosats_to_the_nearest_krone(on: date, expected: int) -> None:
    assert NORWAY.statutory_fee(on) == expected


@pytest.mark.parametrize(
    ("due", "first_day"),
    [
        (date(2026, 10, 1), date(2026, 10, 15)),
        (date(2026, 5, 1), date(2026, 5, 18)),  # a holiday on a Friday: due on Monday
    ],
)
def test_a_fee_waits_14_days_from_the_due_date_moved_to_a_banking_day(due: date, first_day: date) -> None:
    assert NORWAY.late_fee_from(due) == first_day
    before = first_day - timedelta(days=1)
    assert NORWAY.fee_allowed(wanted=None, on=before, due=due, earlier_fees=()) == 0
    assert NORWAY.fee_allowed(wanted=None, on=first_day, due=due, earlier_fees=()) == 38


def test_rates_are_those_of_the_half_year() -> None:
    assert NORWAY.interest_rate(date(2025, 6, 30)) == Decimal("12.50")
    assert NORWAY.interest_rate(date(2025, 7, 1)) == Decimal("12.25")
    assert NORWAY.b2b_compensation(date(2026, 12, 31)) == 430


@pytest.mark.parametrize(("on", "half_year"), [(date(2027, 3, 1), "2027-01-01"), (date(2023, 12, 31), "2023-07-01")])
def test_a_missing_half_year_names_the_file_and_the_row_to_add(on: date, half_year: str) -> None:
    with pytest.raises(LawMissing) as error:
        NORWAY.statutory_fee(on)
    assert f"no.yaml has no row in half_years for the half-year from {half_year}: add" in str(error.value)


def test_a_smaller_fee_may_be_charged_and_a_larger_one_is_cut() -> None:
    assert allowed(date(2026, 7, 15), wanted=Decimal(20)) == 20
    assert allowed(date(2026, 7, 15), wanted=Decimal(70)) == 38


def test_a_second_fee_needs_a_missed_deadline_of_14_days() -> None:
    first = fee(date(2026, 7, 15))
    assert allowed(date(2026, 7, 29), first) == 0  # the deadline's last day
    assert allowed(date(2026, 7, 30), first) == 38
    assert allowed(date(2026, 8, 30), fee(date(2026, 7, 15), 13)) == 0
    assert allowed(date(2026, 8, 30), fee(date(2026, 7, 15), None)) == 0


def test_a_deadline_on_a_sunday_is_missed_only_after_monday() -> None:
    first = fee(date(2026, 7, 19))
    assert allowed(date(2026, 8, 3), first) == 0
    assert allowed(date(2026, 8, 4), first) == 38


def test_a_third_fee_waits_until_six_months_have_passed() -> None:
    two = (fee(date(2025, 10, 1)), fee(date(2025, 11, 1)))
    due = date(2025, 9, 1)
    assert NORWAY.fee_allowed(wanted=None, on=date(2026, 4, 1), due=due, earlier_fees=two) == 0
    assert NORWAY.fee_allowed(wanted=None, on=date(2026, 4, 2), due=due, earlier_fees=two) == 38


@given(on=DAYS, due=DAYS, earlier=FEES, wanted=st.none() | st.decimals(-10, 500, places=2))
def test_a_fee_is_never_earlier_larger_or_more_often_than_allowed(
    on: date, due: date, earlier: list[EarlierFee], wanted: Decimal | None
) -> None:
    amount = NORWAY.fee_allowed(wanted=wanted, on=on, due=due, earlier_fees=earlier)
    assert 0 <= amount <= NORWAY.statutory_fee(on)
    if amount:
        assert on >= NORWAY.effective_due(due) + timedelta(days=14)
        recent = [earlier_fee for earlier_fee in earlier if add_months(earlier_fee.charged_on, 6) >= on]
        assert len(recent) < 2
        assert all(earlier_fee.deadline is not None and earlier_fee.deadline < on for earlier_fee in recent)


def compensation(on: date, kind: DebtorKind = "business", *, due: date = DUE, charged: int = 0) -> Decimal:
    return NORWAY.compensation_to_charge(kind, on=on, due=due, charged=Decimal(charged))


def test_a_business_pays_the_standard_compensation_and_a_consumer_never() -> None:
    assert compensation(date(2026, 7, 15)) == 430
    assert compensation(date(2026, 7, 15), "consumer") == 0
    assert compensation(date(2026, 7, 15), "any") == 0


def test_compensation_waits_as_long_as_a_fee() -> None:
    assert compensation(date(2026, 7, 14)) == 0


def test_compensation_is_the_lower_of_the_due_days_and_the_sending_days() -> None:
    assert compensation(date(2026, 7, 20), due=date(2026, 6, 15)) == 430  # 460 on the due day
    assert compensation(date(2025, 1, 20), due=date(2024, 12, 16)) == 460  # 470 on the day of sending


def test_fees_charged_before_are_taken_off_the_compensation() -> None:
    assert compensation(date(2026, 8, 1), charged=76) == 354
    assert compensation(date(2026, 8, 1), charged=500) == 0


def test_compensation_claimed_takes_the_place_of_fees() -> None:
    on, first = date(2026, 8, 1), fee(date(2026, 7, 15))
    for claimed, expected in ((0, 38), (30, 8), (430, 0)):
        assert expected == NORWAY.fee_allowed(
            wanted=None, on=on, due=DUE, earlier_fees=[first], compensation=Decimal(claimed)
        )


def test_a_consumer_is_warned_four_weeks_before_a_service_is_blocked_and_a_business_two() -> None:
    kinds: list[DebtorKind] = ["consumer", "business", "any"]
    for trade in (None, *TRADES):
        assert [NORWAY.service_notice_days(kind, date(2026, 8, 1), trade) for kind in kinds] == [28, 14, 28]


def test_a_trades_notice_is_that_of_the_day_of_the_warning_and_nobodys_trade_has_the_longest() -> None:
    of_insurance = "  - {from: 2024-01-01, for: consumer, trade: insurance, days: 28, verified: false}\n"
    later = of_insurance.replace("2024-01-01", "2026-09-01").replace("28", "42")
    law = load_law(TEXT.replace(of_insurance, of_insurance + later), "no.yaml")
    before, after = date(2026, 8, 31), date(2026, 9, 1)
    assert [law.service_notice_days("consumer", on, "insurance") for on in (before, after)] == [28, 42]
    assert [law.service_notice_days("consumer", after, trade) for trade in ("grid", None)] == [28, 42]
    with pytest.raises(LawMissing, match="no row in service_notices for grid on 2023-12-31"):
        law.service_notice_days("consumer", date(2023, 12, 31), "grid")


def test_a_creditor_may_choose_its_own_order_of_parts_where_the_country_lets_it() -> None:
    own: tuple[Part, ...] = ("fee", "interest", "principal")
    assert NORWAY.allocation_for(None, DUE) == ("principal", "interest", "fee")
    assert NORWAY.allocation_for(own, DUE) == own
    strict = load_law(TEXT.replace("creditor_may_change: true", "creditor_may_change: false"), "no.yaml")
    assert strict.allocation_for(own, DUE) == ("principal", "interest", "fee")


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (date(2008, 7, 2), date(2026, 7, 2)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 12, 31), date(2026, 12, 31)),
    ],
)
def test_a_minor_comes_of_age_on_the_eighteenth_birthday(born: date, of_age: date) -> None:
    assert NORWAY.is_minor(born, of_age - timedelta(days=1))
    assert not NORWAY.is_minor(born, of_age)


def test_whose_birth_date_nobody_told_is_of_age_and_the_age_is_the_countrys_own() -> None:
    assert not NORWAY.is_minor(None, DUE)
    elsewhere = load_law(TEXT.replace("years: 18", "years: 21"), "no.yaml")
    assert elsewhere.is_minor(date(2008, 7, 2), date(2029, 7, 1))
    assert not elsewhere.is_minor(date(2008, 7, 2), date(2029, 7, 2))


def test_a_notice_serves_a_hand_off_for_six_months() -> None:
    assert NORWAY.notice_expires(date(2026, 8, 31)) == date(2027, 2, 28)
    assert NORWAY.notice(DUE).shortest_deadline_days == 14


def test_the_creditor_sends_the_notice_until_a_dated_row_says_otherwise() -> None:
    new_act = "  - {from: 2027-01-01, sender: licensed agency, verified: true}\n"
    row = "  - {from: 2024-01-01, sender: creditor, verified: true}\n"
    law = load_law(TEXT.replace(row, row + new_act), "no.yaml")
    assert NORWAY.notice_sender(date(2027, 1, 1)) == "creditor"
    assert law.notice_sender(date(2026, 12, 31)) == "creditor"
    assert law.notice_sender(date(2027, 1, 1)) == "licensed agency"
    with pytest.raises(LawMissing, match="notice_senders on 2023-12-31"):
        law.notice_sender(date(2023, 12, 31))


def test_a_letter_is_formal_by_itself_and_an_email_only_sometimes() -> None:
    forms = NORWAY.forms.on(DUE)
    assert (forms.formal, forms.formal_when_recently_used) == ({Channel.LETTER}, {Channel.EMAIL})


@pytest.mark.parametrize(
    ("today", "from_"),
    [
        (date(2026, 11, 16), None),
        (date(2026, 11, 17), date(2027, 1, 1)),  # 45 days before
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2027, 1, 1)),
        (date(2028, 8, 1), date(2028, 7, 1)),
    ],
)
def test_a_half_year_without_its_row_is_told_45_days_ahead(today: date, from_: date | None) -> None:
    told = missing_soon([NORWAY], today)
    assert bool(told) is (from_ is not None)
    assert all(
        f"from {from_} every step with a fee or interest stands still: no.yaml has no row" in each for each in told
    )


def test_with_its_row_nothing_is_told() -> None:
    row = "  - {from: 2027-01-01, interest: 12.00, b2b_compensation: 430, inkassosats: 750, verified: true}\n"
    assert missing_soon([load_law(TEXT.rstrip("\n") + "\n" + row, "no.yaml")], date(2026, 12, 31)) == []


def rounding(*rows: str) -> str:
    """The country's file with rows of rounding."""
    written = "".join(f"  - {{{row}, verified: false}}\n" for row in rows)
    return TEXT.replace("half_years:\n", f"rounding:\n{written}half_years:\n", 1) if rows else TEXT


@pytest.mark.parametrize(
    ("of", "rows", "to"),
    [
        ("interest", [], "10.46"),
        ("interest", ["from: 2020-01-01, of: [interest], to: 0.05"], "10.45"),
        ("interest", ["from: 2020-01-01, of: [interest], to: 1"], "10"),
        ("interest", ["from: 2020-01-01, of: [fee], to: 1"], "10.46"),
        ("interest", ["from: 2020-01-01, of: [interest], to: 1", "from: 2030-01-01, of: [interest], to: 5"], "10"),
        ("fee", [], "10"),
        ("fee", ["from: 2020-01-01, of: [fee, interest], to: 0.50"], "10.5"),
    ],
)
def test_what_is_reckoned_is_rounded_as_the_row_of_the_day_says(of: RoundingOf, rows: list[str], to: str) -> None:
    law = load_law(rounding(*rows), "no.yaml")
    assert law.rounded(Decimal("10.4567"), of, date(2026, 12, 1)) == Decimal(to)


def test_nothing_is_rounded_to_nothing() -> None:
    with pytest.raises(LawError, match="nothing is rounded to 0"):
        load_law(rounding("from: 2020-01-01, of: [fee], to: 0"), "no.yaml")
