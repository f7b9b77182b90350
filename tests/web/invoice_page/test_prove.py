"""More than the link is proven by a code to where the debtor was known before: once, soon, in few tries, in one browser."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from facts.parties import page_codes
from simulator.emulators.providers import Providers
from tests.begin import BEGIN, turn
from tests.web.door import Door, clean, invoice

OTHER = {"name": "Ola Hansen", "customer_number": "K-2", "email": "ola@example.no", "phone": "+4798765432"}


async def opened(hall: Door, number: str = "1001") -> str:
    """The clean address of an invoice's page that this browser has open, by a link which no message carried."""
    link = await hall.link(number=number)
    assert (await hall.client.get(link)).status_code == 200
    return clean(link)


async def ask(hall: Door, here: str, channel: str = "sms", wanted: str = "account") -> str:
    """Ask for a code: gives where that leads."""
    answer = await hall.client.post(f"{here}/prove", data={"for": wanted, "channel": channel})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def type_code(hall: Door, here: str, asked: str, code: str, wanted: str = "account") -> str:
    """Type a code: gives where that leads."""
    told = httpx.URL(asked).params.get("asked", "")
    answer = await hall.client.post(f"{here}/prove/code", data={"for": wanted, "asked": told, "code": code})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def code_in(providers: Providers) -> str:
    """The code of the last message that was sent."""
    found = re.search(r"Koden din er (\d{6})", str(providers.log[-1]))
    assert found
    return found[1]


async def level(hall: Door, here: str) -> bool:
    """Whether what needs a code is open."""
    return (await hall.client.get(f"{here}/account")).status_code == 200


@pytest.mark.parametrize(("channel", "where"), [("sms", "+4791234567"), ("email", "kari@example.no")])
async def test_a_code_opens_what_the_link_alone_does_not(
    hall: Door, providers: Providers, channel: str, where: str
) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    asks = await hall.client.get(f"{here}/account")
    assert (asks.status_code, asks.headers["location"]) == (303, f"{here}/prove?for=account")
    page = (await hall.client.get(asks.headers["location"])).text
    for said in ("Vis at det er deg", "alt du har hos oss", "30 minutter", "•••67", "k•••@example.no"):
        assert said in page
    assert where not in page, "whoever has the link learns no address"
    asked = await ask(hall, here, channel)
    assert where in str(providers.log[-1])
    assert "Den virker i ti minutter" in (await hall.client.get(asked)).text
    code = code_in(providers)
    assert await type_code(hall, here, asked, f" {code[:3]} {code[3:]} ") == f"{here}/account"
    assert await level(hall, here)
    again = await hall.client.get(f"{here}/prove?for=account")
    assert again.headers["location"] == f"{here}/account", "what is proven is not asked for again"


async def test_what_was_proven_counts_in_that_browser_alone_and_for_half_an_hour(
    hall: Door, providers: Providers
) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    await type_code(hall, here, await ask(hall, here), code_in(providers))
    proven = dict(hall.client.cookies)
    hall.client.cookies.clear()
    assert not await level(hall, await opened(hall))
    hall.client.cookies.update(proven)
    await hall.client.get(await hall.link())  # the link in the message, opened once more
    assert await level(hall, here)
    await turn(hall.database, BEGIN + timedelta(minutes=29))
    assert await level(hall, here)
    await turn(hall.database, BEGIN + timedelta(minutes=31))
    assert not await level(hall, here)
    paid = await hall.client.post(f"{here}/account/pay/vipps")
    assert "/prove" not in paid.headers["location"], "a form that was opened in time may still be sent"
    await turn(hall.database, BEGIN + timedelta(minutes=61))
    assert "/prove" in (await hall.client.post(f"{here}/account/pay/vipps")).headers["location"]


async def test_wrong_codes_then_the_right_one_and_after_five_tries_none(hall: Door, providers: Providers) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    asked = await ask(hall, here)
    code = code_in(providers)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(4):
        assert "problem=wrong" in await type_code(hall, here, asked, wrong)
    assert await type_code(hall, here, asked, code) == f"{here}/account"
    asked = await ask(hall, here)
    code = code_in(providers)
    for typed in (wrong, "", "x", "१२३४५६", "0" * 199):
        assert "problem=wrong" in await type_code(hall, here, asked, typed if typed != code else "1")
    assert "problem=wrong" in await type_code(hall, here, asked, code)


async def test_a_code_is_good_once_also_for_two_at_the_same_moment(hall: Door, providers: Providers) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    asked = await ask(hall, here)
    both = await asyncio.gather(*(type_code(hall, here, asked, code_in(providers)) for _ in range(2)))
    assert sorted("problem" in each for each in both) == [False, True]
    page = await hall.client.get(next(each for each in both if "problem" in each))
    assert page.headers["location"] == f"{here}/account", "who pressed twice is through all the same"


async def test_a_code_is_too_old_after_ten_minutes(hall: Door, providers: Providers) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    asked = await ask(hall, here)
    await turn(hall.database, BEGIN + timedelta(minutes=11))
    assert "problem=wrong" in await type_code(hall, here, asked, code_in(providers))


