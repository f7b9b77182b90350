"""Playing a debtor against `make run`: a mail, an SMS or a call comes to the real doors, signed as the provider signs it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Annotated

import httpx
import typer
from sqlalchemy import text

from composition import Parts
from config.settings import Settings
from simulator.emulators import sendgrid, twilio
from simulator.emulators.providers import Providers
from terminal import output
from terminal.cases import resolve
from terminal.connection import command, parts
from terminal.output import Refusal
from views.status import CaseStatus

app = typer.Typer()
simulate = typer.Typer(help="Play a debtor against `make run`: mail, sms, call.")
app.add_typer(simulate, name="simulate")

ACCOUNT = "AC" + "0" * 32
LATEST_EMAIL = text("""
select d.id, p.address, d.document ->> 'subject' as subject from delivery d join delivery_case dc on dc.delivery_id = d.id
join contact_point p on p.id = d.contact_point_id
where dc.case_id = :case and d.channel = 'email' and d.accepted_at is not null order by d.claimed_at desc limit 1
""")
ADDRESS = text("""
select p.address from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
where c.id = :case and p.channel = any(:channels) order by p.state = 'valid' desc, p.id desc limit 1
""")

Invoice = Annotated[str, typer.Argument(help="Whose debtor you play: NUMBER, or CREDITOR/NUMBER.")]
Words = Annotated[str, typer.Argument(help="What the debtor writes.")]
From = Annotated[str | None, typer.Option("--from", help="Another sender than the debtor's own address.")]


@command(simulate, "mail")
async def mail(
    invoice: Invoice,
    words: Words,
    sender: From = None,
    subject: Annotated[str | None, typer.Option(help="Another than the answered email's.")] = None,
    new: Annotated[bool, typer.Option("--new", help="A new mail, not an answer to the latest email.")] = False,
    machine: Annotated[bool, typer.Option("--machine", help="Out of office, as its headers say.")] = False,
    file: Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="Goes with it.")] = None,
) -> None:
    """The debtor answers the latest email of an invoice; without one, or with --new, a mail comes that answers nothing."""
    async with _playing() as here:
        ours = here.reply_addresses
        if ours is None:
            raise Refusal(
                "no mail comes to Purr here: PURR_INBOUND_MAIL_DOMAIN and PURR_INBOUND_MAIL_SECRETS are not set"
            )
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice)
            sent = (await connection.execute(LATEST_EMAIL, {"case": case.case_id})).one_or_none()
        answered = None if new else sent
        told = EmailMessage()
        told["From"] = sender or (sent.address if sent else await _address(here, case, "email"))
        told["To"] = ours.address(answered.id) if answered else f"post@{ours.domain}"
        told["Subject"] = subject or (f"Sv: {answered.subject}" if answered else "Faktura")
        told["Message-ID"] = make_msgid(domain="debtor.example")
        if answered:
            told["In-Reply-To"] = f"<{ours.address(answered.id)}>"
        if machine:
            told["Auto-Submitted"] = "auto-replied"
        told.set_content(words)
        for each in file or []:
            told.add_attachment(each.read_bytes(), maintype="application", subtype="octet-stream", filename=each.name)
        secret = here.settings.inbound_mail_secrets[0].get_secret_value()
        body, headers = sendgrid.inbound_post(told.as_bytes(), sender=told["From"], to=[told["To"]])
        await _post(here.settings, f"/webhooks/sendgrid/inbound/{secret}", body, headers)
    output.answer(
        {"from": told["From"], "to": told["To"]}, f"a mail from {told['From']} has come: `replies list` shows it"
    )


@command(simulate, "sms")
async def sms(
    invoice: Invoice,
    words: Words,
    sender: From = None,
    whatsapp: Annotated[bool, typer.Option("--whatsapp", help="By WhatsApp.")] = False,
) -> None:
    """The debtor of an invoice writes an SMS, or by WhatsApp: STOP and START are told as the provider tells them."""
    async with _playing() as here:
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice)
        number = sender or await _address(here, case, *(["direct_message"] if whatsapp else []), "sms", "phone")
        way = "whatsapp:" if whatsapp else ""
        to = here.settings.twilio_whatsapp_from if whatsapp else here.settings.twilio_sms_from
        form = twilio.inbound_form(ACCOUNT, way + number, way + to, words)
        if whatsapp:
            await _heard_by_whatsapp(here.settings, form)
        answer = await _signed(here.settings, "/webhooks/twilio/inbound", form)
    wish = form.get("OptOutType")
    came = f"{wish} from {number} has come: `debtor show` tells it" if wish else None
    said = came or f"an SMS from {number} has come: `replies list` shows it"
    output.answer({"from": number, "answer": answer.text}, said)


@command(simulate, "call")
async def call(invoice: Invoice, sender: From = None) -> None:
    """The debtor of an invoice calls our number: who that is, is found, and a person calls back."""
    async with _playing() as here:
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice)
        number = sender or await _address(here, case, "sms", "phone")
        form = twilio.call_form(ACCOUNT, number, here.settings.twilio_sms_from)
        answer = await _signed(here.settings, "/webhooks/twilio/voice", form)
    output.answer({"from": number, "answer": answer.text}, f"{number} has called: `replies list` shows it")


@asynccontextmanager
async def _playing() -> AsyncIterator[Parts]:
    """What the command works with; refuses where debtors are real."""
    async with parts() as here:
        if here.settings.environment == "production":
            raise Refusal("debtors are played against `make run`, never in production")
        yield here


async def _signed(settings: Settings, path: str, form: Mapping[str, str]) -> httpx.Response:
    """Post a form as Twilio does; the simulated one signs with a token that everybody knows."""
    token = settings.twilio_auth_token.get_secret_value() or Providers.twilio_auth_token
    body, headers = twilio.signed(token, f"{settings.public_url}{path}", form)
    return await _post(settings, path, body, headers)


async def _heard_by_whatsapp(settings: Settings, form: Mapping[str, str]) -> None:
    """The simulated provider hears it too: for 24 hours it lets any words answer."""
    async with httpx.AsyncClient(timeout=10, trust_env=False) as provider:
        with suppress(httpx.TransportError):
            await provider.post(f"{settings.twilio_api_base}/_control/wrote", data=dict(form))


async def _address(here: Parts, case: CaseStatus, *channels: str) -> str:
    async with here.database.transaction() as connection:
        values = {"case": case.case_id, "channels": list(channels)}
        found: str | None = (await connection.execute(ADDRESS, values)).scalar_one_or_none()
    if found is None:
        raise Refusal(f"the debtor of {case.invoice} has no address there: say whose with --from")
    return found


async def _post(settings: Settings, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as web:
            answer = await web.post(f"{settings.public_url}{path}", content=body, headers=headers)
    except httpx.TransportError as away:
        raise Refusal(f"the web app at {settings.public_url} does not answer: start it with `make run`") from away
    if answer.status_code >= 400:
        raise Refusal(f"the door refuses it ({answer.status_code}): {answer.json().get('detail', '')}")
    return answer
