"""Whoever stands in sees their own clients of one creditor, and asks for each; it is recorded as theirs."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.links import Link
from simulator.emulators.providers import Providers
from tests.begin import TODAY
from tests.web.adviser_page.test_prove import PER, TOLD, client_of, inside
from tests.web.door import Door, invoice


async def page_of(door: Door, here: str, client: str) -> str:
    """The address of one client's page."""
    listed = (await door.client.get(here)).text
    return next(part.partition('"')[0] for part in listed.split('href="') if f">{client}</a>" in part)


async def asks(door: Door, page: str, what: str, **given: Any) -> str:
    """Ask for something: what came of it."""
    answer = await door.client.post(f"{page}/{what}", data=given)
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[2]


async def test_the_clients_are_those_of_this_creditor_and_this_address_alone(hall: Door, providers: Providers) -> None:
    for number in ("1001", "1002"):
        await client_of(hall, number)
    await client_of(hall, "1003", {"name": "Per Verge", "email": "another@verge.example"})
    here = await inside(hall, providers)
    listed = (await hall.client.get(here)).text
    assert ("Client 1001" in listed, "Client 1002" in listed, "Client 1003" in listed) == (True, True, False)
    assert "802,00" in listed
    page = (await hall.client.get(await page_of(hall, here, "Client 1002"))).text
    assert "Client 1001" not in page
    link = page.partition("https://purr.example/i/")[2].partition('"')[0]
    assert "1002" in (await hall.client.get(f"/i/{link}")).text


@pytest.mark.parametrize(
    ("what", "given", "kept"),
    [
        ("pause", {}, "select by from life_event where kind = 'pause'"),
        ("no-contact", {}, "select by from life_event where kind = 'no calls'"),
        ("promise", {"invoice": "1001", "pay_by": str(TODAY.replace(day=TODAY.day))}, None),
        ("plan", {"invoice": "1001", "months": "2"}, "select by from instalment_plan"),
        ("more-time", {"invoice": "1001", "words": "venter på Nav"}, "select by from hold"),
        ("objection", {"invoice": "1001", "words": "er ikke levert"}, "select by from dispute"),
    ],
)
async def test_what_is_asked_for_is_recorded_as_the_advisers(
    hall: Door, providers: Providers, what: str, given: dict[str, str], kept: str | None
) -> None:
    await client_of(hall, "1001")
    here = await inside(hall, providers)
    page = await page_of(hall, here, "Client 1001")
    if what == "promise":
        shown = (await hall.client.get(page)).text
        given = given | {"pay_by": shown.partition('max="')[2][:10]}
        kept = "select by from promise"
    assert (await asks(hall, page, what, **given)).startswith("done=")
    assert kept
    concerned = f"{kept}{' and' if 'where' in kept else ' where'}"
    scope = (
        "debtor_id in (select id from debtor where creditor_id = :creditor)"
        if "life_event" in kept
        else "case_id in (select id from dunning_case where creditor_id = :creditor)"
    )
    assert [row.by for row in await hall.rows(f"{concerned} {scope}", creditor=hall.creditor)] == ["adviser"]
    assert "Takk" in (await hall.client.get(f"{page}?done={what.replace('-', ' ')}")).text


async def link_to(hall: Door, number: str, addressee: str | None) -> str:
    """The page behind the link of a message about an invoice, as it went to whoever stands in, or to the debtor."""
    return await hall.link(await hall.claimed(number=number, addressee=addressee), number)


ON_THE_PAGE: list[tuple[str, dict[str, str], str]] = [
    ("promise", {"pay_by": str(TODAY + timedelta(days=6))}, "select by from promise where case_id = :case"),
    ("plan/agree", {"choice": "2", "once": "1"}, "select by from instalment_plan where case_id = :case"),
    ("more-time", {"words": "venter på Nav"}, "select by from hold where case_id = :case"),
    ("disagree", {"words": "er ikke levert"}, "select by from dispute where case_id = :case"),
    ("paid", {"words": "i går"}, "select said_by as by from reply where case_id = :case"),
    ("not-me", {}, "select said_by as by from reply where case_id = :case"),
    ("address", {"email": "ny@example.no"}, "select said_by as by from reply where case_id = :case"),
    (
        "wishes",
        {"language": "en"},
        "select by from life_event e join dunning_case c on c.debtor_id = e.debtor_id where c.id = :case and e.kind = 'language'",
    ),
]


@pytest.mark.parametrize(("what", "given", "kept"), ON_THE_PAGE, ids=[what for what, *_ in ON_THE_PAGE])
async def test_what_comes_by_the_link_of_a_message_is_the_word_of_whom_the_message_went_to(
    hall: Door, what: str, given: dict[str, str], kept: str
) -> None:
    for number, addressee in (("1001", "guardian"), ("1002", None)):
        await client_of(hall, number)
        answer = await hall.client.post(f"{await link_to(hall, number, addressee)}/{what}", data=given)
        assert "problem" not in answer.headers["location"]
        case = await hall.one(
            "select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :c and number = :n",
            c=hall.creditor,
            n=number,
        )
        assert [row.by or "debtor" for row in await hall.rows(kept, case=case)] == [addressee or "debtor"]


