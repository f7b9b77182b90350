"""Every error is a problem that says what to do."""

import json
import re
from string import ascii_letters, digits
from typing import Any

import orjson
import pytest

from domain.invoices.incoming import OF_AN_INVOICE
from tests.web.door import Door, day, invoice, paid


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


HIDDEN = [
    "\u2066Kari\u2069",
    "Kari\u2068",
    "Kari\u206a",
    "Kari\U000e0041",
    "\U000e007f",
    "\U0001f3f4\U000e0067\U000e007f",
]


@pytest.mark.parametrize("text", HIDDEN)
async def test_a_text_that_reads_otherwise_than_it_is_stored_is_refused_by_its_field(door: Door, text: str) -> None:
    debtor = invoice()["debtor"]
    for field, given in (
        ("debtor.name", {"debtor": debtor | {"name": text}}),
        ("debtor.city", {"debtor": debtor | {"city": text}}),
        ("number", {"number": text}),
        ("reference", {"reference": text}),
        ("lines.0.text", {"lines": [{"text": text, "amount": "802.00"}]}),
    ):
        answer = await door.client.post("/v1/invoices", json=invoice() | given)
        assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [field])
    for field in ("payer_name", "text", "id"):
        assert (await door.client.post("/v1/payments", json=paid() | {field: text})).status_code == 422


async def test_a_name_with_joiners_and_marks_of_its_script_is_a_name(door: Door) -> None:
    names = ["\u0646\u0645\u06cc\u200c\u062e\u0648", "क्\u200dष", "👩\u200d🔧 Verksted", "Zoë\u0301", "\u200fדנה"]
    for number, name in enumerate(names):
        answer = await door.send_invoice(
            f"n-{number}", debtor=invoice()["debtor"] | {"name": name, "customer_number": name}
        )
        assert answer.status_code == 201, answer.text


def _behind_a_number(door: Door) -> set[str]:
    """The words that the API's addresses have behind an invoice's number."""
    paths = (
        path.partition("{number}/")[2] for path in door.app.openapi()["paths"] if path.startswith("/v1/invoices/{")
    )
    return {word for path in paths for word in path.split("/") if word}


