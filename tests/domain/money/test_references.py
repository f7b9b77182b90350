"""Payment references: KID by mod10 and mod11, RF, who decides that digits are a KID, and what a damaged one was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649, luhn

from domain.countries.no import kid_with_check_digit
from domain.money.references import cleaned, corrections, is_valid, normalised, scheme_of

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


@given(st.text("0123456789", min_size=2, max_size=25))
def test_a_luhn_number_is_a_valid_kid(digits: str) -> None:
    if luhn.is_valid(digits):
        assert is_valid(digits, "kid")


@given(st.text("0123456789ABCRF", min_size=1, max_size=21), st.text("0123456789", min_size=2, max_size=2))
def test_rf_references_hold_by_iso_11649(body: str, check: str) -> None:
    for reference in (f"RF{check}{body}", f"RF{iso11649.mod_97_10.calc_check_digits(f'{body}RF')}{body}"):
        assert is_valid(reference, "rf") == iso11649.is_valid(reference)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0064 0271 0013", "006402710013"),
        ("0064.0271.0013", "006402710013"),
        ("0064-0271-0013", "006402710013"),
        ("KID: 006402710013", "006402710013"),
        ("kid-nr. 006402710013", "006402710013"),
        ("KID006402710013", "006402710013"),
        ("oo64O27IOOl3", "006402710013"),
        ("0365 36-", "036536-"),
        ("RF18 539O 0754 7034", "RF18539007547034"),
        ("Faktura 12, takk", "Faktura 12, takk"),
        ("OIL", "OIL"),
        ("K-1", "K-1"),
    ],
)
def test_a_reference_is_read_as_it_was_meant_to_be_typed(written: str, meant: str) -> None:
    assert cleaned(written) == meant


@pytest.mark.parametrize(
    ("damaged", "slip"),
    [
        ("00640271013", "one digit missing"),
        ("0064027710013", "one digit too many"),
        ("006402710014", "one digit wrong"),
        ("0064O271001B", "one digit wrong"),
        ("006420710013", "two digits swapped"),
        ("O064o2710013", "the letter O for 0 or I for 1"),
        ("KID 006402710013", "other signs among its digits"),
        ("6402710013", "leading zeros missing"),
        ("0000006402710013", "leading zeros too many"),
    ],
)
def test_a_slip_has_its_words(damaged: str, slip: str) -> None:
    assert corrections(damaged)["006402710013"] == slip


@pytest.mark.parametrize("damaged", ["RF1853900754703", "RF19539007547034", "FR18539007547034", "F18539007547034"])
def test_a_damaged_rf_reference_is_corrected(damaged: str) -> None:
    assert "RF18539007547034" in corrections(damaged)


@pytest.mark.parametrize("text", ["", "Faktura 12, takk", "K-1", "takk for maten"])
def test_free_text_has_no_corrections(text: str) -> None:
    assert corrections(text) == {}


def _with_one_slip(reference: str, data: st.DataObject) -> str:
    place = data.draw(st.integers(0, len(reference) - 1))
    before, sign, after = reference[:place], reference[place], reference[place + 1 :]
    slips = {
        "missing": before + after,
        "extra": before + data.draw(st.sampled_from("0123456789")) + sign + after,
        "wrong": before + data.draw(st.sampled_from("0123456789")) + after,
        "swapped": before + after[:1] + sign + after[1:],
    }
    return slips[data.draw(st.sampled_from(sorted(slips)))]


@given(st.text("0123456789", min_size=3, max_size=23), st.data())
def test_any_one_slip_of_a_kid_is_among_its_corrections(digits: str, data: st.DataObject) -> None:
    kid = kid_with_check_digit(digits)
    damaged = _with_one_slip(kid, data)
    assert damaged == kid or kid in corrections(damaged)


@given(st.text("0123456789", min_size=3, max_size=23), st.data())
def test_any_one_slip_of_a_mod11_kid_is_among_its_corrections(digits: str, data: st.DataObject) -> None:
    kid = next(f"{digits}{check}" for check in "0123456789-" if _holds_by_mod11(f"{digits}{check}"))
    damaged = _with_one_slip(kid, data)
    if "-" not in damaged[:-1] and len(damaged) > 1:
        assert damaged == kid or kid in corrections(damaged)


def _holds_by_mod11(kid: str) -> bool:
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(kid[:-1])))
    return (weighted + (10 if kid[-1] == "-" else int(kid[-1]))) % 11 == 0


@given(st.text("0123456789", min_size=3, max_size=20), st.data())
def test_any_one_slip_of_an_rf_reference_is_among_its_corrections(body: str, data: st.DataObject) -> None:
    reference = f"RF{iso11649.mod_97_10.calc_check_digits(f'{body}RF')}{body}"
    damaged = _with_one_slip(reference, data)
    assert damaged == reference or reference in corrections(damaged) or damaged[:2] not in ("RF", "FR")


@given(st.text("0123456789OIl -.", max_size=27))
def test_every_correction_holds(written: str) -> None:
    for corrected in corrections(written):
        assert is_valid(corrected, "kid")
