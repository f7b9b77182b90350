"""A case's card in the creditor's own system: to be read for minutes, in its frames alone, and nothing more."""

from datetime import timedelta

import pytest

from connectors.links import Links
from facts import clock
from facts.database import to_json
from facts.parties.creditors import CreditorDetails
from tests.web.desk.conftest import Desk
from tests.web.desk.test_find import case, send
from tests.web.door import LINK_SECRET
from tests.world import creditor
from web.desk.card import Card, card_token

CRM = "https://crm.acme.example"


async def card_link(desk: Desk, number: str, **more: str) -> dict[str, object]:
    """What the creditor's system is told."""
    answer = await desk.door.client.get(f"/v1/invoices/{number}/card-link", params=more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_card_says_how_the_case_stands_and_leads_to_the_desk(desk: Desk) -> None:
    await send(desk, "2026/1", "K-1", "Kari <script>alert(1)</script> Nordmann")
    told = await card_link(desk, "2026/1", language="en")
    desk.client.cookies.clear()
    page = await desk.get(str(told["url"]))
    assert (page.status_code, told["framed_by"]) == (200, [])
    assert "&lt;script&gt;" in page.text
    assert "NOK 802.00" in page.text
    assert f'href="{case(desk, "2026/1")}" target="_blank" rel="noopener"' in page.text
    assert "<form" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "Gjenstår" in (await desk.get(str((await card_link(desk, "2026/1"))["url"]))).text
    (look,) = await desk.door.rows("select by, detail from desk_audit where creditor_id = :c", c=desk.door.creditor)
    assert tuple(look) == ("a creditor's system", {"where": "card"})


async def test_it_stands_in_the_frames_of_the_systems_that_its_creditor_named_alone(desk: Desk) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann")
    await desk.door.rows(
        "update creditor set card_in = cast(:systems as jsonb) where id = :id returning id",
        systems=to_json([CRM]),
        id=desk.door.creditor,
    )
    told = await card_link(desk, "2026-1")
    page = await desk.get(str(told["url"]))
    assert told["framed_by"] == [CRM]
    assert page.headers["content-security-policy"].endswith(f"frame-ancestors {CRM}")


async def test_what_is_no_address_of_a_card_or_not_any_more_opens_nothing(desk: Desk) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann")
    number = await desk.door.one("select max(id) from dunning_case")
    links = Links([LINK_SECRET], "https://purr.example")
    async with desk.door.database.transaction() as connection:
        now = await clock.now(connection)
    good = card_token(links, Card(number, now + timedelta(minutes=1), "nb"))
    assert (await desk.get(f"/desk/card/{good}")).status_code == 200
    for token in (
        card_token(links, Card(number, now - timedelta(seconds=1), "nb")),
        card_token(links, Card(2**31 - 1, now + timedelta(minutes=1), "nb")),
        card_token(Links(["another-secret-of-32-characters-and-more"], ""), Card(number, now, "nb")),
        links.seal(b"x" * 11, "another purpose"),
        good[:-1],
        f"{good[:-2]}AA",
        "%00",
        "x" * 5_000,
        "1001",
    ):
        assert (await desk.get(f"/desk/card/{token}")).status_code == 404, token
    for name in ("2099-1", "2026-1/"):
        assert (await desk.door.client.get(f"/v1/invoices/{name}/card-link")).status_code == 404
    key = await desk.door.register(f"{desk.door.creditor}-next")
    other = await desk.door.client.get("/v1/invoices/2026-1/card-link", headers={"Authorization": f"Bearer {key}"})
    assert other.status_code == 404


@pytest.mark.parametrize(
    "system",
    [
        "http://crm.example",
        "https://crm.example/",
        "https://*.example",
        "https://a.example; script-src *",
        "*",
        "https://a b",
        "",
    ],
)
def test_a_system_is_named_as_browsers_write_it(system: str) -> None:
    with pytest.raises(ValueError, match="card_in"):
        CreditorDetails.model_validate(creditor().model_dump() | {"card_in": [system]})
