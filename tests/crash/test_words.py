"""What debtors write while the web app is killed with -9: each mail is kept once, with its file, and heard once."""

import asyncio
from email.message import EmailMessage
from functools import partial
from itertools import count
from random import Random

import httpx
import pytest
from sqlalchemy import text

from simulator.emulators.sendgrid import inbound_post
from tests.crash.test_kills import patiently, stage, todays_date
from tests.web.door import MAIL_DOMAIN, MAIL_SECRET

MAILS, AT_ONCE, KILLS = 40, 4, 3
SEED = 20
RECEIPT = b"%PDF-1.7 paid"
KEPT = text("""
select d.customer_number, count(distinct r.id) as replies, count(distinct f.position) as files,
  (select count(*) from debtor_task t where t.debtor_id = d.id) as tasks,
  (select count(*) from hold h join dunning_case c on c.id = h.case_id where c.debtor_id = d.id) as holds
from debtor d left join reply r on r.debtor_id = d.id left join reply_file f on f.reply_id = r.id
group by d.id order by d.id
""")


def mail(number: int) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the mail of a debtor who says that it is paid, with a receipt, as SendGrid posts it."""
    written, sender = EmailMessage(), f"debtor.{number}@example.no"
    written["From"], written["Message-ID"], written["Subject"] = sender, f"<paid-{number}@example.no>", "Betalt"
    written.set_content("Jeg har betalt")
    written.add_attachment(RECEIPT, maintype="application", subtype="pdf", filename="kvittering.pdf")
    return inbound_post(written.as_bytes(), sender=sender, to=[f"post@{MAIL_DOMAIN}"])


@pytest.mark.asyncio
@pytest.mark.timeout(900)
async def test_mail_that_comes_while_the_web_app_dies_is_kept_and_heard_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_INBOUND_MAIL_DOMAIN", MAIL_DOMAIN)
    monkeypatch.setenv("PURR_INBOUND_MAIL_SECRETS", MAIL_SECRET)
    async with stage(postgres_url, "words", "web") as here:
        reached = [{"email": f"debtor.{number}@example.no", "phone": None} for number in range(MAILS)]
        await here.imports("no-gentle", reached, todays_date())
        url, again = f"http://127.0.0.1:{here.programs.web_port}/webhooks/sendgrid/inbound/{MAIL_SECRET}", count()
        turn, done = asyncio.Semaphore(AT_ONCE), list[int]()

        async def post(number: int) -> None:
            """As SendGrid does: again until it is taken, and sometimes once more."""
            body, headers = mail(number)
            async with turn, httpx.AsyncClient(trust_env=False, timeout=5) as http:
                while True:
                    try:
                        answer = await http.post(url, content=body, headers=headers)
                    except httpx.TransportError:
                        next(again)
                    else:
                        if answer.status_code < 300 and (number % 3 or number in done):
                            break
                        done.append(number)
                    await asyncio.sleep(0.05)
            done.append(number)

        async def has_taken(some: int) -> bool:
            return len(set(done)) >= some

        posting = asyncio.gather(*map(post, range(MAILS)))
        chance = Random(SEED)
        for nth in range(1, KILLS + 1):
            await patiently(partial(has_taken, nth * MAILS // (KILLS + 2)), 0.01)
            await asyncio.sleep(chance.random() * 0.2)
            here.programs.kill("web")
            await here.programs.start_again("web")
        await posting
        assert next(again) >= KILLS, "mails were on their way at the kills"
        async with here.database.transaction() as connection:
            for row in await connection.execute(KEPT):
                assert (row.replies, row.files, row.tasks, row.holds) == (1, 1, 1, 1), row.customer_number
