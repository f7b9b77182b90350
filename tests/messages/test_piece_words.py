"""What a creditor wrote is shown as text, lists and links to websites, and as nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pieces import Piece
from messages.piece_words import LONGEST_LINK, faults, shown


def wrong_with(text: str, title: str = "Tips") -> list[str]:
    """What is wrong with a text."""
    return faults(
        Piece.model_validate({"kind": "tip", "moments": ["paid"], "words": {"nb": {"title": title, "text": text}}})
    )


def test_text_lists_and_links_are_shown_and_a_link_leads_over_the_page() -> None:
    text = "Les om **prisene** [her](https://acme.example/p?a=1&b=2 'x').\n\n- én\n- to <https://acme.example/>"
    assert wrong_with(text) == []
    found = shown(text)
    assert found.links == ("https://acme.example/p?a=1&b=2", "https://acme.example/")
    assert found.at("/i/k/content/7").startswith(
        '<p>Les om <strong>prisene</strong> <a href="/i/k/content/7/0" ping="/i/k/content/7/0" rel="noopener noreferrer">her'
    )
    assert '<a href="https://acme.example/p?a=1&amp;b=2" rel="noopener noreferrer">her</a>' in found.direct()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# Nyhet", "a heading is not shown"),
        ("![x](https://tracker.example/1.png)", "a picture is not shown"),
        ("<script>alert(1)</script>", "HTML is not shown"),
        ("Hei <b onclick=x>du</b>", "HTML is not shown"),
        ("`x`", "code is not shown"),
        ("> sitat", "a quotation is not shown"),
        ("[x](javascript:alert(1))", "does not begin with https://"),
        ("[x](JaVaScRiPt:alert(1))", "does not begin with https://"),
        ("[x](data:text/html;base64,AAAA)", "does not begin with https://"),
        ("[x](http://acme.example)", "does not begin with https://"),
        ("[x](//evil.example)", "does not begin with https://"),
        ("[x](/i/other)", "does not begin with https://"),
        ("[x][r]\n\n[r]: javascript:alert(1)", "does not begin with https://"),
        ("[x](https://acme.example@evil.example/)", "names a user or a port"),
        ("[x](https://acme.example:8443/)", "names a user or a port"),
        ("[x](https://127.0.0.1/)", "names no website by its name"),
        ("[x](https://[::1]/)", "names no website by its name"),
        ("[x](https://localhost/)", "names no website by its name"),
        ("[x](https://a.example:99999/)", "is no address"),
        (f"[x](https://acme.example/{'a' * LONGEST_LINK})", "500 at most"),
        ("[x](https://a.example) " * 6, "6 links, 5 at most"),
        ("Betal\u202enå", "signs that cannot be seen"),
        ("Betal&#8238;nå", "signs that cannot be seen"),
        ("&nbsp;", "shows nothing"),
        ("[](https://a.example)", "shows nothing"),
        ("Ellers blir det inkasso.", "says 'inkasso'"),
    ],
)
def test_what_is_not_shown_is_refused_by_its_reason(text: str, why: str) -> None:
    assert any(why in fault for fault in wrong_with(text)), wrong_with(text)
    for sign in ("<script", "<img", "<b", "onclick=", "javascript:", "data:", "evil", "tracker"):
        assert f'"{sign}' not in shown(text).direct().lower()
        assert not re.search(f"<[^>]*{sign}", shown(text).direct(), re.I)


def test_a_title_is_plain_and_threatens_nobody() -> None:
    assert wrong_with("x", "Ny\npris") == ["words.nb.title: has signs that cannot be seen"]
    assert any("says 'inkasso'" in fault for fault in wrong_with("x", "Inkasso"))


@given(st.text(st.sampled_from(list("[]()<>!*_`#\\&;:/\"' ax\n-1.")) | st.characters(), max_size=120))
def test_whatever_is_written_no_sign_of_it_is_a_tag_but_those_that_are_meant(text: str) -> None:
    html = shown(text).at("/i/k/content/1")
    tags = re.findall(r"<[^>]*>", html)
    link = r'<a (?:href="/i/k/content/1/\d" ping="/i/k/content/1/\d" )?rel="noopener noreferrer">'
    assert [tag for tag in tags if not re.fullmatch(rf"</?(?:p|ul|ol|li|strong|em|a|br)>|{link}", tag)] == []
