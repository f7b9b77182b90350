"""Paying another amount: all, a part, instalments, within what is owed; and what is said of the rest, only when it is asked."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest

from config.settings import Settings
from facts.database import Database
from tests.web.paying import Shop
from tests.web.paying import shop as a_shop

_numbers = count(1)


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app with a fresh creditor who is paid through Vipps and Stripe."""
    async with a_shop(web_settings, web_database, f"part{next(_numbers)}") as opened:
        yield opened


async def send(shop: Shop, link: str, **fields: str) -> httpx.Response:
    """Send the form of another amount."""
    return await shop.door.client.post(f"{link}/pay/vipps", data=fields)


def seen(answer: httpx.Response) -> str:
    """A page as its reader sees it, with plain spaces."""
    return answer.text.replace("\xa0", " ")


async def disputes(shop: Shop) -> list[Any]:
    """What is disputed of the creditor's cases."""
    query = "select x.amount, x.note from dispute x join dunning_case c on c.id = x.case_id where c.creditor_id = :c"
    return await shop.door.rows(query, c=shop.door.creditor)


async def test_an_amount_of_ones_own_is_paid_and_the_rest_stands_undisputed(shop: Shop) -> None:
    link = await shop.link()
    page = await shop.page(f"{link}/pay")
    assert "høyst 802,00 kr kan betales nå" in page
    answer = await send(shop, link, pay="other", amount="kr 250,50")
    (attempt,) = await shop.attempts()
    assert answer.headers["location"] == f"{link}/pay/{attempt.id}"
    assert attempt.amount == Decimal("250.50")
    await shop.vipps.approve(attempt.provider_id)
    await shop.vipps.drain()
    assert await shop.owed() == Decimal("551.50")
    assert await disputes(shop) == []


async def test_the_pages_own_button_still_pays_what_is_asked_for(shop: Shop) -> None:
    link = await shop.link()
    await send(shop, link)
    assert [attempt.amount for attempt in await shop.attempts()] == [Decimal(802)]


@pytest.mark.parametrize("amount", ["", "0", "-5", "mye", "802.01", "802,01", "1e3", "99999999999999", "NaN"])
async def test_no_other_amount_than_is_owed_is_paid_and_what_was_typed_stays(shop: Shop, amount: str) -> None:
    link = await shop.link()
    answer = await send(shop, link, pay="other", amount=amount, words="hei")
    assert answer.status_code == 422
    assert 'href="#amount"' in answer.text
    assert f'value="{amount}"' in answer.text
    assert ">hei</textarea>" in answer.text
    assert await shop.attempts() == []
    tampered = await send(shop, link, pay=amount or "x")
    assert tampered.status_code == 422
    assert await shop.attempts() == []


async def test_of_a_plan_one_instalment_several_or_all_are_paid(shop: Shop) -> None:
    await shop.door.send_invoice(amount="6000.00", lines=[])
    await shop.offer()
    link = await shop.door.link()
    await shop.door.client.post(f"{link}/plan/agree", data={"choice": "3"})
    page = await shop.page(f"{link}/pay?amount=4000.00")
    for value in ("2000.00", "4000.00", "6000.00"):
        assert f'name="pay" value="{value}"' in page
    assert 'value="4000.00" checked' in page
    assert "Hvis noe er feil" not in page
    await send(shop, link, pay="4000.00")
    assert [attempt.amount for attempt in await shop.attempts()] == [Decimal(4000)]


async def test_less_is_disputed_only_on_an_explicit_yes_and_once(shop: Shop) -> None:
    link = await shop.link()
    wrong = {"pay": "other", "amount": "700", "why": "wrong", "words": "102 kroner for mye"}
    asked = await send(shop, link, **wrong)
    assert asked.status_code == 422
    assert "Svar ja eller nei" in seen(asked)
    assert (await disputes(shop), await shop.attempts()) == ([], [])
    once = "a" * 32
    for _ in range(2):  # a double click
        await send(shop, link, **wrong, disputed="yes", once=once)
    assert [(row.amount, row.note) for row in await disputes(shop)] == [(Decimal(102), "102 kroner for mye")]
    assert [attempt.amount for attempt in await shop.attempts()] == [Decimal(700)]
    assert await shop.owed() == Decimal(802)


async def test_a_no_is_read_by_a_person_and_disputes_nothing(shop: Shop) -> None:
    link = await shop.link()
    await send(shop, link, pay="other", amount="700", why="wrong", words="for mye", disputed="no")
    assert await disputes(shop) == []
    said = await shop.door.rows("select text, meaning from reply where creditor_id = :c", c=shop.door.creditor)
    assert [(row.text, row.meaning) for row in said] == [("for mye", "waits for an answer")]
    assert [attempt.amount for attempt in await shop.attempts()] == [Decimal(700)]


async def test_who_cannot_pay_more_now_lets_the_case_rest_and_a_reason_alone_disputes_nothing(shop: Shop) -> None:
    link = await shop.link()
    await send(shop, link, pay="other", amount="100", why="cannot", disputed="yes")
    held = await shop.door.rows(
        "select h.reason_code, h.until from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :c",
        c=shop.door.creditor,
    )
    assert [row.reason_code for row in held] == ["says needs time"]
    assert held[0].until is not None
    assert await disputes(shop) == []


async def test_all_of_it_has_no_rest_to_speak_of(shop: Shop) -> None:
    link = await shop.link()
    await send(shop, link, pay="802.00", why="wrong", disputed="yes", words="alt er feil")
    assert await disputes(shop) == []
    assert [attempt.amount for attempt in await shop.attempts()] == [Decimal(802)]


async def test_what_is_paid_needs_no_other_amount(shop: Shop) -> None:
    link = await shop.link()
    await shop.door.pay()
    assert (await shop.door.client.get(f"{link}/pay")).headers["location"] == link
    assert (await send(shop, link, pay="other", amount="1")).headers["location"] == link
