"""Whether a webhook really comes from its provider, judged on the raw bytes before they are parsed."""

import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from sendgrid.helpers.eventwebhook import EventWebhook  # type: ignore[import-untyped]
from standardwebhooks import Webhook, WebhookVerificationError
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

# SendGrid signs each attempt afresh, also when it repeats a batch a day later, so this covers only
# clocks that disagree and slow networks. Signature times are wall time, whatever the case's clock says.
SENDGRID_TOLERANCE_SECONDS: Final = 600


class BadSignature(Exception):
    """The webhook is forged, stale, damaged or unsigned; nothing of it may be used."""


def verify_sendgrid(public_key: str, raw_body: bytes, signature: str, timestamp: str) -> bool:
    """Tell whether an event batch was signed with SendGrid's key within the last or next 10 minutes.

    `signature` and `timestamp` are the X-Twilio-Email-Event-Webhook- headers. Raises ValueError only for
    a `public_key` that is no key.
    """
    webhook = _event_webhook(public_key)
    try:
        if abs(int(timestamp) - int(time.time())) > SENDGRID_TOLERANCE_SECONDS:
            return False
        return bool(webhook.verify_signature(raw_body.decode(), signature, timestamp))
    except ValueError:  # a timestamp, body or signature in no readable form
        return False


def verify_twilio(auth_token: str, url: str, raw_body: bytes, params: Mapping[str, str] | None, signature: str) -> bool:
    """Tell whether a request to `url` (as Twilio was given it, with its query) was signed by Twilio.

    `params` are the fields of a form post. Any other body is signed through the `bodySHA256` of the address;
    one without it is refused.
    """
    content: Mapping[str, str] | str = params or {}
    try:
        if not params and "bodySHA256" in parse_qs(urlsplit(url).query):
            content = raw_body.decode()
        elif not params and raw_body:
            return False
        return bool(_request_validator(auth_token).validate(url, content, signature))
    except ValueError:  # an address, body or signature in no readable form
        return False


def verify_standard_webhook(secrets: Sequence[str], raw_body: bytes, headers: Mapping[str, str]) -> Any:
    """Give the JSON payload of a Standard Webhook signed within ±5 minutes with one of `secrets`.

    Several secrets are valid while one rotates. Numbers with a fraction become Decimal. Raises BadSignature
    for everything that is not a signed, fresh, readable payload.
    """
    if not any(_signed_with(secret, raw_body, headers) for secret in secrets):
        raise BadSignature("the webhook is not signed with a valid secret, or not within 5 minutes")
    return signed_json(raw_body, parse_float=Decimal)


def signed_json(raw_body: bytes, **options: Any) -> Any:
    """What a webhook says whose signature holds; BadSignature where that is no JSON."""
    try:
        return json.loads(raw_body, **options)
    except (ValueError, RecursionError) as error:
        raise BadSignature("the webhook is signed but its body is not readable JSON") from error


def _signed_with(secret: str, raw_body: bytes, headers: Mapping[str, str]) -> bool:
    webhook = _standard_webhook(secret)
    try:
        webhook.verify(raw_body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # wrong, or in no readable form
        return False
    return True


@lru_cache
def _event_webhook(public_key: str) -> EventWebhook:
    return EventWebhook(public_key)


@lru_cache
def _request_validator(auth_token: str) -> RequestValidator:
    return RequestValidator(auth_token)


@lru_cache
def _standard_webhook(secret: str) -> Webhook:
    return Webhook(secret)
