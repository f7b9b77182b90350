"""What whoever writes or calls is answered at once, before a person does: the same for everybody of a country, in its languages.

Who they are is not looked at: whoever uses another's number hears nothing of them, not even that they owe somebody.
"""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

import phonenumbers

from domain.countries.registry import country_of
from domain.languages import EVERYWHERE, LANGUAGES, READ_TOO, Language
from messages.languages import locale_of
from web.pages import words

_VOICES: Mapping[Language, str] = {"nb": "nb-NO", "nn": "nb-NO", "sv": "sv-SE", "fi": "fi-FI", "en": "en-GB"}
_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response>{}</Response>'


def written_back(number: str, word: str) -> str:
    """A message back to a number, as TwiML; `word` names it in the words of pages: `phone_stranger`."""
    said = " / ".join(words(locale)[word] for _, locale in _spoken(number))
    return _TWIML.format(f"<Message>{escape(said)}</Message>")


def told_on_the_phone(number: str) -> str:
    """What a caller hears, as TwiML: each language in its own voice."""
    each = (
        f'<Say language="{voice}">{escape(words(locale)["phone_caller"])}</Say>' for voice, locale in _spoken(number)
    )
    return _TWIML.format(f"{''.join(each)}<Hangup/>")


def _spoken(number: str) -> Iterator[tuple[str, str]]:
    """The languages of a number's country, each with its voice: no two that the same people read, and English last."""
    country = _country(number)
    languages: list[Language] = []
    for language in country_of(country).languages or (LANGUAGES[0], EVERYWHERE):
        if READ_TOO.get(language) not in languages:
            languages.append(language)
    for language in languages:
        yield _VOICES[language], locale_of(language, country)


def _country(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
