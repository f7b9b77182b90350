"""Texts of pages that stand in no file of words are found, and what no debtor reads is left alone."""

from pathlib import Path

import pytest

from tools.check_page_texts import faults, in_code, in_templates


def test_all_that_a_debtor_reads_stands_in_files_of_words() -> None:
    assert list(faults()) == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<h1>Takk</h1>", "Takk"),
        ('<nav aria-label="Språk, language">{{ t.pay }}</nav>', "Språk, language"),
        ('<input placeholder="Beløp">', "Beløp"),
        ('<p>{{ "Please wait" if waits else t.pay }}</p>', "Please wait"),
        ('<p>{{ t.pay ~ " kr" }}</p>', " kr"),
        ('<p>{{ name or "nobody" }}</p>', "nobody"),
        ("<p>{{ amount }} kroner</p>", "kroner"),
        ('<p title="{{ t.pay }} now">{{ t.pay }}</p>', " now"),
    ],
)
def test_a_text_in_a_template_is_found(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pay.html.j2").write_text(written, "utf-8")
    assert list(in_templates(tmp_path)) == [f"pay.html.j2: says {said!r}: write it in a file of words"]


@pytest.mark.parametrize(
    "written",
    [
        "{#- A note to who writes it. -#}<p>{{ t.pay }}</p>",
        '<p class="very small">{% if word == "not me" %}{{ t[word] }}{% endif %}</p>',
        '{% macro wrong(name) %} aria-invalid="true"{% endmacro %}',
        '<p>{{ pair.replace("a b", "c d") }}</p>',
        '<input placeholder="ABCDE-FGH23">',
    ],
)
def test_what_nobody_reads_is_left_alone(written: str, tmp_path: Path) -> None:
    (tmp_path / "pay.html.j2").write_text(written, "utf-8")
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "home.html.j2").write_text("<h1>Home</h1>", "utf-8")
    assert list(in_templates(tmp_path)) == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('told = "The file is too large."', "The file is too large."),
        ('told = f"Du kan betale {most} her"', "Du kan betale "),
        ('page("x.html.j2", problem="try again later.")', "try again later."),
    ],
)
def test_a_sentence_in_code_is_found(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pay.py").write_text(written, "utf-8")
    assert list(in_code(tmp_path / "pay.py")) == [f"pay.py:1: says {said!r}: write it in a file of words"]


def test_what_code_says_of_itself_in_errors_and_to_machines_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pay.py").write_text(
        '"""What it is."""\n'
        'FIND = text("select it from there where it is.")\n'
        'log.warning("payment_late", reason="The provider is away.")\n'
        'Asked = Query(description="What is asked.")\n'
        'RATE = "10 per hour"\n'
        "def pay() -> None:\n"
        '    """Pay it."""\n'
        '    raise BadLink("This link names no invoice.")\n',
        "utf-8",
    )
    assert list(in_code(tmp_path / "pay.py")) == []
