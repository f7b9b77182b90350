"""Twilio's Messages resource and webhooks as they look on the wire."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import smsutil  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from domain.moment import Moment

API_VERSION: Final = "2010-04-01"
MAX_BODY: Final = 1600  # characters
STOP_WORDS: Final = frozenset({"STOP", "STOPP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS: Final = frozenset({"START", "YES", "UNSTOP"})

Status = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "read"]

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_SENDER_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_WHATSAPP: Final = "whatsapp:"
_NUMBERED: Final = re.compile(r"\{\{(\d+)\}\}")
_NO_VALUE: Final = re.compile(r"\s*|.*(?:[\n\t]| {5}).*", re.DOTALL)
_TROUBLES: Final = {"rejected": 63040, "paused": 63041, "disabled": 63042}
ANSWERS_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is refused: the HTTP status and Twilio's error code and words."""

    status: int
    code: int
    message: str

    def body(self) -> dict[str, Any]:
        """Give Twilio's error answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


@dataclass(slots=True)
class Message:
    """One message as Twilio keeps it."""

    sid: str
    account_sid: str
    to: str
    sender: str
    body: str
    status_callback: str
    created: datetime
    updated: datetime
    status: Status = "queued"
    error_code: int | None = None
    trouble: int | None = None
    """The error with which it will fail, though it was accepted."""

    @property
    def uri(self) -> str:
        """The address of this message below the API's host."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}.json"

    @property
    def delivery_id(self) -> str:
        """The delivery named in the status callback, or an empty text."""
        return parse_qs(urlsplit(self.status_callback).query).get("delivery", [""])[0]

    @property
    def channel(self) -> Literal["sms", "direct_message"]:
        """The channel by the form of the address."""
        return "direct_message" if self.to.startswith(_WHATSAPP) else "sms"

    def resource(self) -> dict[str, Any]:
        """Give the message as the API shows it."""
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.created),
            "date_updated": format_datetime(self.updated),
            "direction": "outbound-api",
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(_segments(self.body)),
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": self.uri.replace(".json", "/Media.json")},
            "to": self.to,
            "uri": self.uri,
        }


@dataclass(slots=True)
class Template:
    """A content template of WhatsApp: its words, and how Meta has it."""

    words: str
    status: Literal["approved", "rejected", "paused", "disabled"] = "approved"

    @property
    def numbers(self) -> set[str]:
        """The variables that it has."""
        return set(_NUMBERED.findall(self.words))

    def filled(self, variables: Mapping[str, str]) -> str:
        """The words with a value for each variable; one without keeps its number."""
        return _NUMBERED.sub(lambda found: variables.get(found[1], found[0]), self.words)


def number(address: str) -> str:
    """Give the E.164 number of an SMS or WhatsApp address."""
    return address.removeprefix(_WHATSAPP)


def new_sid() -> str:
    """Give a message sid nobody has."""
    return f"SM{uuid.uuid4().hex}"


