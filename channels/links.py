"""Links to the invoice page: signed, expiring, short enough for an SMS, and without personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from itsdangerous import BadSignature, Signer

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
    """Makes and reads links. The first secret signs; all of them verify, while one is replaced."""

    def __init__(self, secrets: Sequence[str], public_url: str) -> None:
        # itsdangerous signs with the last key of its list.
        self._signer = Signer(
            [secret.encode() for secret in reversed(secrets)], salt="invoice-link", sep="~", digest_method=sha256
        )
        self._base = public_url.rstrip("/")

    def url(self, link: Link, today: date) -> str:
        """The address of the invoice page, valid for `VALID_DAYS` from `today`."""
        expires = (today + timedelta(days=VALID_DAYS) - EPOCH).days
        token = self._signer.sign(f"{link.invoice:x}.{link.delivery:x}.{expires:x}").decode()
        return f"{self._base}/i/{token}"

    def read(self, token: str, today: date) -> Link:
        """What a token opens; raises BadLink."""
        try:
            invoice, delivery, expires = (int(part, 16) for part in self._signer.unsign(token).decode().split("."))
        except (BadSignature, ValueError, UnicodeError) as error:
            raise BadLink("this link is not valid: use the one in the latest message") from error
        if today > EPOCH + timedelta(days=expires):
            raise BadLink("this link has expired: use the one in the latest message")
        return Link(invoice, delivery)
