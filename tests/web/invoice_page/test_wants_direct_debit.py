"""Direct debit is asked for in a click or two, with a limit for a month that is there already, and its reason."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from fastapi.responses import Response

from config.settings import Settings
from domain.countries.se import ocr_of
from facts.database import Database
from tests.begin import BEGIN, TODAY
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop
from web.invoice_page import cookie
from web.invoice_page.cookie import Pass, Proof
from web.invoice_page.rights import Level

_numbers = count(1)
KID = "006402710013"


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor who draws by direct debit, where it is signed with BankID."""
    async with a_shop(web_settings, web_database, f"draws{next(_numbers)}") as opened:
        await opened.door.rows(
            "update creditor set direct_debit = cast(:agreement as jsonb) where id = :c returning id",
            agreement='{"customer_unit": "00131936", "account": "15030000010", "e_agreement": "https://sign.example/7"}',
            c=opened.door.creditor,
        )
        yield opened


async def mandates(shop: Shop) -> list[Any]:
    """The creditor's mandates."""
    query = "select state, monthly_limit from mandate where creditor_id = :c"
    return [tuple(row) for row in await shop.door.rows(query, c=shop.door.creditor)]


async def earlier(shop: Shop, *amounts: str) -> None:
    """Invoices of earlier months."""
    for nth, amount in enumerate(amounts, 1):
        due = TODAY - timedelta(days=31 * nth)
        dates = {"issue_date": str(due - timedelta(days=14)), "due_date": str(due)}
        await shop.door.send_invoice(f"E{nth}", amount=amount, lines=[], reference=f"{nth}", **dates)


async def test_two_clicks_lead_from_the_link_to_where_it_is_signed_with_a_limit_that_was_there(shop: Shop) -> None:
    link = await shop.link()
    page = await shop.page(link)
    assert 'name="limit"' in page
    assert 'value="1100"' in page  # a quarter above 802, in whole hundreds
    answer = await shop.door.client.post(f"{link}/direct-debit", data={"limit": "1100"})
    assert answer.headers["location"] == f"{link}#direct-debit"
    assert await mandates(shop) == [("pending", Decimal(1100))]
    waits = await shop.page(link)
    for said in ("https://sign.example/7", "1 100,00 kr", "Den dyreste måneden det siste året var 802,00 kr"):
        assert said in waits


async def test_the_limit_is_a_quarter_above_the_dearest_month_of_the_year(shop: Shop) -> None:
    link = await shop.link()
    await earlier(shop, "2400.00", "300.00")
    old = {"issue_date": str(TODAY - timedelta(days=500)), "due_date": str(TODAY - timedelta(days=480))}
    await shop.door.send_invoice("OLD", amount="90000.00", lines=[], reference="9", **old)
    page = await shop.page(f"{link}/direct-debit")
    assert 'value="3000"' in page
    assert "var 2 400,00 kr" in page


@pytest.mark.parametrize("limit", ["mye", "-1", "0", "801,99", "1e9"])
async def test_a_limit_that_would_stop_this_very_invoice_is_said_so_and_stays_typed(shop: Shop, limit: str) -> None:
    link = await shop.link()
    answer = await shop.door.client.post(f"{link}/direct-debit", data={"limit": limit})
    assert answer.status_code == 422
    assert "minst 802,00 kr" in answer.text.replace("\xa0", " ")
    assert f'value="{limit}"' in answer.text
    assert await mandates(shop) == []


async def test_asked_twice_it_is_one_mandate_with_the_latest_limit(shop: Shop) -> None:
    link = await shop.link()
    for limit in ("1100", "1100", "2 000"):
        await shop.door.client.post(f"{link}/direct-debit", data={"limit": limit})
    assert await mandates(shop) == [("pending", Decimal(2000))]
    assert (await shop.door.client.get(f"{link}/direct-debit")).headers["location"] == f"{link}#direct-debit"


async def test_who_has_paid_by_hand_is_offered_it_for_the_next_ones(shop: Shop) -> None:
    link = await shop.link()
    await shop.door.pay()
    page = await shop.page(link)
    assert "Vil du slippe å huske på den neste?" in page
    await shop.door.client.post(f"{link}/direct-debit", data={"limit": "1100"})
    assert await mandates(shop) == [("pending", Decimal(1100))]
    assert "Vil du slippe å huske på den neste?" not in await shop.page(link)


async def test_without_an_agreement_or_a_reference_it_is_not_offered(shop: Shop) -> None:
    await shop.door.send_invoice(reference=None)
    link = await shop.door.link()
    assert (await shop.door.client.get(f"{link}/direct-debit")).headers["location"] == f"{link}#direct-debit"
    assert 'name="limit"' not in await shop.page(link)