async def test_an_invoice_number_that_reads_as_a_part_of_another_invoice_is_refused(door: Door) -> None:
    assert _behind_a_number(door) == OF_AN_INVOICE
    for word in sorted(OF_AN_INVOICE):
        answer = await door.send_invoice(f"a/{word}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "number")
        line = await door.client.post("/v1/invoices/bulk", content=orjson.dumps(invoice(f"a/{word}")))
        assert line.json()["status"] == 422
        assert (await door.send_invoice(word)).status_code == 201  # alone it is a number like any other
        assert (await door.client.get(f"/v1/invoices/{word}")).json()["number"] == word
    for number in (
        "a%2Fplan",
        "a%2fplan",
        "a/",
        "/a",
        "a//plan",
        "a/./plan",
        "a/plan/",
        "a\\plan",
        "b/a/plan",
        "a/plan?x",
    ):
        assert (await door.send_invoice(number)).status_code == 422
    for number in ("2026/1042", "a/plan/1", "plan/a", "a/PLAN"):
        assert (await door.send_invoice(number)).status_code == 201
        assert (await door.client.get(f"/v1/invoices/{number}")).json()["number"] == number


@pytest.mark.parametrize("named", ["id", "number"])
async def test_an_organisation_number_that_equals_anothers_id_tells_nobody_anything(door: Door, named: str) -> None:
    number = str(913000000 + int(door.creditor[1:]))
    await door.register(number)  # another creditor, whose id is our number
    await door.rows(
        "update creditor set organisation_number = :o where id = :c returning id", o=number, c=door.creditor
    )
    ours = await door.send_invoice("o-1", creditor=door.creditor if named == "id" else number)
    assert ours.status_code == 201  # our own number names us, whoever else has it as an id
    others = [await door.send_invoice("o-2", creditor=name) for name in ("nobody-at-all", "c999999", number + "0")]
    assert {answer.status_code for answer in others} == {422}
    assert {answer.json()["type"] for answer in others} == {"urn:purr:problem:other-creditor"}


@pytest.mark.parametrize(
    "address", ["kari@" + "ø" * 60 + ".no", "kari@xn--zz--\u00e5.no", "kari@" + "a" * 60 + ".å" * 80 + ".no"]
)
async def test_an_email_address_whose_domain_has_no_spelling_is_left_out_with_a_warning(
    door: Door, address: str
) -> None:
    answer = await door.send_invoice(debtor=invoice()["debtor"] | {"email": address})
    assert answer.status_code in (201, 422), answer.text
    if answer.status_code == 201:
        assert "debtor.email is not an email address: left out" in answer.json()["warnings"]


@pytest.mark.parametrize("country", ["NO", "SE", "RU", "KZ", "AQ", "XK"])
@pytest.mark.parametrize("phone", ["+7", "+79161234567", "+77011234567", "+7 999", "8 (916) 123-45-67", "+80012345678"])
async def test_a_number_of_any_country_is_taken_or_left_out(door: Door, country: str, phone: str) -> None:
    answer = await door.send_invoice(debtor=invoice()["debtor"] | {"phone": phone, "country": country})
    assert answer.status_code in (201, 422), answer.text
    assert (await door.send_invoice("p-2", debtor=invoice()["debtor"] | {"phone": phone})).status_code == 201


OUT_OF_RANGE: list[tuple[str, dict[str, Any]]] = [
    *(
        ("amount", {"amount": amount})
        for amount in ("1e13", "9999999999999.99", "1E+400", "0.001", "1e-9", "NaN", 10**30, 1e308)
    ),
    *(
        ("issue_date", {"issue_date": each})
        for each in ("0001-01-01", "9999-12-31", "1899-12-31", "2100-01-01", "-001-01-01")
    ),
    *(("claim_due", {"claim_due": each}) for each in ("0001-01-01", "9999-12-31")),
    *(
        ("lines.0.quantity", {"lines": [{"text": "a", "amount": "1", "quantity": each}]})
        for each in ("1e16", "1e-7", "inf")
    ),
]


@pytest.mark.parametrize(("field", "given"), OUT_OF_RANGE)
async def test_what_no_column_holds_is_refused_by_its_field(door: Door, field: str, given: dict[str, Any]) -> None:
    answer = await door.client.post("/v1/invoices", json=invoice() | given)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    "path", ["/v1/invoices/1001/promises", "/v1/invoices/1001/due-date", "/v1/payments/unmatched/1/match"]
)
@pytest.mark.parametrize("nul", ["\0", "a\0b"])
async def test_nul_is_refused_wherever_it_stands(door: Door, path: str, nul: str) -> None:
    await door.send_invoice()
    for body in ({nul: 1}, {"by": nul, "reason_code": "a", "pay_by": day(3)}, {"note": nul}, nul, [nul]):
        assert (await door.client.post(path, json=body)).status_code == 422
    assert (await door.client.get("/v1/replies", params={nul: nul, "finished": nul})).status_code == 422
    assert (
        await door.client.get("/v1/invoices/1001", headers={b"Authorization": f"Bearer {nul}".encode()})
    ).status_code == 401


@pytest.mark.parametrize("junk", ["x", "=", ".", "%00", "%20", "%E2%81%A6", "==", "%0A", "/", "//", "?", "-", "_"])
async def test_junk_after_a_links_signature_opens_nothing(door: Door, junk: str) -> None:
    await door.send_invoice()
    link = await door.link()
    answer = await door.client.get(link + junk)
    assert answer.status_code == (200 if junk == "?" else 404)