async def test_a_code_proves_nothing_about_another_invoice_or_in_another_request(
    hall: Door, providers: Providers
) -> None:
    await hall.send_invoice()
    await hall.send_invoice("2001", reference=None, debtor=invoice()["debtor"] | OTHER)
    here, theirs = await opened(hall), await opened(hall, "2001")
    first = await ask(hall, here)
    code = code_in(providers)
    for forged in (first, "?asked=", "?asked=x", await ask(hall, theirs)):
        assert "problem=wrong" in await type_code(hall, theirs, forged, code)
    second = await ask(hall, here)
    if code != code_in(providers):
        assert "problem=wrong" in await type_code(hall, here, second, code)
    assert await type_code(hall, here, first, code) == f"{here}/account", "two requests, and either code in its own"


async def test_nothing_is_kept_of_a_code_that_tells_it(hall: Door, providers: Providers) -> None:
    await hall.send_invoice()
    await ask(hall, await opened(hall))
    rows = await hall.rows("select c::text as said from page_code c where creditor_id = :c", c=hall.creditor)
    assert len(rows) == 1
    assert code_in(providers) not in rows[0].said


@pytest.mark.parametrize(
    "change",
    [
        "state = 'given'",
        "state = 'bounced'",
        "state = 'wrong'",
        "of_representative = true",
        "confirmed_at = :now, happened_at = :now - interval '6 days'",  # by a link
        "happened_at = :now + interval '1 minute'",  # younger than the request
    ],
)
async def test_no_code_goes_to_an_address_that_is_not_surely_the_debtors(
    hall: Door, providers: Providers, change: str
) -> None:
    await hall.send_invoice(debtor=invoice()["debtor"] | {"phone": None})
    here = await opened(hall)
    await hall.rows(
        f"""update contact_point set {change} where channel = 'email' and cast(:now as timestamptz) is not null
        and debtor_id in (select id from debtor where creditor_id = :c) returning 1""",
        c=hall.creditor,
        now=BEGIN,
    )
    page = (await hall.client.get(f"{here}/prove?for=account")).text
    assert "Vi kan ikke sende deg en kode nå" in page
    assert "Få en kode" not in page
    sent = len(providers.log)
    assert "problem=nowhere" in await ask(hall, here, "email")
    assert len(providers.log) == sent


async def test_an_address_that_the_debtors_side_changed_carries_a_code_after_seven_days(
    hall: Door, providers: Providers
) -> None:
    await hall.send_invoice(debtor=invoice()["debtor"] | {"phone": None})
    here = await opened(hall)
    for by, carries in (("debtor", False), ("anne", True)):
        change = {"email": f"kari@{by}.example", "by": "anne", "reason_code": "asked"}
        assert (await hall.client.patch("/v1/debtors/K-1", json=change)).status_code == 200
        await hall.rows(
            """with point as (select happened_at from contact_point where address = :address)
            insert into case_event (case_id, kind, by, detail, happened_at)
            select c.id, 'debtor_changed', :by, '{}', point.happened_at from dunning_case c, point
            where c.creditor_id = :c returning 1""",
            address=change["email"],
            by=by,
            c=hall.creditor,
        )
        await turn(hall.database, BEGIN + timedelta(minutes=5 if by == "debtor" else 10))
        assert ("problem=nowhere" not in await ask(hall, here, "email")) is carries
    await hall.client.patch(
        "/v1/debtors/K-1", json={"email": "kari@debtor.example", "by": "anne", "reason_code": "asked"}
    )
    await turn(hall.database, BEGIN + timedelta(days=8))
    assert "problem=nowhere" not in await ask(hall, here, "email")


async def test_an_address_that_two_debtors_have_in_common_proves_neither(hall: Door) -> None:
    await hall.send_invoice(debtor=invoice()["debtor"] | {"phone": None})
    await hall.send_invoice("2001", reference=None, debtor=invoice()["debtor"] | OTHER | {"email": "KARI@example.no"})
    assert "problem=nowhere" in await ask(hall, await opened(hall), "email")


async def test_few_codes_go_to_one_debtor_in_an_hour_whoever_asks(hall: Door, providers: Providers) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    for _ in range(page_codes.MOST_IN_AN_HOUR):
        assert "asked=" in await ask(hall, here)
    sent = len(providers.log)
    waits = await ask(hall, here)
    assert "problem=wait" in waits
    assert len(providers.log) == sent
    assert "Vent en time" in (await hall.client.get(waits)).text
    await turn(hall.database, BEGIN + timedelta(minutes=65))
    assert "asked=" in await ask(hall, here)


async def test_who_is_spoken_for_or_stopped_is_sent_no_code(hall: Door) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    stands = {
        "representative": {"name": "Per Verge", "email": "per@verge.example"},
        "by": "anne",
        "reason_code": "told",
    }
    assert (await hall.client.patch("/v1/debtors/K-1", json=stands)).status_code == 200
    assert "problem=nowhere" in await ask(hall, here)


async def test_where_nothing_is_known_of_what_is_wanted_the_way_back_is_the_page(
    hall: Door, providers: Providers
) -> None:
    await hall.send_invoice()
    here = await opened(hall)
    for odd in ("../../evil", "https://evil.example", "x" * 40):
        asked = await ask(hall, here, wanted=odd)
        assert await type_code(hall, here, asked, code_in(providers), wanted=odd) == here
