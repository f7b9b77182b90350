"""Whether the providers know our senders: the domain's records as they see them, the numbers, and the account."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from config.settings import Settings, variable
from domain.going_live import Finding
from domain.vocabulary import Channel

TIMEOUT = 10.0  # seconds


class _NoAnswer(Exception):
    """The provider does not answer, or not to this key: why, in words."""


async def known_to_providers(settings: Settings, channels: Sequence[Channel]) -> list[Finding]:
    """What SendGrid and Twilio say of the senders of these channels. Nothing is sent."""
    found = list[Finding]()
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        if Channel.EMAIL in channels:
            found += await _asked(client, "email", _sendgrid, settings)
        senders = {Channel.SMS: "twilio_sms_from", Channel.DIRECT_MESSAGE: "twilio_whatsapp_from"}
        used = [field for channel, field in senders.items() if channel in channels]
        if used:
            found += await _asked(client, "Twilio", _twilio, settings, used)
    return found


async def _asked(client: httpx.AsyncClient, about: str, ask: Any, settings: Settings, *more: Any) -> list[Finding]:
    try:
        return [finding async for finding in ask(client, settings, *more)]
    except _NoAnswer as why:
        return [Finding(about, "missing", str(why), "see to the key, and that the provider is reached from here")]


async def _sendgrid(client: httpx.AsyncClient, settings: Settings) -> Any:
    key, sender = settings.sendgrid_api_key.get_secret_value(), settings.email_sender
    if not key or not sender:
        named = f"{variable('sendgrid_api_key')} and {variable('email_sender')}"
        yield Finding("email", "missing", f"no key or no sender: {named}", "set both")
        return
    headers = {"Authorization": f"Bearer {key}"}
    domain = sender.rpartition("@")[2].lower()
    asked = f"{settings.sendgrid_host.rstrip('/')}/v3/whitelabel/domains?domain={quote(domain)}"
    listed = [each for each in await _json(client, asked, "SendGrid", headers=headers) if each.get("domain") == domain]
    for finding in _of_domain(domain, listed):
        yield finding
    if not settings.sendgrid_public_key:
        do = f"switch the signed event webhook on, and set {variable('sendgrid_public_key')}"
        yield Finding("email events", "missing", "nothing tells whether an email arrived", do)
    if not settings.inbound_mail_domain:
        do = f"{variable('inbound_mail_domain')}, if Purr shall read them"
        yield Finding("answers by email", "look", "they go to the creditor's own address", do)
        return
    parse = f"{settings.sendgrid_host.rstrip('/')}/v3/user/webhooks/parse/settings"
    hosts = [
        each.get("hostname") for each in (await _json(client, parse, "SendGrid", headers=headers)).get("result", [])
    ]
    if settings.inbound_mail_domain in hosts:
        yield Finding("answers by email", "fine", f"SendGrid posts the mail of {settings.inbound_mail_domain}")
    else:
        found = f"SendGrid's Inbound Parse does not know {settings.inbound_mail_domain}"
        yield Finding("answers by email", "missing", found, "add it there, and its MX record")


def _of_domain(domain: str, listed: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """What SendGrid saw of a domain's records when it looked last."""
    about = f"domain {domain}"
    if not listed:
        yield Finding(
            about, "missing", "SendGrid has not authenticated it", "Sender Authentication, then its DNS records"
        )
        return
    best = max(listed, key=lambda each: bool(each.get("valid")))
    records: Mapping[str, Mapping[str, Any]] = best.get("dns") or {}
    wrong = [
        f"{each.get('type', '')} {each.get('host', name)}".strip()
        for name, each in records.items()
        if not each.get("valid")
    ]
    if not best.get("valid") or wrong:
        found = f"SendGrid does not see {', '.join(wrong) or 'its records'}"
        yield Finding(about, "missing", found, "publish them as SendGrid lists them, and have it verify the domain")
        return
    yield Finding(about, "fine", f"SendGrid sees its {len(records)} records")
    yield Finding(
        "DMARC", "look", f"nobody here reads _dmarc.{domain}", "publish it: mailboxes ask for it of who sends much"
    )


async def _twilio(client: httpx.AsyncClient, settings: Settings, fields: Sequence[str]) -> Any:
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    if not sid or not token:
        named = f"{variable('twilio_account_sid')} and {variable('twilio_auth_token')}"
        yield Finding("Twilio", "missing", f"no account or no token: {named}", "set both")
        return
    account = f"{settings.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{quote(sid)}"
    status = (await _json(client, f"{account}.json", "Twilio", auth=(sid, token))).get("status")
    if status != "active":
        yield Finding("Twilio", "missing", f"the account is {status}", "have it opened at Twilio")
    else:
        yield Finding("Twilio", "fine", "the account is active")
    for field in fields:
        number, about = getattr(settings, field), "SMS sender" if field == "twilio_sms_from" else "WhatsApp sender"
        if not number:
            yield Finding(
                about, "missing", f"no number in {variable(field)}", "set it, or use a policy without the channel"
            )
        elif field == "twilio_whatsapp_from":
            yield Finding(
                about, "look", f"{number}: only Meta knows whether it is approved", "see to it in Twilio's console"
            )
        else:
            asked = f"{account}/IncomingPhoneNumbers.json?PhoneNumber={quote(number)}"
            owned = (await _json(client, asked, "Twilio", auth=(sid, token))).get("incoming_phone_numbers", [])
            yield _number(about, number, [each for each in owned if each.get("phone_number") == number])


def _number(about: str, number: str, owned: Sequence[Mapping[str, Any]]) -> Finding:
    if not owned:
        return Finding(about, "missing", f"{number} is no number of the account", "buy it, or set another")
    if not (owned[0].get("capabilities") or {}).get("sms"):
        return Finding(about, "missing", f"{number} takes no SMS", "use one that does")
    if not owned[0].get("sms_url"):
        return Finding(
            about, "look", f"{number}: answers are told to nobody", "its webhook is /webhooks/twilio/inbound"
        )
    return Finding(about, "fine", f"{number} is the account's, and answers come here")


async def _json(client: httpx.AsyncClient, url: str, provider: str, **how: Any) -> Any:
    """What a provider answers. Raises _NoAnswer."""
    try:
        answer = await client.get(url, **how)
    except httpx.HTTPError as error:
        raise _NoAnswer(f"{provider} does not answer ({type(error).__name__})") from error
    if answer.status_code in (401, 403):
        raise _NoAnswer(f"{provider} does not let this key read it ({answer.status_code})")
    if answer.status_code != 200:
        raise _NoAnswer(f"{provider} answers {answer.status_code}")
    try:
        return answer.json()
    except ValueError as error:
        raise _NoAnswer(f"{provider}'s answer cannot be read") from error
