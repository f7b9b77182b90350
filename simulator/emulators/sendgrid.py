"""SendGrid's v3 mail/send and event webhook as they look on the wire."""

import base64
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import lxml.html
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

MAX_BODY_BYTES: Final = 30 * 1024 * 1024
MAX_RECIPIENTS: Final = 1000

EventName = Literal[
    "processed", "deferred", "delivered", "open", "machine_open", "click", "bounce", "blocked", "dropped",
    "spamreport", "unsubscribe",
]  # fmt: skip

MOST_LISTED: Final = 1000
_WITHIN: Final = re.compile(
    r'from_email="(?P<sender>[^"]+)" AND last_event_time BETWEEN TIMESTAMP "(?P<since>[^"]+)" AND TIMESTAMP "(?P<until>[^"]+)"'
)
RESERVED_HEADERS: Final = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
        *("to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)

_EMAIL: Final = re.compile(r"[^@\s<>,;]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One email to one receiver, as read from an accepted request."""

    to: str
    subject: str
    text: str
    custom_args: dict[str, str]
    links: list[str]
    attachments: tuple[str, ...]  # their names
    reply_to: str | None
    headers: dict[str, str]


def error_body(*errors: tuple[str, str | None]) -> dict[str, Any]:
    """Give SendGrid's error answer for (message, field) pairs."""
    return {"errors": [{"message": message, "field": field} for message, field in errors]}


def page(sent: Iterable[Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """Give the Email Activity API's list of messages, the newest first. Raises ValueError for a query it does not know."""
    wanted = _WITHIN.fullmatch(asked.get("query", ""))
    limit = int(asked.get("limit", "10"))
    if wanted is None or not 1 <= limit <= MOST_LISTED:
        raise ValueError("invalid query or limit")
    since, until = (datetime.fromisoformat(wanted[name]) for name in ("since", "until"))
    mails = [each for each in sent if each.provider == "sendgrid" and since <= each.at <= until]
    newest = sorted(mails, key=lambda each: each.at, reverse=True)[:limit]
    return {
        "messages": [
            {
                "from_email": wanted["sender"],
                "msg_id": f"{each.provider_id}.filterdrecv-1",
                "subject": each.body.partition("\n")[0],
                "to_email": each.to,
                "status": "delivered",
                "opens_count": 0,
                "clicks_count": 0,
                "last_event_time": each.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            for each in newest
        ]
    }


def problems(body: Any) -> list[tuple[str, str | None]]:
    """Give (message, field) for everything SendGrid refuses in a mail/send request; empty when it is good."""
    if not isinstance(body, dict):
        return [("Bad Request", None)]
    found = _address_problems(body.get("from"), "from")
    if "reply_to" in body:
        found += _address_problems(body["reply_to"], "reply_to")
    personalizations = body.get("personalizations")
    if not isinstance(personalizations, list) or not 1 <= len(personalizations) <= MAX_RECIPIENTS:
        return [
            *found,
            ("The personalizations field is required and must have at least one.", "personalizations"),
        ]
    for index, personalization in enumerate(personalizations):
        found += _personalization_problems(personalization, f"personalizations.{index}")
    if not body.get("subject") and not all(isinstance(p, dict) and p.get("subject") for p in personalizations):
        found.append(("The subject is required, here or in every personalization.", "subject"))
    found += _header_problems(body.get("headers", {}))
    return found + _content_problems(body.get("content")) + _attachment_problems(body.get("attachments", []))


def _address_problems(address: Any, field: str) -> list[tuple[str, str | None]]:
    if not isinstance(address, dict):
        return [(f"The {field} object must be provided with an email.", field)]
    email = address.get("email")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        return [("Does not contain a valid address.", f"{field}.email")]
    if not isinstance(address.get("name", ""), str):
        return [("The name parameter must be a string.", f"{field}.name")]
    return []


def _personalization_problems(personalization: Any, field: str) -> list[tuple[str, str | None]]:
    if not isinstance(personalization, dict):
        return [("A personalization must be an object.", field)]
    receivers = personalization.get("to")
    if not isinstance(receivers, list) or not receivers:
        return [("The to array is required for all personalization objects.", f"{field}.to")]
    found = [p for n, to in enumerate(receivers) for p in _address_problems(to, f"{field}.to.{n}")]
    custom_args = personalization.get("custom_args", {})
    if not isinstance(custom_args, dict) or not all(isinstance(v, str) for v in custom_args.values()):
        found.append(("The custom_args values must be strings.", f"{field}.custom_args"))
    return found


def _header_problems(headers: Any) -> list[tuple[str, str | None]]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        return [("The headers parameter must be an object of strings.", "headers")]
    if taken := next((name for name in headers if name.lower() in RESERVED_HEADERS), None):
        return [(f"The header {taken} is reserved.", f"headers.{taken}")]
    return []


def _content_problems(content: Any) -> list[tuple[str, str | None]]:
    if not isinstance(content, list) or not content:
        return [("Unless a valid template_id is provided, the content parameter is required.", "content")]
    for index, part in enumerate(content):
        for name in ("type", "value"):
            value = part.get(name) if isinstance(part, dict) else None
            if not isinstance(value, str) or not value:
                return [
                    (
                        f"The content {name} must be a string at least one character in length.",
                        f"content.{index}.{name}",
                    )
                ]
    types = [part["type"] for part in content]
    if types != sorted(
        types, key=lambda kind: ("text/plain", "text/html").index(kind) if kind.startswith("text/") else 2
    ):
        return [("If present, text/plain must be first, followed by text/html.", "content")]
    return []


def _attachment_problems(attachments: Any) -> list[tuple[str, str | None]]:
    if not isinstance(attachments, list):
        return [("The attachments parameter must be an array.", "attachments")]
    for index, file in enumerate(attachments):
        for name in ("content", "filename"):
            value = file.get(name) if isinstance(file, dict) else None
            if not isinstance(value, str) or not value:
                return [(f"The attachment {name} must be a string.", f"attachments.{index}.{name}")]
        try:
            base64.b64decode(file["content"], validate=True)
        except ValueError:
            return [("The attachment content must be base64 encoded.", f"attachments.{index}.content")]
    return []


def receivers(body: dict[str, Any]) -> list[Mail]:
    """Give one Mail for each receiver of a request without problems."""
    parts = {part["type"]: part["value"] for part in body["content"]}
    html = parts.get("text/html", "")
    page = lxml.html.document_fromstring(html) if html.strip() else None
    links = [] if page is None else [href for a in page.iter("a") if (href := a.get("href"))]
    return [
        Mail(
            to=to["email"],
            subject=personalization.get("subject") or body["subject"],
            text=parts.get("text/plain", ""),
            custom_args=personalization.get("custom_args", {}),
            links=list(dict.fromkeys(links)),
            attachments=tuple(file["filename"] for file in body.get("attachments", [])),
            reply_to=body.get("reply_to", {}).get("email"),
            headers=body.get("headers", {}),
        )
        for personalization in body["personalizations"]
        for to in personalization["to"]
    ]


def event(
    name: EventName,
    *,
    email: str,
    message_id: str,
    custom_args: dict[str, str],
    at: datetime,
    reason: str,
    link: str,
) -> dict[str, Any]:
    """Give one event as SendGrid posts it; `reason` is used by failures, `link` by clicks."""
    details: dict[EventName, dict[str, Any]] = {
        "deferred": {"response": reason or "450 try again later", "attempt": "1"},
        "delivered": {"response": "250 OK"},
        "open": {"sg_machine_open": False, "useragent": "Mozilla/5.0"},
        "machine_open": {"event": "open", "sg_machine_open": True, "useragent": "Mozilla/5.0"},
        "click": {"url": link, "useragent": "Mozilla/5.0"},
        "bounce": {
            "type": "bounce",
            "status": "5.1.1",
            "reason": reason or "550 no such user",
            "bounce_classification": "Invalid Address",
        },
        "blocked": {
            "event": "bounce",
            "type": "blocked",
            "status": "5.7.1",
            "reason": reason or "550 blocked",
            "bounce_classification": "Reputation",
        },
        "dropped": {"reason": reason or "Bounced Address"},
    }
    return {
        **custom_args,
        "email": email,
        "timestamp": int(at.timestamp()),
        "event": name,
        "sg_event_id": uuid.uuid4().hex,
        "sg_message_id": f"{message_id}.recvd-simulated-0",
        **details.get(name, {}),
    }


def inbound_post(raw: bytes, *, sender: str, to: Sequence[str]) -> tuple[bytes, dict[str, str]]:
    """Give the body and headers with which Inbound Parse posts a mail, raw and in full."""
    fields = {
        "headers": raw.partition(b"\n\n")[0] + b"\n",
        "dkim": b"none",
        "to": ", ".join(to).encode(),
        "from": sender.encode(),
        "email": raw,
        "sender_ip": b"192.0.2.7",
        "envelope": json.dumps({"to": list(to), "from": sender}).encode(),
        "charsets": b'{"to":"UTF-8","subject":"UTF-8","from":"UTF-8"}',
        "SPF": b"none",
    }
    boundary = f"xYzZY{uuid.uuid4().hex}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


class WebhookKey:
    """The key pair with which event batches are signed."""

    def __init__(self) -> None:
        self._private_key = ec.generate_private_key(ec.SECP256R1())
        der = self._private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = base64.b64encode(der).decode()

    def signed(self, events: Sequence[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
        """Give the body and headers of a webhook request, signed now (wall time)."""
        body = json.dumps(list(events)).encode()
        return body, self.headers_of(body)

    def headers_of(self, body: bytes) -> dict[str, str]:
        """The headers that come with a body, whatever it holds."""
        timestamp = str(int(time.time()))
        signature = self._private_key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


def domain(name: str, valid: Mapping[str, bool]) -> dict[str, Any]:
    """An authenticated domain as the API lists it, with what was seen of each of its records."""
    dns = {
        record: {"valid": seen, "type": "cname", "host": f"{record}.{name}", "data": f"{record}.sendgrid.net"}
        for record, seen in valid.items()
    }
    return {"id": 1, "domain": name, "subdomain": "em1", "valid": all(valid.values()), "dns": dns}
