"""Addresses that answers to an email come to: each names one delivery, sealed, so that nobody can guess another's."""

from base64 import b32decode, b32encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

PURPOSE = b"reply-address"
LENGTH = 52  # signs of a name: 16 bytes of the delivery's id and 16 that prove it, five bits in each
PADDING = "===="


class ReplyAddresses:
    """Makes and reads reply addresses in the domain whose mail comes to us. The first secret makes them, all of them read.

    The same address in angle brackets is the email's Message-ID: whoever writes to another address of ours names it in
    In-Reply-To. It has no end: an old message is answered too. Mail systems may write it in capitals.
    """

    def __init__(self, secrets: Sequence[str], domain: str) -> None:
        derived = (blake2b(secret.encode(), person=PURPOSE).digest() for secret in secrets)
        self._ciphers = [AESSIV(key) for key in derived]
        self.domain = domain.lower()

    def address(self, delivery: UUID) -> str:
        """Where answers to a delivery come to."""
        sealed = self._ciphers[0].encrypt(delivery.bytes, [PURPOSE])
        return f"{b32encode(sealed).decode().rstrip('=').lower()}@{self.domain}"

    def named(self, address: str) -> UUID | None:
        """The delivery that an address or a Message-ID of ours names; None for any other."""
        name, _, domain = address.strip().strip("<>").rpartition("@")
        if domain.lower() != self.domain or len(name) != LENGTH:
            return None
        with suppress(ValueError):
            sealed = b32decode(name.upper() + PADDING)
            for cipher in self._ciphers:
                with suppress(InvalidTag):
                    return UUID(bytes=cipher.decrypt(sealed, [PURPOSE]))
        return None

    def is_ours(self, address: str) -> bool:
        """Whether an address is in our domain."""
        return address.rpartition("@")[2].lower() == self.domain
