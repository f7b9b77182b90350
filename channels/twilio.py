"""SMS and WhatsApp through Twilio's own SDK: one attempt, and a way to ask whether it arrived there."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from logging import getLogger
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from urllib3.util import make_headers

from channels.channel import Outgoing
from channels.outcomes import (
    Accepted,
    AddressRejected,
    Listed,
    MessageRefused,
    NotSent,
    OutcomeUnknown,
    ProviderMisconfigured,
)
from channels.transport import Transport
from config.settings import Settings

TWILIO_HOST: Final = "https://api.twilio.com"
LONGEST_BODY: Final = 1600  # characters
STATUS_PATH: Final = "/webhooks/twilio/status"

# Numbers that cannot get this message however often it is tried (twilio.com/docs/api/errors): invalid,
# unreachable, a geographic number, not a mobile, a landline, no WhatsApp user, an invalid recipient.
_UNUSABLE_NUMBER: Final = frozenset({21211, 21214, 21217, 21614, 21635, 63003, 63024})
_OPTED_OUT: Final = 21610
REFUSED_WORDS: Final[Mapping[int, str]] = {
    21655: "no template has this content id",
    21656: "the variables of the template are wrong",
    63005: "WhatsApp does not take this content",
    63013: "the message is against WhatsApp's policy",
    63016: "it is no answer within 24 hours, and no template",
    63027: "the template does not exist in this language",
    63028: "the template has other variables",
    63040: "the template was rejected",
    63041: "the template is paused",
    63042: "the template is disabled",
    63049: "Meta takes the template for marketing",
}
"""What Twilio refuses for a message's own words, of no use to anybody to be tried again (twilio.com/docs/api/errors)."""
_NEWEST_TO_COMPARE: Final = 200  # messages to one number since one send

T = TypeVar("T")


class TwilioMessages:
    """Sends the text messages of one channel through Twilio; one object serves all threads and tasks."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        sender: str,
        callback_base: str,
        api_base: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Send as `sender` what names no other, on WhatsApp if it is `whatsapp:+47…`; statuses come to `callback_base`.

        That is our public address. `api_base` stands in for https://api.twilio.com; `timeout` is in seconds.
        """
        self._sender = sender
        self._status_url = callback_base.rstrip("/") + STATUS_PATH
        http_client = _PooledHttpClient(Transport(timeout), (api_base or TWILIO_HOST).rstrip("/"))
        self._twilio = Client(account_sid, auth_token, http_client=http_client)

    async def send(self, message: Outgoing) -> Accepted:
        """Send `message` once and give Twilio's message sid; the status callback carries the delivery id.

        Where no answer comes, Twilio is asked what it knows. Raises NotSent, AddressRejected, MessageRefused,
        ProviderMisconfigured or OutcomeUnknown.
        """
        asked_at = datetime.now(UTC)  # Twilio's own clock, whatever time it is for the case
        try:
            return await asyncio.to_thread(_judged, lambda: self._send(message))
        except OutcomeUnknown:
            if found := await self.find(message, asked_at):
                return found
            raise

    async def find(self, message: Outgoing, sent_after: datetime) -> Accepted | None:
        """Ask Twilio for a message with this text, sender and receiver, sent at `sent_after` or later.

        None means that Twilio knows of none. Raises OutcomeUnknown when Twilio cannot be asked now, and
        ProviderMisconfigured when it refuses the question.
        """
        try:
            return await asyncio.to_thread(_judged, lambda: self._find(message, sent_after))
        except (NotSent, AddressRejected) as error:
            raise OutcomeUnknown(f"Twilio could not be asked: {error.reason}") from error

    async def sent_since(self, moment: datetime, also: Collection[str] = ()) -> list[Listed]:
        """The messages of this sender, and of those that are named `also`, that Twilio knows from a moment on.

        Raises NotSent, OutcomeUnknown or ProviderMisconfigured when Twilio cannot be asked.
        """
        senders = [each for each in dict.fromkeys([self._sender, *also]) if each]
        of_each = [await asyncio.to_thread(_judged, partial(self._sent_since, each, moment)) for each in senders]
        return [listed for of_one in of_each for listed in of_one]

    def _sent_since(self, sender: str, moment: datetime) -> list[Listed]:
        since = moment.replace(microsecond=0)  # Twilio stamps whole seconds
        listed = self._twilio.messages.list(from_=sender, date_sent_after=since)
        return [
            Listed(each.to.removeprefix("whatsapp:"), each.sid)
            for each in listed
            if each.sid and (stamp := each.date_created or each.date_sent) and stamp >= since
        ]

    def _send(self, message: Outgoing) -> Accepted:
        created = self._twilio.messages.create(
            to=self._address(message),
            from_=message.sender or self._sender,
            status_callback=f"{self._status_url}?delivery={quote(message.delivery_id, safe='')}",
            **_words(message),
        )
        if not created.sid:
            raise OutcomeUnknown("Twilio answered without a message sid")
        return Accepted(created.sid)

    def _find(self, message: Outgoing, sent_after: datetime) -> Accepted | None:
        since = sent_after.replace(microsecond=0)  # Twilio stamps whole seconds
        candidates = self._twilio.messages.list(
            to=self._address(message),
            from_=message.sender or self._sender,
            date_sent_after=since,
            limit=_NEWEST_TO_COMPARE,
        )
        for candidate in candidates:
            stamp = candidate.date_created or candidate.date_sent
            if candidate.sid and (candidate.body or "").strip() == _text(message).strip() and stamp and stamp >= since:
                return Accepted(candidate.sid)
        return None

    def _address(self, message: Outgoing) -> str:
        """Give the receiver in Twilio's form: WhatsApp addresses have a prefix."""
        return ("whatsapp:" if self._sender.startswith("whatsapp:") else "") + message.known_address


