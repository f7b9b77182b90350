"""A country file is read whole: what is wrong in it is refused with its line, what is not confirmed is listed."""

import re

import pytest

from domain.countries.law_loader import LawError, load_law
from tests.domain.countries.test_law import NORWAY, TEXT


def test_what_no_source_confirms_is_listed_with_its_place() -> None:
    lines = TEXT.splitlines()
    listed = {entry.split(": ")[1]: int(entry.split(":")[1]) for entry in NORWAY.unverified()}
    assert listed.keys() == {
        "letter_transit from 1980-01-01",
        "interest from 1980-01-01",
        "allocation from 1980-01-01",
        "direct_debit from 2024-01-01",
        "service_notices from 2024-01-01",
        "filings from 1980-01-01",
        "set_off from 1980-01-01",
        "licences from 2026-11-20",
        "sender_names from 1980-01-01",
    }
    assert all(
        lines[line - 1].strip().startswith(re.sub(r"^\w+ from", "- {from:", name)) for name, line in listed.items()
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("from: 2026-07-01", "from: 2026-08-01", "a half-year cannot begin on 2026-08-01"),
        ("from: 2026-07-01", "from: 2026-01-01", "2026-01-01 is not after the row before"),
        ("interest: 12.00", "interest: much", "interest cannot be `much`"),
        ("inkassosats: 750, verified: true}\n  -", "verified: true}\n  -", "lacks `inkassosats`"),
        ("08:00-21:00", "21:00-08:00", "weekdays cannot be `21:00-08:00`"),
        ("zone: Europe/Oslo", "zone: Europe/Bergen", "'Europe/Bergen' is not a known time zone"),
        ("sender: creditor", "sender: creditors", "did you mean `creditor`?"),
        ("country: NO", "country: NO\ncountry: SE", "`country` is written twice"),
        ("[letter]", "[leter]", "did you mean `letter`?"),
        ("[principal, interest, fee]", "[principal, interest]", "the order names each part once"),
        ("[principal, interest, fee]", "[principal, interests, fee]", "did you mean `interest`?"),
        ("creditor_may_change: true", "creditor_may_change: maybe", "write one of: true, false"),
        ("cut_off: 14:00", "cut_off: 14", "cut_off cannot be `14`"),
        (" notice_days: 4,", " notice_days: few,", "notice_days cannot be `few`"),
        (" grace_banking_days: 5,", "", "a row of direct_debit lacks `grace_banking_days`"),
        ("bankruptcy_days: 21", "bankruptcy_days: soon", "bankruptcy_days cannot be `soon`"),
        (" estate_days: 42,", "", "a row of filings lacks `estate_days`"),
        ("trade: telecom", "trade: telekom", "did you mean `telecom`?"),
        ("trade: telecom, days: 28,", "trade: telecom,", "a row of service_notices lacks `days`"),
        ("for: consumer, trade: telecom", "for: consumers, trade: telecom", "did you mean `consumer`?"),
        ("for: business, trade: telecom", "for: consumer, trade: telecom", "2024-01-01 is not after the row before"),
        ("for: business, trade: telecom", "trade: telecom", "another row of 2024-01-01 is of all debtors"),
        ("amount: 1/20 of inkassosats", "amount: 1/20 of incasso", "amount cannot be `1/20 of incasso`"),
        ("rate: interest,", "rate: reference + 8,", "rate cannot be `reference + 8`"),
        ("of: [reminder, notice]", "of: [reminders]", "did you mean `reminder`?"),
        ("trade: telecom,", "trade: grid,", "2024-01-01 is not after the row before"),
        ("trade: grid, days: 14", "trade: grid, days: two", "days cannot be `two`"),
        ("registration: required", "registration: require", "did you mean `required`?"),
        ("[A-Z, a-z, 0-9, space]", "[A-Z, a-z, å, space]", "signs has no word `å`"),
        ("offered: [vipps, card]", "offered: [vips, card]", "did you mean `vipps`?"),
        (" longest: 11,", "", "a row of sender_names lacks `longest`"),
        ("banking_days: 4, verified: false", "banking_days: 4", "letter_transit lacks `verified`"),
    ],
)
def test_a_wrong_country_file_is_refused_with_its_line(old: str, new: str, problem: str) -> None:
    text = TEXT.replace(old, new, 1)
    line = TEXT[: TEXT.index(old)].count("\n") + 1 + new.count("\n") - old.count("\n")
    with pytest.raises(LawError) as error:
        load_law(text, "no.yaml")
    assert any(text.startswith(f"no.yaml:{line}: ") and problem in text for text in str(error.value).splitlines()), str(
        error.value
    )