async def test_a_signature_has_one_spelling(door: Door) -> None:
    await door.send_invoice()
    link = await door.link()
    others = [link[:-1] + sign for sign in ascii_letters + digits + "-_" if sign != link[-1]]
    assert {(await door.client.get(other)).status_code for other in others} == {404}


FIELDS: list[tuple[str, Any, list[str]]] = [
    ("/v1/payments", {}, ["id", "amount", "currency", "booked_on"]),
    ("/v1/payments", paid(amount={"x": 1}), ["amount"]),
    ("/v1/payments", paid(list="x"), ["list"]),
    ("/v1/payments", [paid(), paid("p-2", booked_on="x")], ["1.booked_on"]),
    ("/v1/payments", [paid(), {"id": "p-2"}], ["1.amount", "1.currency", "1.booked_on"]),
    ("/v1/payments", [paid(), 7], ["1"]),
    ("/v1/invoices/1001/plan", {"by": "anne", "reason_code": "a", "schedule": []}, ["schedule"]),
    ("/v1/payments", [], [""]),
    ("/v1/payments", 7, [""]),
    ("/v1/invoices", invoice(debtor="Kari"), ["debtor"]),
    ("/v1/invoices", invoice(debtor={}), ["debtor.name"]),
    ("/v1/invoices", invoice(lines=[{"text": "a"}]), ["lines.0.amount"]),
    ("/v1/invoices", invoice(already_sent=["x"]), ["already_sent.0"]),
    ("/v1/invoices", invoice(unknown={"several": 1}), ["unknown"]),
    ("/v1/invoices/1001/commands", {"command": "dance", "by": "anne", "reason_code": "a"}, ["command"]),
    (
        "/v1/invoices/1001/plan",
        {"by": "anne", "reason_code": "a", "schedule": [{"due_on": "x"}]},
        ["schedule.0.due_on", "schedule.0.amount"],
    ),
    (
        "/v1/invoices/1001/plan",
        {"by": "anne", "reason_code": "a", "schedule": [{"due_on": day(9), "amount": "1"}, {"due_on": day(40)}]},
        ["schedule.1.amount"],
    ),
    (
        "/v1/payments/unmatched/1/match",
        {"invoices": [{"number": "1", "amount": "x"}], "by": "anne"},
        ["invoices.0.amount"],
    ),
    ("/v1/webhook-endpoints", {"url": "https://example.no", "events": ["case.*", "none"]}, ["events.1"]),
]


@pytest.mark.parametrize(("path", "body", "fields"), FIELDS)
async def test_a_field_is_named_as_its_caller_wrote_it(door: Door, path: str, body: Any, fields: list[str]) -> None:
    answer = await door.client.post(path, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert not re.search(r"valid dictionary|instance of|Value error|Field required", answer.text)


@pytest.mark.parametrize(
    ("path", "headers", "field"),
    [
        ("/v1/replies?finished=perhaps", {}, "finished"),
        ("/v1/invoices/1001/plan-offers?income=-1", {}, "income"),
    ],
)
async def test_a_part_of_the_address_is_named_as_it_stands_there(
    door: Door, path: str, headers: dict[str, str], field: str
) -> None:
    answer = await door.client.get(path, headers=headers)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/v1/invoices/%00", "number"),
        ("GET", "/v1/webhook-endpoints/not-a-uuid", "id"),
        ("POST", "/v1/refunds/0/paid", "number"),
        ("POST", "/v1/refunds/99999999999/paid", "number"),
        ("POST", "/v1/letters/1/returned", "id"),
    ],
)
async def test_what_no_thing_can_be_named_is_not_found_like_what_is_not_there(
    door: Door, method: str, path: str, field: str
) -> None:
    answer = await door.client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:purr:problem:not-found")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_header_is_named_as_it_is_called(door: Door) -> None:
    answer = await door.client.post("/v1/invoices", json=invoice(), headers={"Idempotency-Key": "a b"})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["Idempotency-Key"])
