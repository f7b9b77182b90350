"""A place is read from the last line of an address, or not at all."""

import pytest

from domain.parties.places import place_of


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["Kraftgata 1", "0155 Oslo"], ("0155", "Oslo")),
        (["Kraftgatan 1", "123 45 Kiruna"], ("123 45", "Kiruna")),
        (["PL 12", "00100 HELSINKI", ""], ("00100", "HELSINKI")),
        (["Kraftgata 1, 0155 Oslo"], None),
        (["Oslo 0155"], None),
        (["12345678 1"], None),
        (["", ""], None),
        ([], None),
    ],
)
def test_postcode_and_town_are_those_of_the_last_line(lines: list[str], place: tuple[str, str] | None) -> None:
    assert place_of(lines) == place
