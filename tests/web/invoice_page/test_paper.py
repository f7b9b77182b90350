"""From paper to the invoice page: a short address and a code that a person can type."""

import re
from datetime import timedelta

import pytest

from connectors.links import VALID_DAYS
from facts.deliveries import paper_codes
from tests.web.door import TODAY, Door, clean


async def printed(door: Door, code: str, *, good_for: int = VALID_DAYS) -> None:
    """A letter about the door's invoice carries the code."""
    delivery = await door.claimed("letter")
    (row,) = await door.rows("select id from invoice where creditor_id = :c", c=door.creditor)
    async with door.database.transaction() as connection:
        await paper_codes.keep(connection, code, delivery, row.id, TODAY + timedelta(days=good_for))


async def test_the_code_opens_the_invoice_however_it_is_typed(door: Door) -> None:
    await door.send_invoice()
    code = paper_codes.new()
    await printed(door, code)
    for typed in (paper_codes.written(code), code.lower(), f" {code[:5]} {code[5:]} "):
        answer = await door.client.post("/i", data={"code": typed})
        page = await door.client.get(answer.headers["location"])
        assert "802,00 kr" in page.text


async def test_whoever_typed_the_code_reads_and_pays_and_is_asked_for_more_before_the_rest(door: Door) -> None:
    await door.send_invoice(buyer_reference="Kari Nordmann")
    code = paper_codes.new()
    await printed(door, code)
    link = (await door.client.post("/i", data={"code": code})).headers["location"].removeprefix("https://purr.example")
    here = clean(link)
    shown = await door.client.get(link)
    assert "802,00 kr" in shown.text
    assert "Nordmann" not in shown.text
    forms = set(re.findall(r'<form[^>]* action="([^"]*)"', shown.text))
    assert forms <= {f"{here}/seen", f"{here}/pay/vipps", f"{here}/pay/stripe"}
    assert f'href="{here}/prove"' in shown.text
    assert (await door.client.post(f"{here}/seen")).status_code == 204
    for form in ("disagree", "not-me", "promise", "plan", "address", "wishes", "danger", "direct-debit"):
        fields = {"words": "x", "pay_by": str(TODAY), "months": "2", "language": "nb"}
        asked = await door.client.post(f"{here}/{form}", data=fields)
        assert (asked.status_code, asked.headers["location"]) == (303, f"{here}/prove?for="), form
    for paper in ("invoice.pdf", "account", "account.pdf"):
        assert (await door.client.get(f"{here}/{paper}")).headers["location"] == f"{here}/prove?for="


async def test_the_short_address_asks_for_the_code_in_both_languages(door: Door) -> None:
    for address in ("/i", "/i/"):
        page = (await door.client.get(address)).text
        assert "Koden fra brevet" in page
        assert 'lang="en"' in page


@pytest.mark.parametrize(
    ("asked", "language", "heading"),
    [
        ("nn-NO,nn;q=0.9,en;q=0.8", "nn", "Koden frå brevet"),
        ("en-GB,en;q=0.9", "nb", "Koden fra brevet"),
        ("xx," * 5000, "nb", "Koden fra brevet"),
        ("*;q=ø,,;", "nb", "Koden fra brevet"),
    ],
)
async def test_whoever_we_do_not_know_is_asked_in_the_language_of_their_browser(
    door: Door, asked: str, language: str, heading: str
) -> None:
    page = (await door.client.get("/i", headers={"accept-language": asked.encode()})).text
    assert f'<html lang="{language}">' in page
    assert heading in page
    assert 'lang="en"' in page


@pytest.mark.parametrize("typed", ["HK7M2-QW9RU", "", "'; drop table paper_code; --", "A" * 5000, "\x00", "١٢٣"])
async def test_any_other_code_opens_nothing(door: Door, typed: str) -> None:
    answer = await door.client.post("/i", data={"code": typed})
    assert answer.status_code in (404, 422)
    assert "802,00 kr" not in answer.text


async def test_a_code_expires_as_links_do(door: Door) -> None:
    await door.send_invoice()
    code = paper_codes.new()
    await printed(door, code, good_for=-1)
    assert (await door.client.post("/i", data={"code": code})).status_code == 404


async def test_who_guesses_is_stopped_even_when_a_guess_is_right(door: Door) -> None:
    await door.send_invoice()
    code = paper_codes.new()
    await printed(door, code)
    for _ in range(10):
        assert (await door.client.post("/i", data={"code": paper_codes.new()})).status_code == 404
    assert (await door.client.post("/i", data={"code": code})).status_code == 429


async def test_one_code_opens_so_often_in_an_hour_wherever_it_is_typed(door: Door) -> None:
    await door.send_invoice()
    code = paper_codes.new()
    await printed(door, code)
    statuses = [(await door.client.post("/i", data={"code": code})).status_code for _ in range(21)]
    assert statuses == [303] * 20 + [429]
