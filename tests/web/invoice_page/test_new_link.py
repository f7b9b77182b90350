"""Whoever has a link that opens nothing gets another, at an address that is known, and learns nothing else."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from config.files import read_laws
from connectors.links import Link, Links
from planning.service import Planning
from simulator.emulators.providers import Providers
from tests.begin import BEGIN, TODAY, turn
from tests.web.door import LINK_SECRET, Door, clean, invoice

LINKS = Links([LINK_SECRET], "")


async def ask(hall: Door, address: str, old: str = "") -> str:
    """Ask for a new link: gives the page that answers."""
    answer = await hall.client.post("/i/new-link", data={"address": address, "old": old})
    assert answer.status_code == 200
    return answer.text


def sent(providers: Providers) -> list[str]:
    """The links in all that was sent, each once."""
    return list(dict.fromkeys(re.findall(r"https://purr\.example(/i/[\w-]+)", str(providers.log))))


def kari(hall: Door, **changes: str) -> dict[str, Any]:
    """A debtor whom no other creditor here knows."""
    number = hall.creditor[1:]
    return invoice()["debtor"] | {"email": f"kari@{hall.creditor}.example", "phone": f"+4740000{number:0>3}"} | changes


async def bad_links(hall: Door) -> dict[str, str]:
    """Links that open nothing, each in its way."""
    number = await hall.one("select id from invoice where creditor_id = :c and number = '1001'", c=hall.creditor)
    taken_back = await hall.link()
    body = {"by": "anne", "reason_code": "sent-on"}
    assert (await hall.client.post("/v1/invoices/1001/links/revoke", json=body)).status_code == 200
    return {
        "taken back": taken_back,
        "expired": LINKS.url(Link(number, 0, round=1), TODAY - timedelta(days=200)),
        "wrong": f"{taken_back[:-1]}{'A' if taken_back[-1] != 'A' else 'B'}",
        "no link": "/i/nothing-that-we-ever-made",
        "of a page whose cookie is gone": clean(taken_back),
    }


async def test_links_that_open_nothing_look_alike_and_take_as_long(hall: Door) -> None:
    await hall.send_invoice(debtor=kari(hall))
    links = await bad_links(hall)
    pages: dict[str, str] = {}
    took: dict[str, list[float]] = {why: [] for why in links}
    for _ in range(20):  # in turn: what the machine does meanwhile falls on all of them
        for why, link in links.items():
            hall.client.cookies.clear()
            began = perf_counter()
            answer = await hall.client.get(link)
            took[why].append(perf_counter() - began)
            assert answer.status_code == 404
            pages[why] = answer.text.replace(link.removeprefix("/i/"), "…")
    assert len(set(pages.values())) == 1
    quickest = {why: min(times) for why, times in took.items()}  # what each costs where nothing else disturbs it
    assert max(quickest.values()) < 3 * min(quickest.values()), quickest


@pytest.mark.parametrize("address", ["kari@{0}.example", " KARI@{0}.EXAMPLE ", "+47 400 00 {1}", "40000{1}"])
async def test_a_new_link_goes_to_the_address_that_is_known_and_opens(
    hall: Door, providers: Providers, address: str
) -> None:
    await hall.send_invoice(debtor=kari(hall))
    for link in (await bad_links(hall)).values():
        old = link.removeprefix("/i/")
        assert f'name="old" value="{old}"' in (await hall.client.get(link)).text
    assert "er en ny lenke på vei dit" in await ask(hall, address.format(hall.creditor, f"{hall.creditor[1:]:0>3}"))
    (link,) = sent(providers)
    assert (await hall.client.get(link)).status_code == 200


@pytest.mark.parametrize(
    ("senders", "house", "came_from"),
    [
        ({"FI": {"name": "ACME", "status": "registered"}}, True, "ACME"),
        ({"FI": {"name": "ACME", "status": "pending"}}, True, "the house"),
        ({"FI": {"name": "ACME", "status": "pending"}}, False, None),
    ],
)
async def test_a_new_link_by_sms_comes_from_what_may_be_sent_as_there(
    hall: Door, providers: Providers, senders: dict[str, Any], house: bool, came_from: str | None
) -> None:
    phone = f"+3584000{hall.creditor[1:]:0>5}"
    await hall.send_invoice(debtor=kari(hall, phone=phone))
    await hall.rows(
        "update creditor set sms_senders = cast(:senders as jsonb) where id = :c returning 1",
        senders=json.dumps(senders),
        c=hall.creditor,
    )
    services = hall.app.state.services
    if not house:
        hall.app.state.services = replace(services, planning=Planning(read_laws(), ""))
    await ask(hall, phone)
    expected = [providers.twilio_number if came_from == "the house" else came_from] if came_from else []
    assert [each.sender for each in providers.messages.values()] == expected


async def test_nobody_learns_whether_an_address_is_known(hall: Door, providers: Providers) -> None:
    await hall.send_invoice(debtor=kari(hall))
    known = await ask(hall, kari(hall)["email"])
    for stranger in ("nobody@nowhere.example", "", "x", "\0", "+4740999999", "nobody@nowhere.example'; --"):
        assert await ask(hall, stranger) == known
    assert len(sent(providers)) == 1


async def test_an_old_link_of_ours_is_replaced_by_one_of_its_own_invoice(hall: Door, providers: Providers) -> None:
    await hall.send_invoice(debtor=kari(hall))
    await hall.send_invoice("1002", debtor=kari(hall), due_date=str(TODAY + timedelta(days=30)))
    old = await hall.link(number="1002")
    await ask(hall, kari(hall)["email"], old.removeprefix("/i/"))
    await ask(hall, kari(hall)["email"])
    assert [clean(link) for link in sent(providers)] == [clean(old), clean(await hall.link())]


async def test_no_link_goes_to_an_address_that_is_not_surely_the_debtors(hall: Door, providers: Providers) -> None:
    await hall.send_invoice(debtor=kari(hall))
    await hall.rows(
        """update contact_point set confirmed_at = :now where debtor_id in (select id from debtor where creditor_id = :c)
        returning 1""",
        now=BEGIN,
        c=hall.creditor,
    )
    await ask(hall, kari(hall)["email"])
    assert sent(providers) == []


async def test_few_links_go_to_one_address_and_few_are_asked_for_from_one_place(
    hall: Door, providers: Providers
) -> None:
    await hall.send_invoice(debtor=kari(hall, email="often@example.no"))
    for _ in range(5):
        await ask(hall, "often@example.no")
    assert sum("Ny lenke" in str(each) for each in providers.log) == 3
    statuses = {(await hall.client.post("/i/new-link", data={"address": "x"})).status_code for _ in range(6)}
    assert statuses == {200, 429}
    await turn(hall.database)
