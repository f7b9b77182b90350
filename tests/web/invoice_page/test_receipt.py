"""The receipt: what was paid, when and how, on the page and as a letter to keep."""

from io import BytesIO

from pypdf import PdfReader

from tests.web.door import Door


async def test_a_paid_invoice_has_a_receipt_to_keep(door: Door) -> None:
    await door.send_invoice()
    await door.pay("p-1", amount="300.00")
    await door.pay("p-2", amount="502.00")
    link = await door.link()
    page = (await door.client.get(link)).text
    for said in ("Kvittering", "300,00 kr", "502,00 kr", "802,00 kr"):
        assert said in page
    got = await door.client.get(f"{link}/receipt.pdf")
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(got.content)).pages).replace("\xa0", " ")
    assert "802,00" in words
    assert "kvitteringen din" in words


async def test_what_is_not_paid_or_was_sent_back_has_none(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    assert (await door.client.get(f"{link}/receipt.pdf")).status_code == 404
    await door.pay("p-1", amount="300.00")
    assert "Kvittering" not in (await door.client.get(link)).text
    assert (await door.client.get(f"{link}/receipt.pdf")).status_code == 404
    await door.pay("p-2", amount="502.00")
