"""Test mode, where somebody wants to see what is sent: every message goes to them, marked as a test, and to nobody else.

What becomes of a copy says nothing of the debtor: it goes under an id of its own, so that no provider's event comes back to
the delivery, and where it does not arrive the test goes on as it does without anybody looking.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from html import escape
from uuid import uuid4

import structlog

from channels.channel import Attachment, Outgoing, Sender, Written
from channels.nobody import Nobody
from channels.outcomes import Accepted, SendFailed
from domain.vocabulary import Channel
from messages.letter import marked_as_test

log = structlog.get_logger()

BODY = re.compile(r"<body[^>]*>")
BANNER = "margin:0;padding:12px;background:#b91c1c;color:#ffffff;font-weight:700;text-align:center"


class Rehearsed:
    """Takes every message of a channel as test mode does, and sends a marked copy to the tester."""

    def __init__(
        self, senders: Mapping[Channel, Sender], channel: Channel, email: str | None, phone: str | None
    ) -> None:
        """`senders` are the providers; the tester has an `email`, a `phone` (E.164), or both."""
        self._senders, self._channel, self._email, self._phone = senders, channel, email, phone

    async def send(self, message: Outgoing) -> Accepted:
        """Accept it, as nobody's. Raises AddressRejected for what has no address."""
        accepted = await Nobody(self._channel).send(message)
        way = way_of(self._channel)
        address = self._email if way is Channel.EMAIL else self._phone
        if address is None:
            return accepted
        try:
            await self._senders[way].send(marked(message, self._channel, address))
        except SendFailed as problem:
            log.warning(
                "test_copy_not_sent", creditor=message.creditor, channel=self._channel, reason=type(problem).__name__
            )
        return accepted


def way_of(channel: Channel) -> Channel:
    """Which way a copy of a channel's message goes: as an email, or as an SMS."""
    return Channel.EMAIL if channel is Channel.EMAIL or channel.rule.by_post else Channel.SMS


def marked(message: Outgoing, channel: Channel, address: str) -> Outgoing:
    """A copy of a channel's message for somebody who only looks at it, marked as a test, under an id of its own."""
    written = _email(message, channel) if way_of(channel) is Channel.EMAIL else _sms(message, channel)
    return replace(
        message,
        delivery_id=str(uuid4()),
        written=written,
        address=address,
        name="Test",
        open_tracking=False,
        reply_address=None,
        sender=None,  # what may be sent as to the debtor is not known of the tester's number
    )


def _email(message: Outgoing, channel: Channel) -> Written:
    """An email as it is, with its mark; a letter as what an email carries."""
    written, told = message.written, _told(message, channel)
    if not channel.rule.by_post:
        said = written.document
        banner = f'<p style="{BANNER}">{escape(told)}</p>'
        html = BODY.sub(lambda body: body.group() + banner, str(said["html"]), count=1)
        document: dict[str, object] = {
            "subject": f"[TEST] {said['subject']}",
            "text": f"*** {told} ***\n\n{said['text']}",
            "html": html,
        }
        return replace(written, document=document)
    pdf = marked_as_test(written.pdf or b"")
    name = f"letter-{message.delivery_id[:8]}.pdf"
    return Written(
        {
            "subject": f"[TEST] Letter to {message.name}",
            "text": f"*** {told} ***\n",
            "html": f'<!doctype html><html lang="en"><body><p style="{BANNER}">{escape(told)}</p></body></html>',
        },
        attachments=(Attachment("", name, sha256(pdf).hexdigest(), pdf), *written.attachments),
    )


def _sms(message: Outgoing, channel: Channel) -> Written:
    """The words of a text message behind their mark: also of one that would have gone another way."""
    mark = "TEST" if channel is Channel.SMS else f"TEST ({channel.spoken})"
    return Written({"text": f"{mark}: {message.written.document['text']}"})


def _told(message: Outgoing, channel: Channel) -> str:
    to = f" to {message.address}" if message.address and not channel.rule.by_post else ""
    return f"TEST: nobody else got this {channel.spoken}, which would have gone{to or ' by post'}"
