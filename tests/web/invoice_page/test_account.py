"""The debtor's account behind the link of one invoice: who may see it, what it says, and one payment for all of it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from time import process_time
from typing import Any
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader

from config.settings import Settings
from facts.database import Database
from facts.money import payment_attempts
from messages import figures
from tests.begin import BEGIN, TODAY
from tests.web.door import Door, clean
from tests.web.door import invoice as plain
from tests.web.paying import Shop, paid
from tests.web.paying import shop as a_shop

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
_numbers = count(1)
ALL = Decimal("1135.33")
BEGUN = """
insert into payment_attempt
  (id, creditor_id, case_id, statement_id, provider, provider_id, amount, currency, state, refunded, happened_at)
select gen_random_uuid(), s.creditor_id, c.id, s.id, 'stripe', 'cs_all', :amount, 'NOK', 'started', 0, s.happened_at
from account_statement s join dunning_case c on c.debtor_id = s.debtor_id where s.creditor_id = :c order by c.id limit 1
returning id
"""
DUE = {"issue_date": str(TODAY - timedelta(days=40)), "due_date": str(TODAY - timedelta(days=20))}


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor who is paid through Vipps and Stripe."""
    async with a_shop(web_settings, web_database, f"all{next(_numbers)}") as opened:
        yield opened


async def two(door: Door, **changes: Any) -> str:
    """Two invoices of Kari, one of them due; gives the link to the first, as an email brought it."""
    await door.send_invoice()
    await door.send_invoice("1002", reference="1234567897", amount="333.33", lines=[], **DUE | changes)
    return await door.link(await door.claimed())


async def said(door: Door, link: str) -> str:
    """What the account says to who comes by the invoice page's button, with plain spaces."""
    entered = await door.client.post(f"{link}/account")
    assert entered.headers["location"] == f"{link}/account", entered.text
    answer = await door.client.get(f"{link}/account")
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\xa0", " ")


async def balances(door: Door) -> list[Decimal]:
    """What is left of each invoice."""
    query = """select c.balance from dunning_case c join invoice i on i.id = c.invoice_id
        where c.creditor_id = :creditor order by i.number"""
    return [row.balance for row in await door.rows(query, creditor=door.creditor)]


async def test_it_says_all_that_is_owed_and_its_reference_pays_it_to_the_oere(door: Door) -> None:
    link = await two(door)
    assert f'action="{clean(link)}/account"' in (await door.client.get(link)).text
    page = await said(door, link)
    for words in ("1 135,33 kr", "Av dette er 333,33 kr forfalt", "1001", "1002", "802,00 kr", "333,33 kr"):
        assert words in page
    reference = await door.one("select reference from account_statement where creditor_id = :c", c=door.creditor)
    assert reference in page
    assert reference in await said(door, link)  # coming again issues no other
    await door.pay(reference=reference, amount=str(ALL))
    assert await balances(door) == [0, 0]


async def test_it_is_a_pdf_to_download_too(door: Door) -> None:
    link = await two(door)
    assert (await door.client.get(f"{link}/account.pdf")).headers["location"] == f"{link}/account"
    assert "/account.pdf" not in (await door.client.get(f"{link}/account")).text
    assert "/account.pdf" in await said(door, link)
    got = await door.client.get(f"{link}/account.pdf")
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert "sandbox" in got.headers["content-security-policy"]
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(got.content)).pages).replace("\xa0", " ")
    assert all(each in text for each in ("1001", "1002", "1 135,33 kr"))


async def test_whoever_only_fetches_the_account_sees_all_of_it_and_asks_for_its_reference(door: Door) -> None:
    link = await two(door)
    for _ in range(2):
        page = (await door.client.get(f"{link}/account")).text.replace("\xa0", " ")
        assert ("1 135,33 kr" in page, "Vis KID for alt" in page, 'class="copy"' in page) == (True, True, False)
    assert await door.rows("select 1 from account_statement where creditor_id = :c", c=door.creditor) == []
    for _ in range(2):  # a double click
        assert (await door.client.post(f"{link}/account")).status_code == 303
    reference = await door.one("select reference from account_statement where creditor_id = :c", c=door.creditor)
    assert f'class="copy">{reference}<' in (await door.client.get(f"{link}/account")).text
    await door.pay(reference=reference, amount="333.33")
    page = (await door.client.get(f"{link}/account")).text
    assert (reference in page, "Vis KID for alt" in page) == (False, True), "no reference of what was asked before"


async def test_an_invoice_alone_leads_to_no_account(door: Door) -> None:
    await door.send_invoice()
    link = await door.link(await door.claimed())
    assert '/account">' not in (await door.client.get(link)).text


async def closed(door: Door, link: str, *, more: bool = True) -> None:
    """The link opens its invoice alone; whoever proves to be the debtor sees more, where that may be."""
    assert '/account">' not in (await door.client.get(link)).text
    for door_of_it in ("account", "account.pdf"):
        shut(await door.client.get(f"{link}/{door_of_it}"), more=more)
    for form in ("account", "account/pay/vipps"):
        shut(await door.client.post(f"{link}/{form}"), more=more)
    assert await door.rows("select 1 from account_statement where creditor_id = :c", c=door.creditor) == []


