"""Names that SMS come from: what a network would drop or change is refused in words, what it takes is left as it is."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.countries.sender_names import ANYWHERE
from simulator.emulators.twilio import problem
from tests.domain.builders import LAWS

FINLAND = LAWS["FI"].sender_names.on(date(2026, 5, 4))


@given(some.text(alphabet=some.sampled_from("Aaz09 åÖ-."), max_size=14))
def test_what_is_let_through_the_provider_takes(name: str) -> None:
    if ANYWHERE.fault(name) is None:
        assert problem({"To": "+4791234567", "From": name, "Body": "Hei"}) is None
    if FINLAND.fault(name) is None:
        assert re.fullmatch(r"[A-Za-z0-9 ]{3,11}", name)
        assert ANYWHERE.fault(name) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ACME KRAFT", None),
        ("Acme 24", None),
        ("ABC", None),
        ("ABCDEFGHIJK", None),
        ("AB", "has 2 signs: 3 to 11 arrive"),
        ("ABCDEFGHIJKL", "has 12 signs"),
        ("KRÅKE ÅS", "KRÅKE ÅS has Å: only A-Z, a-z, 0-9, space arrive"),
        ("kråka öl", "has å, ö:"),
        ("A-KASSA", "has -:"),
        ("\uff21CME", "only A-Z"),  # a wide A
        ("\u0410CME", "only A-Z"),  # a Cyrillic letter that looks like an A
        ("\u0661 ABC", "only A-Z"),  # an Arabic figure
        (" ACME", "begins or ends with a space"),
        ("AC  ME", "two in a row"),
        ("4712345678", "has no letter"),
        ("", "has 0 signs"),
        ("ACME\n", "only A-Z"),
    ],
)
def test_a_finnish_name_is_of_three_to_eleven_plain_signs(name: str, fault: str | None) -> None:
    found = FINLAND.fault(name)
    assert found is None if fault is None else fault in (found or "")


def test_registering_is_required_in_finland_since_the_fourth_of_may_of_2026_and_numbers_are_registered_too() -> None:
    before, since = (LAWS["FI"].sender_names.on(date(2026, 5, day)) for day in (3, 4))
    assert (before.registration, before.numbers) == ("voluntary", False)
    assert (since.registration, since.numbers) == ("required", True)


def test_what_no_source_confirms_of_names_is_told() -> None:
    told = {
        country: [each.verified for each in law.sources if each.of.startswith("sender_names")]
        for country, law in LAWS.items()
    }
    assert told == {"NO": [False], "SE": [False], "FI": [False, True]}