async def test_a_link_from_the_advisers_own_page_is_the_advisers_and_that_of_a_statement_its_receivers(
    hall: Door, providers: Providers
) -> None:
    await client_of(hall, "1001")
    page = (await hall.client.get(await page_of(hall, await inside(hall, providers), "Client 1001"))).text
    link = page.partition("https://purr.example")[2].partition('"')[0]
    await hall.client.post(f"{link}/disagree", data={"words": "er ikke levert"})
    by = "select by from dispute where case_id in (select id from dunning_case where creditor_id = :c)"
    assert [row.by for row in await hall.rows(by, c=hall.creditor)] == ["adviser"]
    await hall.send_invoice(
        "1001-b", reference=None, debtor=invoice()["debtor"] | {"customer_number": "K-1001", "name": "Client 1001"}
    )
    delivery = await link_to(hall, "1001", "adviser")
    serial = hall.app.state.services.links.read(delivery.rpartition("/")[2], TODAY).delivery
    other = await hall.one("select id from invoice where creditor_id = :c and number = '1001-b'", c=hall.creditor)
    listed = hall.app.state.services.links.url(Link(other, serial), TODAY).removeprefix("https://purr.example")
    await hall.client.post(f"{listed}/disagree", data={"words": "heller ikke"})
    assert [row.by for row in await hall.rows(by, c=hall.creditor)] == ["adviser", "adviser"]


async def test_a_minors_guardian_asks_as_the_guardian_and_an_estates_contact_agrees_on_nothing(
    hall: Door, providers: Providers
) -> None:
    await client_of(hall, "1001")
    await hall.client.patch("/v1/debtors/K-1001", json={"stop_reason": "minor"} | TOLD)
    page = await page_of(hall, await inside(hall, providers), "Client 1001")
    assert await asks(hall, page, "pause") == "done=pause"
    assert await hall.one("select by from life_event where kind = 'pause' and by <> 'adviser'") == "guardian"
    await hall.client.patch("/v1/debtors/K-1001", json={"stop_reason": "deceased", "estate": PER} | TOLD)
    for what, given in (("pause", {}), ("plan", {"invoice": "1001", "months": "2"}), ("no-contact", {})):
        assert (await asks(hall, page, what, **given)).startswith("problem=")
    assert (await asks(hall, page, "objection", invoice="1001", words="uenig")).startswith("done=")
    assert (
        await hall.one(
            "select by from dispute where case_id in (select id from dunning_case where creditor_id = :c)",
            c=hall.creditor,
        )
        == "estate"
    )


async def test_who_stands_in_no_more_loses_the_door_at_once(hall: Door, providers: Providers) -> None:
    for number in ("1001", "1002"):
        await client_of(hall, number)
    here = await inside(hall, providers)
    first, second = [await page_of(hall, here, f"Client {number}") for number in ("1001", "1002")]
    await hall.client.patch("/v1/debtors/K-1001", json={"representative": None} | TOLD)
    assert (await hall.client.get(first)).status_code == 404
    assert (await hall.client.post(f"{first}/pause")).status_code == 404
    assert (await hall.client.get(second)).status_code == 200
    someone = {"name": "Eva Verge", "email": "eva@verge.example"}
    await hall.client.patch("/v1/debtors/K-1002", json={"representative": someone} | TOLD)
    assert (await hall.client.get(second)).status_code == 404
    assert (await hall.client.get(here)).status_code == 404


async def test_pauses_are_as_many_as_the_policy_gives_and_one_at_a_time(hall: Door, providers: Providers) -> None:
    await client_of(hall, "1001")
    page = await page_of(hall, await inside(hall, providers), "Client 1001")
    for _ in range(3):
        assert await asks(hall, page, "pause") == "done=pause"
        assert await asks(hall, page, "pause") == "problem=pause"
        await hall.client.patch("/v1/debtors/K-1001", json={"paused_until": None} | TOLD)
    assert await asks(hall, page, "pause") == "problem=pause"


async def test_another_clients_invoice_and_another_sessions_names_open_nothing(
    hall: Door, providers: Providers
) -> None:
    await client_of(hall, "1001")
    await client_of(hall, "1002", {"name": "Eva Verge", "email": "eva@verge.example"})
    mine = await inside(hall, providers)
    page = await page_of(hall, mine, "Client 1001")
    for what, given in (
        ("more-time", {"words": "hei"}),
        ("plan", {"months": "2"}),
        ("promise", {"pay_by": str(TODAY)}),
    ):
        assert (await asks(hall, page, what, invoice="1002", **given)).startswith("problem=")
    theirs = await inside(hall, providers, "eva@verge.example", "1002")
    name = page.rpartition("/")[2]
    assert (await hall.client.get(f"{theirs}/{name}")).status_code == 404
    assert (await hall.client.get("/a/nothing")).status_code == 404