def shut(answer: httpx.Response, *, more: bool) -> None:
    """A door does not open: to who proves nothing, or to anybody."""
    assert answer.status_code == (303 if more else 404)
    assert not more or answer.headers["location"].endswith("/prove?for=account")


async def test_a_link_that_no_delivery_carried_opens_its_invoice_alone(door: Door) -> None:
    await two(door)
    await closed(door, await door.link())


@pytest.mark.parametrize(
    "change",
    [
        "state = 'replaced'",
        "state = 'opted out'",
        "of_representative = true",
        "role = 'approver'",
    ],
)
async def test_an_address_that_is_no_more_the_debtors_own_opens_its_invoice_alone(door: Door, change: str) -> None:
    link = await two(door)
    await door.rows(
        f"""update contact_point set {change} where channel = 'email'
        and debtor_id in (select id from debtor where creditor_id = :c) returning 1""",
        c=door.creditor,
    )
    await closed(door, link)


async def test_what_two_debtors_have_in_common_opens_no_account(door: Door) -> None:
    link = await two(door)
    ola = plain()["debtor"] | {"name": "Ola Hansen", "customer_number": "K-2", "phone": None}
    await door.send_invoice("2001", reference=None, debtor=ola | {"email": ola["email"].upper()})
    await closed(door, link)


@pytest.mark.parametrize("kind", ["deceased", "not me", "represented"])
async def test_what_is_known_of_a_life_closes_it(door: Door, kind: str) -> None:
    link = await two(door)
    await door.rows(
        """insert into life_event (debtor_id, kind, value, by, happened_at)
        select id, :kind, to_jsonb('Guri Verge'::text), 'anne', :now from debtor
        where creditor_id = :c returning 1""",
        kind=kind,
        now=BEGIN,
        c=door.creditor,
    )
    await closed(door, link, more=False)


async def test_what_is_not_asked_for_is_shown_as_it_stands(door: Door) -> None:
    link = await two(door)
    await door.command("1002", command="dispute")
    page = await said(door, link)
    assert 'Å betale i alt: <span class="figure">802,00 kr</span>' in page
    assert "omtvistet" in page
    assert "Ingenting er forfalt ennå." in page


async def test_another_currency_is_listed_and_not_added(door: Door) -> None:
    link = await two(door)
    query = "update invoice set currency = 'EUR' where creditor_id = :c and number = '1002' returning 1"
    await door.rows(query, c=door.creditor)
    page = await said(door, link)
    assert "802,00 kr" in page
    assert "333,33 EUR" in page
    assert "1 135,33" not in page


async def test_a_thousand_invoices_are_told_by_the_pdf_and_some_by_the_page(door: Door, full: bool) -> None:
    link, count = await two(door), 1000 if full else 250
    for first in range(2, count, 100):
        many = [plain(f"M-{n}", reference=None, amount="1.00", lines=[]) for n in range(first, min(first + 100, count))]
        lines = "\n".join(json.dumps(each) for each in many)
        sent = await door.client.post("/v1/invoices/bulk", content=lines.encode())
        assert sent.status_code == 200, sent.text
    began = process_time()  # what else the machine does is not the page's work
    page = await said(door, link)
    assert process_time() - began < 2
    assert len(page) < 200_000
    assert (page.count('<th scope="row">'), f"Og {count - 200} til: PDF-en har alle." in page) == (200, True)
    assert figures.amount(ALL + count - 2, "NOK", "nb").replace("\xa0", " ") in page
    pdf = PdfReader(BytesIO((await door.client.get(f"{link}/account.pdf")).content))
    assert f"M-{count - 1}" in "".join(each.extract_text() for each in pdf.pages)


# --- one payment for all ---------------------------------------------------------------------------------------------


async def started(shop: Shop, method: str = "vipps") -> tuple[str, Any]:
    """Pay all: gives the link and the attempt."""
    link = await two(shop.door)
    await shop.offer()
    assert "Betal 1 135,33 kr med Vipps" in await said(shop.door, link)
    pressed = await shop.door.client.post(f"{link}/account/pay/{method}")
    assert pressed.status_code == 303
    return link, (await shop.attempts())[-1]


async def test_one_payment_by_vipps_pays_every_invoice(shop: Shop) -> None:
    link, attempt = await started(shop)
    assert attempt.amount == ALL
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert await balances(shop.door) == [0, 0]
    assert shop.vipps.payments[attempt.provider_id].captured == 113533
    assert "Betalt. Takk!" in await shop.page(f"{link}?back=1")


async def test_it_is_captured_where_the_invoice_of_the_link_was_paid_meanwhile_and_another_is_owed(shop: Shop) -> None:
    _, attempt = await started(shop)
    await shop.door.pay()
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert sum(await balances(shop.door)) == 0  # what is too much on the page is owed back
    owed_back = "select sum(amount) from refund where creditor_id = :c and state = 'due'"
    assert await shop.door.one(owed_back, c=shop.door.creditor) == Decimal("802.00")


