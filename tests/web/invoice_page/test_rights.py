"""Every door behind a link, and how much must be known of whoever comes: a new door joins the table, or this fails.

Whoever has less is asked to prove more; a link that opens nothing opens none of them; and what only fetches changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.responses import Response
from fastapi.routing import APIRoute

from connectors.links import Link
from tests.begin import BEGIN, TODAY
from tests.web.door import Door
from web.invoice_page import cookie
from web.invoice_page.cookie import Pass, Proof
from web.invoice_page.rights import Level

PAPER, LINK, CODE = Level.PAPER, Level.LINK, Level.CODE

TABLE: Mapping[tuple[str, str], Level] = {
    ("GET", ""): PAPER,
    ("HEAD", ""): PAPER,
    ("GET", "/events"): PAPER,
    ("GET", "/changes"): PAPER,
    ("GET", "/account/events"): PAPER,  # tells that something is new, and not what
    ("GET", "/account/changes"): PAPER,
    ("POST", "/seen"): PAPER,
    ("POST", "/look"): PAPER,
    ("GET", "/pay"): PAPER,
    ("POST", "/pay/{method}"): PAPER,
    ("GET", "/pay/{attempt}"): PAPER,
    ("GET", "/content/{piece}/{link}"): PAPER,
    ("POST", "/content/{piece}/{link}"): PAPER,
    ("GET", "/prove"): PAPER,
    ("POST", "/prove"): PAPER,
    ("POST", "/prove/code"): PAPER,
    ("GET", "/prove/bankid"): PAPER,
    ("POST", "/prove/bankid"): PAPER,
    ("POST", "/content/{piece}"): LINK,
    ("GET", "/invoice.pdf"): LINK,
    ("GET", "/letters/{serial}"): LINK,
    ("GET", "/receipt.pdf"): LINK,
    ("GET", "/messages"): LINK,
    ("GET", "/messages/events"): LINK,
    ("GET", "/messages/changes"): LINK,
    ("POST", "/messages"): LINK,
    ("GET", "/files/{name}"): LINK,
    ("GET", "/plan"): LINK,
    ("POST", "/plan"): LINK,
    ("GET", "/plan/review"): LINK,
    ("POST", "/plan/agree"): LINK,
    ("GET", "/plan/help"): LINK,
    ("POST", "/plan/help"): LINK,
    ("GET", "/plan/move"): LINK,
    ("POST", "/plan/move"): LINK,
    ("POST", "/right"): LINK,
    ("GET", "/direct-debit"): LINK,
    ("GET", "/stored"): CODE,
    ("GET", "/stored.json"): CODE,
    ("GET", "/plan/budget"): CODE,
    ("POST", "/plan/budget"): CODE,
    ("POST", "/paid"): LINK,
    ("POST", "/promise"): LINK,
    ("POST", "/more-time"): LINK,
    ("GET", "/disagree"): LINK,
    ("POST", "/disagree"): LINK,
    ("POST", "/danger"): LINK,
    ("POST", "/direct-debit"): LINK,  # CODE where the debtor tells us whose account it is
    ("POST", "/direct-debit/end"): LINK,
    ("POST", "/wishes"): LINK,
    ("POST", "/address"): LINK,
    ("POST", "/address/not-mine"): LINK,
    ("GET", "/adviser"): LINK,
    ("POST", "/adviser"): LINK,
    ("POST", "/adviser/code"): LINK,
    ("POST", "/account"): CODE,
    ("GET", "/account"): CODE,  # where the link did not go to the debtor's own address: else the link is enough
    ("GET", "/account/chosen"): CODE,
    ("GET", "/account.pdf"): CODE,
    ("POST", "/account/pay/{method}"): CODE,
    ("POST", "/not-me"): LINK,  # the last: nothing opens any more
}
"""What each needs, by what stands behind `/i/{key}`."""
STREAMS = ("/events", "/account/events", "/messages/events")  # which do not end by themselves
FORM = {
    "address": "nobody@example.no",
    "asked": "x",
    "channel": "",
    "code": "123456",
    "email": "kari@new.example",
    "helped": "yes",
    "language": "nb",
    "months": "2",
    "number": "1",
    "pay_by": str(TODAY + timedelta(days=3)),
    "to": str(TODAY + timedelta(days=3)),
    "words": "feil",
}


def doors_of(door: Door) -> set[tuple[str, str]]:
    """Every method and address behind a link that the web app answers at."""
    routers = [door.app.router, *(each.original_router for each in door.app.routes if hasattr(each, "original_router"))]
    routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
    return {
        (method, each.path.removeprefix("/i/{key}"))
        for each in routes
        if each.path.startswith("/i/{key}")
        for method in each.methods
    }


def filled(path: str) -> str:
    """The address with something in the place of what it names."""
    return path.format(method="vipps", attempt=uuid4(), piece=1, link=0, name="x", serial=1)


async def known(door: Door, level: Level) -> str:
    """What this browser has of the page of invoice 1001, and of whoever has it, is this much: gives its address."""
    links = door.app.state.services.links
    invoice = await door.one("select id from invoice where creditor_id = :c and number = '1001'", c=door.creditor)
    link = Link(invoice, 0, on_paper=level is PAPER)
    answer, key = Response(), links.name(link)
    proof = Proof(level, BEGIN) if level > LINK else None
    cookie.keep(links, answer, key, Pass(link, TODAY + timedelta(days=1), proof), secure=True)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    door.client.cookies.clear()
    door.client.cookies.set(name, rest.partition(";")[0], domain="purr.example")
    return f"/i/{key}"


async def asks(door: Door, method: str, address: str) -> httpx.Response:
    """A request as a browser makes it."""
    return await door.client.request(method, address, data=FORM if method == "POST" else None)


def is_asked_for_more(answer: httpx.Response) -> bool:
    """Whether somebody is led on to prove more."""
    return answer.status_code == 303 and "/prove?for=" in answer.headers["location"]


async def test_every_door_behind_a_link_is_in_the_table(door: Door) -> None:
    assert doors_of(door) == set(TABLE)


@pytest.mark.parametrize("level", [PAPER, LINK, CODE])
async def test_whoever_is_known_too_little_is_asked_for_more_and_others_are_let_in(door: Door, level: Level) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    here = await known(door, level)
    before = await case_of(door)
    for (method, path), needed in TABLE.items():
        if path in STREAMS or (path.startswith("/prove") and method == "POST"):
            continue
        answer = await asks(door, method, f"{here}{filled(path)}")
        assert is_asked_for_more(answer) == (level < needed), (method, path, answer.status_code)
        assert answer.status_code < 500, (method, path, answer.text)
        if needed > level and method == "POST":
            assert await case_of(door) == before, (method, path)
        before = await case_of(door)


@pytest.mark.parametrize("why", ["wrong", "expired", "taken back", "no cookie", "of another page"])
async def test_what_opens_nothing_opens_no_door(door: Door, why: str) -> None:
    await door.send_invoice()
    here = await known(door, CODE)
    if why == "wrong":
        here = "/i/wrong"
    elif why == "expired":
        links = door.app.state.services.links
        invoice = await door.one("select id from invoice where creditor_id = :c", c=door.creditor)
        here = links.url(Link(invoice, 0), TODAY - timedelta(days=200)).removeprefix("https://purr.example")
    elif why == "taken back":
        body = {"by": "anne", "reason_code": "sent-on", "of": "debtor"}
        assert (await door.client.post("/v1/invoices/1001/links/revoke", json=body)).status_code == 200
    elif why == "no cookie":
        door.client.cookies.clear()
    else:
        ((cookie_name, value),) = door.client.cookies.items()
        door.client.cookies.clear()
        here = f"{here[:-1]}{'A' if here[-1] != 'A' else 'B'}"
        door.client.cookies.set(f"{cookie_name[:-1]}{here[-1]}", value, domain="purr.example")
    before, said = await case_of(door), set()
    for method, path in TABLE:
        answer = await asks(door, method, f"{here}{filled(path)}")
        assert answer.status_code == 404, (method, path, answer.text)
        if method != "HEAD" and "bankid" not in path:
            said.add(answer.text)
    assert len(said) == 1, "and each looks like the others"
    assert await case_of(door) == before


@pytest.mark.parametrize("level", [PAPER, CODE])
async def test_what_only_fetches_changes_nothing(door: Door, level: Level) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    order = {"by": "anne", "reason_code": "mistake", "command": "withdraw"}
    assert (await door.client.post("/v1/invoices/1002/commands", json=order)).status_code == 202
    here = await known(door, level)
    withdrawn = await door.link(number="1002")
    fetched = [f"{here}{filled(path)}" for method, path in TABLE if method == "GET" and path not in STREAMS]
    pages = [withdrawn, f"{here}?lang=en", *(f"{here}?back={look}" for look in (1, 3, 8, 19))]
    for address in (*fetched, *pages, "/i", "/i/", "/i/bankid", "/i/wrong"):
        for method in ("GET", "HEAD"):
            for _ in range(3):  # the database may tidy up by itself just then
                before = await writes(door)
                await door.client.request(method, address)
                if (after := await writes(door)) == before:
                    break
            assert after == before, (method, address)


async def writes(door: Door) -> int:
    """How many transactions have written anything here so far, whichever."""
    return int(await door.one("select pg_snapshot_xmax(pg_current_snapshot())::text"))


async def case_of(door: Door) -> Sequence[Any]:
    """What has happened to the creditor's debtors: their cases' diary, and what they said."""
    query = """select (select count(*) from case_event e join dunning_case c on c.id = e.case_id where c.creditor_id = :c),
      (select count(*) from reply r join debtor d on d.id = r.debtor_id where d.creditor_id = :c),
      (select count(*) from contact_point p join debtor d on d.id = p.debtor_id where d.creditor_id = :c),
      (select count(*) from life_event e join debtor d on d.id = e.debtor_id where d.creditor_id = :c)"""
    return [tuple(row) for row in await door.rows(query, c=door.creditor)]
