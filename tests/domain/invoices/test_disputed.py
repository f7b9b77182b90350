"""Some lines of an invoice are so much of it as they are of all its lines: with tax or without."""

from decimal import Decimal

import pytest

from domain.invoices.disputed import share_of


def amounts(*of: str | None) -> list[Decimal | None]:
    return [Decimal(each) if each is not None else None for each in of]


@pytest.mark.parametrize(
    ("lines", "chosen", "total", "part"),
    [
        (amounts("600", "202"), {2}, "802", "202.00"),
        (amounts("480", "160"), {2}, "800", "200.00"),  # written without tax
        (amounts("100", "100", "100"), {1}, "100", "33.33"),
        (amounts("900", "-100"), {1}, "800", None),  # without the discount it would be more than all
        (amounts("900", "-100"), {2}, "800", None),
        (amounts("600", "202"), {1, 2}, "802", None),
        (amounts("600", "202"), set(), "802", None),
        (amounts("600", "202"), {0, 3, -1, 99}, "802", None),
        (amounts("802", None), {2}, "802", None),
        (amounts("802", None), {1}, "802", None),
        (amounts("0", "0"), {1}, "802", None),
        (amounts(), {1}, "802", None),
    ],
)
def test_lines_are_their_share(lines: list[Decimal | None], chosen: set[int], total: str, part: str | None) -> None:
    assert share_of(lines, chosen, Decimal(total)) == (Decimal(part) if part else None)
