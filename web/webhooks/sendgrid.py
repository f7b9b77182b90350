"""What SendGrid tells of emails: signed batches of events, in any order, some of them twice."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.exc import DataError

from channels.outcomes import without_addresses
from connectors.signatures import verify_sendgrid
from domain.parties.mail import NOT_OF_THE_ADDRESS, SPAM_REPORT
from facts import clock
from facts.deliveries import provider_events
from facts.deliveries.provider_events import ProviderEvent
from web.problems import Problem, documented
from web.security import EVENT_BATCH_LIMIT
from web.services import Here

log = structlog.get_logger()
router = APIRouter(tags=["webhooks"])

KINDS: Mapping[str, str] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "open": "read",
    "click": "read",
    "bounce": "failed",
    "dropped": "failed",
    SPAM_REPORT: "opted out",
    "unsubscribe": "opted out",
    "group_unsubscribe": "opted out",
    "group_resubscribe": "opted in",
}
READ_BY = {"open": "open", "click": "click"}
DROPPED_FOR_ADDRESS = frozenset({"bounced address", "invalid"})  # "Invalid SMTPAPI header" is a fault of ours
# What a bounce is classified as where it says that nobody has the address; the others blame us, the road or the hour.
OF_THE_ADDRESS = frozenset({"", "invalid address", "mailbox unavailable", "unclassified"})
DROPPED_FOR_WISH = ("unsubscribed address", "spam reporting address")
LONGEST_TEXT = 500  # characters kept of a reason


class OddEvent(ValueError):
    """The event is not one that can be kept."""


@router.post(
    "/webhooks/sendgrid", status_code=204, max_body_size=EVENT_BATCH_LIMIT, responses=documented(400, 401, 413)
)
async def receive_sendgrid_events(request: Request, services: Here) -> Response:
    """SendGrid's signed event webhook: a JSON array of events. Answered once everything is stored."""
    raw = await request.body()
    signature = request.headers.get("x-twilio-email-event-webhook-signature", "")
    timestamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
    key = services.settings.sendgrid_public_key
    if not key or not verify_sendgrid(key, raw, signature, timestamp):
        raise Problem(401, "bad-signature", "the batch is not signed with SendGrid's key, or not just now")
    for event in sorted(_events(raw), key=lambda event: event.happened_at):
        # A transaction for each, so that no event hides another and no two are locked at a time.
        async with services.database.transaction() as connection:
            now = await clock.now(connection)
            try:
                async with connection.begin_nested():
                    await provider_events.record(connection, event, now)
            except DataError:
                log.warning("provider_event_refused", provider="sendgrid", kind=event.kind)
    return Response(status_code=204)


def _events(raw: bytes) -> list[ProviderEvent]:
    try:
        batch = json.loads(raw)
    except (ValueError, RecursionError):
        batch = None
    if not isinstance(batch, list):
        raise Problem(400, "not-json", "the batch is no JSON array of events")
    events = []
    for item in batch:
        try:
            events.append(our_event(item))
        except OddEvent as odd:
            log.info("provider_event_ignored", provider="sendgrid", reason=str(odd))
    return events


def our_event(item: Any) -> ProviderEvent:
    """One of SendGrid's events in our words; raises OddEvent for one that is not about a delivery of ours."""
    if not isinstance(item, dict):
        raise OddEvent("not an object")
    name, reason = _text(item, "event"), without_addresses(_text(item, "reason") or _text(item, "response"))
    if not name or not _text(item, "sg_event_id"):
        raise OddEvent("no event or sg_event_id")
    kind = KINDS.get(name, name)
    if name == "open" and item.get("sg_machine_open") in (True, "true", 1):
        kind = "machine open"
    contact = _contact(name, item, reason.lower())
    if contact == "opted out":
        kind = "opted out"
    return ProviderEvent(
        provider="sendgrid",
        event_id=_text(item, "sg_event_id"),
        delivery=_delivery(item),
        kind=kind[:40],
        happened_at=_moment(item),
        read_by=READ_BY.get(name) if kind == "read" else None,
        reason=f"{name}: {reason}" if reason else name,
        provider_id=_text(item, "sg_message_id").split(".")[0] or None,
        contact=contact,
        detail={"event": name} | ({"reason": reason} if reason else {}),
    )


def _contact(name: str, item: Mapping[str, Any], reason: str) -> str | None:
    """What an event says of the address: bounced, opted out, or nothing."""
    if KINDS.get(name) == "opted out":
        return "opted out"
    if name == "bounce":
        gone = (
            _text(item, "type") in ("", "bounce")
            and _text(item, "bounce_classification").lower() in OF_THE_ADDRESS
            and not NOT_OF_THE_ADDRESS.match(_text(item, "status"))
        )
        return "bounced" if gone else None
    if name == "dropped" and reason.startswith(DROPPED_FOR_WISH):
        return "opted out"
    if name == "dropped" and reason.strip() in DROPPED_FOR_ADDRESS:
        return "bounced"
    return None


def _delivery(item: Mapping[str, Any]) -> UUID:
    try:
        return UUID(_text(item, "delivery_id"))
    except ValueError as error:
        raise OddEvent("no delivery_id of ours") from error


def _moment(item: Mapping[str, Any]) -> datetime:
    stamp = item.get("timestamp")
    try:
        moment = datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) else None
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or not 2000 <= moment.year < 2100:
        raise OddEvent("no timestamp")
    return moment


def _text(item: Mapping[str, Any], name: str) -> str:
    """A field as one line of plain text; empty where it is missing or no text."""
    value = item.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value[:LONGEST_TEXT] if sign.isprintable())
