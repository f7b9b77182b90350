"""What debtors' own words seem to say."""

import pytest

from domain.parties.replies import Meaning, meaning_of


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Uenig!", Meaning.DISAGREES),
        ("Jeg bestrider kravet, det stemmer ikke", Meaning.DISAGREES),
        ("I disagree with this", Meaning.DISAGREES),
        ("betalt", Meaning.PAID),
        ("Hei, denne er betalt i går", Meaning.PAID),
        ("already PAID", Meaning.PAID),
        ("Jeg trenger tid", Meaning.NEEDS_TIME),
        ("kan jeg få utsettelse?", Meaning.NEEDS_TIME),
        ("I need time", Meaning.NEEDS_TIME),
        ("Can't pay before Friday", Meaning.NEEDS_TIME),
        ("ikke meg", Meaning.NOT_ME),
        ("Dette er ikke\ntil meg", Meaning.NOT_ME),
        ("Feil nummer, betalt har jeg uansett ikke", Meaning.NOT_ME),
        ("not me", Meaning.NOT_ME),
        ("Stopp ikke, jeg betaler fredag", None),
        ("👍", None),
        ("Hva er dette?", None),
    ],
)
def test_words_hold_a_case_where_they_seem_to_say_why(words: str, meaning: Meaning | None) -> None:
    assert meaning_of(words) is meaning
