"""Swedish law: each row by a case worked by hand, and the policies that it refuses."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from domain.countries.fees import EarlierFee
from domain.countries.law import Law
from domain.countries.registry import country_of
from domain.countries.rows import LawMissing
from domain.countries.se import holder_of, is_theirs, payer_account
from domain.money.interest import accrued
from domain.planner.preview import Outcome, preview
from domain.vocabulary import DebtorKind
from tests.domain.builders import LAWS, SHIPPED, facts, with_assumed_rates
from tests.domain.countries.refused import refused

SWEDEN = LAWS["SE"]
AGREED = SWEDEN.under(frozenset({"reminder fee agreed", "due date agreed"}))
DUE = date(2026, 10, 1)  # a Thursday
SEVEN = time(7)


def fee(on: date, law: Law = AGREED, kind: DebtorKind = "consumer", **of: object) -> Decimal:
    asked = {"wanted": None, "due": DUE, "earlier_fees": (), "kind": kind} | of
    return law.fee_allowed(on=on, **asked)  # type: ignore[arg-type]


# --- fees --------------------------------------------------------------------------------------------------------


def test_a_reminder_costs_sixty_kronor_once_from_the_day_after_the_due_date_and_only_where_that_was_agreed() -> None:
    assert [fee(DUE), fee(DUE + timedelta(days=1))] == [0, 60]
    assert fee(DUE + timedelta(days=1), SWEDEN) == 0
    first = EarlierFee(date(2026, 10, 2), date(2026, 10, 16))
    assert fee(date(2027, 10, 2), earlier_fees=[first]) == 0


def test_an_inkassokrav_costs_a_hundred_and_eighty_without_an_agreement_beside_the_reminder_and_once() -> None:
    reminder = EarlierFee(date(2026, 10, 8), date(2026, 10, 22))
    on = date(2026, 11, 2)
    assert fee(on, SWEDEN, of="notice", earlier_fees=[reminder]) == 180
    krav = EarlierFee(on, date(2026, 11, 16), "notice")
    assert fee(date(2026, 12, 1), SWEDEN, of="notice", earlier_fees=[reminder, krav]) == 0
    assert SWEDEN.statutory_fee(on, of="plan") == 170


def test_a_business_owes_450_which_swallow_the_other_fees_and_a_consumer_never_does() -> None:
    on, none = DUE + timedelta(days=1), Decimal(0)
    assert SWEDEN.compensation_to_charge("business", on=on, due=DUE, charged=none) == 450
    assert SWEDEN.compensation_to_charge("business", on=DUE, due=DUE, charged=none) == 0
    assert SWEDEN.compensation_to_charge("business", on=on, due=DUE, charged=Decimal(60)) == 390
    assert [SWEDEN.compensation_to_charge(kind, on=on, due=DUE, charged=none) for kind in ("consumer", "any")] == [0, 0]
    swallowed = [fee(on, kind="business", of=of, compensation=Decimal(450)) for of in ("reminder", "notice", "plan")]
    assert swallowed == [0, 0, 0]


# --- the inkassokrav ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "in_transit", "until"),
    [
        (date(2026, 10, 29), 3, date(2026, 11, 9)),  # there on Tuesday 3 November; four banking days on is Monday
        (date(2026, 10, 29), 5, date(2026, 11, 11)),  # there on Thursday 5; four on is Wednesday
        (date(2026, 12, 18), 5, date(2027, 1, 7)),  # there on 29 December: 24, 25, 31, 1 and 6 are no banking days
        (date(2026, 6, 15), 3, date(2026, 6, 25)),  # there on 18 June; Midsummer Eve, Friday 19, is none either
    ],
)
def test_its_time_ends_four_banking_days_after_it_has_arrived(sent: date, in_transit: int, until: date) -> None:
    arrives = SWEDEN.calendar.add_banking_days(sent, in_transit)
    assert SWEDEN.shortest_notice("consumer", sent=sent, arrives=arrives) == until


def test_its_time_is_never_under_eight_days_from_sending() -> None:
    monday = date(2026, 11, 2)  # handed over the same day: four banking days are on Friday, eight days on Tuesday
    assert SWEDEN.shortest_notice("consumer", sent=monday, arrives=monday) == date(2026, 11, 10)


def test_a_policys_longer_time_counts_from_arrival_and_a_shorter_one_is_the_laws() -> None:
    sent, arrives = date(2026, 12, 18), date(2026, 12, 29)
    assert SWEDEN.deadline(14, sent=sent, arrives=arrives, notice=True) == date(2027, 1, 12)
    assert SWEDEN.deadline(8, sent=sent, arrives=arrives, notice=True) == date(2027, 1, 7)


def test_the_printed_day_of_a_notice_at_christmas_is_the_laws() -> None:
    law = with_assumed_rates(SWEDEN, range(2026, 2029))
    case = facts(currency="SEK", issue_date=date(2026, 11, 2), due_date=date(2026, 11, 16))
    acts = preview(SHIPPED["se-standard"], law, case, law.calendar.at(date(2026, 11, 2), SEVEN), Outcome())
    (notice,) = [act for act in acts if act.action.step == "inkassokrav" and not act.action.alert]
    posted = law.calendar.add_banking_days(law.calendar.local_date(notice.at), 1)
    assert notice.fee == 180
    assert notice.deadline is not None
    assert notice.deadline >= law.shortest_notice("consumer", sent=posted, arrives=law.arrives(posted))


def test_it_says_what_the_law_wants_in_a_letter_that_the_creditor_may_send_itself() -> None:
    rules = SWEDEN.notice(DUE)
    assert {"interest rate", "interest period", "interest capital", "objection"} < set(rules.contents)
    assert SWEDEN.forms.on(DUE).all == {"letter"}
    assert SWEDEN.notice_sender(DUE) == "creditor"
    assert SWEDEN.notice_expires(date(2026, 11, 2)) == date(2027, 5, 2)


# --- interest and limitation -------------------------------------------------------------------------------------


def test_interest_of_sixty_days_over_the_turn_of_the_year() -> None:
    """10,000 kronor, due 2025-12-01 and paid 2026-01-30: 60 days at 2 + 8 percent are 10,000 x 0.10 x 60 / 365."""
    changes = [(date(2025, 11, 1), Decimal(10_000))]
    due = AGREED.interest_due(date(2025, 12, 1), date(2025, 11, 1))
    assert due == date(2025, 12, 1)
    for kind in ("consumer", "business"):
        assert accrued(changes, due, date(2026, 1, 30), AGREED, kind) == Decimal("164.38")


def test_where_no_due_date_was_agreed_interest_runs_from_thirty_days_after_the_invoice() -> None:
    assert SWEDEN.interest_due(date(2026, 3, 2), date(2026, 2, 16)) == date(2026, 3, 18)
    assert SWEDEN.interest_due(date(2026, 4, 1), date(2026, 2, 16)) == date(2026, 4, 1)


def test_the_rate_of_a_half_year_that_nobody_told_is_missing() -> None:
    assert SWEDEN.interest_rate(date(2026, 6, 30)) == 10
    assert SWEDEN.interest_rate(date(2025, 1, 1)) == 11
    with pytest.raises(LawMissing, match=r"se.yaml has no row in half_years .* from 2026-07-01: .* reference: …"):
        SWEDEN.interest_rate(date(2026, 7, 1))


def test_a_consumers_claim_is_barred_three_years_after_it_arose_and_others_ten() -> None:
    arose = date(2026, 9, 1)
    assert SWEDEN.limitation_ends(DUE, "consumer", origin=arose) == date(2029, 9, 1)
    assert SWEDEN.limitation_ends(DUE, "business", origin=arose) == date(2036, 9, 1)


# --- days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "closed",
    ["2026-01-06", "2026-04-03", "2026-05-01", "2026-05-14", "2026-06-19", "2025-06-06", "2026-12-24", "2026-12-31"],
)
def test_banks_rest_on_holidays_and_on_three_eves(closed: str) -> None:
    assert not SWEDEN.calendar.is_banking_day(date.fromisoformat(closed))


@pytest.mark.parametrize("open_", ["2026-01-05", "2026-04-02", "2026-06-18", "2026-06-22", "2026-06-26", "2026-12-23"])
def test_banks_are_open_on_half_days_and_on_other_fridays_in_june(open_: str) -> None:
    assert SWEDEN.calendar.is_banking_day(date.fromisoformat(open_))


def test_an_autogiro_draw_is_told_of_eight_weekdays_before() -> None:
    rules = SWEDEN.calendar.rules_of_draws(DUE)
    assert rules is not None
    weekdays = [DUE + timedelta(days=day) for day in range(1, rules.notice_days + 1)]
    for start in range(7):
        assert sum((day + timedelta(days=start)).weekday() < 5 for day in weekdays) >= 8
    assert (f"{rules.cut_off:%H:%M}", rules.grace_banking_days) == ("19:00", 4)


@pytest.mark.parametrize(
    ("postcode", "written"),
    [
        ("12345", "123 45 Umeå"),
        ("123 45", "123 45 Umeå"),
        ("SE-123 45", "123 45 Umeå"),
        ("S-12345", "123 45 Umeå"),
        (" 12345 ", "123 45 Umeå"),
        ("1234", "1234 Umeå"),  # nobody's guess
        ("N-0155", "N-0155 Umeå"),
        ("1\uff12345", "1\uff12345 Umeå"),  # a wide figure
    ],
)
def test_a_place_is_written_with_its_postcode_in_three_digits_and_two(postcode: str, written: str) -> None:
    assert country_of("SE").place(postcode, "Umeå") == written


# --- what is refused ---------------------------------------------------------------------------------------------

KRAV_AT = "at: reminder deadline + 5 banking days"


@pytest.mark.parametrize(
    ("policy", "old", "new", "said"),
    [
        (
            "se-standard",
            "  - id: reminder\n    at: due date + 7 days\n    unless: claim pending\n    tone: kind\n"
            "    reach: [email, sms, letter]",
            "  - id: reminder\n    at: due date + 7 days\n    fee: statutory\n    reach: [letter]",
            "a fee for a reminder is lawful only where it was agreed by when the debt arose",
        ),
        (
            "se-standard",
            "    kind: collection notice\n    fee: statutory",
            "    kind: collection notice\n    fee: 200 SEK",
            "a fee of 200 is above the country's maximum of 180 SEK",
        ),
        (
            "se-standard",
            "    deadline: 10 days\n\n  - id: last",
            "    deadline: 7 days\n\n  - id: last",
            "at least 8 days",
        ),
        ("se-standard", "fee: statutory", "fee: compensation", "only a business pays compensation"),
        (
            "se-business",
            "    kind: collection notice\n",
            "    kind: collection notice\n    fee: statutory\n",
            "the compensation above takes the place of every later fee",
        ),
        ("se-standard", "    send: [letter]\n", "    send: [email]\n", "a collection notice cannot go by email"),
        (
            "se-standard",
            "first_within: 30 days, interest: free",
            "first_within: 30 days, interest: statutory",
            "takes a consumer credit licence",
        ),
        (
            "se-standard",
            "tone: kind",
            "tone: kind\n    message: block-warning",
            "no row in service_notices for any trade",
        ),
        ("se-standard", KRAV_AT, "at: due date", "a fee earlier than 1 day after the due date is unlawful"),
        ("se-standard", KRAV_AT, "at: due date", "a collection notice is lawful only after the due date"),
        ("se-gentle", KRAV_AT, "at: issue date + 30 days", "a collection notice is lawful only after the due date"),
        (
            "se-standard",
            "  - id: last-call\n",
            "  - id: again\n    at: inkassokrav deadline + 5 banking days\n    kind: collection notice\n    fee: statutory\n"
            "    send: [letter]\n    deadline: 10 days\n\n  - id: last-call\n",
            "more than 1 fee for one claim are unlawful",
        ),
        ("se-standard", "    deadline: 10 days\n\n  - id: last", "\n  - id: last", "without a deadline is unlawful"),
        (
            "se-business",
            "    deadline: 10 days\n\n  - id: last",
            "    deadline: 7 days\n\n  - id: last",
            "at least 8 days",
        ),
        (
            "se-standard",
            "    send: [letter]\n",
            "    send: [email]\n",
            "a collection notice must be able to go by letter",
        ),
        (
            "se-standard",
            "fee: statutory\n    send: [letter]",
            "fee: statutory\n    reach: [letter]",
            "never the fallback",
        ),
        ("se-business", "    fee: compensation\n", "    fee: 451 SEK\n", "above the country's maximum of 60 SEK"),
        ("se-standard", "due date 09:00", "due date 21:00", "21:00 is outside the contact hours"),
        (
            "se-standard",
            "interest: none ",
            "credit: use\ninterest: none ",
            "se.yaml does not say that credit may be set off",
        ),
        (
            "se-standard",
            "at: inkassokrav deadline + 5 banking days",
            "at: inkassokrav + 5 banking days",
            "a hand-off waits until the deadline of `inkassokrav` is missed",
        ),
        (
            "se-standard",
            "at: inkassokrav deadline + 5 banking days",
            "at: inkassokrav deadline + 190 days",
            "the notice is older than 6 months at the hand-off",
        ),
        ("se-standard", "    approval: required\n", "", "a hand-off is approved by a person"),
    ],
)
def test_an_unlawful_policy_is_refused_with_its_line_and_what_to_write(
    policy: str, old: str, new: str, said: str
) -> None:
    refused(policy, old, new, said)


@pytest.mark.parametrize(
    ("policy", "old", "new", "said"),
    [
        ("se-gentle", "kind: collection notice", "tone: kind", "a hand-off without a collection notice before it"),
        ("se-business", "kind: collection notice", "tone: kind", "a hand-off without a collection notice before it"),
        ("se-standard", "plans: {", "plans: none\n#", "comes only after the debtor could pay in parts"),
    ],
)
def test_what_a_hand_off_lacks_above_it_is_told_in_its_own_line(policy: str, old: str, new: str, said: str) -> None:
    refused(policy, old, new, said, step="hand-off")


# --- Autogiro -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clearing", "number", "account"),
    [
        ("5001", "1000007", "5001000001000007"),  # type 1: mod11 over both
        ("50 01", "100 000-7", "5001000001000007"),
        ("6001", "100 000 002", "6001000100000002"),  # type 2: mod11 of the account
        ("8327-9", "100000000", "8327000100000000"),  # Swedbank's fifth digit is left out in files
        ("8327", "100000009", "8327000100000009"),
        ("8327-8", "100000000", None),  # the fifth digit is a check digit
        ("5001", "1000008", None),
        ("0999", "1000007", None),
        ("5001", "", None),
        ("", "5001000001000007", None),
    ],
)
def test_a_payers_account_is_written_as_autogiro_has_it(clearing: str, number: str, account: str | None) -> None:
    assert payer_account(clearing, number) == account


@pytest.mark.parametrize(
    ("typed", "holder"),
    [
        ("19680305-0001", "196803050001"),
        ("680305-0001", "196803050001"),
        ("680305+0001", "186803050001"),
        ("6803050001", "196803050001"),
        ("680365-0008", "196803650008"),  # a coordination number: 60 added to the day
        ("556677-8899", "005566778899"),
        ("16556677-8899", "005566778899"),
        ("680305-0002", None),  # check digit
        ("681305-0009", None),  # no such month
        ("20290305-0009", None),  # not born yet
        ("Alva", None),
        ("", None),
    ],
)
def test_who_holds_an_account_is_written_with_a_century(typed: str, holder: str | None) -> None:
    assert holder_of(typed, date(2027, 2, 1)) == holder


@pytest.mark.parametrize(
    ("holder", "born", "organisation", "theirs"),
    [
        ("196803050001", date(1968, 3, 5), None, True),
        ("196803650001", date(1968, 3, 5), None, True),  # a coordination number
        ("196803050001", date(1968, 3, 6), None, False),
        ("186803050001", date(1968, 3, 5), None, False),
        ("005560360793", date(1968, 3, 5), None, False),  # a company's account
        ("196803050001", None, None, True),
        ("005560360793", None, "556036-0793", True),
        ("005560360793", None, "5560360793", True),
        ("005560360793", None, "556036-0794", False),
        ("196803050001", None, "680305-0001", True),  # a sole trader
    ],
)
def test_an_account_is_the_debtors_own_as_far_as_it_is_known_who_they_are(
    holder: str, born: date | None, organisation: str | None, theirs: bool
) -> None:
    assert is_theirs(holder, born, organisation) is theirs
