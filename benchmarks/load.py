"""A source of payments in a process of its own: `python -m benchmarks.load URL COUNT FIRST [SECRET]` posts them."""

import asyncio
import json
import sys
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from domain.moment import moment_in

AT_ONCE = 16


async def post_payments(url: str, count: int, first: int, secret: str) -> None:
    """Post `count` signed payments, each for an invoice of its own, numbered from `first`."""
    signer = Webhook(secret)
    waiting = iter(range(first, first + count))
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:

        async def post_some() -> None:
            for number in waiting:
                now = datetime.now(UTC)
                body = json.dumps(_payment(number, now))
                event = f"evt-{number}"
                headers = {
                    "webhook-id": event,
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": signer.sign(event, now, body),
                    "content-type": "application/json",
                }
                answer = await client.post(url, content=body, headers=headers)
                answer.raise_for_status()
                if answer.json()["status"] not in ("booked", "stored"):
                    raise SystemExit(f"not booked: {answer.text}")

        await asyncio.gather(*(post_some() for _ in range(AT_ONCE)))


def _payment(number: int, now: datetime) -> dict[str, object]:
    return {
        "type": "payment.received",
        "timestamp": now.isoformat(),
        "data": {
            "creditor": "acme",
            "payment_id": f"pay-{number}",
            "amount": "802.00",
            "currency": "NOK",
            "booked_on": moment_in("NO", now).day.isoformat(),
            "invoice_number": f"paid-{number}",
        },
    }


if __name__ == "__main__":
    url, count, first, secret = sys.argv[1:]
    asyncio.run(post_payments(url, int(count), int(first), secret))
