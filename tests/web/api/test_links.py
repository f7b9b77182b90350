"""Links that came into wrong hands are taken back: they open nothing any more, and later ones do."""

from uuid import UUID, uuid4

import httpx
import pytest

from connectors.links import Link, Links
from tests.begin import TODAY
from tests.web.door import LINK_SECRET, Door, clean

ASKED = {"by": "anne", "reason_code": "sent-on"}


async def revoke(door: Door, number: str = "1001", **given: str) -> httpx.Response:
    """Take links back over the API."""
    return await door.client.post(f"/v1/invoices/{number}/links/revoke", json=ASKED | given)


async def opens(door: Door, link: str) -> bool:
    """Whether a link opens its page; where it does not, neither does what the browser has."""
    status = (await door.client.get(link)).status_code
    assert (await door.client.get(clean(link))).status_code in (200, 404) if status == 200 else 404
    return status == 200


async def given_out(door: Door, number: str = "1001") -> str:
    """The link that the API gives of an invoice."""
    page: str = (await door.client.get(f"/v1/invoices/{number}")).json()["page"]
    return page.removeprefix("https://purr.example")


async def lines(door: Door) -> list[tuple[str, str]]:
    """What the diary says of it, in each case."""
    query = """select i.number, e.detail ->> 'of' as of from case_event e join dunning_case c on c.id = e.case_id
        join invoice i on i.id = c.invoice_id where i.creditor_id = :c and e.kind = 'links_revoked' and e.by = 'anne'
        order by e.id"""
    return [tuple(row) for row in await door.rows(query, c=door.creditor)]


async def test_all_links_of_an_invoice_open_nothing_any_more_and_later_ones_do(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    sent, other = (
        await door.link(await door.claimed("email")),
        await door.link(await door.claimed(number="1002"), "1002"),
    )
    shared = await given_out(door)
    for _ in range(2):
        assert all([await opens(door, link) for link in (sent, shared, other)])
        answer = await revoke(door)
        assert (answer.status_code, answer.json()["cases"]) == (200, 1)
        assert [await opens(door, link) for link in (sent, shared, other)] == [False, False, True]
        assert (await door.client.post(f"{sent}/disagree", data={"words": "x"})).status_code == 404
        sent, shared = await door.link(await door.claimed("email")), await given_out(door)
    assert await lines(door) == [("1001", "invoice")] * 2


async def test_all_that_a_debtor_has_or_one_message_alone_can_be_taken_back(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    deliveries = [await door.claimed("email") for _ in range(2)]
    links = [await door.link(each) for each in deliveries]
    other = await given_out(door, "1002")
    assert (await revoke(door, delivery=str(deliveries[0]))).status_code == 200
    assert [await opens(door, link) for link in (*links, other)] == [False, True, True]
    assert (await revoke(door, of="debtor")).json()["cases"] == 2
    assert [await opens(door, link) for link in (*links, other)] == [False, False, False]
    assert await opens(door, await given_out(door, "1002"))
    assert await lines(door) == [("1001", "message"), ("1001", "debtor"), ("1002", "debtor")]


@pytest.mark.parametrize("delivery", [uuid4(), None])
async def test_what_is_no_message_about_the_invoice_takes_nothing_back(door: Door, delivery: UUID | None) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    link = await door.link()
    named = delivery or await door.claimed(number="1002")
    assert (await revoke(door, delivery=str(named))).status_code == 404
    assert (await revoke(door, of="everything")).status_code == 422
    assert (await revoke(door, "none")).status_code == 404
    assert await opens(door, link)
    assert await lines(door) == []


async def test_a_link_that_says_a_round_ahead_is_no_better_than_one_of_today(door: Door) -> None:
    await door.send_invoice()
    invoice = await door.one("select id from invoice where creditor_id = :c", c=door.creditor)
    await revoke(door)
    links = Links([LINK_SECRET], "")
    assert [await opens(door, links.url(Link(invoice, 0, round=round), TODAY)) for round in (0, 1)] == [False, True]
