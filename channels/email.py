"""Email through SendGrid's own SDK: one attempt, and an honest answer about what became of it."""

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from urllib.request import OpenerDirector, Request

import urllib3
from python_http_client import Client  # type: ignore[import-untyped]
from python_http_client.exceptions import HTTPError  # type: ignore[import-untyped]
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]

from channels.channel import ChannelSpec, Outgoing, Written
from channels.outcomes import Accepted, AddressRejected, Listed, OutcomeUnknown, ProviderMisconfigured
from channels.transport import Transport
from config.settings import Settings
from domain.vocabulary import Channel
from messages import render
from messages.content import Content

SENDGRID_HOST: Final = "https://api.sendgrid.com"
_MOST_LISTED: Final = 1000  # messages in one answer, by the API's reference
_AHEAD: Final = timedelta(days=3660)  # longer ago than any backup

# The SDK writes whole messages and its key at level DEBUG.
logging.getLogger("python_http_client").setLevel(logging.WARNING)


class SendGridEmail:
    """Sends email through SendGrid; one object serves all threads and tasks."""

    def __init__(self, api_key: str, sender: str, host: str | None = None, timeout: float = 10.0) -> None:
        """Send from `sender`, with `api_key` at `host`, SendGrid's global one unless told; `timeout` is in seconds."""
        self._sender = sender
        self._sendgrid = SendGridAPIClient(api_key, host=(host or SENDGRID_HOST).rstrip("/"))
        self._sendgrid.client = _PooledClient(Transport(timeout), self._sendgrid.client)

    async def send(self, message: Outgoing) -> Accepted:
        """Send `message` once and give SendGrid's message id.

        Raises NotSent, AddressRejected, ProviderMisconfigured or OutcomeUnknown.
        """
        return await asyncio.to_thread(self._send, _body(message, self._sender))

    async def sent_since(self, moment: datetime) -> list[Listed]:
        """The emails of this sender that something happened to from a moment on: sent then, or before and opened then.

        SendGrid lists them where the account has its additional email activity history and the key may read it. Raises
        NotSent, OutcomeUnknown or ProviderMisconfigured where it does not.
        """
        return await asyncio.to_thread(self._sent_since, moment)

    def _sent_since(self, moment: datetime) -> list[Listed]:
        found: dict[str, Listed] = {}
        until = moment + _AHEAD
        while True:
            between = f'BETWEEN TIMESTAMP "{_stamp(moment)}" AND TIMESTAMP "{_stamp(until)}"'
            asked = {"limit": _MOST_LISTED, "query": f'from_email="{self._sender}" AND last_event_time {between}'}
            try:
                page = json.loads(self._sendgrid.client.messages.get(query_params=asked).body)["messages"]
            except HTTPError as error:
                raise _refusal(error) from error
            except (ValueError, LookupError, TypeError) as error:
                raise OutcomeUnknown("SendGrid's list of messages could not be read") from error
            new = {each["msg_id"]: Listed(each["to_email"], each["msg_id"].partition(".")[0]) for each in page}
            if len(page) < _MOST_LISTED or not new.keys() - found.keys():
                return list((found | new).values())
            found |= new
            until = min(datetime.fromisoformat(each["last_event_time"]) for each in page)  # the newest come first

    def _send(self, body: dict[str, Any]) -> Accepted:
        try:
            answer = self._sendgrid.send(body)
        except HTTPError as error:
            raise _refusal(error) from error
        message_id = answer.headers.get("X-Message-Id")
        if not message_id:
            raise OutcomeUnknown(f"SendGrid answered {answer.status_code} without X-Message-Id")
        return Accepted(message_id)


def sendgrid_of(settings: Settings) -> SendGridEmail:
    """What sends email with the account of the settings."""
    return SendGridEmail(settings.sendgrid_api_key.get_secret_value(), settings.email_sender, settings.sendgrid_host)


def _write(content: Content) -> Written:
    email = render.email(content)
    document: dict[str, object] = {"subject": email.subject, "text": email.text, "html": email.html}
    return Written(document, logo=content.look.logo if content.look else None, unsubscribe=content.unsubscribe)


SPEC = ChannelSpec(
    Channel.EMAIL,
    write=_write,
    sender=lambda means: sendgrid_of(means.settings),
    rate=lambda settings: settings.email_per_second,
    carries_notices=True,
)


