"""Saved replies and their fields."""

from domain.desk.saved_replies import filled, unfilled, unknown_fields


def test_fields_are_filled_once_and_what_is_not_known_is_seen() -> None:
    words = "Hei {name}, du skylder {amount} innen {due_date}. {link} {}"
    done = filled(words, {"name": "Kari {amount}", "amount": "802,00 kr"})
    assert done == "Hei Kari {amount}, du skylder 802,00 kr innen {due_date}. {link} {}"
    assert unfilled(done) == ["amount", "due_date", "link"]


def test_a_field_that_nothing_would_fill_is_told() -> None:
    assert unknown_fields("{name} {navn} {Amount} { link } {name.__class__}") == [
        "navn",
        "Amount",
        " link ",
        "name.__class__",
    ]
