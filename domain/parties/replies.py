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
        r"\ber død\b|\bdøde\b|avgått ved døden|gått bort|gikk bort|gjekk bort|\bdøydde\b|\bdødsbu|\bdødsfall|\bdødsbo"
        r"|\bär död\b|\bhar dött\b|\bavlid(it|en)\b|gått bort\b|\bdödsfall|\bdödsbo"
        r"|\bkuol(i|lut)\b|\bkuolema|\bkuolinpes|\bmenehty|\bpoismen"
        r"|passed away|\bdeceased\b|\b(has|have|had) died\b|\bdied\b|\bis dead\b|\bestate of\b",
    ),
    (
        Meaning.INSOLVENT,
        r"\bkonkurs|\bgjeldsordning|\bgjeldsforhandling|\bskuldsanering|\bvelkajärjestely|\byrityssaneeraus"
        r"|\bbankrupt|\binsolven|debt (settlement|relief order)",
    ),
    (
        Meaning.IN_DANGER,
        r"\b(livs)?farl[ie]g\b|\bfare for (liv|helse)|\brespirator|\bdialyse|\boksygen|trygghetsalarm|medisinsk(e)? utstyr"
        r"|\b(livs)?farligt\b|\bfara för (liv|hälsa)|\bsyrgas|trygghetslarm|medicinsk utrustning"
        r"|\bvaarallis|\bhengenvaara|\bhengityskone|\bhappirikast|\bturvapuhelin|\blääkinnälli"
        r"|\bdanger(ous)?\b|life support|\bventilator|\bdialysis|\boxygen|medical (device|equipment)",
    ),
    (
        Meaning.NOT_ME,
        r"ikke (til )?meg\b|ikkje (til )?meg\b|gjelder ikke (for )?meg|feil (person|nummer|mottak[ea]r)|kjenner (ikkj?e|ingen)"
        r"|inte (till |för )?mig\b|fel (person|nummer|mottagare)|känner (inte|ingen)"
        r"|ei (ole |koske |kuulu )?minu(a|lle)\b|en ole (hän|se henkilö)\b|väärä(än|ssä)? (henkilö|numero)|\ben tunne\b"
        r"|not me\b|wrong (person|number|recipient)",
    ),
    (
        Meaning.DISAGREES,
        r"\buenig|\bueinig|\busamd|bestrid|\bbestrider|\bklage|reklam|protest|stemmer ikkj?e|feil (faktura|beløp|regning|rekning)"
        r"|håller inte med|\binvänd|stämmer inte|fel (faktura|belopp|räkning)|\bfelaktig"
        r"|\beri mieltä|\bkiist|\bhuomautu|\bvirheelli|väärä (lasku|summa)|\bväärin\b|ei pidä paikkaa"
        r"|disagree|dispute|\bobject|wrong (amount|invoice|bill)",
    ),
    (
        Meaning.PAID,
        r"\bbetalt|\bbetalte|\bbetala(t|de)\b|\bbetalda?\b|\bmaksoi(n|mme)\b|\bmaksettu|\bmaksanut\b|\bpaid\b|\boverført|\böverfört",
    ),
    (
        Meaning.NOT_RECEIVED,
        r"(ikkj?e|aldri) (fått|mottatt|motteke) (var(en|a|ene)|pakken|levering(en|a)|leveransen|bestilling(en|a))"
        r"|(inte|aldrig) (fått|mottagit) (varan|varorna|paketet|leveransen|beställningen)"
        r"|en ole (vielä )?saanut (tavara|tuote|paket|tilaus|tilaamaani)"
        r"|(not|never) (received|got|gotten) (the |my |our )?(goods|order|parcel|package|delivery)",
    ),
    (
        Meaning.RETURNED_GOODS,
        r"\b(returnert|returnerte)\b|sendt? (varen|vara|varene|pakken|den|dem|det) (tilbake|i retur)"
        r"|\breturnera(t|de)\b|skicka(t|de)? (varan|varorna|paketet|den|dem|det) tillbaka|skicka(t|de) tillbaka"
        r"|\bpalaut(in|imme|ettu|tanut)\b"
        r"|\breturned (the|it|them|my|our)\b|sent (it|them|the \w+) back",
    ),
    (
        Meaning.TRAVELLING,
        r"\b(på reise|bortreist|på ferie|på resa|bortrest|på semester|matkoilla|lomalla)\b"
        r"|\btravelling\b|on (holiday|vacation)\b",
    ),
    (
        Meaning.WAITS_FOR_ANSWER,
        r"vent(er|et|ar|a) på (eit |et )?(svar|tilbakemelding)"
        r"|vänta(r|t) på (ett |ert )?(svar|besked)|odotan (teidän |teiltä )?vastaus"
        r"|waiting for (an |your )?(answer|reply)",
    ),
    (
        Meaning.NEEDS_TIME,
        r"(trenger|treng) (mer |litt |meir )*tid|mer tid|meir tid|utset|\bavdrag|nedbetal|kan ikkj?e betale|får ikkj?e betalt"
        r"|behöver (mer |lite |längre )*tid|\banstånd|\buppskov|\bdelbetal|\bkan inte betala"
        r"|lisää? ?aikaa|\bmaksuaikaa|\b(osissa|erissä)\b|\ben (voi|pysty|kykene) maksa"
        r"|more time|need(s)? time|extension|instal|can(no|')?t pay|cannot pay",
    ),
    (
        Meaning.WRONG_ADDRESS,
        r"^(?!.*(forfall|frist|dato\b|betaling|trekk|due date|deadline|payment"  # these are moved too
        r"|förfall|betalning|dragning|eräpäiv|maksu)).*"
        r"(\bflytt(et|er|a|ing)\b|(nye?|feil|endret|endra|endre) (post|bosteds)?adresse|\bb[ou]r ikkj?e (her|der|på)\b"
        r"|\bb[ou]r ikkj?e lenger\b|\b(har|jag) flyttat?\b|\bny adress|fel adress|\bbor inte (här|där|kvar|på)\b"
        r"|\bmuut(in|imme|tanut|taneet)\b|\b(uusi|väärä) (posti)?osoite|\ben asu\b"
        r"|\bmoved\b|(new|wrong) (postal )?address|changed (my )?(postal )?address"
        r"|(no longer|(don't|do not) (live|stay)) (live )?(here|there|at))",
    ),
)
FEW_WORDS = 5
# Whoever writes one of these and nothing else wants silence in that channel, or messages again.
STOP_WORDS = frozenset(
    {"STOP", "STOPP", "STOPALL", "AVSLUTT", "AVMELD", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "OPTOUT", "REVOKE"}
    | {"SLUTA", "AVSLUTA", "AVANMÄL", "LOPETA", "PERUUTA"}
)
START_WORDS = frozenset({"START", "UNSTOP", "PÅMELD", "STARTA", "ALOITA"})
SIGNATURE = re.compile(
    r"\s*(sendt|skickat|sent|lähetetty)\s+(fra|från|from|via|med|\w+sta)\b|\s*get outlook\b", re.IGNORECASE
)
GREETING = re.compile(
    r"\n\s*(?:mvh|hilsen|helsing|vennlig hilsen|med vennlig hilsen|med venleg helsing|med vänlig hälsning|(?:vänliga )?hälsningar"
    r"|(?:ystävällisin )?terveisin|(?:kind |best )?regards)\b",
    re.IGNORECASE,
)
_PATTERNS = tuple((meaning, re.compile(words, re.IGNORECASE)) for meaning, words in _WORDS)


def meaning_of(words: str) -> Meaning | None:
    """What a message seems to say in Norwegian, Swedish, Finnish or English; None where only a person can tell."""
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
