"""What Twilio tells: how far an SMS or direct message came, what people write back, and who calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from channels import twilio
from commands.debtor import replies
from commands.debtor.agreed import agrees_to_whatsapp, has_whatsapp
from commands.debtor.caller import called
from connectors.signatures import verify_twilio
from domain.parties.replies import wish_of
from facts import clock
from facts.deliveries import provider_events
from facts.deliveries.provider_events import ProviderEvent
from facts.deliveries.replies import is_first_of_a_stranger, is_first_word_of_moving
from facts.parties import debtors
from web.problems import Problem, documented
from web.security import WEBHOOK_LIMIT
from web.services import Here, Services
from web.webhooks.answered_at_once import told_on_the_phone, written_back

log = structlog.get_logger()
router = APIRouter(tags=["webhooks"])

KINDS: Mapping[str, str] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
OPTED_OUT = "21610"
# The number itself cannot be reached (twilio.com/docs/api/errors): unreachable, unknown, landline, invalid, no
# mobile, no WhatsApp user. Carrier filters, blocks and queues say nothing of the number.
BAD_NUMBER = frozenset({"21211", "21214", "21217", "21614", "21635", "30003", "30005", "30006", "63003", "63024"})
REFUSED_WORDS = {str(code): why for code, why in twilio.REFUSED_WORDS.items()}
# What Twilio itself made of a message, where a messaging service of its handles such words; HELP it has answered.
VERDICTS = {"STOP": "stop", "START": "start"}
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
ANSWERED_FOR = timedelta(days=1)  # a stranger is answered once in so long: two machines must not talk for ever
WITHOUT_WORDS = "(a picture or file)"
MOST_FIELDS = 200
LONGEST_REPLY = 5000  # characters
WHATSAPP = "whatsapp:"


@router.post(
    "/webhooks/twilio/status", status_code=204, max_body_size=WEBHOOK_LIMIT, responses=documented(401, 413, 422)
)
async def receive_twilio_status(
    request: Request,
    services: Here,
    delivery: Annotated[UUID, Query(description="The delivery, as we put it into the callback's address.")],
) -> Response:
    """Twilio's status callback, signed for our public address."""
    form = await _signed_form(request, services)
    status, sid, code = form.get("MessageStatus", ""), form.get("MessageSid", ""), form.get("ErrorCode", "")
    if status not in KINDS or not sid:
        log.info("provider_event_ignored", provider="twilio", reason="no status or message that we know")
        return Response(status_code=204)
    kind, contact = _verdict(status, code)
    reason = f"{status}: error {code}" if code else status
    why = REFUSED_WORDS.get(code) if kind == "failed" else None
    if why:
        log.error("message_refused", provider="twilio", delivery_id=str(delivery), reason=f"{why} ({code})")
        reason = f"{why} (Twilio's error {code})"
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        event = ProviderEvent(
            provider="twilio",
            event_id=f"{sid}:{status}",
            delivery=delivery,
            kind=kind,
            happened_at=now,
            read_by="read receipt" if kind == "read" else None,
            reason=reason,
            provider_id=sid,
            contact=contact,
            words_refused=why is not None,
            detail={"status": status} | ({"error": code} if code else {}),
        )
        await provider_events.record(connection, event, now)
    return Response(status_code=204)


@router.post(
    "/webhooks/twilio/inbound",
    response_class=Response,
    max_body_size=WEBHOOK_LIMIT,
    responses=documented(401, 413)
    | {
        200: {
            "description": "A TwiML document, empty but for strangers",
            "content": {"application/xml": {"schema": {"type": "string"}, "example": EMPTY_TWIML}},
        }
    },
)
async def receive_twilio_message(request: Request, services: Here) -> Response:
    """A message from a person: STOP opts that number out of the channel, START in again, all else is a reply.

    START by WhatsApp from a phone that is not written to there agrees to it.
    """
    form = await _signed_form(request, services)
    sender, sid, words = form.get("From", ""), form.get("MessageSid", ""), form.get("Body", "")
    channel = "direct_message" if sender.startswith(WHATSAPP) else "sms"
    number = sender.removeprefix(WHATSAPP)
    to_us = channel == "sms" or form.get("To") == f"{WHATSAPP}{services.settings.twilio_whatsapp_from}"
    answer = EMPTY_TWIML
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        if await debtors.first_time(connection, "twilio inbound", sid, now):
            meant = VERDICTS.get(form.get("OptOutType", "")) or wish_of(words)
            known = 0
            if meant == "stop":
                known = await debtors.opted_out(connection, channel, number, now)
            elif meant == "start" and (channel == "sms" or await has_whatsapp(connection, number)):
                known = await debtors.opted_in(connection, channel, number, now)
            elif meant == "start" and to_us:
                known = await agrees_to_whatsapp(connection, services.planning, number, now)
                meant, answer = ("agrees", written_back(number, "phone_agreed")) if known else (None, answer)
            if meant is not None and meant != "stop" and to_us:
                await replies.wrote_from(connection, channel, number, now)
            if meant is None:
                stranger = await is_first_of_a_stranger(connection, number, now - ANSWERED_FOR)
                text = words[:LONGEST_REPLY] or WITHOUT_WORDS
                meant = "reply"
                known = await replies.received(connection, services.planning, channel, number, text, now, to_us=to_us)
                answer = written_back(number, "phone_stranger") if stranger and not known else answer
                if known and await is_first_word_of_moving(connection, number, now - ANSWERED_FOR):
                    answer = written_back(number, "phone_moved")
            log.info("message_received", channel=channel, meant=meant, debtors=known)
    return Response(answer, media_type="application/xml")


@router.post(
    "/webhooks/twilio/voice",
    response_class=Response,
    max_body_size=WEBHOOK_LIMIT,
    responses=documented(401, 413)
    | {
        200: {
            "description": "A TwiML document that says who will call back",
            "content": {"application/xml": {"schema": {"type": "string"}, "example": told_on_the_phone("+4722000000")}},
        }
    },
)
async def receive_twilio_call(request: Request, services: Here) -> Response:
    """Somebody calls our number: whose number it is, of whatever creditor, has it in the thread, and a person calls back."""
    form = await _signed_form(request, services)
    caller = form.get("From", "")
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        if await debtors.first_time(connection, "twilio inbound", form.get("CallSid", ""), now):
            known = await called(connection, services.planning, caller, now)
            log.info("call_received", debtors=known)
    return Response(told_on_the_phone(caller), media_type="application/xml")


def _verdict(status: str, code: str) -> tuple[str, str | None]:
    """The kind of event and what it says of the number: bounced, opted out, or nothing."""
    kind = KINDS[status]
    if kind == "failed" and code == OPTED_OUT:
        return "opted out", "opted out"
    return kind, "bounced" if kind == "failed" and code in BAD_NUMBER else None


async def _signed_form(request: Request, services: Services) -> dict[str, str]:
    """The fields of a form post that Twilio signed; 401 for any other."""
    raw = await request.body()
    token = services.settings.twilio_auth_token.get_secret_value()
    try:
        form = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        form = {}
    url, signature = services.public_address(request), request.headers.get("x-twilio-signature", "")
    if not token or not form or not verify_twilio(token, url, raw, form, signature):
        raise Problem(401, "bad-signature", "the request is not signed by Twilio for this address")
    return {name: value.replace("\0", "") for name, value in form.items()}
