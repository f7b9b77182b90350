"""Every error is a problem that says what to do."""

import json

import pytest

from tests.web.door import Door, invoice


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/invoices/none", 404),
        ("DELETE", "/v1/invoices", 405),
        ("GET", "/v1/", 404),
    ],
)
async def test_every_error_is_a_problem(door: Door, method: str, path: str, status: int) -> None:
    answer = await door.client.request(method, path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"].startswith("urn:purr:problem:")
    assert problem["title"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"number": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1}',
        json.dumps(invoice("a\0b")).encode(),
        json.dumps(invoice("\ud800")).encode(),
        json.dumps(invoice("\u202e1")).encode(),
        json.dumps(invoice(amount="9" * 400)).encode(),
        json.dumps(invoice(amount=float("inf"))).encode(),
        json.dumps(invoice(due_date="0000-00-00")).encode(),
        json.dumps(invoice(reference="1\n2")).encode(),
    ],
)
async def test_nonsense_is_refused_and_never_an_error_of_ours(door: Door, body: bytes) -> None:
    answer = await door.client.post("/v1/invoices", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5000, "%2e%2e", "😀"])
async def test_an_odd_invoice_number_in_the_address_is_no_error_of_ours(door: Door, number: str) -> None:
    assert (await door.client.get(f"/v1/invoices/{number}")).status_code in (404, 422)
