"""What debtors say while the web app is killed with -9: each mail, SMS and outcome of a call is kept once, and heard once."""

import asyncio
import json
from collections.abc import Mapping
from email.message import EmailMessage
from functools import partial
from itertools import count
from random import Random
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import text

from connectors.ids import CreditorIds, Kind
from facts import clock
from facts.parties import id_keys
from facts.parties.creditors import issue_api_key
from simulator.emulators.sendgrid import inbound_post
from simulator.emulators.twilio import inbound_form, signed
from tests.crash.test_kills import Stage, patiently, reached_by, stage, todays_date
from tests.web.door import MAIL_DOMAIN, MAIL_SECRET

AT_ONCE = 4
FULL, SMALL = (42, 3), (30, 2)  # words, and how often the web app is killed meanwhile
MAIL, SMS, CALL = range(3)  # in turn
SEED = 20
RECEIPT = b"%PDF-1.7 paid"
OPEN_CALLS = text("""
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
select creditor_id, id, round, 'call', 'call', 'call is planned', clock_timestamp() from dunning_case order by id
returning id
""")
KEPT = text("""
with own as (select d.id as debtor, c.id as "case" from debtor d join dunning_case c on c.debtor_id = d.id)
select (select count(*) from reply r where r.debtor_id = own.debtor) as replies,
  (select count(*) from reply r join reply_file f on f.reply_id = r.id where r.debtor_id = own.debtor) as files,
  (select count(*) from debtor_task t where t.debtor_id = own.debtor) as to_read,
  (select count(*) from hold h where h.case_id = own."case") as holds,
  (select count(*) from task t join call_try y on y.task_id = t.id where t.case_id = own."case") as calls,
  (select count(*) from task t where t.case_id = own."case" and t.kind = 'decision') as decisions
from own order by own.debtor
""")
ONCE = {MAIL: (1, 1, 1, 1, 0, 0), SMS: (1, 0, 1, 1, 0, 0), CALL: (0, 0, 0, 1, 1, 1)}


class Post(NamedTuple):
    """A request as it comes to the web app, however often."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def mail(number: int) -> Post:
    """A debtor writes that it is paid, with a receipt, as SendGrid posts it."""
    written, sender = EmailMessage(), f"debtor.{number}@example.no"
    written["From"], written["Message-ID"], written["Subject"] = sender, f"<paid-{number}@example.no>", "Betalt"
    written.set_content("Jeg har betalt")
    written.add_attachment(RECEIPT, maintype="application", subtype="pdf", filename="kvittering.pdf")
    body, headers = inbound_post(written.as_bytes(), sender=sender, to=[f"post@{MAIL_DOMAIN}"])
    return Post(f"/webhooks/sendgrid/inbound/{MAIL_SECRET}", body, headers)


def sms(here: Stage, number: int) -> Post:
    """A debtor writes that it is paid, as Twilio posts it."""
    path, ours = "/webhooks/twilio/inbound", here.programs.environment
    sender = str(reached_by("phone", number)["phone"])
    form = inbound_form(ours["PURR_TWILIO_ACCOUNT_SID"], sender, ours["PURR_TWILIO_SMS_FROM"], "Jeg har betalt")
    return Post(path, *signed(ours["PURR_TWILIO_AUTH_TOKEN"], ours["PURR_PUBLIC_URL"] + path, form))


def outcome(key: str, number: int, call: str) -> Post:
    """Somebody was called and cannot pay, as customer service tells it."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": f"call-{number}",
        "Content-Type": "application/json",
    }
    return Post(f"/v1/calls/{call}/outcome", json.dumps({"by": "anne", "outcome": "cannot pay"}).encode(), headers)


@pytest.mark.asyncio
@pytest.mark.timeout(900)
async def test_what_debtors_say_while_the_web_app_dies_is_kept_and_heard_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    words, kills = FULL if full else SMALL
    monkeypatch.setenv("PURR_INBOUND_MAIL_DOMAIN", MAIL_DOMAIN)
    monkeypatch.setenv("PURR_INBOUND_MAIL_SECRETS", MAIL_SECRET)
    async with stage(postgres_url, "words", "web") as here:
        reached = [reached_by("phone" if number % 3 == SMS else "email", number) for number in range(words)]
        await here.imports("no-gentle", reached, todays_date())
        async with here.database.transaction() as connection:
            key = await issue_api_key(connection, "acme", "customer service", await clock.now(connection))
            ids = CreditorIds("acme", await id_keys.of_creditor(connection, "acme"))
            calls = [ids.sealed(Kind.TASK, id) for id in (await connection.execute(OPEN_CALLS)).scalars()]
        url, again = f"http://127.0.0.1:{here.programs.web_port}", count()
        turn, done = asyncio.Semaphore(AT_ONCE), list[int]()

        def said(number: int) -> Post:
            how = number % 3
            return (
                mail(number)
                if how == MAIL
                else sms(here, number)
                if how == SMS
                else outcome(key, number, calls[number])
            )

        async def post(number: int) -> None:
            """As the providers do: again until it is taken, and sometimes once more."""
            path, body, headers = said(number)
            async with turn, httpx.AsyncClient(trust_env=False, timeout=5) as http:
                while True:
                    try:
                        answer = await http.post(url + path, content=body, headers=headers)
                    except httpx.TransportError:
                        next(again)
                    else:
                        if answer.status_code < 300 and (number % 4 or number in done):
                            break
                        assert answer.status_code < 300 or answer.status_code >= 500, answer.text
                        done.append(number)
                    await asyncio.sleep(0.05)
            done.append(number)

        async def has_taken(some: int) -> bool:
            return len(set(done)) >= some

        posting = asyncio.gather(*map(post, range(words)))
        chance = Random(SEED)
        for nth in range(1, kills + 1):
            await patiently(partial(has_taken, nth * words // (kills + 2)), 0.01)
            await asyncio.sleep(chance.random() * 0.2)
            here.programs.kill("web")
            await here.programs.start_again("web")
        await posting
        assert next(again) >= kills, "words were on their way at the kills"
        async with here.database.transaction() as connection:
            kept = [tuple(row) for row in await connection.execute(KEPT)]
        assert kept == [ONCE[number % 3] for number in range(words)]
