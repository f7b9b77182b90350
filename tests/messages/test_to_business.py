"""A Finn is *sinä*, the people of a business are *te*: by every channel and in every tone, whatever the facts are called."""

from pathlib import Path

import pytest

from channels.whatsapp_templates import load_templates
from domain.policy.policy import Tone
from messages import approved, render
from messages.document import document
from messages.figures import amount, phone, short_date
from messages.languages import FOLDER, every_locale, labels, locale_of, tag_of, words_in
from messages.own_words import Own
from messages.specs import SPECS
from messages.to_business import address_of, addressed
from messages.words import template_name, words
from simulator.approved import content_sid
from tests.messages.samples import content

FINNISH = address_of(FOLDER / "fi")
assert FINNISH is not None
TO_BUSINESS, TO_PERSON = {"language": "fi_business", "country": "FI"}, {"language": "fi", "country": "FI"}


def test_only_finnish_speaks_otherwise_to_a_business_and_not_in_another_country_s_words() -> None:
    assert [locale_of("fi", "FI", kind) for kind in ("consumer", "business", "any")] == ["fi", "fi_business", "fi"]
    assert [locale_of(language, "FI", "business") for language in ("sv", "en")] == ["sv_FI", "en_FI"]
    assert [locale_of(language, "SE", "business") for language in ("sv", "en")] == ["sv", "en_SE"]
    assert [locale_of(language, "NO", "business") for language in ("nb", "nn", "en")] == ["nb", "nn", "en"]
    assert [each for each in every_locale() if each.endswith("_business")] == ["fi_business"]


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize(
    "kind", ["invoice", "due-date-reminder", "reminder", "paid", "handed-off", "collection-notice"]
)
def test_a_business_is_te_by_every_channel_and_a_person_is_not(kind: str, tone: Tone) -> None:
    spec = SPECS[kind]
    to_person, to_business = (content(spec, tone=tone, **to) for to in (TO_PERSON, TO_BUSINESS))
    said = [render.email(to_business).text, *([] if spec.legal_form else [render.sms(to_business).text])]
    for text in said:
        assert list(FINNISH.left(text)) == []
    if not spec.legal_form:
        assert render.sms(to_business).segments <= 2
    assert any(FINNISH.left(render.email(to_person).text))


def test_verb_and_participle_agree_and_what_only_looks_like_a_command_stays() -> None:
    assert FINNISH.of("Oletko jo maksanut? Maksa tai kerro.") == "Oletteko jo maksaneet? Maksakaa tai kertokaa."
    assert FINNISH.of("Jos et maksa, se ei maksa mitään.") == "Jos ette maksa, se ei maksa mitään."
    assert FINNISH.of("Sait lisää aikaa. Lisää se verkkopankissa.") == "Saitte lisää aikaa. Lisätkää se verkkopankissa."


def test_what_is_said_to_a_business_once_is_not_changed_again() -> None:
    for path in (FOLDER / "fi").glob("*.j2"):
        said = FINNISH.of(path.read_text("utf-8"))
        assert FINNISH.of(said) == said, path.name


def test_facts_stand_as_they_are_even_where_they_are_words_of_ours() -> None:
    named = {"creditor_name": "Maksa Kerro Oy", "debtor_name": "Sinun Oy", "recipient_name": "Sinun Oy"}
    text = render.email(content(SPECS["reminder"], **TO_BUSINESS, **named)).text
    assert "Maksa Kerro Oy" in text
    assert "Sinun Oy" in text


def test_a_creditor_s_own_words_are_said_to_a_business_as_they_were_written() -> None:
    name = template_name(SPECS["reminder"], Tone.KIND, "fi_business", "txt")
    written = (FOLDER / name).read_text("utf-8").replace("Lasku unohtuu helposti", "Kerro, jos sinulla on kysyttävää")
    own = content(SPECS["reminder"], tone=Tone.KIND, own_words={name: Own(1, written)}, **TO_BUSINESS)
    assert "Kerro, jos sinulla on kysyttävää" in " ".join(words(own.tidied()).opening)


def test_figures_and_the_name_of_the_language_are_those_of_finnish() -> None:
    sample = content(SPECS["reminder"], **TO_BUSINESS)
    assert tag_of("fi_business") == document(sample).language == "fi"
    for figure in (
        lambda locale: amount(sample.total, "EUR", locale),
        lambda locale: short_date(sample.sent_on, locale),
        lambda locale: phone("+358401234567", locale),
    ):
        assert figure("fi_business") == figure("fi")
    assert labels("fi_business").keys() == labels("fi").keys()


def test_a_business_is_reached_by_whatsapp_in_the_words_that_are_approved() -> None:
    there = load_templates({"approved.yaml": approved.as_file(content_sid, ["fi"])})
    found = there.of(None, SPECS["invoice"], Tone.KIND, "fi_business")
    assert found is not None
    assert found.language == "fi"


def test_on_a_page_the_reader_commands_the_page_as_one_and_is_spoken_to_as_many() -> None:
    said = {"plan_go_on": "Jatka", "pay_another": "Maksa jokin muu summa", "due_by": "Maksa viimeistään {day}."}
    assert FINNISH.of_page(said) == said | {"due_by": "Maksakaa viimeistään {day}."}


@pytest.mark.parametrize(
    ("to_one", "to_many"),
    [
        ("Älä anna sitä kenellekään.", "Älkää antako sitä kenellekään."),
        ("Jos et pyytänyt koodia, odota.", "Jos ette pyytäneet koodia, odottakaa."),
        ("Kukaan ei soita, eikä se maksa mitään.", "Kukaan ei soita, eikä se maksa mitään."),
        ("Sinulle vastaa pankki, joka vastaa pian.", "Teille vastaa pankki, joka vastaa pian."),
        ("Emme enää lähetä eikä se näy. Lähetä se.", "Emme enää lähetä eikä se näy. Lähettäkää se."),
        ("En ole saanut tilaustani", "Emme ole saaneet tilaustamme"),
    ],
)
def test_page_sentences_agree_and_what_others_do_stays(to_one: str, to_many: str) -> None:
    assert FINNISH.of(to_one) == to_many
    assert list(FINNISH.left(to_many)) == []


def test_a_word_to_one_person_that_nobody_thought_of_is_named() -> None:
    assert list(FINNISH.left("Uusi lasku. Avaatko sen puolestasi? Siksi.")) == ["Avaatko", "puolestasi"]


def test_names_of_a_file_of_words_stay_and_lists_are_said_too(tmp_path: Path) -> None:
    assert addressed({"kerro": ["Kerro", {"maksa": "Maksa"}], "most": 8}, FINNISH) == {
        "kerro": ["Kertokaa", {"maksa": "Maksakaa"}],
        "most": 8,
    }
    assert address_of(tmp_path) is None
    assert words_in("fi_business", "table.yaml")["headings"].keys() == words_in("fi", "table.yaml")["headings"].keys()