def _text(message: Outgoing) -> str:
    return str(message.written.document["text"])


def _words(message: Outgoing) -> dict[str, str]:
    """What is to be said: a text, or the id of a template and the values of its variables."""
    written = message.written.document
    if sid := written.get("content_sid"):
        return {
            "content_sid": str(sid),
            "content_variables": json.dumps(written["content_variables"], ensure_ascii=False),
        }
    return {"body": _text(message)}


def twilio_of(settings: Settings, sender: str) -> TwilioMessages:
    """What sends as `sender` with the account of the settings."""
    return TwilioMessages(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        sender=sender,
        callback_base=settings.public_url,
        api_base=settings.twilio_api_base,
    )


def _judged(call: Callable[[], T]) -> T:
    """Run `call` and turn the SDK's errors into what they prove."""
    try:
        return call()
    except (TwilioRestException, TwilioServiceException) as error:
        raise _refusal(error) from error
    except ValueError as error:  # the SDK could not read a 2xx answer
        raise OutcomeUnknown("Twilio's answer could not be read") from error


def _refusal(
    error: TwilioRestException | TwilioServiceException,
) -> AddressRejected | MessageRefused | ProviderMisconfigured:
    """Tell a number or words that will never work from everything else that Twilio refuses with 4xx."""
    words = error.msg if isinstance(error, TwilioRestException) else error.detail or error.title
    reason = f"Twilio answered {error.status}, error {error.code}: {words}"
    if error.code == _OPTED_OUT or error.code in _UNUSABLE_NUMBER:
        return AddressRejected(reason, opted_out=error.code == _OPTED_OUT)
    if error.code in REFUSED_WORDS:
        return MessageRefused(f"{REFUSED_WORDS[error.code]} (Twilio's error {error.code})")
    return ProviderMisconfigured(reason)


class _PooledHttpClient(HttpClient):  # type: ignore[misc]
    """The SDK's HTTP client on our transport, which can point at another host than api.twilio.com."""

    def __init__(self, transport: Transport, api_base: str) -> None:
        super().__init__(getLogger(__name__), is_async=False)
        self._transport = transport
        self._api_base = api_base

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request; see Transport.request for what it raises."""
        url = self._api_base + uri.removeprefix(TWILIO_HOST)
        if params:
            url = f"{url}?{urlencode(params, doseq=True)}"
        all_headers = dict(headers or {})
        if auth:
            all_headers |= make_headers(basic_auth=":".join(auth))
        body = urlencode(data, doseq=True).encode() if data else None
        answer = self._transport.request(method, url, headers=all_headers, body=body)
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)
