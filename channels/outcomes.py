"""What is known after a provider was asked to send: accepted, certainly not sent, or unknown."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken the message and named it."""

    provider_id: str
    batch: str | None = None
    """The print batch that a letter lies in."""


class Listed(NamedTuple):
    """A message that the provider knows to have been sent, whatever we know of it."""

    address: str
    provider_id: str


class SendFailed(Exception):
    """No message was accepted with certainty; `reason` says why, without an address or a number."""

    def __init__(self, reason: str) -> None:
        self.reason = without_addresses(reason)
        super().__init__(self.reason)


class NotSent(SendFailed):
    """Certainly not sent, and may be tried again, after `retry_after` where the provider gave a time."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class AddressRejected(SendFailed):
    """Certainly not sent, and this address will never work; `opted_out` when its owner asked for silence."""

    def __init__(self, reason: str, *, opted_out: bool = False) -> None:
        super().__init__(reason)
        self.opted_out = opted_out


class ProviderMisconfigured(SendFailed):
    """Certainly not sent, as the next try would not be: a person must mend a key, a sender or a message."""


class MessageRefused(SendFailed):
    """Certainly not sent, and never will be in these words: neither the address nor the provider is at fault."""


class OutcomeUnknown(SendFailed):
    """The message may have been sent or not: only the provider's events, or asking it, can tell."""


_ADDRESS = re.compile(r"[^\s'\"<>,;:]+@[^\s'\"<>,;:]+|\+?\d{7,}")


def without_addresses(text: str) -> str:
    """Give `text` with email addresses and telephone numbers hidden, for logs and histories."""
    return _ADDRESS.sub("…", text)
