"""Finnish law: each row by a case worked by hand, and the policies that it refuses."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from config.files import COUNTRIES
from domain.countries.fees import EarlierFee
from domain.countries.law_loader import LawError, load_law
from domain.countries.registry import country_of
from domain.countries.rows import LawMissing
from domain.money.allocation import ChargedFee, fees_to_take_back
from domain.money.interest import accrued
from domain.vocabulary import DebtorKind
from tests.domain.builders import LAWS
from tests.domain.countries.refused import refused

FINLAND = LAWS["FI"]
AGREED = FINLAND.under(frozenset({"due date agreed"}))
ISSUED, DUE = date(2026, 9, 17), date(2026, 10, 1)  # fourteen days before a Thursday
SEVEN, EIGHT, NINE = time(7), time(8), time(9)


def fee(on: date, kind: DebtorKind = "consumer", **of: object) -> Decimal:
    asked = {"wanted": None, "due": DUE, "issued": ISSUED, "earlier_fees": (), "kind": kind} | of
    return FINLAND.fee_allowed(on=on, **asked)  # type: ignore[arg-type]


# --- fees --------------------------------------------------------------------------------------------------------


def test_a_reminder_costs_five_euros_from_the_fifteenth_day_after_the_due_date() -> None:
    assert FINLAND.late_fee_from(DUE) == date(2026, 10, 16)
    assert [fee(date(2026, 10, 15)), fee(date(2026, 10, 16))] == [0, 5]  # the fourteenth day is too early
    assert fee(date(2026, 10, 16), of="notice") == 5  # the last letter is a reminder too


def test_the_next_one_costs_from_the_fifteenth_day_after_the_last_was_sent_a_free_one_too() -> None:
    sent = date(2026, 10, 16)
    first = EarlierFee(sent, date(2026, 11, 2))
    for earlier in ([first], []):
        assert fee(date(2026, 10, 30), earlier_fees=earlier, last_reminder=sent) == 0
        assert fee(date(2026, 10, 31), earlier_fees=earlier, last_reminder=sent) == 5
    second = EarlierFee(date(2026, 10, 31), date(2026, 11, 20))
    assert fee(date(2027, 1, 1), earlier_fees=[first, second], last_reminder=date(2026, 10, 31)) == 0


def test_an_invoice_that_came_late_bears_no_fee() -> None:
    assert fee(date(2026, 11, 2), issued=date(2026, 9, 18)) == 0


def test_whoever_paid_four_days_before_the_letter_or_on_its_very_day_owes_no_fee() -> None:
    letter = date(2026, 10, 16)
    charged, owed = ChargedFee(1, letter, Decimal(5)), (ISSUED, Decimal(100))
    days = {day: fees_to_take_back([charged], [owed, (date(2026, 10, day), Decimal(-100))]) for day in (12, 13, 16, 17)}
    assert days == {12: (charged,), 13: (charged,), 16: (charged,), 17: ()}


def test_a_business_pays_twelve_or_forty_and_never_both() -> None:
    on, none = date(2026, 10, 16), Decimal(0)
    assert fee(on, "business") == 12
    assert fee(on, "business", last_reminder=date(2026, 10, 7)) == 0
    assert fee(on, "business", last_reminder=date(2026, 10, 6)) == 12
    assert FINLAND.compensation_to_charge("business", on=DUE + timedelta(days=1), due=DUE, charged=none) == 40
    assert FINLAND.compensation_to_charge("business", on=on, due=DUE, charged=Decimal(12)) == 28
    assert fee(on, "business", compensation=Decimal(40)) == 0
    assert FINLAND.compensation_to_charge("consumer", on=on, due=DUE, charged=none) == 0


@pytest.mark.parametrize(
    ("principal", "parts", "most"),
    [
        ("100.00", 12, 20),
        ("100.01", 4, 20),
        ("100.01", 5, 30),
        ("1000.00", 5, 30),
        ("1000.01", 4, 20),
        ("1000.01", 5, 50),
        ("0", 1, 20),  # nobody told
    ],
)
def test_a_plan_costs_twenty_euros_and_in_more_than_four_parts_thirty_or_fifty_by_the_principal(
    principal: str, parts: int, most: int
) -> None:
    cost = FINLAND.statutory_fee(DUE, "consumer", "plan", principal=Decimal(principal), parts=parts)
    assert cost == most


def test_more_time_costs_five_euros_and_what_a_plan_costs_a_business_nobody_found() -> None:
    assert FINLAND.statutory_fee(DUE, "consumer", "extension") == 5
    for of in ("plan", "extension"):
        with pytest.raises(LawMissing, match=f"no row in fees for {of} .*a business"):
            FINLAND.statutory_fee(DUE, "business", of)


# --- letters -----------------------------------------------------------------------------------------------------


def test_every_letter_gives_ten_days_from_the_latest_day_on_which_it_arrives() -> None:
    """Posted on Friday 16 October, five banking days on its way: there on 23 October, and paid by Monday 2 November."""
    posted = date(2026, 10, 16)
    assert FINLAND.arrives(posted) == date(2026, 10, 23)
    for days in (3, 10):
        assert FINLAND.deadline(days, sent=posted, arrives=FINLAND.arrives(posted)) == date(2026, 11, 2)
    assert FINLAND.deadline(14, sent=posted, arrives=FINLAND.arrives(posted)) == date(2026, 11, 6)


def test_collection_follows_the_last_reminder_by_fifteen_days_and_a_businesss_by_ten() -> None:
    sent = date(2026, 11, 2)
    assert FINLAND.hand_off_from(sent) == date(2026, 11, 17)
    assert FINLAND.hand_off_from(sent, "business") == date(2026, 11, 12)
    assert FINLAND.notice_expires(sent) == date(2027, 5, 2)


def test_a_reminder_goes_by_letter_or_an_address_used_lately_and_the_creditor_sends_it() -> None:
    forms = FINLAND.forms.on(DUE)
    assert (forms.formal, forms.formal_when_recently_used) == ({"letter"}, {"email"})
    assert FINLAND.notice_sender(DUE) == "creditor"
    assert {"total", "pay day", "objection"} < set(FINLAND.notice(DUE).contents)


# --- interest and limitation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "interest"), [("consumer", "15.62"), ("business", "17.26"), ("any", "15.62")])
def test_interest_of_sixty_days(kind: DebtorKind, interest: str) -> None:
    """1,000 euros, due 2026-04-01 and paid 05-31: 60 days at 2.5 + 7 percent are 15.62, at 2.5 + 8 between businesses 17.26."""
    changes = [(date(2026, 3, 2), Decimal(1000))]
    due = AGREED.interest_due(date(2026, 4, 1), date(2026, 3, 2), kind)
    assert accrued(changes, due, date(2026, 5, 31), AGREED, kind) == Decimal(interest)


def test_where_no_due_date_binds_interest_runs_from_thirty_days_after_the_invoice() -> None:
    assert FINLAND.interest_due(date(2026, 3, 16), date(2026, 3, 2)) == date(2026, 4, 1)


def test_the_rate_of_a_half_year_that_nobody_told_is_missing() -> None:
    assert [FINLAND.interest_rate(date(2024, 7, 1), kind) for kind in ("consumer", "business")] == [
        Decimal("11.5"),
        Decimal("12.5"),
    ]
    with pytest.raises(LawMissing, match=r"fi.yaml has no row in half_years for the half-year from 2026-07-01"):
        FINLAND.interest_rate(date(2026, 7, 1))


def test_a_claim_is_barred_three_years_after_its_due_date() -> None:
    for kind in ("consumer", "business"):
        assert FINLAND.limitation_ends(DUE, kind, origin=ISSUED) == date(2029, 10, 1)


def test_a_consumers_money_goes_to_the_principal_whatever_the_creditor_wants() -> None:
    own = ("fee", "interest", "principal")
    assert FINLAND.allocation_for(own, DUE, "consumer") == ("principal", "interest", "fee")
    assert FINLAND.allocation_for(own, DUE, "business") == own


# --- days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "closed",
    ["2026-01-06", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-06-19", "2027-12-06", "2026-12-24"],
)
def test_banks_rest_on_the_days_of_target_and_on_the_countrys_own(closed: str) -> None:
    assert not FINLAND.calendar.is_banking_day(date.fromisoformat(closed))


def test_nobody_is_written_to_on_independence_day_and_it_is_an_hour_later_than_in_oslo() -> None:
    sunday = FINLAND.calendar.at(date(2027, 12, 6), NINE)
    assert FINLAND.calendar.next_contact_time(sunday, FINLAND.contact_hours) == FINLAND.calendar.at(
        date(2027, 12, 7), EIGHT
    )
    assert FINLAND.calendar.at(DUE, EIGHT) == LAWS["NO"].calendar.at(DUE, SEVEN)


def test_nobody_draws_there() -> None:
    assert FINLAND.calendar.rules_of_draws(DUE) is None


@pytest.mark.parametrize(
    ("postcode", "town", "written"),
    [
        ("00100", "Helsinki", "00100 HELSINKI"),
        ("FI-00100", "Helsingfors", "00100 HELSINGFORS"),
        ("AX-22100", "Mariehamn", "22100 MARIEHAMN"),
        ("FIN-06151", "Borgå", "06151 BORGÅ"),
        ("0010", "Äänekoski", "0010 ÄÄNEKOSKI"),  # nobody's guess
        ("20100 ", "ÅBO", "20100 ÅBO"),
    ],
)
def test_a_place_is_written_with_its_town_in_capitals(postcode: str, town: str, written: str) -> None:
    assert country_of("FI").place(postcode, town) == written


# --- what is refused ---------------------------------------------------------------------------------------------

FREE = "    tone: kind\n    reach: [email, sms]\n    read_within: 2 days\n    deadline: 10 days\n    not later than: 4 days\n"


@pytest.mark.parametrize(
    ("policy", "old", "new", "said"),
    [
        (
            "fi-standard",
            "at: due date + 5 days\n    unless: claim pending\n" + FREE,
            "at: due date + 14 days\n    fee: statutory\n    send: [letter]\n    deadline: 10 days\n",
            "a fee earlier than 15 days after the due date is unlawful",
        ),
        (
            "fi-standard",
            "at: friendly-reminder deadline + 10 banking days",
            "at: friendly-reminder deadline + 1 day",
            "a fee sooner than the 15th day after `friendly-reminder` was sent is unlawful",
        ),
        ("fi-standard", "    fee: statutory\n", "    fee: 6 EUR\n", "above the country's maximum of 5 EUR"),
        (
            "fi-standard",
            "deadline: 10 days",
            "deadline: 9 days",
            "a letter gives at least 10 days to pay from its arrival",
        ),
        ("fi-standard", "    fee: statutory\n", "    fee: compensation\n", "only a business pays compensation"),
        (
            "fi-standard",
            "- id: friendly-reminder",
            "- id: maksuvaatimus",
            "a creditor's own letter is no maksuvaatimus",
        ),
        (
            "fi-business",
            "    kind: collection notice\n",
            "    kind: collection notice\n    fee: statutory\n",
            "every later fee",
        ),
        ("fi-standard", "    send: [letter]\n", "    send: [sms]\n", "a message with a fee cannot go by sms"),
        ("fi-standard", "days, interest: free", "days, interest: statutory", "takes a consumer credit licence"),
        ("fi-gentle", "days, interest: free", "days, interest: statutory", "takes a consumer credit licence"),
        ("fi-business", "    fee: compensation\n", "    fee: 13 EUR\n", "above the country's maximum of 12 EUR"),
        (
            "fi-business",
            "at: friendly-reminder deadline + 2 banking days\n    tone: neutral\n    fee: compensation",
            "at: due date + 14 days\n    tone: neutral\n    fee: statutory",
            "a fee earlier than 15 days after the due date is unlawful",
        ),
        (
            "fi-business",
            "at: friendly-reminder deadline + 2 banking days\n    tone: neutral\n    fee: compensation",
            "at: due date\n    tone: neutral\n    fee: compensation",
            "a fee earlier than 1 day after the due date is unlawful",
        ),
        (
            "fi-business",
            "at: friendly-reminder deadline + 2 banking days\n    tone: neutral\n    fee: compensation",
            "at: friendly-reminder + 9 days\n    tone: neutral\n    fee: 12 EUR",
            "a fee sooner than the 10th day after `friendly-reminder` was sent is unlawful",
        ),
        ("fi-business", "deadline: 14 days", "deadline: 9 days", "a collection notice gives at least 10 days"),
        (
            "fi-business",
            "deadline: 10 days\n    not",
            "deadline: 9 days\n    not",
            "a letter gives at least 10 days to pay",
        ),
        ("fi-business", "- id: last-reminder\n", "- id: tratta\n", "a creditor's own letter is no tratta"),
        ("fi-gentle", "- id: reminder\n", "- id: betalningskrav\n", "a creditor's own letter is no betalningskrav"),
        (
            "fi-standard",
            "    kind: collection notice\n",
            "    kind: collection notice\n    fee: statutory\n  - id: again\n    at: last-reminder deadline + 20 days\n"
            "    fee: statutory\n",
            "more than 2 fees for one claim are unlawful",
        ),
        ("fi-standard", "    deadline: 14 days\n", "", "a collection notice without a deadline is unlawful"),
        (
            "fi-standard",
            "at: reminder deadline + 5 banking days",
            "at: due date",
            "a collection notice is lawful only after the due date",
        ),
        (
            "fi-standard",
            "kind: collection notice\n    send: [letter]",
            "kind: collection notice\n    send: [email]",
            "a collection notice must be able to go by letter",
        ),
        ("fi-standard", "due date 09:00", "due date 07:59", "07:59 is outside the contact hours"),
        (
            "fi-standard",
            "interest: none ",
            "credit: use\ninterest: none ",
            "fi.yaml does not say that credit may be set off",
        ),
        (
            "fi-standard",
            "  - id: friendly-reminder\n",
            "  - id: block-warning\n    at: due date + 40 days\n    send: [letter]\n    deadline: 40 days\n\n"
            "  - id: friendly-reminder\n",
            "no row in service_notices for any trade",
        ),
        (
            "fi-standard",
            "at: last-reminder deadline + 5 banking days",
            "at: last-reminder + 5 banking days",
            "a hand-off waits until the deadline of `last-reminder` is missed",
        ),
        (
            "fi-standard",
            "at: last-reminder deadline + 5 banking days",
            "at: last-reminder deadline + 190 days",
            "the notice is older than 6 months at the hand-off",
        ),
        ("fi-standard", "    approval: required\n", "", "a hand-off is approved by a person"),
    ],
)
def test_an_unlawful_policy_is_refused_with_its_line_and_what_to_write(
    policy: str, old: str, new: str, said: str
) -> None:
    refused(policy, old, new, said)


@pytest.mark.parametrize(
    ("policy", "old", "new", "said"),
    [
        ("fi-gentle", "kind: collection notice", "tone: kind", "a hand-off without a collection notice before it"),
        ("fi-business", "kind: collection notice", "tone: kind", "a hand-off without a collection notice before it"),
        ("fi-standard", "plans: {", "plans: none\n#", "comes only after the debtor could pay in parts"),
    ],
)
def test_what_a_hand_off_lacks_above_it_is_told_in_its_own_line(policy: str, old: str, new: str, said: str) -> None:
    refused(policy, old, new, said, step="hand-off")


@pytest.mark.parametrize(
    "written", ["30 above 100", "30 above 100 in over 0 parts", "-30 above 100 in over 4 parts", "30"]
)
def test_what_larger_claims_pay_is_written_in_one_way(written: str) -> None:
    text = (COUNTRIES / "fi.yaml").read_text(encoding="utf-8")
    old = "30 above 100 in over 4 parts"
    with pytest.raises(LawError) as error:
        load_law(text.replace(old, written, 1), "fi.yaml")
    line = text[: text.index(old)].count("\n") + 1
    assert str(error.value).startswith(f"fi.yaml:{line}: larger cannot be `{written}`")
