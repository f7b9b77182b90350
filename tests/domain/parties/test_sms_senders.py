"""What SMS come from: a name where it may be used on that day in that country, else a number; else the words say what to do."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from domain.countries.sender_names import ANYWHERE
from domain.parties.sms_senders import OwnSender, SmsSenders, Status, faults_of_senders, network_of
from tests.domain.builders import LAWS

RULES = {country: law.sender_names for country, law in LAWS.items()}
HOUSE = "+4759440000"
AT = datetime(2026, 7, 1, 10, tzinfo=UTC)
STATUSES: tuple[Status, ...] = get_args(Status)
BEFORE = datetime(2026, 5, 3, 20, 59, 59, tzinfo=UTC)  # the last second of 3 May in Helsinki; in Oslo it is 22:59


def sent(country: str, own: OwnSender | None, house: str | None = HOUSE, at: datetime = AT) -> tuple[str | None, bool]:
    """What a message leaves as, and whether that is a name."""
    found = SmsSenders({country: own} if own else {}, house, RULES).sent_as(country, at)
    return found.sender, found.is_name


NAMES_GO = {
    ("NO", "registered"), ("FI", "registered"), ("SE", "registered"), ("SE", "allowed"), ("DK", "registered"),
}  # fmt: skip


@pytest.mark.parametrize("country", ["NO", "SE", "FI", "DK"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_name_goes_out_only_where_its_status_lets_it_and_else_the_number(country: str, status: Status) -> None:
    goes = (country, status) in NAMES_GO
    own = OwnSender(name="ACME", status=status)
    assert sent(country, own) == (("ACME", True) if goes else (HOUSE, False))
    with_number = own.model_copy(update={"number": "+358401234567"})
    assert sent(country, with_number) == (("ACME", True) if goes else ("+358401234567", False))
    assert sent(country, own, house="") == (("ACME", True) if goes else (None, False))


def test_who_has_told_nothing_sends_from_the_number_of_the_house() -> None:
    for country in ("NO", "SE", "FI", "DK", ""):
        assert sent(country, None) == (HOUSE, False)


@pytest.mark.parametrize(
    ("own", "lacks"),
    [
        (None, "no sender for FI: register a name or give a number"),
        (OwnSender(name="ACME", status="pending"), "no sender for FI: register the name ACME or give a number"),
        (OwnSender(name="ACME", status="allowed"), "no sender for FI: register the name ACME or give a number"),
        (OwnSender(name="ACME", status="forbidden"), "no sender for FI: give a number"),
        (OwnSender(status="forbidden"), "no sender for FI: give a number"),
        (OwnSender(name="ACME", status="registered"), ""),
        (OwnSender(number="+358401234567"), ""),
    ],
)
def test_with_neither_name_nor_number_the_words_say_what_to_do(own: OwnSender | None, lacks: str) -> None:
    assert SmsSenders({"FI": own} if own else {}, "", RULES).sent_as("FI", AT).lacks == lacks


def test_where_only_the_provider_knows_the_number_nothing_is_lacking() -> None:
    found = SmsSenders({}, None, RULES).sent_as("FI", AT)
    assert (found.sender, found.lacks) == (None, "")


def test_what_finland_requires_begins_at_midnight_there_not_where_the_creditor_is() -> None:
    own = OwnSender(name="ACME", status="allowed")
    assert sent("FI", own, at=BEFORE) == ("ACME", True)
    assert sent("FI", own, at=BEFORE + timedelta(seconds=1)) == (HOUSE, False)


def test_a_name_of_one_country_is_none_in_another() -> None:
    senders = SmsSenders({"NO": OwnSender(name="ACME", status="registered")}, HOUSE, RULES)
    assert [senders.sent_as(country, AT).sender for country in ("NO", "FI", "SE")] == ["ACME", HOUSE, HOUSE]


def test_two_creditors_of_one_name_each_have_their_own_status() -> None:
    ours = SmsSenders({"FI": OwnSender(name="ACME", status="registered")}, HOUSE, RULES)
    theirs = SmsSenders({"FI": OwnSender(name="ACME", status="pending")}, HOUSE, RULES)
    assert (ours.sent_as("FI", AT).sender, theirs.sent_as("FI", AT).sender) == ("ACME", HOUSE)


def test_a_name_with_letters_that_are_filtered_gives_way_to_the_number_and_is_told() -> None:
    found = SmsSenders({"SE": OwnSender(name="Kråka", status="registered")}, HOUSE, RULES).sent_as("SE", AT)
    assert found.sender == HOUSE
    assert found.not_the_name == "Kråka has å: only A-Z, a-z, 0-9, space arrive"


@given(
    country=some.sampled_from(["NO", "SE", "FI", "DK", "GB", ""]),
    own=some.none()
    | some.builds(
        OwnSender,
        name=some.none() | some.sampled_from(["ACME", "Ås AS", "X", "12345", "Acme Kraft AS"]),
        status=some.none() | some.sampled_from(STATUSES),
        number=some.none() | some.just("+358401234567"),
    ),
    house=some.sampled_from([HOUSE, ""]),
    days=some.integers(-4_000, 4_000),
)
def test_nothing_is_ever_sent_as_a_name_that_is_not_settled_and_nothing_is_lost(
    country: str, own: OwnSender | None, house: str, days: int
) -> None:
    at = AT + timedelta(days=days)
    senders = SmsSenders({country: own} if own else {}, house, RULES)
    found = senders.sent_as(country, at)
    assert (found.sender is None) == bool(found.lacks)
    if found.is_name:
        assert own is not None
        assert found.sender == own.name
        assert own.status in ("registered", "allowed")
        assert ANYWHERE.fault(own.name or "") is None
    elif found.sender is None:
        assert house == ""
        assert not (own and own.number)
    else:
        assert found.sender == (own.number if own and own.number else house)


def test_registered_is_never_worse_than_allowed_nor_that_than_pending() -> None:
    order: tuple[Status, ...] = ("registered", "allowed", "pending")
    for country in ("NO", "SE", "FI", "DK"):
        names = [sent(country, OwnSender(name="ACME", status=status))[1] for status in order]
        assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        ({"FI": {"name": "ACME"}}, "the name ACME needs a status"),
        ({"FI": {"status": "registered"}}, "registered is of no name"),
        ({"FI": {}}, "names neither a name nor a number"),
        ({"FI": {"name": "Kråka", "status": "pending"}}, "FI: Kråka has å"),
        ({"SE": {"name": "Twelve signs", "status": "allowed"}}, "has 12 signs"),
        ({"XX": {"number": "+358401234567"}}, "XX: is no country"),
        ({"fi": {"number": "+358401234567"}}, "fi: is no country"),
        ({"AX": {"number": "+358401234567"}}, "AX: its numbers are of the networks of FI: write FI"),
        ({"SJ": {"number": "+4791234567"}}, "write NO"),
    ],
)
def test_what_cannot_be_right_is_refused_by_its_country(own: dict[str, dict[str, str]], fault: str) -> None:
    given_ = {country: OwnSender.model_validate(each) for country, each in own.items()}
    assert fault in "; ".join(faults_of_senders(given_))


def test_what_can_be_right_has_no_fault() -> None:
    fine = {
        "FI": OwnSender(name="ACME KRAFT", status="pending", number="+358401234567"),
        "SE": OwnSender(name="Acme", status="allowed"),
        "NO": OwnSender(status="forbidden"),
        "DK": OwnSender(number="+4520123456"),
    }
    assert faults_of_senders(fine) == []


@pytest.mark.parametrize(
    "wrong", [{"number": "0401234567"}, {"status": "registred"}, {"nmae": "ACME"}, {"number": "+0"}]
)
def test_what_is_misspelled_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OwnSender.model_validate(wrong)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+4791234567", "NO"),
        ("+4779021234", "NO"),  # Svalbard
        ("+358401234567", "FI"),
        ("+3584570123456", "FI"),  # Åland
        ("+46701234567", "SE"),
        ("+447911123456", "GB"),
        ("+88213123456", ""),
        ("Kari", ""),
        ("", ""),
    ],
)
def test_the_rules_are_those_of_the_network_that_a_number_is_of(number: str, country: str) -> None:
    assert network_of(number) == country


def test_a_row_that_a_country_file_does_not_have_yet_is_as_no_file() -> None:
    rows = {"FI": LAWS["FI"].sender_names}
    senders = SmsSenders({"FI": OwnSender(name="ACME", status="allowed")}, HOUSE, rows)
    assert senders.sent_on("FI", date(1979, 12, 31)).sender == HOUSE
