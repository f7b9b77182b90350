"""A payment source tells Purr that money came: one signed Standard Webhook."""

import json
import os
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

event_id, now = f"evt_{uuid4()}", datetime.now(UTC)
body = json.dumps(
    {
        "type": "payment.received",
        "timestamp": now.isoformat(),
        "data": {
            "creditor": "sample",
            "payment_id": "psp-000123",
            "amount": "720.00",
            "currency": "NOK",
            "booked_on": "2026-11-20",
            "reference": "202610069",
        },
    }
)
headers = {
    "content-type": "application/json",
    "webhook-id": event_id,
    "webhook-timestamp": str(int(now.timestamp())),
    "webhook-signature": Webhook(os.environ["PAYMENT_WEBHOOK_SECRET"]).sign(event_id, now, body),
}
answer = httpx.post(f"{os.environ['PURR_URL']}/webhooks/payments", content=body, headers=headers)
print(answer.status_code, answer.json())
