"""Links to the invoice page: signed, expiring, short enough for an SMS, and without personal data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from hashlib import blake2b, sha256

from itsdangerous import BadData, BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

VALID_DAYS = 180
EPOCH = date(2020, 1, 1)


class BadLink(Exception):
    """The link is not ours, was changed, or has expired."""


@dataclass(frozen=True, slots=True)
class Link:
    """Which invoice a link opens, and the serial number of the delivery that carried it (0: none)."""

    invoice: int
    delivery: int


class Links:
    """Makes and reads links. The first secret signs; all of them verify, while one is replaced.

    A signature of 128 bits keeps a link short enough for an SMS. Links signed in full, set off by "~", are older:
    they stay good for their `VALID_DAYS`.
    """

    def __init__(self, secrets: Sequence[str], public_url: str) -> None:
        # itsdangerous signs with the last key of its list.
        keys = [secret.encode() for secret in reversed(secrets)]
        self._signer = Signer(keys, salt="invoice-link", sep=".", digest_method=partial(blake2b, digest_size=16))
        self._older = Signer(keys, salt="invoice-link", sep="~", digest_method=sha256)
        self._base = public_url.rstrip("/")
        self.typed = f"{self._base}/i".partition("://")[2]  # what a person types from paper, before a code

    def url(self, link: Link, today: date) -> str:
        """The address of the invoice page, valid for `VALID_DAYS` from `today`."""
        expires = (today + timedelta(days=VALID_DAYS) - EPOCH).days
        token = self._signer.sign(f"{link.invoice:x}.{link.delivery:x}.{expires:x}").decode()
        return f"{self._base}/i/{token}"

    def read(self, token: str, today: date) -> Link:
        """What a token opens; raises BadLink."""
        try:
            signer = self._older if "~" in token else self._signer
            signature = re.split("[.~]", token)[-1].encode()
            if base64_encode(base64_decode(signature)) != signature:
                raise BadSignature("a signature has one spelling")
            invoice, delivery, expires = (int(part, 16) for part in signer.unsign(token).decode().split("."))
        except (BadData, ValueError, UnicodeError) as error:
            raise BadLink("this link is not valid: use the one in the latest message") from error
        if today > EPOCH + timedelta(days=expires):
            raise BadLink("this link has expired: use the one in the latest message")
        return Link(invoice, delivery)