# --- where the creditor brings the mandate to the centre ---------------------------------------------------------

OCR = ocr_of("100100")
GOOD = {"clearing": "5001", "account": "100 00 0-7", "holder": "680305-0001", "limit": "1100"}


@pytest.fixture
async def swedish(shop: Shop) -> tuple[Shop, str]:
    """A Swedish creditor with Autogiro, and the link of an invoice of SEK 802.00."""
    await shop.door.rows(
        "update creditor set country = 'SE', policies = '{\"consumer\": \"se-gentle\"}',"
        " direct_debit = cast(:agreement as jsonb) where id = :c returning id",
        agreement='{"customer_number": "123456", "account": "50501055"}',
        c=shop.door.creditor,
    )
    alva = {"country": "SE", "language": "sv", "kind": "consumer", "name": "Alva Exempel", "email": "alva@example.se"}
    sent = await shop.door.send_invoice(currency="SEK", reference=OCR, debtor=alva | {"customer_number": "K-7"})
    assert sent.status_code == 201, sent.text
    link = await shop.door.link()
    proves(shop, link)
    return shop, link


def proves(shop: Shop, link: str, level: Level | None = Level.CODE) -> None:
    """Whoever has the link in this browser has just proved this much; with None they have the link alone."""
    links, answer = shop.door.app.state.services.links, Response()
    says, last_day = links.says(link.rpartition("/")[2])
    key, proof = links.name(says), Proof(level, BEGIN) if level is not None else None
    cookie.keep(links, answer, key, Pass(says, last_day, proof), secure=False)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    shop.door.client.cookies.set(name, rest.partition(";")[0])


async def brought(shop: Shop) -> list[Any]:
    """The creditor's mandates, with whose account they are for."""
    query = "select state, reference, payer_account, holder, ended_why from mandate where creditor_id = :c"
    return [tuple(row) for row in await shop.door.rows(query, c=shop.door.creditor)]


async def test_autogiro_is_asked_for_with_an_account_and_a_personal_number_and_ended_on_the_page(
    swedish: tuple[Shop, str],
) -> None:
    shop, link = swedish
    offered = await shop.page(link)
    assert f"betalarnumret {OCR}" in offered
    form = await shop.page(f"{link}/direct-debit")
    assert "medger du att" in form
    for _ in range(2):
        answer = await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
        assert answer.headers["location"] == f"{link}#direct-debit"
    assert await brought(shop) == [("pending", OCR, "5001000001000007", "196803050001", None)]
    waits = await shop.page(link)
    assert "Vi lämnar ditt medgivande till banken" in waits
    assert "0305" not in waits
    await shop.door.client.post(f"{link}/direct-debit/end")
    assert await brought(shop) == [("ended", OCR, "5001000001000007", None, "withdrawn")]
    assert "Ditt autogiro är avslutat" in await shop.page(link)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"holder": "680305-0002"}, "Skriv personnumret"),
        ({"holder": ""}, "Skriv personnumret"),
        ({"clearing": "50"}, "Skriv clearingnumret och kontonumret"),
        ({"account": "konto"}, "Skriv clearingnumret och kontonumret"),
        ({"limit": "801"}, "minst 802,00 kr"),
    ],
)
async def test_what_cannot_be_is_said_by_its_field_and_no_personal_number_comes_back(
    swedish: tuple[Shop, str], wrong: dict[str, str], said: str
) -> None:
    shop, link = swedish
    answer = await shop.door.client.post(f"{link}/direct-debit", data=GOOD | wrong)
    text = answer.text.replace("\xa0", " ")
    assert (answer.status_code, said in text, "680305" in text) == (422, True, False)
    assert await brought(shop) == []


@pytest.mark.parametrize(
    ("code", "said"), [("05", "Se efter att kontot"), ("29", "Hör av dig till oss"), ("02", "avslutat")]
)
async def test_a_refusal_says_what_to_do_and_the_form_is_there_again(
    swedish: tuple[Shop, str], code: str, said: str
) -> None:
    shop, link = swedish
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    await shop.door.rows(
        "update mandate set state = 'ended', ended_at = cast(:now as timestamptz), ended_why = :code"
        " where creditor_id = :c returning id",
        now=BEGIN,
        code=code,
        c=shop.door.creditor,
    )
    page = await shop.page(link)
    assert said in page
    assert '/direct-debit">Betala med autogiro' in page


