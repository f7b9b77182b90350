"""Webhooks are believed only when their provider signed these very bytes, recently."""

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from connectors import signatures
from connectors.signatures import BadSignature, verify_sendgrid, verify_standard_webhook, verify_twilio
from simulator.emulators import twilio
from simulator.emulators.sendgrid import WebhookKey

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
KEY = WebhookKey()
OLD, NEW = ("whsec_" + base64.b64encode(word * 8).decode() for word in (b"old!", b"new!"))
URL = "https://purr.example/webhooks/twilio/status?delivery=d-1"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "Body": "Hei på deg"}


def test_a_signed_event_batch_is_believed() -> None:
    body, headers = KEY.signed([{"event": "delivered", "reason": "åpnet"}])
    assert verify_sendgrid(KEY.public_key, body, headers[SIGNATURE], headers[TIMESTAMP])


def test_a_tampered_event_batch_is_refused() -> None:
    body, headers = KEY.signed([{"event": "delivered"}])
    assert not verify_sendgrid(KEY.public_key, body + b" ", headers[SIGNATURE], headers[TIMESTAMP])


def test_an_event_batch_signed_by_another_key_is_refused() -> None:
    body, headers = WebhookKey().signed([{"event": "delivered"}])
    assert not verify_sendgrid(KEY.public_key, body, headers[SIGNATURE], headers[TIMESTAMP])


@pytest.mark.parametrize(("seconds", "believed"), [(-700, False), (-500, True), (500, True), (700, False)])
def test_an_event_batch_is_believed_for_ten_minutes(
    monkeypatch: pytest.MonkeyPatch, seconds: int, believed: bool
) -> None:
    body, headers = KEY.signed([{"event": "delivered"}])
    now = time.time()
    monkeypatch.setattr(signatures.time, "time", lambda: now + seconds)  # type: ignore[attr-defined]
    assert verify_sendgrid(KEY.public_key, body, headers[SIGNATURE], headers[TIMESTAMP]) is believed


@given(body=st.binary(), signature=st.text(), timestamp=st.text() | st.integers().map(str))
def test_garbage_is_never_believed_and_never_breaks_anything(body: bytes, signature: str, timestamp: str) -> None:
    assert not verify_sendgrid(KEY.public_key, body, signature, timestamp)
    assert not verify_sendgrid(KEY.public_key, body, signature, str(int(time.time())))
    assert not verify_twilio("secret", signature, body, None, signature)
    assert not verify_twilio("secret", URL, body, {timestamp: signature}, signature)
    headers = {"webhook-id": "1", "webhook-timestamp": timestamp, "webhook-signature": signature}
    with pytest.raises(BadSignature):
        verify_standard_webhook([OLD], body, headers)


def test_a_number_longer_than_python_reads_is_no_timestamp() -> None:
    assert not verify_sendgrid(KEY.public_key, b"[]", "AA==", "9" * 5000)


def test_a_signed_form_post_is_believed_and_a_tampered_one_is_not() -> None:
    body, headers = twilio.signed("secret", URL, FORM)
    signature = headers["X-Twilio-Signature"]
    assert verify_twilio("secret", URL, body, FORM, signature)
    assert not verify_twilio("secret", URL, body, FORM | {"MessageStatus": "failed"}, signature)
    assert not verify_twilio("secret", URL.replace("d-1", "d-2"), body, FORM, signature)
    assert not verify_twilio("other", URL, body, FORM, signature)


def test_a_json_post_is_believed_by_the_hash_in_its_address() -> None:
    body = json.dumps({"MessageStatus": "delivered"}).encode()
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator("secret").compute_signature(url, {})
    assert verify_twilio("secret", url, body, None, signature)
    assert not verify_twilio("secret", url, body + b" ", None, signature)


def test_a_body_that_no_signature_covers_is_refused() -> None:
    signature = RequestValidator("secret").compute_signature(URL, {})
    assert verify_twilio("secret", URL, b"", None, signature)
    assert not verify_twilio("secret", URL, b'{"MessageStatus": "delivered"}', None, signature)


def standard_headers(secret: str, body: str, at: datetime) -> dict[str, str]:
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body),
    }


def test_a_payment_webhook_gives_its_payload_with_exact_amounts() -> None:
    body = '{"amount": 802.10}'
    headers = standard_headers(NEW, body, datetime.now(UTC))
    assert verify_standard_webhook([NEW], body.encode(), headers) == {"amount": Decimal("802.10")}


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_are_valid_while_one_rotates(secret: str) -> None:
    headers = standard_headers(secret, "{}", datetime.now(UTC))
    assert verify_standard_webhook([NEW, OLD], b"{}", headers) == {}


def test_a_retired_secret_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook([NEW], b"{}", standard_headers(OLD, "{}", datetime.now(UTC)))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_payment_webhook_from_another_time_is_refused(minutes: int) -> None:
    headers = standard_headers(NEW, "{}", datetime.now(UTC) + timedelta(minutes=minutes))
    with pytest.raises(BadSignature):
        verify_standard_webhook([NEW], b"{}", headers)


@pytest.mark.parametrize("body", ["not json", "[" * 100_000])
def test_a_signed_body_that_is_not_json_is_refused(body: str) -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook([NEW], body.encode(), standard_headers(NEW, body, datetime.now(UTC)))


def test_an_unsigned_payment_webhook_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify_standard_webhook([NEW], b"{}", {})
