"""Anybody can play a debtor: what is typed comes through the real doors, signed as the provider signs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from config.settings import Settings
from simulator.emulators.providers import Providers
from tests.terminal.office import Office, Typed
from tests.web.door import LINK_SECRET, MAIL_DOMAIN, MAIL_SECRET
from tests.web.test_openapi import Serving
from tests.world import laws_for_years_to_come
from web.app import create_app

TOKEN = SecretStr(Providers.twilio_auth_token)
SENT = """
with sent as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt, document,
    contact_point_id, fee, cost, currency, claimed_at, accepted_at, happened_at)
  select gen_random_uuid(), nextval('delivery_serial'), c.creditor_id, c.debtor_id, 'email', 'reminder', 'kind', 'nb', false,
    'accepted', 1, '{{"subject": "Purring"}}', p.id, 0, 0, 'NOK', c.happened_at, c.happened_at, c.happened_at
  from dunning_case c join contact_point p on p.debtor_id = c.debtor_id and p.channel = 'email' where c.creditor_id = '{0}'
  returning id)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select sent.id, c.id, 1, 'reminder', 'email', false from sent, dunning_case c where c.creditor_id = '{0}' returning 1
"""


@pytest.fixture
def doors(at_facts: Typed, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The web app where the terminal's settings say that it is."""
    given = {
        "PURR_LINK_SECRETS": LINK_SECRET,
        "PURR_INBOUND_MAIL_DOMAIN": MAIL_DOMAIN,
        "PURR_INBOUND_MAIL_SECRETS": MAIL_SECRET,
        "PURR_TWILIO_SMS_FROM": "+4759440000",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    config = uvicorn.Config("", log_level="warning")
    server = Serving(config)
    port = server.listener.getsockname()[1]
    settings = Settings(
        database_url=SecretStr(database_url), public_url=f"http://127.0.0.1:{port}", twilio_auth_token=TOKEN
    )
    config.app = create_app(settings, laws=laws_for_years_to_come())
    monkeypatch.setenv("PURR_PUBLIC_URL", server.begin())
    yield settings.public_url
    server.end()


@pytest.mark.usefixtures("doors")
def test_a_debtor_answers_an_email_and_an_sms_and_a_machine_answers_too(office: Office, tmp_path: Path) -> None:
    office.invoices("s1")
    office.rows(SENT.format(office.creditor))
    office.rows(
        f"""insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, happened_at)
        select debtor_id, 'sms', '+4790000077', '+4790000077', 'valid', false, happened_at from dunning_case
        where creditor_id = '{office.creditor}' returning 1"""
    )
    receipt = tmp_path / "kvittering.pdf"
    receipt.write_bytes(b"%PDF-1.7")
    mine = f"{office.creditor}/s1"
    assert office.typed("simulate", "mail", mine, "Jeg er uenig", "--file", receipt).code == 0
    assert office.typed("simulate", "mail", mine, "Ute", "--machine").code == 0
    assert office.typed("simulate", "mail", mine, "Hei", "--new").code == 0
    assert office.typed("simulate", "sms", mine, "Trenger tid").code == 0
    assert "`debtor show` tells it" in office.typed("simulate", "sms", mine, "STOP").out
    assert "call you back" in office.typed("simulate", "call", mine, "--json").json["answer"]
    kept = office.rows(
        f"select channel, meaning, tied_by, automatic from reply where creditor_id = '{office.creditor}' order by id"
    )
    assert kept == [
        ("email", "disagrees", "reply address", None),
        ("email", None, "reply address", "absence"),
        ("email", None, "sender", None),
        ("sms", "needs time", None, None),
        ("phone", None, None, None),
    ]
    assert office.rows("select state from contact_point where address = '+4790000077'") == [("opted out",)]


def test_without_mail_or_a_web_app_it_says_what_is_missing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.invoices("s2")
    mine = f"{office.creditor}/s2"
    assert "PURR_INBOUND_MAIL_DOMAIN" in office.typed("simulate", "mail", mine, "Hei").err
    monkeypatch.setenv("PURR_PUBLIC_URL", "http://127.0.0.1:1")
    assert "start it with `make run`" in office.typed("simulate", "sms", mine, "Hei", "--from", "+4790000078").err
    assert "say whose with --from" in office.typed("simulate", "sms", mine, "Hei").err
