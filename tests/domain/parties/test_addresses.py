"""Spellings of one address have one key, and different addresses have different ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.addresses import address_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kari.Nordmann@Example.NO", "kari.nordmann@example.no"),
        ("ØYVIND@example.no", "øyvind@EXAMPLE.no"),
        ("kari@bücher.example", "KARI@XN--BCHER-KVA.EXAMPLE"),
        ("post@mail.blåbær.no", "post@mail.xn--blbr-roah.no"),
        ("STORGATA 1, 6150 ØRSTA", "Storgata 1, 6150 Ørsta"),
        ("+4791234567", "+4791234567"),
    ],
)
def test_two_spellings_are_one_address(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kari@example.no", "kari@example.com"),
        ("kari.n@example.no", "karin@example.no"),
        ("kari+1@example.no", "kari@example.no"),
        ("xn--bcher-kva@example.no", "bücher@example.no"),
        ("kari@xn--øø.no", "kari@øø.no"),  # no name of the name system
    ],
)
def test_two_addresses_are_two(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@given(st.emails())
def test_the_key_is_an_address_of_its_own_key(email: str) -> None:
    assert address_key(address_key(email)) == address_key(email.upper()) == address_key(email)
