"""Test mode: whatever is sent is kept in the facts, where it is read as it would have left, and nobody gets it."""

from channels.channel import Outgoing
from channels.outcomes import Accepted, AddressRejected
from domain.vocabulary import Channel


class Nobody:
    """Takes every message of a channel that has an address, and asks nobody."""

    def __init__(self, channel: Channel) -> None:
        self._by_post = channel.rule.by_post

    async def send(self, message: Outgoing) -> Accepted:
        """Accept it; a letter is a batch of its own. Raises AddressRejected for what has no address."""
        if not self._by_post and message.address is None:
            raise AddressRejected("no address in this channel")
        name = f"test-{message.delivery_id}"
        return Accepted(name, batch=name if self._by_post else None)
