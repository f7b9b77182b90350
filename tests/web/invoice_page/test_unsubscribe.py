"""No more emails: a mail program's one click and a person's button do the same, once, and fetching does nothing."""

import pytest

from connectors.links import Links
from domain.look import Logo, Look
from facts import looks
from tests.begin import BEGIN
from tests.domain.test_look import png
from tests.web.door import LINK_SECRET, Door, invoice

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def address_of(door: Door, channel: str = "email") -> str:
    """The address in an email that was claimed for the invoice."""
    serial = (await door.delivery(await door.claimed(channel))).serial
    return Links([LINK_SECRET], "").unsubscribe(serial)


async def contact(door: Door, channel: str = "email") -> str:
    """How the debtor's address stands."""
    query = "select p.state from contact_point p join debtor d on d.id = p.debtor_id where d.creditor_id = :c and channel = :w"
    state: str = await door.one(query, c=door.creditor, w=channel)
    return state


async def test_one_click_without_a_cookie_ends_the_emails_and_the_next_channel_takes_over(door: Door) -> None:
    await door.send_invoice()
    address = await address_of(door)
    for _ in range(2):
        clicked = await door.client.post(address, data=ONE_CLICK, headers={"Origin": "https://mail.example"})
        assert (clicked.status_code, "set-cookie" in clicked.headers) == (200, False)
        assert "k•••@example.no" in clicked.text
        assert "kari@" not in clicked.text
    assert (await contact(door), await contact(door, "sms")) == ("opted out", "valid")
    assert await door.news() == ["invoice_changed", "delivery_failed"]
    failed = await door.rows("select state, failure from delivery where creditor_id = :c", c=door.creditor)
    assert [tuple(row) for row in failed] == [("failed", "no more messages there, says who gets them")]


@pytest.mark.parametrize("kind", ["urlencoded", "multipart", "none"])
async def test_however_a_mail_program_writes_it_it_is_understood(door: Door, kind: str) -> None:
    await door.send_invoice()
    address = await address_of(door)
    if kind == "multipart":
        await door.client.post(address, files={"List-Unsubscribe": (None, "One-Click")})
    else:
        await door.client.post(address, data=ONE_CLICK if kind == "urlencoded" else None)
    assert await contact(door) == "opted out"


async def test_a_person_presses_a_button_and_may_take_it_back(door: Door) -> None:
    await door.send_invoice()
    address = await address_of(door)
    for method in ("GET", "HEAD", "GET"):
        asked = await door.client.request(method, address)
        assert asked.status_code == 200
    assert await contact(door) == "valid"
    assert "Ikke send flere e-poster" in asked.text
    pressed = await door.client.post(address)
    assert (pressed.status_code, pressed.headers["location"]) == (303, address)
    assert "Send meg e-post igjen" in (await door.client.get(address)).text
    for _ in range(2):
        await door.client.post(address, data={"again": "yes"})
    assert await contact(door) == "valid"
    await door.client.post(address)
    assert await contact(door) == "opted out"


async def test_an_english_reader_is_asked_in_english(door: Door) -> None:
    await door.send_invoice(debtor=invoice()["debtor"] | {"language": "en"})
    await door.rows("update delivery set language = 'en' where creditor_id = :c returning 1", c=door.creditor)
    address = await address_of(door)
    await door.rows("update delivery set language = 'en' where creditor_id = :c returning 1", c=door.creditor)
    assert "Send no more emails" in (await door.client.get(address)).text


async def test_it_opens_no_invoice_and_no_other_link_ends_emails(door: Door) -> None:
    await door.send_invoice()
    address = await address_of(door)
    token = address.split("/")[2]
    page = await door.link()
    letter = await address_of(door, "letter")
    unknown = Links([LINK_SECRET], "").unsubscribe(2**40)
    stranger = Links(["another-link-secret-of-32-characters-and-more"], "").unsubscribe(1)
    assert (await door.client.get(f"/i/{token}")).status_code == 404
    for wrong in (f"{page}/unsubscribe", letter, unknown, stranger, address.replace(token, token[:-1] + "!")):
        for method in ("GET", "POST"):
            answer = await door.client.request(method, wrong, data=ONE_CLICK if method == "POST" else None)
            assert (answer.status_code, "Lenken virker ikke" in answer.text) == (404, True), wrong
    assert await contact(door) == "valid"


async def test_an_address_that_is_not_written_to_any_more_is_left_as_it_is(door: Door) -> None:
    await door.send_invoice()
    address = await address_of(door)
    await door.rows("update contact_point set state = 'left' where channel = 'email' returning 1")
    assert "Vi skriver ikke til" in (await door.client.get(address)).text
    await door.client.post(address, data={"again": "yes"})
    assert await contact(door) == "left"


async def test_the_page_has_its_creditors_look_and_nobody_elses(door: Door) -> None:
    await door.send_invoice()
    address = await address_of(door)
    neighbour = f"{door.creditor}-neighbour"
    await door.register(neighbour)
    for creditor, colour in ((neighbour, "#7a1fa2"), (door.creditor, "#0b5d3b"), (neighbour, "#7a1fa2")):
        async with door.database.transaction() as connection:
            await looks.put(connection, creditor, Look(colour, Logo("image/png", png())), "kim", "new", BEGIN)
    asked = await door.client.get(address)
    assert ":root { --accent: #0b5d3b; }" in asked.text
    assert '<img class="logo" src="data:image/png;base64,' in asked.text
    assert "img-src data:" in asked.headers["content-security-policy"]
