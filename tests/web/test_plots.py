"""Plots: each bar as long as its share of the longest, with its label and value as text, and nothing that could be markup."""

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import assume, given
from hypothesis import strategies as st

from web.plots import LABELS, MOST, VALUES, WIDTH, Bar, bars

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
    assert all(0 <= width <= WIDTH - LABELS - VALUES for width in widths)
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