def _body(message: Outgoing, sender: str) -> dict[str, Any]:
    """Give the v3 mail/send request; the delivery id comes back in every event about this email. Links are our own pages."""
    said = message.written.document
    body: dict[str, Any] = {
        "personalizations": [
            {
                "to": [{"email": message.known_address, "name": message.name}],
                "custom_args": {"delivery_id": message.delivery_id},
            }
        ],
        "from": {"email": sender, "name": message.creditor_name},
        "subject": said["subject"],
        "content": [
            {"type": "text/plain", "value": said["text"]},
            {"type": "text/html", "value": said["html"]},
        ],
        "tracking_settings": {
            "open_tracking": {"enable": message.open_tracking},
            "click_tracking": {"enable": False, "enable_text": False},
            "subscription_tracking": {"enable": False},
        },
    }
    if message.written.attachments:
        body["attachments"] = [
            {
                "content": base64.b64encode(each.content).decode(),
                "type": "application/pdf",
                "filename": each.name,
                "disposition": "attachment",
            }
            for each in message.written.attachments
        ]
    if logo := message.written.logo:
        picture = {
            "content": base64.b64encode(logo.content).decode(),
            "type": logo.media_type,
            "filename": f"logo.{logo.media_type.partition('/')[2]}",
            "disposition": "inline",
            "content_id": "logo",
        }
        body["attachments"] = [*body.get("attachments", ()), picture]
    headers = {}
    if message.reply_address:
        # Who answers without the address still names the Message-ID; and no machine answers what a machine wrote (RFC 3834).
        body["reply_to"] = {"email": message.reply_address, "name": message.creditor_name}
        headers = {"Message-ID": f"<{message.reply_address}>", "Auto-Submitted": "auto-generated"}
    elif message.reply_to:
        body["reply_to"] = {"email": message.reply_to}
    if unsubscribe := message.written.unsubscribe:
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return body | ({"headers": headers} if headers else {})


def _stamp(moment: datetime) -> str:
    """A moment as SendGrid's queries write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _refusal(error: HTTPError) -> AddressRejected | ProviderMisconfigured:
    """Tell a bad recipient address from everything else that SendGrid refuses with 4xx."""
    problems = _problems(error.body)
    reason = f"SendGrid answered {error.status_code}: " + "; ".join(
        f"{field}: {message}" if field else message for field, message in problems
    )
    recipient_fields = [field for field, _ in problems if _is_recipient(field)]
    if error.status_code == 400 and problems and len(recipient_fields) == len(problems):
        return AddressRejected(reason)
    return ProviderMisconfigured(reason)


def _is_recipient(field: str) -> bool:
    """Tell whether SendGrid's field name (`personalizations.0.to.0.email`) points at whom we write to."""
    return field.startswith("personalizations.") and ".to." in field and field.endswith(".email")


def _problems(body: bytes) -> list[tuple[str, str]]:
    """Give (field, message) for each entry of SendGrid's `errors`; what cannot be read is one message."""
    try:
        return [(str(e.get("field") or ""), str(e.get("message"))) for e in json.loads(body)["errors"]]
    except (ValueError, LookupError, TypeError, AttributeError):
        return [("", "the answer could not be read")]


class _PooledClient(Client):  # type: ignore[misc]
    """The SDK's HTTP client on our transport; its own opens a new connection for each call."""

    def __init__(self, transport: Transport, origin: Client) -> None:
        super().__init__(
            host=origin.host,
            request_headers=origin.request_headers,
            version=origin._version,
            url_path=origin._url_path,
        )
        self._transport = transport

    def _build_client(self, name: str | None = None) -> Self:
        return type(self)(self._transport, super()._build_client(name))

    def _make_request(self, opener: OpenerDirector, request: Request, timeout: float | None = None) -> "_Answer":
        assert request.data is None or isinstance(request.data, bytes)  # the SDK encodes every body itself
        answer = self._transport.request(
            request.get_method(),
            request.full_url,
            headers=dict(request.header_items()),
            body=request.data,
        )
        if not 200 <= answer.status < 300:
            raise HTTPError(answer.status, answer.reason, answer.data, answer.headers)
        return _Answer(answer)


class _Answer:
    """What the SDK reads of an answer, in urllib's words."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer

    def getcode(self) -> int:
        return self._answer.status

    def read(self) -> bytes:
        return self._answer.data

    def info(self) -> urllib3.HTTPHeaderDict:
        return self._answer.headers
