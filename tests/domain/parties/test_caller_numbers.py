"""A number is the same however a phone system writes it, and what is none is withheld."""

import pytest

from domain.parties.caller_numbers import caller_number


@pytest.mark.parametrize(("told", "number"), [
    ("+4791234567", "+4791234567"),
    ("91 23 45 67", "+4791234567"),
    ("004791234567", "+4791234567"),
    ("4791234567", "+4791234567"),
    ("tel:+47-91234567;phone-context=x", "+4791234567"),
    ("sip:+4791234567@sbc.example", "+4791234567"),
    ("+4522334455", "+4522334455"),
    ("anonymous", None),
    ("12", None),
    ("<script>", None),
    ("+" + "9" * 60, None),
    ("\x00", None),
    (None, None),
])  # fmt: skip
def test_a_number_is_read_however_a_phone_system_writes_it(told: str | None, number: str | None) -> None:
    assert caller_number(told, "NO") == number
