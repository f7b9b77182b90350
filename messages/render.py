"""Turns content into what a channel sends: an email, an SMS, a direct message."""

import unicodedata
from dataclasses import dataclass, replace
from functools import cache

import smsutil  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.look import Look
from messages.content import Content, UnwritableError
from messages.document import document
from messages.languages import FOLDER
from messages.words import SmsRoom, sms_words

OUR_COLOUR = "#1d4ed8"
"""Of links and buttons, where a creditor has none of its own."""
MOST_SEGMENTS = 2
LONGEST_LINK = 108
"""A link to the invoice page has at most so many characters: a public address of 60, and the signed token."""
# What does not decompose into a letter of the GSM 03.38 alphabet and its accents.
_GSM_STANDINS = str.maketrans(
    {"«": '"', "»": '"', "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"}
    | {"\u2013": "-", "\u2014": "-", "\u2022": "-", "\u0131": "i", "œ": "oe", "Œ": "OE"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L"}
    | {"ŋ": "n", "Ŋ": "N", "ŧ": "t", "Ŧ": "T"}
)
_SMS_ROOMS = (
    SmsRoom(25),
    SmsRoom(18),
    SmsRoom(18, doubts=False),
    SmsRoom(18, doubts=False, name_invoice=False),
    SmsRoom(10, doubts=False, name_invoice=False, reference=False),
    SmsRoom(
        5, doubts=False, name_invoice=False, reference=False, also=False
    ),  # signs that count twice, a fee of six figures
    SmsRoom(5, doubts=False, name_invoice=False, reference=False, other_parts=False),
)
"""From the most that an SMS says to the least: the first that fits is used."""
_WITHOUT = tuple(replace(room, also=False) for room in _SMS_ROOMS)
"""The same without the sentence that is said besides, which gives way to nothing but what must be said."""

_LAYOUTS = Environment(
    loader=FileSystemLoader(FOLDER / "layouts"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(enabled_extensions=("html.j2",)),
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


class SmsTooLongError(UnwritableError):
    """The facts of a message do not fit in two segments, whatever is shortened."""


class NotByThisChannelError(ValueError):
    """The law asks another form for this message (practice, Form)."""


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """An email as sent: one subject line, and the same content as plain text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class RenderedSms:
    """An SMS as sent, and how many segments are billed for it."""

    text: str
    segments: int


def email(content: Content) -> RenderedEmail:
    """The email for this content."""
    parts, look = document(content), content.look or Look(OUR_COLOUR)
    return RenderedEmail(
        subject=parts.subject,
        text=_layout("email.txt.j2", d=parts),
        html=_layout(
            "email.html.j2",
            d=parts,
            colour=look.colour,
            dark=look.colour_on_dark,
            logo=look.logo,
        ),
    )


def sms(content: Content) -> RenderedSms:
    """The SMS for this content: the GSM 03.38 alphabet only, at most two segments.

    Raises NotByThisChannelError for a collection notice, and SmsTooLongError when a link (of more than
    `LONGEST_LINK` characters) leaves no room even for the least.
    """
    refuse_notice(content, "SMS")
    content = content.tidied()
    for room in (*_SMS_ROOMS, *_WITHOUT) if content.also else _SMS_ROOMS:
        text = _in_gsm(sms_words(content, room))
        segments = len(smsutil.split(text).parts)
        if segments <= MOST_SEGMENTS:
            return RenderedSms(text, segments)
    raise SmsTooLongError(
        f"the {content.kind.name} SMS takes {segments} segments, {MOST_SEGMENTS} at most: "
        f"use a shorter link ({len(content.link)} characters)"
    )


def direct_message(content: Content) -> str:
    """The text of a WhatsApp message for this content.

    Raises NotByThisChannelError for a collection notice.
    """
    refuse_notice(content, "direct message")
    return _layout("direct_message.txt.j2", d=document(content))


def _layout(name: str, **parts: object) -> str:
    text = _LAYOUTS.get_template(name).render(parts)
    paragraphs = (paragraph.strip("\n") for paragraph in text.split("\n\n"))
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def refuse_notice(content: Content, channel: str) -> None:
    """Raises NotByThisChannelError for what the law has go by letter or email."""
    if content.kind.legal_form:
        raise NotByThisChannelError(
            f"a {content.kind.name} does not go by {channel}: use letter or email, and a notice-alert here"
        )


def _in_gsm(text: str) -> str:
    """The text in the GSM 03.38 alphabet: accents and signs it lacks are left out."""
    return "".join(_letter_in_gsm(letter) for letter in text.translate(_GSM_STANDINS))


@cache
def _letter_in_gsm(letter: str) -> str:
    if smsutil.is_valid_gsm(letter):
        return letter
    plain = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in plain if smsutil.is_valid_gsm(part))
