"""A text is measured by what makes it hard in its own language."""

import pytest

from messages.readability import lix, syllables, too_hard, wiio


def test_long_words_and_sentences_are_hard_to_read() -> None:
    assert lix("Du kan betale nå. Takk.") < 20
    assert lix("Betalingsoppfordringen forutsetter umiddelbar innbetaling") > 80


@pytest.mark.parametrize(
    ("word", "count"),
    [("maksa", 2), ("lasku", 2), ("eräpäivä", 4), ("yö", 1), ("tie", 1), ("viimeistään", 3), ("maksumuistutus", 5)],
)
def test_finnish_syllables_are_counted_by_their_vowels(word: str, count: int) -> None:
    assert syllables(word) == count


def test_finnish_is_not_hard_for_its_endings() -> None:
    plain = "Laskusi erääntyi tänään. Jos olet jo maksanut, voit jättää viestin huomiotta. Kiitos!"
    officialese = "Maksukehotuksen laiminlyönnistä aiheutuvat viivästysseuraamukset määräytyvät perintälainsäädännöstä."
    assert wiio(plain) < 9 < wiio(officialese)


def test_what_is_too_hard_is_told_with_its_measure_and_the_most_that_may_be() -> None:
    assert too_hard("Betal nå.", "nb") is None
    assert str(too_hard("Betalingsoppfordringen forutsetter umiddelbar innbetaling", "nb")).endswith("40 at most")
