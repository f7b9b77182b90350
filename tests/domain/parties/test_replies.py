"""What debtors' own words seem to say."""

import pytest

from domain.parties.replies import Meaning, begins_with_stop, meaning_of, says_only, wish_of


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Uenig!", Meaning.DISAGREES),
        ("Jeg bestrider kravet, det stemmer ikke", Meaning.DISAGREES),
        ("I disagree with this", Meaning.DISAGREES),
        ("betalt", Meaning.PAID),
        ("Hei, denne er betalt i går", Meaning.PAID),
        ("Den här fakturan är redan betald", Meaning.PAID),
        ("Maksoimme tämän eilen", Meaning.PAID),
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
        ("Jag håller inte med om fakturan", Meaning.DISAGREES),
        ("Olen eri mieltä laskusta", Meaning.DISAGREES),
        ("Jag har redan betalat", Meaning.PAID),
        ("Maksoin tämän eilen", Meaning.PAID),
        ("Jag kan inte betala före fredag", Meaning.NEEDS_TIME),
        ("Tarvitsen lisää aikaa", Meaning.NEEDS_TIME),
        ("En pysty maksamaan nyt", Meaning.NEEDS_TIME),
        ("Det här är inte till mig", Meaning.NOT_ME),
        ("Väärä numero!", Meaning.NOT_ME),
        ("Min mamma har gått bort", Meaning.DIED),
        ("Isäni on kuollut", Meaning.DIED),
        ("Vi har en hund, en dog som de säger", None),
        ("Jag har ansökt om skuldsanering", Meaning.INSOLVENT),
        ("Haen velkajärjestelyä", Meaning.INSOLVENT),
        ("Det är livsfarligt för mormor utan el", Meaning.IN_DANGER),
        ("Äidillä on hengityskone kotona", Meaning.IN_DANGER),
        ("Jag har flyttat till Storgatan 2", Meaning.WRONG_ADDRESS),
        ("Muutin Turkuun, uusi osoite tulee", Meaning.WRONG_ADDRESS),
        ("Kan ni flytta förfallodagen?", None),
        ("Siirtyikö eräpäivä?", None),
        ("Jag är på semester", Meaning.TRAVELLING),
        ("Odotan teiltä vastausta", Meaning.WAITS_FOR_ANSWER),
        ("Vi har inte fått varorna", Meaning.NOT_RECEIVED),
        ("En ole saanut tuotetta", Meaning.NOT_RECEIVED),
        ("Palautin kengät", Meaning.RETURNED_GOODS),
        ("Mikä tämä on?", None),
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


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("Sluta", "stop"),
        ("Lopeta!", "stop"),
        ("LOPETA\nLähetetty iPhonesta", "stop"),
        ("Stopp\n\nVänliga hälsningar\nKarin", "stop"),
        ("Aloita", "start"),
        ("Lopeta jo, olen maksanut", None),
    ],
)
def test_silence_is_asked_for_in_swedish_and_finnish_too(words: str, wish: str | None) -> None:
    assert wish_of(words) == wish


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Eg er ueinig, det stemmer ikkje", Meaning.DISAGREES),
        ("Feil rekning!", Meaning.DISAGREES),
        ("Dette gjeld ikkje meg", Meaning.NOT_ME),
        ("Feil mottakar", Meaning.NOT_ME),
        ("Eg treng litt meir tid", Meaning.NEEDS_TIME),
        ("Kan eg få utsetjing?", Meaning.NEEDS_TIME),
        ("Eg kan ikkje betale no", Meaning.NEEDS_TIME),
        ("Eg har ikkje motteke vara", Meaning.NOT_RECEIVED),
        ("Eg ventar på svar frå dykk", Meaning.WAITS_FOR_ANSWER),
        ("Ho bur ikkje her", Meaning.WRONG_ADDRESS),
        ("Det er farleg for mor å vere utan straum", Meaning.IN_DANGER),
        ("Far døydde i haust", Meaning.DIED),
        ("Kva er dette?", None),
    ],
)
def test_nynorsk_is_understood_as_bokmaal_is(words: str, meaning: Meaning | None) -> None:
    assert meaning_of(words) is meaning
