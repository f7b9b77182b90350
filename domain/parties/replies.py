"""What a debtor's own words mean, as far as words can tell: enough to hold a case until a person has read them."""

import re
import unicodedata
from enum import StrEnum
from typing import Literal


class Meaning(StrEnum):
    """What somebody seems to say."""

    DIED = "has died"
    INSOLVENT = "insolvent"
    IN_DANGER = "in danger"  # without the service
    NOT_ME = "not me"
    DISAGREES = "disagrees"
    PAID = "paid"
    NEEDS_TIME = "needs time"
    NOT_RECEIVED = "not received"  # what the invoice is for
    RETURNED_GOODS = "returned goods"
    TRAVELLING = "travelling"
    WAITS_FOR_ANSWER = "waits for an answer"
    CANNOT_PAY = "cannot pay"  # nothing is left for it: a person finds a way
    WRONG_ADDRESS = "wrong address"  # letters go where the debtor does not live


OF_THE_PERSON = frozenset({Meaning.DIED, Meaning.INSOLVENT, Meaning.IN_DANGER, Meaning.NOT_ME, Meaning.WRONG_ADDRESS})
"""What concerns all of a debtor's invoices, whichever of them is named."""
FROM_THE_DEBTOR = frozenset(Meaning) - {Meaning.DIED, Meaning.INSOLVENT, Meaning.IN_DANGER, Meaning.NOT_ME}
"""What nobody says but the debtor, or who acts in the debtor's place."""

# The first that is found counts; a word too many only costs a look. What none of them knows is read all the same.
_WORDS: tuple[tuple[Meaning, str], ...] = (
    (
        Meaning.DIED,
        r"\ber død\b|\bdøde\b|avgått ved døden|gått bort|gikk bort|\bdødsfall|\bdødsbo"
        r"|passed away|\bdeceased\b|\b(has|have|had) died\b|\bdied\b|\bis dead\b|\bestate of\b",
    ),
    (
        Meaning.INSOLVENT,
        r"\bkonkurs|\bgjeldsordning|\bgjeldsforhandling|\bbankrupt|\binsolven|debt (settlement|relief order)",
    ),
    (
        Meaning.IN_DANGER,
        r"\b(livs)?farlig\b|\bfare for (liv|helse)|\brespirator|\bdialyse|\boksygen|trygghetsalarm|medisinsk(e)? utstyr"
        r"|\bdanger(ous)?\b|life support|\bventilator|\bdialysis|\boxygen|medical (device|equipment)",
    ),
    (
        Meaning.NOT_ME,
        r"ikke (til )?meg\b|ikkje (til )?meg\b|gjelder ikke (for )?meg|feil (person|nummer|mottaker)|kjenner (ikke|ingen)"
        r"|not me\b|wrong (person|number|recipient)",
    ),
    (
        Meaning.DISAGREES,
        r"\buenig|\busamd|bestrid|\bbestrider|\bklage|reklam|protest|stemmer ikke|feil (faktura|beløp|regning)"
        r"|disagree|dispute|\bobject|wrong (amount|invoice|bill)",
    ),
    (Meaning.PAID, r"\bbetalt|\bbetalte|\bpaid\b|\boverført"),
    (
        Meaning.NOT_RECEIVED,
        r"(ikke|aldri) (fått|mottatt) (varen|varene|pakken|leveringen|leveransen|bestillingen)"
        r"|(not|never) (received|got|gotten) (the |my |our )?(goods|order|parcel|package|delivery)",
    ),
    (
        Meaning.RETURNED_GOODS,
        r"\b(returnert|returnerte)\b|sendt? (varen|varene|pakken|den|dem|det) (tilbake|i retur)"
        r"|\breturned (the|it|them|my|our)\b|sent (it|them|the \w+) back",
    ),
    (Meaning.TRAVELLING, r"\b(på reise|bortreist|på ferie)\b|\btravelling\b|on (holiday|vacation)\b"),
    (Meaning.WAITS_FOR_ANSWER, r"vente(r|t) på (et )?(svar|tilbakemelding)|waiting for (an |your )?(answer|reply)"),
    (
        Meaning.NEEDS_TIME,
        r"(trenger|treng) (mer |litt |meir )*tid|mer tid|meir tid|utsett|\bavdrag|nedbetal|kan ikke betale|får ikke betalt"
        r"|more time|need(s)? time|extension|instal|can(no|')?t pay|cannot pay",
    ),
    (
        Meaning.WRONG_ADDRESS,
        r"^(?!.*(forfall|frist|dato\b|betaling|trekk|due date|deadline|payment)).*"  # these are moved too
        r"(\bflytt(et|er|a|ing)\b|(nye?|feil|endret|endre) (post|bosteds)?adresse|\bbor (ikke|ikkje) (her|der|på)\b"
        r"|\bbor ikke lenger\b|\bmoved\b|(new|wrong) (postal )?address|changed (my )?(postal )?address"
        r"|(no longer|(don't|do not) (live|stay)) (live )?(here|there|at))",
    ),
)
FEW_WORDS = 5
# Whoever writes one of these and nothing else wants silence in that channel, or messages again.
STOP_WORDS = frozenset(
    {"STOP", "STOPP", "STOPALL", "AVSLUTT", "AVMELD", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "OPTOUT", "REVOKE"}
)
START_WORDS = frozenset({"START", "UNSTOP", "PÅMELD"})
SIGNATURE = re.compile(r"\s*(sendt|skickat|sent|lähetetty)\s+(fra|från|from|via|med)\b|\s*get outlook\b", re.IGNORECASE)
GREETING = re.compile(
    r"\n\s*(?:mvh|hilsen|vennlig hilsen|med vennlig hilsen|med venleg helsing|hälsningar|(?:kind |best )?regards)\b",
    re.IGNORECASE,
)
_PATTERNS = tuple((meaning, re.compile(words, re.IGNORECASE)) for meaning, words in _WORDS)


def meaning_of(words: str) -> Meaning | None:
    """What a message seems to say in Norwegian or English; None where only a person can tell."""
    plain = " ".join(words.split())
    return next((meaning for meaning, pattern in _PATTERNS if pattern.search(plain)), None)


def says_only(words: str, meaning: Meaning) -> bool:
    """Whether a few words say this and nothing else that a person would have to read."""
    plain = " ".join(words.split())
    return len(plain.split()) <= FEW_WORDS and {said for said, pattern in _PATTERNS if pattern.search(plain)} <= {
        meaning
    }


def begins_with_stop(words: str) -> bool:
    """Whether words ask for silence first, and say more."""
    first = re.split(r"\W+", words.strip(), maxsplit=1)[0].upper()
    return first in STOP_WORDS


def wish_of(words: str) -> Literal["stop", "start"] | None:
    """Whether a message is STOP or START and nothing else, however it is written; a signature aside, a phone's or one's own."""
    said = GREETING.split(unicodedata.normalize("NFKC", words), maxsplit=1)[0]
    lines = (line for line in said.splitlines() if not SIGNATURE.match(line))
    word = "".join(sign for line in lines for sign in line if sign.isalnum()).upper()
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None
