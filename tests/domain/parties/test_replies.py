"""What debtors' own words seem to say."""

import pytest

from domain.parties.replies import Meaning, begins_with_stop, meaning_of, says_only


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
        ("Min mor er død", Meaning.DIED),
        ("She has passed away", Meaning.DIED),
        ("Jeg har søkt gjeldsordning", Meaning.INSOLVENT),
        ("I am bankrupt", Meaning.INSOLVENT),
        ("Det er farlig for mor å være uten strøm", Meaning.IN_DANGER),
        ("Min sønn har respirator, og jeg har ikke betalt", Meaning.IN_DANGER),
        ("My father needs oxygen at home", Meaning.IN_DANGER),
        ("Jeg har flyttet til Storgata 2", Meaning.WRONG_ADDRESS),
        ("Wrong address, I moved", Meaning.WRONG_ADDRESS),
        ("Har dere flyttet forfallet?", None),
        ("You moved my payment", None),
        ("Jeg har flyttet og trenger mer tid", Meaning.NEEDS_TIME),  # what it says of the claim comes first
        ("Stopp ikke, jeg betaler fredag", None),
        ("👍", None),
        ("Hva er dette?", None),
    ],
)
def test_words_hold_a_case_where_they_seem_to_say_why(words: str, meaning: Meaning | None) -> None:
    assert meaning_of(words) is meaning


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        ("Feil nummer!", True),
        ("Dette er ikke meg", True),
        ("Feil nummer, jeg er uenig", False),  # that is something else besides
        ("Feil nummer, Kari har flyttet til Bergen i fjor", False),  # a person may learn something
    ],
)
def test_a_few_words_may_say_one_thing_and_nothing_to_read(words: str, alone: bool) -> None:
    assert says_only(words, Meaning.NOT_ME) is alone


@pytest.mark.parametrize(
    ("words", "stops"),
    [("STOPP, dette er ikke meg", True), ("stop. not me", True), ("Dette er ikke meg, stopp", False)],
)
def test_silence_may_be_asked_for_before_anything_else(words: str, stops: bool) -> None:
    assert begins_with_stop(words) is stops