async def test_a_reference_that_is_no_payers_number_has_no_autogiro(swedish: tuple[Shop, str]) -> None:
    shop, link = swedish
    await shop.door.rows(
        "update invoice set reference = :r where creditor_id = :c returning id",
        r=ocr_of("9" * 17),
        c=shop.door.creditor,
    )
    answer = await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert answer.headers["location"].endswith("?problem=direct-debit#direct-debit")
    assert (await brought(shop), "betalarnumret" in await shop.page(link)) == ([], False)


# --- who may give an account -------------------------------------------------------------------------------------


async def who(shop: Shop) -> list[Any]:
    """Who asked for the creditor's mandates, and what they had proved."""
    query = "select state, asked_by, proof, proven_at, monthly_limit from mandate where creditor_id = :c"
    return [tuple(row) for row in await shop.door.rows(query, c=shop.door.creditor)]


async def test_whoever_has_only_the_link_gives_no_account_and_raises_no_limit(swedish: tuple[Shop, str]) -> None:
    shop, link = swedish
    proves(shop, link, None)
    for answer in (
        await shop.door.client.get(f"{link}/direct-debit"),
        await shop.door.client.post(f"{link}/direct-debit", data=GOOD),
    ):
        assert answer.headers["location"].endswith("/prove?for=mandate")
    asks = await shop.page(answer.headers["location"])
    assert "Innan du anger kontot som vi ska dra från" in asks
    assert await who(shop) == []
    proves(shop, link)
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    await shop.door.rows("update mandate set state = 'active' where creditor_id = :c returning 1", c=shop.door.creditor)
    proves(shop, link, None)
    raised = await shop.door.client.post(f"{link}/direct-debit", data={"limit": "90000"})
    assert raised.headers["location"].endswith("/prove?for=mandate")
    assert await who(shop) == [("active", "debtor", "code", BEGIN, Decimal(1100))]


@pytest.mark.parametrize(("level", "proof"), [(Level.CODE, "code"), (Level.BANKID, "bankid")])
async def test_the_mandate_says_who_proved_what_and_when(swedish: tuple[Shop, str], level: Level, proof: str) -> None:
    shop, link = swedish
    proves(shop, link, level)
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert await who(shop) == [("pending", "debtor", proof, BEGIN, Decimal(1100))]


async def test_the_neighbours_account_is_refused_where_the_debtor_is_known_to_be_born_on_another_day(
    swedish: tuple[Shop, str],
) -> None:
    shop, link = swedish
    known = "update debtor set birth_date = cast(:day as date) where creditor_id = :c returning 1"
    await shop.door.rows(known, day="1980-02-29", c=shop.door.creditor)
    answer = await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert (answer.status_code, "kontot måste vara ditt eget" in answer.text, await who(shop)) == (422, True, [])
    await shop.door.rows(known, day="1968-03-05", c=shop.door.creditor)
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert len(await who(shop)) == 1


async def test_the_limit_that_a_debtor_chose_stays_where_none_is_told_and_is_nobody_elses(
    swedish: tuple[Shop, str],
) -> None:
    shop, link = swedish
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD | {"limit": "900"})
    await shop.door.rows("update mandate set state = 'active' where creditor_id = :c returning 1", c=shop.door.creditor)
    await shop.door.client.post(f"{link}/direct-debit")
    assert [row[-1] for row in await who(shop)] == [Decimal(900)]
    bo = {"country": "SE", "language": "sv", "kind": "consumer", "name": "Bo Exempel", "email": "bo@example.se"}
    sent = await shop.door.send_invoice(
        "1002", currency="SEK", reference=ocr_of("100200"), debtor=bo | {"customer_number": "K-8"}
    )
    assert sent.status_code == 201, sent.text
    other = await shop.door.link(number="1002")
    proves(shop, other)
    await shop.door.client.post(f"{other}/direct-debit", data=GOOD | {"limit": "5000"})
    assert sorted(row[-1] for row in await who(shop)) == [Decimal(900), Decimal(5000)]


async def test_a_form_that_was_opened_before_the_debtor_ended_it_asks_for_it_anew_or_is_refused_while_it_is_being_ended(
    swedish: tuple[Shop, str],
) -> None:
    shop, link = swedish
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    await shop.door.client.post(f"{link}/direct-debit/end")
    await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert [row[0] for row in await who(shop)] == ["pending"]
    confirmed = "update mandate set state = 'active', confirmed_at = :now where creditor_id = :c returning 1"
    await shop.door.rows(confirmed, now=BEGIN, c=shop.door.creditor)
    await shop.door.client.post(f"{link}/direct-debit/end")
    answer = await shop.door.client.post(f"{link}/direct-debit", data=GOOD)
    assert answer.headers["location"].endswith("?problem=direct-debit#direct-debit")
    assert [row[0] for row in await who(shop)] == ["ended"]
