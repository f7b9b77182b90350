"""The invoice's own PDF on its page: behind the same link, a file to keep and never a page."""

import base64

from connectors.links import Link, Links
from tests.begin import TODAY
from tests.web.door import LINK_SECRET, Door, clean

PDF = b"%PDF-1.7 <script>alert(1)</script>"


async def test_the_pdf_is_downloaded_from_the_page_and_opens_nowhere(door: Door) -> None:
    sent = await door.send_invoice("A/1 Ø", pdf=base64.b64encode(PDF).decode())
    assert sent.status_code == 201, sent.text
    link = await door.link(number="A/1 Ø")
    assert f'href="{clean(link)}/invoice.pdf"' in (await door.client.get(link)).text
    got = await door.client.get(f"{link}/invoice.pdf")
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"] == 'attachment; filename="faktura-A-1-.pdf"'
    assert "sandbox" in got.headers["content-security-policy"]
    assert (got.headers["x-content-type-options"], got.headers["cache-control"]) == ("nosniff", "no-store")


async def test_an_invoice_without_one_shows_no_link_and_a_bad_link_opens_none(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert "invoice.pdf" not in (await door.client.get(link)).text
    assert (await door.client.get(f"{link}/invoice.pdf")).status_code == 404
    assert (await door.client.get(f"{link}x/invoice.pdf")).status_code == 404
    nobody = Links([LINK_SECRET], "https://purr.example").url(Link(10**6, 0), TODAY)
    assert (await door.client.get(nobody.removeprefix("https://purr.example") + "/invoice.pdf")).status_code == 404


async def test_who_told_that_it_is_not_theirs_gets_no_pdf(door: Door) -> None:
    await door.send_invoice(pdf=base64.b64encode(PDF).decode())
    link = await door.link(await door.claimed())
    await door.client.post(f"{link}/not-me")
    got = await door.client.get(f"{link}/invoice.pdf")
    assert PDF not in got.content


async def test_what_is_no_pdf_is_refused_by_its_field(door: Door) -> None:
    answer = await door.send_invoice(pdf=base64.b64encode(b"<html>").decode())
    assert answer.status_code == 422
    assert "pdf" in answer.text
