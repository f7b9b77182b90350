"""What a message seems to ask for, as a person at the desk may confirm it: an act with its fields, and the words that say so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from domain.parties.days_in_words import day_named
from domain.parties.message_classes import MessageClass

PROPOSED_FROM: Final = 0.3
"""How probable a class must be to be proposed."""
ACT_OF: Final[Mapping[MessageClass, str]] = {
    MessageClass.PROMISE: "promise",
    MessageClass.WANTS_TIME: "pause",
    MessageClass.WANTS_PLAN: "plan",
    MessageClass.DISPUTE_WHOLE: "dispute",
    MessageClass.DISPUTE_PART: "dispute",
    MessageClass.MOVED: "contact",
}
"""The act of the desk that does it. All else is answered, or read."""
PROPOSAL: Final = "proposal"
"""The field of a form that says which proposal it is about."""
_DAY_IN: Final[Mapping[str, str]] = {"promise": "pay_by", "pause": "paused_until"}
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_POSTAL = re.compile(
    r"(?P<street>[^\W\d_][\w.' -]{1,60}?\s\d{1,4}\s?[A-Za-z]?)\s*[,\n]?\s*"
    r"(?P<postcode>\d{3}\s?\d{1,2})\s+(?P<city>[^\W\d_][\w-]{1,40})"
)
_BEFORE_STREET = re.compile(r".*\b(?:til|till|to|er|är|is|i|on|osoite|osoitteeni)\s+", re.IGNORECASE)


class Verdict(StrEnum):
    """What a person made of a proposal."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that a person may confirm. `ready`: nothing that it needs is missing."""

    kind: MessageClass
    act: str
    quote: str
    ready: bool
    fields: Mapping[str, str] = field(default_factory=dict)


def proposals_of(
    classes: Sequence[tuple[MessageClass, float]], quotes: Mapping[MessageClass, str], words: str, today: date
) -> list[Proposal]:
    """What words, written on a local day and sorted so, may be confirmed as: one for each act, the likeliest first."""
    found: dict[str, Proposal] = {}
    for kind, chance in classes:
        act = ACT_OF.get(kind)
        if act is not None and chance >= PROPOSED_FROM and act not in found:
            found[act] = _proposal(kind, act, quotes.get(kind, ""), words, today)
    return list(found.values())


def _proposal(kind: MessageClass, act: str, quote: str, words: str, today: date) -> Proposal:
    if act in _DAY_IN:
        day = day_named(quote, today) or day_named(words, today)
        fields = {_DAY_IN[act]: day.isoformat()} if day else {}
        return Proposal(kind, act, quote, act == "pause" or day is not None, fields)
    if act == "contact":
        fields = address_in(words)
        return Proposal(kind, act, quote, bool(fields), fields)
    return Proposal(kind, act, quote, kind is not MessageClass.DISPUTE_PART)  # a part: how much, a person says


def address_in(words: str) -> dict[str, str]:
    """A new postal address, or one of mail, as the form of a contact has it; nothing where none, or more than one, is plain."""
    postal, mail = list(_POSTAL.finditer(words)), set(_EMAIL.findall(words))
    if len(postal) == 1:
        told = {name: value.strip() for name, value in postal[0].groupdict().items()}
        return told | {"street": _BEFORE_STREET.sub("", told["street"]), "postcode": told["postcode"].replace(" ", "")}
    return {"email": mail.pop()} if len(mail) == 1 and not postal else {}


def name_of(reply: int, kind: MessageClass) -> str:
    """A proposal as a form names it."""
    return f"{reply}.{kind}"


def named_in(written: str) -> tuple[int, MessageClass] | None:
    """The reply and the class that a form names; None for anything else."""
    reply, _, kind = written.partition(".")
    known = reply.isascii() and reply.isdecimal() and len(reply) < 10 and kind in tuple(MessageClass)
    return (int(reply), MessageClass(kind)) if known else None
