"""The link is the authority for every door of the page, and its cookie after it: without a good one none of them opens."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from connectors.links import Link, Links
from tests.begin import TODAY
from tests.web.door import LINK_SECRET, Door, clean
from web.app import create_app
from web.invoice_page import arrange, page, pay, seen, tell_us

FORMS = {"pay_by": str(TODAY), "months": "2", "words": "I do not agree"}


async def test_a_link_that_is_wrong_old_or_of_no_invoice_opens_no_door_of_the_page(door: Door) -> None:
    links = Links([LINK_SECRET], "")
    old, of_nothing = links.url(Link(1, 0), TODAY - timedelta(days=200)), links.url(Link(999_999_999, 0), TODAY)
    doors = [(method, path) for method, path in _doors() if method != "HEAD"]
    assert len(doors) > 5
    for token in ("wrong", old.removeprefix("/i/"), of_nothing.removeprefix("/i/")):
        for method, path in doors:
            address = path.format(key=token, method="vipps", attempt=uuid4())
            answer = await door.client.request(method, address, data=FORMS if method == "POST" else None)
            assert answer.status_code == 404, (method, path, answer.text)
            assert "Lenken virker ikke" in answer.text


async def test_a_link_gives_the_browser_a_cookie_and_the_page_a_clean_address(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    opened = await door.client.get(link)
    (cookie,) = opened.headers.get_list("set-cookie")
    name, _, rest = cookie.partition("=")
    key = clean(link).removeprefix("/i/")
    assert name == f"__Host-i-{key}"
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=2592000"):
        assert part in rest
    assert f'data-here="/i/{key}"' in opened.text
    assert link not in opened.text, "no form, link or picture of the page tells the token"
    again = await door.client.get(f"/i/{key}")
    assert again.status_code == 200
    assert "noscript data-here" not in again.text, "the address is clean already"
    said = await door.client.post(f"/i/{key}/disagree", data={"words": "feil"})
    assert (said.status_code, said.headers["location"]) == (303, f"/i/{key}#disagree")


async def test_the_clean_address_opens_nothing_without_its_cookie_and_with_another_ones(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    first, second = await door.link(), await door.link(number="1002")
    await door.client.get(first)
    ((_, sealed),) = door.client.cookies.items()
    for cookies in ({}, {f"__Host-i-{clean(second)[3:]}": sealed}, {f"__Host-i-{clean(second)[3:]}": "x" * 90}):
        door.client.cookies.clear()
        for name, value in cookies.items():
            door.client.cookies.set(name, value, domain="purr.example")
        assert (await door.client.get(clean(second))).status_code == 404
        assert (await door.client.post(f"{clean(second)}/disagree", data={"words": "x"})).status_code == 404


async def test_two_invoices_in_two_tabs_stay_apart(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002")
    tabs = {number: clean(await door.link(number=number)) for number in ("1001", "1002")}
    for number in tabs:
        await door.client.get(await door.link(number=number))
    for number, tab in tabs.items():
        assert f"Faktura {number}" in (await door.client.get(tab)).text
    await door.client.post(f"{tabs['1001']}/disagree", data={"words": "feil"})
    assert await disputed(door) == ["1001"]


async def test_only_the_page_itself_gives_the_cookie(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    for method, address in (("HEAD", link), ("POST", f"{link}/seen"), ("GET", f"{link}/adviser")):
        assert "set-cookie" not in (await door.client.request(method, address)).headers, method
    assert "set-cookie" not in (await door.client.get("/i/wrong")).headers


async def test_a_link_is_not_burnt_by_the_first_who_follows_it(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    for _ in range(3):
        door.client.cookies.clear()
        assert (await door.client.get(link)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),  # our pages send no referrer
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://purr.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://purr.example.evil.example"}, False),
        ({"Origin": "http://purr.example"}, False),
    ],
)
async def test_a_form_of_another_site_does_nothing_and_shows_the_page(
    door: Door, headers: dict[str, str], taken: bool
) -> None:
    await door.send_invoice()
    await door.client.get(await door.link())
    here = clean(await door.link())
    answer = await door.client.post(f"{here}/disagree", data={"words": "feil"}, headers=headers)
    assert answer.headers["location"] == (f"{here}#disagree" if taken else here)
    assert await disputed(door) == (["1001"] if taken else [])


async def test_where_nothing_is_encrypted_the_cookie_works_under_a_plain_name(door: Door) -> None:
    settings = door.app.state.services.settings.model_copy(update={"public_url": "http://127.0.0.1:8000"})
    await door.send_invoice()
    app = create_app(settings, door.database, {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as browser:
        opened = await browser.get(await door.link())
        assert opened.headers["set-cookie"].startswith("i-")
        assert "Secure" not in opened.headers["set-cookie"]
        assert (await browser.get(clean(await door.link()))).status_code == 200


async def disputed(door: Door) -> list[str]:
    """The numbers of the invoices that somebody disagreed with."""
    query = """select i.number from dispute x join dunning_case c on c.id = x.case_id join invoice i on i.id = c.invoice_id
        where i.creditor_id = :creditor"""
    return [row.number for row in await door.rows(query, creditor=door.creditor)]


def _doors() -> list[tuple[str, str]]:
    routes = [route for module in (page, pay, arrange, tell_us, seen) for route in module.router.routes]
    return [(method, route.path) for route in routes if isinstance(route, APIRoute) for method in sorted(route.methods)]


async def test_a_page_opens_wherever_its_debtor_lives_though_nobody_knows_the_law_there(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    for country in ("FI", "ES", "US"):
        moved = {"country": country, "by": "anne", "reason_code": "called"}
        assert (await door.client.patch("/v1/debtors/K-1", json=moved)).status_code == 200
        page = await door.client.get(link)
        assert (page.status_code, "802" in page.text) == (200, True), country
        assert (await door.client.get("/v1/debtors/K-1/statement")).status_code == 200
