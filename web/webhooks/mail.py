"""Mail that comes to us: SendGrid posts each as raw MIME to an address that only it was given (Inbound Parse)."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Path, Request
from fastapi.responses import Response
from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from commands.debtor.mail import mail_received
from connectors.inbound_mail import UnreadableMail, read_mail
from connectors.reply_addresses import ReplyAddresses
from domain.parties.addresses import address_key
from domain.parties.automatic_mail import Automatic
from domain.parties.mail import Mail
from facts import clock
from web.invoice_page.confirm import ask_each
from web.problems import Problem, documented
from web.security import MAIL_LIMIT
from web.services import Here, Services
from web.strangers import one_more

log = structlog.get_logger()
router = APIRouter(tags=["webhooks"])


@router.post(
    "/webhooks/sendgrid/inbound/{secret}",
    status_code=204,
    max_body_size=MAIL_LIMIT,
    responses=documented(401, 413, 422, 429),
)
async def receive_mail(
    request: Request,
    services: Here,
    background: BackgroundTasks,
    secret: Annotated[str, Path(max_length=200, description="Known to SendGrid alone.")],
) -> Response:
    """A mail as SendGrid's Inbound Parse posts it, raw and in full. It is kept, tied to its debtor, and never answered.

    Who answers from an address where we do not write is asked there, once, whether we may.
    """
    ours = services.reply_addresses
    _let_in(request, services, secret)
    assert ours is not None  # there is no secret without a domain
    fields = await asyncio.to_thread(_fields, request.headers.get("content-type", ""), await request.body())
    if "email" not in fields:
        detail = "there is no raw mail in it: switch on “POST the raw, full MIME message” in SendGrid's Inbound Parse"
        raise Problem(422, "invalid", detail)
    try:
        mail = await asyncio.to_thread(
            read_mail, fields["email"], fields.get("envelope", b"").decode("utf-8", "replace")
        )
    except UnreadableMail as unreadable:
        raise Problem(422, "invalid", f"the mail cannot be read: {unreadable}") from unreadable
    if _is_own(services, ours, mail):
        mail = replace(mail, automatic=Automatic.OWN)
    deliveries = [named for name in mail.names if (named := ours.named(name)) is not None]
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        heard = await mail_received(connection, services.planning, mail, deliveries, now)
    log.info("mail_received", meant=heard.taken_for)
    ask_each(services, heard.asked, background, services.calendar.here(now))
    return Response(status_code=204, background=background)


def _let_in(request: Request, services: Services, secret: str) -> None:
    """Refuse whoever does not know the address, before anything of the body is read."""
    secrets = [each.get_secret_value() for each in services.settings.inbound_mail_secrets]
    known = [
        hmac.compare_digest(secret.encode(), each.encode()) for each in secrets
    ]  # each is compared, in constant time
    if services.reply_addresses is not None and any(known):
        return
    if not one_more(services, "mail", request):
        raise Problem(429, "too-many-wrong", "too many wrong addresses: try later", headers={"Retry-After": "3600"})
    raise Problem(401, "bad-signature", "this is not the address that mail is posted to")


def _fields(content_type: str, body: bytes) -> Mapping[str, bytes]:
    """The fields of a form, byte for byte. Raises Problem."""
    fields: dict[str, bytes] = {}

    def keep(field: Field) -> None:
        name = (field.field_name or b"").decode("latin-1")
        fields.setdefault(name, field.value or b"")

    def leave(file: File) -> None:
        file.close()  # the raw mail has its files within it

    try:
        parser = create_form_parser({"Content-Type": content_type.encode()}, keep, leave)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Problem(422, "invalid", "the body is no form as SendGrid posts it") from error
    return fields


def _is_own(services: Services, ours: ReplyAddresses, mail: Mail) -> bool:
    """Whether it is one of our own, come back."""
    sends = address_key(services.settings.email_sender)
    return (
        ours.is_ours(mail.sender) or address_key(mail.sender) == sends != "" or ours.named(mail.message_id) is not None
    )
