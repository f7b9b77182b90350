"""Whoever reads a language is told in it, or in one that they read as well."""

from domain.languages import for_everybody, nearest


def test_own_words_come_first_and_then_those_of_a_language_that_is_read_as_well() -> None:
    assert nearest("nn", {"nb": "ikke", "nn": "ikkje"}) == "ikkje"
    assert nearest("nn", {"nb": "ikke", "en": "not"}) == "ikke"
    assert nearest("nb", {"nn": "ikkje"}) == "ikkje"


def test_what_is_beside_the_point_is_not_shown_in_a_language_that_is_not_read() -> None:
    assert nearest("en", {"nb": "ikke"}) is None


def test_what_must_be_told_is_told_in_english_or_at_all() -> None:
    assert for_everybody("fi", {"nb": "ikke", "en": "not"}) == "not"
    assert for_everybody("fi", {"nb": "ikke"}) == "ikke"
    assert for_everybody("nn", {"nb": "ikke", "en": "not"}) == "ikke"