def problem(form: Mapping[str, str], templates: Mapping[str, Template] = MappingProxyType({})) -> Problem | None:
    """Give what Twilio refuses in a request for a new message, or None."""
    to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    if not to:
        return Problem(400, 21604, "A 'To' phone number is required.")
    if not sender:
        return Problem(400, 21603, "A 'From' phone number is required.")
    if "ContentSid" in form:
        if form["ContentSid"] not in templates:
            return Problem(400, 21655, f"The ContentSid {form['ContentSid']} is invalid.")
        if variables(form) is None:
            return Problem(400, 21656, "The ContentVariables Parameter is invalid.")
    elif "ContentVariables" in form:
        return Problem(400, 21654, "ContentSid Required")
    elif not body.strip():
        return Problem(400, 21602, "Message body is required.")
    if len(body) > MAX_BODY:
        return Problem(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if not _E164.fullmatch(number(to)):
        return invalid_to(to)
    if to.startswith(_WHATSAPP) != sender.startswith(_WHATSAPP):
        return Problem(400, 21910, "Invalid From and To pair. From and To should be of the same channel.")
    if not _E164.fullmatch(number(sender)) and not _SENDER_NAME.fullmatch(sender):
        return Problem(400, 21212, f"Invalid From Number (caller ID): {sender}")
    if "StatusCallback" in form and not _is_web_address(form["StatusCallback"]):
        return Problem(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
    return None


def variables(form: Mapping[str, str]) -> dict[str, str] | None:
    """The values of a template's variables; None where Twilio refuses them."""
    try:
        given = json.loads(form.get("ContentVariables", "{}"))
    except ValueError:
        return None
    fine = isinstance(given, dict) and all(isinstance(v, str) and not _NO_VALUE.fullmatch(v) for v in given.values())
    return given if fine else None


def trouble(
    form: Mapping[str, str], templates: Mapping[str, Template], wrote_at: datetime | None, now: datetime
) -> int | None:
    """The error with which WhatsApp gives back what Twilio has taken; None for what goes on its way.

    `wrote_at` is when the person last wrote to this sender.
    """
    if not form.get("To", "").startswith(_WHATSAPP):
        return None
    if template := templates.get(form.get("ContentSid", "")):
        if template.status != "approved":
            return _TROUBLES[template.status]
        return None if set(variables(form) or {}) == template.numbers else 63028
    return None if wrote_at is not None and now - wrote_at < ANSWERS_FOR else 63016


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def invalid_to(to: str) -> Problem:
    """Give Twilio's refusal of an unusable number."""
    return Problem(400, 21211, f"Invalid 'To' Phone Number: {to}")


def page(messages: Sequence[Message], account_sid: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Give one page of the list, newest first, filtered by To, From and DateSent.

    Raises ValueError for a date, page or page size that cannot be read.
    """
    size, index = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
    if not 1 <= size <= 1000 or index < 0:
        raise ValueError("PageSize must be 1 to 1000 and Page 0 or more")
    found = [message for message in reversed(messages) if _matches(message, query)]
    start = index * size

    def uri(number: int) -> str:
        return f"/{API_VERSION}/Accounts/{account_sid}/Messages.json?" + urlencode(
            {**query, "PageSize": size, "Page": number}
        )

    shown = found[start : start + size]
    return {
        "first_page_uri": uri(0),
        "next_page_uri": uri(index + 1) if len(found) > start + size else None,
        "previous_page_uri": uri(index - 1) if index else None,
        "page": index,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(index),
        "messages": [message.resource() for message in shown],
    }


def _matches(message: Message, query: Mapping[str, str]) -> bool:
    sent = message.created.replace(microsecond=0)
    after, before, day = (query.get(name) for name in ("DateSent>", "DateSent<", "DateSent"))
    return (
        query.get("To", message.to) == message.to
        and query.get("From", message.sender) == message.sender
        and (after is None or sent >= _moment(after))
        and (before is None or sent <= _moment(before))
        and (day is None or Moment(sent, UTC).day == Moment(_moment(day), UTC).day)
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def status_form(message: Message, status: Status, error_code: int | None) -> dict[str, str]:
    """Give the fields of a status callback."""
    form = {
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.to,
    }
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    return form


def inbound_form(account_sid: str, sender: str, to: str, body: str) -> dict[str, str]:
    """Give the fields of a message that a person sent to us."""
    sid = new_sid()
    form = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "Body": body,
        "From": sender,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(_segments(body)),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
    }
    word = body.strip().upper()
    if word in STOP_WORDS | START_WORDS:
        form["OptOutType"] = "STOP" if word in STOP_WORDS else "START"
    return form


def call_form(account_sid: str, sender: str, to: str) -> dict[str, str]:
    """Give the fields of a call that a person makes to us."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": f"CA{uuid.uuid4().hex}",
        "CallStatus": "ringing",
        "Called": to,
        "Caller": sender,
        "Direction": "inbound",
        "From": sender,
        "To": to,
    }


def signed(auth_token: str, url: str, form: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Give the body and headers of a webhook request to `url`."""
    return urlencode(form).encode(), {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": RequestValidator(auth_token).compute_signature(url, form),
    }


def _segments(body: str) -> int:
    return max(len(smsutil.split(body).parts), 1)


def own_number(number: str, sms_url: str) -> dict[str, Any]:
    """A number of the account as the IncomingPhoneNumbers resource has it; `sms_url` is told of what comes there."""
    return {"phone_number": number, "sms_url": sms_url, "capabilities": {"sms": True, "voice": True, "mms": False}}
