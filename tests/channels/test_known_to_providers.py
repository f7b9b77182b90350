"""The providers are asked whether they know our senders, over the wire; nothing is sent, and each answer says what to do."""

from typing import Any

import pytest
from pydantic import SecretStr

from channels.known_to_providers import known_to_providers
from config.settings import Settings
from domain.vocabulary import Channel
from simulator.emulators.providers import Providers, create_app, serving

BOTH = [Channel.EMAIL, Channel.SMS]


async def asked(providers: Providers, channels: list[Channel] = BOTH, **changes: Any) -> dict[str, tuple[str, str]]:
    """What is found, by what it is about: its state and its words."""
    async with serving(create_app(providers)) as url:
        values: dict[str, Any] = {
            "sendgrid_host": url,
            "sendgrid_api_key": SecretStr(providers.sendgrid_api_key),
            "sendgrid_public_key": "key",
            "email_sender": "faktura@Purr.example",
            "twilio_api_base": url,
            "twilio_account_sid": providers.twilio_account_sid,
            "twilio_auth_token": SecretStr(providers.twilio_auth_token),
            "twilio_sms_from": providers.twilio_number,
        }
        findings = await known_to_providers(Settings().model_copy(update=values | changes), channels)
    assert providers.log == []
    return {each.about: (each.state, each.found) for each in findings}


async def test_senders_that_are_known_are_fine() -> None:
    found = await asked(Providers(parsed_hosts=["svar.purr.example"]), inbound_mail_domain="svar.purr.example")
    assert {about for about, (state, _) in found.items() if state == "fine"} == {
        "domain purr.example",
        "answers by email",
        "Twilio",
        "SMS sender",
    }
    assert [about for about, (state, _) in found.items() if state == "missing"] == []


@pytest.mark.parametrize(
    ("world", "changes", "about", "state", "words"),
    [
        ({"domains": {}}, {}, "domain purr.example", "missing", "has not authenticated it"),
        (
            {"domains": {"purr.example": {"mail_cname": True, "dkim1": False}}},
            {},
            "domain purr.example",
            "missing",
            "does not see cname dkim1.purr.example",
        ),
        ({}, {"sendgrid_api_key": SecretStr("wrong")}, "email", "missing", "does not let this key read it (401)"),
        ({}, {"sendgrid_host": "http://127.0.0.1:1"}, "email", "missing", "SendGrid does not answer"),
        ({}, {"email_sender": ""}, "email", "missing", "PURR_EMAIL_SENDER"),
        ({}, {"sendgrid_public_key": ""}, "email events", "missing", "nothing tells"),
        ({}, {"inbound_mail_domain": "svar.purr.example"}, "answers by email", "missing", "does not know svar"),
        ({}, {}, "answers by email", "look", "the creditor's own address"),
        ({}, {"twilio_auth_token": SecretStr("wrong")}, "Twilio", "missing", "does not let this key read it (401)"),
        ({}, {"twilio_sms_from": "+4759449999"}, "SMS sender", "missing", "no number of the account"),
        ({"numbers": {"+4759440000": ""}}, {}, "SMS sender", "look", "told to nobody"),
        ({}, {"twilio_sms_from": ""}, "SMS sender", "missing", "PURR_TWILIO_SMS_FROM"),
    ],
)
async def test_what_they_do_not_know_is_told_with_its_reason(
    world: dict[str, Any], changes: dict[str, Any], about: str, state: str, words: str
) -> None:
    found = await asked(Providers(**world), **changes)
    assert (found[about][0], words in found[about][1]) == (state, True), found[about]


async def test_nobody_is_asked_about_a_channel_that_is_not_used() -> None:
    assert {*await asked(Providers(), [Channel.LETTER])} == set()
    assert "Twilio" not in await asked(Providers(), [Channel.EMAIL])
