"""Links to the invoice page: sealed, expiring, short enough for an SMS, and without personal data."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from hashlib import blake2b, sha256
from io import BytesIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from domain.parties.speakers import ASKERS, Asker

VALID_DAYS = 180
EPOCH = date(2020, 1, 1)
PURPOSE = b"invoice-link"
SILENCE = "unsubscribe"
NAMING = b"invoice-name"
WIDTHS = (
    5,
    6,
    2,
    1,
    1,
    1,
)  # bytes of the invoice, the delivery, the last day; who holds it, its round, on paper: may be left out
NAME_BYTES = 9
NAME_LENGTH = 12  # letters of a name: no link is so short


class BadLink(Exception):
    """The link is not ours, was changed, or has expired."""


@dataclass(frozen=True, slots=True)
class Link:
    """Which invoice a link opens, and the serial number of the delivery that carried it (0: none).

    `held_by` is to whom it was given without a delivery, which knows that itself; None: the debtor. `round` is how often
    all links of its invoice had been revoked when it was made without a delivery, whose place in the row tells that
    itself. `on_paper`: its code was typed from a letter, which anybody in the house may have opened.
    """

    invoice: int
    delivery: int
    held_by: Asker | None = None
    round: int = 0
    on_paper: bool = False


class Links:
    """Makes and reads links. The first secret makes them; all of them read, while one is replaced.

    What a link says is encrypted, so that nobody counts a creditor's invoices or anybody's messages by it, and bears
    128 bits that prove it: short enough for an SMS. Links that are signed and say it in the open, set off by "." or
    "~", are older: they stay good for their `VALID_DAYS`.
    """

    def __init__(self, secrets: Sequence[str], public_url: str) -> None:
        derived = (blake2b(secret.encode(), person=PURPOSE).digest() for secret in secrets)
        self._ciphers = [AESSIV(key) for key in derived]
        self._naming = blake2b(
            next(iter(secrets), "").encode(), person=NAMING
        ).digest()  # without a secret none is made
        # itsdangerous signs with the last key of its list.
        keys = [secret.encode() for secret in reversed(secrets)]
        self._signers = [
            Signer(keys, salt="invoice-link", sep="~", digest_method=sha256),
            Signer(keys, salt="invoice-link", sep=".", digest_method=partial(blake2b, digest_size=16)),
        ]
        self._base = public_url.rstrip("/")
        self.typed = f"{self._base}/i".partition("://")[2]  # what a person types from paper, before a code

    def url(self, link: Link, today: date, days: int = VALID_DAYS) -> str:
        """The address of the invoice page, valid for so many days from `today`."""
        return f"{self._base}/i/{self.token(link, today + timedelta(days=days))}"

    def token(self, link: Link, last_day: date) -> str:
        """What the address of a link ends in that is good through a day."""
        return base64_encode(self._ciphers[0].encrypt(_said(link, last_day), [PURPOSE])).decode()

    def read(self, token: str, today: date) -> Link:
        """What a token opens; raises BadLink."""
        link, last_day = self.says(token)
        if today > last_day:
            raise BadLink("this link has expired: use the one in the latest message")
        return link

    def says(self, token: str) -> tuple[Link, date]:
        """What a token of ours says, and through which day it is good; raises BadLink."""
        signer = next((signer for signer in self._signers if signer.sep.decode() in token), None)
        try:
            return _told(self._decrypted(token) if signer is None else _unsigned(signer, token))
        except (BadData, ValueError, UnicodeError, OverflowError) as error:
            raise BadLink("this link is not valid: use the one in the latest message") from error

    def name(self, link: Link) -> str:
        """A short name of a link, always the same: it tells nothing of what it opens, and opens nothing by itself."""
        return base64_encode(blake2b(_said(link, EPOCH), key=self._naming, digest_size=NAME_BYTES).digest()).decode()

    def unsubscribe(self, delivery: int) -> str:
        """The address under which whoever got a delivery asks for no more messages there: it opens nothing else."""
        return f"{self._base}/i/{self.seal(delivery.to_bytes(WIDTHS[1]), SILENCE)}/unsubscribe"

    def unsubscribed(self, token: str) -> int:
        """Of which delivery such an address is; raises BadLink."""
        return int.from_bytes(self.opened(token, SILENCE))

    def seal(self, said: bytes, *about: str) -> str:
        """A text that says this to us alone, and only where it is read about the same."""
        return base64_encode(self._ciphers[0].encrypt(said, _purposes(about))).decode()

    def opened(self, sealed: str, *about: str) -> bytes:
        """What was sealed about this; raises BadLink."""
        try:
            return self._unsealed(sealed, _purposes(about))
        except (BadData, ValueError, UnicodeError) as error:
            raise BadLink("it is none of ours, or is about something else") from error

    def _decrypted(self, token: str) -> Iterator[int]:
        """The numbers of a link. Raises BadData."""
        said = BytesIO(self._unsealed(token, [PURPOSE]))
        return (int.from_bytes(said.read(width)) for width in WIDTHS)

    def _unsealed(self, token: str, purposes: list[bytes]) -> bytes:
        """What a token says. Raises BadData."""
        sealed = _spelled_once(token)
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return cipher.decrypt(sealed, purposes)
        raise BadData("no secret of ours sealed it")


def _said(link: Link, last_day: date) -> bytes:
    """What a link says; what is nothing at its end is left out."""
    holder = ASKERS.index(link.held_by) + 1 if link.held_by else 0
    told = [link.invoice, link.delivery, (last_day - EPOCH).days, holder, link.round, int(link.on_paper)]
    while len(told) > 3 and not told[-1]:
        told.pop()
    return b"".join(number.to_bytes(width) for number, width in zip(told, WIDTHS, strict=False))


def _told(numbers: Iterable[int]) -> tuple[Link, date]:
    """What such a row of numbers says. Raises ValueError or OverflowError for what is none."""
    invoice, delivery, last_day, *rest = numbers
    holder, round, on_paper = (*rest, 0, 0, 0)[:3]
    return Link(invoice, delivery, ASKERS[holder - 1] if holder else None, round, bool(on_paper)), EPOCH + timedelta(
        days=last_day
    )


def _purposes(about: Sequence[str]) -> list[bytes]:
    return [b"about", *(part.encode() for part in about)]


def _unsigned(signer: Signer, token: str) -> Iterator[int]:
    """The numbers of an older link. Raises BadData, ValueError or UnicodeError."""
    said = signer.unsign(token)
    _spelled_once(token.rpartition(signer.sep.decode())[2])
    return (int(part, 16) for part in said.decode().split("."))


def _spelled_once(signs: str) -> bytes:
    """The bytes that base64 stands for, in the one spelling they have. Raises BadData."""
    read = base64_decode(signs)
    if base64_encode(read).decode() != signs:
        raise BadData("a link has one spelling")
    return read
