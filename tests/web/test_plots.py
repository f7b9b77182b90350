"""Plots: each bar as long as its share of the longest, with its label and value as text, and nothing that could be markup."""

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import assume, given
from hypothesis import strategies as st

from web.plots import HEIGHT, LONGEST, MOST, SIGNS, VALUES, WIDTH, Bar, Dot, bars, dots

SVG = "{http://www.w3.org/2000/svg}"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))), st.decimals(-9_999, 9_999, places=2)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_bar_has_room_and_its_words(made: list[tuple[str, Decimal]]) -> None:
    assume(any(length for _, length in made[:MOST]))
    drawn = ElementTree.fromstring(
        bars("a <plot> & more", [Bar(label, length, f"{length:,}") for label, length in made])
    )
    widths = [float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect")]
    assert len(widths) == min(len(made), MOST)
    assert all(0 <= width <= LONGEST for width in widths)
    ends = [float(each.attrib["x"]) + float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect")]
    assert max(ends) + VALUES <= float(drawn.attrib["width"])
    assert max(len(each.text or "") for each in drawn.iter(f"{SVG}text") if each.get("text-anchor")) <= SIGNS
    assert drawn.attrib["aria-label"] == "a <plot> & more"


def test_bars_are_as_long_as_their_shares() -> None:
    drawn = bars(
        "shares", [Bar("all", Decimal(200), "200"), Bar("half", Decimal(100), "100"), Bar("none", Decimal(0), "0")]
    )
    all_of_it, half, none = (float(width) for width in re.findall(r'<rect [^>]*width="([0-9.]+)"', drawn))
    assert (all_of_it, none) == (2 * half, 0)


def test_what_is_below_zero_has_a_colour_of_its_own() -> None:
    above, below = re.findall(
        r'fill="(#[0-9a-f]+)"/>', bars("net", [Bar("a", Decimal(1), "1"), Bar("b", Decimal(-1), "-1")])
    )
    assert above != below


def test_of_nothing_nothing_is_drawn() -> None:
    assert bars("nothing", []) == bars("nothing", [Bar("a", Decimal(0), "0")]) == ""


points = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(st.tuples(points, points), min_size=1, max_size=20))
def test_every_point_lies_in_the_picture_with_its_words(made: list[tuple[float, float]]) -> None:
    drawn = ElementTree.fromstring(
        dots("a <plane>", "cost", "return", [Dot(f"{at}", *pair, f"change & {at}") for at, pair in enumerate(made)])
    )
    circles = list(drawn.iter(f"{SVG}circle"))
    assert [circle[0].text for circle in circles] == [f"change & {at}" for at in range(len(made))]
    assert all(
        0 <= float(circle.attrib["cx"]) <= WIDTH and 0 <= float(circle.attrib["cy"]) <= HEIGHT for circle in circles
    )


def test_what_is_dearer_lies_to_the_right_and_what_brings_more_above() -> None:
    drawn = dots("plane", "cost", "return", [Dot("0", 0, 0, ""), Dot("1", 2, 5, "")])
    (x, y), (right, above) = (map(float, pair) for pair in re.findall(r'cx="([0-9.]+)" cy="([0-9.]+)"', drawn))
    assert (x < right, above < y) == (True, True)
    assert dots("nothing", "cost", "return", []) == ""
