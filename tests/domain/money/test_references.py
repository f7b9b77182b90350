"""Payment references: KID, OCR, viite and RF, who decides what digits are, how they are written, and what a damaged one was."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649, luhn

from domain.countries.no import kid_with_check_digit
from domain.countries.registry import country_of, paid_in
from domain.money.accounts import code_line
from domain.money.reference_agreements import fault_of_agreement, not_as_agreed
from domain.money.references import (
    cleaned,
    corrections,
    holds,
    is_valid,
    label_of,
    may_be_another,
    new_reference,
    normalised,
    printed,
    scheme_of,
    spellings,
)

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
        (None, "SEK", "ocr"),
        (None, "EUR", "viite"),
        ("FI21 1234 5600 0007 85", None, "viite"),
        ("SE45 5000 0000 0583 9825 7466", None, "ocr"),
        (None, "DKK", None),
        (None, None, None),
    ],
)
def test_which_scheme_digits_follow_is_said_by_where_one_pays(
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
        ("OCR-nummer: 1234 63", "123463"),
        ("Viitenumero 12 34561", "1234561"),
        ("rf34 1234 561", "RF341234561"),
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
    for currency, schemes in {"NOK": ("kid",), "SEK": ("ocr",), "EUR": ("viite", "rf")}.items():
        for corrected in corrections(written, currency):
            assert any(is_valid(corrected, scheme) for scheme in schemes)


# --- Sweden and Finland -----------------------------------------------------------------------------------------

OCR_DIGITS = st.text("0123456789", min_size=1, max_size=22)
VIITE_DIGITS = st.integers(100, 10**19 - 1).map(str)


@pytest.mark.parametrize(
    ("country", "agreed", "digits", "made"),
    [
        ("SE", None, "1234", "12344"),
        ("SE", "soft", "1234", "12344"),
        ("SE", "length digit", "1234", "123463"),
        ("SE", "length digit", "12345678", "1234567806"),
        ("SE", "length 8", "1234567890", "12345674"),
        ("SE", "lengths 6 8", "1234567890", "12345674"),
        ("FI", None, "123456", "1234561"),
        ("FI", None, "4711", "47115"),
        ("FI", None, "0004711", "47115"),
        ("NO", None, "12345678", "123456782"),
    ],
)
def test_a_reference_is_made_by_the_country_and_by_what_was_agreed_with_the_bank(
    country: str, agreed: str | None, digits: str, made: str
) -> None:
    assert new_reference(country, digits, agreed) == made


@given(OCR_DIGITS, st.sampled_from(["soft", "hard", "length digit", "length 9", "lengths 7 25"]))
def test_whatever_is_made_by_an_agreement_is_taken_by_it_and_by_those_that_ask_less(digits: str, agreed: str) -> None:
    digits = digits.rjust(24, "7") if agreed.startswith("length") and agreed != "length digit" else digits
    made = new_reference("SE", digits, agreed)
    assert is_valid(made, "ocr")
    assert [not_as_agreed(made, "SE", level) for level in (agreed, "soft", "hard")] == [None, None, None]


@pytest.mark.parametrize(
    ("reference", "taken_by"),
    [
        ("123463", {"soft", "hard", "length digit", "length 6", "lengths 4 6"}),
        ("12344", {"soft", "hard"}),
        ("12343", {"soft"}),
        ("F-12", {"soft"}),
        ("6402710013", {"soft", "hard"}),
        ("0", {"soft"}),
        ("18", {"soft", "hard"}),  # two digits leave no room for a length digit
    ],
)
def test_a_bank_takes_what_was_agreed_and_says_what_it_would_refuse(reference: str, taken_by: set[str]) -> None:
    levels = {"soft", "hard", "length digit", "length 6", "lengths 4 6"}
    refused = {level: not_as_agreed(reference, "SE", level) for level in levels}
    assert {level for level, why in refused.items() if why is None} == taken_by
    assert all(reference in why and level in why for level, why in refused.items() if why)
    assert [not_as_agreed(reference, "SE", None), not_as_agreed(reference, "FI", "hard")] == [None, None]


def test_a_length_digit_that_is_right_by_chance_makes_no_other_reference_of_it() -> None:
    plain = next(made for n in range(100, 999) if (made := new_reference("SE", f"{n}"))[-2] == "4")
    assert not_as_agreed(plain, "SE", "length digit") is None  # nobody can tell it from one that was meant
    assert plain in corrections(f"{plain[:-1]}{(int(plain[-1]) + 1) % 10}", "SEK")
    assert printed(plain, "SEK") == plain


@pytest.mark.parametrize("agreed", ["", "Hard", "length", "length 1", "length 26", "lengths 10 12 14", "mod10"])
def test_what_no_bank_agrees_on_is_refused(agreed: str) -> None:
    assert "cannot be" in (fault_of_agreement("SE", agreed) or "")
    assert "leave it out" in (fault_of_agreement("FI", agreed) or "")


def test_the_country_where_one_pays_is_the_creditors_own_or_that_of_the_currency() -> None:
    assert [paid_in(currency, "NO") for currency in ("NOK", "SEK", "EUR", "DKK")] == ["NO", "SE", "FI", "NO"]
    assert [paid_in("EUR", home) for home in ("FI", "DE", "SE")] == ["FI", "DE", "FI"]


@given(VIITE_DIGITS)
def test_an_issued_viite_is_valid_and_means_the_same_with_zeros_and_in_an_rf_reference(digits: str) -> None:
    viite = new_reference("FI", digits)
    assert is_valid(viite, "viite")
    others = spellings(viite, "EUR")
    assert viite.rjust(20, "0") in others
    international = next(other for other in others if other.startswith("RF"))
    assert iso11649.is_valid(international)
    assert {viite, *spellings(international, "EUR")} >= set(others)
    assert spellings(viite, "SEK") == (viite,)


@given(VIITE_DIGITS, st.data())
def test_one_wrong_digit_breaks_the_check_of_a_viite(digits: str, data: st.DataObject) -> None:
    viite = new_reference("FI", digits)
    place = data.draw(st.integers(0, len(viite) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != viite[place]]))
    assert not is_valid(f"{viite[:place]}{other}{viite[place + 1 :]}", "viite")


@pytest.mark.parametrize("viite", ["1009", "12344", "11112", "1234561", "00000000000000047115"])
def test_a_viite_holds(viite: str) -> None:
    assert is_valid(viite, "viite")


@pytest.mark.parametrize("viite", ["0", "0000", "0026", "12345", "1" * 21, "123456-", "47116"])
def test_what_is_too_short_too_long_or_wrong_is_no_viite(viite: str) -> None:
    assert not is_valid(viite, "viite")


@pytest.mark.parametrize("digits", ["", "12", "0012", "1" * 20, "12a"])
def test_a_viite_is_made_of_3_to_19_digits_alone(digits: str) -> None:
    with pytest.raises(ValueError, match="3 to 19 digits"):
        new_reference("FI", digits)


@given(OCR_DIGITS.filter(lambda digits: len(digits) > 2), st.sampled_from(["hard", "length digit"]), st.data())
def test_any_one_slip_of_an_ocr_number_is_among_its_corrections(digits: str, agreed: str, data: st.DataObject) -> None:
    ocr = new_reference("SE", digits, agreed)
    damaged = _with_one_slip(ocr, data)
    assert damaged == ocr or ocr in corrections(damaged, "SEK")


@given(VIITE_DIGITS, st.booleans(), st.data())
def test_any_one_slip_of_a_viite_is_among_its_corrections_also_in_an_rf_reference(
    digits: str, in_rf: bool, data: st.DataObject
) -> None:
    viite = new_reference("FI", digits)
    written = next(each for each in spellings(viite, "EUR") if each.startswith("RF")) if in_rf else viite
    damaged = _with_one_slip(written, data)
    if damaged not in spellings(viite, "EUR"):
        assert viite in corrections(damaged, "EUR") or viite in spellings(damaged, "EUR")
        assert written in corrections(damaged, "EUR")


def test_a_slip_is_undone_by_the_scheme_of_the_currency_alone() -> None:
    assert holds("1234561", "EUR")
    assert not holds("1234561", "SEK")
    assert "036536-" in corrections("036536", "NOK")
    assert "036536-" not in corrections("036536", "SEK")
    assert "1234561" in corrections("1234562", "EUR")
    assert "1234561" not in corrections("1234562", "SEK")


@pytest.mark.parametrize(
    ("given", "meant", "currency", "another"),
    [
        ("123463", "123455", "SEK", True),
        ("123464", "123463", "SEK", False),
        ("12344", "123463", "SEK", False),
        ("1234561", "1234574", "EUR", True),
        ("RF341234561", "1234574", "EUR", True),
        ("001234561", "1234574", "EUR", True),
        ("1234562", "1234561", "EUR", False),
        ("2345676", "2345684", "NOK", True),
        ("036536-", "2345684", "NOK", False),
        ("RF18539007547034", "RF48539007547033", "USD", True),
    ],
)
def test_a_reference_that_holds_may_be_another_of_its_series(
    given: str, meant: str, currency: str, another: bool
) -> None:
    assert may_be_another(given, meant, currency) is another


@pytest.mark.parametrize(
    ("reference", "currency", "written"),
    [
        ("1234561", "EUR", "12 34561"),
        ("47115", "EUR", "47115"),
        ("1234562", "EUR", "1234562"),
        ("rf18 539007547034", "SEK", "RF18 5390 0754 7034"),
        ("1234567806", "SEK", "1234567806"),
        ("006402710013", "NOK", "006402710013"),
        ("Faktura 12", "NOK", "Faktura 12"),
    ],
)
def test_a_reference_is_printed_in_the_groups_that_people_write(reference: str, currency: str, written: str) -> None:
    assert printed(reference, currency) == written
    assert cleaned(written) == cleaned(reference)


def test_a_swedish_reference_that_is_also_a_valid_kid_is_called_by_what_it_is_paid_in() -> None:
    assert is_valid("006402710013", "kid")
    assert [label_of("006402710013", currency) for currency in ("SEK", "NOK", "EUR")] == ["OCR-nummer", "KID", ""]


@pytest.mark.parametrize(
    ("account", "amount", "reference", "due", "code"),
    [
        ("FI2112345600000785", "1239.50", "47115", "2026-11-02", "421123456000007850012395000000000000000000047115261102"),
        ("fi2112345600000785", "1239.50", "RF5447115", "2026-11-02", "521123456000007850012395054000000000000000047115261102"),
        ("FI3715903000000776", "12.25", "11112", "2016-12-21", "437159030000007760000122500000000000000000011112161221"),
        ("FI3715903000000776", "12.25", "11112", None, "437159030000007760000122500000000000000000011112000000"),
        ("FI3715903000000776", "1000000.00", "11112", None, None),
        ("FI3715903000000776", "1.255", "11112", None, None),
        ("SE4550000000058398257466", "12.25", "11112", None, None),
        ("FI3715903000000776", "12.25", "RF54ABC", None, None),
        ("FI3715903000000776", "12.25", "Lasku 12", None, None),
    ],
)  # fmt: skip
def test_a_finnish_bill_has_a_bar_code_in_digits(
    account: str, amount: str, reference: str, due: str | None, code: str | None
) -> None:
    day = date.fromisoformat(due) if due else None
    assert country_of("FI").payment_code(account, Decimal(amount), reference, day) == code
    assert code is None or len(code) == 54


@pytest.mark.parametrize(
    ("account", "amount", "reference", "line"),
    [
        # 123450 from the right, every other doubled: 0 + 5 + 8 + 3 + 4 + 1 = 21, and 9 to the next ten.
        ("5050-1055", "1234.50", "12345682", "#                  12345682 #    1234 50   9 >                 50501055#41#"),
        # 10000: 0 + 0 + 0 + 0 + 2 = 2, and 8 to the next ten.
        ("991-2346", "100.00", "1234567806", "#                1234567806 #     100 00   8 >                  9912346#41#"),
        # 1: 2, and 8; the öre alone.
        ("5050-1055", "0.01", "12345682", "#                  12345682 #       0 01   8 >                 50501055#41#"),
        # 9999999999: ten nines, five of them doubled to 9 again: 90, and none.
        ("5050-1055", "99999999.99", "12345682", "#                  12345682 #99999999 99   0 >                 50501055#41#"),
        ("5050-1055", "100000000.00", "12345682", None),
        ("28 65 43-4", "100.00", "12345682", None),
        ("SE4550000000058398257466", "100.00", "12345682", None),
        ("5050-1055", "100.00", "12345683", None),
        ("5050-1055", "100.00", "Faktura 12", None),
        ("5050-1055", "0.00", "12345682", None),
    ],
)  # fmt: skip
def test_a_swedish_bill_has_a_code_line_at_its_foot(
    account: str, amount: str, reference: str, line: str | None
) -> None:
    assert code_line(account, Decimal(amount), "SEK", reference) == line
    assert code_line(account, Decimal(amount), "EUR", reference) is None


@given(st.integers(1, 10**10 - 1), st.integers(1, 10**23))
def test_the_places_of_a_code_line_are_always_the_same(cents: int, number: int) -> None:
    line = code_line("5050-1055", Decimal(cents) / 100, "SEK", new_reference("SE", str(number)))
    assert line is not None
    assert re.fullmatch(r"# [ 0-9]{25} #[ 0-9]{8} [0-9]{2}   [0-9] > {17}[ 0-9]{8}#41#", line)