async def test_by_card_it_is_told_twice_and_booked_once_and_given_back_of_each_invoice(shop: Shop) -> None:
    link = await two(shop.door)
    await said(shop.door, link)
    attempt: UUID = await shop.door.one(BEGUN, c=shop.door.creditor, amount=ALL)
    money = paid(attempt, str(ALL))
    for _ in range(2):
        assert (await shop.stripe_tells(shop.stripe.session("completed", money))).is_success
    assert await balances(shop.door) == [0, 0]
    assert (await shop.stripe_tells(shop.stripe.refund(money, ALL))).is_success
    assert await balances(shop.door) == [Decimal("802.00"), Decimal("333.33")]


PAYING = "select number, paying_since is not null as paying from circumstances where creditor_id = :c"


async def test_while_all_is_being_paid_no_invoice_of_it_is_spoken_of_and_each_hears_of_the_end(shop: Shop) -> None:
    _, attempt = await started(shop)
    await shop.door.send_invoice("1003", reference=None, amount="50.00", lines=[])
    paying = {row.number: row.paying for row in await shop.door.rows(PAYING, c=shop.door.creditor)}
    assert paying == {"1001": True, "1002": True, "1003": False}  # the last one came after
    async with shop.door.database.transaction() as connection:
        await payment_attempts.abandoned(connection, attempt.id, "nobody finished it", BEGIN)
    assert not any(row.paying for row in await shop.door.rows(PAYING, c=shop.door.creditor))
    told = [(await shop.door.news(number))[-1:] for number in ("1001", "1002", "1003")]
    assert told == [["payment_attempted"], ["payment_attempted"], ["invoice_changed"]]


async def test_pressed_twice_it_is_one_payment_and_the_invoice_alone_is_another(shop: Shop) -> None:
    link, attempt = await started(shop)
    await shop.door.client.post(f"{link}/account/pay/vipps")
    assert [each.id for each in await shop.attempts()] == [attempt.id]
    await shop.door.client.post(f"{link}/pay/vipps")
    first, second = await shop.attempts()
    assert (first.state, second.amount, second.statement_id) == ("abandoned", Decimal("802.00"), None)


async def test_while_all_is_being_paid_the_page_of_another_invoice_offers_no_second_payment(shop: Shop) -> None:
    """Once it is in the provider's hands nothing is offered there; begun and left, it is dropped for the one that is wanted."""
    _, attempt = await started(shop)
    other = await shop.door.link(await shop.door.claimed(number="1002"), "1002")
    shop_of = "update payment_attempt set state = :state where id = :id returning 1"
    await shop.door.rows(shop_of, state="processing", id=attempt.id)
    assert "/pay/vipps" not in await shop.page(other)
    await shop.door.client.post(f"{other}/pay/vipps")
    assert [each.id for each in await shop.attempts()] == [attempt.id], "it cannot be dropped any more"
    await shop.door.rows(shop_of, state="started", id=attempt.id)
    assert "/pay/vipps" in await shop.page(other)
    await shop.door.client.post(f"{other}/pay/vipps")
    first, second = await shop.attempts()
    assert (first.state, second.amount) == ("abandoned", Decimal("333.33"))


async def test_several_invoices_that_are_chosen_are_paid_by_one_payment_and_no_other(shop: Shop) -> None:
    link = await two(shop.door)
    await shop.door.send_invoice("1003", reference="1234567905", amount="100.00", lines=[])
    await shop.offer()
    page = await said(shop.door, link)
    ids = {
        row.number: row.id
        for row in await shop.door.rows("select number, id from invoice where creditor_id = :c", c=shop.door.creditor)
    }
    assert page.count('type="checkbox"') == 3
    looked = await shop.door.client.get(f"{link}/account/chosen", params={"invoice": [ids["1002"], ids["1003"], 10**6]})
    assert "433,33 kr" in looked.text.replace("\xa0", " ")
    assert looked.text.count('type="hidden"') == 4  # two invoices, by Vipps or by card
    answer = await shop.door.client.post(
        f"{link}/account/pay/vipps", data={"invoice": [str(ids["1002"]), str(ids["1003"])]}
    )
    (attempt,) = await shop.attempts()
    assert answer.headers["location"] == f"{link}/pay/{attempt.id}"
    assert attempt.amount == Decimal("433.33")
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    left = await shop.door.rows(
        "select i.number, c.balance from dunning_case c join invoice i on i.id = c.invoice_id where c.creditor_id = :c",
        c=shop.door.creditor,
    )
    assert {row.number: row.balance for row in left} == {"1001": 802, "1002": 0, "1003": 0}


@pytest.mark.parametrize("chosen", [[], [1], [10**9], [-1]])
async def test_none_of_them_or_anothers_is_nothing_to_pay(shop: Shop, chosen: list[int]) -> None:
    link = await two(shop.door)
    await shop.offer()
    answer = await shop.door.client.get(f"{link}/account/chosen", params={"invoice": chosen})
    assert answer.headers["location"] == f"{link}/account?problem=none#invoices"
    if chosen:
        await shop.door.client.post(f"{link}/account/pay/vipps", data={"invoice": [str(each) for each in chosen]})
        assert await shop.attempts() == []
