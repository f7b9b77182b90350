"""Whoever stands in proves it by a code to where the creditor registered them; a stranger learns nothing, and guesses nothing."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from simulator.emulators.providers import Providers
from tests.begin import BEGIN, turn
from tests.web.conftest import HALLS
from tests.web.door import Door, invoice

PER = {"name": "Per Verge", "email": "per@verge.example", "phone": "+4798765432"}
TOLD = {"by": "anne", "reason_code": "told"}


async def client_of(hall: Door, number: str, who: dict[str, str] | None = PER, **debtor: Any) -> None:
    """A client of an adviser, with an invoice."""
    whom = invoice()["debtor"] | {
        "customer_number": f"K-{number}",
        "name": f"Client {number}",
        "email": f"c{number}@example.no",
        "phone": f"+4791{number:0>6}",
    }
    sent = await hall.send_invoice(number, debtor=whom | debtor, reference=None)
    assert sent.status_code == 201
    stands = {"representative": who} | TOLD
    assert (await hall.client.patch(f"/v1/debtors/K-{number}", json=stands)).status_code == 200


async def ask(hall: Door, address: str = "per@verge.example", number: str = "1001") -> httpx.Response:
    """Ask for a code."""
    return await hall.client.post(f"{await hall.link(number=number)}/adviser", data={"address": address})


async def prove(hall: Door, asked: httpx.Response, code: str, number: str = "1001") -> httpx.Response:
    """Type a code."""
    token = asked.headers["location"].partition("asked=")[2]
    path = f"{await hall.link(number=number)}/adviser/code"
    return await hall.client.post(path, data={"asked": token, "code": code})


def code_in(providers: Providers) -> str:
    """The code of the last message that was sent."""
    found = re.search(r"\d{4} \d{4}", str(providers.log[-1]))
    assert found
    return found[0]


async def inside(hall: Door, providers: Providers, address: str = "per@verge.example", number: str = "1001") -> str:
    """Prove who one is: the address of the page that opens."""
    asked = await ask(hall, address, number)
    opened = await prove(hall, asked, code_in(providers), number)
    assert opened.status_code == 303
    return opened.headers["location"]


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("per@verge.example", "per@verge.example"),
        ("Per@Verge.example ", "per@verge.example"),
        ("987 65 432", "+4798765432"),
    ],
)
async def test_the_code_goes_to_the_registered_address_and_opens_the_clients(
    hall: Door, providers: Providers, address: str, to: str
) -> None:
    await client_of(hall, "1001")
    page = (await hall.client.get(await hall.link())).text
    assert "/adviser" in page
    asked = await ask(hall, address)
    assert asked.status_code == 303
    assert "K-" not in asked.text
    (sent,) = providers.log
    assert to in str(sent)
    assert 'autocomplete="one-time-code"' in (await hall.client.get(asked.headers["location"])).text
    opened = await prove(hall, asked, code_in(providers))
    assert "Client 1001" in (await hall.client.get(opened.headers["location"])).text


async def test_the_answer_is_the_same_whether_an_address_is_known_or_not(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    known, unknown = await ask(hall), await ask(hall, "nobody@example.no")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert len(known.headers["location"]) == len(unknown.headers["location"])
    assert len(providers.log) == 1
    pages = [(await hall.client.get(each.headers["location"])).text for each in (known, unknown)]
    asked = [each.headers["location"].partition("asked=")[2] for each in (known, unknown)]
    assert pages[0].replace(asked[0], "") == pages[1].replace(asked[1], "")
    assert [(await prove(hall, each, "0000 0000")).status_code for each in (known, unknown)] == [404, 404]


async def test_the_debtors_own_address_and_another_creditors_adviser_get_no_code(
    hall: Door, providers: Providers
) -> None:
    await client_of(hall, "1001")
    await client_of(hall, "1002", {"name": "Eva Verge", "email": "eva@verge.example"})
    other = Door(hall.app, hall.client, hall.database, next(HALLS))
    own = hall.client.headers["Authorization"]
    hall.client.headers["Authorization"] = f"Bearer {await other.register(other.creditor)}"
    await client_of(other, "1001", {"name": "Siv Verge", "email": "siv@verge.example"})
    hall.client.headers["Authorization"] = own
    for address in ("c1001@example.no", "siv@verge.example", "", " ", "x" * 150, "\x00"):
        assert (await ask(hall, address)).status_code in (303, 422)
    assert providers.log == []


async def test_a_code_is_good_once(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    asked = await ask(hall)
    assert (await prove(hall, asked, code_in(providers))).status_code == 303
    assert (await prove(hall, asked, code_in(providers))).status_code == 404


async def test_a_code_is_good_for_ten_minutes_and_the_page_for_half_an_hour(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    asked = await ask(hall)
    await turn(hall.database, BEGIN + timedelta(minutes=11))
    assert (await prove(hall, asked, code_in(providers))).status_code == 404
    await turn(hall.database, BEGIN)
    page = await inside(hall, providers)
    await turn(hall.database, BEGIN + timedelta(minutes=31))
    assert (await hall.client.get(page)).status_code == 404


async def test_after_five_wrong_tries_the_right_code_opens_nothing(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    asked, right = await ask(hall), code_in(providers)
    wrong = "0000 0000" if right != "0000 0000" else "1111 1111"
    for _ in range(5):
        assert (await prove(hall, asked, wrong)).status_code == 404
    assert (await prove(hall, asked, right)).status_code == 404


async def test_who_guesses_on_is_sent_away_and_so_is_who_asks_for_many_codes(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    asked = await ask(hall, "nobody@example.no")
    answers = [(await prove(hall, asked, "1")).status_code for _ in range(11)]
    assert answers == [404] * 10 + [429]
    answers = [(await ask(hall)).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    assert len(providers.log) == 5


async def test_a_code_of_one_creditors_link_opens_nothing_at_another(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    asked = await ask(hall)
    other = Door(hall.app, hall.client, hall.database, next(HALLS))
    hall.client.headers["Authorization"] = f"Bearer {await other.register(other.creditor)}"
    await client_of(other, "1001")
    assert (await prove(other, asked, code_in(providers))).status_code == 404


async def test_nothing_that_was_sent_is_kept_in_the_open(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    await ask(hall)
    code = code_in(providers).replace(" ", "")
    rows = await hall.rows("select a::text as all_of_it from adviser_code a")
    assert all(code not in row.all_of_it and "per@" not in row.all_of_it for row in rows)


async def test_a_stop_switch_stops_codes_too(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    await hall.rows(
        """insert into stop_switch (scope, key, creditor_id, by, reason_code, happened_at)
        values ('creditor', :creditor, :creditor, 'anne', 'faulty', :now) returning id""",
        creditor=hall.creditor,
        now=BEGIN,
    )
    assert (await ask(hall)).status_code == 303
    assert providers.log == []
