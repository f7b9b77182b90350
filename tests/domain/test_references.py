"""Payment references: KID by mod10 and mod11, RF, and who decides that digits are a KID."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.references import is_valid, kid_with_check_digit, normalised, scheme_of

DIGITS = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize("kid", ["2345676", "0044555258", "006402710013"])
def test_a_kid_with_a_mod10_check_digit_is_valid(kid: str) -> None:
    assert is_valid(kid, "kid")


@pytest.mark.parametrize("kid", ["0365327", "036536-", "12345678903"])
def test_a_kid_with_a_mod11_check_digit_is_valid(kid: str) -> None:
    assert is_valid(kid, "kid")


@pytest.mark.parametrize("kid", ["2345674", "1677036255", "0365-27", "7", "1" * 26, "", "٢٣٤٥٦٧٦"])
def test_a_kid_with_wrong_digits_or_length_is_invalid(kid: str) -> None:
    assert not is_valid(kid, "kid")


def test_both_check_digits_of_the_same_number_are_accepted() -> None:
    assert kid_with_check_digit("12345678") == "123456782"
    assert is_valid("123456785", "kid")


@given(DIGITS)
def test_an_issued_kid_is_digits_only_and_valid(digits: str) -> None:
    kid = kid_with_check_digit(digits)
    assert kid.isdecimal()
    assert kid.startswith(digits)
    assert is_valid(kid, "kid")


@given(DIGITS.filter(lambda digits: len(digits) >= 2), st.data())
def test_one_wrong_digit_breaks_the_mod10_check(digits: str, data: st.DataObject) -> None:
    kid = kid_with_check_digit(digits)
    place = data.draw(st.integers(0, len(kid) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != kid[place]]))
    assert kid_with_check_digit(f"{kid[:place]}{other}{kid[place + 1 :]}"[:-1]) != (
        f"{kid[:place]}{other}{kid[place + 1 :]}"
    )


@pytest.mark.parametrize("digits", ["", "12a", "1" * 25, "²"])
def test_a_kid_is_not_made_of_anything_but_1_to_24_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="1 to 24 digits"):
        kid_with_check_digit(digits)


def test_an_rf_reference_is_recognised_with_its_check_digits_read() -> None:
    assert scheme_of("RF18 5390 0754 7034") == "rf"
    assert is_valid("rf18 5390 0754 7034", "rf")
    assert not is_valid("RF17539007547034", "rf")
    assert is_valid("RF341234561", "rf")


@pytest.mark.parametrize(
    ("account", "currency", "scheme"),
    [
        ("12345678903", "EUR", "kid"),
        ("1234.56.78903", None, "kid"),
        ("NO93 8601 1117 947", "NOK", "kid"),
        ("DE89370400440532013000", "NOK", None),
        (None, "NOK", "kid"),
        (None, "SEK", None),
        (None, None, None),
    ],
)
def test_digits_are_a_kid_where_one_pays_in_norway(
    account: str | None, currency: str | None, scheme: str | None
) -> None:
    assert scheme_of("2345674", account, currency) == scheme


def test_free_text_has_no_scheme_and_is_never_valid() -> None:
    assert scheme_of("Snippet1", "12345678903", "NOK") is None
    assert not is_valid("2345676", None)


def test_a_reference_is_stored_without_the_blanks_people_group_it_by() -> None:
    assert normalised(" 0064 0271 0013 ") == "006402710013"
    assert normalised("rf18 5390 0754 7034") == "RF18539007547034"
    assert normalised(" Faktura 12, takk ") == "Faktura 12, takk"
