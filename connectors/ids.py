"""Ids as creditors see them: the kind of thing and its number, sealed, so that nobody counts by them what others did."""

import re
from base64 import b32decode, b32encode
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.planner.occasions import step_name

PURPOSE = b"id"
WIDTH = 4  # bytes of a number; with the 16 that prove it they are just 32 signs of five bits
SIGNS = 32
_NUMBER = re.compile(r"[0-9]{1,10}")
MOST = 2**31 - 1


class Kind(StrEnum):
    """What an id names, by what it begins with. A call is a task: one number names both."""

    PAYMENT = "pay"
    REFUND = "rfd"
    REPLY = "rep"
    TASK = "tsk"
    HAND_OFF = "hof"
    PARTNER_MESSAGE = "hom"
    PROMISE = "prm"
    PLAN = "pln"
    CLAIM = "clm"
    ANNOUNCEMENT = "ntc"

    @property
    def words(self) -> tuple[str, ...]:
        """What it is called in sentences."""
        return _WORDS.get(self, (self.name.lower().replace("_", "-"),))


_WORDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TASK: ("task", "call"),
    Kind.PARTNER_MESSAGE: ("message",),
    Kind.ANNOUNCEMENT: ("notice", "announcement"),
}
FIELDS: Final[Mapping[str, Kind]] = {
    "number": Kind.PAYMENT,
    "refund": Kind.REFUND,
    "reply": Kind.REPLY,
    "task": Kind.TASK,
    "hand_off": Kind.HAND_OFF,
    "promise": Kind.PROMISE,
    "plan": Kind.PLAN,
    "claim": Kind.CLAIM,
    "announcement": Kind.ANNOUNCEMENT,
}
"""The fields of events and of what happened in a case that name something by its number."""


class BadId(Exception):
    """It is no id of this kind and creditor."""


class CreditorIds:
    """Makes and reads the ids of one creditor's things: the same number is the same text each time.

    The creditor's `key` is kept beside its numbers and never replaced: an integrator's stored ids stay good, and whoever
    can read the key can read the numbers anyway.
    """

    def __init__(self, creditor: str, key: bytes) -> None:
        self._creditor, self._key = creditor, key

    def sealed(self, kind: Kind, number: int) -> str:
        """The id of a thing."""
        sealed = self._cipher.encrypt(number.to_bytes(WIDTH), self._about(kind))
        return f"{kind}_{b32encode(sealed).decode().lower()}"

    def opened(self, kind: Kind, written: str) -> int:
        """The number of an id; raises BadId for junk, another kind's and another creditor's alike."""
        prefix, _, signs = written.partition("_")
        if prefix != kind or len(signs) != SIGNS or not signs.isascii():
            raise BadId
        try:
            return int.from_bytes(self._cipher.decrypt(b32decode(signs.upper()), self._about(kind)))
        except (ValueError, InvalidTag) as none:
            raise BadId from none

    def told(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What happened, as its creditor is told: numbers sealed, and a step without the number of what it is about."""
        return {name: self._told(name, value) for name, value in said.items()}

    def in_words(self, kind: Kind, sentence: str) -> str:
        """A sentence that names things of a kind by their numbers, as its creditor is told."""
        named = re.compile(rf"\b({'|'.join(kind.words)}) ([0-9]{{1,9}})\b")
        return named.sub(lambda found: f"{found[1]} {self.sealed(kind, int(found[2]))}", sentence)

    def _told(self, name: str, value: Any) -> Any:
        if name == "step" and isinstance(value, str):
            return step_name(value)
        return self.sealed(FIELDS[name], value) if name in FIELDS and isinstance(value, int) else value

    def _about(self, kind: Kind) -> list[bytes]:
        return [kind.encode(), self._creditor.encode()]

    @cached_property
    def _cipher(self) -> AESSIV:
        return AESSIV(blake2b(self._key, person=PURPOSE).digest())


def plain_number(written: str) -> int | None:
    """A number as it was written; None for anything else, and for what no number can be."""
    number = int(written) if _NUMBER.fullmatch(written) else 0
    return number if 0 < number <= MOST else None
